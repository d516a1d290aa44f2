package main

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"earshot/bot/analyze/sentiment"
	"earshot/bot/analyze/token"
)

//go:embed templates.tsv
var templateText string

//go:embed short.tsv
var shortText string

// drawn is how many sentences are drawn of a template.
const drawn = 40

// written is a sentence that was written for Earshot, and its language.
type written struct {
	labelled
	code string
}

// allWritten draws sentences from the templates of every language. Each has a
// random source of its own, so that a template more in one changes nothing of
// the others.
func allWritten() ([]written, error) {
	sources := map[string]*rand.Rand{}
	var texts []written
	for _, file := range []struct{ name, content string }{{"templates.tsv", templateText}, {"short.tsv", shortText}} {
		n := 0
		for line := range strings.Lines(file.content) {
			n++
			if strings.HasPrefix(line, "# ") {
				continue
			}
			part := strings.Split(strings.TrimSpace(line), "\t")
			if len(part) != 3 {
				return nil, fmt.Errorf("%s, line %d: not three columns", file.name, n)
			}
			label, err := strconv.Atoi(part[0])
			if err != nil || label < 0 || label >= sentiment.Classes {
				return nil, fmt.Errorf("%s, line %d: %q is no label", file.name, n, part[0])
			}
			if sources[part[1]] == nil {
				sources[part[1]] = rand.New(rand.NewPCG(11, uint64(token.Hash(part[1]))))
			}
			random, seen := sources[part[1]], map[string]bool{}
			for range drawn {
				if text := expand(part[2], random); !seen[text] {
					seen[text] = true
					texts = append(texts, written{labelled{label: label, weight: 1, text: text}, part[1]})
				}
			}
		}
	}
	return texts, nil
}

// ownTexts gives the sentences of English when english, of the other
// languages else. They weigh weight each, more or less: within a language and
// a length the classes weigh what usual says, so that no length speaks for a
// complaint.
func ownTexts(english bool, weight float32) ([]labelled, error) {
	all, err := allWritten()
	if err != nil {
		return nil, err
	}
	usual := [sentiment.Classes]float32{0.6, 1.2, 1.2} // thanks, facts and questions are commoner than complaints
	count := map[string]*[sentiment.Classes]float32{}
	for _, w := range all {
		if count[w.kin()] == nil {
			count[w.kin()] = &[sentiment.Classes]float32{}
		}
		count[w.kin()][w.label]++
	}
	var texts []labelled
	for _, w := range all {
		if english != (w.code == "en") {
			continue
		}
		n := count[w.kin()]
		mean := (n[0] + n[1] + n[2]) / sentiment.Classes
		w.weight = weight * usual[w.label] * min(max(mean/n[w.label], 1/evened), evened)
		texts = append(texts, w.labelled)
	}
	return texts, nil
}

// evened is how much the weight of a sentence changes at most where its class
// is rare or common among those of its length.
const evened = 4

// kin names the sentences of the same language and about the same length.
func (w *written) kin() string {
	length := "long"
	switch n := len(strings.Fields(w.text)); {
	case n <= 1:
		length = "one"
	case n <= 3:
		length = "few"
	case n <= 7:
		length = "some"
	}
	return w.code + " " + length
}

// named is how many written sentences there are for each to which a name is
// put: whom something is said to tells nothing of how it is meant.
const named = 10

// expand takes one of each template's alternatives, a name for <name>, and a
// full stop or a capital as people do.
func expand(template string, random *rand.Rand) string {
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
	s := strings.Join(strings.Fields(strings.ReplaceAll(b.String(), "<name>", nameOf(random))), " ")
	s = strings.NewReplacer(" ?", "?", " ,", ",", " ...", "...", " !", "!", " .", ".").Replace(s)
	switch random.IntN(2 * named) {
	case 0:
		s = nameOf(random) + []string{" ", ", ", ": "}[random.IntN(3)] + s
	case 1:
		s += []string{" ", ", ", " @"}[random.IntN(3)] + nameOf(random)
	}
	if random.IntN(2) == 0 {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	if end := s[len(s)-1]; end >= 'a' && end <= 'z' {
		s += []string{"", ".", ".", "!"}[random.IntN(4)]
	}
	return s
}
