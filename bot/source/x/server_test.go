package x

import (
	"encoding/json"
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
	bearer = "bearer-" + sourcetest.Canary
	apiKey = "key-" + sourcetest.Canary
	secret = "secret-" + sourcetest.Canary
	token  = "77-token-" + sourcetest.Canary
	tokenS = "token-secret-" + sourcetest.Canary
	ours   = "77"
)

// server is X as its documentation describes it, for what a search finds and
// for the account @larkspur.
type server struct {
	*sourcetest.Server

	clock  time.Time
	posts  []map[string]any // by id, smallest first
	gone   []string
	last   uint64
	reads  int
	left   string // x-rate-limit-remaining
	lose   bool
	down   bool           // the search
	refuse map[string]any // of the next post
	asked  []string       // queries
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{Server: sourcetest.NewServer(t), clock: now(), left: "299"}
	fields := []string{"tweet.fields", "expansions", "user.fields", "media.fields"}
	page := append([]string{"max_results", "since_id", "until_id"}, fields...)
	s.signed("GET /2/tweets/search/recent", s.search, append(page, "query")...)
	s.signed("GET /2/users/77/mentions", func(w http.ResponseWriter, r *http.Request) { s.page(w, r, 5, s.about("@larkspur")) }, page...)
	s.signed("GET /2/users/77/tweets", s.own, append(page, "pagination_token")...)
	s.signed("GET /2/users/me", s.me)
	s.signed("GET /2/users/by/username/larkspur", s.me)
	s.signed("GET /2/tweets", s.lookup, append(fields, "ids")...)
	s.signed("POST /2/tweets", s.post)
	return s
}

// signed lets an app in to read, and the account to all.
func (s *server) signed(pattern string, h http.HandlerFunc, known ...string) {
	s.Handle(pattern, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-rate-limit-limit", "300")
		w.Header().Set("x-rate-limit-remaining", s.left)
		w.Header().Set("x-rate-limit-reset", strconv.FormatInt(s.clock.Add(9*time.Minute).Unix(), 10))
		auth := r.Header.Get("Authorization")
		app := auth == "Bearer "+bearer && r.Method == http.MethodGet && r.URL.Path != "/2/users/me"
		if !app && !s.account(r) {
			sourcetest.WriteJSON(w, http.StatusUnauthorized, map[string]any{"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"})
			return
		}
		sourcetest.Known(h, known...)(w, r)
	})
}

// account checks a signature of OAuth 1.0a by making it anew.
func (s *server) account(r *http.Request) bool {
	auth, ok := strings.CutPrefix(r.Header.Get("Authorization"), "OAuth ")
	if !ok {
		return false
	}
	given := map[string]string{}
	for part := range strings.SplitSeq(auth, ", ") {
		name, v, _ := strings.Cut(part, "=")
		given[name] = strings.Trim(v, `"`)
	}
	at, _ := strconv.ParseInt(given["oauth_timestamp"], 10, 64)
	again := r.Clone(r.Context())
	again.URL.Scheme, again.URL.Host = "http", r.Host
	keys{key: apiKey, secret: secret, token: token, secretOfAccess: tokenS}.sign(again, given["oauth_nonce"], time.Unix(at, 0))
	return again.Header.Get("Authorization") == r.Header.Get("Authorization") && given["oauth_nonce"] != ""
}

func (s *server) me(w http.ResponseWriter, _ *http.Request) {
	sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"data": map[string]any{"id": ours, "name": "Larkspur", "username": "larkspur"}})
}

func bad(w http.ResponseWriter, status int, detail string) {
	sourcetest.WriteJSON(w, status, map[string]any{"title": "Invalid Request", "detail": detail, "type": "https://api.twitter.com/2/problems/invalid-request", "errors": []any{map[string]any{"message": detail}}})
}

// about gives the posts that hold one of the words.
func (s *server) about(words ...string) (all []map[string]any) {
	for _, p := range s.posts {
		text := strings.ToLower(fmt.Sprint(p["text"]))
		if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, strings.ToLower(w)) }) {
			all = append(all, p)
		}
	}
	return all
}

func (s *server) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query().Get("query")
	s.asked = append(s.asked, q)
	if s.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if q == "" || len([]rune(q)) > 512 {
		bad(w, http.StatusBadRequest, "There were errors processing your request: The query is longer than 512 characters.")
		return
	}
	terms, _, _ := strings.Cut(q, " -is:retweet")
	var words []string
	for term := range strings.SplitSeq(strings.Trim(terms, "()"), " OR ") {
		words = append(words, strings.Trim(term, `"`))
	}
	s.page(w, r, 10, s.about(words...))
}

