package intake

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/analyze/spike"
	"earshot/store"
)

// seen is the series that spikes were shown under, in order.
type seen struct{ series []bot.Series }

func (c *seen) OpenSpike(_ context.Context, sp bot.Spike) error {
	c.series = append(c.series, sp.Series)
	return nil
}

func (c *seen) UpdateSpike(ctx context.Context, sp bot.Spike) error { return c.OpenSpike(ctx, sp) }

// fault is a calm stretch and then an event that all speak of before most
// complain.
func fault() []bot.Heard {
	var all []bot.Heard
	rng := rand.New(rand.NewPCG(1, 3))
	say := func(at time.Time, topic string, negative bool) {
		label := bot.Neutral
		if negative {
			label = bot.Negative
		}
		id := strings.Repeat("x", len(all)+1)
		all = append(all, bot.Heard{Mention: bot.Mention{Source: "s", ExternalID: id, Text: "words", CreatedAt: at, SeenAt: at, Watches: []string{"larkspur"},
			Author: bot.Author{ExternalID: id}}, Verdict: bot.Verdict{Label: label, Topics: []bot.TopicHit{{Name: topic}}}})
	}
	start := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	for h := range 8 * 24 {
		say(start.Add(time.Duration(h)*time.Hour+time.Duration(rng.IntN(3600))*time.Second), "price", h%5 == 0)
	}
	for i := range 30 {
		say(start.Add(8*24*time.Hour+time.Duration(i)*4*time.Minute), "delivery", i%3 != 0)
	}
	return all
}

// TestOneEventIsStoredOnce: an episode that turns into one of complaints is the
// same spike, also when the process was killed on the way and starts anew from
// nothing.
func TestOneEventIsStoredOnce(t *testing.T) {
	var now time.Time
	st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "earshot.db"), Now: func() time.Time { return now }, Sync: store.SyncNormal})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	cards := &seen{}
	start := func() *Spikes {
		s := NewSpikes(st, cards, spike.SeriesOf("larkspur", "price", "delivery"), slog.New(slog.DiscardHandler), func() time.Time { return now })
		if err := s.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s
	}
	heard := fault()
	now = heard[0].Mention.CreatedAt
	s := start()
	for i := range heard {
		now = heard[i].Mention.CreatedAt
		saved, err := st.SaveHeard(t.Context(), heard[i:i+1])
		if err != nil {
			t.Fatal(err)
		}
		heard[i].Mention.ID, heard[i].Mention.Author.ID = saved[0].ID, saved[0].AuthorID
		if err := s.Heard(t.Context(), heard[i:i+1]); err != nil {
			t.Fatal(err)
		}
		if i > len(heard)-20 { // killed: the snapshot is as old as the last hour
			s = start()
		}
	}
	spikes, err := st.Spikes(t.Context(), time.Time{}, time.Time{}, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(spikes) != 1 || !spikes[0].Series.Negative || spikes[0].Count < 8 {
		t.Errorf("%d spikes are stored, want one of complaints: %+v", len(spikes), spikes)
	}
	if len(cards.series) == 0 || cards.series[0].Negative || !cards.series[len(cards.series)-1].Negative {
		t.Errorf("its card was shown under %+v: the test shows nothing", cards.series)
	}
}
