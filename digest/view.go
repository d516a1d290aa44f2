package digest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/text"
	"earshot/digest/quantify"
)

// Limits of what people see.
const (
	maxMenu  = 10 // cases that can be opened from one digest
	maxLabel = 75 // of a menu's option: Slack's limit (docs.slack.dev/reference/block-kit/composition-objects/option-object)
)

// drawing is a view that is being drawn.
type drawing struct {
	r      Report
	now    time.Time
	zone   *time.Location
	blocks []bot.Block
	open   []bot.Button // figures whose cases can be opened
}

// row adds a line with its label; lines that follow one another are one table.
func (d *drawing) row(label string, spans ...bot.Span) {
	row := bot.Row{Label: label, Spans: spans}
	if n := len(d.blocks); n > 0 && d.blocks[n-1].Kind == bot.BlockRows {
		d.blocks[n-1].Rows = append(d.blocks[n-1].Rows, row)
		return
	}
	d.blocks = append(d.blocks, bot.Block{Kind: bot.BlockRows, Rows: []bot.Row{row}})
}

// image adds a chart; one that cannot be drawn is left out, for the figures say
// it all in words.
func (d *drawing) image(name, alt string, png []byte, err error) {
	if err == nil && len(png) > 0 {
		d.blocks = append(d.blocks, bot.Block{Kind: bot.BlockImage, Image: &bot.Image{Name: name, Alt: alt, PNG: png}})
	}
}

// cases offers the cases behind a figure.
func (d *drawing) cases(label, arg string) {
	id := bot.ActionID{Name: "digest.cases", Target: d.r.Digest, Arg: arg}
	if d.r.Digest != 0 && len(d.open) < maxMenu && len(id.String()) <= bot.MaxActionID && !strings.Contains(arg, "|") {
		d.open = append(d.open, bot.Button{Label: text.Cut(label, maxLabel), Action: id})
	}
}

// View draws the report for people: period and zone first, then each section.
func (r Report) View(now time.Time, zone *time.Location) bot.View {
	d := &drawing{r: r, now: now, zone: zone}
	title := fmt.Sprintf("%s · %s (%s)", text.OneLine(r.Watch), r.label(now, zone), zone)
	d.blocks = append(d.blocks, bot.Heading(title))
	for _, s := range Sections() {
		if slices.Contains(r.Sections, s.Name) {
			s.draw(d)
		}
	}
	if len(d.open) > 0 {
		d.blocks = append(d.blocks, bot.Block{Kind: bot.BlockActions, Menus: []bot.Menu{{Label: "Open the cases", Options: d.open}}})
	}
	d.blocks = append(d.blocks, bot.Block{Kind: bot.BlockState, Spans: []bot.Span{bot.Plain(r.footnote(zone))}})
	return bot.View{Notice: title + ": " + r.headline(), Blocks: d.blocks}
}

func (r Report) label(now time.Time, zone *time.Location) string {
	return label(r.From, r.To, now, zone)
}

// headline is the score in one phrase.
func (r Report) headline() string {
	if !r.SocialNPS.Enough {
		return notEnough(r.SocialNPS.Authors)
	}
	return fmt.Sprintf("Social NPS (estimate) %s, between %s and %s", signed(r.SocialNPS.Score), signed(r.SocialNPS.Low), signed(r.SocialNPS.High))
}

func notEnough(n int) string { return fmt.Sprintf("not enough data (n = %d)", n) }

// footnote says what the figures are of.
func (r Report) footnote(zone *time.Location) string {
	parts := []string{fmt.Sprintf("%s by %s", many(r.Mentions, "mention"), many(r.People, "person"))}
	if r.People > 0 {
		parts = append(parts, fmt.Sprintf("%d %% of them with a view of their own", int(math.Round(100*r.SocialNPS.Coverage))))
	}
	parts = append(parts, "estimated from what people say, not a survey")
	if by := correctedBy()[r.SocialNPS.By]; by != "" {
		parts = append(parts, by)
	}
	return strings.Join(append(parts, "times in "+zone.String()), " · ")
}

// correctedBy says what a score is corrected by.
func correctedBy() map[string]string {
	return map[string]string{
		quantify.FromAudit:      "corrected by what your people labelled",
		quantify.FromValidation: "corrected by how the model errs on public texts",
		quantify.FromNothing:    "counted: how this model errs is not known",
	}
}

// signed is a score in whole points with its sign: "+12", "−7", "0".
func signed(points float64) string {
	switch n := int(math.Round(points)); {
	case n > 0:
		return "+" + thousands(n)
	case n < 0:
		return "−" + thousands(-n)
	}
	return "0"
}

// many is a number with its noun: "1 case", "1,204 cases".
func many(n int, noun string) string {
	if n != 1 {
		noun = map[bool]string{true: "people", false: noun + "s"}[noun == "person"]
	}
	return thousands(n) + " " + noun
}

func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
