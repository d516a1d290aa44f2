package contrast

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"earshot/bot"
)

// shared is the folder of labelled data, which is not part of the project:
// the environment names it.
func shared(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("figures are measured without -short")
	}
	dir := os.Getenv("EARSHOT_SHARED")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("EARSHOT_SHARED must name the folder of the labelled data")
		}
		t.Skip("EARSHOT_SHARED does not name the folder of the labelled data")
	}
	return filepath.Join(dir, "data")
}

func rows(t testing.TB, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range all[1:] {
		m := map[string]string{}
		for i, name := range all[0] {
			m[name] = row[i]
		}
		out = append(out, m)
	}
	return out
}

// print logs a result as a table.
func (r Result) print(t testing.TB) {
	t.Logf("%d against %d people, %d phrases compared", r.PeopleA, r.PeopleB, r.Compared)
	for _, p := range r.Phrases {
		t.Logf("%-28s %4d %4d  %5.1f [%.1f–%.1f] z %.1f  negative %.0f %% of %d, covered %.2f  also %s", p.Text, p.PeopleA, p.PeopleB, p.Lift, p.Low, p.High, p.Z,
			100*p.Negative.Share, p.Negative.Of, p.Covered, strings.Join(p.Also, ", "))
	}
}

func TestReviews(t *testing.T) {
	c, back := New(Settings{Most: 15}), New(Settings{Most: 15})
	for i, row := range rows(t, filepath.Join(shared(t), "reviews", "clothing_sample.csv")) {
		g := B
		switch row["Rating"] {
		case "1", "2":
			g = A
		case "3":
			continue
		}
		txt := Text{Mention: int64(i + 1), Person: uint64(i + 1), Said: row["Title"] + "\n" + row["Review Text"], Language: "en", Label: bot.Neutral}
		c.Add(g, txt)
		back.Add(1-g, txt)
	}
	c.Result().print(t)
	back.Result().print(t)
}

func TestAirline(t *testing.T) {
	all := rows(t, filepath.Join(shared(t), "airline", "dev.csv"))
	for _, brand := range []string{"United", "Southwest", "Delta"} {
		c := New(Settings{Most: 15})
		for i, row := range all {
			if row["airline"] != brand {
				continue
			}
			g := B
			if row["sentiment"] == "negative" {
				g = A
			}
			var h uint64
			for _, b := range row["author"] {
				h = spread(h ^ uint64(b))
			}
			c.Add(g, Text{Mention: int64(i + 1), Person: h, Said: row["text"], Language: "en", Label: bot.Label(row["sentiment"])})
		}
		t.Log(brand)
		c.Result().print(t)
	}
}
