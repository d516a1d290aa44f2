package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// workspace is as much of Slack as a bot in Socket Mode needs: the Web API over
// HTTP, the socket, and response_urls. The whole of it is in the tests of
// bot/platform/slack; this one outlives the bots that connect to it.
type workspace struct {
	t   *testing.T
	srv *httptest.Server

	mu      sync.Mutex
	serial  int
	posts   []*slackPost
	base    string            // what the bot is told of our address; the server's own when empty
	live    []*websocket.Conn // open sockets: several bots may hold one
	conns   sync.WaitGroup
	acks    map[string]chan json.RawMessage // by envelope: what the bot answered
	modals  map[string]map[string]any       // by trigger
	unknown []string                        // methods that nobody here answers
	files   uploads
	onAck   func() // called in the instant of an acknowledgement; nil for nothing
}

// slackPost is a message that stands there.
type slackPost struct {
	channel, ts, thread, user, text, blocks, key string
	only                                         string // the one person who sees it
	edits                                        int
}

// The channels and people of the workspace.
const (
	supportChannel, customerChannel = "C0SUPPORT", "C0CUSTOMERS"
	slackBot                        = "U0BOT"
)

func newWorkspace(t *testing.T) *workspace {
	w := &workspace{t: t, acks: map[string]chan json.RawMessage{}, modals: map[string]map[string]any{}}
	w.srv = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(func() {
		w.mu.Lock()
		for _, conn := range w.live {
			_ = conn.Close()
		}
		w.mu.Unlock()
		w.conns.Wait()
		w.srv.Close()
		if len(w.unknown) > 0 {
			t.Errorf("methods that this Slack does not have: %v", w.unknown)
		}
	})
	return w
}

// url is where the bot finds us.
func (w *workspace) url() string {
	if w.base != "" {
		return w.base
	}
	return w.srv.URL
}

func (w *workspace) serve(rw http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/socket":
		w.socket(rw, r)
	case strings.HasPrefix(r.URL.Path, "/respond/"):
		w.respond(rw, r)
	default:
		_ = r.ParseForm() // what cannot be read is not there
		w.mu.Lock()
		answer := w.call(strings.TrimPrefix(r.URL.Path, "/api/"), r)
		w.mu.Unlock()
		if _, there := answer["ok"]; !there {
			answer["ok"] = true
		}
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(answer) // a bot that was killed does not read it
	}
}

// call answers a method; w.mu is held.
func (w *workspace) call(method string, r *http.Request) map[string]any {
	switch method {
	case "auth.test":
		return map[string]any{"url": "https://larkspur.slack.example/", "team": "Larkspur", "user": "earshot", "team_id": "T0", "user_id": slackBot, "bot_id": "B0BOT"}
	case "apps.connections.open":
		return map[string]any{"url": "ws" + strings.TrimPrefix(w.url(), "http") + "/socket"}
	case "conversations.list":
		return map[string]any{"channels": []any{map[string]any{"id": supportChannel, "name": "support", "is_member": true}, map[string]any{"id": customerChannel, "name": "customers", "is_member": true}}}
	case "users.info":
		return map[string]any{"user": map[string]any{"id": r.FormValue("user"), "profile": map[string]any{"display_name": strings.ToLower(strings.TrimPrefix(r.FormValue("user"), "U0"))}}}
	case "chat.postMessage", "chat.postEphemeral":
		return w.post(r)
	case "chat.update":
		for _, p := range w.posts {
			if p.channel == r.FormValue("channel") && p.ts == r.FormValue("ts") {
				p.text, p.blocks, p.edits = r.FormValue("text"), r.FormValue("blocks"), p.edits+1
				return map[string]any{"channel": p.channel, "ts": p.ts}
			}
		}
		return map[string]any{"ok": false, "error": "message_not_found"}
	case "conversations.history", "conversations.replies":
		return w.history(method, r)
	case "views.open", "views.update":
		return w.view(r)
	}
	return w.file(method, r)
}

func (w *workspace) ts() string {
	w.serial++
	return fmt.Sprintf("%d.%06d", time.Now().Unix(), w.serial)
}

