package handlers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/handlers"
)

// TestWhatPeopleRead keeps the words of every command, form and refusal.
func TestWhatPeopleRead(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.opens()
	}
	w.types("lea", "claim 2")
	w.source.WaysOf[0].Limit = 40
	if err := w.st.SaveSourceState(t.Context(), bot.SourceState{Name: "masto", Synced: true, LastNew: w.clock.Now(), Mentions: 1234, Rejected: 2}); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, line := range []string{
		"lea: ", "vic: help", "lea: help claim", "vic: help claim", "lea: claime 1", "lea: dance", "eve: inbox", "eve: help", "eve: whoami", "lea: whoami",
		"lea: inbox", "ada: inbox rival", "lea: show 1", "lea: show", "lea: show abc", "lea: show 99", "lea: claim 2", "max: claim 2", "vic: claim 1",
		"lea: search larkspur died", "lea: search unicorns", "lea: search", "lea: history 2", "lea: dismiss 1 boring", "lea: dismiss 3 no action", "lea: show 3",
		"lea: snooze 1 yesterday", "lea: snooze 1 tomorrow 9:00", "lea: resolve 2", "lea: resolve 2 faulty 4.2 update; replacement sent", "lea: resolve 2 a; b", "lea: reopen 2",
		"lea: escalate 2", "lea: escalate 2 smoke", "lea: release 2", "ada: assign 2", "ada: assign 2 lea", "ada: assign 2 vic", "lea: assign 2 lea", "lea: merge 1 into 1", "lea: merge 1 into 2",
		"lea: reply 2", "vic: reply 2", "lea: nps", "lea: nps larkspu", "lea: nps larkspur 30d", "lea: digest", "lea: digest leadershp", "lea: spikes", "lea: sources", "lea: rejected",
		"root: deliveries", "lea: deliveries", "lea: mute", "lea: mute topic:price", "root: mute topic:pric", "root: mute topic:price 1 day", "root: mute", "root: mute everything", "root: mute source:mast", "root: mute SOURCE:masto 2 days", "root: mute source:other", "root: mute topic:price off",
	} {
		who, text, _ := strings.Cut(line, ": ")
		fmt.Fprintf(&b, "--- %s\n%s", line, show(w.types(who, text)))
	}
	golden(t, "commands", b.String())
}

func TestEveryCommandIsWhole(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for _, c := range handlers.All() {
		if seen[c.Name] || c.Run == nil || c.What == "" || !strings.HasPrefix(c.Usage, c.Name) || c.Group == "" || strings.HasSuffix(c.What, ".") {
			t.Errorf("command %+v", c)
		}
		seen[c.Name] = true
		w.says(w.types("root", "help "+c.Name), "/voc "+c.Usage)
	}
	for _, name := range strings.Fields("help inbox show search claim release reply resolve dismiss snooze escalate nps digest spikes sources mute whoami") {
		if !seen[name] {
			t.Errorf("there is no command %s", name)
		}
	}
	if n := strings.Count(show(w.types("root", "help")), "\n"); n > 12 {
		t.Errorf("help has %d lines: more than a phone's screen", n)
	}
}

// TestEveryButtonOfACardWorks presses everything that cards offer.
func TestEveryButtonOfACardWorks(t *testing.T) {
	for _, state := range []bot.CaseState{bot.Open, bot.Claimed, bot.Answered, bot.Resolved} {
		for i := 0; ; i++ {
			w := newWorld(t)
			c := w.opens()
			if state != bot.Open {
				w.types("root", "claim 1")
			}
			if state == bot.Answered {
				w.sends("root", w.presses("root", "answered", 1, 0), map[string]string{"public": "public"})
			}
			if state == bot.Resolved {
				w.types("root", "resolve 1 a; b")
			}
			var all []bot.Button
			for _, bl := range w.slack.In("#voc")[0].View.Blocks {
				all = append(all, bl.Buttons...)
				for _, m := range bl.Menus {
					all = append(all, m.Options...)
				}
			}
			if i >= len(all) {
				break
			}
			b := all[i]
			a := w.does(bot.Interaction{Kind: bot.DidPress, By: person("root"), Action: b.Action})
			if strings.Contains(show(a), "another version") || strings.Contains(show(a), "our fault") || show(a) == "" && w.now(c.ID).Version == b.Action.Version {
				t.Errorf("%s on a case that is %s: %s", b.Label, state, show(a))
			}
			if a.Form != nil {
				w.fits(*a.Form)
			}
		}
	}
}

