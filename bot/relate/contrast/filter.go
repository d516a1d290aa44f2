package contrast

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"earshot/bot"
)

// Filter chooses mentions: all of its terms must hold. The zero Filter chooses
// every mention.
type Filter struct {
	Terms []Term
}

// Term is one condition.
type Term struct {
	Key    string    // rating, survey, source, watch, topic, label, stance, tier, language, before, after, or an attribute
	Values []string  // one of which must be so
	Low    float64   // of a rating in stars, or a survey's mark: between Low and High
	High   float64   //
	At     time.Time // of before and after
}

// Keys lists what a term can be about, beside the attributes of mentions.
func Keys() []string {
	return []string{"rating", "survey", "source", "watch", "topic", "label", "stance", "tier", "language", "before", "after"}
}

// Attribute is the name of the attribute that a term is about; "" for none.
func (t Term) Attribute() string {
	if slices.Contains(Keys(), t.Key) {
		return ""
	}
	return t.Key
}

// Has tells whether a filter has a term of a key.
func (f Filter) Has(key string) bool {
	return slices.ContainsFunc(f.Terms, func(t Term) bool { return t.Key == key })
}

// Match tells whether a mention meets every term. tier is its customer's.
func (f Filter) Match(r bot.Reading, tier string) bool {
	return !slices.ContainsFunc(f.Terms, func(t Term) bool { return !t.match(r, tier) })
}

// known tells whether a mention says anything of what the terms ask: only
// those that do are "everything else".
func (f Filter) known(r bot.Reading, tier string) bool {
	return !slices.ContainsFunc(f.Terms, func(t Term) bool {
		switch t.Key {
		case "rating":
			return !r.Mention.Rating.Given() || r.Mention.Rating.Survey
		case "survey":
			return !r.Mention.Rating.Survey
		case "tier":
			return tier == ""
		case "stance":
			return stanceOf(r) == bot.Unqualified
		}
		name := t.Attribute()
		return name != "" && attribute(r.Mention, name) == ""
	})
}

func (t Term) match(r bot.Reading, tier string) bool {
	m := r.Mention
	switch t.Key {
	case "rating":
		return m.Rating.Given() && !m.Rating.Survey && t.between(m.Rating.Value*5/float64(m.Rating.Of))
	case "survey":
		return m.Rating.Given() && m.Rating.Survey && t.between(m.Rating.Value*10/float64(m.Rating.Of))
	case "source":
		return t.is(m.Source) || t.is(m.Kind)
	case "watch":
		return slices.ContainsFunc(m.Watches, t.is)
	case "topic":
		return slices.ContainsFunc(r.Verdict.TopicNames(), t.is)
	case "label":
		return t.is(string(r.Verdict.Label))
	case "stance":
		return t.is(string(stanceOf(r)))
	case "tier":
		return t.is(tier)
	case "language":
		language, _, _ := strings.Cut(r.Verdict.Language, "-")
		return t.is(language) || t.is(r.Verdict.Language)
	case "before":
		return m.CreatedAt.Before(t.At)
	case "after":
		return !m.CreatedAt.Before(t.At)
	}
	return t.is(attribute(m, t.Key))
}

// between tells whether a mark, rounded, is one of the term's.
func (t Term) between(v float64) bool {
	v = math.Round(v)
	return t.Low <= v && v <= t.High
}

func (t Term) is(value string) bool {
	return value != "" && slices.ContainsFunc(t.Values, func(v string) bool { return strings.EqualFold(v, strings.TrimSpace(value)) })
}

// attribute is the value of an attribute, whatever the case of its name.
func attribute(m bot.Mention, name string) string {
	if v, ok := m.Attrs[name]; ok {
		return v
	}
	for k, v := range m.Attrs {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return ""
}

// stanceOf is where the author stands: a rating beats the words; news and
// hearsay are nobody's.
func stanceOf(r bot.Reading) bot.Stance {
	switch {
	case r.Mention.Rating.Given():
		return bot.StanceOfRating(r.Mention.Rating)
	case r.Verdict.Voice == bot.Hearsay || r.Verdict.Stance == "":
		return bot.Unqualified
	}
	return r.Verdict.Stance
}

// String says who a filter chooses: "2★", "source reviews", "since 2026-11-01".
func (f Filter) String() string {
	if len(f.Terms) == 0 {
		return "everybody"
	}
	parts := make([]string, len(f.Terms))
	for i, t := range f.Terms {
		parts[i] = t.String()
	}
	return strings.Join(parts, ", ")
}

// String says what a term asks.
func (t Term) String() string {
	low := t.Low
	if t.Key == "rating" {
		low = max(low, min(1, t.High)) // there is no star below the first
	}
	marks := fmt.Sprintf("%g", low)
	if t.High > low {
		marks = fmt.Sprintf("%g–%g", low, t.High)
	}
	values := strings.Join(t.Values, " or ")
	switch t.Key {
	case "rating":
		return marks + "★"
	case "survey":
		return "survey " + marks
	case "stance":
		return values + "s"
	case "before":
		return "before " + dateOf(t.At)
	case "after":
		return "since " + dateOf(t.At)
	case "label":
		return values + " mentions"
	}
	return t.Key + " " + values
}

// dateOf is a day, or a day with its time.
func dateOf(at time.Time) string {
	if at.Hour() == 0 && at.Minute() == 0 {
		return at.Format(time.DateOnly)
	}
	return at.Format("2006-01-02 15:04")
}

// Query is a question: what do those of A say that those of B do not.
type Query struct {
	A, B     Filter
	Rest     bool      // B is all others, of whom the same is known; else B is everybody
	Watch    string    // "" for all
	From, To time.Time // [From, To); zero for no limit
	Most     int       // phrases; 0 for 10
}

// Group tells on which side a mention stands; false for neither, and for one
// that stands on both.
func (q Query) Group(r bot.Reading, tier string) (Group, bool) {
	a, b := q.A.Match(r, tier), q.B.Match(r, tier)
	if q.Rest {
		b = !a && q.A.known(r, tier)
	}
	switch {
	case a == b:
		return A, false
	case a:
		return A, true
	}
	return B, true
}

// NeedsTiers tells whether the tiers of customers must be known.
func (q Query) NeedsTiers() bool { return q.A.Has("tier") || q.B.Has("tier") }

// String is the question in words: "2★ against 4★".
func (q Query) String() string {
	s := q.A.String() + " against " + q.Other()
	if q.Watch != "" {
		s += " · " + q.Watch
	}
	return s
}

// Other says who stands against A.
func (q Query) Other() string {
	if q.Rest {
		return "the rest"
	}
	return q.B.String()
}
