package contrast

import (
	"cmp"
	"math"
	"slices"
)

// priorPeople is the weight of the prior: both groups are met as if twenty
// people more had spoken in each, who use every phrase as often as all do.
const priorPeople = 20

// z95 is the normal quantile of a 95 % interval.
const z95 = 1.959964

// counts is how many people of A and of B said something.
type counts struct{ a, b uint32 }

func (n counts) all() uint32 { return n.a + n.b }

// logOdds is the z-score of the log-odds ratio of said among people of both
// groups, with a Dirichlet prior that holds what all say: Monroe, Colaresi and
// Quinn (2008), equation 16 for the ratio, 19 for its variance and 22 for z. A
// positive z is more in A.
func logOdds(said, people counts) float64 {
	share := float64(said.all()) / float64(people.all())
	prior, rest := priorPeople*share, priorPeople*(1-share)
	a, b := float64(said.a)+prior, float64(said.b)+prior
	notA, notB := float64(people.a-said.a)+rest, float64(people.b-said.b)+rest
	if min(a, b, notA, notB) <= 0 {
		return 0
	}
	return (math.Log(a/notA) - math.Log(b/notB)) / math.Sqrt(1/a+1/notA+1/b+1/notB)
}

// exact is Fisher's one-sided p: how likely at least so many of those who said
// it are of A, when the groups are alike (The Design of Experiments, 1935).
func exact(said, people counts) float64 {
	m, n, N := float64(said.all()), float64(people.a), float64(people.all())
	k := float64(said.a)
	term := math.Exp(choose(n, k) + choose(N-n, m-k) - choose(N, m))
	sum := 0.0
	for most := min(m, n); k <= most && term > 0; k++ {
		sum += term
		if term < sum*1e-12 {
			break
		}
		term *= (n - k) * (m - k) / ((k + 1) * (N - n - m + k + 1))
	}
	return min(sum, 1)
}

// choose is the logarithm of a binomial coefficient.
func choose(n, k float64) float64 {
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(k + 1)
	c, _ := math.Lgamma(n - k + 1)
	return a - b - c
}

// leastZ is the z-score that a phrase must have to be named.
const leastZ = 1.96

// pOf is the z-score of a phrase, and its p by the exact test; p is 1 where z
// says that there is nothing. z says how large and sure a difference is, and
// is shrunk where little is known; p holds whatever the sizes of the groups.
func pOf(said, people counts) (z, p float64) {
	if uint64(said.a)*uint64(people.b) <= uint64(said.b)*uint64(people.a) {
		return 0, 1
	}
	if z = logOdds(said, people); z < leastZ {
		return z, 1
	}
	return z, exact(said, people)
}

// testable is how many of the phrases can be named at all, and from how many
// people on: what is so rare that even if all who say it were of A its p would
// be too high cannot be named by chance either, and costs the others nothing
// (Tarone 1990; Gilbert 2005, doi.org/10.1111/j.1467-9876.2005.00475.x).
func testable(all map[code]counts, people counts, q float64) (tested int, least uint32) {
	const rare = 64
	var said [rare]int // phrases by how many people say them
	for _, n := range all {
		said[min(n.all(), rare-1)]++
	}
	tested, least = len(all), leastSaid
	for n := uint32(leastSaid); n < rare-1; n++ {
		if best := exact(counts{a: min(n, people.a), b: n - min(n, people.a)}, people); best <= q/float64(max(tested, 1)) {
			break
		}
		tested -= said[n]
		least = n + 1
	}
	return tested, least
}

// stepUp is the largest p that is still named when at most a share q of those
// named may be chance: Benjamini and Hochberg (1995). tested is how many were
// compared; ps are the lowest of their p.
func stepUp(ps []float64, tested int, q float64) float64 {
	ps = slices.Clone(ps)
	slices.SortFunc(ps, cmp.Compare[float64])
	for i := len(ps) - 1; i >= 0; i-- {
		if ps[i] <= q*float64(i+1)/float64(tested) {
			return ps[i]
		}
	}
	return -1
}

// lift is how many times the share of B the share of A is, with its 95 %
// interval: the ratio of two shares with half a person added to each (Walter
// 1975, doi.org/10.1093/biomet/62.2.371).
func lift(said, people counts) (ratio, low, high float64) {
	a, b := float64(said.a)+.5, float64(said.b)+.5
	n, m := float64(people.a)+.5, float64(people.b)+.5
	ratio = (a / n) / (b / m)
	half := z95 * math.Sqrt(max(1/a-1/n+1/b-1/m, 0))
	return ratio, ratio * math.Exp(-half), ratio * math.Exp(half)
}

// Share is a part of people, with its 95 % interval.
type Share struct {
	Share float64 `json:"share"` // 0 to 1
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Of    int     `json:"of"` // people; 0 when nothing is known
}

// shareOf is k of n with the interval of Wilson (1927).
func shareOf(k, n int) Share {
	if n == 0 {
		return Share{}
	}
	p, m := float64(k)/float64(n), float64(n)
	mid := (p + z95*z95/(2*m)) / (1 + z95*z95/m)
	half := z95 / (1 + z95*z95/m) * math.Sqrt(p*(1-p)/m+z95*z95/(4*m*m))
	return Share{Share: p, Low: max(mid-half, 0), High: min(mid+half, 1), Of: n}
}
