package language

import (
	"bytes"
	"unicode/utf8"

	"earshot/bot/analyze/token"
)

// script is how a word is written.
type script int

const (
	latin script = iota
	cyrillic
	greek
	hebrew
	arabic
	devanagari
	thai
	hangul
	kana
	han
	other
	scripts
)

// scriptOf is the script of most words of a text; kana wins over han, for
// Japanese uses both.
func scriptOf(t *token.Text) (most script, words int) {
	var n [scripts]int
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind != token.Word && k.Kind != token.Tag {
			continue
		}
		form := t.FormOf(*k)
		if len(form) == 0 || form[0] < '@' {
			continue
		}
		if words++; words > 4*maxWords {
			break
		}
		if form[0] < utf8.RuneSelf {
			n[latin]++
			continue
		}
		r, _ := utf8.DecodeRune(form)
		n[scriptOfRune(r)]++
	}
	if n[kana] > 0 && n[kana]+n[han] >= n[latin] {
		return kana, words
	}
	for s, count := range n {
		if count > n[most] {
			most = script(s)
		}
	}
	return most, words
}

func scriptOfRune(r rune) script {
	switch {
	case r < 0x250, r >= 0x1e00 && r <= 0x1eff:
		return latin
	case r >= 0x370 && r <= 0x3ff, r >= 0x1f00 && r <= 0x1fff:
		return greek
	case r >= 0x400 && r <= 0x52f:
		return cyrillic
	case r >= 0x590 && r <= 0x5ff:
		return hebrew
	case r >= 0x600 && r <= 0x6ff, r >= 0x750 && r <= 0x77f:
		return arabic
	case r >= 0x900 && r <= 0x97f:
		return devanagari
	case r >= 0xe00 && r <= 0xe7f:
		return thai
	case r >= 0xac00 && r <= 0xd7a3, r >= 0x1100 && r <= 0x11ff:
		return hangul
	case r >= 0x3040 && r <= 0x30ff:
		return kana
	case r >= 0x3400 && r <= 0x9fff, r >= 0x20000 && r <= 0x323af:
		return han
	}
	return other
}

// codeOf is the language that a script stands for; letters that only one
// language has tell Ukrainian from Russian, Persian and Urdu from Arabic.
func codeOf(s script, t *token.Text) string {
	switch s {
	case cyrillic:
		if bytes.ContainsAny(t.Forms, "іїєґ") {
			return "uk"
		}
		return "ru"
	case greek:
		return "el"
	case hebrew:
		return "he"
	case arabic:
		switch {
		case bytes.ContainsAny(t.Forms, "ٹڈڑے"):
			return "ur"
		case bytes.ContainsAny(t.Forms, "پچژگ"):
			return "fa"
		}
		return "ar"
	case devanagari:
		return "hi"
	case thai:
		return "th"
	case hangul:
		return "ko"
	case kana:
		return "ja"
	case han:
		return "zh"
	}
	return ""
}
