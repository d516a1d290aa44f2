package contrast

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// Grammar reads questions as people write them.
type Grammar struct {
	Now     time.Time
	Zone    *time.Location // of the dates they write
	Watches []string
	Topics  []string
	Sources []string
}

// maxQuestion is the most bytes of a question that are read.
const maxQuestion = 500

// Query reads "A vs B", or "A" alone for A against everybody else; A and B are
// filters. An Error of kind ErrInvalid says what is understood.
func (g Grammar) Query(s string) (Query, error) {
	words := split(s)
	vs := slices.IndexFunc(words, func(w string) bool {
		return slices.Contains([]string{"vs", "vs.", "versus", "against"}, strings.ToLower(w))
	})
	left, right := words, []string(nil)
	if vs >= 0 {
		left, right = words[:vs], words[vs+1:]
	}
	if len(left) == 0 || vs >= 0 && len(right) == 0 {
		return Query{}, bot.Errorf(bot.ErrInvalid, "Say who against whom: 2 stars vs 4 stars, or detractors vs promoters. One side alone is compared with everybody else.")
	}
	a, err := g.filter(left)
	if err != nil {
		return Query{}, err
	}
	b, err := g.filter(right)
	if err != nil {
		return Query{}, err
	}
	return Query{A: a, B: b, Rest: vs < 0}, nil
}

// Filter reads "rating=2", "1-2 stars source=reviews", "detractors", "before
// 2026-11-01", `topic="customer service"`, "version=4.2,4.3", or the name of a
// watch, topic or source. An Error of kind ErrInvalid says what was meant.
func (g Grammar) Filter(s string) (Filter, error) { return g.filter(split(s)) }

func (g Grammar) filter(words []string) (Filter, error) {
	var f Filter
	for len(words) > 0 {
		t, used, err := g.term(words)
		if err != nil {
			return Filter{}, err
		}
		if used == 0 {
			return Filter{}, g.unknown(strings.Join(words, " "))
		}
		if t.Key != "" {
			f.Terms = append(f.Terms, t)
		}
		words = words[used:]
	}
	return f, nil
}

// split cuts a question into words; what is in "quotes" is one.
func split(s string) []string {
	s = text.CutBytes(text.OneLine(s), maxQuestion)
	s = strings.NewReplacer("“", `"`, "”", `"`, "★", " stars ", "⭐", " stars ").Replace(s)
	var words []string
	quoted, start := false, 0
	add := func(end int) {
		if w := strings.ReplaceAll(s[start:end], `"`, ""); strings.TrimSpace(w) != "" {
			words = append(words, strings.TrimSpace(w))
		}
	}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ' ' && !quoted:
			add(i)
			start = i + 1
		}
	}
	add(len(s))
	return words
}

// term reads one term from the beginning of words, and tells how many it used;
// 0 when it knows none.
func (g Grammar) term(words []string) (Term, int, error) {
	w := strings.ToLower(words[0])
	next := ""
	if len(words) > 1 {
		next = strings.ToLower(words[1])
	}
	switch {
	case slices.Contains([]string{"and", "with", "people", "mentions", "who", "gave", "said", "say"}, w):
		return Term{}, 1, nil
	case w == "before" || w == "after" || w == "since":
		t, err := g.pair(w, "=", next)
		return t, 2, err
	case slices.Contains([]string{"star", "stars"}, next):
		t, err := marks("rating", "=", w)
		return t, 2, err
	}
	if stars, ok := strings.CutSuffix(strings.TrimSuffix(w, "s"), "star"); ok && stars != "" {
		t, err := marks("rating", "=", strings.TrimSuffix(stars, "-"))
		return t, 1, err
	}
	if t, ok := plainTerm(w); ok {
		return t, 1, nil
	}
	if i := strings.IndexAny(words[0], "=:<>"); i > 0 {
		op := words[0][i : i+1]
		if strings.HasPrefix(words[0][i+1:], "=") && op != ":" {
			op += "="
		}
		t, err := g.pair(words[0][:i], op, words[0][i+len(op):])
		return t, 1, err
	}
	return g.named(words)
}

// plainTerm is a word that stands for itself.
func plainTerm(w string) (Term, bool) {
	switch one := strings.TrimSuffix(w, "s"); one {
	case "detractor", "promoter", "passive":
		return Term{Key: "stance", Values: []string{one}}, true
	case "negative", "neutral", "positive", "mixed", "unsure":
		return Term{Key: "label", Values: []string{one}}, true
	}
	return Term{}, false
}

// named finds the longest beginning of words that is the name of a watch, a
// topic or a source.
func (g Grammar) named(words []string) (Term, int, error) {
	for n := min(len(words), 6); n > 0; n-- {
		name := strings.Join(words[:n], " ")
		for _, list := range []struct {
			key   string
			names []string
		}{{"topic", g.Topics}, {"source", g.Sources}, {"watch", g.Watches}} {
			for _, known := range list.names {
				if strings.EqualFold(known, name) {
					return Term{Key: list.key, Values: []string{known}}, n, nil
				}
			}
		}
	}
	return Term{}, 0, nil
}

