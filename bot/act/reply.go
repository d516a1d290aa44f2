package act

import (
	"context"
	"fmt"
	"slices"

	"earshot/bot"
	"earshot/bot/text"
)

// Draft is an answer as somebody writes it.
type Draft struct {
	ReplyID int64 // of the draft it goes on from; 0 for a new one
	CaseID  int64
	Version int64 // of the case that the writer saw; 0 when not known
	Way     string
	Text    string
	By      bot.Person
}

// Ways lists how the case's mention can be answered, the best first, and then
// where a ticket can be opened about it. None that is not internal means that
// the source has no way: people answer there by hand.
func (s *Service) Ways(ctx context.Context, caseID int64) ([]bot.Way, error) {
	c, err := s.st.Case(ctx, caseID)
	if err != nil {
		return nil, fmt.Errorf("ways to answer case %d: %w", caseID, err)
	}
	m, err := s.answered(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("ways to answer case %d: %w", caseID, err)
	}
	if m.Deleted {
		return nil, nil
	}
	var ways []bot.Way
	if answerer, ok := s.answerer(m.Source); ok {
		ways = answerer.Ways(m)
	}
	for _, w := range s.tickets() {
		if w.Source != m.Source {
			ways = append(ways, w)
		}
	}
	return ways, nil
}

// answered is what a reply answers: what the customer said last, where they
// have written again since the case was opened.
func (s *Service) answered(ctx context.Context, c bot.Case) (bot.Mention, error) {
	d, err := s.st.Dossier(ctx, c.ID)
	switch {
	case err != nil:
		return bot.Mention{}, err
	case d.Latest.ID != 0:
		return d.Latest, nil
	case d.Mention.ID == 0:
		return bot.Mention{}, bot.Errorf(bot.ErrNotFound, "What was said in case %d is not stored any more.", c.ID)
	}
	return d.Mention, nil
}

// Tickets tells whether a ticket can be opened somewhere about any case.
func (s *Service) Tickets() bool { return len(s.tickets()) > 0 }

// called is what a reply that goes this way is called.
func called(w bot.Way) string {
	switch {
	case w.Source != "":
		return "a ticket for " + w.Place
	case w.Internal:
		return "an internal note for " + w.Place
	}
	return "a reply"
}

// takes is the source that takes r: its way's own, or that of the mention.
func takes(r bot.Reply, source string) string {
	if r.Way.Source != "" {
		return r.Way.Source
	}
	return source
}

// way finds the way that a draft names; the best one when it names none.
func (s *Service) way(ctx context.Context, caseID int64, name string) (bot.Way, error) {
	ways, err := s.Ways(ctx, caseID)
	if err != nil {
		return bot.Way{}, err
	}
	if len(ways) == 0 || name == "" && ways[0].Internal {
		return bot.Way{}, bot.Errorf(bot.ErrUnsupported, "This source has no way to answer. Copy the text, answer there, then press Mark as answered.")
	}
	if name == "" {
		return ways[0], nil
	}
	for _, w := range ways {
		if w.Name == name {
			return w, nil
		}
	}
	return bot.Way{}, bot.Errorf(bot.ErrInvalid, "This mention cannot be answered that way any more. Choose another way; your text is kept.")
}

// DraftReply keeps a draft and says what is likely to go wrong with it. An
// empty text is an Error of kind ErrInvalid; what blocks sending is a Warning
// with Blocks set, so that the text is kept in any case.
func (s *Service) DraftReply(ctx context.Context, d Draft) (bot.Reply, []Warning, error) {
	if err := s.mustBe(ctx, d.By, bot.Responder, "write a reply"); err != nil {
		return bot.Reply{}, nil, err
	}
	d.Text = text.Clean(d.Text)
	if text.OneLine(d.Text) == "" {
		return bot.Reply{}, nil, bot.Errorf(bot.ErrInvalid, "Write something: the reply is empty.")
	}
	way, err := s.way(ctx, d.CaseID, d.Way)
	if err != nil {
		return bot.Reply{}, nil, err
	}
	var r bot.Reply
	var warnings []Warning
	err = s.st.Transact(ctx, func(ctx context.Context) error {
		c, err := s.st.Case(ctx, d.CaseID)
		if err != nil {
			return err
		}
		if r, err = s.startDraft(ctx, c, d); err != nil {
			return err
		}
		r.Way, r.Text, r.CaseSeen = way, d.Text, d.Version
		if warnings, err = s.guard(ctx, c, r); err != nil {
			return err
		}
		r.CaseSeen = c.Version // the preview shows what moved, so the writer has seen it
		r, err = s.st.SaveReply(ctx, r)
		return err
	})
	if err != nil {
		return bot.Reply{}, nil, fmt.Errorf("draft a reply to case %d: %w", d.CaseID, err)
	}
	return r, warnings, nil
}

