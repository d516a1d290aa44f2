package discordtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// route does what a request that is in order asks for.
func (s *Server) route(w http.ResponseWriter, r *http.Request, path string, body map[string]any, files map[string][]byte) {
	part := strings.Split(strings.Trim(path, "/"), "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	open := part[0] == "interactions" || part[0] == "webhooks" || path == "/gateway"
	if !open && (s.Revoked || r.Header.Get("Authorization") != "Bot "+Token) {
		refuse(w, 401, 0, "401: Unauthorized")
		return
	}
	switch {
	case path == "/gateway" || path == "/gateway/bot":
		answer(w, 200, map[string]any{"url": strings.Replace(s.web.URL, "http", "ws", 1) + "/gateway", "shards": 1})
	case path == "/users/@me":
		answer(w, 200, map[string]any{"id": BotID, "username": "earshot", "bot": true})
	case path == "/applications/@me":
		answer(w, 200, map[string]any{"id": AppID, "flags": s.AppFlags, "verify_key": s.VerifyKey})
	case path == "/users/@me/channels":
		s.directChannel(w, body)
	case part[0] == "applications" && r.Method == http.MethodPut:
		s.commands = body[""].([]any)
		answer(w, 200, s.commands)
	case part[0] == "applications":
		answer(w, 200, s.commands)
	case part[0] == "guilds" && part[len(part)-1] == "channels":
		answer(w, 200, s.channelList())
	case part[0] == "guilds" && part[len(part)-1] == "roles":
		answer(w, 200, s.Roles)
	case part[0] == "guilds" && len(part) == 4 && part[2] == "members":
		if m := s.members[part[3]]; m != nil {
			answer(w, 200, m)
			return
		}
		refuse(w, 404, 10007, "Unknown Member")
	case part[0] == "channels":
		s.channelRoute(w, r, part, body, files)
	case part[0] == "interactions":
		s.callback(w, r, part, body)
	case part[0] == "webhooks":
		s.webhook(w, r, part, body, files)
	default:
		refuse(w, 404, 0, "404: Not Found")
	}
}

func (s *Server) channelList() []any {
	var out []any
	for _, c := range s.channels {
		if k := c["type"].(int); k != 11 && k != 1 {
			out = append(out, c)
		}
	}
	return out
}

func (s *Server) directChannel(w http.ResponseWriter, body map[string]any) {
	user, _ := body["recipient_id"].(string)
	if s.members[user] == nil {
		refuse(w, 400, 50033, "Invalid Recipient(s)")
		return
	}
	id := "9" + user[1:]
	s.channels[id] = map[string]any{"id": id, "type": 1, "name": "", "recipient": user}
	answer(w, 200, s.channels[id])
}

func (s *Server) channelRoute(w http.ResponseWriter, r *http.Request, part []string, body map[string]any, files map[string][]byte) {
	c := s.channels[part[1]]
	if c == nil {
		refuse(w, 404, 10003, "Unknown Channel")
		return
	}
	switch {
	case len(part) == 2 && r.Method == http.MethodPatch:
		c["archived"] = body["archived"]
		answer(w, 200, c)
	case len(part) == 2:
		answer(w, 200, c)
	case len(part) == 3 && r.Method == http.MethodPost:
		s.create(w, part[1], body, files)
	case len(part) == 3:
		s.list(w, r, part[1])
	case len(part) == 5 && part[4] == "threads":
		s.thread(w, part[1], part[3], body)
	default:
		s.oneMessage(w, r, c, part[3], body, files)
	}
}

// thread begins a thread from a message; it has the message's id.
func (s *Server) thread(w http.ResponseWriter, channel, message string, body map[string]any) {
	if s.find(channel, message) == nil {
		refuse(w, 404, 10008, "Unknown Message")
		return
	}
	if s.channels[message] != nil {
		refuse(w, 400, 160004, "A thread has already been created for this message")
		return
	}
	s.channels[message] = map[string]any{"id": message, "type": 11, "name": body["name"], "parent_id": channel, "permission_overwrites": []any{}}
	answer(w, 201, s.channels[message])
}

func (s *Server) find(channel, id string) *Message {
	for _, m := range s.messages[channel] {
		if m.ID == id && !m.Deleted {
			return m
		}
	}
	return nil
}

func (s *Server) create(w http.ResponseWriter, channel string, body map[string]any, files map[string][]byte) {
	c := s.channels[channel]
	user, direct := c["recipient"].(string)
	if direct && s.DeniedDMs {
		refuse(w, 403, 50007, "Cannot send messages to this user")
		return
	}
	nonce, _ := body["nonce"].(string)
	if enforce, _ := body["enforce_nonce"].(bool); enforce && nonce != "" {
		for _, m := range s.messages[channel] {
			if m.Nonce == nonce && !m.Deleted {
				answer(w, 200, s.json(m))
				return
			}
		}
	}
	c["archived"] = false // posting opens a thread that was folded away
	m := &Message{ID: s.id(), Channel: channel, Author: BotID, Nonce: nonce, Files: files}
	m.fill(body)
	s.messages[channel] = append(s.messages[channel], m)
	if direct {
		s.private[user] = append(s.private[user], m)
	}
	answer(w, 200, s.json(m))
}

// fill takes a body's content over. Discord does not let an edit change the
// flags of noise.
func (m *Message) fill(body map[string]any) {
	if c, ok := body["components"].([]any); ok {
		m.Components = c
	}
	if f, ok := body["flags"].(float64); ok {
		m.Flags |= int(f)
	}
	m.Pings = pings(body, m.Components)
}

// pings lists whom allowed_mentions lets the text wake.
func pings(body map[string]any, components []any) []string {
	allowed, ok := body["allowed_mentions"].(map[string]any)
	if !ok {
		return []string{"everybody who is named"}
	}
	out := strs(allowed["parse"])
	words := Read(components)
	for _, id := range append(strs(allowed["users"]), strs(allowed["roles"])...) {
		if slices.Contains(words.Mentions, id) {
			out = append(out, id)
		}
	}
	return out
}

func strs(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// json is a message as the API gives it. The nonce is not in it: Discord gives
// it back to the one who sent it alone.
func (s *Server) json(m *Message) map[string]any {
	out := map[string]any{"id": m.ID, "channel_id": m.Channel, "author": s.user(m.Author), "content": m.Content, "components": withIDs(m.Components),
		"flags": m.Flags, "type": 0, "timestamp": timeOf(m.ID), "edited_timestamp": nil, "attachments": []any{}, "embeds": []any{}, "mentions": []any{}}
	if m.Edited {
		out["edited_timestamp"] = timeOf(s.id()) // now
	}
	return out
}

// withIDs gives every component without an id one, as Discord does.
func withIDs(components []any) []any {
	next := 1
	var walk func([]any) []any
	walk = func(list []any) []any {
		out := make([]any, len(list))
		for i, c := range list {
			m, ok := c.(map[string]any)
			if !ok {
				continue
			}
			cp := map[string]any{}
			for k, v := range m {
				cp[k] = v
			}
			if id, ok := cp["id"].(float64); !ok || id == 0 {
				cp["id"] = next
				next++
			}
			if kids, ok := cp["components"].([]any); ok {
				cp["components"] = walk(kids)
			}
			out[i] = cp
		}
		return out
	}
	return walk(components)
}

func (s *Server) user(id string) map[string]any {
	if m := s.members[id]; m != nil {
		return m["user"].(map[string]any)
	}
	return map[string]any{"id": id, "username": "user" + id}
}

// list gives a page of messages, newest first.
func (s *Server) list(w http.ResponseWriter, r *http.Request, channel string) {
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	var page []*Message
	for _, m := range s.messages[channel] {
		if id, _ := strconv.ParseInt(m.ID, 10, 64); id > after && !m.Deleted {
			page = append(page, m)
		}
	}
	if len(page) > limit && after > 0 {
		page = page[:limit]
	} else if len(page) > limit {
		page = page[len(page)-limit:]
	}
	out := []any{}
	for _, m := range slices.Backward(page) {
		out = append(out, s.json(m))
	}
	answer(w, 200, out)
}

func (s *Server) oneMessage(w http.ResponseWriter, r *http.Request, c map[string]any, id string, body map[string]any, files map[string][]byte) {
	m := s.find(c["id"].(string), id)
	if m == nil {
		refuse(w, 404, 10008, "Unknown Message")
		return
	}
	if r.Method == http.MethodPatch {
		if archived, _ := c["archived"].(bool); archived {
			refuse(w, 400, 50083, "Thread is archived")
			return
		}
		if m.Author != BotID {
			refuse(w, 403, 50005, "Cannot edit a message authored by another user")
			return
		}
		m.fill(body)
		m.Files, m.Edited = files, true
	}
	answer(w, 200, s.json(m))
}
