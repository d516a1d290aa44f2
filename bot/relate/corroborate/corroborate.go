// Package corroborate says whether what people complain of is so: whether those
// who speak have seen it themselves, and whether what does not depend on talk
// rises with it: messages to us, survey answers, returns, tickets. It is pure.
package corroborate

import (
	"math"
	"slices"
	"time"

	"earshot/bot"
)

// When a judgement is made.
const (
	enoughPeople  = 8    // who tell of it as their own experience, for that to speak for itself
	mostlyOwn     = 0.4  // share of those who speak, repeats left out, that have seen it themselves
	hardlyOwn     = 0.25 // below, it is told on
	mostlyRepeats = 0.6  // share of mentions that only repeat: above, it is told on
	riseAtLeast   = 1.5  // times the usual
	riseZ         = 2.33 // one-sided, p < 0.01
	leastDays     = 5    // of a fact, to know what is usual
)

// Talk is what was said in an episode, and for as long before as is known.
type Talk struct {
	During, Before []bot.Reading // of the same watch and topic
	From, To       time.Time     // of the episode
	BeforeFrom     time.Time     // Before begins here and ends at From
	Complaints     int           // people who complained in the episode
	Usual          float64       // people who usually do in as long a time
}

// Judge says on which grounds the complaints stand. facts are of the weeks
// before and the days of the episode.
func Judge(talk Talk, facts []bot.Fact) bot.Grounds {
	var g bot.Grounds
	said := map[uint64]bool{}
	for _, r := range talk.During {
		g.Mentions++
		switch {
		case r.Mention.RepostOf != "" || said[fingerprint(r.Mention.Said())]:
			g.Repeats++
		case r.Verdict.Voice == bot.FirstHand:
			g.FirstHand++
		}
		said[fingerprint(r.Mention.Said())] = true
	}
	for _, l := range append(channels(talk), troubles(talk, facts)...) {
		switch l.judge() {
		case rises:
			g.Rising = append(g.Rising, l.rise())
		case asUsual:
			g.Usual = append(g.Usual, l.rise())
		}
	}
	g.Base, g.Rate, g.RateUsual = rate(talk, facts)
	g.Verdict = verdict(g)
	return g
}

// verdict weighs the numbers: something outside the talk that rises with it, or
// many who saw it themselves, make it a product's problem; talk that is told on
// while all outside it is as ever, one of perception.
func verdict(g bot.Grounds) bot.Ground {
	voices := g.Mentions - g.Repeats
	if voices == 0 {
		return bot.NotEnoughData
	}
	own := float64(g.FirstHand) / float64(voices)
	toldOn := own < hardlyOwn || float64(g.Repeats) >= mostlyRepeats*float64(g.Mentions)
	switch {
	case len(g.Rising) > 0 && g.FirstHand > 0:
		return bot.ProductProblem
	case g.FirstHand >= enoughPeople && own >= mostlyOwn && len(g.Usual) == 0:
		return bot.ProductProblem
	case toldOn && len(g.Usual) > 0 && len(g.Rising) == 0 && g.Mentions >= enoughPeople:
		return bot.PerceptionProblem
	}
	return bot.NotEnoughData
}

// fingerprint is FNV-1a of a text's letters and digits: copies have the same.
func fingerprint(s string) uint64 {
	h := uint64(14695981039346656037)
	for _, r := range s {
		if r == ' ' || r == '\n' || r == '\t' {
			continue
		}
		h = (h ^ uint64(r)) * 1099511628211
	}
	return h
}

// line is one count that does not depend on public talk, now and before.
type line struct {
	name     string
	now      float64
	usual    float64 // expected in as long a time
	seen     float64 // what "usual" was estimated from, in the same unit
	disperse float64 // variance ÷ mean of its days, at least 1
}

type direction int

const (
	unknown direction = iota
	asUsual
	rises
)

func (l line) rise() bot.Rise { return bot.Rise{Name: l.name, Now: l.now, Usual: l.usual} }

