package spike

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// What a word must show to be named, and how many are.
const (
	maxWords   = 5
	minPeople  = 3    // who used it in the episode
	minZ       = 1.96 // of its log-odds against before
	priorWords = 100  // weight of the informative prior, in word uses
	phrasePart = 0.6  // of a word's people: from here the phrase says it better
)

// Merge brings what the engine tells of an episode into the spike that is
// stored: what people did with it and what explains it stay.
func Merge(stored, told bot.Spike) bot.Spike {
	told.ID, told.Version, told.Owner, told.Muted = stored.ID, stored.Version, stored.Owner, stored.Muted
	told.FirstID, told.Words, told.Sources = stored.FirstID, stored.Words, stored.Sources
	told.Reposts, told.Mentions, told.FirstHand = stored.Reposts, stored.Mentions, stored.FirstHand
	told.Summary, told.SummaryBy, told.Grounds = stored.Summary, stored.SummaryBy, stored.Grounds
	told.Reach, told.Elsewhere = stored.Reach, stored.Elsewhere
	told.Peak = max(told.Peak, stored.Peak)
	return told
}

// Belongs tells whether a mention counts in a series.
func Belongs(s bot.Series, r bot.Reading) bool {
	if !slices.Contains(r.Mention.Watches, s.Watch) {
		return false
	}
	v := r.Verdict.For(s.Watch)
	if s.Topic == "" {
		return !s.Negative || v.Label == bot.Negative
	}
	i := slices.IndexFunc(v.Topics, func(t bot.TopicHit) bool { return t.Name == s.Topic })
	return i >= 0 && (!s.Negative || ofTopic(v, v.Topics[i]) == bot.Negative)
}

// Explain says what an episode is about, from the mentions of its time and
// from those of a stretch before; both may hold mentions of other series. It
// fills in the first post, the words that set the time apart, the sources, and
// how many mentions there are, how many only repeat and how many are told
// first-hand.
func Explain(s bot.Spike, during, before []bot.Reading) bot.Spike {
	now, then := newUses(), newUses()
	sources := map[string]int{}
	var first bot.Reading
	s.Mentions, s.Reposts, s.FirstHand = 0, 0, 0
	for _, r := range during {
		if !Belongs(s.Series, r) || r.Mention.Deleted {
			continue
		}
		s.Mentions++
		sources[r.Mention.Source]++
		if r.Mention.RepostOf != "" {
			s.Reposts++
			continue
		}
		if r.Verdict.Voice == bot.FirstHand {
			s.FirstHand++
		}
		if first.Mention.ID == 0 || r.Mention.CreatedAt.Before(first.Mention.CreatedAt) {
			first = r
		}
		now.add(r.Mention)
	}
	for _, r := range before {
		if Belongs(s.Series, r) && !r.Mention.Deleted && r.Mention.RepostOf == "" {
			then.add(r.Mention)
		}
	}
	s.FirstID, s.Sources, s.Words = first.Mention.ID, counts(sources), contrast(now, then)
	return s
}

// counts lists names by number, the largest first.
func counts(by map[string]int) []bot.Count {
	list := make([]bot.Count, 0, len(by))
	for name, n := range by {
		list = append(list, bot.Count{Name: name, N: n})
	}
	slices.SortFunc(list, func(a, b bot.Count) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Name, b.Name)) })
	return list
}

// uses counts how many people used each word and each phrase of two words. A
// person counts once however often they say it, and so does one text.
type uses struct {
	people map[string]int
	total  int
	said   map[string]bool // texts that were counted
	by     map[use]bool
}

type use struct {
	who  int64
	term string
}

func newUses() uses {
	return uses{people: map[string]int{}, said: map[string]bool{}, by: map[use]bool{}}
}

func (u *uses) add(m bot.Mention) {
	said := strings.ToLower(m.Said())
	if u.said[said] {
		return
	}
	u.said[said] = true
	who := m.Author.ID
	if who == 0 {
		who = -m.ID
	}
	prev := ""
	for _, w := range words(text.Cut(m.Said(), 1000)) {
		if stop(w) {
			prev = ""
			continue
		}
		u.use(who, w)
		if prev != "" {
			u.use(who, prev+" "+w)
		}
		prev = w
	}
}

func (u *uses) use(who int64, term string) {
	k := use{who, term}
	if !u.by[k] {
		u.by[k] = true
		u.people[term]++
		u.total++
	}
}

// weighed is a term with how surely it sets the episode apart.
type weighed struct {
	term   string
	people int
	z      float64
}

// contrast finds the terms that people use more than before: log-odds with an
// informative Dirichlet prior (Monroe, Colaresi, Quinn 2008,
// doi.org/10.1093/pan/mpn018), which keeps rare words from winning by chance.
func contrast(now, then uses) []string {
	var found []weighed
	all := float64(now.total + then.total)
	for term, n := range now.people {
		if n < minPeople || !strings.ContainsFunc(term, isLetter) {
			continue
		}
		y1, y2 := float64(n), float64(then.people[term])
		prior := priorWords * (y1 + y2) / all
		odds := math.Log((y1+prior)/(float64(now.total)+priorWords-y1-prior)) -
			math.Log((y2+prior)/(float64(then.total)+priorWords-y2-prior))
		if z := odds / math.Sqrt(1/(y1+prior)+1/(y2+prior)); z >= minZ {
			found = append(found, weighed{term, n, z})
		}
	}
	slices.SortFunc(found, func(a, b weighed) int { return cmp.Or(cmp.Compare(b.z, a.z), cmp.Compare(a.term, b.term)) })
	return choose(found)
}

// choose names the strongest terms, each thing once: a phrase instead of its
// words where most who use the word use the phrase.
func choose(found []weighed) []string {
	var chosen []weighed
	for _, f := range found[:min(len(found), 200)] {
		if !slices.ContainsFunc(found, func(p weighed) bool { return saysBetter(p, f) }) {
			chosen = append(chosen, f)
		}
	}
	var words []string
	for _, c := range chosen {
		overlaps := slices.ContainsFunc(words, func(w string) bool { return shareWord(w, c.term) })
		if !overlaps && len(words) < maxWords {
			words = append(words, c.term)
		}
	}
	return words
}

// saysBetter tells whether phrase p stands for the single word f.
func saysBetter(p, f weighed) bool {
	return strings.Contains(p.term, " ") && !strings.Contains(f.term, " ") && shareWord(p.term, f.term) &&
		float64(p.people) >= phrasePart*float64(f.people)
}

func shareWord(a, b string) bool {
	return slices.ContainsFunc(strings.Fields(a), func(w string) bool { return slices.Contains(strings.Fields(b), w) })
}