// pair reads key, operator and value.
func (g Grammar) pair(key, op, value string) (Term, error) {
	key = strings.ToLower(strings.TrimSpace(key))
	value = strings.TrimSpace(value)
	switch key {
	case "rating", "stars", "star":
		return marks("rating", op, value)
	case "survey", "nps":
		return marks("survey", op, value)
	case "before", "after", "since", "until":
		at, ok := g.date(value)
		if !ok {
			return Term{}, bot.Errorf(bot.ErrInvalid, "%q is not a date. Write it as 2026-11-01, or 2026-11-01T14:00.", text.Cut(value, 40))
		}
		name := map[string]string{"since": "after", "until": "before"}[key]
		if name == "" {
			name = key
		}
		return Term{Key: name, At: at}, nil
	}
	if value == "" || op != "=" && op != ":" {
		return Term{}, bot.Errorf(bot.ErrInvalid, "Write %s=VALUE; only ratings and surveys can be larger or smaller than something.", text.Cut(key, 40))
	}
	if key, ok := strings.CutPrefix(key, "attr."); ok {
		return Term{Key: key, Values: list(value)}, nil
	}
	t := Term{Key: key, Values: list(value)}
	return t, g.check(t)
}

// list cuts "a,b" into what one of must be so.
func list(value string) []string {
	var all []string
	for v := range strings.SplitSeq(value, ",") {
		if v = strings.TrimSpace(v); v != "" {
			all = append(all, v)
		}
	}
	return all
}

// check tells of values that nothing can have.
func (g Grammar) check(t Term) error {
	known := map[string][]string{
		"source": g.Sources, "watch": g.Watches, "topic": g.Topics,
		"label":  {"negative", "neutral", "positive", "mixed", "unsure"},
		"stance": {"promoter", "passive", "detractor"},
	}[t.Key]
	for _, v := range t.Values {
		if len(known) == 0 || slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, v) }) {
			continue
		}
		if near := text.Nearest(v, known); near != "" {
			return bot.Errorf(bot.ErrInvalid, "There is no %s %q. Did you mean %s=%s?", t.Key, text.Cut(v, 40), t.Key, near)
		}
		return bot.Errorf(bot.ErrInvalid, "There is no %s %q. There are: %s.", t.Key, text.Cut(v, 40), text.Cut(strings.Join(known, ", "), 200))
	}
	return nil
}

// marks reads "2", "1-2", and with an operator "<=2", ">3".
func marks(key, op, value string) (Term, error) {
	most := map[string]float64{"rating": 5, "survey": 10}[key]
	low, high, ranged := strings.Cut(strings.ReplaceAll(value, "–", "-"), "-")
	a, err := strconv.ParseFloat(strings.TrimSpace(low), 64)
	b := a
	if ranged && err == nil {
		b, err = strconv.ParseFloat(strings.TrimSpace(high), 64)
	}
	if err != nil || a < 0 || b > most || a > b {
		if key == "survey" {
			return Term{}, bot.Errorf(bot.ErrInvalid, "%q is no mark of a survey. Write survey=0-6 or survey>=9.", text.Cut(value, 40))
		}
		return Term{}, bot.Errorf(bot.ErrInvalid, "%q is no rating. Write rating=2, rating=1-2 or rating<=2, of five stars.", text.Cut(value, 40))
	}
	switch op {
	case "<":
		a, b = 0, a-1
	case "<=":
		a, b = 0, a
	case ">":
		a, b = a+1, most
	case ">=":
		b = most
	}
	return Term{Key: key, Low: a, High: b}, nil
}

// date reads a day, which begins at its midnight, or a time.
func (g Grammar) date(s string) (time.Time, bool) {
	zone := g.Zone
	if zone == nil {
		zone = time.UTC
	}
	now := g.Now.In(zone)
	switch strings.ToLower(s) {
	case "today":
		return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone), true
	case "yesterday":
		return time.Date(now.Year(), now.Month(), now.Day()-1, 0, 0, 0, 0, zone), true
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", time.RFC3339} {
		if at, err := time.ParseInLocation(layout, strings.ToUpper(s), zone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// unknown says what a word may have been meant to be.
func (g Grammar) unknown(s string) error {
	first, _, _ := strings.Cut(s, " ")
	names := slices.Concat(g.Topics, g.Sources, g.Watches, []string{"detractors", "promoters", "passives", "negative", "positive", "neutral", "stars"})
	for _, w := range []string{s, first} {
		if near := text.Nearest(w, names); near != "" {
			return bot.Errorf(bot.ErrInvalid, "I do not know %q. Did you mean %s?", text.Cut(w, 40), near)
		}
	}
	return bot.Errorf(bot.ErrInvalid, "I do not know %q. Write 2 stars, detractors, negative, before 2026-11-01, or a pair such as source=reviews, topic=price, tier=gold or version=4.2.", text.Cut(s, 40))
}
