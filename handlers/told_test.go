package handlers_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"earshot/bot"
	"earshot/handlers"
)

// forgetful is a store whose process ends before it can note what somebody is
// to be told.
type forgetful struct{ handlers.Answers }

func (forgetful) KeepAnswer(context.Context, bot.Interaction, bot.View, time.Time) error {
	return errors.New("killed")
}

// asks accepts an interaction of lea's and has the desk handle it; nobody is
// shown the answer.
func (w *world) asks(ctx context.Context, id, text string) bot.Interaction {
	w.Helper()
	in := bot.Interaction{ID: id, Kind: bot.DidCommand, Platform: "slack", By: person("lea"), Text: text, At: w.clock.Now()}
	if _, err := w.desk.Accept(w.Context(), in); err != nil {
		w.Fatal(err)
	}
	if a := w.desk.Handle(ctx, in); a.Tell == nil {
		w.Fatalf("%s: nothing to tell: %+v", text, a)
	}
	return in
}

// tellsAgain runs what the queue does with the answer to the first interaction.
func (w *world) tellsAgain(want int) {
	w.Helper()
	if err := w.desk.TellAgain(w.Context(), 1); err != nil {
		w.Fatal(err)
	}
	if told := w.slack.Told(); len(told) != want {
		w.Fatalf("told %d times, want %d: %+v", len(told), want, told)
	}
}

// resumes takes up what was left, and runs what the queue then has to tell.
func (w *world) resumes() {
	w.Helper()
	if err := w.desk.Resume(w.Context()); err != nil {
		w.Fatal(err)
	}
	for row := range int64(10) {
		if err := w.desk.TellAgain(w.Context(), row); err != nil {
			w.Fatal(err)
		}
	}
}

// TestUntoldIsTold: what ran out of time is not done, and whoever asked for it
// is told so, though the process that was to tell them has ended.
func TestUntoldIsTold(t *testing.T) {
	w := newWorld(t)
	w.opens()
	late, stop := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer stop()
	w.asks(late, "x", "escalate 1 smoke")
	w.restart()
	if err := w.desk.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.tellsAgain(1)
	w.says(bot.Answer{Tell: &w.slack.Told()[0].View}, "our fault")
	w.tellsAgain(1)
	if !w.now(1).EscalatedAt.IsZero() {
		t.Error("what was said to have failed was done")
	}
}

// TestToldOnce: what a platform has shown is not told again.
func TestToldOnce(t *testing.T) {
	w := newWorld(t)
	w.desk.Told(t.Context(), w.asks(t.Context(), "x", "help"))
	w.tellsAgain(0)
}

// TestTooOldToTell: nobody is told a week later.
func TestTooOldToTell(t *testing.T) {
	w := newWorld(t)
	w.asks(t.Context(), "x", "help")
	w.clock.Pass(8 * 24 * time.Hour)
	w.tellsAgain(0)
}

// TestRefusedIsTold: what is refused is asked anew after a kill, so that the
// person hears of it.
func TestRefusedIsTold(t *testing.T) {
	w := newWorld(t)
	w.opens()
	w.desk = handlers.New(w.deps(func(d *handlers.Deps) { d.Answers = forgetful{w.st} }))
	w.asks(t.Context(), "x", "reopen 1")
	w.clock.Pass(time.Second)
	w.restart()
	if err := w.desk.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.tellsAgain(1)
}

// TestStoppedIsNotTaken: the words that it is done after the start do not stand
// for having done it.
func TestStoppedIsNotTaken(t *testing.T) {
	w := newWorld(t)
	w.opens()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	w.desk.Told(t.Context(), w.asks(ctx, "x", "claim 1"))
	w.clock.Pass(time.Second)
	w.restart()
	if err := w.desk.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !w.now(1).Owner.Known() {
		t.Error("it was lost")
	}
}
