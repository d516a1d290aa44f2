package intake

import (
	"context"
	"fmt"
	"slices"
	"time"

	"earshot/bot"
	"earshot/bot/analyze/spike"
	"earshot/bot/relate/corroborate"
)

// factsFrom is how far back daily counts are read, to know what is usual.
const factsFrom = 28 * 24 * time.Hour

// Evidence is what grounds are found in.
type Evidence interface {
	Mentions(ctx context.Context, f bot.MentionFilter) ([]bot.Reading, error)
	Facts(ctx context.Context, watch, topic string, from, to time.Time) ([]bot.Fact, error)
}

// Grounds says whether what is complained of a watch, or of one topic of it,
// in [from, to) is a rumour or a fact.
func Grounds(ctx context.Context, st Evidence, series bot.Series, from, to time.Time) (bot.Grounds, error) {
	series.Negative = true
	f := bot.MentionFilter{Watch: series.Watch, From: from, To: to, Limit: mostReadings}
	during, err := st.Mentions(ctx, f)
	if err != nil {
		return bot.Grounds{}, fmt.Errorf("read what was said: %w", err)
	}
	span := max(compareWith, 4*to.Sub(from))
	f.From, f.To = from.Add(-span), from
	before, err := st.Mentions(ctx, f)
	if err != nil {
		return bot.Grounds{}, fmt.Errorf("read what went before: %w", err)
	}
	talk := talkOf(series, during, before)
	talk.From, talk.To, talk.BeforeFrom = from, to, began(before, from, span)
	talk.Complaints = people(talk.During)
	if known := from.Sub(talk.BeforeFrom); known > 0 {
		talk.Usual = float64(people(talk.Before)) * float64(to.Sub(from)) / float64(known)
	}
	facts, err := st.Facts(ctx, series.Watch, series.Topic, from.Add(-factsFrom), to)
	if err != nil {
		return bot.Grounds{}, fmt.Errorf("read what the business counted: %w", err)
	}
	return corroborate.Judge(talk, facts), nil
}

// mostlyBad is the negative share from which talk is one of complaints, whether
// or not there are more of them than usual.
const mostlyBad = 0.5

// judge says whether an episode of complaints is a rumour or a fact, from its
// mentions, those of the stretch before, and what the business counted. Talk
// that mostly complains of nothing needs no grounds.
func (s *Spikes) judge(ctx context.Context, sp bot.Spike, during, before []bot.Reading) (bot.Spike, error) {
	if sp.Grounds = nil; !sp.Series.Negative && sp.Share < mostlyBad {
		return sp, nil
	}
	end := s.now()
	if !sp.ClosedAt.IsZero() {
		end = sp.ClosedAt
	}
	facts, err := s.store.Facts(ctx, sp.Series.Watch, sp.Series.Topic, sp.Since.Add(-factsFrom), end)
	if err != nil {
		return sp, fmt.Errorf("read what the business counted: %w", err)
	}
	talk := talkOf(sp.Series, during, before)
	talk.From, talk.To, talk.BeforeFrom = sp.Since, end, began(before, sp.Since, compareWith)
	if sp.Series.Negative {
		talk.Complaints, talk.Usual = sp.Count, sp.Expected
	}
	g := corroborate.Judge(talk, facts)
	if !sp.Series.Negative { // not all who speak of it complain
		g.Base, g.Rate, g.RateUsual = "", 0, 0
	}
	sp.Grounds = &g
	return sp, nil
}

// talkOf keeps the mentions that count in a series.
func talkOf(series bot.Series, during, before []bot.Reading) corroborate.Talk {
	others := func(r bot.Reading) bool { return r.Mention.Deleted || !spike.Belongs(series, r) }
	return corroborate.Talk{During: slices.DeleteFunc(slices.Clone(during), others), Before: slices.DeleteFunc(slices.Clone(before), others)}
}

// began is from when on it is known what was said before: no further back than
// was read, and not at all where nobody listened.
func began(before []bot.Reading, from time.Time, span time.Duration) time.Time {
	switch len(before) {
	case 0:
		return from
	case mostReadings: // there was more: the latest were read
		return before[len(before)-1].Mention.CreatedAt
	}
	return from.Add(-span)
}

func people(list []bot.Reading) int {
	seen := map[int64]bool{}
	n := 0
	for _, r := range list {
		if id := r.Mention.Author.ID; id == 0 || !seen[id] {
			seen[id] = true
			n++
		}
	}
	return n
}
