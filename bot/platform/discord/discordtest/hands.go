package discordtest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"time"

	"earshot/bot/platform/platformtest"
)

// granted is how long Discord waits for the first answer to an interaction
// (docs.discord.com/developers/interactions/receiving-and-responding).
const granted = 3 * platformtest.Slower * time.Second

// Open is a modal that lies open before a person.
type Open struct {
	Data map[string]any
	on   *Message // what it was opened from, nil for a command
}

// Ack tells when an interaction was acknowledged.
type Ack struct {
	OK   bool
	At   time.Time
	Type int // of the response
}

// turn is an interaction under way.
type turn struct {
	id, user string
	kind     int
	on       *Message
	began    time.Time
	at       time.Time // when the first answer came
	acked    chan struct{}
	response int
	original *Message
	choices  []any
}

// Endpoint is where interactions go instead of to the gateway: signed, as in
// Discord's HTTP mode.
type Endpoint struct {
	Handler http.Handler
	Key     ed25519.PrivateKey
}

// Interact brings an interaction of a person and waits for its first answer.
// kind is its type, data its data, on the message it was done on.
func (s *Server) Interact(user string, kind int, channel string, data map[string]any, on *Message, by *Endpoint) (Ack, map[string]any) {
	s.mu.Lock()
	t := &turn{id: s.id(), user: user, kind: kind, on: on, began: time.Now(), acked: make(chan struct{})}
	token := "token-" + t.id
	s.turns[token] = t
	payload := map[string]any{"id": t.id, "application_id": AppID, "type": kind, "token": token, "version": 1, "data": data,
		"guild_id": GuildID, "channel_id": channel, "channel": s.channels[channel], "member": s.members[user], "locale": "en-US",
		"app_permissions": "0", "entitlements": []any{}, "context": 0, "authorizing_integration_owners": map[string]any{"0": GuildID}}
	if c := s.channels[channel]; c != nil && c["type"] == 1 {
		delete(payload, "member")
		delete(payload, "guild_id")
		payload["user"] = s.user(user)
	}
	if on != nil {
		m := s.json(on)
		if on.Original != "" {
			m["interaction_metadata"] = map[string]any{"id": t.id, "type": 3, "interacted_message_id": on.Original}
		}
		payload["message"] = m
	}
	s.mu.Unlock()
	return s.deliver(payload, by), payload
}

// Again delivers an interaction once more.
func (s *Server) Again(payload map[string]any, by *Endpoint) Ack {
	s.mu.Lock()
	old := s.turns[payload["token"].(string)]
	again := &turn{id: old.id, user: old.user, kind: old.kind, on: old.on, began: time.Now(), acked: make(chan struct{})}
	s.turns[payload["token"].(string)] = again
	s.mu.Unlock()
	return s.deliver(payload, by)
}

func (s *Server) deliver(payload map[string]any, by *Endpoint) Ack {
	s.mu.Lock()
	t := s.turns[payload["token"].(string)]
	s.mu.Unlock()
	if by != nil {
		s.post(t, payload, by)
	} else {
		s.Dispatch("INTERACTION_CREATE", payload)
	}
	timer := time.NewTimer(granted)
	defer timer.Stop()
	select {
	case <-t.acked:
		s.mu.Lock()
		defer s.mu.Unlock()
		return Ack{OK: true, At: t.at, Type: t.response}
	case <-timer.C:
		return Ack{}
	}
}

// post sends an interaction to an endpoint, signed, and takes its answer.
func (s *Server) post(t *turn, payload map[string]any, by *Endpoint) {
	body := encode(payload)
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/discord", bytes.NewReader(body))
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	r.Header.Set("X-Signature-Timestamp", stamp)
	r.Header.Set("X-Signature-Ed25519", hex.EncodeToString(ed25519.Sign(by.Key, append([]byte(stamp), body...))))
	w := httptest.NewRecorder()
	by.Handler.ServeHTTP(w, r)
	var answered map[string]any
	if w.Code != 200 || json.NewDecoder(w.Body).Decode(&answered) != nil {
		return
	}
	cb := httptest.NewRequest(http.MethodPost, "/api/v10/interactions/"+t.id+"/token-"+t.id+"/callback", bytes.NewReader(encode(answered)))
	cb.Header.Set("Content-Type", "application/json")
	out := httptest.NewRecorder()
	s.serve(out, cb)
	if out.Code >= 300 {
		s.t.Errorf("the answer in the body is refused: %s", out.Body)
	}
}

