//go:build onnx

package onnx

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"earshot/bot"
)

// words are what the tiny model knows, with what each weighs for negative,
// neutral and positive.
func words() map[string][3]float32 {
	return map[string][3]float32{"[UNK]": {0, 1, 0}, "[PAD]": {0, 0, 0}, "awful": {6, 0, 0}, "lovely": {0, 0, 6}, "kettle": {0, 2, 0}}
}

func order() []string { return []string{"[PAD]", "[UNK]", "awful", "lovely", "kettle"} }

// writeModel makes a model that averages the weights of the words: a Gather and
// a ReduceMean, as a ModelProto of onnx.proto (github.com/onnx/onnx).
func writeModel(t *testing.T, labels []string) string {
	t.Helper()
	dir := t.TempDir()
	vocab, id2label := map[string]int{}, map[string]string{}
	for i, w := range order() {
		vocab[w] = i
	}
	for i, l := range labels {
		id2label[string(rune('0'+i))] = l
	}
	write(t, dir, "config.json", map[string]any{"id2label": id2label, "max_position_embeddings": 16, "pad_token_id": 0})
	write(t, dir, "tokenizer.json", map[string]any{
		"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": []any{}, "post_processor": nil, "decoder": nil,
		"normalizer": map[string]any{"type": "Lowercase"}, "pre_tokenizer": map[string]any{"type": "Whitespace"},
		"model": map[string]any{"type": "WordLevel", "vocab": vocab, "unk_token": "[UNK]"},
	})
	if err := os.WriteFile(filepath.Join(dir, "model.onnx"), modelProto(), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, dir, name string, v any) {
	t.Helper()
	body, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), body, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// message and its kin write protocol buffers.
type message []byte

func (m message) bytes(field protowire.Number, v []byte) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), v)
}

func (m message) text(field protowire.Number, s string) message { return m.bytes(field, []byte(s)) }

func (m message) int(field protowire.Number, v int64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), uint64(v))
}

// The element types of TensorProto.
const (
	elementFloat = 1
	elementInt64 = 7
)

func valueInfo(name string, element int64, dims ...any) message {
	var shape message
	for _, d := range dims {
		var dim message
		switch d := d.(type) {
		case int:
			dim = dim.int(1, int64(d))
		case string:
			dim = dim.text(2, d)
		}
		shape = shape.bytes(1, dim)
	}
	tensor := message{}.int(1, element).bytes(2, shape)
	return message{}.text(1, name).bytes(2, message{}.bytes(1, tensor))
}

func node(op, name string, inputs []string, output string, attributes ...message) message {
	var n message
	for _, in := range inputs {
		n = n.text(1, in)
	}
	n = n.text(2, output).text(3, name).text(4, op)
	for _, a := range attributes {
		n = n.bytes(5, a)
	}
	return n
}

func modelProto() []byte {
	var raw []byte
	for _, w := range order() {
		for _, x := range words()[w] {
			raw = protowire.AppendFixed32(raw, math.Float32bits(x))
		}
	}
	table := message{}.int(1, int64(len(order()))).int(1, 3).int(2, elementFloat).text(8, "table").bytes(9, raw)
	axes := message{}.text(1, "axes").int(8, 1).int(20, 7)
	keep := message{}.text(1, "keepdims").int(3, 0).int(20, 2)
	graph := message{}.
		bytes(1, node("Gather", "look up", []string{"table", "input_ids"}, "each")).
		bytes(1, node("ReduceMean", "average", []string{"each"}, "logits", axes, keep)).
		text(2, "tiny").bytes(5, table).
		bytes(11, valueInfo("input_ids", elementInt64, "batch", "sequence")).
		bytes(12, valueInfo("logits", elementFloat, "batch", 3))
	return message{}.int(1, 8).bytes(7, graph).bytes(8, message{}.int(2, 13))
}

func TestTinyModel(t *testing.T) {
	dir := writeModel(t, []string{"negative", "neutral", "positive"})
	m, free, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := free(); err != nil {
			t.Error(err)
		}
	})
	for said, want := range map[string]bot.Label{
		"Awful kettle": bot.Negative, "a lovely LOVELY kettle": bot.Positive, "the kettle": bot.Neutral,
		strings.Repeat("lovely ", 3000): bot.Positive, "awful \x00\xff\u202e": bot.Negative, "": "", "\u200b": "",
	} {
		o, err := m.Read(t.Context(), bot.Mention{Text: said})
		if err != nil || o.Label != want {
			t.Errorf("%.40q: %+v, %v", said, o, err)
		}
		if o.Label != "" && (o.Generated || o.Confidence < 0.4 || o.Model != filepath.Base(dir)) {
			t.Errorf("%.40q: %+v", said, o)
		}
	}
	if !m.Wants(bot.Verdict{Model: "embedded"}) || m.Wants(bot.Verdict{Model: m.Name()}) {
		t.Error("it reads what it has read, or nothing")
	}
}

func TestBrokenModel(t *testing.T) {
	good := func() string { return writeModel(t, []string{"negative", "neutral", "positive"}) }
	for name, dir := range map[string]string{
		"no folder":        filepath.Join(t.TempDir(), "nowhere"),
		"an empty folder":  t.TempDir(),
		"another's labels": writeModel(t, []string{"cat", "dog", "bird"}),
		"too few labels":   writeModel(t, []string{"negative", "positive"}),
		"no model":         spoilt(t, good(), "model.onnx", ""),
		"half a model":     spoilt(t, good(), "model.onnx", string(modelProto()[:40])),
		"no tokenizer":     spoilt(t, good(), "tokenizer.json", "{"),
		"a config of junk": spoilt(t, good(), "config.json", `{"id2label": 7}`),
	} {
		if _, _, err := Load(dir); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func spoilt(t *testing.T, dir, name, body string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
