package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"earshot/bot"
	"earshot/store"
)

type backupCmd struct {
	To     string `arg:"" optional:"" help:"The file to write, as --out." placeholder:"FILE"`
	Out    string `help:"The file to write, or the folder; the configuration's backup.folder when left out." short:"o" placeholder:"FILE|DIR"`
	Config string `help:"The configuration file." short:"c" placeholder:"FILE"`
	Data   string `help:"The store's folder, for a store without a configuration." placeholder:"DIR"`
	JSON   bool   `help:"Print JSON."`
}

// Help is shown by --help.
func (backupCmd) Help() string {
	return `Works while the bot runs and holds up nobody. The copy is of one moment; it is opened, read whole
and compared before it gets its name. In a folder it is called earshot-DATE.db. A store in PostgreSQL
becomes such a file too: to restore it there, restore it as a file and use migrate-store.

Examples:
  earshot backup --out /backups --config earshot.yaml
  earshot backup earshot-2026-03-09.db --data data`
}

// Run makes the copy.
func (c backupCmd) Run(e *env) error {
	if c.To != "" && c.Out != "" {
		return usageError{bot.Errorf(bot.ErrInvalid, "Name one file to write, not two.")}
	}
	cfg, err := namedStore(e, c.Config, c.Data)
	if err != nil {
		return err
	}
	out := c.To + c.Out
	if out == "" {
		out = cfg.Backup.Folder
	}
	if out == "" {
		return usageError{bot.Errorf(bot.ErrInvalid, "Say where to: --out FILE, or a folder.")}
	}
	to, err := backupFile(out, time.Now())
	if err != nil {
		return err
	}
	s, err := openToRead(e, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	bar := newProgress(e.stderr)
	made, err := s.Backup(e.ctx, to, func(done, all int64) {
		bar.show(share(done, all), "copying %s", s.Where())
	})
	bar.done()
	if err != nil {
		return err
	}
	if err := noteBackup(e.ctx, cfg, made); err != nil {
		fmt.Fprintf(e.stderr, "earshot: the copy is there, but the store could not note where: %s\n", message(err))
	}
	if c.JSON {
		return e.printJSON(map[string]any{"from": s.Where(), "to": to, "bytes": made.Bytes, "tables": made.Tables, "last": made.Last, "rows": made.Rows})
	}
	e.printf("Copied %s to %s and verified it: %d mentions, %d cases, %s.\n", s.Where(), to, made.Rows["mentions"], made.Rows["cases"], bytesSaid(made.Bytes))
	return nil
}

// namedStore is the configuration of a store that somebody must name: by --data,
// by --config, or by standing beside an earshot.yaml.
func namedStore(e *env, file, data string) (*config, error) {
	if _, err := os.Stat("earshot.yaml"); file == "" && data == "" && err != nil {
		return nil, usageError{bot.Errorf(bot.ErrInvalid, "Say which store: --config FILE or --data DIR.")}
	}
	return storeConfig(e, file, data)
}

// noteBackup notes in the store where a copy of it is: an erasure says which
// files hold somebody, and leaves a note of the erasure beside them.
func noteBackup(ctx context.Context, cfg *config, made store.Contents) error {
	o := cfg.Database.options()
	o.Now = time.Now
	s, err := store.Open(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	return noted(ctx, s, made)
}

func noted(ctx context.Context, s *store.Store, made store.Contents) error {
	place, err := filepath.Abs(made.Path)
	if err != nil {
		return fmt.Errorf("note a backup: %w", err)
	}
	if err := s.NoteCopy(ctx, store.Copy{What: store.CopyBackup, Format: "sqlite", Place: place, Rows: made.Rows["mentions"]}); err != nil {
		return err
	}
	return s.WriteErased(ctx)
}

// backupPrefix and backupLayout name the copies in a folder: by their time in
// UTC, so that names sort as they were made.
const (
	backupPrefix = "earshot-"
	backupLayout = "20060102T150405Z"
)

// backupFile is the file that a copy is written to: out, or a new one in it
// when it is a folder.
func backupFile(out string, now time.Time) (string, error) {
	info, err := os.Stat(out)
	if err == nil && info.IsDir() {
		return filepath.Join(out, backupPrefix+now.UTC().Format(backupLayout)+".db"), nil
	}
	if _, err := os.Stat(filepath.Dir(out)); err != nil {
		return "", bot.Errorf(bot.ErrInvalid, "There is no folder %s. Make it, or name another.", filepath.Dir(out))
	}
	return out, nil
}

func share(done, all int64) float64 {
	if all <= 0 {
		return 0
	}
	return float64(done) / float64(all)
}

// bytesSaid is a size as people read it: "12.3 MB".
func bytesSaid(n int64) string {
	units := []string{"bytes", "kB", "MB", "GB", "TB"}
	v, i := float64(n), 0
	for v >= 1000 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}

// openToRead opens the store for a command that changes nothing in it.
func openToRead(e *env, cfg *config) (*store.Store, error) {
	o := cfg.Database.options()
	o.ReadOnly, o.Now = true, time.Now
	return store.Open(e.ctx, o)
}

// openToWrite opens a store that is there, beside a bot that may run on it.
func openToWrite(e *env, cfg *config) (*store.Store, error) {
	o := cfg.Database.options()
	if _, err := os.Stat(o.Path); o.URL == "" && err != nil {
		return nil, bot.Errorf(bot.ErrNotFound, "There is no store at %s.", o.Path)
	}
	o.Log, o.Now = e.logger("warn", false), time.Now
	return store.Open(e.ctx, o)
}
