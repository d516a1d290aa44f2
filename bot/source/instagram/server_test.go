package instagram

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
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
	account = "17841"
	token   = "IGQ-" + sourcetest.Canary
	secret  = "app-" + sourcetest.Canary
	verify  = "a-word-of-our-own"
)

// insta is the Graph API of one Instagram account, as its documentation
// describes it. It refuses what the real one refuses.
type insta struct {
	*sourcetest.Server

	media    []map[string]any // oldest first
	comments map[string][]map[string]any
	replies  map[string][]map[string]any
	tagged   []map[string]any
	outside  map[string]map[string]any // mentions elsewhere
	sent     []string                  // in private, and elsewhere
	last     int
	lose     bool
}

func newInsta(t *testing.T) *insta {
	t.Helper()
	i := &insta{Server: sourcetest.NewServer(t), comments: map[string][]map[string]any{}, replies: map[string][]map[string]any{}, outside: map[string]map[string]any{}}
	i.Handle("GET /v25.0/"+account+"/media", i.signed(i.ours, "fields", "limit", "after"))
	i.Handle("GET /v25.0/"+account+"/tags", i.signed(func(w http.ResponseWriter, r *http.Request) { i.list(w, r, reversed(i.tagged)) }, "fields", "limit", "after"))
	i.Handle("POST /v25.0/"+account+"/mentions", i.signed(i.mentions))
	i.Handle("POST /v25.0/me/messages", i.signed(i.message))
	i.Handle("GET /v25.0/me/subscribed_apps", i.signed(func(w http.ResponseWriter, _ *http.Request) {
		sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"data": []any{map[string]any{"subscribed_fields": []string{"feed"}}}})
	}))
	i.Handle("GET /v25.0/{id}/comments", i.signed(func(w http.ResponseWriter, r *http.Request) { i.list(w, r, i.on(r.PathValue("id"))) }, "fields", "limit", "after"))
	i.Handle("GET /v25.0/{id}/replies", i.signed(i.below, "fields", "limit", "after"))
	i.Handle("POST /v25.0/{id}/replies", i.signed(i.reply))
	i.Handle("GET /v25.0/{id}", i.signed(i.one, "fields"))
	return i
}

func refuse(w http.ResponseWriter, code, subcode int, message string) {
	sourcetest.WriteJSON(w, http.StatusBadRequest, map[string]any{"error": map[string]any{"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode}})
}

func (i *insta) signed(h http.HandlerFunc, names ...string) http.HandlerFunc {
	return sourcetest.Known(func(w http.ResponseWriter, r *http.Request) {
		sum := hmac.New(sha256.New, []byte(secret))
		sum.Write([]byte(token))
		switch {
		case r.Header.Get("Authorization") != "Bearer "+token:
			refuse(w, 190, 460, "Error validating access token")
		case r.URL.Query().Get("appsecret_proof") != hex.EncodeToString(sum.Sum(nil)):
			refuse(w, 100, 0, "Invalid appsecret_proof provided in the API argument")
		default:
			h(w, r)
		}
	}, append(names, "appsecret_proof")...)
}

func reversed(all []map[string]any) []map[string]any {
	out := make([]map[string]any, 0, len(all))
	for n := len(all) - 1; n >= 0; n-- {
		out = append(out, all[n])
	}
	return out
}

func page(all []map[string]any, limit int, after string) map[string]any {
	from, _ := strconv.Atoi(strings.TrimPrefix(after, "c"))
	to := min(from+limit, len(all))
	data := []any{}
	for _, one := range all[min(from, to):to] {
		data = append(data, one)
	}
	paging := map[string]any{"cursors": map[string]any{"after": "c" + strconv.Itoa(to)}}
	if to < len(all) {
		paging["next"] = "https://graph.facebook.com/next"
	}
	return map[string]any{"data": data, "paging": paging}
}

func (i *insta) list(w http.ResponseWriter, r *http.Request, all []map[string]any) {
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit < 1 || limit > 50 {
		refuse(w, 100, 0, "(#100) limit")
		return
	}
	sourcetest.WriteJSON(w, http.StatusOK, page(all, limit, r.URL.Query().Get("after")))
}

// on lists the comments on a medium, the newest first, with their replies.
func (i *insta) on(id string) []map[string]any {
	var all []map[string]any
	for _, c := range reversed(i.comments[id]) {
		out := map[string]any{}
		for k, v := range c {
			out[k] = v
		}
		if r := i.replies[fmt.Sprint(c["id"])]; len(r) > 0 {
			out["replies"] = page(r, 50, "")
		}
		all = append(all, out)
	}
	return all
}

func (i *insta) ours(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.URL.Query().Get("fields"), "comments.limit(50){id,") {
		refuse(w, 100, 0, "(#100) fields")
		return
	}
	var all []map[string]any
	for _, m := range reversed(i.media) {
		out := map[string]any{"id": m["id"], "caption": m["caption"], "permalink": m["permalink"], "timestamp": m["timestamp"]}
		if c := i.on(fmt.Sprint(m["id"])); len(c) > 0 {
			out["comments"] = page(c, 50, "")
		}
		all = append(all, out)
	}
	i.list(w, r, all)
}

func (i *insta) find(id string) map[string]any {
	for _, lists := range []map[string][]map[string]any{i.comments, i.replies} {
		for _, all := range lists {
			for _, c := range all {
				if c["id"] == id {
					return c
				}
			}
		}
	}
	return nil
}

func (i *insta) below(w http.ResponseWriter, r *http.Request) {
	if i.find(r.PathValue("id")) == nil {
		refuse(w, 100, 33, "Unsupported get request")
		return
	}
	i.list(w, r, i.replies[r.PathValue("id")])
}

func (i *insta) one(w http.ResponseWriter, r *http.Request) {
	id, fields := r.PathValue("id"), r.URL.Query().Get("fields")
	if id == account {
		if p := regexp.MustCompile(`^(mentioned_(?:comment|media))\.(?:comment|media)_id\(([0-9]+)\)\{`).FindStringSubmatch(fields); p != nil {
			if i.outside[p[2]] == nil {
				refuse(w, 100, 33, "Unsupported get request")
				return
			}
			sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"id": account, p[1]: i.outside[p[2]]})
			return
		}
		sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"id": account, "username": "larkspur"})
		return
	}
	c := i.find(id)
	if c == nil {
		refuse(w, 100, 33, "Unsupported get request. Object with ID does not exist")
		return
	}
	sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"id": id, "like_count": 4})
}

