package card

import (
	"testing"

	"earshot/bot"
)

func TestAftermath(t *testing.T) {
	one, four, nine := bot.Rating{Value: 1, Of: 5}, bot.Rating{Value: 4, Of: 5}, bot.Rating{Value: 9, Of: 10, Survey: true}
	for _, tc := range []struct {
		want  string
		after bot.Aftermath
		was   bot.Rating
		now   bot.Rating
		state bot.ReplyState
	}{
		{"", bot.Aftermath{}, bot.Rating{}, four, bot.ReplyDone},
		{"", bot.Aftermath{Likes: 3}, bot.Rating{}, four, bot.ReplyDraft},
		{"answer: 1 like", bot.Aftermath{Likes: 1}, bot.Rating{}, bot.Rating{}, bot.ReplyDone},
		{"answer: 3 likes, 1 answer; the customer changed 1★ to 4★", bot.Aftermath{Likes: 3, Answers: 1}, one, four, bot.ReplyDone},
		{"the customer changed 1★ to 4★", bot.Aftermath{}, one, four, bot.ReplyDone},
		{"our answer is there no more", bot.Aftermath{Gone: true, Likes: 2}, bot.Rating{}, four, bot.ReplyDone},
		{"", bot.Aftermath{}, nine, nine, bot.ReplyDone},
	} {
		d := bot.Dossier{Reply: bot.Reply{State: tc.state, Aftermath: tc.after}, Was: tc.was, Mention: bot.Mention{Rating: tc.now}}
		if got := aftermath(d); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc, got, tc.want)
		}
	}
}

// TestLatest: what the customer wrote last stands on the card, cut and linked.
func TestLatest(t *testing.T) {
	if got := Latest(bot.Dossier{}); got != nil {
		t.Errorf("nothing since: %+v", got)
	}
	got := Latest(bot.Dossier{Latest: bot.Mention{ID: 2, Text: "The red one", URL: "https://social.example/2"}})
	if len(got) != 2 || got[0].Spans[1].URL != "https://social.example/2" || got[1].Kind != bot.BlockQuote || got[1].Spans[0].Text != "“The red one”" {
		t.Errorf("got %+v", got)
	}
}
