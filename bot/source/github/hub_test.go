package github

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

const token = "github_pat_" + sourcetest.Canary

// hub is GitHub as its documentation describes it, with one repository.
type hub struct {
	*sourcetest.Server

	clock    time.Time
	issues   []map[string]any
	comments []map[string]any
	talks    []map[string]any
	asked    int // answers that were made whole, and not "as it was"
	lose     bool
}

func newHub(t *testing.T) *hub {
	h := &hub{Server: sourcetest.NewServer(t), clock: time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC)}
	h.Handle("GET /user", h.signed(func(w http.ResponseWriter, _ *http.Request) {
		sourcetest.WriteJSON(w, 200, map[string]any{"login": "larkspur", "id": 1})
	}))
	list := func(all *[]map[string]any, known ...string) http.HandlerFunc {
		return h.signed(sourcetest.Known(func(w http.ResponseWriter, r *http.Request) { h.list(w, r, *all) }, append(known, "since", "sort", "direction", "per_page", "page")...))
	}
	h.Handle("GET /repos/larkspur/kettle/issues", list(&h.issues, "state"))
	h.Handle("GET /repos/larkspur/kettle/issues/comments", list(&h.comments))
	h.Handle("POST /repos/larkspur/kettle/issues/{n}/comments", h.signed(h.comment))
	h.Handle("GET /repos/larkspur/kettle/issues/{n}/{id}", h.signed(func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") == "comments" {
			sourcetest.Known(h.below, "since", "per_page", "page")(w, r)
			return
		}
		for _, c := range h.comments {
			if fmt.Sprint(c["id"]) == r.PathValue("id") {
				sourcetest.WriteJSON(w, 200, c)
				return
			}
		}
		fail(w, 404, "Not Found")
	}))
	h.Handle("POST /graphql", h.signed(h.graph))
	return h
}

func fail(w http.ResponseWriter, status int, why string) {
	sourcetest.WriteJSON(w, status, map[string]any{"message": why})
}

func (h *hub) signed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer "+token && got != "" {
			fail(w, 401, "Bad credentials")
			return
		}
		if r.Header.Get("X-GitHub-Api-Version") == "" || r.Header.Get("User-Agent") == "" {
			fail(w, 403, "Request forbidden by administrative rules.")
			return
		}
		next(w, r)
	}
}

// list hands out one page of what has changed since a time, oldest change first.
func (h *hub) list(w http.ResponseWriter, r *http.Request, all []map[string]any) {
	q := r.URL.Query()
	since, err1 := time.Parse(time.RFC3339, q.Get("since"))
	size, err2 := strconv.Atoi(q.Get("per_page"))
	page, err3 := strconv.Atoi(q.Get("page"))
	if err1 != nil || err2 != nil || err3 != nil || size > 100 || q.Get("sort") != "updated" || q.Get("direction") != "asc" {
		fail(w, 422, "Validation Failed")
		return
	}
	some := []map[string]any{}
	for _, p := range all {
		if at, err := time.Parse(time.RFC3339, fmt.Sprint(p["updated_at"])); err != nil || !at.Before(since) {
			some = append(some, p)
		}
	}
	slices.SortStableFunc(some, func(a, b map[string]any) int {
		return strings.Compare(fmt.Sprint(a["updated_at"]), fmt.Sprint(b["updated_at"]))
	})
	some = some[min((page-1)*size, len(some)):]
	some = some[:min(size, len(some))]
	raw, _ := json.Marshal(some)
	etag := fmt.Sprintf(`W/"%x"`, len(raw)*31+len(some))
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.asked++
	sourcetest.WriteJSON(w, 200, some)
}

func (h *hub) below(w http.ResponseWriter, r *http.Request) {
	some := []map[string]any{}
	for _, c := range h.comments {
		if strings.HasSuffix(fmt.Sprint(c["issue_url"]), "/"+r.PathValue("n")) {
			some = append(some, c)
		}
	}
	sourcetest.WriteJSON(w, 200, some)
}

