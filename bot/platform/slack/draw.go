package slack

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"earshot/bot"
	"earshot/bot/text"
)

// drawing turns one view into Block Kit.
type drawing struct {
	loud     bool                  // pings are real
	most     int                   // blocks
	left     int                   // characters that may still be set as words
	labels   int                   // characters that may still be set on buttons and in menus
	pictures map[*bot.Image]string // pictures that were uploaded: their file ids
	noImages bool                  // draw their descriptions instead
	out      []slack.Block         //
	menus    int                   // drawn so far, for their ids
	nonce    string                // of this draw: Slack forgets what was chosen in a menu
}

// blocks draws a view.
func (d *drawing) blocks(v bot.View) []slack.Block {
	d.labels = min(allLabels(v), maxLabels)
	d.left = maxAll - d.labels
	dot := mood(v.Accent)
	for _, b := range v.Blocks {
		if dot != "" && len(b.Spans) > 0 {
			b.Spans = append([]bot.Span{bot.Plain(dot + " ")}, b.Spans...)
			dot = ""
		}
		d.block(b)
	}
	return d.limited()
}

// mood is a dot before the first words: Slack's blocks have no colour, and a
// channel is read by colour first.
func mood(a bot.Accent) string {
	switch a {
	case bot.AccentUrgent:
		return "🔴"
	case bot.AccentNegative:
		return "🟠"
	case bot.AccentPositive:
		return "🟢"
	}
	return ""
}

func (d *drawing) block(b bot.Block) {
	switch b.Kind {
	case bot.BlockHeading:
		d.heading(b.Spans)
	case bot.BlockByline, bot.BlockState:
		d.quiet(b.Spans)
	case bot.BlockQuote:
		d.quote(b)
	case bot.BlockLine:
		d.richText(slack.NewRichTextSection(d.rich(b.Spans, maxSection)...))
	case bot.BlockAlert:
		d.alert(b.Spans)
	case bot.BlockActions:
		d.actions(b)
	case bot.BlockImage:
		d.image(b.Image)
	case bot.BlockRows:
		d.rows(b.Rows)
	case bot.BlockCode:
		d.code(b.Text)
	case bot.BlockRule:
		d.add(slack.NewDividerBlock())
	}
}

func (d *drawing) add(b slack.Block) { d.out = append(d.out, b) }

// richText adds a rich text block when there is something in it.
func (d *drawing) richText(section slack.RichTextElement) {
	var elements []slack.RichTextSectionElement
	switch s := section.(type) {
	case *slack.RichTextSection:
		elements = s.Elements
	case *slack.RichTextQuote:
		elements = s.Elements
	case *slack.RichTextPreformatted:
		elements = s.Elements
	}
	if len(elements) > 0 {
		d.add(slack.NewRichTextBlock("", section))
	}
}

// heading is a header block; a bold line where it leads somewhere or is longer
// than a header can be.
func (d *drawing) heading(spans []bot.Span) {
	var b strings.Builder
	leads := false
	for _, s := range spans {
		b.WriteString(words(s))
		leads = leads || linked(s) != "" || dated(s) || d.pinged(s) != ""
	}
	title := text.OneLine(b.String())
	if title == "" {
		return
	}
	if leads || size(title) > maxHeader || size(title) > d.left {
		strong := make([]bot.Span, len(spans))
		for i, s := range spans {
			if s.Kind == bot.SpanPlain {
				s.Kind = bot.SpanStrong
			}
			strong[i] = s
		}
		d.richText(slack.NewRichTextSection(d.rich(strong, maxSection)...))
		return
	}
	d.left -= size(title)
	d.add(slack.NewHeaderBlock(plain(title)))
}

// quiet is a context block: small and grey.
func (d *drawing) quiet(spans []bot.Span) {
	t := strings.TrimSpace(d.marked(spans, maxContextText))
	if t != "" {
		d.add(slack.NewContextBlock("", mrkdwn(t)))
	}
}

func (d *drawing) alert(spans []bot.Span) {
	bold := make([]bot.Span, len(spans))
	for i, s := range spans {
		if s.Kind == bot.SpanPlain {
			s.Kind = bot.SpanStrong
		}
		bold[i] = s
	}
	d.richText(slack.NewRichTextSection(d.rich(bold, maxSection)...))
}

