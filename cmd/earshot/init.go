package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/template"
	"time"

	"earshot/bot"
	"earshot/bot/source/community"
)

type initCmd struct {
	File   string `arg:"" optional:"" default:"earshot.yaml" help:"The file to write." placeholder:"FILE"`
	Yes    bool   `help:"Ask nothing and take what is proposed." short:"y"`
	Force  bool   `help:"Write over a file that is there."`
	Schema bool   `help:"Print the JSON Schema of the configuration, for editors, and write nothing."`
}

// Help is shown by --help.
func (initCmd) Help() string {
	return `Secrets are never asked for or written: the file names the environment variables that hold them.

Examples:
  earshot init
  earshot init --schema > earshot.schema.json`
}

// answers are what init asks.
type answers struct {
	Company, Zone, Terms, Accounts string
	Sources                        []chosen
	Slack, Discord                 string // a channel, or ""
	Topics                         []topicConfig
}

// Pushed tells whether a source is reached by HTTP.
func (a answers) Pushed() bool {
	return slices.ContainsFunc(a.Sources, func(s chosen) bool { return s.pushed })
}

// Inbox tells whether a folder is read besides: unless files are set up.
func (a answers) Inbox() bool {
	return !slices.ContainsFunc(a.Sources, func(s chosen) bool { return s.Kind == "file" })
}

// Run asks, shows and writes.
func (c initCmd) Run(e *env) error {
	if c.Schema {
		return e.printSchema()
	}
	if _, err := os.Stat(c.File); err == nil && !c.Force {
		return bot.Errorf(bot.ErrInvalid, "%s is there already. Choose another name, or write over it with --force.", c.File)
	}
	kinds := drivers(community.NewHub(time.Now))
	a, err := c.ask(e, kinds)
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := configTemplate().Execute(&b, a); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	// It must be valid but for the secrets, which are the operator's to set.
	if _, err := parseConfig(c.File, []byte(b.String()), pretended, kinds); err != nil {
		return fmt.Errorf("what was answered does not make a configuration:\n%w", err)
	}
	if err := os.WriteFile(c.File, []byte(b.String()), 0o600); err != nil {
		return bot.Errorf(bot.ErrInvalid, "%s cannot be written: %v.", c.File, unwrapPath(err))
	}
	e.printf("Wrote %s.\n", c.File)
	if a.Inbox() {
		if err := os.MkdirAll(inboxFolder, 0o700); err != nil {
			return bot.Errorf(bot.ErrInvalid, "%s is written, but the folder %s cannot be made: %v.", c.File, inboxFolder, unwrapPath(err))
		}
	}
	for _, next := range nextSteps(a, c.File) {
		e.printf("  %s\n", next)
	}
	return nil
}

// inboxFolder is read besides what was chosen, so that there is something to try.
const inboxFolder = "inbox"

func nextSteps(a answers, file string) []string {
	var steps []string
	if a.Inbox() {
		steps = append(steps, "put CSV, TSV or NDJSON files into "+inboxFolder+"; they are read")
	}
	if a.Slack != "" {
		steps = append(steps, "earshot manifest slack          what to create at Slack; then set SLACK_BOT_TOKEN and SLACK_APP_TOKEN")
	}
	if a.Discord != "" {
		steps = append(steps, "earshot manifest discord        what to create at Discord; then set DISCORD_TOKEN, DISCORD_APP_ID and DISCORD_GUILD_ID")
	}
	for _, src := range a.Sources {
		for _, secret := range src.Secrets {
			steps = append(steps, fmt.Sprintf("set %-27s %s (earshot kinds %s)", secret.Value, secret.Note, src.Kind))
		}
	}
	return append(steps, "earshot check --config "+file, "earshot run --config "+file)
}

// ask puts the questions; an empty answer takes what is proposed.
func (c initCmd) ask(e *env, kinds []bot.Driver) (answers, error) {
	a := answers{Company: "Example", Zone: localZone(), Topics: starterTopics()}
	in := &asker{in: bufio.NewReader(e.stdin), out: e.stderr, yes: c.Yes}
	a.Company = in.ask("What is your company called?", a.Company)
	a.Terms = in.ask("Which words mean you? Separate them with commas", strings.ToLower(a.Company))
	a.Accounts = in.none("Your own handles, so that you are not taken for a customer", "none")
	a.Zone = in.ask("Your team's time zone", a.Zone)
	env, err := a.tryEnv()
	if err != nil {
		return a, fmt.Errorf("try what was answered: %w", err)
	}
	a.Sources = sources(in, kinds, env)
	a.Slack = in.none("The Slack channel for cases, such as #support", "none")
	a.Discord = in.none("The Discord channel's id for cases", "none")
	return a, in.err
}

