package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

func testSaveVerdict(t *testing.T, s *Store) {
	h := said("1", "ann", "it hajosi")
	h.Mention.Watches = []string{"larkspur", "wren"}
	h.Verdict.Urgency = bot.Urgency{Level: bot.UrgencyHigh, Points: 40, Reasons: []string{"smoke"}}
	save(t, s, h)
	if err := s.SaveRollup(t.Context(), "larkspur", day(10, 0, 0), []byte("{}")); err != nil {
		t.Fatal(err)
	}
	before := must(s.FindMention(t.Context(), "masto", "1"))(t)
	v := bot.Verdict{
		Label: bot.Negative, Probs: bot.Probs{Negative: .8, Neutral: .1, Positive: .1}, Confidence: .8, Flagged: true, Language: "fi", LangConf: .7,
		Topics: []bot.TopicHit{{Name: "Firmware", Label: bot.Negative, Confidence: .8}}, Intents: []bot.IntentHit{{Name: bot.Complaint, Confidence: 1}},
		Voice: bot.FirstHand, VoiceConf: .9, Stance: bot.Detractor, Model: "slow-1", Towards: []bot.WatchHit{{Watch: "wren", Label: bot.Positive}},
	}
	if err := s.SaveVerdict(t.Context(), 1, v); err != nil {
		t.Fatal(err)
	}
	got := must(s.FindMention(t.Context(), "masto", "1"))(t)
	v.Urgency = before.Verdict.Urgency
	if d := cmp.Diff(v, got.Verdict); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(before.Mention, got.Mention); d != "" {
		t.Error(d)
	}
	if dirty := must(s.DirtyDays(t.Context(), "larkspur"))(t); len(dirty) != 1 || !dirty[0].Equal(h.Mention.CreatedAt.Truncate(24*time.Hour)) {
		t.Errorf("days to roll up again: %v", dirty)
	}
	kind(t, s.SaveVerdict(t.Context(), 99, v), bot.ErrNotFound)
}
