// Package topic finds what a mention speaks of: topics with their words, as
// the configuration names them, in the clause where they stand.
package topic

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/analyze/match"
	"earshot/bot/analyze/token"
)

// Topic is something customers speak of, as the configuration describes it.
type Topic struct {
	Name     string
	Words    []string // see CheckWord
	Patterns []string // see CheckPattern
	Exclude  []string // words as above; a text that has one does not speak of the topic
	Parent   string   // a topic that is spoken of too whenever this one is; empty for none
}

// Matcher finds topics. It is safe for concurrent use.
type Matcher struct {
	names    []string
	parents  []int // of each topic; -1 for none
	depths   []int // how many ancestors each topic has
	phrases  *match.Phrases
	owners   []owner // of each phrase
	patterns []pattern
}

// owner is whose phrase it is.
type owner struct {
	topic   int
	exclude bool
	weight  int // of one place; 0 for as much as it has words
}

type pattern struct {
	topic int
	re    *regexp.Regexp
}

// Found is one topic in a text, with the places that speak of it.
type Found struct {
	Name     string
	Words    []string // as the text has them, in lower case, at most MaxWords
	At       []uint32 // offsets into the folded text
	Strength int      // twice the weight of the heaviest place, and one for every place
	topic    int
	heaviest int
}

// MaxWords is how many words are told for one topic.
const MaxWords = 3

// maxPlaces is how many places of one topic are looked at for its sentiment.
const maxPlaces = 32

// maxPatternText is how many bytes of a text patterns are matched against, and
// maxPatternHits how often each is found: patterns are slower than words.
const (
	maxPatternText = 1 << 13
	maxPatternHits = 8
)

// Compile makes a matcher of topics. What is wrong with one is told by name.
func Compile(topics []Topic) (*Matcher, error) {
	m := &Matcher{}
	index := map[string]int{}
	for i, t := range topics {
		switch _, twice := index[t.Name]; {
		case strings.TrimSpace(t.Name) == "":
			return nil, bot.Errorf(bot.ErrInvalid, "Topic %d has no name.", i+1)
		case twice:
			return nil, bot.Errorf(bot.ErrInvalid, "There are two topics called %q.", t.Name)
		case len(t.Words) == 0 && len(t.Patterns) == 0:
			if !slices.ContainsFunc(topics, func(o Topic) bool { return o.Parent == t.Name }) {
				return nil, bot.Errorf(bot.ErrInvalid, "The topic %q has neither words nor patterns.", t.Name)
			}
		}
		index[t.Name] = i
		m.names = append(m.names, t.Name)
	}
	var phrases []match.Phrase
	for i, t := range topics {
		if err := m.addPatterns(i, t); err != nil {
			return nil, err
		}
		for k, w := range slices.Concat(t.Words, t.Exclude) {
			p, weight, err := phraseOf(w)
			if err != nil {
				return nil, bot.Errorf(bot.ErrInvalid, "The topic %q: %s", t.Name, bot.Told(err))
			}
			phrases = append(phrases, p)
			m.owners = append(m.owners, owner{i, k >= len(t.Words), weight})
		}
		parent := -1
		if t.Parent != "" {
			p, ok := index[t.Parent]
			if !ok {
				return nil, bot.Errorf(bot.ErrInvalid, "The topic %q has the parent %q, which is no topic.", t.Name, t.Parent)
			}
			parent = p
		}
		m.parents = append(m.parents, parent)
	}
	if err := m.checkParents(); err != nil {
		return nil, err
	}
	var err error
	if m.phrases, err = match.CompilePhrases(phrases); err != nil {
		return nil, err // checked above
	}
	return m, nil
}

func (m *Matcher) addPatterns(i int, t Topic) error {
	for _, p := range t.Patterns {
		if err := CheckPattern(p); err != nil {
			return bot.Errorf(bot.ErrInvalid, "The topic %q: %s", t.Name, bot.Told(err))
		}
		m.patterns = append(m.patterns, pattern{i, regexp.MustCompile("(?i:" + p + ")")})
	}
	return nil
}