// localZone is this machine's zone by its IANA name, where it tells one.
func localZone() string {
	if name := time.Local.String(); name != "Local" {
		return name
	}
	if link, err := os.Readlink("/etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(link, "zoneinfo/"); ok && name != "" && !strings.HasPrefix(name, "Etc/") {
			return name
		}
	}
	return "UTC"
}

// quoted is s as a YAML string.
func quoted(s string) string { return fmt.Sprintf("%q", s) }

// words is a comma-separated answer as a YAML list.
func words(s string) string { return listOf(wordList(s)) }

// wordList is a comma-separated answer.
func wordList(s string) []string {
	var list []string
	for _, w := range strings.Split(s, ",") {
		if w = strings.TrimSpace(w); w != "" {
			list = append(list, w)
		}
	}
	return list
}

func listOf(s []string) string {
	q := make([]string, len(s))
	for i, w := range s {
		q[i] = quoted(w)
	}
	return "[" + strings.Join(q, ", ") + "]"
}

func configTemplate() *template.Template {
	return template.Must(template.New("config").Funcs(template.FuncMap{"q": quoted, "words": words, "list": listOf}).Parse(configText))
}

const configText = `# Earshot's configuration. Secrets stay in the environment: ${NAME} is filled in when it is read.
# An editor that knows JSON Schema checks it as you type: earshot init --schema > earshot.schema.json
# yaml-language-server: $schema=earshot.schema.json

company: {{q .Company}}
zone: {{q .Zone}}

database:
  path: earshot.db # everything is in here; copy it with: earshot backup
  # url: ${EARSHOT_DATABASE} # instead of path, for several replicas: postgres://user:password@host:5432/earshot

# What is listened for. Words match whole, in any case; #tags and @handles match as such.
watches:
  - name: {{q .Company}}
    kind: brand # or product, competitor
    terms: {{words .Terms}}
    exclude: [] # a mention with one of these words is not about you
    accounts: {{words .Accounts}} # your own handles

# What mentions are about. A star stands for any ending.
topics:
{{- range .Topics}}
  - name: {{q .Name}}
    words: {{list .Words}}
{{- end}}

# Where is listened. earshot kinds lists what there is.
sources:
{{- range .Sources}}
  # {{.Kind}}: {{.About}}. What to create there: earshot kinds {{.Kind}}
  - name: {{.Kind}}
    kind: {{.Kind}}
{{- range .Settings}}
    {{.Key}}: {{.Value}}
{{- end}}
{{- end}}
{{- if .Inbox}}
  - name: inbox folder
    kind: file
    path: inbox # CSV, TSV or NDJSON files that are put here are read
{{- end}}
{{- if .Pushed}}

# Services send what is said to this address; they must be able to reach it, as through a proxy with TLS.
http:
  addr: 127.0.0.1:8080
{{- end}}
{{- if .Slack}}

slack:
  bot_token: ${SLACK_BOT_TOKEN}
  app_token: ${SLACK_APP_TOKEN}
{{- end}}
{{- if .Discord}}

discord:
  token: ${DISCORD_TOKEN}
  app_id: ${DISCORD_APP_ID}
  guild_id: ${DISCORD_GUILD_ID}
{{- end}}

# Which cases go where; the first route that fits takes the case.
routes:
  - name: everything
    to:
      - {{if .Slack}}slack: {{q .Slack}}{{if .Discord}}
        discord: {{q .Discord}}{{end}}{{else if .Discord}}discord: {{q .Discord}}{{else}}console: triage{{end}}
    first_answer: 1h
    nudge_after: 30m
    release_after: 30m
    escalation:
      name: the duty manager
    guidelines:
      - lines: ["Thank them for saying it.", "Say what you will do and by when.", "Order numbers and addresses: in private only."]

# Who may do what: viewer, responder, agent, approver, admin.
people:
  default: viewer # everybody else; or nobody
  roles: {}
  #  admin: ["slack:U0123456"]
  #  agent: ["slack-group:S0123456", "discord-role:1234"]

replies:
  undo_for: 20s

digests:
  - audience: leadership
    schedule: "0 8 * * MON" # minute hour day month weekday
    period: 7d
    to:
      - {{if .Slack}}slack: {{q .Slack}}{{else if .Discord}}discord: {{q .Discord}}{{else}}console: digests{{end}}
`
