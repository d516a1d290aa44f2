package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
)

// A task that breaks down is told like one that fails, and takes nothing else
// with it.
func TestTaskThatBreaksDown(t *testing.T) {
	a, _, _ := rig(t, backupYAML)
	var said bytes.Buffer
	a.log = slog.New(slog.NewTextHandler(&said, nil))
	a.task(t.Context(), "spikes", time.Minute, func(context.Context) error { panic("a figure nobody thought of") })()
	if got := said.String(); !strings.Contains(got, "a regular task failed") || !strings.Contains(got, "nobody thought of") || !strings.Contains(got, "serve_test.go") {
		t.Errorf("the log says %q", got)
	}
}

// TestEndOfTicks: a task that does not end by itself is ended by the end of
// what it works with, not waited for without bound.
func TestEndOfTicks(t *testing.T) {
	a := &app{log: slog.New(slog.DiscardHandler)}
	working, stop := context.WithCancel(t.Context())
	begun := make(chan struct{})
	c := cron.New(cron.WithChain(cron.SkipIfStillRunning(cron.DiscardLogger)))
	c.Schedule(cron.Every(time.Second), cron.FuncJob(func() { close(begun); <-working.Done() }))
	c.Start()
	<-begun
	late, cancel := context.WithCancel(t.Context())
	cancel()
	a.endTicks(late, c, stop)
	if working.Err() == nil {
		t.Error("the task goes on")
	}
}

// TestReconfigureWhileTasksRun is for the race detector: what is read again is
// seen whole by whatever runs.
func TestReconfigureWhileTasksRun(t *testing.T) {
	a, _, _ := rig(t, backupYAML)
	ctx := t.Context()
	if err := a.runner.Start(ctx, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.runner.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	other := *a.cfg
	other.Backup.Keep = 5
	other.Watches = nil
	var both sync.WaitGroup
	both.Go(func() {
		for range 3 {
			if err := a.tickBackup(ctx); err != nil {
				t.Error(err)
			}
			if err := a.retain(ctx); err != nil {
				t.Error(err)
			}
			if err := a.rollUp(ctx); err != nil {
				t.Error(err)
			}
		}
	})
	both.Go(func() {
		for range 3 {
			if err := a.reconfigure(ctx, &other); err != nil {
				t.Error(err)
			}
		}
	})
	both.Wait()
	if kept := a.fresh.Load().Backup.Keep; kept != 5 {
		t.Errorf("%d copies are kept", kept)
	}
}
