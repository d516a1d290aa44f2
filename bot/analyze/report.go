package analyze

import (
	"earshot/bot"
	"earshot/bot/analyze/sentiment"
	"earshot/bot/analyze/token"
)

// Line is what `earshot analyze --json` prints for one text.
type Line struct {
	Label      bot.Label `json:"label"`
	Score      float64   `json:"score"` // −1 to 1
	Probs      bot.Probs `json:"probs"`
	Confidence float64   `json:"confidence"`
	Language   string    `json:"language"`
	Topics     []string  `json:"topics"`
	Intents    []string  `json:"intents"`
	FirstHand  bool      `json:"firsthand"`
}

// LineOf is the line of a verdict.
func LineOf(v bot.Verdict) Line {
	l := Line{Label: v.Label, Score: v.Probs.Score(), Probs: v.Probs, Confidence: v.Confidence, Language: v.Language,
		Topics: v.TopicNames(), Intents: make([]string, len(v.Intents)), FirstHand: v.Voice == bot.FirstHand}
	for i, h := range v.Intents {
		l.Intents[i] = string(h.Name)
	}
	return l
}

// Report is how well sentiment does on labelled texts.
type Report struct {
	Texts          int        `json:"texts"`
	MacroRecall    float64    `json:"macro_recall"` // mean recall of the classes that occur, 0 to 1
	MacroF1        float64    `json:"macro_f1"`     // their mean F1
	Accuracy       float64    `json:"accuracy"`
	LogLoss        float64    `json:"log_loss"` // mean over the classes of −ln of the probability given to the truth
	Classes        []ClassFit `json:"classes"`  // negative, neutral, positive
	Confusion      [3][3]int  `json:"confusion"`
	TextsPerSecond float64    `json:"texts_per_second"`  // 0 until measured: EvalSentiment has no clock
	Unsure         int        `json:"unsure"`            // texts whose label would have been withheld
	Calibration    float64    `json:"calibration_error"` // sentiment.CalibrationError, 0 to 1
}

// ClassFit is how well one class does.
type ClassFit struct {
	Label     bot.Label `json:"label"`
	Texts     int       `json:"texts"`
	Precision float64   `json:"precision"`
	Recall    float64   `json:"recall"`
	F1        float64   `json:"f1"`
}

// EvalSentiment judges texts whose labels are known: 0 negative, 1 neutral,
// 2 positive. The likeliest class counts, also where the label would be
// "unsure" or "mixed". The caller, who has a clock, fills TextsPerSecond in.
func (f *Feeling) EvalSentiment(texts []string, labels []int) (Report, error) {
	if len(texts) != len(labels) {
		return Report{}, bot.Errorf(bot.ErrInvalid, "There are %d texts and %d labels: write one label for each text, on a line of its own.", len(texts), len(labels))
	}
	if len(texts) == 0 {
		return Report{}, bot.Errorf(bot.ErrInvalid, "There are no texts to judge.")
	}
	r := Report{Texts: len(texts)}
	var loss [3]float64
	probs := make([]bot.Probs, len(texts))
	var said token.Text
	e := f.ear(&said)
	for i, text := range texts {
		if labels[i] < 0 || labels[i] > 2 {
			return Report{}, bot.Errorf(bot.ErrInvalid, "Line %d: the label %d is none of 0 (negative), 1 (neutral), 2 (positive).", i+1, labels[i])
		}
		said.Read(text)
		felt := f.feel(&e, f.language.Detect(&said), nil)
		if felt.Label == bot.Unsure {
			r.Unsure++
		}
		probs[i] = felt.Probs
		p := [3]float64{felt.Probs.Negative, felt.Probs.Neutral, felt.Probs.Positive}
		r.Confusion[labels[i]][likeliest(p)]++
		loss[labels[i]] += logLoss(p[labels[i]])
	}
	r.sum(loss)
	r.Calibration = sentiment.CalibrationError(probs, labels)
	return r, nil
}
