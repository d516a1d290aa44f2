package platformtest

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"earshot/bot"
)

// Canary begins every hostile text: it must still be readable when the rest
// was cut or made harmless.
const Canary = "kingfisher"

// Texts are strings that customers, or people who wish us ill, could write.
func Texts() map[string]string {
	return map[string]string{
		"mentions":   "@here @everyone @channel <!here> <!channel> <!everyone> <@U1> <@U0001> <@&111111111111111111> <@!222222222222222222> <#C1> <!subteam^S1|team>",
		"links":      "<https://evil.example|your bank> [your bank](https://evil.example) javascript:alert(1) <javascript:alert(1)|x> https://evil.example/unfurl",
		"markup":     "*bold* _it_ ~no~ `code` ```block``` ||spoiler|| **b** __u__ # head\n> quote\n>>> all\n- list\n-# small :tada: <:x:1> <t:1:R> <!date^1^{date}|x>",
		"html":       "<script>alert(1)</script><img src=x onerror=alert(1)> &lt;b&gt; &amp; &#64;here </div>",
		"escapes":    `\* \_ \\ \` + "` \\<@U1> ``` \\",
		"rtl":        "abc \u202egnp.exe\u202c \u2066x\u2069 \u200f \u061c שלום العربية",
		"control":    "a\x00b\x07c\x1b[31md\x7fe\u0085f\u2028g\u2029h\ufeffi\u200bj",
		"invalid":    "bad \xff\xfe utf-8 \xc3( \xed\xa0\x80",
		"long":       strings.Repeat("long words go on ", 600),
		"unbroken":   strings.Repeat("x", 10_000),
		"ampersands": strings.Repeat("&<>", 3_000),
		"quotes":     strings.Repeat("*_~`|>\\", 1_500),
		"emoji":      strings.Repeat("👩‍👩‍👧‍👦🏳️‍🌈", 500),
		"zalgo":      "Z" + strings.Repeat("\u0301\u0327\u0330", 800),
		"newlines":   strings.Repeat("\n", 500) + "end",
		"blank":      " \t\n ",
		"nothing":    "",
	}
}

// Hostile are views that no service may refuse, and whose text may wake nobody;
// with -short without those that hold nothing but the hostile text.
func Hostile() []Named {
	var out []Named
	for name, text := range Texts() {
		out = append(out, Named{name, hostileView(Canary + " " + text)})
		if !testing.Short() {
			out = append(out, Named{"bare_" + name, hostileView(text)})
		}
	}
	many := bot.View{Notice: Canary}
	for i := range 60 {
		many.Blocks = append(many.Blocks, bot.Line(bot.Plain(fmt.Sprintf("%s line %d", Canary, i))))
	}
	buttons := bot.View{Notice: Canary, Blocks: []bot.Block{bot.Line(bot.Plain(Canary)), {Kind: bot.BlockActions}}}
	for i := range 30 {
		buttons.Blocks[1].Buttons = append(buttons.Blocks[1].Buttons, press(fmt.Sprintf("Button %d", i), "same", bot.ButtonMain))
	}
	options := bot.View{Notice: Canary, Blocks: []bot.Block{bot.Line(bot.Plain(Canary)), {Kind: bot.BlockActions, Menus: []bot.Menu{{Label: "More"}, {Label: "Empty"}}}}}
	for i := range 150 {
		options.Blocks[1].Menus[0].Options = append(options.Blocks[1].Menus[0].Options, press(fmt.Sprintf("Option %d", i), "same", ""))
	}
	rows := bot.View{Notice: Canary, Blocks: []bot.Block{bot.Line(bot.Plain(Canary)), {Kind: bot.BlockRows}}}
	for i := range 60 {
		rows.Blocks[1].Rows = append(rows.Blocks[1].Rows, bot.Row{Label: fmt.Sprintf("Row %d", i), Spans: []bot.Span{bot.Plain(strings.Repeat("y ", 200))}})
	}
	return append(out, Named{"60_blocks", many}, Named{"30_buttons", buttons}, Named{"150_options", options}, Named{"60_rows", rows},
		Named{"no_blocks", bot.View{Notice: Canary}}, Named{"empty", bot.View{}}, Named{"odd_blocks", oddView()})
}

