package slack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/bot/platform/platformtest"
)

const (
	fakeTeam, fakeBot, fakeBotID = "T0TEAM", "U0BOT", "B0BOT"
	fakeSecret                   = "8f742231b10e8888abcd99yyyzzz85a5"
)

// fake is a Slack of ours: its Web API over HTTP, Socket Mode over a real
// WebSocket, response_urls and uploads. It refuses what Slack refuses.
type fake struct {
	t   *testing.T
	srv *httptest.Server
	out *http.Client // for signed requests to a handler

	mu        sync.Mutex
	channels  map[string]*fakeChannel
	users     map[string]string // id to display name
	groups    map[string][]string
	posts     []*fakePost
	modals    map[string]*fakeModal // by user
	triggers  map[string]*fakeTrigger
	responses map[string]*fakeResponse
	files     map[string]bool
	digesting int // this many uses of a file are refused
	next      platformtest.Fault
	revoked   bool
	scopes    string
	clock     int64
	serial    int
	refused   []string // why the validator refused something
	calls     []string // methods, in order
	sent      []delivered

	socket fakeSocket
	hook   string // address of a handler, in HTTP mode
}

type fakeChannel struct {
	id, name         string
	archived, member bool
}

type fakePost struct {
	channel, ts, thread, user, text, blocks string
	only                                    string // the one person who sees it
	broadcast, edited, deleted, dm          bool
	metadata                                map[string]any
	botID                                   string
}

type fakeModal struct {
	id, hash string
	view     map[string]any
	errors   map[string]string
}

type fakeTrigger struct {
	user string
	at   time.Time
	used bool
}

type fakeResponse struct {
	user, channel, thread string
	uses, tries           int
	on                    *fakePost // the private message a button of which was pressed
}

type delivered struct {
	kind    string
	payload map[string]any
}

func newFake(t *testing.T) *fake {
	f := &fake{t: t, out: &http.Client{Transport: &http.Transport{}}, clock: time.Now().Unix(), scopes: "app_mentions:read,channels:history,channels:read,chat:write,commands,files:write,groups:history,groups:read,metadata.message:read,users:read,usergroups:read",
		channels: map[string]*fakeChannel{"C0SUPPORT": {id: "C0SUPPORT", name: "support", member: true}, "C0CUSTOMERS": {id: "C0CUSTOMERS", name: "customers", member: true}, "C0OLD": {id: "C0OLD", name: "old", archived: true, member: true}, "C0OUT": {id: "C0OUT", name: "outside"}},
		users:    map[string]string{"U0ANN": "Ann", "U0BOB": "Bob", "U0HILDA": "Hilda"}, groups: map[string][]string{"S0AGENTS": {"U0ANN"}, "S0EMPTY": {}},
		modals: map[string]*fakeModal{}, triggers: map[string]*fakeTrigger{}, responses: map[string]*fakeResponse{}, files: map[string]bool{}}
	f.socket.acks = map[string]chan json.RawMessage{}
	f.srv = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(func() {
		f.socket.close()
		f.srv.Close()
		f.out.CloseIdleConnections()
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, why := range f.refused {
			t.Errorf("Slack refused: %s", why)
		}
	})
	return f
}

// id gives a new id or timestamp part.
func (f *fake) id(prefix string) string {
	f.serial++
	return fmt.Sprintf("%s%06d", prefix, f.serial)
}

func (f *fake) ts() string {
	f.serial++
	return fmt.Sprintf("%d.%06d", f.clock, f.serial)
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/socket":
		f.socket.serve(f.t, w, r)
	case strings.HasPrefix(r.URL.Path, "/respond/"):
		f.respond(w, r)
	case strings.HasPrefix(r.URL.Path, "/upload/"):
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "OK")
	default:
		f.method(w, r, strings.TrimPrefix(r.URL.Path, "/api/"))
	}
}

// writes are the methods that a fault is for.
func writes(name string) bool { return name == "chat.postMessage" || name == "chat.update" }

