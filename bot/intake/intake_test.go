package intake_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/analyze"
	"earshot/bot/analyze/echo"
	"earshot/bot/intake"
	"earshot/store"
)

// start is when everything here happens.
func start() time.Time { return time.Date(2026, 3, 9, 10, 4, 0, 0, time.UTC) }

// rig is an intake on a real store, analyzer and echo index, with the real
// life of cases, which can be told to fail.
type rig struct {
	*intake.Intake
	store  *store.Store
	cases  *failing
	echoes *echo.Index
	state  bot.SourceState
	n      int
}

// failing is the real cases, until fail is set.
type failing struct {
	*act.Service
	fail error
}

func (f *failing) Open(ctx context.Context, h bot.Heard, s bot.Saved, watch string, opt act.OpenOptions) (bot.Case, error) {
	if f.fail != nil {
		return bot.Case{}, f.fail
	}
	return f.Service.Open(ctx, h, s, watch, opt)
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return newRigOf(t)
}

// larkspur is an analyzer for most tests: it is safe for concurrent use, and
// making one takes a tenth of a second.
var larkspur = sync.OnceValues(func() (*analyze.Analyzer, error) {
	return analyze.New(analyze.Settings{Watches: usual()})
})

func usual() []bot.Watch {
	return []bot.Watch{{Name: "Larkspur", Terms: []string{"larkspur"}, Accounts: []string{"larkspur"}}}
}

func analyzerOf(watches []bot.Watch) (*analyze.Analyzer, error) {
	if len(watches) == 0 {
		return larkspur()
	}
	return analyze.New(analyze.Settings{Watches: watches})
}

// newRigOf is a rig that listens for these; for Larkspur without any.
func newRigOf(t *testing.T, watches ...bot.Watch) *rig {
	t.Helper()
	return newRigOn(t, store.Options{Path: filepath.Join(t.TempDir(), "e.db")}, watches...)
}

// newRigOn is a rig on a store, beside which there may be others.
func newRigOn(t *testing.T, where store.Options, watches ...bot.Watch) *rig {
	t.Helper()
	where.Now = start
	s, err := store.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	a, err := analyzerOf(watches)
	if err != nil {
		t.Fatal(err)
	}
	cases := &failing{Service: act.New(act.Settings{Default: bot.Route{Name: "all", Places: []bot.Place{{Platform: "console", Channel: "triage"}}}}, act.Deps{
		Stores:   act.Stores{Transactor: s, CaseStore: s, HistoryStore: s, Reader: s, LessonStore: s, ReplyStore: s, Outbox: s, PostStore: s, FoldStore: s, NoticeStore: s, SpikeStore: s},
		Answerer: func(string) (bot.Answerer, bool) { return talks{}, true },
		Now:      start,
	})}
	echoes := echo.New(1000, 7*24*time.Hour)
	set := intake.Settings{
		Store: s, Lookup: s, Words: s, Analyzer: a, Cases: cases, Echoes: echoes, Log: slog.New(slog.DiscardHandler), Now: start,
	}
	if s.Replicated() {
		set.Beside = s
	}
	return &rig{Intake: intake.New(set), store: s, cases: cases, echoes: echoes, state: bot.SourceState{Name: "social", Kind: "test", Synced: true}}
}

// said makes a mention by an author.
func (r *rig) said(author, words string) bot.Mention {
	r.n++
	return bot.Mention{ExternalID: fmt.Sprint(r.n), Text: words, CreatedAt: start(), Author: bot.Author{Handle: author, Followers: -1}}
}

