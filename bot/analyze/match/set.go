// Package match finds many terms at once in a text: the watches' terms, the
// topics' words, the phrases of intents. Terms are compiled into one
// Aho–Corasick automaton (Aho and Corasick, 1975) over folded bytes, so that
// ten thousand of them cost about as much as ten.
package match

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"earshot/bot/analyze/token"
)

// Set is a compiled set of terms, safe for concurrent use.
type Set struct {
	open   int32      // where the root goes with edge; it goes nowhere else
	first  [256]int32 // where open goes
	nodes  []node
	labels []byte  // of all edges, those of a node together and ascending
	goes   []int32 // where they lead
	terms  []term
}

type node struct {
	edge, edges int32 // labels[edge : edge+edges]
	fail        int32 // longest proper suffix that is a node too
	found       int32 // first term that ends here, plus one; 0 for none
	output      int32 // nearest node down the fail links at which a term ends; 0 for none
}

type term struct {
	length      int32
	next        int32 // another term that ends at the same node, plus one
	first, last rune
	prefix      bool // words may go on behind it
}

// Hit is one term found: its number in Compile's list, and where it stands in
// the folded text. For a term that ends in "*", End is where the word ends.
type Hit struct{ Term, Start, End int }

// ErrEmpty says that a term holds nothing to look for.
var ErrEmpty = errors.New("a term is empty")

// Compile makes a set of terms: words, phrases, "#tags", "@handles", and
// "prefixes*". Case, kinds of white space and inner hyphens do not count.
func Compile(terms []string) (*Set, error) {
	read, err := readTerms(terms)
	if err != nil {
		return nil, err
	}
	n := read.nodes()
	b := builder{trie: make([]branch, 1, n), set: &Set{nodes: make([]node, 1, n), terms: make([]term, 0, len(terms)), labels: make([]byte, 0, n), goes: make([]int32, 0, n)}}
	for i := range read.terms {
		b.add(&read.terms[i], read.path(i))
	}
	b.link()
	return b.set, nil
}

// reading is terms that were read, with what leads to each: its folded bytes,
// and an edge before every word and sign.
type reading struct {
	terms []term
	paths []byte
	ends  []int
}

func readTerms(terms []string) (*reading, error) {
	r := &reading{terms: make([]term, 0, len(terms)), ends: make([]int, 0, len(terms))}
	total := 0
	for _, s := range terms {
		total += len(s) + len(s)/4 + 2
	}
	r.paths = make([]byte, 0, total)
	var t token.Text
	for _, s := range terms {
		body, prefix := strings.CutSuffix(strings.TrimSpace(s), "*")
		t.Read(strings.TrimSpace(body))
		folded, edges := bytes.TrimRight(t.Folded, " "), t.Edges
		if len(folded) == 0 {
			return nil, ErrEmpty
		}
		for i, c := range folded {
			if len(edges) > 0 && int(edges[0]) == i {
				edges = edges[1:]
				r.paths = append(r.paths, edge)
			}
			r.paths = append(r.paths, c)
		}
		first, _ := utf8.DecodeRune(folded)
		last, _ := utf8.DecodeLastRune(folded)
		r.terms = append(r.terms, term{length: int32(len(folded)), first: first, last: last, prefix: prefix})
		r.ends = append(r.ends, len(r.paths))
	}
	return r, nil
}

func (r *reading) path(i int) []byte {
	if i == 0 {
		return r.paths[:r.ends[0]]
	}
	return r.paths[r.ends[i-1]:r.ends[i]]
}

// nodes is how many nodes the paths have together: each has as many of its own
// as it is longer than what it shares with the one before it in their order.
func (r *reading) nodes() int {
	order := make([]int32, len(r.terms))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return bytes.Compare(r.path(int(a)), r.path(int(b))) })
	n := 1
	var before []byte
	for _, i := range order {
		path := r.path(int(i))
		same := 0
		for same < len(path) && same < len(before) && path[same] == before[same] {
			same++
		}
		n += len(path) - same
		before = path
	}
	return n
}

type builder struct {
	trie []branch // of each node
	set  *Set
}

// branch is a node while the set is built: its label, its first child and its
// next sibling, 0 for none.
type branch struct {
	child, sibling int32
	label          byte
}

// edge is a symbol that the automaton is fed before every word and sign. All
// terms begin with it, so that inside words there is nothing to follow.
const edge = 0

func (b *builder) add(t *term, path []byte) {
	at := int32(0)
	for _, c := range path {
		at = b.child(at, c)
	}
	n := &b.set.nodes[at]
	t.next = n.found
	b.set.terms = append(b.set.terms, *t)
	n.found = int32(len(b.set.terms))
}

