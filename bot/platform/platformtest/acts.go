package platformtest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

func actChecks() []check {
	return []check{
		{"command_is_answered_privately", false, commandPrivate},
		{"button_and_menu", false, buttonAndMenu},
		{"button_of_a_private_answer", false, privateButton},
		{"tell_later", false, tellLater},
		{"accepted_before_acknowledged", false, acceptFirst},
		{"duplicates_are_done_once", false, duplicates},
		{"store_down_handles_nothing", false, storeDown},
		{"slow_work_is_acknowledged_at_once", false, slowWork},
		{"panic_is_answered_kindly", false, panics},
		{"hostile_answers", false, hostileAnswers},
		{"shortcut", false, shortcut},
		{"mention_in_a_thread", false, mentionInThread},
		{"completions", false, completions},
		{"customers_are_overheard", false, overheard},
	}
}

// handled waits for the nth interaction that was handled and gives it.
func (s *stage) handled(n int) bot.Interaction {
	s.t.Helper()
	s.until("the desk handles it", func() bool { return len(s.desk.Handled()) >= n })
	return s.desk.Handled()[n-1]
}

func commandPrivate(t *testing.T, s *stage) {
	s.desk.Answer(bot.Answer{Tell: say("Nothing waits for you.")})
	start := time.Now()
	s.acked(s.h.Command(s.ann(), "inbox mine <b> & *x*"), start)
	s.told(s.ann(), "Nothing waits for you.")
	in := s.handled(1)
	if in.Kind != bot.DidCommand || in.Text != "inbox mine <b> & *x*" || in.Platform != s.h.Platform.Name() {
		t.Errorf("the desk got %+v", in)
	}
	if in.By.ID != s.ann().ID || in.By.Name == "" || in.By.Platform != s.h.Platform.Name() || in.ID == "" || in.At.IsZero() {
		t.Errorf("who, when or which is missing: %+v", in)
	}
	if got := s.h.Private(s.bob()); len(got) > 0 {
		t.Errorf("somebody else sees it: %+v", got)
	}
	if got := s.h.Seen(bot.MessageRef{Channel: s.h.Channel}); len(got) > 0 {
		t.Errorf("everybody sees it: %+v", got)
	}
}

func buttonAndMenu(t *testing.T, s *stage) {
	card := s.card()
	start := time.Now()
	s.acked(s.h.Press(s.ann(), card, "Claim"), start)
	in := s.handled(1)
	want := bot.ActionID{Name: "claim", Target: 1042, Version: 3}
	if in.Kind != bot.DidPress || in.Action != want || in.Message.ID != card.Ref.ID || in.By.ID != s.ann().ID {
		t.Errorf("the desk got %+v, want the action %+v on %+v", in, want, card.Ref)
	}
	start = time.Now()
	s.acked(s.h.Choose(s.bob(), card, "More", "Not about us"), start)
	in = s.handled(2)
	if in.Kind != bot.DidPress || in.Action.Name != "not_us" || in.By.ID != s.bob().ID {
		t.Errorf("the desk got %+v, want not_us by %s", in, s.bob().Name)
	}
	s.end()
	s.h.Restart()
	s.run()
	start = time.Now()
	s.acked(s.h.Press(s.bob(), card, "Claim"), start)
	if in = s.handled(3); in.Action != want {
		t.Errorf("after a restart the button means %+v", in.Action)
	}
}

func privateButton(t *testing.T, s *stage) {
	s.desk.AnswerFunc(func(_ context.Context, in bot.Interaction) bot.Answer {
		v := answerView()
		if in.Kind == bot.DidPress {
			v = bot.Say("This is page " + in.Action.Arg)
		}
		return bot.Answer{Tell: &v}
	})
	s.h.Command(s.ann(), "inbox")
	list := s.told(s.ann(), "@slowpour")
	start := time.Now()
	s.acked(s.h.Press(s.ann(), list, "Next page"), start)
	s.told(s.ann(), "This is page 2")
}

