// Package match finds many terms at once in a text: the watches' terms, the
// topics' words, the phrases of intents. Terms are compiled into one
// Aho–Corasick automaton (Aho and Corasick, 1975) over folded bytes, so that
// ten thousand of them cost about as much as ten.
package match

import (
	"errors"
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
	b := builder{trie: []branch{{}}, set: &Set{nodes: []node{{}}}}
	for _, s := range terms {
		body, prefix := strings.CutSuffix(strings.TrimSpace(s), "*")
		t := token.Term(body)
		if len(t.Folded) == 0 {
			return nil, ErrEmpty
		}
		b.add(t, prefix)
	}
	b.link()
	return b.set, nil
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

func (b *builder) add(t *token.Text, prefix bool) {
	at := int32(0)
	folded, edges := string(t.Folded), t.Edges
	for i := range len(folded) {
		if len(edges) > 0 && int(edges[0]) == i {
			edges = edges[1:]
			at = b.child(at, edge)
		}
		at = b.child(at, folded[i])
	}
	first, _ := utf8.DecodeRuneInString(folded)
	last, _ := utf8.DecodeLastRuneInString(folded)
	n := &b.set.nodes[at]
	b.set.terms = append(b.set.terms, term{length: int32(len(folded)), next: n.found, first: first, last: last, prefix: prefix})
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
	queue := []int32{0}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
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