// hostileView puts text everywhere that text can stand.
func hostileView(text string) bot.View {
	b := bot.Button{Label: text, Confirm: text, Action: bot.ActionID{Name: "claim", Target: 1, Version: 1}}
	page := bot.Button{Label: text, URL: "https://ok.example/" + text}
	spans := []bot.Span{bot.Plain(text), bot.Strong(text), bot.Link(text, text), bot.Link(text, "https://ok.example/?q="+text), bot.Link(text, "javascript:alert(1)"),
		{Kind: bot.SpanPerson, Text: text, Person: &bot.Person{Platform: "x", ID: text, Name: text}}, {Kind: bot.SpanTime, Text: text}}
	return bot.View{Notice: text, Accent: bot.Accent(text), Blocks: []bot.Block{
		{Kind: bot.BlockHeading, Spans: spans}, {Kind: bot.BlockByline, Spans: spans},
		{Kind: bot.BlockQuote, Spans: []bot.Span{bot.Plain(text)}, Image: &bot.Image{Alt: text, URL: "https://ok.example/a.png?" + text}},
		{Kind: bot.BlockLine, Spans: spans}, {Kind: bot.BlockAlert, Spans: spans},
		{Kind: bot.BlockRows, Rows: []bot.Row{{Label: text, Spans: spans}}},
		{Kind: bot.BlockCode, Text: text},
		{Kind: bot.BlockActions, Buttons: []bot.Button{b, page}, Menus: []bot.Menu{{Label: text, Options: []bot.Button{b, b}}}},
		{Kind: bot.BlockState, Spans: spans},
	}}
}

// oddView holds blocks that say nothing or contradict themselves.
func oddView() bot.View {
	return bot.View{Notice: Canary, Blocks: []bot.Block{
		bot.Line(bot.Plain(Canary)), {Kind: "unheard_of", Text: "x"}, {}, {Kind: bot.BlockImage}, {Kind: bot.BlockImage, Image: &bot.Image{}},
		{Kind: bot.BlockImage, Image: &bot.Image{Alt: "x", URL: "ftp://no.example/x.png"}}, {Kind: bot.BlockQuote}, {Kind: bot.BlockRows},
		{Kind: bot.BlockRows, Rows: []bot.Row{{}}}, {Kind: bot.BlockCode}, {Kind: bot.BlockActions}, {Kind: bot.BlockActions, Buttons: []bot.Button{{}}},
		{Kind: bot.BlockActions, Buttons: []bot.Button{{Label: "x", URL: "javascript:alert(1)"}}},
		{Kind: bot.BlockLine, Spans: []bot.Span{{Kind: "odd", Text: "y"}, {Kind: bot.SpanPerson}, {Kind: bot.SpanTime}, {Kind: bot.SpanLink}}}, {Kind: bot.BlockRule},
	}}
}

// AnyText draws a text that mixes words with hostile pieces.
func AnyText() *rapid.Generator[string] {
	pieces := make([]string, 0, 20)
	texts := Texts()
	for _, name := range []string{"mentions", "links", "markup", "html", "escapes", "rtl", "control", "invalid", "long", "unbroken", "ampersands", "quotes", "emoji", "zalgo", "newlines", "blank", "nothing"} {
		pieces = append(pieces, texts[name])
	}
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(0, 3).Draw(t, "pieces") {
			b.WriteString(rapid.OneOf(rapid.SampledFrom(pieces), rapid.String()).Draw(t, "piece"))
		}
		return b.String()
	})
}

