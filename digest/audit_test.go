package digest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/digest/quantify"
)

// drawer is where samples are kept, in memory.
type drawer struct {
	said  map[string]int // mentions of a watch in the week
	drawn map[string][]int64
	weeks []time.Time
}

func (d *drawer) Transact(ctx context.Context, fn func(ctx context.Context) error) error {
	return fn(ctx)
}

func (d *drawer) AuditCandidates(_ context.Context, watch string, from, to time.Time, fn func(int64)) error {
	d.weeks = append(d.weeks, from, to)
	for id := range int64(d.said[watch]) {
		if !slices.Contains(d.drawn[watch], id) {
			fn(id)
		}
	}
	return nil
}

func (d *drawer) AuditDrawn(_ context.Context, watch string, _ time.Time) (int, error) {
	return len(d.drawn[watch]), nil
}

func (d *drawer) SaveAuditSample(_ context.Context, watch string, _ time.Time, ids []int64) error {
	d.drawn[watch] = append(d.drawn[watch], ids...)
	return nil
}

// TestDraw: a week is drawn from once, the last whole one; more is drawn when
// somebody asks, and nothing twice.
func TestDraw(t *testing.T) {
	d := &drawer{said: map[string]int{"Larkspur": 60, "Rival": 5}, drawn: map[string][]int64{}}
	a := NewAuditor(d, []string{"Larkspur", "Rival"}, func() time.Time { return monday().AddDate(0, 0, 9).Add(3 * time.Hour) })
	for range 3 {
		if err := a.Draw(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.drawn["Larkspur"]) != AuditSize || len(d.drawn["Rival"]) != 5 || len(d.weeks) != 4 {
		t.Errorf("drawn %v from %v", d.drawn, d.weeks)
	}
	if d.weeks[0] != monday() || d.weeks[1] != monday().AddDate(0, 0, 7) {
		t.Errorf("drawn from %v to %v", d.weeks[0], d.weeks[1])
	}
	for _, watch := range []string{"Larkspur", "", ""} {
		if err := a.More(t.Context(), watch); err != nil {
			t.Fatal(err)
		}
	}
	got := slices.Sorted(slices.Values(d.drawn["Larkspur"]))
	if len(got) != 60 || len(slices.Compact(got)) != 60 {
		t.Errorf("drawn in the end: %v", got)
	}
}

// TestDrawIsUniform: over many weeks every mention is drawn about as often.
func TestDrawIsUniform(t *testing.T) {
	const said, weeks = 100, 2000
	var hits [said]int
	for w := range weeks {
		d := &drawer{said: map[string]int{"Larkspur": said}, drawn: map[string][]int64{}}
		a := NewAuditor(d, []string{"Larkspur"}, func() time.Time { return monday().AddDate(0, 0, 7*w) })
		if err := a.Draw(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, id := range d.drawn["Larkspur"] {
			hits[id]++
		}
	}
	for id, n := range hits { // 500 are expected, with a deviation of 19
		if n < 410 || n > 590 {
			t.Errorf("mention %d was drawn %d times of %d", id, n, weeks)
		}
	}
}

func TestWeekBefore(t *testing.T) {
	for days, want := range map[int]time.Time{0: monday().AddDate(0, 0, -7), 6: monday().AddDate(0, 0, -7), 7: monday(), 13: monday(), -1: monday().AddDate(0, 0, -14)} {
		if got := weekBefore(monday().AddDate(0, 0, days).Add(23 * time.Hour)); !got.Equal(want) {
			t.Errorf("%d days after Monday: %s, want %s", days, got, want)
		}
	}
}

// labelled are mentions of which the machine said one thing and a person
// another.
func labelled(n int, machine bot.Label, stance bot.Stance, person bot.AuditLabel) []bot.Audited {
	a := bot.Audited{Watch: "Larkspur", Model: "made up", Label: machine, Stance: stance}
	switch person {
	case bot.AuditNegative:
		a.Negative = 1
	case bot.AuditNeutral:
		a.Neutral = 1
	case bot.AuditPositive:
		a.Positive = 1
	default:
		a.NotUs = 1
	}
	return slices.Repeat([]bot.Audited{a}, n)
}

// aMonth is what a team labels in a month.
func aMonth() []bot.Audited {
	return slices.Concat(
		labelled(36, bot.Negative, bot.Detractor, bot.AuditNegative), labelled(9, bot.Neutral, bot.Unqualified, bot.AuditNegative),
		labelled(5, bot.Negative, bot.Detractor, bot.AuditNeutral), labelled(30, bot.Neutral, bot.Unqualified, bot.AuditNeutral),
		labelled(31, bot.Positive, bot.Passive, bot.AuditPositive), labelled(6, bot.Positive, bot.Promoter, bot.AuditPositive),
		labelled(3, bot.Neutral, bot.Unqualified, bot.AuditPositive), labelled(2, bot.Unsure, bot.Unqualified, bot.AuditNeutral),
		labelled(3, bot.Negative, bot.Detractor, bot.AuditNotUs))
}

func TestAccuracy(t *testing.T) {
	all := aMonth()
	twice := bot.Audited{Watch: "Larkspur", Model: "made up", Label: bot.Mixed, Probs: bot.Probs{Negative: 0.4, Neutral: 0.2, Positive: 0.4}, Negative: 1, Positive: 1}
	agreed := bot.Audited{Watch: "Larkspur", Model: "made up", Label: bot.Positive, Positive: 2}
	other, older := agreed, agreed
	other.Watch, older.Model = "Rival", "another"
	got := accuracyOf(append(all, twice, agreed, other, older), "Larkspur", "made up")
	want := Accuracy{Checked: 122, Share: 104.5 / 122, Unsure: 2, NotUs: 3, Twice: 2, Agreed: 1, Matrix: true, ForIt: 128}
	want.Low, want.High = quantify.Wilson(104.5, 122)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got): %s", d)
	}
	if got := accuracyOf(nil, "Larkspur", "made up"); got.Enough() || got.Matrix || got.High != 1 {
		t.Errorf("of nothing: %+v", got)
	}
}

