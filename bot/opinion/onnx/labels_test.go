package onnx

import (
	"math"
	"testing"

	"earshot/bot"
)

func TestWeigh(t *testing.T) {
	for name, tt := range map[string]struct {
		scores map[string]float64
		label  bot.Label
		most   float64
		ok     bool
	}{
		"names":          {map[string]float64{"Negative": .7, "neutral": .2, "POSITIVE": .1}, bot.Negative, .7, true},
		"numbers":        {map[string]float64{"LABEL_0": .1, "LABEL_1": .3, "LABEL_2": .6}, bot.Positive, .6, true},
		"stars":          {map[string]float64{"1 star": .3, "2 stars": .3, "3 stars": .2, "4 stars": .1, "5 stars": .1}, bot.Negative, .6, true},
		"two classes":    {map[string]float64{"NEG": .2, "POS": .6}, bot.Positive, .75, true},
		"others":         {map[string]float64{"joy": 1}, "", 0, false},
		"nothing":        {nil, "", 0, false},
		"not a number":   {map[string]float64{"neg": math.NaN()}, "", 0, false},
		"sums to naught": {map[string]float64{"neg": 0}, "", 0, false},
	} {
		p, ok := weigh(tt.scores)
		if ok != tt.ok {
			t.Errorf("%s: %v", name, ok)
		}
		if label, most := likeliest(p); ok && (label != tt.label || math.Abs(most-tt.most) > 1e-9) {
			t.Errorf("%s: %s %v", name, label, most)
		}
	}
}
