package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"earshot/bot/platform/discord"
	"earshot/bot/platform/slack"
	"earshot/bot/source/community"
)

type kindsCmd struct {
	JSON bool `help:"Print JSON."`
}

// Help is shown by --help.
func (kindsCmd) Help() string { return "Example:\n  earshot kinds" }

// kindInfo is one kind of source or platform, as it is printed.
type kindInfo struct {
	Kind    string `json:"kind"`
	Type    string `json:"type"` // source or platform
	Reads   string `json:"reads"`
	Answers string `json:"answers"`
	Live    string `json:"live"`
	Needs   string `json:"needs"`
}

// Run lists the kinds.
func (c kindsCmd) Run(e *env) error {
	var all []kindInfo
	for _, d := range drivers(community.NewHub(time.Now)) {
		all = append(all, kindInfo{Kind: d.Kind, Type: "source", Reads: d.Reads, Answers: d.Answers, Live: d.Live, Needs: d.Needs})
	}
	all = append(all,
		kindInfo{"slack", "platform", "cards, threads, forms, /voc, a message shortcut", "people answer customers from it", "Socket Mode, or HTTP", "a Slack app: `earshot manifest slack`"},
		kindInfo{"discord", "platform", "cards, threads, forms, /voc, a message menu", "people answer customers from it", "the gateway, or HTTP", "a Discord application: `earshot manifest discord`"},
		kindInfo{"console", "platform", "the same in a browser", "people answer customers from it", "server-sent events", "nothing; a login token beyond this machine"},
	)
	if c.JSON {
		return e.printJSON(all)
	}
	w := tabwriter.NewWriter(e.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "KIND\tTYPE\tREADS\tANSWERS\tLIVE\tNEEDS")
	for _, k := range all {
		fmt.Fprintln(w, strings.Join([]string{k.Kind, k.Type, k.Reads, k.Answers, k.Live, k.Needs}, "\t"))
	}
	return w.Flush()
}

type manifestCmd struct {
	Platform  string `arg:"" enum:"slack,discord" help:"slack or discord."`
	Mode      string `help:"Slack: socket or http. Discord: gateway or http." default:""`
	Community bool   `help:"Customers talk in channels that Earshot listens to."`
	AppID     string `help:"Discord: the application's id, for the invite address."`
	URL       string `help:"The public address of http.addr, in http mode; requests come to /slack or /discord below it." placeholder:"https://…"`
}

// Help is shown by --help.
func (manifestCmd) Help() string {
	return "Examples:\n  earshot manifest slack > slack.yaml\n  earshot manifest discord --app-id 1234"
}

// Run prints what to create.
func (c manifestCmd) Run(e *env) error {
	if c.URL != "" { // where run listens for this platform
		c.URL = strings.TrimRight(c.URL, "/") + "/" + c.Platform
	}
	e.printf("%s", c.text())
	return nil
}

func (c manifestCmd) text() string {
	if c.Platform == "slack" {
		return slack.Manifest(slack.Config{Mode: c.Mode, Community: c.Community}, c.URL)
	}
	cfg := discord.Config{Mode: c.Mode, AppID: c.AppID}
	if c.Community {
		cfg.Community = []string{"customers"}
	}
	return discord.Manifest(cfg, c.URL)
}

// dataFile is the store in a folder.
func dataFile(dir string) string { return strings.TrimRight(dir, "/") + "/earshot.db" }