// judge compares by the square roots of the counts, whose variance is about a
// quarter of the dispersion whatever the mean (Anscombe 1948), counting in how
// well "usual" itself is known.
func (l line) judge() direction {
	if l.seen < 3 && l.now < 3 {
		return unknown // nobody knows what is usual
	}
	noise := 1.0
	if l.seen > 0 {
		noise += l.usual / l.seen
	}
	z := 2 * (math.Sqrt(l.now+3.0/8) - math.Sqrt(l.usual+3.0/8)) / math.Sqrt(l.disperse*noise)
	switch {
	case z >= riseZ && l.now >= riseAtLeast*l.usual:
		return rises
	case l.usual < 1 || z > 1: // too few to show a rise, or it may be one
		return unknown
	}
	return asUsual
}

// channels are the complaints that reach us where others do not listen: private
// messages, mails and tickets, and survey answers.
func channels(talk Talk) []line {
	span, before := talk.To.Sub(talk.From), talk.From.Sub(talk.BeforeFrom)
	if span <= 0 || before < span {
		return nil
	}
	share := float64(span) / float64(before)
	count := func(name string, is func(bot.Reading) bool) line {
		l := line{name: name, disperse: 1.5}
		for _, r := range talk.During {
			if is(r) {
				l.now++
			}
		}
		for _, r := range talk.Before {
			if is(r) {
				l.seen++
			}
		}
		l.usual = l.seen * share
		return l
	}
	return []line{
		count("messages to us", func(r bot.Reading) bool {
			return r.Mention.Private && !r.Mention.Rating.Survey && r.Verdict.Label == bot.Negative
		}),
		count("detractors in surveys", func(r bot.Reading) bool {
			return r.Mention.Rating.Survey && bot.StanceOfRating(r.Mention.Rating) == bot.Detractor
		}),
	}
}

// troubles are the business' own counts of what went wrong, day by day.
func troubles(talk Talk, facts []bot.Fact) []line {
	var lines []line
	for _, name := range names(facts, bot.Trouble) {
		now, before := split(facts, name, talk)
		if len(now) == 0 || len(before) < leastDays {
			continue
		}
		mean, disperse := moments(before)
		lines = append(lines, line{name: name, now: sum(now), usual: mean * float64(len(now)), seen: sum(before), disperse: disperse})
	}
	return lines
}

// rate is how many people complain per thousand of the largest base that is
// known, in the episode's days and usually. A part of a day is set against the
// whole day's base: who complains in an hour bought before it.
func rate(talk Talk, facts []bot.Fact) (base string, now, usual float64) {
	days := talk.To.Sub(talk.From).Hours() / 24
	most := 0.0
	for _, name := range names(facts, bot.Base) {
		during, before := split(facts, name, talk)
		if len(before) < leastDays {
			continue
		}
		mean, _ := moments(before)
		of := mean
		if len(during) > 0 {
			of = sum(during) / float64(len(during))
		}
		if mean <= most || of <= 0 || days <= 0 {
			continue
		}
		most, base = mean, name
		now = 1000 * float64(talk.Complaints) / (of * max(days, 1))
		usual = 1000 * talk.Usual / (mean * days)
	}
	return base, now, usual
}

func names(facts []bot.Fact, role bot.FactRole) []string {
	var out []string
	for _, f := range facts {
		if f.Role == role && !slices.Contains(out, f.Name) {
			out = append(out, f.Name)
		}
	}
	slices.Sort(out)
	return out
}

// split gives a fact's counts by day: those of the episode's days, and those
// before. Rows of one day, of several topics, are summed.
func split(facts []bot.Fact, name string, talk Talk) (now, before []float64) {
	byDay := map[time.Time]float64{}
	for _, f := range facts {
		if f.Name == name {
			byDay[f.Day] += f.Count
		}
	}
	first := talk.From.Truncate(24 * time.Hour)
	for day, n := range byDay {
		switch {
		case day.Before(first):
			before = append(before, n)
		case !day.After(talk.To):
			now = append(now, n)
		}
	}
	slices.Sort(now) // sums do not depend on the map's order
	slices.Sort(before)
	return now, before
}

// moments are the mean of daily counts and how much more they vary than chance
// would have them: variance ÷ mean, between 1 and 20.
func moments(days []float64) (mean, disperse float64) {
	n := float64(len(days))
	mean = sum(days) / n
	if mean == 0 || n < 2 {
		return mean, 1
	}
	v := 0.0
	for _, d := range days {
		v += (d - mean) * (d - mean)
	}
	return mean, min(max(v/(n-1)/mean, 1), 20)
}

func sum(list []float64) float64 {
	s := 0.0
	for _, x := range list {
		s += x
	}
	return s
}
