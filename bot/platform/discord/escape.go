package discord

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"earshot/bot/text"
)

// length counts s as Discord counts: UTF-16 code units, the higher of the two
// ways (the other is code points) that its clients and its API use.
func length(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// short cuts s to at most n of what length counts, whole graphemes only, and
// shows the cut. s is one line in plain text.
func short(s string, n int) string {
	s = text.OneLine(s)
	if length(s) <= n {
		return s
	}
	return strings.TrimRightFunc(fitting(s, n-1), unicode.IsSpace) + "…"
}

// fitting is the longest beginning of s, in whole graphemes, of at most n of
// what length counts.
func fitting(s string, n int) string {
	used, end := 0, 0
	for g := graphemes.FromString(s); g.Next(); {
		if used += length(g.Value()); used > n {
			break
		}
		end = g.End()
	}
	return s[:end]
}

// shortOr is short, or otherwise when nothing is left to show.
func shortOr(s string, n int, otherwise string) string {
	if s = short(s, n); s == "" {
		return short(otherwise, n)
	}
	return s
}

// escape makes clean text that Discord shows exactly as it is: no emphasis,
// heading, list, quote, code, spoiler, link, invite, mention, emoji or
// timestamp comes of it (docs.discord.com/developers/reference#message-formatting).
// Discord takes a backslash before any character that is neither a letter, a
// digit nor a space.
func escape(s string) string { return escapeAt(s, 0, s) }

// escapeAt escapes piece, which stands in s at start.
func escapeAt(s string, start int, piece string) string {
	if !strings.ContainsFunc(piece, func(r rune) bool { return r < utf8.RuneSelf && !unicode.IsLetter(r) }) {
		return piece // every special character is ASCII
	}
	var b strings.Builder
	for i, r := range piece {
		if special(s, start+i, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// special tells whether the character r at s[i] could begin or end markup.
func special(s string, i int, r rune) bool {
	switch r {
	case '\\', '*', '_', '~', '`', '|', '<', '[', ']', '@':
		return true
	case '#', '>', '-', '+':
		return lineStart(s[:i])
	case '.':
		return listNumber(s[:i])
	case ':': // a scheme or a shortcode of an emoji; a colon before a space is neither
		return i+1 == len(s) || !strings.ContainsRune(" \n\t", rune(s[i+1]))
	case '/':
		return invite(s[:i])
	}
	return false
}

// lineStart tells whether only spaces stand before, on the line. The start of
// a span counts: the span before it may have ended in a line end.
func lineStart(before string) bool {
	before = strings.TrimRight(before, " \t")
	return before == "" || before[len(before)-1] == '\n'
}

// listNumber tells whether a dot here would make "12." a list.
func listNumber(before string) bool {
	return lineStart(strings.TrimRight(before, "0123456789"))
}

// invite tells whether an address that Discord unfolds into an invitation
// stands before.
func invite(before string) bool {
	tail := strings.ToLower(before[max(0, len(before)-24):])
	for _, host := range []string{"discord.gg", "discord.com/invite", "discordapp.com/invite", "discord.com", "discord.me"} {
		if strings.HasSuffix(tail, host) {
			return true
		}
	}
	return false
}

// linkTarget is url as it can stand in a masked link or a button: "" when it is not
// safe, its round brackets encoded so that it cannot end early.
func linkTarget(url string, most int) string {
	url = strings.NewReplacer("(", "%28", ")", "%29").Replace(text.SafeURL(url))
	if length(url) > most || !strings.Contains(hostOf(url), ".") {
		return ""
	}
	return url
}

// hostOf is the host of an address that SafeURL has passed.
func hostOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}
