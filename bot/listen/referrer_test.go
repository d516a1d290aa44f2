package listen

import (
	"testing"

	"earshot/bot"
)

// surveyed is a source whose customers another one answers.
type surveyed struct {
	bot.Source
	by string
}

func (s surveyed) AnswersBy() string { return s.by }

type answering struct {
	bot.Source
	bot.Answerer
}

func TestAnswersByAnother(t *testing.T) {
	mail := answering{}
	r := New(Settings{})
	for name, src := range map[string]bot.Source{"mail": mail, "survey": surveyed{by: "mail"}, "alone": surveyed{}, "lost": surveyed{by: "nobody"}} {
		r.running[name] = newWorker(r, Entry{Name: name, Source: src}, nil)
	}
	for name, want := range map[string]bool{"mail": true, "survey": true, "alone": false, "lost": false, "nobody": false} {
		a, ok := r.Answerer(name)
		if ok != want || ok && a != bot.Answerer(mail) {
			t.Errorf("%s: %v %t", name, a, ok)
		}
	}
}
