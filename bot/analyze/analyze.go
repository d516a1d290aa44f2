// Package analyze says what a mention means: its language, sentiment, topics,
// intents, voice, urgency and stance, and which watches it belongs to. It is
// pure: no I/O, no clock, the same verdict for the same mention. The folders
// beneath hold one skill each; this one reads a text once and lets them all
// look at it.
package analyze

import (
	"fmt"
	"sync"
	"sync/atomic"

	"earshot/bot"
	"earshot/bot/analyze/aspect"
	"earshot/bot/analyze/echo"
	"earshot/bot/analyze/intent"
	"earshot/bot/analyze/local"
	"earshot/bot/analyze/match"
	"earshot/bot/analyze/token"
	"earshot/bot/analyze/topic"
)

// Settings are what an Analyzer is made from. Zero values take the defaults.
type Settings struct {
	Topics      []topic.Topic
	Watches     []bot.Watch
	Fallback    string   // the watch of mentions that belong to none; "" leaves them without
	Answered    []string // watches that a team answers for though they listen for a competitor
	FlagAt      float64  // probability of negative from which a mention is flagged; 0 for DefaultFlagAt
	UnsureBelow float64  // probability below which the label is bot.Unsure; 0 for sentiment.DefaultUnsure
	Urgency     Urgency  // points of the reasons; zero for DefaultUrgency
}

// DefaultFlagAt finds two in three negative tweets of semeval_val.tsv, of which
// one in six is negative, and more than half of what it flags is (precision
// 57 %, recall 68 %); sentiment.Model.Bought has the figures of other thresholds.
const DefaultFlagAt = 0.55

// Analyzer gives verdicts. It is safe for concurrent use.
type Analyzer struct {
	settings Settings
	watches  *match.Watches
	topics   *topic.Matcher
	intents  *intent.Finder
	*Feeling
	lessons atomic.Pointer[local.Layer] // what the team taught; nil while it taught nothing
	desks   sync.Pool                   // *desk
}

// desk is what one goroutine works with.
type desk struct {
	text    token.Text     // all that was said
	mineOf  token.Text     // without what is only quoted, where that differs
	own     ear            // of the author's own words: text or mineOf
	part    ear            // of a part of them
	pieces  []piece        // what the author's words are made of
	places  []aspect.Place // where they name watches
	words   []byte         // those of them about one watch
	spoken  []speaks       // how each piece speaks of one watch
	watches match.Scratch
	topics  topic.Scratch
	intents intent.Scratch
	layer   *local.Layer // what the team has taught by now
	local   local.Scratch
	quoted  token.Text // what the author quotes
	quotes  bool       // the text holds words of somebody else
}

// New makes an analyzer. What is wrong with a watch or a topic is a
// *bot.Error that names it.
func New(s Settings) (*Analyzer, error) {
	if s.FlagAt == 0 {
		s.FlagAt = DefaultFlagAt
	}
	if s.FlagAt < 0 || s.FlagAt > 1 || s.UnsureBelow < 0 || s.UnsureBelow > 1 {
		return nil, bot.Errorf(bot.ErrInvalid, "The thresholds of the analysis are probabilities: write numbers from 0 to 1.")
	}
	if s.Urgency.isZero() {
		s.Urgency = DefaultUrgency()
	}
	a := &Analyzer{settings: s}
	var err error
	if a.watches, err = match.NewWatches(s.Watches); err != nil {
		return nil, err
	}
	if a.topics, err = topic.Compile(s.Topics); err != nil {
		return nil, err
	}
	if a.intents, err = intent.New(); err != nil {
		return nil, fmt.Errorf("read the phrases of intents: %w", err)
	}
	if a.Feeling, err = NewFeeling(s.UnsureBelow); err != nil {
		return nil, err
	}
	a.desks.New = func() any {
		d := new(desk)
		d.own, d.part = a.ear(&d.text), a.ear(new(token.Text))
		d.mineOf.Vocabulary = d.text.Vocabulary
		return d
	}
	return a, nil
}

// maxKept is the most bytes of text that a desk keeps memory for.
const maxKept = 1 << 14

func (a *Analyzer) desk() *desk {
	d := a.desks.Get().(*desk)
	d.layer, d.own.text = a.lessons.Load(), &d.text
	return d
}

func (a *Analyzer) free(d *desk) {
	if cap(d.text.Folded) <= 2*maxKept && cap(d.quoted.Folded) <= 2*maxKept {
		a.desks.Put(d)
	}
}

// Hear does all that is done to a mention, reading its text once: the watches
// it belongs to, whether its author is one of ours, the verdict, and the hash
// that finds its echoes. Watches that the source mapped stay as they are.
func (a *Analyzer) Hear(m bot.Mention) bot.Heard { return a.hear(a.lessons.Load(), m) }

func (a *Analyzer) hear(by *local.Layer, m bot.Mention) bot.Heard {
	d := a.desk()
	defer a.free(d)
	d.layer = by
	d.text.Read(m.Said())
	hash := echo.Hash(&d.text)
	m.Watches = a.match(d, &m)
	verdict := a.verdict(d, &m)
	m.Author.Staff = m.Author.Staff || a.watches.IsStaff(m.Author.Handle)
	if m.Author.Staff {
		verdict.Stance = bot.Unqualified
		for i := range verdict.Towards {
			verdict.Towards[i].Stance = bot.Unqualified
		}
	}
	return bot.Heard{Mention: m, Verdict: verdict, Hash: hash}
}

// Match gives the watches that the mention belongs to, and enters them in
// m.Watches where the source mapped none; an author who is one of a watch's
// accounts is marked as staff.
func (a *Analyzer) Match(m *bot.Mention) []string {
	d := a.desk()
	defer a.free(d)
	d.text.Read(m.Said())
	m.Watches = a.match(d, m)
	m.Author.Staff = m.Author.Staff || a.watches.IsStaff(m.Author.Handle)
	return m.Watches
}

// match looks at the author's words, and at what they quote when those name
// nothing: "unbelievable", said of a post that names us.
func (a *Analyzer) match(d *desk, m *bot.Mention) []string {
	if len(m.Watches) > 0 {
		return m.Watches
	}
	found := a.watches.Match(&d.text, m.Source, &d.watches)
	if found == nil && m.Quoted != "" {
		d.quoted.Read(m.Quoted)
		found = a.watches.Match(&d.quoted, m.Source, &d.watches)
	}
	if found == nil && a.settings.Fallback != "" {
		return []string{a.settings.Fallback}
	}
	return found
}

// Verdict says what the mention means.
func (a *Analyzer) Verdict(m bot.Mention) bot.Verdict {
	d := a.desk()
	defer a.free(d)
	d.text.Read(m.Said())
	return a.verdict(d, &m)
}

// SameWords tells whether one text repeats the other; see echo.Same.
func (a *Analyzer) SameWords(one, other string) bool {
	var t, u token.Text
	t.Read(one)
	u.Read(other)
	return echo.Same(&t, &u)
}
