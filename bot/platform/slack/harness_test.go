package slack

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/platform/platformtest"
)

// rig is a platform before a fake.
type rig struct {
	*fake
	t      *testing.T
	mode   string
	client *http.Client
	h      *platformtest.Harness
}

func (r *rig) config() Config {
	return Config{BotToken: "xoxb-test", AppToken: "xapp-test", SigningSecret: fakeSecret, Mode: r.mode, APIURL: r.srv.URL + "/api/", Community: true,
		Channels: []string{"#support"}, Groups: []string{"S0AGENTS"}}
}

func (r *rig) platform() *Platform {
	p, err := New(r.config(), slog.New(slog.DiscardHandler), r.client, time.Now)
	if err != nil {
		r.t.Fatal(err)
	}
	p.pace.off = true
	return p
}

// newRig gives a platform before a fake, not running.
func newRig(t *testing.T, mode string) *rig {
	r := &rig{fake: newFake(t), t: t, mode: mode}
	transport := &http.Transport{}
	r.client = &http.Client{Transport: refusing{r.fake, transport}, Timeout: 10 * time.Second}
	t.Cleanup(transport.CloseIdleConnections)
	people := []bot.Person{{Platform: Name, ID: "U0ANN", Name: "Ann"}, {Platform: Name, ID: "U0BOB", Name: "Bob"}}
	r.h = &platformtest.Harness{Platform: r.platform(), Channel: "C0SUPPORT", People: people,
		Ready: r.ready, Restart: r.restart, Seen: r.seen, Private: r.private, Form: r.form, Press: r.press, Choose: r.choose,
		Submit: r.submit, Back: r.back, Command: r.command, Share: r.share, Mention: r.mention, Redeliver: r.redeliver,
		Say: r.say, Rewrite: r.rewrite, Remove: r.remove, FailNext: r.failNext, Revoke: r.revoke,
		Faults: []platformtest.Fault{platformtest.RateLimited, platformtest.Broken, platformtest.Refused, platformtest.Lost, platformtest.Revoked, platformtest.Archived, platformtest.Deleted}}
	if mode == ModeHTTP {
		hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			r.h.Platform.(*Platform).Handler().ServeHTTP(w, req)
		}))
		t.Cleanup(hook.Close)
		r.hook = hook.URL
	}
	return r
}

// refusing is a transport that finds nobody there when the fake's next fault
// says so.
type refusing struct {
	f    *fake
	next http.RoundTripper
}

func (r refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	r.f.mu.Lock()
	refuse := r.f.next == platformtest.Refused && writes(strings.TrimPrefix(req.URL.Path, "/api/"))
	if refuse {
		r.f.next = ""
	}
	r.f.mu.Unlock()
	if refuse {
		return nil, errors.New("dial tcp: connection refused")
	}
	return r.next.RoundTrip(req)
}

func (r *rig) ready(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !r.h.Platform.(*Platform).Health().Connected {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (r *rig) restart()                      { r.h.Platform = r.platform() }
func (r *rig) failNext(f platformtest.Fault) { r.mu.Lock(); r.next = f; r.mu.Unlock() }
func (r *rig) revoke()                       { r.mu.Lock(); r.revoked = true; r.mu.Unlock() }

// read is a post as a person reads it.
func (p *fakePost) read() platformtest.Seen {
	page := readBlocks(p.blocks)
	seen := platformtest.Seen{Ref: bot.MessageRef{Channel: p.channel, ID: p.ts}, Text: page.text(), Buttons: page.buttons, Menus: page.menus,
		Links: page.links, Images: page.images, Private: p.only != "", Handle: p}
	if !p.edited {
		seen.Pings = page.pings
	}
	notice := &page.pings
	seen.Notice = (&page0{notice}).unmark(p.text)
	seen.Loud = p.broadcast || len(seen.Pings) > 0
	if page.text() == "" {
		seen.Text = seen.Notice
	}
	return seen
}

func (r *rig) seen(at bot.MessageRef) []platformtest.Seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []platformtest.Seen
	for _, p := range r.posts {
		if p.channel != at.Channel || p.deleted || p.only != "" || p.user != fakeBot {
			continue
		}
		if at.ID == p.thread && (at.ID != "" || p.thread == "") {
			out = append(out, p.read())
		}
	}
	return out
}

func (r *rig) private(by bot.Person) []platformtest.Seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []platformtest.Seen
	for _, p := range r.posts {
		if p.only == by.ID {
			out = append(out, p.read())
		}
	}
	return out
}

func (r *rig) form(by bot.Person) (platformtest.Shown, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.modals[by.ID]
	if m == nil {
		return platformtest.Shown{}, false
	}
	return readModal(m.view, m.errors), true
}

