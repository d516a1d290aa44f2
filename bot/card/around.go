package card

import (
	"fmt"
	"strings"

	"earshot/bot"
)

// around is who was heard widest in an episode, and how it is elsewhere: "Heard
// widest: @a (120,000 followers). Elsewhere: reviews 9, usually 1; mail none,
// usually 2."
func around(s bot.Spike, o Options) []bot.Span {
	var spans []bot.Span
	for i, r := range s.Reach {
		lead := ", "
		if i == 0 {
			lead = "Heard widest: "
		}
		spans = append(spans, bot.Plain(lead), bot.Link(name(r.Author), r.URL), bot.Plain(fmt.Sprintf(" (%s followers)", Thousands(r.Followers))))
	}
	if len(spans) > 0 {
		spans = append(spans, bot.Plain(". "))
	}
	for i, e := range s.Elsewhere {
		lead := "; "
		if i == 0 {
			lead = "Elsewhere: "
		}
		n := "none"
		if e.Now > 0 {
			n = Few(e.Now)
		}
		spans = append(spans, bot.Plain(fmt.Sprintf("%s%s %s, usually %s", lead, name(o.source(e.Name)), n, usually(e.Usual))))
	}
	if len(s.Elsewhere) > 0 {
		spans = append(spans, bot.Plain("."))
	}
	return spans
}

// usually is what is expected of a source, in a word where it is hardly any.
func usually(x float64) string {
	if x < 0.5 {
		return "none"
	}
	return Few(x)
}

// aftermath is what became of our answer: "answer: 3 likes, 1 answer; the
// customer changed 1★ to 4★".
func aftermath(d bot.Dossier) string {
	if d.Reply.State != bot.ReplyDone {
		return ""
	}
	var parts []string
	a := d.Reply.Aftermath
	for _, n := range []struct {
		n    int
		word string
	}{{a.Likes, "like"}, {a.Answers, "answer"}} {
		switch {
		case n.n == 1:
			parts = append(parts, "1 "+n.word)
		case n.n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", n.n, n.word))
		}
	}
	words := ""
	switch {
	case a.Gone:
		words = "our answer is there no more"
	case len(parts) > 0:
		words = "answer: " + strings.Join(parts, ", ")
	}
	if was := d.Was; was.Given() && d.Mention.Rating.Given() && !was.Survey {
		if words != "" {
			words += "; "
		}
		words += fmt.Sprintf("the customer changed %g★ to %g★", was.Value, d.Mention.Rating.Value)
	}
	return words
}
