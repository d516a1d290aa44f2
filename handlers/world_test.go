package handlers_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/act/acttest"
	"earshot/bot/relate/contrast"
	"earshot/digest"
	"earshot/handlers"
	"earshot/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

// world is a Desk over a real store, with a platform and a source.
type world struct {
	testing.TB
	st     *store.Store
	clock  *acttest.Clock
	slack  *acttest.Platform
	source *acttest.Source
	ticket []bot.Way // ways to open tickets
	svc    *act.Service
	desk   *handlers.Desk
	intake *fakeIntake
	asked  contrast.Query
	n, in  int
	words  string // hostile words in everything that somebody else wrote; "" for none
}

func person(name string) bot.Person {
	return bot.Person{Platform: "slack", ID: "U-" + name, Name: name}
}

func roles() map[string]bot.Role {
	return map[string]bot.Role{"slack:U-vic": bot.Viewer, "slack:U-rita": bot.Responder, "slack:U-lea": bot.Agent, "slack:U-max": bot.Agent,
		"slack:U-ada": bot.Approver, "slack:U-root": bot.Admin}
}

type fakeIntake struct {
	w     *world
	heard []bot.Mention
}

func (f *fakeIntake) MakeCase(ctx context.Context, m bot.Mention, by bot.Person) (int64, bool, error) {
	m.Source, m.Watches = "community", []string{"larkspur"}
	h := bot.Heard{Mention: m, Verdict: bot.Verdict{Label: bot.Neutral}}
	saved, err := f.w.st.SaveHeard(ctx, []bot.Heard{h})
	if err != nil {
		return 0, false, err
	}
	if saved[0].CaseID > 0 {
		return saved[0].CaseID, false, nil
	}
	c, err := f.w.svc.Open(ctx, h, saved[0], "larkspur", act.OpenOptions{By: by})
	return c.ID, true, err
}

func (f *fakeIntake) Overheard(_ context.Context, _, _ string, m bot.Mention) error {
	f.heard = append(f.heard, m)
	return nil
}

type fakeReports struct{}

func (fakeReports) NPS(_ context.Context, watch string, from, to time.Time) (bot.View, error) {
	return bot.Say(fmt.Sprintf("Social NPS (estimate) of %q over %s", watch, to.Sub(from))), nil
}
func (fakeReports) Preview(_ context.Context, audience string) (bot.View, error) {
	return bot.Say("Digest for " + audience), nil
}
func (fakeReports) CasesBehind(_ context.Context, digestID int64, arg string) (bot.CaseFilter, error) {
	if digestID != 3 {
		return bot.CaseFilter{}, bot.Errorf(bot.ErrNotFound, "This digest has not been made yet.")
	}
	return bot.CaseFilter{Watch: "larkspur", Topic: strings.TrimPrefix(arg, "topic:")}, nil
}
func (fakeReports) Audiences() []string { return []string{"leadership", "product"} }

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, clock: acttest.NewClock(), slack: &acttest.Platform{PlatformName: "slack"},
		source: &acttest.Source{WaysOf: []bot.Way{
			{Name: "public", Label: "Public reply on Mastodon as @larkspur", Public: true, Limit: 200, Place: "Mastodon"},
			{Name: "private", Label: "Direct message on Mastodon", Place: "Mastodon"}}}}
	st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "earshot.db"), Now: w.clock.Now, Sync: store.SyncNormal})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	w.st, w.intake = st, &fakeIntake{w: w}
	platforms := map[string]bot.Platform{"slack": w.slack}
	w.svc = act.New(act.Settings{
		Routes: []bot.Route{{Name: "support", Places: []bot.Place{{Platform: "slack", Channel: "#voc"}}, FirstAnswer: 30 * time.Minute,
			Escalation: bot.Escalation{Name: "the duty manager"},
			Guidelines: []bot.Guideline{{Topic: "firmware", Lines: []string{"Say sorry once.", "Offer the rollback to 4.1.", "No dates for 4.3.", "A fourth line."}, URL: "https://larkspur.example/guide"}}}},
		Roles: act.Roster{People: roles()}, Notices: []bot.Place{{Platform: "slack", Channel: "#ops"}},
	}, act.Deps{
		Stores:    act.Stores{Transactor: st, CaseStore: st, HistoryStore: st, Reader: st, VerdictStore: st, LessonStore: st, ReplyStore: st, Outbox: st, PostStore: st, FoldStore: st, NoticeStore: st, SpikeStore: st, LinkStore: st},
		Platforms: platforms, Now: w.clock.Now,
		Answerer:   func(name string) (bot.Answerer, bool) { return w.source, name == "masto" },
		TicketWays: func() []bot.Way { return w.ticket },
	})
	w.restart()
	return w
}

