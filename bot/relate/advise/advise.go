// Package advise says whether an answer belongs where everybody reads it, or
// where only the customer does, by rules that a person can check, each with its
// reason. It is pure.
package advise

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"earshot/bot"
	"earshot/bot/text"
)

// Place is where an answer belongs.
type Place string

// The places. Either is fine where no rule speaks.
const (
	Either  Place = ""
	Private Place = "private"
	Public  Place = "public"
)

// Advice is where an answer belongs, and why.
type Advice struct {
	Place Place
	Why   string // a sentence for the writer; empty for Either
}

// Question is what is known of what is answered.
type Question struct {
	Mention bot.Mention
	Verdict bot.Verdict
	People  int    // who said the same, the customer among them
	Draft   string // what is about to be answered; may be empty
}

// many is how many people make an answer worth reading for others.
const many = 3

// For advises on an answer. What is personal counts before what is useful to
// others: an answer that is private by mistake costs a reader, one that is
// public by mistake costs the customer.
func For(q Question) Advice {
	said := q.Mention.Said()
	for _, of := range []struct{ words, who string }{{said, "The customer wrote"}, {q.Draft, "Your answer has"}} {
		if a, ok := personalAdvice(of.words, of.who); ok {
			return a
		}
	}
	if q.Mention.Private {
		return Advice{Private, "The customer wrote this in private."}
	}
	if word, ok := health(said); ok {
		return Advice{Private, fmt.Sprintf("It is about somebody's health (“%s”).", word)}
	}
	if q.People >= many {
		return Advice{Public, fmt.Sprintf("%d people say the same: all of them can read a public answer.", q.People)}
	}
	if q.Verdict.Voice == bot.Hearsay {
		return Advice{Public, "It is passed on from others: a public answer sets it right for whoever reads along."}
	}
	if hasIntent(q.Verdict, bot.Question) && !hasIntent(q.Verdict, bot.Complaint) {
		return Advice{Public, "It is a question that others may have: a public answer is found by them too."}
	}
	return Advice{}
}

func hasIntent(v bot.Verdict, want bot.Intent) bool {
	for _, i := range v.Intents {
		if i.Name == want {
			return true
		}
	}
	return false
}

// personalAdvice looks for what only the customer should read.
func personalAdvice(words, who string) (Advice, bool) {
	if number, ok := orderNumber(words); ok {
		return Advice{Private, fmt.Sprintf("%s an order number (%s).", who, cover(number))}, true
	}
	found := Personal(words)
	if len(found) == 0 {
		return Advice{}, false
	}
	article := "a"
	if strings.HasPrefix(found[0].What, "e") {
		article = "an"
	}
	return Advice{Private, fmt.Sprintf("%s %s %s (%s).", who, article, found[0].What, found[0].Shown)}, true
}

// How far behind the word for it a number stands, in words; and how many such
// words of a text are looked at.
const (
	numberWithin = 5
	aboutMost    = 20
)

// aboutOrders finds the words behind which a number stands, and what stands
// behind a #.
var aboutOrders = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)#|` + strings.Join(orderWords(), "|"))
})

// orderNumber finds an order, booking, ticket, parcel or customer number: at
// least five letters and digits, three of them digits, near the word for it.
func orderNumber(s string) (string, bool) {
	for _, at := range aboutOrders().FindAllStringIndex(s, aboutMost) {
		behind := s[at[1]:]
		within := numberWithin
		if s[at[0]:at[1]] == "#" {
			within = 1
		}
		for range within {
			behind = strings.TrimLeft(behind, " \t\n.:;,#№°º-")
			end := strings.IndexFunc(behind, func(r rune) bool { return unicode.IsSpace(r) || r == ':' || r == ',' || r == ';' })
			if end < 0 {
				end = len(behind)
			}
			if word := strings.Trim(behind[:end], ".!?()\"'“”„«»"); isNumber(word) {
				return word, true
			}
			behind = behind[end:]
		}
	}
	return "", false
}

// isNumber tells an order number from a year, a date, a price and a word.
func isNumber(word string) bool {
	length, digits := 0, 0
	for _, r := range word {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r != '-' && r != '/' && !unicode.IsLetter(r):
			return false
		}
		if length++; length > 31 {
			return false
		}
	}
	return length >= 5 && digits >= 3 && !looksLikeDate(word)
}

// health finds a word that tells of somebody's body or illness.
func health(s string) (string, bool) {
	words := text.Words(s)
	for _, w := range words {
		if i := strings.LastIndexAny(w, "'’"); i >= 0 { // l'hôpital
			w = strings.TrimLeft(w[i:], "'’")
		}
		for _, h := range healthWords() {
			stem, open := strings.CutSuffix(h, "*")
			if w == stem || open && strings.HasPrefix(w, stem) {
				return w, true
			}
		}
	}
	return "", false
}

// HandOver is what to write in public where the rest belongs in private: in the
// customer's language where it is known, else in English.
func HandOver(language string) string {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	if t, ok := handOvers()[base]; ok {
		return t
	}
	return handOvers()["en"]
}
