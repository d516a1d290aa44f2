package card_test

import (
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/card"
)

func TestSpeaking(t *testing.T) {
	gold := bot.Customer{ID: 1, Tier: "gold", Since: time.Date(2021, 5, 1, 0, 0, 0, 0, time.UTC)}
	tests := []struct {
		name string
		s    bot.Speaker
		want string
	}{
		{"nobody knows", bot.Speaker{Author: bot.Author{Followers: -1}}, ""},
		{"all of it", bot.Speaker{Customer: gold, Author: bot.Author{Followers: 3400}, Cases: 1, LastCase: 987, LastState: bot.Resolved, Last30Days: 1},
			"Gold customer since 2021  ·  3,400 followers  ·  second time in a month (case 987, resolved)"},
		{"few followers are not worth a word", bot.Speaker{Author: bot.Author{Followers: 499}, Mentions: 1}, "one earlier mention"},
		{"a tier of any alphabet", bot.Speaker{Customer: bot.Customer{ID: 1, Tier: "écarlate"}}, "Écarlate customer"},
		{"again and again", bot.Speaker{LastCase: 3, LastState: bot.Answered, Last30Days: 8}, "9 times in a month (last case 3, answered)"},
		{"several", bot.Speaker{Mentions: 7}, "7 earlier mentions"},
		{"long ago", bot.Speaker{LastCase: 3, LastState: bot.Answered}, "wrote before (case 3, answered)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := card.Speaking(tt.s); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}
