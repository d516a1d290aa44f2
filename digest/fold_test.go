package digest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"earshot/bot"
)

// monday is the first day of the week of 9 to 15 March 2026.
func monday() time.Time { return time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC) }

// said is a mention of author, so many hours after monday.
func said(id, author int64, hours float64, stance bot.Stance, change func(*bot.Reading)) bot.Reading {
	label := map[bot.Stance]bot.Label{bot.Promoter: bot.Positive, bot.Detractor: bot.Negative, bot.Passive: bot.Mixed}[stance]
	r := bot.Reading{
		Mention: bot.Mention{ID: id, Source: "mastodon", Watches: []string{"Larkspur"}, Author: bot.Author{ID: author, Handle: fmt.Sprint("a", author)},
			Text: "Some words that somebody said about it", CreatedAt: monday().Add(time.Duration(hours * float64(time.Hour)))},
		Verdict: bot.Verdict{Label: label, Stance: stance, Voice: bot.FirstHand},
	}
	if change != nil {
		change(&r)
	}
	return r
}

// encodeDays rolls readings up, day by day.
func encodeDays(readings []bot.Reading) [][]byte {
	days := map[time.Time]*Day{}
	for _, r := range readings {
		at := dayOf(r.Mention.CreatedAt)
		if days[at] == nil {
			days[at] = NewDay(at)
		}
		days[at].Add(r)
	}
	var bodies [][]byte
	for _, d := range days {
		bodies = append(bodies, d.Encode())
	}
	return bodies
}

func stars(n float64) func(*bot.Reading) {
	return func(r *bot.Reading) { r.Mention.Rating = bot.Rating{Value: n, Of: 5} }
}

func survey(n float64) func(*bot.Reading) {
	return func(r *bot.Reading) { r.Mention.Rating = bot.Rating{Value: n, Of: 10, Survey: true} }
}

func answered(hours float64) func(*bot.Reading) {
	return func(r *bot.Reading) {
		r.AnsweredAt = monday().Add(time.Duration(hours * float64(time.Hour)))
	}
}

