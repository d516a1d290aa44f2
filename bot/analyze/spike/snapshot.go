package spike

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"earshot/bot"
)

// snapshotVersion is the first byte of a snapshot.
const snapshotVersion = 3

// maxName is the longest name in a snapshot, in bytes.
const maxName = 1 << 12

// Snapshot is all that the engine remembers. The same state gives the same
// bytes.
func (e *Engine) Snapshot() []byte {
	b := []byte{snapshotVersion}
	b = binary.AppendVarint(b, e.bin)
	b = e.heard.append(b)
	b = e.appendNameless(b)
	b = binary.AppendUvarint(b, uint64(len(e.order)))
	for _, s := range e.order {
		b = appendSeries(b, s)
		b = e.lines[s].append(b)
	}
	b = binary.AppendUvarint(b, uint64(len(e.cards)))
	for _, c := range e.cards {
		b = c.append(b)
	}
	return b
}

func (e *Engine) appendNameless(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(e.nameless)))
	for _, n := range slices.SortedFunc(maps.Keys(e.nameless), func(a, b said) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.watch, b.watch))
	}) {
		b = appendName(binary.AppendVarint(b, n.id), n.watch)
	}
	return b
}

func appendSeries(b []byte, s bot.Series) []byte {
	b = appendName(b, s.Watch)
	b = appendName(b, s.Topic)
	return append(b, flag(s.Negative))
}

func appendName(b []byte, s string) []byte {
	s = s[:min(len(s), maxName)]
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

func (l *line) append(b []byte) []byte {
	b = binary.AppendVarint(b, int64(l.now))
	for _, v := range []int64{l.plotted, l.carded, l.closed} {
		b = binary.AppendVarint(b, v)
	}
	b, _ = binary.Append(b, binary.LittleEndian, l.det.s) // fixed sizes: cannot fail
	b, _ = binary.Append(b, binary.LittleEndian, l.chart)
	b = binary.AppendUvarint(b, uint64(len(l.people)))
	for _, a := range slices.Sorted(maps.Keys(l.people)) {
		b = binary.AppendVarint(b, a)
		b = binary.AppendVarint(b, l.people[a])
	}
	return b
}

func (c *episode) append(b []byte) []byte {
	b = appendSeries(b, c.series)
	b = appendSeries(b, c.driver)
	for _, v := range []int64{c.since, c.opened, c.high, int64(c.window), int64(c.weeks)} {
		b = binary.AppendVarint(b, v)
	}
	b = append(b, flag(c.record), flag(c.rising))
	for _, f := range []float64{c.count, c.expected, c.calmCount, c.calmExpected, c.peak, c.share, c.usual, c.told} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
	}
	return b
}

// errSnapshot is what every broken snapshot comes to.
var errSnapshot = errors.New("not a snapshot of spikes")

// Restore makes the engine that Snapshot wrote. A body that is cut, of another
// version or makes no sense is an error: start a new engine then, and feed it
// the events of the last weeks.
func Restore(body []byte) (*Engine, error) {
	if len(body) == 0 || body[0] != snapshotVersion {
		return nil, fmt.Errorf("restore spikes: %w", errSnapshot)
	}
	r := &reader{b: body[1:]}
	e := NewEngine()
	e.bin = r.varint(0, maxBin)
	e.heard.read(r)
	for range r.count(2) {
		e.nameless[said{r.varint(math.MinInt64, math.MaxInt64), r.name()}] = true
	}
	for range r.count(binary.Size(state{})) {
		s := r.series()
		l := e.line(s)
		l.read(r, e.bin)
	}
	for range r.count(60) {
		if c := r.episode(); !r.bad && e.lines[c.series] != nil && e.lines[c.driver] != nil {
			e.cards = append(e.cards, c)
		} else {
			r.bad = true
		}
	}
	if r.bad || len(r.b) != 0 {
		return nil, fmt.Errorf("restore spikes: %w", errSnapshot)
	}
	return e, nil
}

// maxBin bounds times: the year 3000 in bins.
const maxBin = int64(32503680000) / stepSeconds

// reader takes a snapshot apart; once bad, it gives zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) fail() { r.b, r.bad = nil, true }

