package digest

import (
	"math"
	"testing"
	"time"
)

// TestVolumeByDay: days keep their names where the period begins within one.
func TestVolumeByDay(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, time.UTC) }
	r := Report{From: at(9, 17), To: at(12, 17), Volume: []Volume{{From: at(9, 17)}, {From: at(10, 0)}, {From: at(11, 0)}, {From: at(12, 0)}}}
	want := []string{"9 Mar", "10 Mar", "11 Mar", "12 Mar"}
	for i, s := range volumeData(r, time.UTC).Steps {
		if s.Label != want[i] {
			t.Errorf("step %d is called %q, want %q", i, s.Label, want[i])
		}
	}
}

// TestBarsAddUp: what the chart shows sums to the score that is told.
func TestBarsAddUp(t *testing.T) {
	moves := []TopicMove{{Topic: "Firmware", Points: -26}, {Topic: "App", Points: 1.1}, {Topic: OtherTopics, Points: -3}, {Topic: "Price", Points: 0.01}}
	bars := topicBars(moves, -31)
	sum := 0.0
	for _, b := range bars {
		sum += b.Points
	}
	if last := bars[len(bars)-1].Topic; math.Abs(sum+31) > 1e-9 || last != allElse || len(bars) != 3 {
		t.Errorf("the bars %v sum to %.2f, want -31", bars, sum)
	}
	if bars := topicBars(moves[:1], -26); len(bars) != 1 {
		t.Errorf("nothing is left, and yet the bars are %v", bars)
	}
}

// TestWhoMoved: the people named are those who made the change.
func TestWhoMoved(t *testing.T) {
	for _, tc := range []struct {
		m    TopicMove
		want string
	}{
		{TopicMove{Change: -7, Detractors: 41, DetractorsBy: 6, Sure: true}, " (41 detractors, from 6)"},
		{TopicMove{Change: 9, Detractors: 0, DetractorsBy: 4, Promoters: 1, Sure: true}, " (0 detractors, from 4)"},
		{TopicMove{Change: 5, Detractors: 1, DetractorsBy: 1, Promoters: 12, PromotersBy: 3, Sure: true}, " (12 promoters, from 3)"},
		{TopicMove{Change: -5, Detractors: 2, DetractorsBy: 1, Promoters: 3, PromotersBy: 12, Sure: true}, " (3 promoters, from 12)"},
		{TopicMove{Change: -5, Detractors: 41}, " (may be chance)"},
		{TopicMove{Change: 2, Detractors: 3, DetractorsBy: 3, Sure: true}, ""},
	} {
		if got := whoMoved(tc.m); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.m, got, tc.want)
		}
	}
}
