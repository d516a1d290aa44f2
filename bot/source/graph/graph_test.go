package graph

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

func now() time.Time { return time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC) }

func client(t *testing.T, base string) *Client {
	t.Helper()
	s := Settings{Token: "token-" + sourcetest.Canary, Secret: "the secret", Verify: "a-word-of-our-own", Watch: "w", BaseURL: base}
	c, err := s.Complete("a page", bot.SourceEnv{HTTP: sourcetest.Client(t), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// refusal is a code of the Graph API, and what it must be called.
type refusal struct {
	code, subcode int
	get, post     bot.ErrorKind
	says          string
}

func refusals() []refusal {
	return []refusal{
		{190, 463, bot.ErrUnauthorized, bot.ErrUnauthorized, "expired"},
		{190, 460, bot.ErrUnauthorized, bot.ErrUnauthorized, "password"},
		{190, 458, bot.ErrUnauthorized, bot.ErrUnauthorized, "removed"},
		{102, 0, bot.ErrUnauthorized, bot.ErrUnauthorized, "earshot kinds"},
		{10, 0, bot.ErrUnauthorized, bot.ErrUnauthorized, "permission pages_read_engagement"},
		{200, 0, bot.ErrUnauthorized, bot.ErrUnauthorized, "permission pages_read_engagement"},
		{4, 0, bot.ErrRateLimited, bot.ErrRateLimited, "no more requests"},
		{17, 0, bot.ErrRateLimited, bot.ErrRateLimited, ""},
		{32, 0, bot.ErrRateLimited, bot.ErrRateLimited, ""},
		{613, 0, bot.ErrRateLimited, bot.ErrRateLimited, ""},
		{80001, 0, bot.ErrRateLimited, bot.ErrRateLimited, ""},
		{368, 0, bot.ErrRateLimited, bot.ErrRateLimited, "abuse"},
		{1, 0, bot.ErrUnavailable, bot.ErrUncertain, "fault of its own"},
		{2, 0, bot.ErrUnavailable, bot.ErrUncertain, ""},
		{12, 0, bot.ErrInvalid, bot.ErrInvalid, "api_version"},
		{100, 33, bot.ErrGone, bot.ErrGone, "any more"},
		{803, 0, bot.ErrGone, bot.ErrGone, ""},
		{100, 0, bot.ErrInvalid, bot.ErrInvalid, "Meta refuses it: Requires pages_read_engagement"},
		{10900, 0, bot.ErrInvalid, bot.ErrInvalid, "private reply"},
		{551, 0, bot.ErrInvalid, bot.ErrInvalid, "in public"},
	}
}

// TestRefusals: each code has its kind, and says what to do.
func TestRefusals(t *testing.T) {
	s := sourcetest.NewServer(t)
	var code, subcode int
	message := "(#200) Requires pages_read_engagement permission to manage the object"
	header := http.Header{}
	answer := func(w http.ResponseWriter, _ *http.Request) {
		for k, v := range header {
			w.Header()[k] = v
		}
		status := http.StatusBadRequest
		if code == 1 || code == 2 {
			status = http.StatusInternalServerError
		}
		sourcetest.WriteJSON(w, status, map[string]any{"error": map[string]any{"message": message, "code": code, "error_subcode": subcode, "fbtrace_id": "A1"}})
	}
	s.Handle("GET /v25.0/x", answer)
	s.Handle("POST /v25.0/x", answer)
	for _, tc := range refusals() {
		s.Set(func() { code, subcode = tc.code, tc.subcode })
		c := client(t, s.URL)
		get, post := c.Get(t.Context(), "x", nil, &struct{}{}), c.Post(t.Context(), "x", url.Values{"message": {"hi"}}, &struct{}{})
		if bot.KindOf(get) != tc.get || bot.KindOf(post) != tc.post || !strings.Contains(bot.Told(get), tc.says) {
			t.Errorf("%d/%d: %v, %v", tc.code, tc.subcode, get, post)
		}
		if strings.Contains(get.Error()+post.Error(), sourcetest.Canary) {
			t.Errorf("%d: the token stands in %v", tc.code, get)
		}
	}
	header.Set("X-Business-Use-Case-Usage", `{"1":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":7}]}`)
	s.Set(func() { code, subcode = 32, 0 })
	c := client(t, s.URL)
	var e *bot.Error
	if err := c.Get(t.Context(), "x", nil, &struct{}{}); !errors.As(err, &e) || e.RetryAfter != 7*time.Minute || c.May() {
		t.Errorf("what Meta asks to wait is %v", err)
	}
}

func TestUsage(t *testing.T) {
	for header, may := range map[string]bool{
		``: true, `{"call_count":28,"total_time":25,"total_cputime":25}`: true, `{"call_count":79.9}`: true, `{"call_count":80}`: false,
		`{"total_cputime":95}`: false, `{"total_time":101}`: false, `nonsense`: true, `{"call_count":"x"}`: true,
	} {
		c := &Client{now: now}
		c.heed(http.Header{"X-App-Usage": {header}})
		if c.May() != may {
			t.Errorf("%s: reading on is %v", header, c.May())
		}
		c.now = func() time.Time { return now().Add(cool) }
		if !c.May() {
			t.Errorf("%s: it is held for ever", header)
		}
	}
}

func TestTimesAndIDs(t *testing.T) {
	for raw, want := range map[string]int64{`1773050000`: 1773050000, `"2026-03-09T12:00:00+0000"`: 1773057600, `"2026-03-09T12:00:00Z"`: 1773057600, `"x"`: 0, `null`: 0, `-5`: 0, `{}`: 0, `99999999999999`: 0} {
		var at Time
		if err := json.Unmarshal([]byte(raw), &at); err != nil || !at.IsZero() && at.Unix() != want || at.IsZero() != (want == 0) {
			t.Errorf("%s is %v, %v", raw, at, err)
		}
	}
	for id, ok := range map[string]bool{"1": true, "12_34": true, "": false, "1/2": false, "../me": false, "1_": false, strings.Repeat("1", 101): false} {
		if (ID(id) != "") != ok {
			t.Errorf("%q is an id: %v", id, !ok)
		}
	}
}

// TestPages: the last page has a cursor too, and no address of a next one.
func TestPages(t *testing.T) {
	for raw, want := range map[string]string{
		`{"data":[],"paging":{"cursors":{"after":"c"},"next":"https://graph.facebook.com/x"}}`: "c", `{"data":[],"paging":{"cursors":{"after":"c"}}}`: "", `{"data":[]}`: "",
	} {
		var p Page
		if err := json.Unmarshal([]byte(raw), &p); err != nil || p.After() != want {
			t.Errorf("behind %s comes %q, %v", raw, p.After(), err)
		}
	}
}

// scripted is a source whose polls are counted, and can fail.
type scripted struct {
	mu    sync.Mutex
	polls int
	fail  error
}

func (s *scripted) Poll(_ context.Context, c bot.Cursor) (bot.Batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return bot.Batch{}, s.fail
	}
	s.polls++
	return bot.Batch{Next: bot.Cursor(strconv.Itoa(s.polls)), More: s.polls == 1, Mentions: []bot.Mention{{ExternalID: string(c)}}}, nil
}

func (s *scripted) failWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// TestItIsPolledBesideTheWebhook: from the cursor on, through short outages; a
// lasting one and a bad token are told.
func TestItIsPolledBesideTheWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &scripted{}
		h := &Hooked{Source: src, Client: &Client{now: now}, Log: slog.New(slog.DiscardHandler), Every: time.Minute}
		var mu sync.Mutex
		var from []string
		emit := func(_ context.Context, b bot.Batch) error {
			mu.Lock()
			defer mu.Unlock()
			from = append(from, b.Mentions[0].ExternalID)
			return nil
		}
		ended := make(chan error, 1)
		go func() { ended <- h.Stream(t.Context(), "c", emit) }()
		time.Sleep(2*time.Minute + time.Second)
		src.failWith(bot.Errorf(bot.ErrUnavailable, "It is down."))
		time.Sleep(2 * time.Minute)
		src.failWith(nil)
		time.Sleep(time.Minute)
		mu.Lock()
		if got := strings.Join(from, " "); got != "c 1 2 3" {
			t.Errorf("it was polled from %s", got)
		}
		mu.Unlock()
		src.failWith(bot.Errorf(bot.ErrUnavailable, "It is down."))
		time.Sleep(3*time.Minute + time.Second)
		if err := <-ended; bot.KindOf(err) != bot.ErrUnavailable {
			t.Errorf("a lasting outage ends it with %v", err)
		}
		go func() { ended <- h.Stream(t.Context(), "c", emit) }()
		src.failWith(bot.Errorf(bot.ErrUnauthorized, "The token is old."))
		if err := <-ended; bot.KindOf(err) != bot.ErrUnauthorized {
			t.Errorf("an old token ends it with %v", err)
		}
	})
}

