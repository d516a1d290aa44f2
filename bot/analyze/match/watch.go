package match

import (
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/analyze/token"
)

// Watches decides which watches a mention belongs to. It is safe for
// concurrent use.
type Watches struct {
	set     *Set
	owners  []owner // of each term
	watches []watch
	whole   []int // watches without terms: all of their sources' mentions
	staff   map[string]bool
}

type owner struct {
	watch   int32
	exclude bool
}

type watch struct {
	name    string
	sources []string
}

// NewWatches compiles watches. A watch without terms takes every mention of
// its sources; one that has neither is refused.
func NewWatches(list []bot.Watch) (*Watches, error) {
	w := &Watches{staff: map[string]bool{}}
	var terms []string
	for i, x := range list {
		w.watches = append(w.watches, watch{x.Name, x.Sources})
		if len(x.Terms) == 0 {
			if len(x.Sources) == 0 {
				return nil, bot.Errorf(bot.ErrInvalid, "The watch %q listens for nothing: give it terms, or sources that are all about it.", x.Name)
			}
			w.whole = append(w.whole, i)
		}
		for j, list := range [][]string{x.Terms, x.Exclude} {
			for _, t := range list {
				if len(token.Term(strings.TrimSuffix(strings.TrimSpace(t), "*")).Folded) == 0 {
					return nil, bot.Errorf(bot.ErrInvalid, "The watch %q has an empty term (%q): write a word, a phrase, a #tag or an @handle.", x.Name, t)
				}
				terms = append(terms, t)
				w.owners = append(w.owners, owner{int32(i), j == 1})
			}
		}
		for _, a := range x.Accounts {
			w.staff[strings.ToLower(strings.TrimPrefix(a, "@"))] = true
		}
	}
	set, err := Compile(terms)
	if err != nil {
		return nil, err // checked above
	}
	w.set = set
	return w, nil
}

// IsStaff tells whether handle is one of our own accounts.
func (w *Watches) IsStaff(handle string) bool {
	return handle != "" && len(w.staff) > 0 && w.staff[strings.ToLower(handle)]
}

// Scratch is memory that Match uses again; not for several goroutines at once.
type Scratch struct {
	hits   []Hit
	in     []int32
	outOf  []int32
	places []Place
}

// Match gives the names of the watches that a mention from source whose
// words are t belongs to, in the order of the configuration.
func (w *Watches) Match(t *token.Text, source string, s *Scratch) []string {
	s.hits, s.in, s.outOf = w.set.Find(t, s.hits[:0]), s.in[:0], s.outOf[:0]
	for _, h := range s.hits {
		switch o := w.owners[h.Term]; {
		case o.exclude:
			s.outOf = appendNew(s.outOf, o.watch)
		case w.listens(o.watch, source):
			s.in = appendNew(s.in, o.watch)
		}
	}
	for _, i := range w.whole {
		if w.listens(int32(i), source) {
			s.in = append(s.in, int32(i))
		}
	}
	if len(s.in) == 0 {
		return nil
	}
	slices.Sort(s.in)
	var names []string
	for _, i := range s.in {
		if !slices.Contains(s.outOf, i) {
			names = append(names, w.watches[i].name)
		}
	}
	return names
}

// Place is where a text names a watch, by its number in the configuration:
// from Start, up to but without End, in Text.Folded.
type Place struct{ Watch, Start, End int }

// Places gives where t names watches, in ascending order; of two places that
// overlap, the longer. The result is valid until the next call with the same
// scratch.
func (w *Watches) Places(t *token.Text, source string, s *Scratch) []Place {
	s.hits, s.places = w.set.Find(t, s.hits[:0]), s.places[:0]
	for _, h := range s.hits { // in the order of where they end
		o := w.owners[h.Term]
		if o.exclude || !w.listens(o.watch, source) {
			continue
		}
		longest := true
		for n := len(s.places); n > 0 && s.places[n-1].End > h.Start; n-- {
			if last := s.places[n-1]; last.End-last.Start >= h.End-h.Start {
				longest = false
				break
			}
			s.places = s.places[:n-1]
		}
		if longest {
			s.places = append(s.places, Place{int(o.watch), h.Start, h.End})
		}
	}
	return s.places
}

// Number is the number of a watch in the configuration; -1 where it has none
// of that name.
func (w *Watches) Number(name string) int {
	return slices.IndexFunc(w.watches, func(x watch) bool { return x.name == name })
}

func (w *Watches) listens(i int32, source string) bool {
	limit := w.watches[i].sources
	return len(limit) == 0 || slices.Contains(limit, source)
}

// maxScan is where looking through the few gives way to sorting the many: a
// text that names hundreds of watches is a list of tags.
const maxScan = 256

func appendNew(list []int32, i int32) []int32 {
	if n := len(list); slices.Contains(list[max(0, n-maxScan):], i) {
		return list
	}
	return append(list, i)
}
