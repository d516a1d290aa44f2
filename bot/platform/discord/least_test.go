package discord

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestLeastPermissions: the invitation asks for the six permissions that are
// named with their reason, and for no other; for none that could change the
// server, its people or others' messages.
func TestLeastPermissions(t *testing.T) {
	var want int64 = permViewChannel | permSendMessages | permCreateThreads | permSendInThreads | permAttachFiles | permReadHistory
	var got int64
	for _, n := range needs() {
		if n.why == "" || got&n.bit != 0 {
			t.Errorf("%s has no reason of its own", n.name)
		}
		got |= n.bit
	}
	if got != want {
		t.Errorf("the permissions are %b, want %b", got, want)
	}
	// Administrator, kick, ban, manage channels, server, messages, roles, webhooks, threads; mention everyone
	// (docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags).
	for _, bit := range []int{3, 1, 2, 4, 5, 13, 28, 29, 34, 17} {
		if got&(1<<bit) != 0 {
			t.Errorf("bit %d is asked for", bit)
		}
	}
	u, err := url.Parse(invitation("111111111111111111"))
	if err != nil {
		t.Fatal(err)
	}
	if scopes := u.Query().Get("scope"); scopes != "bot applications.commands" {
		t.Errorf("the scopes are %q", scopes)
	}
}

// TestTokenStaysAtDiscord: an address of the API that sends us elsewhere does
// not get us to take the token there.
func TestTokenStaysAtDiscord(t *testing.T) {
	var mu sync.Mutex
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		elsewhere++
	}))
	defer other.Close()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(other.URL, "127.0.0.1", "localhost", 1)+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer api.Close()
	p, err := New(Config{Token: "very-secret-token", AppID: "111111111111111111", GuildID: "222222222222222222", APIURL: api.URL + "/api/v10"}, slog.New(slog.DiscardHandler), &http.Client{}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range p.Check(t.Context()) {
		if f.OK {
			t.Errorf("whoever answers elsewhere is believed: %+v", f)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if elsewhere > 0 {
		t.Errorf("%d requests went elsewhere", elsewhere)
	}
}
