package digest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

// TestAftermath: what came of answers is one line, and none where nothing did.
func TestAftermath(t *testing.T) {
	for want, s := range map[string]bot.AnswerStats{
		"":                             {},
		"-":                            {Answers: 3, Cases: 3},
		"1 of 3 customers wrote again": {Answers: 4, Cases: 3, WroteAgain: 1},
		"1 of 1 customer wrote again":  {Answers: 4, Cases: 1, WroteAgain: 1},
		"1 review gained stars · 2 likes for our answers":                       {Answers: 1, Cases: 1, Better: 1, Likes: 2},
		"2 reviews lost stars · 1 post taken back by the author":                {Answers: 4, Cases: 4, Worse: 2, TakenBack: 1},
		"2 answers came back undelivered · 2 answers of ours are there no more": {Answers: 4, Cases: 4, Bounced: 2, Gone: 2},
	} {
		m := newMemory(said(1, 1, 5, bot.Detractor, nil))
		m.answers = s
		r, err := builder(m).Preview(t.Context(), WatchAudience("Larkspur", time.UTC), monday(), monday().AddDate(0, 0, 7))
		if err != nil {
			t.Fatal(err)
		}
		if (r.Aftermath != nil) != (s.Answers > 0) {
			t.Errorf("%+v: the report has %+v", s, r.Aftermath)
		}
		_, line, found := strings.Cut(words(r.View(made(), time.UTC)), "What came of it")
		line, _, _ = strings.Cut(strings.TrimSpace(line), "\n")
		if found != (len(want) > 1) || found && line != want {
			t.Errorf("%+v: %q, want %q", s, line, want)
		}
	}
	m, a := larkspur(t)
	m.failAt = "AnswerStats"
	if _, err := builder(m).Preview(t.Context(), a, monday(), monday().AddDate(0, 0, 7)); !errors.Is(err, errBroken) {
		t.Errorf("the store fails, and the digest says %v", err)
	}
}