func (h *hub) comment(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Body string `json:"body"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Body == "" || len([]rune(in.Body)) > 65536 {
		fail(w, 422, "Validation Failed")
		return
	}
	if !slices.ContainsFunc(h.issues, func(i map[string]any) bool { return fmt.Sprint(i["number"]) == r.PathValue("n") }) {
		fail(w, 404, "Not Found")
		return
	}
	n, _ := strconv.Atoi(r.PathValue("n"))
	c := h.said(n, "larkspur", in.Body, h.clock)
	if h.lose {
		sourcetest.Lost()
	}
	sourcetest.WriteJSON(w, 201, c)
}

// graph answers the four queries and the one mutation that are made.
func (h *hub) graph(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Query     string
		Variables map[string]any
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || r.Header.Get("Authorization") == "" {
		fail(w, 400, "Problems parsing JSON")
		return
	}
	data, errs := map[string]any{}, []any{}
	switch {
	case strings.Contains(in.Query, "nodes(ids:"):
		nodes := []any{}
		for _, id := range in.Variables["ids"].([]any) {
			if h.has(fmt.Sprint(id)) {
				nodes = append(nodes, map[string]any{"id": id})
			} else {
				nodes, errs = append(nodes, nil), append(errs, map[string]any{"type": "NOT_FOUND", "message": "Could not resolve"})
			}
		}
		data["nodes"] = nodes
	case strings.Contains(in.Query, "addDiscussionComment"):
		args := in.Variables["in"].(map[string]any)
		c := h.talk(0, "larkspur", "", fmt.Sprint(args["body"]), h.clock)
		c["viewerDidAuthor"] = true
		above := h.talks[0]["comments"].(map[string]any)
		if id := args["replyToId"]; id != nil {
			above = above["nodes"].([]any)[0].(map[string]any)["replies"].(map[string]any)
		}
		above["nodes"] = append(above["nodes"].([]any), c)
		if h.lose {
			sourcetest.Lost()
		}
		data["addDiscussionComment"] = map[string]any{"comment": c}
	case strings.Contains(in.Query, "node(id:"):
		data["node"] = map[string]any{"id": in.Variables["id"], "replyTo": nil, "upvoteCount": 3, "isAnswer": true, "replies": map[string]any{"totalCount": 2}}
	case strings.Contains(in.Query, "discussion(number:"):
		data["repository"] = map[string]any{"discussion": h.talks[0]}
	default:
		all := slices.Clone(h.talks)
		slices.Reverse(all)
		data["repository"] = map[string]any{"discussions": map[string]any{"nodes": all, "pageInfo": map[string]any{"hasNextPage": false}}}
	}
	sourcetest.WriteJSON(w, 200, map[string]any{"data": data, "errors": errs})
}

func (h *hub) has(node string) bool {
	for _, p := range slices.Concat(h.issues, h.comments) {
		if p["node_id"] == node {
			return true
		}
	}
	return strings.HasPrefix(node, "D")
}

// opened adds an issue.
func (h *hub) opened(who, title, body string, at time.Time) map[string]any {
	n := len(h.issues) + 1
	p := h.post(1000+n, who, body, at)
	p["number"], p["title"], p["html_url"] = n, title, fmt.Sprintf("https://github.com/larkspur/kettle/issues/%d", n)
	h.issues = append(h.issues, p)
	return p
}

// said adds a comment on issue n.
func (h *hub) said(n int, who, body string, at time.Time) map[string]any {
	id := 5000 + len(h.comments)
	p := h.post(id, who, body, at)
	p["issue_url"] = fmt.Sprintf("https://api.github.com/repos/larkspur/kettle/issues/%d", n)
	p["html_url"] = fmt.Sprintf("https://github.com/larkspur/kettle/issues/%d#issuecomment-%d", n, id)
	p["reactions"] = map[string]any{"+1": 2, "heart": 1, "-1": 4, "total_count": 7}
	h.comments = append(h.comments, p)
	return p
}

func (h *hub) post(id int, who, body string, at time.Time) map[string]any {
	h.clock = at.Add(time.Second)
	return map[string]any{
		"id": id, "node_id": "N_" + strconv.Itoa(id), "body": body, "author_association": "NONE", "created_at": at.Format(time.RFC3339), "updated_at": at.Format(time.RFC3339),
		"user": map[string]any{"login": who, "id": 70 + len(who), "type": "User", "html_url": "https://github.com/x"},
	}
}

// talk makes a discussion, or a comment in one.
func (h *hub) talk(n int, who, title, body string, at time.Time) map[string]any {
	h.clock = at.Add(time.Second)
	p := map[string]any{
		"id": "DC_" + strconv.Itoa(int(at.Unix())) + who, "body": body, "url": "https://github.com/larkspur/kettle/discussions/7", "createdAt": at.Format(time.RFC3339), "authorAssociation": "NONE",
		"author": map[string]any{"__typename": "User", "login": who, "databaseId": 70 + len(who), "url": "https://github.com/" + who}, "replies": map[string]any{"nodes": []any{}},
	}
	if n > 0 {
		p["id"], p["number"], p["title"], p["updatedAt"], p["comments"] = "D_"+strconv.Itoa(n), n, title, at.Format(time.RFC3339), map[string]any{"nodes": []any{}}
	}
	return p
}

func (h *hub) must(t *testing.T, set Settings) *Source {
	t.Helper()
	set.BaseURL = h.URL
	if set.Repositories == nil {
		set.Repositories = []string{"larkspur/kettle"}
	}
	src, err := sourcetest.Open(t, Driver(), set, bot.SourceEnv{Now: func() time.Time {
		h.Set(func() {}) // whoever changes the clock holds it
		return h.clock
	}})
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}
