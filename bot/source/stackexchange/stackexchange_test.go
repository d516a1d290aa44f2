package stackexchange

import (
	"compress/gzip"
	"context"
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

func now() time.Time { return time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC) }

// api is the interface as its documentation describes it. It answers in gzip,
// always, and refuses what the real one refuses.
type api struct {
	*sourcetest.Server

	questions []map[string]any
	extra     map[string]any // in the wrapper
	asked     []string
}

func newAPI(t *testing.T) *api {
	t.Helper()
	a := &api{Server: sourcetest.NewServer(t), extra: map[string]any{}}
	a.Handle("GET /2.3/search/advanced", a.search)
	return a
}

func (a *api) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	number := func(name string) int64 {
		n, err := strconv.ParseInt(q.Get(name), 10, 64)
		if err != nil {
			return -1
		}
		return n
	}
	page, size, from, to := number("page"), number("pagesize"), number("fromdate"), number("todate")
	if q.Get("site") == "" || q.Get("filter") != "withbody" || page < 1 || page > 25 || size < 1 || size > 100 || q.Get("q") == "" && q.Get("tagged") == "" {
		a.write(w, http.StatusBadRequest, map[string]any{"error_id": 400, "error_name": "bad_parameter", "error_message": "pagesize"})
		return
	}
	a.asked = append(a.asked, q.Get("q")+q.Get("tagged"))
	var all []map[string]any
	for _, it := range a.questions {
		at, dated := it["creation_date"].(int64)
		if dated && (at < from || at > to) || !about(it, q.Get("q"), q.Get("tagged")) {
			continue
		}
		all = append(all, it)
	}
	start := min(int((page-1)*size), len(all))
	end := min(start+int(size), len(all))
	out := map[string]any{"items": append([]map[string]any{}, all[start:end]...), "has_more": end < len(all), "quota_max": 300, "quota_remaining": 299}
	for k, v := range a.extra {
		out[k] = v
	}
	a.write(w, http.StatusOK, out)
}

func about(it map[string]any, q, tag string) bool {
	if tag != "" {
		tags, _ := it["tags"].([]string)
		return slices.Contains(tags, tag)
	}
	return strings.Contains(strings.ToLower(fmt.Sprint(it["title"], it["body"])), strings.ToLower(strings.Trim(q, `"`)))
}

func (a *api) write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z := gzip.NewWriter(w)
	_ = json.NewEncoder(z).Encode(v)
	_ = z.Close()
}

func open(t *testing.T, set Settings, watches ...bot.Watch) (bot.Source, error) {
	t.Helper()
	return sourcetest.Open(t, Driver(), set, bot.SourceEnv{Now: now, Watches: watches})
}

func must(t *testing.T, set Settings) *Source {
	t.Helper()
	src, err := open(t, set)
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}

func asked(id int64, body, author string, at time.Time) map[string]any {
	return map[string]any{
		"question_id": id, "title": "The kettle", "body": body, "creation_date": at.Unix(), "last_activity_date": at.Unix(),
		"link": fmt.Sprintf("https://stackoverflow.com/questions/%d/x", id), "tags": []string{"larkspur", "kettle"},
		"owner": map[string]any{"user_id": id, "display_name": author, "link": "https://stackoverflow.com/users/1/x", "reputation": 5},
	}
}

type rig struct{ *api }

func (r *rig) Source(t *testing.T) bot.Source {
	return must(t, Settings{Terms: []string{"kettle", "leaks again"}, Key: sourcetest.Canary, BaseURL: r.URL + "/2.3?x=" + sourcetest.Canary})
}

func (r *rig) Say(_ *testing.T, items ...sourcetest.Item) error {
	r.Set(func() {
		for _, it := range items {
			id, _ := strconv.ParseInt(strings.TrimPrefix(it.ID, "item-"), 10, 64)
			r.questions = append(r.questions, asked(id, strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(it.Text), it.Author, it.At))
		}
	})
	return nil
}

func (r *rig) Break(*testing.T) error {
	r.Set(func() {
		r.questions = append(r.questions, map[string]any{"question_id": "seven", "title": "kettle"})
	})
	return nil
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return &rig{newAPI(t)} })
}

// TestMoreThanAllPages: what 25 pages do not hold is asked for in shorter windows.
func TestMoreThanAllPages(t *testing.T) {
	a := newAPI(t)
	for i := range 2700 {
		a.questions = append(a.questions, asked(int64(i+1), "kettle", "ann", now().Add(time.Duration(i-3600)*time.Second)))
	}
	b, err := must(t, Settings{Terms: []string{"kettle"}, BaseURL: a.URL + "/2.3", History: 1}).Poll(t.Context(), "")
	if err != nil || len(b.Mentions) != 2700 {
		t.Fatalf("%d of 2700 mentions, %v", len(b.Mentions), err)
	}
}

