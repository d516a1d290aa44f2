package main

import (
	"cmp"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode"

	"earshot/bot"
	"earshot/bot/analyze/match"
	"earshot/bot/analyze/token"
	"earshot/bot/text"
)

// What is shown and remembered of a test.
const (
	samplesShown  = 10
	sampleAround  = 70     // characters of a sample before what matched, and behind it
	noiseShown    = 8      //
	noiseLeast    = 3      // mentions that hold a word
	noiseShare    = 0.05   // of those that were caught
	noiseLift     = 3      // times as often as elsewhere
	wordsCompared = 50_000 // mentions elsewhere whose words are counted
	wordsKept     = 200_000
)

// sample is one mention that the watch would have caught.
type sample struct {
	Source string    `json:"source"`
	At     time.Time `json:"at"`
	Author string    `json:"author"`
	Text   string    `json:"text"`           // around what matched, which stands between « and »
	Of     []string  `json:"watches"`        // that caught it already
	URL    string    `json:"url,omitempty"`  //
	Live   bool      `json:"live,omitempty"` // just now, at the service
	rank   uint64    // the lowest are kept: a fair draw, the same each time
}

// noise is a word that stands in what was caught far more often than elsewhere.
type noise struct {
	Word  string  `json:"word"`
	Count int     `json:"count"` // mentions caught that hold it
	Lift  float64 `json:"lift"`  // times as often as in what was not caught
}

// catch is what a watch catches of the mentions it is shown.
type catch struct {
	watches *match.Watches
	read    token.Text
	scratch match.Scratch
	draw    *rand.Rand
	own     map[string]bool // words of its terms: no noise

	Read     int            `json:"read"`
	Caught   int            `json:"caught"`
	Already  int            `json:"caught_already"` // by another watch
	Flagged  int            `json:"flagged"`
	BySource map[string]int `json:"by_source"`
	ByWeek   map[string]int `json:"by_week"` // by its Monday

	samples   []sample
	ins, outs map[string]int // mentions caught, and not caught, that hold a word
	all       int            // caught, stored and live
	compared  int            // not caught, whose words are counted
}

func newCatch(w bot.Watch) (*catch, error) {
	watches, err := match.NewWatches([]bot.Watch{w})
	if err != nil {
		return nil, err
	}
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(strings.Join(w.Terms, "\n")))
	c := &catch{watches: watches, draw: rand.New(rand.NewPCG(seed.Sum64(), 0)), own: map[string]bool{},
		BySource: map[string]int{}, ByWeek: map[string]int{}, ins: map[string]int{}, outs: map[string]int{}}
	for _, t := range w.Terms {
		for _, word := range eachWord(t) {
			c.own[word] = true
		}
	}
	return c, nil
}

// take looks at one mention that is stored, or was read live; it tells whether
// the watch catches it. What was read live is not counted among what is stored.
func (c *catch) take(m bot.Mention, flagged, live bool) bool {
	c.read.Read(m.Said())
	caught := len(c.watches.Match(&c.read, m.Source, &c.scratch)) > 0
	if !live {
		c.tally(m, caught, flagged)
	}
	if !caught {
		if c.compared < wordsCompared {
			c.compared++
			count(c.outs, m.Said())
		}
		return false
	}
	c.all++
	count(c.ins, m.Said())
	s := sample{Source: m.Source, At: m.CreatedAt.UTC(), Author: m.Author.Label(), Of: m.Watches, URL: m.URL, Live: live, rank: c.draw.Uint64()}
	if len(c.samples) < samplesShown || s.rank < c.samples[len(c.samples)-1].rank {
		s.Text = c.marked(m.Said())
		c.samples = append(c.samples, s)
		slices.SortFunc(c.samples, func(a, b sample) int { return cmp.Compare(a.rank, b.rank) })
		c.samples = c.samples[:min(samplesShown, len(c.samples))]
	}
	return true
}

func (c *catch) tally(m bot.Mention, caught, flagged bool) {
	c.Read++
	if !caught {
		return
	}
	c.Caught++
	c.BySource[m.Source]++
	c.ByWeek[monday(m.CreatedAt).Format(time.DateOnly)]++
	if len(m.Watches) > 0 {
		c.Already++
	}
	if flagged {
		c.Flagged++
	}
}

func monday(t time.Time) time.Time {
	t = t.UTC().Truncate(24 * time.Hour)
	return t.AddDate(0, 0, -int(t.Weekday()+6)%7)
}

// marked is what was said around the first place that matched, on one line,
// with the place between « and ».
func (c *catch) marked(said string) string {
	line := text.OneLine(said)
	places := c.watches.Places(&c.read, "", &c.scratch)
	if len(places) == 0 {
		return text.Cut(line, 2*sampleAround)
	}
	found := string(c.read.Folded[places[0].Start:places[0].End])
	lower := strings.ToLower(line)
	i := strings.Index(lower, found)
	if i < 0 || len(lower) != len(line) { // its letters were folded to others
		line, i = string(c.read.Folded), places[0].Start
	}
	end := i + len(found)
	before, behind := line[:i], line[end:]
	if n := len([]rune(before)); n > sampleAround {
		before = "…" + string([]rune(before)[n-sampleAround:])
	}
	return before + "«" + line[i:end] + "»" + text.Cut(behind, sampleAround)
}

// eachWord are the words of a text in lower case, each once.
func eachWord(s string) []string {
	all := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' })
	slices.Sort(all)
	return slices.Compact(all)
}

func count(words map[string]int, said string) {
	for _, w := range eachWord(said) {
		if _, known := words[w]; known || len(words) < wordsKept {
			words[w]++
		}
	}
}

// noise lists the words that may tell another meaning: they stand in what was
// caught, and hardly anywhere else.
func (c *catch) noise() []noise {
	all := []noise{}
	for w, n := range c.ins {
		lift := (float64(n) / float64(c.all)) / ((float64(c.outs[w]) + 0.5) / (float64(c.compared) + 1))
		if n < noiseLeast || float64(n) < noiseShare*float64(c.all) || lift < noiseLift || c.own[w] || len([]rune(w)) < 3 || n == c.all {
			continue
		}
		all = append(all, noise{w, n, math.Round(10*lift) / 10})
	}
	slices.SortFunc(all, func(a, b noise) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), strings.Compare(a.Word, b.Word))
	})
	return all[:min(noiseShown, len(all))]
}

func (n noise) weight() float64 { return float64(n.Count) * math.Log(n.Lift) }
