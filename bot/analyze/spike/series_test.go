package spike

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

func TestReadSeries(t *testing.T) {
	in := "\ufefftimestamp,value\n" +
		"2026-01-05 00:00:00,3\n" +
		"yesterday,3\n" +
		"2026-01-05 00:05:00,many\n" +
		"2026-01-05 00:10:00\n" +
		"2026-01-05 00:00:00,4\n" +
		"2026-01-05 00:15:00,-1\n" +
		"2026-01-05 00:20:00,NaN\n" +
		"2026-01-05T01:25:00+01:00,5\n"
	rows, bad, err := ReadSeries(strings.NewReader(in), "s.csv")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[1].Line != 9 || !rows[1].At.Equal(monday().Add(25*time.Minute)) {
		t.Errorf("rows %+v", rows)
	}
	var where []string
	for _, b := range bad {
		where = append(where, b.Where+": "+b.Reason)
	}
	want := []string{
		`s.csv, line 3: "yesterday" is no time; write 2026-03-09 10:05:00 or 2026-03-09T10:05:00Z`,
		`s.csv, line 4: "many" is no count; write a number that is not negative`,
		`s.csv, line 5: the line is too short: timestamp and value are needed`,
		`s.csv, line 6: its time is not after the row before; rows must be in order`,
		`s.csv, line 7: "-1" is no count; write a number that is not negative`,
		`s.csv, line 8: "NaN" is no count; write a number that is not negative`,
	}
	if diff := cmp.Diff(want, where); diff != "" {
		t.Errorf("rejected (-want +got):\n%s", diff)
	}
}

func TestReadSeriesRefuses(t *testing.T) {
	for _, in := range []string{"", "time,count\n1,2\n"} {
		if _, _, err := ReadSeries(strings.NewReader(in), "s.csv"); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%q gives %v", in, err)
		}
	}
}

func rowsEvery(step time.Duration, n int, value func(i int) float64) []Row {
	rows := make([]Row, n)
	for i := range rows {
		at := monday().Add(time.Duration(i) * step)
		rows[i] = Row{Stamp: at.Format(time.DateTime), At: at, Value: value(i)}
	}
	return rows
}

func TestEvalSeries(t *testing.T) {
	for _, step := range []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour} {
		perHour := float64(step) / float64(time.Hour)
		at := int(20 * 24 * time.Hour / step)
		rows := rowsEvery(step, at+int(24*time.Hour/step), func(i int) float64 {
			if i >= at && i < at+int(4*time.Hour/step) {
				return 120 * perHour
			}
			return 12 * perHour
		})
		if err := EvalSeries(rows); err != nil {
			t.Fatal(err)
		}
		began := 0
		for i, r := range rows {
			if r.Score >= 0.5 {
				began++
				if i < at || i > at+int(3*time.Hour/step) {
					t.Errorf("step %s: an episode begins at row %d, the burst at %d", step, i, at)
				}
			}
		}
		if began != 1 {
			t.Errorf("step %s: %d episodes, want 1", step, began)
		}
	}
	for _, step := range []time.Duration{time.Minute, 7 * time.Minute, 24 * time.Hour} {
		if err := EvalSeries(rowsEvery(step, 10, func(int) float64 { return 1 })); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("bins of %s give %v", step, err)
		}
	}
}

// TestEvalSeriesLooksBackOnly checks that a score does not know what follows.
func TestEvalSeriesLooksBackOnly(t *testing.T) {
	w := newWorld(9, 12)
	all := rowsEvery(Step, 20*288, func(i int) float64 {
		if i%3000 == 2900 {
			return 60
		}
		return float64(w.draw(1))
	})
	part := append([]Row(nil), all[:3100]...)
	if err := EvalSeries(all); err != nil {
		t.Fatal(err)
	}
	if err := EvalSeries(part); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all[:3100], part); diff != "" {
		t.Errorf("a longer series has other scores at its start:\n%s", diff)
	}
}

func TestWriteSeries(t *testing.T) {
	var b strings.Builder
	rows := []Row{{Stamp: "2026-01-05 00:00:00", Value: 3, Score: 0.25}, {Stamp: "2026-01-05 00:05:00", Value: 40, Score: 1}}
	if err := WriteSeries(&b, rows); err != nil {
		t.Fatal(err)
	}
	want := "timestamp,value,anomaly_score\n2026-01-05 00:00:00,3,0.250000\n2026-01-05 00:05:00,40,1.000000\n"
	if b.String() != want {
		t.Errorf("wrote %q, want %q", b.String(), want)
	}
}

