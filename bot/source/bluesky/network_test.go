package bluesky

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
	"earshot/bot/text"
)

const (
	ourDID   = "did:plc:larkspur2345"
	password = "app-" + sourcetest.Canary
)

// network is a server and the service behind it, as the lexicons of app.bsky
// and com.atproto describe them: one account, its notifications, and posts.
type network struct {
	*sourcetest.Server

	clock   time.Time
	posts   []map[string]any // oldest first
	notes   []map[string]any
	records map[string]map[string]any // by key, of our account
	access  int                       // the number of the token that is good; 0 for none
	logins  int
	lose    bool // take an answer, and cut the connection before it is told
}

func newNetwork(t *testing.T) *network {
	n := &network{Server: sourcetest.NewServer(t), clock: time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC), records: map[string]map[string]any{}}
	query := func(name string, h http.HandlerFunc, known ...string) {
		n.Handle("GET /xrpc/"+name, n.signed(sourcetest.Known(h, known...)))
	}
	n.Handle("POST /xrpc/com.atproto.server.createSession", n.login)
	n.Handle("POST /xrpc/com.atproto.server.refreshSession", func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			refuse(w, 400, "InvalidRequest") // a request body was provided when none was expected
			return
		}
		if r.Header.Get("Authorization") != "Bearer refresh" {
			refuse(w, 400, "ExpiredToken")
			return
		}
		n.session(w)
	})
	query("app.bsky.feed.searchPosts", n.search, "q", "sort", "limit", "since", "until", "cursor")
	query("app.bsky.notification.listNotifications", n.list, "reasons", "limit", "cursor")
	query("app.bsky.feed.getPosts", n.some, "uris")
	query("com.atproto.repo.getRecord", n.get, "repo", "collection", "rkey")
	query("com.atproto.identity.resolveHandle", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("handle") != "ann.test" {
			refuse(w, 400, "HandleNotFound")
			return
		}
		sourcetest.WriteJSON(w, 200, map[string]any{"did": "did:plc:ann"})
	}, "handle")
	n.Handle("POST /xrpc/com.atproto.repo.putRecord", n.signed(n.put))
	n.Handle("GET /xrpc/app.bsky.actor.getProfiles", sourcetest.Known(n.profiles, "actors"))
	return n
}

func refuse(w http.ResponseWriter, status int, name string) {
	sourcetest.WriteJSON(w, status, map[string]any{"error": name, "message": "No."})
}

func (n *network) now() time.Time { return n.clock }

func (n *network) login(w http.ResponseWriter, r *http.Request) {
	var in struct{ Identifier, Password string }
	n.logins++
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Identifier != "larkspur.test" || in.Password != password {
		refuse(w, 401, "AuthenticationRequired")
		return
	}
	n.session(w)
}

func (n *network) session(w http.ResponseWriter) {
	n.access++
	sourcetest.WriteJSON(w, 200, map[string]any{"accessJwt": "access" + strconv.Itoa(n.access), "refreshJwt": "refresh", "handle": "larkspur.test", "did": ourDID, "active": true})
}

func (n *network) signed(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch got, want := r.Header.Get("Authorization"), "Bearer access"+strconv.Itoa(n.access); {
		case got == want:
			h(w, r)
		case strings.HasPrefix(got, "Bearer access"):
			refuse(w, 400, "ExpiredToken")
		default:
			refuse(w, 401, "AuthMissing")
		}
	}
}

// pages hands out one page of all, which is newest first.
func pages(w http.ResponseWriter, r *http.Request, name string, all []map[string]any) {
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	if err != nil || limit < 1 || limit > 100 {
		refuse(w, 400, "InvalidRequest")
		return
	}
	from = min(from, len(all))
	out := map[string]any{name: append([]map[string]any{}, all[from:min(from+limit, len(all))]...)}
	if from+limit < len(all) {
		out["cursor"] = strconv.Itoa(from + limit)
	}
	sourcetest.WriteJSON(w, 200, out)
}

func (n *network) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	since, err1 := time.Parse(time.RFC3339, q.Get("since"))
	until, err2 := time.Parse(time.RFC3339, q.Get("until"))
	if err1 != nil || err2 != nil || q.Get("sort") != "latest" {
		refuse(w, 400, "InvalidRequest")
		return
	}
	var found []map[string]any
	for _, p := range n.posts {
		rec, _ := p["record"].(map[string]any)
		at, err := time.Parse(time.RFC3339, fmt.Sprint(p["indexedAt"]))
		if strings.Contains(strings.ToLower(fmt.Sprint(rec["text"])), strings.Trim(q.Get("q"), `"`)) && (err != nil || !at.Before(since) && at.Before(until)) {
			found = append(found, p)
		}
	}
	slices.Reverse(found)
	pages(w, r, "posts", found)
}