// TestStanceOfPerson holds the folding of one person's mentions to the design.
func TestStanceOfPerson(t *testing.T) {
	p, n, d := Tally{Promoters: 1}, Tally{Passives: 1}, Tally{Detractors: 1}
	tests := []struct {
		name   string
		say    []bot.Reading
		want   Tally // rated and told together
		survey Tally
		people int
	}{
		{"strong praise", []bot.Reading{said(1, 1, 1, bot.Promoter, nil)}, p, Tally{}, 1},
		{"nothing of their own", []bot.Reading{said(1, 1, 1, bot.Unqualified, nil)}, Tally{}, Tally{}, 1},
		{"the latest counts", []bot.Reading{said(1, 1, 1, bot.Detractor, nil), said(2, 1, 30, bot.Promoter, nil)}, p, Tally{}, 1},
		{"the latest that qualifies counts", []bot.Reading{said(1, 1, 1, bot.Detractor, nil), said(2, 1, 30, bot.Unqualified, nil)}, d, Tally{}, 1},
		{"a rating beats later words", []bot.Reading{said(1, 1, 1, bot.Passive, stars(5)), said(2, 1, 30, bot.Detractor, nil)}, p, Tally{}, 1},
		{"the latest rating counts", []bot.Reading{said(1, 1, 30, bot.Passive, stars(2)), said(2, 1, 1, bot.Passive, stars(5))}, d, Tally{}, 1},
		{"four stars are passive", []bot.Reading{said(1, 1, 1, bot.Promoter, stars(4))}, n, Tally{}, 1},
		{"an answered complaint is passive", []bot.Reading{said(1, 1, 1, bot.Detractor, answered(2))}, n, Tally{}, 1},
		{"an answered complaint, then delight", []bot.Reading{said(1, 1, 1, bot.Detractor, answered(2)), said(2, 1, 3, bot.Promoter, nil)}, p, Tally{}, 1},
		{"an answered complaint, still unhappy", []bot.Reading{said(1, 1, 1, bot.Detractor, answered(2)), said(2, 1, 3, bot.Detractor, nil)}, d, Tally{}, 1},
		{"two complaints before one answer", []bot.Reading{said(1, 1, 1, bot.Detractor, answered(9)), said(2, 1, 3, bot.Detractor, nil)}, n, Tally{}, 1},
		{"an answer after the window is none yet", []bot.Reading{said(1, 1, 1, bot.Detractor, answered(500))}, d, Tally{}, 1},
		{"an answered one-star review stays one", []bot.Reading{said(1, 1, 1, bot.Detractor, func(r *bot.Reading) { stars(1)(r); answered(2)(r) })}, d, Tally{}, 1},
		{"a survey alone is no public voice", []bot.Reading{said(1, 1, 1, bot.Unqualified, survey(9))}, Tally{}, p, 1},
		{"who speaks and was asked is what they answered", []bot.Reading{said(1, 1, 1, bot.Detractor, nil), said(2, 1, 3, bot.Unqualified, survey(8))}, n, n, 1},
		{"hearsay", []bot.Reading{said(1, 1, 1, bot.Detractor, func(r *bot.Reading) { r.Verdict.Voice = bot.Hearsay })}, Tally{}, Tally{}, 1},
		{"a repost", []bot.Reading{said(1, 1, 1, bot.Promoter, func(r *bot.Reading) { r.Mention.RepostOf = "9" })}, Tally{}, Tally{}, 1},
		{"news", []bot.Reading{said(1, 1, 1, bot.Promoter, func(r *bot.Reading) { r.Mention.Author.Automated = true })}, Tally{}, Tally{}, 1},
		{"our own staff", []bot.Reading{said(1, 1, 1, bot.Promoter, func(r *bot.Reading) { r.Mention.Author.Staff = true })}, Tally{}, Tally{}, 0},
		{"a deleted mention", []bot.Reading{said(1, 1, 1, bot.Promoter, func(r *bot.Reading) { r.Mention.Deleted = true })}, Tally{}, Tally{}, 0},
		{"one customer with two accounts", []bot.Reading{
			said(1, 1, 1, bot.Detractor, func(r *bot.Reading) { r.Mention.Author.CustomerID = 7 }),
			said(2, 2, 3, bot.Promoter, func(r *bot.Reading) { r.Mention.Author.CustomerID = 7 })}, p, Tally{}, 1},
		{"two anonymous mentions", []bot.Reading{said(1, 0, 1, bot.Detractor, nil), said(2, 0, 1, bot.Promoter, nil)}, Tally{Promoters: 1, Detractors: 1}, Tally{}, 2},
		{"outside the window", []bot.Reading{said(1, 1, -1, bot.Promoter, nil), said(2, 2, 7*24, bot.Promoter, nil)}, Tally{}, Tally{}, 0},
		{"the latest within the window of a day that is cut", []bot.Reading{said(1, 1, 1, bot.Promoter, nil), said(2, 1, -0.5, bot.Detractor, nil)}, p, Tally{}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, err := Fold(encodeDays(tt.say), monday(), monday().AddDate(0, 0, 7), nil)
			if err != nil {
				t.Fatal(err)
			}
			if w.Tally() != tt.want || w.Survey != tt.survey || w.People != tt.people {
				t.Errorf("%+v, survey %+v, %d people; want %+v, %+v, %d", w.Tally(), w.Survey, w.People, tt.want, tt.survey, tt.people)
			}
		})
	}
}

// randomReadings are readings of three weeks around the window.
func randomReadings(t *rapid.T) []bot.Reading {
	var out []bot.Reading
	for i := range rapid.IntRange(0, 60).Draw(t, "n") {
		stance := rapid.SampledFrom([]bot.Stance{bot.Promoter, bot.Passive, bot.Detractor, bot.Unqualified}).Draw(t, "stance")
		r := said(int64(i+1), rapid.Int64Range(0, 12).Draw(t, "author"), rapid.Float64Range(-168, 336).Draw(t, "hours"), stance, nil)
		r.Mention.Source = rapid.SampledFrom([]string{"mastodon", "reviews", "reddit"}).Draw(t, "source")
		for _, topic := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Firmware", "Delivery", "Price"}), 0, 3, rapid.ID[string]).Draw(t, "topics") {
			r.Verdict.Topics = append(r.Verdict.Topics, bot.TopicHit{Name: topic})
		}
		if rapid.IntRange(0, 4).Draw(t, "rated") == 0 {
			r.Mention.Rating = bot.Rating{Value: rapid.Float64Range(1, 5).Draw(t, "stars"), Of: 5}
		}
		out = append(out, r)
	}
	return out
}

