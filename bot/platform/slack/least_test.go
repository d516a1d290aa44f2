package slack

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/bot"
)

// scopesOf lists the permissions of the bot token that each method of the Web
// API needs (docs.slack.dev/reference/methods, each page's “Scopes”).
func scopesOf() map[string][]string {
	return map[string][]string{
		"apps.connections.open": nil, // the app token's connections:write
		"auth.test":             nil,
		"response_url":          nil,
		"views.open":            nil,
		"views.update":          nil,
		"chat.delete":           {"chat:write"},
		"chat.postEphemeral":    {"chat:write"},
		"chat.postMessage":      {"chat:write"},
		"chat.update":           {"chat:write"},
		// Earshot stands in public and private channels, never in direct messages.
		"conversations.history":        {"channels:history", "groups:history", "metadata.message:read"},
		"conversations.replies":        {"channels:history", "groups:history", "metadata.message:read"},
		"conversations.info":           {"channels:read", "groups:read"},
		"conversations.list":           {"channels:read", "groups:read"},
		"files.getUploadURLExternal":   {"files:write"},
		"files.completeUploadExternal": {"files:write"},
		"usergroups.users.list":        {"usergroups:read"},
		"users.info":                   {"users:read"},
	}
}

// scopesOfEvents are what the events and features of the manifest need.
func scopesOfEvents() map[string][]string {
	return map[string][]string{
		"app_mention": {"app_mentions:read"}, "app_uninstalled": nil, "tokens_revoked": nil,
		"message.channels": {"channels:history"}, "message.groups": {"groups:history"},
		"slash command, shortcut": {"commands"},
	}
}

// TestLeastScopes: every scope of the manifest is needed by a call of the code
// or an event, and every call has its scope.
func TestLeastScopes(t *testing.T) {
	needed := map[string]bool{}
	called := regexp.MustCompile(`call\(ctx, "([A-Za-z_.]+)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range called.FindAllStringSubmatch(string(body), -1) {
			scopes, known := scopesOf()[m[1]]
			if !known {
				t.Errorf("%s calls %s: say in scopesOf which scopes that needs", file, m[1])
			}
			found++
			for _, s := range scopes {
				needed[s] = true
			}
		}
	}
	if found < 10 {
		t.Fatalf("only %d calls were found", found)
	}
	cfg := Config{Groups: []string{"S1"}, Community: true}.withDefaults()
	for _, e := range append(cfg.events(), scope{name: "slash command, shortcut"}) {
		scopes, known := scopesOfEvents()[e.name]
		if !known {
			t.Errorf("the event %s: say in scopesOfEvents which scopes that needs", e.name)
		}
		for _, s := range scopes {
			needed[s] = true
		}
	}
	for _, s := range cfg.scopes() {
		if !needed[s.name] {
			t.Errorf("the manifest asks for %s, which nothing needs", s.name)
		}
		delete(needed, s.name)
	}
	for s := range needed {
		t.Errorf("something needs %s, which the manifest does not ask for", s)
	}
	plain := Config{}.withDefaults()
	for _, s := range plain.scopes() {
		if s.name == "usergroups:read" {
			t.Error("usergroups:read is asked for without groups")
		}
	}
	if slices.ContainsFunc(plain.events(), func(s scope) bool { return strings.HasPrefix(s.name, "message.") }) {
		t.Error("customers' messages are asked for without a community")
	}
}

// TestTokenStaysAtSlack: an address of the API that sends us elsewhere does not
// get us to take the token there.
func TestTokenStaysAtSlack(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // what cannot be read is not seen
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.Header.Get("Authorization")+r.Form.Encode()+r.URL.RawQuery)
	}))
	defer elsewhere.Close()
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)+r.URL.Path, status)
		}))
		p, err := New(Config{BotToken: "xoxb-very-secret", AppToken: "xapp-very-secret", APIURL: api.URL + "/api/"}, slog.New(slog.DiscardHandler), &http.Client{}, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.whoami(t.Context()); err == nil {
			t.Error("whoever answers elsewhere is believed")
		}
		_, _ = p.Post(t.Context(), bot.Outgoing{Key: "k", Channel: "C0SUPPORT", View: bot.Say("x")}) // it fails: nobody is there
		api.Close()
	}
	mu.Lock()
	defer mu.Unlock()
	for _, s := range seen {
		if strings.Contains(s, "very-secret") {
			t.Errorf("the token went elsewhere: %s", s)
		}
	}
}