func (r *reader) varint(low, high int64) int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 || v < low || v > high {
		r.fail()
		return low
	}
	r.b = r.b[n:]
	return v
}

// count reads how many follow, each of at least size bytes.
func (r *reader) count(size int) int {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > uint64(len(r.b)/size)+1 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.fail()
		return make([]byte, n)
	}
	p := r.b[:n]
	r.b = r.b[n:]
	return p
}

func (r *reader) name() string { return string(r.take(min(r.count(1), maxName))) }

func (r *reader) series() bot.Series {
	return bot.Series{Watch: r.name(), Topic: r.name(), Negative: r.take(1)[0] != 0}
}

func (r *reader) float() float64 {
	f := math.Float64frombits(binary.LittleEndian.Uint64(r.take(8)))
	if !sane(f) {
		r.fail()
	}
	return f
}

// sane tells whether a figure is one that counts can come to.
func sane(f float64) bool { return math.Abs(f) <= 1e15 } // false for NaN

func (l *line) read(r *reader, bin int64) {
	l.now = int32(r.varint(0, math.MaxInt32))
	l.plotted, l.carded, l.closed = r.varint(0, maxBin), r.varint(0, maxBin), r.varint(0, maxBin)
	read := func(into any) {
		if _, err := binary.Decode(r.take(binary.Size(into)), binary.LittleEndian, into); err != nil {
			r.fail()
		}
	}
	read(&l.det.s)
	read(&l.chart)
	if !r.bad && (!l.det.s.sane(bin) || !saneChart(l.chart[:])) {
		r.fail()
	}
	for range r.count(2) {
		if l.people == nil {
			l.people = map[int64]int64{}
		}
		a := r.varint(math.MinInt64, math.MaxInt64)
		l.people[a] = r.varint(0, maxBin*stepSeconds)
	}
}

func (r *reader) episode() *episode {
	c := &episode{series: r.series(), driver: r.series()}
	c.since, c.opened, c.high = r.varint(0, maxBin*stepSeconds), r.varint(0, maxBin*stepSeconds), r.varint(0, maxBin*stepSeconds)
	c.window, c.weeks = int(r.varint(0, windowCount-1)), int(r.varint(0, 4))
	c.record, c.rising = r.take(1)[0] != 0, r.take(1)[0] != 0
	for _, f := range []*float64{&c.count, &c.expected, &c.calmCount, &c.calmExpected, &c.peak, &c.share, &c.usual, &c.told} {
		*f = r.float()
	}
	return c
}

// sane tells whether a state that was read could have been written: positions
// lie in their rings, times in order, figures are numbers.
func (s *state) sane(bin int64) bool {
	times := s.First == -1 && s.Last == -1 || s.First >= 0 && s.Last >= s.First-1 && s.Last <= bin
	if s.Step != int32(Step.Minutes()) || !times || s.Episode < 0 || s.Episode > s.Last && s.Episode != 0 ||
		s.BinPos < 0 || int(s.BinPos) >= len(s.Bins) || s.HourPos < 0 || int(s.HourPos) >= len(s.Hours) {
		return false
	}
	figures := []float64{s.Rate, float64(s.HourSum), float64(s.HourPart), float64(s.DayPart), s.Base.LA, s.Base.LE}
	for _, f := range slices.Concat(s.Base.DA[:], s.Base.DE[:], s.Base.WA[:], s.Base.WE[:]) {
		figures = append(figures, float64(f))
	}
	for _, p := range s.Peaks {
		if p.Days < 0 || p.Days > 0 && !(p.Limit > 0) {
			return false
		}
		figures = append(figures, float64(p.Limit), float64(p.Today), float64(p.Mean), float64(p.Var), float64(p.Block))
	}
	for _, f := range figures {
		if !sane(f) || f < 0 {
			return false
		}
	}
	return sanePairs(s.Bins[:]) && sanePairs(s.Hours[:]) && sanePairs([]pair{s.Sum4, s.Sum24})
}

func sanePairs(ps []pair) bool {
	for _, p := range ps {
		if !sane(float64(p.X)) || !sane(float64(p.E)) {
			return false
		}
	}
	return true
}

func saneChart(hs []half) bool {
	for _, h := range hs {
		if e := h.expected(); !sane(e) || e < 0 {
			return false
		}
	}
	return true
}
