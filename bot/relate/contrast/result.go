package contrast

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Result is what sets A apart from B.
type Result struct {
	PeopleA   int      `json:"people_a"`
	PeopleB   int      `json:"people_b"`
	Enough    bool     `json:"enough"`   // both groups have MinPeople
	Compared  int      `json:"compared"` // phrases that were compared
	OneIn     int      `json:"one_in"`   // one person in so many was read; 1 for all
	MentionsA int      `json:"mentions_a"`
	MentionsB int      `json:"mentions_b"`
	Phrases   []Phrase `json:"phrases"` // the surest first
}

// Phrase is what people of A say more than those of B.
type Phrase struct {
	Text     string   `json:"phrase"`
	Spelt    []string `json:"spelt,omitempty"` // its other forms: plurals, tenses, accents
	Also     []string `json:"also,omitempty"`  // what was merged into it
	PeopleA  int      `json:"people_a"`
	PeopleB  int      `json:"people_b"`
	Lift     float64  `json:"lift"` // share of A who say it, in shares of B
	Low      float64  `json:"low"`  // its 95 % interval
	High     float64  `json:"high"`
	Z        float64  `json:"z"`
	P        float64  `json:"p"`
	Negative Share    `json:"negative"`          // of those of A who say it and whose sentiment is known
	Covered  float64  `json:"covered"`           // part of them who speak of a configured topic
	Mention  int64    `json:"mention,omitempty"` // where the quote is from; 0 for none
	Quote    string   `json:"quote,omitempty"`
	Author   string   `json:"author,omitempty"`
	URL      string   `json:"url,omitempty"`
	Source   string   `json:"source,omitempty"`

	quotes []int64
}

// How many phrases are looked at closely, and what one must have.
const (
	maxCandidates = 200
	leastInA      = 3 // people of A
)

// candidate is a phrase that is more in A than chance.
type candidate struct {
	code     code
	keys     []uint32
	said     counts
	z, p     float64
	people   set // of both groups, by their place
	negative int
	decided  int
	covered  int
	surfaces map[code]int
	quotes   [2]quotes // by sentiment: others, negative
}

// Result compares what was added. It may be called once.
func (c *Counter) Result() Result {
	c.people()
	people, all := c.count()
	r := Result{PeopleA: int(people.a), PeopleB: int(people.b), Compared: len(all), OneIn: 1 << c.level}
	for _, t := range c.texts {
		if t.group == A {
			r.MentionsA++
		} else {
			r.MentionsB++
		}
	}
	r.Enough = r.PeopleA >= MinPeople && r.PeopleB >= MinPeople
	if !r.Enough {
		return r
	}
	var least uint32
	r.Compared, least = testable(all, people, c.set.FDR)
	maps.DeleteFunc(all, func(_ code, n counts) bool { return n.all() < least })
	found := c.significant(people, all)
	c.look(found, people)
	for _, g := range c.sure(merge(c.voc, found, people), r.Compared) {
		if len(r.Phrases) == c.set.Most {
			break
		}
		r.Phrases = append(r.Phrases, c.phrase(g, people))
	}
	oneQuoteEach(r.Phrases)
	return r
}

// significant are the phrases that pass, the surest first.
func (c *Counter) significant(people counts, all map[code]counts) []*candidate {
	var found []*candidate
	var ps []float64
	for p, n := range all {
		z, pValue := pOf(n, people)
		if pValue > c.set.FDR {
			continue
		}
		ps = append(ps, pValue)
		found = append(found, &candidate{code: p, keys: p.words(), said: n, z: z, p: pValue, surfaces: map[code]int{}})
	}
	limit := stepUp(ps, len(all), c.set.FDR)
	found = slices.DeleteFunc(found, func(f *candidate) bool {
		ratio, low, _ := lift(f.said, people)
		return f.p > limit || f.said.a < leastInA || ratio < c.set.MinLift || low <= 1
	})
	slices.SortFunc(found, func(x, y *candidate) int { return cmp.Or(cmp.Compare(y.z, x.z), cmp.Compare(x.code, y.code)) })
	return found[:min(len(found), maxCandidates)]
}

