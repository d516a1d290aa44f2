package echo

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Two hashes that share enough fields share one of the first of them: only
// those are looked up.
const (
	lookedUp   = fields - shareFields + 1
	fieldSlots = 1 << fieldBits
)

func fieldOf(hash uint64, f int) int { return int(hash>>(fieldBits*f)) & (fieldSlots - 1) }

// queue holds the mentions that have one value in one field, the oldest first:
// their hashes, side by side so that they are read at the speed of memory, and
// their places among the entries.
type queue struct {
	hashes []uint64
	places []uint32
	gone   int // how many at the beginning were taken out
}

func (q *queue) push(hash uint64, place uint32) {
	if n := len(q.places); n == cap(q.places) && 4*q.gone > n { // move up rather than grow
		q.places = q.places[:copy(q.places, q.places[q.gone:])]
		q.hashes = q.hashes[:copy(q.hashes, q.hashes[q.gone:])]
		q.gone = 0
	}
	q.hashes, q.places = append(q.hashes, hash), append(q.places, place)
}

func (q *queue) pop() { q.gone++ }

// entry is one mention in the index.
type entry struct {
	id, caseID int64
	at         int64 // Unix seconds
	watches    uint32
}

// Index remembers the hashes of recent mentions and finds those that may say
// the same. It keeps the latest size of them, in memory, and is safe for
// concurrent use.
type Index struct {
	mu      sync.RWMutex
	size    uint64
	age     int64
	seq     uint64 // counts what was ever added
	entries []entry
	hashes  []uint64
	queues  [lookedUp][fieldSlots]queue
	exact   map[uint64]uint64 // the latest entry of a short text's hash
	sets    [][]string
	setOf   map[string]uint32
}

// New makes an index of the latest size mentions; two that lie further apart
// in time than age are no echoes. A mention takes about 120 bytes.
func New(size int, age time.Duration) *Index {
	return &Index{size: uint64(max(size, 1)), age: int64(age / time.Second), exact: map[uint64]uint64{}, setOf: map[string]uint32{}}
}

// Add remembers a mention. caseID is the case it belongs to, 0 for none.
func (x *Index) Add(id, caseID int64, watches []string, hash uint64, at time.Time) {
	if hash == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	e := entry{id: id, caseID: caseID, at: at.Unix(), watches: x.intern(watches)}
	seq := x.seq
	x.seq++
	place := uint32(seq % x.size)
	if int(place) == len(x.entries) {
		x.entries, x.hashes = append(x.entries, e), append(x.hashes, hash)
	} else {
		x.forget(seq - x.size)
		x.entries[place], x.hashes[place] = e, hash
	}
	if hash&shortBit != 0 {
		x.exact[hash] = seq
		return
	}
	for f := range lookedUp {
		x.queues[f][fieldOf(hash, f)].push(hash, place)
	}
}

// forget takes out the oldest entry, which is the first in each of its queues.
func (x *Index) forget(seq uint64) {
	hash := x.hashes[seq%x.size]
	if hash&shortBit != 0 {
		if x.exact[hash] == seq {
			delete(x.exact, hash)
		}
		return
	}
	for f := range lookedUp {
		x.queues[f][fieldOf(hash, f)].pop()
	}
}

// Len is how many mentions are remembered.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.entries)
}

// intern gives the number of a set of watches.
func (x *Index) intern(watches []string) uint32 {
	key := ""
	for _, w := range watches {
		key += w + "\x00"
	}
	n, ok := x.setOf[key]
	if !ok {
		n = uint32(len(x.sets))
		x.sets = append(x.sets, slices.Clone(watches))
		x.setOf[key] = n
	}
	return n
}

// maxNear is how many mentions Near hands over at most: what is an echo is
// nearly always the first.
const maxNear = 16

// near is a mention that may say the same.
type near struct {
	id, caseID int64
	shared     int
	seq        uint64
}

// Near hands over the mentions that a text of this hash may echo, the likeliest
// first, until fn returns false: of those with a watch in common and within the
// index's age of at, the ones that share most with it; of equals those with a
// case, then the latest. Only Same knows whether they do.
func (x *Index) Near(hash uint64, watches []string, at time.Time, fn func(id, caseID int64) bool) {
	if hash == 0 {
		return
	}
	for _, n := range x.near(hash, watches, at.Unix()) {
		if !fn(n.id, n.caseID) {
			return
		}
	}
}

func (x *Index) near(hash uint64, watches []string, at int64) []near {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s := search{x: x, hash: hash, watches: watches, at: at}
	if hash&shortBit != 0 {
		if seq, known := x.exact[hash]; known {
			s.consider(uint32(seq%x.size), fields)
		}
		return s.found
	}
	for f := range lookedUp {
		s.walk(f)
	}
	return s.found
}

type search struct {
	x       *Index
	hash    uint64
	watches []string
	at      int64
	found   []near // at most maxNear, the likeliest first
}

// walk looks at the mentions that share field f, and none of the fields before.
func (s *search) walk(f int) {
	before := uint64(1)<<(f*fieldBits) - 1
	q := &s.x.queues[f][fieldOf(s.hash, f)]
	places := q.places[q.gone:]
	for i, hash := range q.hashes[q.gone:] {
		differs := hash ^ s.hash
		n := zeroBytes(differs)
		if n >= shareFields && zeroBytes(differs|^before) == 0 {
			s.consider(places[i], n)
		}
	}
}

// consider keeps a mention, if it may be an echo and is among the likeliest.
func (s *search) consider(place uint32, shared int) {
	e := &s.x.entries[place]
	if age := s.at - e.at; age > s.x.age || -age > s.x.age || !s.share(e.watches) {
		return
	}
	n := near{id: e.id, caseID: e.caseID, shared: shared, seq: s.x.seqOf(place)}
	at, _ := slices.BinarySearchFunc(s.found, n, likelier)
	if at == maxNear {
		return
	}
	if len(s.found) == maxNear {
		s.found = s.found[:maxNear-1]
	}
	s.found = slices.Insert(s.found, at, n)
}

// likelier orders mentions, the likeliest first.
func likelier(a, b near) int {
	of := func(caseID int64) int {
		if caseID > 0 {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(b.shared, a.shared), cmp.Compare(of(b.caseID), of(a.caseID)), cmp.Compare(b.seq, a.seq))
}

// seqOf is the number of the entry that stands in a place.
func (x *Index) seqOf(place uint32) uint64 {
	last := x.seq - 1
	return last - (last+x.size-uint64(place))%x.size
}

func (s *search) share(set uint32) bool {
	for _, w := range s.x.sets[set] {
		if slices.Contains(s.watches, w) {
			return true
		}
	}
	return len(s.watches) == 0 && len(s.x.sets[set]) == 0
}
