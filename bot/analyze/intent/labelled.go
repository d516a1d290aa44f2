package intent

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"earshot/bot"
)

//go:embed testdata/labelled.tsv
var labelledList string

// The parts of the labelled texts: those that phrases were chosen with, those
// that were not looked at meanwhile, and those written when all was done and
// measured once.
const (
	Tune = "tune"
	Held = "held"
	Last = "last"
)

// Example is one labelled text.
type Example struct {
	Part    string       // Tune, Held or Last
	Intents []bot.Intent // all that its author wants
	Voice   bot.Voice
	Text    string
}

// Labelled gives the labelled texts that are part of the binary.
func Labelled() ([]Example, error) {
	var list []Example
	n := 0
	for line := range strings.Lines(labelledList) {
		n++
		if strings.HasPrefix(line, "# ") {
			continue
		}
		part := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(part) != 4 || !slices.Contains([]string{Tune, Held, Last}, part[0]) {
			return nil, fmt.Errorf("labelled.tsv, line %d: want part, intents, voice and text", n)
		}
		e := Example{Part: part[0], Voice: bot.Voice(part[2]), Text: part[3]}
		for name := range strings.SplitSeq(part[1], ",") {
			if name == "-" {
				continue
			}
			if !slices.Contains(allIntents(), bot.Intent(name)) {
				return nil, fmt.Errorf("labelled.tsv, line %d: there is no intent %q", n, name)
			}
			e.Intents = append(e.Intents, bot.Intent(name))
		}
		if !slices.Contains([]bot.Voice{bot.FirstHand, bot.Hearsay, bot.VoiceUnknown}, e.Voice) {
			return nil, fmt.Errorf("labelled.tsv, line %d: there is no voice %q", n, part[2])
		}
		list = append(list, e)
	}
	return list, nil
}

func allIntents() []bot.Intent {
	return []bot.Intent{bot.Complaint, bot.Question, bot.Request, bot.Praise, bot.Churn, bot.Safety, bot.Legal}
}

// Fit is how well one intent or voice is found.
type Fit struct {
	Name              string
	Is                int     // texts that have it
	Precision, Recall float64 // 0 to 1; 0 where nothing was said, or nothing is
}

// Eval measures, for every intent and then for the voices first-hand and
// hearsay, what judge says of the examples of one part. The second result is how many texts were judged. wrong, when not
// nil, is told of every text judged wrong and in what.
func Eval(all []Example, part string, judge func(text string) bot.Verdict, wrong func(name string, e Example, v bot.Verdict)) ([]Fit, int) {
	names := make([]string, 0, 9)
	for _, i := range allIntents() {
		names = append(names, string(i))
	}
	names = append(names, string(bot.FirstHand), string(bot.Hearsay))
	fits := make([]Fit, len(names))
	said, right := make([]int, len(names)), make([]int, len(names))
	texts := 0
	for _, e := range all {
		if e.Part != part {
			continue
		}
		texts++
		v := judge(e.Text)
		for k, name := range names {
			is := slices.Contains(e.Intents, bot.Intent(name)) || string(e.Voice) == name
			found := v.HasIntent(bot.Intent(name)) || string(v.Voice) == name
			count(&fits[k].Is, is)
			count(&said[k], found)
			count(&right[k], is && found)
			if is != found && wrong != nil {
				wrong(name, e, v)
			}
		}
	}
	for k, name := range names {
		fits[k].Name, fits[k].Precision, fits[k].Recall = name, ratio(right[k], said[k]), ratio(right[k], fits[k].Is)
	}
	return fits, texts
}

func count(n *int, yes bool) {
	if yes {
		*n++
	}
}

func ratio(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}
