package main

import (
	"fmt"
	"io"
	"slices"

	"earshot/bot"
	"earshot/bot/analyze"
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
	aside  func() ([]labelled, error)                             // what was written or rated for Earshot beside them
	levels string                                                 // how a reader found the public texts: levels.tsv
}

// english is the plan of the weights that are shipped. Rates, epochs and
// dropout were chosen by both hold-outs, random and temporal.
func english() plan {
	return plan{
		linear: setting{bits: 20, rate: 0.03, decay: 1e-6, epochs: 2, wordNorm: 3, charNorm: 3, balanced: true, seed: 1, runs: 6},
		words:  convolutionSetting{rate: 0.02, vectorRate: 0.01, lastRate: 0.2, dropout: 0.5, wordDropout: 0.1, epochs: 5, batch: 8, branches: 3, branchAt: 2, seed: 1},
		own:    ownTexts,
		aside:  asides,
		levels: levelsText,
	}
}

// What a text that is not labelled by others counts.
const (
	ownWeight      = 0.5  // a sentence of our own templates
	pieceWeight    = 0.25 // one short sentence of a labelled text
	taughtWeight   = 0.5  // a tweet of which the models and its reader say together what the linear one learns
	readWeight     = 0.7  // a tweet of which a reader said how it feels
	wordWeight     = 0.7  // a rated word, as if it were a text
	phraseWeight   = 0.7  // a rated phrase
	customerWeight = 1.0  // a text as customers write them
	postWeight     = 1.0  // a post about something else
)

// softening is how much of a public label gives way to what its reader found,
// and modelsSay how much of that to the models where they are taught.
const (
	softening = 0.1
	modelsSay = 0.7
)

// lastAside is how much of its weight what stands aside has in the last epoch.
const lastAside = 0.2

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
	found, err := readLevels(p.levels)
	if err == nil {
		err = found.put("semeval_train", texts)
	}
	if err != nil {
		return nil, err
	}
	e := englishTrainer{plan: p, lexicon: lex, report: report}
	if e.unlabelled, err = loadUnlabelled(data, taughtWeight, found); err != nil {
		return nil, err
	}
	if e.sentences, err = p.own(true, ownWeight); err != nil {
		return nil, err
	}
	e.sentences = append(e.sentences, unknownTexts(unknowns, ownWeight)...)
	aside, err := p.aside()
	if err != nil {
		return nil, err
	}
	e.sentences = append(e.sentences, aside...)
	counts := count(texts, e.sentences, e.unlabelled)
	if e.vectors, err = loadVectors(vectors, vocabularySize, func(hash uint32) bool { return counts[hash] > 0 }); err != nil {
		return nil, err
	}
	if n := len(texts) - heldOut; n > heldOut {
		if _, _, err := e.train(fmt.Sprintf("semeval_train, last %d rows", heldOut), texts[:n], check, texts[n:]); err != nil {
			return nil, err
		}
	}
	linear, packed, err := e.train("semeval_val", texts, check, check)
	if err != nil {
		return nil, err
	}
	return files{
		"sentiment/english.bin": linear.Encode(), "sentiment/words.bin": packed.Encode(),
		"sentiment/holdout.tsv": sentiment.EncodeHoldOuts(e.holdOuts),
	}, nil
}

// englishTrainer is what every training of the English models shares.
type englishTrainer struct {
	plan
	lexicon    sentiment.Lexicon
	sentences  []labelled // beside the labelled texts
	unlabelled []labelled
	vectors    []wordVector
	report     io.Writer
	holdOuts   []sentiment.HoldOut // what was measured
}

// train makes both models of texts, calibrates them together on tune, and
// reports how they do on check, alone and together.
func (e *englishTrainer) train(name string, texts, tune, check []labelled) (*sentiment.Weights, *sentiment.Packed, error) {
	parts := pieces(texts, e.lexicon, pieceWeight)
	extra := slices.Concat(e.sentences, parts)
	linear, packed, err := e.learn(texts, extra)
	if err != nil {
		return nil, nil, err
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
		fmt.Fprintf(e.report, "English, %s, %s: %v\n", name, alone.name, judge(e.judge(linear, words, check), labelsOf(check)))
	}
	words.Share = wordShare
	packed.Share, packed.Temperature = wordShare, warmer*temperature(e.judge(linear, words, tune), labelsOf(tune))
	packed.Flags = e.measure(name, packed.Temperature, e.judge(linear, words, check), labelsOf(check))
	return linear, packed, e.whole(linear, packed, check)
}

