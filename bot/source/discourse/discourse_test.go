package discourse

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

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/sourcetest"
)

func now() time.Time { return time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC) }

// forum is a Discourse forum with one topic, as its documentation describes it.
type forum struct {
	*httptest.Server

	mu    sync.Mutex
	posts []map[string]any // by id, oldest first
	pms   map[string]int64 // external id → topic
	next  int64
	fail  http.Handler
	lose  bool // take a post, and cut the connection before the answer
}

const key = "key-" + sourcetest.Canary

func newForum(t *testing.T) *forum {
	t.Helper()
	f := &forum{next: 100, pms: map[string]int64{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /posts.json", f.latest)
	mux.HandleFunc("POST /posts.json", f.post)
	mux.HandleFunc("GET /posts/{id}", f.one)
	mux.HandleFunc("GET /posts/by_number/{topic}/{number}", func(w http.ResponseWriter, r *http.Request) {
		for _, p := range f.posts {
			if fmt.Sprint(p["topic_id"], "/", p["post_number"], ".json") == r.PathValue("topic")+"/"+r.PathValue("number") {
				write(w, p)
				return
			}
		}
		http.NotFound(w, r)
	})
	mux.HandleFunc("GET /t/{id}", f.topic)
	mux.HandleFunc("GET /t/external_id/{id}", func(w http.ResponseWriter, r *http.Request) {
		if id := f.pms[strings.TrimSuffix(r.PathValue("id"), ".json")]; id > 0 {
			write(w, map[string]any{"id": id, "post_stream": map[string]any{"posts": []any{}, "stream": []any{}}})
			return
		}
		http.NotFound(w, r)
	})
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.fail != nil {
			f.fail.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

func idOf(p map[string]any) int64 {
	n, _ := strconv.ParseInt(fmt.Sprint(p["id"]), 10, 64)
	return n
}

// latest gives the posts of fifty ids, the newest first.
func (f *forum) latest(w http.ResponseWriter, r *http.Request) {
	var before int64
	for _, p := range f.posts {
		before = max(before, idOf(p))
	}
	if b, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64); err == nil {
		before = b
	}
	some := []map[string]any{}
	for _, p := range f.posts {
		if id := idOf(p); id <= before && id > before-50 {
			some = append(some, p)
		}
	}
	slices.Reverse(some)
	write(w, map[string]any{"latest_posts": some})
}

func (f *forum) one(w http.ResponseWriter, r *http.Request) {
	for _, p := range f.posts {
		if fmt.Sprint(p["id"])+".json" == r.PathValue("id") {
			write(w, p)
			return
		}
	}
	http.NotFound(w, r)
}

func (f *forum) topic(w http.ResponseWriter, _ *http.Request) {
	var ids []int64
	for _, p := range f.posts {
		ids = append(ids, idOf(p))
	}
	write(w, map[string]any{"id": 11, "post_stream": map[string]any{"posts": f.posts[:min(20, len(f.posts))], "stream": ids}})
}

func (f *forum) post(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Raw, Title, Archetype string
		Topic                 int64  `json:"topic_id"`
		ReplyTo               int64  `json:"reply_to_post_number"`
		To                    string `json:"target_recipients"`
		External              string `json:"external_id"`
	}
	if r.Header.Get("Api-Key") != key || r.Header.Get("Api-Username") != "larkspur" {
		http.Error(w, `{"errors":["You are not permitted"]}`, http.StatusForbidden)
		return
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Raw == "" || in.Topic == 0 && (in.To == "" || in.Archetype != "private_message" || in.Title == "") || f.pms[in.External] > 0 {
		http.Error(w, `{"errors":["Body is invalid"]}`, http.StatusUnprocessableEntity)
		return
	}
	p := f.said(0, in.Raw, "larkspur", now())
	p["raw"], p["reply_to_post_number"], p["yours"] = in.Raw, in.ReplyTo, true
	if in.External != "" {
		p["topic_id"] = int64(900 + len(f.pms))
		p["post_number"] = int64(1)
		f.pms[in.External] = p["topic_id"].(int64)
	} else {
		f.posts = append(f.posts, p)
	}
	if f.lose {
		panic(http.ErrAbortHandler)
	}
	write(w, p)
}

// said makes a post; id 0 takes the next one.
func (f *forum) said(id int64, html, who string, at time.Time) map[string]any {
	if id == 0 {
		f.next++
		id = f.next
	}
	return map[string]any{
		"id": id, "post_number": id - 99, "topic_id": int64(11), "topic_slug": "kettles", "topic_title": "Kettles &amp; more", "cooked": "<p>" + html + "</p>", "post_type": 1,
		"version": 1, "reply_count": 2, "actions_summary": []any{map[string]any{"id": 2, "count": 3}, map[string]any{"id": 8, "count": 1}}, "created_at": at.Format("2006-01-02T15:04:05.000Z"), "updated_at": at.Format("2006-01-02T15:04:05.000Z"), "deleted_at": nil,
		"reply_to_post_number": nil, "user_id": 7, "username": who, "name": nil, "staff": false, "user_deleted": false,
	}
}

func (f *forum) set(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

func open(t *testing.T, set Settings) (bot.Source, error) {
	t.Helper()
	client, err := httpx.New(httpx.Options{Allow: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	decode := func(into any) error { *into.(*Settings) = set; return nil }
	return Driver().New("forum", decode, bot.SourceEnv{HTTP: client, Now: now})
}

func must(t *testing.T, set Settings) *Source {
	t.Helper()
	src, err := open(t, set)
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}

type rig struct{ f *forum }

func (r *rig) Source(t *testing.T) bot.Source {
	return must(t, Settings{Server: r.f.URL + "?x=" + sourcetest.Canary, Key: key, User: "larkspur"})
}

func (r *rig) Say(_ *testing.T, items ...sourcetest.Item) error {
	r.f.set(func() {
		for _, it := range items {
			html := strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(it.Text)
			r.f.posts = append(r.f.posts, r.f.said(0, html, it.Author, it.At))
		}
	})
	return nil
}

func (r *rig) Break(*testing.T) error {
	r.f.set(func() {
		p := r.f.said(0, "no date", "ann", now())
		delete(p, "created_at")
		r.f.posts = append(r.f.posts, p)
	})
	return nil
}

func (r *rig) Fail(_ *testing.T, h http.Handler) { r.f.set(func() { r.f.fail = h }) }

func (r *rig) Down(*testing.T) { r.f.Close() }

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return &rig{newForum(t)} })
}

// TestALongSilenceIsCaughtUp: more was said than one read takes, with holes in
// the ids where topics are private.
func TestALongSilenceIsCaughtUp(t *testing.T) {
	r := &rig{newForum(t)}
	src := r.Source(t)
	_ = r.Say(t, sourcetest.Item{Text: "The kettle", Author: "ann", At: now()})
	_, c := sourcetest.Poll(t, src, "")
	for i := range 1500 {
		if i%300 == 0 {
			r.f.set(func() { r.f.next += 130 })
		}
		_ = r.Say(t, sourcetest.Item{Text: "The kettle", Author: "ann", At: now().Add(time.Duration(i) * time.Second)})
	}
	if got, _ := sourcetest.Poll(t, src, c); len(got) != 1500 {
		t.Errorf("%d of 1500 came", len(got))
	}
}

func TestEditsAndDeletionsAreFollowed(t *testing.T) {
	r := &rig{newForum(t)}
	src := r.Source(t)
	at := now().Add(-time.Hour)
	for i := range 3 {
		_ = r.Say(t, sourcetest.Item{Text: "The kettle " + strconv.Itoa(i), Author: "ann", At: at.Add(time.Duration(i) * time.Second)})
	}
	first, c := sourcetest.Poll(t, src, "")
	r.f.set(func() {
		r.f.posts[0]["cooked"], r.f.posts[0]["version"], r.f.posts[0]["updated_at"] = "<p>It was the tap</p>", 2, "2026-03-09T12:59:00.000Z"
		r.f.posts = r.f.posts[:2] // the newest is gone
		r.f.posts[1]["user_deleted"] = true
	})
	got, c := sourcetest.Poll(t, src, c)
	if len(got) != 3 || len(first) != 3 {
		t.Fatalf("after an edit and two deletions came %+v", got)
	}
	gone := map[string]bool{}
	for _, m := range got {
		switch {
		case m.Deleted:
			gone[m.ExternalID] = true
		case m.Text != "It was the tap" || m.EditedAt.IsZero() || m.ExternalID != first[0].ExternalID:
			t.Errorf("edited as %+v", m)
		}
	}
	if !gone[first[1].ExternalID] || !gone[first[2].ExternalID] {
		t.Errorf("gone: %v", gone)
	}
	if got, _ := sourcetest.Poll(t, src, c); len(got) != 0 {
		t.Errorf("they came again: %+v", got)
	}
}

func TestWhatIsRead(t *testing.T) {
	f := newForum(t)
	p := f.said(102, `</p><aside class="quote no-group"><blockquote><p>buy it</p></blockquote></aside><p>My kettle leaks`, "ann", now())
	p["reply_to_post_number"], p["staff"] = 2, true
	note := f.said(103, "closed", "system", now())
	note["post_type"] = 3
	f.posts = []map[string]any{p, note}
	got, _ := sourcetest.Poll(t, must(t, Settings{Server: f.URL, Watch: "Larkspur"}), "")
	if len(got) != 1 {
		t.Fatalf("read %+v", got)
	}
	m := got[0]
	if m.ExternalID != "11/3" || m.ParentID != "11/2" || m.Text != "My kettle leaks" || m.Quoted != "buy it" || !m.Author.Staff ||
		m.URL != f.URL+"/t/kettles/11/3" || m.Attrs["topic"] != "Kettles & more" || !slices.Equal(m.Watches, []string{"Larkspur"}) {
		t.Errorf("read as %+v", m)
	}
}

func TestAnswers(t *testing.T) {
	for _, name := range []string{"topic", "message"} {
		f := newForum(t)
		src := must(t, Settings{Server: f.URL, Key: key, User: "larkspur"})
		m := bot.Mention{ExternalID: "11/3", Author: bot.Author{Handle: "ann"}, Attrs: map[string]string{"topic": "Kettles"}}
		ways := src.Ways(m)
		if len(ways) != 2 || !ways[0].Public || ways[1].Public {
			t.Fatalf("ways %+v", ways)
		}
		r := bot.Reply{ID: 5, Way: ways[slices.Index([]string{"topic", "message"}, name)], Text: "Sorry!\n\n*Tell* us more", CreatedAt: now()}
		if _, there, err := src.FindAnswer(t.Context(), m, r); there || err != nil {
			t.Fatalf("%s: found before it was sent: %v", name, err)
		}
		f.set(func() { f.lose = true })
		if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUncertain {
			t.Fatalf("%s: a lost answer is %v", name, err)
		}
		f.set(func() { f.lose = false })
		if at, there, err := src.FindAnswer(t.Context(), m, r); err != nil || !there || at.ExternalID == "" {
			t.Errorf("%s: it is not found: %v", name, err)
		}
		if after, err := src.Follow(t.Context(), m, bot.Placed{ExternalID: "11/2"}); name == "topic" && (err != nil || after != (bot.Aftermath{Likes: 3, Answers: 2})) {
			t.Errorf("%s: followed %+v, %v", name, after, err)
		}
		if after, err := src.Follow(t.Context(), m, bot.Placed{ExternalID: "11/99"}); err != nil || !after.Gone {
			t.Errorf("%s: followed when it is gone %+v, %v", name, after, err)
		}
		if len(f.posts)+len(f.pms) != 1 {
			t.Errorf("%s: %d posts and %d messages stand", name, len(f.posts), len(f.pms))
		}
	}
	if w := must(t, Settings{Server: "https://x.example"}).Ways(bot.Mention{ExternalID: "1/1"}); w != nil {
		t.Errorf("without a key: %+v", w)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	for name, set := range map[string]Settings{
		"no server": {}, "key alone": {Server: "https://x.example", Key: "k"}, "user alone": {Server: "https://x.example", User: "u"},
		"history": {Server: "https://x.example", History: -1},
	} {
		if _, err := open(t, set); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheck(t *testing.T) {
	f := newForum(t)
	src := must(t, Settings{Server: f.URL})
	if got := src.Check(t.Context()); len(got) != 1 || !got[0].OK {
		t.Errorf("%+v", got)
	}
	f.Close()
	if got := src.Check(t.Context()); len(got) != 1 || got[0].OK || got[0].Mend == "" {
		t.Errorf("with nobody there: %+v", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"id":1,"topic_id":1,"post_number":2,"created_at":"2026-03-09T12:00:00Z","cooked":"<aside class=\"quote\">x</aside>y","post_type":1}`)
	f.Add(`{"id":"1"}`)
	f.Fuzz(func(t *testing.T, raw string) {
		src := must(t, Settings{Server: "https://forum.example"})
		if it := readItem(json.RawMessage(raw)); it.err == nil {
			sourcetest.Sound(t, src.mention(it.post))
		} else if bot.KindOf(it.err) != bot.ErrInvalid {
			t.Fatal(it.err)
		}
	})
}
