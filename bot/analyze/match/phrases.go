package match

import "earshot/bot/analyze/token"

// Phrase is one or more parts that stand one after the other, with at most Gap
// words between two of them and no end of a sentence. A part is any one of its
// terms.
type Phrase struct {
	Parts [][]string
	Gap   int
}

// Phrases is a compiled set of phrases, safe for concurrent use.
type Phrases struct {
	set    *Set
	first  []int32 // use of each term, plus one
	uses   []use
	shapes []shape // of each phrase
	slots  int     // parts that wait for their next, over all phrases
}

// use says that a term is a part of a phrase; next is another use of the same
// term, plus one.
type use struct{ phrase, part, next int32 }

// shape is what a phrase looks like: how many parts, and where those that wait
// are kept.
type shape struct{ parts, slot, gap int32 }

// CompilePhrases makes a set of phrases. Each term is written as Compile takes
// it, and compiled once however many phrases share it.
func CompilePhrases(list []Phrase) (*Phrases, error) {
	n := 0
	for _, x := range list {
		for _, part := range x.Parts {
			n += len(part)
		}
	}
	p := &Phrases{first: make([]int32, 0, n), uses: make([]use, 0, n), shapes: make([]shape, len(list))}
	numbers, terms := make(map[string]int32, n), make([]string, 0, n)
	for i, x := range list {
		p.shapes[i] = shape{parts: int32(len(x.Parts)), slot: int32(p.slots), gap: int32(x.Gap)}
		p.slots += max(0, len(x.Parts)-1)
		for k, part := range x.Parts {
			for _, s := range part {
				t, ok := numbers[s]
				if !ok {
					t = int32(len(terms))
					numbers[s] = t
					terms = append(terms, s)
					p.first = append(p.first, 0)
				}
				p.uses = append(p.uses, use{int32(i), int32(k), p.first[t]})
				p.first[t] = int32(len(p.uses))
			}
		}
	}
	var err error
	p.set, err = Compile(terms)
	return p, err
}

// PhraseScratch is memory that Find uses again; not for several goroutines at
// once, and for one set of phrases alone.
type PhraseScratch struct {
	hits, found []Hit
	open        []Hit // of each part that waits for the next; End is 0 for none
	dirty       []int32
}

// Find gives the phrases in a text that was read, in the order of where they
// end; Term is the number of the phrase. The result is valid until the next
// call with the same scratch.
func (p *Phrases) Find(t *token.Text, s *PhraseScratch) []Hit {
	s.hits, s.found = p.set.Find(t, s.hits[:0]), s.found[:0]
	if len(s.open) != p.slots {
		s.open = make([]Hit, p.slots)
	}
	for _, h := range s.hits {
		for n := p.first[h.Term]; n != 0; n = p.uses[n-1].next {
			p.part(t.Folded, p.uses[n-1], h, s)
		}
	}
	for _, slot := range s.dirty {
		s.open[slot] = Hit{}
	}
	s.dirty = s.dirty[:0]
	return s.found
}

// part carries one part of a phrase on to the next, or ends the phrase.
func (p *Phrases) part(folded []byte, u use, h Hit, s *PhraseScratch) {
	x := p.shapes[u.phrase]
	if u.part > 0 {
		before := s.open[x.slot+u.part-1]
		if before.End == 0 || !near(folded, before.End, h.Start, int(x.gap)) {
			return
		}
		h.Start = before.Start
	}
	h.Term = int(u.phrase)
	if u.part == x.parts-1 {
		s.found = append(s.found, h)
		return
	}
	slot := x.slot + u.part
	if s.open[slot].End == 0 {
		s.dirty = append(s.dirty, slot)
	}
	s.open[slot] = h
}

// gapBytes is how many bytes a word in a gap may have on average.
const gapBytes = 20

// near tells whether at most gap words, and no end of a sentence, stand
// between two places.
func near(folded []byte, end, start, gap int) bool {
	if end > start || start-end > (gap+1)*gapBytes {
		return false
	}
	words := 0
	for i, c := range folded[end:start] {
		switch c {
		case ' ':
			words++
		case '!', '?':
			return false
		case '.':
			if end+i+1 < len(folded) && folded[end+i+1] == ' ' {
				return false
			}
		}
	}
	return words <= gap+1
}
