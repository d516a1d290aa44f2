package platformtest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

func formChecks() []check {
	return []check{
		{"form_from_button_to_preview_and_back", false, formWay},
		{"form_from_command", false, formFromCommand},
		{"form_errors_keep_the_text", false, formErrors},
		{"slow_form_is_never_silence", false, slowForm},
		{"slow_submit", false, slowSubmit},
		{"hostile_forms", false, hostileForms},
	}
}

// ReplyForm is the form of a reply, as people see it.
func ReplyForm(text string) bot.Form {
	return bot.Form{
		Action: bot.ActionID{Name: "reply.preview", Target: 1042, Version: 3}, Title: "Reply to @brewhilda", Submit: "Preview",
		Intro: []bot.Block{
			bot.Line(bot.Strong("Public reply on Mastodon as @larkspur")),
			{Kind: bot.BlockQuote, Spans: []bot.Span{bot.Plain("“My second Larkspur died after the 4.2 update.”")}},
			bot.Line(bot.Plain("Say what we do next, and when. "), bot.Link("All guidelines", "https://wiki.example/voice")),
		},
		Fields: []bot.Field{
			{Name: "text", Label: "Your answer", Kind: bot.FieldLong, Value: text, Max: 500, Hint: "At most 500 characters"},
			{Name: "way", Label: "Where", Kind: bot.FieldChoice, Value: "public", Options: []bot.Option{{Value: "public", Label: "Public reply"}, {Value: "private", Label: "Private message"}}},
			{Name: "note", Label: "Note for the team", Kind: bot.FieldText, Optional: true},
		},
	}
}

// Preview is what follows a ReplyForm: the exact text, and a way back.
func Preview(text string) bot.Form {
	back := bot.Button{Label: "Edit", Action: bot.ActionID{Name: "reply.edit", Target: 7}}
	return bot.Form{
		Action: bot.ActionID{Name: "reply.send", Target: 7}, Title: "Send this?", Submit: "Send",
		Intro: []bot.Block{bot.Line(bot.Strong("Public reply on Mastodon as @larkspur")), {Kind: bot.BlockCode, Text: text}},
		Back:  &back,
	}
}

// replyDesk answers as the handlers of a reply do.
func (s *stage) replyDesk() {
	s.desk.AnswerFunc(func(_ context.Context, in bot.Interaction) bot.Answer {
		var f bot.Form
		switch in.Action.Name {
		case "reply.preview":
			f = Preview(in.Values["text"])
		case "reply.edit":
			f = ReplyForm("first try")
		case "reply.send":
			return bot.Answer{Tell: say("It goes out in 20 s.")}
		default:
			f = ReplyForm("Hello Hilda")
		}
		return bot.Answer{Form: &f}
	})
}

func formWay(t *testing.T, s *stage) {
	s.replyDesk()
	card := s.card()
	start := time.Now()
	s.acked(s.h.Press(s.ann(), card, "Reply"), start)
	form := s.open(s.ann(), "Reply to @brewhilda")
	inOrder(t, form.Intro, []string{"Public reply on Mastodon as @larkspur", "My second Larkspur died", "All guidelines"})
	fieldsOf(t, form)
	start = time.Now()
	s.acked(s.h.Submit(s.ann(), map[string]string{"text": "We are <sorry> & send *one*", "way": "private", "note": ""}), start)
	in := s.handled(2)
	want := map[string]string{"text": "We are <sorry> & send *one*", "way": "private", "note": ""}
	if in.Kind != bot.DidSubmit || in.Action.Name != "reply.preview" || in.Action.Target != 1042 {
		t.Errorf("the desk got %+v", in)
	}
	for k, v := range want {
		if in.Values[k] != v {
			t.Errorf("field %s came as %q, want %q", k, in.Values[k], v)
		}
	}
	preview := s.open(s.ann(), "Send this?")
	if len(preview.Fields) > 0 || preview.Submit != "Send" || preview.Back != "Edit" || !strings.Contains(preview.Intro, "We are <sorry> & send *one*") {
		t.Errorf("the preview is %+v", preview)
	}
	start = time.Now()
	s.acked(s.h.Back(s.ann()), start)
	form = s.open(s.ann(), "Reply to @brewhilda")
	if in = s.handled(3); in.Kind != bot.DidPress || in.Action.Name != "reply.edit" {
		t.Errorf("going back came as %+v", in)
	}
	if i := slices.IndexFunc(form.Fields, func(f ShownField) bool { return f.Name == "text" }); i < 0 || form.Fields[i].Value != "first try" {
		t.Errorf("after going back the form reads %+v", form.Fields)
	}
	s.acked(s.h.Submit(s.ann(), map[string]string{"text": "Second try", "way": "public"}), time.Now())
	s.open(s.ann(), "Send this?")
	s.acked(s.h.Submit(s.ann(), nil), time.Now())
	s.told(s.ann(), "It goes out in 20 s.")
	if _, ok := s.h.Form(s.ann()); ok {
		t.Error("the form is still open after it was sent")
	}
}