func TestADoubleDeliveryIsDoneOnce(t *testing.T) {
	w := newWorld(t)
	w.opens()
	in := bot.Interaction{ID: "same", Kind: bot.DidCommand, By: person("lea"), Text: "escalate 1 smoke"}
	w.does(in)
	w.does(in)
	n := 0
	events, err := w.st.CaseEvents(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, ev := range events {
		if ev.Verb == bot.Escalate {
			n++
		}
	}
	if n != 1 {
		t.Errorf("escalated %d times", n)
	}
}

// TestResume: what was accepted and not done before a crash is done after the
// start, what was done is not done again, and forms are not opened any more.
func TestResume(t *testing.T) {
	w := newWorld(t)
	w.opens()
	accept := func(in bot.Interaction) bot.Interaction {
		in.Platform, in.By = "slack", person("lea")
		if _, err := w.desk.Accept(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		return in
	}
	accept(bot.Interaction{ID: "a", Kind: bot.DidCommand, Text: "claim 1"})
	accept(bot.Interaction{ID: "b", Kind: bot.DidPress, Action: bot.ActionID{Name: "reply", Target: 1}})
	done := accept(bot.Interaction{ID: "c", Kind: bot.DidCommand, Text: "escalate 1 smoke"})
	w.desk.Handle(t.Context(), done)
	w.desk.Told(t.Context(), done)
	w.clock.Pass(time.Minute)
	w.restart()
	for range 2 {
		w.resumes()
	}
	if got := w.now(1); got.Owner.Key() != person("lea").Key() || got.Version != 3 {
		t.Errorf("%+v", got)
	}
	told := w.slack.Told()
	if len(told) != 2 || !strings.Contains(told[0].View.Notice, "You have case 1") || !strings.Contains(told[1].View.Notice, "press it again") {
		t.Errorf("told %+v", told)
	}
}

// TestOnceWithTheAct: the note that an interaction is done commits with what it
// did, so that a crash right after cannot make it happen again.
func TestOnceWithTheAct(t *testing.T) {
	w := newWorld(t)
	w.opens()
	in := bot.Interaction{ID: "x", Kind: bot.DidCommand, Platform: "slack", By: person("lea"), Text: "escalate 1 smoke"}
	if _, err := w.desk.Accept(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	w.desk.Handle(ctx, in)
	stop()
	left, err := w.st.UnfinishedInteractions(t.Context(), w.clock.Now().Add(time.Hour))
	if err != nil || len(left) != 0 {
		t.Errorf("left %+v %v", left, err)
	}
}

func TestStoppedBeforeItWasDoneIsDoneAfterTheStart(t *testing.T) {
	w := newWorld(t)
	w.opens()
	in := bot.Interaction{ID: "x", Kind: bot.DidCommand, Platform: "slack", By: person("lea"), Text: "claim 1"}
	if _, err := w.desk.Accept(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	w.desk.Handle(ctx, in)
	if w.now(1).Owner.Known() {
		t.Fatal("it was done though we were stopping")
	}
	w.clock.Pass(time.Second)
	w.restart()
	if err := w.desk.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !w.now(1).Owner.Known() {
		t.Error("it was lost")
	}
}

func TestStaleClickGetsTheTruth(t *testing.T) {
	w := newWorld(t)
	w.opens()
	w.presses("lea", "claim", 1, 1)
	w.says(w.presses("max", "claim", 1, 1), "lea has case 1 already.", "[Show the case]")
	w.says(w.presses("max", "dismiss", 1, 1), "= Dismiss the case") // still possible, so it is asked …
	form := w.presses("max", "dismiss", 1, 1)
	w.types("lea", "resolve 1 update; replaced")
	w.says(w.sends("max", form, map[string]string{"reason": "spam"}), "Case 1 is resolved: update") // … and refused by what happened since
	w.says(w.presses("max", "no such thing", 1, 1), "another version of Earshot")
}

func TestInTheThread(t *testing.T) {
	w := newWorld(t)
	w.opens()
	w.opens()
	root := w.slack.In("#voc")[1].Ref
	say := func(text string) bot.Answer {
		return w.does(bot.Interaction{Kind: bot.DidMention, By: person("lea"), Text: text, Message: root})
	}
	w.says(say("claim"), "You have case 2.")
	w.says(say("escalate it smells of smoke"), "Case 2 went to the duty manager")
	w.says(say("reply"), "This needs a few words", "[Reply]") // no form can be opened here
	w.says(say("snooze until mon 9:00"), "Case 2 is quiet until Mon 16 Mar 09:00 UTC")
	w.says(say("show case #1"), "@brew1")
	if a := w.does(bot.Interaction{Kind: bot.DidPress, By: person("max"), Message: w.slack.In("#voc")[0].Ref, Action: bot.ActionID{Name: "claim", Target: 1, Version: 1}}); a.Tell != nil || a.Form != nil {
		t.Errorf("the changed card is answer enough, but: %s", show(a))
	}
}

func TestReplyAllTheWay(t *testing.T) {
	w := newWorld(t)
	w.opens()
	form := w.presses("lea", "reply", 1, 1)
	golden(t, "reply_form", show(form))
	w.says(w.sends("lea", form, map[string]string{"way": "public", "text": "  "}), "! text: Write something")
	w.says(w.sends("lea", form, map[string]string{"way": "public", "text": strings.Repeat("x", 201)}), "! text: It is 1 character too long for Mastodon (201 of 200).")
	preview := w.sends("lea", form, map[string]string{"way": "public", "text": "Sorry! Write to *me* at ann@example.com"})
	golden(t, "reply_preview", show(preview))
	back := w.does(bot.Interaction{Kind: bot.DidPress, By: person("lea"), Action: preview.Form.Back.Action})
	w.says(back, "Your reply", "Sorry! Write to *me* at ann@example.com")
	preview = w.sends("lea", back, map[string]string{"way": "private", "text": "Sorry! Tell me more."})
	w.says(preview, "**Direct message on Mastodon**: only the customer sees it")
	queued := w.sends("lea", preview, nil)
	w.says(queued, "can be taken back", "[Undo]")
	undo := queued.Tell.Blocks[1].Buttons[0].Action
	w.says(w.does(bot.Interaction{Kind: bot.DidPress, By: person("lea"), Action: undo}), "nothing went out")
	w.clock.Pass(time.Minute)
	w.work()
	if n := len(w.source.Sent()); n != 0 {
		t.Fatal("it went out all the same")
	}
	again := w.types("lea", "reply 1")
	w.says(again, "Sorry! Tell me more.")
	w.sends("lea", w.sends("lea", again, map[string]string{"way": "public", "text": "Sorry! Better now?"}), nil)
	w.clock.Pass(20 * time.Second)
	w.work()
	if sent := w.source.Sent(); len(sent) != 1 || sent[0].Text != "Sorry! Better now?" || !sent[0].Way.Public {
		t.Errorf("sent %+v", sent)
	}
	w.says(w.does(bot.Interaction{Kind: bot.DidPress, By: person("lea"), Action: undo}), "was sent already", "[Show the case]")
}

func TestTheCaseMovesOnWhileItIsWritten(t *testing.T) {
	w := newWorld(t)
	w.opens()
	preview := w.sends("lea", w.presses("lea", "reply", 1, 1), map[string]string{"text": "Sorry!"})
	w.types("max", "claim 1")
	again := w.sends("lea", preview, nil)
	w.says(again, "The case moved on while you wrote: max claimed it. Nothing was sent; your text is kept.", "Sorry!")
	w.says(w.sends("lea", again, map[string]string{"text": "Sorry!"}), "max has this case.", "[Send in 20 s]")
}

func TestApprovalInForms(t *testing.T) {
	w := newWorld(t)
	w.opens()
	sent := w.sends("rita", w.sends("rita", w.types("rita", "reply 1"), map[string]string{"text": "Sorry."}), nil)
	w.says(sent, "waits for an approver")
	w.says(w.types("ada", "inbox"), "Waiting for your approval", "a reply waits for approval")
	w.says(w.presses("lea", "reply.approve", 1, 0), "you need the role approver")
	form := w.presses("ada", "reply.approve", 1, 0)
	golden(t, "approve_form", show(form))
	back := w.presses("ada", "reply.return", 1, 0)
	w.says(w.sends("ada", back, map[string]string{"note": ""}), "! note:")
	w.says(w.sends("ada", back, map[string]string{"note": "Offer a refund"}), "went back to rita")
	w.says(w.sends("ada", form, nil), "went back to its writer")
	again := w.types("rita", "reply 1")
	w.says(again, "It came back to you: Offer a refund", "Sorry.")
	w.sends("rita", w.sends("rita", again, map[string]string{"text": "Sorry. We refund it."}), nil)
	revise := w.presses("ada", "reply.edit", 1, 0)
	w.says(revise, "Exactly this goes out", "Sorry. We refund it.")
	w.says(w.sends("ada", revise, map[string]string{"text": "Sorry. We refund it today."}), "[Undo]")
	w.clock.Pass(20 * time.Second)
	w.work()
	if got := w.source.Sent(); len(got) != 1 || got[0].Text != "Sorry. We refund it today." {
		t.Errorf("sent %+v", got)
	}
}

func TestNoWayToAnswer(t *testing.T) {
	w := newWorld(t)
	w.source.WaysOf = nil
	w.opens()
	a := w.types("lea", "reply 1")
	w.says(a, "has no way to answer from here", "`@brew1 `", "[Mark as answered]", "[Open the post]")
	w.says(w.sends("lea", w.presses("lea", "answered", 1, 0), map[string]string{"public": "public"}), "marked as answered", "[Resolve]")
	if got := w.now(1); got.State != bot.Answered || !got.AnswerPublic {
		t.Errorf("%+v", got)
	}
}

func TestSpikeWalk(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.opens()
	}
	sp, err := w.st.SaveSpike(t.Context(), bot.Spike{State: bot.SpikeOpen, Series: bot.Series{Watch: "larkspur", Topic: "firmware"}, Since: w.clock.Now().Add(-time.Hour), OpenedAt: w.clock.Now(), Count: 3})
	if err != nil {
		t.Fatal(err)
	}
	w.says(w.presses("lea", "spike.see", sp.ID, 1), "@brew1", "@brew3")
	w.says(w.presses("lea", "spike.claim", sp.ID, 1), "You have spike 1")
	form := w.presses("lea", "spike.reply", sp.ID, 2)
	w.says(form, "3 cases of spike 1 have no answer yet", "@brew1")
	form = w.sends("lea", w.sends("lea", form, map[string]string{"text": "@brew1 Sorry, 4.2.1 mends it."}), nil)
	w.says(form, "2 cases", "@brew2 Sorry, 4.2.1 mends it.")
	form = w.sends("lea", w.sends("lea", form, map[string]string{"text": "@brew2 Sorry, 4.2.1 mends it, promised."}), nil)
	w.says(form, "the last case", "@brew3 Sorry, 4.2.1 mends it, promised.")
	w.says(w.sends("lea", w.sends("lea", form, map[string]string{"text": "@brew3 Sorry!"}), nil), "Every case of spike 1 has an answer")
	w.clock.Pass(20 * time.Second)
	w.work()
	if n := len(w.source.Sent()); n != 3 {
		t.Errorf("%d answers, want 3, each sent by itself", n)
	}
	w.says(w.sends("lea", w.presses("lea", "spike.mute", sp.ID, 2), map[string]string{"until": "1h"}), "muted until Tue 10 Mar 13:00 UTC")
}

func TestShortcut(t *testing.T) {
	w := newWorld(t)
	m := &bot.Mention{ExternalID: "msg1", Text: "It is broken", Author: bot.Author{ExternalID: "U9", Name: "Cus"}, CreatedAt: w.clock.Now()}
	share := func(who string, m *bot.Mention) bot.Answer {
		return w.does(bot.Interaction{Kind: bot.DidShortcut, By: person(who), Shared: m})
	}
	w.says(share("rita", m), "you need the role agent")
	w.says(share("lea", m), "This is case 1 now.", "[Claim]")
	w.says(share("lea", m), "This is case 1 already.")
	w.says(share("lea", &bot.Mention{}), "holds no words")
	if err := w.desk.Overheard(t.Context(), "slack", "C1", *m); err != nil || len(w.intake.heard) != 1 {
		t.Error(err)
	}
}

func TestComplete(t *testing.T) {
	w := newWorld(t)
	w.opens()
	w.opens()
	w.types("lea", "claim 2")
	values := func(who, line string) []string {
		var out []string
		for _, o := range w.desk.Complete(t.Context(), person(who), line) {
			if o.Label == "" {
				t.Errorf("%+v has no label", o)
			}
			out = append(out, o.Value)
		}
		return out
	}
	for line, want := range map[string][]string{
		"sn": {"snooze"}, "claim ": {"claim 1"}, "show ": {"show 2", "show 1"}, "dismiss 1 s": {"dismiss 1 spam"}, "digest l": {"digest leadership"},
		"nps r": {"nps rival", "nps rival 30d"}, "search burnt topic:p": {"search burnt topic:price"}, "nonsense x": nil, "snooze 1 tom": {"snooze 1 tomorrow 9:00"},
	} {
		if got := values("lea", line); !slices.Equal(got, want) {
			t.Errorf("%q is completed to %q, want %q", line, got, want)
		}
	}
	if got := values("eve", ""); slices.Contains(got, "claim") {
		t.Errorf("somebody without a role is offered %q", got)
	}
	if got := values("vic", "claim "); got != nil {
		t.Errorf("a viewer is offered %q", got)
	}
}

// FuzzCommand: nothing that somebody types can bring the desk down.
func FuzzCommand(f *testing.F) {
	for _, s := range []string{"claim 1", "show #1", "case 1 claim", "snooze 1 until mon", "search \"", "mute spike x", "assign 1 <@U1|x>", "\x00\u202e", "merge 1 into 1", "help help help", "reply 1 hello"} {
		f.Add(s)
	}
	w := newWorld(f)
	w.opens()
	f.Fuzz(func(t *testing.T, line string) {
		w.TB = t
		if a := w.types("root", line); a.Tell == nil && a.Form == nil || strings.Contains(show(a), "our fault") {
			t.Errorf("%q is answered with %q", line, show(a))
		}
	})
}
