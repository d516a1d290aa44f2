package digest

import "testing"

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
