// Package text makes the words of others safe to keep and to show: valid
// UTF-8 without control or direction-changing characters, cut where a person
// would cut, and never markup. Escaping for a platform is that platform's own.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// ellipsis shows that something was cut.
const ellipsis = "…"

// Clean gives s as plain text: valid UTF-8, "\n" for every line end, no
// control characters, no bidirectional overrides or isolates (Unicode TR 9),
// no invisible padding, and at most three marks on one letter. Joiners inside
// emoji and Indic or Arabic words stay.
func Clean(s string) string {
	if plain(s) {
		return strings.TrimSpace(s)
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	var b strings.Builder
	b.Grow(len(s))
	marks := 0
	for _, r := range s {
		if r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085' || r == '\v' || r == '\f' {
			r = '\n'
		}
		if drop(r) {
			continue
		}
		if !unicode.Is(unicode.Mn, r) {
			marks = 0
		} else if marks++; marks > 3 {
			continue
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(squeezeLines(b.String()))
}

// plain tells whether s is printable ASCII, which needs no work.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\n' || c >= 0x7f {
			return false
		}
	}
	return !strings.Contains(s, "\n\n\n")
}

// squeezeLines leaves at most one empty line in a row.
func squeezeLines(s string) string {
	for strings.Contains(s, "\n\n\n") {
		s = strings.ReplaceAll(s, "\n\n\n", "\n\n")
	}
	return s
}

// drop tells which characters nobody should be shown.
func drop(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < 0x20 || r >= 0x7f && r < 0xa0: // C0, DEL, C1
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // bidi embeddings, overrides, isolates
		return true
	case r == 0x200e || r == 0x200f || r == 0x061c: // direction marks
		return true
	case r == 0x200b || r == 0x2060 || r == 0xfeff || r == 0x00ad || r == 0x180e: // invisible
		return true
	case r >= 0x2061 && r <= 0x2064, r >= 0x206a && r <= 0x206f, r >= 0xfff9 && r <= 0xfffb:
		return true
	case r == 0x3164 || r == 0x115f || r == 0x1160 || r == 0xffa0: // blank Hangul fillers
		return true
	case r >= 0xe0000 && r <= 0xe007f && !(r >= 0xe0020 && r <= 0xe007f): // language tags
		return true
	}
	return unicode.Is(unicode.Cs, r) || unicode.Is(unicode.Co, r)
}

// OneLine is Clean with every run of white space made one space.
func OneLine(s string) string {
	return strings.Join(strings.Fields(Clean(s)), " ")
}

// Length counts what a reader would call characters: grapheme clusters
// (Unicode TR 29).
func Length(s string) int {
	n := 0
	for g := graphemes.FromString(s); g.Next(); {
		n++
	}
	return n
}

// Cut gives at most n graphemes of s; where something is cut, the last of
// them is an ellipsis.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	if n <= 0 {
		return ""
	}
	count, last := 0, 0 // last: end of grapheme n-1
	for g := graphemes.FromString(s); g.Next(); {
		count++
		if count == n-1 {
			last = g.End()
		}
		if count > n {
			return strings.TrimRightFunc(s[:last], unicode.IsSpace) + ellipsis
		}
	}
	return s
}

// CutWords is Cut at a word boundary, where there is one in the last third.
func CutWords(s string, n int) string {
	cut := Cut(s, n)
	if cut == s {
		return s
	}
	body := strings.TrimSuffix(cut, ellipsis)
	if next, _ := utf8.DecodeRuneInString(s[len(body):]); unicode.IsSpace(next) {
		return body + ellipsis
	}
	if i := strings.LastIndexFunc(body, unicode.IsSpace); i > len(body)*2/3 {
		body = strings.TrimRightFunc(body[:i], func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' })
	}
	return body + ellipsis
}

// CutBytes gives at most n bytes of s, whole characters only, without a mark
// that it was cut: for what a machine counts.
func CutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Words gives the words of s in lower case: runs of letters, digits and marks,
// with an apostrophe inside kept.
func Words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
	})
}
