package main

import (
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"earshot/bot"
	"earshot/store"
)

// config is the configuration file, as it is written. Every field's yaml name
// is a key; its doc tag is what the JSON Schema says of it.
type config struct {
	Company       string               `yaml:"company" doc:"The name of your company, as the digest's head shows it."`
	Zone          string               `yaml:"zone" doc:"Your team's time zone, an IANA name such as Europe/Berlin."`
	Database      databaseConfig       `yaml:"database" doc:"Where everything is kept."`
	Console       consoleConfig        `yaml:"console" doc:"The chat in the browser. Without Slack and Discord it is on by itself."`
	Slack         *slackConfig         `yaml:"slack" doc:"The Slack workspace. Leave it out when there is none."`
	Discord       *discordConfig       `yaml:"discord" doc:"The Discord server. Leave it out when there is none."`
	HTTP          httpConfig           `yaml:"http" doc:"The address that webhooks, health checks and HTTP interactions come to."`
	Admin         adminConfig          `yaml:"admin" doc:"Where the operator looks at the running bot: metrics, health, profiles."`
	Network       networkConfig        `yaml:"network" doc:"Which addresses sources may be fetched from."`
	Watches       []watchConfig        `yaml:"watches" doc:"What is listened for."`
	Topics        []topicConfig        `yaml:"topics" doc:"What mentions are about."`
	Sentiment     sentimentConfig      `yaml:"sentiment" doc:"When a mention is flagged."`
	Urgency       urgencyConfig        `yaml:"urgency" doc:"How many points each reason to hurry is worth; they are added."`
	LanguageModel *languageModelConfig `yaml:"language_model" doc:"A language model to ask what is unsure, and for summaries. Off when left out; everything works without it."`
	Sources       []sourceConfig       `yaml:"sources" doc:"The places that are listened to."`
	Routes        []routeConfig        `yaml:"routes" doc:"Which cases go where. The first that fits takes the case."`
	People        peopleConfig         `yaml:"people" doc:"Who may do what."`
	Replies       repliesConfig        `yaml:"replies" doc:"How answers go out."`
	Digests       []digestConfig       `yaml:"digests" doc:"Reports on a schedule."`
	Notices       []placeConfig        `yaml:"notices" doc:"Where Earshot tells of itself: a silent source, a revoked token."`
	Budget        budgetConfig         `yaml:"budget" doc:"How many cards a channel takes before the rest fold into one."`
	Backup        backupConfig         `yaml:"backup" doc:"A copy of the store, on a schedule. Off when left out."`
	Retention     retentionConfig      `yaml:"retention" doc:"How long what is stored is kept. Everything is kept when left out."`
	Log           logConfig            `yaml:"log" doc:"What is logged, to standard error."`
}

type databaseConfig struct {
	Path string     `yaml:"path" doc:"The SQLite file. Its folder must exist."`
	URL  bot.Secret `yaml:"url" doc:"Instead of a file, for several replicas: a PostgreSQL database, postgres://user:password@host:5432/database."`
}

// options is where the store is.
func (d databaseConfig) options() store.Options { return store.Options{Path: d.Path, URL: d.URL} }

type consoleConfig struct {
	Enabled   *bool                 `yaml:"enabled" doc:"On when there is no Slack or Discord, unless said otherwise."`
	Addr      string                `yaml:"addr" doc:"Host and port. Beyond loopback a token is needed."`
	PublicURL string                `yaml:"public_url" doc:"Where people open it, when a proxy stands before it."`
	Token     bot.Secret            `yaml:"token" doc:"What people type to get in; whoever has it can act as any of them without a login of their own."`
	Logins    map[string]bot.Secret `yaml:"logins" doc:"Tokens of people's own, by their id of console:… in the roles: who gets in by one acts as that person alone."`
	Channels  []string              `yaml:"channels" doc:"Channels to show besides those that routes and digests name."`
}

type slackConfig struct {
	Mode          string     `yaml:"mode" doc:"socket (no public address needed) or http."`
	BotToken      bot.Secret `yaml:"bot_token" doc:"The bot token, xoxb-…"`
	AppToken      bot.Secret `yaml:"app_token" doc:"The app-level token, xapp-…, for socket mode."`
	SigningSecret bot.Secret `yaml:"signing_secret" doc:"For http mode."`
	APIURL        string     `yaml:"api_url" doc:"Another API address: GovSlack, a proxy, a test server."`
}

