package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

const secret = "a shared secret of the tests"

func now() time.Time { return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC) }

func open(t *testing.T, set Settings, clock func() time.Time) *Source {
	t.Helper()
	if set.Secret == "" {
		set.Secret = secret
	}
	decode := func(into any) error { *into.(*Settings) = set; return nil }
	src, err := Driver().New("survey", decode, bot.SourceEnv{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}

// send sends a signed body, with further headers in pairs.
func send(src *Source, body string, header ...string) (int, answer) {
	req := httptest.NewRequest(http.MethodPost, src.Path(), strings.NewReader(body))
	stamp := src.now()
	req.Header.Set("X-Earshot-Timestamp", fmt.Sprint(stamp.Unix()))
	req.Header.Set("X-Earshot-Signature", Sign(secret, stamp, []byte(body)))
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	src.ServeHTTP(w, req)
	var a answer
	if err := json.NewDecoder(w.Body).Decode(&a); err != nil {
		a.Error = "not JSON: " + err.Error()
	}
	return w.Code, a
}

// listen lets src take requests until the test ends.
func listen(t *testing.T, src *Source, emit bot.Emit) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = src.Stream(ctx, "", emit)
	}()
	for src.enter() == nil {
		runtime.Gosched()
	}
	src.active.Done()
	t.Cleanup(func() { cancel(); <-done })
}

// store keeps what was emitted.
type store struct {
	mu   sync.Mutex
	b    bot.Batch
	fail error
}

func (s *store) emit(_ context.Context, b bot.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.b.Mentions = append(s.b.Mentions, b.Mentions...)
	s.b.Rejected = append(s.b.Rejected, b.Rejected...)
	return nil
}

// rig sends items as a survey tool does.
type rig struct{ src *Source }

func (r *rig) Source(t *testing.T) bot.Source {
	r.src = open(t, Settings{MaxBody: 4 << 20}, time.Now)
	return r.src
}

func (r *rig) Say(_ *testing.T, its ...sourcetest.Item) error {
	var all []map[string]any
	for _, it := range its {
		all = append(all, map[string]any{"id": it.ID, "text": it.Text, "author": it.Author, "created_at": it.At})
	}
	body, err := json.Marshal(all)
	if err != nil {
		return err
	}
	switch code, a := send(r.src, string(body)); code {
	case http.StatusOK:
		return nil
	case http.StatusServiceUnavailable:
		return bot.Errorf(bot.ErrUnavailable, "%s", a.Error)
	default:
		return fmt.Errorf("%d %+v", code, a)
	}
}

func (r *rig) Break(_ *testing.T) error {
	if code, a := send(r.src, `{"id": "x"}`); code != http.StatusBadRequest || len(a.Rejected) != 1 || a.Error != "None of it can be read." {
		return fmt.Errorf("a broken item is answered %d %+v", code, a)
	}
	return nil
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Rig {
		r := &rig{}
		r.Source(t)
		return r
	})
}

func TestPresetNPS(t *testing.T) {
	src, s := open(t, Settings{Preset: "nps", Watch: "Larkspur", Map: map[string]string{"attr.plan": "person.plan"}}, now), &store{}
	listen(t, src, s.emit)
	code, a := send(src, `[
		{"response_id": "r1", "score": 9, "comment": "Great grinder", "person": {"email": "Ada@Example.com", "name": "Ada", "plan": "gold"}, "submitted_at": 1773065100},
		{"response_id": "r2", "answer": {"score": "0", "comment": ""}, "question": "How likely"},
		{"response_id": "r3", "score": 11, "comment": "too much"},
		{"response_id": "r4", "comment": "no score"},
		"not an object"]`)
	if code != http.StatusBadRequest || a.Accepted != 3 || a.Error != "Some of it is wrong; the rest is stored." {
		t.Fatalf("%d %+v", code, a)
	}
	want := []wrong{{2, `The rating "11" is not a whole number from 0 to 10.`}, {4, "It is not a JSON object."}}
	if diff := cmp.Diff(want, a.Rejected); diff != "" {
		t.Error(diff)
	}
	m := s.b.Mentions[0]
	if m.Rating != (bot.Rating{Value: 9, Of: 10, Survey: true}) || m.Author.Email != "ada@example.com" || m.Author.Name != "Ada" || !m.Private ||
		m.ExternalID != "r1" || m.Attrs["plan"] != "gold" || m.Watches[0] != "Larkspur" || m.CreatedAt.Unix() != 1773065100 {
		t.Errorf("%+v", m)
	}
	if m := s.b.Mentions[1]; !m.Rating.Given() || m.Rating.Value != 0 || m.Text != "" || m.Attrs["question"] != "How likely" {
		t.Errorf("%+v", m)
	}
	if len(s.b.Rejected) != 2 || s.b.Rejected[0].Where != "request, item 2" {
		t.Errorf("%+v", s.b.Rejected)
	}
}

