package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/source/community"
	"earshot/bot/text"
)

type kindsCmd struct {
	Name string `arg:"" optional:"" help:"One kind of source: what to create at the service, what it costs, its limits." placeholder:"NAME"`
	JSON bool   `help:"Print JSON."`
}

// Help is shown by --help.
func (kindsCmd) Help() string {
	return "Examples:\n  earshot kinds\n  earshot kinds mastodon"
}

// kindInfo is one kind of source or platform, as it is printed.
type kindInfo struct {
	Kind    string `json:"kind"`
	Type    string `json:"type"` // source or platform
	Reads   string `json:"reads"`
	Answers string `json:"answers"`
	Live    string `json:"live"`
	Needs   string `json:"needs"`
	Guide   string `json:"guide,omitempty"`
}

func sourceInfo(d bot.Driver) kindInfo {
	return kindInfo{Kind: d.Kind, Type: "source", Reads: d.Reads, Answers: d.Answers, Live: d.Live, Needs: d.Needs}
}

// Run lists the kinds, or shows one.
func (c kindsCmd) Run(e *env) error {
	kinds := drivers(community.NewHub(time.Now))
	if c.Name != "" {
		return c.one(e, kinds)
	}
	var all []kindInfo
	for _, d := range kinds {
		all = append(all, sourceInfo(d))
	}
	all = append(all, platformInfo()...)
	if c.JSON {
		return e.printJSON(all)
	}
	for _, k := range all {
		e.printf("%s", kindLines(k))
	}
	e.printf("earshot kinds NAME says what to create for one.\n")
	return nil
}

// platformInfo is what the team works in.
func platformInfo() []kindInfo {
	return []kindInfo{
		{Kind: "slack", Type: "platform", Reads: "cards, threads, forms, /voc, a message shortcut", Answers: "people answer customers from it", Live: "Socket Mode, or HTTP", Needs: "a Slack app: `earshot manifest slack`"},
		{Kind: "discord", Type: "platform", Reads: "cards, threads, forms, /voc, a message menu", Answers: "people answer customers from it", Live: "the gateway, or HTTP", Needs: "a Discord application: `earshot manifest discord`"},
		{Kind: "console", Type: "platform", Reads: "the same in a browser", Answers: "people answer customers from it", Live: "server-sent events", Needs: "nothing; a login token beyond this machine"},
	}
}

// kindLines is a kind as the list shows it, no wider than a terminal.
func kindLines(k kindInfo) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n", k.Kind, k.Type)
	for _, line := range [][2]string{{"reads", k.Reads}, {"answers", k.Answers}, {"live", k.Live}, {"needs", k.Needs}} {
		label := line[0]
		for _, part := range wrapped(line[1], kindWidth) {
			fmt.Fprintf(&b, "  %-8s%s\n", label, part)
			label = ""
		}
	}
	return b.String() + "\n"
}

// kindWidth keeps a line of the list, with its label, below 80 columns.
const kindWidth = 68

// wrapped breaks s between words into lines of at most width runes.
func wrapped(s string, width int) []string {
	var lines []string
	for _, word := range strings.Fields(s) {
		if n := len(lines); n > 0 && utf8.RuneCountInString(lines[n-1])+1+utf8.RuneCountInString(word) <= width {
			lines[n-1] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// one shows one kind of source, or a platform.
func (c kindsCmd) one(e *env, kinds []bot.Driver) error {
	at := slices.IndexFunc(platformInfo(), func(k kindInfo) bool { return k.Kind == c.Name })
	if at >= 0 && c.JSON {
		return e.printJSON(platformInfo()[at])
	}
	if at >= 0 {
		e.printf("%s", kindLines(platformInfo()[at]))
		return nil
	}
	d, ok := driverOf(kinds, c.Name)
	if !ok {
		names := namesOf(kinds, func(d bot.Driver) string { return d.Kind })
		if near := text.Nearest(c.Name, names); near != "" {
			return bot.Errorf(bot.ErrInvalid, "There is no kind of source %q. Did you mean earshot kinds %s?", c.Name, near)
		}
		return bot.Errorf(bot.ErrInvalid, "There is no kind of source %q. There are %s.", c.Name, strings.Join(names, ", "))
	}
	if c.JSON {
		info := sourceInfo(d)
		info.Guide = strings.TrimSpace(d.Guide)
		return e.printJSON(info)
	}
	e.printf("%s", kindPage(d))
	return nil
}

// kindPage is a kind in Markdown: what it does, and what to create for it.
func kindPage(d bot.Driver) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n", d.Kind)
	for _, line := range [][2]string{{"Reads", d.Reads}, {"Answers", d.Answers}, {"Live", d.Live}, {"Needs", d.Needs}} {
		fmt.Fprintf(&b, "- **%s**: %s\n", line[0], line[1])
	}
	if guide := strings.TrimSpace(d.Guide); guide != "" {
		fmt.Fprintf(&b, "\n%s\n", guide)
	}
	return b.String()
}
