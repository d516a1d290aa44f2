package reddit

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

func TestAnswers(t *testing.T) {
	s := newServer(t)
	src := must(t, with(s))
	s.Set(func() {
		s.things = []map[string]any{said("t3_post1", "kettle", "ann", now()), said("t1_c1", "it leaks", "ann", now())}
	})
	got, _ := poll(t, src, "")
	for _, m := range got {
		ways := src.Ways(m)
		if len(ways) != 1 || !ways[0].Public || ways[0].Limit != 10_000 || ways[0].Label != "Comment on Reddit as u/larkspur" {
			t.Fatalf("ways %+v", ways)
		}
		r := bot.Reply{ID: 5, Way: ways[0], Text: "Sorry!\nWe send\n\na new one.", CreatedAt: now()}
		if _, there, err := src.FindAnswer(t.Context(), m, r); there || err != nil {
			t.Fatalf("found before it was sent: %v", err)
		}
		s.Set(func() { s.lose = true })
		if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUncertain {
			t.Fatalf("a lost answer is %v", err)
		}
		s.Set(func() { s.lose = false })
		found, there, err := src.FindAnswer(t.Context(), m, r)
		if err != nil || !there || found.URL == "" {
			t.Fatalf("it is not found: %v", err)
		}
		again := r
		again.CreatedAt = now().Add(time.Hour) // the same words, said later
		if _, there, _ := src.FindAnswer(t.Context(), m, again); there {
			t.Error("an older comment is taken for the answer")
		}
		last := s.things[len(s.things)-1]
		if last["body"] != "Sorry!  \nWe send\n\na new one." || last["parent_id"] != m.ExternalID {
			t.Errorf("it stands as %+v", last)
		}
	}
}

func TestWhatBecameOfAnAnswer(t *testing.T) {
	s := newServer(t)
	src := must(t, with(s))
	m := bot.Mention{ExternalID: "t3_post1"}
	s.Set(func() { s.things = []map[string]any{said("t3_post1", "kettle", "ann", now())} })
	at, err := src.Answer(t.Context(), m, bot.Reply{Text: "Sorry!", CreatedAt: now()})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := src.Follow(t.Context(), m, at); err != nil || got != (bot.Aftermath{}) {
		t.Errorf("at once it is %+v, %v", got, err)
	}
	s.Set(func() {
		thanks := said("t1_c9", "thanks", "ann", now())
		thanks["parent_id"] = at.ExternalID
		s.things[1]["score"] = 8
		s.things = append(s.things, thanks)
	})
	if got, err := src.Follow(t.Context(), m, at); err != nil || got != (bot.Aftermath{Likes: 7, Answers: 1}) {
		t.Errorf("later it is %+v, %v", got, err)
	}
	s.Set(func() { s.things[1]["body"] = "[removed]" })
	if got, err := src.Follow(t.Context(), m, at); err != nil || !got.Gone {
		t.Errorf("removed, it is %+v, %v", got, err)
	}
}

func TestRefusals(t *testing.T) {
	s := newServer(t)
	src := must(t, with(s))
	m := bot.Mention{ExternalID: "t3_post1"}
	for code, want := range map[string]bot.ErrorKind{
		"RATELIMIT": bot.ErrRateLimited, "THREAD_LOCKED": bot.ErrForbidden, "TOO_OLD": bot.ErrForbidden, "DELETED_COMMENT": bot.ErrGone,
		"TOO_LONG": bot.ErrInvalid, "USER_REQUIRED": bot.ErrUnauthorized, "SOMETHING_ELSE": bot.ErrInvalid, "USER_BLOCKED": bot.ErrForbidden,
	} {
		s.Set(func() { s.errors = [][]any{{code, "that is not\npossible", "x"}} })
		_, err := src.Answer(t.Context(), m, bot.Reply{Text: "Sorry!"})
		if bot.KindOf(err) != want {
			t.Errorf("%s is %v", code, err)
		}
		if e, ok := err.(*bot.Error); code == "RATELIMIT" && (!ok || e.RetryAfter != 540*time.Second) { //nolint:errorlint // not wrapped
			t.Errorf("%s: %+v", code, e)
		}
	}
	if _, err := src.Answer(t.Context(), m, bot.Reply{Text: strings.Repeat("ä", 10_001)}); bot.KindOf(err) != bot.ErrInvalid {
		t.Errorf("too long is %v", err)
	}
	s.Fail(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	if _, err := src.Answer(t.Context(), m, bot.Reply{Text: "Sorry!"}); bot.KindOf(err) != bot.ErrUncertain {
		t.Errorf("a failure is %v", err)
	}
	if len(s.things) != 0 {
		t.Errorf("%d comments stand", len(s.things))
	}
}

func TestPause(t *testing.T) {
	for said, want := range map[string]time.Duration{"try again in 9 minutes.": 9*time.Minute + time.Second, "in 30 seconds": 31 * time.Second, "later": 10 * time.Minute} {
		if got := pause(0, said); got != want {
			t.Errorf("%q is %v", said, got)
		}
	}
}

func TestLength(t *testing.T) {
	src := &Source{}
	for in, want := range map[string]int{"abc": 3, "日本": 2, "a\nb": 5, "a\n\nb": 4} {
		if got := src.Length(in); got != want {
			t.Errorf("%q counts %d, want %d", in, got, want)
		}
	}
}
