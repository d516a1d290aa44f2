package hackernews

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

// index is Algolia's index of Hacker News as far as its documentation goes: it
// filters, sorts by date, newest first, and guesses how many there are.
type index struct {
	*httptest.Server

	mu      sync.Mutex
	hits    []map[string]any
	fail    http.Handler
	queries []string
}

func newIndex(t *testing.T) *index {
	t.Helper()
	x := &index{}
	x.Server = httptest.NewServer(x)
	t.Cleanup(x.Close)
	return x
}

// ServeHTTP answers GET /search_by_date.
func (x *index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.fail != nil {
		x.fail.ServeHTTP(w, r)
		return
	}
	if r.Method != http.MethodGet || r.URL.Path != "/api/v1/search_by_date" {
		http.NotFound(w, r)
		return
	}
	q := r.URL.Query()
	x.queries = append(x.queries, q.Get("query"))
	from, until, err := span(q.Get("numericFilters"))
	most, err2 := strconv.Atoi(q.Get("hitsPerPage"))
	if err != nil || err2 != nil || most > 1000 || len(q.Get("query")) > 512 || q.Get("advancedSyntax") != "true" {
		http.Error(w, `{"message":"bad request","status":400}`, http.StatusBadRequest)
		return
	}
	var found []map[string]any
	for _, h := range x.hits {
		at, dated := h["created_at_i"].(int64)
		text := strings.ToLower(fmt.Sprint(h["title"], " ", h["comment_text"]))
		if strings.Contains(text, strings.ToLower(strings.Trim(q.Get("query"), `"`))) && (!dated || at >= from && at < until) {
			found = append(found, h)
		}
	}
	slices.Reverse(found)
	all := len(found)
	found = found[:min(all, most)]
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]any{"hits": found, "nbHits": all + all/10, "page": 0, "nbPages": 1, "hitsPerPage": most})
}

func span(filters string) (from, until int64, err error) {
	_, err = fmt.Sscanf(filters, "created_at_i>=%d,created_at_i<%d", &from, &until)
	return from, until, err
}

func (x *index) add(hits ...map[string]any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.hits = append(x.hits, hits...)
}

func (x *index) asked() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.queries)
}

func open(t *testing.T, set Settings, watches ...bot.Watch) (bot.Source, error) {
	t.Helper()
	client, err := httpx.New(httpx.Options{Allow: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	decode := func(into any) error { *into.(*Settings) = set; return nil }
	return Driver().New("hn", decode, bot.SourceEnv{HTTP: client, Now: now, Watches: watches})
}

func must(t *testing.T, set Settings, watches ...bot.Watch) *Source {
	t.Helper()
	src, err := open(t, set, watches...)
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}

func comment(id, text, author string, at time.Time) map[string]any {
	return map[string]any{
		"objectID": id, "comment_text": text, "author": author, "created_at_i": at.Unix(), "created_at": at.Format(time.RFC3339),
		"story_id": 4100, "parent_id": 4100, "story_title": "Ask HN: kettles?", "_tags": []string{"comment", "author_" + author},
	}
}

// rig is the index with a source that searches it for two terms, so that most
// items are found twice.
type rig struct {
	x    *index
	page int
}

func (r *rig) Source(t *testing.T) bot.Source {
	src := must(t, Settings{Terms: []string{"kettle", "leaks again"}, BaseURL: r.x.URL + "/api/v1?key=" + sourcetest.Canary})
	src.page = r.page
	return src
}

func (r *rig) Say(_ *testing.T, items ...sourcetest.Item) error {
	for _, it := range items {
		text := strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(it.Text)
		if !strings.HasPrefix(it.Text, "The kettle") {
			r.x.add(map[string]any{"objectID": it.ID, "title": "kettle", "comment_text": text, "author": it.Author, "created_at_i": it.At.Unix()})
			continue
		}
		r.x.add(comment(it.ID, text, it.Author, it.At))
	}
	return nil
}

func (r *rig) Break(*testing.T) error {
	r.x.add(map[string]any{"objectID": 7, "title": "kettle"})
	return nil
}

func (r *rig) Fail(_ *testing.T, h http.Handler) {
	r.x.mu.Lock()
	defer r.x.mu.Unlock()
	r.x.fail = h
}

func (r *rig) Down(*testing.T) { r.x.Close() }

func TestConformance(t *testing.T) {
	for name, page := range map[string]int{"whole": 1000, "in pieces": 4} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return &rig{x: newIndex(t), page: page} })
		})
	}
}

