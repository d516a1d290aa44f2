package chart

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-analyze/charts"

	"earshot/bot"
)

// SpikeData is a series with what was expected of it.
type SpikeData struct {
	Title string
	Bins  []bot.Bin
	Since time.Time // the episode's start; bins from here on stand out
	Zone  *time.Location
}

// SpikeImage is the picture for a spike's card, with words for those who
// cannot see it. A spike without bins has none.
func SpikeImage(s bot.Spike, zone *time.Location) (*bot.Image, error) {
	if len(s.Bins) < 2 {
		return nil, nil
	}
	verb, about := "spoke of", s.Series.Topic
	if s.Series.Negative {
		verb = "complained about"
	}
	if about == "" {
		about = s.Series.Watch
	}
	title := fmt.Sprintf("People who %s %s", verb, about)
	png, err := Spike(SpikeData{Title: title, Bins: s.Bins, Since: s.Since, Zone: zone})
	if err != nil {
		return nil, err
	}
	alt := fmt.Sprintf("%s, by the half hour over two days, with the usual range; since %s they are %d where about %.0f are usual",
		title, s.Since.UTC().Format("Mon 15:04 UTC"), s.Count, s.Expected)
	return &bot.Image{Name: "spike.png", Alt: alt, PNG: png}, nil
}

// spikeGap is how far apart bins are at most before the line breaks.
const spikeGap = 90 * time.Minute

// Spike draws the counts as bars over the band of what is usual.
func Spike(d SpikeData) ([]byte, error) {
	c := newCanvas(420, d.Title, "")
	c.legend([]key{{"People", bad()}, {"Earlier", passive()}, {"Usual range", bandColor()}})
	most := 4.0
	for _, b := range d.Bins {
		most = max(most, float64(b.N), finite(b.High))
	}
	s := newScale(0, most, 3, c)
	c.grid(s, count)
	if len(d.Bins) == 0 {
		return c.png()
	}
	first, last := d.Bins[0].At, d.Bins[len(d.Bins)-1].At
	step := binStep(d.Bins)
	whole := last.Sub(first) + step
	x := func(t time.Time) int {
		return c.left + int(float64(t.Sub(first))/float64(whole)*float64(c.right-c.left))
	}
	c.usualBand(d.Bins, step, s, x)
	for _, b := range d.Bins {
		color := passive()
		if b.At.Add(step).After(d.Since) {
			color = bad()
		}
		if b.N > 0 {
			c.p.FilledRect(x(b.At)+1, s.y(float64(b.N)), max(x(b.At.Add(step))-2, x(b.At)+4), s.y(0), color, color, 0)
		}
	}
	c.p.LineStroke([]charts.Point{{X: c.left, Y: s.y(0)}, {X: c.right, Y: s.y(0)}}, axis(), 3)
	c.clock(first, last.Add(step), d.Zone, x)
	return c.png()
}

// binStep is the shortest distance between two bins.
func binStep(bins []bot.Bin) time.Duration {
	step := 30 * time.Minute
	for i := 1; i < len(bins); i++ {
		if gap := bins[i].At.Sub(bins[i-1].At); gap > 0 && gap < step {
			step = gap
		}
	}
	return step
}

// usualBand draws what is usual, with gaps where nobody listened.
func (c *canvas) usualBand(bins []bot.Bin, step time.Duration, s scale, x func(time.Time) int) {
	var upper []charts.Point
	flush := func() {
		if n := len(upper); n > 0 {
			area := slices.Concat(upper, []charts.Point{{X: upper[n-1].X, Y: s.y(0)}, {X: upper[0].X, Y: s.y(0)}, upper[0]})
			c.p.FillArea(area, bandColor())
			upper = nil
		}
	}
	for i, b := range bins {
		if i > 0 && b.At.Sub(bins[i-1].At) > spikeGap {
			flush()
		}
		if len(upper) == 0 {
			upper = append(upper, charts.Point{X: x(b.At), Y: s.y(b.High)})
		}
		upper = append(upper, charts.Point{X: x(b.At.Add(step / 2)), Y: s.y(b.High)})
		if i == len(bins)-1 || bins[i+1].At.Sub(b.At) > spikeGap {
			upper = append(upper, charts.Point{X: x(b.At.Add(step)), Y: s.y(b.High)})
		}
	}
	flush()
}

// clock writes the hours below the plot, midnights as days.
func (c *canvas) clock(from, to time.Time, zone *time.Location, x func(time.Time) int) {
	if zone == nil {
		zone = time.UTC
	}
	every := 12 * time.Hour
	if to.Sub(from) <= 14*time.Hour {
		every = 3 * time.Hour
	}
	f := from.In(zone)
	style := c.style(textSize, muted(), false)
	for t := time.Date(f.Year(), f.Month(), f.Day(), 0, 0, 0, 0, zone); !t.After(to); t = t.Add(every) {
		if t.Before(from) || x(t) > c.right-30 {
			continue
		}
		label := t.Format("15:04")
		if t.Hour() == 0 {
			label = t.Format("Mon 2 Jan")
		}
		c.p.LineStroke([]charts.Point{{X: x(t), Y: c.bottom}, {X: x(t), Y: c.bottom + 10}}, axis(), 3)
		c.textCentre(label, x(t), c.bottom+46, style)
	}
}