func TestMapping(t *testing.T) {
	src, s := open(t, Settings{Items: "data.items[*]", Map: map[string]string{"text": "body.words", "id": "key"}}, now), &store{}
	listen(t, src, s.emit)
	if code, a := send(src, `{"data": {"items": [{"key": 12345678901234567890, "body": {"words": "one"}}, {"key": "2", "body": {"words": "two"}}]}}`); code != 200 || a.Accepted != 2 {
		t.Fatalf("%d %+v", code, a)
	}
	if got := []string{s.b.Mentions[0].ExternalID, s.b.Mentions[1].Text}; cmp.Diff([]string{"12345678901234567890", "two"}, got) != "" {
		t.Errorf("%q", got)
	}
	for _, body := range []string{`{"other": 1}`, `not json`, `{"data": `, strings.Repeat("[", 200_000)} {
		if code, a := send(src, body); code != http.StatusBadRequest || len(a.Rejected) != 1 {
			t.Errorf("%.20s: %d %+v", body, code, a)
		}
	}
}

func TestSignature(t *testing.T) {
	src, s := open(t, Settings{}, now), &store{}
	listen(t, src, s.emit)
	body, at := `{"id": "1", "text": "hello"}`, fmt.Sprint(now().Unix())
	old := now().Add(-Window - time.Second)
	for name, header := range map[string][]string{
		"none":          {"X-Earshot-Signature", ""},
		"no timestamp":  {"X-Earshot-Timestamp", ""},
		"wrong secret":  {"X-Earshot-Signature", Sign("another secret", now(), []byte(body))},
		"not hex":       {"X-Earshot-Signature", "sha256=zz"},
		"other body":    {"X-Earshot-Signature", Sign(secret, now(), []byte(body+" "))},
		"other time":    {"X-Earshot-Timestamp", fmt.Sprint(now().Unix() + 1)},
		"too old":       {"X-Earshot-Timestamp", fmt.Sprint(old.Unix()), "X-Earshot-Signature", Sign(secret, old, []byte(body))},
		"from tomorrow": {"X-Earshot-Timestamp", fmt.Sprint(now().Add(time.Hour).Unix()), "X-Earshot-Signature", Sign(secret, now().Add(time.Hour), []byte(body))},
	} {
		if code, a := send(src, body, header...); code != http.StatusUnauthorized || a.Error == "" || strings.Contains(a.Error, secret) {
			t.Errorf("%s: %d %+v", name, code, a)
		}
	}
	if code, _ := send(src, body, "X-Earshot-Timestamp", at); code != 200 || len(s.b.Mentions) != 1 {
		t.Errorf("the right one: %d, %d mentions", code, len(s.b.Mentions))
	}
}

func TestOnce(t *testing.T) {
	src, s := open(t, Settings{}, now), &store{}
	listen(t, src, s.emit)
	one := `{"text": "Good", "rating": 5}`
	if code, a := send(src, one); code != 200 || a.Duplicate {
		t.Fatalf("%d %+v", code, a)
	}
	if code, a := send(src, one); code != 200 || !a.Duplicate {
		t.Errorf("a replay: %d %+v", code, a)
	}
	for i, key := range []string{"k1", "k2", "k1"} {
		at := now().Add(time.Duration(i+1) * time.Second)
		code, _ := send(src, one, "Idempotency-Key", key, "X-Earshot-Timestamp", fmt.Sprint(at.Unix()), "X-Earshot-Signature", Sign(secret, at, []byte(one)))
		if code != 200 {
			t.Errorf("%s: %d", key, code)
		}
	}
	copied := now().Add(time.Second) // the signature of k1, under a key of the copyist's own
	for range 2 {
		if code, _ := send(src, one, "Idempotency-Key", "k9", "X-Earshot-Timestamp", fmt.Sprint(copied.Unix()), "X-Earshot-Signature", Sign(secret, copied, []byte(one))); code != http.StatusConflict {
			t.Errorf("a copy under another key: %d", code)
		}
	}
	ids := map[string]bool{}
	for _, m := range s.b.Mentions {
		ids[m.ExternalID] = true
	}
	if len(s.b.Mentions) != 3 || len(ids) != 3 {
		t.Errorf("%d mentions with %d ids; a key of its own makes the same words another answer", len(s.b.Mentions), len(ids))
	}
}

