package x

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/text"
)

// wanted is what is searched for: own, else the terms of the watches that
// listen to this source, each once. Unlike other services X knows "#tag" and
// "@name" as such, so they are kept.
func wanted(own []string, watches []bot.Watch, source string) []string {
	if len(own) == 0 {
		for _, w := range watches {
			if len(w.Sources) == 0 || slices.Contains(w.Sources, source) {
				own = append(own, w.Terms...)
			}
		}
	}
	var all []string
	known := map[string]bool{}
	for _, t := range own {
		if t = compiled(t); t != "" && !known[strings.ToLower(t)] {
			known[strings.ToLower(t)] = true
			all = append(all, t)
		}
	}
	return all
}

// compiled writes a term in X's query language
// (docs.x.com/x-api/posts/search/integrate/operators).
func compiled(term string) string {
	term = text.OneLine(term)
	switch {
	case strings.HasPrefix(term, "@") && handle(term[1:]), strings.HasPrefix(term, "#") && tag(term[1:]):
		return term
	}
	if term = strip(term); len(term) > maxTerm { // a wider search, checked on our side
		term = text.CutBytes(term, maxTerm)
		if i := strings.LastIndexByte(term, ' '); i > 0 {
			term = term[:i]
		}
	}
	term = text.OneLine(strings.NewReplacer(`"`, " ", `\`, " ").Replace(term))
	switch {
	case term == "":
		return ""
	case word(term) && !slices.Contains([]string{"and", "or", "not"}, strings.ToLower(term)):
		return term
	}
	return `"` + term + `"`
}

// word tells whether a term is one word that needs no quotation marks.
func word(term string) bool {
	return !strings.ContainsFunc(term, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// tag tells whether X links a word behind "#": it has a letter in it.
func tag(name string) bool {
	return strings.ContainsFunc(name, unicode.IsLetter) && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '_'
	})
}

// queries joins terms to as few queries as hold them, without reposts and
// without what our own account says.
func queries(terms []string, account string, limit int) []string {
	without := " -is:retweet"
	if account != "" {
		without += " -from:" + account
	}
	room := limit - utf8.RuneCountInString(without) - len("()")
	var groups [][]string
	used := 0
	for _, t := range terms {
		n := utf8.RuneCountInString(t)
		if last := len(groups) - 1; last >= 0 && used+len(" OR ")+n <= room {
			groups[last] = append(groups[last], t)
			used += len(" OR ") + n
			continue
		}
		if n > room {
			t = compiled(shorter(t, room))
			n = utf8.RuneCountInString(t)
		}
		groups, used = append(groups, []string{t}), n
	}
	var all []string
	for _, g := range groups {
		q := strings.Join(g, " OR ")
		if len(g) > 1 {
			q = "(" + q + ")"
		}
		all = append(all, q+without)
	}
	return all
}

// shorter cuts a term that no query holds, at a word where there is one.
func shorter(term string, room int) string {
	cut := []rune(strings.Trim(term, `"`))
	cut = cut[:min(len(cut), max(room-2, 1))]
	if i := slices.Index(cut, ' '); i > 0 {
		for j := len(cut) - 1; j > i; j-- {
			if cut[j] == ' ' {
				i = j
				break
			}
		}
		cut = cut[:i]
	}
	return string(cut)
}
