package analyze

import (
	"math"
	"slices"

	"earshot/bot"
	"earshot/bot/analyze/local"
	"earshot/bot/analyze/sentiment"
)

// Learn reads mentions by these lessons from the next one on, in the place of
// those before; it may be called while others analyze. Lessons that are undone
// or do not teach are passed over. The same lessons in the same order give the
// same verdicts.
func (a *Analyzer) Learn(lessons []bot.Lesson) { a.lessons.Store(a.layer(lessons)) }

// HearBy is Hear as it would be by other lessons than those learnt.
func (a *Analyzer) HearBy(lessons []bot.Lesson, m bot.Mention) bot.Heard {
	return a.hear(a.layer(lessons), m)
}

// layer learns lessons.
func (a *Analyzer) layer(lessons []bot.Lesson) *local.Layer {
	d := a.desk()
	defer a.free(d)
	list := make([]local.Lesson, len(lessons))
	for i, l := range lessons {
		d.own.text = &d.text
		d.text.Read(l.Text)
		felt := a.feel(&d.own, a.guess(d, &bot.Mention{}), nil)
		list[i] = local.Lesson{Lesson: l, Logit: logit(felt.Probs.Negative) - logit(a.settings.FlagAt)}
	}
	return local.New(list, a.terms())
}

// terms are the words that name each watch.
func (a *Analyzer) terms() map[string][]string {
	terms := map[string][]string{}
	for _, w := range a.settings.Watches {
		terms[w.Name] = append([]string{w.Name}, w.Terms...)
	}
	return terms
}

// told is what the team's lessons say of the mention on the desk.
type told struct {
	advice  local.Advice // of the watch whose lessons say most of how it feels
	advices []advice     // of each watch that has lessons
	lesson  int64        // that moved the verdict most; 0 while none did
}

// advice is what the lessons of one watch say.
type advice struct {
	local.Advice
	watch string
}

// How much lessons must say to be named, and to be heard where the embedded
// model says nothing.
const (
	movedFrom = 0.05 // change of the probability of negative
	heardFrom = 0.5  // change from which an unsure verdict takes a side
	certain   = 0.9  // nearness of a lesson that outweighs grave words
)

// taught asks the lessons of the mention's watches, and moves what the text
// feels like by them.
func (a *Analyzer) taught(d *desk, m *bot.Mention, felt *sentiment.Result) (t told) {
	if d.layer.Empty() {
		return told{}
	}
	for _, w := range m.Watches {
		said := d.layer.Ask(w, &d.text, &d.local)
		if said.Silent() {
			continue
		}
		t.advices = append(t.advices, advice{said, w})
		if says(said) > says(t.advice) {
			t.advice = said
		}
	}
	if a.follow(felt, t.advice) {
		t.lesson = t.advice.Weighs
	}
	return t
}

// follow moves what a text feels like by an advice, and tells whether that is
// worth a word.
func (a *Analyzer) follow(felt *sentiment.Result, by local.Advice) bool {
	if by.Shift == 0 && by.Near == 0 {
		return false
	}
	before := felt.Probs.Negative
	lean(&felt.Probs, moved(before, a.settings.FlagAt, by))
	change := math.Abs(felt.Probs.Negative - before)
	if change < movedFrom {
		return false
	}
	if felt.Label != bot.Unsure || change >= heardFrom || felt.Probs.Negative >= a.settings.FlagAt { // what no model understands stays unsure unless it is plain
		a.name(felt)
	}
	return true
}

// says is how much an advice has to say of how a text feels.
func says(a local.Advice) float64 {
	topic := 0.0
	if a.TopicID != 0 {
		topic = 0.01
	}
	return math.Abs(a.Shift) + 10*a.Near + topic
}

// beyond is how far on the other side of the threshold a text comes that a
// lesson decides, in logits.
const beyond = 1.0

// moved is the probability of negative after an advice: shifted, then drawn to
// the side of the nearest lesson, unless it is there already.
func moved(p, flagAt float64, a local.Advice) float64 {
	z := logit(p) + a.Shift
	if a.Label != 0 {
		aim := logit(flagAt) - beyond
		if a.Negative {
			aim = logit(flagAt) + beyond
		}
		if a.Negative == (z < aim) {
			z += a.Near * (aim - z)
		}
	}
	return 1 / (1 + math.Exp(-z))
}

