package digest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/relate/contrast"
	"earshot/bot/text"
)

const (
	// apartNamed is how many phrases a digest names.
	apartNamed = 3
	// promotersBack is how far back promoters are looked for at least where those
	// of the period are too few: what pleases people changes slowly.
	promotersBack = 8 * 7 * 24 * time.Hour
)

// apart is what detractors say and promoters do not: the reason why, in their
// words. It is there only when it is more than chance.
func apart() Section {
	return Section{Name: "contrast", gather: gatherApart, draw: drawApart}
}

// gatherApart compares the period's detractors with its promoters, or, where
// these are too few, with the promoters of the weeks before as well.
func gatherApart(ctx context.Context, b *Builder, m *material) error {
	from, to := m.report.From, m.report.To
	read := contrastRead{Watch: m.report.Watch, From: from, To: to, Reads: digestMost, Named: apartNamed}
	r, err := b.contrast(ctx, read, sideOf(from))
	if err != nil {
		return err
	}
	since := from
	if !r.Enough && r.PeopleA*r.OneIn >= contrast.MinPeople {
		since = from.Add(-max(weeksBefore*to.Sub(from), promotersBack))
		read.From, read.Reads = since, 2*digestMost
		if r, err = b.contrast(ctx, read, sideOf(from)); err != nil {
			return err
		}
	}
	if len(r.Phrases) > 0 {
		m.report.Contrast = &r
		if since.Before(from) {
			m.report.ContrastSince = since
		}
	}
	return nil
}

// sideOf tells detractors of a period that begins at from, and promoters, from
// everybody else. Answers to a survey count: only their score stands apart.
func sideOf(from time.Time) func(r bot.Reading) (contrast.Group, bool) {
	return func(r bot.Reading) (contrast.Group, bool) {
		k, stance := evidence(r)
		if k == kindNone {
			return contrast.A, false
		}
		switch stance {
		case bot.Detractor:
			return contrast.A, !r.Mention.CreatedAt.Before(from)
		case bot.Promoter:
			return contrast.B, true
		}
		return contrast.A, false
	}
}

func drawApart(d *drawing) {
	if d.r.Contrast == nil {
		return
	}
	label, others := "Detractors say", "promoters"
	if at := d.r.ContrastSince; !at.IsZero() {
		others = "promoters since " + at.In(d.zone).Format("2 Jan")
	}
	for i, p := range d.r.Contrast.Phrases {
		if i == apartNamed {
			return
		}
		spans := []bot.Span{bot.Strong(text.OneLine(p.Text)), bot.Plain(fmt.Sprintf(" (%s, %s)", aboutMany(p.PeopleA, d.r.Contrast.OneIn), moreThan(p, others)))}
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