// TestFoldAgreesWithItself is the property that a window's parts sum to the
// whole, that its split and its topics sum to the change, and that the order
// of the days does not matter.
func TestFoldAgreesWithItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		days := encodeDays(randomReadings(t))
		from, to := monday(), monday().AddDate(0, 0, 7)
		now, err := Fold(days, from, to, stepsOf(from, to, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		before, err := Fold(days, from.AddDate(0, 0, -7), from, nil)
		if err != nil {
			t.Fatal(err)
		}
		var bySource Tally
		for _, s := range now.Sources {
			bySource = bySource.Plus(s)
		}
		steps := 0
		for _, v := range now.Volume {
			steps += v.Promoters + v.Passives + v.Detractors + v.Others
		}
		if bySource != now.Tally() || steps != now.Mentions || now.Tally().N() > now.People {
			t.Fatalf("parts do not sum: %+v, steps %d", now, steps)
		}
		want := now.Estimate(nil).Score - before.Estimate(nil).Score
		split := SplitChange(before, now)
		var topics float64
		for _, m := range Moves(before, now) {
			topics += m.Change
		}
		if !near(split.Within+split.Mix, want, 1e-9) || !near(topics, want, 1e-9) {
			t.Fatalf("change %.6f, split %.6f + %.6f, topics %.6f", want, split.Within, split.Mix, topics)
		}
		rand.Shuffle(len(days), func(i, j int) { days[i], days[j] = days[j], days[i] })
		again, err := Fold(days, from, to, stepsOf(from, to, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		for name, tt := range again.Topics { // sums of floats may differ in the last bit
			if near(tt.Weight, now.Topics[name].Weight, 1e-9) {
				again.Topics[name] = now.Topics[name]
			}
		}
		if diff := cmp.Diff(now, again); diff != "" {
			t.Fatalf("another order of days:\n%s", diff)
		}
	})
}

// TestSplitKnowsMix checks the two pure cases.
func TestSplitKnowsMix(t *testing.T) {
	of := func(a, b Tally) Window { return Window{Told: a.Plus(b), Sources: map[string]Tally{"a": a, "b": b}} }
	mix := SplitChange(of(Tally{90, 0, 10}, Tally{10, 0, 90}), of(Tally{180, 0, 20}, Tally{0, 0, 0}))
	if !near(mix.Within, 0, 1e-9) || mix.Mix < 50 {
		t.Errorf("a silent source is no mix: %+v", mix)
	}
	within := SplitChange(of(Tally{90, 0, 10}, Tally{10, 0, 90}), of(Tally{90, 0, 10}, Tally{90, 0, 10}))
	if !near(within.Mix, 0, 1e-9) || within.Within < 50 {
		t.Errorf("people of one source changed their mind: %+v", within)
	}
}

func TestDayRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := NewDay(monday())
		for _, r := range randomReadings(t) {
			d.Add(r)
		}
		body := d.Encode()
		again, err := decodeDay(body)
		if err != nil {
			t.Fatal(err)
		}
		if string(again.Encode()) != string(body) || len(again.people) != len(d.people) || !again.Date.Equal(d.Date) {
			t.Fatal("a day changes when it is written and read")
		}
	})
}