func tellLater(t *testing.T, s *stage) {
	s.h.Command(s.ann(), "reply")
	in := s.handled(1)
	v := CaseView()
	if err := s.h.Platform.Tell(s.ctx, in, v); err != nil {
		t.Fatalf("tell: %v", err)
	}
	inOrder(t, s.told(s.ann(), "brewhilda").Text, Words(v))
	in.Handle = nil
	if err := s.h.Platform.Tell(s.ctx, in, bot.Say("And once more.")); err != nil {
		t.Fatalf("tell without a handle: %v", err)
	}
	s.told(s.ann(), "And once more.")
	in.Channel, in.Message = "", bot.MessageRef{}
	if err := s.h.Platform.Tell(s.ctx, in, bot.Say("Nowhere but to you.")); err != nil {
		t.Fatalf("tell without a place: %v", err)
	}
	s.told(s.ann(), "Nowhere but to you.")
	if got := s.h.Private(s.bob()); len(got) > 0 {
		t.Errorf("somebody else sees it: %+v", got)
	}
}

func acceptFirst(t *testing.T, s *stage) {
	card := s.card()
	s.desk.Slow(100 * time.Millisecond)
	acts := []func() Ack{
		func() Ack { return s.h.Command(s.ann(), "inbox") },
		func() Ack { return s.h.Press(s.ann(), card, "Claim") },
		func() Ack { return s.h.Choose(s.ann(), card, "More", "Show history") },
	}
	for i, act := range acts {
		start := time.Now()
		ack := act()
		s.acked(ack, start)
		got := s.desk.Accepted()
		if len(got) != i+1 {
			t.Fatalf("%d interactions are stored after %d", len(got), i+1)
		}
		if got[i].At.After(ack.At) {
			t.Errorf("act %d was acknowledged %v before it was stored", i, got[i].At.Sub(ack.At))
		}
		s.handled(i + 1)
	}
}

func duplicates(t *testing.T, s *stage) {
	if s.h.Redeliver == nil {
		return
	}
	card := s.card()
	s.desk.Answer(bot.Answer{Tell: say("You have it.")})
	s.h.Press(s.ann(), card, "Claim")
	s.told(s.ann(), "You have it.")
	for range 2 {
		start := time.Now()
		s.acked(s.h.Redeliver(), start)
	}
	s.h.Command(s.bob(), "inbox") // one more that is new, so that what came before it is through
	s.until("the new one is handled", func() bool {
		return slices.ContainsFunc(s.desk.Handled(), func(in bot.Interaction) bool { return in.Kind == bot.DidCommand })
	})
	got, first := s.desk.Handled(), s.desk.Accepted()[0].In.ID
	if n := len(slices.DeleteFunc(got, func(in bot.Interaction) bool { return in.ID != first })); n != 1 {
		t.Errorf("one press, delivered three times, was done %d times", n)
	}
}

func storeDown(t *testing.T, s *stage) {
	s.desk.Refuse(true)
	s.h.Command(s.ann(), "inbox")
	s.desk.Refuse(false)
	s.desk.Answer(bot.Answer{Tell: say("Back again.")})
	s.h.Command(s.ann(), "spikes")
	s.told(s.ann(), "Back again.")
	for _, in := range s.desk.Handled() {
		if in.Text == "inbox" {
			t.Error("what could not be stored was handled all the same")
		}
	}
}

func slowWork(t *testing.T, s *stage) {
	card := s.card()
	release := make(chan struct{})
	s.desk.AnswerFunc(func(ctx context.Context, in bot.Interaction) bot.Answer {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return bot.Answer{Tell: say("Done at last: " + string(in.Kind))}
	})
	start := time.Now()
	s.acked(s.h.Press(s.ann(), card, "Claim"), start)
	start = time.Now()
	s.acked(s.h.Command(s.ann(), "inbox"), start)
	close(release)
	s.told(s.ann(), "Done at last: press")
	s.told(s.ann(), "Done at last: command")
}

func panics(t *testing.T, s *stage) {
	s.desk.AnswerFunc(func(_ context.Context, in bot.Interaction) bot.Answer {
		if in.Text == "inbox" {
			panic("handler broke: secret detail")
		}
		return bot.Answer{Tell: say("Still here.")}
	})
	start := time.Now()
	s.acked(s.h.Command(s.ann(), "inbox"), start)
	s.until("something is said about it", func() bool { return len(s.h.Private(s.ann())) > 0 })
	if m := s.h.Private(s.ann())[0]; !strings.Contains(m.Text, "our fault") || strings.Contains(m.Text, "secret detail") {
		t.Errorf("people are told %q", m.Text)
	}
	s.h.Command(s.ann(), "spikes")
	s.told(s.ann(), "Still here.")
}

