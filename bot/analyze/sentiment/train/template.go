package main

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"earshot/bot/analyze/sentiment"
)

//go:embed templates.tsv
var templateText string

// drawn is how many sentences are drawn of a template.
const drawn = 40

// ownTexts draws sentences from the templates: of English when english, of
// the other languages else.
func ownTexts(english bool, weight float32) ([]labelled, error) {
	random := rand.New(rand.NewPCG(11, 1))
	var texts []labelled
	n := 0
	for line := range strings.Lines(templateText) {
		n++
		if strings.HasPrefix(line, "# ") {
			continue
		}
		part := strings.Split(strings.TrimSpace(line), "\t")
		if len(part) != 3 {
			return nil, fmt.Errorf("templates.tsv, line %d: not three columns", n)
		}
		label, err := strconv.Atoi(part[0])
		if err != nil || label < 0 || label >= sentiment.Classes {
			return nil, fmt.Errorf("templates.tsv, line %d: %q is no label", n, part[0])
		}
		seen := map[string]bool{}
		for range drawn {
			if text := expand(part[2], random); !seen[text] && english == (part[1] == "en") {
				seen[text] = true
				texts = append(texts, labelled{label, weight, text})
			}
		}
	}
	return texts, nil
}

// expand takes one of each template's alternatives, and a full stop or a
// capital as people do.
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
	s := strings.Join(strings.Fields(b.String()), " ")
	s = strings.NewReplacer(" ?", "?", " ,", ",", " ...", "...").Replace(s)
	if random.IntN(2) == 0 {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	if end := s[len(s)-1]; end >= 'a' && end <= 'z' {
		s += []string{"", ".", ".", "!"}[random.IntN(4)]
	}
	return s
}