type discordConfig struct {
	Mode      string     `yaml:"mode" doc:"gateway (no public address needed) or http."`
	Token     bot.Secret `yaml:"token" doc:"The bot's token."`
	AppID     string     `yaml:"app_id" doc:"The application's id."`
	GuildID   string     `yaml:"guild_id" doc:"The server's id."`
	PublicKey string     `yaml:"public_key" doc:"The application's public key, for http mode."`
	APIURL    string     `yaml:"api_url" doc:"Another API address."`
}

type httpConfig struct {
	Addr string `yaml:"addr" doc:"Host and port; empty for none."`
}

type adminConfig struct {
	Addr  string     `yaml:"addr" doc:"Host and port; empty for none. Without a host it is this machine alone, as in :9464."`
	Token bot.Secret `yaml:"token" doc:"What /metrics and /debug/pprof ask for as a bearer token. Beyond loopback it is needed."`
}

type networkConfig struct {
	Allow   []string      `yaml:"allow" doc:"Internal hosts or networks (CIDR) that sources may be fetched from."`
	Timeout time.Duration `yaml:"timeout" doc:"How long Slack or Discord may take for one answer, 30s."`
}

type watchConfig struct {
	Name     string   `yaml:"name"`
	Kind     string   `yaml:"kind" doc:"brand, product or competitor."`
	Terms    []string `yaml:"terms" doc:"Words and phrases; #tags and @handles match as such."`
	Exclude  []string `yaml:"exclude" doc:"A mention that has one of these is not about the watch."`
	Sources  []string `yaml:"sources" doc:"Only these sources."`
	Accounts []string `yaml:"accounts" doc:"Our own handles: they are staff, never customers."`
}

type topicConfig struct {
	Name     string   `yaml:"name"`
	Words    []string `yaml:"words" doc:"Words, phrases, beginnings such as deliver*, or several with room between them: \"not work*\"~3. ^5 behind one is its weight."`
	Patterns []string `yaml:"patterns" doc:"Regular expressions (RE2)."`
	Exclude  []string `yaml:"exclude" doc:"A mention that has one of these words does not speak of the topic."`
	Parent   string   `yaml:"parent" doc:"The topic it is part of."`
}

type sentimentConfig struct {
	FlagAt      float64 `yaml:"flag_at" doc:"Flag from this probability of being negative on; 0 for the default."`
	UnsureBelow float64 `yaml:"unsure_below" doc:"Say unsure below this confidence; 0 for the default."`
	Model       string  `yaml:"model" doc:"A folder with a sequence classifier (ONNX, tokenizer.json, config.json) that reads every mention again in the background. Needs a binary built with the tag onnx."`
	ModelBudget int     `yaml:"model_budget" doc:"Mentions a day that the model reads, 20000."`
}

type sourceConfig struct {
	Name  string        `yaml:"name"`
	Kind  string        `yaml:"kind" doc:"See earshot kinds."`
	Every time.Duration `yaml:"every" doc:"Time between two looks; the kind's own when left out."`
	Rest  rest
}

type placeConfig struct {
	Slack   string `yaml:"slack" doc:"A Slack channel: #name or its id."`
	Discord string `yaml:"discord" doc:"A Discord channel's id."`
	Console string `yaml:"console" doc:"A console channel's name."`
}

type routeConfig struct {
	Name          string            `yaml:"name"`
	Watches       []string          `yaml:"watches"`
	Topics        []string          `yaml:"topics"`
	Sources       []string          `yaml:"sources"`
	Languages     []string          `yaml:"languages"`
	Tiers         []string          `yaml:"tiers"`
	MinUrgency    string            `yaml:"min_urgency" doc:"low, normal, high or urgent."`
	To            []placeConfig     `yaml:"to"`
	FirstAnswer   time.Duration     `yaml:"first_answer" doc:"Time to the first answer, 30m."`
	NudgeAfter    time.Duration     `yaml:"nudge_after" doc:"Remind whoever has claimed a case and not answered."`
	ReleaseAfter  time.Duration     `yaml:"release_after" doc:"After the reminder, release the case."`
	NeedsApproval bool              `yaml:"needs_approval" doc:"Every reply waits for an approver."`
	Zone          string            `yaml:"zone"`
	Escalation    escalationConfig  `yaml:"escalation"`
	Guidelines    []guidelineConfig `yaml:"guidelines"`
}

type escalationConfig struct {
	Name    string      `yaml:"name" doc:"As people say it: the duty manager."`
	Slack   []string    `yaml:"slack" doc:"Slack user ids, or group:S… for a user group."`
	Discord []string    `yaml:"discord" doc:"Discord user ids, or group:… for a role."`
	To      placeConfig `yaml:"to" doc:"A channel that gets the card as well."`
}