// trigger makes a trigger_id and a response_url.
func (r *rig) trigger(by bot.Person, channel, thread string, on *fakePost) (string, string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	trigger, response := r.id("trigger."), r.id("r")
	r.triggers[trigger] = &fakeTrigger{user: by.ID, at: time.Now()}
	r.responses[response] = &fakeResponse{user: by.ID, channel: channel, thread: thread, on: on}
	return trigger, r.srv.URL + "/respond/" + response
}

func user(by bot.Person) map[string]any {
	return map[string]any{"id": by.ID, "username": strings.ToLower(by.Name), "name": strings.ToLower(by.Name), "team_id": fakeTeam}
}

func (r *rig) press(by bot.Person, on platformtest.Seen, label string) platformtest.Ack {
	return r.choose(by, on, "", label)
}

func (r *rig) choose(by bot.Person, on platformtest.Seen, menu, label string) platformtest.Ack {
	p := on.Handle.(*fakePost)
	r.mu.Lock()
	current := readBlocks(p.blocks)
	r.mu.Unlock()
	a, ok := current.find(menu, label)
	if !ok {
		r.t.Fatalf("no %q in menu %q of %q", label, menu, current.text())
	}
	trigger, response := r.trigger(by, p.channel, p.thread, p)
	container := map[string]any{"type": "message", "message_ts": p.ts, "channel_id": p.channel, "is_ephemeral": p.only != "" && !p.dm}
	if p.thread != "" {
		container["thread_ts"] = p.thread
	}
	payload := map[string]any{"type": "block_actions", "team": map[string]any{"id": fakeTeam, "domain": "larkspur"}, "user": user(by), "api_app_id": "A0APP", "token": "",
		"container": container, "trigger_id": trigger, "channel": map[string]any{"id": p.channel, "name": "support"}, "response_url": response, "actions": []any{a.wire(r.now())}}
	if p.only == "" {
		payload["message"] = map[string]any{"type": "message", "user": fakeBot, "ts": p.ts, "text": p.text, "bot_id": fakeBotID}
	}
	return r.deliver(kindInteractive, payload)
}

func (r *rig) now() string { r.mu.Lock(); defer r.mu.Unlock(); return r.ts() }

func (a action) wire(ts string) map[string]any {
	out := map[string]any{"action_id": a.id, "block_id": a.block, "type": a.kind, "action_ts": ts}
	text := map[string]any{"type": "plain_text", "text": a.label, "emoji": false}
	if a.kind == "button" {
		out["text"], out["value"] = text, a.value
	} else {
		out["selected_option"] = map[string]any{"text": text, "value": a.value}
	}
	return out
}

func (r *rig) submit(by bot.Person, values map[string]string) platformtest.Ack {
	trigger, _ := r.trigger(by, "", "", nil)
	r.mu.Lock()
	m := r.modals[by.ID]
	if m == nil {
		r.mu.Unlock()
		r.t.Fatal("no form is open")
	}
	view := m.wire()
	state := map[string]any{}
	for _, b := range list(m.view["blocks"]) {
		if b["type"] == "input" {
			id := str(b["block_id"])
			state[id] = map[string]any{fieldAction: filled(b, values[strings.TrimPrefix(id, fieldPrefix)])}
		}
	}
	view["state"] = map[string]any{"values": state}
	r.mu.Unlock()
	return r.deliver(kindInteractive, map[string]any{"type": "view_submission", "team": map[string]any{"id": fakeTeam, "domain": "larkspur"}, "user": user(by), "api_app_id": "A0APP", "token": "", "trigger_id": trigger, "view": view})
}

func filled(b map[string]any, value string) map[string]any {
	e := b["element"].(map[string]any)
	out := map[string]any{"type": e["type"]}
	switch {
	case e["type"] == "static_select":
		out["selected_option"] = nil
		for _, o := range list(e["options"]) {
			if o["value"] == value {
				out["selected_option"] = map[string]any{"text": o["text"], "value": value}
			}
		}
	case value == "":
		out["value"] = nil
	default:
		out["value"] = value
	}
	return out
}

func (r *rig) back(by bot.Person) platformtest.Ack {
	trigger, _ := r.trigger(by, "", "", nil)
	r.mu.Lock()
	m := r.modals[by.ID]
	view := m.wire()
	a, ok := backButton(m.view)
	ts := r.ts()
	r.mu.Unlock()
	if !ok {
		r.t.Fatal("the form has no way back")
	}
	return r.deliver(kindInteractive, map[string]any{"type": "block_actions", "team": map[string]any{"id": fakeTeam, "domain": "larkspur"}, "user": user(by), "api_app_id": "A0APP", "token": "",
		"container": map[string]any{"type": "view", "view_id": m.id}, "trigger_id": trigger, "view": view, "actions": []any{a.wire(ts)}})
}