// checkParents counts the ancestors, and refuses topics that are their own.
func (m *Matcher) checkParents() error {
	m.depths = make([]int, len(m.parents))
	for i := range m.parents {
		for p := m.parents[i]; p >= 0; p = m.parents[p] {
			if m.depths[i]++; m.depths[i] > len(m.parents) {
				return bot.Errorf(bot.ErrInvalid, "The topic %q is its own parent, by way of others.", m.names[i])
			}
		}
	}
	return nil
}

// Scratch is memory that Find uses again; not for several goroutines at once,
// and for one matcher alone.
type Scratch struct {
	phrases match.PhraseScratch
	found   []Found
	place   []int // of each topic in found, plus one
	out     []int // topics that the text excludes
}

// Find gives the topics of a text that was read, the strongest first: the one
// with the heaviest phrase and the most places; of two alike the one further down the hierarchy,
// then the one that the configuration names first. The result is valid until
// the next call with the same scratch.
func (m *Matcher) Find(t *token.Text, s *Scratch) []Found {
	s.found, s.out = s.found[:0], s.out[:0]
	if len(s.place) != len(m.names) {
		s.place = make([]int, len(m.names))
	}
	hits := m.phrases.Find(t, &s.phrases)
	for _, h := range hits {
		if o := m.owners[h.Term]; o.exclude && !slices.Contains(s.out, o.topic) {
			s.out = append(s.out, o.topic)
		}
	}
	for i, h := range hits {
		o := m.owners[h.Term]
		if o.exclude || slices.Contains(s.out, o.topic) {
			continue
		}
		if m.inside(hits, i) {
			continue
		}
		m.note(s, place{o.topic, o.weight, t.Folded[h.Start:h.End], h.Start})
	}
	m.match(t.Folded[:min(len(t.Folded), maxPatternText)], s)
	for _, f := range s.found {
		s.place[f.topic] = 0
	}
	slices.SortFunc(s.found, func(a, b Found) int {
		return cmp.Or(b.Strength-a.Strength, m.depths[b.topic]-m.depths[a.topic], a.topic-b.topic)
	})
	return s.found
}

// match looks for the patterns.
func (m *Matcher) match(folded []byte, s *Scratch) {
	for _, p := range m.patterns {
		if slices.Contains(s.out, p.topic) {
			continue
		}
		for _, at := range p.re.FindAllIndex(folded, maxPatternHits) {
			if at[1] > at[0] {
				m.note(s, place{p.topic, 0, folded[at[0]:at[1]], at[0]})
			}
		}
	}
}

// maxApart is how far apart in the list of hits two that overlap are looked
// for.
const maxApart = 6

// inside tells whether another phrase of the same topic holds the hit: of two
// that overlap so, the longer one counts.
func (m *Matcher) inside(hits []match.Hit, i int) bool {
	h := hits[i]
	for k := max(0, i-maxApart); k < min(len(hits), i+maxApart+1); k++ {
		o := hits[k]
		longer := o.End-o.Start > h.End-h.Start || o.End-o.Start == h.End-h.Start && k < i
		if k != i && longer && o.Start <= h.Start && o.End >= h.End && m.owners[o.Term].topic == m.owners[h.Term].topic && !m.owners[o.Term].exclude {
			return true
		}
	}
	return false
}

// place is where a topic is spoken of.
type place struct {
	topic  int
	weight int // 0 for as much as it has words
	words  []byte
	at     int
}

// note enters one place of a topic and of its ancestors.
func (m *Matcher) note(s *Scratch, p place) {
	if p.weight == 0 {
		p.weight = min(1+bytes.Count(bytes.TrimSpace(p.words), []byte(" ")), maxStrength)
	}
	for topic := p.topic; topic >= 0; topic = m.parents[topic] {
		if s.place[topic] == 0 {
			s.found = append(s.found, Found{Name: m.names[topic], topic: topic})
			s.place[topic] = len(s.found)
		}
		f := &s.found[s.place[topic]-1]
		if len(f.At) < maxPlaces {
			f.At = append(f.At, uint32(p.at))
			f.heaviest = max(f.heaviest, p.weight)
			f.Strength = 2*f.heaviest + len(f.At)
		}
		if len(f.Words) < MaxWords && !slices.ContainsFunc(f.Words, func(w string) bool { return w == string(p.words) }) {
			f.Words = append(f.Words, string(p.words))
		}
	}
}

// maxStrength is what one place counts at most where no weight says otherwise.
const maxStrength = 4
