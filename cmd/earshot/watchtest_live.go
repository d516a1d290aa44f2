package main

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"time"

	"earshot/bot"
)

// How much of a service is asked for a sample.
const (
	sampleFor   = 20 * time.Second
	sampleReads = 2   // a first read begins in the past; the next comes nearer
	sampleMost  = 200 // mentions
)

// heardLive is what a sample from one source gave.
type heardLive struct {
	Source string `json:"source"`
	Kind   string `json:"kind"`
	Read   int    `json:"read"`
	Caught int    `json:"caught"`
	Error  string `json:"error,omitempty"`
}

// listenNow asks each configured source that can be searched for what the watch
// would find there, without storing anything.
func listenNow(e *env, cfg *config, kinds []bot.Driver, client *http.Client, w bot.Watch, c *catch) []heardLive {
	bar := newProgress(e.stderr)
	defer bar.done()
	all := []heardLive{}
	for i, s := range cfg.Sources {
		d, ok := driverOf(kinds, s.Kind)
		if !ok || !d.Searches || e.ctx.Err() != nil {
			continue
		}
		bar.show(float64(i)/float64(len(cfg.Sources)), "asking %s", s.Name)
		h := heardLive{Source: s.Name, Kind: s.Kind}
		sourceEnv := bot.SourceEnv{HTTP: client, Log: e.logger("error", false), Now: time.Now, Zone: cfg.zone(),
			Watches: []bot.Watch{w}, Matcher: matcher([]bot.Watch{w})}
		src, err := d.New(s.Name, withoutTerms(s.Rest.decode), sourceEnv)
		if err == nil {
			err = h.ask(e.ctx, src, c)
		}
		if err != nil {
			h.Error = bot.Told(err)
		}
		all = append(all, h)
	}
	return all
}

// ask reads a little of one source.
func (h *heardLive) ask(ctx context.Context, src bot.Source, c *catch) error {
	ctx, cancel := context.WithTimeout(ctx, sampleFor)
	defer cancel()
	var cursor bot.Cursor
	for range sampleReads {
		b, err := src.Poll(ctx, cursor)
		if errors.Is(err, context.DeadlineExceeded) && h.Read > 0 {
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range b.Mentions {
			if h.Read == sampleMost {
				return nil
			}
			h.Read++
			m.Source = h.Source
			if c.take(m, false, true) {
				h.Caught++
			}
		}
		if cursor = b.Next; !b.More {
			return nil
		}
	}
	return nil
}

// withoutTerms decodes settings without the words that the source is searched
// for in place of those of the watches.
func withoutTerms(decode func(into any) error) func(into any) error {
	return func(into any) error {
		err := decode(into)
		v := reflect.ValueOf(into).Elem()
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			if name == "terms" && v.Field(i).Kind() == reflect.Slice {
				v.Field(i).SetZero()
			}
		}
		return err
	}
}
