package facebook

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/graph"
	"earshot/bot/source/sourcetest"
)

func now() time.Time { return time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC) }

const (
	pageID = "1000"
	token  = "EAA-" + sourcetest.Canary
	secret = "app-" + sourcetest.Canary
	verify = "a-word-of-our-own"
)

// meta is the Graph API of one page, as its documentation describes it. It
// refuses what the real one refuses.
type meta struct {
	*sourcetest.Server

	posts    []map[string]any // oldest first
	comments map[string][]map[string]any
	messages []map[string]any // sent in private
	usage    string           // X-Business-Use-Case-Usage
	last     int
	lose     bool
	fields   []string // that the app is subscribed to
}

func newMeta(t *testing.T) *meta {
	t.Helper()
	m := &meta{Server: sourcetest.NewServer(t), comments: map[string][]map[string]any{}, fields: []string{"feed"}}
	m.Handle("GET /v25.0/"+pageID+"/feed", m.signed(m.feed, "fields", "limit", "after"))
	m.Handle("GET /v25.0/{id}/comments", m.signed(m.below, "fields", "limit", "after", "filter", "order"))
	m.Handle("POST /v25.0/{id}/comments", m.signed(m.comment))
	m.Handle("POST /v25.0/"+pageID+"/messages", m.signed(m.message))
	m.Handle("GET /v25.0/"+pageID+"/subscribed_apps", m.signed(func(w http.ResponseWriter, _ *http.Request) {
		sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"data": []any{map[string]any{"id": "1", "subscribed_fields": m.fields}}})
	}))
	m.Handle("GET /v25.0/{id}", m.signed(m.one, "fields"))
	return m
}

func refuse(w http.ResponseWriter, code, subcode int, message string) {
	sourcetest.WriteJSON(w, http.StatusBadRequest, map[string]any{"error": map[string]any{"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode, "fbtrace_id": "A1"}})
}

// signed lets only requests through with the token and the proof of the secret.
func (m *meta) signed(h http.HandlerFunc, names ...string) http.HandlerFunc {
	return sourcetest.Known(func(w http.ResponseWriter, r *http.Request) {
		sum := hmac.New(sha256.New, []byte(secret))
		sum.Write([]byte(token))
		if m.usage != "" {
			w.Header().Set("X-Business-Use-Case-Usage", m.usage)
		}
		switch {
		case r.Header.Get("Authorization") != "Bearer "+token:
			refuse(w, 190, 463, "Error validating access token: Session has expired")
		case r.URL.Query().Get("appsecret_proof") != hex.EncodeToString(sum.Sum(nil)):
			refuse(w, 100, 0, "Invalid appsecret_proof provided in the API argument")
		default:
			h(w, r)
		}
	}, append(names, "appsecret_proof")...)
}

// page hands out part of a list that is newest first.
func (m *meta) page(all []map[string]any, limit int, after string) map[string]any {
	from := 0
	if after != "" {
		from, _ = strconv.Atoi(strings.TrimPrefix(after, "c"))
	}
	to := min(from+limit, len(all))
	data := []any{}
	for _, one := range all[min(from, to):to] {
		data = append(data, one)
	}
	paging := map[string]any{"cursors": map[string]any{"before": "c0", "after": "c" + strconv.Itoa(to)}}
	if to < len(all) {
		paging["next"] = "https://graph.facebook.com/next?access_token=leaked"
	}
	return map[string]any{"data": data, "paging": paging}
}

func reversed(all []map[string]any) []map[string]any {
	out := make([]map[string]any, 0, len(all))
	for i := len(all) - 1; i >= 0; i-- {
		out = append(out, all[i])
	}
	return out
}

func (m *meta) feed(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit < 1 || limit > 100 || !strings.Contains(q.Get("fields"), "comments.filter(stream).order(reverse_chronological).limit(50){id,") {
		refuse(w, 100, 0, "(#100) limit or fields")
		return
	}
	var all []map[string]any
	for _, p := range reversed(m.posts) {
		p = clone(p)
		if c := m.comments[fmt.Sprint(p["id"])]; len(c) > 0 {
			p["comments"] = m.page(reversed(c), 50, "")
		}
		all = append(all, p)
	}
	sourcetest.WriteJSON(w, http.StatusOK, m.page(all, limit, q.Get("after")))
}

func clone(p map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range p {
		out[k] = v
	}
	return out
}

func (m *meta) below(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit > 100 || q.Get("filter") != "stream" || q.Get("order") != "reverse_chronological" {
		refuse(w, 100, 0, "(#100) limit, filter or order")
		return
	}
	if m.find(r.PathValue("id")) == nil {
		refuse(w, 100, 33, "Unsupported get request. Object with ID does not exist")
		return
	}
	sourcetest.WriteJSON(w, http.StatusOK, m.page(reversed(m.comments[r.PathValue("id")]), limit, q.Get("after")))
}

func (m *meta) find(id string) map[string]any {
	for _, p := range m.posts {
		if p["id"] == id {
			return p
		}
		for _, c := range m.comments[fmt.Sprint(p["id"])] {
			if c["id"] == id {
				return c
			}
		}
	}
	return nil
}

// root is the post that an object stands on.
func (m *meta) root(id string) string {
	for on, all := range m.comments {
		for _, c := range all {
			if c["id"] == id {
				return on
			}
		}
	}
	return id
}

func (m *meta) one(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if id == pageID {
		sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"id": pageID, "name": "Larkspur"})
		return
	}
	p := m.find(id)
	if p == nil {
		refuse(w, 100, 33, "Unsupported get request. Object with ID does not exist, cannot be loaded due to missing permissions")
		return
	}
	out := clone(p)
	out["like_count"], out["comment_count"] = 3, 1
	if len(m.messages) > 0 {
		out["can_reply_privately"] = false
		out["private_reply_conversation"] = map[string]any{"link": "/1000/inbox/1", "messages": map[string]any{"data": m.messages}}
	}
	sourcetest.WriteJSON(w, http.StatusOK, out)
}

func (m *meta) comment(w http.ResponseWriter, r *http.Request) {
	id, said := r.PathValue("id"), r.PostFormValue("message")
	switch {
	case m.find(id) == nil:
		refuse(w, 100, 33, "Unsupported post request. Object with ID does not exist")
		return
	case said == "" || len([]rune(said)) > commentLimit:
		refuse(w, 100, 0, "(#100) message")
		return
	}
	on := m.root(id)
	c := comment1(m.next(on), said, pageID, now())
	if id != on {
		c["parent"] = map[string]any{"id": id}
	}
	m.comments[on] = append(m.comments[on], c)
	if m.lose {
		sourcetest.Lost()
	}
	sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"id": c["id"]})
}

