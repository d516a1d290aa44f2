package reddit

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"earshot/bot/source/sourcetest"
)

func now() time.Time { return time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC) }

const (
	refresh = "refresh-" + sourcetest.Canary
	secret  = "secret-" + sourcetest.Canary
)

// server is Reddit as its documentation describes it, for the subreddit
// "kettles" and the account u/larkspur.
type server struct {
	*sourcetest.Server

	things []map[string]any // oldest first; t1 and t3
	inbox  []map[string]any
	tokens []string // that hold
	scope  string
	errors [][]any // of the next comment
	lose   bool
	left   string // X-Ratelimit-Remaining
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{Server: sourcetest.NewServer(t), scope: "identity read submit history privatemessages", left: "95.0"}
	s.Handle("POST /api/v1/access_token", s.token)
	list := []string{"limit", "after", "raw_json"}
	s.signed("GET /api/v1/me", s.me, "raw_json")
	s.signed("GET /r/kettles/about", func(w http.ResponseWriter, _ *http.Request) {
		s.write(w, map[string]any{"kind": "t5", "data": map[string]any{}})
	}, "raw_json")
	s.signed("GET /r/kettles/new", func(w http.ResponseWriter, r *http.Request) { s.list(w, r, s.of("t3_")) }, list...)
	s.signed("GET /r/kettles/comments", func(w http.ResponseWriter, r *http.Request) { s.list(w, r, s.of("t1_")) }, list...)
	s.signed("GET /message/inbox", func(w http.ResponseWriter, r *http.Request) { s.list(w, r, s.inbox) }, list...)
	s.signed("GET /search", s.search, append(list, "q", "sort", "type", "t")...)
	s.signed("GET /api/info", s.info, "id", "raw_json")
	s.signed("GET /user/larkspur/comments", func(w http.ResponseWriter, r *http.Request) { s.list(w, r, s.by("larkspur")) }, append(list, "sort")...)
	s.signed("GET /comments/{post}", s.thread, "comment", "depth", "limit", "sort", "raw_json")
	s.signed("POST /api/comment", s.comment, "raw_json")
	s.Handle("GET /r/kettles/new/.rss", func(w http.ResponseWriter, r *http.Request) { s.feed(w, r, s.of("t3_")) })
	s.Handle("GET /r/kettles/comments/.rss", func(w http.ResponseWriter, r *http.Request) { s.feed(w, r, s.of("t1_")) })
	return s
}

// token hands out a token for what the app may use.
func (s *server) token(w http.ResponseWriter, r *http.Request) {
	id, pass, _ := r.BasicAuth()
	if id != "app" || pass != secret {
		sourcetest.WriteJSON(w, http.StatusUnauthorized, map[string]any{"message": "Unauthorized", "error": 401})
		return
	}
	_ = r.ParseForm()
	switch r.PostForm.Get("grant_type") {
	case "refresh_token":
		if r.PostForm.Get("refresh_token") != refresh {
			sourcetest.WriteJSON(w, http.StatusBadRequest, map[string]any{"message": "Bad Request", "error": 400})
			return
		}
	case "password":
		if r.PostForm.Get("password") != "right" || r.PostForm.Get("username") != "larkspur" {
			sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"error": "invalid_grant"})
			return
		}
	case "client_credentials":
	default:
		sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"error": "unsupported_grant_type"})
		return
	}
	token := "token-" + strconv.Itoa(len(s.tokens))
	s.tokens = append(s.tokens, token)
	sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "bearer", "expires_in": 3600, "scope": s.scope})
}

// signed answers what has a token, is named as Reddit asks, and has no
// parameter that Reddit does not know.
func (s *server) signed(pattern string, h http.HandlerFunc, known ...string) {
	s.Handle(pattern, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("User-Agent"), "server:earshot:v1 (by /u/") {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.Header().Set("X-Ratelimit-Remaining", s.left)
		w.Header().Set("X-Ratelimit-Reset", "240")
		sourcetest.Bearer(sourcetest.Known(h, known...), s.tokens...)(w, r)
	})
}

