package slack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// accepted checks what would be shown; "" when Slack takes it.
func (f *fake) accepted(blocks, text string) string {
	if strings.TrimSpace(text) == "" && (blocks == "" || blocks == "[]") {
		return "no_text"
	}
	if units(text) > 40_000 || strings.ContainsRune(text, 0) {
		return "msg_too_long"
	}
	if blocks == "" {
		return ""
	}
	errs := checkBlocks(blocks, false, f.files)
	if f.digesting > 0 && strings.Contains(blocks, "slack_file") {
		f.digesting--
		return "invalid_blocks"
	}
	if len(errs) == 0 {
		return ""
	}
	for _, e := range errs {
		if !strings.Contains(e, "downloading image failed") {
			f.refused = append(f.refused, e)
		}
	}
	return "invalid_blocks"
}

func (f *fake) find(channel, ts string) *fakePost {
	for _, p := range f.posts {
		if p.channel == channel && p.ts == ts && !p.deleted {
			return p
		}
	}
	return nil
}

func (f *fake) post(name string, a url.Values) map[string]any {
	p := &fakePost{channel: a.Get("channel"), ts: f.ts(), thread: a.Get("thread_ts"), user: fakeBot, botID: fakeBotID,
		text: a.Get("text"), blocks: a.Get("blocks"), broadcast: a.Get("reply_broadcast") == "true"}
	if name == "chat.postEphemeral" {
		p.only = a.Get("user")
	}
	if _, ok := f.users[p.channel]; ok {
		p.dm, p.only, p.channel = true, p.channel, "D"+p.channel[1:]
	} else if c := f.channels[p.channel]; c == nil {
		return no("channel_not_found")
	} else if c.archived {
		return no("is_archived")
	} else if !c.member {
		return no("not_in_channel")
	}
	if code := f.accepted(p.blocks, p.text); code != "" {
		return no(code)
	}
	if meta := a.Get("metadata"); meta != "" && json.Unmarshal([]byte(meta), &p.metadata) != nil {
		return no("invalid_metadata_format")
	}
	if p.thread != "" && p.only == "" && f.find(p.channel, p.thread) == nil {
		p.thread = "" // Slack posts to the channel instead
	}
	f.posts = append(f.posts, p)
	if name == "chat.postEphemeral" {
		return map[string]any{"ok": true, "message_ts": p.ts}
	}
	return map[string]any{"ok": true, "channel": p.channel, "ts": p.ts, "message": p.wire(false)}
}

// wire is a post as the Web API shows it.
func (p *fakePost) wire(meta bool) map[string]any {
	m := map[string]any{"type": "message", "user": p.user, "ts": p.ts, "text": p.text}
	if p.botID != "" {
		m["bot_id"] = p.botID
	}
	if p.thread != "" {
		m["thread_ts"] = p.thread
	}
	if meta && p.metadata != nil {
		m["metadata"] = p.metadata
	}
	return m
}

func (f *fake) update(a url.Values) map[string]any {
	p := f.find(a.Get("channel"), a.Get("ts"))
	if p == nil {
		return no("message_not_found")
	}
	if code := f.accepted(a.Get("blocks"), a.Get("text")); code != "" {
		return no(code)
	}
	p.text, p.blocks, p.edited = a.Get("text"), a.Get("blocks"), true
	return map[string]any{"ok": true, "channel": p.channel, "ts": p.ts, "text": p.text, "message": p.wire(false)}
}

// history gives the newest first, or a thread oldest first, two a page.
func (f *fake) history(name string, a url.Values) map[string]any {
	var all []map[string]any
	root := a.Get("ts")
	for _, p := range f.posts {
		if p.channel != a.Get("channel") || p.deleted || p.only != "" || p.ts < a.Get("oldest") {
			continue
		}
		below := p.thread == root || p.ts == root
		if name == "conversations.replies" && below {
			all = append(all, p.wire(a.Get("include_all_metadata") == "1"))
		} else if name == "conversations.history" && (p.thread == "" || p.broadcast) {
			all = append([]map[string]any{p.wire(a.Get("include_all_metadata") == "1")}, all...)
		}
	}
	if name == "conversations.replies" && len(all) == 0 {
		return no("thread_not_found")
	}
	from, _ := strconv.Atoi(a.Get("cursor"))
	to, next := min(from+2, len(all)), ""
	if to < len(all) {
		next = strconv.Itoa(to)
	}
	return map[string]any{"ok": true, "messages": all[from:to], "has_more": next != "", "response_metadata": map[string]any{"next_cursor": next}}
}

func (f *fake) modal(name string, a url.Values) map[string]any {
	var view map[string]any
	if json.Unmarshal([]byte(a.Get("view")), &view) != nil {
		return no("invalid_arguments")
	}
	if errs := checkModal(view, f.files); len(errs) > 0 {
		f.refused = append(f.refused, errs...)
		return no("invalid_arguments")
	}
	m := &fakeModal{id: f.id("V"), hash: f.id("h"), view: view}
	if name == "views.open" {
		t := f.triggers[a.Get("trigger_id")]
		switch {
		case t == nil:
			return no("invalid_trigger_id")
		case t.used:
			return no("exchanged_trigger_id")
		case time.Since(t.at) > granted:
			return no("expired_trigger_id")
		}
		t.used = true
		f.modals[t.user] = m
		return map[string]any{"ok": true, "view": m.wire()}
	}
	for user, old := range f.modals {
		if old.id == a.Get("view_id") {
			m.id = old.id
			f.modals[user] = m
			return map[string]any{"ok": true, "view": m.wire()}
		}
	}
	return no("not_found")
}

// wire is a modal as payloads carry it.
func (m *fakeModal) wire() map[string]any {
	out := map[string]any{"id": m.id, "hash": m.hash, "team_id": fakeTeam, "type": "modal", "state": map[string]any{}}
	for _, k := range []string{"title", "submit", "close", "blocks", "private_metadata", "callback_id"} {
		if v, ok := m.view[k]; ok {
			out[k] = v
		}
	}
	return out
}

// respond takes an answer at a response_url: five times.
func (f *fake) respond(w http.ResponseWriter, r *http.Request) {
	var msg struct {
		Text    string          `json:"text"`
		Blocks  json.RawMessage `json:"blocks"`
		Type    string          `json:"response_type"`
		Thread  string          `json:"thread_ts"`
		Replace bool            `json:"replace_original"`
	}
	err := json.NewDecoder(r.Body).Decode(&msg)
	f.mu.Lock()
	defer f.mu.Unlock()
	to := f.responses[strings.TrimPrefix(r.URL.Path, "/respond/")]
	if to != nil {
		to.tries++
	}
	if err != nil || to == nil || to.uses >= 5 {
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprint(w, "used_url")
		return
	}
	to.uses++
	if code := f.accepted(string(msg.Blocks), msg.Text); code != "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if msg.Replace && to.on != nil {
		to.on.text, to.on.blocks = msg.Text, string(msg.Blocks)
	} else {
		if msg.Type != "ephemeral" {
			f.refused = append(f.refused, "an answer for everybody at a response_url")
		}
		f.posts = append(f.posts, &fakePost{channel: to.channel, ts: f.ts(), thread: msg.Thread, text: msg.Text, blocks: string(msg.Blocks), only: to.user, user: fakeBot, botID: fakeBotID})
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprint(w, "ok")
}
