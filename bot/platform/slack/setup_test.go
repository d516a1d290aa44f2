package slack

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/goccy/go-yaml"

	"earshot/bot"
	"earshot/bot/platform/waits"
)

func TestCheck(t *testing.T) {
	r := newRig(t, ModeSocket)
	cfg := r.config()
	cfg.Channels, cfg.Groups = []string{"#support", "#outside", "C0OLD", "#nowhere"}, []string{"S0AGENTS", "S0EMPTY", "S0NONE"}
	r.scopes = "chat:write,channels:read"
	p, err := New(cfg, slog.New(slog.DiscardHandler), r.client, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	p.pace.off = true
	golden(t, "check.json", pretty(t, p.Check(t.Context())))
	r.revoked = true
	golden(t, "check_revoked.json", pretty(t, p.Check(t.Context())))
}

func TestManifest(t *testing.T) {
	for name, cfg := range map[string]Config{"manifest_socket.yaml": {}, "manifest_http.yaml": {Mode: ModeHTTP, Community: true, Groups: []string{"S1"}}} {
		got := Manifest(cfg, "https://voc.example.com/slack")
		golden(t, name, []byte(got))
		var m struct {
			Features struct {
				Shortcuts []struct {
					CallbackID string `yaml:"callback_id"`
				} `yaml:"shortcuts"`
			} `yaml:"features"`
			OAuth struct {
				Scopes map[string][]string `yaml:"scopes"`
			} `yaml:"oauth_config"`
			Settings struct {
				Socket bool `yaml:"socket_mode_enabled"`
			} `yaml:"settings"`
		}
		if err := yaml.Unmarshal([]byte(got), &m); err != nil {
			t.Fatalf("%s is no YAML: %v", name, err)
		}
		if len(m.OAuth.Scopes["bot"]) != len(cfg.scopes()) || m.Features.Shortcuts[0].CallbackID != shortcutID || m.Settings.Socket == (cfg.Mode == ModeHTTP) {
			t.Errorf("%s says %+v", name, m)
		}
	}
}

func TestSettings(t *testing.T) {
	for name, cfg := range map[string]Config{"no token": {}, "no app token": {BotToken: "x"}, "no secret": {BotToken: "x", Mode: ModeHTTP}, "odd mode": {BotToken: "x", AppToken: "x", Mode: "pigeon"}} {
		if _, err := New(cfg, slog.New(slog.DiscardHandler), http.DefaultClient, time.Now); bot.KindOf(err) != bot.ErrInvalid || !strings.Contains(err.Error(), "slack.") && !strings.Contains(err.Error(), "Slack needs") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoSecretInErrors: neither the token nor a response_url is told or logged.
func TestNoSecretInErrors(t *testing.T) {
	r := newRig(t, ModeSocket)
	r.srv.Close()
	in := bot.Interaction{By: r.h.People[0], Channel: "C0SUPPORT", At: time.Now(), Handle: map[string]string{handleResponse: r.srv.URL + "/respond/secret-place"}}
	_, post := r.h.Platform.Post(t.Context(), bot.Outgoing{Key: "earshot-1", Channel: "C0SUPPORT", View: bot.Say("x")})
	for _, err := range []error{post, r.h.Platform.Tell(t.Context(), in, bot.Say("x"))} {
		if bot.KindOf(err) != bot.ErrUnavailable {
			t.Errorf("nobody there: %v", err)
		}
		if s := fmt.Sprintf("%v %+v", err, err); strings.Contains(s, "xoxb-test") || strings.Contains(s, "secret-place") {
			t.Errorf("a secret is told: %s", s)
		}
	}
}

// TestPace: one message a second a channel with a short burst; a longer wait is
// told, not slept; a 429 is kept.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(waits.New(Name, nil, slog.New(slog.DiscardHandler), time.Now))
		start := time.Now()
		for range 8 {
			if err := p.wait(t.Context(), "chat.postMessage C1", tierChannel); err != nil {
				t.Fatalf("one after the other: %v", err)
			}
		}
		if took := time.Since(start); took < 4*time.Second || took > 5*time.Second {
			t.Errorf("eight messages took %v, want four at once and one a second", took)
		}
		late := make(chan error, 6)
		for range cap(late) {
			go func() { late <- p.wait(t.Context(), "chat.postMessage C1", tierChannel) }()
		}
		told := 0
		for range cap(late) {
			if bot.KindOf(<-late) == bot.ErrRateLimited {
				told++
			}
		}
		if told != 5 {
			t.Errorf("of six at once %d were told to wait, want all but the next", told)
		}
		if err := p.wait(t.Context(), "chat.postMessage C2", tierChannel); err != nil {
			t.Errorf("another channel waits too: %v", err)
		}
		p.waits.Told(t.Context(), "chat.postMessage C2", 7*time.Second)
		var e *bot.Error
		if err := p.wait(t.Context(), "chat.postMessage C2", tierChannel); !errors.As(err, &e) || e.Kind != bot.ErrRateLimited || e.RetryAfter != 7*time.Second {
			t.Errorf("after a 429: %v", err)
		}
	})
}

// TestPaceHearsMeanwhile: who waits for a turn when a 429 comes waits for both.
func TestPaceHearsMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(waits.New(Name, nil, slog.New(slog.DiscardHandler), time.Now))
		for range 4 {
			if err := p.wait(t.Context(), "chat.postMessage C1", tierChannel); err != nil {
				t.Fatal(err)
			}
		}
		start, next := time.Now(), make(chan error)
		go func() { next <- p.wait(t.Context(), "chat.postMessage C1", tierChannel) }()
		synctest.Wait()
		p.waits.Told(t.Context(), "chat.postMessage C1", 1400*time.Millisecond)
		if err := <-next; err != nil || time.Since(start) < 1400*time.Millisecond {
			t.Errorf("it went out after %v: %v", time.Since(start), err)
		}
	})
}
