package youtube

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
	key     = "key-" + sourcetest.Canary
	secret  = "secret-" + sourcetest.Canary
	refresh = "refresh-" + sourcetest.Canary
	ours    = "UClarkspur00000000000000"
)

// server is the Data API as its documentation describes it, for our channel
// and its video.
type server struct {
	*sourcetest.Server

	threads []map[string]any // oldest first; comments that begin one
	replies []map[string]any // oldest first
	scope   string
	units   int
	refuse  string // the reason of a 403 to every list
	lose    bool
	owner   string
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{Server: sourcetest.NewServer(t), scope: "https://www.googleapis.com/auth/youtube.force-ssl", owner: ours}
	s.Handle("POST /token", s.token)
	s.signed("GET /v3/commentThreads", s.list, "part", "order", "textFormat", "maxResults", "allThreadsRelatedToChannelId", "videoId", "id", "pageToken")
	s.signed("GET /v3/comments", s.comments, "part", "parentId", "maxResults", "textFormat", "pageToken", "id")
	s.signed("GET /v3/channels", s.channels, "part", "mine", "forHandle")
	s.signed("POST /v3/comments", s.insert, "part")
	return s
}

func (s *server) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	f := r.PostForm
	if f.Get("client_id") != "app" || f.Get("client_secret") != secret {
		sourcetest.WriteJSON(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client", "error_description": "The OAuth client was not found."})
		return
	}
	if f.Get("grant_type") != "refresh_token" || f.Get("refresh_token") != refresh {
		sourcetest.WriteJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
		return
	}
	sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"access_token": "token", "expires_in": 3599, "scope": s.scope, "token_type": "Bearer"})
}

func problemOf(w http.ResponseWriter, status int, reason string) {
	sourcetest.WriteJSON(w, status, map[string]any{"error": map[string]any{"code": status, "message": "It <b>cannot</b> be.", "errors": []any{map[string]any{"reason": reason, "domain": "youtube"}}}})
}

func (s *server) signed(pattern string, h http.HandlerFunc, known ...string) {
	s.Handle(pattern, func(w http.ResponseWriter, r *http.Request) {
		s.units++
		switch byKey := r.Header.Get("X-Goog-Api-Key"); {
		case byKey == key && r.Method == http.MethodGet && r.URL.Query().Get("mine") == "":
		case byKey != "":
			problemOf(w, http.StatusBadRequest, "keyInvalid")
			return
		case r.Header.Get("Authorization") != "Bearer token":
			problemOf(w, http.StatusUnauthorized, "authError")
			return
		}
		if s.refuse != "" && r.Method == http.MethodGet {
			problemOf(w, http.StatusForbidden, s.refuse)
			return
		}
		sourcetest.Known(h, known...)(w, r)
	})
}

// page cuts a page out of what is listed.
func page(w http.ResponseWriter, r *http.Request, all []any) {
	q := r.URL.Query()
	size, err := strconv.Atoi(q.Get("maxResults"))
	if q.Get("id") != "" {
		size, err = 50, nil
	}
	if err != nil || size < 1 || size > 100 {
		problemOf(w, http.StatusBadRequest, "invalidValue")
		return
	}
	from, _ := strconv.Atoi(q.Get("pageToken"))
	out := map[string]any{"items": all[min(from, len(all)):min(from+size, len(all))]}
	if from+size < len(all) {
		out["nextPageToken"] = strconv.Itoa(from + size)
	}
	sourcetest.WriteJSON(w, http.StatusOK, out)
}

func (s *server) below(id string) (all []any) {
	for _, c := range slices.Backward(s.replies) {
		if c["snippet"].(map[string]any)["parentId"] == id {
			all = append(all, c)
		}
	}
	return all
}

