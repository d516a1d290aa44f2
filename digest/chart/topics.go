package chart

import (
	"math"

	"github.com/go-analyze/charts"
)

// TopicData is what each topic adds to a score or takes from it.
type TopicData struct {
	Title string
	Note  string
	Bars  []TopicBar
}

// TopicBar is one topic with its points.
type TopicBar struct {
	Topic  string
	Points float64
}

// Topics draws one bar a topic, to the right of zero or to the left.
func Topics(d TopicData) ([]byte, error) {
	const row = 62
	c := newCanvas(120+row*max(1, len(d.Bars))+30, d.Title, d.Note)
	name, value := c.style(textSize, ink(), false), c.style(textSize, ink(), true)
	room := 0
	low, high := 0.0, 0.0
	for _, b := range d.Bars {
		room = max(room, c.widthOf(b.Topic, name))
		low, high = min(low, finite(b.Points)), max(high, finite(b.Points))
	}
	room = min(room, 330)
	left, right := margin+room+30, width-margin
	const label = 110 // room for a value beside its bar
	if low < 0 {
		left += label
	}
	if high > 0 {
		right -= label
	}
	perPoint := float64(right-left) / max(high-low, 1)
	zero := left + int(-low*perPoint)
	for i, b := range d.Bars {
		y := 116 + i*row
		c.text(c.fit(b.Topic, room, name), margin, y+34, name)
		end := zero + int(math.Round(finite(b.Points)*perPoint))
		if b.Points < 0 {
			c.p.FilledRect(min(end, zero-3), y+6, zero, y+46, bad(), bad(), 0)
			c.textRight(tenth(b.Points), min(end, zero-3)-14, y+36, value)
		} else {
			c.p.FilledRect(zero, y+6, max(end, zero+3), y+46, good(), good(), 0)
			c.text(tenth(b.Points), max(end, zero+3)+14, y+36, value)
		}
	}
	c.p.LineStroke([]charts.Point{{X: zero, Y: 108}, {X: zero, Y: 116 + row*len(d.Bars)}}, axis(), 3)
	return c.png()
}

// tenth is a value with its sign, in whole points where it is far from zero.
func tenth(v float64) string {
	if math.Abs(v) >= 9.95 {
		return signed(v)
	}
	t := int(math.Round(math.Abs(finite(v)) * 10))
	sign := "+"
	switch {
	case t == 0:
		return "0"
	case v < 0:
		sign = "−"
	}
	return sign + string(rune('0'+t/10)) + "." + string(rune('0'+t%10))
}
