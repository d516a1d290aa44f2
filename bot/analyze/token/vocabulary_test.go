package token

import (
	"strings"
	"sync"
	"testing"
)

// TestVocabulary numbers words by their hashes, and knows the form that came
// first of those that share one.
func TestVocabulary(t *testing.T) {
	v := NewVocabulary([]uint32{Hash("pump"), Hash("good"), 0, Hash("!")})
	text := Text{Vocabulary: v}
	text.Read("Good pump, xyzzy GOOD!")
	for i, want := range []uint32{2, 1, 0, 2, 4} {
		if k := text.Tokens[i]; k.Number != want || k.Known != (want != 0) {
			t.Errorf("%s has the number %d, known %t; want %d", text.FormOf(k), k.Number, k.Known, want)
		}
	}
	if v.Len() != 5 || v.Number(0) != 3 {
		t.Errorf("length %d, number of the hash 0: %d", v.Len(), v.Number(0))
	}
	if v.words[1].is([]byte("pomp")) || !v.words[1].is([]byte("pump")) {
		t.Error("another form of the same hash is taken for the first")
	}
	if long := strings.Repeat("a", longest+1); v.words[3].is([]byte(long)) || !v.words[3].is([]byte("a")) {
		t.Error("a form that is too long is known")
	}
	text.Vocabulary = nil
	if text.Read("pump"); text.Tokens[0].Number != 0 || text.Tokens[0].Known {
		t.Error("a word has a number without a vocabulary")
	}
}

// TestVocabularyShared has several readers meet the same words first: a word
// may be unknown while another enters its letters, and never after.
func TestVocabularyShared(t *testing.T) {
	words := strings.Fields("my second pump died after the update and nobody answers")
	var hashes []uint32
	for _, w := range words {
		hashes = append(hashes, Hash(w))
	}
	v := NewVocabulary(hashes)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			text := Text{Vocabulary: v}
			text.Read(strings.Join(words, " "))
			for i, k := range text.Tokens {
				if int(k.Number) != i+1 {
					t.Errorf("%s has the number %d", words[i], k.Number)
				}
			}
		})
	}
	all.Wait()
	text := Text{Vocabulary: v}
	text.Read(strings.Join(words, " "))
	for i, k := range text.Tokens {
		if !k.Known {
			t.Errorf("%s is not known", words[i])
		}
	}
}

// TestNote has a note claimed once, and read when it is written.
func TestNote(t *testing.T) {
	var n Note
	if _, noted := n.Read(); noted || !n.Claim() || n.Claim() {
		t.Error("an empty note is not claimed once")
	}
	if _, noted := n.Read(); noted {
		t.Error("what is claimed is noted already")
	}
	n.Write(0)
	if number, noted := n.Read(); number != 0 || !noted || n.Claim() {
		t.Errorf("noted %d, %t; want 0", number, noted)
	}
}

// TestNegates finds all words that negate, and none that only looks like one.
func TestNegates(t *testing.T) {
	for _, w := range strings.Fields(negations) {
		if !Negates([]byte(w)) {
			t.Errorf("%q does not negate", w)
		}
	}
	for _, w := range append(strings.Fields(contrasts), "", "n", "noo", "pump") {
		if Negates([]byte(w)) {
			t.Errorf("%q negates", w)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	var text Text
	for b.Loop() {
		text.Read("@larkspur my second machine died after the 4.2 update, it smells burnt and nobody answers :( #fail http://t.co/abc")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
}
