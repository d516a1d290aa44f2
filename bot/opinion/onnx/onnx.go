//go:build onnx

package onnx

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/knights-analytics/hugot"
	"github.com/knights-analytics/hugot/pipelines"
	"github.com/sugarme/tokenizer"
	"github.com/sugarme/tokenizer/pretrained"

	"earshot/bot"
	"earshot/bot/opinion"
	"earshot/bot/text"
)

// maxText is the most graphemes of a text that are read.
const maxText = 2000

// model is a classifier that was loaded. It reads one text at a time.
type model struct {
	name     string
	mu       sync.Mutex
	words    *tokenizer.Tokenizer
	classify *pipelines.TextClassificationPipeline
}

// Load reads the model in a folder and tries it once. The error is a *bot.Error
// that says what is wrong with the folder; close frees the model.
func Load(dir string) (r opinion.Reader, close func() error, err error) {
	defer func() { // a broken file makes the library panic
		if p := recover(); p != nil {
			r, close, err = nil, nil, broken(dir, fmt.Errorf("panic: %v", p))
		}
	}()
	raw, err := os.ReadFile(filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		return nil, nil, &bot.Error{Kind: bot.ErrInvalid, Err: err,
			Msg: fmt.Sprintf("The folder %s has no tokenizer.json. It holds a model's .onnx file, tokenizer.json and config.json.", dir)}
	}
	m := &model{name: text.Cut(text.OneLine(filepath.Base(dir)), 60)}
	if m.words, err = pretrained.FromReader(bytes.NewReader(raw)); err != nil {
		return nil, nil, broken(dir, err)
	}
	session, err := hugot.NewGoSession()
	if err != nil {
		return nil, nil, fmt.Errorf("start the model's engine: %w", err)
	}
	m.classify, err = hugot.NewPipeline(session, hugot.TextClassificationConfig{ModelPath: dir, Name: m.name,
		Options: []hugot.TextClassificationOption{pipelines.WithSoftmax(), pipelines.WithMultiLabel()}})
	if err == nil {
		_, err = m.Read(context.Background(), bot.Mention{Text: "It arrived on time and works well."})
	}
	if err != nil {
		_ = session.Destroy() // what is wrong has been found already
		return nil, nil, broken(dir, err)
	}
	return m, session.Destroy, nil
}

func broken(dir string, cause error) error {
	return &bot.Error{Kind: bot.ErrInvalid, Err: cause,
		Msg: fmt.Sprintf("The model in %s cannot be used: it must be a sequence classifier in ONNX whose labels are negative, neutral and positive, or 1 to 5 stars.", dir)}
}

// Name is the folder's.
func (m *model) Name() string { return m.name }

// Wants implements opinion.Reader: it reads everything that it did not judge
// itself.
func (m *model) Wants(v bot.Verdict) bool { return v.Model != m.name }

// Read implements opinion.Reader.
func (m *model) Read(_ context.Context, mention bot.Mention) (o opinion.Opinion, err error) {
	defer func() {
		if p := recover(); p != nil {
			o, err = opinion.Opinion{}, fmt.Errorf("run the model %s: panic: %v", m.name, p)
		}
	}()
	m.mu.Lock()
	defer m.mu.Unlock()
	said := text.Cut(text.OneLine(mention.Said()), maxText)
	if said == "" {
		return opinion.Opinion{}, nil
	}
	// The library ends the process when its tokenizer fails: so it is tried here.
	if _, err := m.words.EncodeSingle(said, true); err != nil {
		return opinion.Opinion{}, fmt.Errorf("divide a text for the model %s: %w", m.name, err)
	}
	out, err := m.classify.RunPipeline([]string{said})
	if err != nil {
		return opinion.Opinion{}, fmt.Errorf("run the model %s: %w", m.name, err)
	}
	scores := map[string]float64{}
	for _, c := range out.ClassificationOutputs[0] {
		scores[c.Label] += float64(c.Score)
	}
	probs, ok := weigh(scores)
	if !ok {
		return opinion.Opinion{}, bot.Errorf(bot.ErrInvalid, "The model %s gives other labels than negative, neutral and positive.", m.name)
	}
	o = opinion.Opinion{Probs: probs, Model: m.name}
	o.Label, o.Confidence = likeliest(probs)
	return o, nil
}
