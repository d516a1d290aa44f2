package discord

import (
	"strconv"
	"strings"

	"earshot/bot"
)

// pressKind says what pressing something means.
type pressKind byte

// The kinds of press. The character begins a custom_id; an action's name never
// begins with one of them.
const (
	pressAct    pressKind = 0   // do the action
	pressAsk    pressKind = '?' // ask the question first, then do the action
	pressSubmit pressKind = '>' // submit a form without fields
	pressOpen   pressKind = '^' // open the form that is kept under the key
	pressLeave  pressKind = '!' // do nothing
	pressMenu   pressKind = ':' // a select: its chosen value says what
)

// press is what a custom_id carries. It needs no memory beside itself, except
// pressOpen.
type press struct {
	Kind     pressKind
	Action   bot.ActionID
	Question string // pressAsk: short, without "~"
	Key      string // pressOpen; pressMenu: number of the menu
}

// String encodes p with n to keep equal ones of one message apart; "" when it
// does not fit into a custom_id.
func (p press) encode(n int) string {
	var s string
	switch p.Kind {
	case pressOpen, pressMenu:
		s = string(p.Kind) + p.Key
	case pressLeave:
		s = string(p.Kind)
	case pressAsk:
		s = p.ask(n)
	case pressSubmit:
		s = string(p.Kind) + p.Action.String()
	default:
		s = p.Action.String()
	}
	if n > 0 {
		s = "=" + strconv.Itoa(n) + "=" + s
	}
	if length(s) > maxCustomID || p.named() && !fits(p.Action) {
		return ""
	}
	return s
}

// fits tells whether the action can be read again: it has a name and, written
// out, no more bytes than ParseActionID takes.
func fits(a bot.ActionID) bool { return a.Name != "" && len(a.String()) <= bot.MaxActionID }

// named tells whether the press needs an action.
func (p press) named() bool {
	return p.Kind == pressAct || p.Kind == pressAsk || p.Kind == pressSubmit
}

// ask encodes a question with its action; the question is cut to what room
// there is.
func (p press) ask(n int) string {
	action := p.Action.String()
	room := maxCustomID - length(action) - 2
	if n > 0 {
		room -= 2 + len(strconv.Itoa(n))
	}
	if room < 1 {
		return string(p.Kind) + "~" + action
	}
	return string(p.Kind) + short(strings.ReplaceAll(p.Question, "~", "-"), room) + "~" + action
}

// parsePress reads what encode wrote; an Error of kind ErrInvalid otherwise.
func parsePress(id string) (press, error) {
	if rest, ok := strings.CutPrefix(id, "="); ok {
		if _, after, ok := strings.Cut(rest, "="); ok {
			id = after
		}
	}
	if id == "" {
		_, err := bot.ParseActionID(id)
		return press{}, err
	}
	p := press{Kind: pressKind(id[0])}
	switch p.Kind {
	case pressOpen, pressMenu:
		p.Key = id[1:]
		return p, nil
	case pressLeave:
		return p, nil
	case pressAsk:
		question, action, _ := strings.Cut(id[1:], "~")
		p.Question, id = question, action
	case pressSubmit:
		id = id[1:]
	default:
		p.Kind = pressAct
	}
	var err error
	p.Action, err = bot.ParseActionID(id)
	return p, err
}