func (s *server) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	filters := 0
	for _, f := range []string{"allThreadsRelatedToChannelId", "videoId", "id"} {
		if q.Get(f) != "" {
			filters++
		}
	}
	ids := strings.Split(q.Get("id"), ",")
	if filters != 1 || len(ids) > 50 || q.Get("id") != "" && (q.Get("maxResults") != "" || q.Get("order") != "") {
		problemOf(w, http.StatusBadRequest, "incompatibleParameters")
		return
	}
	if c := q.Get("allThreadsRelatedToChannelId"); c != "" && c != ours {
		problemOf(w, http.StatusNotFound, "channelNotFound")
		return
	}
	all := []any{}
	for _, c := range slices.Backward(s.threads) {
		id := fmt.Sprint(c["id"])
		if q.Get("id") != "" && !slices.Contains(ids, id) {
			continue
		}
		t := map[string]any{"id": c["id"], "snippet": map[string]any{"channelId": s.owner, "videoId": "video00", "topLevelComment": c, "totalReplyCount": len(s.below(id))}}
		if below := s.below(id); len(below) > 0 && strings.Contains(q.Get("part"), "replies") {
			t["replies"] = map[string]any{"comments": below[:min(len(below), 3)]}
		}
		all = append(all, t)
	}
	page(w, r, all)
}

func (s *server) comments(w http.ResponseWriter, r *http.Request) {
	if id := r.URL.Query().Get("id"); id != "" {
		all := []any{}
		for _, c := range s.replies {
			if c["id"] == id {
				all = append(all, c)
			}
		}
		page(w, r, all)
		return
	}
	all := s.below(r.URL.Query().Get("parentId"))
	if all == nil {
		all = []any{}
	}
	page(w, r, all)
}

func (s *server) channels(w http.ResponseWriter, r *http.Request) {
	all := []any{}
	if q := r.URL.Query(); q.Get("mine") == "true" || q.Get("forHandle") == "@larkspur" {
		all = append(all, map[string]any{"id": ours, "snippet": map[string]any{"title": "Larkspur"}})
	}
	sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"items": all})
}

// insert takes an answer, each time it is sent.
func (s *server) insert(w http.ResponseWriter, r *http.Request) {
	s.units += 49
	var in struct {
		Snippet struct {
			Parent string `json:"parentId"`
			Text   string `json:"textOriginal"`
		} `json:"snippet"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Snippet.Text == "" {
		problemOf(w, http.StatusBadRequest, "commentTextRequired")
		return
	}
	if len([]rune(in.Snippet.Text)) > 10_000 {
		problemOf(w, http.StatusBadRequest, "commentTextTooLong")
		return
	}
	if !slices.ContainsFunc(s.threads, func(c map[string]any) bool { return c["id"] == in.Snippet.Parent }) {
		problemOf(w, http.StatusNotFound, "parentCommentNotFound")
		return
	}
	c := said(in.Snippet.Parent+".r"+strconv.Itoa(len(s.replies)), in.Snippet.Text, "@larkspur", now())
	sn := c["snippet"].(map[string]any)
	sn["parentId"], sn["authorChannelId"], sn["textOriginal"] = in.Snippet.Parent, map[string]any{"value": ours}, in.Snippet.Text
	s.replies = append(s.replies, c)
	if s.lose {
		sourcetest.Lost()
	}
	sourcetest.WriteJSON(w, http.StatusOK, c)
}

// said is a comment; one with a dot in its id is an answer.
func said(id, words, who string, at time.Time) map[string]any {
	day := at.Format(time.RFC3339)
	sn := map[string]any{
		"authorDisplayName": who, "authorChannelUrl": "http://www.youtube.com/@x", "authorChannelId": map[string]any{"value": "UC" + strconv.Itoa(len(who))},
		"textDisplay": words, "likeCount": 0, "publishedAt": day, "updatedAt": day,
	}
	if top, _, answer := strings.Cut(id, "."); answer {
		sn["parentId"] = top
	} else {
		sn["videoId"] = "video00"
	}
	return map[string]any{"id": id, "snippet": sn}
}
