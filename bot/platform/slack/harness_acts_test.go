package slack

import (
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/platform/platformtest"
)

// page0 reads a notification, where only pings matter.
type page0 struct{ pings *[]string }

func (p *page0) unmark(s string) string {
	full := &page{}
	out := full.unmark(s)
	*p.pings = append(*p.pings, full.pings...)
	return out
}

func (r *rig) command(by bot.Person, text string) platformtest.Ack {
	trigger, response := r.trigger(by, "C0SUPPORT", "", nil)
	return r.deliver(kindCommand, map[string]any{"token": "", "team_id": fakeTeam, "team_domain": "larkspur", "channel_id": "C0SUPPORT", "channel_name": "support",
		"user_id": by.ID, "user_name": by.Name, "command": "/voc", "text": text, "api_app_id": "A0APP", "response_url": response, "trigger_id": trigger})
}

func (r *rig) event(e map[string]any) platformtest.Ack {
	r.mu.Lock()
	id := r.id("Ev")
	r.mu.Unlock()
	return r.deliver(kindEvents, map[string]any{"token": "", "team_id": fakeTeam, "api_app_id": "A0APP", "type": "event_callback", "event_id": id, "event_time": time.Now().Unix(), "event": e})
}

func (r *rig) mention(by bot.Person, below bot.MessageRef, text string) platformtest.Ack {
	ts := r.now()
	return r.event(map[string]any{"type": "app_mention", "user": by.ID, "text": "<@" + fakeBot + "> " + slackEscape(text), "ts": ts, "event_ts": ts, "channel": below.Channel, "thread_ts": below.ID, "team": fakeTeam})
}

func (r *rig) share(by bot.Person, text string) platformtest.Ack {
	id := r.keep("U0HILDA", text)
	trigger, response := r.trigger(by, "C0CUSTOMERS", "", nil)
	return r.deliver(kindInteractive, map[string]any{"type": "message_action", "callback_id": "make_case", "trigger_id": trigger, "message_ts": id, "response_url": response, "token": "",
		"team": map[string]any{"id": fakeTeam, "domain": "larkspur"}, "user": map[string]any{"id": by.ID, "name": strings.ToLower(by.Name)}, "channel": map[string]any{"id": "C0CUSTOMERS", "name": "customers"},
		"message": map[string]any{"type": "message", "user": "U0HILDA", "ts": id, "text": slackEscape(text), "team": fakeTeam}})
}

func slackEscape(s string) string {
	out := ""
	for _, r := range s {
		switch r {
		case '&':
			out += "&amp;"
		case '<':
			out += "&lt;"
		case '>':
			out += "&gt;"
		default:
			out += string(r)
		}
	}
	return out
}

// keep stores what a customer wrote and gives its timestamp.
func (r *rig) keep(author, text string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := &fakePost{channel: "C0CUSTOMERS", ts: r.ts(), user: author, text: text}
	r.posts = append(r.posts, p)
	return p.ts
}

func customer(ts, text string) map[string]any {
	return map[string]any{"type": "message", "user": "U0HILDA", "team": fakeTeam, "text": slackEscape(text), "ts": ts}
}

func (r *rig) say(_, text string) string {
	ts := r.keep("U0HILDA", text)
	e := customer(ts, text)
	e["channel"], e["event_ts"], e["channel_type"] = "C0CUSTOMERS", ts, "channel"
	r.event(e)
	return ts
}

func (r *rig) rewrite(ts, text string) {
	r.mu.Lock()
	p := r.find("C0CUSTOMERS", ts)
	before := p.text
	p.text = text
	r.mu.Unlock()
	now := customer(ts, text)
	edited := r.now()
	now["edited"] = map[string]any{"user": "U0HILDA", "ts": edited}
	r.event(map[string]any{"type": "message", "subtype": "message_changed", "channel": "C0CUSTOMERS", "hidden": true, "message": now, "previous_message": customer(ts, before), "event_ts": edited, "ts": edited, "channel_type": "channel"})
}

func (r *rig) remove(ts string) {
	r.mu.Lock()
	p := r.find("C0CUSTOMERS", ts)
	p.deleted = true
	r.mu.Unlock()
	at := r.now()
	r.event(map[string]any{"type": "message", "subtype": "message_deleted", "channel": "C0CUSTOMERS", "hidden": true, "deleted_ts": ts, "previous_message": customer(ts, p.text), "event_ts": at, "ts": at, "channel_type": "channel"})
}

func (r *rig) redeliver() platformtest.Ack {
	r.mu.Lock()
	last := r.sent[len(r.sent)-1]
	r.mu.Unlock()
	return r.deliver(last.kind, last.payload)
}