func (s *server) write(w http.ResponseWriter, v any) { sourcetest.WriteJSON(w, http.StatusOK, v) }

func (s *server) me(w http.ResponseWriter, _ *http.Request) {
	s.write(w, map[string]any{"name": "larkspur"})
}

func (s *server) of(kind string) (all []map[string]any) {
	for _, t := range s.things {
		if name, _ := t["name"].(string); t["author"] != "[deleted]" && (strings.HasPrefix(name, kind) || name == "" && kind == "t1_") {
			all = append(all, t)
		}
	}
	return all
}

func (s *server) by(who string) (all []map[string]any) {
	for _, t := range s.of("t1_") {
		if t["author"] == who {
			all = append(all, t)
		}
	}
	return all
}

func wrapped(all []map[string]any) []any {
	out := []any{}
	for _, t := range all {
		kind := "t1"
		if strings.HasPrefix(fmt.Sprint(t["name"]), "t3_") {
			kind = "t3"
		}
		if k, ok := t["kind"].(string); ok {
			kind = k
		}
		out = append(out, map[string]any{"kind": kind, "data": t})
	}
	return out
}

func listed(all []map[string]any, after any) map[string]any {
	return map[string]any{"kind": "Listing", "data": map[string]any{"after": after, "children": wrapped(all)}}
}

// list hands out one page, newest first (reddit.com/dev/api#listings).
func (s *server) list(w http.ResponseWriter, r *http.Request, all []map[string]any) {
	page, after := cut(r, all)
	s.write(w, listed(page, after))
}

func cut(r *http.Request, all []map[string]any) (page []map[string]any, after any) {
	all = slices.Clone(all)
	slices.Reverse(all)
	all = all[:min(len(all), 1000)]
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	limit = min(max(limit, 1), 100)
	if from := r.URL.Query().Get("after"); from != "" {
		at := slices.IndexFunc(all, func(t map[string]any) bool { return t["name"] == from })
		if at < 0 {
			return nil, nil // as Reddit does when it was deleted
		}
		all = all[at+1:]
	}
	page = all[:min(limit, len(all))]
	if len(all) > limit {
		after = page[limit-1]["name"]
	}
	return page, after
}

func (s *server) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query().Get("q")
	if q == "" || len(q) > 512 {
		sourcetest.WriteJSON(w, http.StatusBadRequest, map[string]any{"message": "Bad Request", "error": 400})
		return
	}
	var found []map[string]any
	for _, t := range s.of("t3_") {
		for term := range strings.SplitSeq(q, " OR ") {
			if strings.Contains(strings.ToLower(fmt.Sprint(t["title"], t["selftext"])), strings.Trim(term, `"`)) {
				found = append(found, t)
				break
			}
		}
	}
	s.list(w, r, found)
}

func (s *server) info(w http.ResponseWriter, r *http.Request) {
	ids := strings.Split(r.URL.Query().Get("id"), ",")
	if len(ids) > 100 {
		sourcetest.WriteJSON(w, http.StatusBadRequest, map[string]any{"message": "Bad Request", "error": 400})
		return
	}
	var found []map[string]any
	for _, t := range s.things {
		if slices.Contains(ids, fmt.Sprint(t["name"])) {
			found = append(found, t)
		}
	}
	s.write(w, listed(found, nil))
}

func (s *server) thread(w http.ResponseWriter, r *http.Request) {
	under := func(name string) (all []map[string]any) {
		for _, t := range s.of("t1_") {
			if t["parent_id"] == name {
				all = append(all, t)
			}
		}
		return all
	}
	below := under("t3_" + r.PathValue("post"))
	if id := r.URL.Query().Get("comment"); id != "" {
		below = nil
		for _, t := range s.of("t1_") {
			if t["name"] == "t1_"+id {
				t = clone(t)
				if t["replies"] = ""; len(under("t1_"+id)) > 0 {
					t["replies"] = listed(under("t1_"+id), nil)
				}
				below = append(below, t)
			}
		}
	}
	s.write(w, []any{listed(nil, nil), listed(below, nil)})
}

