package echo

import (
	"slices"
	"sync"
	"time"
)

// MaxDistance is the greatest distance of two echoes: about one word changed
// in twelve.
const MaxDistance = 9

// Two hashes are compared where they agree in one band at least, which is
// sure up to seven differing bits and very likely at nine.
const (
	bands     = 8
	bandBits  = 8
	bandSlots = 1 << bandBits
)

func bandOf(hash uint64, band int) int {
	return int(hash&^shortBit>>(bandBits*band)) & (bandSlots - 1)
}

// bucket holds the hashes that agree in one band, the oldest first.
type bucket struct {
	hashes []uint64
	seqs   []uint64
}

// entry is one mention in the index.
type entry struct {
	id, caseID int64
	at         int64 // Unix seconds
	hash       uint64
	watches    uint32
}

// Index remembers the hashes of recent mentions and finds the nearest one. It
// keeps the latest size of them, in memory, and is safe for concurrent use.
type Index struct {
	mu      sync.RWMutex
	size    uint64
	age     int64
	seq     uint64 // counts what was ever added
	entries []entry
	buckets [bands][bandSlots]bucket
	exact   map[uint64]uint64 // the latest entry of a short text's hash
	sets    [][]string
	setOf   map[string]uint32
}

// New makes an index of the latest size mentions; two that lie further apart
// in time than age are no echoes. A mention takes about 200 bytes.
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
	e := entry{id: id, caseID: caseID, at: at.Unix(), hash: hash, watches: x.intern(watches)}
	seq := x.seq
	x.seq++
	if slot := seq % x.size; slot == uint64(len(x.entries)) {
		x.entries = append(x.entries, e)
	} else {
		if old := x.entries[slot]; x.exact[old.hash] == seq-x.size {
			delete(x.exact, old.hash)
		}
		x.entries[slot] = e
	}
	if hash&shortBit != 0 {
		x.exact[hash] = seq
		return
	}
	oldest := x.seq - min(x.seq, x.size)
	for b := range bands {
		x.buckets[b][bandOf(hash, b)].add(hash, seq, oldest)
	}
}

// add puts a hash at the end, and drops those before oldest once they are
// half of the bucket.
func (b *bucket) add(hash, seq, oldest uint64) {
	if n := len(b.seqs); n >= 16 && b.seqs[n/2] < oldest {
		gone, _ := slices.BinarySearch(b.seqs, oldest)
		b.seqs = slices.Delete(b.seqs, 0, gone)
		b.hashes = slices.Delete(b.hashes, 0, gone)
	}
	b.hashes, b.seqs = append(b.hashes, hash), append(b.seqs, seq)
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

// Nearest finds the mention that hash echoes: of those with a watch in common
// and within the index's age of at, the nearest; of equals one with a case,
// then the latest.
func (x *Index) Nearest(hash uint64, watches []string, at time.Time) (id, caseID int64, ok bool) {
	if hash == 0 {
		return 0, 0, false
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	s := search{x: x, hash: hash, watches: watches, at: at.Unix(), distance: MaxDistance + 1}
	if hash&shortBit != 0 {
		if seq, known := x.exact[hash]; known {
			s.consider(seq, 0)
		}
	} else {
		for b := 0; b < bands && !s.done(); b++ {
			s.walk(&x.buckets[b][bandOf(hash, b)])
		}
	}
	if s.best == nil {
		return 0, 0, false
	}
	return s.best.id, s.best.caseID, true
}

type search struct {
	x        *Index
	hash     uint64
	watches  []string
	at       int64
	best     *entry
	distance int
}

// done tells whether nothing better can be found.
func (s *search) done() bool { return s.distance == 0 && s.best.caseID != 0 }

// walk looks at one bucket, the latest first.
func (s *search) walk(b *bucket) {
	oldest := s.x.seq - min(s.x.seq, s.x.size)
	for i := len(b.hashes) - 1; i >= 0 && !s.done(); i-- {
		if d := Distance(s.hash, b.hashes[i]); d <= s.distance && d <= MaxDistance {
			if b.seqs[i] < oldest {
				return
			}
			s.consider(b.seqs[i], d)
		}
	}
}

func (s *search) consider(seq uint64, d int) {
	e := &s.x.entries[seq%s.x.size]
	if d == s.distance && (s.best.caseID != 0 || e.caseID == 0) {
		return
	}
	if age := s.at - e.at; age > s.x.age || -age > s.x.age || !s.share(e.watches) {
		return
	}
	s.best, s.distance = e, d
}

func (s *search) share(set uint32) bool {
	for _, w := range s.x.sets[set] {
		if slices.Contains(s.watches, w) {
			return true
		}
	}
	return len(s.watches) == 0 && len(s.x.sets[set]) == 0
}
