package card

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/text"
)

// followersFrom is the least number of followers worth a word.
const followersFrom = 500

// Speaking is one line on who wrote it: "Gold customer since 2021 · 3,400
// followers · second time in a month (case 987, resolved)"; empty when nothing
// is known.
func Speaking(s bot.Speaker) string {
	var parts []string
	if s.Customer.ID > 0 {
		who := Customer(s.Customer)
		if s.Linked.By.Known() {
			who += ", linked by " + short(s.Linked.By.Name)
		}
		parts = append(parts, who)
	}
	if s.Author.Followers >= followersFrom {
		parts = append(parts, Thousands(s.Author.Followers)+" followers")
	}
	switch {
	case s.LastCase > 0:
		parts = append(parts, before(s))
	case s.Mentions == 1:
		parts = append(parts, "one earlier mention")
	case s.Mentions > 1:
		parts = append(parts, Thousands(s.Mentions)+" earlier mentions")
	}
	return strings.Join(parts, between)
}

// Customer is who a known person is to us: "Gold customer since 2021".
func Customer(c bot.Customer) string {
	s := "Customer"
	if tier := text.Cut(text.OneLine(c.Tier), 24); tier != "" {
		first, size := utf8.DecodeRuneInString(tier)
		s = string(unicode.ToUpper(first)) + tier[size:] + " customer"
	}
	if !c.Since.IsZero() {
		s += " since " + c.Since.Format("2006")
	}
	return s
}

// CustomerName is what a customer is called among us: their name, and their id
// in the customer's own records.
func CustomerName(c bot.Customer) string {
	id := text.Cut(text.OneLine(c.ExternalID), 40)
	if name := text.Cut(text.OneLine(c.Name), 40); name != "" {
		return name + " (" + id + ")"
	}
	return id
}

// before says what went before: "second time in a month (case 987, resolved)".
func before(s bot.Speaker) string {
	last := fmt.Sprintf("case %d, %s", s.LastCase, s.LastState)
	if s.Last30Days == 0 {
		return "wrote before (" + last + ")"
	}
	ordinals := []string{"second", "third", "fourth", "fifth"}
	if s.Last30Days > len(ordinals) {
		return fmt.Sprintf("%d times in a month (last %s)", s.Last30Days+1, last)
	}
	return ordinals[s.Last30Days-1] + " time in a month (" + last + ")"
}

// Thousands sets a count as people read it: "3,400".
func Thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Note is one line of a card's thread: what was done; who and when are set
// beside it.
func Note(ev bot.Event, escalateTo []bot.Person) bot.View {
	spans := []bot.Span{bot.Who(ev.By), bot.Plain(" " + text.CutWords(text.OneLine(ev.Text), 600) + " · "), bot.At(ev.At, bot.TimeClock)}
	for _, p := range escalateTo {
		ping := bot.Who(p)
		ping.Ping = true
		spans = append(spans, bot.Plain(" "), ping)
	}
	return bot.View{Notice: text.CutWords(text.OneLine(ev.By.Name+" "+ev.Text), quoteLength), Blocks: []bot.Block{bot.Line(spans...)}}
}

// Told is a word to the team about Earshot itself, with what to do.
func Told(n bot.Notice) bot.View {
	short := text.CutWords(text.OneLine(n.Text), quoteLength)
	if !n.Mended.IsZero() {
		head := "Well again: "
		if !n.At.IsZero() {
			head = "Well again after " + Span(n.Mended.Sub(n.At)) + ": "
		}
		return bot.View{Notice: head + short, Accent: bot.AccentPositive,
			Blocks: []bot.Block{bot.Line(bot.Strong(head), bot.Plain(n.Text))}}
	}
	v := bot.View{Notice: short, Accent: bot.AccentUrgent, Blocks: []bot.Block{bot.Line(bot.Strong(n.Text))}}
	if n.Mend != "" {
		v.Blocks = append(v.Blocks, bot.Line(bot.Plain(n.Mend)))
	}
	return v
}