func TestWhatIsAskedAndRead(t *testing.T) {
	a := newAPI(t)
	q := asked(41, "<p>My <b>kettle</b> &amp; I</p>", "Ann &#39;O", now().Add(-time.Hour))
	q["last_edit_date"] = now().Unix()
	a.questions = append(a.questions, q)
	src := must(t, Settings{Tags: []string{"Larkspur", "larkspur"}, BaseURL: a.URL + "/2.3", History: 1, Watch: "Larkspur"})
	b, err := src.Poll(t.Context(), "")
	if err != nil || len(b.Mentions) != 1 {
		t.Fatalf("%d mentions, %v", len(b.Mentions), err)
	}
	m := b.Mentions[0]
	if m.Text != "My kettle & I" || m.Author.Name != "Ann 'O" || m.Attrs["tags"] != "larkspur, kettle" || !m.EditedAt.Equal(now()) || !slices.Equal(m.Watches, []string{"Larkspur"}) {
		t.Errorf("read as %+v", m)
	}
	if !slices.Equal(a.asked, []string{"larkspur"}) {
		t.Errorf("asked for %q", a.asked)
	}
}

// TestWaitsAsLongAsItIsTold: a backoff is waited out before the next request,
// a long one is left to the runner.
func TestWaitsAsLongAsItIsTold(t *testing.T) {
	a := newAPI(t)
	a.extra["backoff"] = 11
	src := must(t, Settings{Terms: []string{"a", "b"}, BaseURL: a.URL + "/2.3", History: 1})
	var waits []time.Duration
	src.wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	if _, err := src.Poll(t.Context(), ""); err != nil || !slices.Equal(waits, []time.Duration{11 * time.Second}) {
		t.Errorf("waited %v, %v", waits, err)
	}
	a.Set(func() { a.extra["backoff"] = 600 })
	_, err := src.Poll(t.Context(), "")
	if bot.KindOf(err) != bot.ErrRateLimited || !strings.Contains(err.Error(), "slow down") {
		t.Errorf("a long backoff gives %v", err)
	}
}

func TestTheAllowanceIsKept(t *testing.T) {
	a := newAPI(t)
	a.extra["quota_remaining"] = 0
	src := must(t, Settings{Terms: []string{"a"}, BaseURL: a.URL + "/2.3", History: 1})
	b, err := src.Poll(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = src.Poll(t.Context(), b.Next)
	if bot.KindOf(err) != bot.ErrRateLimited || !strings.Contains(bot.Told(err), "stackapps.com") || len(a.asked) != 1 {
		t.Errorf("with nothing left it asks %d times, %v", len(a.asked), err)
	}
}

func TestErrorsOfTheService(t *testing.T) {
	for id, kind := range map[int]bot.ErrorKind{400: bot.ErrInvalid, 401: bot.ErrUnauthorized, 403: bot.ErrUnauthorized, 404: bot.ErrInvalid, 405: bot.ErrUnauthorized,
		500: bot.ErrUnavailable, 502: bot.ErrRateLimited, 503: bot.ErrUnavailable} {
		a := newAPI(t)
		a.Fail(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			a.write(w, http.StatusBadRequest, map[string]any{"error_id": id, "error_name": "x", "error_message": "too many\nrequests"})
		}))
		_, err := must(t, Settings{Terms: []string{"a"}, BaseURL: a.URL + "/2.3"}).Poll(t.Context(), "")
		if bot.KindOf(err) != kind || !strings.Contains(bot.Told(err), "too many requests") {
			t.Errorf("error %d is %v, want %v", id, err, kind)
		}
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	many := make([]string, 7)
	for i := range many {
		many[i] = "t" + strconv.Itoa(i)
	}
	for name, set := range map[string]Settings{
		"nothing": {}, "many without a key": {Terms: many}, "site": {Terms: many[:1], Site: "a b"},
		"address": {Terms: many[:1], BaseURL: "x"}, "history": {Terms: many[:1], History: 9999},
	} {
		if _, err := open(t, set); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := open(t, Settings{Terms: many, Key: "k"}); err != nil {
		t.Errorf("with a key: %v", err)
	}
}

func TestCheck(t *testing.T) {
	a := newAPI(t)
	src := must(t, Settings{Terms: []string{"kettle"}, BaseURL: a.URL + "/2.3"})
	if f := src.Check(t.Context()); len(f) != 1 || !f[0].OK {
		t.Errorf("%+v", f)
	}
	a.Close()
	if f := src.Check(t.Context()); len(f) != 1 || f[0].OK || f[0].Mend == "" {
		t.Errorf("with nobody there: %+v", f)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"question_id":1,"creation_date":1,"title":"&lt;b&gt;","body":"<p>x","tags":["a"],"owner":{"display_name":"y"}}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, raw string) {
		got := read(json.RawMessage(raw), Settings{})
		if got.Err == nil {
			sourcetest.Sound(t, got.Mention)
		} else if bot.KindOf(got.Err) != bot.ErrInvalid || got.Where == "" {
			t.Fatalf("%v at %q", got.Err, got.Where)
		}
	})
}
