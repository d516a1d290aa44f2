package intake_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/analyze"
	"earshot/bot/analyze/echo"
	"earshot/bot/analyze/topic"
	"earshot/bot/intake"
	"earshot/store"
)

// school is a team that corrects verdicts, on a real store, which can be shut
// and opened again.
type school struct {
	*testing.T
	path  string
	store *store.Store
	act   *act.Service
	in    *intake.Intake
	n     int
}

func agent() bot.Person    { return bot.Person{Platform: "console", ID: "lea", Name: "lea"} }
func other() bot.Person    { return bot.Person{Platform: "console", ID: "max", Name: "max"} }
func approver() bot.Person { return bot.Person{Platform: "console", ID: "ada", Name: "ada"} }

func newSchool(t *testing.T) *school {
	s := &school{T: t, path: filepath.Join(t.TempDir(), "e.db")}
	s.restart()
	t.Cleanup(func() { s.store.Close() })
	return s
}

// restart opens everything anew on what is stored.
func (s *school) restart() {
	s.Helper()
	if s.store != nil {
		s.must(s.store.Close())
	}
	var err error
	s.store, err = store.Open(s.Context(), store.Options{Path: s.path, Now: start, Sync: store.SyncNormal})
	s.must(err)
	a, err := analyze.New(analyze.Settings{
		Watches: []bot.Watch{{Name: "Larkspur", Terms: []string{"larkspur"}}},
		Topics:  []topic.Topic{{Name: "Price", Words: []string{"charge*"}}, {Name: "Power", Words: []string{"battery"}}},
	})
	s.must(err)
	st := s.store
	roles := act.Roster{People: map[string]bot.Role{agent().Key(): bot.Agent, other().Key(): bot.Agent, approver().Key(): bot.Approver}}
	s.act = act.New(act.Settings{Roles: roles}, act.Deps{
		Stores: act.Stores{Transactor: st, CaseStore: st, HistoryStore: st, Reader: st, VerdictStore: st, LessonStore: st, ReplyStore: st, Outbox: st,
			PostStore: st, FoldStore: st, NoticeStore: st, SpikeStore: st},
		Learner: a, Now: start,
	})
	s.in = intake.New(intake.Settings{
		Store: st, Lookup: st, Words: st, Analyzer: a, Cases: s.act, Echoes: echo.New(1000, 7*24*time.Hour), Log: slog.New(slog.DiscardHandler), Now: start,
	})
	s.must(s.act.Relearn(s.Context()))
}

func (s *school) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// hears takes something in that somebody new says.
func (s *school) hears(words string) bot.Reading {
	s.Helper()
	s.n++
	m := bot.Mention{ExternalID: fmt.Sprint(s.n), Text: words, CreatedAt: start(), Author: bot.Author{Handle: fmt.Sprint("a", s.n), Followers: -1}}
	_, err := s.in.Take(s.Context(), bot.SourceState{Name: "social", Kind: "test", Synced: true}, bot.Batch{Mentions: []bot.Mention{m}})
	s.must(err)
	return s.stored(m.ExternalID)
}

func (s *school) stored(id string) bot.Reading {
	s.Helper()
	r, err := s.store.FindMention(s.Context(), "social", id)
	s.must(err)
	return r
}

// reads wants a mention to be flagged and have a case, or neither.
func (s *school) reads(r bot.Reading, flagged bool, lesson int64) {
	s.Helper()
	if r.Verdict.Flagged != flagged || (r.CaseID > 0) != flagged || r.Verdict.Lesson() != lesson {
		s.Errorf("%q: flagged %t, case %d, model %q; want flagged %t, moved by lesson %d",
			r.Mention.Text, r.Verdict.Flagged, r.CaseID, r.Verdict.Model, flagged, lesson)
	}
}

// Things said of a machine, in words that read as complaints.
const (
	wicked  = "This Larkspur is wicked, sick crema, insane pressure, I hate how badly I want another one"
	wicked2 = "My new Larkspur is wicked too: sick crema and insane pressure, I hate how badly I want one more"
	wicked3 = "wicked Larkspur, sick crema, insane pressure, hate how badly I want another"
	plain   = "The Larkspur grinder jammed again and support is useless, very disappointed"
)

// TestALesson is a correction's life: the next similar mention profits, others
// do not notice, a restart keeps it, and undoing it brings all back.
func TestALesson(t *testing.T) {
	s := newSchool(t)
	first := s.hears(wicked)
	s.reads(first, true, 0)
	l, err := s.act.Correct(t.Context(), first.CaseID, bot.LessonLabel, bot.SaysNotNegative, agent())
	s.must(err)
	if again := s.stored("1"); again.Verdict.Flagged || again.Verdict.Label == bot.Negative || again.Verdict.Lesson() != l.ID {
		t.Errorf("its own mention is still %+v", again.Verdict)
	}
	s.reads(s.hears(wicked2), false, l.ID)
	s.reads(s.hears(plain), true, 0)
	s.restart()
	s.reads(s.hears(wicked3), false, l.ID)
	if _, err := s.act.Unlearn(t.Context(), l.ID, other()); bot.KindOf(err) != bot.ErrForbidden {
		t.Errorf("another agent undid it: %v", err)
	}
	_, err = s.act.Unlearn(t.Context(), l.ID, approver())
	s.must(err)
	if _, err := s.act.Unlearn(t.Context(), l.ID, agent()); bot.KindOf(err) != bot.ErrStale {
		t.Errorf("it was undone twice: %v", err)
	}
	if again := s.stored("1"); !again.Verdict.Flagged || again.Verdict.Lesson() != 0 {
		t.Errorf("its mention does not read as before: %+v", again.Verdict)
	}
	s.reads(s.hears(wicked2+"!"), true, 0)
	s.restart()
	s.reads(s.hears(wicked3+"!!"), true, 0)
	s.kept(first.CaseID, "correct_label", "unlearn")
}

