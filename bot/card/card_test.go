package card_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/card"
)

var update = flag.Bool("update", false, "write the golden files anew")

func now() time.Time { return time.Date(2026, 3, 10, 10, 16, 0, 0, time.UTC) }

func lea() bot.Person { return bot.Person{Platform: "slack", ID: "U1", Name: "Lea"} }

func options() card.Options {
	return card.Options{Now: now(), Zone: time.UTC, Permalink: "https://console.example/case/1042", Label: func(string) string { return "Mastodon" }}
}

// burnt is the case of the design's example.
func burnt() bot.Dossier {
	return bot.Dossier{
		Case: bot.Case{ID: 1042, Version: 3, State: bot.Open, Label: bot.Negative, Urgency: bot.UrgencyCritical, People: 12, OpenedAt: now().Add(-12 * time.Minute), DueAt: now().Add(18 * time.Minute)},
		Mention: bot.Mention{ID: 1, Source: "masto", Text: "My second Larkspur died after the 4.2 update. It smells burnt and nobody answers.", URL: "https://social.example/1",
			CreatedAt: now().Add(-12 * time.Minute), Author: bot.Author{Handle: "brewhilda", URL: "https://social.example/@brewhilda"}},
		Verdict: bot.Verdict{Label: bot.Negative, Probs: bot.Probs{Negative: .94}, Language: "en", Voice: bot.FirstHand, Topics: []bot.TopicHit{{Name: "Firmware"}, {Name: "Support"}},
			Urgency: bot.Urgency{Level: bot.UrgencyCritical, Points: 60, Reasons: []string{"smoke or fire is mentioned"}}},
		Speaker: bot.Speaker{Customer: bot.Customer{ID: 1, Tier: "gold", Since: time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)}, Author: bot.Author{Followers: 3400},
			LastCase: 987, LastState: bot.Resolved, Last30Days: 1},
		Since: now().Add(-12 * time.Minute),
	}
}

// state is a state of a case, with what makes it.
type state struct {
	name   string
	change func(d *bot.Dossier, o *card.Options)
}

func claimed(d *bot.Dossier) {
	d.Case.State, d.Case.Owner, d.Case.ClaimedAt = bot.Claimed, lea(), now().Add(-5*time.Minute)
}

func reply(state bot.ReplyState) func(*bot.Dossier, *card.Options) {
	return func(d *bot.Dossier, _ *card.Options) {
		claimed(d)
		d.Reply = bot.Reply{ID: 7, State: state, By: lea(), SendAt: now().Add(20 * time.Second), Note: "Kinder, please", Error: "Mastodon refused it: too long."}
	}
}

// states lists every state of a case.
func states() []state {
	answered := func(public bool) func(*bot.Dossier, *card.Options) {
		return func(d *bot.Dossier, _ *card.Options) {
			claimed(d)
			d.Case.State, d.Case.AnsweredAt, d.Case.AnsweredBy, d.Case.AnswerPublic = bot.Answered, d.Case.OpenedAt.Add(9*time.Minute), lea(), public
		}
	}
	return []state{
		{"open", func(*bot.Dossier, *card.Options) {}},
		{"open, shown late", func(_ *bot.Dossier, o *card.Options) { o.Delayed = 40 * time.Minute }},
		{"open, overdue", func(d *bot.Dossier, _ *card.Options) { d.Case.DueAt = now() }},
		{"open, escalated", func(d *bot.Dossier, _ *card.Options) {
			d.Case.EscalatedAt, d.Case.EscalatedTo = now(), "the duty manager"
		}},
		{"open, unsure, nobody known", func(d *bot.Dossier, _ *card.Options) {
			d.Verdict, d.Speaker, d.Case.Urgency, d.Case.People, d.Case.DueAt = bot.Verdict{Label: bot.Unsure, Language: "de"}, bot.Speaker{}, bot.UrgencyNormal, 1, time.Time{}
		}},
		{"open, only a rating", func(d *bot.Dossier, _ *card.Options) {
			d.Mention.Text, d.Mention.Rating, d.Case.Echoes, d.Case.People = "", bot.Rating{Value: 1, Of: 5}, 2, 1
		}},
		{"open, long, with a picture, deleted", func(d *bot.Dossier, _ *card.Options) {
			d.Mention.Text, d.Mention.Deleted = strings.Repeat("It smells burnt. ", 40), true
			d.Mention.Media = []bot.Media{{Type: "image", URL: "https://img.example/1.png"}}
		}},
		{"claimed", func(d *bot.Dossier, _ *card.Options) { claimed(d) }},
		{"claimed two days ago, snoozed", func(d *bot.Dossier, _ *card.Options) {
			claimed(d)
			d.Case.ClaimedAt, d.Case.SnoozedUntil = now().Add(-48*time.Hour), now().Add(6*24*time.Hour)
		}},
		{"claimed two days ago", func(d *bot.Dossier, _ *card.Options) { claimed(d); d.Case.ClaimedAt = now().Add(-48 * time.Hour) }},
		{"edited", func(d *bot.Dossier, _ *card.Options) { claimed(d); d.Case.EditedSince = true }},
		{"reply queued", reply(bot.ReplyQueued)}, {"reply sending", reply(bot.ReplySending)}, {"reply awaiting", reply(bot.ReplyAwaiting)},
		{"reply returned", reply(bot.ReplyReturned)}, {"reply failed", reply(bot.ReplyFailed)}, {"reply came back", reply(bot.ReplyCameBack)}, {"reply parked", reply(bot.ReplyParked)},
		{"reply outdated", func(d *bot.Dossier, o *card.Options) { reply(bot.ReplyOutdated)(d, o); d.Case.EditedSince = true }},
		{"answered in public", answered(true)}, {"answered in private", answered(false)},
		{"resolved", func(d *bot.Dossier, _ *card.Options) {
			d.Case.State, d.Case.RootCause, d.Case.Action = bot.Resolved, "faulty 4.2 update", "replacement sent"
		}},
		{"dismissed", func(d *bot.Dossier, _ *card.Options) {
			d.Case.State, d.Case.DismissReason = bot.Dismissed, bot.DismissNotUs
		}},
		{"erased", func(d *bot.Dossier, _ *card.Options) { *d = bot.Dossier{Case: d.Case, Erased: true} }},
		{"merged", func(d *bot.Dossier, _ *card.Options) { d.Case.State, d.Case.MergedInto = bot.Dismissed, 7 }},
	}
}

