// Package topic finds what a mention speaks of: topics with their words, as
// the configuration names them, in the clause where they stand.
package topic

import (
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
	Words    []string // words, phrases, "#tags" and "prefixes*"; case does not count
	Patterns []string // regular expressions (RE2), matched against the text in lower case
	Parent   string   // a topic that is spoken of too whenever this one is; empty for none
}

// Matcher finds topics. It is safe for concurrent use.
type Matcher struct {
	names    []string
	parents  []int // of each topic; -1 for none
	set      *match.Set
	owners   []int // topic of each term
	patterns []pattern
}

type pattern struct {
	topic int
	re    *regexp.Regexp
}

// Found is one topic in a text, with the places that speak of it.
type Found struct {
	Name  string
	Words []string // as the text has them, in lower case, at most MaxWords
	At    []uint32 // offsets into the folded text
	topic int
}

// MaxWords is how many words are told for one topic.
const MaxWords = 3

// maxPlaces is how many places of one topic are looked at for its sentiment.
const maxPlaces = 32

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
	var terms []string
	for i, t := range topics {
		if err := m.addPatterns(i, t); err != nil {
			return nil, err
		}
		for _, w := range t.Words {
			if len(token.Term(strings.TrimSuffix(strings.TrimSpace(w), "*")).Folded) == 0 {
				return nil, bot.Errorf(bot.ErrInvalid, "The topic %q has an empty word (%q).", t.Name, w)
			}
			terms = append(terms, w)
			m.owners = append(m.owners, i)
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
	set, err := match.Compile(terms)
	if err != nil {
		return nil, err // checked above
	}
	m.set = set
	return m, nil
}

func (m *Matcher) addPatterns(i int, t Topic) error {
	for _, p := range t.Patterns {
		re, err := regexp.Compile("(?i:" + p + ")")
		if err != nil {
			return &bot.Error{Kind: bot.ErrInvalid, Msg: "The topic \"" + t.Name + "\" has the pattern \"" + p + "\", which is no regular expression (RE2 syntax): " + err.Error() + ".", Err: err}
		}
		m.patterns = append(m.patterns, pattern{i, re})
	}
	return nil
}

// checkParents refuses topics that are their own ancestors.
func (m *Matcher) checkParents() error {
	for i := range m.parents {
		steps := 0
		for p := m.parents[i]; p >= 0; p = m.parents[p] {
			if steps++; steps > len(m.parents) {
				return bot.Errorf(bot.ErrInvalid, "The topic %q is its own parent, by way of others.", m.names[i])
			}
		}
	}
	return nil
}

// Scratch is memory that Find uses again; not for several goroutines at once.
type Scratch struct {
	hits  []match.Hit
	found []Found
	place []int // of each topic in found, plus one
}

// Find gives the topics of a text that was read, those with most places first.
// The result is valid until the next call with the same scratch.
func (m *Matcher) Find(t *token.Text, s *Scratch) []Found {
	s.found = s.found[:0]
	if len(s.place) != len(m.names) {
		s.place = make([]int, len(m.names))
	}
	s.hits = m.set.Find(t, s.hits[:0])
	for i, h := range s.hits {
		// Of two terms of one topic that overlap, the longer one counts.
		if i+1 < len(s.hits) && m.owners[s.hits[i+1].Term] == m.owners[h.Term] && s.hits[i+1].Start <= h.Start && s.hits[i+1].End >= h.End {
			continue
		}
		m.note(s, m.owners[h.Term], t.Folded[h.Start:h.End], h.Start)
	}
	for _, p := range m.patterns {
		if at := p.re.FindIndex(t.Folded); at != nil && at[1] > at[0] {
			m.note(s, p.topic, t.Folded[at[0]:at[1]], at[0])
		}
	}
	for _, f := range s.found {
		s.place[f.topic] = 0
	}
	slices.SortStableFunc(s.found, func(a, b Found) int { return len(b.At) - len(a.At) })
	return s.found
}

// note enters one place of a topic and of its ancestors.
func (m *Matcher) note(s *Scratch, topic int, words []byte, at int) {
	for ; topic >= 0; topic = m.parents[topic] {
		if s.place[topic] == 0 {
			s.found = append(s.found, Found{Name: m.names[topic], topic: topic})
			s.place[topic] = len(s.found)
		}
		f := &s.found[s.place[topic]-1]
		if len(f.At) < maxPlaces {
			f.At = append(f.At, uint32(at))
		}
		if len(f.Words) < MaxWords && !slices.ContainsFunc(f.Words, func(w string) bool { return w == string(words) }) {
			f.Words = append(f.Words, string(words))
		}
	}
}
