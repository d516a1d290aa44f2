package main

import (
	"os"
	"time"

	"earshot/bot"
	"earshot/store"
)

type migrateStoreCmd struct {
	From   string `help:"The SQLite file, or its folder." placeholder:"FILE" required:""`
	To     string `help:"The PostgreSQL database. Others on this machine can read what you type: with a password in it, use --config." placeholder:"postgres://…"`
	Config string `help:"The configuration whose database.url is meant, instead of --to." short:"c" placeholder:"FILE"`
	Look   bool   `help:"Only say what would be copied, and whether the database can take it."`
	Again  bool   `help:"Throw away what is in the database of another store's copy that was not finished."`
	JSON   bool   `help:"Print JSON."`
}

// Help is shown by --help.
func (migrateStoreCmd) Help() string {
	return `Stop the bot first. Everything is copied, with what waits to be sent, each table is then read again on
both sides and compared, and only then may a bot run on the database, and no longer on the file (which
stays, to be looked into or backed up). Cut off at any moment and started again, it goes on where it
stopped. Texts with a zero byte or broken UTF-8, which PostgreSQL cannot keep, are named.

Examples:
  earshot migrate-store --from data/earshot.db --to postgres://earshot@db/earshot --look
  earshot migrate-store --from data/earshot.db --config earshot.yaml`
}

// Run moves the store, or says what would happen.
func (c migrateStoreCmd) Run(e *env) error {
	to, err := c.target(e)
	if err != nil {
		return err
	}
	from := c.From
	if info, err := os.Stat(from); err == nil && info.IsDir() {
		from = dataFile(from)
	}
	if c.Look {
		seen, err := store.PreviewMove(e.ctx, from, to)
		if err != nil {
			return err
		}
		return c.show(e, seen, "would be copied")
	}
	bar := newProgress(e.stderr)
	moved, err := store.Move(e.ctx, from, to, store.MoveOptions{
		By: operator(), Log: e.logger("warn", false), Now: time.Now, Again: c.Again,
		Tell: func(doing, table string, done, all int64) {
			bar.show(share(done, all), "%s %s", doing, table)
		},
	})
	bar.done()
	if err != nil {
		return err
	}
	return c.show(e, moved, "copied and compared")
}

// target is the database that is meant.
func (c migrateStoreCmd) target(e *env) (bot.Secret, error) {
	if (c.To == "") == (c.Config == "") {
		return "", usageError{bot.Errorf(bot.ErrInvalid, "Say where to: --to postgres://…, or --config with a file in which database.url stands.")}
	}
	if c.To != "" {
		return bot.Secret(c.To), nil
	}
	cfg, err := storeConfig(e, c.Config, "")
	if err != nil {
		return "", err
	}
	if cfg.Database.URL == "" {
		return "", bot.Errorf(bot.ErrInvalid, "There is no database.url in %s. Put the PostgreSQL database there in place of database.path.", c.Config)
	}
	return cfg.Database.URL, nil
}

// show prints what was done, or would be.
func (c migrateStoreCmd) show(e *env, m store.Moving, what string) error {
	if c.JSON {
		return e.printJSON(m)
	}
	if m.Already {
		e.printf("%s was moved to the database %s before, and is there. Nothing was done.\n", m.From.Path, m.To)
		return nil
	}
	for _, t := range m.Tables {
		e.printf("%-18s %10d", t.Name, t.Rows)
		if t.Sum != "" {
			e.printf("  %s", t.Sum[:16])
		}
		e.printf("\n")
	}
	e.printf("%d rows of %s %s: to the database %s.\n", m.Rows, m.From.Path, what, m.To)
	if m.Changed > 0 {
		e.printf("%d texts could not be kept as they were (a zero byte, or broken UTF-8):\n", m.Changed)
		for _, t := range m.Texts {
			e.printf("  %s of %s, %s\n", t.Column, t.Table, t.Row)
		}
	}
	switch {
	case c.Look && m.Resumed:
		e.printf("A copy into it was begun and is not finished: it is gone on with.\n")
	case c.Look:
	case m.Anew:
		e.printf("It was begun anew, because the file had been written to since the first try.\n")
		fallthrough
	default:
		e.printf("Name the database in database.url and start the bot: it goes on there. No bot runs on the file any more.\n")
	}
	return nil
}
