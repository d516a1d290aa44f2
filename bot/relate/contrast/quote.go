package contrast

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/text"
)

// Lengths of what reads well, in characters.
const (
	quoteLeast = 30
	quoteBest  = 180
	quoteMost  = 400
)

// Worth is how well a mention can be quoted: first-hand, short, with a place
// where all can read it. It is below 0 for what must not be: what only we can
// read, what was taken back, and what holds an e-mail address or a telephone
// number.
func Worth(r bot.Reading) int {
	m := r.Mention
	said := m.Said()
	n := utf8.RuneCountInString(said)
	if m.Private || m.Deleted || m.RepostOf != "" || n == 0 || personal(text.CutBytes(said, bytesPerText)) {
		return -1
	}
	worth := 0
	switch {
	case n < quoteLeast:
	case n <= quoteBest:
		worth += 4
	case n <= quoteMost:
		worth += 2
	default:
		worth++
	}
	switch r.Verdict.Voice {
	case bot.FirstHand:
		worth += 3
	case bot.Hearsay:
		worth -= min(worth, 2)
	}
	if text.SafeURL(m.URL) != "" {
		worth++
	}
	return worth
}

// personalDigits is how many digits in a row, spaces and the like between, may
// be a telephone, card or booking number.
const personalDigits = 7

// personal tells whether s holds an e-mail address or a long number.
func personal(s string) bool {
	digits := 0
	var before rune
	for i, r := range s {
		switch {
		case unicode.IsDigit(r):
			if digits++; digits >= personalDigits {
				return true
			}
		case strings.ContainsRune(" -./()+", r):
		default:
			digits = 0
		}
		if r == '@' && isLetter(before) && i+1 < len(s) {
			if next, _ := utf8.DecodeRuneInString(s[i+1:]); isLetter(next) {
				return true
			}
		}
		before = r
	}
	return false
}

// quotes are the mentions that are best quoted, the best first.
type quotes []said

const maxQuotes = 4

// offer takes a text in if it is among the best; of equals, the latest.
func (q *quotes) offer(t said) {
	if t.worth < 0 || t.mention == 0 {
		return
	}
	i := slices.IndexFunc(*q, func(o said) bool { return t.worth > o.worth || t.worth == o.worth && t.mention > o.mention })
	if i < 0 {
		i = len(*q)
	}
	if i >= maxQuotes || slices.ContainsFunc(*q, func(o said) bool { return o.mention == t.mention }) {
		return
	}
	*q = slices.Insert(*q, i, t)
	*q = (*q)[:min(len(*q), maxQuotes)]
}

func (q quotes) mentions() []int64 {
	ids := make([]int64, len(q))
	for i, t := range q {
		ids[i] = t.mention
	}
	return ids
}

// Excerpt is at most n characters of what a mention says, with the phrase in
// it; what is left out shows. It is "" when the mention does not say the
// phrase (any more).
func Excerpt(r bot.Reading, phrase string, n int) string {
	t, ok := TextOf(r)
	if !ok || t.Worth < 0 {
		return ""
	}
	said := text.OneLine(text.CutBytes(t.Said, bytesPerText))
	at, end := find(said, phrase, familyOf(t.Language))
	if at < 0 {
		return ""
	}
	if text.Length(said) <= n {
		return said
	}
	start := sentenceStart(said, at)
	if text.Length(said[start:end]) <= n-n/8 {
		return text.CutWords(said[start:], n)
	}
	start = at - wordsBack(said[:at], n/3) // the sentence begins too far away
	return "…" + text.CutWords(said[start:], n-1)
}

// sentenceStart is where the sentence that holds s[at] begins.
func sentenceStart(s string, at int) int {
	for i := at; i > 1; i-- {
		if s[i-1] == ' ' && strings.IndexByte(".!?", s[i-2]) >= 0 {
			return i
		}
	}
	return 0
}

// wordsBack is how many bytes of the end of s are whole words of at most n
// characters.
func wordsBack(s string, n int) int {
	from := len(s)
	for i := len(s); i > 0 && n > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
		if s[i] == ' ' {
			from = i + 1
		}
	}
	return len(s) - from
}

// find is where the words of a phrase stand in s; -1 when they do not.
func find(s, phrase string, f family) (at, end int) {
	var want []string
	scan(phrase, func(p piece) bool {
		want = append(want, stem(string(appendLower(nil, phrase[p.start:p.end])), f))
		return true
	})
	var places []piece
	var stems []string
	at, end = -1, -1
	scan(s, func(p piece) bool {
		if p.breaks {
			places, stems = places[:0], stems[:0]
		}
		places, stems = append(places, p), append(stems, stem(string(appendLower(nil, s[p.start:p.end])), f))
		if n := len(stems) - len(want); n >= 0 && len(want) > 0 && slices.Equal(stems[n:], want) {
			at, end = places[n].start, p.end
			return false
		}
		if len(stems) > wordsPerText {
			places, stems = slices.Clone(places[len(places)-maxPhrase:]), slices.Clone(stems[len(stems)-maxPhrase:])
		}
		return true
	})
	return at, end
}

// maxPhrase is the most words of a phrase.
const maxPhrase = 3