// TestWhatCannotBeStoredIsSentAgain: Meta is told that it was not taken.
func TestWhatCannotBeStoredIsSentAgain(t *testing.T) {
	c := client(t, "https://graph.example")
	broken := errors.New("the store is down")
	h := &Hooked{Source: &scripted{}, Client: c, Log: slog.New(slog.DiscardHandler), Every: time.Hour, Heard: func(_ context.Context, ch Change) (bot.Batch, error) {
		if ch.Field == "other" {
			return bot.Batch{}, broken
		}
		return bot.Batch{Mentions: []bot.Mention{{ExternalID: string(ch.Value)}}}, nil
	}}
	ctx, cancel := context.WithCancel(t.Context())
	var fails error
	ended, up := make(chan error, 1), make(chan struct{})
	go func() {
		close(up)
		ended <- h.Stream(ctx, "", func(context.Context, bot.Batch) error { return fails })
	}()
	<-up
	send := func(body string, signed bool) int {
		req := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader([]byte(body)))
		if signed {
			req.Header.Set("X-Hub-Signature-256", sign(body))
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		return w.Code
	}
	body := func(field string) string {
		return `{"object":"page","entry":[{"id":"1","time":1,"changes":[{"field":"` + field + `","value":1}]}]}`
	}
	for send(body("feed"), true) != http.StatusOK { // until it listens
		if t.Context().Err() != nil {
			t.Fatal("it never listens")
		}
	}
	for name, tc := range map[string]struct {
		body string
		sign bool
		want int
	}{
		"unsigned": {body("feed"), false, 401}, "asks in vain": {body("other"), true, 503}, "another form": {`[1]`, true, 200}, "nothing": {``, true, 200},
		"too large": {strings.Repeat(" ", maxHook+1), true, 413},
	} {
		if got := send(tc.body, tc.sign); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
	fails = broken
	if got := send(body("feed"), true); got != http.StatusServiceUnavailable {
		t.Errorf("what is not stored is answered %d", got)
	}
	cancel()
	<-ended
	if got := send(body("feed"), true); got != http.StatusServiceUnavailable {
		t.Errorf("while nobody listens it is answered %d", got)
	}
}

func FuzzChanges(f *testing.F) {
	f.Add(`{"object":"page","entry":[{"id":"1","time":1773050000,"changes":[{"field":"feed","value":{}}]}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		if len(changes([]byte(body))) > maxChanges {
			t.Fatal("too many")
		}
		err := refused([]byte(body), true, 0)
		var e *bot.Error
		if err != nil && (!errors.As(err, &e) || e.Msg == "" || e.RetryAfter < 0) {
			t.Fatal(err)
		}
		c := &Client{now: now}
		if wait := c.heed(http.Header{"X-App-Usage": {body}, "X-Business-Use-Case-Usage": {body}}); wait < 0 || wait > 24*time.Hour {
			t.Fatal(wait)
		}
	})
}

// sign is what Meta signs a body with.
func sign(body string) string {
	sum := hmac.New(sha256.New, []byte("the secret"))
	sum.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(sum.Sum(nil))
}
