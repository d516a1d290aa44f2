package platformtest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"time"

	"earshot/bot"
)

// Named is a view with a name for its test and its golden file.
type Named struct {
	Name string
	View bot.View
}

// Noon is a fixed time for views: 2026-03-09 12:00 UTC.
func Noon() time.Time { return time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC) }

// Views are representative views: every kind of block and span, and the cards
// people see most. Every platform draws them whole, nothing cut.
func Views() []Named {
	return append(CardViews(), []Named{
		{"case", CaseView()},
		{"case_claimed", claimedView()},
		{"case_done", doneView()},
		{"spike", SpikeView()},
		{"digest", digestView()},
		{"answer", answerView()},
		{"say", bot.Say("You have case 1042 now.")},
	}...)
}

func press(label, name string, style bot.ButtonStyle) bot.Button {
	return bot.Button{Label: label, Style: style, Action: bot.ActionID{Name: name, Target: 1042, Version: 3}}
}

// CaseView is the card of an open, urgent case with every part it can have.
func CaseView() bot.View {
	dismiss := press("Dismiss", "dismiss", bot.ButtonPlain)
	return bot.View{
		Notice: "@brewhilda (Mastodon): “My second Larkspur died…” negative, urgent",
		Accent: bot.AccentUrgent,
		Blocks: []bot.Block{
			{Kind: bot.BlockByline, Spans: []bot.Span{bot.Link("@brewhilda", "https://social.example/@brewhilda"), bot.Plain(" · Mastodon · "),
				{Kind: bot.SpanTime, Text: "12 min ago", Time: Noon().Add(-12 * time.Minute), Style: bot.TimeRelative, URL: "https://social.example/@brewhilda/1"}}},
			{Kind: bot.BlockQuote, Spans: []bot.Span{bot.Plain("“My second Larkspur died after the 4.2 update. It smells burnt & nobody answers.”")}},
			bot.Line(bot.Plain("Firmware, Support · negative 94 % · says it happened to her · 12 people say the same since "), bot.At(Noon().Add(-2*time.Hour), bot.TimeClock)),
			bot.Line(bot.Plain("Gold customer since 2021 · 3,400 followers · second time in a month ("), bot.Link("case 987", "https://chat.example/987"), bot.Plain(", resolved)")),
			{Kind: bot.BlockAlert, Spans: []bot.Span{bot.Plain("Urgent: smoke or fire is mentioned")}},
			{Kind: bot.BlockActions, Buttons: []bot.Button{press("Claim", "claim", bot.ButtonMain), press("Reply", "reply", bot.ButtonPlain),
				press("Escalate", "escalate", bot.ButtonPlain), press("Snooze", "snooze", bot.ButtonPlain), dismiss},
				Menus: []bot.Menu{{Label: "More", Options: []bot.Button{press("Not negative", "not_negative", ""), press("Not about us", "not_us", ""), press("Show history", "history", "")}}}},
			{Kind: bot.BlockState, Spans: []bot.Span{bot.Plain("Case 1042 · nobody has it · first answer due "), bot.At(Noon().Add(18*time.Minute), bot.TimeRelative)}},
		},
	}
}

func claimedView() bot.View {
	v := CaseView()
	v.Accent = bot.AccentNegative
	resolve := press("Resolve", "resolve", bot.ButtonPlain)
	dismiss := press("Dismiss", "dismiss", bot.ButtonDanger)
	dismiss.Confirm = "Dismiss case 1042 as spam?"
	v.Blocks[5] = bot.Block{Kind: bot.BlockActions, Buttons: []bot.Button{press("Reply", "reply", bot.ButtonMain), resolve, dismiss}}
	v.Blocks[6] = bot.Block{Kind: bot.BlockState, Spans: []bot.Span{bot.Plain("Case 1042 · "), bot.Who(bot.Person{Platform: "test", ID: "U1", Name: "Ann"}), bot.Plain(" has it")}}
	return v
}

func doneView() bot.View {
	return bot.View{Notice: "Case 1042 is resolved", Accent: bot.AccentDone, Blocks: []bot.Block{
		{Kind: bot.BlockByline, Spans: []bot.Span{bot.Link("@brewhilda", "https://social.example/@brewhilda"), bot.Plain(" · Mastodon · “My second Larkspur died…”")}},
		{Kind: bot.BlockState, Spans: []bot.Span{bot.Plain("Resolved: faulty 4.2 update, replacement sent")}},
	}}
}

