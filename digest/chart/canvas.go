package chart

import (
	"fmt"
	"math"
	"strings"
	"unicode"

	"github.com/go-analyze/charts"
	"github.com/golang/freetype/truetype"
)

// A picture is drawn three times as wide as a phone shows it, so that it stays
// sharp on dense screens.
const (
	width     = 1200
	margin    = 44
	titleSize = 24.0 // points
	textSize  = 20.0
	lineWidth = 5.0
	maxRunes  = 120 // no line of a picture holds more
)

// The palette: one ink, one accent, and blue against orange for the two sides,
// which colour-blind eyes tell apart.
func ink() charts.Color       { return charts.ColorFromHex("#1f2933") }
func muted() charts.Color     { return charts.ColorFromHex("#66717f") }
func grid() charts.Color      { return charts.ColorFromHex("#e8ebef") }
func axis() charts.Color      { return charts.ColorFromHex("#b4bcc6") }
func accent() charts.Color    { return charts.ColorFromHex("#1f6f8b") }
func good() charts.Color      { return charts.ColorFromHex("#2a86a3") }
func bad() charts.Color       { return charts.ColorFromHex("#d4603a") }
func passive() charts.Color   { return charts.ColorFromHex("#b9c3cd") }
func unvoiced() charts.Color  { return charts.ColorFromHex("#e3e7ec") }
func bandColor() charts.Color { return accent().WithAlpha(50) }
func white() charts.Color     { return charts.ColorFromHex("#ffffff") }

// canvas is a picture that is being drawn.
type canvas struct {
	p           *charts.Painter
	font, bold  *truetype.Font
	left, right int // edges of the plot
	top, bottom int
}

// newCanvas makes a white picture with a title at the left and a note at the right.
func newCanvas(height int, title, note string) *canvas {
	c := &canvas{font: charts.GetFont(charts.FontFamilyNotoSans), bold: charts.GetFont(charts.FontFamilyNotoSansBold),
		left: margin, right: width - margin, top: 120, bottom: height - 76}
	c.p = charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputPNG, Width: width, Height: height})
	c.p.FilledRect(0, 0, width, height, white(), white(), 0)
	heading, room := c.style(titleSize, ink(), true), width-2*margin
	if note != "" {
		room -= c.widthOf(note, c.style(textSize, muted(), false)) + 40
	}
	c.text(c.fit(title, room, heading), margin, 62, heading)
	if note != "" {
		c.textRight(note, width-margin, 62, c.style(textSize, muted(), false))
	}
	return c
}

func (c *canvas) style(size float64, color charts.Color, bold bool) charts.FontStyle {
	f := c.font
	if bold {
		f = c.bold
	}
	return charts.FontStyle{FontSize: size, FontColor: color, Font: f}
}

