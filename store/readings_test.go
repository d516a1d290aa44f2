package store

import (
	"errors"
	"fmt"
	"testing"

	"earshot/bot"
)

func testReadings(t *testing.T, s *Store) {
	for i := range 20 {
		h := said(fmt.Sprint(i), fmt.Sprint("p", i), "It smells burnt")
		h.Mention.CreatedAt = day(10, 10, i)
		h.Mention.Watches = []string{[]string{"larkspur", "rival"}[i%2]}
		h.Mention.Deleted = i == 4
		h.Verdict = bot.Verdict{Label: bot.Negative, Towards: []bot.WatchHit{{Watch: "larkspur", Label: bot.Positive}, {Watch: "rival", Label: bot.Negative}}}
		save(t, s, h)
	}
	read := func(f bot.MentionFilter, most int) (ids []int64, oneIn int) {
		var labels []bot.Label
		oneIn, err := s.Readings(t.Context(), f, most, func(r bot.Reading) error {
			ids, labels = append(ids, r.Mention.ID), append(labels, r.Verdict.Label)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if f.Watch == "larkspur" && labels[0] != bot.Positive {
			t.Errorf("the verdict is not towards the watch: %v", labels)
		}
		return ids, oneIn
	}
	if ids, oneIn := read(bot.MentionFilter{}, 0); len(ids) != 19 || oneIn != 1 || ids[0] != 1 || ids[18] != 20 {
		t.Errorf("all: %v, one in %d", ids, oneIn)
	}
	if ids, _ := read(bot.MentionFilter{Watch: "larkspur", From: day(10, 10, 2), To: day(10, 10, 9)}, 100); fmt.Sprint(ids) != "[3 7 9]" {
		t.Errorf("of a watch and a time: %v", ids)
	}
	first, oneIn := read(bot.MentionFilter{}, 7)
	again, _ := read(bot.MentionFilter{}, 7)
	if oneIn != 3 || fmt.Sprint(first) != "[3 6 9 12 15 18]" || fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("a sample: %v, one in %d", first, oneIn)
	}
	for i := 20; i < 60; i++ { // more than is counted: how many there are is told by their ids
		h := said(fmt.Sprint(i), "late", "It smells burnt")
		h.Mention.CreatedAt, h.Mention.Watches = day(11, 10, i), []string{"larkspur"}
		save(t, s, h)
	}
	if ids, oneIn := read(bot.MentionFilter{From: day(11, 10, 21), To: day(11, 10, 59)}, 1); oneIn != 37 || fmt.Sprint(ids) != "[37]" {
		t.Errorf("of a large period: %v, one in %d", ids, oneIn)
	}
	broken := errors.New("enough")
	if _, err := s.Readings(t.Context(), bot.MentionFilter{}, 0, func(bot.Reading) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("the reader's own error: %v", err)
	}
}

func testTiers(t *testing.T, s *Store) {
	if _, _, err := s.SaveCustomers(t.Context(), []bot.Customer{{ExternalID: "1", Tier: "gold"}, {ExternalID: "2"}, {ExternalID: "3", Tier: "silver"}}); err != nil {
		t.Fatal(err)
	}
	if got := must(s.Tiers(t.Context()))(t); len(got) != 2 || got[1] != "gold" || got[3] != "silver" {
		t.Errorf("%v", got)
	}
}
