package digest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/text"
	"earshot/digest/chart"
)

// How many topics are named in words and in the chart, and how many points one
// must move to be named.
const (
	movedNamed   = 4
	movedCharted = 8
	leastMove    = 0.5
)

// moved is what moved the score: topics by what they add to it, and how much
// was said.
func moved() Section {
	return Section{Name: "moved", gather: gatherMoved, draw: drawMoved}
}

func gatherMoved(_ context.Context, _ *Builder, m *material) error {
	m.report.Moves = Moves(m.before, m.now)
	m.report.Volume = m.now.Volume
	return nil
}

func drawMoved(d *drawing) {
	r := d.r
	if r.SocialNPS.Enough {
		if line := movedLine(r); line != "" {
			d.row("What moved it", bot.Plain(line))
		}
		for _, m := range named(r.Moves) {
			if m.Detractors > 0 {
				d.cases(fmt.Sprintf("%s: %s", m.Topic, many(m.Detractors, "detractor")), casesTopic+m.Topic)
			}
		}
		if bars := topicBars(r.Moves, r.SocialNPS.Score); len(bars) > 1 {
			png, err := chart.Topics(chart.TopicData{Title: "What makes up the score", Note: "points, together " + signed(r.SocialNPS.Score), Bars: bars})
			d.image("topics.png", "Points that each topic adds to the score: "+barsInWords(bars), png, err)
		}
	}
	if len(r.Volume) > 1 && r.Mentions >= MinPeople {
		png, err := chart.Volume(volumeData(r, d.zone))
		t := sumVolume(r.Volume)
		d.image("volume.png", fmt.Sprintf("Mentions by what they say: %d of promoters, %d passive, %d of detractors, %d without a view", t.Promoters, t.Passives, t.Detractors, t.Others), png, err)
	}
}

// named are the topics whose change is worth a word: large enough, and their
// own. A topic that weighs less only because others weigh more has not moved.
func named(moves []TopicMove) []TopicMove {
	var out []TopicMove
	for _, m := range moves {
		if m.Topic != OtherTopics && math.Abs(m.Change) >= leastMove && m.own() && len(out) < movedNamed {
			out = append(out, m)
		}
	}
	return out
}

// own tells whether the topic's own people account for its change.
func (m TopicMove) own() bool {
	if m.Change < 0 {
		return m.Detractors > m.DetractorsBy || m.Promoters < m.PromotersBy
	}
	return m.Promoters > m.PromotersBy || m.Detractors < m.DetractorsBy
}

// movedLine is "Firmware −7 (41 detractors, from 6) · Delivery +4". Where there
// is nothing to compare with, it says what weighs most now.
func movedLine(r Report) string {
	var parts []string
	if !r.Change.Enough {
		for _, m := range r.Moves {
			if m.Topic != OtherTopics && math.Abs(m.Points) >= leastMove && len(parts) < movedNamed {
				parts = append(parts, fmt.Sprintf("%s %s (%s)", text.OneLine(m.Topic), signed(m.Points), many(m.Detractors, "detractor")))
			}
		}
		if len(parts) == 0 {
			return ""
		}
		return "weighs most now: " + strings.Join(parts, " · ")
	}
	for _, m := range named(r.Moves) {
		parts = append(parts, fmt.Sprintf("%s %s%s", text.OneLine(m.Topic), signed(m.Change), whoMoved(m)))
	}
	return strings.Join(parts, " · ")
}

// whoMoved says which people make a topic's change: those whose number changed
// more, when they changed the way that the score did.
func whoMoved(m TopicMove) string {
	if !m.Sure {
		return " (may be chance)"
	}
	fewer, more := m.DetractorsBy-m.Detractors, m.Promoters-m.PromotersBy // both raise the score
	if m.Change < 0 {
		fewer, more = -fewer, -more
	}
	switch {
	case fewer > 0 && fewer >= more:
		return fmt.Sprintf(" (%s, from %s)", many(m.Detractors, "detractor"), thousands(m.DetractorsBy))
	case more > 0:
		return fmt.Sprintf(" (%s, from %s)", many(m.Promoters, "promoter"), thousands(m.PromotersBy))
	}
	return ""
}

// allElse is the bar of what no bar above it holds.
const allElse = "All else"

// topicBars are the chart's bars: the largest contributions, from the best to
// the worst, and what is left of the score: of smaller topics, of those who
// named none, and of the correction. So they add up to it.
func topicBars(moves []TopicMove, score float64) []chart.TopicBar {
	var bars []chart.TopicBar
	by := slices.SortedFunc(slices.Values(moves), func(a, b TopicMove) int { return cmp.Compare(math.Abs(b.Points), math.Abs(a.Points)) })
	for _, m := range by {
		if math.Round(10*m.Points) != 0 && m.Topic != OtherTopics && len(bars) < movedCharted {
			bars = append(bars, chart.TopicBar{Topic: m.Topic, Points: m.Points})
		}
	}
	slices.SortStableFunc(bars, func(a, b chart.TopicBar) int { return cmp.Compare(b.Points, a.Points) })
	left := score
	for _, b := range bars {
		left -= b.Points
	}
	if len(bars) > 0 && math.Round(10*left) != 0 {
		bars = append(bars, chart.TopicBar{Topic: allElse, Points: left})
	}
	return bars
}

func barsInWords(bars []chart.TopicBar) string {
	var parts []string
	for _, b := range bars {
		parts = append(parts, text.OneLine(b.Topic)+" "+signed(b.Points))
	}
	return strings.Join(parts, ", ")
}

func volumeData(r Report, zone *time.Location) chart.VolumeData {
	v := chart.VolumeData{Title: "Mentions by what they say"}
	step := r.To.Sub(r.From)
	if n := len(r.Volume); n > 1 { // the first may be cut short, where the period begins within a day
		step = r.Volume[n-1].From.Sub(r.Volume[n-2].From)
	}
	for _, s := range r.Volume {
		v.Steps = append(v.Steps, chart.VolumeStep{Label: stepLabel(s.From, s.From.Add(step), zone),
			Promoters: s.Promoters, Passives: s.Passives, Detractors: s.Detractors, Others: s.Others})
	}
	return v
}

func sumVolume(steps []Volume) Volume {
	var t Volume
	for _, s := range steps {
		t.Promoters, t.Passives = t.Promoters+s.Promoters, t.Passives+s.Passives
		t.Detractors, t.Others = t.Detractors+s.Detractors, t.Others+s.Others
	}
	return t
}