// doneStates lists what a case that is done says of a reply that is not.
func doneStates() []state {
	done := func(to bot.CaseState, of bot.ReplyState) func(*bot.Dossier, *card.Options) {
		return func(d *bot.Dossier, o *card.Options) {
			reply(of)(d, o)
			d.Case.State, d.Case.RootCause, d.Case.DismissReason = to, "faulty 4.2 update", bot.DismissNotUs
		}
	}
	return []state{
		{"resolved, reply queued", done(bot.Resolved, bot.ReplyQueued)}, {"resolved, reply awaiting", done(bot.Resolved, bot.ReplyAwaiting)},
		{"resolved, reply failed", done(bot.Resolved, bot.ReplyFailed)}, {"resolved, reply parked", done(bot.Resolved, bot.ReplyParked)},
		{"dismissed, reply queued: it is held back", done(bot.Dismissed, bot.ReplyQueued)}, {"dismissed, reply parked", done(bot.Dismissed, bot.ReplyParked)},
	}
}

func TestCases(t *testing.T) {
	var b strings.Builder
	for _, s := range append(states(), doneStates()...) {
		d, o := burnt(), options()
		s.change(&d, &o)
		fmt.Fprintf(&b, "--- %s\n", s.name)
		write(&b, card.Case(d, o))
	}
	golden(t, "testdata/cases.txt", b.String())
}

func ofSpike() bot.Spike {
	return bot.Spike{ID: 7, Version: 2, State: bot.SpikeOpen, Series: bot.Series{Watch: "Larkspur", Topic: "Firmware", Negative: true}, Since: now().Add(-16 * time.Minute),
		OpenedAt: now().Add(-10 * time.Minute), Count: 41, Expected: 6, Peak: 7.1, Rising: true, Mentions: 43, Reposts: 25, FirstHand: 17, Share: .9, UsualNeg: .4,
		Words: []string{"burnt smell", "4.2 update", "won't start", "a fourth"}, Why: "the highest 4 hours in 4 weeks"}
}

