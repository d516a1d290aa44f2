package handlers

import (
	"context"
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// Command is something that can be typed after "/voc", or after "@earshot" in
// a thread.
type Command struct {
	Name     string
	Group    string   // heading in help
	Usage    string   // "claim 1042"
	What     string   // "take a case", lower case, no full stop
	Role     bot.Role // the least that may use it
	Run      Handler
	Complete func(ctx context.Context, r *Request) []bot.Option // of Args; nil for none
}

// The groups of help, in its order.
const (
	groupSee  = "Look"
	groupDeal = "Deal with a case"
	groupKnow = "Know how it stands"
	groupRun  = "Look after Earshot"
)

// All lists every command, in the order of help. To add one: a file, and a
// name here.
func All() []Command {
	return []Command{
		inbox(), show(), search(), history(),
		claim(), reply(), resolve(), snooze(), escalate(), dismiss(), release(), assign(), reopen(), merge(), link(), unlink(),
		nps(), digests(), contrasts(), grounds(), spikes(), audit(), learned(), unlearn(),
		sources(), rejected(), deliveries(), mute(), whoami(), help(),
	}
}

// command finds what was typed, or says what it may have been meant to be.
func (d *Desk) command(r *Request) Handler {
	line := text.OneLine(text.Clean(r.In.Text))
	name, rest, _ := strings.Cut(strings.TrimLeft(line, "/ "), " ")
	name = strings.ToLower(name)
	if name == "" {
		name = "help"
	}
	r.Args = strings.TrimSpace(rest)
	i := slices.IndexFunc(d.commands, func(c Command) bool { return c.Name == name })
	if i < 0 {
		return func(context.Context, *Request) (bot.Answer, error) { return bot.Answer{}, d.unknown(r, name) }
	}
	c := d.commands[i]
	if c.Name == "whoami" || c.Name == "help" {
		return c.Run
	}
	return known(func(ctx context.Context, r *Request) (bot.Answer, error) {
		if r.Role < c.Role {
			return bot.Answer{}, bot.Errorf(bot.ErrForbidden, "To %s you need the role %s; you are %s. /voc help lists what you can do.", c.What, c.Role, r.Role)
		}
		return c.Run(ctx, r)
	})
}

// unknown says which command was meant, when one is spelt almost like it.
func (d *Desk) unknown(r *Request, name string) error {
	var names []string
	for _, c := range d.commands {
		if c.Role <= r.Role {
			names = append(names, c.Name)
		}
	}
	if near := text.Nearest(name, names); near != "" {
		return bot.Errorf(bot.ErrInvalid, "There is no command %q. Did you mean /voc %s?", text.Cut(name, 30), near)
	}
	return bot.Errorf(bot.ErrInvalid, "There is no command %q. /voc help lists them.", text.Cut(name, 30))
}
