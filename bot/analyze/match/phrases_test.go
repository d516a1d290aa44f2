package match

import (
	"slices"
	"strings"
	"testing"

	"earshot/bot/analyze/token"
)

func TestPhrases(t *testing.T) {
	p, err := CompilePhrases([]Phrase{
		{Parts: [][]string{{"lost", "lose*"}, {"bag", "bags"}}, Gap: 2},
		{Parts: [][]string{{"bag"}, {"bag"}, {"bag"}}, Gap: 0},
		{Parts: [][]string{{"lost"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var text token.Text
	var s PhraseScratch
	for said, want := range map[string][]string{
		"you lost my bag":                          {"2:lost", "0:lost my bag"},
		"they losers took our bags":                {"0:losers took our bags"},
		"lost one two three bags":                  {"2:lost"},
		"lost! my bag":                             {"2:lost"},
		"bag bag bag bag":                          {"1:bag bag bag", "1:bag bag bag"},
		"bag and bag bag":                          nil,
		"lost lost bag bag":                        {"2:lost", "2:lost", "0:lost bag", "0:lost bag bag"},
		"bag lost":                                 {"2:lost"},
		"lost " + strings.Repeat("x", 90) + " bag": {"2:lost"},
	} {
		text.Read(said)
		var got []string
		for _, h := range p.Find(&text, &s) {
			got = append(got, string('0'+rune(h.Term))+":"+string(text.Folded[h.Start:h.End]))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
	if _, err := CompilePhrases([]Phrase{{Parts: [][]string{{"a"}, {"*"}}}}); err == nil {
		t.Error("an empty part compiles")
	}
}

// FuzzPhrases: what is found is in the text, and its parts in their order.
func FuzzPhrases(f *testing.F) {
	f.Add("lost", "bag", 2, "you lost my bag")
	f.Add("a", "a", 0, "a a a a")
	f.Add("\xff", "b*", 1, "\xff b")
	f.Fuzz(func(t *testing.T, first, last string, gap int, said string) {
		p, err := CompilePhrases([]Phrase{{Parts: [][]string{{first}, {last}}, Gap: gap % 16}, {Parts: [][]string{{last}}}})
		if err != nil {
			return
		}
		var text token.Text
		var s PhraseScratch
		text.Read(said)
		once := len(p.Find(&text, &s))
		for _, h := range p.Find(&text, &s) {
			if h.Start < 0 || h.Start > h.End || h.End > len(text.Folded) {
				t.Fatalf("%q in %q: %+v", first+" .. "+last, said, h)
			}
		}
		if once != len(s.found) {
			t.Fatalf("%d found, then %d", once, len(s.found))
		}
	})
}