func hostileAnswers(t *testing.T, s *stage) {
	hostile := Hostile()
	for i, v := range hostile {
		s.desk.Answer(bot.Answer{Tell: &v.View})
		start := time.Now()
		s.acked(s.h.Command(s.ann(), "search "+v.Name), start)
		s.until(v.Name+" is shown", func() bool { return len(s.h.Private(s.ann())) > i })
		if m := s.h.Private(s.ann())[i]; len(m.Pings) > 0 {
			t.Errorf("%s wakes %q", v.Name, m.Pings)
		}
	}
}

func shortcut(t *testing.T, s *stage) {
	if s.h.Share == nil {
		return
	}
	s.desk.Answer(bot.Answer{Tell: say("Case 1043 is open.")})
	start := time.Now()
	s.acked(s.h.Share(s.ann(), "It *smells* burnt & <b>nobody</b> answers"), start)
	s.told(s.ann(), "Case 1043 is open.")
	in := s.handled(1)
	if in.Kind != bot.DidShortcut || in.Shared == nil {
		t.Fatalf("the desk got %+v", in)
	}
	m := *in.Shared
	if m.Text != "It *smells* burnt & <b>nobody</b> answers" || m.ExternalID == "" || m.Author.ExternalID == "" || m.CreatedAt.IsZero() {
		t.Errorf("the shared message is %+v", m)
	}
}

func mentionInThread(t *testing.T, s *stage) {
	if s.h.Mention == nil {
		return
	}
	card := s.card()
	s.desk.Answer(bot.Answer{Tell: say("You have it.")})
	start := time.Now()
	s.acked(s.h.Mention(s.ann(), card.Ref, "claim"), start)
	in := s.handled(1)
	if in.Kind != bot.DidMention || in.Text != "claim" || in.Message.ID != card.Ref.ID || in.By.ID != s.ann().ID {
		t.Errorf("the desk got %+v, want claim below %+v", in, card.Ref)
	}
	s.told(s.ann(), "You have it.")
}

func completions(t *testing.T, s *stage) {
	if s.h.Complete == nil {
		return
	}
	s.desk.Options(bot.Option{Value: "show 1042", Label: "1042 · @brewhilda"}, bot.Option{Value: "show 1040", Label: "1040 · @slowpour"})
	got := s.h.Complete(s.ann(), "show 10")
	if !slices.Equal(got, []string{"1042 · @brewhilda", "1040 · @slowpour"}) {
		t.Errorf("offered %q", got)
	}
	if lines := s.desk.Lines(); len(lines) == 0 || lines[len(lines)-1] != "show 10" {
		t.Errorf("the desk was asked for %q", lines)
	}
	for name, text := range Texts() {
		s.desk.Options(bot.Option{Value: text, Label: text}, bot.Option{Value: "ok", Label: "fine"})
		if got := s.h.Complete(s.ann(), "s"); !slices.Contains(got, "fine") {
			t.Errorf("%s: offered %q, so the completions were refused", name, got)
		}
	}
}

func overheard(t *testing.T, s *stage) {
	if s.h.Say == nil {
		return
	}
	id := s.h.Say("hilda", "It *smells* burnt & I <3 it")
	s.until("it is overheard", func() bool { return len(s.desk.Heard()) >= 1 })
	m := s.desk.Heard()[0]
	if m.Text != "It *smells* burnt & I <3 it" || m.ExternalID == "" || m.Author.ExternalID == "" || m.CreatedAt.IsZero() || !m.EditedAt.IsZero() {
		t.Errorf("overheard %+v", m)
	}
	s.h.Rewrite(id, "It smells fine")
	s.until("the edit is overheard", func() bool { return len(s.desk.Heard()) >= 2 })
	if e := s.desk.Heard()[1]; e.ExternalID != m.ExternalID || e.Text != "It smells fine" || e.EditedAt.IsZero() || e.Author.ExternalID != m.Author.ExternalID {
		t.Errorf("the edit reads %+v", e)
	}
	s.h.Remove(id)
	s.until("the deletion is overheard", func() bool { return len(s.desk.Heard()) >= 3 })
	if d := s.desk.Heard()[2]; d.ExternalID != m.ExternalID || !d.Deleted {
		t.Errorf("the deletion reads %+v", d)
	}
}