func fieldsOf(t *testing.T, form Shown) {
	t.Helper()
	if form.Submit != "Preview" || len(form.Fields) != 3 {
		t.Fatalf("the form is %+v", form)
	}
	text, way, note := form.Fields[0], form.Fields[1], form.Fields[2]
	if text.Name != "text" || !strings.Contains(text.Label, "Your answer") || text.Value != "Hello Hilda" || text.Max != 500 || text.Optional {
		t.Errorf("the text field is %+v", text)
	}
	if way.Name != "way" || !slices.Equal(way.Options, []string{"Public reply", "Private message"}) {
		t.Errorf("the choice is %+v", way)
	}
	if note.Name != "note" || !note.Optional {
		t.Errorf("the note is %+v", note)
	}
}

func formFromCommand(t *testing.T, s *stage) {
	s.replyDesk()
	start := time.Now()
	s.acked(s.h.Command(s.bob(), "reply 1042"), start)
	s.open(s.bob(), "Reply to @brewhilda")
	if _, ok := s.h.Form(s.ann()); ok {
		t.Error("somebody else got the form")
	}
}

func formErrors(t *testing.T, s *stage) {
	f := ReplyForm("Hello")
	s.desk.AnswerFunc(func(_ context.Context, in bot.Interaction) bot.Answer {
		if in.Kind == bot.DidSubmit && in.Values["text"] == "bad text" {
			return bot.Answer{Errors: map[string]string{"text": "That is too long by 3 characters."}}
		}
		if in.Kind == bot.DidSubmit {
			return bot.Answer{Tell: say("Fine now.")}
		}
		return bot.Answer{Form: &f}
	})
	s.h.Press(s.ann(), s.card(), "Reply")
	s.open(s.ann(), f.Title)
	s.acked(s.h.Submit(s.ann(), map[string]string{"text": "bad text", "way": "public"}), time.Now())
	s.until("the error is shown", func() bool {
		form, ok := s.h.Form(s.ann())
		return ok && strings.Contains(form.Errors["text"], "too long by 3")
	})
	form, _ := s.h.Form(s.ann())
	if form.Fields[0].Value != "bad text" {
		t.Errorf("what was typed is gone: %+v", form.Fields[0])
	}
	s.acked(s.h.Submit(s.ann(), map[string]string{"text": "good text", "way": "public"}), time.Now())
	s.told(s.ann(), "Fine now.")
}

func slowForm(t *testing.T, s *stage) {
	f := ReplyForm("Hello")
	s.desk.AnswerFunc(func(ctx context.Context, _ bot.Interaction) bot.Answer {
		wait(ctx, 2*ackWithin)
		return bot.Answer{Form: &f}
	})
	start := time.Now()
	s.acked(s.h.Press(s.ann(), s.card(), "Reply"), start)
	s.until("the form opens, or a word says why not", func() bool {
		form, ok := s.h.Form(s.ann())
		return ok && form.Title == f.Title || len(s.h.Private(s.ann())) > 0
	})
}

func slowSubmit(t *testing.T, s *stage) {
	f, next := ReplyForm("Hello"), Preview("Hello")
	s.desk.AnswerFunc(func(ctx context.Context, in bot.Interaction) bot.Answer {
		if in.Kind == bot.DidSubmit {
			wait(ctx, 1500*time.Millisecond)
			return bot.Answer{Form: &next}
		}
		return bot.Answer{Form: &f}
	})
	s.h.Press(s.ann(), s.card(), "Reply")
	s.open(s.ann(), f.Title)
	start := time.Now()
	s.acked(s.h.Submit(s.ann(), map[string]string{"text": "Hello", "way": "public"}), start)
	s.open(s.ann(), next.Title)
	t.Log("the preview came although the work was slow")
}

func hostileForms(t *testing.T, s *stage) {
	card := s.card()
	for name, text := range Texts() {
		v := hostileView(text)
		back := bot.Button{Label: text, Action: bot.ActionID{Name: "back"}}
		f := bot.Form{Action: bot.ActionID{Name: "x"}, Title: text, Submit: text, Intro: v.Blocks, Back: &back, Fields: []bot.Field{
			{Name: "a", Label: text, Hint: text, Kind: bot.FieldLong, Value: text, Max: 100_000},
			{Name: "b", Label: text, Kind: bot.FieldText, Value: text},
			{Name: "c", Label: text, Kind: bot.FieldChoice, Value: "gone", Options: []bot.Option{{Value: "1", Label: text}, {Value: "2", Label: text}}},
			{Name: "d", Label: text, Kind: bot.FieldChoice},
		}}
		s.desk.Answer(bot.Answer{Form: &f})
		start := time.Now()
		s.acked(s.h.Press(s.ann(), card, "Reply"), start)
		s.until(name+" opens", func() bool {
			form, ok := s.h.Form(s.ann())
			return ok && slices.ContainsFunc(form.Fields, func(f ShownField) bool { return f.Name == "a" })
		})
		s.desk.Answer(bot.Answer{})
		s.acked(s.h.Submit(s.ann(), map[string]string{"a": text, "b": "b", "c": "1"}), time.Now())
		s.until(name+" closes", func() bool { _, ok := s.h.Form(s.ann()); return !ok })
	}
}
