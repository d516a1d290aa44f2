package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"earshot/bot"
	"earshot/store"
)

type restoreCmd struct {
	File   string `arg:"" help:"The backup." placeholder:"FILE"`
	Config string `help:"The configuration file." short:"c" placeholder:"FILE"`
	Data   string `help:"The store's folder, for a store without a configuration." placeholder:"DIR"`
	Look   bool   `help:"Only say what is in the backup and what it would replace."`
	Yes    bool   `help:"Replace a store that is newer than the backup."`
	JSON   bool   `help:"Print JSON."`
}

// Help is shown by --help.
func (restoreCmd) Help() string {
	return `Stop the bot first. The store that is replaced is kept beside, with the date in its name. Afterwards
the bot looks at the other side before it sends anything that waited when the backup was made; what it
cannot look for it leaves to a person (/voc deliveries). Who was erased since stays erased.

Examples:
  earshot restore /backups/earshot-20260309T030000Z.db --config earshot.yaml --look
  earshot restore /backups/earshot-20260309T030000Z.db --config earshot.yaml --yes`
}

// Run restores, or says what would happen.
func (c restoreCmd) Run(e *env) error {
	cfg, err := namedStore(e, c.Config, c.Data)
	if err != nil {
		return err
	}
	if cfg.Database.URL != "" {
		return bot.Errorf(bot.ErrUnsupported, "This store is on a PostgreSQL server. Restore the backup as a file, and copy that into an empty database: earshot restore %s --data restored, then earshot migrate-store --from restored --to postgres://…", c.File)
	}
	if _, err := os.Stat(c.File); errors.Is(err, fs.ErrNotExist) {
		return bot.Errorf(bot.ErrNotFound, "There is no backup at %s. “earshot backup” makes one.", c.File)
	}
	to := cfg.Database.Path
	say := func(seen store.Restoring) {
		if !c.JSON {
			printRestore(e, seen, to)
		}
	}
	if c.Look {
		seen, err := store.PreviewRestore(e.ctx, c.File, to)
		if err != nil {
			return err
		}
		say(seen)
		return c.json(e, seen)
	}
	bar := newProgress(e.stderr)
	done, err := store.Restore(e.ctx, c.File, to, store.RestoreOptions{Yes: c.Yes, By: operator(), Now: time.Now, Seen: say, Tell: func(n, all int64) {
		bar.show(share(n, all), "copying %s", c.File)
	}})
	bar.done()
	if err != nil {
		return err
	}
	if !c.JSON {
		printSettled(e, done, to)
	}
	return c.json(e, done)
}

func (c restoreCmd) json(e *env, r store.Restoring) error {
	if !c.JSON {
		return nil
	}
	return e.printJSON(r)
}

// operator is whoever types a command on the machine.
func operator() bot.Person {
	return bot.Person{Platform: "cli", ID: "operator", Name: "the operator"}
}

func printRestore(e *env, r store.Restoring, to string) {
	e.printf("backup   %s\n         %s\n", r.Backup.Path, contentsSaid(r.Backup))
	switch {
	case r.Damaged != "":
		e.printf("store    %s\n         cannot be read: %s\n", to, r.Damaged)
	case r.Replaced == nil:
		e.printf("store    %s\n         is not there yet\n", to)
	default:
		e.printf("store    %s\n         %s\n", to, contentsSaid(*r.Replaced))
	}
	if r.Newer {
		e.printf("The store is newer than the backup: what happened since would be gone.\n")
	}
	if len(r.Answered) > 0 {
		e.printf("Customers were answered since the backup in these cases: %s. Do not answer them again.\n", numbers(r.Answered))
	}
}

func contentsSaid(c store.Contents) string {
	last := "nothing has happened in it"
	if !c.Last.IsZero() {
		last = "last event " + c.Last.Format(time.RFC3339)
	}
	return fmt.Sprintf("%s · %d mentions · %d cases · %d replies · tables %d · %s", last, c.Rows["mentions"], c.Rows["cases"], c.Rows["replies"], c.Tables, bytesSaid(c.Bytes))
}

func numbers(ids []int64) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = fmt.Sprint(id)
	}
	return strings.Join(words, ", ")
}

func printSettled(e *env, r store.Restoring, to string) {
	e.printf("Restored %s and verified it.\n", to)
	if r.Kept != "" {
		e.printf("The store that was there is kept as %s.\n", r.Kept)
	}
	s := r.Settled
	if s.Deliveries > 0 {
		e.printf("%d deliveries, %d of them replies to customers, were waiting when the backup was made. Each is looked for before it is sent; what cannot be looked for is parked for a person: /voc deliveries.\n", s.Deliveries, s.Replies)
	}
	if s.Interactions > 0 {
		e.printf("%d things that people pressed just before the backup are not done again.\n", s.Interactions)
	}
	if len(s.Slots) > 0 {
		e.printf("These schedules go on with their next slot, for nobody knows whether the last one was sent: %s.\n", strings.Join(s.Slots, ", "))
	}
	if s.Erased > 0 {
		e.printf("Who was erased after the backup is erased again: %d.\n", s.Erased)
	}
	e.printf("Sources are read again from where they stood then; cases of what they still give are opened again, with new cards.\n")
}
