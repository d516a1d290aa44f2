package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/digest"
)

// backupSchedule is the name of the row that says when the next copy is due;
// backupNotice is the key of the notice that one failed.
const (
	backupSchedule = "backup"
	backupNotice   = "backup:failed"
)

// planBackup brings the schedule of copies in line with the configuration.
func (a *app) planBackup(ctx context.Context) error {
	rows, err := a.store.Schedules(ctx)
	if err != nil {
		return fmt.Errorf("plan the backups: %w", err)
	}
	var known bot.Schedule
	var keep []string
	for _, r := range rows {
		if r.Name == backupSchedule {
			known = r
			continue
		}
		keep = append(keep, r.Name)
	}
	if !a.fresh.Load().Backup.on() {
		if known.Name == "" {
			return nil
		}
		return a.store.RemoveSchedulesExcept(ctx, keep)
	}
	spec, err := a.backupSpec()
	if err != nil {
		return err
	}
	if known.Spec == spec.String() && known.Zone == a.fresh.Load().backupZone() && !known.NextDueAt.IsZero() {
		return nil
	}
	next := bot.Schedule{Name: backupSchedule, Spec: spec.String(), Zone: a.fresh.Load().backupZone(), NextDueAt: spec.Next(a.now()), LastSlot: known.LastSlot}
	if known.Name != "" { // a row of the same spec keeps its time, which a restore has taken
		if err := a.store.RemoveSchedulesExcept(ctx, keep); err != nil {
			return fmt.Errorf("plan the backups: %w", err)
		}
	}
	return a.store.SaveSchedule(ctx, next)
}

func (a *app) backupSpec() (digest.Spec, error) {
	return digest.ParseSpec(a.fresh.Load().Backup.Schedule, zoneOf(a.fresh.Load().backupZone()))
}

// tickBackup queues a copy that is due: one a slot, whoever looks.
func (a *app) tickBackup(ctx context.Context) error {
	if !a.fresh.Load().Backup.on() {
		return nil
	}
	rows, err := a.store.Schedules(ctx)
	if err != nil {
		return fmt.Errorf("look for backups that are due: %w", err)
	}
	i := slices.IndexFunc(rows, func(r bot.Schedule) bool { return r.Name == backupSchedule })
	if i < 0 || rows[i].NextDueAt.After(a.now()) || rows[i].NextDueAt.IsZero() {
		return nil
	}
	spec, err := a.backupSpec()
	if err != nil {
		return err
	}
	return a.store.Transact(ctx, func(ctx context.Context) error {
		won, err := a.store.AdvanceSchedule(ctx, backupSchedule, rows[i].NextDueAt, spec.Next(a.now()), rows[i].NextDueAt)
		if err != nil || !won {
			return err
		}
		return a.store.Enqueue(ctx, bot.Job{Kind: bot.JobBackup})
	})
}

// backUp makes the copy that is due and lets the oldest go. A failure is told
// once and tried again by the queue; what works again is told by editing that
// notice.
func (a *app) backUp(ctx context.Context, _ int64) error {
	err := a.copyStore(ctx)
	if err == nil {
		return a.act.Mended(ctx, backupNotice)
	}
	if ctx.Err() != nil {
		return err
	}
	told := bot.Notice{Key: backupNotice, Text: "The store could not be backed up: " + bot.Told(err), Mend: "See that " + a.fresh.Load().Backup.Folder + " is there, may be written and has room. It is tried again."}
	return errors.Join(err, a.act.Notify(ctx, told))
}

func (a *app) copyStore(ctx context.Context) error {
	folder := a.fresh.Load().Backup.Folder
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return &bot.Error{Kind: bot.ErrInvalid, Msg: "The folder " + folder + " cannot be made.", Err: err}
	}
	to, err := backupFile(folder, a.now())
	if err != nil {
		return err
	}
	started := time.Now()
	made, err := a.store.Backup(ctx, to, nil)
	if err != nil {
		return err
	}
	if err := noted(ctx, a.store, made); err != nil {
		return err
	}
	a.log.Info("backed up", "file", to, "bytes", made.Bytes, "mentions", made.Rows["mentions"], "took", time.Since(started).Round(time.Millisecond))
	return a.dropBackups(ctx)
}

// dropBackups deletes the copies beyond those that are kept.
func (a *app) dropBackups(ctx context.Context) error {
	files, err := backupsIn(a.fresh.Load().Backup.Folder)
	if err != nil {
		return err
	}
	for _, f := range files[:max(0, len(files)-a.fresh.Load().Backup.Keep)] {
		if err := os.Remove(f); err != nil {
			return fmt.Errorf("let an old backup go: %w", err)
		}
		place, err := filepath.Abs(f)
		if err != nil {
			return fmt.Errorf("let an old backup go: %w", err)
		}
		if err := a.store.DropCopy(ctx, place); err != nil {
			return err
		}
	}
	return nil
}

// backupsIn lists the copies in a folder that were named by us, the oldest
// first.
func backupsIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("list the backups: %w", err)
	}
	var files []string
	for _, e := range entries {
		if file := filepath.Join(folder, e.Name()); !backupTime(file).IsZero() {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	return files, nil
}

// backupTime is when a copy was made, by its name; zero for another file.
func backupTime(file string) time.Time {
	name, ok := strings.CutPrefix(filepath.Base(file), backupPrefix)
	stamp, db := strings.CutSuffix(name, ".db")
	t, err := time.Parse(backupLayout, stamp)
	if !ok || !db || err != nil {
		return time.Time{}
	}
	return t
}

// retain takes away what is too old, once what it was counted in is rolled up.
func (a *app) retain(ctx context.Context) error {
	rule := a.fresh.Load().retained()
	if rule.None() {
		return nil
	}
	watches, err := a.store.DirtyWatches(ctx)
	if err != nil {
		return err
	}
	for _, w := range watches {
		if err := a.builder.Refresh(ctx, w); err != nil {
			return err
		}
	}
	swept, err := a.store.Retain(ctx, rule)
	for _, s := range swept {
		a.log.Info("retention", "source", s.Source, "mentions", s.Mentions, "raw", s.Raw, "authors", s.Authors)
	}
	return err
}

// retentionFindings tells what retention takes away next.
func (a *app) retentionFindings(ctx context.Context) []bot.Finding {
	swept, err := a.store.PreviewRetention(ctx, a.fresh.Load().retained())
	if err != nil {
		return []bot.Finding{{What: "Retention: " + bot.Told(err), Mend: "Run it again; if it stays so, restore a backup."}}
	}
	var out []bot.Finding
	for _, s := range swept {
		what := fmt.Sprintf("Retention of %s: %d mentions, %d attributes and pictures, %d profiles are too old and go within the hour while the bot runs", s.Source, s.Mentions, s.Raw, s.Authors)
		if s.Waiting > 0 {
			what += fmt.Sprintf("; %d mentions stay until their cases are done", s.Waiting)
		}
		out = append(out, bot.Finding{OK: true, What: what})
	}
	return out
}