func TestBusy(t *testing.T) {
	src := open(t, Settings{}, now)
	inside, leave := make(chan struct{}), make(chan struct{})
	listen(t, src, func(context.Context, bot.Batch) error { close(inside); <-leave; return errors.New("down") })
	first := make(chan int)
	go func() { code, _ := send(src, `{"text": "x"}`); first <- code }()
	<-inside
	if code, _ := send(src, `{"text": "x"}`); code != http.StatusConflict {
		t.Errorf("the same request at the same time: %d", code)
	}
	close(leave)
	if code := <-first; code != http.StatusServiceUnavailable {
		t.Errorf("the store is down: %d", code)
	}
}

func TestRefused(t *testing.T) {
	src, s := open(t, Settings{MaxBody: 100}, now), &store{}
	if code, _ := send(src, `{"text": "x"}`); code != http.StatusServiceUnavailable {
		t.Errorf("nobody listens: %d", code)
	}
	listen(t, src, s.emit)
	if code, _ := send(src, strings.Repeat("x", 101)); code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", code)
	}
	w := httptest.NewRecorder()
	src.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/hooks/survey", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d", w.Code)
	}
	s.fail = errors.New("down")
	if code, a := send(src, `{"text": "x"}`); code != http.StatusServiceUnavailable || strings.Contains(a.Error, "down") {
		t.Errorf("store down: %d %+v", code, a)
	}
	s.fail = nil
	if code, a := send(src, `{"text": "x"}`); code != 200 || a.Duplicate {
		t.Errorf("sent again: %d %+v", code, a)
	}
}

func TestWrongSettings(t *testing.T) {
	for name, set := range map[string]Settings{
		"no secret": {}, "short secret": {Secret: "short"}, "path": {Secret: secret, Path: "hooks"}, "preset": {Secret: secret, Preset: "csat"},
		"items": {Secret: secret, Items: "a["}, "field": {Secret: secret, Map: map[string]string{"txt": "a"}}, "zone": {Secret: secret, TimeZone: "x/y"},
		"body": {Secret: secret, MaxBody: 1 << 30}, "order": {Secret: secret, DateOrder: "x"}, "rating": {Secret: secret, RatingOf: 1},
	} {
		_, err := Driver().New("x", func(into any) error { *into.(*Settings) = set; return nil }, bot.SourceEnv{})
		if bot.KindOf(err) != bot.ErrInvalid || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeysAreBounded(t *testing.T) {
	at := now()
	k := newKeys(func() time.Time { return at })
	for i := range maxKeys * 2 {
		k.begin(fmt.Sprint(i))
		k.end(fmt.Sprint(i), true)
	}
	if len(k.seen) > maxKeys+1 || len(k.old) > maxKeys+1 {
		t.Errorf("%d keys remembered", len(k.seen))
	}
	at = at.Add(keepKeys + time.Second)
	if k.begin(fmt.Sprint(maxKeys*2-1)) != keyNew {
		t.Error("a key is remembered for longer than a day")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"score": 9, "comment": "x"}`), "k")
	f.Add([]byte(`[{"score": "9/10"}, [], null, {"id": {"a": 1}}]`), "")
	f.Add([]byte("{\"text\": \"\\ud800\xff\", \"created_at\": 1e400}"), "")
	set := Settings{Secret: secret, Preset: "nps"}
	src, err := newSource("x", set, bot.SourceEnv{Now: now})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, key string) {
		b, wrongs, err := src.read(t.Context(), bytes.Clone(body), key)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range b.Mentions {
			sourcetest.Sound(t, m)
		}
		if len(wrongs) != len(b.Rejected) {
			t.Errorf("%d told, %d kept", len(wrongs), len(b.Rejected))
		}
	})
}

// TestRoom: a flood of requests waits for its turn, large ones do not keep
// small ones out, and who waits too long is told to send again.
func TestRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(largeBytes / 2)
		leave, second := r.enter(t.Context(), 1<<20), r.enter(t.Context(), -1)
		if leave == nil || second == nil {
			t.Fatal("no place in an empty room")
		}
		if small := r.enter(t.Context(), 100); small == nil {
			t.Fatal("large requests keep small ones out")
		}
		began := time.Now()
		if r.enter(t.Context(), 1<<20) != nil || time.Since(began) != placeFor {
			t.Fatalf("a third one came in after %s", time.Since(began))
		}
		go func() { <-time.After(time.Second); leave() }()
		began = time.Now()
		if r.enter(t.Context(), 1<<20) == nil || time.Since(began) != time.Second {
			t.Fatalf("it was not let in when there was room: %s", time.Since(began))
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if r.enter(gone, 1<<20) != nil {
			t.Fatal("who has gone has a place")
		}
	})
}
