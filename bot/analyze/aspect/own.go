package aspect

import (
	"strings"
	"unicode/utf8"
)

// Own is a text without what its author only repeats: lines behind ">", what
// follows "RT @somebody", and longer pieces in quotation marks that a word of
// saying leads to. A text without any of it is given back as it is.
func Own(s string) string {
	if strings.IndexByte(s, '>') >= 0 {
		s = ownLines(s)
	}
	if at := retweet(s); at >= 0 {
		s = s[:at]
	}
	for _, mark := range [...]string{`"`, "“", "„", "«"} { // one by one: ContainsAny is slow beyond ASCII
		if strings.Contains(s, mark) {
			return unquoted(s)
		}
	}
	return s
}

// ownLines leaves out quoted lines, and the line that introduces them: "On
// Tuesday Ann wrote:".
func ownLines(s string) string {
	lines := strings.Split(s, "\n")
	kept := lines[:0]
	found := false
	for _, l := range lines {
		if !isQuoted(l) {
			kept = append(kept, l)
			continue
		}
		found = true
		if n := len(kept); n > 0 && strings.HasSuffix(strings.TrimSpace(kept[n-1]), ":") {
			kept = kept[:n-1]
		}
	}
	if !found {
		return s
	}
	return strings.Join(kept, "\n")
}

// isQuoted tells whether a line is quoted: ">" before a space, a letter or
// another one. ">:(" is a face, "> 3" and ">>> Wren" at the beginning are
// taken for quotes.
func isQuoted(line string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(line, " \t"), ">")
	if !ok || rest == "" {
		return ok
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return !strings.ContainsRune(":;=<_.-", r)
}

// retweet is where "RT @somebody" begins; -1 for nowhere.
func retweet(s string) int {
	for from := 0; ; {
		at := strings.Index(s[from:], "RT @")
		if at < 0 {
			return -1
		}
		at += from
		if at == 0 || strings.IndexByte(" \n\t(\"|:.!?", s[at-1]) >= 0 {
			return at
		}
		from = at + 1
	}
}

// quotedWords is from how many words on a quotation is somebody's saying; one
// or two in quotation marks are a name, or meant the other way.
const quotedWords = 3

// maxQuotes bounds the quotations of a text that are looked at.
const maxQuotes = 32

// unquoted leaves out what stands in quotation marks behind or before a word
// of saying.
func unquoted(s string) string {
	var b strings.Builder
	done, found := 0, false
	for range maxQuotes {
		open, inner, end := quotation(s, done)
		if open < 0 {
			break
		}
		b.WriteString(s[done:open])
		if isSaying(s[done:open], s[end:], inner) {
			found = true
			b.WriteByte(' ')
		} else {
			b.WriteString(s[open:end])
		}
		done = end
	}
	if !found {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// quotation finds the first piece in quotation marks from a place on: where it
// begins, what stands in it, and where it ends; -1 where there is none.
func quotation(s string, from int) (open int, inner string, end int) {
	at := strings.IndexAny(s[from:], "\"“„«")
	if at < 0 {
		return -1, "", 0
	}
	open = from + at
	first, size := utf8.DecodeRuneInString(s[open:])
	closing := map[rune]string{'"': "\"”", '“': "”\"", '„': "“”\"", '«': "»"}[first]
	n := strings.IndexAny(s[open+size:], closing)
	if n < 0 {
		return -1, "", 0
	}
	inner = s[open+size : open+size+n]
	end = open + size + n
	_, last := utf8.DecodeRuneInString(s[end:])
	return open, inner, end + last
}

// near is how many words before and after a quotation are looked at.
const near = 4

// isSaying tells whether a quotation is what somebody said.
func isSaying(before, after, inner string) bool {
	words := len(strings.Fields(inner))
	lead := lastWords(before, near)
	for _, w := range lead {
		if saying(w) && (words >= quotedWords || calls(w)) {
			return true
		}
	}
	if words < quotedWords {
		return false
	}
	for _, w := range firstWords(after, near) {
		if saying(w) {
			return true
		}
	}
	return false
}

// wordsWithin bounds how many bytes are cut into words beside a quotation.
const wordsWithin = 80

func lastWords(s string, n int) []string {
	if len(s) > wordsWithin {
		s = s[len(s)-wordsWithin:]
	}
	if i := strings.LastIndexAny(s, ".!?\n"); i >= 0 {
		s = s[i+1:]
	}
	list := strings.Fields(s)
	return list[max(0, len(list)-n):]
}

func firstWords(s string, n int) []string {
	s = s[:min(len(s), wordsWithin)]
	if i := strings.IndexAny(s, ".!?\n"); i >= 0 {
		s = s[:i]
	}
	list := strings.Fields(s)
	return list[:min(len(list), n)]
}

func saying(w string) bool {
	switch strings.ToLower(strings.Trim(w, ",:;")) {
	case "said", "says", "say", "saying", "wrote", "writes", "write", "told", "tell", "tells", "claim", "claims", "claimed", "promised", "promise", "promises",
		"replied", "answered", "asked", "announced", "quote", "quoting", "reads", "advertise", "advertised",
		"sagte", "sagt", "sagen", "schreibt", "schreiben", "schrieb", "meinte", "dice", "dijo", "dicen", "dit", "disent", "écrit", "disse", "diz":
		return true
	}
	return calls(w)
}

// calls tells of words that give something a name: what they say in two words
// is theirs as well.
func calls(w string) bool {
	switch strings.ToLower(strings.Trim(w, ",:;")) {
	case "call", "calls", "called", "calling", "labelled", "labeled", "nennt", "nennen":
		return true
	}
	return false
}