func (f *fake) method(w http.ResponseWriter, r *http.Request, name string) {
	args := arguments(r)
	f.mu.Lock()
	f.calls = append(f.calls, name)
	fault := platformtest.Fault("")
	if writes(name) {
		fault, f.next = f.next, ""
	}
	token := args.Get("token") + strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	answer := map[string]any{"ok": false, "error": "invalid_auth"}
	switch {
	case f.revoked || fault == platformtest.Revoked:
		answer["error"] = "token_revoked"
	case token != "xoxb-test" && token != "xapp-test":
	case fault == "" || fault == platformtest.Lost:
		answer = f.call(name, args)
	case fault == platformtest.Archived:
		answer["error"] = "is_archived"
	case fault == platformtest.Deleted:
		answer["error"] = "message_not_found"
	}
	w.Header().Set("X-OAuth-Scopes", f.scopes)
	f.mu.Unlock()
	switch fault {
	case platformtest.RateLimited:
		w.Header().Set("Retry-After", strconv.Itoa(int(platformtest.RetryAfter.Seconds())))
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case platformtest.Broken:
		w.WriteHeader(http.StatusInternalServerError)
		return
	case platformtest.Lost:
		panic(http.ErrAbortHandler) // the connection is reset
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		f.t.Errorf("answer %s: %v", name, err)
	}
}

// arguments reads a call's form or JSON as one.
func arguments(r *http.Request) url.Values {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		_ = r.ParseForm()
		return r.Form
	}
	var o map[string]json.RawMessage
	out := url.Values{}
	if json.NewDecoder(r.Body).Decode(&o) != nil {
		return out
	}
	for k, raw := range o {
		var s string
		if json.Unmarshal(raw, &s) != nil {
			s = string(raw)
		}
		out.Set(k, s)
	}
	return out
}

func no(code string) map[string]any { return map[string]any{"ok": false, "error": code} }

func (f *fake) call(name string, a url.Values) map[string]any {
	switch name {
	case "auth.test":
		return map[string]any{"ok": true, "url": "https://larkspur.slack.com/", "team": "Larkspur", "user": "earshot", "team_id": fakeTeam, "user_id": fakeBot, "bot_id": fakeBotID}
	case "apps.connections.open":
		return map[string]any{"ok": true, "url": "ws" + strings.TrimPrefix(f.srv.URL, "http") + "/socket"}
	case "chat.postMessage", "chat.postEphemeral":
		return f.post(name, a)
	case "chat.update":
		return f.update(a)
	case "chat.delete":
		if p := f.find(a.Get("channel"), a.Get("ts")); p != nil {
			p.deleted = true
			return map[string]any{"ok": true, "channel": p.channel, "ts": p.ts}
		}
		return no("message_not_found")
	case "conversations.history", "conversations.replies":
		return f.history(name, a)
	case "views.open", "views.update":
		return f.modal(name, a)
	}
	return f.lookup(name, a)
}

func (f *fake) lookup(name string, a url.Values) map[string]any {
	switch name {
	case "conversations.list":
		var all []map[string]any
		for _, c := range f.channels {
			if !c.archived {
				all = append(all, map[string]any{"id": c.id, "name": c.name, "is_member": c.member})
			}
		}
		return map[string]any{"ok": true, "channels": all, "response_metadata": map[string]any{"next_cursor": ""}}
	case "conversations.info":
		c := f.channels[a.Get("channel")]
		if c == nil {
			return no("channel_not_found")
		}
		return map[string]any{"ok": true, "channel": map[string]any{"id": c.id, "name": c.name, "is_archived": c.archived, "is_member": c.member}}
	case "users.info":
		if n, ok := f.users[a.Get("user")]; ok {
			return map[string]any{"ok": true, "user": map[string]any{"id": a.Get("user"), "name": strings.ToLower(n), "profile": map[string]any{"display_name": n}}}
		}
		return no("user_not_found")
	case "usergroups.users.list":
		if users, ok := f.groups[a.Get("usergroup")]; ok {
			return map[string]any{"ok": true, "users": users}
		}
		return no("no_such_subteam")
	case "files.getUploadURLExternal":
		id := f.id("F")
		return map[string]any{"ok": true, "upload_url": f.srv.URL + "/upload/" + id, "file_id": id}
	case "files.completeUploadExternal":
		var files []struct{ ID, Title string }
		if json.Unmarshal([]byte(a.Get("files")), &files) != nil || len(files) == 0 {
			return no("invalid_arguments")
		}
		f.files[files[0].ID] = true
		return map[string]any{"ok": true, "files": []any{map[string]any{"id": files[0].ID, "title": files[0].Title}}}
	}
	return no("unknown_method")
}