// kept wants a case's history and audit to name what was taught and undone.
func (s *school) kept(caseID int64, acts ...string) {
	s.Helper()
	lines, err := s.store.Audit(s.Context(), 0, fmt.Sprintf("case %d", caseID))
	s.must(err)
	for _, act := range acts {
		if !slices.ContainsFunc(lines, func(e bot.AuditEntry) bool { return e.Act == act }) {
			s.Errorf("the audit log has no %s: %+v", act, lines)
		}
	}
	events, err := s.store.CaseEvents(s.Context(), caseID)
	s.must(err)
	if !slices.ContainsFunc(events, func(e bot.Event) bool { return e.Verb == bot.Correct || e.Verb == bot.Dismiss }) {
		s.Errorf("the history says nothing: %+v", events)
	}
}

// TestNotAboutUs: posts like one that was not about us are stored and counted
// for nothing, until its case is taken up again. What is grave is not passed
// over for being a little alike.
func TestNotAboutUs(t *testing.T) {
	s := newSchool(t)
	first := s.hears("The larkspur in my garden is dying, ugly brown leaves and slugs all over, terrible year for flowers")
	s.reads(first, true, 0)
	_, err := s.act.Do(t.Context(), first.CaseID, 0, bot.Change{Verb: bot.Dismiss, By: agent(), Dismiss: bot.DismissNotUs})
	s.must(err)
	like := s.hears("Larkspur dying in my garden again: ugly brown leaves, slugs all over, a terrible year for flowers")
	s.reads(like, false, 1)
	if v := like.Verdict.For("Larkspur"); like.Verdict.Stance != bot.Unqualified || v.Stance != bot.Unqualified {
		t.Errorf("it counts as %s, %s", like.Verdict.Stance, v.Stance)
	}
	s.reads(s.hears(plain), true, 0)
	s.reads(s.hears("Larkspur caught fire in my garden, brown smoke and flames all over, terrible, my hand is burnt"), true, 0)
	_, err = s.act.Do(t.Context(), first.CaseID, 0, bot.Change{Verb: bot.Reopen, By: other()})
	s.must(err)
	s.reads(s.hears("Larkspur dying in the garden: ugly brown leaves, slugs all over, terrible year for flowers here"), true, 0)
	s.kept(first.CaseID, "correct_dismiss", "unlearn")
}

// TestNoReasonToLearn: a duplicate and a case without action say nothing of
// words.
func TestNoReasonToLearn(t *testing.T) {
	for _, why := range []bot.DismissReason{bot.DismissDuplicate, bot.DismissNoAction} {
		s := newSchool(t)
		first := s.hears(plain)
		_, err := s.act.Do(t.Context(), first.CaseID, 0, bot.Change{Verb: bot.Dismiss, By: agent(), Dismiss: why})
		s.must(err)
		s.restart()
		s.reads(s.hears("Very disappointed in Larkspur, support is useless and the grinder jammed again"), true, 0)
	}
}

// TestWrongTopic: the topic is set right for the case and for those like it.
func TestWrongTopic(t *testing.T) {
	s := newSchool(t)
	first := s.hears("My Larkspur does not charge any more, awful, dead after one night on the cable")
	if got := first.Verdict.TopicNames(); !slices.Equal(got, []string{"Price"}) {
		t.Fatalf("topics %v", got)
	}
	l, err := s.act.Correct(t.Context(), first.CaseID, bot.LessonTopic, "Power", agent())
	s.must(err)
	c, err := s.store.Case(t.Context(), first.CaseID)
	s.must(err)
	if !slices.Equal(c.Topics, []string{"Power"}) || !slices.Equal(s.stored("1").Verdict.TopicNames(), c.Topics) {
		t.Errorf("the case is about %v", c.Topics)
	}
	like := s.hears("Larkspur does not charge any more, awful: dead after a night on the cable")
	if !slices.Equal(like.Verdict.TopicNames(), []string{"Power"}) || like.Verdict.Lesson() != l.ID {
		t.Errorf("one like it is about %v, %s", like.Verdict.TopicNames(), like.Verdict.Model)
	}
	far := s.hears("Larkspur charged my card twice, thieves")
	if !slices.Equal(far.Verdict.TopicNames(), []string{"Price"}) {
		t.Errorf("another is about %v", far.Verdict.TopicNames())
	}
}

// TestSaidToBeNegative: what was made into a case by hand teaches too.
func TestSaidToBeNegative(t *testing.T) {
	s := newSchool(t)
	const words = "Larkspur tells me the crema feature is on the roadmap since 2021, fourth year running"
	m := bot.Mention{ExternalID: "hand", Text: words, Author: bot.Author{Handle: "x", Followers: -1}}
	id, _, err := s.in.MakeCase(t.Context(), m, agent())
	s.must(err)
	if r := s.hears("larkspur: crema feature on the roadmap since 2021, the fourth year running"); r.Verdict.Flagged {
		t.Fatal("the embedded model flags it without being taught: choose other words")
	}
	_, err = s.act.Correct(t.Context(), id, bot.LessonLabel, bot.SaysNegative, agent())
	s.must(err)
	if r := s.hears("So Larkspur tells me the crema feature is on the roadmap since 2021, the fourth year running"); !r.Verdict.Flagged || r.Verdict.Label != bot.Negative {
		t.Errorf("it is read as %+v", r.Verdict)
	}
}
