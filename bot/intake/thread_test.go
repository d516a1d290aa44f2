package intake_test

import (
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/intake"
)

// answered is a rig with a case of ann's that we have answered; the reply is
// "r1" at the source.
func answered(t *testing.T) (*rig, bot.Mention) {
	t.Helper()
	r := newRig(t)
	said := r.said("ann", burnt)
	if got := r.take(t, said); got.Opened != 1 {
		t.Fatalf("no case: %+v", got)
	}
	r.reply(t, bot.ReplyDone, "r1")
	if _, err := r.cases.Do(t.Context(), 1, 0, bot.Change{Verb: bot.ReplySent, By: bot.Bot(), At: start(), Public: true}); err != nil {
		t.Fatal(err)
	}
	return r, said
}

const ourWords = "We are sorry to hear it.  Which one do you have?"

func (r *rig) reply(t *testing.T, state bot.ReplyState, id string) {
	t.Helper()
	if _, err := r.store.SaveReply(t.Context(), bot.Reply{CaseID: 1, MentionID: 1, State: state, Text: ourWords, ExternalID: id}); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) state1(t *testing.T) bot.CaseState {
	t.Helper()
	c, err := r.store.Case(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	return c.State
}

func (r *rig) below(parent, author, words string) bot.Mention {
	m := r.said(author, words)
	m.ParentID = parent
	return m
}

// TestTheCustomerAnswersUs: who answers our reply joins its case and reopens
// it, without naming us.
func TestTheCustomerAnswersUs(t *testing.T) {
	end := map[string]bot.Change{
		"answered": {},
		"resolved": {Verb: bot.Resolve, RootCause: "update 4.2", Action: "replaced"},
	}
	for name, ch := range end {
		t.Run(name, func(t *testing.T) {
			r, said := answered(t)
			if ch.Verb != "" {
				ch.By, ch.At = bot.Bot(), start()
				if _, err := r.cases.Do(t.Context(), 1, 0, ch); err != nil {
					t.Fatal(err)
				}
			}
			first := r.below("r1", "ann", "The red one, bought in May.")
			if got := r.take(t, first); got.New != 1 || got.Joined != 1 || got.Unmatched != 0 {
				t.Fatalf("the answer to our reply: %+v", got)
			}
			if s := r.state1(t); s.Done() || s == bot.Answered {
				t.Errorf("the case is %s afterwards", s)
			}
			more := r.below(first.ExternalID, "ann", "And it rattles.")
			again := r.below(said.ExternalID, "ann", "Day three, still waiting.")
			if got := r.take(t, more, again); got.Joined != 2 {
				t.Errorf("what goes on below it: %+v", got)
			}
			if got := r.take(t, first); got.Duplicate != 1 {
				t.Errorf("read again: %+v", got)
			}
		})
	}
}

// TestOthersInTheThread: who is not the customer joins no case: an answer to
// us is heard, what is said below the customer's words is not.
func TestOthersInTheThread(t *testing.T) {
	r, said := answered(t)
	if got := r.take(t, r.below("r1", "bob", "The blue one here.")); got.New != 1 || got.Joined+got.Opened != 0 {
		t.Errorf("somebody else answers us: %+v", got)
	}
	if got := r.take(t, r.below(said.ExternalID, "bob", "Poor you!")); got.Unmatched != 1 {
		t.Errorf("somebody else answers the customer: %+v", got)
	}
	if got := r.take(t, r.below("never read", "ann", "Lunch?")); got.Unmatched != 1 {
		t.Errorf("the customer answers what we never read: %+v", got)
	}
	if s := r.state1(t); s != bot.Answered {
		t.Errorf("the case is %s", s)
	}
	elsewhere := r.state
	elsewhere.Name = "another"
	got, err := r.Take(t.Context(), elsewhere, bot.Batch{Mentions: []bot.Mention{r.below("r1", "ann", "The same id, another service")}})
	if err != nil || got.Unmatched != 1 {
		t.Errorf("the same id at another source: %+v, %v", got, err)
	}
}

// TestOurReplyIsHeard: the source hands our own reply out like any other post.
// It is nobody's complaint, before its id is known and after.
func TestOurReplyIsHeard(t *testing.T) {
	heard := "@ann We are sorry to hear it. Which one do you have? " + burnt
	for _, tc := range []struct {
		name  string
		state bot.ReplyState
		id    string
		want  intake.Result
	}{
		{"sent", bot.ReplyDone, "2", intake.Result{Read: 1, Unmatched: 1}},
		{"on its way", bot.ReplySending, "", intake.Result{Read: 1, Unmatched: 1}},
		{"nobody knows", bot.ReplyParked, "", intake.Result{Read: 1, Unmatched: 1}},
		{"not yet sent", bot.ReplyQueued, "", intake.Result{Read: 1, New: 1, Flagged: 1, Opened: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t)
			said := r.said("ann", burnt)
			r.take(t, said)
			r.reply(t, tc.state, tc.id)
			if got := r.take(t, r.below(said.ExternalID, "larkspur_care", heard)); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

// TestSpamGoesOn: what was dismissed as spam stays away, whatever its author
// writes below it.
func TestSpamGoesOn(t *testing.T) {
	r := newRig(t)
	said := r.said("ann", burnt)
	r.take(t, said)
	if _, err := r.cases.Do(t.Context(), 1, 0, bot.Change{Verb: bot.Dismiss, By: bot.Bot(), At: start(), Dismiss: bot.DismissSpam}); err != nil {
		t.Fatal(err)
	}
	if got := r.take(t, r.below(said.ExternalID, "ann", "Buy cheap watches")); got.Unmatched != 1 {
		t.Errorf("got %+v", got)
	}
}

// TestThreadInOneBatch: a thread that is read at once, as after an outage, is
// kept together; so is what was edited since.
func TestThreadInOneBatch(t *testing.T) {
	r := newRig(t)
	first := r.said("ann", burnt)
	second := r.below(first.ExternalID, "ann", "The red one, by the way.")
	second.EditedAt = start().Add(time.Minute)
	third := r.below(second.ExternalID, "ann", "It rattles.")
	if got := r.take(t, first, second, third); got.New != 3 || got.Opened != 1 || got.Joined != 2 {
		t.Errorf("got %+v", got)
	}
}

// TestPointedAtInAThread: an answer that names no watch makes no case by hand.
func TestPointedAtInAThread(t *testing.T) {
	r := newRig(t)
	if _, _, err := r.MakeCase(t.Context(), r.below("C1:1", "ann", "Lunch?"), bot.Bot()); bot.KindOf(err) != bot.ErrInvalid {
		t.Errorf("got %v", err)
	}
}

// talks is a source on which everybody can be answered, in public.
type talks struct{ bot.Answerer }

// Ways implements bot.Answerer.
func (talks) Ways(m bot.Mention) []bot.Way {
	return []bot.Way{{Name: "public", Label: "below " + m.ExternalID, Public: true}}
}

// Length implements bot.Answerer.
func (talks) Length(s string) int { return len(s) }

// TestTheReplyGoesToTheLastWords: who answers a customer who wrote again
// answers that.
func TestTheReplyGoesToTheLastWords(t *testing.T) {
	r, _ := answered(t)
	again := r.below("r1", "ann", "The red one, bought in May.")
	r.take(t, again)
	ways, err := r.cases.Ways(t.Context(), 1)
	if err != nil || len(ways) != 1 || ways[0].Label != "below "+again.ExternalID {
		t.Fatalf("ways %+v, %v", ways, err)
	}
	rep, _, err := r.cases.DraftReply(t.Context(), act.Draft{CaseID: 1, Version: 1, Way: "public", Text: "Thank you.", By: bot.Bot()})
	if err != nil || rep.MentionID != 2 {
		t.Errorf("the draft answers mention %d, %v", rep.MentionID, err)
	}
}

// TestOurReplyComesBack: what a mail server says of our reply brings the case
// back, and opens none; of another's letter it does nothing.
func TestOurReplyComesBack(t *testing.T) {
	r, _ := answered(t)
	back := r.below("r1", "The mail server", "The answer could not be delivered: 5.1.1 no such user.")
	back.Bounced, back.Author.Automated = true, true
	if got := r.take(t, back); got.New != 1 || got.Opened+got.Joined != 0 {
		t.Fatalf("%+v", got)
	}
	if s := r.state1(t); s == bot.Answered || s.Done() {
		t.Errorf("the case is %s afterwards", s)
	}
	rep, err := r.store.Reply(t.Context(), 1)
	if err != nil || rep.State != bot.ReplyCameBack || rep.Error != back.Text {
		t.Errorf("%+v, %v", rep, err)
	}
	m, err := r.store.FindMention(t.Context(), "social", back.ExternalID)
	if err != nil || m.CaseID != 1 {
		t.Errorf("it is in case %d, %v", m.CaseID, err)
	}
	other := r.below("never sent", "The mail server", "The answer could not be delivered, which is about Larkspur.")
	other.Bounced = true
	if got := r.take(t, other, back); got.Opened+got.Joined != 0 || got.Duplicate != 1 {
		t.Errorf("of a letter that is not ours: %+v", got)
	}
}
