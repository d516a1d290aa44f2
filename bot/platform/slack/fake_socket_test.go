package slack

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"earshot/bot/platform/platformtest"
)

// granted is how long Slack waits for an acknowledgement, and how long a trigger
// lives (docs.slack.dev/interactivity/handling-user-interaction).
const granted = 3 * platformtest.Slower * time.Second

// fakeSocket is Slack's side of Socket Mode.
type fakeSocket struct {
	mu    sync.Mutex
	conn  *websocket.Conn
	ready int // connections so far
	acks  map[string]chan json.RawMessage
	wg    sync.WaitGroup
}

func (s *fakeSocket) serve(t *testing.T, w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		t.Errorf("upgrade: %v", err)
		return
	}
	s.wg.Add(1)
	defer s.wg.Done()
	s.mu.Lock()
	s.conn = conn
	s.ready++
	err = conn.WriteJSON(map[string]any{"type": "hello", "num_connections": 1, "connection_info": map[string]any{"app_id": "A0APP"}})
	s.mu.Unlock()
	if err != nil {
		return
	}
	for {
		var ack struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		if conn.ReadJSON(&ack) != nil {
			_ = conn.Close()
			return
		}
		s.mu.Lock()
		if ch := s.acks[ack.EnvelopeID]; ch != nil {
			ch <- ack.Payload
			delete(s.acks, ack.EnvelopeID)
		}
		s.mu.Unlock()
	}
}

// close ends the connection, as Slack does when it goes down.
func (s *fakeSocket) close() {
	s.mu.Lock()
	if s.conn != nil {
		_ = s.conn.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// raw sends anything over the socket.
func (s *fakeSocket) raw(v any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return io.ErrClosedPipe
	}
	return s.conn.WriteJSON(v)
}

// send delivers an envelope and waits for its acknowledgement.
func (s *fakeSocket) send(envelope, kind string, payload any) (json.RawMessage, bool) {
	ch := make(chan json.RawMessage, 1)
	s.mu.Lock()
	s.acks[envelope] = ch
	s.mu.Unlock()
	if s.raw(map[string]any{"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": kind != kindEvents}) != nil {
		return nil, false
	}
	select {
	case answer := <-ch:
		return answer, true
	case <-time.After(granted):
		return nil, false
	}
}

// deliver brings a payload to the app, over the socket or as a signed request,
// and applies what is answered to a form.
func (f *fake) deliver(kind string, payload map[string]any) platformtest.Ack {
	f.mu.Lock()
	f.sent = append(f.sent, delivered{kind, payload})
	hook, envelope := f.hook, f.id("envelope-")
	f.mu.Unlock()
	var answer json.RawMessage
	var ok bool
	if hook == "" {
		answer, ok = f.socket.send(envelope, kind, payload)
	} else {
		answer, ok = f.request(hook, kind, payload)
	}
	ack := platformtest.Ack{OK: ok, At: time.Now()}
	if ok && payload["type"] == "view_submission" {
		f.submitted(payload, answer)
	}
	return ack
}

// request posts a payload, signed, as Slack does.
func (f *fake) request(hook, kind string, payload map[string]any) (json.RawMessage, bool) {
	raw, err := json.Marshal(payload)
	if err != nil {
		f.t.Errorf("payload: %v", err)
	}
	body, ctype := raw, "application/json"
	switch kind {
	case kindInteractive:
		body, ctype = []byte(url.Values{"payload": {string(raw)}}.Encode()), "application/x-www-form-urlencoded"
	case kindCommand:
		form := url.Values{}
		for k, v := range payload {
			form.Set(k, fmt.Sprint(v))
		}
		body, ctype = []byte(form.Encode()), "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequest(http.MethodPost, hook, bytes.NewReader(body))
	if err != nil {
		f.t.Errorf("request: %v", err)
		return nil, false
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Content-Type", ctype)
	req.Header.Set("X-Slack-Request-Timestamp", stamp)
	req.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(sign(fakeSecret, stamp, body)))
	resp, err := f.out.Do(req)
	if err != nil {
		return nil, false
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	return answer, err == nil && resp.StatusCode == http.StatusOK
}

// submitted applies the answer to a view submission.
func (f *fake) submitted(payload map[string]any, answer json.RawMessage) {
	f.mu.Lock()
	defer f.mu.Unlock()
	view := payload["view"].(map[string]any)
	for user, m := range f.modals {
		if m.id != view["id"] {
			continue
		}
		var a struct {
			Action string            `json:"response_action"`
			View   map[string]any    `json:"view"`
			Errors map[string]string `json:"errors"`
		}
		if len(answer) > 0 {
			if err := json.Unmarshal(answer, &a); err != nil || len(answer) > 20_000 {
				f.refused = append(f.refused, fmt.Sprintf("answer to a form of %d bytes: %v", len(answer), err))
			}
		}
		switch a.Action {
		case "update":
			if errs := checkModal(a.View, f.files); len(errs) > 0 {
				f.refused = append(f.refused, errs...)
			}
			f.modals[user] = &fakeModal{id: m.id, hash: f.id("h"), view: a.View}
		case "errors":
			f.typed(m, view, a.Errors)
		default:
			delete(f.modals, user)
		}
		return
	}
}

// typed keeps a form as it is, with what was typed and the errors.
func (f *fake) typed(m *fakeModal, view map[string]any, errs map[string]string) {
	values := view["state"].(map[string]any)["values"].(map[string]any)
	known := map[string]bool{}
	for _, b := range list(m.view["blocks"]) {
		id := str(b["block_id"])
		known[id] = b["type"] == "input"
		typed, _ := values[id].(map[string]any)
		if v, ok := typed[fieldAction].(map[string]any); ok && b["type"] == "input" {
			if s := str(v["value"]); s != "" {
				b["element"].(map[string]any)["initial_value"] = s
			}
		}
	}
	for id := range maps.Keys(errs) {
		if !known[id] {
			f.refused = append(f.refused, "an error at "+id+", which is no input")
		}
	}
	m.errors = errs
}
