package quantify

import (
	"math"
	"slices"
)

// Interval is the 95 % interval of a statistic, from its bootstrap draws: the
// percentiles at 2.5 and 97.5, and the standard deviation. The draws are sorted
// in place. Without draws all are 0.
func Interval(draws []float64) (low, high, deviation float64) {
	n := float64(len(draws))
	if n == 0 {
		return 0, 0, 0
	}
	mean, squares := 0.0, 0.0
	for _, v := range draws {
		mean += v / n
	}
	for _, v := range draws {
		squares += (v - mean) * (v - mean) / n
	}
	slices.Sort(draws)
	return percentile(draws, 0.025), percentile(draws, 0.975), math.Sqrt(squares)
}

// percentile is between the two nearest of sorted values.
func percentile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// Wilson is the 95 % interval of a share of n, of which right are (Wilson 1927,
// "Probable inference, the law of succession, and statistical inference", JASA
// 22:158). Without n it is all of 0 to 1.
func Wilson(right, n float64) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	const z = 1.96
	p := right / n
	centre, wide := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, (centre-wide)/(1+z*z/n)), min(1, (centre+wide)/(1+z*z/n))
}