func (r *rig) take(t *testing.T, mentions ...bot.Mention) intake.Result {
	t.Helper()
	res, err := r.Take(t.Context(), r.state, bot.Batch{Mentions: mentions})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

const (
	burnt = "My second Larkspur died after the update. It smells burnt and nobody answers, terrible."
	late  = "Larkspur delivery is a week late and the hotline is useless. Awful service, I am furious."
	happy = "I love my Larkspur, best coffee ever."
)

// TestFollow: what a mention becomes, by what went before it.
func TestFollow(t *testing.T) {
	for _, tc := range []struct {
		name   string
		before func(*rig) []bot.Mention
		then   func(*rig) bot.Mention
		want   intake.Result
		people int // in case 1 afterwards; 0 for no case
	}{
		{"a complaint opens a case", nil, func(r *rig) bot.Mention { return r.said("hilda", burnt) },
			intake.Result{Read: 1, New: 1, Flagged: 1, Opened: 1}, 1},
		{"praise opens none", nil, func(r *rig) bot.Mention { return r.said("hilda", happy) }, intake.Result{Read: 1, New: 1}, 0},
		{"what names no watch is not kept", nil, func(r *rig) bot.Mention { return r.said("hilda", "My kettle is awful and broken.") },
			intake.Result{Read: 1, Unmatched: 1}, 0},
		{"the same again is a duplicate", func(r *rig) []bot.Mention { return []bot.Mention{r.said("hilda", burnt)} },
			func(r *rig) bot.Mention { r.n = 0; return r.said("hilda", burnt) }, intake.Result{Read: 1, Duplicate: 1}, 1},
		{"an edit is told to its case", func(r *rig) []bot.Mention { return []bot.Mention{r.said("hilda", burnt)} },
			func(r *rig) bot.Mention { r.n = 0; return r.said("hilda", burnt+" Edit: no reply yet.") }, intake.Result{Read: 1, Edited: 1}, 1},
		{"an echo joins", func(r *rig) []bot.Mention { return []bot.Mention{r.said("hilda", burnt)} },
			func(r *rig) bot.Mention { return r.said("ellen", "RT @hilda: "+burnt) }, intake.Result{Read: 1, New: 1, Joined: 1}, 2},
		{"a repost joins what it repeats", func(r *rig) []bot.Mention { return []bot.Mention{r.said("hilda", burnt)} },
			func(r *rig) bot.Mention {
				m := r.said("ellen", "I saw this on larkspur dot example today.")
				m.RepostOf = "1"
				return m
			}, intake.Result{Read: 1, New: 1, Joined: 1}, 2},
		{"the author's own answer joins, angry or not", func(r *rig) []bot.Mention { return []bot.Mention{r.said("hilda", burnt)} },
			func(r *rig) bot.Mention {
				m := r.said("hilda", "Great, Larkspur called and all is well, thank you so much!")
				m.ParentID = "1"
				return m
			}, intake.Result{Read: 1, New: 1, Joined: 1}, 1},
		{"somebody else's answer does not", func(r *rig) []bot.Mention { return []bot.Mention{r.said("hilda", burnt)} },
			func(r *rig) bot.Mention {
				m := r.said("ellen", "Larkspur is fine with me.")
				m.ParentID = "1"
				return m
			}, intake.Result{Read: 1, New: 1}, 1},
		{"a further complaint of the author joins", func(r *rig) []bot.Mention { return []bot.Mention{r.said("hilda", burnt)} },
			func(r *rig) bot.Mention { return r.said("hilda", late) }, intake.Result{Read: 1, New: 1, Flagged: 1, Joined: 1}, 1},
		{"another's complaint opens its own", func(r *rig) []bot.Mention { return []bot.Mention{r.said("hilda", burnt)} },
			func(r *rig) bot.Mention { return r.said("ellen", late) }, intake.Result{Read: 1, New: 1, Flagged: 1, Opened: 1}, 1},
		{"history opens nothing", nil, func(r *rig) bot.Mention { m := r.said("hilda", burnt); m.History = true; return m }, intake.Result{Read: 1, New: 1, Flagged: 1}, 0},
		{"our own words open nothing", nil, func(r *rig) bot.Mention { return r.said("larkspur", burnt) }, intake.Result{Read: 1, New: 1, Flagged: 1}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t)
			if tc.before != nil {
				r.take(t, tc.before(r)...)
			}
			if got := r.take(t, tc.then(r)); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
			c, err := r.store.Case(t.Context(), 1)
			if tc.people == 0 && bot.KindOf(err) != bot.ErrNotFound || tc.people > 0 && (err != nil || c.People != tc.people) {
				t.Errorf("case 1: %d people, %v; want %d", c.People, err, tc.people)
			}
		})
	}
}

// TestEchoInOneBatch: what says the same in one batch is one case as well.
func TestEchoInOneBatch(t *testing.T) {
	r := newRig(t)
	got := r.take(t, r.said("hilda", burnt), r.said("ellen", burnt), r.said("mo", burnt))
	if got.Opened != 1 || got.Joined != 2 {
		t.Errorf("got %+v", got)
	}
}

