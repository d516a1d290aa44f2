package discord

import (
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// openModal draws a form with fields as a modal. Discord calls the button that
// sends it "Submit", whatever the form calls it, so the intro says what that
// leads to.
func openModal(f bot.Form) modal {
	m := modal{CustomID: (press{Action: f.Action}).encode(0), Title: shortOr(f.Title, maxModalTitle, "Earshot")}
	if m.CustomID == "" {
		m.CustomID = (press{Kind: pressLeave}).encode(0)
	}
	if intro := introOf(f, maxModalIntro); intro != "" {
		m.Components = append(m.Components, component{Type: typeText, Content: intro})
	}
	names := map[string]bool{}
	for _, field := range f.Fields {
		if name := field.Name; name == "" || names[name] || length(name) > maxCustomID || len(m.Components) == maxModalParts {
			continue
		}
		names[field.Name] = true
		m.Components = append(m.Components, label(field))
	}
	if len(m.Components) == 0 {
		m.Components = []component{{Type: typeText, Content: "There is nothing to fill in."}}
	}
	return m
}

// introOf is all the words above the fields, as one text: a modal has room for
// five parts.
func introOf(f bot.Form, budget int) string {
	lead := ""
	if submit := short(f.Submit, 60); submit != "" && !strings.EqualFold(submit, "submit") {
		lead = "-# Submit leads to: " + escape(submit)
	}
	m := message{}
	parts := []part{}
	for _, b := range f.Intro {
		if b.Kind != bot.BlockActions && b.Kind != bot.BlockImage && b.Kind != bot.BlockRule {
			b.Image = nil
			parts = append(parts, part{block: b, words: true})
		}
	}
	var lines []string
	for _, p := range m.write(parts, budget-length(lead)-1, false) {
		lines = append(lines, p.text)
	}
	if lead != "" {
		lines = append(lines, lead)
	}
	return strings.Join(lines, "\n")
}

// label is one field with its name and hint.
func label(f bot.Field) component {
	required := !f.Optional
	input := component{Type: typeInput, CustomID: f.Name, Style: inputLong, Required: &required}
	if f.Kind == bot.FieldText {
		input.Style = inputShort
	}
	if f.Kind == bot.FieldChoice {
		if options := optionsOf(f); len(options) > 0 {
			input = component{Type: typeSelect, CustomID: f.Name, Options: options, Required: &required}
		} else {
			required = false // there is nothing to choose, so nobody can be made to
			input.Style = inputShort
		}
	}
	if input.Type == typeInput {
		input.Value = prefill(f)
		input.MaxLength = maxInput
		if f.Max > 0 {
			// A text that is too long already stays, so that its writer can shorten it.
			input.MaxLength = min(max(f.Max, length(input.Value)), maxInput)
		}
	}
	return component{Type: typeLabel, Label: shortOr(f.Label, maxLabel, f.Name), Description: short(f.Hint, maxHint), Component: &input}
}

// prefill is the text that stands in a field at first.
func prefill(f bot.Field) string {
	s := text.Clean(f.Value)
	if f.Kind != bot.FieldLong {
		s = text.OneLine(f.Value)
	}
	return fitting(s, maxInput)
}

func optionsOf(f bot.Field) []choice {
	var out []choice
	for _, o := range f.Options {
		taken := slices.ContainsFunc(out, func(c choice) bool { return c.Value == o.Value })
		if o.Value == "" || length(o.Value) > maxOptionText || taken || len(out) == maxOptions {
			continue
		}
		out = append(out, choice{Label: shortOr(o.Label, maxOptionText, o.Value), Value: o.Value, Default: o.Value == f.Value})
	}
	return out
}

// preview draws a form that cannot be a modal as a message: what it says, the
// button that submits it, and the way back.
func preview(f bot.Form) message {
	ids := map[string]int{}
	submit := component{Type: typeButton, Style: stylePrimary, Label: shortOr(f.Submit, maxButtonLabel, "Go on"),
		CustomID: customID(press{Kind: pressSubmit, Action: f.Action}, ids)}
	buttons := []component{submit}
	if f.Back != nil {
		if back, ok := drawButton(*f.Back, ids); ok {
			buttons = append(buttons, back)
		}
	}
	return draw(formView(f), drawing{extra: []part{{comp: &component{Type: typeRow, Components: buttons}}}})
}

// reopen draws a message with a button that opens the kept form.
func reopen(v bot.View, key, words string) message {
	open := component{Type: typeButton, Style: stylePrimary, Label: words, CustomID: press{Kind: pressOpen, Key: key}.encode(0)}
	return draw(v, drawing{extra: []part{{comp: &component{Type: typeRow, Components: []component{open}}}}})
}

// formView is a form's title and intro as a view.
func formView(f bot.Form) bot.View {
	v := bot.View{Notice: f.Title}
	if f.Title != "" {
		v.Blocks = append(v.Blocks, bot.Heading(f.Title))
	}
	v.Blocks = append(v.Blocks, f.Intro...)
	return v
}

// withErrors is a form as it was sent, with what was typed in it and what is
// wrong with it above.
func withErrors(f bot.Form, values, errs map[string]string) bot.Form {
	fields := slices.Clone(f.Fields)
	var lines []bot.Block
	for i, field := range fields {
		if v, ok := values[field.Name]; ok {
			fields[i].Value = v
		}
		if msg := errs[field.Name]; msg != "" {
			lines = append(lines, problem(field.Label, msg))
		}
	}
	for name, msg := range errs {
		if !slices.ContainsFunc(fields, func(f bot.Field) bool { return f.Name == name }) {
			lines = append(lines, problem("", msg))
		}
	}
	f.Fields, f.Intro = fields, append(lines, f.Intro...)
	return f
}

// problem is the line that says what is wrong with a field.
func problem(label, msg string) bot.Block {
	spans := []bot.Span{bot.Plain(msg)}
	if label != "" {
		spans = []bot.Span{bot.Plain(label + ": "), bot.Plain(msg)}
	}
	return bot.Block{Kind: bot.BlockAlert, Spans: spans}
}