// SpikeView is the card of a spike with its chart.
func SpikeView() bot.View {
	return bot.View{Notice: "Firmware: 41 people complained since 10:00", Accent: bot.AccentNegative, Blocks: []bot.Block{
		bot.Heading("Firmware: 41 people complained since 10:00, about 6 are usual"),
		bot.Line(bot.Plain("It began with "), bot.Link("@brewhilda on Mastodon", "https://social.example/@brewhilda/1"), bot.Plain("; 58 % of it is reposts. Words that set it apart: "), bot.Strong("“burnt smell”"), bot.Plain(".")),
		{Kind: bot.BlockImage, Image: &bot.Image{Name: "spike.png", Alt: "Complaints an hour, far above the usual band since 10:00", PNG: Picture()}},
		{Kind: bot.BlockActions, Buttons: []bot.Button{press("See the 41", "spike.list", ""), press("Claim", "spike.claim", bot.ButtonMain), press("Mute this spike", "spike.mute", "")}},
		{Kind: bot.BlockState, Spans: []bot.Span{bot.Plain("Spike 7 · open for 2 h 10 min · still rising")}},
	}}
}

func digestView() bot.View {
	return bot.View{Notice: "Larkspur, week of 9 March: social NPS +12", Blocks: []bot.Block{
		bot.Heading("Larkspur · week of 9 to 15 March (Europe/Berlin)"),
		bot.Line(bot.Plain("Social NPS (estimate) "), bot.Strong("+12"), bot.Plain(", between +6 and +18 · 412 people")),
		{Kind: bot.BlockImage, Image: &bot.Image{Name: "nps.png", Alt: "Score with its band, 12 weeks", PNG: Picture()}},
		{Kind: bot.BlockRows, Rows: []bot.Row{
			{Label: "What moved it", Spans: []bot.Span{bot.Plain("Firmware −7 (41 detractors, from 6) · Delivery +4")}},
			{Label: "What we did", Spans: []bot.Span{bot.Plain("63 cases, "), bot.Strong("58 answered"), bot.Plain(" · 5 unanswered")}},
			{Label: "Needs a decision", Spans: []bot.Span{bot.Plain("Recall of 4.2?")}},
		}},
		{Kind: bot.BlockRule},
		{Kind: bot.BlockState, Spans: []bot.Span{bot.Plain("Sources: all well, except Reddit: silent since "), bot.At(Noon().Add(-48*time.Hour), bot.TimeDay)}},
	}}
}

func answerView() bot.View {
	return bot.View{Notice: "3 cases wait", Blocks: []bot.Block{
		bot.Heading("Inbox"),
		{Kind: bot.BlockRows, Rows: []bot.Row{
			{Label: "1042", Spans: []bot.Span{bot.Link("@brewhilda", "https://chat.example/1042"), bot.Plain(" · smoke or fire · due in 18 min")}},
			{Label: "1040", Spans: []bot.Span{bot.Plain("@slowpour · delivery")}},
		}},
		{Kind: bot.BlockCode, Text: "Hello *Hilda*,\nwe are <sorry>.\n  Please write to help@example.com"},
		{Kind: bot.BlockActions, Buttons: []bot.Button{{Label: "Next page", Action: bot.ActionID{Name: "page", Arg: "2"}}, {Label: "Open the console", URL: "https://earshot.example/cases"}}},
	}}
}

// Picture is a small PNG.
func Picture() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 60, 30))
	for x := range 60 {
		img.Set(x, 29-x/2, color.RGBA{R: 0xc0, A: 0xff})
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		panic(err) // an image in memory always encodes
	}
	return buf.Bytes()
}

// Words lists the runs of text that a reader of v must find, in order. Times
// are left out: each platform shows them its own way.
func Words(v bot.View) []string {
	var out []string
	spans := func(ss []bot.Span) {
		for _, s := range ss {
			if t := strings.TrimSpace(s.Text); t != "" && s.Kind != bot.SpanTime {
				out = append(out, t)
			}
		}
	}
	for _, b := range v.Blocks {
		spans(b.Spans)
		for _, r := range b.Rows {
			out = append(out, r.Label)
			spans(r.Spans)
		}
		if b.Image != nil && b.Kind == bot.BlockImage {
			out = append(out, b.Image.Alt)
		}
		if b.Text != "" {
			out = append(out, strings.Split(b.Text, "\n")...)
		}
	}
	return out
}