// drawable leaves out what the font has no picture of: it would show as empty
// boxes.
func drawable(s string, f *truetype.Font) string {
	s = strings.Map(func(r rune) rune {
		if r == '−' && f.Index(r) == 0 {
			r = '–' // the font has no minus sign; a dash of its width stands in
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		if r < ' ' || f.Index(r) == 0 {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func (c *canvas) text(s string, x, y int, style charts.FontStyle) {
	if s = drawable(s, style.Font); s != "" {
		c.p.Text(s, x, y, 0, style)
	}
}

func (c *canvas) widthOf(s string, style charts.FontStyle) int {
	return c.p.MeasureText(drawable(s, style.Font), 0, style).Width()
}

func (c *canvas) textRight(s string, x, y int, style charts.FontStyle) {
	c.text(s, x-c.widthOf(s, style), y, style)
}

func (c *canvas) textCentre(s string, x, y int, style charts.FontStyle) {
	half := c.widthOf(s, style) / 2
	c.text(s, min(max(x-half, margin/2), width-margin/2-2*half), y, style)
}

// fit cuts s until it is at most room wide; a cut shows.
func (c *canvas) fit(s string, room int, style charts.FontStyle) string {
	s = drawable(s, style.Font)
	runes := []rune(s)
	if len(runes) <= maxRunes && c.widthOf(s, style) <= room {
		return s
	}
	runes = runes[:min(len(runes), maxRunes)]
	for len(runes) > 1 && c.widthOf(string(runes)+"…", style) > room {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimSpace(string(runes)) + "…"
}

// scale maps values to heights of the plot, with round ticks.
type scale struct {
	low, high   float64
	ticks       []float64
	top, bottom int
}

// newScale spans low to high with about n round ticks.
func newScale(low, high float64, n int, c *canvas) scale {
	if !(high > low) {
		high = low + 1
	}
	step := niceStep((high - low) / float64(n))
	s := scale{low: math.Floor(low/step) * step, high: math.Ceil(high/step) * step, top: c.top, bottom: c.bottom}
	for v := s.low; v <= s.high+step/2; v += step {
		s.ticks = append(s.ticks, math.Round(v/step)*step)
	}
	return s
}

// niceStep is 1, 2 or 5 times a power of ten, at least x, and never below 1.
func niceStep(x float64) float64 {
	if x <= 1 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, f := range []float64{1, 2, 5, 10} {
		if f*power >= x {
			return f * power
		}
	}
	return 10 * power
}

func (s scale) y(v float64) int {
	v = min(max(finite(v), s.low), s.high)
	return s.bottom - int(math.Round((v-s.low)/(s.high-s.low)*float64(s.bottom-s.top)))
}

// finite is v, or 0 where it is no number that can be drawn.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

// grid draws the ticks with their labels and moves the plot's left edge behind
// them. The line at zero is darker.
func (c *canvas) grid(s scale, label func(float64) string) {
	style := c.style(textSize, muted(), false)
	room := 0
	for _, t := range s.ticks {
		room = max(room, c.widthOf(label(t), style))
	}
	c.left = margin + room + 20
	for _, t := range s.ticks {
		y := s.y(t)
		line, w := grid(), 2.0
		if t == 0 {
			line, w = axis(), 3.0
		}
		c.p.LineStroke([]charts.Point{{X: c.left, Y: y}, {X: c.right, Y: y}}, line, w)
		c.textRight(label(t), c.left-20, y+10, style)
	}
}

// labels writes names below the plot at x(i), as many as fit, always the last.
func (c *canvas) labels(names []string, x func(i int) int) {
	style := c.style(textSize, muted(), false)
	widest := 0
	for _, n := range names {
		widest = max(widest, c.widthOf(n, style))
	}
	every := 1
	if len(names) > 1 {
		gap := max(1, (x(len(names)-1)-x(0))/(len(names)-1))
		every = max(1, int(math.Ceil(float64(widest+34)/float64(gap))))
	}
	for i := len(names) - 1; i >= 0; i -= every {
		c.textCentre(names[i], x(i), c.bottom+46, style)
	}
}

// key is one entry of a legend.
type key struct {
	name  string
	color charts.Color
}

// legend writes its entries in one line under the title.
func (c *canvas) legend(keys []key) {
	style := c.style(textSize, muted(), false)
	x := margin
	for _, k := range keys {
		c.p.FilledRect(x, 94, x+22, 116, k.color, k.color, 0)
		c.text(k.name, x+34, 114, style)
		x += 34 + c.widthOf(k.name, style) + 44
	}
	c.top = 158
}

func (c *canvas) png() ([]byte, error) {
	b, err := c.p.Bytes()
	if err != nil {
		return nil, fmt.Errorf("draw chart: %w", err)
	}
	return b, nil
}

// signed is a value in whole points with its sign.
func signed(v float64) string {
	switch n := int(math.Round(finite(v))); {
	case n > 0:
		return fmt.Sprintf("+%d", n)
	case n < 0:
		return fmt.Sprintf("−%d", -n)
	}
	return "0"
}

// count is a number with a comma after each three digits.
func count(v float64) string {
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