// quote sets the customer's words behind a bar; with a picture it is a section,
// since only those have room for a thumbnail.
func (d *drawing) quote(b bot.Block) {
	url := d.thumbnail(b.Image)
	if url == "" {
		d.richText(&slack.RichTextQuote{Type: slack.RTEQuote, Elements: d.rich(b.Spans, maxSection)})
		if b.Image != nil && b.Image.Alt != "" {
			d.quiet([]bot.Span{{Kind: bot.SpanLink, Text: "Picture: " + text.OneLine(b.Image.Alt), URL: b.Image.URL}})
		}
		return
	}
	t := strings.TrimSpace(d.marked(b.Spans, maxSection/2))
	lines := ">" + strings.ReplaceAll(t, "\n", "\n>")
	d.left -= size(lines) - size(t)
	if t == "" || size(lines) > maxSection {
		lines = orElse(t, "…")
	}
	alt := cut(orElse(text.OneLine(b.Image.Alt), "picture from the author"), maxAlt)
	d.add(slack.NewSectionBlock(mrkdwn(lines), nil, slack.NewAccessory(slack.NewImageBlockElement(url, alt))))
}

// thumbnail is the address of a picture that Slack may show, "" for none.
func (d *drawing) thumbnail(img *bot.Image) string {
	if img == nil || d.noImages {
		return ""
	}
	url := text.SafeURL(img.URL)
	if size(url) > maxImageURL {
		return ""
	}
	return url
}

// image is a chart: its file when that was uploaded, else its address, else
// what it would have shown.
func (d *drawing) image(img *bot.Image) {
	if img == nil {
		return
	}
	alt := cut(orElse(text.OneLine(img.Alt), "picture"), maxAlt)
	if id := d.pictures[img]; id != "" && !d.noImages {
		d.add(&slack.ImageBlock{Type: slack.MBTImage, AltText: alt, SlackFile: &slack.SlackFileObject{ID: id}})
		return
	}
	if url := d.thumbnail(img); url != "" {
		d.add(&slack.ImageBlock{Type: slack.MBTImage, AltText: alt, ImageURL: url})
		return
	}
	d.quiet([]bot.Span{{Kind: bot.SpanLink, Text: "Picture: " + alt, URL: img.URL}})
}

// rows sets each row on a line of its own, its label bold: in two columns a
// phone would tear them apart.
func (d *drawing) rows(rows []bot.Row) {
	var all []slack.RichTextSectionElement
	for _, r := range rows {
		spans := r.Spans
		if name := text.OneLine(r.Label); name != "" {
			spans = append([]bot.Span{bot.Strong(name + "  ")}, spans...)
		}
		line := d.rich(spans, maxSection/4)
		if len(line) == 0 {
			continue
		}
		if len(all) > 0 {
			all = append(all, slack.NewRichTextSectionTextElement("\n", nil))
		}
		all = append(all, line...)
	}
	d.richText(slack.NewRichTextSection(all...))
}

func (d *drawing) code(s string) {
	t := fit(text.Clean(s), min(maxSection, d.left), size)
	if t == "" {
		return
	}
	d.left -= size(t)
	d.richText(&slack.RichTextPreformatted{Type: slack.RTEPreformatted, Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(t, nil)}})
}

// limited gives the blocks, at most as many as there may be. What is left out
// is said, and the last two stay: the buttons and the state.
func (d *drawing) limited() []slack.Block {
	if len(d.out) <= d.most {
		return d.out
	}
	keep := d.most - 3
	gone := len(d.out) - keep - 2
	note := slack.NewContextBlock("", mrkdwn(fmt.Sprintf("… %d more are not shown here", gone)))
	out := append([]slack.Block{}, d.out[:keep]...)
	return append(append(out, note), d.out[len(d.out)-2:]...)
}

// plain is text that Slack shows as it is: no emoji codes, no markup.
func plain(s string) *slack.TextBlockObject {
	no := false
	return &slack.TextBlockObject{Type: slack.PlainTextType, Text: s, Emoji: &no}
}

// mrkdwn is text that was escaped by marked or escape. Verbatim, so that Slack
// makes no links or names of its own in it.
func mrkdwn(s string) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.MarkdownType, Text: s, Verbatim: true}
}

// notice is what a phone shows, escaped.
func notice(v bot.View) string {
	return fit(orElse(text.OneLine(v.Notice), "Earshot"), maxNotice, escapedSize)
}
