package main

import (
	_ "embed"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"earshot/bot/analyze/language"
	"earshot/bot/analyze/sentiment"
	"earshot/bot/analyze/token"
)

//go:embed languages.tsv
var sentences string

// spoken is a text with the number of its language in language.Latin.
type spoken struct {
	class    int
	weight   float64
	features []uint32
}

// namedLanguages are the files of labelled texts and their languages.
func namedLanguages() map[string]string {
	return map[string]string{"english": "en", "spanish": "es", "french": "fr", "german": "de", "italian": "it", "portuguese": "pt", "hindi": "hi"}
}

// ownSentences makes texts of one to fourteen words out of the sentences
// that were written for the purpose.
func ownSentences(random *rand.Rand) []spoken {
	const each = 300 // texts a line
	var texts []spoken
	var t token.Text
	for line := range strings.Lines(sentences) {
		code, text, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue
		}
		words := strings.Fields(text)
		class := slices.Index(language.Latin(), code)
		for range each {
			n := 1 + random.IntN(14)
			start := random.IntN(len(words) - n)
			t.Read(strings.Join(words[start:start+n], " "))
			texts = append(texts, spoken{class, 0.5, language.Features(&t, nil)})
		}
	}
	return texts
}

// labelledLanguages reads the texts of the eight languages.
func labelledLanguages(dir, part string) ([]spoken, error) {
	var texts []spoken
	var t token.Text
	names := make([]string, 0, 8)
	for name := range namedLanguages() {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		list, err := load(dir, "umsab_"+name+"_"+part, 1)
		if err != nil {
			return nil, err
		}
		class := slices.Index(language.Latin(), namedLanguages()[name])
		for _, l := range list {
			t.Read(l.text)
			if name == "hindi" && !romanisedHindi(&t) {
				continue
			}
			if f := language.Features(&t, nil); len(f) > 0 {
				texts = append(texts, spoken{class, 1, f})
			}
		}
	}
	return texts, nil
}

// romanisedHindi tells whether a text of the Hindi files is Hindi: a third of
// them are English.
func romanisedHindi(t *token.Text) bool {
	n := 0
	for _, k := range t.Tokens {
		switch string(t.FormOf(k)) {
		case "hai", "hain", "ka", "ki", "ke", "ko", "nahi", "nahin", "nhi", "mein", "se", "kya", "aur", "bhi", "ho", "toh", "ye",
			"yeh", "kar", "raha", "rahe", "rahi", "tha", "thi", "koi", "kuch", "apna", "hum", "tum", "mera", "meri", "wo", "woh", "jo", "ek", "hota", "karo", "gaya":
			n++
		}
	}
	return n >= 2
}

// shortTexts are the written sentences of every language, and the beginnings
// of some English tweets, one to four words long: what is short and in doubt
// is likelier English than anything else.
func shortTexts(random *rand.Rand, english []labelled) ([]spoken, error) {
	all, err := allWritten()
	if err != nil {
		return nil, err
	}
	var texts []spoken
	var t token.Text
	add := func(code, text string) {
		t.Read(text)
		if f := language.Features(&t, nil); len(f) > 0 {
			texts = append(texts, spoken{slices.Index(language.Latin(), code), 0.5, f})
		}
	}
	for _, w := range all {
		add(w.code, w.text)
	}
	for i := 0; i < len(english); i += 48 {
		words := strings.Fields(english[i].text)
		add("en", strings.Join(words[:min(len(words), 1+random.IntN(4))], " "))
	}
	return texts, nil
}

// languageModel is the model while it is trained.
type languageModel struct {
	rows, squares []float32
	bias          [language.Classes]float64
}

func (m *languageModel) probabilities(features []uint32) (p [language.Classes]float64) {
	v := language.Norm(len(features))
	for c := range p {
		p[c] = m.bias[c]
	}
	for _, h := range features {
		row := m.rows[(h&(1<<language.Bits-1))*language.Classes:][:language.Classes]
		for c := range p {
			p[c] += v * float64(row[c])
		}
	}
	top, total := slices.Max(p[:]), 0.0
	for c := range p {
		p[c] = math.Exp(p[c] - top)
		total += p[c]
	}
	for c := range p {
		p[c] /= total
	}
	return p
}

func (m *languageModel) learn(s spoken, rate float64) {
	g := m.probabilities(s.features)
	g[s.class]--
	v := language.Norm(len(s.features)) * s.weight
	for _, h := range s.features {
		at := (h & (1<<language.Bits - 1)) * language.Classes
		for c := range uint32(language.Classes) {
			d := float32(g[c] * v)
			m.squares[at+c] += d * d
			m.rows[at+c] -= float32(rate) * d / (float32(math.Sqrt(float64(m.squares[at+c]))) + 1e-3)
		}
	}
	for c := range g {
		m.bias[c] -= 0.002 * g[c] * s.weight
	}
}

// trainLanguage makes the weights of the language model.
func trainLanguage(dir string, _ sentiment.Lexicon, report io.Writer) (files, error) {
	random := rand.New(rand.NewPCG(7, 1))
	texts, err := labelledLanguages(dir, "train")
	if err != nil {
		return nil, err
	}
	english, err := load(dir, "semeval_train", 1)
	if err != nil {
		return nil, err
	}
	var t token.Text
	for i := 0; i < len(english); i += 12 { // English is the commonest language there is
		t.Read(english[i].text)
		texts = append(texts, spoken{0, 1, language.Features(&t, nil)})
	}
	texts = append(texts, ownSentences(random)...)
	short, err := shortTexts(random, english)
	if err != nil {
		return nil, err
	}
	texts = append(texts, short...)
	m := &languageModel{rows: make([]float32, language.Classes<<language.Bits), squares: make([]float32, language.Classes<<language.Bits)}
	for range 4 {
		random.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
		for _, s := range texts {
			m.learn(s, 0.05)
		}
	}
	return files{"language/weights.bin": m.quantise()}, m.report(dir, report)
}

func (m *languageModel) quantise() []byte {
	top := float64(0)
	for _, v := range m.rows {
		top = max(top, math.Abs(float64(v)))
	}
	scale := top / 127
	rows := make([]int8, len(m.rows))
	for i, v := range m.rows {
		rows[i] = int8(math.Round(float64(v) / scale))
	}
	var bias [language.Classes]int8
	for c, v := range m.bias {
		bias[c] = int8(max(-127, min(127, math.Round(v/scale))))
	}
	return language.Encode(scale, bias, rows)
}

// report prints how often the validation texts' language is found.
func (m *languageModel) report(dir string, report io.Writer) error {
	texts, err := labelledLanguages(dir, "val")
	if err != nil {
		return err
	}
	var n, right [language.Classes]int
	var sure, sureRight, all int
	for _, s := range texts {
		p := m.probabilities(s.features)
		best := 0
		for c := range p {
			if p[c] > p[best] {
				best = c
			}
		}
		n[s.class]++
		all++
		if best == s.class {
			right[s.class]++
		}
		if p[best] >= 0.5 {
			sure++
			if best == s.class {
				sureRight++
			}
		}
	}
	total := 0
	for c, code := range language.Latin() {
		if n[c] > 0 {
			total += right[c]
			fmt.Fprintf(report, "language %s: %.1f %% of %d\n", code, 100*float64(right[c])/float64(n[c]), n[c])
		}
	}
	fmt.Fprintf(report, "language: %.1f %% right; %.1f %% of the %.1f %% that are given\n", 100*float64(total)/float64(all), 100*float64(sureRight)/float64(sure), 100*float64(sure)/float64(all))
	return nil
}
