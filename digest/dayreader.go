package digest

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// errDay is what every broken roll-up comes to.
var errDay = errors.New("not a roll-up of a day")

// dayReader walks through an encoded Day, person by person, without building it.
type dayReader struct {
	b       []byte
	start   int64 // of the day, seconds since 1970
	sources []string
	topics  []string
	left    uint64 // people still to come
	key     uint64
	recs    []record // of the person read last; reused
	bad     bool
}

// openDay reads an encoded Day up to its first person.
func openDay(body []byte) (*dayReader, error) {
	if len(body) == 0 || body[0] != dayVersion {
		return nil, fmt.Errorf("read roll-up: %w", errDay)
	}
	r := &dayReader{b: body[1:]}
	day, n := binary.Varint(r.b)
	if n <= 0 || day < 0 || day > 1<<20 {
		return nil, fmt.Errorf("read roll-up: %w", errDay)
	}
	r.b, r.start = r.b[n:], day*secondsADay
	r.sources, r.topics = r.names(maxSources), r.names(maxTopics)
	if r.left = r.uvarint(); r.left > uint64(len(r.b)) {
		r.bad = true
	}
	if r.bad {
		return nil, fmt.Errorf("read roll-up: %w", errDay)
	}
	return r, nil
}

func (r *dayReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *dayReader) names(limit uint64) []string {
	n := r.uvarint()
	if n > limit || n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	names := make([]string, n)
	for i := range names {
		size := r.uvarint()
		if size > uint64(len(r.b)) || size > maxName {
			r.bad = true
			return nil
		}
		names[i], r.b = string(r.b[:size]), r.b[size:]
	}
	return names
}

// next reads the next person into key and recs; false at the end, or when the
// roll-up is broken (bad).
func (r *dayReader) next() bool {
	if r.left == 0 {
		r.bad = r.bad || len(r.b) != 0
		return false
	}
	r.left--
	delta := r.uvarint()
	r.bad = r.bad || r.key+delta < r.key
	r.key += delta
	n := r.uvarint()
	if r.bad || n > uint64(len(r.b)) {
		r.bad = true
		return false
	}
	r.recs = r.recs[:0]
	at := uint64(0)
	for range n {
		at += r.uvarint()
		rec, ok := r.record(at)
		if !ok {
			r.bad = true
			return false
		}
		r.recs = append(r.recs, rec)
	}
	return true
}

func (r *dayReader) record(at uint64) (record, bool) {
	if r.bad || at >= secondsADay || len(r.b) == 0 {
		return record{}, false
	}
	head := r.b[0]
	r.b = r.b[1:]
	rec := record{at: r.start + int64(at), kind: kind(head & 3), stance: head >> 2 & 3, label: head >> 4 & 7}
	source := r.uvarint()
	rec.topics = r.uvarint()
	if head>>7 == 1 {
		later := r.uvarint()
		if later > 1<<40 {
			return rec, false
		}
		rec.answered = rec.at + int64(later)
	}
	rec.source = uint16(source)
	fits := source < uint64(len(r.sources)) && fitsLabel(rec) &&
		(len(r.topics) == maxTopics || rec.topics>>len(r.topics) == 0)
	return rec, fits && !r.bad
}

// fitsLabel tells whether a record's label is one that there is; only words that
// say nothing may be nobody's.
func fitsLabel(r record) bool {
	return int(r.label) < len(labels()) || r.label == labelNobody && r.kind == kindNone
}
