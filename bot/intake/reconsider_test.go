package intake_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/opinion"
)

// slow is a reader that says what it is told to.
type slow struct {
	says  opinion.Opinion
	err   error
	asked int
	until func() // what happens while it reads
}

func (s *slow) Name() string           { return "slow" }
func (s *slow) Wants(bot.Verdict) bool { return true }
func (s *slow) Read(context.Context, bot.Mention) (opinion.Opinion, error) {
	s.asked++
	if s.until != nil {
		s.until()
	}
	return s.says, s.err
}

// told collects what the team is told.
type told struct{ open, mended int }

func (n *told) Notify(context.Context, bot.Notice) error { n.open++; return nil }
func (n *told) Mended(context.Context, string) error     { n.mended++; return nil }

// asking is a rig whose mentions a slow reader is asked about.
type asking struct {
	*rig
	desk   *opinion.Desk
	reader *slow
	told   *told
	now    time.Time
}

func newAsking(t *testing.T, budget int) *asking {
	a := &asking{rig: newRig(t), reader: &slow{}, told: &told{}, now: start()}
	a.desk = opinion.New(opinion.Settings{
		Readers: []opinion.Reader{a.reader}, Budgets: []*opinion.Budget{opinion.NewBudget("slow", budget, a.store)}, FlagAt: 0.45,
		Queue: a.store, Mentions: a.store, Notices: a.told, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return a.now },
	})
	return a
}

// heard takes one mention in and gives it as it is stored.
func (a *asking) heard(t *testing.T, author, words string) bot.Reading {
	t.Helper()
	m := a.said(author, words)
	a.take(t, m)
	return a.found(t, m.ExternalID)
}

