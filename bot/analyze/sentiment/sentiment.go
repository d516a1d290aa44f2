// Package sentiment tells how the author of a text feels: probabilities of
// negative, neutral and positive, from models that are part of the binary: for
// English a linear one and a convolution over word vectors together, another
// for other languages. They are calibrated so that 0.8 is right eight times in
// ten. It says "unsure" rather than guess. MODEL_CARD.md says what it was
// trained on and how well it does; the command in train makes the weights.
package sentiment

import (
	_ "embed"
	"fmt"
	"sync"

	"earshot/bot"
	"earshot/bot/analyze/language"
	"earshot/bot/analyze/token"
)

//go:embed english.bin
var englishWeights string

//go:embed words.bin
var wordWeights string

//go:embed lexicon.bin
var lexiconTable string

// Model is the sentiment model. It is safe for concurrent use.
type Model struct {
	english *Linear
	words   *Convolution // of English
	others  *Linear
}

// Load gives the models that are part of the binary. Their weights are read in
// place.
func Load() (*Model, error) {
	english, err := Decode(englishWeights)
	if err != nil {
		return nil, fmt.Errorf("load the English sentiment model: %w", err)
	}
	words, err := embeddedWords()
	if err != nil {
		return nil, fmt.Errorf("load the convolution of the English sentiment model: %w", err)
	}
	return LoadBeside(english, words)
}

// LoadBeside gives the models that are part of the binary, with others of
// English.
func LoadBeside(english *Weights, words *Convolution) (*Model, error) {
	others, err := loadOthers(Lexicon(lexiconTable))
	if err != nil {
		return nil, err
	}
	return New(Lexicon(lexiconTable), english, words, others), nil
}

// embeddedWords is the convolution of the binary; all models share its table.
var embeddedWords = sync.OnceValues(func() (*Convolution, error) { return DecodeWords(wordWeights) })

// New makes a model of its parts: the linear model and the convolution of
// English, and the model of other languages; nil where texts are in English.
func New(lexicon Lexicon, english *Weights, words *Convolution, others *Linear) *Model {
	m := &Model{english: &Linear{Weights: english, Words: Lexica{General: lexicon}}, words: words, others: others}
	m.english.remember(words.vocabulary)
	if others != nil {
		others.remember(words.vocabulary)
	}
	return m
}

// Vocabulary numbers the words that the model knows best. Texts that are read
// with it are scored sooner.
func (m *Model) Vocabulary() *token.Vocabulary { return m.words.vocabulary }

// Name names the model, to tell its verdicts from those of another.
func (m *Model) Name() string { return m.english.Weights.Name }

// known tells whether the second model was trained on a language: Arabic,
// French, German, Italian, Portuguese, Spanish, and Hindi in Latin letters.
func known(g language.Guess) bool {
	if g.Code == "hi" {
		return g.Latin
	}
	return LanguageNumber(g.Code) != Unlisted
}

// Result is the sentiment of a text or of a part of it.
type Result struct {
	Probs      bot.Probs
	Label      bot.Label
	Confidence float64 // probability of the label
}

// DefaultUnsure is the probability below which a label is withheld, set looking
// at semeval_val.tsv; MODEL_CARD.md has the figures.
const DefaultUnsure = 0.40

// Options are how sure a verdict must be.
type Options struct {
	UnsureBelow float64 // probability below which the label is bot.Unsure; 0 for DefaultUnsure
}

// Reader scores texts one after the other and keeps its memory between them;
// it is not for several goroutines at once.
type Reader struct {
	model    *Model
	options  Options
	features Features
	scratch  scratch
}

// NewReader makes a reader of the model.
func (m *Model) NewReader(o Options) *Reader {
	if o.UnsureBelow == 0 {
		o.UnsureBelow = DefaultUnsure
	}
	return &Reader{model: m, options: o}
}

// sureOfLanguage is how sure the language must be for one model to be asked
// alone; below it both are, each as far as its language is likely.
const sureOfLanguage = 0.97

// Score tells the sentiment of t, whose language is guess. A language that no
// model knows gives probabilities that mean little, and bot.Unsure.
func (r *Reader) Score(t *token.Text, guess language.Guess) Result {
	share := guess.English // of the English model, the rest is that of the others
	switch {
	case share >= sureOfLanguage:
		share = 1
	case share <= 1-sureOfLanguage:
		share = 0
	}
	result := Result{Probs: r.probs(t, guess.Code, share)}
	result.Label, result.Confidence = r.label(result.Probs)
	if t.Counts.Words > 0 && !understood(guess, t.Counts.Words) {
		result.Label = bot.Unsure
		return result
	}
	return result
}

// understood tells whether a model knows the language, or may: a guess that
// was not made is of a text too short to tell.
func understood(g language.Guess, words int) bool {
	if g.Code == language.Undetermined {
		return g.English >= 0.2 || words <= 2
	}
	return g.Code == "en" || known(g)
}

// probs are the probabilities by the English model, as far as its share goes,
// and by that of the others.
func (r *Reader) probs(t *token.Text, code string, share float64) bot.Probs {
	var p [Classes]float64
	f := &r.features
	if m := r.model.english; share > 0 {
		f.read(t, Alone, &m.Words, m.memory)
		words := r.model.words
		words.rows(t, &r.scratch)
		z := words.join(m.Weights.logits(f), words.logits(r.scratch.cells, &f.Dense))
		for c, v := range z.softmax(words.Temperature) {
			p[c] += share * v
		}
	}
	if m := r.model.others; share < 1 {
		f.read(t, LanguageNumber(code), &m.Words, m.memory)
		for c, v := range m.Weights.Probabilities(f) {
			p[c] += (1 - share) * v
		}
	}
	return bot.Probs{Negative: p[0], Neutral: p[1], Positive: p[2]}
}

// label is the likeliest sentiment, or Unsure.
func (r *Reader) label(p bot.Probs) (bot.Label, float64) {
	label, confidence := bot.Neutral, p.Neutral
	if p.Negative > confidence {
		label, confidence = bot.Negative, p.Negative
	}
	if p.Positive > confidence {
		label, confidence = bot.Positive, p.Positive
	}
	if confidence < r.options.UnsureBelow {
		label = bot.Unsure
	}
	return label, confidence
}
