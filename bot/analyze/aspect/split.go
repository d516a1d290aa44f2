package aspect

import (
	"earshot/bot/analyze/token"
)

// Segment is a part of a text that may speak of something else than its
// neighbours: the tokens From, up to but without To, and their bytes in
// Text.Folded.
type Segment struct {
	From, To   int
	Start, End uint32
	Turns      bool // a word of contrast opens it: "but", "though", "while"
}

// Holds tells whether a place in Text.Folded belongs to the segment.
func (g Segment) Holds(at uint32) bool { return g.Start <= at && at < g.End }

// maxSegments bounds the segments of a text; the rest belongs to the last.
const maxSegments = 16

// leastWords is how many words a segment needs on either side of a comma or
// an "and".
const leastWords = 2

// Split cuts a text that was read into segments: sentences, what a "but" or
// "while" joins, and what stands between commas or before an "and" that begins
// anew ("… and the delivery …"). The result is valid until the next call with
// the same scratch.
func Split(t *token.Text, s *Scratch) []Segment {
	s.segments = s.segments[:0]
	from, words := 0, 0
	turns := false
	for i := range t.Tokens {
		k := &t.Tokens[i]
		cut, turn := false, false
		if i > from {
			cut, turn = cuts(t, i, words)
		} else if i == 0 {
			turns = isTurn(t.FormOf(*k))
		}
		if cut && len(s.segments) < maxSegments-1 {
			s.segments = append(s.segments, segment(t, from, i, turns))
			from, words, turns = i, 0, turn
		}
		if k.Kind == token.Word {
			words++
		}
	}
	if from < len(t.Tokens) {
		s.segments = append(s.segments, segment(t, from, len(t.Tokens), turns))
	}
	return s.segments
}

func segment(t *token.Text, from, to int, turns bool) Segment {
	return Segment{From: from, To: to, Start: t.Tokens[from].Start, End: t.Tokens[to-1].End, Turns: turns}
}

// cuts tells whether a new segment begins with token i, and whether it turns
// against what was said; words is how many the present one has.
func cuts(t *token.Text, i, words int) (cut, turns bool) {
	k := &t.Tokens[i]
	form := t.FormOf(*k)
	turns = k.Kind == token.Word && isTurn(form)
	if k.Clause != t.Tokens[i-1].Clause {
		return true, turns
	}
	if words < leastWords || k.Kind > token.Tag {
		return false, false
	}
	if turns {
		return wordsAhead(t, i) > leastWords, true
	}
	if parted(t.Folded[t.Tokens[i-1].End:k.Start]) {
		return wordsAhead(t, i) >= leastWords, false
	}
	if isAnd(form) && i+1 < len(t.Tokens) && t.Tokens[i+1].Clause == k.Clause && begins(t.FormOf(t.Tokens[i+1])) {
		return wordsAhead(t, i+1) > leastWords, false
	}
	return false, false
}

// parted tells whether what stands between two words parts them: a comma, a
// dash, a bracket.
func parted(between []byte) bool {
	for i, c := range between {
		switch c {
		case ',', ';', ':', '(', ')':
			return true
		case '-':
			return i > 0
		}
	}
	return false
}

// wordsAhead is how many words of the clause follow from i on, up to the next
// that parts them; no more than it needs to know are counted.
func wordsAhead(t *token.Text, i int) int {
	n := 0
	for j := i; j < len(t.Tokens) && t.Tokens[j].Clause == t.Tokens[i].Clause && n <= leastWords; j++ {
		if j > i && parted(t.Folded[t.Tokens[j-1].End:t.Tokens[j].Start]) {
			break
		}
		if t.Tokens[j].Kind == token.Word {
			n++
		}
	}
	return n
}

// isTurn tells of words that set what follows against what was said.
func isTurn(form []byte) bool {
	switch string(form) {
	case "but", "however", "although", "though", "yet", "except", "unfortunately", "nevertheless", "while", "whereas", "despite", "unlike", "shame", "sadly",
		"aber", "jedoch", "allerdings", "leider", "obwohl", "während", "trotz", "pero", "sino", "aunque", "mientras", "mais", "cependant", "pourtant", "malheureusement",
		"però", "ma", "tuttavia", "purtroppo", "mas", "porém", "porem", "contudo", "infelizmente":
		return true
	}
	return false
}

func isAnd(form []byte) bool {
	switch string(form) {
	case "and", "und", "y", "et", "e":
		return true
	}
	return false
}

// begins tells of words that begin a statement of their own after an "and".
func begins(form []byte) bool {
	switch string(form) {
	case "the", "my", "your", "their", "its", "our", "it", "they", "i", "we", "you", "he", "she", "this", "that", "there", "customer", "support", "delivery", "then", "now",
		"der", "die", "das", "mein", "meine", "ich", "wir", "el", "la", "los", "las", "mi", "le", "les", "mon", "ma", "il", "o", "a", "os", "as":
		return true
	}
	return false
}
