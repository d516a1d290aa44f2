package main

import (
	"fmt"
	"io"
	"slices"

	"earshot/bot"
	"earshot/bot/analyze/language"
	"earshot/bot/analyze/sentiment"
	"earshot/bot/analyze/token"
)

// heldOut is how many of the latest training texts the temporal hold-out has;
// the file is in the order of years.
const heldOut = 8000

// plan is what the models of English are trained with.
type plan struct {
	linear setting
	words  convolutionSetting
	own    func(english bool, weight float32) ([]labelled, error) // our own sentences
}

// english is the plan of the weights that are shipped. Rates, epochs and
// dropout were chosen by both hold-outs, random and temporal.
func english() plan {
	return plan{
		linear: setting{bits: 20, rate: 0.03, decay: 1e-6, epochs: 2, wordNorm: 3, charNorm: 3, balanced: true, seed: 1, runs: 6},
		words:  convolutionSetting{rate: 0.02, vectorRate: 0.01, lastRate: 0.2, dropout: 0.5, wordDropout: 0.1, epochs: 5, batch: 8, seed: 1},
		own:    ownTexts,
	}
}

// What a text that is not labelled by others counts.
const (
	ownWeight   = 0.5  // a sentence of our own templates
	pieceWeight = 0.25 // one short sentence of a labelled text
)

// unknowns is how many texts of unknown words the English model learns from.
const unknowns = 500

// english makes the weights of the English models: trained without the latest
// texts to see how they do on those, and with all of them to ship.
func (p plan) english(data, vectors string, lex sentiment.Lexicon, report io.Writer) (files, error) {
	texts, err := load(data, "semeval_train", 1)
	if err != nil {
		return nil, err
	}
	check, err := load(data, "semeval_val", 1)
	if err != nil {
		return nil, err
	}
	e := englishTrainer{plan: p, lexicon: lex, report: report}
	if e.sentences, err = p.own(true, ownWeight); err != nil {
		return nil, err
	}
	e.sentences = append(e.sentences, unknownTexts(unknowns, ownWeight)...)
	counts := count(texts, e.sentences)
	if e.vectors, err = loadVectors(vectors, vocabularySize, func(hash uint32) bool { return counts[hash] > 0 }); err != nil {
		return nil, err
	}
	if n := len(texts) - heldOut; n > heldOut {
		if _, _, err := e.train("temporal hold-out", texts[:n], texts[n:]); err != nil {
			return nil, err
		}
	}
	linear, packed, err := e.train("semeval_val", texts, check)
	if err != nil {
		return nil, err
	}
	return files{"sentiment/english.bin": linear.Encode(), "sentiment/words.bin": packed.Encode()}, nil
}

// englishTrainer is what every training of the English models shares.
type englishTrainer struct {
	plan
	lexicon   sentiment.Lexicon
	sentences []labelled // beside the labelled texts
	vectors   []wordVector
	report    io.Writer
}

// train makes both models of texts, calibrates them together on check, and
// reports how they do there, alone and together.
func (e *englishTrainer) train(name string, texts, check []labelled) (*sentiment.Weights, *sentiment.Packed, error) {
	parts := pieces(texts, e.lexicon, pieceWeight)
	extra := slices.Concat(e.sentences, parts)
	linear := fit(read(slices.Concat(texts, extra), e.lexicon), e.linear).quantise("ensemble-1")
	packed := e.convolve(texts, extra)
	labels := make([]int, len(check))
	for i, l := range check {
		labels[i] = l.label
	}
	words, err := sentiment.DecodeWords(string(packed.Encode()))
	if err != nil {
		return nil, nil, fmt.Errorf("try the convolution: %w", err)
	}
	for _, alone := range []struct {
		name  string
		share float32
	}{{"linear alone", 0}, {"convolution alone", 1}} {
		words.Share = alone.share
		fmt.Fprintf(e.report, "English, %s, %s: %v\n", name, alone.name, judge(e.judge(linear, words, check), labels))
	}
	words.Share = wordShare
	found := e.judge(linear, words, check)
	packed.Share, packed.Temperature = wordShare, warmer*temperature(found, labels)
	calibrated := make([]bot.Probs, len(found))
	for i, p := range found {
		found[i] = soften(p, packed.Temperature)
		calibrated[i] = bot.Probs{Negative: found[i][0], Neutral: found[i][1], Positive: found[i][2]}
	}
	packed.Flags = sentiment.FlagPoints(calibrated, labels)
	fmt.Fprintf(e.report, "English, %s: %v, temperature %.2f\n", name, judge(found, labels), packed.Temperature)
	fmt.Fprintf(e.report, "English, %s: expected calibration error %.3f\n", name, sentiment.CalibrationError(calibrated, labels))
	for _, f := range packed.Flags {
		fmt.Fprintf(e.report, "English, %s: flagged from %.2f: precision %.1f, recall %.1f\n", name, f.At, 100*f.Precision, 100*f.Recall)
	}
	return linear, packed, nil
}

// wordShare is the convolution's share of the logits.
const wordShare = 0.5

// warmer makes the temperature a little higher than the models alone need: the
// rules that are asked after them make texts surer. Chosen so that the whole
// analysis is calibrated on semeval_val.tsv.
const warmer = 1.02

// convolve trains the convolution.
func (e *englishTrainer) convolve(texts, extra []labelled) *sentiment.Packed {
	v := newVocabulary(count(texts, extra), e.vectors)
	list := v.read(texts, e.lexicon)
	var classes [sentiment.Classes]float32
	for _, l := range texts {
		classes[l.label]++
	}
	for i := range list {
		list[i].weight *= float32(len(texts)) / (sentiment.Classes * classes[list[i].label])
	}
	c := newConvolution(v.vectors, e.plan.words)
	c.fit(slices.Concat(list, v.read(extra, e.lexicon)))
	return c.pack(v.hashes)
}

// judge gives the probabilities of texts by the models as they are shipped.
func (e *englishTrainer) judge(linear *sentiment.Weights, words *sentiment.Convolution, texts []labelled) []probabilities {
	r := sentiment.New(e.lexicon, linear, words, nil).NewReader(sentiment.Options{})
	var t token.Text
	list := make([]probabilities, len(texts))
	for i, l := range texts {
		t.Read(l.text)
		list[i] = of(r.Score(&t, language.Guess{Code: "en", Confidence: 1, English: 1}).Probs)
	}
	return list
}
