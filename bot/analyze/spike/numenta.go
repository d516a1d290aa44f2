package spike

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"sort"
	"strings"
	"time"

	"earshot/bot"
)

// The rules of the Numenta Anomaly Benchmark, standard profile (Lavin and Ahmad
// 2015, arXiv:1510.03336, section 3): a window found earns up to 1, the sooner
// the more; one missed costs 1; a point outside costs up to 0.11.
const (
	nabFalse     = 0.11
	nabProbation = 0.15 // of a series is not judged,
	nabMost      = 750  // but not more points than these
)

// Labelled is a series whose anomalies people have marked.
type Labelled struct {
	Name    string // as the labels name it: "realTweets/Twitter_volume_IBM.csv"
	Rows    []Row
	Windows [][2]time.Time // first and last instant of each, in order
}

// NumentaScore is what detections come to by the benchmark's rules.
type NumentaScore struct {
	Name   string  `json:"name,omitempty"`
	Score  float64 `json:"score"`  // 0 for no detector, 100 for a perfect one
	Found  int     `json:"found"`  // windows
	Missed int     `json:"missed"` // windows
	False  int     `json:"false"`  // points outside all windows at or above 0.5

	raw float64
}

// ReadWindows reads the benchmark's labels: an object that gives for each
// series a list of pairs of times, the first and last of an anomaly.
func ReadWindows(r io.Reader) ([]Labelled, error) {
	var labels map[string][][2]string
	if err := json.NewDecoder(r).Decode(&labels); err != nil {
		return nil, &bot.Error{Kind: bot.ErrInvalid, Msg: "The labels are not JSON of the form {\"series.csv\": [[\"from\", \"to\"], …]}.", Err: err}
	}
	var all []Labelled
	for name, pairs := range labels {
		l := Labelled{Name: name}
		for _, p := range pairs {
			from, ok1 := parseTime(strings.SplitN(p[0], ".", 2)[0])
			to, ok2 := parseTime(strings.SplitN(p[1], ".", 2)[0])
			if !ok1 || !ok2 || to.Before(from) {
				return nil, bot.Errorf(bot.ErrInvalid, "The label %s to %s of %s is no stretch of time.", p[0], p[1], name)
			}
			l.Windows = append(l.Windows, [2]time.Time{from, to})
		}
		slices.SortFunc(l.Windows, func(a, b [2]time.Time) int { return a[0].Compare(b[0]) })
		all = append(all, l)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all, nil
}

// File is the name of the series without its folder.
func (l Labelled) File() string { return path.Base(l.Name) }

// Numenta scores every series by the detector, at the fixed threshold of 0.5,
// and all of them together.
func Numenta(series []Labelled) (each []NumentaScore, all NumentaScore, err error) {
	return numenta(series, standard())
}

func numenta(series []Labelled, t *tuning) (each []NumentaScore, all NumentaScore, err error) {
	for _, l := range series {
		rows := slices.Clone(l.Rows)
		if err := evalSeries(rows, t); err != nil {
			return nil, all, fmt.Errorf("score %s: %w", l.Name, err)
		}
		one := NumentaScore{Name: l.Name}
		one.judge(rows, l.Windows)
		each = append(each, one)
		all.raw, all.Found, all.Missed, all.False = all.raw+one.raw, all.Found+one.Found, all.Missed+one.Missed, all.False+one.False
	}
	all.sum()
	return each, all, nil
}

func nabSigmoid(y float64) float64 {
	if y > 3 {
		return -1
	}
	return 2/(1+math.Exp(5*y)) - 1
}

// judge scores rows against the windows.
func (s *NumentaScore) judge(rows []Row, labels [][2]time.Time) {
	windows := indexes(rows, labels)
	probation := min(int(nabProbation*float64(len(rows))), nabMost)
	found := map[int]bool{}
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
			if w := windows[k]; !found[k] {
				found[k] = true
				s.raw += nabSigmoid(-float64(w[1]-i+1)/float64(w[1]-w[0]+1)) / nabSigmoid(-1)
			}
		case last[0] < 0:
			s.raw -= nabFalse
			s.False++
		default:
			s.raw += nabFalse * nabSigmoid(float64(i-last[1])/float64(max(last[1]-last[0], 1)))
			s.False++
		}
	}
	s.Found, s.Missed = len(found), len(windows)-len(found)
	s.raw -= float64(s.Missed)
	s.sum()
}

// indexes gives the first and last row of each window that has any.
func indexes(rows []Row, labels [][2]time.Time) (windows [][2]int) {
	for _, l := range labels {
		lo := sort.Search(len(rows), func(i int) bool { return !rows[i].At.Before(l[0]) })
		hi := sort.Search(len(rows), func(i int) bool { return rows[i].At.After(l[1]) }) - 1
		if lo <= hi {
			windows = append(windows, [2]int{lo, hi})
		}
	}
	return windows
}

// sum puts the raw score on the scale from none found, 0, to perfect, 100.
func (s *NumentaScore) sum() {
	if n := float64(s.Found + s.Missed); n > 0 {
		s.Score = 100 * (s.raw + n) / (2 * n)
	}
}