func TestSpikesFoldsAndNotices(t *testing.T) {
	var b strings.Builder
	show := func(name string, v bot.View) {
		fmt.Fprintf(&b, "--- %s\n", name)
		write(&b, v)
	}
	first, o := burnt().Mention, options()
	sp := ofSpike()
	show("spike, rising", card.Spike(sp, first, &bot.Image{Name: "spike.png", Alt: "Firmware, 48 hours"}, o))
	sp.Grounds = &bot.Grounds{Verdict: bot.ProductProblem, Mentions: 43, Repeats: 25, FirstHand: 17, Base: "orders", Rate: 3.44, RateUsual: .5,
		Rising: []bot.Rise{{Name: "tickets", Now: 12, Usual: 3}, {Name: "messages to us", Now: 5, Usual: .7}}}
	sp.Reach = []bot.Reach{{Author: "@brewpress", URL: "https://social.example/2", Followers: 120_400}, {Author: "@beans", Followers: 3_100}}
	sp.Elsewhere = []bot.Rise{{Name: "reviews", Now: 9, Usual: 1.04}, {Name: "mail", Usual: 2}, {Name: "forum", Now: 1, Usual: .1}}
	sp.Summary, sp.SummaryBy = "Machines die after the 4.2 update, some with a burnt smell.", "gpt-oss:20b"
	show("spike, a fact, summed up", card.Spike(sp, first, nil, o))
	sp.Grounds = &bot.Grounds{Verdict: bot.PerceptionProblem, Mentions: 43, Repeats: 30, Usual: []bot.Rise{{Name: "ärger", Now: 3, Usual: 3.2}}}
	show("spike, a rumour", card.Spike(sp, first, nil, o))
	sp.Grounds, sp.Summary = &bot.Grounds{Verdict: bot.NotEnoughData, Mentions: 43}, ""
	sp.Reach, sp.Elsewhere = nil, nil
	sp.Owner, sp.Rising, sp.Muted = lea(), false, true
	show("spike, claimed and muted", card.Spike(sp, first, nil, o))
	sp.Series, sp.Expected, sp.Count = bot.Series{Watch: "Larkspur"}, 1.2, 1432
	show("spike of all mentions", card.Spike(sp, bot.Mention{}, nil, o))
	sp.Expected = .1
	sp.State, sp.ClosedAt = bot.SpikeOver, sp.Since.Add(5*time.Hour)
	show("spike, over", card.Spike(sp, first, nil, o))
	f := bot.Fold{ID: 4, Since: now().Add(-30 * time.Hour), Cases: make([]int64, 1234)}
	show("fold", card.Fold(f, []bot.Dossier{burnt(), burnt(), burnt(), burnt(), burnt(), burnt()}, o))
	f.Cases = f.Cases[:1]
	show("fold of one", card.Fold(f, nil, o))
	show("notice", card.Told(bot.Notice{Text: "Reddit is silent since Thu 14:00.", Mend: "Look at its token."}))
	show("notice, mended", card.Told(bot.Notice{Text: "Reddit is silent since Thu 14:00.", At: now().Add(-90 * time.Minute), Mended: now()}))
	show("note", card.Note(bot.Event{At: now(), By: lea(), Text: "escalated it: smoke", Loud: true}, []bot.Person{{Platform: "slack", ID: "U9", Name: "Max"}}))
	golden(t, "testdata/others.txt", b.String())
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "a second", 0: "a second", 45 * time.Second: "45 s", time.Minute: "1 min", 59*time.Minute + 59*time.Second: "59 min", time.Hour: "1 h",
		130 * time.Minute: "2 h 10 min", 5 * time.Hour: "5 h", 23*time.Hour + 17*time.Minute: "23 h", 47 * time.Hour: "47 h", 48 * time.Hour: "2 days", 1000 * time.Hour: "41 days",
	} {
		if got := card.Span(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}

// write sets a view as plain lines.
func write(b *strings.Builder, v bot.View) {
	fmt.Fprintf(b, "(%s) %s\n", v.Accent, v.Notice)
	for _, bl := range v.Blocks {
		fmt.Fprintf(b, "%-8s %s", bl.Kind, spans(bl.Spans))
		if bl.Image != nil {
			fmt.Fprintf(b, "{%s %s%s}", bl.Image.Alt, bl.Image.URL, bl.Image.Name)
		}
		for _, r := range bl.Rows {
			fmt.Fprintf(b, "\n  %s | %s", r.Label, spans(r.Spans))
		}
		for _, bt := range bl.Buttons {
			fmt.Fprintf(b, "[%s%s: %s] ", bt.Label, map[bool]string{true: "!"}[bt.Style == bot.ButtonMain], bt.Action)
		}
		for _, m := range bl.Menus {
			fmt.Fprintf(b, "\n  %s:", m.Label)
			for _, o := range m.Options {
				fmt.Fprintf(b, " [%s: %s]", o.Label, o.Action)
			}
		}
		b.WriteString("\n")
	}
}

func spans(all []bot.Span) string {
	var b strings.Builder
	for _, s := range all {
		switch s.Kind {
		case bot.SpanStrong:
			fmt.Fprintf(&b, "**%s**", s.Text)
		case bot.SpanLink:
			fmt.Fprintf(&b, "[%s](%s)", s.Text, s.URL)
		case bot.SpanTime:
			fmt.Fprintf(&b, "<%s %s>", s.Style, s.Text)
		case bot.SpanPerson:
			fmt.Fprintf(&b, "@%s%s", s.Text, map[bool]string{true: "!"}[s.Ping])
		default:
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

func golden(t *testing.T, path, got string) {
	t.Helper()
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
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}
