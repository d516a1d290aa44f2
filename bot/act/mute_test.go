package act_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
)

func (w *world) mutes(what string, until time.Time) {
	w.Helper()
	if err := w.svc.Mute(w.Context(), what, until, root()); err != nil {
		w.Fatal(err)
	}
}

// TestMutedCases: what is muted opens without a card and waits in the inbox;
// the next case after the mute has one.
func TestMutedCases(t *testing.T) {
	both := []bot.TopicHit{{Name: "firmware"}, {Name: "price"}}
	tests := []struct {
		name   string
		mute   []string
		topics []bot.TopicHit
		by     bot.Person
		quiet  bool
	}{
		{"a muted source", []string{"source:masto"}, both, bot.Person{}, true},
		{"another source", []string{"source:reviews"}, both, bot.Person{}, false},
		{"its only topic", []string{"topic:firmware"}, both[:1], bot.Person{}, true},
		{"one of two topics", []string{"topic:firmware"}, both, bot.Person{}, false},
		{"both topics", []string{"topic:firmware", "topic:price"}, both, bot.Person{}, true},
		{"no topic at all", []string{"topic:firmware"}, nil, bot.Person{}, false},
		{"made by hand", []string{"source:masto"}, both, lea(), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, onlySlack)
			until := w.clock.Now().Add(time.Hour)
			for _, what := range tt.mute {
				w.mutes(what, until)
			}
			h := heard(1, "ann")
			h.Verdict.Topics = tt.topics
			c := w.opensOf(h, act.OpenOptions{By: tt.by})
			w.work()
			if got := len(w.slack.In("#voc")) == 0; got != tt.quiet || c.Quiet != tt.quiet {
				t.Errorf("without a card: %t, quiet %t, want %t", got, c.Quiet, tt.quiet)
			}
			if said := w.events(c.ID)[0].Text; strings.Contains(said, "is muted until Tue 10 Mar 13:00") != tt.quiet {
				t.Errorf("the history says %q", said)
			}
			inbox, err := w.st.Cases(t.Context(), bot.CaseFilter{States: []bot.CaseState{bot.Open}, Unowned: true, Awake: w.clock.Now()})
			if err != nil || len(inbox) != 1 {
				t.Errorf("the inbox holds %d cases, %v", len(inbox), err)
			}
			w.clock.Pass(2 * time.Hour)
			next := heard(2, "bob")
			next.Verdict.Topics = tt.topics
			if c := w.opensOf(next); c.Quiet {
				t.Error("it is quiet after the mute ended")
			}
		})
	}
}

// TestMutedCasesComeWhenTouched: who takes a case from the inbox has its card.
func TestMutedCasesComeWhenTouched(t *testing.T) {
	w := newWorld(t, onlySlack)
	w.mutes("source:masto", w.clock.Now().Add(time.Hour))
	c := w.opens()
	err := w.st.Transact(t.Context(), func(ctx context.Context) error {
		h := heard(7, "zoe")
		saved, err := w.st.SaveHeard(ctx, []bot.Heard{h})
		if err != nil {
			return err
		}
		return w.svc.Join(ctx, c.ID, h, saved[0], bot.Echo)
	})
	if err != nil {
		t.Fatal(err)
	}
	w.work()
	if n := len(w.slack.In("#voc")); n != 0 {
		t.Fatalf("an echo of a muted case made %d cards", n)
	}
	w.must(w.do(w.now(c.ID), lea(), bot.Change{Verb: bot.Claim}))
	w.work()
	w.says(w.card(w.slack, "#voc").View, "lea has it")
}
