package quantify

import (
	"math"
	"math/rand/v2"
)

// gamma draws from the gamma distribution of shape a > 0 and scale 1 (Marsaglia
// & Tsang 2000, "A simple method for generating gamma variables").
func gamma(rng *rand.Rand, a float64) float64 {
	if a < 1 {
		return gamma(rng, a+1) * math.Pow(rng.Float64(), 1/a)
	}
	d := a - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-rng.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// Dirichlet fills out with a draw of the Dirichlet distribution with these
// counts; where nothing was counted there is nothing drawn.
func Dirichlet(rng *rand.Rand, counts, out []float64) {
	sum := 0.0
	for i, n := range counts {
		out[i] = 0
		if n > 0 {
			out[i] = gamma(rng, n)
		}
		sum += out[i]
	}
	for i := range out {
		if sum > 0 {
			out[i] /= sum
		}
	}
}
