package quantify

import (
	"math/rand/v2"

	"earshot/bot"
)

// Where the knowledge of the classifier's errors comes from.
const (
	FromAudit      = "audit"      // people labelled a random sample of what was heard here
	FromValidation = "validation" // a public set of labelled texts, of another kind than what is heard here
	FromNothing    = "none"       // nothing is known of this model: its answers are counted as they are
)

// How much is known.
const (
	// LeastAudit is how many audited mentions make a matrix.
	LeastAudit = bot.AuditMatrix
	// priorRows is how many mentions a row of the validation's matrix stands for
	// where it is blended with an audit sample: enough to fill a cell that a
	// small sample left empty, too few to outweigh it.
	priorRows = 10
	// validationRows is how many it stands for alone. The set has hundreds in a
	// row, but of another kind: its errors are not quite those made here, and an
	// interval that took them for exact would be too narrow.
	validationRows = 60
	// borrowedRows is what a row of the typical matrix stands for, where
	// nothing is known of the one in use: it corrects nothing, and says only how
	// far off the answers may be.
	borrowedRows = 20
	// emptyCell is added to every cell, so that none is held to be impossible.
	emptyCell = 0.2
	// Draws is how many times an interval's bootstrap draws.
	Draws = 300
	// matrixSeed draws the matrices: the same for every window, so that a
	// difference of two windows holds the matrix' uncertainty once.
	matrixSeed = 0x6561_7273_686f_7431
)

// Errors is what is known of a classifier's errors. It is safe for concurrent
// use.
type Errors struct {
	from  string
	mean  matrix
	draws []matrix
}

// Know takes together what is known of a model's errors: an audit sample of
// its answers where it is large enough, blended with the model's validation, or
// what is typical, as a Dirichlet prior; else the validation alone; else nothing, where
// what is typical says only how uncertain the answers are.
func Know(model string, audit Confusion) *Errors {
	validation, validated := Validated(model)
	if !validated {
		validation = typical()
	}
	switch {
	case audit.Sum() >= LeastAudit:
		return learn(FromAudit, sum(audit, validation.scaled(priorRows)))
	case validated:
		return learn(FromValidation, validation.scaled(validationRows))
	}
	return learn(FromNothing, validation.scaled(borrowedRows))
}

func sum(a, b Confusion) Confusion {
	for i := range a {
		for k := range a[i] {
			a[i][k] += b[i][k]
		}
	}
	return a
}

// learn makes the matrix and its draws from counts.
func learn(from string, c Confusion) *Errors {
	e := &Errors{from: from, draws: make([]matrix, Draws)}
	var mean Confusion
	for i := range c {
		for a := range c[i] {
			c[i][a] += emptyCell
		}
		n := c[i].Sum()
		for a := range c[i] {
			mean[i][a] = c[i][a] / n
		}
	}
	e.mean = spread(mean)
	rng := rand.New(rand.NewPCG(matrixSeed, uint64(len(c))))
	for d := range e.draws {
		var drawn Confusion
		for i := range c {
			Dirichlet(rng, c[i][:], drawn[i][:])
		}
		e.draws[d] = spread(drawn)
	}
	return e
}

// From says where the knowledge comes from.
func (e *Errors) From() string { return e.from }

// Known tells whether anything is known, so that answers can be corrected.
func (e *Errors) Known() bool { return e.from != FromNothing }

// Correct is the likeliest make-up of people of whom the classifier says a.
// Without people, or where nothing is known of the errors, it takes the answers
// at their word.
func (e *Errors) Correct(a Answers) Shares {
	if !e.Known() || a.Sum() == 0 {
		return asSaid(a)
	}
	return likeliest(&e.mean, a, even(), pointRounds, pointStill)
}

// Bootstrap draws the make-up anew, with other matrices and other people, as
// often as Draws says; seed tells windows apart. The order of the draws is that
// of the matrices, so that two windows can be compared draw by draw. Where
// nothing is known it draws with typical errors. It is nil without
// people.
func (e *Errors) Bootstrap(a Answers, seed uint64) []Shares {
	n := a.Sum()
	if n == 0 {
		return nil
	}
	start := likeliest(&e.mean, a, even(), pointRounds, pointStill)
	rng := rand.New(rand.NewPCG(seed, matrixSeed))
	out := make([]Shares, len(e.draws))
	for i := range e.draws {
		var people Answers
		Dirichlet(rng, a[:], people[:])
		for k := range people {
			people[k] *= n
		}
		out[i] = likeliest(&e.draws[i], people, start.vector(), drawRounds, drawStill)
	}
	return out
}

// asSaid is the make-up by the answers alone.
func asSaid(a Answers) Shares {
	n := a.Sum()
	if n == 0 {
		return Shares{None: 1, RightDetractor: 1}
	}
	return Shares{Detractor: a[SaysDetractor] / n, Passive: (a[SaysPassive] + a[SaysMixed]) / n, Promoter: a[SaysPromoter] / n,
		None: (a[SaysNone] + a[SaysUnsure]) / n, RightDetractor: 1}
}
