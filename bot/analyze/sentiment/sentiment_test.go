package sentiment

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/analyze/language"
	"earshot/bot/analyze/token"
)

// english is a guess that leaves no doubt.
func english() language.Guess { return language.Guess{Code: "en", Confidence: 1, English: 1} }

func newReader(t testing.TB, o Options) *Reader {
	t.Helper()
	m, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return m.NewReader(o)
}

// sane fails unless p are probabilities.
func sane(t testing.TB, p bot.Probs) {
	t.Helper()
	if sum := p.Negative + p.Neutral + p.Positive; math.Abs(sum-1) > 1e-6 || !(p.Negative >= 0 && p.Neutral >= 0 && p.Positive >= 0) {
		t.Fatalf("%+v are no probabilities", p)
	}
}

func TestScore(t *testing.T) {
	r := newReader(t, Options{})
	var text token.Text
	for said, want := range map[string]bot.Label{
		"The pump broke, I want my money back":    bot.Negative,
		"I love this machine, thank you so much!": bot.Positive,
		"Version 4.2 came out on Tuesday.":        bot.Neutral,
	} {
		text.Read(said)
		got := r.Score(&text, english())
		sane(t, got.Probs)
		if got.Label != want {
			t.Errorf("%q: %+v, want %s", said, got, want)
		}
	}
}

func TestUnsure(t *testing.T) {
	var text token.Text
	text.Read("I love this machine")
	if got := newReader(t, Options{UnsureBelow: 0.999}).Score(&text, english()); got.Label != bot.Unsure {
		t.Errorf("%+v with an extreme threshold", got)
	}
	if got := newReader(t, Options{}).Score(&text, language.Guess{Code: "fi", Confidence: 0.9}); got.Label != bot.Unsure {
		t.Errorf("%+v in Finnish", got)
	}
}

// TestTwoModels asks both models where the language is in doubt: what comes
// out lies between them.
func TestTwoModels(t *testing.T) {
	r := newReader(t, Options{})
	var text token.Text
	text.Read("super nice, danke")
	ask := func(share float64) float64 {
		p := r.Score(&text, language.Guess{Code: "en", Confidence: 0.5, English: share}).Probs
		sane(t, p)
		return p.Positive
	}
	low, mid, high := ask(0), ask(0.5), ask(1)
	if math.Abs(mid-(low+high)/2) > 1e-6 {
		t.Errorf("half and half gives %.4f of %.4f and %.4f", mid, low, high)
	}
}

func TestHostile(t *testing.T) {
	r := newReader(t, Options{})
	var text token.Text
	for name, said := range map[string]string{
		"empty": "", "space": " \n\t", "megabyte": strings.Repeat("terrible ", 120_000), "one word": strings.Repeat("a", 1<<20),
		"broken UTF-8": "\xff\xfe\xc3 bad \xf0\x9f", "emoji": "💓🔥👨‍👩‍👧‍👦🇩🇪", "zalgo": "b" + strings.Repeat("\u0301\u0328", 500) + "ad",
		"right to left": "\u202eevol I\u202c שלום", "marks": strings.Repeat("?!.,", 10_000), "clauses": strings.Repeat("bad. but good! ", 5_000),
		"controls": "\x00\x01\x7f", "tags": strings.Repeat("#a ", 10_000),
	} {
		text.Read(said)
		got := r.Score(&text, english())
		sane(t, got.Probs)
		t.Logf("%s: %s %.2f", name, got.Label, got.Probs)
	}
}

func TestWeights(t *testing.T) {
	w := &Weights{Name: "test", Bits: 2, Scale: 0.5, WordNorm: 3, CharNorm: 2, Languages: []Table{{Temperature: 1.5}}, Hashed: "\x01\x02\x03\x04\x05\x06\x07\x08\x09\xff\xfe\xfd"}
	w.Languages[0].Dense[DenseSize-1] = [Classes]float32{1, -2, 3}
	encoded := string(w.Encode())
	got, err := Decode(encoded)
	if diff := cmp.Diff(w, got); err != nil || diff != "" {
		t.Fatalf("Decode(Encode): %v\n%s", err, diff)
	}
	for n := range len(encoded) {
		if _, err := Decode(encoded[:n]); err == nil {
			t.Fatalf("weights cut to %d bytes are taken", n)
		}
	}
}

func TestLexicon(t *testing.T) {
	valences := map[uint32]float32{}
	var order []uint32
	for i := range uint32(500) {
		valences[i*977] = float32(int(i%8)-4) + 0.5
		order = append(order, i*977)
	}
	lex := MakeLexicon(valences, order)
	for hash, want := range valences {
		if got := lex.Valence(hash); math.Abs(float64(got-want)) > 0.04 {
			t.Errorf("Valence(%d) = %.2f, want %.2f", hash, got, want)
		}
	}
	if lex.Valence(1) != 0 || Lexicon("").Valence(1) != 0 {
		t.Error("a word that is not there has a valence")
	}
}

func FuzzScore(f *testing.F) {
	r := newReader(f, Options{})
	m, err := language.Load()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"good but bad", "💓", "\xff", "a. b! c? d", "nicht gut aber billig"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, said string) {
		var text token.Text
		text.Read(said)
		sane(t, r.Score(&text, m.Detect(&text)).Probs)
	})
}

func BenchmarkScore(b *testing.B) {
	r := newReader(b, Options{})
	text := token.Text{Vocabulary: r.model.Vocabulary()}
	for b.Loop() {
		text.Read("@larkspur my second machine died after the 4.2 update, it smells burnt and nobody answers :( #fail http://t.co/abc")
		r.Score(&text, english())
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(); err != nil {
			b.Fatal(err)
		}
	}
}
