// Package contrast finds the phrases that set one group of texts apart from
// another: what people who gave two stars say that those who gave four do not,
// what is said since the update, what is new this week.
//
// A phrase is one to three words, compared without their endings; words that
// carry no subject never stand alone. It is counted by people: who says it ten
// times, or pastes what others wrote, counts once. How much more A says it is
// the log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and
// Quinn 2008, doi.org/10.1093/pan/mpn018, equations 16, 19 and 22). Of all
// that is named, at most a twentieth is named by chance (Benjamini and Hochberg
// 1995), which stands on Fisher's exact test: it holds for groups of any size.
// What means the same is merged into one phrase.
//
// It is pure, takes time linear in the texts, and keeps a bounded amount of
// them: of more, a fair sample of people.
package contrast

import (
	"strings"

	"earshot/bot"
)

// Group is one of the two groups that are compared.
type Group uint8

// The groups: what A says that B does not is looked for.
const (
	A Group = iota
	B
)

// MinPeople is the least people a group must have to be compared.
const MinPeople = 20

// Limits of what is kept.
const (
	maxWords       = 4 << 20 // words of all texts; from here on a sample of people is kept
	maxForms       = 1 << 19 // different words; what comes after counts as unknown
	wordsPerText   = 400     // of a longer text the beginning counts
	wordsPerPerson = 2000    // in each group
	bytesPerText   = 16 << 10
	copyWords      = 8 // from this length, the same words are a copy and count once
)

// Text is one text to count.
type Text struct {
	Mention  int64     // its id
	Person   uint64    // who said it
	Said     string    // the words
	Language string    // BCP 47, "" where unknown: which endings are the same word
	Label    bot.Label // its sentiment
	Covered  bool      // a configured topic holds it
	Worth    int       // how well it can be quoted: see Worth; below 0 never
}

// TextOf makes a text of a reading; false for what is nobody's own voice: what
// was taken back, what our own staff, bots and news desks say, and reposts.
func TextOf(r bot.Reading) (Text, bool) {
	m := r.Mention
	if m.Deleted || m.Author.Staff || m.Author.Automated || m.RepostOf != "" {
		return Text{}, false
	}
	language := r.Verdict.Language
	if language == "" {
		language = m.Language
	}
	return Text{
		Mention: m.ID, Person: PersonOf(m), Said: m.Said(), Language: language,
		Label: r.Verdict.Label, Covered: len(r.Verdict.Topics) > 0, Worth: Worth(r),
	}, true
}

// PersonOf tells people apart: a customer where known, else the author; an
// anonymous mention is a person of its own. The low two bits say which id it is.
func PersonOf(m bot.Mention) uint64 {
	switch {
	case m.Author.CustomerID != 0:
		return uint64(m.Author.CustomerID)<<2 | 1
	case m.Author.ID != 0:
		return uint64(m.Author.ID)<<2 | 2
	}
	return uint64(m.ID)<<2 | 3
}

// Settings are a Counter's; the zero value is the default.
type Settings struct {
	FDR     float64 // share of the phrases named that may be chance; 0 for 0.05
	MinLift float64 // how many times the share of B a phrase must have in A; 0 for 2
	Most    int     // phrases to name; 0 for 10
}

func (s Settings) orDefault() Settings {
	if s.FDR <= 0 || s.FDR >= 1 {
		s.FDR = 0.05
	}
	if s.MinLift <= 1 {
		s.MinLift = 2
	}
	if s.Most <= 0 {
		s.Most = 10
	}
	return s
}

// said is a text that was counted: its words are Counter.words[from:to].
type said struct {
	person   uint64
	mention  int64
	from, to uint32
	group    Group
	negative bool
	decided  bool // its sentiment is known
	covered  bool
	worth    int16
}

// Counter takes texts in and compares the groups. It must not be shared
// between goroutines.
type Counter struct {
	set    Settings
	voc    *vocabulary
	texts  []said
	words  []uint32 // forms; 0 where a phrase ends
	level  uint     // one in 1<<level people is kept
	copies map[uint64]bool
	spoken map[uint64]int // words by person and group
	named  map[string]bool
}

// New makes a Counter.
func New(set Settings) *Counter {
	return &Counter{set: set.orDefault(), voc: newVocabulary(), copies: map[uint64]bool{}, spoken: map[uint64]int{}, named: map[string]bool{}}
}

// Name tells of names that everybody says and that are no subject of their own,
// those of the watches. It goes before the texts that say them.
func (c *Counter) Name(names ...string) {
	for _, n := range names {
		if c.named[n] {
			continue
		}
		c.named[n] = true
		scan(n, func(p piece) bool {
			c.voc.names[strings.ReplaceAll(string(appendLower(nil, n[p.start:p.end])), "'", "")] = true
			return true
		})
	}
}

// Add counts a text of a group.
func (c *Counter) Add(g Group, t Text) {
	if g > B || !c.keeps(t.Person) {
		return
	}
	from := len(c.words)
	c.words = c.voc.read(c.words, t.Said, t.Language)
	words := c.words[from:]
	if h, long := c.print(g, words); long {
		if c.copies[h] {
			c.words = c.words[:from]
			return
		}
		c.copies[h] = true
	}
	who := t.Person<<1 | uint64(g)
	if left := wordsPerPerson - c.spoken[who]; len(words) > left {
		c.words = c.words[:from+max(left, 0)]
	}
	c.spoken[who] += len(c.words) - from
	c.texts = append(c.texts, said{
		person: t.Person, mention: t.Mention, from: uint32(from), to: uint32(len(c.words)), group: g,
		negative: t.Label == bot.Negative, decided: t.Label != bot.Unsure && t.Label != "", covered: t.Covered,
		worth: int16(min(max(t.Worth, -1), 100)),
	})
	for len(c.words) > maxWords {
		c.thin()
	}
}

// print tells texts apart by their words, without numbers and what carries no
// subject; long when two people do not write it by chance.
func (c *Counter) print(g Group, words []uint32) (h uint64, long bool) {
	h = spread(uint64(g) + 1)
	n := 0
	for _, w := range words {
		k := c.voc.key[w]
		switch c.voc.class[k] {
		case glue, number:
			n += 2 * asInt(k != 0)
			continue
		case wide:
			n++ // about half a word
		default:
			n += 2
		}
		h = spread(h ^ uint64(k))
	}
	return h, n >= 2*copyWords
}

// keeps tells whether a person is in the sample.
func (c *Counter) keeps(person uint64) bool {
	return spread(person)&(1<<c.level-1) == 0
}

// thin halves the people who are kept: whether one stays depends on nothing
// but who they are, so that the sample is as good as all (Wegman's adaptive
// sampling; Flajolet 1990, doi.org/10.1007/BF02241657).
func (c *Counter) thin() {
	c.level++
	words, texts := c.words[:0], c.texts[:0]
	for _, t := range c.texts {
		if !c.keeps(t.person) {
			continue
		}
		from := uint32(len(words))
		words = append(words, c.words[t.from:t.to]...)
		t.from, t.to = from, uint32(len(words))
		texts = append(texts, t)
	}
	c.words, c.texts = words, texts
	clear(c.spoken)
	for _, t := range c.texts {
		c.spoken[t.person<<1|uint64(t.group)] += int(t.to - t.from)
	}
}

// spread is the finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
func spread(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
