package chart

import (
	"math"

	"github.com/go-analyze/charts"
)

// ScoreData is a score over periods, oldest first.
type ScoreData struct {
	Title  string
	Note   string
	Points []ScorePoint
}

// ScorePoint is one period's score with its interval; one that is not Known
// leaves a gap.
type ScorePoint struct {
	Label            string
	Known            bool
	Score, Low, High float64
}

// Score draws a line with its band. The last score is written out.
func Score(d ScoreData) ([]byte, error) {
	c := newCanvas(560, d.Title, d.Note)
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range d.Points {
		if p.Known {
			low, high = min(low, finite(p.Low)), max(high, finite(p.High))
		}
	}
	if low > high {
		low, high = -10, 10
	}
	s := newScale(max(-100, low), min(100, high), 5, c)
	c.right -= 70 // room for the last score
	c.grid(s, signed)
	x := func(i int) int {
		if len(d.Points) < 2 {
			return (c.left + c.right) / 2
		}
		return c.left + 30 + i*(c.right-c.left-60)/(len(d.Points)-1)
	}
	for _, run := range runs(d.Points) {
		c.scoreRun(d.Points, run[0], run[1], s, x)
	}
	names := make([]string, len(d.Points))
	for i, p := range d.Points {
		names[i] = p.Label
	}
	c.labels(names, x)
	return c.png()
}

// runs finds the stretches of known points as [from, to).
func runs(points []ScorePoint) [][2]int {
	var out [][2]int
	for i, p := range points {
		switch {
		case !p.Known:
		case i > 0 && points[i-1].Known:
			out[len(out)-1][1] = i + 1
		default:
			out = append(out, [2]int{i, i + 1})
		}
	}
	return out
}

// scoreRun draws one stretch: the band first, the line over it, a dot at each
// period.
func (c *canvas) scoreRun(points []ScorePoint, from, to int, s scale, x func(int) int) {
	var band, line []charts.Point
	for i := from; i < to; i++ {
		line = append(line, charts.Point{X: x(i), Y: s.y(points[i].Score)})
		band = append(band, charts.Point{X: x(i), Y: s.y(points[i].High)})
	}
	for i := to - 1; i >= from; i-- {
		band = append(band, charts.Point{X: x(i), Y: s.y(points[i].Low)})
	}
	if to-from == 1 {
		p := points[from]
		c.p.FilledRect(x(from)-9, s.y(p.High), x(from)+9, s.y(p.Low), bandColor(), bandColor(), 0)
	} else {
		c.p.FillArea(append(band, band[0]), bandColor())
		c.p.LineStroke(line, accent(), lineWidth)
	}
	for i, at := range line {
		radius := 8.0
		if from+i == len(points)-1 {
			radius = 13
			c.text(signed(points[from+i].Score), at.X+26, at.Y+14, c.style(titleSize+4, accent(), true))
		}
		c.p.Circle(radius, at.X, at.Y, accent(), white(), 4)
	}
}