// callback takes the first answer to an interaction.
func (s *Server) callback(w http.ResponseWriter, r *http.Request, part []string, body map[string]any) {
	id, token := part[1], part[2]
	t := s.turns[token]
	kind := int(num(body, "type"))
	switch {
	case t == nil || t.id != id || time.Since(t.began) > granted:
		refuse(w, 404, 10062, "Unknown interaction")
		return
	case t.response != 0:
		refuse(w, 400, 40060, "Interaction has already been acknowledged.")
		return
	case kind == 9 && t.kind == 5, (kind == 6 || kind == 7) && t.on == nil, (kind == 8) != (t.kind == 4):
		refuse(w, 400, 50035, "this type does not answer that")
		s.violations = append(s.violations, "response of type "+strconv.Itoa(kind)+" to an interaction of type "+strconv.Itoa(t.kind))
		return
	}
	t.response = kind
	data, _ := body["data"].(map[string]any)
	switch kind {
	case 4, 5:
		t.original = &Message{ID: s.id(), Channel: "", Author: BotID}
		if t.on != nil {
			t.original.Original = t.on.ID
		}
		t.original.fill(data)
		t.original.Pings = nil
		if kind == 5 {
			t.original.Deleted = true // nothing to see but that it works
		}
		s.private[t.user] = append(s.private[t.user], t.original)
		if t.original.Flags&64 == 0 {
			s.violations = append(s.violations, "an answer that everybody sees")
		}
	case 6, 7:
		t.original = t.on
		if kind == 7 {
			t.on.fill(data)
		}
	case 8:
		t.choices = list(data["choices"])
	case 9:
		s.open[t.user] = &Open{Data: data, on: t.on}
	}
	t.at, _ = r.Context().Value(arrival{}).(time.Time)
	close(t.acked)
	w.WriteHeader(204)
}

// webhook takes what follows the first answer.
func (s *Server) webhook(w http.ResponseWriter, r *http.Request, part []string, body map[string]any, files map[string][]byte) {
	t := s.turns[part[2]]
	if t == nil || part[1] != AppID || t.response == 0 || time.Since(t.began) > 15*time.Minute {
		refuse(w, 404, 10015, "Unknown Webhook")
		return
	}
	if len(part) == 3 {
		m := &Message{ID: s.id(), Author: BotID, Files: files}
		m.fill(body)
		if m.Flags&64 == 0 {
			s.violations = append(s.violations, "an answer that everybody sees")
		}
		s.private[t.user] = append(s.private[t.user], m)
		answer(w, 200, s.json(m))
		return
	}
	if t.original == nil {
		refuse(w, 404, 10008, "Unknown Message")
		return
	}
	if r.Method == http.MethodDelete {
		t.original.Deleted = true
		w.WriteHeader(204)
		return
	}
	t.original.fill(body)
	t.original.Files, t.original.Deleted = files, false
	answer(w, 200, s.json(t.original))
}

// Modal is the modal that lies open before a person.
func (s *Server) Modal(user string) (*Open, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.open[user]
	return o, o != nil
}

