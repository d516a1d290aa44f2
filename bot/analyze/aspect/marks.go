package aspect

import (
	"math"

	"earshot/bot"
	"earshot/bot/analyze/token"
)

// MaxShift bounds what the rules add to the log-odds of a sentiment: e⁴, so
// that a text that the model is very sure of stays what it is.
const MaxShift = 4

// Marks are what the rules find in a text.
type Marks struct {
	shift    [3]float64 // log-odds: negative, neutral, positive
	Asks     bool       // asks for information and no more: no opinion
	Headline bool       // reads like news: no opinion
	Sides    []Side     // of the watches that are compared; valid until the next call with the same scratch
}

// Any tells whether the rules found anything.
func (m Marks) Any() bool { return m.shift != [3]float64{} }

// plain is the shift from which the rules are sure of what a text feels like.
const plain = 2.5

// Plain tells whether the rules are sure of how the text as a whole feels.
func (m Marks) Plain() bool { return max(m.shift[negative], m.shift[positive]) >= plain }

// Opinionless tells whether the text is a question or news rather than
// somebody's opinion.
func (m Marks) Opinionless() bool { return m.Asks || m.Headline }

// trust is how much of what the rules say counts. Their weights were given by
// hand, as if nothing else were known of a text, and the model has read it too.
// Chosen by semeval_val.tsv.
const trust = 0.5

// Shift is p after the rules: each probability times e to the power of what
// counts of its shift, normalised.
func (m Marks) Shift(p bot.Probs) bot.Probs {
	if !m.Any() {
		return p
	}
	for c := range m.shift {
		m.shift[c] *= trust
	}
	return shifted(p, m.shift)
}

// Lean is p with log-odds added for positive and taken from negative, or the
// other way round where by is below 0.
func Lean(p bot.Probs, by float64) bot.Probs {
	if by < 0 {
		return shifted(p, [3]float64{-by, 0, 0})
	}
	return shifted(p, [3]float64{0, 0, by})
}

func shifted(p bot.Probs, by [3]float64) bot.Probs {
	p.Negative = max(p.Negative, least) * math.Exp(bounded(by[0]))
	p.Neutral = max(p.Neutral, least) * math.Exp(bounded(by[1]))
	p.Positive = max(p.Positive, least) * math.Exp(bounded(by[2]))
	sum := p.Negative + p.Neutral + p.Positive
	return bot.Probs{Negative: p.Negative / sum, Neutral: p.Neutral / sum, Positive: p.Positive / sum}
}

// least keeps a probability of nothing from being the end of it.
const least = 1e-4

func bounded(shift float64) float64 { return max(-MaxShift, min(MaxShift, shift)) }

// newsShift is what a headline shifts towards neutral.
const newsShift = 1.8

// sureAsk is from which weight on a rule tells a question without its mark.
const sureAsk = 2

// mostly is the share of a text's words that must stand in questions for it to
// be one.
const mostly = 0.7

// headlineWords is the most words of a headline.
const headlineWords = 30

// Read finds the marks of a text that was read. Places are where it names
// watches, in ascending order, none within another; none where nothing is to be
// compared.
func (r *Rules) Read(t *token.Text, places []Place, s *Scratch) Marks {
	var m Marks
	s.words = r.sequence(t, places, s.words[:0])
	r.find(s)
	var seen [effects]bool
	asked := 0.0
	for _, f := range s.found {
		u := &r.rules[f.rule]
		seen[u.effect] = true
		switch {
		case u.effect <= positive:
			m.shift[u.effect] += u.weight
		case u.effect == ask:
			asked = max(asked, u.weight)
		}
	}
	m.Headline = seen[news] && !seen[person] && t.Counts.Bangs == 0 && t.Counts.Emoji == 0 && t.Counts.Words <= headlineWords
	m.Asks = seen[ask] && r.asks(s) >= mostly
	if m.Headline {
		m.shift[neutral] += newsShift
	}
	if m.Asks {
		m.shift[neutral] += asked
	}
	if len(places) > 0 {
		m.Sides = r.sides(s)
	}
	for c := range m.shift {
		m.shift[c] = bounded(m.shift[c])
	}
	return m
}

// asks is the share of the words that stand in sentences which ask for
// information and complain of nothing.
func (r *Rules) asks(s *Scratch) float64 {
	const inQuestion, inGripe, marked, opened = 1, 2, 4, 8
	var clauses [64]uint8
	for i := range s.words {
		if s.words[i].kind == token.Mark && r.words.uses[s.words[i].id]&asks != 0 {
			clauses[s.words[i].clause%64] |= marked
		}
	}
	for _, f := range s.found {
		c := &clauses[s.words[f.from].clause%64]
		switch u := &r.rules[f.rule]; u.effect {
		case ask:
			if *c |= opened; u.weight >= sureAsk {
				*c |= inQuestion
			}
		case gripe, negative:
			*c |= inGripe
		}
	}
	asked, all := 0, 0
	for i := range s.words {
		w := &s.words[i]
		if w.kind > token.Tag || w.filled {
			continue
		}
		all++
		if c := clauses[w.clause%64]; c&inGripe == 0 && (c&inQuestion != 0 || c&opened != 0 && c&marked != 0) {
			asked++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(asked) / float64(all)
}
