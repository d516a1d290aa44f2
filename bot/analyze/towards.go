package analyze

import (
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/analyze/aspect"
	"earshot/bot/analyze/intent"
	"earshot/bot/analyze/language"
	"earshot/bot/analyze/sentiment"
)

// topicHits gives the topics with the sentiment of the pieces that speak of
// them.
func (a *Analyzer) topicHits(d *desk, v bot.Verdict, guess language.Guess) []bot.TopicHit {
	found := a.topics.Find(d.own.text, &d.topics)
	if len(found) == 0 {
		return nil
	}
	hits := make([]bot.TopicHit, len(found))
	for i, f := range found {
		hits[i] = bot.TopicHit{Name: f.Name, Label: v.Label, Confidence: v.Confidence, Words: strings.Join(f.Words, ", ")}
		if len(d.pieces) < 2 || v.Label == bot.Unsure || d.own.marks.Opinionless() {
			continue
		}
		if r := a.ofPlaces(d, f.At, guess); sides(r.Label) || v.Label == bot.Mixed {
			hits[i].Label, hits[i].Confidence = r.Label, r.Confidence
		}
	}
	return hits
}

func sides(l bot.Label) bool { return l == bot.Negative || l == bot.Positive }

// maxAsked is how many pieces are asked about one topic.
const maxAsked = 4

// ofPlaces is the sentiment of the pieces that hold the places; of several,
// the surest that takes a side.
func (a *Analyzer) ofPlaces(d *desk, places []uint32, guess language.Guess) sentiment.Result {
	var best sentiment.Result
	asked, last := 0, -1
	for _, at := range places {
		i := d.pieceAt(at)
		if i < 0 || i == last || asked == maxAsked {
			continue
		}
		last = i
		asked++
		if r := a.turned(d, i, guess); asked == 1 || sides(r.Label) && (!sides(best.Label) || r.Confidence > best.Confidence) {
			best = r
		}
	}
	return best
}

// pieceAt is the piece that holds a place; -1 for none.
func (d *desk) pieceAt(at uint32) int {
	return slices.IndexFunc(d.pieces, func(p piece) bool { return p.Holds(at) })
}

// named notes where the text on the desk names watches.
func (a *Analyzer) named(d *desk, m *bot.Mention) []aspect.Place {
	d.places = d.places[:0]
	if len(m.Watches) == 0 {
		return nil
	}
	for _, p := range a.watches.Places(d.own.text, m.Source, &d.watches) {
		d.places = append(d.places, aspect.Place{Watch: p.Watch, Start: uint32(p.Start), End: uint32(p.End)})
	}
	return d.places
}

// several tells whether two watches or more are named.
func (d *desk) several() bool {
	return len(d.places) > 1 && slices.ContainsFunc(d.places, func(p aspect.Place) bool { return p.Watch != d.places[0].Watch })
}

// towards gives what the mention says of each watch, where it names several or
// compares one with something. A mark is the author's word on the whole.
func (a *Analyzer) towards(d *desk, m *bot.Mention, v *bot.Verdict, wants *intent.Result, guess language.Guess) []bot.WatchHit {
	several := d.several()
	if !several && len(d.own.marks.Sides) == 0 || m.Rating.Given() || v.Label == bot.Unsure && surest(v.Probs) >= a.unsureBelow {
		return nil
	}
	hits := make([]bot.WatchHit, 0, len(m.Watches))
	differs := false
	for _, name := range m.Watches {
		h := bot.WatchHit{Watch: name, Label: v.Label, Probs: v.Probs, Confidence: v.Confidence}
		if i := a.watches.Number(name); i >= 0 && slices.ContainsFunc(d.places, func(p aspect.Place) bool { return p.Watch == i }) {
			r := a.ofWatch(d, i, sentiment.Result{Probs: v.Probs, Label: v.Label, Confidence: v.Confidence}, guess)
			h.Label, h.Probs, h.Confidence = r.Label, r.Probs, r.Confidence
		}
		own := *v
		own.Label, own.Probs, own.Confidence = h.Label, h.Probs, h.Confidence
		h.Flagged = !a.rival(name) && a.flagged(&own, m.Rating) && !d.own.marks.Opinionless()
		h.Stance = a.stanceTowards(d, &own, wants, m)
		if own := a.topicsOf(d, v, &h, guess); !slices.Equal(own, v.Topics) {
			h.Topics = own
		}
		differs = differs || h.Topics != nil || h.Label != v.Label || h.Flagged != v.Flagged || h.Stance != v.Stance
		hits = append(hits, h)
	}
	if !differs {
		return nil
	}
	v.Flagged = slices.ContainsFunc(hits, func(h bot.WatchHit) bool { return h.Flagged })
	a.both(v, hits)
	return hits
}

