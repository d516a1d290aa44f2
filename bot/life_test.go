package bot

import (
	"testing"
	"time"
)

func now() time.Time { return time.Date(2026, 3, 9, 10, 4, 0, 0, time.UTC) }

func ana() Person { return Person{Platform: "slack", ID: "U1", Name: "Ana"} }
func ben() Person { return Person{Platform: "discord", ID: "2", Name: "Ben"} }

// full is a change of verb v with all that any verb needs.
func full(v Verb, by Person, role Role) Change {
	return Change{
		Verb: v, By: by, Role: role, At: now(), Owner: ben(), Until: now().Add(time.Hour), Reason: "needs a manager",
		Target: "the duty manager", Dismiss: DismissSpam, RootCause: "faulty 4.2 update", Action: "replacement sent", Into: 7,
	}
}

func TestLifeOfACase(t *testing.T) {
	c := Case{ID: 1042, Version: 1, State: Open, OpenedAt: now(), People: 1}
	for _, step := range []struct {
		ch    Change
		state CaseState
		text  string
	}{
		{full(Claim, ana(), Agent), Claimed, "claimed it"},
		{full(Escalate, ana(), Agent), Claimed, "escalated it to the duty manager: needs a manager"},
		{full(ReplySent, ana(), Agent), Answered, "answered it in private"},
		{full(Resolve, ana(), Agent), Resolved, "resolved it: faulty 4.2 update, replacement sent"},
		{full(AuthorReply, Bot(), Admin), Claimed, "heard from the customer again"},
		{full(Release, ana(), Agent), Open, "released it"},
		{full(Dismiss, ben(), Agent), Dismissed, "dismissed it: spam"},
		{full(Reopen, ben(), Agent), Open, "reopened it"},
	} {
		next, ev, err := c.Do(step.ch)
		if err != nil {
			t.Fatalf("%s from %s: %v", step.ch.Verb, c.State, err)
		}
		if next.State != step.state || ev.Text != step.text || ev.Before != c.State || ev.After != next.State {
			t.Errorf("%s from %s: now %s, %q; want %s, %q", step.ch.Verb, c.State, next.State, ev.Text, step.state, step.text)
		}
		if next.Version != c.Version+1 {
			t.Errorf("%s: version %d after %d", step.ch.Verb, next.Version, c.Version)
		}
		c = next
	}
	if !c.ClosedAt.IsZero() || c.DismissReason != "" {
		t.Errorf("a reopened case remembers its end: %+v", c)
	}
}

// TestEveryVerbStateAndRole visits the whole table: what is allowed is what
// this table says, and nothing else.
func TestEveryVerbStateAndRole(t *testing.T) {
	least := map[Verb]Role{
		Claim: Agent, Assign: Approver, Release: Agent, MarkAnswered: Agent, Escalate: Agent, Snooze: Agent, Resolve: Agent,
		Dismiss: Agent, Reopen: Agent, Merge: Agent, ReplySent: Responder,
		Nudge: Admin, ExpireClaim: Admin, Wake: Admin, AuthorEdit: Admin, AuthorReply: Admin, Echo: Admin, ReplyBounced: Admin,
	}
	from := map[Verb]string{ // o open, c claimed, a answered, r resolved, d dismissed
		Claim: "o", Assign: "oca", Release: "ca", MarkAnswered: "oca", Escalate: "oca", Snooze: "oca", Resolve: "oca",
		Dismiss: "oca", Reopen: "rd", Merge: "oca", ReplySent: "ocard",
		Nudge: "c", ExpireClaim: "c", Wake: "oca", AuthorEdit: "ocard", AuthorReply: "ocard", Echo: "ocard", ReplyBounced: "ocard",
	}
	states := map[byte]CaseState{'o': Open, 'c': Claimed, 'a': Answered, 'r': Resolved, 'd': Dismissed}
	for verb, role := range least {
		for letter, state := range states {
			for r := NoRole; r <= Admin; r++ {
				c := Case{ID: 1, Version: 3, State: state, Owner: ana()}
				_, _, err := c.Do(full(verb, ana(), r))
				inState := false
				for i := range from[verb] {
					inState = inState || from[verb][i] == letter
				}
				want := ErrorKind("")
				switch {
				case r < role:
					want = ErrForbidden
				case !inState:
					want = ErrStale
				}
				if KindOf(err) != want {
					t.Errorf("%s on %s as %s: %v, want %q", verb, state, r, err, want)
				}
			}
		}
	}
	if _, _, err := (Case{}).Do(Change{Verb: "explode", Role: Admin}); KindOf(err) != ErrInvalid {
		t.Errorf("an unknown verb: %v", err)
	}
}

func TestNeeds(t *testing.T) {
	for verb, strip := range map[Verb]func(*Change){
		Assign:   func(c *Change) { c.Owner = Person{} },
		Escalate: func(c *Change) { c.Reason = " " },
		Snooze:   func(c *Change) { c.Until = c.At },
		Resolve:  func(c *Change) { c.Action = "" },
		Dismiss:  func(c *Change) { c.Dismiss = "because" },
		Merge:    func(c *Change) { c.Into = 0 },
	} {
		c := Case{ID: 1, State: Open}
		ch := full(verb, ana(), Admin)
		strip(&ch)
		if _, _, err := c.Do(ch); KindOf(err) != ErrInvalid {
			t.Errorf("%s without what it needs: %v", verb, err)
		}
	}
}

func TestOnlyTheOwnerReleases(t *testing.T) {
	c := Case{ID: 9, State: Claimed, Owner: ana()}
	if _, _, err := c.Do(full(Release, ben(), Agent)); KindOf(err) != ErrForbidden {
		t.Errorf("another agent released it: %v", err)
	}
	if _, _, err := c.Do(full(Release, ben(), Approver)); err != nil {
		t.Errorf("an approver could not: %v", err)
	}
}

func TestClaimTwiceNamesTheOwner(t *testing.T) {
	c := Case{ID: 9, State: Claimed, Owner: ana()}
	_, _, err := c.Do(full(Claim, ben(), Agent))
	if KindOf(err) != ErrStale || Told(err) != "Ana has case 9 already." {
		t.Errorf("got %v", err)
	}
}

func TestReplyStatesEndSomewhere(t *testing.T) {
	all := []ReplyState{
		ReplyDraft, ReplyAwaiting, ReplyReturned, ReplyQueued, ReplySending,
		ReplyDone, ReplyFailed, ReplyCameBack, ReplyOutdated, ReplyUndone, ReplyParked,
	}
	reached := map[ReplyState]bool{ReplyDraft: true}
	for range all {
		for _, from := range all {
			for _, to := range all {
				if reached[from] && from.MayBecome(to) {
					reached[to] = true
				}
			}
		}
	}
	for _, s := range all {
		if !reached[s] {
			t.Errorf("no way leads to %s", s)
		}
		if ReplyDone.MayBecome(s) && s != ReplyCameBack || ReplyCameBack.MayBecome(s) {
			t.Errorf("a sent reply may become %s: it would be sent twice", s)
		}
	}
	for _, s := range all {
		if s != ReplyQueued && s.MayBecome(ReplySending) {
			t.Errorf("%s may be sent without being queued: it cannot be undone", s)
		}
	}
}
