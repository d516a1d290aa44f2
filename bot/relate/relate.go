// Package relate reads what is known of customers: their records, in the form in
// which the store finds them by an author's address or handle, and how much more
// urgent a customer makes a case. It is pure: values in, values out. The words
// for it stand in bot/card.
package relate

import (
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// UsualTiers is what each tier of customers adds to the points of a case's
// urgency where the configuration does not say. A tier alone is never high; it
// lifts a complaint that waits, or asks, to it.
func UsualTiers() map[string]int {
	return map[string]int{"vip": 20, "platinum": 20, "gold": 15, "enterprise": 15, "silver": 5}
}

// Urge adds to a mention's urgency what its author's tier counts for, with the
// reason: "gold customer". level says which level a sum of points is.
func Urge(u bot.Urgency, c bot.Customer, tiers map[string]int, level func(points int) bot.UrgencyLevel) bot.Urgency {
	tier := strings.ToLower(text.Cut(text.OneLine(text.Clean(c.Tier)), tierLength))
	points := 0
	for name, p := range tiers {
		if strings.EqualFold(name, tier) {
			points = p
		}
	}
	if tier == "" || points == 0 {
		return u
	}
	u.Points += points
	u.Level = max(u.Level, level(u.Points))
	u.Reasons = append(append([]string(nil), u.Reasons...), tier+" customer")
	return u
}

// tierLength is the most of a tier's name that is shown, in graphemes.
const tierLength = 24

// Handle gives a handle as it is compared: lower case, without a leading @ or
// a service's profile address before it. It is empty for what is no handle.
func Handle(s string) string {
	s = strings.ToLower(strings.TrimSpace(text.Clean(s)))
	if i := strings.Index(s, "://"); i >= 0 {
		s = strings.TrimRight(s[i+3:], "/")
		s = s[strings.LastIndexByte(s, '/')+1:]
	}
	s = strings.TrimLeft(s, "@")
	if strings.ContainsAny(s, " \t\n") {
		return ""
	}
	return s
}

// Email gives an address as it is compared: lower case, without spaces or a
// "mailto:". It is empty for what is no address. Nothing else is taken away:
// whether a dot or a "+tag" matters is the mail server's secret.
func Email(s string) string {
	s = strings.ToLower(strings.TrimSpace(text.Clean(s)))
	s = strings.TrimPrefix(s, "mailto:")
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at == len(s)-1 || strings.ContainsAny(s, " \t\n,;<>") || !strings.Contains(s[at+1:], ".") ||
		strings.HasPrefix(s[at+1:], ".") || strings.HasSuffix(s, ".") || strings.Count(s, "@") > 1 {
		return ""
	}
	return s
}

// handleKey is "kind:handle" or "handle", each in the form that is compared.
func handleKey(s string) string {
	s = strings.TrimSpace(s)
	if kind, handle, ok := strings.Cut(s, ":"); ok && !strings.HasPrefix(handle, "//") {
		if h := Handle(handle); h != "" && kind != "" {
			return strings.ToLower(strings.TrimSpace(kind)) + ":" + h
		}
		return ""
	}
	return Handle(s)
}