// TestManyTopics checks that topics beyond those a day can tell apart are kept
// together, not lost.
func TestManyTopics(t *testing.T) {
	var rs []bot.Reading
	for i := range int64(100) {
		rs = append(rs, said(i+1, i+1, 1, bot.Detractor, func(r *bot.Reading) {
			r.Verdict.Topics = []bot.TopicHit{{Name: fmt.Sprint("topic ", i)}}
		}))
	}
	w, err := Fold(encodeDays(rs), monday(), monday().AddDate(0, 0, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := w.Topics[OtherTopics].Detractors; len(w.Topics) != maxTopics || n != 100-maxTopics+1 {
		t.Errorf("%d topics, %d people in the last", len(w.Topics), n)
	}
}

// decodeDay reads what Encode wrote.
func decodeDay(body []byte) (*Day, error) {
	r, err := openDay(body)
	if err != nil {
		return nil, err
	}
	d := &Day{Date: time.Unix(r.start, 0).UTC(), sources: r.sources, topics: r.topics, people: map[uint64][]record{}}
	for r.next() {
		d.people[r.key] = append(d.people[r.key], r.recs...)
	}
	if r.bad {
		return nil, fmt.Errorf("read roll-up: %w", errDay)
	}
	return d, nil
}

func FuzzDecodeDay(f *testing.F) {
	d := NewDay(monday())
	for i := range int64(5) {
		d.Add(said(i, i%3, float64(i), bot.Detractor, answered(9)))
	}
	f.Add(d.Encode())
	f.Add([]byte{dayVersion, 2, 0, 0, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := decodeDay(body)
		_, foldErr := Fold([][]byte{body}, time.Unix(0, 0), time.Unix(1<<40, 0), nil)
		if (err == nil) != (foldErr == nil) {
			t.Fatalf("decode says %v, fold says %v", err, foldErr)
		}
		if err != nil {
			return
		}
		if _, err := decodeDay(d.Encode()); err != nil {
			t.Errorf("what was read cannot be read again: %v", err)
		}
	})
}

// million is a month of a million mentions by 400,000 people, rolled up.
func million(n int) [][]byte {
	rng := rand.New(rand.NewPCG(1, 1))
	stances := []bot.Stance{bot.Promoter, bot.Passive, bot.Detractor, bot.Unqualified, bot.Unqualified}
	var bodies [][]byte
	for day := range 30 {
		d := NewDay(monday().AddDate(0, 0, day))
		for range n / 30 {
			at := d.Date.Add(time.Duration(rng.IntN(86400)) * time.Second)
			r := bot.Reading{Mention: bot.Mention{Source: []string{"mastodon", "reviews", "reddit"}[rng.IntN(3)], Author: bot.Author{ID: 1 + rng.Int64N(int64(n)*2/5)}, CreatedAt: at},
				Verdict: bot.Verdict{Stance: stances[rng.IntN(5)], Topics: []bot.TopicHit{{Name: fmt.Sprint("topic ", rng.IntN(12))}}}}
			d.Add(r)
		}
		bodies = append(bodies, d.Encode())
	}
	return bodies
}

func BenchmarkFold(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("month of %d mentions", n), func(b *testing.B) {
			days := million(n)
			size := 0
			for _, d := range days {
				size += len(d)
			}
			steps := stepsOf(monday(), monday().AddDate(0, 0, 30), time.UTC)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				if _, err := Fold(days, monday(), monday().AddDate(0, 0, 30), steps); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size)/float64(n), "bytes/mention")
			b.ReportMetric(math.Round(float64(n)*float64(b.N)/b.Elapsed().Seconds()), "mentions/s")
		})
	}
}

// TestTheSplitAddsUp: its parts sum to the change that is told beside it.
func TestTheSplitAddsUp(t *testing.T) {
	for _, tc := range []struct {
		split  Split
		change float64
		want   Split
		ok     bool
	}{
		{Split{-33, 1}, -37, Split{-33 * 37.0 / 32, 37.0 / 32}, true},
		{Split{10, -4}, 12, Split{20, -8}, true},
		{Split{10, -4}, -3, Split{}, false}, // the other way
		{Split{10, -10}, 3, Split{}, false}, // from nothing
		{Split{10, 0}, 40, Split{}, false},  // no mere stretch
		{Split{0, 0}, 0, Split{}, false},
	} {
		got, ok := tc.split.of(tc.change)
		if ok != tc.ok || math.Abs(got.Within-tc.want.Within) > 1e-9 || math.Abs(got.Mix-tc.want.Mix) > 1e-9 {
			t.Errorf("%+v of %v: %+v, %v", tc.split, tc.change, got, ok)
		}
		if ok && math.Abs(got.Within+got.Mix-tc.change) > 1e-9 {
			t.Errorf("%+v does not add up to %v", got, tc.change)
		}
	}
}
