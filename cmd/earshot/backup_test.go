package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/community"
	"earshot/store"
	"earshot/store/storetest"
)

const backupYAML = `
database: {path: DIR/earshot.db}
console: {addr: "127.0.0.1:0"}
watches: [{name: Larkspur, terms: [larkspur]}]
backup: {schedule: "0 3 * * *", folder: DIR/copies, keep: 2}
retention: {mentions: 400d, sources: [{name: reviews, mentions: 90d}]}
`

// rig is an app with a clock that somebody sets.
func rig(t *testing.T, yaml string) (*app, *clock, string) {
	t.Helper()
	dir := t.TempDir()
	hub := community.NewHub(time.Now)
	cfg, err := parseConfig("earshot.yaml", []byte(strings.ReplaceAll(yaml, "DIR", dir)), os.Getenv, drivers(hub))
	if err != nil {
		t.Fatal(err)
	}
	k := &clock{}
	k.set(time.Date(2026, 3, 10, 2, 0, 0, 0, time.UTC))
	a, err := newApp(t.Context(), cfg, parts{log: slog.New(slog.DiscardHandler), now: k.now, hub: hub, drivers: drivers(hub), platforms: platforms})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.close(); err != nil {
			t.Error(err)
		}
	})
	return a, k, dir
}

// A copy is queued once a slot; the oldest go; what fails is told once, and
// that it works again.
func TestBackupOnSchedule(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		a, k, dir := rig(t, backupYAML)
		queuedOnce(t, a, k)
		copiesKept(t, a, k, dir)
	})
	t.Run("replicas", func(t *testing.T) {
		url := storetest.Postgres(t).Empty(t)
		yaml := strings.Replace(backupYAML, "{path: DIR/earshot.db}", `{url: "`+url+`"}`, 1)
		a, k, dir := rig(t, yaml)
		b, l, _ := rig(t, yaml)
		queuedOnce(t, a, k)
		queuedOnce(t, b, l)
		copiesKept(t, a, k, dir)
	})
}

// queuedOnce has the schedule looked at around its hour: one copy waits then,
// also where another replica looked before.
func queuedOnce(t *testing.T, a *app, k *clock) {
	t.Helper()
	ctx := t.Context()
	for hour := 2; hour <= 4; hour++ {
		k.set(time.Date(2026, 3, 10, hour, 0, 1, 0, time.UTC))
		if err := errors.Join(a.planBackup(ctx), a.tickBackup(ctx)); err != nil {
			t.Fatal(err)
		}
		stats, err := a.store.Stats(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if got := stats["jobs_waiting"]; got > 1 || hour >= 3 && got != 1 {
			t.Errorf("at %d:00 %d copies are queued", hour, got)
		}
	}
}

// copiesKept makes copies, where first none can be made.
func copiesKept(t *testing.T, a *app, k *clock, dir string) {
	t.Helper()
	ctx := t.Context()
	copies := filepath.Join(dir, "copies")
	if err := os.WriteFile(copies, nil, 0o600); err != nil { // no folder can be made there
		t.Fatal(err)
	}
	for range 2 {
		if err := a.backUp(ctx, 0); err == nil {
			t.Fatal("a backup into a file")
		}
	}
	if open := a.open(t); len(open) != 1 || !strings.Contains(open[0].Text, "could not be backed up") {
		t.Errorf("told: %+v", open)
	}
	if err := os.Remove(copies); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		k.set(time.Date(2026, 3, 11, 3+i, 0, 0, 0, time.UTC))
		if err := a.backUp(ctx, 0); err != nil {
			t.Fatal(err)
		}
	}
	if open := a.open(t); len(open) != 0 {
		t.Errorf("still told: %+v", open)
	}
	a.kept(t, copies)
}

func (a *app) open(t *testing.T) []bot.Notice {
	t.Helper()
	open, err := a.store.Notices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return open
}

// kept looks at the folder: the two newest are there, and can be restored.
func (a *app) kept(t *testing.T, folder string) {
	t.Helper()
	files, err := backupsIn(folder)
	if err != nil || len(files) != 2 || !strings.HasSuffix(files[1], "earshot-20260311T060000Z.db") {
		t.Fatalf("%v, %v", files, err)
	}
	if _, err := store.Inspect(t.Context(), files[1]); err != nil {
		t.Error(err)
	}
	noted, err := a.store.Copies(t.Context())
	if err != nil || len(noted) != 2 {
		t.Errorf("%d copies are noted, %v", len(noted), err)
	}
}

// What retention takes is told beforehand, and its counts stay in the reports.
func TestRetentionKeepsReports(t *testing.T) {
	a, k, _ := rig(t, backupYAML)
	ctx := t.Context()
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	k.set(now)
	var heard []bot.Heard
	for i := range 60 {
		h := a.analyzer.Hear(bot.Mention{Source: "reviews", Kind: "file", ExternalID: string(rune('A' + i)), Text: "The larkspur is broken, I want my money back, terrible.",
			Author: bot.Author{Handle: string(rune('A' + i))}, CreatedAt: now.AddDate(0, 0, -100), SeenAt: now.AddDate(0, 0, -100)})
		heard = append(heard, h)
	}
	if _, err := a.store.SaveHeard(ctx, heard); err != nil {
		t.Fatal(err)
	}
	if found := a.retentionFindings(ctx); len(found) != 1 || !strings.Contains(found[0].What, "60 mentions") {
		t.Errorf("%+v", found)
	}
	from, to := now.AddDate(0, 0, -105), now.AddDate(0, 0, -95)
	people := func() (int, float64) {
		w, err := a.builder.Window(ctx, "Larkspur", from, to, nil)
		if err != nil {
			t.Fatal(err)
		}
		return w.People, w.Estimate(nil).Score
	}
	before, score := people()
	if err := a.retain(ctx); err != nil {
		t.Fatal(err)
	}
	after, scoreAfter := people()
	stats, err := a.store.Stats(ctx)
	if err != nil || stats["mentions"] != 0 {
		t.Errorf("%d mentions are left, %v", stats["mentions"], err)
	}
	if before != 60 || after != before || score != scoreAfter {
		t.Errorf("the report counted %d people (%.0f), now %d (%.0f)", before, score, after, scoreAfter)
	}
	if found := a.retentionFindings(ctx); len(found) != 0 {
		t.Errorf("%+v", found)
	}
}