// page hands out one page, newest first.
func (s *server) page(w http.ResponseWriter, r *http.Request, least int, all []map[string]any) {
	q := r.URL.Query()
	size, err := strconv.Atoi(q.Get("max_results"))
	if err != nil || size < least || size > 100 {
		bad(w, http.StatusBadRequest, fmt.Sprintf("The max_results query parameter value [%s] is not between %d and 100", q.Get("max_results"), least))
		return
	}
	since, until := number(q.Get("since_id")), number(q.Get("until_id"))
	if strings.Contains(r.URL.Path, "search") && since > 0 && since < number(idAt(s.clock.Add(-7*24*time.Hour))) {
		bad(w, http.StatusBadRequest, "'since_id' must be a tweet id created after [TIMESTAMP]. Please use a 'since_id' that is larger than that.")
		return
	}
	some := []map[string]any{}
	for _, p := range slices.Backward(all) {
		id := number(fmt.Sprint(p["id"]))
		if _, numbered := p["id"].(string); !numbered || id > since && (until == 0 || id < until) {
			some = append(some, p)
		}
	}
	meta := map[string]any{"result_count": min(size, len(some))}
	if len(some) > size {
		some = some[:size]
		meta["next_token"] = "next"
	}
	s.write(w, some, meta, nil)
}

func (s *server) write(w http.ResponseWriter, some []map[string]any, meta map[string]any, errs []any) {
	s.reads += len(some)
	out := map[string]any{"meta": meta}
	if len(some) > 0 {
		out["data"] = some
		users := []any{}
		for _, p := range some {
			users = append(users, map[string]any{"id": p["author_id"], "name": p["who"], "username": "ann", "public_metrics": map[string]any{"followers_count": 12}})
		}
		out["includes"] = map[string]any{"users": users, "media": []any{map[string]any{"media_key": "3_1", "type": "video", "preview_image_url": "https://pbs.twimg.com/1.jpg"}}}
	}
	if errs != nil {
		out["errors"] = errs
	}
	sourcetest.WriteJSON(w, http.StatusOK, out)
}

func (s *server) own(w http.ResponseWriter, r *http.Request) {
	var all []map[string]any
	for _, p := range s.posts {
		if p["author_id"] == ours {
			all = append(all, p)
		}
	}
	s.page(w, r, 5, all)
}

func (s *server) lookup(w http.ResponseWriter, r *http.Request) {
	ids := strings.Split(r.URL.Query().Get("ids"), ",")
	if len(ids) > 100 {
		bad(w, http.StatusBadRequest, "The number of values in the `ids` query parameter list is not between 1 and 100.")
		return
	}
	var some []map[string]any
	var errs []any
	for _, id := range ids {
		i := slices.IndexFunc(s.posts, func(p map[string]any) bool { return p["id"] == id })
		if i < 0 || slices.Contains(s.gone, id) {
			errs = append(errs, map[string]any{"value": id, "resource_id": id, "resource_type": "tweet", "parameter": "ids", "type": "https://api.twitter.com/2/problems/resource-not-found"})
			continue
		}
		some = append(some, s.posts[i])
	}
	s.write(w, some, nil, errs)
}

// post takes a reply; the same text twice in a row is refused.
func (s *server) post(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Text  string `json:"text"`
		Reply struct {
			To string `json:"in_reply_to_tweet_id"`
		} `json:"reply"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Text == "" || (&Source{}).Length(in.Text) > 280 {
		bad(w, http.StatusBadRequest, "text")
		return
	}
	refuse := s.refuse
	if s.refuse = nil; refuse == nil && slices.ContainsFunc(s.posts, func(p map[string]any) bool { return p["sent"] == in.Text && p["author_id"] == ours }) {
		refuse = map[string]any{"detail": "You are not allowed to create a Tweet with duplicate content.", "status": 403}
	}
	if refuse != nil {
		code, _ := refuse["status"].(int)
		sourcetest.WriteJSON(w, code, refuse)
		return
	}
	p := s.said("@ann "+strings.NewReplacer("&", "&amp;", "https://larkspur.example/a", "https://t.co/1").Replace(in.Text), "larkspur", s.clock)
	p["author_id"], p["sent"] = ours, in.Text
	p["entities"] = map[string]any{"urls": []any{map[string]any{"url": "https://t.co/1", "expanded_url": "https://larkspur.example/a"}}}
	p["referenced_tweets"] = []any{map[string]any{"type": "replied_to", "id": in.Reply.To}}
	if s.lose {
		sourcetest.Lost()
	}
	sourcetest.WriteJSON(w, http.StatusCreated, map[string]any{"data": map[string]any{"id": p["id"], "text": p["text"]}})
}

// said adds a post, whose id is of the time of the clock.
func (s *server) said(words, who string, at time.Time) map[string]any {
	s.last = max(s.last+1, number(idAt(s.clock)))
	id := strconv.FormatUint(s.last, 10)
	p := map[string]any{
		"id": id, "text": words, "who": who, "author_id": "88", "created_at": at.Format("2006-01-02T15:04:05.000Z"), "lang": "en",
		"edit_history_tweet_ids": []string{id}, "reply_settings": "everyone", "public_metrics": map[string]any{"like_count": 0, "reply_count": 0},
	}
	s.posts = append(s.posts, p)
	return p
}
