package sentiment

import (
	"cmp"
	"math"
	"slices"

	"earshot/bot"
)

// bins of confidence over which calibration is measured.
const bins = 10

// CalibrationError is the expected calibration error of probabilities, 0 to 1:
// how far, in ten bins of the likeliest class's probability, its mean is from
// the share of texts that have that label (Guo and others, On Calibration of
// Modern Neural Networks, 2017). Labels are 0 negative, 1 neutral, 2 positive,
// one for each text.
func CalibrationError(list []bot.Probs, labels []int) float64 {
	if len(list) == 0 {
		return 0
	}
	var gap [bins]float64
	for i, p := range list {
		classes := []float64{p.Negative, p.Neutral, p.Positive}
		best := slices.Max(classes)
		b := min(bins-1, int(best*bins))
		gap[b] -= best
		if classes[labels[i]] == best {
			gap[b]++
		}
	}
	sum := 0.0
	for _, g := range gap {
		sum += math.Abs(g)
	}
	return sum / float64(len(list))
}

// AveragePrecision is the mean of the precision at every negative text (label
// 0) when texts are ranked by their probability of negative, the highest
// first: 1 when all negative ones come before all others. Texts of the same
// probability count as ranked at random.
func AveragePrecision(list []bot.Probs, labels []int) float64 {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case list[a].Negative > list[b].Negative:
			return -1
		case list[a].Negative < list[b].Negative:
			return 1
		}
		return 0
	})
	sum, found := 0.0, 0.0
	for from := 0; from < len(order); {
		to, hits := from, 0.0
		for ; to < len(order) && list[order[to]].Negative == list[order[from]].Negative; to++ {
			if labels[order[to]] == 0 {
				hits++
			}
		}
		found += hits
		sum += hits * found / float64(to)
		from = to
	}
	if found == 0 {
		return 0
	}
	return sum / found
}

// FlagPoint is what flagging texts from a probability of negative on buys:
// precision and recall of "negative", 0 to 1.
type FlagPoint struct{ At, Precision, Recall float64 }

// FlagPoints tells what flagging from 0.3 to 0.9 on buys on labelled texts.
func FlagPoints(list []bot.Probs, labels []int) []FlagPoint {
	var points []FlagPoint
	for step := 6; step <= 18; step++ {
		f := FlagPoint{At: float64(step) / 20}
		flagged, right, negative := 0.0, 0.0, 0.0
		for i, p := range list {
			if labels[i] == 0 {
				negative++
			}
			if p.Negative >= f.At {
				flagged++
				if labels[i] == 0 {
					right++
				}
			}
		}
		f.Precision, f.Recall = right/max(1, flagged), right/max(1, negative)
		points = append(points, f)
	}
	return points
}

// Bought is what flagging from a probability of negative on buys on
// semeval_val.tsv: between the thresholds that were measured, what lies between
// them; beyond, the nearest.
func (m *Model) Bought(at float64) FlagPoint {
	points := m.words.flags
	if len(points) == 0 {
		return FlagPoint{At: at}
	}
	i, _ := slices.BinarySearchFunc(points, at, func(p FlagPoint, at float64) int { return cmp.Compare(p.At, at) })
	if i == 0 || i == len(points) {
		p := points[min(i, len(points)-1)]
		return FlagPoint{At: at, Precision: p.Precision, Recall: p.Recall}
	}
	low, high := points[i-1], points[i]
	part := (at - low.At) / (high.At - low.At)
	return FlagPoint{At: at, Precision: low.Precision + part*(high.Precision-low.Precision), Recall: low.Recall + part*(high.Recall-low.Recall)}
}
