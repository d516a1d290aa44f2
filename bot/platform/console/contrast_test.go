package console

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
)

// TestContrast computes the contrast of every pair of colours that text and
// controls are set in (WCAG 2.2, 1.4.3 and 1.4.11), light and dark.
func TestContrast(t *testing.T) {
	css, err := assets.ReadFile("assets/base.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark := map[string]string{}, map[string]string{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`).FindAllStringSubmatch(string(css), -1) {
		light[m[1]], dark[m[1]] = m[2], m[3]
	}
	pairs := []struct {
		front, back string
		least       float64
	}{
		{"accent-deep", "tint", 4.5}, {"ink", "tint", 4.5}, {"soft", "tint", 4.5}, {"on-accent", "accent", 4.5}, {"on-accent", "accent-deep", 4.5},
		{"urgent", "urgent-tint", 4.5}, {"page", "ink", 4.5},
		{"negative", "card", 3}, {"positive", "card", 3}, {"urgent", "card", 3}, // marks, not text
	}
	for _, back := range []string{"page", "card", "side", "raised"} {
		for _, front := range []string{"ink", "soft", "accent", "urgent"} {
			pairs = append(pairs, struct {
				front, back string
				least       float64
			}{front, back, 4.5})
		}
		pairs = append(pairs, struct {
			front, back string
			least       float64
		}{"edge", back, 3}) // the edges of controls
	}
	for name, colours := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, p := range pairs {
			got := contrast(t, colours[p.front], colours[p.back])
			if got < p.least {
				t.Errorf("%s: %s on %s is %.2f to 1, want %.1f", name, p.front, p.back, got, p.least)
			}
		}
	}
}

// TestColoursAreSaidOnce keeps colours out of the rules, where no test sees them.
func TestColoursAreSaidOnce(t *testing.T) {
	for _, name := range []string{"base.css", "cards.css", "dialogs.css"} {
		css, err := assets.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(css)) {
			if regexp.MustCompile(`[^-]color: *#`).MatchString(line) {
				t.Errorf("%s says a colour of its own: %s", name, line)
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

// luminance is the relative luminance of a colour (WCAG 2.2, glossary).
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	var r, g, b int
	if _, err := fmt.Sscanf(colour, "#%02x%02x%02x", &r, &g, &b); err != nil {
		t.Fatalf("colour %q: %v", colour, err)
	}
	linear := func(c int) float64 {
		v := float64(c) / 255
		if v <= .04045 {
			return v / 12.92
		}
		return math.Pow((v+.055)/1.055, 2.4)
	}
	return .2126*linear(r) + .7152*linear(g) + .0722*linear(b)
}