// aDesk is where tickets can be opened.
func aDesk() []bot.Way {
	return []bot.Way{{Name: "ticket:desk", Label: "Open a ticket in Zendesk", Place: "Zendesk", Internal: true, Source: "desk"}}
}

// restart makes a Desk anew, as after a crash.
func (w *world) restart() { w.desk = handlers.New(w.deps(func(*handlers.Deps) {})) }

// deps is what a Desk works with here, changed by change.
func (w *world) deps(change func(*handlers.Deps)) handlers.Deps {
	st := w.st
	deps := handlers.Deps{
		Act:   handlers.ActsOf(w.svc),
		Store: handlers.Stores{Transactor: st, CaseReader: st, HistoryReader: st, MentionReader: st, SpikeReader: st, SourceReader: st, DeliveryReader: st, LessonReader: st, CustomerReader: st},
		Inbox: st, Answers: st, Intake: w.intake, Reports: fakeReports{}, Grounds: fakeGrounds{}, Contrasts: fakeContrasts{&w.asked}, Audits: st, Sampler: digest.NewAuditor(st, []string{"larkspur"}, w.clock.Now), Platforms: map[string]bot.Platform{"slack": w.slack},
		Topics: slices.Concat([]string{"firmware", "price"}, w.names()), Watches: slices.Concat([]string{"larkspur", "rival"}, w.names()), Now: w.clock.Now,
		Label: func(source string) string { return map[string]string{"masto": "Mastodon"}[source] },
	}
	change(&deps)
	return deps
}

// opens stores a mention and opens a case of it, with its card.
func (w *world) opens() bot.Case {
	w.Helper()
	w.n++
	at := w.clock.Now().Add(-2 * time.Minute)
	h := bot.Heard{
		Mention: bot.Mention{Source: "masto", Kind: "mastodon", ExternalID: fmt.Sprint("m", w.n), Text: fmt.Sprintf("Number %d: my Larkspur died after the update.", w.n),
			Author: bot.Author{ExternalID: fmt.Sprint("u", w.n), Handle: fmt.Sprint("brew", w.n), Followers: 3400}, Watches: []string{"larkspur"}, CreatedAt: at, SeenAt: at, URL: "https://social.example/1"},
		Verdict: bot.Verdict{Label: bot.Negative, Probs: bot.Probs{Negative: .94, Neutral: .04, Positive: .02}, Flagged: true, Language: "en",
			Topics: []bot.TopicHit{{Name: "firmware", Label: bot.Negative, Confidence: .9}}, Urgency: bot.Urgency{Level: bot.UrgencyNormal}},
		Hash: uint64(w.n),
	}
	if w.words != "" {
		w.spoil(&h)
	}
	var c bot.Case
	err := w.st.Transact(w.Context(), func(ctx context.Context) error {
		saved, err := w.st.SaveHeard(ctx, []bot.Heard{h})
		if err != nil {
			return err
		}
		c, err = w.svc.Open(ctx, h, saved[0], "larkspur", act.OpenOptions{})
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	w.work()
	return c
}

func (w *world) work() {
	w.Helper()
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
			var e *bot.Error
			if err := w.svc.Deliver(w.Context(), d.ID); err == nil {
				busy = true
			} else if !errors.As(err, &e) || e.RetryAfter == 0 {
				w.Fatal(err)
			}
		}
		if !busy {
			return
		}
	}
}

// does hands an interaction to the desk as a platform would.
func (w *world) does(in bot.Interaction) bot.Answer {
	w.Helper()
	w.in++
	if in.ID == "" {
		in.ID = fmt.Sprint("i", w.in)
	}
	in.Platform, in.At = "slack", w.clock.Now()
	fresh, err := w.desk.Accept(w.Context(), in)
	if err != nil {
		w.Fatal(err)
	}
	if !fresh {
		return bot.Answer{}
	}
	a := w.desk.Handle(w.Context(), in)
	w.work()
	return a
}

