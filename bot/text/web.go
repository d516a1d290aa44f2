package text

import (
	"net/url"
	"strings"

	"github.com/k3a/html2text"
)

// HTML gives the words of an HTML fragment as Clean text: no scripts, styles,
// tags or link addresses.
func HTML(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return Clean(s)
	}
	return Clean(html2text.HTML2TextWithOptions(strings.ToValidUTF8(s, "\uFFFD"), html2text.WithUnixLineBreaks()))
}

// maxURL is the longest address that is linked: browsers and chat services
// refuse longer ones (Slack: 3,000 characters in a button's url,
// docs.slack.dev/reference/block-kit/block-elements/button-element).
const maxURL = 2000

// SafeURL gives s when it is an absolute http or https address with a host
// and without credentials, white space or control characters; else "".
func SafeURL(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxURL || strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r == 0x7f || r == '"' || r == '<' || r == '>' || r == '`' || r == '\\' || drop(r)
	}) {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return u.String()
}

// Nearest gives the word among those listed that is spelt most like word, or
// "" when none is near: at most one edit in three letters (Levenshtein 1966).
func Nearest(word string, among []string) string {
	best, bestAt := "", len(word)/3+1
	for _, w := range among {
		if d := distance(strings.ToLower(word), strings.ToLower(w)); d <= bestAt && d < max(len(w), 2) {
			if d < bestAt || best == "" {
				best, bestAt = w, d
			}
		}
	}
	return best
}

// distance counts the letters to insert, delete or change to get from a to b;
// two swapped neighbours count once.
func distance(a, b string) int {
	x, y := []rune(CutBytes(a, 200)), []rune(CutBytes(b, 200))
	before, prev, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(y)]
}
