package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"earshot/bot"
	"earshot/store"
)

type exportCmd struct {
	What   string `help:"mentions, cases, replies or events." enum:"mentions,cases,replies,events" default:"mentions"`
	Format string `help:"ndjson, csv or parquet." enum:"ndjson,csv,parquet" default:"ndjson"`
	Out    string `help:"The file to write; standard output when left out." short:"o" placeholder:"FILE"`
	From   string `help:"Only what is not before this time." placeholder:"TIME"`
	To     string `help:"Only what is before this time." placeholder:"TIME"`
	Watch  string `help:"Only of this watch." placeholder:"NAME"`
	Source string `help:"Only of this source." placeholder:"NAME"`
	Config string `help:"The configuration file." short:"c" placeholder:"FILE"`
	Data   string `help:"The store's folder, for a store without a configuration." placeholder:"DIR"`
	JSON   bool   `help:"Print a summary as JSON; needs --out."`
}

// Help is shown by --help.
func (exportCmd) Help() string {
	return `Row by row, in constant memory, while the bot runs. Columns keep their names and order. Times are UTC.
In CSV, what a spreadsheet would run as a formula begins with an apostrophe. The store notes which files
were made: earshot erase says which of them hold somebody.

Examples:
  earshot export --what mentions --from 2026-03-01 --format csv --out march.csv --config earshot.yaml
  earshot export --what cases --format parquet --out cases.parquet --data data
  earshot export --data data | jq .text`
}

// Run exports.
func (c exportCmd) Run(e *env) error {
	if c.JSON && c.Out == "" {
		return usageError{bot.Errorf(bot.ErrInvalid, "The rows go to standard output: --json needs --out FILE.")}
	}
	if c.Out == "" && c.Format == "parquet" && terminal(e.stdout) {
		return usageError{bot.Errorf(bot.ErrInvalid, "Parquet is nothing for a terminal: name a file with --out.")}
	}
	cfg, err := namedStore(e, c.Config, c.Data)
	if err != nil {
		return err
	}
	f, err := c.filter(cfg.zone())
	if err != nil {
		return err
	}
	s, err := openToRead(e, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	x := &exporting{e: e, s: s, c: c, f: f, started: time.Now(), bar: newProgress(e.stderr)}
	if err := x.run(); err != nil {
		return err
	}
	if err := x.note(cfg); err != nil {
		fmt.Fprintf(e.stderr, "earshot: the export is done, but the store could not note where: %s\n", message(err))
	}
	switch {
	case c.JSON:
		return e.printJSON(map[string]any{"what": c.What, "format": c.Format, "out": c.Out, "rows": x.rows, "bytes": x.bytes})
	case c.Out != "":
		e.printf("Wrote %d %s to %s, %s.\n", x.rows, c.What, c.Out, bytesSaid(x.bytes))
	}
	return nil
}

func (c exportCmd) filter(zone *time.Location) (store.ExportFilter, error) {
	f := store.ExportFilter{Watch: c.Watch, Source: c.Source}
	for _, t := range []struct {
		said string
		to   *time.Time
	}{{c.From, &f.From}, {c.To, &f.To}} {
		if t.said == "" {
			continue
		}
		var err error
		if *t.to, err = parseTime(t.said, zone); err != nil {
			return f, err
		}
	}
	if !f.To.IsZero() && !f.From.Before(f.To) {
		return f, usageError{bot.Errorf(bot.ErrInvalid, "--from must be before --to.")}
	}
	return f, nil
}

// exporting is an export under way.
type exporting struct {
	e           *env
	s           *store.Store
	c           exportCmd
	f           store.ExportFilter
	bar         *progress
	started     time.Time
	all         int64 // rows to come, where somebody watches
	rows, bytes int64
}

// run writes to standard output, or to a file that gets its name when it is
// whole and on the disk.
func (x *exporting) run() error {
	defer x.bar.done()
	if x.bar.on {
		var err error
		if x.all, err = x.s.CountExport(x.e.ctx, store.CopyWhat(x.c.What), x.f); err != nil {
			return err
		}
	}
	if x.c.Out == "" {
		return x.write(x.e.stdout)
	}
	if _, err := os.Lstat(x.c.Out); !errors.Is(err, fs.ErrNotExist) {
		return bot.Errorf(bot.ErrInvalid, "There is a file at %s already. Name another one.", x.c.Out)
	}
	file, err := os.CreateTemp(filepath.Dir(x.c.Out), filepath.Base(x.c.Out)+".*.part")
	if err != nil {
		return &bot.Error{Kind: bot.ErrInvalid, Msg: "Nothing can be written to " + x.c.Out + ".", Err: err}
	}
	err = x.write(file)
	if info, statErr := file.Stat(); statErr == nil {
		x.bytes = info.Size()
	}
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), x.c.Out)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

func (x *exporting) write(to io.Writer) error {
	w := bufio.NewWriterSize(to, 1<<20)
	err := x.rowsTo(w)
	if x.e.ctx.Err() != nil { // the engine calls it an interruption
		return context.Cause(x.e.ctx)
	}
	return errors.Join(err, w.Flush())
}

func (x *exporting) rowsTo(w io.Writer) error {
	switch store.CopyWhat(x.c.What) {
	case store.CopyCases:
		return exportRows(x, w, caseColumns(), x.s.ExportCases)
	case store.CopyReplies:
		return exportRows(x, w, replyColumns(), x.s.ExportReplies)
	case store.CopyEvents:
		return exportRows(x, w, eventColumns(), x.s.ExportEvents)
	case store.CopyMentions, store.CopyBackup:
	}
	return exportRows(x, w, mentionColumns(), x.s.ExportMentions)
}

// exportRows writes what read hands over.
func exportRows[T any](x *exporting, to io.Writer, columns []column[T], read func(context.Context, store.ExportFilter, func(T) error) error) error {
	w, err := newRowWriter(x.c.Format, to, heads(columns))
	if err != nil {
		return fmt.Errorf("begin the export: %w", err)
	}
	cells := make([]any, len(columns))
	err = read(x.e.ctx, x.f, func(v T) error {
		for i, c := range columns {
			cells[i] = c.get(v)
		}
		x.rows++
		x.bar.show(share(x.rows, x.all), "%d %s", x.rows, x.c.What)
		return w.row(cells)
	})
	if err != nil {
		return err
	}
	return w.end()
}

// note notes the export in the store, for an erasure.
func (x *exporting) note(cfg *config) error {
	place := "-"
	if x.c.Out != "" {
		var err error
		if place, err = filepath.Abs(x.c.Out); err != nil {
			return err
		}
	}
	s, err := openToWrite(x.e, cfg)
	if err != nil {
		return err
	}
	return errors.Join(s.NoteCopy(x.e.ctx, store.Copy{
		At: x.started, What: store.CopyWhat(x.c.What), Format: x.c.Format, Place: place, Filter: x.f, Rows: x.rows,
	}), s.Close())
}
