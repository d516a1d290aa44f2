package main

import (
	"fmt"

	"earshot/bot"
	"earshot/bot/analyze"
	"earshot/bot/analyze/sentiment"
)

// flagging tells what the threshold of flagging buys.
func (c *config) flagging() bot.Finding {
	m, err := sentiment.Load()
	if err != nil {
		return bot.Finding{What: "Sentiment: " + bot.Told(err), Mend: "Install the program again: its weights are damaged."}
	}
	at := c.Sentiment.FlagAt
	if at == 0 {
		at = analyze.DefaultFlagAt
	}
	b := m.Bought(at)
	return bot.Finding{OK: true, What: fmt.Sprintf("Sentiment: flagged from %.2f; on labelled tweets %.0f %% of what is flagged is negative, and %.0f %% of what is negative is flagged", at, 100*b.Precision, 100*b.Recall)}
}
