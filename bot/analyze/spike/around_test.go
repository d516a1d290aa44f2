package spike

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

func TestAround(t *testing.T) {
	said := func(source string, author int64, followers, n int) []bot.Reading {
		var out []bot.Reading
		for range n {
			out = append(out, bot.Reading{Mention: bot.Mention{Source: source, URL: "https://social.example/1", Watches: []string{"Larkspur"},
				Author: bot.Author{ID: author, Handle: "a" + string(rune('0'+author)), Followers: followers}}, Verdict: bot.Verdict{Label: bot.Negative}})
		}
		return out
	}
	var during, before []bot.Reading
	during = append(during, said("social", 1, 120_000, 20)...)
	during = append(during, said("social", 2, 900, 9)...)
	during = append(during, said("reviews", 3, 3_000, 9)...)
	during = append(during, said("forum", 4, 5_000, 1)...)
	staff := said("social", 5, 1_000_000, 1)
	staff[0].Mention.Author.Staff = true
	during = append(during, staff...)
	before = append(append(said("reviews", 6, 0, 28), said("mail", 7, 0, 56)...), said("shop", 8, 0, 2)...)
	s := Around(bot.Spike{Series: bot.Series{Watch: "Larkspur", Negative: true}}, during, before, 6*time.Hour, 7*24*time.Hour)
	if d := cmp.Diff([]bot.Reach{{Author: "@a1", URL: "https://social.example/1", Followers: 120_000}, {Author: "@a4", URL: "https://social.example/1", Followers: 5_000}}, s.Reach); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]bot.Rise{{Name: "reviews", Now: 9, Usual: 1}, {Name: "forum", Now: 1}, {Name: "mail", Usual: 2}}, s.Elsewhere); d != "" {
		t.Error(d)
	}
	if s = Around(bot.Spike{Series: bot.Series{Watch: "Wren"}}, during, before, time.Hour, 0); s.Reach != nil || s.Elsewhere != nil {
		t.Errorf("of another watch: %+v", s)
	}
}
