package platformtest

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"earshot/bot"
)

// Unsound lists what a view promises to every platform and does not keep,
// whatever was written by whom: a notice of one line, labels of one line (each
// platform cuts what is too long for it), actions that fit and can be read
// again, at most one main button.
func Unsound(v bot.View) []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if strings.TrimSpace(v.Notice) == "" || strings.ContainsAny(v.Notice, "\n\r") {
		say("the notice is %.80q", v.Notice)
	}
	if len(v.Blocks) == 0 {
		say("it has no blocks")
	}
	main := 0
	check := func(b bot.Button) {
		if n := utf8.RuneCountInString(b.Label); n == 0 || strings.ContainsAny(b.Label, "\n\r") {
			say("the label %.80q has %d characters", b.Label, n)
		}
		if b.URL != "" {
			return
		}
		if id := b.Action.String(); len(id) > bot.MaxActionID {
			say("the action %.120q has %d bytes", id, len(id))
		}
		if got, err := bot.ParseActionID(b.Action.String()); err != nil || got != b.Action {
			say("the action %.120q cannot be read again: %v", b.Action, err)
		}
		if b.Style == bot.ButtonMain {
			main++
		}
	}
	for _, bl := range v.Blocks {
		for _, b := range bl.Buttons {
			check(b)
		}
		for _, m := range bl.Menus {
			if len(m.Options) == 0 || len(m.Options) > 25 {
				say("the menu %.80q has %d options", m.Label, len(m.Options))
			}
			for _, b := range m.Options {
				check(b)
			}
		}
	}
	if main > 1 {
		say("it has %d main buttons", main)
	}
	return wrong
}