// child is where c leads from at; it is made where there is none. Children
// stand in the order of their labels.
func (b *builder) child(at int32, c byte) int32 {
	before, next := int32(0), b.trie[at].child
	for next != 0 && b.trie[next].label < c {
		before, next = next, b.trie[next].sibling
	}
	if next != 0 && b.trie[next].label == c {
		return next
	}
	made := int32(len(b.set.nodes))
	b.set.nodes = append(b.set.nodes, node{})
	b.trie = append(b.trie, branch{label: c, sibling: next})
	if before == 0 {
		b.trie[at].child = made
	} else {
		b.trie[before].sibling = made
	}
	return made
}

// link lays the edges out and sets the fail links, breadth first.
func (b *builder) link() {
	s := b.set
	queue := make([]int32, 1, len(s.nodes))
	for done := 0; done < len(queue); done++ {
		at := queue[done]
		from := len(s.labels)
		for child := b.trie[at].child; child != 0; child = b.trie[child].sibling {
			s.labels, s.goes = append(s.labels, b.trie[child].label), append(s.goes, child)
			queue = append(queue, child)
		}
		s.nodes[at].edge, s.nodes[at].edges = int32(from), int32(len(s.labels)-from)
		for i := from; i < len(s.labels); i++ {
			c, child := s.labels[i], s.goes[i]
			if at == 0 {
				s.open = child
				continue
			}
			if at == s.open {
				s.first[c] = child
			}
			fail := s.next(s.nodes[at].fail, c)
			s.nodes[child].fail = fail
			s.nodes[child].output = s.nodes[fail].output
			if s.nodes[fail].found != 0 {
				s.nodes[child].output = fail
			}
		}
	}
}

// next is where the automaton goes from at with c; 0 is the root.
func (s *Set) next(at int32, c byte) int32 {
	for at != s.open && at != 0 {
		n := &s.nodes[at]
		for i := n.edge; i < n.edge+n.edges; i++ {
			if s.labels[i] == c {
				return s.goes[i]
			}
		}
		at = n.fail
	}
	switch {
	case c == edge:
		return s.open
	case at == 0:
		return 0
	}
	return s.first[c]
}

// Find appends the hits in a text that was read to hits, in the order of
// where they end.
func (s *Set) Find(t *token.Text, hits []Hit) []Hit {
	folded, edges := t.Folded, t.Edges
	at := int32(0)
	for e, from := range edges {
		to := len(folded)
		if e+1 < len(edges) {
			to = int(edges[e+1])
		}
		at = s.next(at, edge)
		for i := int(from); i < to && at != 0; i++ {
			if at = s.next(at, folded[i]); at != 0 && (s.nodes[at].found != 0 || s.nodes[at].output != 0) {
				hits = s.found(folded, at, i+1, hits)
			}
		}
	}
	return hits
}

// found appends the terms that end at node at, before end.
func (s *Set) found(folded []byte, at int32, end int, hits []Hit) []Hit {
	if s.nodes[at].found == 0 {
		at = s.nodes[at].output
	}
	for ; at != 0; at = s.nodes[at].output {
		for k := s.nodes[at].found; k != 0; k = s.terms[k-1].next {
			if h, ok := s.hit(folded, int(k-1), end); ok {
				hits = append(hits, h)
			}
		}
	}
	return hits
}

// hit tells whether the term that ends before end stands there as a word.
func (s *Set) hit(folded []byte, k, end int) (Hit, bool) {
	t := &s.terms[k]
	start := end - int(t.length)
	if start > 0 {
		before, _ := utf8.DecodeLastRune(folded[:start])
		if !token.Edge(before, t.first) || (t.first == '@' || t.first == '#') && token.IsWordRune(before) {
			return Hit{}, false
		}
	}
	if end == len(folded) {
		return Hit{k, start, end}, true
	}
	if t.prefix {
		return Hit{k, start, wordEnd(folded, end)}, true
	}
	after, _ := utf8.DecodeRune(folded[end:])
	return Hit{k, start, end}, token.Edge(t.last, after)
}

// maxTail bounds how far a prefix's word is followed.
const maxTail = 40

func wordEnd(folded []byte, end int) int {
	for limit := min(len(folded), end+maxTail); end < limit; {
		r, size := utf8.DecodeRune(folded[end:])
		if !token.IsWordRune(r) {
			break
		}
		end += size
	}
	return end
}
