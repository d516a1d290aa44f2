package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"reflect"
	"syscall"

	"earshot/bot"
	"earshot/bot/source/community"
)

type runCmd struct {
	Config string `help:"The configuration file." default:"earshot.yaml" short:"c" placeholder:"FILE"`
}

// Help is shown by --help.
func (runCmd) Help() string {
	return `Runs until Ctrl-C. SIGHUP reads the configuration again; an invalid file changes nothing.

Example:
  earshot init && earshot run`
}

// Run runs the bot.
func (c runCmd) Run(e *env) error {
	hub := community.NewHub(e.now)
	kinds := drivers(hub)
	cfg, err := readConfig(c.Config, e.getenv, kinds)
	if err != nil {
		return err
	}
	log := e.logger(cfg.Log.Level, cfg.Log.JSON)
	a, err := newApp(e.ctx, cfg, parts{
		log: log, now: e.now, due: e.now, stdin: e.stdin, hub: hub, drivers: kinds, platforms: platforms,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(e.ctx)
	defer cancel(nil)
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-ctx.Done():
				return
			case <-reload:
				c.reload(ctx, a, e.getenv, log)
			}
		}
	}()
	err = a.serve(ctx)
	cancel(nil)
	<-stopped
	return errors.Join(err, a.close())
}

// reload reads the configuration again and brings the running bot to it.
// Tokens, addresses and the database's path need a restart.
func (c runCmd) reload(ctx context.Context, a *app, getenv func(string) string, log *slog.Logger) {
	cfg, err := readConfig(c.Config, getenv, a.drivers)
	if err != nil {
		log.Error("the configuration is invalid; nothing has changed", "file", c.Config, "error", err)
		return
	}
	if err := a.reconfigure(ctx, cfg); err != nil {
		log.Error("the configuration could not be taken over", "file", c.Config, "error", err)
		return
	}
	if err := a.store.AddAudit(ctx, bot.AuditEntry{By: bot.Bot(), Act: "config.reload", Target: "configuration"}); err != nil {
		log.Error("the audit log could not be written", "error", err)
	}
	log.Info("configuration read again", "file", c.Config)
}

// reconfigure takes over what can change while the bot runs: routes, roles,
// budgets, replies, sources, backups and retention.
func (a *app) reconfigure(ctx context.Context, cfg *config) error {
	before := a.fresh.Swap(cfg)
	list, err := a.entries()
	if err == nil {
		err = a.runner.Reload(ctx, list)
	}
	if err != nil {
		a.fresh.Store(before)
		return fmt.Errorf("take over the sources: %w", err)
	}
	a.act.Configure(a.actSettings())
	if err := a.planBackup(ctx); err != nil {
		return err
	}
	if later := needRestart(a.cfg, cfg); len(later) > 0 {
		a.log.Warn("some of what changed takes a restart", "keys", later)
	}
	return nil
}

// needRestart lists the top-level keys that differ and are read at start only.
func needRestart(before, now *config) []string {
	var keys []string
	old, next := reflect.ValueOf(*before), reflect.ValueOf(*now)
	for i := range old.NumField() {
		key := old.Type().Field(i).Tag.Get("yaml")
		switch key {
		case "sources", "routes", "people", "replies", "notices", "budget", "backup", "retention": // taken over
			continue
		}
		if !reflect.DeepEqual(old.Field(i).Interface(), next.Field(i).Interface()) {
			keys = append(keys, key)
		}
	}
	return keys
}
