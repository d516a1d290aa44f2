package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"earshot/bot/source/community"
)

func anySecret(string) string { return "a-secret-of-at-least-thirty-two-characters" }

// TestReadme keeps the README true: its configuration is valid, its commands
// exist, and it is short enough to be read.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(data)
	if n := strings.Count(readme, "\n"); n > 250 {
		t.Errorf("the README has %d lines; 250 are the most", n)
	}
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(readme)
	if block == nil {
		t.Fatal("the README shows no configuration")
	}
	cfg, err := parseConfig("README.md", []byte(block[1]), anySecret, drivers(community.NewHub(time.Now)))
	if err != nil {
		t.Fatalf("the README's configuration is wrong:\n%v", err)
	}
	if len(cfg.Sources) != 7 || len(cfg.Routes) != 2 || cfg.Routes[0].FirstAnswer != 15*time.Minute {
		t.Errorf("read as %+v", cfg)
	}
	for _, command := range []string{"go run -tags sqlite_fts5 ./cmd/earshot demo", "go test -trimpath -tags sqlite_fts5 ./..."} {
		if !strings.Contains(readme, "\n"+command+"\n") {
			t.Errorf("the README does not say %q on a line of its own", command)
		}
	}
	for _, file := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(readme, -1) {
		if _, err := os.Stat("../../" + file[1]); err != nil {
			t.Errorf("the README links %s, which is not there", file[1])
		}
	}
}

func TestSecretsFromFiles(t *testing.T) {
	file := t.TempDir() + "/token"
	if err := os.WriteFile(file, []byte("xoxb-from-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	getenv := func(name string) string {
		return map[string]string{"TOKEN_FILE": file, "APP": "xapp-1"}[name]
	}
	cfg, err := parseConfig("c.yaml", []byte("slack:\n  bot_token: ${TOKEN}\n  app_token: ${APP}\nzone: ${ZONE:-Europe/Berlin}\n"), getenv, nil)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Slack.BotToken.Reveal() != "xoxb-from-a-file" || cfg.Zone != "Europe/Berlin" {
		t.Errorf("token %q, zone %q", cfg.Slack.BotToken.Reveal(), cfg.Zone)
	}
}

// FuzzConfig: no text makes the decoder panic, and what it refuses it explains.
func FuzzConfig(f *testing.F) {
	for _, s := range []string{
		"company: Acme\n", "watches:\n  - name: a\n    terms: [b]\n", "a: &x 1\nb: *x\n", "- 1\n- 2\n", "routes: {}\n", "zone: [\n", "\x00", "!!binary x",
		"sources:\n  - kind: file\n    name: f\n    path: ${HOME}\n", "replies: {undo_for: 99999999999d}\n", "? {a: b}\n: c\n", "<<: {a: b}\n",
	} {
		f.Add(s)
	}
	kinds := drivers(community.NewHub(time.Now))
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := parseConfig("f.yaml", []byte(s), anySecret, kinds); err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Error("an error without a word")
		}
	})
}
