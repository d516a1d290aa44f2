package spike

import (
	"encoding/binary"
	"math"
	"testing"
	"time"
)

// monday is where simulated series begin.
func monday() time.Time { return simStart() }

func TestDetector(t *testing.T) {
	steady := func(int) int { return 3 }
	tests := []struct {
		name  string
		days  int
		count func(bin int) int
		skip  func(bin int) bool
		began []int // bins in which episodes begin
	}{
		{name: "silence", days: 30, count: func(int) int { return 0 }},
		{name: "steady", days: 30, count: steady},
		{name: "a burst is one episode", days: 20, count: func(b int) int {
			if b >= 3000 && b < 3036 && b%3 != 0 { // three hours that flicker
				return 30
			}
			return 3
		}, began: []int{3001}},
		{name: "two bursts a week apart are two", days: 24, count: func(b int) int {
			if b == 3000 || b == 3000+7*288 {
				return 60
			}
			return 3
		}, began: []int{3000, 3000 + 7*288}},
		{name: "fewer than eight people never", days: 20, count: func(b int) int {
			if b >= 3000 && b < 3007 {
				return 1
			}
			return 0
		}},
		{name: "not in the first two days", days: 20, count: func(b int) int {
			if b == 500 {
				return 100
			}
			return 1
		}},
		{name: "a gap is no silence", days: 30, count: steady, skip: func(b int) bool { return b > 3000 && b < 3600 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			began := begins(t, tt.days, tt.count, tt.skip)
			if len(began) != len(tt.began) {
				t.Fatalf("episodes begin at %v, want %v", began, tt.began)
			}
			for i := range began {
				if began[i] != tt.began[i] {
					t.Errorf("episodes begin at %v, want %v", began, tt.began)
				}
			}
		})
	}
}

// begins feeds so many days of bins and lists those in which episodes begin;
// bins that skip names are left out.
func begins(t *testing.T, days int, count func(bin int) int, skip func(bin int) bool) (began []int) {
	t.Helper()
	d := newDetector(5, standard())
	for b := range days * 288 {
		if skip != nil && skip(b) {
			continue
		}
		r := d.Add(monday().Add(time.Duration(b)*Step), count(b))
		if r.Began {
			began = append(began, b)
		}
		if r.Began != (r.Score >= 0.5) || r.Score < 0 || r.Score > 1 || r.Expected < 0 {
			t.Fatalf("bin %d: %+v: the score must reach 0.5 exactly where an episode begins", b, r)
		}
	}
	return began
}

// TestGapKeepsExpectation checks that what was not heard is not learnt as zero.
func TestGapKeepsExpectation(t *testing.T) {
	d := newDetector(5, standard())
	add := func(b int) Reading { return d.Add(monday().Add(time.Duration(b)*Step), 4) }
	var before Reading
	for b := range 14 * 288 {
		before = add(b)
	}
	after := add(17*288 + 7)
	if math.Abs(after.Expected-before.Expected) > 0.4 {
		t.Errorf("expected %.2f before three days without data and %.2f after", before.Expected, after.Expected)
	}
}

// TestPartOfABin: of a bin that was heard in part so much less is expected, and
// the level that it teaches is the same.
func TestPartOfABin(t *testing.T) {
	whole, part := newDetector(5, standard()), newDetector(5, standard())
	var a, b Reading
	for i := range 14 * 288 {
		at := monday().Add(time.Duration(i) * Step)
		a, b = whole.Add(at, 8), part.AddPart(at, 2, 0.25)
	}
	if math.Abs(a.Expected-4*b.Expected) > 0.1*a.Expected || b.Running {
		t.Errorf("expected %.2f of whole bins and %.2f of quarters", a.Expected, b.Expected)
	}
}

// TestLittleHeardSaysNothing: after a gap a window is judged again once half of
// it has been heard, and a day of which less was heard leaves no peak.
func TestLittleHeardSaysNothing(t *testing.T) {
	d := newDetector(60, standard())
	for h := range 10 * 24 {
		d.Add(monday().Add(time.Duration(h)*time.Hour), 4)
	}
	days := d.s.Peaks[window4h].Days
	after := monday().Add((11*24 + 20) * time.Hour)
	if r := d.Add(after, 40); r.Alarm {
		t.Error("an hour after a gap is taken for four")
	}
	if r := d.Add(after.Add(time.Hour), 60); !r.Began {
		t.Error("a burst that goes on is not seen once half of the window is heard")
	}
	for h := 2; h < 6; h++ {
		d.Add(after.Add(time.Duration(h)*time.Hour), 4)
	}
	if got := d.s.Peaks[window4h].Days; got != days+1 { // the day before the gap alone
		t.Errorf("%d days are known, %d before the gap", got, days)
	}
}

// TestGapEmptiesWindows checks that a burst from before a gap is not in the
// windows after it.
func TestGapEmptiesWindows(t *testing.T) {
	d := newDetector(5, standard())
	for b := range 7 * 288 {
		d.Add(monday().Add(time.Duration(b)*Step), 1)
	}
	d.Add(monday().Add(7*288*Step), 500)
	d.Add(monday().Add((7*288+60)*Step), 1)
	if x := d.s.Sum4.X; x != 1 {
		t.Errorf("the last 4 hours hold %v people after a gap of 5 hours, want 1", x)
	}
	d.Add(monday().Add((8*288+60)*Step), 1)
	if x := d.s.Sum24.X; x != 1 {
		t.Errorf("the last 24 hours hold %v people after a gap of a day, want 1", x)
	}
}

// TestSeason checks that a daily rhythm is expected.
func TestSeason(t *testing.T) {
	d := newDetector(60, standard())
	var night, noon Reading
	for h := range 28 * 24 {
		n := 2
		if h%24 >= 11 && h%24 < 14 {
			n = 40
		}
		r := d.Add(monday().Add(time.Duration(h)*time.Hour), n)
		switch h % 24 {
		case 3:
			night = r
		case 12:
			noon = r
		}
		if h > 14*24 && r.Began {
			t.Errorf("an episode begins in hour %d, which is like every day", h)
		}
	}
	if noon.Expected < 5*night.Expected {
		t.Errorf("noon expects %.1f and night %.1f", noon.Expected, night.Expected)
	}
}

func TestDetectorIsSmall(t *testing.T) {
	if n := binary.Size(state{}); n > 1300 {
		t.Errorf("a detector takes %d bytes", n)
	}
}

func BenchmarkDetector(b *testing.B) {
	d := newDetector(5, standard())
	at := monday()
	w := newWorld(1, 20)
	counts := make([]int, 4096)
	for i := range counts {
		counts[i] = w.draw(20.0 / 12)
	}
	for i := range b.N {
		d.Add(at, counts[i%len(counts)])
		at = at.Add(Step)
	}
}
