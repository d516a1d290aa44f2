// Package card says what people see of a case, a spike or a flood: it composes
// the neutral View that every platform draws. It is pure; escaping and layout
// are the platforms' own.
package card

import (
	"fmt"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// How much of the customer's words a card shows, in graphemes.
const (
	quoteLength = 300
	shortLength = 80
)

// between stands between the parts of a line.
const between = "  ·  "

// Options is what a card depends on beside its case.
type Options struct {
	Now       time.Time
	Zone      *time.Location             // the team's; UTC when nil
	Permalink string                     // address of the case in the console; may be empty
	Label     func(source string) string // what people call a source; nil for its name
	Tickets   bool                       // a ticket can be opened somewhere about any case
	Delayed   time.Duration              // how long this very message waited for its channel; shown above a minute
}

func (o Options) zone() *time.Location {
	if o.Zone == nil {
		return time.UTC
	}
	return o.Zone
}

func (o Options) source(name string) string {
	if o.Label == nil {
		return name
	}
	return o.Label(name)
}

// Case is the card of a case as it stands now.
func Case(d bot.Dossier, o Options) bot.View {
	if d.Erased {
		return erasedCase(d, o)
	}
	if d.Case.State.Done() {
		return doneCase(d, o)
	}
	v := bot.View{Notice: Notice(d, o), Accent: accent(d)}
	v.Blocks = append(v.Blocks, byline(d, o), quote(d))
	v.Blocks = append(v.Blocks, Latest(d)...)
	v.Blocks = appendLine(v.Blocks, understood(d, o))
	if who := Speaking(d.Speaker); who != "" {
		v.Blocks = append(v.Blocks, bot.Line(bot.Plain(capital(who))))
	}
	if d.Verdict.Urgency.Level >= bot.UrgencyHigh || d.Case.Urgency >= bot.UrgencyHigh {
		v.Blocks = append(v.Blocks, alert(d))
	}
	v.Blocks = append(v.Blocks, bot.Block{Kind: bot.BlockActions, Buttons: buttons(d), Menus: []bot.Menu{more(d, o.Tickets)}})
	v.Blocks = append(v.Blocks, bot.Block{Kind: bot.BlockState, Spans: state(d, o)})
	return v
}

// Notice is what a phone shows: who, where, how it begins, and how bad.
func Notice(d bot.Dossier, o Options) string {
	s := fmt.Sprintf("%s (%s): %s", label(d.Mention.Author), o.source(d.Mention.Source), begins(d.Mention))
	words := string(d.Verdict.Label)
	if words == "" {
		words = string(bot.Unsure)
	}
	if max(d.Case.Urgency, d.Verdict.Urgency.Level) >= bot.UrgencyHigh {
		words += ", urgent"
	}
	return s + " " + words
}

func label(a bot.Author) string { return text.Cut(text.OneLine(a.Label()), 40) }

func accent(d bot.Dossier) bot.Accent {
	switch {
	case d.Case.Urgency >= bot.UrgencyCritical:
		return bot.AccentUrgent
	case d.Verdict.Label == bot.Positive:
		return bot.AccentPositive
	case d.Verdict.Label == bot.Negative || d.Verdict.Label == bot.Mixed:
		return bot.AccentNegative
	}
	return bot.AccentNone
}

func byline(d bot.Dossier, o Options) bot.Block {
	m := d.Mention
	when := bot.At(m.CreatedAt, bot.TimeRelative)
	when.URL = m.URL
	return bot.Block{Kind: bot.BlockByline, Spans: []bot.Span{
		bot.Link(label(m.Author), m.Author.URL), bot.Plain(" · " + o.source(m.Source) + stars(m.Rating) + " · "), when,
	}}
}

func stars(r bot.Rating) string {
	switch {
	case !r.Given():
		return ""
	case r.Survey:
		return fmt.Sprintf(" · %g of %d", r.Value, r.Of)
	}
	return fmt.Sprintf(" · %g★", r.Value)
}

// quote is the customer's own words, with a note when they are cut or foreign.
func quote(d bot.Dossier) bot.Block {
	said := d.Mention.Said()
	short := text.CutWords(said, quoteLength)
	spans := []bot.Span{bot.Plain("“" + short + "”")}
	if said == "" {
		spans = []bot.Span{bot.Plain(wordless(d.Mention))}
	}
	if d.Mention.Deleted {
		spans = append(spans, bot.Plain(" The author has deleted this."))
	}
	if d.Mention.Language != "" && d.Verdict.Language == "" {
		d.Verdict.Language = d.Mention.Language
	}
	if name := LanguageName(d.Verdict.Language); name != "" && name != "English" {
		spans = append(spans, bot.Span{Text: " (in " + name + ")"})
	}
	b := bot.Block{Kind: bot.BlockQuote, Spans: spans}
	for _, media := range d.Mention.Media {
		if media.Type == "image" && b.Image == nil {
			b.Image = &bot.Image{URL: media.URL, Alt: orWord(media.Alt, "picture from the author")}
		}
	}
	return b
}

// Latest is what the customer wrote last, where that is not what the case
// began with: the answer to our reply, most often.
func Latest(d bot.Dossier) []bot.Block {
	if d.Latest.ID == 0 {
		return nil
	}
	when := bot.At(d.Latest.CreatedAt, bot.TimeRelative)
	when.URL = d.Latest.URL
	said := d.Latest.Said()
	words := "“" + text.CutWords(said, quoteLength) + "”"
	if said == "" {
		words = wordless(d.Latest)
	}
	return []bot.Block{
		{Kind: bot.BlockByline, Spans: []bot.Span{bot.Plain("and last · "), when}},
		{Kind: bot.BlockQuote, Spans: []bot.Span{bot.Plain(words)}},
	}
}

// wordless stands where somebody said nothing in words.
func wordless(m bot.Mention) string {
	switch {
	case m.Rating.Given():
		return "(no words, only a rating)"
	case len(m.Media) > 0:
		return "(no words, only a picture)"
	}
	return "(no words)"
}

// understood is one line: topics, how it reads, whose experience, how many.
func understood(d bot.Dossier, o Options) []bot.Span {
	var parts []string
	if names := d.Verdict.TopicNames(); len(names) > 0 {
		parts = append(parts, text.Cut(text.OneLine(strings.Join(names[:min(3, len(names))], ", ")), shortLength))
	}
	parts = append(parts, Sentiment(d.Verdict))
	switch d.Verdict.Voice {
	case bot.FirstHand:
		parts = append(parts, "says it happened to them")
	case bot.Hearsay:
		parts = append(parts, "has only heard of it")
	}
	if d.Case.People > 1 {
		since := d.Since
		if since.IsZero() {
			since = d.Mention.CreatedAt
		}
		parts = append(parts, fmt.Sprintf("%d people say the same since ", d.Case.People))
		return []bot.Span{bot.Plain(strings.Join(parts, between)), moment(since, o)}
	} else if d.Case.Echoes > 0 {
		parts = append(parts, fmt.Sprintf("%d more like it", d.Case.Echoes))
	}
	return []bot.Span{bot.Plain(strings.Join(parts, between))}
}

// Sentiment is a verdict's label with its probability: "negative 94 %". An
// unsure verdict is a word, not a number.
func Sentiment(v bot.Verdict) string {
	p := 0.0
	switch v.Label {
	case bot.Negative:
		p = v.Probs.Negative
	case bot.Positive:
		p = v.Probs.Positive
	case bot.Neutral:
		p = v.Probs.Neutral
	case bot.Mixed:
		return "mixed"
	}
	if p == 0 {
		return "unsure"
	}
	return fmt.Sprintf("%s %.0f %%", v.Label, 100*p)
}

func alert(d bot.Dossier) bot.Block {
	word := "High priority"
	if max(d.Case.Urgency, d.Verdict.Urgency.Level) >= bot.UrgencyCritical {
		word = "Urgent"
	}
	reasons := d.Verdict.Urgency.Reasons
	if len(reasons) == 0 {
		return bot.Block{Kind: bot.BlockAlert, Spans: []bot.Span{bot.Strong(word)}}
	}
	return bot.Block{Kind: bot.BlockAlert, Spans: []bot.Span{
		bot.Strong(word + ":"), bot.Plain(" " + strings.Join(reasons[:min(3, len(reasons))], ", ")),
	}}
}

// begins is how a mention begins, in one line.
func begins(m bot.Mention) string {
	if said := text.CutWords(text.OneLine(m.Said()), shortLength); said != "" {
		return "“" + said + "”"
	}
	return wordless(m)
}

// doneCase is a case in two lines.
func doneCase(d bot.Dossier, o Options) bot.View {
	b := byline(d, o)
	b.Spans = append(b.Spans, bot.Plain(" · "+begins(d.Mention)))
	return bot.View{
		Notice: fmt.Sprintf("Case %d is %s", d.Case.ID, d.Case.State),
		Accent: bot.AccentDone,
		Blocks: []bot.Block{b,
			{Kind: bot.BlockState, Spans: state(d, o)},
			{Kind: bot.BlockActions, Buttons: append(looseButtons(d), act("Reopen", "reopen", d.Case, bot.ButtonPlain))},
		},
	}
}

func appendLine(blocks []bot.Block, spans []bot.Span) []bot.Block {
	if len(spans) == 0 {
		return blocks
	}
	return append(blocks, bot.Block{Kind: bot.BlockLine, Spans: spans})
}

func orWord(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
