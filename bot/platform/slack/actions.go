package slack

import (
	"fmt"

	"github.com/slack-go/slack"

	"earshot/bot"
	"earshot/bot/text"
)

// actions draws buttons and menus; more than one block takes are spread over
// several.
func (d *drawing) actions(b bot.Block) {
	var all []slack.BlockElement
	for _, e := range d.controls(b) {
		if n := labels(e); n <= d.labels {
			d.labels -= n
			all = append(all, e)
		}
	}
	id := ""
	if len(b.Buttons)+len(b.Menus) > 0 {
		id = actionsID(b)
	}
	for part := 0; len(all) > 0; part++ {
		n := min(len(all), maxActions)
		d.add(slack.NewActionBlock(d.unique(id), all[:n]...))
		all = all[n:]
	}
}

// controls are the buttons and menus of a block.
func (d *drawing) controls(b bot.Block) []slack.BlockElement {
	var all []slack.BlockElement
	for i, button := range b.Buttons {
		if e := drawButton(i, button); e != nil {
			all = append(all, e)
		}
	}
	for _, m := range b.Menus {
		if e := d.menu(m); e != nil {
			all = append(all, e)
		}
	}
	return all
}

// labels counts the characters that a control shows.
func labels(e slack.BlockElement) int {
	switch e := e.(type) {
	case *slack.ButtonBlockElement:
		n := size(e.Text.Text)
		if c := e.Confirm; c != nil {
			n += size(c.Title.Text) + size(c.Text.Text) + size(c.Confirm.Text) + size(c.Deny.Text)
		}
		return n
	case *slack.OverflowBlockElement:
		return optionLabels(e.Options)
	case *slack.SelectBlockElement:
		return size(e.Placeholder.Text) + optionLabels(e.Options)
	}
	return 0
}

func optionLabels(options []*slack.OptionBlockObject) int {
	n := 0
	for _, o := range options {
		n += size(o.Text.Text)
	}
	return n
}

// allLabels counts the characters of all the controls of a view, so that its
// words leave room for them.
func allLabels(v bot.View) int {
	n := 0
	for _, b := range v.Blocks {
		if b.Kind != bot.BlockActions {
			continue
		}
		for _, e := range new(drawing).controls(b) {
			n += labels(e)
		}
	}
	return n
}

// actionsID names a row of buttons by what it was drawn for.
func actionsID(b bot.Block) string {
	var a bot.ActionID
	switch {
	case len(b.Buttons) > 0:
		a = b.Buttons[0].Action
	case len(b.Menus) > 0 && len(b.Menus[0].Options) > 0:
		a = b.Menus[0].Options[0].Action
	}
	return fmt.Sprintf("acts:%d:%d", a.Target, a.Version)
}

// unique makes a block id that no other block of this view has, as Slack wants
// it (docs.slack.dev/reference/block-kit/blocks/actions-block), and no earlier
// drawing: under its id Slack remembers what was chosen in a menu, and choosing
// the same again would do nothing.
func (d *drawing) unique(id string) string {
	return fmt.Sprintf("%s:%d%s", id, len(d.out), d.nonce)
}

func drawButton(i int, b bot.Button) slack.BlockElement {
	name := cut(b.Label, maxButton)
	e := &slack.ButtonBlockElement{Type: slack.METButton, ActionID: fmt.Sprintf("%d:%s", i, cut(b.Action.Name, 60)), Text: plain(orElse(name, "…"))}
	if b.URL != "" {
		e.URL = text.SafeURL(b.URL)
		if e.URL == "" || size(e.URL) > maxButtonURL {
			return nil // a button that leads nowhere
		}
		return e
	}
	e.Value = b.Action.String()
	if b.Action.Name == "" || len(e.Value) > bot.MaxActionID {
		return nil
	}
	switch b.Style {
	case bot.ButtonMain:
		e.Style = slack.StylePrimary
	case bot.ButtonDanger:
		e.Style = slack.StyleDanger
	}
	e.Confirm = confirm(b)
	return e
}

// confirm asks once before a final act.
func confirm(b bot.Button) *slack.ConfirmationBlockObject {
	question := cut(b.Confirm, maxConfirm)
	if question == "" {
		return nil
	}
	c := &slack.ConfirmationBlockObject{Title: plain("Are you sure?"), Text: plain(question), Confirm: plain(orElse(cut(b.Label, maxConfirmYes), "Yes")), Deny: plain("Cancel")}
	if b.Style == bot.ButtonDanger {
		c.Style = slack.StyleDanger
	}
	return c
}

// menu is an overflow menu ("⋯") where that has room, else a select with the
// menu's label.
func (d *drawing) menu(m bot.Menu) slack.BlockElement {
	options := drawOptions(m.Options)
	if len(options) == 0 {
		return nil
	}
	d.menus++
	id := fmt.Sprintf("menu:%d", d.menus)
	if len(options) <= maxOverflow {
		return &slack.OverflowBlockElement{Type: slack.METOverflow, ActionID: id, Options: options}
	}
	return &slack.SelectBlockElement{Type: slack.OptTypeStatic, ActionID: id, Placeholder: plain(orElse(cut(m.Label, maxPlaceholder), "More")), Options: options[:min(len(options), maxOptions)]}
}

func drawOptions(buttons []bot.Button) []*slack.OptionBlockObject {
	var out []*slack.OptionBlockObject
	seen := map[string]bool{}
	for _, b := range buttons {
		value := b.Action.String()
		if b.Action.Name == "" || len(value) > bot.MaxActionID || seen[value] {
			continue
		}
		seen[value] = true
		out = append(out, &slack.OptionBlockObject{Text: plain(orElse(cut(b.Label, maxOption), "…")), Value: value})
	}
	return out
}
