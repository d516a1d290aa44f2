package spike

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"sort"
	"testing"
	"time"
)

// shared is the folder of data that is not part of the project.
func shared(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("EARSHOT_SHARED")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("EARSHOT_SHARED must name the folder of shared data in CI")
		}
		t.Skip("EARSHOT_SHARED does not name the folder of shared data")
	}
	return dir
}

// TestNumenta scores the detector by the rules of the Numenta Anomaly Benchmark
// (standard profile, fixed threshold) on its five series of Twitter volumes.
// Differences under 5 points mean nothing there.
func TestNumenta(t *testing.T) {
	dir := filepath.Join(shared(t), "data", "spikes")
	body, err := os.ReadFile(filepath.Join(dir, "windows.json"))
	if err != nil {
		t.Fatal(err)
	}
	var labelled map[string][][2]string
	if err := json.Unmarshal(body, &labelled); err != nil {
		t.Fatal(err)
	}
	var total nabScore
	names := make([]string, 0, len(labelled))
	for name := range labelled {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		f, err := os.Open(filepath.Join(dir, filepath.Base(name)))
		if err != nil {
			t.Fatal(err)
		}
		rows, bad, err := ReadSeries(f, name)
		f.Close()
		if err != nil || len(bad) > 0 {
			t.Fatal(err, bad)
		}
		if err := EvalSeries(rows); err != nil {
			t.Fatal(err)
		}
		total.add(rows, labelled[name])
	}
	got := 100 * (total.raw - total.null) / (total.perfect - total.null)
	t.Logf("score %.2f, windows found %d, missed %d, false points %d", got, total.found, total.missed, total.wrong)
	if got < 80 {
		t.Errorf("Numenta score is %.2f, want at least 80", got)
	}
}

// nabScore adds up scores over files; weights of the standard profile: 1 for a
// window found, −1 for one missed, 0.11 for a false point.
type nabScore struct {
	raw, perfect, null   float64
	found, missed, wrong int
}

func nabSigmoid(y float64) float64 {
	if y > 3 {
		return -1
	}
	return 2/(1+math.Exp(5*y)) - 1
}

func (s *nabScore) add(rows []Row, labels [][2]string) {
	var windows [][2]int
	for _, l := range labels {
		from, to := nabTime(l[0]), nabTime(l[1])
		lo := sort.Search(len(rows), func(i int) bool { return !rows[i].At.Before(from) })
		hi := sort.Search(len(rows), func(i int) bool { return rows[i].At.After(to) }) - 1
		if lo <= hi {
			windows = append(windows, [2]int{lo, hi})
		}
	}
	probation := min(int(0.15*float64(len(rows))), 750)
	best := map[int]float64{}
	k, last := 0, [2]int{-1, -1}
	for i, r := range rows {
		for k < len(windows) && i > windows[k][1] {
			last = windows[k]
			k++
		}
		if i < probation || r.Score < 0.5 {
			continue
		}
		switch {
		case k < len(windows) && i >= windows[k][0]:
			w := windows[k]
			y := -float64(w[1]-i+1) / float64(w[1]-w[0]+1)
			if _, ok := best[k]; !ok {
				best[k] = nabSigmoid(y) / nabSigmoid(-1)
			}
		case last[0] < 0:
			s.raw -= 0.11
			s.wrong++
		default:
			s.raw += 0.11 * nabSigmoid(math.Abs(float64(last[1]-i))/float64(last[1]-last[0]+1))
			s.wrong++
		}
	}
	for _, v := range best {
		s.raw += v
	}
	n := len(windows)
	s.raw -= float64(n - len(best))
	s.perfect += float64(n)
	s.null -= float64(n)
	s.found, s.missed = s.found+len(best), s.missed+n-len(best)
}

func nabTime(s string) time.Time {
	at, err := time.Parse("2006-01-02 15:04:05.999999", s)
	if err != nil {
		return time.Time{}
	}
	return at
}