func TestWhatIsFound(t *testing.T) {
	x := newIndex(t)
	at := time.Date(2026, 3, 8, 9, 0, 0, 0, time.UTC)
	x.add(comment("41", "My <i>Larkspur</i> kettle&#x27;s lid broke.<p>Twice.", "ann", at),
		map[string]any{"objectID": "40", "title": "Larkspur raises prices &amp; more", "url": "https://news.example/a?b=1", "author": "bob", "created_at_i": at.Add(-time.Hour).Unix(), "story_text": nil, "parent_id": nil})
	src := must(t, Settings{BaseURL: x.URL + "/api/v1"}, bot.Watch{Terms: []string{"#Larkspur", "larkspur"}}, bot.Watch{Terms: []string{"other"}, Sources: []string{"blog"}})
	b, err := src.Poll(t.Context(), "")
	for err == nil && b.More && len(b.Mentions) == 0 {
		b, err = src.Poll(t.Context(), b.Next)
	}
	if err != nil || len(b.Mentions) != 2 {
		t.Fatalf("%d mentions, %v", len(b.Mentions), err)
	}
	story, said := b.Mentions[0], b.Mentions[1]
	if story.Title != "Larkspur raises prices & more" || story.Attrs["link"] != "https://news.example/a?b=1" || story.ParentID != "" {
		t.Errorf("the story is %+v", story)
	}
	if said.Text != "My Larkspur kettle's lid broke.\n\nTwice." || said.Author.Handle != "ann" || said.ParentID != "4100" || said.URL != "https://news.ycombinator.com/item?id=41" || !said.CreatedAt.Equal(at) {
		t.Errorf("the comment is %+v", said)
	}
	if q := slices.Compact(x.asked()); !slices.Equal(q, []string{"Larkspur"}) {
		t.Errorf("searched for %q, want the terms of the watches that listen here, each once", q)
	}
}

func TestEditsAndLateComersAreFollowed(t *testing.T) {
	x := newIndex(t)
	src := must(t, Settings{Terms: []string{"kettle"}, BaseURL: x.URL + "/api/v1", History: 1})
	x.add(comment("1", "The kettle leaks", "ann", now().Add(-time.Hour)))
	b, err := src.Poll(t.Context(), "")
	if err != nil || len(b.Mentions) != 1 {
		t.Fatalf("%d mentions, %v", len(b.Mentions), err)
	}
	x.mu.Lock()
	x.hits[0]["comment_text"] = "The kettle leaks. Edit: it was the tap."
	x.mu.Unlock()
	x.add(comment("2", "The kettle sings", "bob", now().Add(-90*time.Minute)))
	b, err = src.Poll(t.Context(), b.Next)
	if err != nil || len(b.Mentions) != 2 {
		t.Fatalf("%d mentions, %v", len(b.Mentions), err)
	}
	if late, edited := b.Mentions[0], b.Mentions[1]; late.ExternalID != "2" || !late.EditedAt.IsZero() || edited.ExternalID != "1" || edited.EditedAt.IsZero() {
		t.Errorf("a late comer and an edited one came as %+v", b.Mentions)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	for name, set := range map[string]Settings{
		"no terms": {},
		"many terms": {Terms: slices.Collect(func(yield func(string) bool) {
			for i := range 201 {
				if !yield("t" + strconv.Itoa(i)) {
					return
				}
			}
		})},
		"kind":        {Terms: []string{"x"}, Stories: "polls"},
		"address":     {Terms: []string{"x"}, BaseURL: "ftp://x"},
		"history":     {Terms: []string{"x"}, History: -1},
		"blank terms": {Terms: []string{" ", "#"}},
	} {
		if _, err := open(t, set); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheck(t *testing.T) {
	x := newIndex(t)
	src := must(t, Settings{Terms: []string{"kettle"}, BaseURL: x.URL + "/api/v1"})
	if f := src.Check(t.Context()); len(f) != 1 || !f[0].OK {
		t.Errorf("%+v", f)
	}
	x.Close()
	if f := src.Check(t.Context()); len(f) != 1 || f[0].OK || f[0].Mend == "" {
		t.Errorf("with nobody there: %+v", f)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"objectID":"1","created_at_i":1,"comment_text":"<p>x","parent_id":"2"}`)
	f.Add(`{"objectID":1}`)
	f.Add(`null`)
	f.Fuzz(func(t *testing.T, raw string) {
		got := read(json.RawMessage(raw))
		if got.Err == nil {
			sourcetest.Sound(t, got.Mention)
		} else if bot.KindOf(got.Err) != bot.ErrInvalid || got.Where == "" {
			t.Fatalf("%v at %q", got.Err, got.Where)
		}
	})
}
