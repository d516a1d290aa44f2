// Package aspect tells whose feeling a text holds and about what. It is a
// layer of readable rules over the statistical model: phrases that the model
// reads wrongly (litotes, sarcasm's marks, comparisons, questions, headlines)
// shift its probabilities by a bounded amount; a text is cut into segments that
// may speak of different things; what is quoted is told from what the author
// says; and of two that are compared, it is told who comes off better. The
// rules are in rules.tsv, each with the phenomenon it is for.
package aspect

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
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
	rules []rule
	words *vocabulary
	slots []candidate // that begin with a watch
	signs [3]int16
}

type rule struct {
	effect  effect
	weight  float64
	parts   []part
	opens   bool // only where a sentence begins
	closes  bool // only where one ends
	lengthy int  // how much of a text it explains: the number of parts that are words
}

// candidate is a rule that may begin with a word, and the shortest of the lists
// that a text must have words of for the rest.
type candidate struct {
	rule  int32
	needs [3]int16
}

// part is one place of a pattern.
type part struct {
	kind  partKind
	list  int  // number of its alternatives
	tags  bool // only of a hashtag
	drawn bool // only a drawn-out word
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
	r := &Rules{words: newVocabulary(maxWords)}
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
	return r, r.uses(names)
}

// maxWords is about how many words the rules have.
const maxWords = 2048

// The words that stand for the signs in the rules.
const (
	signGreater = iota
	signLess
	signSarcasm
)

// uses enters the words that are good for something apart from the rules.
func (r *Rules) uses(names map[string]string) error {
	for _, l := range []struct {
		words string
		use   use
	}{{names["@before"], leads}, {names["@greeting"], greets}, {"?|??", asks}, {names["@affix"], affixes}} {
		if err := r.words.mark(strings.Split(l.words, "|"), l.use); err != nil {
			return err
		}
	}
	for i, w := range []string{"signgreater", "signless", "signsarcasm"} {
		id, err := r.words.add(w)
		if err != nil {
			return err
		}
		r.signs[i] = id
	}
	return nil
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
		p, err := r.part(w, names)
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
func (r *Rules) part(s string, names map[string]string) (part, error) {
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
	var err error
	p.list, err = r.words.list(strings.Split(expand(s, names), "|"))
	return p, err
}

// index enters a rule under the words that it may begin with.
func (r *Rules) index(u rule) {
	at := candidate{rule: int32(len(r.rules))}
	var needs []int16
	for _, p := range u.parts[1:] {
		if p.kind == oneOf {
			needs = append(needs, int16(p.list))
		}
	}
	slices.SortFunc(needs, func(a, b int16) int { return cmp.Compare(len(r.words.members[a]), len(r.words.members[b])) })
	at.needs = [...]int16{anyText, anyText, anyText}
	copy(at.needs[:], needs)
	r.rules = append(r.rules, u)
	if u.parts[0].kind != oneOf {
		r.slots = append(r.slots, at)
		return
	}
	for _, id := range r.words.members[u.parts[0].list] {
		if e := &r.words.entries[id]; len(e.first) == 0 || e.first[len(e.first)-1].rule != at.rule {
			e.first = append(e.first, at)
		}
	}
}
