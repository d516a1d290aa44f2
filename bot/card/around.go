package card

import (
	"fmt"

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
