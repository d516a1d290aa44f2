package mastodon

import (
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

	"earshot/bot/source/sourcetest"
)

// server is a Mastodon server as its documentation describes it, for one
// hashtag, the notifications of one account, and its posts.
type server struct {
	*httptest.Server

	mu     sync.Mutex
	posts  []map[string]any // oldest first
	notes  []map[string]any
	keys   map[string]map[string]any // posts by Idempotency-Key
	tokens map[string]bool
	fail   http.Handler
	lose   bool // take a post, and cut the connection before the answer
	old    bool // before 4.3: it knows nothing of several posts at once
	stream string
}

const token = "a-token-of-" + sourcetest.Canary

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{keys: map[string]map[string]any{}, tokens: map[string]bool{token: true}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/timelines/tag/{tag}", func(w http.ResponseWriter, r *http.Request) { s.page(w, r, s.tagged(r.PathValue("tag"))) })
	mux.HandleFunc("GET /api/v1/timelines/public", func(w http.ResponseWriter, r *http.Request) { s.page(w, r, s.posts) })
	mux.HandleFunc("GET /api/v1/notifications", s.signed(func(w http.ResponseWriter, r *http.Request) { s.page(w, r, s.notes) }))
	mux.HandleFunc("GET /api/v2/search", s.signed(func(w http.ResponseWriter, r *http.Request) { s.search(w, r) }))
	mux.HandleFunc("GET /api/v1/statuses", func(w http.ResponseWriter, r *http.Request) { s.several(w, r) })
	mux.HandleFunc("GET /api/v1/statuses/{id}/context", func(w http.ResponseWriter, r *http.Request) { s.context(w, r) })
	mux.HandleFunc("GET /api/v1/statuses/{id}", func(w http.ResponseWriter, r *http.Request) {
		for _, p := range s.posts {
			if p["id"] == r.PathValue("id") {
				write(w, p)
				return
			}
		}
		http.NotFound(w, r)
	})
	mux.HandleFunc("POST /api/v1/statuses", s.signed(func(w http.ResponseWriter, r *http.Request) { s.post(w, r) }))
	mux.HandleFunc("GET /api/v1/accounts/verify_credentials", s.signed(func(w http.ResponseWriter, _ *http.Request) {
		write(w, map[string]any{"id": "1", "username": "larkspur", "acct": "larkspur", "display_name": "Larkspur"})
	}))
	mux.HandleFunc("GET /api/v1/apps/verify_credentials", s.signed(func(w http.ResponseWriter, _ *http.Request) {
		write(w, map[string]any{"name": "earshot", "scopes": []string{"read", "write:statuses"}})
	}))
	mux.HandleFunc("GET /api/v2/instance", func(w http.ResponseWriter, _ *http.Request) {
		write(w, map[string]any{"configuration": map[string]any{"statuses": map[string]any{"max_characters": 600}, "urls": map[string]any{"streaming": s.stream}}})
	})
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.fail != nil {
			s.fail.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) signed(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if t, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); !ok || !s.tokens[t] {
			http.Error(w, `{"error":"The access token is invalid"}`, http.StatusUnauthorized)
			return
		}
		h(w, r)
	}
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

func idOf(p map[string]any) int64 {
	n, _ := strconv.ParseInt(fmt.Sprint(p["id"]), 10, 64)
	return n
}

// page hands out one page, newest first, as docs.joinmastodon.org/api/guidelines
// tells of min_id and max_id.
func (s *server) page(w http.ResponseWriter, r *http.Request, all []map[string]any) {
	q := r.URL.Query()
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit < 1 || limit > 40 {
		http.Error(w, `{"error":"limit"}`, http.StatusBadRequest)
		return
	}
	minID, _ := strconv.ParseInt(q.Get("min_id"), 10, 64)
	maxID, _ := strconv.ParseInt(q.Get("max_id"), 10, 64)
	some := []map[string]any{}
	for _, p := range all {
		if idOf(p) > minID && (maxID == 0 || idOf(p) < maxID) {
			some = append(some, p)
		}
	}
	if q.Get("min_id") != "" {
		some = some[:min(limit, len(some))]
	} else {
		some = some[max(0, len(some)-limit):]
	}
	slices.Reverse(some)
	write(w, some)
}

func (s *server) tagged(tag string) (all []map[string]any) {
	for _, p := range s.posts {
		if p["tag"] == tag {
			all = append(all, p)
		}
	}
	return all
}

func (s *server) search(w http.ResponseWriter, r *http.Request) {
	var found []map[string]any
	for _, p := range s.posts {
		if strings.Contains(strings.ToLower(fmt.Sprint(p["content"])), strings.Trim(r.URL.Query().Get("q"), `"`)) {
			found = append(found, p)
		}
	}
	rec := httptest.NewRecorder()
	s.page(rec, r, found)
	write(w, map[string]any{"accounts": []any{}, "hashtags": []any{}, "statuses": json.RawMessage(rec.Body.Bytes())})
}

func (s *server) several(w http.ResponseWriter, r *http.Request) {
	if s.old {
		http.NotFound(w, r)
		return
	}
	ids := r.URL.Query()["id[]"]
	if len(ids) > 20 {
		http.Error(w, `{"error":"too many"}`, http.StatusUnprocessableEntity)
		return
	}
	all := []map[string]any{}
	for _, p := range s.posts {
		if slices.Contains(ids, fmt.Sprint(p["id"])) {
			all = append(all, p)
		}
	}
	write(w, all)
}

func (s *server) context(w http.ResponseWriter, r *http.Request) {
	below := []map[string]any{}
	for _, p := range s.posts {
		if p["in_reply_to_id"] == r.PathValue("id") {
			below = append(below, p)
		}
	}
	write(w, map[string]any{"ancestors": []any{}, "descendants": below})
}

// post takes an answer; the same Idempotency-Key gives the same post.
func (s *server) post(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Status     string `json:"status"`
		ReplyTo    string `json:"in_reply_to_id"`
		Visibility string `json:"visibility"`
	}
	key := r.Header.Get("Idempotency-Key")
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Status == "" || key == "" || len([]rune(in.Status)) > 600 {
		http.Error(w, `{"error":"Validation failed"}`, http.StatusUnprocessableEntity)
		return
	}
	p, again := s.keys[key]
	if !again {
		p = status1(strconv.Itoa(9000+len(s.posts)), "<p>"+in.Status+"</p>", "larkspur", now())
		p["account"].(map[string]any)["id"] = "1"
		p["in_reply_to_id"], p["visibility"] = in.ReplyTo, in.Visibility
		s.keys[key] = p
		s.posts = append(s.posts, p)
	}
	if s.lose {
		panic(http.ErrAbortHandler)
	}
	write(w, p)
}

func (s *server) set(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

func status1(id, html, who string, at time.Time) map[string]any {
	return map[string]any{
		"id": id, "created_at": at.Format("2006-01-02T15:04:05.000Z"), "edited_at": nil, "in_reply_to_id": nil, "visibility": "public", "language": "en",
		"favourites_count": 3, "replies_count": 1, "spoiler_text": "", "url": "https://social.example/@" + id + "/" + id, "content": html, "tag": "kettle", "media_attachments": []any{},
		"account": map[string]any{"id": "77" + id, "acct": who, "display_name": who, "followers_count": 12, "bot": false, "url": "https://social.example/@x"},
	}
}
