package digest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/relate/contrast"
	"earshot/bot/text"
)

// Telling is what people said, read one after the other.
type Telling interface {
	// Readings hands over the mentions that a filter chooses, or one in oneIn
	// where its time holds more than most.
	Readings(ctx context.Context, f bot.MentionFilter, most int, fn func(bot.Reading) error) (oneIn int, err error)
	Mention(ctx context.Context, id int64) (bot.Reading, error)
	Tiers(ctx context.Context) (map[int64]string, error)
}

// Limits of a contrast.
const (
	contrastMost  = 200_000 // mentions that are read for a question
	digestMost    = 3_000   // and for a section of a digest, which must be there within a second
	contrastQuote = 160     // characters of a quote
	maxHeard      = 200     // names of each key that are remembered for a hint
)

// Contrast answers a question: what do people of one side say that those of the
// other do not. An Error of kind ErrInvalid tells of a name that no mention
// has.
func (b *Builder) Contrast(ctx context.Context, q contrast.Query) (contrast.Result, error) {
	tiers := map[int64]string{}
	if q.NeedsTiers() {
		var err error
		if tiers, err = b.store.Tiers(ctx); err != nil {
			return contrast.Result{}, fmt.Errorf("contrast: %w", err)
		}
	}
	h := heard{}
	side := func(r bot.Reading) (contrast.Group, bool) {
		h.see(r)
		return q.Group(r, tiers[r.Mention.Author.CustomerID])
	}
	r, err := b.contrast(ctx, contrastRead{Watch: q.Watch, From: q.From, To: q.To, Reads: contrastMost, Named: q.Most}, side)
	if err != nil {
		return r, fmt.Errorf("contrast: %w", err)
	}
	if r.PeopleA == 0 || r.PeopleB == 0 {
		return r, h.missing(q)
	}
	return r, nil
}

// heard is what the mentions had that a question can be about, by its key.
type heard map[string]map[string]bool

func (h heard) add(key, value string) {
	if h[key] == nil {
		h[key] = map[string]bool{}
	}
	if value = text.Cut(text.OneLine(value), 40); value != "" && len(h[key]) < maxHeard {
		h[key][value] = true
	}
}

func (h heard) see(r bot.Reading) {
	h.add("source", r.Mention.Source)
	for _, w := range r.Mention.Watches {
		h.add("watch", w)
	}
	for _, t := range r.Verdict.Topics {
		h.add("topic", t.Name)
	}
	for name := range r.Mention.Attrs {
		h.add("", name)
	}
}

// missing tells why nobody is on a side: of a name that no mention has, which
// was meant.
func (h heard) missing(q contrast.Query) error {
	for _, t := range slices.Concat([]contrast.Term{{Key: "watch", Values: []string{q.Watch}}}, q.A.Terms, q.B.Terms) {
		key, wanted := t.Key, t.Values
		if name := t.Attribute(); name != "" {
			key, wanted = "", []string{name}
		}
		known, listed := h[key]
		for _, w := range wanted {
			is := func(n string) bool { return strings.EqualFold(n, w) }
			if w == "" || !listed && key != "" || slices.ContainsFunc(slices.Collect(maps.Keys(known)), is) {
				continue
			}
			return noSuch(key, w, slices.Sorted(maps.Keys(known)))
		}
	}
	return nil
}

func noSuch(key, wanted string, names []string) error {
	what := "the " + key + " "
	near := names
	if key == "" {
		what, near = "", slices.Concat(names, contrast.Keys())
	}
	if near := text.Nearest(wanted, near); near != "" {
		return bot.Errorf(bot.ErrInvalid, "No mention of this time has %s%q. Did you mean %s?", what, text.Cut(wanted, 40), near)
	}
	if len(names) == 0 {
		return bot.Errorf(bot.ErrInvalid, "No mention of this time has %s%q, nor anything of its kind.", what, text.Cut(wanted, 40))
	}
	return bot.Errorf(bot.ErrInvalid, "No mention of this time has %s%q. There are: %s.", what, text.Cut(wanted, 40), text.CutWords(strings.Join(names, ", "), 200))
}

// contrastRead is what is read for a contrast, and how many phrases it names.
type contrastRead struct {
	Watch    string
	From, To time.Time
	Reads    int
	Named    int
}

// contrast reads the mentions and compares those of one side with those of the
// other, each phrase with its quote.
func (b *Builder) contrast(ctx context.Context, read contrastRead, side func(bot.Reading) (contrast.Group, bool)) (contrast.Result, error) {
	c := contrast.New(contrast.Settings{Most: read.Named})
	oneIn, err := b.store.Readings(ctx, bot.MentionFilter{Watch: read.Watch, From: read.From, To: read.To}, read.Reads, func(r bot.Reading) error {
		if g, ok := side(r); ok {
			c.Name(r.Mention.Watches...)
			if t, ok := contrast.TextOf(r); ok {
				c.Add(g, t)
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return contrast.Result{}, err
	}
	r := c.Result()
	r.OneIn *= oneIn
	for i := range r.Phrases {
		if err := b.quote(ctx, &r.Phrases[i]); err != nil {
			return r, err
		}
	}
	return r, nil
}

// quote fills in who says a phrase, word for word; one that is gone meanwhile
// is left out.
func (b *Builder) quote(ctx context.Context, p *contrast.Phrase) error {
	if p.Mention == 0 {
		return nil
	}
	r, err := b.store.Mention(ctx, p.Mention)
	if err != nil && bot.KindOf(err) != bot.ErrNotFound {
		return err
	}
	if err == nil {
		p.Quote = contrast.Excerpt(r, p.Text, contrastQuote)
	}
	if p.Quote == "" {
		p.Mention = 0
		return nil
	}
	p.Author, p.Source, p.URL = text.Cut(text.OneLine(r.Mention.Author.Label()), 40), r.Mention.Source, text.SafeURL(r.Mention.URL)
	return nil
}
