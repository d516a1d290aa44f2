package act_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/act/acttest"
	"earshot/store"
)

// world is a Service with a real store, two platforms and a source.
type world struct {
	*testing.T
	st      *store.Store
	clock   *acttest.Clock
	slack   *acttest.Platform
	discord *acttest.Platform
	source  *acttest.Source
	desk    *acttest.Source // takes tickets where it has a way
	posts   act.PostStore   // the store, where nil
	set     act.Settings
	svc     *act.Service
	n       int
}

func person(name string) bot.Person {
	return bot.Person{Platform: "slack", ID: "U-" + name, Name: name}
}

func lea() bot.Person  { return person("lea") }  // agent
func max_() bot.Person { return person("max") }  // agent
func rita() bot.Person { return person("rita") } // responder
func ada() bot.Person  { return person("ada") }  // approver
func root() bot.Person { return person("root") } // admin
func vic() bot.Person  { return person("vic") }  // viewer
func eve() bot.Person  { return person("eve") }  // nobody

func publicWay() bot.Way {
	return bot.Way{Name: "public", Label: "Public reply on Mastodon as @larkspur", Public: true, Limit: 200, Place: "Mastodon"}
}

func newWorld(t *testing.T, change ...func(*act.Settings)) *world {
	t.Helper()
	w := &world{T: t, clock: acttest.NewClock(), slack: &acttest.Platform{PlatformName: "slack"}, discord: &acttest.Platform{PlatformName: "discord"},
		source: &acttest.Source{WaysOf: []bot.Way{publicWay(), {Name: "private", Label: "Direct message", Place: "Mastodon"}}}}
	w.set = act.Settings{
		Routes: []bot.Route{{Name: "support", Places: []bot.Place{{Platform: "slack", Channel: "#voc"}, {Platform: "discord", Channel: "voc"}},
			FirstAnswer: 30 * time.Minute, NudgeAfter: time.Hour, ReleaseIn: time.Hour,
			Escalation: bot.Escalation{Name: "the duty manager", Pings: []bot.Person{person("duty")}, Place: bot.Place{Platform: "slack", Channel: "#war"}}}},
		Roles: act.Roster{Default: bot.NoRole, People: map[string]bot.Role{
			vic().Key(): bot.Viewer, rita().Key(): bot.Responder, lea().Key(): bot.Agent, max_().Key(): bot.Agent,
			ada().Key(): bot.Approver, root().Key(): bot.Admin}},
		Notices: []bot.Place{{Platform: "slack", Channel: "#ops"}},
	}
	for _, c := range change {
		c(&w.set)
	}
	w.open(store.Options{Path: filepath.Join(t.TempDir(), "earshot.db"), Sync: store.SyncNormal})
	return w
}

func (w *world) open(where store.Options) {
	w.Helper()
	where.Now = w.clock.Now
	st, err := store.Open(w.Context(), where)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { st.Close() })
	w.st = st
	w.restart()
}

// restart makes a Service anew, as after a crash.
func (w *world) restart() { w.restartOn(w.st) }

func (w *world) restartOn(outbox act.Outbox) {
	var locks act.Locker
	if w.st.Replicated() {
		locks = w.st
	}
	posts := w.posts
	if posts == nil {
		posts = w.st
	}
	w.svc = act.New(w.set, act.Deps{
		Stores: act.Stores{Transactor: w.st, CaseStore: w.st, HistoryStore: w.st, Reader: w.st, VerdictStore: w.st, LessonStore: w.st, ReplyStore: w.st,
			Outbox: outbox, PostStore: posts, FoldStore: w.st, NoticeStore: w.st, SpikeStore: w.st, LinkStore: w.st},
		Platforms: map[string]bot.Platform{"slack": w.slack, "discord": w.discord},
		Answerer: func(name string) (bot.Answerer, bool) {
			if w.desk != nil && name == "desk" {
				return w.desk, true
			}
			return w.source, name == "masto"
		},
		TicketWays: func() []bot.Way {
			if w.desk == nil {
				return nil
			}
			return w.desk.WaysOf
		},
		Locks: locks, Now: w.clock.Now,
	})
}

