package analyze

import (
	"slices"

	"earshot/bot"
	"earshot/bot/analyze/language"
	"earshot/bot/analyze/topic"
)

// speaks is how a piece of a text speaks of one of several watches.
type speaks uint8

const (
	silent   speaks = iota // of others
	together               // of it and of others
	alone                  // of it
)

// speaking tells how each piece speaks of a watch. A piece that names none goes
// on with what the one before it spoke of; what is said before any is named is
// said of the first.
func (d *desk) speaking(watch int) []speaks {
	d.spoken = d.spoken[:0]
	now, named := silent, false
	for i := range d.pieces {
		here, other := false, false
		for _, at := range d.places {
			if d.pieces[i].Holds(at.Start) {
				here = here || at.Watch == watch
				other = other || at.Watch != watch
			}
		}
		switch {
		case here && other:
			now = together
		case here:
			now = alone
		case other:
			now = silent
		}
		if (here || other) && !named {
			named = true
			for j := range d.spoken {
				d.spoken[j] = now
			}
		}
		d.spoken = append(d.spoken, now)
	}
	return d.spoken
}

// topicsOf are the topics of which the mention speaks with one of its watches,
// with the sentiment there; all of them where it does not tell the watches
// apart, does not name this one, or is no opinion.
func (a *Analyzer) topicsOf(d *desk, v *bot.Verdict, h *bot.WatchHit, guess language.Guess) []bot.TopicHit {
	n := a.watches.Number(h.Watch)
	if len(v.Topics) == 0 || n < 0 || !d.several() || d.own.marks.Opinionless() || !d.names(n) {
		return v.Topics
	}
	spoken := d.speaking(n)
	own := []bot.TopicHit{}
	for _, f := range a.topics.Find(d.own.text, &d.topics) {
		i := slices.IndexFunc(v.Topics, func(t bot.TopicHit) bool { return t.Name == f.Name })
		if i < 0 { // the team said that it is not about that
			continue
		}
		hit := v.Topics[i]
		switch at := d.placesOf(f, spoken); {
		case len(at) == 0:
			continue
		case slices.ContainsFunc(at, func(at uint32) bool { return spoken[d.pieceAt(at)] == together }) || len(d.pieces) < 2:
			hit.Label, hit.Confidence = h.Label, h.Confidence
		default:
			r := a.ofPlaces(d, at, guess)
			hit.Label, hit.Confidence = r.Label, r.Confidence
		}
		own = append(own, hit)
	}
	return own
}

// names tells whether the text names a watch.
func (d *desk) names(watch int) bool {
	for _, p := range d.places {
		if p.Watch == watch {
			return true
		}
	}
	return false
}

// placesOf are the places of a topic in pieces that speak of a watch.
func (d *desk) placesOf(f topic.Found, spoken []speaks) []uint32 {
	var at []uint32
	for _, place := range f.At {
		if i := d.pieceAt(place); i >= 0 && spoken[i] != silent {
			at = append(at, place)
		}
	}
	return at
}