// startDraft gives the draft that d goes on from, or a new one.
func (s *Service) startDraft(ctx context.Context, c bot.Case, d Draft) (bot.Reply, error) {
	if d.ReplyID == 0 {
		m, err := s.answered(ctx, c)
		if err != nil {
			return bot.Reply{}, err
		}
		return bot.Reply{CaseID: c.ID, MentionID: m.ID, State: bot.ReplyDraft, By: d.By, CreatedAt: s.now().UTC()}, nil
	}
	r, err := s.st.Reply(ctx, d.ReplyID)
	if err != nil {
		return r, err
	}
	if r.CaseID != c.ID {
		return r, bot.Errorf(bot.ErrInvalid, "This text belongs to case %d.", r.CaseID)
	}
	if r.State == bot.ReplyDraft && r.By.Key() == d.By.Key() {
		return r, nil
	}
	if !r.State.MayBecome(bot.ReplyDraft) || r.By.Key() != d.By.Key() {
		return s.startDraft(ctx, c, Draft{By: d.By})
	}
	from := r.State
	r.State, r.By, r.Error, r.Note, r.ApprovedBy = bot.ReplyDraft, d.By, "", "", bot.Person{}
	return r, s.st.SwapReply(ctx, r, from)
}

// SendReply sends a draft on its way: to an approver, or into the queue, where
// it can be undone for a while. The warnings are those of now; when one of
// them blocks, or the case moved on since the preview, nothing is sent, the
// text is kept, and the Error says so.
func (s *Service) SendReply(ctx context.Context, replyID int64, by bot.Person) (bot.Reply, error) {
	role := s.RoleOf(ctx, by)
	if err := enough(role, bot.Responder, "send a reply"); err != nil {
		return bot.Reply{}, err
	}
	return s.releaseReply(ctx, replyID, func(ctx context.Context, c bot.Case, r *bot.Reply) (refused, err error) {
		if err := mayChange(*r, by, role); err != nil {
			return nil, err
		}
		if r.State == bot.ReplyAwaiting || r.State == bot.ReplyQueued || !r.State.MayBecome(bot.ReplyQueued) {
			return nil, staleReply(*r)
		}
		if refused, err = s.refuse(ctx, c, r); refused != nil || err != nil {
			return refused, err
		}
		if s.NeedsApproval(c, role) {
			return nil, s.await(ctx, c, r, by)
		}
		return nil, s.queue(ctx, c, r, by, role)
	})
}

// refuse holds a reply back that must not go out as it is. It keeps what it
// learns about the reply, so it is told apart from an error of the store.
func (s *Service) refuse(ctx context.Context, c bot.Case, r *bot.Reply) (refused, err error) {
	warnings, err := s.guard(ctx, c, *r)
	if err != nil {
		return nil, err
	}
	for _, w := range warnings {
		if w.Kind == WarnEdited {
			from := r.State
			r.State, r.Error = bot.ReplyOutdated, w.Text
			if err := s.st.SwapReply(ctx, *r, from); err != nil {
				return nil, err
			}
			if err := s.redraw(ctx, c); err != nil {
				return nil, err
			}
			return bot.Errorf(bot.ErrStale, "%s Your text is kept.", w.Text), nil
		}
		if w.Blocks || w.Kind == WarnMoved {
			return bot.Errorf(bot.ErrStale, "%s Nothing was sent; your text is kept.", w.Text), nil
		}
	}
	return nil, nil
}

// NeedsApproval tells whether a reply to c by somebody of this role waits for
// an approver: a responder's always, an agent's where the configuration says.
func (s *Service) NeedsApproval(c bot.Case, role bot.Role) bool {
	if role < bot.Agent || role >= bot.Approver {
		return role < bot.Agent
	}
	a := s.set().Approval
	return slices.Contains(a.Routes, c.Route) || (len(a.Topics) > 0 && oneOf(a.Topics, c.Topics...))
}

