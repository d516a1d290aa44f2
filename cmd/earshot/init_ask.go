package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"earshot/bot"
)

// asker puts questions on a terminal, or reads their answers from a pipe.
type asker struct {
	in   *bufio.Reader
	out  io.Writer
	yes  bool // takes what is proposed
	over bool // there are no more answers: what is proposed is taken
	err  error
}

// ask puts a question; an empty answer takes what is proposed.
func (a *asker) ask(question, proposed string) string {
	if a.yes || a.over || a.err != nil {
		return proposed
	}
	fmt.Fprintf(a.out, "%s [%s]: ", question, proposed)
	line, err := a.in.ReadString('\n')
	switch {
	case errors.Is(err, io.EOF):
		a.over = true
	case err != nil:
		a.err = fmt.Errorf("read an answer: %w", err)
	}
	if line = strings.TrimSpace(line); line != "" {
		return line
	}
	return proposed
}

// none is ask for what may be left out: "none" is nothing.
func (a *asker) none(question, proposed string) string {
	s := a.ask(question, proposed)
	if strings.EqualFold(s, "none") {
		return ""
	}
	return s
}

// helped is ask with help, which "?" shows before the question is put again.
func (a *asker) helped(question, proposed, help string) string {
	for {
		s := a.ask(question, proposed)
		if s != "?" {
			return s
		}
		a.say("\n%s\n", strings.TrimSpace(help))
	}
}

func (a *asker) say(format string, args ...any) {
	if !a.yes {
		fmt.Fprintf(a.out, format+"\n", args...)
	}
}

// setting is one answer about a source, as it is written.
type setting struct {
	Key, Value, Note string
}

// chosen is one source that init sets up.
type chosen struct {
	Kind, About string
	Settings    []setting
	Secrets     []setting // what must be set before it runs: the variable, and what it is
	pushed      bool      // it is reached by HTTP
}

// sources asks which kinds to listen to, and what each needs.
func sources(a *asker, kinds []bot.Driver, env bot.SourceEnv) []chosen {
	var all []chosen
	for _, d := range whichKinds(a, kinds) {
		for {
			a.say("\n%s: %s. ? shows what to create first.", d.Kind, d.Reads)
			one := askKind(a, d)
			src, err := one.try(d, env)
			_, one.pushed = src.(bot.Endpoint)
			if err != nil {
				a.say("That does not work yet. %s", bot.Told(err))
			}
			if err == nil || !strings.HasPrefix(strings.ToLower(a.ask("Answer again?", "no")), "y") {
				all = append(all, one)
				break
			}
		}
	}
	return all
}

// whichKinds asks until every name is one.
func whichKinds(a *asker, kinds []bot.Driver) []bot.Driver {
	names := namesOf(kinds, func(d bot.Driver) string { return d.Kind })
	var list strings.Builder
	for _, d := range kinds {
		fmt.Fprintf(&list, "%-14s %s\n", d.Kind, d.Reads)
	}
	for {
		answer := a.helped("Where do your customers speak? Name kinds of source, separated by commas; ? lists them", "none", list.String())
		var picked []bot.Driver
		var wrong []string
		seen := map[string]bool{}
		for _, name := range strings.Split(answer, ",") {
			name = strings.ToLower(strings.TrimSpace(name))
			d, ok := driverOf(kinds, name)
			switch {
			case name == "" || name == "none" || seen[name]:
			case ok:
				picked, seen[name] = append(picked, d), true
			default:
				wrong = append(wrong, name)
			}
		}
		if len(wrong) == 0 {
			return picked
		}
		a.say("There is no kind %s. There are %s.", strings.Join(wrong, ", "), strings.Join(names, ", "))
	}
}

// askKind asks what one kind needs.
func askKind(a *asker, d bot.Driver) chosen {
	one := chosen{Kind: d.Kind, About: d.Reads}
	for _, q := range d.Asks {
		if q.Secret != "" {
			if name := askSecret(a, q, d.Guide); name != "" {
				one.Settings = append(one.Settings, setting{q.Key, "${" + name + "}", ""})
				one.Secrets = append(one.Secrets, setting{q.Key, name, inSentence(q.Ask)})
			}
			continue
		}
		usual := q.Usual
		if usual == "" {
			usual = "leave it out"
		}
		if answer := a.helped("  "+q.Ask, usual, d.Guide); answer != usual {
			one.Settings = append(one.Settings, setting{q.Key, valueOf(d, q, answer), ""})
		}
	}
	return one
}

// askSecret asks for the name of the environment variable that holds a secret.
// What is no such name may be the secret itself: it is neither kept nor shown.
func askSecret(a *asker, q bot.SetupQuestion, guide string) string {
	for {
		name := a.helped("  "+inSentence(q.Ask)+". Secrets are not typed here: which environment variable holds it, or none?", q.Secret, guide)
		if strings.EqualFold(name, "none") {
			return ""
		}
		if variable().MatchString(name) {
			return name
		}
		a.say("  That is no name of an environment variable, as %s. If it is the secret itself, set the variable to it instead.", q.Secret)
	}
}

// inSentence is a question as it stands within a sentence.
func inSentence(ask string) string { return strings.TrimRight(strings.TrimSpace(ask), "?.: ") }
