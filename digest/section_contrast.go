package digest

import (
	"context"
	"fmt"
	"slices"
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

// gatherApart compares the period's detractors with its promoters; where these
// are too few, with the promoters of the weeks before as well; and where there
// are hardly any, with everybody else of the period.
func gatherApart(ctx context.Context, b *Builder, m *material) error {
	from, to := m.report.From, m.report.To
	since := from.Add(-max(weeksBefore*to.Sub(from), promotersBack))
	for _, with := range []struct {
		name  string
		from  time.Time
		reads int
		side  func(bot.Reading) (contrast.Group, bool)
	}{
		{"promoters", from, digestMost, detractors(from, bot.Promoter)},
		{"promoters since " + since.In(m.zone).Format("2 Jan"), since, 2 * digestMost, detractors(from, bot.Promoter)},
		{"others", from, digestMost, detractors(from, bot.Promoter, bot.Passive, bot.Unqualified)},
	} {
		r, err := b.contrast(ctx, contrastRead{Watch: m.report.Watch, From: with.from, To: to, Reads: with.reads, Named: apartNamed}, with.side)
		if err != nil {
			return err
		}
		if r.PeopleA < contrast.MinPeople {
			return nil
		}
		if r.Enough {
			if len(r.Phrases) > 0 {
				m.report.Contrast, m.report.ContrastWith = &r, with.name
			}
			return nil
		}
	}
	return nil
}

// detractors tells detractors since a time from people of other stances. Answers
// to a survey count: only their score stands apart.
func detractors(since time.Time, others ...bot.Stance) func(r bot.Reading) (contrast.Group, bool) {
	return func(r bot.Reading) (contrast.Group, bool) {
		switch _, stance := evidence(r); {
		case stance == bot.Detractor:
			return contrast.A, !r.Mention.CreatedAt.Before(since)
		case slices.Contains(others, stance):
			return contrast.B, true
		}
		return contrast.A, false
	}
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
		spans := []bot.Span{bot.Strong(text.OneLine(p.Text)), bot.Plain(fmt.Sprintf(" (%s, %s)", aboutMany(p.PeopleA, d.r.Contrast.OneIn), moreThan(p, d.r.ContrastWith)))}
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
