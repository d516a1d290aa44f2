package analyze

import (
	"os"
	"slices"
	"strings"
	"testing"

	"earshot/bot"
)

// floors are the shares of each phenomenon that must come out right. They are
// what the model reaches, less one sentence, so that a change for the worse
// shows.
func floors() map[string]float64 {
	return map[string]float64{
		"negation": 0.65, "contrast": 0.66, "sarcasm": 0.5, "emoji": 0.88, "question": 0.87, "fact": 0.75, "plain": 0.95,
		"german": 0.77, "spanish": 0.85, "french": 0.85, "other": 0.75, "unsure": 1,
	}
}

// floorTogether is the floor of all sentences.
const floorTogether = 0.85

func TestPhenomena(t *testing.T) {
	a := newAnalyzer(t, Settings{})
	raw, err := os.ReadFile("testdata/phenomena.tsv")
	if err != nil {
		t.Fatal(err)
	}
	right, all := map[string]int{}, map[string]int{}
	for line := range strings.Lines(string(raw)) {
		part := strings.Split(strings.TrimSpace(line), "\t")
		if len(part) != 3 {
			continue // the comment
		}
		got := a.Verdict(bot.Mention{Text: part[2]})
		all[part[0]]++
		if slices.Contains(strings.Split(part[1], "|"), string(got.Label)) {
			right[part[0]]++
		} else {
			t.Logf("%s: %q is %s %.2f, want %s", part[0], part[2], got.Label, got.Probs, part[1])
		}
	}
	floor := floors()
	sum, sumRight := 0, 0
	for name, n := range all {
		share := float64(right[name]) / float64(n)
		t.Logf("%-9s %2d of %2d", name, right[name], n)
		if share < floor[name] {
			t.Errorf("%s: %d of %d are right, the floor is %.0f %%", name, right[name], n, 100*floor[name])
		}
		sum, sumRight = sum+n, sumRight+right[name]
	}
	t.Logf("together %d of %d", sumRight, sum)
	if float64(sumRight) < floorTogether*float64(sum) {
		t.Errorf("%d of %d are right, the floor is %.0f %%", sumRight, sum, 100*floorTogether)
	}
	if len(all) != len(floor) || sum < 100 {
		t.Errorf("%d sentences of %d phenomena, want at least 100 of %d", sum, len(all), len(floor))
	}
}
