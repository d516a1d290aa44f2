package analyze

import (
	"fmt"

	"earshot/bot"
	"earshot/bot/analyze/aspect"
	"earshot/bot/analyze/language"
	"earshot/bot/analyze/sentiment"
	"earshot/bot/analyze/token"
)

// Feeling tells what texts feel like: by the language, the models of sentiment
// and the rules, without watches, topics and intents. It is safe for concurrent
// use.
type Feeling struct {
	rules       *aspect.Rules
	language    *language.Model
	model       *sentiment.Model
	unsureBelow float64 // probability below which a label is withheld
}

// NewFeeling makes what an Analyzer feels with; unsureBelow is that of Settings.
func NewFeeling(unsureBelow float64) (*Feeling, error) {
	model, err := sentiment.Load()
	if err != nil {
		return nil, err
	}
	return FeelingBy(model, unsureBelow)
}

// FeelingBy is NewFeeling by another model than the one of the binary.
func FeelingBy(model *sentiment.Model, unsureBelow float64) (*Feeling, error) {
	if unsureBelow == 0 {
		unsureBelow = sentiment.DefaultUnsure
	}
	rules, err := aspect.New()
	if err != nil {
		return nil, fmt.Errorf("read the rules of aspects: %w", err)
	}
	spoken, err := language.Load()
	if err != nil {
		return nil, fmt.Errorf("load the language model: %w", err)
	}
	return &Feeling{rules: rules, language: spoken.Remember(model.Vocabulary()), model: model, unsureBelow: unsureBelow}, nil
}

// ear reads one text after the other: the words, what the model makes of them,
// and what the rules add.
type ear struct {
	text   *token.Text
	reader *sentiment.Reader
	rules  aspect.Scratch
	marks  aspect.Marks
}

// ear makes an ear for a text.
func (f *Feeling) ear(text *token.Text) ear {
	text.Vocabulary = f.model.Vocabulary()
	return ear{text: text, reader: f.model.NewReader(sentiment.Options{UnsureBelow: f.unsureBelow})}
}

// feel is what a text that was read feels like: the model's probabilities,
// shifted by the rules.
func (f *Feeling) feel(e *ear, guess language.Guess, places []aspect.Place) sentiment.Result {
	felt := e.reader.Score(e.text, guess)
	e.marks = f.rules.Read(e.text, places, &e.rules)
	if !aspect.Legible(e.text) {
		felt.Label, e.marks = bot.Unsure, aspect.Marks{}
		return felt
	}
	if !e.marks.Any() {
		return felt
	}
	foreign := felt.Label == bot.Unsure && surest(felt.Probs) >= f.unsureBelow // no model knows the language
	felt.Probs = e.marks.Shift(felt.Probs)
	if !foreign {
		f.name(&felt)
	}
	return felt
}

func surest(p bot.Probs) float64 { return max(p.Negative, p.Neutral, p.Positive) }

// name sets the label and its confidence by the probabilities.
func (f *Feeling) name(r *sentiment.Result) {
	r.Label, r.Confidence = bot.Neutral, r.Probs.Neutral
	if r.Probs.Negative > r.Confidence {
		r.Label, r.Confidence = bot.Negative, r.Probs.Negative
	}
	if r.Probs.Positive > r.Confidence {
		r.Label, r.Confidence = bot.Positive, r.Probs.Positive
	}
	if r.Confidence < f.unsureBelow {
		r.Label = bot.Unsure
	}
}

// whole is what the text on the desk feels like. Who only repeats what somebody
// else said has shown no feeling.
func (a *Analyzer) whole(d *desk, m *bot.Mention, guess language.Guess) sentiment.Result {
	felt := a.feel(&d.own, guess, a.named(d, m))
	d.cut()
	if d.echoes() {
		return sentiment.Result{Probs: bot.Probs{Negative: 0.05, Neutral: 0.9, Positive: 0.05}, Label: bot.Neutral, Confidence: 0.9}
	}
	a.mixed(d, &felt, guess)
	return felt
}

// echoes tells whether the text holds nothing but somebody else's words.
func (d *desk) echoes() bool { return d.quotes && d.own.text.Counts.Words == 0 }

// piece is a segment of the text on the desk with what it feels like.
type piece struct {
	aspect.Segment
	felt sentiment.Result
	read bool
}

