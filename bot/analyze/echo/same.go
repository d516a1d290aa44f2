package echo

import (
	"bytes"
	"slices"

	"earshot/bot/analyze/token"
)

// Same tells whether two texts say the same in the same words: the second is
// the first, cut (six tenths of it must be left), with a few words put before
// it, or touched up: misspelt, a word dropped or added, in a long text one
// exchanged. A number or a negation that differs makes another complaint.
func Same(a, b *token.Text) bool {
	long, short := words(a), words(b)
	if len(short) > len(long) {
		long, short = short, long
	}
	if len(short) == 0 {
		return false
	}
	if len(short) < shortWords {
		return len(long) == len(short) && equal(long, short)
	}
	if 100*len(short) < leastLeft*len(long) {
		return false
	}
	most := perWord * float32(len(short))
	if align(long, short) <= most {
		return true
	}
	for n := 1; n <= maxAhead; n++ {
		if begins(long, short, n) && align(long[n:], short) <= most || begins(short, long, n) && align(long, short[n:]) <= most {
			return true
		}
	}
	return false
}

// begins tells whether a, without n words that stand before the rest, begins as
// b does. They may say anything but "not".
func begins(a, b [][]byte, n int) bool {
	if len(a) < n+firstWords || len(b) < firstWords || !equal(b[:firstWords], a[n:]) {
		return false
	}
	return !slices.ContainsFunc(a[:n], token.Negates)
}

// leastLeft is how much of a text must be left when it was cut, in percent:
// six tenths, less the word the cut fell into.
const leastLeft = 55

// perWord is how much a text may differ for each of its words: one word in
// nine dropped or added, one in twenty-four exchanged.
const perWord = 0.155

// What a difference costs.
const (
	costAdded    = 1.3  // a word that only the longer text has
	costExtra    = 2.4  // a word that only the shorter text has: with the other, a word exchanged
	costFiller   = 0.5  // a filler added or dropped
	costSwapped  = 0.8  // one filler for another
	costMisspelt = 0.3  //
	costMeaning  = 99.0 // a number or a negation
)

// comparedWords is how many words of a text are compared.
const comparedWords = 200

// maxAhead is how many words may stand before the rest, of which so many must
// then be the same.
const (
	maxAhead   = 4
	firstWords = 3
)

// filler tells whether a word says little by itself.
func filler(w []byte) bool {
	if len(w) < 3 {
		return true
	}
	switch string(w) {
	case "the", "and", "but", "for", "was", "are", "you", "our", "its", "has", "had", "this", "that", "just", "really", "very", "also", "actually", "again",
		"der", "die", "das", "den", "dem", "und", "ein", "eine", "ist", "war", "auch", "sehr", "les", "des", "une", "est", "que", "los", "las", "una", "con", "por", "muy",
		"gli", "che", "per", "uma", "com":
		return true
	}
	return false
}

// words are the words that count, in their normalised form, numbers as they are
// written. They share t's memory.
func words(t *token.Text) [][]byte {
	list := make([][]byte, 0, min(len(t.Tokens), comparedWords))
	each(t, func(k token.Token) bool {
		w := t.FormOf(k)
		if bytes.IndexByte(w, '0') >= 0 { // a form has lost its digits
			w = bytes.TrimPrefix(t.Folded[k.Start:k.End], []byte("#"))
		}
		list = append(list, w)
		return len(list) < comparedWords
	})
	return list
}

func equal(a, b [][]byte) bool {
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

// width is how far out of step two texts are looked at.
const width = 6

// align is the least cost of making short of long by word edits (Needleman and
// Wunsch, 1970), where what follows in long costs nothing: it was cut off.
func align(long, short [][]byte) float32 {
	const far = 1e6
	before, now := make([]float32, len(long)+1), make([]float32, len(long)+1)
	for j := range before {
		before[j] = far
	}
	before[0] = 0
	for j := 1; j <= min(width, len(long)); j++ {
		before[j] = before[j-1] + gap(long[j-1], costAdded)
	}
	for i := 1; i <= len(short); i++ {
		for j := range now {
			now[j] = far
		}
		least := float32(far)
		for j := max(0, i-width); j <= min(len(long), i+width); j++ {
			now[j] = before[j] + gap(short[i-1], costExtra)
			if j > 0 {
				cut := i == len(short) && j < len(long)
				now[j] = min(now[j], now[j-1]+gap(long[j-1], costAdded), before[j-1]+exchange(long[j-1], short[i-1], cut))
			}
			least = min(least, now[j])
		}
		if least > perWord*float32(len(short)) {
			return least
		}
		before, now = now, before
	}
	best := before[len(long)]
	for j := len(short) - width; j < len(long); j++ { // what was cut off
		if j >= 0 {
			best = min(best, before[j])
		}
	}
	return best
}

// gap is what a word costs that only one of the texts has, if it says much.
func gap(w []byte, much float32) float32 {
	switch {
	case meaning(w):
		return costMeaning
	case filler(w):
		return costFiller
	}
	return much
}

// exchange is what word b in the place of a, of the longer text, costs; cut tells that b is
// the last word before a cut.
func exchange(a, b []byte, cut bool) float32 {
	switch {
	case bytes.Equal(a, b):
		return 0
	case cut && bytes.HasPrefix(a, b):
		return costMisspelt
	case meaning(a) || meaning(b):
		return costMeaning
	case misspelt(a, b):
		return costMisspelt
	case filler(a) && filler(b):
		return costSwapped
	}
	return gap(a, costAdded) + gap(b, costExtra)
}

// meaning tells whether a word changes what is said by being there: a number,
// or a negation.
func meaning(w []byte) bool {
	for _, c := range w {
		if c >= '0' && c <= '9' {
			return true
		}
	}
	return token.Negates(w)
}

// shortestMisspelt is how long two words must be to be one, misspelt.
const shortestMisspelt = 4

// misspelt tells whether two words differ by one slip of the pen: a letter
// more, less, other, or two swapped.
func misspelt(a, b []byte) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(b) < shortestMisspelt-1 || len(a) < shortestMisspelt || len(a)-len(b) > 2 {
		return false
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	x, y := a[i:], b[i:]
	for len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	switch {
	case len(y) == 0:
		return i > 0 && len(x) == 1 || i >= shortestMisspelt && len(x) == 2
	case len(x) == 2 && len(y) == 2 && x[0] == y[1] && x[1] == y[0]:
		return true
	}
	return len(x) == 1 && len(y) == 1 && i > 0
}