// TestEchoOfAResolvedCase: whoever complains again after the end needs an answer.
func TestEchoOfAResolvedCase(t *testing.T) {
	r := newRig(t)
	r.take(t, r.said("hilda", burnt))
	end := bot.Change{Verb: bot.Resolve, By: bot.Bot(), At: start(), RootCause: "update 4.2", Action: "replaced"}
	if _, err := r.cases.Do(t.Context(), 1, 0, end); err != nil {
		t.Fatal(err)
	}
	if got := r.take(t, r.said("ellen", burnt)); got.Opened != 1 {
		t.Errorf("got %+v", got)
	}
}

// TestAllOrNothing: when the case cannot be opened, neither the mention, nor
// the dead letters, nor the cursor is stored, and no echo is remembered.
func TestAllOrNothing(t *testing.T) {
	r := newRig(t)
	r.cases.fail = errors.New("disk full")
	r.state.Cursor = "7"
	batch := bot.Batch{Mentions: []bot.Mention{r.said("mo", happy), r.said("hilda", burnt)}, Rejected: []bot.Rejected{{Where: "line 3", Reason: "broken"}}}
	if err := r.Ingest(t.Context(), r.state, batch); !errors.Is(err, r.cases.fail) {
		t.Fatalf("got %v", err)
	}
	stats, err := r.store.Stats(t.Context())
	if err != nil || stats["mentions"] != 0 || stats["rejected"] != 0 || stats["cases"] != 0 {
		t.Errorf("something was stored: %v, %v", stats, err)
	}
	if state, err := r.store.SourceState(t.Context(), "social"); err != nil || state.Cursor != "" {
		t.Errorf("the cursor moved to %q (%v)", state.Cursor, err)
	}
	r.cases.fail = nil
	if err := r.Ingest(t.Context(), r.state, batch); err != nil {
		t.Fatal(err)
	}
	state, err := r.store.SourceState(t.Context(), "social")
	if err != nil || state.Cursor != "7" {
		t.Errorf("the cursor is %q (%v)", state.Cursor, err)
	}
	letters, err := r.store.Rejected(t.Context(), "social", 10)
	if err != nil || len(letters) != 1 || letters[0].At != start() {
		t.Errorf("dead letters: %+v, %v", letters, err)
	}
}

// TestMakeCase: pointing at a message makes a case once.
func TestMakeCase(t *testing.T) {
	r := newRig(t)
	m := bot.Mention{ExternalID: "C1:17.3", Text: "The Larkspur grinder squeaks", CreatedAt: start(), Author: bot.Author{Handle: "cara", Followers: -1}}
	by := bot.Person{Platform: "slack", ID: "U1", Name: "Ana"}
	id, fresh, err := r.MakeCase(t.Context(), m, by)
	if err != nil || !fresh || id != 1 {
		t.Fatalf("case %d, fresh %t, %v", id, fresh, err)
	}
	if again, fresh, err := r.MakeCase(t.Context(), m, by); err != nil || fresh || again != id {
		t.Errorf("again: case %d, fresh %t, %v", again, fresh, err)
	}
	m.ExternalID, m.Text = "C1:18.1", "Lunch?"
	if _, _, err := r.MakeCase(t.Context(), m, by); bot.KindOf(err) != bot.ErrInvalid {
		t.Errorf("a message about nothing of ours: %v", err)
	}
}

// TestEchoOfACaseByHand: what repeats a message that somebody pointed at joins
// its case at once.
func TestEchoOfACaseByHand(t *testing.T) {
	r := newRig(t)
	m := bot.Mention{ExternalID: "C1:17.3", Text: burnt, CreatedAt: start(), Author: bot.Author{Handle: "cara", Followers: -1}}
	if _, _, err := r.MakeCase(t.Context(), m, bot.Person{Platform: "slack", ID: "U1", Name: "Ana"}); err != nil {
		t.Fatal(err)
	}
	if got := r.take(t, r.said("hilda", burnt+" https://example.org/1")); got.Joined != 1 || got.Opened != 0 {
		t.Errorf("got %+v", got)
	}
}

// TestNoEcho: the same words about another thing are another case.
func TestNoEcho(t *testing.T) {
	r := newRig(t)
	r.take(t, r.said("hilda", "My Larkspur order 123 is late, this is a disgrace"))
	if got := r.take(t, r.said("ellen", "My Larkspur order 124 is late, this is a disgrace")); got.Opened != 1 || got.Joined != 0 {
		t.Errorf("got %+v", got)
	}
}
