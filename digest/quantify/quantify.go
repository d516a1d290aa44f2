// Package quantify says how many people think what, from what a classifier
// says of each of them. The classifier errs, and counting its answers (classify
// and count) is wrong by as much as it errs: where few complain it finds
// complaints that are none, where many do it misses some. How it errs is known
// from mentions that people have read (the audit sample, or a validation set),
// as a confusion matrix P(answer | truth), and is much the same in every window,
// whatever the balance of the truths there. The shares of the truths that make a
// window's answers likeliest are found by expectation maximisation over the
// simplex (Saerens, Latinne & Decaestecker 2002, "Adjusting the outputs of a
// classifier to new a priori probabilities", Neural Computation 14:1; for hard
// answers it is the maximum-likelihood form of the adjusted count of Forman 2008,
// "Quantifying counts and costs via classification"). The interval is a Bayesian
// bootstrap (Rubin 1981) of both the window's people and the matrix.
//
// The package is pure: no I/O, no clock, the same numbers for the same input.
package quantify

import "earshot/bot"

// Answer is what the classifier makes of a person's words: the stance, split
// where the sentiment behind it tells more.
type Answer int

// The answers, by number.
const (
	SaysDetractor Answer = iota
	SaysMixed            // passive, for praise and complaint in one text
	SaysPassive
	SaysPromoter
	SaysUnsure // unqualified, for the sentiment was withheld
	SaysNone   // unqualified: no evaluation in it
	answers
)

// AnswerOf is the answer behind a stance and a sentiment.
func AnswerOf(s bot.Stance, l bot.Label) Answer {
	switch {
	case s == bot.Detractor:
		return SaysDetractor
	case s == bot.Promoter:
		return SaysPromoter
	case s == bot.Passive && l == bot.Mixed:
		return SaysMixed
	case s == bot.Passive:
		return SaysPassive
	case l == bot.Unsure:
		return SaysUnsure
	}
	return SaysNone
}

// Answers counts people by what the classifier says of them.
type Answers [answers]float64

// Sum is how many people they are.
func (a Answers) Sum() float64 {
	n := 0.0
	for _, v := range a {
		n += v
	}
	return n
}

// The truths, by number: what people are.
const (
	isDetractor = iota
	isPassive
	isPromoter
	isNone
	truths
)

// Shares are the shares of people by what they are; they sum to 1.
type Shares struct {
	Detractor float64 `json:"detractor"`
	Passive   float64 `json:"passive"`
	Promoter  float64 `json:"promoter"`
	None      float64 `json:"none"` // no evaluation of their own
	// RightDetractor is the share of those called detractors who are.
	RightDetractor float64 `json:"right_detractor"`
}

// Confusion counts mentions that people have read, by what they say of it and
// what the classifier says. Votes may be split: two people who disagree give
// half a mention each.
type Confusion [3]Answers

// The rows of a Confusion.
const (
	readNegative = iota
	readNeutral  // nothing is felt, or it is not about the watch: nobody to be counted
	readPositive
)

// Add counts a mention, or a part of one. l is what a person said of it:
// negative, neutral, positive; anything else is nobody to be counted.
func (c *Confusion) Add(l bot.Label, a Answer, weight float64) {
	row := readNeutral
	switch l {
	case bot.Negative:
		row = readNegative
	case bot.Positive:
		row = readPositive
	}
	c[row][a] += weight
}

// Sum is how many mentions it counts.
func (c Confusion) Sum() float64 { return c[0].Sum() + c[1].Sum() + c[2].Sum() }

// scaled gives every row the sum n.
func (c Confusion) scaled(n float64) Confusion {
	for i := range c {
		sum := c[i].Sum()
		for a := range c[i] {
			if sum > 0 {
				c[i][a] *= n / sum
			}
		}
	}
	return c
}

// matrix is P(answer | truth), a row for each truth.
type matrix [truths]Answers

// spread makes the matrix of the truths from the three rows of what people
// read, each summing to 1. How strong praise is remains as the classifier's
// phrases have it, only whether it is praise is checked: promoters and passives
// are praise, missed equally often, and never taken for one another.
func spread(rows Confusion) matrix {
	m := matrix{isDetractor: rows[readNegative], isNone: rows[readNeutral], isPassive: rows[readPositive], isPromoter: rows[readPositive]}
	found := rows[readPositive][SaysPassive] + rows[readPositive][SaysPromoter]
	m[isPassive][SaysPassive], m[isPassive][SaysPromoter] = found, 0
	m[isPromoter][SaysPassive], m[isPromoter][SaysPromoter] = 0, found
	return m
}