func heard(n int, handle string) bot.Heard {
	at := time.Date(2026, 3, 10, 11, 58, 0, 0, time.UTC)
	return bot.Heard{
		Mention: bot.Mention{Source: "masto", Kind: "mastodon", ExternalID: fmt.Sprint("m", n), Text: fmt.Sprintf("Number %d: my Larkspur died after the update.", n),
			Author: bot.Author{ExternalID: "u-" + handle, Handle: handle, Followers: 12}, Watches: []string{"larkspur"}, CreatedAt: at, SeenAt: at,
			URL: "https://social.example/" + fmt.Sprint(n)},
		Verdict: bot.Verdict{Label: bot.Negative, Probs: bot.Probs{Negative: .94, Neutral: .04, Positive: .02}, Confidence: .94, Flagged: true, Language: "en",
			Topics: []bot.TopicHit{{Name: "firmware", Label: bot.Negative, Confidence: .9}}, Urgency: bot.Urgency{Level: bot.UrgencyNormal}, Voice: bot.FirstHand},
		Hash: uint64(n),
	}
}

// opens stores a mention and opens a case of it.
func (w *world) opens(opt ...act.OpenOptions) bot.Case {
	w.Helper()
	w.n++
	return w.opensOf(heard(w.n, fmt.Sprint("brew", w.n)), opt...)
}

func (w *world) opensOf(h bot.Heard, opt ...act.OpenOptions) bot.Case {
	w.Helper()
	var c bot.Case
	err := w.st.Transact(w.Context(), func(ctx context.Context) error {
		saved, err := w.st.SaveHeard(ctx, []bot.Heard{h})
		if err != nil {
			return err
		}
		o := act.OpenOptions{}
		if len(opt) > 0 {
			o = opt[0]
		}
		c, err = w.svc.Open(ctx, h, saved[0], "larkspur", o)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// work does every delivery that is due, until none is, and gives the errors of
// those that were put off.
func (w *world) work() []error {
	w.Helper()
	var put []error
	for range 50 {
		busy := false
		list, err := w.st.Deliveries(w.Context(), []bot.DeliveryState{bot.DeliveryDue, bot.DeliverySending, bot.DeliveryUncertain}, 5000)
		if err != nil {
			w.Fatal(err)
		}
		for _, d := range list {
			if d.DueAt.After(w.clock.Now()) {
				continue
			}
			if err := w.svc.Deliver(w.Context(), d.ID); err != nil {
				var e *bot.Error
				if !errors.As(err, &e) || e.RetryAfter <= 0 {
					w.Fatalf("deliver %s: %v", d.Kind, err)
				}
				put = append(put, err)
			} else {
				busy = true
			}
		}
		if !busy {
			return put
		}
	}
	w.Fatal("the outbox never empties")
	return nil
}

func (w *world) do(c bot.Case, by bot.Person, ch bot.Change) (bot.Case, error) {
	ch.By = by
	return w.svc.Do(w.Context(), c.ID, c.Version, ch)
}

func (w *world) must(c bot.Case, err error) bot.Case {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *world) now(id int64) bot.Case {
	w.Helper()
	c, err := w.st.Case(w.Context(), id)
	return w.must(c, err)
}

func (w *world) kind(err error, want bot.ErrorKind, words ...string) {
	w.Helper()
	if got := bot.KindOf(err); got != want {
		w.Fatalf("error %v is of kind %q, want %q", err, got, want)
	}
	for _, s := range words {
		if !strings.Contains(bot.Told(err), s) {
			w.Errorf("people read %q, which does not say %q", bot.Told(err), s)
		}
	}
}

// words is all that a view says.
func words(v bot.View) string {
	var b strings.Builder
	for _, bl := range v.Blocks {
		for _, s := range bl.Spans {
			b.WriteString(s.Text)
		}
		for _, row := range bl.Rows {
			b.WriteString("\n" + row.Label + " ")
			for _, s := range row.Spans {
				b.WriteString(s.Text)
			}
		}
		for _, bt := range bl.Buttons {
			b.WriteString(" [" + bt.Label + "]")
		}
		b.WriteString(bl.Text + "\n")
	}
	return b.String()
}

func (w *world) says(v bot.View, want ...string) {
	w.Helper()
	for _, s := range want {
		if !strings.Contains(words(v), s) {
			w.Errorf("it does not say %q:\n%s", s, words(v))
		}
	}
}

// card is the one card that stands in a channel.
func (w *world) card(p *acttest.Platform, channel string) acttest.Message {
	w.Helper()
	all := p.In(channel)
	if len(all) != 1 {
		w.Fatalf("%d messages stand in %s, want 1", len(all), channel)
	}
	return all[0]
}

func verbs(events []bot.Event) []bot.Verb {
	var out []bot.Verb
	for _, ev := range events {
		out = append(out, ev.Verb)
	}
	return out
}

func (w *world) events(id int64) []bot.Event {
	w.Helper()
	events, err := w.st.CaseEvents(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return events
}