func (w *world) types(who, line string) bot.Answer {
	w.Helper()
	return w.does(bot.Interaction{Kind: bot.DidCommand, By: person(who), Text: line})
}

func (w *world) presses(who, name string, target, version int64) bot.Answer {
	w.Helper()
	return w.does(bot.Interaction{Kind: bot.DidPress, By: person(who), Action: bot.ActionID{Name: name, Target: target, Version: version}})
}

// sends fills in the form of an answer and sends it.
func (w *world) sends(who string, a bot.Answer, values map[string]string) bot.Answer {
	w.Helper()
	if a.Form == nil {
		w.Fatalf("there is no form, but: %s", show(a))
	}
	w.fits(*a.Form)
	return w.does(bot.Interaction{Kind: bot.DidSubmit, By: person(who), Action: a.Form.Action, Values: values})
}

// fits checks what bot.Form promises to platforms.
func (w *world) fits(f bot.Form) {
	w.Helper()
	if n := len([]rune(f.Title)); n == 0 || n > 24 || len(f.Fields) > 4 || f.Submit == "" || len([]rune(f.Submit)) > 24 || len(f.Action.String()) > bot.MaxActionID {
		w.Errorf("the form does not fit a platform: %+v", f)
	}
	for _, field := range f.Fields {
		if len([]rune(field.Label)) > 45 || (field.Kind == bot.FieldChoice && len(field.Options) == 0) {
			w.Errorf("the field does not fit a platform: %+v", field)
		}
	}
}

// show is an answer as a person reads it.
func show(a bot.Answer) string {
	var b strings.Builder
	if a.Tell != nil {
		blocks(&b, a.Tell.Blocks)
	}
	if f := a.Form; f != nil {
		fmt.Fprintf(&b, "= %s\n", f.Title)
		blocks(&b, f.Intro)
		for _, field := range f.Fields {
			fmt.Fprintf(&b, "%s (%s): %s\n", field.Label, field.Hint, field.Value)
			for _, o := range field.Options {
				fmt.Fprintf(&b, "  ( ) %s\n", o.Label)
			}
		}
		fmt.Fprintf(&b, "[%s]", f.Submit)
		if f.Back != nil {
			fmt.Fprintf(&b, " [%s]", f.Back.Label)
		}
		b.WriteString("\n")
	}
	for _, k := range []string{"text", "reason", "cause", "action", "when", "time", "into", "who", "note", "topic", "until"} {
		if a.Errors[k] != "" {
			fmt.Fprintf(&b, "! %s: %s\n", k, a.Errors[k])
		}
	}
	return b.String()
}

func blocks(b *strings.Builder, all []bot.Block) {
	span := func(spans []bot.Span) {
		for _, s := range spans {
			if s.Kind == bot.SpanStrong {
				fmt.Fprintf(b, "**%s**", s.Text)
			} else {
				b.WriteString(s.Text)
			}
		}
		b.WriteString("\n")
	}
	for _, bl := range all {
		if bl.Text != "" {
			fmt.Fprintf(b, "`%s`\n", bl.Text)
		}
		if len(bl.Spans) > 0 {
			span(bl.Spans)
		}
		for _, row := range bl.Rows {
			fmt.Fprintf(b, "%s | ", row.Label)
			span(row.Spans)
		}
		for _, bt := range bl.Buttons {
			fmt.Fprintf(b, "[%s] ", bt.Label)
		}
		for _, m := range bl.Menus {
			fmt.Fprintf(b, "[%s v%d] ", m.Label, len(m.Options))
		}
		if bl.Kind == bot.BlockActions {
			b.WriteString("\n")
		}
	}
}

func (w *world) says(a bot.Answer, want ...string) {
	w.Helper()
	for _, s := range want {
		if !strings.Contains(show(a), s) {
			w.Errorf("it does not say %q:\n%s", s, show(a))
		}
	}
}

func (w *world) now(id int64) bot.Case {
	w.Helper()
	c, err := w.st.Case(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got): %s", path, d)
	}
}
