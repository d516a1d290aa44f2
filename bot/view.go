package bot

import "time"

// View is something people see, said once and drawn by each platform in its
// own idiom: a card, a spike, a digest, an answer to a command. Text in it is
// text: every renderer escapes it, and no markup is read from it.
type View struct {
	Notice string  `json:"notice"`           // what a phone's notification shows; plain text
	Accent Accent  `json:"accent,omitempty"` // the one colour
	Blocks []Block `json:"blocks"`
}

// Accent is the mood of a view; platforms turn it into a colour.
type Accent string

// The accents.
const (
	AccentNone     Accent = ""
	AccentNegative Accent = "negative"
	AccentUrgent   Accent = "urgent"
	AccentPositive Accent = "positive"
	AccentDone     Accent = "done"
)

// BlockKind says what a block is, and so how it is drawn.
type BlockKind string

// The kinds of block.
const (
	BlockHeading BlockKind = "heading" // Spans: one line, large
	BlockByline  BlockKind = "byline"  // Spans: who, where, when: one line at the top of a card
	BlockQuote   BlockKind = "quote"   // Spans: the customer's words, the largest thing there is; Image: a thumbnail
	BlockLine    BlockKind = "line"    // Spans: one paragraph
	BlockAlert   BlockKind = "alert"   // Spans: urgent, and why
	BlockState   BlockKind = "state"   // Spans: the last, quiet line
	BlockActions BlockKind = "actions" // Buttons and Menus in one row
	BlockImage   BlockKind = "image"   // Image: a chart
	BlockRows    BlockKind = "rows"    // Rows: a label at the left, spans at the right
	BlockCode    BlockKind = "code"    // Text: to copy, exactly as it is
	BlockRule    BlockKind = "rule"    // a thin line
)

// Block is one piece of a view; which fields count depends on Kind.
type Block struct {
	Kind    BlockKind `json:"kind"`
	Spans   []Span    `json:"spans,omitempty"`
	Buttons []Button  `json:"buttons,omitempty"`
	Menus   []Menu    `json:"menus,omitempty"`
	Image   *Image    `json:"image,omitempty"`
	Rows    []Row     `json:"rows,omitempty"`
	Text    string    `json:"text,omitempty"`
}

// Row is one line of a small table.
type Row struct {
	Label string `json:"label"`
	Spans []Span `json:"spans"`
}

// SpanKind says how a run of text is set.
type SpanKind string

// The kinds of span.
const (
	SpanPlain  SpanKind = ""
	SpanStrong SpanKind = "strong"
	SpanLink   SpanKind = "link"   // Text leads to URL (http or https; else drawn as plain)
	SpanTime   SpanKind = "time"   // Time, shown to each reader in their own zone; Text is the fallback
	SpanPerson SpanKind = "person" // Person by name; a real ping only where Ping is set
)

// Span is a run of text. Text is never markup.
type Span struct {
	Kind   SpanKind  `json:"kind,omitempty"`
	Text   string    `json:"text,omitempty"`
	URL    string    `json:"url,omitempty"`
	Time   time.Time `json:"time,omitzero"`
	Style  TimeStyle `json:"style,omitempty"`
	Person *Person   `json:"person,omitempty"`
	Ping   bool      `json:"ping,omitempty"`
}

// TimeStyle says how a time is shown.
type TimeStyle string

// The styles of a time.
const (
	TimeRelative TimeStyle = "relative" // "12 min ago", "in 18 min"
	TimeClock    TimeStyle = "clock"    // "10:04"
	TimeDay      TimeStyle = "day"      // "Mon 9 Mar 09:00"
)

// Plain is text as it is.
func Plain(s string) Span { return Span{Text: s} }

// Strong is text that stands out.
func Strong(s string) Span { return Span{Kind: SpanStrong, Text: s} }

// Link is text that leads to url; plain text where url is empty.
func Link(s, url string) Span {
	if url == "" {
		return Plain(s)
	}
	return Span{Kind: SpanLink, Text: s, URL: url}
}

// At is a time; its fallback text is in UTC.
func At(t time.Time, style TimeStyle) Span {
	layout := map[TimeStyle]string{TimeClock: "15:04 UTC", TimeDay: "Mon 2 Jan 15:04 UTC", TimeRelative: "2 Jan 15:04 UTC"}[style]
	return Span{Kind: SpanTime, Time: t.UTC(), Style: style, Text: t.UTC().Format(layout)}
}

// Who names a person without waking them.
func Who(p Person) Span { return Span{Kind: SpanPerson, Text: p.Name, Person: &p} }

// Line is a paragraph of spans.
func Line(spans ...Span) Block { return Block{Kind: BlockLine, Spans: spans} }

// Heading is one large line.
func Heading(s string) Block { return Block{Kind: BlockHeading, Spans: []Span{Plain(s)}} }

// Say is a view of one sentence.
func Say(s string) View { return View{Notice: s, Blocks: []Block{Line(Plain(s))}} }

// ButtonStyle is how much a button calls.
type ButtonStyle string

// The styles of button. A view has at most one main button.
const (
	ButtonPlain  ButtonStyle = ""
	ButtonMain   ButtonStyle = "main"
	ButtonDanger ButtonStyle = "danger"
)

// Button does Action when pressed; with URL it opens a page instead.
type Button struct {
	Label   string      `json:"label"`
	Action  ActionID    `json:"action"`
	Style   ButtonStyle `json:"style,omitempty"`
	URL     string      `json:"url,omitempty"`
	Confirm string      `json:"confirm,omitempty"` // asked once before a final act: the consequence, as a question
}

// Menu offers several actions behind one label.
type Menu struct {
	Label   string   `json:"label"` // "More"
	Options []Button `json:"options"`
}

// Image is a picture that Earshot made, or a thumbnail at URL.
type Image struct {
	Name string `json:"name,omitempty"` // file name, "nps.png"
	Alt  string `json:"alt"`            // what it shows, for those who cannot see it
	PNG  []byte `json:"png,omitempty"`
	URL  string `json:"url,omitempty"`
}
