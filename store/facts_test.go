package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

func testFacts(t *testing.T, s *Store) {
	orders := bot.Fact{Name: "orders", Role: bot.Base, Day: day(9, 0, 0), Count: 1204}
	returns := bot.Fact{Name: "returns", Role: bot.Trouble, Watch: "Larkspur", Topic: "Firmware", Day: day(9, 0, 0), Count: 31.5}
	other := bot.Fact{Name: "returns", Role: bot.Trouble, Watch: "Wren", Day: day(9, 0, 0), Count: 7}
	all := []bot.Fact{orders, returns, other}
	for i, want := range [][2]int{{3, 0}, {0, 0}, {0, 1}} {
		if i == 2 {
			all[1].Count = 33
		}
		created, changed, err := s.SaveFacts(t.Context(), all)
		if err != nil || [2]int{created, changed} != want {
			t.Fatalf("time %d: %d new, %d changed, %v", i, created, changed, err)
		}
	}
	returns.Count = 33
	for name, tt := range map[string]struct {
		watch, topic string
		want         []bot.Fact
	}{
		"of a watch":       {"Larkspur", "", []bot.Fact{orders, returns}},
		"of a topic":       {"Larkspur", "Firmware", []bot.Fact{orders, returns}},
		"of another topic": {"Larkspur", "Price", []bot.Fact{orders}},
		"of another watch": {"Wren", "", []bot.Fact{orders, other}},
	} {
		got := must(s.Facts(t.Context(), tt.watch, tt.topic, day(9, 13, 0), day(9, 15, 0)))(t)
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if got := must(s.Facts(t.Context(), "Larkspur", "", day(10, 0, 0), day(11, 0, 0)))(t); len(got) != 0 {
		t.Errorf("of later days: %+v", got)
	}
}