type guidelineConfig struct {
	Topic string   `yaml:"topic"`
	Lines []string `yaml:"lines"`
	URL   string   `yaml:"url"`
}

type peopleConfig struct {
	Default string              `yaml:"default" doc:"The role of everybody else: viewer, or nobody."`
	Roles   map[string][]string `yaml:"roles" doc:"Role to people: slack:U…, slack-group:S…, discord:…, discord-role:…, console:…"`
}

type repliesConfig struct {
	UndoFor time.Duration `yaml:"undo_for" doc:"How long a reply can be taken back, 20s."`
}

type digestConfig struct {
	Audience string        `yaml:"audience"`
	Schedule string        `yaml:"schedule" doc:"Five cron fields: 0 8 * * MON."`
	Zone     string        `yaml:"zone"`
	Period   string        `yaml:"period" doc:"24h, 7d, 2w, 1mo."`
	Watches  []string      `yaml:"watches"`
	Sections []string      `yaml:"sections"`
	To       []placeConfig `yaml:"to"`
}

type budgetConfig struct {
	Cards int           `yaml:"cards" doc:"Cards in a channel within the window; 0 for the default of 20."`
	Per   time.Duration `yaml:"per" doc:"The window, 10m."`
}

type logConfig struct {
	Level string `yaml:"level" doc:"debug, info, warn or error."`
	JSON  bool   `yaml:"json" doc:"One JSON object a line."`
}

// readConfig reads and checks a configuration file. Its error lists every
// problem with its line.
func readConfig(file string, getenv func(string) string, kinds []bot.Driver) (*config, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, bot.Errorf(bot.ErrInvalid, "%s cannot be read: %v. `earshot init` writes one.", file, unwrapPath(err))
	}
	return parseConfig(file, data, getenv, kinds)
}

func parseConfig(file string, data []byte, getenv func(string) string, kinds []bot.Driver) (*config, error) {
	c, _, err := decodeConfig(file, data, getenv, kinds)
	return c, err
}

// decodeConfig also gives the decoder, which knows where what stands.
func decodeConfig(file string, data []byte, getenv func(string) string, kinds []bot.Driver) (*config, *decoder, error) {
	node, err := parseYAML(file, data)
	if err != nil {
		return nil, nil, &bot.Error{Kind: bot.ErrInvalid, Msg: err.Error()}
	}
	d := &decoder{getenv: getenv, problems: &problems{file: file}, anchors: map[string]ast.Node{}, lines: map[string]int{}}
	c := &config{}
	d.value(node, reflect.ValueOf(c).Elem(), "")
	c.fillDefaults()
	c.check(d, kinds)
	if len(d.problems.list) > 0 {
		return nil, d, d.problems
	}
	return c, d, nil
}

// fillDefaults sets what is left out.
func (c *config) fillDefaults() {
	set := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	set(&c.Company, "Our company")
	set(&c.Zone, "UTC")
	if c.Database.URL == "" {
		set(&c.Database.Path, "earshot.db")
	}
	set(&c.Console.Addr, defaultAddr)
	if strings.HasPrefix(c.Admin.Addr, ":") {
		c.Admin.Addr = "127.0.0.1" + c.Admin.Addr
	}
	set(&c.People.Default, "viewer")
	set(&c.Log.Level, "info")
	if c.Replies.UndoFor == 0 {
		c.Replies.UndoFor = 20 * time.Second
	}
	if c.Network.Timeout == 0 {
		c.Network.Timeout = 30 * time.Second
	}
	if c.Budget.Cards == 0 {
		c.Budget.Cards = 20
	}
	if c.Budget.Per == 0 {
		c.Budget.Per = 10 * time.Minute
	}
	if c.Backup.Keep == 0 {
		c.Backup.Keep = backupsKept
	}
	if c.Slack != nil {
		set(&c.Slack.Mode, "socket")
	}
	if c.Discord != nil {
		set(&c.Discord.Mode, "gateway")
	}
	for i := range c.Digests {
		set(&c.Digests[i].Zone, c.Zone)
		set(&c.Digests[i].Period, "7d")
	}
	for i := range c.Routes {
		set(&c.Routes[i].Zone, c.Zone)
	}
}

// consoleOn tells whether the console is served.
func (c *config) consoleOn() bool {
	if c.Console.Enabled != nil {
		return *c.Console.Enabled
	}
	return c.Slack == nil && c.Discord == nil
}

// defaultAddr is where the console is when nobody says otherwise.
const defaultAddr = "127.0.0.1:8765"
