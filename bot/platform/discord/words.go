package discord

import (
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// inked writes the words of a block within budget.
func inked(b bot.Block, budget int, loud bool) (string, *ink) {
	var k *ink
	switch b.Kind {
	case bot.BlockHeading:
		k = newInk(budget, "### ", loud)
		k.spans(b.Spans, true)
	case bot.BlockState:
		k = newInk(budget, "-# ", loud)
		k.spans(b.Spans, true)
	case bot.BlockQuote:
		k = newInk(budget, "> ", loud)
		k.spans(b.Spans, false)
	case bot.BlockAlert:
		k = newInk(budget, "", loud)
		k.always = true
		k.spans(b.Spans, false)
	case bot.BlockByline:
		k = newInk(budget, "", loud)
		k.spans(b.Spans, true)
	case bot.BlockRows:
		k = newInk(budget, "", loud)
		k.rows(b.Rows)
	case bot.BlockCode:
		return code(b.Text, budget), newInk(0, "", false)
	default:
		k = newInk(budget, "", loud)
		k.spans(b.Spans, false)
		if b.Text != "" && len(b.Spans) == 0 {
			k.text(clean(b.Text, false))
		}
	}
	return k.done(), k
}

// rows writes a small table: a bold label, then its words, one row a line.
func (k *ink) rows(rows []bot.Row) {
	first := true
	for _, r := range rows {
		label := text.OneLine(r.Label)
		if label == "" && len(r.Spans) == 0 {
			continue
		}
		if !first {
			k.raw("\n")
		}
		first = false
		if label != "" {
			k.setBold(true)
			k.text(label)
			k.setBold(false)
			k.text("  ")
		}
		k.spans(r.Spans, true)
	}
}

// code is text to copy, exactly as it is: a code block, or escaped words where
// the text itself holds the end of one.
func code(s string, budget int) string {
	const fence = "```"
	s = strings.TrimRight(keepIndent(s), "\n ")
	if strings.TrimSpace(s) == "" {
		return ""
	}
	fenced := fence + "\n" + s + "\n" + fence
	if !strings.Contains(s, "``") && !strings.HasSuffix(s, "`") && length(fenced) <= budget {
		return fenced
	}
	k := newInk(budget, "", false)
	k.text(s)
	return k.done()
}

// keepIndent is text.Clean that keeps the spaces before the first word.
func keepIndent(s string) string {
	c := text.Clean(s)
	indent := s[:len(s)-len(strings.TrimLeft(s, " "))]
	return indent + c
}

// rows lays buttons and menus out: five buttons a row, each menu a row.
func rows(b bot.Block, ids map[string]int) []part {
	var out []part
	var row []component
	flush := func() {
		if len(row) > 0 && ids["rows"] < maxRows {
			ids["rows"]++
			out = append(out, part{comp: &component{Type: typeRow, Components: row}})
		}
		row = nil
	}
	for _, button := range b.Buttons {
		c, ok := drawButton(button, ids)
		if !ok {
			continue
		}
		if row = append(row, c); len(row) == maxRowButtons {
			flush()
		}
	}
	flush()
	for _, menu := range b.Menus {
		if c, ok := drawMenu(menu, ids); ok {
			row = []component{c}
			flush()
		}
	}
	return out
}

// pressOf is what pressing a button means.
func pressOf(b bot.Button) press {
	if strings.TrimSpace(b.Confirm) != "" {
		return press{Kind: pressAsk, Action: b.Action, Question: b.Confirm}
	}
	return press{Kind: pressAct, Action: b.Action}
}

// customID encodes p so that no other of the message is equal; "" when it
// cannot be encoded.
func customID(p press, ids map[string]int) string {
	for n := 0; n < 1000; n++ {
		id := p.encode(n)
		if id == "" {
			return ""
		}
		if ids["id "+id] == 0 {
			ids["id "+id]++
			return id
		}
	}
	return ""
}

func drawButton(b bot.Button, ids map[string]int) (component, bool) {
	if b.URL != "" {
		url := linkTarget(b.URL, maxButtonURL)
		return component{Type: typeButton, Style: styleLink, Label: shortOr(b.Label, maxButtonLabel, "Open"), URL: url}, url != ""
	}
	id := customID(pressOf(b), ids)
	style := map[bot.ButtonStyle]int{bot.ButtonMain: stylePrimary, bot.ButtonDanger: styleDanger}[b.Style]
	if style == 0 {
		style = styleSecondary
	}
	return component{Type: typeButton, Style: style, Label: shortOr(b.Label, maxButtonLabel, b.Action.Name), CustomID: id}, id != ""
}

// drawMenu draws a menu as a select. An option that asks once shows its
// question below its label, before it is chosen.
func drawMenu(m bot.Menu, ids map[string]int) (component, bool) {
	ids["menus"]++
	c := component{Type: typeSelect, Placeholder: shortOr(m.Label, maxPlaceholder, "More"),
		CustomID: customID(press{Kind: pressMenu, Key: itoa(ids["menus"])}, ids)}
	taken := map[string]int{}
	for _, o := range m.Options {
		value := customID(pressOf(o), taken)
		if o.URL != "" || value == "" || len(c.Options) == maxOptions {
			continue
		}
		c.Options = append(c.Options, choice{Label: shortOr(o.Label, maxOptionText, o.Action.Name), Value: value, Description: short(o.Confirm, maxOptionText)})
	}
	return c, len(c.Options) > 0 && c.CustomID != ""
}
