package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"earshot/bot/analyze/sentiment"
)

//go:embed levels.tsv
var levelsText string

// levels are how negative or positive somebody who read the texts of a file
// found each: a digit from '1', clearly negative, to '5', clearly positive; '0'
// where that cannot be said.
type levels map[string]string

// readLevels reads levels.tsv: a file, the number of the first row, digits.
func readLevels(content string) (levels, error) {
	l := levels{}
	n := 0
	for line := range strings.Lines(content) {
		n++
		if strings.HasPrefix(line, "# ") {
			continue
		}
		part := strings.Split(strings.TrimSpace(line), "\t")
		if len(part) != 3 || part[1] != strconv.Itoa(len(l[part[0]])+1) || strings.Trim(part[2], "012345") != "" {
			return nil, fmt.Errorf("levels.tsv, line %d: want a file, the number of its next row, and digits", n)
		}
		l[part[0]] += part[2]
	}
	return l, nil
}

// put notes on the texts of a file what their reader found. A file of which
// nothing is known is left alone; one of other rows is an error.
func (l levels) put(name string, texts []labelled) error {
	found, ok := l[name]
	if !ok {
		return nil
	}
	if len(found) != len(texts) {
		return fmt.Errorf("levels.tsv knows %d rows of %s.tsv, which has %d: it is of other data", len(found), name, len(texts))
	}
	for i := range texts {
		texts[i].level = found[i] - '0'
	}
	return nil
}

// meaning is what each level says.
type meaning [6]struct {
	likely [sentiment.Classes]float32 // how likely each label is, were the classes as large as one another
	worth  float32                    // what a text of the level weighs so that they are
}

// meaningOf takes it from texts that have a label and a level: annotators and
// reader draw their lines in different places. ok is false where no text has
// both.
func meaningOf(texts []labelled) (m meaning, ok bool) {
	classes := shares(texts)
	var seen [len(m)]float32
	for _, l := range texts {
		if l.level > 0 {
			m[l.level].likely[l.label] += classes[l.label]
			seen[l.level]++
			ok = true
		}
	}
	for level := range m {
		total := float32(0)
		for _, v := range m[level].likely {
			total += v
		}
		for c := range m[level].likely {
			if total > 0 {
				m[level].likely[c] /= total
			}
		}
		m[level].worth = total / max(1, seen[level])
	}
	return m, ok
}

// shares are what a text of each class weighs where the classes are to weigh
// the same.
func shares(texts []labelled) (w [sentiment.Classes]float32) {
	for _, l := range texts {
		w[l.label]++
	}
	for c := range w {
		if w[c] > 0 {
			w[c] = float32(len(texts)) / (sentiment.Classes * w[c])
		}
	}
	return w
}

// reread notes on texts what their level means. What has none stays as it is.
func reread(texts []labelled, m meaning) []labelled {
	texts = slices.Clone(texts)
	for i := range texts {
		if of := m[texts[i].level]; of.worth > 0 {
			texts[i].likely, texts[i].weight, texts[i].aside = of.likely, readWeight*of.worth, true
		}
	}
	return texts
}

// told are the texts of which it is known how likely each label is.
func told(texts []labelled) []labelled {
	return slices.DeleteFunc(slices.Clone(texts), func(l labelled) bool { return l.target() == [sentiment.Classes]float32{} })
}

// softened mixes into labels what their texts' levels mean: annotators err, and
// a reader who had all of them before him errs less.
func softened(texts []labelled, m meaning) []labelled {
	texts = slices.Clone(texts)
	for i := range texts {
		l := &texts[i]
		if m[l.level].worth == 0 {
			continue
		}
		for c, p := range m[l.level].likely {
			l.likely[c] = softening * p
		}
		l.likely[l.label] += 1 - softening
	}
	return texts
}
