package spike

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// A mention counts as a complaint in the series of what it complains of: of its
// watches, and of its topics.
func TestEventsOfWatches(t *testing.T) {
	at := time.Date(2026, 3, 9, 10, 0, 0, 0, time.UTC)
	r := bot.Reading{
		Mention: bot.Mention{CreatedAt: at, Watches: []string{"Larkspur", "Wren"}, Author: bot.Author{ID: 7}},
		Verdict: bot.Verdict{Label: bot.Mixed, Topics: []bot.TopicHit{{Name: "app", Label: bot.Positive}, {Name: "delivery", Label: bot.Negative}, {Name: "price"}},
			Towards: []bot.WatchHit{{Watch: "Larkspur", Label: bot.Negative}, {Watch: "Wren", Label: bot.Positive}}},
	}
	topics := []string{"app", "delivery", "price"}
	want := []Event{
		{At: at, Watch: "Larkspur", Topics: topics, Author: 7, Negative: true, Against: []bool{false, true, true}},
		{At: at, Watch: "Wren", Topics: topics, Author: 7, Against: []bool{false, true, false}},
	}
	if d := cmp.Diff(want, EventsOf(r)); d != "" {
		t.Error(d)
	}
	for series, belongs := range map[bot.Series]bool{
		{Watch: "Larkspur", Negative: true}:                    true,
		{Watch: "Wren", Negative: true}:                        false,
		{Watch: "Wren"}:                                        true,
		{Watch: "Larkspur", Topic: "app", Negative: true}:      false,
		{Watch: "Larkspur", Topic: "app"}:                      true,
		{Watch: "Larkspur", Topic: "delivery", Negative: true}: true,
	} {
		if Belongs(series, r) != belongs {
			t.Errorf("%+v: belongs is %v", series, !belongs)
		}
	}
	e := NewEngine()
	for _, ev := range EventsOf(r) {
		e.Observe(ev)
	}
	for series, counted := range map[bot.Series]bool{
		{Watch: "Larkspur", Topic: "delivery", Negative: true}: true, {Watch: "Larkspur", Topic: "app", Negative: true}: false, {Watch: "Wren", Negative: true}: false,
	} {
		if _, ok := e.lines[series]; ok != counted {
			t.Errorf("%+v: counted is %v", series, ok)
		}
	}
}

// Where all is one, nothing is told apart.
func TestEventsOfOne(t *testing.T) {
	r := bot.Reading{Mention: bot.Mention{Watches: []string{"Larkspur"}}, Verdict: bot.Verdict{Label: bot.Negative, Topics: []bot.TopicHit{{Name: "app"}, {Name: "price", Label: bot.Negative}}}}
	if got := EventsOf(r); len(got) != 1 || got[0].Against != nil || !got[0].Negative {
		t.Errorf("%+v", got)
	}
}
