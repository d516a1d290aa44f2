package contrast

import (
	"math/bits"
	"slices"
	"strings"
)

// When phrases are one.
const (
	mostOf    = 0.5 // of a phrase's people say the longer one: the longer one says it better
	nearlyAll = 0.8 // and of another phrase that the same people say: the one with more words is shown
	alike     = 0.6 // of the people of two phrases say both: they are one saying
	ownZ      = 2.5 // a phrase that shares a word with a surer one stands alone when, without its people, it still passes this
	leastOwn  = 5   // and so many people of A say it
	typoShare = 3   // a spelling so many times rarer than another is a slip of it
	typoWord  = 6   // letters from which a slip is looked for
)

// set is a set of small numbers.
type set []uint64

func newSet(n int) set  { return make(set, (n+63)/64) }
func (s set) add(i int) { s[i/64] |= 1 << (i % 64) }

// count counts s, split at the first n members of A, without those in other.
func (s set) without(other set, a int) (n counts) {
	for i, w := range s {
		if other != nil {
			w &^= other[i]
		}
		if first := i * 64; first+64 <= a {
			n.a += uint32(bits.OnesCount64(w))
		} else if first >= a {
			n.b += uint32(bits.OnesCount64(w))
		} else {
			mask := uint64(1)<<(a-first) - 1
			n.a += uint32(bits.OnesCount64(w & mask))
			n.b += uint32(bits.OnesCount64(w &^ mask))
		}
	}
	return n
}

func (s set) join(other set) {
	for i := range s {
		s[i] |= other[i]
	}
}

// merged is a phrase with those that say the same.
type merged struct {
	lead *candidate
	rest []*candidate
}

// merge makes one phrase of those that mean the same; found is in order, the
// surest first, and so is what it gives.
func merge(voc *vocabulary, found []*candidate, people counts) []*merged {
	m := merger{voc: voc, people: people}
	var groups []*merged
	for _, f := range found {
		var related []*merged
		same := -1
		for i, g := range groups {
			if m.same(g, f) {
				same = i
				break
			}
			if m.shareWord(g.lead, f) {
				related = append(related, g)
			}
		}
		switch {
		case same >= 0:
			m.take(groups[same], f)
		case len(related) > 0 && !m.standsAlone(related, f):
			m.take(m.nearest(related, f), f)
		default:
			groups = append(groups, &merged{lead: f})
		}
	}
	return m.again(groups)
}

// again merges groups whose leads came to mean the same while they grew.
func (m merger) again(groups []*merged) []*merged {
	var out []*merged
	for _, g := range groups {
		i := slices.IndexFunc(out, func(o *merged) bool {
			return m.same(o, g.lead) || m.shareWord(o.lead, g.lead) && !m.standsAlone([]*merged{o}, g.lead)
		})
		if i < 0 {
			out = append(out, g)
			continue
		}
		out[i].rest = append(append(out[i].rest, g.lead), g.rest...)
	}
	return out
}

// holds tells whether short stands in long, word by word.
func holds(long, short []uint32) bool {
	for i := 0; i+len(short) <= len(long); i++ {
		if slices.Equal(long[i:i+len(short)], short) {
			return true
		}
	}
	return false
}

type merger struct {
	voc    *vocabulary
	people counts
}

// take takes a phrase into a group. A longer one that most who say the shorter
// one mean, and that tells more than a mood, leads from now on.
func (m merger) take(g *merged, f *candidate) {
	share := float64(f.said.a) / float64(g.lead.said.a)
	if len(m.subjects(f)) > len(m.subjects(g.lead)) && (share >= mostOf && holds(f.keys, g.lead.keys) || share >= nearlyAll) {
		g.lead, f = f, g.lead
	}
	g.rest = append(g.rest, f)
}

// same tells whether a phrase is another way to say what a group says: the
// same words in another order, the less of them, another spelling, or said by
// the same people.
func (m merger) same(g *merged, f *candidate) bool {
	lead := g.lead
	if slices.Equal(m.subjects(lead), m.subjects(f)) || lead.says(f) || slices.ContainsFunc(g.rest, func(r *candidate) bool { return r.says(f) }) {
		return true
	}
	a, b := m.spelt(lead), m.spelt(f)
	if a == b || lead.said.a >= typoShare*f.said.a && slip(a, b) {
		return true
	}
	both := lead.said.a + f.said.a
	shared := lead.said.a - lead.people.without(f.people, int(m.people.a)).a
	return float64(shared) >= alike*float64(both-shared)
}

// says tells whether f is a part of a phrase, and most who say it say all.
func (c *candidate) says(f *candidate) bool {
	return holds(c.keys, f.keys) && float64(c.said.a) >= mostOf*float64(f.said.a)
}

// subjects are the words of a phrase that carry it, in order of their numbers.
func (m merger) subjects(f *candidate) []uint32 {
	var keys []uint32
	for _, k := range f.keys {
		if m.voc.class[k] != glue && m.voc.class[k] != mood {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

func (m merger) shareWord(a, b *candidate) bool {
	mine := m.subjects(a)
	return slices.ContainsFunc(m.subjects(b), func(k uint32) bool {
		_, ok := slices.BinarySearch(mine, k)
		return ok && m.voc.class[k] != turn
	})
}

// standsAlone tells whether a phrase is more in A even without the people who
// say the surer ones that it shares a word with.
func (m merger) standsAlone(related []*merged, f *candidate) bool {
	others := slices.Clone(related[0].lead.people)
	for _, g := range related[1:] {
		others.join(g.lead.people)
	}
	left := f.people.without(others, int(m.people.a))
	if left.a < leastOwn {
		return false
	}
	z, p := pOf(left, m.people)
	return z >= ownZ && p < 0.01
}

// nearest is the group with most of the people of A who say f.
func (m merger) nearest(related []*merged, f *candidate) *merged {
	return slices.MinFunc(related, func(x, y *merged) int {
		return int(f.people.without(x.lead.people, int(m.people.a)).a) - int(f.people.without(y.lead.people, int(m.people.a)).a)
	})
}

// spelt is a phrase in one piece, as it is compared.
func (m merger) spelt(f *candidate) string {
	var b strings.Builder
	for _, k := range f.keys {
		b.WriteString(m.voc.stemOf(k))
	}
	return b.String()
}

// slip tells whether b is a with one letter more, less or other, or two
// neighbours swapped.
func slip(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) < typoWord || len(y) < typoWord {
		return false
	}
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	return len(x) <= 1 && len(y) <= 1 || len(x) == 2 && len(y) == 2 && x[0] == y[1] && x[1] == y[0]
}