func (w *workspace) post(r *http.Request) map[string]any {
	p := &slackPost{channel: r.FormValue("channel"), ts: w.ts(), thread: r.FormValue("thread_ts"), user: slackBot, text: r.FormValue("text"), blocks: r.FormValue("blocks"), only: r.FormValue("user")}
	if w.missing(p.blocks) {
		return map[string]any{"ok": false, "error": "slack_file_not_found"}
	}
	var meta struct {
		Payload struct {
			Key string `json:"key"`
		} `json:"event_payload"`
	}
	if json.Unmarshal([]byte(r.FormValue("metadata")), &meta) == nil {
		p.key = meta.Payload.Key
	}
	w.posts = append(w.posts, p)
	return map[string]any{"channel": p.channel, "ts": p.ts, "message": p.wire()}
}

func (p *slackPost) wire() map[string]any {
	m := map[string]any{"type": "message", "user": p.user, "ts": p.ts, "text": p.text,
		"metadata": map[string]any{"event_type": "earshot_delivery", "event_payload": map[string]any{"key": p.key}}}
	if p.thread != "" {
		m["thread_ts"] = p.thread
	}
	return m
}

// history gives a page of a channel, the newest first, or of a thread, the
// oldest first, of what is younger than "oldest".
func (w *workspace) history(method string, r *http.Request) map[string]any {
	var all []any
	below, root := method == "conversations.replies", r.FormValue("ts")
	for _, p := range w.posts {
		here := below && (p.thread == root || p.ts == root) || !below && p.thread == ""
		if p.channel == r.FormValue("channel") && p.only == "" && here && p.ts > r.FormValue("oldest") {
			all = append(all, p.wire())
		}
	}
	if !below {
		slices.Reverse(all)
	}
	from, _ := strconv.Atoi(r.FormValue("cursor"))
	limit, err := strconv.Atoi(r.FormValue("limit"))
	if err != nil || limit == 0 {
		limit = 100
	}
	all = all[min(from, len(all)):]
	meta := map[string]any{}
	if len(all) > limit {
		all = all[:limit]
		meta["next_cursor"] = strconv.Itoa(from + limit)
	}
	return map[string]any{"messages": append([]any{}, all...), "response_metadata": meta}
}

// respond takes an answer at a response_url, which names who sees it.
func (w *workspace) respond(rw http.ResponseWriter, r *http.Request) {
	var msg struct {
		Text   string          `json:"text"`
		Blocks json.RawMessage `json:"blocks"`
	}
	if json.NewDecoder(r.Body).Decode(&msg) != nil {
		return
	}
	who, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/respond/"), "/")
	w.mu.Lock()
	defer w.mu.Unlock()
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.posts = append(w.posts, &slackPost{channel: supportChannel, ts: w.ts(), user: slackBot, text: msg.Text, blocks: string(msg.Blocks), only: who})
}

func (w *workspace) socket(rw http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(rw, r, nil)
	if err != nil {
		return
	}
	w.conns.Add(1)
	defer w.conns.Done()
	defer conn.Close()
	w.mu.Lock()
	w.live = append(w.live, conn)
	defer func() {
		w.mu.Lock()
		w.live = slices.DeleteFunc(w.live, func(c *websocket.Conn) bool { return c == conn })
		w.mu.Unlock()
	}()
	err = conn.WriteJSON(map[string]any{"type": "hello", "num_connections": 1, "connection_info": map[string]any{"app_id": "A0"}})
	w.mu.Unlock()
	for err == nil {
		var ack struct {
			ID      string          `json:"envelope_id"`
			Payload json.RawMessage `json:"payload"`
		}
		if err = conn.ReadJSON(&ack); err != nil {
			return
		}
		w.mu.Lock()
		ch, onAck := w.acks[ack.ID], w.onAck
		delete(w.acks, ack.ID)
		w.mu.Unlock()
		if ch != nil {
			ch <- ack.Payload
		}
		if ch != nil && onAck != nil {
			onAck()
		}
	}
}

// deliver brings an envelope, again and again until it is acknowledged, as
// Slack does for a while.
func (w *workspace) deliver(ctx context.Context, kind string, payload map[string]any) error {
	_, err := w.ask(ctx, kind, payload)
	return err
}

