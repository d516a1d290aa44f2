package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/handlers"
)

// within runs fn in a transaction and undoes it, the time that passed included.
func (w *roleWorld) within(fn func(ctx context.Context)) {
	w.Helper()
	before := w.clock.Now()
	err := w.st.Transact(w.Context(), func(ctx context.Context) error {
		fn(ctx)
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		w.Fatal(err)
	}
	w.clock.Pass(before.Sub(w.clock.Now()))
}

// accepts stores what a deed is, under an id, by whoever may do it.
func (w *roleWorld) accepts(ctx context.Context, d deed, by bot.Person, id string) bot.Interaction {
	w.Helper()
	in := d.in
	in.ID, in.By, in.Platform, in.At = id, by, "slack", w.clock.Now()
	if _, err := w.desk.Accept(ctx, in); err != nil {
		w.Fatal(err)
	}
	w.clock.Pass(time.Second)
	return in
}

// doer is somebody who may do it: an admin, or who wrote the reply.
func doer(d deed) bot.Person {
	if d.what == "reply.edit" {
		return visitor("owner")
	}
	return visitor("admin")
}

// once marks what runs in one transaction with the note that it was done.
type once struct{}

type marking struct{ handlers.Transactor }

func (m marking) Transact(ctx context.Context, fn func(ctx context.Context) error) error {
	return m.Transactor.Transact(ctx, func(ctx context.Context) error { return fn(context.WithValue(ctx, once{}, true)) })
}

// crashing is an inbox whose process ends after the work and before the note
// that it is done, unless both are one transaction.
type crashing struct{ handlers.Inbox }

func (c crashing) FinishInteraction(ctx context.Context, platform, id string) error {
	if ctx.Value(once{}) == nil {
		return errors.New("killed")
	}
	return c.Inbox.FinishInteraction(ctx, platform, id)
}

// TestWhatPeopleDoIsDoneOnce: everything that can be done is done once, and
// just as it would have been, when Slack delivers it twice, and when the process
// ends between its acknowledgement and the work or right after the work.
func TestWhatPeopleDoIsDoneOnce(t *testing.T) {
	w := newRoleWorld(t)
	before := w.everything(t.Context())
	acting := 0
	for _, d := range w.deeds() {
		by, name := doer(d), d.path+" "+d.what
		var want string
		w.within(func(ctx context.Context) {
			w.restart()
			w.desk.Handle(ctx, w.accepts(ctx, d, by, "1"))
			if want = w.everything(ctx); want != before {
				acting++
			}
			if fresh, err := w.desk.Accept(ctx, bot.Interaction{ID: "1", Kind: d.in.Kind, Platform: "slack", By: by}); fresh || err != nil {
				t.Errorf("%s: delivered again, it counts as new: %v %v", name, fresh, err)
			}
		})
		for _, killed := range []string{"before", "after"} {
			w.within(func(ctx context.Context) {
				if killed == "after" {
					w.desk = handlers.New(w.deps(func(deps *handlers.Deps) {
						deps.Inbox, deps.Store.Transactor = crashing{w.st}, marking{w.st}
					}))
				}
				in := w.accepts(ctx, d, by, "1")
				if killed == "after" {
					w.desk.Handle(ctx, in)
				}
				w.restart()
				for range 2 {
					if err := w.desk.Resume(ctx); err != nil {
						t.Fatal(err)
					}
				}
				if got := w.everything(ctx); got != want {
					t.Errorf("%s by %s, killed %s the work: it is otherwise than without a kill\n%s\n%s", name, by.Name, killed, got, want)
				}
			})
		}
	}
	w.restart()
	if acting < 50 {
		t.Errorf("only %d deeds changed something: the test shows little", acting)
	}
}

// turns are what may have happened to what a button or form stands for, when
// it is pressed or sent.
func turns(w *roleWorld) []struct {
	name string
	does func(ctx context.Context, d *deed, by bot.Person)
} {
	do := func(ctx context.Context, id int64, ch bot.Change) {
		w.Helper()
		ch.By, ch.At = person("ada"), w.clock.Now()
		if _, err := w.svc.Do(ctx, id, 0, ch); err != nil && bot.KindOf(err) != bot.ErrStale {
			w.Fatal(err)
		}
	}
	return []struct {
		name string
		does func(ctx context.Context, d *deed, by bot.Person)
	}{
		{"fresh", func(context.Context, *deed, bot.Person) {}},
		{"pressed twice", func(ctx context.Context, d *deed, by bot.Person) { w.desk.Handle(ctx, w.accepts(ctx, *d, by, "first")) }},
		{"resolved meanwhile", func(ctx context.Context, _ *deed, _ bot.Person) {
			for _, id := range []int64{w.open, w.claimed, w.answered} {
				do(ctx, id, bot.Change{Verb: bot.Resolve, RootCause: "c", Action: "d"})
			}
		}},
		{"reopened meanwhile", func(ctx context.Context, _ *deed, _ bot.Person) { do(ctx, w.resolved, bot.Change{Verb: bot.Reopen}) }},
		{"of last month", func(_ context.Context, d *deed, _ bot.Person) {
			d.in.Action.Version = 1
			w.clock.Pass(31 * 24 * time.Hour)
		}},
		{"of what is gone", func(_ context.Context, d *deed, _ bot.Person) { d.in.Action.Target += 990_000 }},
	}
}

// TestWhatMovedOn presses every button and sends every form when what they
// stand for has moved on, and compares what came of it with a table that people
// read. Nothing fails, and "does" stands only where it is still right to do it.
func TestWhatMovedOn(t *testing.T) {
	w := newRoleWorld(t)
	rows := map[string][]string{}
	var order []string
	for _, d := range w.deeds() {
		if d.path != "press" && d.path != "form" {
			continue
		}
		row := fmt.Sprintf("%-5s %-18s", d.path, d.what)
		order = append(order, row)
		by := doer(d)
		if name := d.in.Action.Name; !strings.Contains(name, ".") || strings.HasPrefix(name, "more.") {
			d.in.Action.Version = w.now(d.in.Action.Target).Version
		}
		for _, turn := range turns(w) {
			w.within(func(ctx context.Context) {
				again := d
				turn.does(ctx, &again, by)
				moved := w.everything(ctx)
				a := w.desk.Handle(ctx, w.accepts(ctx, again, by, "second"))
				rows[row] = append(rows[row], w.outcome(a, w.everything(ctx) != moved))
			})
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-24s", "")
	for _, turn := range turns(w) {
		fmt.Fprintf(&b, " %-18s", turn.name)
	}
	for _, path := range []string{"press", "form"} {
		for _, row := range order {
			if strings.HasPrefix(row, path) {
				b.WriteString("\n" + row)
				for _, cell := range rows[row] {
					fmt.Fprintf(&b, " %-18s", cell)
				}
			}
		}
	}
	golden(t, "moved_on", b.String()+"\n")
}

// TestTooLateIsNotDone: what was asked for long before the process came back
// is not done behind anybody's back, and they are told; the text of a form that
// cannot be shown any more is given back.
func TestTooLateIsNotDone(t *testing.T) {
	w := newWorld(t)
	w.opens()
	accept := func(in bot.Interaction) {
		in.Platform, in.By, in.At = "slack", person("lea"), w.clock.Now()
		if _, err := w.desk.Accept(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	accept(bot.Interaction{ID: "old", Kind: bot.DidCommand, Text: "claim 1"})
	w.clock.Pass(13 * time.Hour)
	long := strings.Repeat("Sorry that it died. ", 20)
	accept(bot.Interaction{ID: "form", Kind: bot.DidSubmit, Action: bot.ActionID{Name: "reply.preview", Target: 1}, Values: map[string]string{"way": "public", "text": long}})
	w.clock.Pass(time.Minute)
	w.restart()
	for range 2 {
		w.resumes()
	}
	if w.now(1).Owner.Known() {
		t.Error("what was asked for yesterday was done today")
	}
	told := w.slack.Told()
	if len(told) != 2 || !strings.Contains(told[0].View.Notice, "nothing was done") || !strings.Contains(told[1].View.Notice, "press it again") {
		t.Fatalf("told %+v", told)
	}
	w.says(bot.Answer{Tell: &told[1].View}, strings.TrimSpace(long))
}

// TestTooSlowIsOver: what ran out of time was not done, is said to have failed,
// and is not done after the next start either; what was stopped is.
func TestTooSlowIsOver(t *testing.T) {
	for _, slow := range []bool{true, false} {
		w := newWorld(t)
		w.opens()
		in := bot.Interaction{ID: "x", Kind: bot.DidCommand, Platform: "slack", By: person("lea"), Text: "claim 1", At: w.clock.Now()}
		if _, err := w.desk.Accept(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		want := "restarted"
		if slow {
			ctx, stop = context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
			want = "our fault"
		}
		stop()
		w.says(w.desk.Handle(ctx, in), want)
		w.clock.Pass(time.Minute)
		w.restart()
		w.resumes()
		if got := w.now(1).Owner.Known(); got == slow {
			t.Errorf("slow is %v, and after the start the case has an owner: %v", slow, got)
		}
	}
}

// TestPressedTwice: the second press of a button that was not drawn anew yet
// says what the first did; another act in between makes it a new one.
func TestPressedTwice(t *testing.T) {
	w := newWorld(t)
	w.opens()
	form := w.presses("lea", "escalate", 1, 1)
	w.says(w.sends("lea", form, map[string]string{"reason": "smoke"}), "Case 1 went to the duty manager")
	w.says(w.sends("lea", form, map[string]string{"reason": "smoke"}), "You did that already: you escalated it to the duty manager: smoke.", "[Show the case]")
	w.says(w.sends("lea", form, map[string]string{"reason": "and flames"}), "Case 1 went to the duty manager")
	w.says(w.types("lea", "claim 1"), "You have case 1")
	w.says(w.types("lea", "release 1"), "Nobody has case 1 now")
	w.says(w.presses("lea", "claim", 1, 1), "You have case 1.")
	w.says(w.presses("lea", "more.not_negative", 1, 1), "Noted")
	w.says(w.presses("lea", "more.not_negative", 1, 1), "You said so already (lesson 1). /voc unlearn 1 undoes it.")
	w.says(w.presses("max", "more.not_negative", 1, 1), "Noted")
}