// Fold is the roll-up card of a flood: cases beyond what a channel can take.
func Fold(f bot.Fold, first []bot.Dossier, o Options) bot.View {
	head := fmt.Sprintf("%s more cases since %s", Thousands(len(f.Cases)), clock(f.Since, o))
	why := "They came faster than this channel can be read, so they are folded here. Each can be claimed and answered as usual."
	see := "See the " + Thousands(len(f.Cases))
	if len(f.Cases) == 1 {
		head, see = "One more case since "+clock(f.Since, o), "See it"
		why = "It came faster than this channel can be read, so it is folded here. It can be claimed and answered as usual."
	}
	v := bot.View{Notice: head, Accent: bot.AccentNegative, Blocks: []bot.Block{bot.Heading(head), bot.Line(bot.Plain(why))}}
	var rows []bot.Row
	for _, d := range first[:min(5, len(first))] {
		rows = append(rows, bot.Row{Label: fmt.Sprintf("Case %d", d.Case.ID), Spans: []bot.Span{
			bot.Strong(label(d.Mention.Author)), bot.Plain(" " + begins(d.Mention))}})
	}
	if len(rows) > 0 {
		v.Blocks = append(v.Blocks, bot.Block{Kind: bot.BlockRows, Rows: rows})
	}
	v.Blocks = append(v.Blocks, bot.Block{Kind: bot.BlockActions, Buttons: []bot.Button{{
		Label: see, Style: bot.ButtonMain, Action: bot.ActionID{Name: "fold.see", Target: f.ID}}}})
	return v
}

// Spike is the card of an episode. first is its first mention, where known;
// chart its picture, where there is one.
func Spike(s bot.Spike, first bot.Mention, chart *bot.Image, o Options) bot.View {
	verb := "spoke of it"
	if s.Series.Negative {
		verb = "complained"
	}
	head := fmt.Sprintf("%s: %s people %s since %s, %s", text.Cut(text.OneLine(SeriesName(s.Series)), 60), Thousands(s.Count), verb, clock(s.Since, o), usual(s))
	v := bot.View{Notice: head, Accent: bot.AccentUrgent}
	if s.State == bot.SpikeOver {
		v.Accent = bot.AccentDone
	}
	v.Blocks = append(v.Blocks, bot.Heading(head))
	v.Blocks = appendLine(v.Blocks, began(s, first, o))
	v.Blocks = appendLine(v.Blocks, firstHand(s))
	v.Blocks = appendLine(v.Blocks, around(s, o))
	v.Blocks = appendLine(v.Blocks, grounds(s))
	v.Blocks = appendLine(v.Blocks, generated(s))
	if chart != nil {
		v.Blocks = append(v.Blocks, bot.Block{Kind: bot.BlockImage, Image: chart})
	}
	if s.State == bot.SpikeOpen {
		v.Blocks = append(v.Blocks, bot.Block{Kind: bot.BlockActions, Buttons: spikeButtons(s)})
	}
	return bot.View{Notice: v.Notice, Accent: v.Accent, Blocks: append(v.Blocks, bot.Block{Kind: bot.BlockState, Spans: spikeState(s, o)})}
}

// SeriesName is what a series is called: its topic, else its watch.
func SeriesName(s bot.Series) string {
	if s.Topic != "" {
		return s.Topic
	}
	return s.Watch
}

// usual says what an episode is set against: "about 6 are usual at this time
// (6.8 times)".
func usual(s bot.Spike) string {
	switch n := math.Round(s.Expected); {
	case n < 1:
		return "hardly anybody usually does at this time"
	case n == 1:
		return fmt.Sprintf("about one is usual at this time (%s times)", times(s))
	default:
		return fmt.Sprintf("about %s are usual at this time (%s times)", Thousands(int(n)), times(s))
	}
}

// times is how often more there are than expected, in two digits.
func times(s bot.Spike) string {
	x := float64(s.Count) / s.Expected
	if x < 10 {
		return fmt.Sprintf("%.1f", x)
	}
	return Thousands(int(math.Round(x)))
}

