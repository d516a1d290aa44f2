package handlers

import (
	"fmt"
	"strings"

	"earshot/bot"
	"earshot/bot/card"
)

// followersFrom is the least number of followers worth a word.
const followersFrom = 500

// speaking is one line on who wrote it: "Gold customer since 2021 · 3,400
// followers · second time in a month (case 987, resolved)"; empty when nothing
// is known.
func speaking(s bot.Speaker) string {
	var parts []string
	if s.Customer.ID > 0 {
		parts = append(parts, card.Customer(s.Customer))
	}
	if s.Author.Followers >= followersFrom {
		parts = append(parts, card.Thousands(s.Author.Followers)+" followers")
	}
	switch {
	case s.LastCase > 0:
		parts = append(parts, card.Before(s))
	case s.Mentions == 1:
		parts = append(parts, "one earlier mention")
	case s.Mentions > 1:
		parts = append(parts, fmt.Sprintf("%d earlier mentions", s.Mentions))
	}
	return strings.Join(parts, " · ")
}
