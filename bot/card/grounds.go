package card

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/text"
)

// Grounds says in a line or two whether complaints are a rumour or a fact, with
// the numbers: "Returns are up too (12, usually 3): this looks like a product
// problem." It is empty when there is nothing to tell.
func Grounds(g bot.Grounds) string {
	var parts []string
	switch {
	case len(g.Rising) > 0:
		parts = append(parts, sentence(rises(g.Rising)+" up too"+looks(g.Verdict)))
	case g.Verdict == bot.PerceptionProblem && len(g.Usual) > 0:
		parts = append(parts, sentence(rises(g.Usual)+" as usual, and "+told(g)+looks(g.Verdict)))
	case g.Verdict == bot.ProductProblem:
		parts = append(parts, sentence(fmt.Sprintf("%d of %d tell of it as their own experience", g.FirstHand, g.Mentions-g.Repeats)+looks(g.Verdict)))
	}
	if g.Base != "" && g.Rate > 0 {
		parts = append(parts, fmt.Sprintf("%s people complain per thousand %s, usually %s.", Few(g.Rate), name(g.Base), Few(g.RateUsual)))
	}
	return strings.Join(parts, " ")
}

func grounds(s bot.Spike) []bot.Span {
	if s.Grounds == nil {
		return nil
	}
	if said := Grounds(*s.Grounds); said != "" {
		return []bot.Span{bot.Plain(said)}
	}
	return nil
}

func looks(v bot.Ground) string {
	switch v {
	case bot.ProductProblem:
		return ": this looks like a product problem"
	case bot.PerceptionProblem:
		return ": this looks like a problem of perception"
	}
	return ""
}

// told says why talk is only talk.
func told(g bot.Grounds) string {
	if 2*g.Repeats >= g.Mentions {
		return fmt.Sprintf("%d of %d only repeat what others said", g.Repeats, g.Mentions)
	}
	return fmt.Sprintf("%d of %d have seen it themselves", g.FirstHand, g.Mentions-g.Repeats)
}

// rises lists counts beside what is usual, with their verb: "returns (12,
// usually 3) and tickets (9, usually 4) are".
func rises(list []bot.Rise) string {
	list = list[:min(3, len(list))]
	said := make([]string, len(list))
	for i, r := range list {
		said[i] = fmt.Sprintf("%s (%s, usually %s)", name(r.Name), Few(r.Now), Few(r.Usual))
	}
	if len(said) == 1 {
		return said[0] + " are"
	}
	return strings.Join(said[:len(said)-1], ", ") + " and " + said[len(said)-1] + " are"
}

func name(s string) string { return text.Cut(text.OneLine(s), 40) }

// Few is a count as people say it: whole from ten on.
func Few(x float64) string {
	if r := math.Round(x); x >= 10 || math.Abs(r-x) < 0.05 {
		return Thousands(int(r))
	}
	return fmt.Sprintf("%.1f", x)
}

// sentence begins large and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return capital(s) + "."
}

// capital begins large.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}