// whole adds to what was measured last how often the whole analysis is right,
// with the rules that are asked after the models.
func (e *englishTrainer) whole(linear *sentiment.Weights, packed *sentiment.Packed, check []labelled) error {
	words, err := sentiment.DecodeWords(string(packed.Encode()))
	if err != nil {
		return fmt.Errorf("try the whole analysis: %w", err)
	}
	model, err := sentiment.LoadBeside(linear, words)
	if err != nil {
		return err
	}
	feeling, err := analyze.FeelingBy(model, 0)
	if err != nil {
		return err
	}
	texts := make([]string, len(check))
	for i, l := range check {
		texts[i] = l.text
	}
	report, err := feeling.EvalSentiment(texts, labelsOf(check))
	if err != nil {
		return fmt.Errorf("try the whole analysis: %w", err)
	}
	h := &e.holdOuts[len(e.holdOuts)-1]
	h.Whole = 100 * report.MacroRecall
	fmt.Fprintf(e.report, "English, %s, with the rules: macro recall %.2f\n", h.Set, h.Whole)
	return nil
}

// measure reports and keeps how good probabilities are at a temperature, and
// gives what thresholds of flagging buy.
func (e *englishTrainer) measure(name string, temperature float32, found []probabilities, labels []int) []sentiment.FlagPoint {
	calibrated := make([]bot.Probs, len(found))
	for i, p := range found {
		found[i] = soften(p, temperature)
		calibrated[i] = bot.Probs{Negative: found[i][0], Neutral: found[i][1], Positive: found[i][2]}
	}
	f := judge(found, labels)
	h := sentiment.HoldOut{Set: name, Texts: len(found), MacroRecall: f.macroRecall, LogLoss: f.logLoss, CalibrationError: sentiment.CalibrationError(calibrated, labels)}
	e.holdOuts = append(e.holdOuts, h)
	fmt.Fprintf(e.report, "English, %s: %v, temperature %.2f\n", name, f, temperature)
	fmt.Fprintf(e.report, "English, %s: expected calibration error %.3f, average precision of negative %.3f\n", name, h.CalibrationError, sentiment.AveragePrecision(calibrated, labels))
	points := sentiment.FlagPoints(calibrated, labels)
	for _, p := range points {
		fmt.Fprintf(e.report, "English, %s: flagged from %.2f: precision %.1f, recall %.1f\n", name, p.At, 100*p.Precision, 100*p.Recall)
	}
	return points
}

// labelsOf are the labels of texts.
func labelsOf(texts []labelled) []int {
	labels := make([]int, len(texts))
	for i, l := range texts {
		labels[i] = l.label
	}
	return labels
}

// learn trains both models by the labels, by what a reader found of other texts
// and by our own, and then the linear model anew by what both say of those other
// texts. The convolution does not gain by that.
func (e *englishTrainer) learn(texts, extra []labelled) (*sentiment.Weights, *sentiment.Packed, error) {
	others := e.unlabelled
	if m, ok := meaningOf(texts); ok {
		texts, others = softened(texts, m), reread(others, m)
	}
	first := slices.Concat(extra, told(others))
	packed := e.convolve(texts, first)
	list, err := e.teach(fit(read(slices.Concat(texts, first), e.lexicon), e.linear).quantise(""), packed, others)
	if err != nil {
		return nil, nil, err
	}
	samples := append(read(slices.Concat(texts, extra), e.lexicon), readTaught(list, e.lexicon)...)
	return fit(samples, e.linear).quantise("ensemble-5"), packed, nil
}

// wordShare is the convolution's share of the logits.
const wordShare = 0.5

// warmer makes the temperature a little higher than the models alone need: the
// rules that are asked after them make texts surer. Chosen so that the whole
// analysis is calibrated on semeval_val.tsv.
const warmer = 1.02

// convolve trains the convolution.
func (e *englishTrainer) convolve(texts, extra []labelled) *sentiment.Packed {
	counts := count(texts, extra)
	v := newVocabulary(counts, e.vectors)
	list := v.read(texts, e.lexicon)
	classes := shares(texts)
	for i := range list {
		list[i].weight *= classes[list[i].label]
	}
	c := newConvolution(v.vectors, e.plan.words)
	c.fit(slices.Concat(list, v.read(extra, e.lexicon)))
	return c.pack(v, counts)
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
