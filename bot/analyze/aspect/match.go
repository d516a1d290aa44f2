package aspect

import (
	"cmp"
	"slices"

	"earshot/bot/analyze/token"
)

// Scratch is memory that the rules use again; not for several goroutines at
// once.
type Scratch struct {
	words    []word
	has      lists // the alternatives that the text has a word of
	found    []finding
	segments []Segment
	sides    []Side
}

// finding is one rule found: the words from, up to but without to, and the
// watches in its slots, plus one.
type finding struct {
	rule        int32
	from, to    int32
	plus, minus int16
}

// maxFindings bounds the findings of a text.
const maxFindings = 64

// find matches all rules with the text and keeps those that explain most:
// where two overlap, the one with more words counts.
func (r *Rules) find(s *Scratch) {
	s.found, s.has = s.found[:0], lists{}
	s.has.add(anyText)
	for i := range s.words {
		w := &s.words[i]
		if w.id != 0 {
			s.has.join(&r.words.entries[w.id].in)
		}
		if w.plain != w.id {
			s.has.join(&r.words.entries[w.plain].in)
		}
	}
	for i := range s.words {
		w := &s.words[i]
		if w.watch != 0 {
			r.try(s, r.slots, i)
			continue
		}
		r.try(s, r.words.entries[w.id].first, i)
		if w.plain != w.id {
			r.try(s, r.words.entries[w.plain].first, i)
		}
	}
	if len(s.found) < 2 {
		return
	}
	slices.SortStableFunc(s.found, func(a, b finding) int {
		return cmp.Or(cmp.Compare(r.rules[b.rule].lengthy, r.rules[a.rule].lengthy), cmp.Compare(a.from, b.from))
	})
	kept := s.found[:0]
	for _, f := range s.found {
		if !slices.ContainsFunc(kept, func(o finding) bool { return r.excludes(o, f) }) {
			kept = append(kept, f)
		}
	}
	s.found = kept
}

// excludes tells whether one finding leaves no room for another: both shift
// the sentiment, or both take sides of the same watch.
func (r *Rules) excludes(o, f finding) bool {
	if o.to <= f.from || f.to <= o.from {
		return false
	}
	a, b := r.rules[o.rule].effect, r.rules[f.rule].effect
	switch {
	case a <= positive && b <= positive:
		return true
	case a >= compare && b >= compare:
		return (f.plus == 0 || f.plus == o.plus || f.plus == o.minus) && (f.minus == 0 || f.minus == o.minus || f.minus == o.plus)
	}
	return a == b
}

// try matches the rules of a list with the words from i on.
func (r *Rules) try(s *Scratch, list []candidate, i int) {
	for c := range list {
		n := &list[c].needs
		if !s.has.has(int(n[0])) || !s.has.has(int(n[1])) || !s.has.has(int(n[2])) {
			continue
		}
		at := list[c].rule
		u := &r.rules[at]
		if len(s.found) >= maxFindings {
			return
		}
		if u.opens && !opens(s.words, i) {
			continue
		}
		if s.words[i].denied && (u.effect == negative || u.effect == positive) && !s.words[i].tag {
			continue
		}
		f := finding{rule: at, from: int32(i)}
		if end := r.match(u.parts, s.words, i, &f); end >= 0 && (!u.closes || closes(s.words, end)) {
			f.to = int32(end)
			s.found = append(s.found, f)
		}
	}
}

// opens tells whether a sentence begins at i, greetings and names apart.
func opens(words []word, i int) bool {
	for j := i - 1; j >= 0 && words[j].clause == words[i].clause; j-- {
		if !words[j].filled {
			return false
		}
	}
	return true
}

// closes tells whether a sentence ends before i, marks and emoji apart.
func closes(words []word, i int) bool {
	for j := i; j < len(words) && words[j].clause == words[i-1].clause; j++ {
		if words[j].kind <= token.Tag && !words[j].tag {
			return false
		}
	}
	return true
}

// match matches parts with the words from i on, all of one clause, and gives
// where they end; -1 where they do not stand there.
func (r *Rules) match(parts []part, words []word, i int, f *finding) int {
	for p := range parts {
		switch parts[p].kind {
		case gap:
			for skip := 0; skip <= maxGap; skip++ {
				if skip > 0 && (i+skip-1 >= len(words) || words[i+skip-1].clause != words[f.from].clause) {
					return -1
				}
				g := *f
				if end := r.match(parts[p+1:], words, i+skip, &g); end >= 0 {
					*f = g
					return end
				}
			}
			return -1
		case plus, minus:
			for i < len(words) && words[i].watch == 0 && r.words.uses[words[i].id]&leads != 0 {
				i++
			}
		}
		if i >= len(words) || words[i].clause != words[f.from].clause || !r.fits(&parts[p], &words[i], f) {
			return -1
		}
		i++
	}
	return i
}

// fits tells whether a word can stand in a part's place.
func (r *Rules) fits(p *part, w *word, f *finding) bool {
	switch p.kind {
	case anyOne:
		return true
	case plus:
		f.plus = w.watch
		return w.watch != 0
	case minus:
		f.minus = w.watch
		return w.watch != 0
	}
	if w.watch != 0 || p.tags && !w.tag || p.drawn && !w.drawn {
		return false
	}
	return r.words.entries[w.id].in.has(p.list) || w.plain != w.id && r.words.entries[w.plain].in.has(p.list)
}