func began(s bot.Spike, first bot.Mention, o Options) []bot.Span {
	var spans []bot.Span
	if first.ID > 0 {
		spans = append(spans, bot.Plain("It began with "), bot.Link(label(first.Author), first.URL),
			bot.Plain(" on "+o.source(first.Source)+" at "+clock(first.CreatedAt, o)))
		if s.Mentions > 0 && s.Reposts > 0 {
			spans = append(spans, bot.Plain(fmt.Sprintf("; %.0f %% of it is reposts", 100*float64(s.Reposts)/float64(s.Mentions))))
		}
		spans = append(spans, bot.Plain(". "))
	}
	if len(s.Words) > 0 {
		quoted := make([]string, 0, 3)
		for _, w := range s.Words[:min(3, len(s.Words))] {
			quoted = append(quoted, "“"+text.Cut(text.OneLine(w), 40)+"”")
		}
		spans = append(spans, bot.Plain("Words that set it apart: "+strings.Join(quoted, ", ")+"."))
	}
	return spans
}

// generated is what a language model made of an episode, marked as such.
func generated(s bot.Spike) []bot.Span {
	said := text.CutWords(text.OneLine(s.Summary), 320)
	if said == "" {
		return nil
	}
	return []bot.Span{bot.Plain(said + " "), bot.Plain("(written by " + text.Cut(text.OneLine(s.SummaryBy), 60) + " from these posts; it may be wrong)")}
}

func firstHand(s bot.Spike) []bot.Span {
	if s.Mentions == 0 {
		return nil
	}
	line := fmt.Sprintf("First-hand: %d of %d.", s.FirstHand, s.Mentions)
	if s.Share > 0 {
		line += fmt.Sprintf(" Negative: %.0f %%, usually %.0f %%.", 100*s.Share, 100*s.UsualNeg)
	}
	if s.Why != "" {
		line += " It is " + s.Why + "."
	}
	return []bot.Span{bot.Plain(line)}
}

func spikeButtons(s bot.Spike) []bot.Button {
	on := func(label, name string, style bot.ButtonStyle) bot.Button {
		return bot.Button{Label: label, Style: style, Action: bot.ActionID{Name: name, Target: s.ID, Version: s.Version}}
	}
	see := on("See the "+Thousands(max(s.Mentions, s.Count)), "spike.see", bot.ButtonPlain)
	claim, reply := on("Claim", "spike.claim", bot.ButtonMain), on("Reply", "spike.reply", bot.ButtonPlain)
	if s.Owner.Known() {
		reply.Style = bot.ButtonMain
		return []bot.Button{see, reply, on("Mute this spike", "spike.mute", bot.ButtonPlain)}
	}
	return []bot.Button{see, claim, reply, on("Mute this spike", "spike.mute", bot.ButtonPlain)}
}

func spikeState(s bot.Spike, o Options) []bot.Span {
	parts := []string{fmt.Sprintf("Spike %d", s.ID)}
	if s.State == bot.SpikeOver {
		parts = append(parts, fmt.Sprintf("over after %s, %s people", Span(s.ClosedAt.Sub(s.Since)), Thousands(s.Count)))
		return []bot.Span{bot.Plain(strings.Join(parts, " · "))}
	}
	parts = append(parts, "open for "+Span(o.Now.Sub(s.OpenedAt)))
	if s.Rising {
		parts = append(parts, "still rising")
	}
	if s.Muted {
		parts = append(parts, "muted")
	}
	spans := []bot.Span{bot.Plain(strings.Join(parts, " · "))}
	if s.Owner.Known() {
		spans = append(spans, bot.Plain(" · "), bot.Who(s.Owner), bot.Plain(" has it"))
	}
	return spans
}

// LanguageName is a language's English name, "" for one without a name here.
func LanguageName(code string) string {
	base, _, _ := strings.Cut(strings.ToLower(code), "-")
	return map[string]string{
		"ar": "Arabic", "da": "Danish", "de": "German", "en": "English", "es": "Spanish", "fi": "Finnish", "fr": "French",
		"hi": "Hindi", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
		"pt": "Portuguese", "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
	}[base]
}
