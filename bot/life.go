package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// rule says who may do a verb, in which states, and what it needs.
type rule struct {
	role  Role
	from  []CaseState
	owner bool // only the owner, or an approver in their place
	needs func(Change) string
}

// rules is the whole life of a case. A verb that is not here cannot be done.
func rules() map[Verb]rule {
	alive := []CaseState{Open, Claimed, Answered}
	every := []CaseState{Open, Claimed, Answered, Resolved, Dismissed}
	return map[Verb]rule{
		Claim:        {role: Agent, from: []CaseState{Open}},
		Assign:       {role: Approver, from: alive, needs: needOwner},
		Release:      {role: Agent, from: []CaseState{Claimed, Answered}, owner: true},
		MarkAnswered: {role: Agent, from: []CaseState{Open, Claimed, Answered}},
		Escalate:     {role: Agent, from: alive, needs: needReason},
		Snooze:       {role: Agent, from: alive, needs: needUntil},
		Resolve:      {role: Agent, from: alive, needs: needCause},
		Dismiss:      {role: Agent, from: alive, needs: needDismissReason},
		Reopen:       {role: Agent, from: []CaseState{Resolved, Dismissed}},
		Merge:        {role: Agent, from: alive, needs: needInto},
		ReplySent:    {role: Responder, from: every},
		Nudge:        {role: Admin, from: []CaseState{Claimed}},
		ExpireClaim:  {role: Admin, from: []CaseState{Claimed}},
		Wake:         {role: Admin, from: alive},
		AuthorEdit:   {role: Admin, from: every},
		AuthorReply:  {role: Admin, from: every},
		Echo:         {role: Admin, from: every},
		ReplyBounced: {role: Admin, from: every},
	}
}

func needOwner(ch Change) string {
	if !ch.Owner.Known() {
		return "Say who should have the case."
	}
	return ""
}

func needReason(ch Change) string {
	if strings.TrimSpace(ch.Reason) == "" {
		return "Say why it is escalated; whoever gets it reads that first."
	}
	return ""
}

func needUntil(ch Change) string {
	if !ch.Until.After(ch.At) {
		return "Choose a time that is still to come."
	}
	return ""
}

func needCause(ch Change) string {
	if strings.TrimSpace(ch.RootCause) == "" || strings.TrimSpace(ch.Action) == "" {
		return "Say what the cause was and what was done about it."
	}
	return ""
}

func needDismissReason(ch Change) string {
	switch ch.Dismiss {
	case DismissSpam, DismissNotUs, DismissDuplicate, DismissNoAction:
		return ""
	}
	return "Choose a reason: spam, not us, duplicate, or no action needed."
}

func needInto(ch Change) string {
	if ch.Into <= 0 {
		return "Say which case it belongs to."
	}
	return ""
}

// RoleFor is the least role that may do v to some case; NoRole for an unknown verb.
func RoleFor(v Verb) Role { return rules()[v].role }

// May tells whether v could be done to c now by somebody of this role, and if
// not, why not, as an Error of kind ErrForbidden, ErrStale or ErrInvalid.
func (c Case) May(v Verb, by Person, role Role) error {
	r, ok := rules()[v]
	if !ok {
		return Errorf(ErrInvalid, "There is no such act as %q.", v)
	}
	if role < r.role {
		return Errorf(ErrForbidden, "That needs the role %s; you are %s.", r.role, role)
	}
	if !slices.Contains(r.from, c.State) {
		return c.stale(v)
	}
	if r.owner && c.Owner.Key() != by.Key() && role < Approver {
		return Errorf(ErrForbidden, "%s has case %d; only they or an approver can do that.", c.Owner.Name, c.ID)
	}
	return nil
}

// stale says what the case is now, to somebody who pressed an old button.
func (c Case) stale(v Verb) error {
	switch {
	case v == Claim && c.State == Claimed:
		return Errorf(ErrStale, "%s has case %d already.", c.Owner.Name, c.ID)
	case c.State == Resolved && c.RootCause != "":
		return Errorf(ErrStale, "Case %d is resolved: %s.", c.ID, strings.TrimRight(c.RootCause, "."))
	case c.MergedInto > 0:
		return Errorf(ErrStale, "Case %d was merged into case %d.", c.ID, c.MergedInto)
	}
	return Errorf(ErrStale, "Case %d is %s now, so that no longer applies.", c.ID, c.State)
}

// Do applies ch to c. It gives the case as it is afterwards, one version on,
// and the line for its history; or an Error that says why it may not be done,
// and c unchanged. It reads no clock: ch.At is the time.
func (c Case) Do(ch Change) (Case, Event, error) {
	if err := c.May(ch.Verb, ch.By, ch.Role); err != nil {
		return c, Event{}, err
	}
	if need := rules()[ch.Verb].needs; need != nil {
		if msg := need(ch); msg != "" {
			return c, Event{}, Errorf(ErrInvalid, "%s", msg)
		}
	}
	next := c
	text, loud := next.apply(ch)
	next.Version++
	ev := Event{CaseID: c.ID, At: ch.At, By: ch.By, Verb: ch.Verb, Text: text, Before: c.State, After: next.State, Loud: loud}
	return next, ev, nil
}

