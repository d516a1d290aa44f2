package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// What a mention says of each of its watches is kept, and is what those get
// who ask for one watch.
func TestTowards(t *testing.T) { onBoth(t, testTowards) }

func testTowards(t *testing.T, open opener) {
	s := open(t)
	h := said("1", "ann", "Switched from Larkspur to Wren, so much better")
	h.Mention.Watches = []string{"larkspur", "wren"}
	h.Verdict = bot.Verdict{Label: bot.Positive, Stance: bot.Passive, Flagged: true, Topics: []bot.TopicHit{{Name: "price", Label: bot.Neutral}}, Towards: []bot.WatchHit{
		{Watch: "larkspur", Label: bot.Negative, Probs: bot.Probs{Negative: 0.75, Neutral: 0.25}, Confidence: 0.75, Flagged: true, Stance: bot.Detractor},
		{Watch: "wren", Label: bot.Positive, Probs: bot.Probs{Positive: 1}, Confidence: 1, Stance: bot.Passive},
	}}
	plain := said("2", "bob", "Larkspur is dreadful")
	plain.Mention.Watches, plain.Verdict = []string{"larkspur"}, bot.Verdict{Label: bot.Negative}
	save(t, s, h, plain)
	whole := must(s.Mention(t.Context(), 1))(t).Verdict
	if d := cmp.Diff(h.Verdict, whole); d != "" {
		t.Fatal(d)
	}
	for _, c := range []struct {
		watch string
		label bot.Label
		want  int
	}{{"larkspur", bot.Negative, 2}, {"larkspur", bot.Positive, 0}, {"wren", bot.Positive, 1}, {"wren", bot.Negative, 0}, {"", bot.Positive, 1}} {
		found := must(s.Mentions(t.Context(), bot.MentionFilter{Watch: c.watch, Label: c.label}))(t)
		if len(found) != c.want {
			t.Errorf("%s mentions of %q: %d, want %d", c.label, c.watch, len(found), c.want)
		}
		for _, r := range found {
			if r.Verdict.Label != c.label {
				t.Errorf("mention %d of %q is read as %s", r.Mention.ID, c.watch, r.Verdict.Label)
			}
		}
	}
	for watch, want := range map[string]bot.Stance{"larkspur": bot.Detractor, "wren": bot.Passive} {
		err := s.DayReadings(t.Context(), watch, h.Mention.CreatedAt, func(r bot.Reading) error {
			if r.Mention.ID == 1 && r.Verdict.Stance != want {
				t.Errorf("the day of %s has stance %s, want %s", watch, r.Verdict.Stance, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := s.Events(t.Context(), day(1, 0, 0), day(28, 0, 0), func(r bot.Reading) error {
		if want := r.Mention.ID == 1; (r.Verdict.For("wren").Label == bot.Positive) != want {
			t.Errorf("event %d reads %+v", r.Mention.ID, r.Verdict)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
