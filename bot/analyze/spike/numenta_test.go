package spike

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

// labelled reads the benchmark's five series of Twitter volumes.
func labelled(t *testing.T) []Labelled {
	t.Helper()
	if testing.Short() {
		t.Skip("figures are measured without -short")
	}
	shared := os.Getenv("EARSHOT_SHARED")
	if shared == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("EARSHOT_SHARED must name the folder of shared data in CI")
		}
		t.Skip("EARSHOT_SHARED does not name the folder of shared data")
	}
	open := func(name string) *os.File {
		f, err := os.Open(filepath.Join(shared, "data", "spikes", name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	all, err := ReadWindows(open("windows.json"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		rows, bad, err := ReadSeries(open(all[i].File()), all[i].File())
		if err != nil || len(bad) > 0 {
			t.Fatal(err, bad)
		}
		all[i].Rows = rows
	}
	return all
}

// TestNumenta holds the detector to its score on the benchmark's series.
// Differences under 5 points mean nothing there.
func TestNumenta(t *testing.T) {
	each, all, err := Numenta(labelled(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(each, all) {
		t.Logf("%-36s %.1f, windows found %d, missed %d, false points %d", s.Name, s.Score, s.Found, s.Missed, s.False)
	}
	if all.Score < 84 || all.False > 25 {
		t.Errorf("the score is %.2f with %d false points, want at least 84 and at most 25", all.Score, all.False)
	}
}

// TestNumentaRules checks the scorer on what can be reckoned by hand.
func TestNumentaRules(t *testing.T) {
	at := func(i int) time.Time { return simStart().Add(time.Duration(i) * Step) }
	window := [][2]time.Time{{at(200), at(299)}}
	for _, tt := range []struct {
		name  string
		alarm []int
		score float64
		found int
		wrong int
	}{
		{"nothing", nil, 0, 0, 0},
		{"at once", []int{200}, 100, 1, 0},
		{"at once, and again", []int{200, 250}, 100, 1, 0},
		{"in the probation", []int{10}, 0, 0, 0},
		{"before it, and at once", []int{190, 200}, 94.5, 1, 1},
		{"long after", []int{900}, -5.5, 0, 1},
	} {
		rows := rowsEvery(Step, 1000, func(int) float64 { return 0 })
		for _, i := range tt.alarm {
			rows[i].Score = 0.5
		}
		var s NumentaScore
		s.judge(rows, window)
		if d := s.Score - tt.score; d > 0.01 || d < -0.01 || s.Found != tt.found || s.False != tt.wrong {
			t.Errorf("%s: %+v, want score %.1f, %d found, %d false", tt.name, s, tt.score, tt.found, tt.wrong)
		}
	}
}

func TestReadWindows(t *testing.T) {
	got, err := ReadWindows(strings.NewReader(`{"b/x.csv": [["2015-03-01 00:00:00.000000", "2015-03-02 00:00:00"]], "a.csv": []}`))
	if err != nil || len(got) != 2 || got[1].File() != "x.csv" || len(got[1].Windows) != 1 || got[1].Windows[0][1].Day() != 2 {
		t.Errorf("read %+v, %v", got, err)
	}
	for _, in := range []string{"", "[]", `{"a": [["x", "y"]]}`, `{"a": [["2015-03-02 00:00:00", "2015-03-01 00:00:00"]]}`} {
		if _, err := ReadWindows(strings.NewReader(in)); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%q gives %v", in, err)
		}
	}
}

func FuzzReadWindows(f *testing.F) {
	f.Add(`{"a": [["2015-03-01 00:00:00", "2015-03-02 00:00:00"]]}`)
	f.Fuzz(func(t *testing.T, in string) {
		all, err := ReadWindows(strings.NewReader(in))
		if err != nil {
			return
		}
		rows := rowsEvery(Step, 100, func(i int) float64 { return float64(i) })
		for i := range all {
			all[i].Rows = rows
		}
		if _, _, err := Numenta(all); err != nil {
			t.Error(err)
		}
	})
}
