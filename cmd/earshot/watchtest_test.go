package main

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// shelf is a source that is searched, in which every other item matches.
type shelf struct{ asked int }

func (s *shelf) Poll(context.Context, bot.Cursor) (bot.Batch, error) {
	s.asked++
	b := bot.Batch{More: true, Next: "more"}
	for i := range 60 {
		words := "The jaguar sleeps"
		if i%2 == 1 {
			words = "The zoo sleeps"
		}
		b.Mentions = append(b.Mentions, bot.Mention{ExternalID: fmt.Sprint(i), Text: words, CreatedAt: time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)})
	}
	return b, nil
}

// TestListenNow: a source that is searched is asked for the new watch, not for
// the words of its settings, a bounded number of times, and what it gives is
// no part of what is stored.
func TestListenNow(t *testing.T) {
	type settings struct {
		Terms []string `yaml:"terms"`
	}
	var src shelf
	var given settings
	var watches []bot.Watch
	kinds := []bot.Driver{
		{Kind: "shelf", Searches: true, Settings: func() any { return &settings{} }, New: func(_ string, decode func(any) error, env bot.SourceEnv) (bot.Source, error) {
			watches = env.Watches
			return &src, decode(&given)
		}},
		{Kind: "whole", Settings: func() any { return &settings{} }},
		{Kind: "broken", Searches: true, Settings: func() any { return &settings{} }, New: func(string, func(any) error, bot.SourceEnv) (bot.Source, error) {
			return nil, bot.Errorf(bot.ErrInvalid, "It is broken.")
		}},
	}
	cfg, err := parseConfig("c.yaml", []byte(`
company: Acme
watches: [{name: Acme, terms: [acme]}]
sources: [{name: one, kind: shelf, terms: [other]}, {name: two, kind: whole}, {name: three, kind: broken}]
routes: [{name: all, to: [{console: triage}]}]
`), anySecret, kinds)
	if err != nil {
		t.Fatal(err)
	}
	w := bot.Watch{Name: "the watch", Terms: []string{"jaguar"}}
	c, err := newCatch(w)
	if err != nil {
		t.Fatal(err)
	}
	got := listenNow(&env{ctx: t.Context(), stdout: io.Discard, stderr: io.Discard}, cfg, kinds, nil, w, c)
	want := []heardLive{{Source: "one", Kind: "shelf", Read: 120, Caught: 60}, {Source: "three", Kind: "broken", Error: "It is broken."}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if src.asked != sampleReads || len(given.Terms) != 0 || len(watches) != 1 || watches[0].Terms[0] != "jaguar" {
		t.Errorf("asked %d times with the settings %v for %v", src.asked, given, watches)
	}
	if c.Read != 0 || c.Caught != 0 || len(c.samples) != samplesShown || !c.samples[0].Live {
		t.Errorf("counted as stored: %+v", c)
	}
	if s := c.samples[0]; s.Text != "The «jaguar» sleeps" || s.Source != "one" {
		t.Errorf("sample %+v", s)
	}
}
