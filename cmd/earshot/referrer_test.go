package main

import (
	"testing"

	"earshot/bot"
	"earshot/bot/listen"
)

// surveyed is a source that names another to answer in its place.
type surveyed struct {
	bot.Source
	by string
}

func (s surveyed) AnswersBy() string { return s.by }

type writing struct {
	bot.Source
	bot.Answerer
}

func TestReferred(t *testing.T) {
	mail := listen.Entry{Name: "mail", Source: writing{}}
	feed := listen.Entry{Name: "feed", Source: surveyed{}}
	for by, wrong := range map[string]int{"": 0, "mail": 0, "feed": 1, "nobody": 1} {
		errs := referred([]listen.Entry{{Name: "survey", Source: surveyed{by: by}}, mail, feed})
		if len(errs) != wrong || wrong > 0 && bot.KindOf(errs[0]) != bot.ErrInvalid {
			t.Errorf("reply_by %q: %v", by, errs)
		}
	}
}