// reply hangs a reply to a reply below the comment at the top.
func (i *insta) reply(w http.ResponseWriter, r *http.Request) {
	id, said := r.PathValue("id"), r.PostFormValue("message")
	if i.find(id) == nil {
		refuse(w, 100, 33, "Unsupported post request")
		return
	}
	if said == "" || len([]rune(said)) > commentLimit {
		refuse(w, 100, 0, "(#100) message")
		return
	}
	for top, all := range i.replies {
		for _, c := range all {
			if c["id"] == id {
				id = top
			}
		}
	}
	c := comment1(i.next(), said, "larkspur", now())
	i.replies[id] = append(i.replies[id], c)
	if i.lose {
		sourcetest.Lost()
	}
	sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"id": c["id"]})
}

func (i *insta) mentions(w http.ResponseWriter, r *http.Request) {
	if i.outside[r.PostFormValue("media_id")+r.PostFormValue("comment_id")] == nil && i.outside[r.PostFormValue("comment_id")] == nil {
		refuse(w, 100, 33, "Unsupported post request")
		return
	}
	i.sent = append(i.sent, r.PostForm.Encode())
	sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"id": i.next()})
}

func (i *insta) message(w http.ResponseWriter, r *http.Request) {
	var to, what map[string]string
	if json.Unmarshal([]byte(r.PostFormValue("recipient")), &to) != nil || json.Unmarshal([]byte(r.PostFormValue("message")), &what) != nil || i.find(to["comment_id"]) == nil || len(what["text"]) > 1000 {
		refuse(w, 100, 0, "(#100) recipient or message")
		return
	}
	i.sent = append(i.sent, what["text"])
	sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"recipient_id": "9", "message_id": "aWdf"})
}

func (i *insta) next() string {
	i.last++
	return strconv.Itoa(5000 + i.last)
}

func stamp(at time.Time) string { return at.Format("2006-01-02T15:04:05+0000") }

func comment1(id, said, who string, at time.Time) map[string]any {
	return map[string]any{"id": id, "text": said, "username": who, "from": map[string]any{"id": "88" + strconv.Itoa(len(who)), "username": who}, "timestamp": stamp(at)}
}

func medium1(id, said, who string, at time.Time) map[string]any {
	return map[string]any{"id": id, "caption": said, "username": who, "timestamp": stamp(at), "permalink": "https://www.instagram.com/p/" + id + "/", "media_type": "VIDEO", "media_url": "https://cdn.example/" + id + ".mp4"}
}

// tell sends a webhook as Meta does.
func tell(t *testing.T, h http.Handler, field string, values ...map[string]any) int {
	t.Helper()
	var changes []any
	for _, v := range values {
		changes = append(changes, map[string]any{"field": field, "value": v})
	}
	body, err := json.Marshal(map[string]any{"object": "instagram", "entry": []any{map[string]any{"id": account, "time": now().Unix(), "changes": changes}}})
	if err != nil {
		t.Fatal(err)
	}
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write(body)
	req := httptest.NewRequest(http.MethodPost, "/hooks/a-instagram", bytes.NewReader(body))
	req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(sum.Sum(nil)))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w.Code
}

func settings(i *insta, hook bool) Settings {
	s := Settings{Account: account, Settings: graph.Settings{Token: token, Secret: secret, Watch: "kettle", BaseURL: i.URL}}
	if hook {
		s.Verify = verify
	}
	return s
}

func open(t *testing.T, s Settings) (bot.Source, error) {
	t.Helper()
	return sourcetest.Open(t, Driver(), s, bot.SourceEnv{Now: now})
}

func must(t *testing.T, i *insta) *Source {
	t.Helper()
	src, err := open(t, settings(i, false))
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}