func FuzzReadSeries(f *testing.F) {
	f.Add("timestamp,value\n2026-01-05 00:00:00,3\n2026-01-05 00:05:00,4\n2026-01-05 00:10:00,4\n")
	f.Add("timestamp,value\n\"\n")
	f.Fuzz(func(t *testing.T, in string) {
		rows, _, err := ReadSeries(strings.NewReader(in), "f")
		if err != nil || EvalSeries(rows) != nil {
			return
		}
		for _, r := range rows {
			if !(r.Score >= 0 && r.Score <= 1) {
				t.Errorf("score %v of %v", r.Score, r)
			}
		}
	})
}

// reading is a mention of the watch larkspur.
func reading(id int64, at time.Duration, text string, change func(*bot.Reading)) bot.Reading {
	r := bot.Reading{Mention: bot.Mention{ID: id, Source: "mastodon", Watches: []string{"larkspur"}, Author: bot.Author{ID: id}, Text: text, CreatedAt: monday().Add(at)},
		Verdict: bot.Verdict{Label: bot.Negative, Voice: bot.FirstHand, Topics: []bot.TopicHit{{Name: "firmware"}}}}
	if change != nil {
		change(&r)
	}
	return r
}

func TestExplain(t *testing.T) {
	var before, during []bot.Reading
	for i := range int64(80) {
		before = append(before, reading(i+1, 0, fmt.Sprintf("My Larkspur is so so, the coffee number %d was cold and the app is slow", i), nil))
	}
	for i := range int64(20) {
		during = append(during, reading(500+i, time.Hour+time.Duration(i)*time.Minute, fmt.Sprintf("Since the 4.2 update there is a burnt smell %d from my Larkspur", i), nil))
	}
	during = append(during,
		reading(600, 30*time.Minute, "First: burnt smell from the kitchen", func(r *bot.Reading) { r.Mention.Source = "reddit"; r.Verdict.Voice = bot.Hearsay }),
		reading(601, 2*time.Hour, "Since the 4.2 update", func(r *bot.Reading) { r.Mention.RepostOf = "500" }),
		reading(602, 2*time.Hour, "I love it", func(r *bot.Reading) { r.Verdict.Label = bot.Positive }),
		reading(603, 2*time.Hour, "deleted", func(r *bot.Reading) { r.Mention.Deleted = true }),
	)
	got := Explain(bot.Spike{ID: 7, Series: bot.Series{Watch: "larkspur", Topic: "firmware", Negative: true}}, during, before)
	want := bot.Spike{ID: 7, Series: got.Series, FirstID: 600, Mentions: 22, Reposts: 1, FirstHand: 20,
		Words: []string{"burnt smell", "4.2 update"}, Sources: []bot.Count{{Name: "mastodon", N: 21}, {Name: "reddit", N: 1}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("explained (-want +got):\n%s", diff)
	}
}

func TestExplainNothing(t *testing.T) {
	got := Explain(bot.Spike{Series: bot.Series{Watch: "larkspur"}}, nil, nil)
	if got.Mentions != 0 || got.FirstID != 0 || len(got.Words) != 0 {
		t.Errorf("explained nothing as %+v", got)
	}
}

func TestMerge(t *testing.T) {
	stored := bot.Spike{ID: 7, Version: 3, Owner: bot.Person{ID: "u1"}, Muted: true, Words: []string{"smell"}, Count: 10, Peak: 9}
	got := Merge(stored, bot.Spike{Count: 20, Peak: 4, State: bot.SpikeOver})
	want := bot.Spike{ID: 7, Version: 3, Owner: bot.Person{ID: "u1"}, Muted: true, Words: []string{"smell"}, Count: 20, Peak: 9, State: bot.SpikeOver}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
}

func TestEventsOf(t *testing.T) {
	r := reading(1, 0, "bad", func(r *bot.Reading) { r.Mention.Watches = []string{"a", "b"} })
	if got := EventsOf(r); len(got) != 2 || got[1].Watch != "b" || !got[0].Negative || got[0].Topics[0] != "firmware" {
		t.Errorf("events %+v", got)
	}
	for name, change := range map[string]func(*bot.Reading){
		"staff":   func(r *bot.Reading) { r.Mention.Author.Staff = true },
		"bot":     func(r *bot.Reading) { r.Mention.Author.Automated = true },
		"deleted": func(r *bot.Reading) { r.Mention.Deleted = true },
	} {
		if got := EventsOf(reading(1, 0, "bad", change)); got != nil {
			t.Errorf("%s counts: %+v", name, got)
		}
	}
}
