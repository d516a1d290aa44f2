package quantify

import "math"

// The search for the likeliest shares.
const (
	pointRounds = 300  // at most, for the estimate itself
	drawRounds  = 60   // at most, for one draw of its bootstrap, which starts there
	pointStill  = 1e-6 // a round that moves less is the last
	drawStill   = 1e-4 // of a draw: far below its own spread
	// trace of a person of every kind is in every window: shares of zero would
	// never move again, and an interval could not leave them.
	trace  = 0.5
	loosen = 0.01 // how far a draw's start is moved to the middle
)

func even() [truths]float64 {
	return [truths]float64{1.0 / truths, 1.0 / truths, 1.0 / truths, 1.0 / truths}
}

func (s Shares) vector() [truths]float64 {
	return [truths]float64{isDetractor: s.Detractor, isPassive: s.Passive, isPromoter: s.Promoter, isNone: s.None}
}

// likeliest finds the shares of the truths that make the answers likeliest, by
// expectation maximisation (Saerens et al. 2002, eq. 2.9, with hard answers).
func likeliest(m *matrix, a Answers, start [truths]float64, rounds int, still float64) Shares {
	pi := start
	for t := range pi {
		pi[t] = (1-loosen)*pi[t] + loosen/truths
	}
	total := a.Sum() + trace*truths
	for range rounds {
		next := [truths]float64{trace, trace, trace, trace}
		for k, n := range a {
			if n == 0 {
				continue
			}
			sum := 0.0
			for t := range pi {
				sum += pi[t] * m[t][k]
			}
			if sum <= 0 {
				continue
			}
			n /= sum
			for t := range pi {
				next[t] += n * pi[t] * m[t][k]
			}
		}
		moved := 0.0
		for t := range pi {
			next[t] /= total
			moved = max(moved, math.Abs(next[t]-pi[t]))
		}
		pi = next
		if moved < still {
			break
		}
	}
	return normal(m, pi)
}

// normal scales shares to sum to 1: answers that no truth gives count for none.
func normal(m *matrix, pi [truths]float64) Shares {
	sum, called := 0.0, 0.0
	for t, p := range pi {
		sum += p
		called += p * m[t][SaysDetractor]
	}
	s := Shares{Detractor: pi[isDetractor] / sum, Passive: pi[isPassive] / sum, Promoter: pi[isPromoter] / sum, None: pi[isNone] / sum}
	if called > 0 {
		s.RightDetractor = pi[isDetractor] * m[isDetractor][SaysDetractor] / called
	}
	return s
}
