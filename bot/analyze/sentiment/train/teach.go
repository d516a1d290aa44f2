package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"earshot/bot/analyze/sentiment"
)

// taught is a text that nobody labelled, with the probabilities that a teacher
// gives it.
type taught struct {
	labelled
	probabilities probabilities
}

// auxiliary are the files of tweets whose labels tell of other things than
// sentiment, and are not read.
func auxiliary() []string {
	return []string{"aux_emoji_train", "aux_emotion_train", "aux_irony_train", "aux_offensive_train"}
}

// loadUnlabelled reads the texts of the auxiliary files, what stands after the
// first tab of each line, and how a reader found them.
func loadUnlabelled(dir string, weight float32, found levels) ([]labelled, error) {
	var all []labelled
	for _, name := range auxiliary() {
		raw, err := os.ReadFile(filepath.Join(dir, name+".tsv"))
		if err != nil {
			return nil, fmt.Errorf("read training data: %w", err)
		}
		var texts []labelled
		n := 0
		for line := range strings.Lines(string(raw)) {
			n++
			_, text, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
			if !ok {
				return nil, fmt.Errorf("read training data: %s.tsv, line %d: no tab", name, n)
			}
			texts = append(texts, labelled{label: untold, weight: weight, text: text})
		}
		if err := found.put(name, texts); err != nil {
			return nil, fmt.Errorf("read training data: %w", err)
		}
		all = append(all, texts...)
	}
	return all, nil
}

// readTaught takes the features of taught texts.
func readTaught(list []taught, lex sentiment.Lexicon) []sample {
	texts := make([]labelled, len(list))
	for i := range list {
		texts[i] = list[i].labelled
	}
	samples := read(texts, lex)
	for i := range samples {
		for c, v := range list[i].probabilities {
			samples[i].likely[c] = float32(v)
		}
	}
	return samples
}

// teach has both models, the linear one and the convolution, read other texts
// together. The linear model learns from what they say besides the labels: how
// words are used that the labelled texts lack, whose vectors the convolution
// knows (Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network,
// 2015). Where a reader found something, that is mixed in.
func (e *englishTrainer) teach(linear *sentiment.Weights, packed *sentiment.Packed, texts []labelled) ([]taught, error) {
	words, err := sentiment.DecodeWords(string(packed.Encode()))
	if err != nil {
		return nil, fmt.Errorf("ask the convolution: %w", err)
	}
	list := make([]taught, len(texts))
	for i, p := range e.judge(linear, words, texts) {
		list[i] = taught{texts[i], p}
		if likely := texts[i].target(); likely != [sentiment.Classes]float32{} {
			for c := range p {
				list[i].probabilities[c] = modelsSay*p[c] + (1-modelsSay)*float64(likely[c])
			}
		}
	}
	return list, nil
}
