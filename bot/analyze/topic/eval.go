package topic

import (
	"slices"

	"earshot/bot/analyze/token"
)

// Labelled is a text with the one topic that people gave it.
type Labelled struct{ Text, Topic string }

// Fit is how well one topic is found.
type Fit struct {
	Topic                 string
	Is                    int // texts that have it
	Precision, Recall, F1 float64
}

// Eval measures the strongest topic of each text against the one that people
// gave it, by topic in the order of the alphabet, and as the mean of their F1.
// Topics that no text has do not count as an answer: a parent, say. A text in
// which none is found is an answer missed.
func (m *Matcher) Eval(list []Labelled) (fits []Fit, macroF1 float64) {
	is, said, right := map[string]int{}, map[string]int{}, map[string]int{}
	for _, l := range list {
		is[l.Topic]++
	}
	var text token.Text
	var s Scratch
	for _, l := range list {
		text.Read(l.Text)
		found := m.Find(&text, &s)
		i := slices.IndexFunc(found, func(f Found) bool { return is[f.Name] > 0 })
		if i < 0 {
			continue
		}
		said[found[i].Name]++
		if found[i].Name == l.Topic {
			right[l.Topic]++
		}
	}
	for name, n := range is {
		f := Fit{Topic: name, Is: n, Precision: share(right[name], said[name]), Recall: share(right[name], n)}
		if right[name] > 0 {
			f.F1 = 2 * f.Precision * f.Recall / (f.Precision + f.Recall)
		}
		fits = append(fits, f)
		macroF1 += f.F1 / float64(len(is))
	}
	slices.SortFunc(fits, func(a, b Fit) int {
		if a.Topic < b.Topic {
			return -1
		}
		return 1
	})
	return fits, macroF1
}

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}