// AnyView draws a view of any shape, without pings.
func AnyView() *rapid.Generator[bot.View] {
	return rapid.Custom(func(t *rapid.T) bot.View {
		v := bot.View{Notice: AnyText().Draw(t, "notice"), Accent: rapid.SampledFrom([]bot.Accent{"", bot.AccentNegative, bot.AccentUrgent, bot.AccentPositive, bot.AccentDone}).Draw(t, "accent")}
		for range rapid.IntRange(0, 12).Draw(t, "blocks") {
			v.Blocks = append(v.Blocks, anyBlock(t))
		}
		return v
	})
}

func anyBlock(t *rapid.T) bot.Block {
	b := bot.Block{Kind: rapid.SampledFrom([]bot.BlockKind{bot.BlockHeading, bot.BlockByline, bot.BlockQuote, bot.BlockLine, bot.BlockAlert, bot.BlockState,
		bot.BlockActions, bot.BlockImage, bot.BlockRows, bot.BlockCode, bot.BlockRule}).Draw(t, "kind")}
	switch b.Kind {
	case bot.BlockActions:
		b.Buttons = anyButtons(t, 12)
		for range rapid.IntRange(0, 2).Draw(t, "menus") {
			b.Menus = append(b.Menus, bot.Menu{Label: AnyText().Draw(t, "menu"), Options: anyButtons(t, 8)})
		}
	case bot.BlockRows:
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			b.Rows = append(b.Rows, bot.Row{Label: AnyText().Draw(t, "label"), Spans: anySpans(t)})
		}
	case bot.BlockCode:
		b.Text = AnyText().Draw(t, "code")
	case bot.BlockImage:
		b.Image = &bot.Image{Alt: AnyText().Draw(t, "alt"), URL: rapid.SampledFrom([]string{"", "https://ok.example/a.png", "file:///etc/passwd", "https://"}).Draw(t, "image")}
	default:
		b.Spans = anySpans(t)
	}
	return b
}

func anySpans(t *rapid.T) []bot.Span {
	var out []bot.Span
	for range rapid.IntRange(0, 4).Draw(t, "spans") {
		s := bot.Span{Kind: rapid.SampledFrom([]bot.SpanKind{bot.SpanPlain, bot.SpanStrong, bot.SpanLink, bot.SpanTime, bot.SpanPerson}).Draw(t, "span"), Text: AnyText().Draw(t, "text")}
		switch s.Kind {
		case bot.SpanLink:
			s.URL = rapid.SampledFrom([]string{"", "https://ok.example/a?b=c&d=<e>|f", "javascript:alert(1)", "https://ok.example/ " + s.Text}).Draw(t, "url")
		case bot.SpanTime:
			s.Time, s.Style = Noon(), rapid.SampledFrom([]bot.TimeStyle{bot.TimeClock, bot.TimeDay, bot.TimeRelative, ""}).Draw(t, "style")
		case bot.SpanPerson:
			s.Person = &bot.Person{Platform: "x", ID: AnyText().Draw(t, "id"), Name: s.Text}
		}
		out = append(out, s)
	}
	return out
}

func anyButtons(t *rapid.T, most int) []bot.Button {
	var out []bot.Button
	for range rapid.IntRange(0, most).Draw(t, "buttons") {
		out = append(out, bot.Button{Label: AnyText().Draw(t, "label"), Confirm: rapid.SampledFrom([]string{"", "Sure?", strings.Repeat("sure ", 200)}).Draw(t, "confirm"),
			Style:  rapid.SampledFrom([]bot.ButtonStyle{"", bot.ButtonMain, bot.ButtonDanger}).Draw(t, "style"),
			Action: bot.ActionID{Name: rapid.SampledFrom([]string{"claim", "reply", "x.y"}).Draw(t, "action"), Target: rapid.Int64().Draw(t, "target"), Version: 1, Arg: rapid.StringMatching(`[a-z0-9 ]{0,30}`).Draw(t, "arg")}})
	}
	return out
}
