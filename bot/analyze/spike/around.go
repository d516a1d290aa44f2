package spike

import (
	"cmp"
	"slices"
	"time"

	"earshot/bot"
)

// Who is worth naming, and how many.
const (
	reachFrom     = 1_000 // followers of an author
	reachMost     = 2
	elsewhereMost = 3
)

// Around says who with many followers spoke in an episode, and what the other
// sources say of the same: how many mentions beside what is usual there, by the
// stretch before, of which before holds the mentions.
func Around(s bot.Spike, during, before []bot.Reading, span, stretch time.Duration) bot.Spike {
	s.Reach, s.Elsewhere = nil, nil
	now, then := map[string]int{}, map[string]int{}
	named := map[int64]bool{}
	for _, r := range during {
		if !Belongs(s.Series, r) || r.Mention.Deleted {
			continue
		}
		now[r.Mention.Source]++
		a := r.Mention.Author
		if a.Followers >= reachFrom && !a.Staff && !named[a.ID] {
			named[a.ID] = true
			s.Reach = append(s.Reach, bot.Reach{Author: a.Label(), URL: r.Mention.URL, Followers: a.Followers})
		}
	}
	slices.SortStableFunc(s.Reach, func(a, b bot.Reach) int { return cmp.Compare(b.Followers, a.Followers) })
	s.Reach = s.Reach[:min(len(s.Reach), reachMost)]
	for _, r := range before {
		if Belongs(s.Series, r) && !r.Mention.Deleted {
			then[r.Mention.Source]++
		}
	}
	if stretch <= 0 {
		return s
	}
	for source := range then {
		now[source] += 0 // what is silent now says something too
	}
	for i, c := range counts(now) {
		if i == 0 || len(s.Elsewhere) == elsewhereMost { // the first is where it is loudest
			continue
		}
		usual := float64(then[c.Name]) * float64(span) / float64(stretch)
		s.Elsewhere = append(s.Elsewhere, bot.Rise{Name: c.Name, Now: float64(c.N), Usual: usual})
	}
	return s
}
