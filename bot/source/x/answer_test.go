package x

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

func TestAnswers(t *testing.T) {
	s := newServer(t)
	src := at(t, s, with(s))
	s.Set(func() { s.said("@larkspur the kettle leaks", "ann", s.clock); s.said("A kettle", "ann", s.clock) })
	all, _ := sourcetest.Poll(t, src, "")
	m := all[0]
	ways := src.Ways(m)
	if len(ways) != 1 || !ways[0].Public || ways[0].Limit != 280 || ways[0].Label != "Public reply on X as @larkspur" {
		t.Fatalf("ways %+v", ways)
	}
	if w := src.Ways(all[1]); len(w) != 1 || !strings.Contains(w[0].Label, "may refuse") {
		t.Errorf("to who did not mention us: %+v", w)
	}
	r := bot.Reply{ID: 5, Text: "Sorry & see https://larkspur.example/a", CreatedAt: s.clock}
	if _, there, err := src.FindAnswer(t.Context(), m, r); there || err != nil {
		t.Fatalf("found before it was sent: %v", err)
	}
	s.Set(func() { s.lose = true })
	if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUncertain {
		t.Fatalf("a lost answer is %v", err)
	}
	s.Set(func() { s.lose = false })
	found, there, err := src.FindAnswer(t.Context(), m, r)
	if err != nil || !there || found.URL != "https://x.com/larkspur/status/"+found.ExternalID {
		t.Fatalf("found %+v, %v", found, err)
	}
	if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUncertain {
		t.Errorf("the same again is %v", err)
	}
	if _, there, _ := src.FindAnswer(t.Context(), all[1], r); there {
		t.Error("an answer to another is taken for this one")
	}
	s.Set(func() {
		s.posts[len(s.posts)-1]["public_metrics"] = map[string]any{"like_count": 4, "reply_count": 2}
	})
	if got, err := src.Follow(t.Context(), m, found); err != nil || got != (bot.Aftermath{Likes: 4, Answers: 2}) {
		t.Errorf("what became of it is %+v, %v", got, err)
	}
	s.Set(func() { s.gone = append(s.gone, found.ExternalID) })
	if got, err := src.Follow(t.Context(), m, found); err != nil || !got.Gone {
		t.Errorf("deleted, it is %+v, %v", got, err)
	}
}

func TestRefusals(t *testing.T) {
	s := newServer(t)
	src := at(t, s, with(s))
	for detail, want := range map[string]bot.ErrorKind{
		"Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to.": bot.ErrForbidden,
		"You attempted to reply to a Tweet that is deleted or not visible to you.":                                                                          bot.ErrGone,
		"Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.":                                                  bot.ErrUnauthorized,
		"You are not permitted to perform this action.":                                                                                                     bot.ErrUnauthorized,
	} {
		s.Set(func() { s.refuse = map[string]any{"detail": detail, "status": http.StatusForbidden} })
		_, err := src.Answer(t.Context(), bot.Mention{ExternalID: "5"}, bot.Reply{Text: "Sorry!"})
		if bot.KindOf(err) != want {
			t.Errorf("%s: %v", detail, err)
		}
	}
	s.Set(func() { s.refuse = map[string]any{"title": "CreditsDepleted", "status": http.StatusPaymentRequired} })
	if _, err := src.Answer(t.Context(), bot.Mention{ExternalID: "5"}, bot.Reply{Text: "Sorry!"}); bot.KindOf(err) != bot.ErrUnauthorized || !strings.Contains(bot.Told(err), "credits") {
		t.Errorf("without credits: %v", err)
	}
	if _, err := src.Answer(t.Context(), bot.Mention{ExternalID: "5"}, bot.Reply{Text: strings.Repeat("日", 141)}); bot.KindOf(err) != bot.ErrInvalid {
		t.Errorf("too long is %v", err)
	}
	if len(s.posts) != 0 {
		t.Errorf("%d posts stand", len(s.posts))
	}
}

