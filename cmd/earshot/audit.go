package main

import (
	"context"
	"fmt"

	"earshot/bot"
)

// modelName is the name of the sentiment model that is built in, by which what is
// known of its errors is found.
func (a *app) modelName() string { return a.analyzer.Verdict(bot.Mention{}).Model }

// ownWatches are the names of the watches that are ours: how well competitors
// are read is nobody's first question.
func (c *config) ownWatches() []string {
	var names []string
	for _, w := range c.watches() {
		if w.Kind != bot.Competitor {
			names = append(names, w.Name)
		}
	}
	return names
}

// auditFindings tells how much of the random samples people have labelled, and
// what that is enough for.
func (a *app) auditFindings(ctx context.Context) []bot.Finding {
	all, err := a.store.AuditStandings(ctx, a.now().Add(-bot.AuditFor))
	if err != nil || len(all) == 0 {
		return nil
	}
	total := 0
	var found []bot.Finding
	for _, s := range all {
		total += s.Labelled
		f := bot.Finding{OK: true, What: fmt.Sprintf("Audit of %s: %d of %d mentions drawn in 90 days are labelled", s.Watch, s.Labelled, s.Drawn)}
		if s.Labelled < bot.AuditAccuracy {
			f.Mend = fmt.Sprintf("From %d on the digest tells how well Earshot reads. /voc audit labels some.", bot.AuditAccuracy)
		}
		found = append(found, f)
	}
	if total < bot.AuditMatrix {
		found[len(found)-1].Mend += fmt.Sprintf(" From %d on, of all watches, they correct the social NPS.", bot.AuditMatrix)
	}
	return found
}