// both makes the label of the whole bot.Mixed where one watch is praised and
// another complained of, and the whole is neither of what is said of ours.
func (a *Analyzer) both(v *bot.Verdict, hits []bot.WatchHit) {
	bad, good, ours := 0.0, 0.0, false
	for _, h := range hits {
		switch h.Label {
		case bot.Negative:
			bad = max(bad, h.Confidence)
		case bot.Positive:
			good = max(good, h.Confidence)
		}
		ours = ours || !a.rival(h.Watch) && h.Label == v.Label
	}
	if bad > 0 && good > 0 && !ours {
		v.Label, v.Confidence = bot.Mixed, min(bad, good)
	}
}

// stanceTowards is the stance towards one watch. That somebody leaves or warns
// says nothing of the one they praise.
func (a *Analyzer) stanceTowards(d *desk, own *bot.Verdict, wants *intent.Result, m *bot.Mention) bot.Stance {
	if d.own.marks.Opinionless() && own.Label != bot.Negative {
		return bot.Unqualified
	}
	calm, copied := *wants, *own
	own = &copied // the verdict keeps its intents
	if own.Label != bot.Negative {
		calm.Warn = false
		own.Intents = slices.DeleteFunc(slices.Clone(own.Intents), func(h bot.IntentHit) bool { return h.Name == bot.Churn })
	}
	return stance(own, &calm, m)
}

// rival tells whether a watch listens for a competitor for whom nobody of ours
// answers.
func (a *Analyzer) rival(name string) bool {
	i := a.watches.Number(name)
	return i >= 0 && a.settings.Watches[i].Kind == bot.Competitor && !slices.ContainsFunc(a.settings.Answered, func(w string) bool { return strings.EqualFold(w, name) })
}

// foreign tells whether a mention is about competitors alone.
func (a *Analyzer) foreign(watches []string) bool {
	return len(watches) > 0 && !slices.ContainsFunc(watches, func(w string) bool { return !a.rival(w) })
}

// undecided is what a watch that is compared feels like before the sides are
// known: the words of a comparison praise one of the two.
func undecided() bot.Probs { return bot.Probs{Negative: 0.3, Neutral: 0.4, Positive: 0.3} }

// ofWatch is the sentiment towards one of the watches that are named: by the
// side it is on where they are compared, else by the pieces that speak of it.
func (a *Analyzer) ofWatch(d *desk, watch int, whole sentiment.Result, guess language.Guess) sentiment.Result {
	for _, s := range d.own.marks.Sides {
		if s.Watch != watch || s.Weight == 0 && !s.Unlike {
			continue
		}
		by := s.Weight
		if s.Unlike {
			by = unlike(whole)
		}
		r := sentiment.Result{Probs: aspect.Lean(undecided(), by)}
		a.name(&r)
		return r
	}
	if len(d.own.marks.Sides) > 0 && d.several() {
		for _, s := range d.own.marks.Sides {
			if s.Unlike {
				r := sentiment.Result{Probs: aspect.Lean(undecided(), -unlike(whole))}
				a.name(&r)
				return r
			}
		}
	}
	if !d.several() || len(d.pieces) < 2 || d.own.marks.Opinionless() {
		return whole
	}
	words := a.about(d, watch)
	if len(words) == 0 {
		return whole
	}
	return a.hearText(d, words, guess)
}

// unlikely is how much "unlike X, Y …" says of X, in log-odds.
const unlikely = 2.0

// unlike is how the watch behind "unlike" comes off: badly, unless what the
// other does is bad.
func unlike(whole sentiment.Result) float64 {
	if whole.Probs.Negative > whole.Probs.Positive && whole.Probs.Negative > whole.Probs.Neutral {
		return unlikely
	}
	return -unlikely
}

// about gathers the pieces that speak of a watch.
func (a *Analyzer) about(d *desk, watch int) []byte {
	d.words = d.words[:0]
	for i, s := range d.speaking(watch) {
		if p := &d.pieces[i]; s != silent {
			d.words = append(append(d.words, d.own.text.Folded[p.Start:p.End]...), ". "...)
		}
	}
	return d.words
}
