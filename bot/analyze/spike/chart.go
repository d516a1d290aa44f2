package spike

import (
	"math"

	"earshot/bot"
)

// bandSpread is how many standard deviations the upper edge of the expected
// band lies above the expectation.
const bandSpread = 2

// binsPerPlot is how many bins one half hour of the chart holds.
const binsPerPlot = 6

// half is half an hour of a chart, as small as it can be drawn from: there are
// 96 for each of a hundred thousand series.
type half struct {
	N uint16 // people
	E uint16 // expected: the upper half of a float32's bits
}

func (h half) expected() float64 { return float64(math.Float32frombits(uint32(h.E) << 16)) }

// plus is h with a bin more in it.
func (h half) plus(n int, e float64) half {
	const round = 1 << 15
	return half{uint16(min(int(h.N)+n, math.MaxUint16)), uint16((math.Float32bits(float32(h.expected()+e)) + round) >> 16)}
}

// plot adds a bin to the half hour it lies in.
func (l *line) plot(bin int64, n int, e float64) {
	h := bin / binsPerPlot
	for k := max(l.plotted+1, h-chartBins+1); k <= h; k++ {
		l.chart[k%chartBins] = half{}
	}
	l.plotted = h
	l.chart[h%chartBins] = l.chart[h%chartBins].plus(n, e)
}

// bins gives the last 48 hours up to bin, in half hours; those in which nobody
// listened are left out.
func (l *line) bins(bin int64) []bot.Bin {
	var out []bot.Bin
	for h := bin/binsPerPlot - chartBins + 1; h <= bin/binsPerPlot; h++ {
		if h < 0 || h > l.plotted {
			continue
		}
		p := l.chart[h%chartBins]
		e := p.expected()
		if e == 0 {
			continue
		}
		out = append(out, bot.Bin{At: utc(h * binsPerPlot * stepSeconds), N: int(p.N), Expected: e, High: upper(e, bandSpread)})
	}
	return out
}

// recent adds up the bins [from, to) before now, 0 being the running one.
func (l *line) recent(from, to int32) pair {
	s := &l.det.s
	var sum pair
	for k := from; k < to; k++ {
		p := s.Bins[(s.BinPos-1-k+2*48)%48]
		sum.X += p.X
		sum.E += p.E
	}
	return sum
}

// rising tells whether the last half hour has more people than the one before.
func (l *line) rising() bool {
	return l.recent(0, binsPerPlot).X > l.recent(binsPerPlot, 2*binsPerPlot).X
}

// high tells whether the last hour runs at twice its usual.
func (l *line) high() bool {
	p := l.recent(0, 2*binsPerPlot)
	return p.X >= 2*p.E && p.X >= 3
}

// onset finds where within window w the rise began: the stretch up to now with
// the most people above twice what is expected, and not fewer than an alarm
// needs. It gives that stretch's count, its expectation and its start in seconds
// since 1970.
func (s *state) onset(w, n int) (x, mu float64, since int64) {
	step := int64(s.Step) * 60
	if w == window5m {
		return float64(n), s.Rate * float64(s.Step) / 60, s.Last * step
	}
	slots, at := 240/int64(s.Step), func(k int64) pair { return s.Bins[(int64(s.BinPos)-1-k+96)%(240/int64(s.Step))] }
	start := func(k int64) int64 { return (s.Last - k) * step }
	if w == window24h {
		slots, at = 24, func(k int64) pair { return s.Hours[(int64(s.HourPos)-k+48)%24] }
		start = func(k int64) int64 { return (s.Last*step/3600 - k) * 3600 }
	}
	var sum pair
	best := float32(math.Inf(-1))
	for k := range slots {
		p := at(k)
		sum.X += p.X
		sum.E += p.E
		if gain := sum.X - 2*sum.E; gain >= best && p.X > p.E && sum.X >= minMentions {
			best, x, mu, since = gain, float64(sum.X), float64(sum.E), start(k)
		}
	}
	if since == 0 {
		return float64(sum.X), float64(sum.E), start(slots - 1)
	}
	return x, mu, since
}
