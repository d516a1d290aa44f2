package store

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// TestVital: the store tells how it is, and what waits in its queues.
func TestVital(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	if answers, tables := s.Ping(ctx); answers != nil || tables != nil {
		t.Fatal(answers, tables)
	}
	if err := s.Probe(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Enqueue(ctx, bot.Job{Kind: bot.JobCase, ID: 1}); err != nil {
		t.Fatal(err)
	}
	if err := s.Enqueue(ctx, bot.Job{Kind: bot.JobCase, ID: 2, RunAt: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, q := range must(s.Queues(ctx))(t) {
		names = append(names, q.Name)
		if q.Waiting != 1 || time.Since(q.Oldest).Abs() > time.Minute {
			t.Errorf("%+v", q)
		}
	}
	if diff := cmp.Diff([]string{queueCase}, names); diff != "" {
		t.Error(diff)
	}
	size := must(s.Size(ctx))(t)
	if size.Database == 0 || size.DiskTotal < size.DiskFree || size.DiskTotal == 0 {
		t.Errorf("%+v", size)
	}
	if _, err := s.w.ExecContext(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, tables := s.Ping(ctx); tables == nil {
		t.Error("tables of a newer program are taken for ours")
	}
}

// Probe fails where nothing can be written, whatever the reason.
func TestProbeReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "earshot.db")
	if err := open(t, func(o *Options) { o.Path = path }).Close(); err != nil {
		t.Fatal(err)
	}
	s := must(Open(t.Context(), Options{Path: path, ReadOnly: true}))(t)
	defer s.Close()
	if err := s.Probe(context.Background()); err == nil {
		t.Error("a store that is open for reading only takes writes")
	}
}