func (s *Service) await(ctx context.Context, c bot.Case, r *bot.Reply, by bot.Person) error {
	from := r.State
	r.State, r.Error, r.Note = bot.ReplyAwaiting, "", ""
	if err := s.st.SwapReply(ctx, *r, from); err != nil {
		return err
	}
	return s.replyEvent(ctx, c, *r, bot.Event{By: by, Verb: bot.ReplyWaits, Text: "wrote a reply, which waits for an approver"})
}

// queue lets a reply go out after the time in which it can be undone, and
// takes an open case for its writer, so that nobody answers it twice.
func (s *Service) queue(ctx context.Context, c bot.Case, r *bot.Reply, by bot.Person, role bot.Role) error {
	from := r.State
	r.State, r.Error = bot.ReplyQueued, ""
	r.SendAt = s.now().UTC().Add(s.set().UndoFor)
	if err := s.st.SwapReply(ctx, *r, from); err != nil {
		return err
	}
	if err := s.send(ctx, bot.Delivery{Kind: bot.DeliverReply, Target: r.ID, DueAt: r.SendAt}); err != nil {
		return err
	}
	if c.State == bot.Open && role >= bot.Agent && from != bot.ReplyAwaiting {
		after, err := s.apply(ctx, c.ID, bot.Change{Verb: bot.Claim, By: by, Role: role, At: s.now().UTC()})
		if err != nil {
			return err
		}
		c = after
	}
	r.CaseSeen = c.Version
	if _, err := s.st.SaveReply(ctx, *r); err != nil {
		return err
	}
	if from == bot.ReplyAwaiting {
		return s.replyEvent(ctx, c, *r, bot.Event{By: by, Verb: bot.ReplyApproved, Text: "approved the reply of " + r.By.Name})
	}
	return s.replyEvent(ctx, c, *r, bot.Event{By: by, Verb: bot.ReplyIsQueued, Text: "wrote " + called(r.Way)})
}

// replyEvent writes what became of a reply (ev: By, Verb and Text): history,
// audit, card, thread.
func (s *Service) replyEvent(ctx context.Context, c bot.Case, r bot.Reply, ev bot.Event) error {
	entry := bot.AuditEntry{By: ev.By, Act: string(ev.Verb), Target: fmt.Sprintf("reply %d", r.ID), Before: caseTarget(c.ID), After: string(r.State)}
	if err := s.audit(ctx, entry); err != nil {
		return err
	}
	if err := s.redraw(ctx, c); err != nil {
		return err
	}
	ev.CaseID, ev.At, ev.Before, ev.After = c.ID, s.now().UTC(), c.State, c.State
	return s.note(ctx, c, ev)
}

func (s *Service) replyAndCase(ctx context.Context, replyID int64) (bot.Reply, bot.Case, error) {
	r, err := s.st.Reply(ctx, replyID)
	if err != nil {
		return r, bot.Case{}, err
	}
	c, err := s.st.Case(ctx, r.CaseID)
	return r, c, err
}

// mayChange tells whether somebody may send, edit or take back r: its writer,
// or an approver.
func mayChange(r bot.Reply, by bot.Person, role bot.Role) error {
	if r.By.Key() == by.Key() || role >= bot.Approver {
		return nil
	}
	return bot.Errorf(bot.ErrForbidden, "This reply is by %s; only they or an approver can do that.", r.By.Name)
}

func (s *Service) mustBe(ctx context.Context, by bot.Person, least bot.Role, what string) error {
	return enough(s.RoleOf(ctx, by), least, what)
}

func enough(role, least bot.Role, what string) error {
	if role < least {
		return bot.Errorf(bot.ErrForbidden, "To %s you need the role %s; you are %s.", what, least, role)
	}
	return nil
}

// staleReply says what became of a reply, to somebody who pressed an old button.
func staleReply(r bot.Reply) error {
	words := map[bot.ReplyState]string{
		bot.ReplyDraft:    "is a draft that was not sent",
		bot.ReplyAwaiting: "waits for an approver already",
		bot.ReplyReturned: "went back to its writer",
		bot.ReplyQueued:   "is queued already",
		bot.ReplySending:  "is being sent right now, so it can no longer be stopped",
		bot.ReplyDone:     "was sent already",
		bot.ReplyFailed:   "did not go out",
		bot.ReplyCameBack: "was sent and came back; write another",
		bot.ReplyOutdated: "is outdated: the author edited the post since",
		bot.ReplyUndone:   "was taken back",
		bot.ReplyParked:   "may or may not have arrived; look at the post",
	}[r.State]
	return bot.Errorf(bot.ErrStale, "This reply %s. See case %d with /voc show %d.", words, r.CaseID, r.CaseID)
}