func (n *network) list(w http.ResponseWriter, r *http.Request) {
	all := slices.Clone(n.notes)
	slices.Reverse(all)
	pages(w, r, "notifications", all)
}

func (n *network) some(w http.ResponseWriter, r *http.Request) {
	uris := r.URL.Query()["uris"]
	if len(uris) > 25 {
		refuse(w, 400, "InvalidRequest")
		return
	}
	here := []map[string]any{}
	for _, p := range n.posts {
		if slices.Contains(uris, fmt.Sprint(p["uri"])) && p["blocks us"] == nil {
			here = append(here, p)
		}
	}
	sourcetest.WriteJSON(w, 200, map[string]any{"posts": here})
}

func (n *network) profiles(w http.ResponseWriter, r *http.Request) {
	all := []map[string]any{}
	for _, did := range r.URL.Query()["actors"] {
		all = append(all, map[string]any{"did": did, "handle": strings.TrimPrefix(did, "did:plc:") + ".test", "displayName": "Somebody", "followersCount": 7, "labels": []any{map[string]any{"val": "bot"}}})
	}
	sourcetest.WriteJSON(w, 200, map[string]any{"profiles": all})
}

func (n *network) get(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if rec, ok := n.records[q.Get("rkey")]; ok && q.Get("repo") == ourDID {
		sourcetest.WriteJSON(w, 200, map[string]any{"uri": address(ourDID, q.Get("rkey")), "cid": "bafyours", "value": rec})
		return
	}
	for _, p := range n.posts {
		if p["uri"] == address(q.Get("repo"), q.Get("rkey")) {
			sourcetest.WriteJSON(w, 200, map[string]any{"uri": p["uri"], "cid": p["cid"], "value": p["record"]})
			return
		}
	}
	refuse(w, 400, "RecordNotFound")
}

func (n *network) put(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Repo, Collection, Rkey string
		Record                 map[string]any
		Validate               bool
		SwapRecord             json.RawMessage
	}
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	said := ""
	err := dec.Decode(&in)
	if err == nil {
		said, _ = in.Record["text"].(string)
	}
	tid := regexp.MustCompile(`^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$`)
	if err != nil || in.Repo != ourDID || in.Collection != collection || !tid.MatchString(in.Rkey) || text.Length(said) > 300 || len(said) > 3000 || string(in.SwapRecord) != "null" {
		refuse(w, 400, "InvalidRequest")
		return
	}
	if old, ok := n.records[in.Rkey]; ok && fmt.Sprint(old) != fmt.Sprint(in.Record) {
		refuse(w, 400, "InvalidSwap")
		return
	}
	n.records[in.Rkey] = in.Record
	if n.lose {
		sourcetest.Lost()
	}
	sourcetest.WriteJSON(w, 200, map[string]any{"uri": address(in.Repo, in.Rkey), "cid": "bafyours"})
}

// said adds a post, which the service sees at once.
func (n *network) said(key, who, words string, at time.Time) map[string]any {
	did := "did:plc:" + regexp.MustCompile(`[^a-z0-9]`).ReplaceAllString(strings.ToLower(who[:min(len(who), 30)]), "x")
	p := map[string]any{
		"uri": address(did, key), "cid": "bafyrei" + key, "author": map[string]any{"did": did, "handle": who, "displayName": who},
		"record":    map[string]any{"$type": collection, "text": words, "createdAt": at.Format(time.RFC3339Nano), "langs": []string{"en"}},
		"indexedAt": at.Format(time.RFC3339Nano), "likeCount": 2, "replyCount": 1, "viewer": map[string]any{},
	}
	n.add(p)
	n.clock = at.Add(time.Second)
	return p
}

func (n *network) add(p map[string]any) {
	note := map[string]any{"reason": "mention", "isRead": false}
	for k, v := range p {
		note[k] = v
	}
	n.posts, n.notes = append(n.posts, p), append(n.notes, note)
}

func (n *network) settings() Settings {
	return Settings{Handle: "@larkspur.test", Password: password, Server: n.URL, AppView: n.URL}
}

func watches() []bot.Watch { return []bot.Watch{{Name: "Kettles", Terms: []string{"kettle"}}} }

func (n *network) must(t *testing.T, set Settings, env bot.SourceEnv) *Source {
	t.Helper()
	env.Now = func() time.Time {
		n.Set(func() {}) // whoever changes the clock holds it
		return n.now()
	}
	src, err := sourcetest.Open(t, Driver(), set, env)
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := src.(*Streaming); ok {
		return s.Source
	}
	return src.(*Source)
}
