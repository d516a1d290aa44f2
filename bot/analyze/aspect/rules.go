// Package aspect tells whose feeling a text holds and about what. It is a
// layer of readable rules over the statistical model: phrases that the model
// reads wrongly (litotes, sarcasm's marks, comparisons, questions, headlines)
// shift its probabilities by a bounded amount; a text is cut into segments that
// may speak of different things; what is quoted is told from what the author
// says; and of two that are compared, it is told who comes off better. The
// rules are in rules.tsv, each with the phenomenon it is for.
package aspect

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"earshot/bot/analyze/token"
)

//go:embed rules.tsv
var ruleList string

// effect is what a rule does when its pattern is found.
type effect uint8

const (
	negative effect = iota // shifts towards the sentiment, by weight
	neutral
	positive
	ask     // the sentence asks for information
	gripe   // a question that has it complains
	news    // the text reads like a headline
	person  // somebody speaks: no headline
	compare // gives sides to the watches in its slots
	change  // the same, of going from one to the other
	regret  // turns the sides of a change
	unlike  // the watch in its slot is the opposite of what follows
	effects
)

// effectNames are the effects as the list of rules calls them, in order.
func effectNames() []string {
	return []string{"negative", "neutral", "positive", "ask", "gripe", "news", "person", "compare", "change", "regret", "unlike"}
}

// Rules are the compiled rules. They are safe for concurrent use.
type Rules struct {
	rules  []rule
	first  map[uint32][]int32 // by the first word of their pattern
	slots  []int32            // rules that begin with a slot
	filter [filterSize / 64]uint64
	before map[uint32]bool // words that may stand before a watch's name: "my old Wren"
	asking map[uint32]bool // question marks
	words  map[uint32]bool // every word of the rules: what a hashtag is split into
}

// filterSize is how many bits tell quickly that a word begins no rule.
const filterSize = 1 << 12

type rule struct {
	effect  effect
	weight  float64
	parts   []part
	opens   bool // only where a sentence begins
	closes  bool // only where one ends
	lengthy int  // how much of a text it explains: the number of parts that are words
}

// part is one place of a pattern.
type part struct {
	kind  partKind
	words []uint32 // ascending
	tags  bool     // only of a hashtag
	drawn bool     // only a drawn-out word
}

type partKind uint8

const (
	oneOf partKind = iota
	anyOne
	gap   // up to maxGap words
	plus  // a watch that comes off well
	minus // a watch that comes off badly
)

// maxGap is how many words may stand in a "*".
const maxGap = 4

// New compiles the rules that are part of the binary.
func New() (*Rules, error) { return parse(ruleList) }

// parse reads a list of rules: effect, weight, phenomenon, pattern, between
// tabs. A line "@name<tab>a|b|c" gives alternatives a name.
func parse(list string) (*Rules, error) {
	r := &Rules{first: map[uint32][]int32{}, before: map[uint32]bool{}, words: map[uint32]bool{}}
	names := map[string]string{}
	n := 0
	for line := range strings.Lines(list) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		col := strings.Split(line, "\t")
		if strings.HasPrefix(line, "@") && len(col) == 2 {
			names[col[0]] = expand(col[1], names)
			continue
		}
		if err := r.add(col, names); err != nil {
			return nil, fmt.Errorf("rules.tsv, line %d: %w", n, err)
		}
	}
	r.asking = map[uint32]bool{token.Hash("?"): true, token.Hash("??"): true}
	for _, w := range strings.Split(names["@before"], "|") {
		r.before[token.Hash(w)] = true
	}
	return r, nil
}

// expand replaces the names among alternatives by what they stand for.
func expand(alternatives string, names map[string]string) string {
	list := strings.Split(alternatives, "|")
	for i, a := range list {
		if s, ok := names[a]; ok {
			list[i] = s
		}
	}
	return strings.Join(list, "|")
}

func (r *Rules) add(col []string, names map[string]string) error {
	if len(col) != 4 {
		return fmt.Errorf("not four columns")
	}
	e := slices.Index(effectNames(), col[0])
	weight, err := strconv.ParseFloat(col[1], 64)
	if e < 0 || err != nil || weight < 0 || weight > MaxShift {
		return fmt.Errorf("effect %q or weight %q is not known", col[0], col[1])
	}
	u := rule{effect: effect(e), weight: weight}
	for _, w := range strings.Fields(col[3]) {
		switch w {
		case "^":
			u.opens = true
			continue
		case "$":
			u.closes = true
			continue
		}
		p, err := r.part(expand(w, names))
		if err != nil {
			return err
		}
		if p.kind != gap && p.kind != anyOne {
			u.lengthy++
		}
		u.parts = append(u.parts, p)
	}
	if len(u.parts) == 0 || u.parts[0].kind == gap || u.parts[0].kind == anyOne || u.parts[len(u.parts)-1].kind == gap {
		return fmt.Errorf("a pattern begins with a word or a watch, and does not end with a gap")
	}
	r.index(u)
	return nil
}

// part reads one place of a pattern.
func (r *Rules) part(s string) (part, error) {
	switch s {
	case "_":
		return part{kind: anyOne}, nil
	case "*":
		return part{kind: gap}, nil
	case "{+}":
		return part{kind: plus}, nil
	case "{-}":
		return part{kind: minus}, nil
	}
	var p part
	s, p.tags = strings.CutPrefix(s, "#")
	s, p.drawn = strings.CutPrefix(s, "~")
	var t token.Text
	for _, w := range strings.Split(s, "|") {
		t.Read(w)
		if len(t.Tokens) != 1 {
			return p, fmt.Errorf("%q is not one word", w)
		}
		p.words = append(p.words, t.Tokens[0].Hash)
		r.words[t.Tokens[0].Hash] = true
	}
	slices.Sort(p.words)
	return p, nil
}

// index enters a rule under the words that it may begin with.
func (r *Rules) index(u rule) {
	at := int32(len(r.rules))
	r.rules = append(r.rules, u)
	if u.parts[0].kind != oneOf {
		r.slots = append(r.slots, at)
		return
	}
	for _, w := range u.parts[0].words {
		r.first[w] = append(r.first[w], at)
		r.filter[w%filterSize/64] |= 1 << (w % 64)
	}
}

// begins gives the rules that a word may begin.
func (r *Rules) begins(hash uint32) []int32 {
	if r.filter[hash%filterSize/64]>>(hash%64)&1 == 0 {
		return nil
	}
	return r.first[hash]
}
