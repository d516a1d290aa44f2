package act_test

import (
	"slices"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
)

func (w *world) draft(c bot.Case, by bot.Person, text string) bot.Reply {
	w.Helper()
	r, _, err := w.svc.DraftReply(w.Context(), act.Draft{CaseID: c.ID, Version: c.Version, Text: text, By: by})
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *world) reply(id int64) bot.Reply {
	w.Helper()
	r, err := w.st.Reply(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *world) queued(by bot.Person, text string) (bot.Case, bot.Reply) {
	w.Helper()
	c := w.opens()
	w.work()
	r, err := w.svc.SendReply(w.Context(), w.draft(c, by, text).ID, by)
	if err != nil {
		w.Fatal(err)
	}
	w.work()
	return c, r
}

func TestReplyGoesOutAfterTheTimeToUndo(t *testing.T) {
	w := newWorld(t, onlySlack)
	c, r := w.queued(lea(), "Sorry! A new one is on its way.")
	if r.State != bot.ReplyQueued || w.now(c.ID).Owner.Key() != lea().Key() {
		t.Fatalf("%+v", r)
	}
	w.says(w.card(w.slack, "#voc").View, "Reply queued", "[Undo]")
	w.clock.Pass(19 * time.Second)
	w.work()
	if n := len(w.source.Sent()); n != 0 {
		t.Fatal("it went out while it could still be undone")
	}
	w.clock.Pass(time.Second)
	w.work()
	sent := w.source.Sent()
	if len(sent) != 1 || sent[0].Text != "Sorry! A new one is on its way." {
		t.Fatalf("sent %+v", sent)
	}
	got := w.now(c.ID)
	if got.State != bot.Answered || got.AnsweredBy.Key() != lea().Key() || !got.AnswerPublic {
		t.Errorf("%+v", got)
	}
	if r := w.reply(r.ID); r.State != bot.ReplyDone || r.ExternalID != "a1" || r.URL == "" {
		t.Errorf("%+v", r)
	}
	w.says(w.card(w.slack, "#voc").View, "in public, by lea")
	_, err := w.svc.UndoReply(t.Context(), r.ID, lea())
	w.kind(err, bot.ErrStale, "was sent already")
}

func TestUndo(t *testing.T) {
	w := newWorld(t, onlySlack)
	c, r := w.queued(lea(), "Sorry!")
	_, err := w.svc.UndoReply(t.Context(), r.ID, max_())
	w.kind(err, bot.ErrForbidden, "by lea")
	if _, err := w.svc.UndoReply(t.Context(), r.ID, lea()); err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(time.Hour)
	w.work()
	if n := len(w.source.Sent()); n != 0 {
		t.Error("what was taken back went out")
	}
	draft, err := w.svc.Drafts(t.Context(), c.ID, lea())
	if err != nil || draft.Text != "Sorry!" {
		t.Errorf("the text was not kept: %+v %v", draft, err)
	}
}

func TestApproval(t *testing.T) {
	w := newWorld(t, onlySlack)
	c, r := w.queued(rita(), "Sorry about that.")
	if r.State != bot.ReplyAwaiting || w.now(c.ID).State != bot.Open {
		t.Fatalf("a responder's reply is %+v", r)
	}
	w.says(w.card(w.slack, "#voc").View, "waiting for an approver", "[Approve]")
	_, err := w.svc.ApproveReply(t.Context(), r.ID, lea(), "")
	w.kind(err, bot.ErrForbidden, "need the role approver")
	_, err = w.svc.ReturnReply(t.Context(), r.ID, ada(), "  ")
	w.kind(err, bot.ErrInvalid)
	if _, err := w.svc.ReturnReply(t.Context(), r.ID, ada(), "Offer a refund."); err != nil {
		t.Fatal(err)
	}
	_, err = w.svc.ApproveReply(t.Context(), r.ID, ada(), "")
	w.kind(err, bot.ErrStale, "went back to its writer")
	back, err := w.svc.Drafts(t.Context(), c.ID, rita())
	if err != nil || back.Note != "Offer a refund." {
		t.Fatalf("%+v %v", back, err)
	}
	again, _, err := w.svc.DraftReply(t.Context(), act.Draft{ReplyID: back.ID, CaseID: c.ID, Text: "Sorry! We refund it.", By: rita()})
	if err != nil || again.ID != back.ID {
		t.Fatal(again, err)
	}
	if _, err := w.svc.SendReply(t.Context(), again.ID, rita()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.ApproveReply(t.Context(), again.ID, ada(), "Sorry! We refund it today."); err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(20 * time.Second)
	w.work()
	sent := w.source.Sent()
	if len(sent) != 1 || sent[0].Text != "Sorry! We refund it today." || sent[0].By.Key() != rita().Key() || sent[0].ApprovedBy.Key() != ada().Key() {
		t.Errorf("%+v", sent)
	}
	want := []bot.Verb{bot.Opened, bot.ReplyWaits, bot.ReplySentBack, bot.ReplyWaits, bot.ReplyApproved, bot.ReplySent}
	if got := verbs(w.events(c.ID)); !slices.Equal(got, want) {
		t.Errorf("history %v, want %v", got, want)
	}
}

func TestSomeTopicsAlwaysWait(t *testing.T) {
	w := newWorld(t, onlySlack, func(s *act.Settings) { s.Approval.Topics = []string{"firmware"} })
	if _, r := w.queued(lea(), "An agent's."); r.State != bot.ReplyAwaiting {
		t.Errorf("an agent's reply on such a topic is %s", r.State)
	}
	if _, r := w.queued(ada(), "An approver's."); r.State != bot.ReplyQueued {
		t.Errorf("an approver's own reply is %s", r.State)
	}
}

func TestGuard(t *testing.T) {
	w := newWorld(t, onlySlack)
	c := w.opens()
	long := make([]byte, 201)
	for i := range long {
		long[i] = 'x'
	}
	tests := []struct {
		name, text, way string
		want            act.WarningKind
		blocks          bool
	}{
		{"too long as the source counts", string(long), "", act.WarnLong, true},
		{"an address for all to read", "Write to ann@example.com", "", act.WarnPersonal, false},
		{"a phone number", "Call +49 30 901820", "", act.WarnPersonal, false},
		{"a card number", "Is it 4111 1111 1111 1111?", "", act.WarnPersonal, true},
		{"a bank account", "We pay to DE89 3704 0044 0532 0130 00 today", "", act.WarnPersonal, true},
		{"the same in private is fine", "We pay to DE89 3704 0044 0532 0130 00 today", "private", "", false},
		{"a date and an order are no phone numbers", "Order 123456789 of 2026-03-10 is on its way", "", "", false},
		{"nothing wrong", "Sorry! A new one is on its way.", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, warnings, err := w.svc.DraftReply(t.Context(), act.Draft{CaseID: c.ID, Version: c.Version, Way: tt.way, Text: tt.text, By: lea()})
			if err != nil {
				t.Fatal(err)
			}
			if (tt.want != "") != (len(warnings) == 1) {
				t.Fatalf("warnings %+v, want %q", warnings, tt.want)
			}
			if tt.want != "" && (warnings[0].Kind != tt.want || warnings[0].Blocks != tt.blocks) {
				t.Errorf("warning %+v", warnings[0])
			}
			if tt.blocks {
				sent, err := w.svc.SendReply(t.Context(), r.ID, lea())
				w.kind(err, bot.ErrStale, "Nothing was sent")
				if sent.State != bot.ReplyDraft {
					t.Errorf("it is %s", sent.State)
				}
			}
		})
	}
	_, _, err := w.svc.DraftReply(t.Context(), act.Draft{CaseID: c.ID, Text: " \u200b\n", By: lea()})
	w.kind(err, bot.ErrInvalid, "empty")
	_, _, err = w.svc.DraftReply(t.Context(), act.Draft{CaseID: c.ID, Text: "x", By: vic()})
	w.kind(err, bot.ErrForbidden)
	_, _, err = w.svc.DraftReply(t.Context(), act.Draft{CaseID: c.ID, Text: "x", Way: "fax", By: lea()})
	w.kind(err, bot.ErrInvalid)
}

func TestSameTextToSomebodyElse(t *testing.T) {
	w := newWorld(t, onlySlack)
	w.queued(lea(), "@brew1 Sorry! Please write to us.")
	w.clock.Pass(time.Minute)
	w.work()
	other := w.opens()
	_, warnings, err := w.svc.DraftReply(t.Context(), act.Draft{CaseID: other.ID, Text: "@brew2 sorry, please write to us", By: lea()})
	if err != nil || len(warnings) != 1 || warnings[0].Kind != act.WarnSame {
		t.Errorf("%+v %v", warnings, err)
	}
}

func TestTheCaseMovedOn(t *testing.T) {
	w := newWorld(t, onlySlack)
	c := w.opens()
	r := w.draft(c, lea(), "Sorry!")
	w.must(w.do(c, max_(), bot.Change{Verb: bot.Claim}))
	kept, err := w.svc.SendReply(t.Context(), r.ID, lea())
	w.kind(err, bot.ErrStale, "max claimed it", "your text is kept")
	if kept.State != bot.ReplyDraft {
		t.Errorf("it is %s", kept.State)
	}
	// Shown once more, with what moved, it may go: she has seen it.
	_, warnings, err := w.svc.DraftReply(t.Context(), act.Draft{ReplyID: r.ID, CaseID: c.ID, Version: c.Version, Text: "Sorry!", By: lea()})
	if err != nil || len(warnings) != 1 || warnings[0].Kind != act.WarnMoved {
		t.Fatalf("%+v %v", warnings, err)
	}
	if _, err := w.svc.SendReply(t.Context(), r.ID, lea()); err != nil {
		t.Error(err)
	}
}

// edits changes what the customer wrote.
func (w *world) edits(c bot.Case) {
	w.Helper()
	h := heard(int(c.ID), "brew1")
	h.Mention.Text, h.Mention.EditedAt = "It works again, sorry! "+w.clock.Now().String(), w.clock.Now()
	saved, err := w.st.SaveHeard(w.Context(), []bot.Heard{h})
	if err != nil || saved[0].Outcome != bot.Edited || saved[0].CaseID != c.ID {
		w.Fatal(saved, err)
	}
	if err := w.svc.Edited(w.Context(), h, saved[0]); err != nil {
		w.Fatal(err)
	}
}

func TestOutdatedReplies(t *testing.T) {
	t.Run("in the queue", func(t *testing.T) {
		w := newWorld(t, onlySlack)
		c, r := w.queued(lea(), "Sorry!")
		w.edits(c)
		w.clock.Pass(time.Hour)
		w.work()
		if r := w.reply(r.ID); r.State != bot.ReplyOutdated || len(w.source.Sent()) > 0 {
			t.Errorf("%+v", r)
		}
		w.says(w.card(w.slack, "#voc").View, "edited the post")
	})
	t.Run("in the form", func(t *testing.T) {
		w := newWorld(t, onlySlack)
		c := w.opens()
		r := w.draft(c, lea(), "Sorry!")
		w.edits(c)
		kept, err := w.svc.SendReply(t.Context(), r.ID, lea())
		w.kind(err, bot.ErrStale, "edited the post", "text is kept")
		if kept.State != bot.ReplyOutdated || w.reply(r.ID).State != bot.ReplyOutdated {
			t.Errorf("%+v", kept)
		}
		_, warnings, err := w.svc.DraftReply(t.Context(), act.Draft{ReplyID: r.ID, CaseID: c.ID, Version: w.now(c.ID).Version, Text: "Glad to hear it!", By: lea()})
		if err != nil || len(warnings) != 0 {
			t.Fatal(warnings, err)
		}
		if _, err := w.svc.SendReply(t.Context(), r.ID, lea()); err != nil {
			t.Error(err)
		}
	})
	t.Run("edited a second time while it is written", func(t *testing.T) {
		w := newWorld(t, onlySlack)
		c := w.opens()
		w.edits(c)
		r := w.draft(w.now(c.ID), lea(), "Sorry!")
		w.clock.Pass(time.Minute)
		w.edits(c)
		_, err := w.svc.SendReply(t.Context(), r.ID, lea())
		w.kind(err, bot.ErrStale, "edited the post")
	})
	t.Run("waiting for an approver", func(t *testing.T) {
		w := newWorld(t, onlySlack)
		c, r := w.queued(rita(), "Sorry!")
		w.edits(c)
		_, err := w.svc.ApproveReply(t.Context(), r.ID, ada(), "")
		w.kind(err, bot.ErrStale, "outdated")
	})
	t.Run("the case was dismissed", func(t *testing.T) {
		w := newWorld(t, onlySlack)
		c, r := w.queued(lea(), "Sorry!")
		w.must(w.svc.Do(t.Context(), c.ID, 0, bot.Change{Verb: bot.Dismiss, Dismiss: bot.DismissSpam, By: ada()}))
		w.clock.Pass(time.Minute)
		w.work()
		if r := w.reply(r.ID); r.State != bot.ReplyOutdated || len(w.source.Sent()) > 0 {
			t.Errorf("%+v", r)
		}
	})
}
