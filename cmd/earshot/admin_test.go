package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"earshot/bot"
)

// TestAdminToken: figures and profiles are for who has the token or, without
// one, for who asks by a loopback address; health is for everybody.
func TestAdminToken(t *testing.T) {
	ok := http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusOK) })
	for name, c := range map[string]struct {
		token, host, bearer string
		want                int
	}{
		"loopback":            {"", "127.0.0.1:9464", "", http.StatusOK},
		"by name":             {"", "localhost:9464", "", http.StatusOK},
		"a name led to us":    {"", "evil.example:9464", "", http.StatusForbidden},
		"no token given":      {"0123456789abcdef", "10.0.0.3:9464", "", http.StatusUnauthorized},
		"a wrong one":         {"0123456789abcdef", "10.0.0.3:9464", "0123456789abcdeg", http.StatusUnauthorized},
		"the token":           {"0123456789abcdef", "10.0.0.3:9464", "0123456789abcdef", http.StatusOK},
		"loopback, but token": {"0123456789abcdef", "127.0.0.1:9464", "", http.StatusUnauthorized},
	} {
		a := &app{cfg: &config{}}
		a.cfg.Admin.Token = bot.Secret(c.token)
		req := httptest.NewRequest("GET", "/metrics", nil)
		req.Host = c.host
		if c.bearer != "" {
			req.Header.Set("Authorization", "Bearer "+c.bearer)
		}
		rec := httptest.NewRecorder()
		a.withToken(ok).ServeHTTP(rec, req)
		if rec.Code != c.want {
			t.Errorf("%s: %d, want %d", name, rec.Code, c.want)
		}
	}
}

// TestAlerts: the example of alert rules asks for figures that are there.
func TestAlerts(t *testing.T) {
	rules, err := os.ReadFile("examples/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("../../bot/meter/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`earshot_[a-z_]+`).FindAllString(string(rules), -1)
	if len(names) < 10 {
		t.Fatalf("only %d figures are asked for", len(names))
	}
	for _, n := range names {
		if !strings.Contains(string(table), "`"+strings.TrimSuffix(n, "_bucket")+"`") {
			t.Errorf("there is no figure %s", n)
		}
	}
}
