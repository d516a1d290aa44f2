package digest

import (
	"testing"
	"time"
)

// TestCover: the first sentence says how it stands, and by how much it moved
// only where that is sure.
func TestCover(t *testing.T) {
	to := time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)
	topic := func(change float64) []TopicMove {
		return []TopicMove{{Topic: "Firmware", Change: change, Detractors: 39, Sure: true}}
	}
	for _, tc := range []struct {
		name   string
		now    Estimate
		change Change
		moves  []TopicMove
		want   string
	}{
		{"too few", Estimate{Authors: 3}, Change{}, nil, "Too few people spoke to say how loyalty stands: 3, and 20 are needed."},
		{"nothing before", Estimate{Enough: true, Score: 12}, Change{}, nil, "Loyalty stands at +12; of the 7 days before too little is known to compare."},
		{"chance", Estimate{Enough: true, Score: 12}, Change{Enough: true, Points: -9}, nil, "Loyalty stands at +12, no clear change on the 7 days before."},
		{"fallen", Estimate{Enough: true, Score: -47}, Change{Enough: true, Significant: true, Points: -35.2}, topic(-26), "Loyalty has fallen by 35 points to −47, above all over Firmware."},
		{"risen, a topic fell", Estimate{Enough: true, Score: 5}, Change{Enough: true, Significant: true, Points: 8}, topic(-3), "Loyalty has risen by 8 points to +5."},
		{"one point", Estimate{Enough: true, Score: 5}, Change{Enough: true, Significant: true, Points: 1.2}, nil, "Loyalty has risen by 1 point to +5."},
		{"hardly", Estimate{Enough: true, Score: 5}, Change{Enough: true, Significant: true, Points: -0.4}, nil, "Loyalty has fallen by less than a point to +5."},
	} {
		r := Report{From: to.AddDate(0, 0, -7), To: to, SocialNPS: tc.now, Change: tc.change, Moves: tc.moves}
		if got := cover(r, time.UTC); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
