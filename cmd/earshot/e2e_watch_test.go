package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

const watchYAML = `
company: Larkspur
database: {path: DIR/earshot.db}
console: {enabled: true, addr: "127.0.0.1:0"}
http: {addr: "127.0.0.1:0"}
admin: {addr: ":0"}
slack: {bot_token: xoxb-test, app_token: xapp-test, api_url: "SLACK/api/"}
log: {json: true}
watches:
  - {name: Larkspur, terms: [larkspur]}
sources:
  - {name: customers, kind: community, platform: slack, channels: [` + customerChannel + `], watch: Larkspur}
routes:
  - {name: Support, watches: [Larkspur], to: [{slack: "#support", console: support}]}
people:
  roles: {agent: ["console:ana"]}
replies: {undo_for: 1s}
`

// TestWatched follows one mention from the moment it is heard until its author
// has the answer, by the id of its case in the log, and finds it in the figures.
func TestWatched(t *testing.T) {
	w := newWorkspace(t)
	h := newHouse(t, strings.ReplaceAll(watchYAML, "SLACK", w.srv.URL))
	p := h.start()
	admin := p.url("admin is open")
	if status, said := fetched(t, admin+"/readyz"); status != http.StatusOK || !strings.Contains(said, `"slack"`) {
		t.Errorf("it says that it is ready, and /readyz answers %d %s", status, said)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ts, err := w.say(ctx, "U0CUST", complaint(1))
	if err != nil {
		t.Fatal(err)
	}
	answered := map[string]bool{}
	eventually(t, "the case being answered", func() bool { answerOne(t, p, answered); return len(answered) == 1 })
	eventually(t, "the answer", func() bool { return len(w.in(customerChannel, ts)) == 1 })
	want := []string{"mention heard", "case opened", "delivery card sent", "case claim", "delivery note sent", "case reply_queued", "delivery reply sent", "case reply_sent"}
	var missing []string
	eventually(t, "every step in the log", func() bool {
		missing = missing[:0]
		steps := stepsOf(p, 1)
		for _, step := range want {
			if !slices.Contains(steps, step) {
				missing = append(missing, step)
			}
		}
		return len(missing) == 0
	})
	figuresSay(t, p, admin)
	gone(t, p, w)
}

// figuresSay looks at the admin address, and that the public one has nothing
// of it.
func figuresSay(t *testing.T, p *process, admin string) {
	_, figures := fetched(t, admin+"/metrics")
	for _, line := range []string{
		`earshot_mentions_total{outcome="new",source="customers"} 1`, `earshot_cases_opened_total{source="customers"} 1`,
		`earshot_mention_to_call_seconds_count{platform="slack"} 1`, `earshot_replies_total{state="sent"} 1`,
		`earshot_platform_connected{platform="slack"} 1`, `earshot_source_up{source="customers"} 1`, `earshot_ready 1`,
	} {
		if !strings.Contains(figures, line) {
			t.Errorf("the figures do not say %s", line)
		}
	}
	if strings.Contains(figures, "complaint number") || strings.Contains(p.said(), "complaint number") {
		t.Error("a customer's words are in the figures or in the log")
	}
	if status, said := fetched(t, admin+"/debug/pprof/goroutine?debug=1"); status != http.StatusOK || !strings.Contains(said, "goroutine profile") {
		t.Errorf("no profile: %d %.80s", status, said)
	}
	if status, _ := fetched(t, p.http()+"/debug/pprof/goroutine"); status != http.StatusNotFound {
		t.Errorf("profiles on the public address: %d", status)
	}
	if status, _ := fetched(t, p.http()+"/metrics"); status != http.StatusNotFound {
		t.Errorf("figures on the public address: %d", status)
	}
}

// gone takes Slack away: the bot is alive and not ready.
func gone(t *testing.T, p *process, w *workspace) {
	_ = w.srv.Listener.Close()
	w.srv.CloseClientConnections()
	w.mu.Lock()
	for _, conn := range w.live {
		_ = conn.Close()
	}
	w.mu.Unlock()
	eventually(t, "/readyz saying that Slack is gone", func() bool {
		status, said := fetched(t, p.http()+"/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(said, `"slack","ok":false`)
	})
	if status, said := fetched(t, p.http()+"/livez"); status != http.StatusOK || !strings.Contains(said, `"ok":true`) {
		t.Errorf("/livez: %d %s", status, said)
	}
}

// stepsOf lists what the log says of a case, in the words of this test.
func stepsOf(p *process, id int64) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var steps []string
	for _, line := range p.lines {
		var r record
		if json.Unmarshal([]byte(line), &r) != nil || r["case"] != float64(id) {
			continue
		}
		switch r["msg"] {
		case "mention":
			steps = append(steps, "mention heard")
		case "case":
			steps = append(steps, fmt.Sprint("case ", r["verb"]))
		case "delivery":
			steps = append(steps, fmt.Sprint("delivery ", r["kind"], " ", r["state"]))
		}
	}
	return steps
}

func fetched(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}
