package act

import (
	"slices"
	"strings"

	"earshot/bot"
)

// Subject is what a route decides on.
type Subject struct {
	Watch    string
	Topics   []string
	Source   string
	Language string
	Tier     string
	Urgency  bot.UrgencyLevel
}

// Matches tells whether every condition of r holds for sub.
func Matches(r bot.Route, sub Subject) bool {
	return sub.Urgency >= r.MinUrgency &&
		oneOf(r.Watches, sub.Watch) &&
		oneOf(r.Topics, sub.Topics...) &&
		oneOf(r.Sources, sub.Source) &&
		oneOf(r.Languages, baseLanguage(sub.Language)) &&
		oneOf(r.Tiers, sub.Tier)
}

// oneOf tells whether any of have is wanted; a list without entries wants all.
func oneOf(want []string, have ...string) bool {
	if len(want) == 0 {
		return true
	}
	return slices.ContainsFunc(have, func(h string) bool {
		return slices.ContainsFunc(want, func(w string) bool { return strings.EqualFold(w, h) })
	})
}

func baseLanguage(code string) string {
	base, _, _ := strings.Cut(code, "-")
	return base
}

// Route is the first route that wants sub, else the default.
func (s *Service) Route(sub Subject) bot.Route {
	set := s.set()
	for _, r := range set.Routes {
		if Matches(r, sub) {
			return r
		}
	}
	return set.Default
}

// routeOf is the route that took c; the default when the configuration does
// not know it any more.
func (s *Service) routeOf(c bot.Case) bot.Route { return s.routeNamed(c.Route) }

func (s *Service) routeNamed(name string) bot.Route {
	set := s.set()
	for _, r := range set.Routes {
		if r.Name == name {
			return r
		}
	}
	return set.Default
}

// Guideline is how the team answers a case of these topics: the first that
// names one of them, else the first for all topics. It is zero when there is
// none.
func (s *Service) Guideline(c bot.Case) bot.Guideline {
	var general *bot.Guideline
	lines := s.routeOf(c).Guidelines
	for i, g := range lines {
		if g.Topic == "" && general == nil {
			general = &lines[i]
		}
		if g.Topic != "" && oneOf([]string{g.Topic}, c.Topics...) {
			return g
		}
	}
	if general != nil {
		return *general
	}
	return bot.Guideline{}
}

// Escalation is who is woken when c is escalated.
func (s *Service) Escalation(c bot.Case) bot.Escalation { return s.routeOf(c).Escalation }
