package main

import (
	"strings"

	"earshot/bot/platform/discord"
	"earshot/bot/platform/slack"
)

type manifestCmd struct {
	Platform  string `arg:"" enum:"slack,discord" help:"slack or discord."`
	Mode      string `help:"Slack: socket or http. Discord: gateway or http." default:""`
	Community bool   `help:"Customers talk in channels that Earshot listens to."`
	Groups    bool   `help:"Slack: roles are given to user groups."`
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
		cfg := slack.Config{Mode: c.Mode, Community: c.Community}
		if c.Groups {
			cfg.Groups = []string{"any"}
		}
		return slack.Manifest(cfg, c.URL)
	}
	cfg := discord.Config{Mode: c.Mode, AppID: c.AppID}
	if c.Community {
		cfg.Community = []string{"customers"}
	}
	return discord.Manifest(cfg, c.URL)
}

// dataFile is the store in a folder.
func dataFile(dir string) string { return strings.TrimRight(dir, "/") + "/earshot.db" }
