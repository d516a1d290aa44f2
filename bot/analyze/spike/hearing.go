package spike

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"time"

	"earshot/bot"
)

// What is known of the sources.
const (
	sourceHours = 24 * 14 // memory of how much each source says, in hours
	leastPart   = 0.1     // a bin of which less was heard is as good as not heard
	leastSaid   = 0.01    // mentions of a source that are not worth remembering
)

// hearing is which sources were listened to, and how much of a watch each
// says: while one is down, that much less is expected.
type hearing struct {
	down   map[string][]bot.Outage       // by source
	shares map[string]map[string]float64 // watch → source → mentions, old ones fading
}

func newHearing() hearing {
	return hearing{down: map[string][]bot.Outage{}, shares: map[string]map[string]float64{}}
}

// Outages replaces what is known of when sources were down, of all the time
// from the running bin on and of an hour before it. An outage without an end
// goes on.
func (e *Engine) Outages(all []bot.Outage) {
	clear(e.heard.down)
	for _, o := range all {
		e.heard.down[o.Source] = append(e.heard.down[o.Source], o)
	}
}

// deaf tells whether a source was down for at least half of a bin.
func (h *hearing) deaf(source string, bin int64) bool {
	start := utc(bin * stepSeconds)
	end := start.Add(Step)
	var down time.Duration
	for _, o := range h.down[source] {
		from, to := o.From, o.To
		if from.Before(start) {
			from = start
		}
		if to.IsZero() || to.After(end) {
			to = end
		}
		if to.After(from) {
			down += to.Sub(from)
		}
	}
	return down >= Step/2
}

// missed tells whether something was said when nobody listened to its source.
func (h *hearing) missed(source string, at time.Time) bool {
	return len(h.down[source]) > 0 && h.deaf(source, binOf(at))
}

// part is how much of a watch was heard in a bin, by what its sources usually
// say: 0 for next to nothing, up to 1.
func (h *hearing) part(watch string, bin int64) float64 {
	if len(h.down) == 0 {
		return 1
	}
	var all, heard float64
	said := h.shares[watch]
	for _, source := range slices.Sorted(maps.Keys(said)) { // sums depend on the order
		all += said[source]
		if !h.deaf(source, bin) {
			heard += said[source]
		}
	}
	switch {
	case all == heard:
		return 1
	case heard < leastPart*all:
		return 0
	}
	return heard / all
}

// count remembers that a source spoke of a watch.
func (h *hearing) count(watch, source string) {
	if h.shares[watch] == nil {
		h.shares[watch] = map[string]float64{}
	}
	h.shares[watch][source]++
}

// fade lets an hour pass.
func (h *hearing) fade() {
	keep := math.Exp(-1.0 / sourceHours)
	for watch, said := range h.shares {
		for source, n := range said {
			if said[source] = n * keep; n*keep < leastSaid {
				delete(said, source)
			}
		}
		if len(said) == 0 {
			delete(h.shares, watch)
		}
	}
}

// append writes what a snapshot keeps: outages are the store's to know.
func (h *hearing) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(h.shares)))
	for _, watch := range slices.Sorted(maps.Keys(h.shares)) {
		b = appendName(b, watch)
		b = binary.AppendUvarint(b, uint64(len(h.shares[watch])))
		for _, source := range slices.Sorted(maps.Keys(h.shares[watch])) {
			b = appendName(b, source)
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(h.shares[watch][source]))
		}
	}
	return b
}

func (h *hearing) read(r *reader) {
	for range r.count(2) {
		watch := r.name()
		said := map[string]float64{}
		for range r.count(9) {
			source, n := r.name(), r.float()
			if n < 0 {
				r.fail()
			}
			said[source] = n
		}
		h.shares[watch] = said
	}
}