// lean sets the probability of negative; the others keep their proportion.
func lean(p *bot.Probs, negative float64) {
	rest := p.Neutral + p.Positive
	by := (1 - negative) / max(rest, 1e-9)
	p.Negative, p.Neutral, p.Positive = negative, p.Neutral*by, p.Positive*by
}

// logit is the log-odds of a probability.
func logit(p float64) float64 {
	p = max(1e-6, min(1-1e-6, p))
	return math.Log(p / (1 - p))
}

// topics are the topics as lessons set them right.
func (t *told) topics(a *Analyzer, hits []bot.TopicHit, v *bot.Verdict) []bot.TopicHit {
	if t.advice.TopicID == 0 {
		return hits
	}
	kept := slices.DeleteFunc(hits, func(h bot.TopicHit) bool { return slices.Contains(t.advice.Without, h.Name) })
	has := slices.ContainsFunc(kept, func(h bot.TopicHit) bool { return h.Name == t.advice.Topic })
	if !has && a.knows(t.advice.Topic) {
		kept = append(kept, bot.TopicHit{Name: t.advice.Topic, Label: v.Label, Confidence: v.Confidence})
	} else if len(kept) == len(hits) {
		return hits
	}
	t.lesson = t.advice.TopicID
	return kept
}

// knows tells whether there is such a topic (still).
func (a *Analyzer) knows(name string) bool {
	for _, t := range a.settings.Topics {
		if t.Name == name {
			return true
		}
	}
	return false
}

// settle lets lessons have the last word of a verdict: what nearly the same
// words were said to be decides over grave words and over what looks like no
// opinion; what is not about a watch is nobody's case there and counts for
// nothing. It is stored all the same.
func (t *told) settle(a *Analyzer, v *bot.Verdict, m *bot.Mention) {
	if len(t.advices) == 0 {
		return
	}
	if t.advice.Label != 0 && t.advice.Near >= certain && !low(m.Rating) {
		v.Flagged = t.advice.Negative && v.Probs.Negative >= a.settings.FlagAt
	}
	parted := len(v.Towards) > 0
	for _, by := range t.advices {
		if parted {
			t.settleTowards(a, v, by)
		}
		grave := v.HasIntent(bot.Safety) || v.HasIntent(bot.Legal)
		if by.NotUsID == 0 || grave && by.NotUsNear < certain { // what is grave is passed over only where nearly the same was
			continue
		}
		t.lesson, parted = by.NotUsID, true
		v.Towards = notAbout(v, m.Watches, by.watch)
	}
	if parted {
		v.Flagged = slices.ContainsFunc(v.Towards, func(h bot.WatchHit) bool { return h.Flagged })
		if !slices.ContainsFunc(v.Towards, func(h bot.WatchHit) bool { return h.Stance != bot.Unqualified }) {
			v.Stance = bot.Unqualified
		}
	}
	if t.lesson != 0 {
		v.Model = bot.MovedBy(v.Model, t.lesson)
	}
}

// settleTowards moves what the mention says of one watch by that watch's
// lessons.
func (t *told) settleTowards(a *Analyzer, v *bot.Verdict, by advice) {
	i := slices.IndexFunc(v.Towards, func(h bot.WatchHit) bool { return h.Watch == by.watch })
	if i < 0 {
		return
	}
	h := &v.Towards[i]
	felt := sentiment.Result{Probs: h.Probs, Label: h.Label, Confidence: h.Confidence}
	if !a.follow(&felt, by.Advice) {
		return
	}
	t.lesson = by.Weighs
	h.Probs, h.Label, h.Confidence = felt.Probs, felt.Label, felt.Confidence
	h.Flagged = h.Label != bot.Unsure && h.Probs.Negative >= a.settings.FlagAt
	switch {
	case h.Label == bot.Negative:
		h.Stance = bot.Detractor
	case h.Stance == bot.Detractor:
		h.Stance = bot.Unqualified
	}
}

// notAbout is what the verdict says of each watch when it is not about one of
// them.
func notAbout(v *bot.Verdict, watches []string, watch string) []bot.WatchHit {
	hits := v.Towards
	for _, w := range watches {
		if !slices.ContainsFunc(hits, func(h bot.WatchHit) bool { return h.Watch == w }) {
			hits = append(hits, bot.WatchHit{Watch: w, Label: v.Label, Probs: v.Probs, Confidence: v.Confidence, Flagged: v.Flagged, Stance: v.Stance})
		}
	}
	for i := range hits {
		if hits[i].Watch == watch {
			hits[i].Flagged, hits[i].Stance = false, bot.Unqualified
		}
	}
	return hits
}
