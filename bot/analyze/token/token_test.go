package token

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// forms are the normalised forms of a text's tokens; "!" before one that is
// negated, "|" where a clause begins.
func forms(t *Text) []string {
	var list []string
	clause := uint16(0)
	for _, k := range t.Tokens {
		s := string(t.FormOf(k))
		if k.Negated > 0 {
			s = "!" + s
		}
		if k.Clause != clause {
			s, clause = "|"+s, k.Clause
		}
		list = append(list, s)
	}
	return list
}

func TestRead(t *testing.T) {
	tests := []struct {
		name, text, folded string
		want               []string
	}{
		{"plain", "The Pump broke.", "the pump broke.", []string{"the", "pump", "broke"}},
		{"white space", " a\t b\n\nc ", "a b c ", []string{"a", "b", "|c"}},
		{"negation", "not a good day, though nice", "not a good day, though nice", []string{"not", "!a", "!good", "!day", "|though", "nice"}},
		{"negation ends", "no. fine", "no. fine", []string{"no", "|fine"}},
		{"apostrophes", "Don’t can't `tis 'quoted'", "don't can't 'tis 'quoted'", []string{"dont", "!cant", "!tis", "!quoted"}},
		{"drawn out", "soooo goooood 1000", "soooo goooood 1000", []string{"soo", "good", "0000"}},
		{"tags and handles", "#Fail @Larkspur_Help a@b.com", "#fail @larkspur_help a@b.com", []string{"fail", "<user>", "a", "b", "com"}},
		{"hyphens", "e-mail – well-known --", "e mail - well known --", []string{"e", "mail", "well", "known"}},
		{"links are no words", "see https://x.org/Path?q=1 now", "see https://x.org/path?q=1 now", []string{"see", "now"}},
		{"versions", "the 4.2 update", "the 4.2 update", []string{"the", "0", "0", "update"}},
		{"emoticons", "fine :) D: xD :-( 8)", "fine :) d: xd :-( 8)", []string{"fine", "<smile>", "<sad>", "<laugh>", "<sad>", "<smile>"}},
		{"no emoticon in a word", "foxD: http", "foxd: http", []string{"foxd", "http"}},
		{"emoji", "💓👍🏽 ok❤️", "💓👍🏽 ok❤", []string{"💓", "👍", "ok", "❤"}},
		{"marks", "what?! no!! why?? … end", "what?! no!! why?? … end", []string{"what", "?!", "|no", "!!!", "|why", "??", "|...", "|end"}},
		{"contrast", "nice but slow", "nice but slow", []string{"nice", "|but", "slow"}},
		{"decomposed", "cafe\u0301", "café", []string{"café"}},
		{"stacked", "b\u0301\u0302\u0303\u0304\u0305ad", "bad", []string{"bad"}},
		{"styled", "𝗯𝗮𝗱 ｇｏｏｄ", "bad good", []string{"bad", "good"}},
		{"sigma", "ΟΔΟΣ οδός", "οδοσ οδόσ", []string{"οδοσ", "οδόσ"}},
		{"Chinese", "很好!", "很好!", []string{"很", "好", "!"}},
		{"Arabic", "خدمة سيئة؟", "خدمة سيئة؟", []string{"خدمة", "سيئة"}},
		{"broken UTF-8", "a\xffb\xc3", "a b ", []string{"a", "b"}},
		{"control", "a\x00b\x7f", "a b ", []string{"a", "b"}},
		{"empty", "", "", nil},
	}
	var text Text
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text.Read(test.text)
			if diff := cmp.Diff(test.want, forms(&text)); diff != "" {
				t.Errorf("tokens (-want +got):\n%s", diff)
			}
			if got := string(text.Folded); got != test.folded {
				t.Errorf("folded %q, want %q", got, test.folded)
			}
		})
	}
}

func TestCounts(t *testing.T) {
	var text Text
	text.Read("WORST thing EVER!!! soooo bad?? #fail @us http://x.org 😡 :( but ok")
	want := Counts{Words: 8, Caps: 2, Long: 1, Bangs: 3, Asks: 2, Tags: 1, Handles: 1, Links: 1, Emoji: 2, Clauses: 4, Contrast: true}
	if diff := cmp.Diff(want, text.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestEdge(t *testing.T) {
	for _, test := range []struct {
		a, b rune
		want bool
	}{{' ', 'a', true}, {'a', 'b', false}, {'a', '1', false}, {'a', '_', false}, {'a', '\'', true}, {'店', 'a', true}, {'è', 'a', false}, {'a', '가', true}, {'a', 'ー', true}} {
		if got := Edge(test.a, test.b); got != test.want {
			t.Errorf("Edge(%q, %q) = %t", test.a, test.b, got)
		}
	}
}

func TestLimit(t *testing.T) {
	var text Text
	text.Read(strings.Repeat("word ", 1<<20))
	if !text.Cut || len(text.Tokens) > Limit/5+1 {
		t.Errorf("cut %t, %d tokens", text.Cut, len(text.Tokens))
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"The pump broke, but :) 💓 #a @b", "\xff\xfe", "a\u0301\u0301", "é", "日本語 x", "𝗯", "don't", "--__..??!!", "<3 </3 >:("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var text Text
		text.Read(s)
		if !utf8.Valid(text.Folded) {
			t.Fatalf("folded is not UTF-8: %q", text.Folded)
		}
		last := uint32(0)
		for _, k := range text.Tokens {
			if k.Start < last || k.End < k.Start || int(k.End) > len(text.Folded) || int(k.Form+k.Len) > len(text.Forms) {
				t.Fatalf("token out of place: %+v in %d bytes", k, len(text.Folded))
			}
			last = k.Start
		}
		before := -1
		for _, e := range text.Edges {
			if int(e) <= before || int(e) >= len(text.Folded) {
				t.Fatalf("edges out of order: %v", text.Edges)
			}
			before = int(e)
		}
	})
}