func (a *asking) found(t *testing.T, id string) bot.Reading {
	t.Helper()
	r, err := a.store.FindMention(t.Context(), a.state.Name, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func says(l bot.Label, generated bool) opinion.Opinion {
	p := bot.Probs{Negative: 0.1, Neutral: 0.1, Positive: 0.8}
	if l == bot.Negative {
		p = bot.Probs{Negative: 0.8, Neutral: 0.1, Positive: 0.1}
	}
	return opinion.Opinion{Label: l, Probs: p, Confidence: 0.8, Model: "slow-1", Generated: generated}
}

// TestSecondOpinionOpensACase: what is flagged only by the slower reader opens
// a case like any other, once, and its echoes join it.
func TestSecondOpinionOpensACase(t *testing.T) {
	a := newAsking(t, 10)
	r := a.heard(t, "ida", "Larkspur is a kettle that I bought in a shop on Monday")
	if r.CaseID != 0 {
		t.Fatalf("flagged at once: %+v", r.Verdict)
	}
	a.reader.says = says(bot.Negative, true)
	for range 2 {
		if err := a.desk.Ask(t.Context(), a.Intake, r.Mention.ID); err != nil {
			t.Fatal(err)
		}
	}
	after := a.found(t, r.Mention.ExternalID)
	if after.CaseID == 0 || after.Verdict.Label != bot.Negative || !after.Verdict.Flagged || after.Verdict.Stance != bot.Detractor || after.Verdict.Model != "slow-1" {
		t.Fatalf("case %d, verdict %+v", after.CaseID, after.Verdict)
	}
	cases, err := a.store.Cases(t.Context(), bot.CaseFilter{})
	if err != nil || len(cases) != 1 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
}

// TestSecondOpinionOfACase: the card is drawn anew and its history says why; a
// language model never takes a flag away, another classifier may.
func TestSecondOpinionOfACase(t *testing.T) {
	for generated, flagged := range map[bool]bool{true: true, false: false} {
		a := newAsking(t, 10)
		r := a.heard(t, "ida", "Larkspur is terrible, it broke twice and nobody helps. I hate it.")
		if r.CaseID == 0 {
			t.Fatalf("no case: %+v", r.Verdict)
		}
		a.reader.says = says(bot.Positive, generated)
		if err := a.desk.Ask(t.Context(), a.Intake, r.Mention.ID); err != nil {
			t.Fatal(err)
		}
		after := a.found(t, r.Mention.ExternalID)
		if after.Verdict.Label != bot.Positive || after.Verdict.Flagged != flagged || after.CaseID != r.CaseID {
			t.Errorf("generated %v: %+v", generated, after.Verdict)
		}
		events, err := a.store.CaseEvents(t.Context(), r.CaseID)
		if err != nil {
			t.Fatal(err)
		}
		if last := events[len(events)-1]; last.Verb != bot.Correct || last.Text != "read it again: positive (slow-1)" {
			t.Errorf("the history ends with %+v", last)
		}
	}
}

func TestNoSecondOpinion(t *testing.T) {
	a := newAsking(t, 2)
	r := a.heard(t, "ida", "Larkspur is a kettle")
	ask := func() bot.Verdict {
		t.Helper()
		if err := a.desk.Ask(t.Context(), a.Intake, r.Mention.ID); err != nil {
			t.Fatal(err)
		}
		return a.found(t, r.Mention.ExternalID).Verdict
	}
	if v := ask(); v.Label != r.Verdict.Label || v.Model != r.Verdict.Model {
		t.Errorf("a reader that knows no better changed it: %+v", v)
	}
	a.reader.says, a.reader.until = says(bot.Negative, true), func() {
		m := r.Mention
		m.Text, m.EditedAt = "Larkspur is a kettle, and I changed my mind", start().Add(time.Minute)
		a.take(t, m)
	}
	if v := ask(); v.Label == bot.Negative && v.Model == "slow-1" {
		t.Errorf("an opinion of what was edited meanwhile was taken: %+v", v)
	}
	a.reader.until = nil
	ask()
	if a.reader.asked != 2 {
		t.Errorf("asked %d times within a budget of 2", a.reader.asked)
	}
	a.now = a.now.Add(24 * time.Hour)
	ask()
	if a.reader.asked != 3 {
		t.Errorf("the next day's budget is not there: asked %d times", a.reader.asked)
	}
	again := opinion.NewBudget("slow", 1, a.store)
	if ok, err := again.Take(t.Context(), a.now); ok || err != nil {
		t.Errorf("a restart forgot what was spent: %v, %v", ok, err)
	}
}

func TestReaderRests(t *testing.T) {
	a := newAsking(t, 0)
	r := a.heard(t, "ida", "Larkspur is a kettle")
	a.reader.err = errors.New("no answer")
	for range 5 {
		if err := a.desk.Ask(t.Context(), a.Intake, r.Mention.ID); err != nil {
			t.Fatal(err)
		}
	}
	if a.reader.asked != 3 || a.told.open != 1 {
		t.Errorf("asked %d times, told %d times", a.reader.asked, a.told.open)
	}
	a.now, a.reader.err, a.reader.says = a.now.Add(6*time.Minute), nil, says(bot.Negative, false)
	if err := a.desk.Ask(t.Context(), a.Intake, r.Mention.ID); err != nil {
		t.Fatal(err)
	}
	if a.told.mended != 1 {
		t.Errorf("that it answers again was told %d times", a.told.mended)
	}
	a.reader.err = &bot.Error{Kind: bot.ErrRateLimited, Msg: "wait", RetryAfter: time.Second}
	if err := a.desk.Ask(t.Context(), a.Intake, r.Mention.ID); bot.KindOf(err) != bot.ErrRateLimited {
		t.Errorf("a wait is not handed on: %v", err)
	}
}

// TestTaughtIsNotAsked: what the team taught after the question was kept costs
// no budget and is not second-guessed.
func TestTaughtIsNotAsked(t *testing.T) {
	a := newAsking(t, 10)
	r := a.heard(t, "ida", "Larkspur is a kettle")
	v := r.Verdict
	v.Model = bot.MovedBy(v.Model, 12)
	if err := a.store.SaveVerdict(t.Context(), r.Mention.ID, v); err != nil {
		t.Fatal(err)
	}
	a.reader.says = says(bot.Negative, false)
	if err := a.desk.Ask(t.Context(), a.Intake, r.Mention.ID); err != nil {
		t.Fatal(err)
	}
	if after := a.found(t, r.Mention.ExternalID); a.reader.asked != 0 || after.Verdict.Label != v.Label {
		t.Errorf("asked %d times, the verdict is %+v", a.reader.asked, after.Verdict)
	}
}
