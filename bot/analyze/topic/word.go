package topic

import (
	"regexp"
	"strconv"
	"strings"

	"earshot/bot"
	"earshot/bot/analyze/match"
	"earshot/bot/analyze/token"
)

// The most that one word or pattern of the configuration may ask for.
const (
	maxRoom    = 10   // words between two parts of a phrase
	maxParts   = 8    // parts of a phrase
	maxWeight  = 20   // weight of one place
	maxPattern = 1000 // bytes of a pattern
)

// CheckWord tells what is wrong with a word of a topic; nil when nothing is.
// A word is a word or phrase, a "#tag", a "prefix*", or several in quotes with
// room between them: `"not work*"~3` finds "not even remotely working", with
// at most three words between each two. "^5" behind either is its weight: how
// much one place of it counts when topics are compared. Case does not count.
func CheckWord(word string) error {
	_, _, err := phraseOf(word)
	return err
}

// CheckPattern tells what is wrong with a pattern of a topic: a regular
// expression as RE2 has them (https://github.com/google/re2/wiki/Syntax),
// which is matched against the text in lower case, in linear time.
func CheckPattern(pattern string) error {
	if len(pattern) > maxPattern {
		return bot.Errorf(bot.ErrInvalid, "A pattern has %d characters; %d are the most.", len(pattern), maxPattern)
	}
	if _, err := regexp.Compile(pattern); err != nil {
		return &bot.Error{Kind: bot.ErrInvalid, Msg: "The pattern \"" + pattern + "\" is no regular expression (RE2 syntax): " + err.Error() + ".", Err: err}
	}
	return nil
}

// phraseOf reads a word of the configuration, and the weight behind it; 0 for
// none.
func phraseOf(word string) (match.Phrase, int, error) {
	word, weight, err := unweighted(strings.TrimSpace(word))
	if err != nil {
		return match.Phrase{}, 0, err
	}
	inside, room, err := unquoted(word)
	if err != nil {
		return match.Phrase{}, 0, err
	}
	parts := []string{inside}
	if room > 0 {
		parts = strings.Fields(inside)
	}
	if len(parts) > maxParts {
		return match.Phrase{}, 0, bot.Errorf(bot.ErrInvalid, "The phrase %s has %d words with room between them; %d are the most.", word, len(parts), maxParts)
	}
	p := match.Phrase{Gap: room}
	for _, part := range parts {
		body := strings.TrimSuffix(strings.TrimSpace(part), "*")
		if len(token.Term(body).Folded) == 0 {
			return match.Phrase{}, 0, bot.Errorf(bot.ErrInvalid, "There is an empty word (%q).", word)
		}
		if strings.Contains(body, "*") {
			return match.Phrase{}, 0, bot.Errorf(bot.ErrInvalid, "A star in %q does not end it; write a beginning such as delay*, or a pattern.", word)
		}
		p.Parts = append(p.Parts, []string{part})
	}
	if len(p.Parts) == 0 {
		return match.Phrase{}, 0, bot.Errorf(bot.ErrInvalid, "There is an empty word (%q).", word)
	}
	return p, weight, nil
}

// unweighted takes the weight off a word: "refund^3".
func unweighted(word string) (string, int, error) {
	i := strings.LastIndexByte(word, '^')
	if i <= 0 || i == len(word)-1 || strings.Trim(word[i+1:], "0123456789") != "" {
		return word, 0, nil // ^_^ is a word
	}
	weight, err := strconv.Atoi(word[i+1:])
	if err != nil || weight < 1 || weight > maxWeight {
		return "", 0, bot.Errorf(bot.ErrInvalid, "The weight of %q is not a number from 1 to %d.", word, maxWeight)
	}
	return word[:i], weight, nil
}

// unquoted takes the quotes and the room off a word: `"not work*"~3`.
func unquoted(word string) (inside string, room int, err error) {
	rest, quoted := strings.CutPrefix(word, `"`)
	if !quoted {
		return word, 0, nil
	}
	inside, tail, closed := strings.Cut(rest, `"`)
	if !closed {
		return "", 0, bot.Errorf(bot.ErrInvalid, "The quotes of %s are not closed.", word)
	}
	if tail == "" {
		return inside, 0, nil
	}
	room, bad := strconv.Atoi(strings.TrimPrefix(tail, "~"))
	if bad != nil || tail[0] != '~' || room < 1 || room > maxRoom {
		return "", 0, bot.Errorf(bot.ErrInvalid, "Behind the quotes of %s stands %q; write ~ and how many words may stand between, 1 to %d.", word, tail, maxRoom)
	}
	return inside, room, nil
}
