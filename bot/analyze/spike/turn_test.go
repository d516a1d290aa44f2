package spike

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// mixed is a calm watch, and then a fault of one topic of which every third
// speaks without a complaint: all mentions are striking before the complaints
// are.
func mixed(seed uint64, topic string) []Event {
	s := newStory(seed)
	s.calm(4, 1)
	s.burst(3*24*time.Hour+9*time.Hour, 30, topic, func(i int) bool { return i%3 != 0 })
	return s.sorted()
}

// TestOneEventIsOneCard: an episode of all mentions turns into one of
// complaints when those rise, under the time that it opened.
func TestOneEventIsOneCard(t *testing.T) {
	turned := 0
	for seed := range uint64(16) {
		for _, topic := range []string{"delivery", ""} {
			changes := play(NewEngine(larkspur()...), mixed(seed, topic))
			checkLives(t, changes)
			all := opened(changes)
			if len(all) != 1 {
				t.Errorf("seed %d, topic %q: %d cards for one event: %v", seed, topic, len(all), all)
				continue
			}
			last := changes[len(changes)-1].Spike
			if want := complaints(all[0].Series); last.Series != want || !last.OpenedAt.Equal(all[0].OpenedAt) {
				t.Errorf("seed %d: it ends as %+v of %s, want %+v of %s", seed, last.Series, last.OpenedAt, want, all[0].OpenedAt)
			}
			if !all[0].Series.Negative {
				turned++
			}
		}
	}
	if turned < 5 {
		t.Errorf("only %d of 32 episodes had to turn: the test shows nothing", turned)
	}
}

// TestTurnsAfterARestart: what turned is the same whatever was restored on the
// way.
func TestTurnsAfterARestart(t *testing.T) {
	events := mixed(1, "delivery")
	want := play(NewEngine(larkspur()...), events)
	e, got := NewEngine(larkspur()...), []Change(nil)
	for i, ev := range events {
		if i >= len(events)-60 {
			again, err := Restore(e.Snapshot())
			if err != nil {
				t.Fatal(err)
			}
			e = again
		}
		got = append(got, e.Observe(ev)...)
	}
	got = append(got, e.Tick(events[len(events)-1].At.Add(36*time.Hour))...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("restarted (-want +got):\n%s", diff)
	}
}

// TestNoEpisodeOfAFew: a card is never about fewer people than an alarm needs,
// of whatever its watch is made up.
func TestNoEpisodeOfAFew(t *testing.T) {
	cards := 0
	for seed := range uint64(20) {
		s := newStory(seed)
		s.calm(4, int(seed%4))
		n := 8 + s.rng.IntN(10)
		for _, topic := range []string{"price", "delivery", ""} {
			s.burst(3*24*time.Hour+9*time.Hour, n/2, topic, func(i int) bool { return i%4 != 0 })
		}
		changes := play(NewEngine(larkspur()...), s.sorted())
		checkLives(t, changes)
		cards += len(opened(changes))
	}
	if cards < 8 {
		t.Errorf("only %d cards: the test shows nothing", cards)
	}
}

// TestComplaintsThatAreNoneOfItsTopic: a card of all mentions whose topic hardly
// anybody complains of does not turn.
func TestComplaintsThatAreNoneOfItsTopic(t *testing.T) {
	s := newStory(3)
	s.calm(12, 2)
	s.burst(10*24*time.Hour+9*time.Hour, 60, "price", func(i int) bool { return i%12 == 0 })
	for _, c := range play(NewEngine(larkspur()...), s.sorted()) {
		if c.Spike.Series.Topic == "price" && c.Spike.Series != (bot.Series{Watch: "larkspur", Topic: "price"}) {
			t.Errorf("it turned into %+v", c.Spike.Series)
		}
	}
}
