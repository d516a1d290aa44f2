package digest

import (
	"context"
	"fmt"
	"strings"

	"earshot/bot"
	"earshot/bot/relate/contrast"
	"earshot/bot/text"
)

// apartNamed is how many phrases a digest names.
const apartNamed = 3

// apart is what detractors say and promoters do not: the reason why, in their
// words. It is there only when it is more than chance.
func apart() Section {
	return Section{Name: "contrast", gather: gatherApart, draw: drawApart}
}

func gatherApart(ctx context.Context, b *Builder, m *material) error {
	read := contrastRead{Watch: m.report.Watch, From: m.report.From, To: m.report.To, Reads: digestMost, Named: apartNamed}
	r, err := b.contrast(ctx, read, func(r bot.Reading) (contrast.Group, bool) {
		k, stance := evidence(r)
		if k == kindNone || k == kindSurvey {
			return contrast.A, false
		}
		switch stance {
		case bot.Detractor:
			return contrast.A, true
		case bot.Promoter:
			return contrast.B, true
		}
		return contrast.A, false
	})
	if err != nil {
		return err
	}
	if len(r.Phrases) > 0 {
		m.report.Contrast = &r
	}
	return nil
}

func drawApart(d *drawing) {
	if d.r.Contrast == nil {
		return
	}
	label := "Detractors say"
	for i, p := range d.r.Contrast.Phrases {
		if i == apartNamed {
			return
		}
		spans := []bot.Span{bot.Strong(text.OneLine(p.Text)), bot.Plain(fmt.Sprintf(" (%s, %s)", aboutMany(p.PeopleA, d.r.Contrast.OneIn), moreThan(p, "promoters")))}
		if p.Quote != "" {
			spans = append(spans, bot.Plain(" “"+p.Quote+"” "), bot.Link(p.Author, p.URL))
		}
		d.row(label, spans...)
		label = ""
	}
}

// aboutMany is "41 people", or "about 4,100 people" where one in so many was
// counted.
func aboutMany(n, oneIn int) string {
	if oneIn > 1 {
		return "about " + many(n*oneIn, "person")
	}
	return many(n, "person")
}

// moreThan says how much more than others: what is sure, the lower end of the
// interval.
func moreThan(p contrast.Phrase, others string) string {
	switch {
	case p.PeopleB == 0:
		return "none of the " + others
	case p.Low >= 2:
		return fmt.Sprintf("at least %d times as often as %s", int(p.Low), others)
	}
	return "more often than " + others
}

// partNegative is "60 % negative", or how many are where few said it.
func partNegative(s contrast.Share) string {
	const few = 20
	switch k := int(s.Share*float64(s.Of) + .5); {
	case s.Of == 0:
		return ""
	case s.Of < few:
		return fmt.Sprintf("%d of %d negative", k, s.Of)
	}
	return fmt.Sprintf("%.0f %% negative", 100*s.Share)
}

// joined joins what is not empty.
func joined(parts ...string) string {
	var all []string
	for _, p := range parts {
		if p != "" {
			all = append(all, p)
		}
	}
	return strings.Join(all, ", ")
}
