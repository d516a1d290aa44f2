package chart

import "github.com/go-analyze/charts"

// VolumeData is how much was said, step by step, by what it says.
type VolumeData struct {
	Title string
	Steps []VolumeStep
}

// VolumeStep is one bar.
type VolumeStep struct {
	Label                                   string
	Detractors, Passives, Promoters, Others int
}

// Volume draws stacked bars, the detractors at the bottom, where their height
// is easiest to compare.
func Volume(d VolumeData) ([]byte, error) {
	c := newCanvas(560, d.Title, "")
	c.legend([]key{{"Detractors", bad()}, {"Passive", passive()}, {"Promoters", good()}, {"No view", unvoiced()}})
	most := 1
	for _, s := range d.Steps {
		most = max(most, s.Detractors+s.Passives+s.Promoters+s.Others)
	}
	s := newScale(0, float64(most), 5, c)
	c.grid(s, count)
	n := max(1, len(d.Steps))
	slot := float64(c.right-c.left) / float64(n)
	bar := min(90, max(3, int(slot*0.68)))
	x := func(i int) int { return c.left + int((float64(i)+0.5)*slot) }
	names := make([]string, len(d.Steps))
	for i, step := range d.Steps {
		names[i] = step.Label
		c.stack(step, x(i)-bar/2, x(i)-bar/2+bar, s)
	}
	c.p.LineStroke([]charts.Point{{X: c.left, Y: s.y(0)}, {X: c.right, Y: s.y(0)}}, axis(), 3)
	c.labels(names, x)
	return c.png()
}

// stack draws one bar from the bottom up.
func (c *canvas) stack(v VolumeStep, x1, x2 int, s scale) {
	at := 0
	for _, part := range []struct {
		n     int
		color charts.Color
	}{{v.Detractors, bad()}, {v.Passives, passive()}, {v.Promoters, good()}, {v.Others, unvoiced()}} {
		if part.n > 0 {
			c.p.FilledRect(x1, s.y(float64(at+part.n)), x2, s.y(float64(at)), part.color, part.color, 0)
			at += part.n
		}
	}
}
