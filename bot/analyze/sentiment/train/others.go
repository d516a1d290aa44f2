package main

import (
	_ "embed"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"

	"earshot/bot/analyze/sentiment"
	"earshot/bot/analyze/token"
)

// languages are those of the labelled texts of the other model, as their
// files name them.
func languages() []string {
	return []string{"arabic", "english", "french", "german", "hindi", "italian", "portuguese", "spanish"}
}

// codeOf is the code of a language that languages lists.
func codeOf(name string) string {
	if name == "arabic" {
		return "ar"
	}
	return namedLanguages()[name]
}

// What a text counts in the model of the others; 1 is a labelled tweet of one
// of its languages.
const (
	englishWeight   = 0.2  // an English tweet of the larger set: a little, for emoji and borrowed words
	hindiWeight     = 0.3  // a Hindi one: their labels are hardly better than chance
	othersOwnWeight = 0.25 // a sentence of our own templates
	// othersWrittenWeight is for one in Arabic or Hindi: many are drawn of few.
	othersWrittenWeight = 0.15
)

// trainOthers makes the weights and the lexicon of the model of the others.
func trainOthers(data string, general sentiment.Lexicon, report io.Writer) (files, error) {
	own, err := othersLexicon()
	if err != nil {
		return nil, err
	}
	words := &sentiment.Lexica{General: general, Own: own}
	samples, err := othersSamples(data, words)
	if err != nil {
		return nil, err
	}
	held := map[string][]othersSample{}
	for _, name := range languages() {
		list, err := load(data, "umsab_"+name+"_train", 1)
		if err != nil {
			return nil, err
		}
		if name == "hindi" {
			weigh(list, hindiWeight)
		}
		samples = append(samples, readOthers(list, codeOf(name), words)...)
		if list, err = load(data, "umsab_"+name+"_val", 1); err != nil {
			return nil, err
		}
		held[name] = readOthers(list, codeOf(name), words)
	}
	w := fitOthers(samples)
	calibrateOthers(w, held)
	mean := 0.0
	for _, name := range languages() {
		f1, loss := judgeOthers(w, held[name])
		mean += f1 / float64(len(languages()))
		fmt.Fprintf(report, "others, umsab_%s_val: macro F1 %.1f, log-loss %.3f, temperature %.2f\n", name, f1, loss, w.Languages[sentiment.LanguageNumber(codeOf(name))].Temperature)
	}
	fmt.Fprintf(report, "others, mean of the eight: macro F1 %.1f\n", mean)
	return files{"sentiment/others.bin": w.Encode(), "sentiment/others_lexicon.bin": []byte(own)}, nil
}

func weigh(texts []labelled, weight float32) {
	for i := range texts {
		texts[i].weight *= weight
	}
}

// othersSamples are the texts beside the labelled ones of the eight languages:
// English tweets, our own sentences, and words that nobody knows.
func othersSamples(data string, words *sentiment.Lexica) ([]othersSample, error) {
	english, err := load(data, "semeval_train", englishWeight)
	if err != nil {
		return nil, err
	}
	samples := readOthers(english, "en", words)
	all, err := allWritten()
	if err != nil {
		return nil, err
	}
	for _, inEnglish := range []bool{true, false} {
		own, err := ownTexts(inEnglish, othersOwnWeight)
		if err != nil {
			return nil, err
		}
		for _, w := range all { // in the order of ownTexts
			if inEnglish == (w.code == "en") {
				samples = append(samples, readOthers(own[:1], w.code, words)...)
				own = own[1:]
			}
		}
	}
	samples = append(samples, readOthers(unknownTexts(unknowns/8, othersOwnWeight), "", words)...)
	more, err := othersWritten()
	if err != nil {
		return nil, err
	}
	for _, w := range more {
		samples = append(samples, readOthers([]labelled{w.labelled}, w.code, words)...)
	}
	return samples, nil
}

//go:embed others_templates.tsv
var othersTemplates string

// othersWritten draws the sentences of languages that templates.tsv has none of.
func othersWritten() ([]written, error) {
	random := rand.New(rand.NewPCG(13, 1))
	var texts []written
	n := 0
	for line := range strings.Lines(othersTemplates) {
		n++
		if strings.HasPrefix(line, "# ") {
			continue
		}
		part := strings.Split(strings.TrimSpace(line), "\t")
		if len(part) != 3 {
			return nil, fmt.Errorf("others_templates.tsv, line %d: not three columns", n)
		}
		label, err := strconv.Atoi(part[0])
		if err != nil || label < 0 || label >= sentiment.Classes || sentiment.LanguageNumber(part[1]) == sentiment.Unlisted {
			return nil, fmt.Errorf("others_templates.tsv, line %d: no label and language", n)
		}
		for range drawn {
			texts = append(texts, written{labelled{label: label, weight: othersWrittenWeight, text: expandPlain(part[2], random)}, part[1]})
		}
	}
	return texts, nil
}

// expandPlain takes one of each template's alternatives.
func expandPlain(template string, random *rand.Rand) string {
	var b strings.Builder
	for template != "" {
		before, rest, found := strings.Cut(template, "[")
		b.WriteString(before)
		if !found {
			break
		}
		choice, after, _ := strings.Cut(rest, "]")
		list := strings.Split(choice, "|")
		b.WriteString(list[random.IntN(len(list))])
		template = after
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

//go:embed others_lexicon.tsv
var othersLexiconText string

// othersLexicon makes the table of valences by language. What reads as several
// tokens is left out.
func othersLexicon() (sentiment.Lexicon, error) {
	valences := map[uint32]float32{}
	var order []uint32
	var t token.Text
	n := 0
	for line := range strings.Lines(othersLexiconText) {
		n++
		if strings.HasPrefix(line, "# ") {
			continue
		}
		part := strings.Split(strings.TrimSpace(line), "\t")
		if len(part) != 3 {
			return "", fmt.Errorf("others_lexicon.tsv, line %d: not three columns", n)
		}
		language := sentiment.LanguageNumber(part[0])
		v, err := strconv.ParseFloat(part[1], 32)
		if err != nil || language == sentiment.Unlisted {
			return "", fmt.Errorf("others_lexicon.tsv, line %d: no language and number", n)
		}
		for _, word := range strings.Fields(part[2]) {
			word, stem := strings.CutSuffix(word, "*")
			if t.Read(word); len(t.Tokens) != 1 {
				continue
			}
			key := sentiment.LexicaKey(sentiment.FoldForm(t.FormOf(t.Tokens[0]), nil), language, stem)
			if _, known := valences[key]; !known {
				order = append(order, key)
			}
			valences[key] = sentiment.OwnValence(float32(v))
		}
	}
	return sentiment.MakeLexicon(valences, order), nil
}