// sure are the groups that pass when each counts as one finding. What is said
// in three words is found six times, and would else let others in.
func (c *Counter) sure(groups []*merged, tested int) []*merged {
	ps := make([]float64, len(groups))
	for i, g := range groups {
		ps[i] = g.lead.p
		for _, f := range g.rest {
			ps[i] = min(ps[i], f.p)
		}
	}
	limit := stepUp(ps, tested, c.set.FDR)
	var out []*merged
	for i, g := range groups {
		if ps[i] <= limit {
			out = append(out, g)
		}
	}
	return out
}

// look reads the texts again for who says the candidates, how, and in which
// words.
func (c *Counter) look(found []*candidate, people counts) {
	byCode := make(map[code]*candidate, len(found))
	for _, f := range found {
		byCode[f.code], f.people = f, newSet(int(people.all()))
	}
	place := 0
	type mark struct{ negative, decided, covered bool }
	marks := map[*candidate]mark{}
	c.eachPerson(func(g Group, texts []said) {
		clear(marks)
		for _, t := range texts {
			words := c.words[t.from:t.to]
			c.phrases(words, func(p code, at, n int) {
				f := byCode[p]
				if f == nil {
					return
				}
				f.people.add(place)
				if g == B {
					return
				}
				m := marks[f]
				marks[f] = mark{m.negative || t.negative, m.decided || t.decided, m.covered || t.covered}
				f.surfaces[surface(words[at-n+1:at+1])]++
				f.quotes[asInt(t.negative)].offer(t)
			})
		}
		for f, m := range marks {
			f.negative += asInt(m.negative)
			f.decided += asInt(m.decided)
			f.covered += asInt(m.covered)
		}
		place++
	})
}

func asInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// surface packs the forms of a phrase.
func surface(forms []uint32) code {
	var s code
	for _, f := range forms {
		s = s<<keyBits | code(f)
	}
	return s
}

// names are the forms of a phrase, the one that is written most first.
func (c *Counter) names(f *candidate) []string {
	order := slices.SortedFunc(maps.Keys(f.surfaces), func(x, y code) int {
		return cmp.Or(f.surfaces[y]-f.surfaces[x], cmp.Compare(x, y))
	})
	var names []string
	for _, s := range order[:min(len(order), maxForm)] {
		var b strings.Builder
		for i, form := range s.words() {
			if i > 0 && c.voc.class[c.voc.key[form]] != wide {
				b.WriteByte(' ')
			}
			b.WriteString(c.voc.forms[form])
		}
		if !slices.Contains(names, b.String()) {
			names = append(names, b.String())
		}
	}
	return names
}

// maxForm is how many forms of a phrase are told.
const maxForm = 5

// maxAlso is how many merged phrases are told.
const maxAlso = 4

func (c *Counter) phrase(g *merged, people counts) Phrase {
	f := g.lead
	names := c.names(f)
	p := Phrase{Text: names[0], Spelt: names[1:], PeopleA: int(f.said.a), PeopleB: int(f.said.b), Z: f.z, P: f.p,
		Negative: shareOf(f.negative, f.decided), Covered: float64(f.covered) / float64(max(f.said.a, 1))}
	p.Lift, p.Low, p.High = lift(f.said, people)
	for _, other := range g.rest {
		if name := c.names(other)[0]; len(p.Also) < maxAlso && name != p.Text && !slices.Contains(p.Also, name) {
			p.Also = append(p.Also, name)
		}
	}
	mostly := asInt(2*f.negative > f.decided)
	p.quotes = append(f.quotes[mostly].mentions(), f.quotes[1-mostly].mentions()...)
	return p
}

// oneQuoteEach gives each phrase the best quote that no other has.
func oneQuoteEach(all []Phrase) {
	used := map[int64]bool{}
	for i := range all {
		for _, id := range all[i].quotes {
			if !used[id] {
				all[i].Mention = id
				used[id] = true
				break
			}
		}
		if all[i].Mention == 0 && len(all[i].quotes) > 0 {
			all[i].Mention = all[i].quotes[0]
		}
	}
}
