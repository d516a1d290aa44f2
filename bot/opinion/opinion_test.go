package opinion_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/opinion"
	"earshot/store"
)

func noon() time.Time { return time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC) }

func TestReplace(t *testing.T) {
	sad := opinion.Opinion{Label: bot.Negative, Probs: bot.Probs{Negative: .8, Neutral: .1, Positive: .1}, Confidence: .8, Model: "m"}
	glad := opinion.Opinion{Label: bot.Positive, Probs: bot.Probs{Negative: .1, Neutral: .1, Positive: .8}, Confidence: .8, Model: "m"}
	talked := glad
	talked.Generated = true
	grave := []bot.IntentHit{{Name: bot.Safety, Confidence: 1}}
	for name, tt := range map[string]struct {
		was     bot.Verdict
		o       opinion.Opinion
		flagged bool
		stance  bot.Stance
	}{
		"flags":                               {bot.Verdict{Label: bot.Unsure}, sad, true, bot.Detractor},
		"of hearsay, nobody's stance":         {bot.Verdict{Label: bot.Unsure, Voice: bot.Hearsay}, sad, true, bot.Unqualified},
		"takes a flag away":                   {bot.Verdict{Label: bot.Negative, Flagged: true, Stance: bot.Detractor}, glad, false, bot.Passive},
		"not what could be talked into":       {bot.Verdict{Label: bot.Negative, Flagged: true}, talked, true, bot.Passive},
		"not of grave words":                  {bot.Verdict{Label: bot.Negative, Flagged: true, Intents: grave}, glad, true, bot.Passive},
		"strong praise stays strong":          {bot.Verdict{Label: bot.Positive, Stance: bot.Promoter}, glad, false, bot.Promoter},
		"no feeling, no stance":               {bot.Verdict{Label: bot.Negative, Flagged: true}, opinion.Opinion{Label: bot.Neutral, Probs: bot.Probs{Neutral: 1}}, false, bot.Unqualified},
		"an unsure one flags nothing":         {bot.Verdict{}, opinion.Opinion{Label: bot.Unsure, Probs: bot.Probs{Negative: .6, Neutral: .4}}, false, bot.Unqualified},
		"praise and complaint are not hatred": {bot.Verdict{}, opinion.Opinion{Label: bot.Mixed, Probs: bot.Probs{Negative: .4, Neutral: .2, Positive: .4}}, false, bot.Passive},
	} {
		if v := opinion.Replace(tt.was, tt.o, .45); v.Flagged != tt.flagged || v.Stance != tt.stance || v.Label != tt.o.Label || v.Model != tt.o.Model {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// writer sums up in the words given, and keeps what it was given.
type writer struct {
	says  string
	err   error
	given []string
}

func (w *writer) Name() string { return "gpt-oss:20b" }
func (w *writer) Summarise(_ context.Context, _ string, texts []string) (string, error) {
	w.given = texts
	return w.says, w.err
}

// cards keeps what was shown last.
type cards struct{ opened, updated []bot.Spike }

func (c *cards) OpenSpike(_ context.Context, s bot.Spike) error {
	c.opened = append(c.opened, s)
	return nil
}

func (c *cards) UpdateSpike(_ context.Context, s bot.Spike) error {
	c.updated = append(c.updated, s)
	return nil
}

// scene is a store with an episode of five complaints: one is a repost, one was
// taken back, one is private.
func scene(t *testing.T, w *writer, budget int) (*opinion.Summaries, *cards, bot.Spike) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "e.db"), Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	heard := make([]bot.Heard, 5)
	for i := range heard {
		heard[i] = bot.Heard{Mention: bot.Mention{Source: "social", ExternalID: fmt.Sprint(i), Text: fmt.Sprintf("it died, says %d", i), CreatedAt: noon().Add(-time.Hour),
			Author: bot.Author{Handle: fmt.Sprint("a", i)}, Watches: []string{"Larkspur"}}, Verdict: bot.Verdict{Label: bot.Negative}}
	}
	heard[1].Mention.RepostOf, heard[2].Mention.Deleted, heard[3].Mention.Private = "0", true, true
	if _, err := s.SaveHeard(t.Context(), heard); err != nil {
		t.Fatal(err)
	}
	sp, err := s.SaveSpike(t.Context(), bot.Spike{State: bot.SpikeOpen, Series: bot.Series{Watch: "Larkspur", Negative: true}, Since: noon().Add(-2 * time.Hour), OpenedAt: noon()})
	if err != nil {
		t.Fatal(err)
	}
	c := &cards{}
	return &opinion.Summaries{Writer: w, Budget: opinion.NewBudget("llm", budget, s), Queue: s, Spikes: s, Cards: c, Log: slog.New(slog.DiscardHandler), Now: noon}, c, sp
}

func TestSpikeIsSummedUp(t *testing.T) {
	w := &writer{says: "Machines die."}
	s, c, sp := scene(t, w, 10)
	if err := s.OpenSpike(t.Context(), sp); err != nil || len(c.opened) != 1 || w.given != nil {
		t.Fatalf("the card waits for its summary: %v, %d opened, %q given", err, len(c.opened), w.given)
	}
	if err := s.OfSpike(t.Context(), sp.ID); err != nil {
		t.Fatal(err)
	}
	slices.Sort(w.given)
	if got := strings.Join(w.given, "|"); got != "it died, says 0|it died, says 4" {
		t.Errorf("given %q", got)
	}
	if len(c.updated) != 1 || c.updated[0].Summary != "Machines die." || c.updated[0].SummaryBy != "gpt-oss:20b" {
		t.Errorf("shown %+v", c.updated)
	}
	if said, by := s.OfDigest(t.Context(), "Larkspur", noon().AddDate(0, 0, -7), noon()); said != "Machines die." || by != "gpt-oss:20b" {
		t.Errorf("the digest says %q by %q", said, by)
	}
	if said, by := s.OfDigest(t.Context(), "Wren", noon().AddDate(0, 0, -7), noon()); said != "" || by != "" {
		t.Errorf("of a watch that nobody speaks of: %q by %q", said, by)
	}
}

func TestWithoutASummary(t *testing.T) {
	for name, w := range map[string]*writer{"it talks nonsense": {err: bot.Errorf(bot.ErrInvalid, "no")}, "it is down": {err: errors.New("down")}} {
		s, c, sp := scene(t, w, 10)
		if err := s.OfSpike(t.Context(), sp.ID); err != nil || len(c.updated) != 0 {
			t.Errorf("%s: %v, shown %d times", name, err, len(c.updated))
		}
	}
	w := &writer{err: &bot.Error{Kind: bot.ErrRateLimited, Msg: "wait", RetryAfter: time.Second}}
	s, _, sp := scene(t, w, 1)
	if err := s.OfSpike(t.Context(), sp.ID); bot.KindOf(err) != bot.ErrRateLimited {
		t.Errorf("a wait is not handed on: %v", err)
	}
	w.given, w.err = nil, nil
	if err := s.OfSpike(t.Context(), sp.ID); err != nil || w.given != nil {
		t.Errorf("asked beyond the budget: %v, given %q", err, w.given)
	}
}

// erases is a writer that has an author erased while it writes.
type erases struct {
	*writer
	do func()
}

func (e erases) Summarise(ctx context.Context, about string, texts []string) (string, error) {
	e.do()
	return e.writer.Summarise(ctx, about, texts)
}

// TestErasedWhileSummedUp: what was written with somebody's words in view, who
// was erased meanwhile, is not kept; it is written anew without them.
func TestErasedWhileSummedUp(t *testing.T) {
	w := &writer{says: "a4 says: it died."}
	s, c, sp := scene(t, w, 10)
	st := s.Spikes.(*store.Store)
	s.Writer = erases{w, func() {
		if _, err := st.Erase(t.Context(), store.Whom{Source: "social", Author: "a4"}, bot.Bot()); err != nil {
			t.Error(err)
		}
	}}
	if err := s.OfSpike(t.Context(), sp.ID); bot.KindOf(err) != bot.ErrStale || len(c.updated) != 0 {
		t.Errorf("%v, shown %+v", err, c.updated)
	}
	if now, err := st.Spike(t.Context(), sp.ID); err != nil || now.Summary != "" {
		t.Errorf("kept %q (%v)", now.Summary, err)
	}
	s.Writer = w
	if err := s.OfSpike(t.Context(), sp.ID); err != nil || len(w.given) != 1 || len(c.updated) != 1 {
		t.Errorf("%v, given %q, shown %d times", err, w.given, len(c.updated))
	}
}
