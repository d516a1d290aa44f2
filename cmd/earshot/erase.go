package main

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"earshot/bot"
	"earshot/store"
)

type eraseCmd struct {
	Author   string `help:"The author and the source: their id, handle, e-mail address or name there." placeholder:"NAME@SOURCE"`
	Customer string `help:"The customer, by the id in your own records or an e-mail address, with all authors that they are." placeholder:"KEY"`
	Config   string `help:"The configuration file." short:"c" placeholder:"FILE"`
	Data     string `help:"The store's folder, for a store without a configuration." placeholder:"DIR"`
	Yes      bool   `help:"Erase. Without it, only what would go is said."`
	JSON     bool   `help:"Print JSON."`
}

// Help is shown by --help.
func (eraseCmd) Help() string {
	return `Takes a person out of the store, its search index and stored reports; has posted cards, notes and
digests edited; says which exports and backups hold them. Counts in reports stay, without a name. The
audit log says that somebody was erased, not who. What they said before does not come back, whether a
source gives it again, a file is imported again or a backup is restored. It works while the bot runs.

Examples:
  earshot erase --author @zora@mastodon --config earshot.yaml
  earshot erase --customer K-4711 --config earshot.yaml --yes`
}

// Run erases, or says what would go.
func (c eraseCmd) Run(e *env) error {
	who, err := c.whom()
	if err != nil {
		return err
	}
	cfg, err := namedStore(e, c.Config, c.Data)
	if err != nil {
		return err
	}
	s, err := openToWrite(e, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	var out store.Erasure
	if c.Yes {
		out, err = s.Erase(e.ctx, who, operator())
	} else {
		out, err = s.PreviewErasure(e.ctx, who)
	}
	if err != nil {
		return err
	}
	out.Backups = present(append(out.Backups, inFolder(cfg, out.Backups)...))
	out.Exports = present(out.Exports)
	if c.JSON {
		return e.printJSON(struct {
			Done bool `json:"done"`
			store.Erasure
		}{c.Yes, out})
	}
	c.print(e, out, cfg)
	return nil
}

// whom reads who is meant: an author's own name may have an @ in it, the name
// of a source has none.
func (c eraseCmd) whom() (store.Whom, error) {
	at := strings.LastIndex(c.Author, "@")
	switch {
	case (c.Author == "") == (c.Customer == ""):
		return store.Whom{}, usageError{bot.Errorf(bot.ErrInvalid, "Say who: --author NAME@SOURCE or --customer KEY.")}
	case c.Customer != "":
		return store.Whom{Customer: c.Customer}, nil
	case at <= 0 || at == len(c.Author)-1:
		return store.Whom{}, usageError{bot.Errorf(bot.ErrInvalid, "Name the author and the source: --author NAME@SOURCE.")}
	}
	return store.Whom{Author: c.Author[:at], Source: c.Author[at+1:]}, nil
}

// inFolder lists the copies in the configured folder that the store does not
// know of.
func inFolder(cfg *config, known []store.Copy) []store.Copy {
	if cfg.Backup.Folder == "" {
		return nil
	}
	seen := map[string]bool{}
	for _, c := range known {
		seen[c.Place] = true
	}
	var out []store.Copy
	files, err := backupsIn(cfg.Backup.Folder)
	if err != nil {
		return nil // a folder that is gone holds nobody
	}
	for _, f := range files {
		if abs, err := filepath.Abs(f); err == nil && !seen[abs] {
			out = append(out, store.Copy{What: store.CopyBackup, Format: "sqlite", Place: abs, At: backupTime(f)})
		}
	}
	return out
}

// present leaves out files that are gone.
func present(list []store.Copy) []store.Copy {
	kept := []store.Copy{}
	for _, c := range list {
		if _, err := os.Stat(c.Place); c.Place == "-" || err == nil {
			kept = append(kept, c)
		}
	}
	return kept
}

func (c eraseCmd) print(e *env, out store.Erasure, cfg *config) {
	verb := "would go"
	if c.Yes {
		verb = "went"
	}
	for _, l := range []struct {
		n    int
		what string
	}{
		{out.Authors, "authors, with their profiles"}, {out.Customers, "customer records"}, {out.Mentions, "mentions, with verdicts, former texts and lessons"},
		{out.Quotes, "quotes of them in mentions of others"}, {out.Cases, "cases: closed, what was said in them gone"}, {out.Joined, "cases of others that they are part of"},
		{out.Replies, "texts of replies to them"}, {out.Digests, "reports that quote them"}, {out.Spikes, "episodes that name them"}, {out.Others, "other places that name them"},
		{out.Cards, "posted cards, notes and digests that are edited"},
	} {
		if l.n > 0 {
			e.printf("%6d  %s\n", l.n, l.what)
		}
	}
	e.printf("That %s.\n", verb)
	if c.Yes && out.Cards > 0 {
		e.printf("The bot edits what is posted: at once while it runs, else when it is started. Forms that somebody has open still show what they showed.\n")
	}
	for _, f := range out.Exports {
		place := f.Place
		if place == "-" {
			place = "what was written to standard output"
		}
		e.printf("An export of %s, made %s, holds them: %s. Delete it, or make it again.\n", f.What, f.At.Format(time.DateOnly), place)
	}
	for _, f := range out.Backups {
		e.printf("A backup holds them: %s. Restoring it erases them again.\n", f.Place)
	}
	if len(out.Backups) > 0 && cfg.Backup.on() {
		e.printf("Of the folder %s, the last %d copies are kept: those above are gone when as many new ones were made.\n", cfg.Backup.Folder, cfg.Backup.Keep)
	}
	switch {
	case !c.Yes:
		e.printf("Nothing was changed. Add --yes to erase.\n")
	case out.StillSeen > 0:
		e.printf("%d pieces of what they said are in the store still: others said the same words.\n", out.StillSeen)
	default:
		e.printf("The store's files were looked through: nothing of what they said is in them. In the audit log they are “person %s”.\n", out.Mark)
	}
}
