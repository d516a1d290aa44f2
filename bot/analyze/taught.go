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
func (a *Analyzer) Learn(lessons []bot.Lesson) {
	d := a.desk()
	defer a.free(d)
	list := make([]local.Lesson, len(lessons))
	for i, l := range lessons {
		d.text.Read(l.Text)
		felt := d.reader.Score(&d.text, a.guess(d, &bot.Mention{}))
		list[i] = local.Lesson{Lesson: l, Logit: logit(felt.Probs.Negative) - logit(a.settings.FlagAt)}
	}
	a.lessons.Store(local.New(list, a.terms()))
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
	advice local.Advice // of the watch whose lessons say most of how it feels
	lesson int64        // that moved the verdict most; 0 while none did
	notUs  []strange    // watches that it is not about
	calm   bool         // nearly the same words were said not to be negative
}

// strange is a watch that lessons say a mention is not about.
type strange struct {
	watch  string
	near   float64
	lesson int64
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
	layer := a.lessons.Load()
	if layer.Empty() {
		return told{}
	}
	for _, w := range m.Watches {
		advice := layer.Ask(w, &d.text, &d.local)
		if advice.NotUsID != 0 {
			t.notUs = append(t.notUs, strange{w, advice.NotUsNear, advice.NotUsID})
		}
		if says(advice) > says(t.advice) {
			t.advice = advice
		}
	}
	if t.advice.Shift == 0 && t.advice.Label == 0 {
		return t
	}
	t.calm = t.advice.Label != 0 && !t.advice.Negative && t.advice.Near >= certain
	before := felt.Probs.Negative
	lean(&felt.Probs, moved(before, a.settings.FlagAt, t.advice))
	change := math.Abs(felt.Probs.Negative - before)
	if change >= movedFrom {
		t.lesson = t.advice.Weighs
		a.relabel(felt, change)
	}
	return t
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

// relabel names what the probabilities come to once lessons have moved them. A
// text that the model does not understand needs them to be plain.
func (a *Analyzer) relabel(felt *sentiment.Result, change float64) {
	if felt.Label == bot.Unsure && change < heardFrom && felt.Probs.Negative < a.settings.FlagAt {
		return
	}
	felt.Label, felt.Confidence = bot.Neutral, felt.Probs.Neutral
	if felt.Probs.Negative > felt.Confidence {
		felt.Label, felt.Confidence = bot.Negative, felt.Probs.Negative
	}
	if felt.Probs.Positive > felt.Confidence {
		felt.Label, felt.Confidence = bot.Positive, felt.Probs.Positive
	}
	if felt.Confidence < a.unsureBelow() {
		felt.Label = bot.Unsure
	}
}

func (a *Analyzer) unsureBelow() float64 {
	if a.settings.UnsureBelow == 0 {
		return sentiment.DefaultUnsure
	}
	return a.settings.UnsureBelow
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

// settle lets lessons have the last word of a verdict: what they know is not
// negative is not brought to anybody for its grave words, and what is not about
// a watch is nobody's case there and counts for nothing. It is stored all the
// same.
func (t *told) settle(v *bot.Verdict, m *bot.Mention) {
	if t.calm && !low(m.Rating) {
		v.Flagged = false
	}
	for _, s := range t.notUs {
		if s.near < certain && (v.HasIntent(bot.Safety) || v.HasIntent(bot.Legal)) {
			continue // what is grave is passed over only where nearly the same was
		}
		t.lesson = s.lesson
		v.Towards = notAbout(v, m.Watches, s.watch)
	}
	if len(v.Towards) > 0 {
		flagged, counts := false, false
		for _, h := range v.Towards {
			flagged = flagged || h.Flagged
			counts = counts || h.Stance != bot.Unqualified
		}
		if len(t.notUs) > 0 && !flagged {
			v.Flagged = false
		}
		if len(t.notUs) > 0 && !counts {
			v.Stance = bot.Unqualified
		}
	}
	if t.lesson != 0 {
		v.Model = bot.MovedBy(v.Model, t.lesson)
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
