package contrast

import (
	"cmp"
	"math/bits"
	"slices"
)

// code is a phrase: the keys of one to three words, 21 bits each.
type code uint64

const keyBits = 21

func (c code) words() []uint32 {
	var keys []uint32
	for shift := 2 * keyBits; shift >= 0; shift -= keyBits {
		if k := uint32(c>>shift) & (1<<keyBits - 1); k != 0 {
			keys = append(keys, k)
		}
	}
	return keys
}

// leastSaid is how many people of both groups must say a phrase for it to be
// compared at all: what fewer say can never be told from chance. It looks at
// both groups together and so does not favour one (Bourgon, Gentleman and
// Huber 2010, doi.org/10.1073/pnas.0914005107).
const leastSaid = 5

// phrases hands over every phrase of a text; at is the place of its last word
// in words, n how many words it has.
func (c *Counter) phrases(words []uint32, fn func(p code, at, n int)) {
	voc := c.voc
	var k1, k2 uint32 // the two words before; 0 where a phrase ends
	for i, w := range words {
		k := voc.key[w]
		if k != 0 {
			last := voc.class[k]
			if last != glue && last != turn {
				if last == content {
					fn(code(k), i, 1)
				}
				if k2 != 0 && voc.subject(k2, k, k) {
					fn(code(k2)<<keyBits|code(k), i, 2)
				}
				if k1 != 0 && k2 != 0 && voc.subject(k1, k2, k) {
					fn(code(k1)<<(2*keyBits)|code(k2)<<keyBits|code(k), i, 3)
				}
			}
		}
		k1, k2 = k2, k
	}
}

// subject tells whether words make a phrase: it begins with a word that means
// something, and names a subject.
func (v *vocabulary) subject(first, middle, last uint32) bool {
	f, l := v.class[first], v.class[last]
	if f == glue {
		return false
	}
	if f == wide || l == wide {
		return f == l
	}
	return f == content || l == content || v.class[middle] == content
}

// people orders the texts by person, A before B.
func (c *Counter) people() {
	slices.SortStableFunc(c.texts, func(x, y said) int {
		return cmp.Or(cmp.Compare(x.group, y.group), cmp.Compare(x.person, y.person))
	})
}

// eachPerson hands over the texts of one person after the other.
func (c *Counter) eachPerson(fn func(g Group, texts []said)) {
	for i := 0; i < len(c.texts); {
		j := i + 1
		for j < len(c.texts) && c.texts[j].person == c.texts[i].person && c.texts[j].group == c.texts[i].group {
			j++
		}
		fn(c.texts[i].group, c.texts[i:j])
		i = j
	}
}

// eachSaid hands over the phrases of every person, each once.
func (c *Counter) eachSaid(fn func(g Group, said []code)) {
	var all []code
	c.eachPerson(func(g Group, texts []said) {
		all = all[:0]
		for _, t := range texts {
			c.phrases(c.words[t.from:t.to], func(p code, _, _ int) { all = append(all, p) })
		}
		slices.Sort(all)
		fn(g, slices.Compact(all))
	})
}

// sketch counts roughly, never too low, in a bounded space: a count-min sketch
// of two rows (Cormode and Muthukrishnan 2005, doi.org/10.1016/j.jalgor.2003.12.001).
type sketch struct {
	rows [2][]uint8
	mask uint64
}

const maxSketch = 1 << 23

func newSketch(words int) *sketch {
	size := min(1<<bits.Len(uint(4*words)), maxSketch)
	return &sketch{rows: [2][]uint8{make([]uint8, size), make([]uint8, size)}, mask: uint64(size - 1)}
}

func (s *sketch) at(p code) (x, y *uint8) {
	h := spread(uint64(p))
	return &s.rows[0][h&s.mask], &s.rows[1][h>>32&s.mask]
}

func (s *sketch) add(p code) {
	x, y := s.at(p)
	if *x < 255 {
		*x++
	}
	if *y < 255 {
		*y++
	}
}

func (s *sketch) atLeast(p code, n uint8) bool {
	x, y := s.at(p)
	return *x >= n && *y >= n
}

// count counts the people of each group, and those who say each phrase that
// enough say.
func (c *Counter) count() (people counts, said map[code]counts) {
	rough := newSketch(len(c.words))
	c.eachSaid(func(g Group, all []code) {
		if g == A {
			people.a++
		} else {
			people.b++
		}
		for _, p := range all {
			rough.add(p)
		}
	})
	said = map[code]counts{}
	c.eachSaid(func(g Group, all []code) {
		for _, p := range all {
			if !rough.atLeast(p, leastSaid) {
				continue
			}
			n := said[p]
			if g == A {
				n.a++
			} else {
				n.b++
			}
			said[p] = n
		}
	})
	for p, n := range said {
		if n.all() < leastSaid {
			delete(said, p)
		}
	}
	return people, said
}