// SubmitModal sends the open modal with values for its fields; fields that are
// not named are sent as they stand.
func (s *Server) SubmitModal(user, channel string, values map[string]string, by *Endpoint) (Ack, map[string]any) {
	s.mu.Lock()
	o := s.open[user]
	delete(s.open, user)
	s.mu.Unlock()
	if o == nil {
		return Ack{}, nil
	}
	var components []any
	for _, p := range list(o.Data["components"]) {
		c, _ := p.(map[string]any)
		if num(p, "type") != 18 {
			components = append(components, map[string]any{"type": 10, "id": 1})
			continue
		}
		field, _ := c["component"].(map[string]any)
		name := str(field, "custom_id")
		v, given := values[name]
		sent := map[string]any{"type": field["type"], "custom_id": name, "id": 2}
		if num(field, "type") == 3 {
			if !given {
				for _, o := range list(field["options"]) {
					if d, _ := o.(map[string]any)["default"].(bool); d {
						v = str(o, "value")
					}
				}
			}
			sent["values"] = slices.DeleteFunc([]string{v}, func(s string) bool { return s == "" })
		} else {
			if !given {
				v = str(field, "value")
			}
			sent["value"] = v
		}
		components = append(components, map[string]any{"type": 18, "id": 3, "component": sent})
	}
	return s.Interact(user, 5, channel, map[string]any{"custom_id": o.Data["custom_id"], "components": components}, o.on, by)
}

// Choices asks for completions of a line that is being typed.
func (s *Server) Choices(user, channel, line string, by *Endpoint) []string {
	_, payload := s.Interact(user, 4, channel, command(line), nil, by)
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, c := range s.turns[payload["token"].(string)].choices {
		out = append(out, str(c, "name"))
	}
	return out
}

// Command types "/voc line".
func (s *Server) Command(user, channel, line string, by *Endpoint) (Ack, map[string]any) {
	return s.Interact(user, 2, channel, command(line), nil, by)
}

func command(line string) map[string]any {
	d := map[string]any{"id": "1", "name": "voc", "type": 1}
	if line != "" {
		d["options"] = []any{map[string]any{"name": "do", "type": 3, "value": line, "focused": true}}
	}
	return d
}

// Say puts a customer's message into a channel and tells the bot. With naming,
// it names the bot first.
func (s *Server) Say(user, channel, words string, naming bool) string {
	s.mu.Lock()
	m := &Message{ID: s.id(), Channel: channel, Author: user, Content: words}
	s.messages[channel] = append(s.messages[channel], m)
	data := s.json(m)
	data["guild_id"], data["member"] = GuildID, map[string]any{"roles": []string{}, "nick": nil}
	if naming {
		m.Content = "<@" + BotID + "> " + words
		data["content"] = m.Content
		data["mentions"] = []any{map[string]any{"id": BotID, "username": "earshot", "bot": true}}
		data["member"] = map[string]any{"roles": []string{AgentRole}}
	}
	s.mu.Unlock()
	s.Dispatch("MESSAGE_CREATE", data)
	return m.ID
}

// Rewrite edits a customer's message.
func (s *Server) Rewrite(channel, id, words string) {
	s.mu.Lock()
	m := s.find(channel, id)
	m.Content, m.Edited = words, true
	data := s.json(m)
	s.mu.Unlock()
	s.Dispatch("MESSAGE_UPDATE", data)
}

// Remove deletes a message.
func (s *Server) Remove(channel, id string) {
	s.mu.Lock()
	if m := s.find(channel, id); m != nil {
		m.Deleted = true
	}
	s.mu.Unlock()
	s.Dispatch("MESSAGE_DELETE", map[string]any{"id": id, "channel_id": channel, "guild_id": GuildID})
}

// Find gives a message anywhere, to act on it.
func (s *Server) Find(id string) *Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, all := range []map[string][]*Message{s.messages, s.private} {
		for _, list := range all {
			for _, m := range list {
				if m.ID == id {
					return m
				}
			}
		}
	}
	return nil
}

// timeOf is the time of an id, as the API writes it.
func timeOf(id string) string {
	n, _ := strconv.ParseInt(id, 10, 64)
	return time.UnixMilli(n>>22 + 1420070400000).UTC().Format(time.RFC3339Nano)
}

// Revoke makes the server refuse the bot's token from now on.
func (s *Server) Revoke() {
	s.mu.Lock()
	s.Revoked = true
	s.mu.Unlock()
	s.Disconnect()
}

// JSON is a message as the API gives it.
func (s *Server) JSON(id string) map[string]any {
	m := s.Find(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.json(m)
}