func clone(t map[string]any) map[string]any {
	raw, _ := json.Marshal(t)
	out := map[string]any{}
	_ = json.Unmarshal(raw, &out)
	return out
}

// comment takes an answer, each time it is sent.
func (s *server) comment(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	f := r.PostForm
	errs := s.errors
	s.errors = nil
	switch body := f.Get("text"); {
	case f.Get("api_type") != "json":
		http.Error(w, "jquery", http.StatusOK)
		return
	case len([]rune(body)) > 10_000:
		errs = [][]any{{"TOO_LONG", "this is too long (max: 10000)", "text"}}
	case body == "":
		errs = [][]any{{"NO_TEXT", "we need something here", "text"}}
	}
	if len(errs) > 0 {
		s.write(w, map[string]any{"json": map[string]any{"errors": errs, "ratelimit": 540.5}})
		return
	}
	t := said("t1_"+strconv.FormatInt(int64(90000+len(s.things)), 36), f.Get("text"), "larkspur", now())
	t["parent_id"], t["link_id"] = f.Get("thing_id"), "t3_post1"
	s.things = append(s.things, t)
	if s.lose {
		sourcetest.Lost()
	}
	s.write(w, map[string]any{"json": map[string]any{"errors": []any{}, "data": map[string]any{"things": wrapped([]map[string]any{t})}}})
}

// feed hands out a page as Atom.
func (s *server) feed(w http.ResponseWriter, r *http.Request, all []map[string]any) {
	page, _ := cut(r, all)
	var b strings.Builder
	esc := func(v any) string {
		var e strings.Builder
		_ = xml.EscapeText(&e, []byte(fmt.Sprint(v)))
		return e.String()
	}
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>kettles</title>`)
	for _, t := range page {
		if t["name"] == nil {
			b.WriteString(`<entry><title>no id</title></entry>`)
			continue
		}
		at := time.Unix(int64(t["created_utc"].(float64)), 0).UTC().Format(time.RFC3339)
		html := first(fmt.Sprint(t["body_html"]), "")
		if strings.HasPrefix(t["name"].(string), "t3_") {
			html = fmt.Sprint(t["selftext_html"])
		}
		fmt.Fprintf(&b, `<entry><author><name>/u/%s</name><uri>https://www.reddit.com/user/x</uri></author><category term="kettles" label="r/kettles"/>`+
			`<content type="html">%s</content><id>%s</id><link href="https://www.reddit.com/r/kettles/comments/1/x/"/><updated>%s</updated><title>%s</title></entry>`,
			esc(t["author"]), esc("<!-- SC_OFF -->"+html+"<!-- SC_ON --> submitted by /u/x"), t["name"], at, esc(t["title"]))
	}
	b.WriteString(`</feed>`)
	w.Header().Set("Content-Type", "application/atom+xml; charset=UTF-8")
	_, _ = w.Write([]byte(b.String()))
}

// said is a comment, or for a name that begins with t3_ a post.
func said(name, words, who string, at time.Time) map[string]any {
	html := `<div class="md"><p>` + strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(words) + "</p>\n</div>"
	t := map[string]any{
		"name": name, "author": who, "author_fullname": "t2_" + strconv.Itoa(len(who)), "created_utc": float64(at.Unix()), "edited": false,
		"subreddit": "kettles", "permalink": "/r/kettles/comments/post1/x/" + name[3:] + "/", "score": 1,
	}
	if strings.HasPrefix(name, "t3_") {
		t["title"], t["selftext"], t["selftext_html"] = "A post", words, html
		return t
	}
	t["body"], t["body_html"], t["parent_id"], t["link_id"], t["link_title"] = words, html, "t3_post1", "t3_post1", "A post"
	return t
}
