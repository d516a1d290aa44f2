package echo

import (
	"math/rand/v2"
	"strings"
	"time"

	"earshot/bot/analyze/token"
)

// Fit is how well echoes are found in a generated set.
type Fit struct {
	Echoes, Others    int            // texts asked about that echo a known one, and that echo none
	Found             int            // echoes whose original was found
	Wrong             int            // texts of which another was said to be the original
	Missed            map[string]int // echoes that were not found, by kind
	Kinds             map[string]int // echoes, by kind
	Precision, Recall float64        // 0 to 1
}

// Corpus is an index together with the texts in it, for measuring: the known
// ones, and before them others of random words about the same things.
type Corpus struct {
	index      *Index
	known      []string
	background int
	seed       uint64
}

// corpusWatch is the watch that all texts of a Corpus belong to.
const corpusWatch = "larkspur"

// NewCorpus remembers background random texts and the known ones after them.
func NewCorpus(known []string, background int, seed uint64) *Corpus {
	c := &Corpus{index: New(background+len(known), time.Hour), known: known, background: background, seed: seed}
	var t token.Text
	for i := range background + len(known) {
		t.Read(c.text(int64(i)))
		c.index.Add(int64(i), 0, []string{corpusWatch}, Hash(&t), time.Time{})
	}
	return c
}

func (c *Corpus) text(id int64) string {
	if id >= int64(c.background) {
		return c.known[id-int64(c.background)]
	}
	random := rand.New(rand.NewPCG(c.seed, uint64(id)))
	words := strings.Fields("the my a is was it to and of for in on with this that i you they not again still after two days week larkspur delivery parcel order machine " +
		"coffee app update support battery screen lid pump money refund broken late slow rude great love good bad never nobody answers waiting works stopped called mail shop price")
	list := make([]string, 6+random.IntN(24))
	for i := range list {
		list[i] = words[random.IntN(len(words))]
	}
	return strings.Join(list, " ")
}

// Find gives the place among the known texts of the one that a text echoes; −1
// for none, −2 for a random one.
func (c *Corpus) Find(text string) int {
	var a, b token.Text
	a.Read(text)
	found := -1
	c.index.Near(Hash(&a), []string{corpusWatch}, time.Time{}, func(id, _ int64) bool {
		b.Read(c.text(id))
		if !Same(&a, &b) {
			return true
		}
		if found = int(id) - c.background; found < 0 {
			found = -2
		}
		return false
	})
	return found
}

// Judge asks about every text.
func (c *Corpus) Judge(asked []Asked) Fit {
	fit := Fit{Missed: map[string]int{}, Kinds: map[string]int{}}
	for _, a := range asked {
		found := c.Find(a.Text)
		if a.Of < 0 {
			fit.Others++
		} else {
			fit.Echoes++
			fit.Kinds[a.Kind]++
		}
		switch {
		case a.Of >= 0 && found >= 0 && c.known[found] == c.known[a.Of]:
			fit.Found++
		case found != -1:
			fit.Wrong++
		}
		if a.Of >= 0 && found == -1 {
			fit.Missed[a.Kind]++
		}
	}
	fit.Recall = float64(fit.Found) / float64(max(fit.Echoes, 1))
	fit.Precision = float64(fit.Found) / float64(max(fit.Found+fit.Wrong, 1))
	return fit
}