// apply changes the case in place and gives its line of history.
func (c *Case) apply(ch Change) (text string, loud bool) {
	switch ch.Verb {
	case Claim:
		c.take(ch, ch.By)
		return "claimed it", false
	case Assign:
		c.take(ch, ch.Owner)
		return "gave it to " + ch.Owner.Name, false
	case Release, ExpireClaim:
		c.State, c.Owner = Open, Person{}
		if ch.Verb == ExpireClaim {
			return "released it: nothing happened since the reminder", false
		}
		return "released it", false
	case Nudge:
		c.NudgedAt = ch.At
		return "reminded " + c.Owner.Name + " that the customer still waits", true
	case MarkAnswered, ReplySent:
		return c.answer(ch), false
	case Escalate:
		c.EscalatedAt, c.EscalatedTo = ch.At, ch.Target
		return fmt.Sprintf("escalated it to %s: %s", ch.Target, ch.Reason), true
	case Snooze:
		c.SnoozedUntil = ch.Until
		return "snoozed it", false
	case Wake:
		c.SnoozedUntil = ch.At
		return "woke it: the snooze is over", true
	case Resolve:
		c.close(ch, Resolved)
		c.RootCause, c.Action = ch.RootCause, ch.Action
		return "resolved it: " + ch.RootCause + ", " + ch.Action, false
	case Dismiss:
		c.close(ch, Dismissed)
		c.DismissReason = ch.Dismiss
		return "dismissed it: " + DismissWords(ch.Dismiss), false
	}
	return c.applyRest(ch)
}

func (c *Case) applyRest(ch Change) (text string, loud bool) {
	switch ch.Verb {
	case Reopen:
		c.reopen()
		return "reopened it", false
	case Merge:
		c.close(ch, Dismissed)
		c.DismissReason, c.MergedInto = DismissDuplicate, ch.Into
		return fmt.Sprintf("merged it into case %d", ch.Into), false
	case AuthorEdit:
		c.EditedSince = true
		return "saw that the author edited the post", false
	case AuthorReply:
		if c.State.Done() || c.State == Answered {
			c.reopen()
		}
		c.SnoozedUntil = ch.At
		return "heard from the customer again", true
	case ReplyBounced:
		return c.bounce(ch), true
	case Echo:
		c.Echoes++
		if ch.NewPerson {
			c.People++
		}
		return "folded in another mention that says the same", false
	}
	return "", false
}

func (c *Case) take(ch Change, owner Person) {
	if c.State == Open {
		c.State = Claimed
	}
	c.Owner, c.ClaimedAt, c.SnoozedUntil = owner, ch.At, ch.At
	c.NudgedAt = time.Time{}
	c.Quiet = false
}

func (c *Case) answer(ch Change) string {
	if !c.State.Done() {
		c.State = Answered
	}
	if c.AnsweredAt.IsZero() {
		c.AnsweredAt, c.AnsweredBy = ch.At, ch.By
	}
	if !c.Owner.Known() {
		c.Owner = ch.By
	}
	c.AnswerPublic, c.EditedSince, c.Quiet = ch.Public, false, false
	if ch.Verb == MarkAnswered {
		return "answered it outside Earshot"
	}
	if ch.Public {
		return "answered it in public"
	}
	return "answered it in private"
}

// bounce brings a case back to whoever has it: the answer reached nobody. One
// that was dismissed needs none.
func (c *Case) bounce(ch Change) string {
	if c.State == Answered || c.State == Resolved {
		c.reopen()
	}
	if c.AnsweredAt.Equal(ch.Sent) {
		c.AnsweredAt, c.AnsweredBy, c.AnswerPublic = time.Time{}, Person{}, false
	}
	return "saw the reply come back: " + ch.Reason
}

func (c *Case) close(ch Change, to CaseState) {
	c.State, c.ClosedAt, c.SnoozedUntil = to, ch.At, ch.At
}

// reopen puts a case back to work: with its owner, if it has one.
func (c *Case) reopen() {
	c.State = Open
	if c.Owner.Known() {
		c.State = Claimed
	}
	c.RootCause, c.Action, c.DismissReason, c.MergedInto = "", "", "", 0
	c.ClosedAt = time.Time{}
}

// DismissWords is a reason as people read it.
func DismissWords(r DismissReason) string {
	switch r {
	case DismissSpam:
		return "spam"
	case DismissNotUs:
		return "not about us"
	case DismissDuplicate:
		return "a duplicate"
	}
	return "no action needed"
}
