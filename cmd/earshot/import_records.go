package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"earshot/bot"
	"earshot/bot/relate"
)

// recordSummary is what became of a file of records that are no mentions.
type recordSummary struct {
	Read     int `json:"read"`
	New      int `json:"new"`
	Updated  int `json:"updated"`
	Rejected int `json:"rejected"`
}

// customers reads who is known.
func (c importCmd) customers(e *env, a *app) error {
	list, rejected, err := records(e, c.File, relate.ParseCustomers)
	if err != nil {
		return err
	}
	created, updated, err := a.store.SaveCustomers(e.ctx, list)
	if err != nil {
		return err
	}
	return c.told(e, recordSummary{len(list) + rejected, created, updated, rejected})
}

// facts reads what the business counted.
func (c importCmd) facts(e *env, a *app) error {
	list, rejected, err := records(e, c.File, relate.ParseFacts)
	if err != nil {
		return err
	}
	for i, f := range list {
		if f.Watch == "" {
			list[i].Watch = c.Watch
		}
	}
	created, changed, err := a.store.SaveFacts(e.ctx, list)
	if err != nil {
		return err
	}
	return c.told(e, recordSummary{len(list) + rejected, created, changed, rejected})
}

// records reads a file, or standard input for -, and names its broken rows.
func records[T any](e *env, name string, parse func(io.Reader) ([]T, []relate.Row, error)) (list []T, rejected int, err error) {
	in := e.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, 0, bot.Errorf(bot.ErrInvalid, "%s cannot be read: %v.", name, unwrapPath(err))
		}
		defer f.Close()
		in = f
	}
	list, bad, err := parse(in)
	for _, r := range bad {
		fmt.Fprintf(e.stderr, "%s, line %d: %s\n", name, r.Line, strings.TrimRight(r.Reason, "\n"))
	}
	return list, len(bad), err
}

func (c importCmd) told(e *env, s recordSummary) error {
	if c.JSON {
		return e.printJSON(s)
	}
	e.printf("read %d  new %d  updated %d  rejected %d\n", s.Read, s.New, s.Updated, s.Rejected)
	return nil
}