// ask delivers and gives what the acknowledgement carried: a form's answer.
func (w *workspace) ask(ctx context.Context, kind string, payload map[string]any) (json.RawMessage, error) {
	w.mu.Lock()
	w.serial++
	id := fmt.Sprintf("envelope-%d", w.serial)
	acked := make(chan json.RawMessage, 1)
	w.acks[id] = acked
	w.mu.Unlock()
	for {
		w.mu.Lock()
		if n := len(w.live); n > 0 {
			w.serial++
			_ = w.live[w.serial%n].WriteJSON(map[string]any{"type": kind, "envelope_id": id, "payload": payload, "accepts_response_payload": true}) // a dead one is tried again
		}
		w.mu.Unlock()
		again := time.NewTimer(500 * time.Millisecond)
		select {
		case answer := <-acked:
			again.Stop()
			return answer, nil
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return nil, ctx.Err()
		}
	}
}

// say is a customer saying something in #customers.
func (w *workspace) say(ctx context.Context, user, text string) (ts string, err error) {
	w.mu.Lock()
	p := &slackPost{channel: customerChannel, ts: w.ts(), user: user, text: text}
	w.posts = append(w.posts, p)
	w.mu.Unlock()
	return p.ts, w.deliver(ctx, "events_api", map[string]any{"type": "event_callback", "event_id": "Ev" + p.ts, "team_id": "T0",
		"event": map[string]any{"type": "message", "user": user, "text": text, "ts": p.ts, "event_ts": p.ts, "channel": customerChannel, "channel_type": "channel", "team": "T0"}})
}

// pressing is the payload of somebody pressing a button of a post.
func (w *workspace) pressing(user string, p slackPost, label string) map[string]any {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serial++
	trigger := fmt.Sprintf("trigger-%d", w.serial)
	var button map[string]any
	each(decoded(p.blocks), func(o map[string]any) {
		if text, ok := o["text"].(map[string]any); ok && o["type"] == "button" && text["text"] == label {
			button = o
		}
	})
	if button == nil {
		w.t.Fatalf("no button %q on %s", label, p.blocks)
	}
	return map[string]any{"type": "block_actions", "trigger_id": trigger, "response_url": w.url() + "/respond/" + user, "team": map[string]any{"id": "T0"},
		"user": map[string]any{"id": user, "name": strings.ToLower(strings.TrimPrefix(user, "U0"))}, "channel": map[string]any{"id": p.channel},
		"container": map[string]any{"type": "message", "message_ts": p.ts, "channel_id": p.channel},
		"message":   map[string]any{"type": "message", "ts": p.ts, "user": slackBot},
		"actions":   []any{map[string]any{"type": "button", "action_id": button["action_id"], "block_id": "b", "value": button["value"], "action_ts": w.ts()}}}
}

func decoded(s string) any {
	var v any
	_ = json.Unmarshal([]byte(s), &v) // nothing, when it is none
	return v
}

// each visits every object in v.
func each(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, o := range v {
			each(o, visit)
		}
	case map[string]any:
		visit(v)
		for _, o := range v {
			each(o, visit)
		}
	}
}

// shown is what a person reads of a post.
func (p slackPost) shown() string {
	var all []string
	each(decoded(p.blocks), func(o map[string]any) {
		if s, ok := o["text"].(string); ok {
			all = append(all, s)
		}
	})
	return strings.Join(append(all, p.text), "\n")
}

// in lists the posts of a channel, or below one of them.
func (w *workspace) in(channel, thread string) []slackPost {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []slackPost
	for _, p := range w.posts {
		if p.channel == channel && p.thread == thread && p.only == "" {
			all = append(all, *p)
		}
	}
	return all
}

// card waits for the post in #support that says all of this.
func (w *workspace) card(says ...string) slackPost {
	w.t.Helper()
	var found slackPost
	eventually(w.t, fmt.Sprintf("a card in Slack that says %q", says), func() bool {
		for _, p := range w.in(supportChannel, "") {
			missing := false
			for _, s := range says {
				missing = missing || !strings.Contains(p.shown(), s)
			}
			if !missing {
				found = p
				return true
			}
		}
		return false
	})
	return found
}

// told lists what one person alone was shown.
func (w *workspace) told(user string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, p := range w.posts {
		if p.only == user {
			all = append(all, p.shown())
		}
	}
	return strings.Join(all, "\n")
}