// TestConfusionOfLabels: of a mention that people disagree about each says its
// share, and other models' mentions say nothing.
func TestConfusionOfLabels(t *testing.T) {
	a := bot.Audited{Model: "made up", Label: bot.Negative, Stance: bot.Detractor, Negative: 1, NotUs: 1}
	other := a
	other.Model = "another"
	want := quantify.Confusion{{quantify.SaysDetractor: 0.5}, {quantify.SaysDetractor: 0.5}, {}}
	if got := confusion([]bot.Audited{a, other, {Model: "made up"}}, "made up"); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestDigestCorrected: with what people labelled, the score is corrected, the
// one that was counted stands beside it in the data, and the accuracy is told;
// with few labels it asks for more.
func TestDigestCorrected(t *testing.T) {
	m, a := larkspur(t)
	for i, r := range m.readings {
		if r.Verdict.Label == bot.Mixed {
			m.readings[i].Verdict.Label = bot.Positive
		}
	}
	from, to := a.Period.Before(made(), a.Zone)
	b := NewBuilder(m, Settings{Audiences: []Audience{a}, Model: "made up", Now: made, Log: quiet()})
	preview := func() Report {
		t.Helper()
		r, err := b.Preview(t.Context(), a, from, to)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	m.audited = aMonth()
	r := preview()
	if r.SocialNPS.By != quantify.FromAudit || r.SocialNPS.Raw != r.Raw.Score || r.SocialNPS.Score == r.Raw.Score || r.History[len(r.History)-1].Estimate != r.SocialNPS {
		t.Errorf("%+v, counted %+v", r.SocialNPS, r.Raw)
	}
	if again := preview(); again.SocialNPS != r.SocialNPS || again.Change != r.Change {
		t.Errorf("another time it is %+v", again.SocialNPS)
	}
	golden(t, "corrected.txt", words(r.View(made(), a.Zone)))
	m.audited = m.audited[:20]
	r = preview()
	if r.SocialNPS.By != quantify.FromNothing || r.SocialNPS.Score != r.Raw.Score || r.SocialNPS.Low >= r.Raw.Low {
		t.Errorf("nothing known: %+v, counted %+v", r.SocialNPS, r.Raw)
	}
	golden(t, "unchecked.txt", words(r.View(made(), a.Zone)))
	m.failAt = "Audited"
	if _, err := b.Preview(t.Context(), a, from, to); err == nil {
		t.Error("what was labelled cannot be read, and nobody says so")
	}
}