// cut splits the text on the desk into pieces; none of them is read yet.
func (d *desk) cut() {
	d.pieces = d.pieces[:0]
	for _, g := range aspect.Split(d.own.text, &d.own.rules) {
		d.pieces = append(d.pieces, piece{Segment: g})
	}
}

// sense reads a piece, once.
func (a *Analyzer) sense(d *desk, i int, guess language.Guess) sentiment.Result {
	p := &d.pieces[i]
	if !p.read {
		p.felt, p.read = a.hearText(d, d.own.text.Folded[p.Start:p.End], guess), true
	}
	return p.felt
}

// hearText is what a part of the text feels like.
func (a *Analyzer) hearText(d *desk, words []byte, guess language.Guess) sentiment.Result {
	d.part.text.Read(string(words))
	return a.feel(&d.part, guess, nil)
}

// Of a contrast: how sure one half must be to speak, and what it takes from or
// gives to the other, in log-odds. Nobody says "but" to go on as before.
const (
	turnFrom   = 0.55
	turnWorse  = 1.5
	turnBetter = 1.0
)

// turned is what piece i feels like where a word of contrast sets it against
// its neighbour.
func (a *Analyzer) turned(d *desk, i int, guess language.Guess) sentiment.Result {
	r := a.sense(d, i, guess)
	other := -1
	switch {
	case d.pieces[i].Turns && i > 0:
		other = i - 1
	case i == 1 && d.pieces[0].Turns: // "Despite the queue, …"
		other = 0
	}
	if other < 0 {
		return r
	}
	o := a.sense(d, other, guess)
	switch {
	case o.Probs.Positive >= turnFrom && r.Probs.Positive < turnFrom:
		r.Probs = aspect.Lean(r.Probs, -turnWorse)
	case o.Probs.Negative >= turnFrom && r.Probs.Negative < turnFrom:
		r.Probs = aspect.Lean(r.Probs, turnBetter)
	default:
		return r
	}
	a.name(&r)
	return r
}

// Of a text that holds praise and complaint at once: how sure both must be,
// where a word of contrast joins them and where none does; how many pieces are
// asked one by one, and how many tokens one must have.
const (
	mixedTurn   = 0.55
	mixedPlain  = 0.75
	mixedPieces = 12
	mixedFew    = 3 // of more pieces, one must be surer: among many, one is negative by chance
	pieceTokens = 2
)

// mixed makes the label bot.Mixed where one piece of the text is surely
// negative and another surely positive.
func (a *Analyzer) mixed(d *desk, felt *sentiment.Result, guess language.Guess) {
	if len(d.pieces) < 2 || felt.Label == bot.Unsure && surest(felt.Probs) >= a.unsureBelow || d.own.marks.Opinionless() {
		return
	}
	from, negative, positive := mixedPlain, 0.0, 0.0
	joined := false
	for i := range min(len(d.pieces), mixedPieces) {
		p := &d.pieces[i]
		if p.To-p.From < pieceTokens {
			continue
		}
		if p.Turns {
			from, joined = mixedTurn, true
		}
		r := a.turned(d, i, guess)
		negative, positive = max(negative, r.Probs.Negative), max(positive, r.Probs.Positive)
	}
	from = 1 - (1-from)*min(1, mixedFew/float64(len(d.pieces)))
	if weaker := min(negative, positive); weaker >= from && (joined || !d.own.marks.Plain()) {
		felt.Label, felt.Confidence = bot.Mixed, weaker
	}
}

// mine puts the author's own words on the desk: what was said without what is
// only quoted.
func (d *desk) mine(m *bot.Mention) {
	d.own.text = &d.text
	said := m.Said()
	said = said[:min(len(said), token.Limit)] // no more is read
	d.quotes = false
	if own := aspect.Own(said); len(own) != len(said) {
		d.mineOf.Read(own)
		d.own.text, d.quotes = &d.mineOf, true
	}
}

// harmless tells whether nobody needs to look at a text that is flagged for its
// grave words alone: a question, a headline, or somebody else's words.
func (d *desk) harmless(v *bot.Verdict) bool {
	switch {
	case v.Label == bot.Negative || v.Label == bot.Mixed:
		return false
	case d.own.marks.Headline:
		return !v.HasIntent(bot.Safety)
	}
	return d.own.marks.Asks && !v.HasIntent(bot.Safety) && !v.HasIntent(bot.Legal)
}