// TestSignature is the example of X's documentation
// (docs.x.com/resources/fundamentals/authentication/oauth-1-0a/creating-a-signature).
func TestSignature(t *testing.T) {
	req := httptest.NewRequest(http.MethodPost, "https://api.twitter.com/1.1/statuses/update.json?include_entities=true&status=Hello%20Ladies%20%2B%20Gentlemen%2C%20a%20signed%20OAuth%20request%21", nil)
	k := keys{key: "xvz1evFS4wEEPTGEFPHBog", secret: "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
		token: "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", secretOfAccess: "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"}
	k.sign(req, "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg", time.Unix(1318622958, 0))
	if got := req.Header.Get("Authorization"); !strings.Contains(got, `oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D"`) || strings.Contains(got, "kAcSO") {
		t.Error(got)
	}
}

func TestLength(t *testing.T) {
	src := &Source{}
	for in, want := range map[string]int{
		"abc": 3, "日本": 4, "": 0, "é": 1, "e\u0301": 1, "привет": 6, "مرحبا": 5, "한글": 4,
		"see https://example.com/a/b/c?d=e now": 4 + 23 + 4, "http://a.b": 23, "larkspur.example.com/x is ours": 23 + 8, "write to a@example.com": 22,
		"🔥": 2, "👨‍👩‍👧": 2, "👍🏽": 2, "🇩🇪": 2, "1️⃣": 2, "❤️": 2, "©": 1, "🔥🔥 ok": 7, "“quoted”…": 10, "नमस्ते": 6,
	} {
		if got := src.Length(in); got != want {
			t.Errorf("%q counts %d, want %d", in, got, want)
		}
	}
}

func FuzzLength(f *testing.F) {
	f.Add("see https://x.example 👍🏽 日本")
	src := &Source{}
	f.Fuzz(func(t *testing.T, in string) {
		if n := src.Length(in); n < 0 || in == "" && n != 0 {
			t.Fatalf("%q counts %d", in, n)
		}
	})
}

func TestQueries(t *testing.T) {
	got := queries(wanted(nil, []bot.Watch{
		{Terms: []string{"Larkspur", "#Kettle", "@larkspur", "it's \"fine\"", "OR", "larkspur", " ", "@", "#1"}}, {Terms: []string{"blog"}, Sources: []string{"blog"}}}, "x"), "larkspur", 512)
	if want := []string{`(Larkspur OR #Kettle OR @larkspur OR "it's fine" OR "OR" OR 1) -is:retweet -from:larkspur`}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := queries([]string{"one"}, "", 512); got[0] != "one -is:retweet" {
		t.Errorf("%q", got)
	}
	var many []string
	for i := range 200 {
		many = append(many, fmt.Sprintf("Größe %d und mehr davon", i))
	}
	many = append(many, strings.Repeat("word ", 50))
	for _, limit := range []int{64, 512, 4096} {
		all := queries(wanted(many, nil, "x"), "larkspur", limit)
		if len(all) < 2 {
			t.Errorf("within %d characters there are %d queries", limit, len(all))
		}
		for _, q := range all {
			if n := len([]rune(q)); n > limit || n < 20 || strings.Contains(q, `""`) {
				t.Errorf("%d characters, more than %d: %s", n, limit, q)
			}
		}
	}
}

func FuzzQueries(f *testing.F) {
	f.Add("kettle", "#a", 64)
	f.Fuzz(func(t *testing.T, a, b string, limit int) {
		limit = 64 + max(limit, 0)%1000
		for _, q := range queries(wanted([]string{a, b, a + " " + b}, nil, "x"), "larkspur", limit) {
			if n := len([]rune(q)); n > limit || strings.Count(q, `"`)%2 != 0 {
				t.Fatalf("%d characters, more than %d: %q", n, limit, q)
			}
		}
	})
}