func (m *meta) message(w http.ResponseWriter, r *http.Request) {
	var to, what map[string]string
	if json.Unmarshal([]byte(r.PostFormValue("recipient")), &to) != nil || json.Unmarshal([]byte(r.PostFormValue("message")), &what) != nil ||
		m.find(to["comment_id"]) == nil && m.comments[to["post_id"]] == nil || what["text"] == "" || len([]rune(what["text"])) > messageLimit {
		refuse(w, 100, 0, "(#100) recipient or message")
		return
	}
	if len(m.messages) > 0 {
		refuse(w, 10900, 0, "(#10900) Activity already replied to")
		return
	}
	m.messages = append(m.messages, map[string]any{"id": "m_1", "message": what["text"], "from": map[string]any{"id": pageID}, "created_time": stamp(now())})
	if m.lose {
		sourcetest.Lost()
	}
	sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"recipient_id": "9", "message_id": "m_1"})
}

func (m *meta) next(on string) string {
	m.last++
	return on[strings.LastIndexByte(on, '_')+1:] + "_" + strconv.Itoa(5000+m.last)
}

func stamp(at time.Time) string { return at.Format("2006-01-02T15:04:05+0000") }

func comment1(id, said, who string, at time.Time) map[string]any {
	return map[string]any{"id": id, "message": said, "from": map[string]any{"id": who, "name": "Ann " + who}, "created_time": stamp(at), "permalink_url": "https://www.facebook.com/larkspur/posts/1?comment_id=" + id}
}

// tell sends a webhook as Meta does.
func tell(t *testing.T, h http.Handler, field string, values ...map[string]any) int {
	t.Helper()
	var changes []any
	for _, v := range values {
		changes = append(changes, map[string]any{"field": field, "value": v})
	}
	body, err := json.Marshal(map[string]any{"object": "page", "entry": []any{map[string]any{"id": pageID, "time": now().Unix(), "changes": changes}}})
	if err != nil {
		t.Fatal(err)
	}
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write(body)
	req := httptest.NewRequest(http.MethodPost, "/hooks/a-facebook", bytes.NewReader(body))
	req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(sum.Sum(nil)))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w.Code
}

func settings(m *meta, hook bool) Settings {
	s := Settings{Page: pageID, Settings: graph.Settings{Token: token, Secret: secret, Watch: "kettle", BaseURL: m.URL}}
	if hook {
		s.Verify = verify
	}
	return s
}

func open(t *testing.T, s Settings) (bot.Source, error) {
	t.Helper()
	return sourcetest.Open(t, Driver(), s, bot.SourceEnv{Now: now})
}

func must(t *testing.T, m *meta) *Source {
	t.Helper()
	src, err := open(t, settings(m, false))
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}
