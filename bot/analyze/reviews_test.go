package analyze

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"earshot/bot"
)

// TestReviews counts how many real reviews of clothes are flagged by their
// stars (the data are CC0; never trained on): with the mark as the source
// gives it, and by the words alone.
func TestReviews(t *testing.T) {
	f, err := os.Open(filepath.Join(shared(t), "..", "reviews", "clothing_sample.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	a := newAnalyzer(t, Settings{})
	var all, marked, words [6]int
	for _, row := range rows[1:] {
		stars, err := strconv.Atoi(row[5])
		if err != nil || row[4] == "" {
			continue
		}
		m := bot.Mention{Title: row[3], Text: row[4]}
		all[stars]++
		if a.Verdict(m).Flagged {
			words[stars]++
		}
		m.Rating = bot.Rating{Value: float64(stars), Of: 5}
		if a.Verdict(m).Flagged {
			marked[stars]++
			if stars >= 3 {
				t.Logf("%d stars flagged: %.160s", stars, row[4])
			}
		}
	}
	t.Logf("reviews of 1 to 5 stars: %v; flagged with their mark %v, by their words alone %v", all[1:], marked[1:], words[1:])
	if kind := all[4] + all[5]; 20*(marked[4]+marked[5]) > kind {
		t.Errorf("%d of %d reviews of four and five stars are flagged, want 5 %% at most", marked[4]+marked[5], kind)
	}
}
