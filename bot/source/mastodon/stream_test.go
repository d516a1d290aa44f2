package mastodon

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

// patience bounds every wait; what is well takes milliseconds.
const patience = 20 * time.Second

// streamer is the streaming server of a Mastodon server.
type streamer struct {
	*httptest.Server

	mu     sync.Mutex
	asked  []map[string]string // subscriptions
	conn   *websocket.Conn
	grown  chan struct{} // closed when a subscription has come
	refuse int           // status
}

func newStreamer(t *testing.T) *streamer {
	s := &streamer{grown: make(chan struct{})}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(func() {
		s.drop()
		s.Close()
	})
	return s
}

func (s *streamer) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	refuse := s.refuse
	s.mu.Unlock()
	if r.URL.Path != "/api/v1/streaming" || r.Header.Get("Authorization") != "Bearer "+token {
		refuse = http.StatusUnauthorized
	}
	if refuse != 0 {
		http.Error(w, `{"error":"no"}`, refuse)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for {
		_, raw, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		ask := map[string]string{}
		_ = json.Unmarshal(raw, &ask)
		s.mu.Lock()
		s.conn, s.asked = conn, append(s.asked, ask)
		close(s.grown)
		s.grown = make(chan struct{})
		s.mu.Unlock()
	}
}

// subscribed waits for n subscriptions.
func (s *streamer) subscribed(t *testing.T, n int) []map[string]string {
	t.Helper()
	late := time.After(patience)
	for {
		s.mu.Lock()
		asked, grown := slices.Clone(s.asked), s.grown
		s.mu.Unlock()
		if len(asked) >= n {
			return asked
		}
		select {
		case <-grown:
		case <-late:
			t.Fatalf("only %v was subscribed to", asked)
		}
	}
}

// tell sends an event, whose payload is text, as the documentation says.
func (s *streamer) tell(t *testing.T, name string, payload any) {
	t.Helper()
	inner, ok := payload.(string)
	if !ok {
		raw, _ := json.Marshal(payload)
		inner = string(raw)
	}
	raw, _ := json.Marshal(map[string]any{"stream": []string{"x"}, "event": name, "payload": inner})
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	if err := conn.Write(t.Context(), websocket.MessageText, raw); err != nil {
		t.Fatal(err)
	}
}

func (s *streamer) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		_ = s.conn.CloseNow()
	}
}

// hearing streams until the test ends, and gives what is handed over.
func hearing(t *testing.T, s *Streaming, c bot.Cursor) (batches chan bot.Batch, ended chan error) {
	t.Helper()
	batches, ended = make(chan bot.Batch, 64), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		ended <- s.Stream(ctx, c, func(_ context.Context, b bot.Batch) error { batches <- b; return nil })
	}()
	t.Cleanup(cancel)
	return batches, ended
}

// next waits for n mentions.
func next(t *testing.T, batches chan bot.Batch, n int) (all []bot.Mention, c bot.Cursor) {
	t.Helper()
	late := time.After(patience)
	for len(all) < n {
		select {
		case b := <-batches:
			all, c = append(all, b.Mentions...), b.Next
		case <-late:
			t.Fatalf("only %+v came", all)
		}
	}
	return all, c
}

func TestStreams(t *testing.T) {
	s, st := newServer(t), newStreamer(t)
	s.stream = strings.Replace(st.URL, "http", "ws", 1)
	src, err := open(t, Settings{Server: s.URL, Token: token, Hashtags: []string{"kettle"}, Public: "local", Search: true, Terms: []string{"kettle"}})
	if err != nil {
		t.Fatal(err)
	}
	_, c := sourcetest.Poll(t, src, "")
	batches, ended := hearing(t, src.(*Streaming), c)
	asked := st.subscribed(t, 3)
	want := []map[string]string{{"type": "subscribe", "stream": "user:notification"}, {"type": "subscribe", "stream": "hashtag", "tag": "kettle"}, {"type": "subscribe", "stream": "public:local"}}
	for i, w := range want {
		if len(asked) != 3 || asked[i]["stream"] != w["stream"] || asked[i]["tag"] != w["tag"] || asked[i]["type"] != "subscribe" {
			t.Fatalf("subscribed to %v", asked)
		}
	}
	one, two := status1("41", "<p>My kettle leaks</p>", "ann", now()), status1("42", "<p>@larkspur help</p>", "bob", now())
	st.tell(t, "update", one)
	st.tell(t, "update", one) // by another stream too
	st.tell(t, "notification", map[string]any{"id": "7", "type": "favourite"})
	st.tell(t, "notification", map[string]any{"id": "8", "type": "mention", "status": two})
	st.tell(t, "filters_changed", "")
	st.tell(t, "update", map[string]any{"id": "x"}) // it has no date
	got, _ := next(t, batches, 2)
	if len(got) != 2 || got[0].Text != "My kettle leaks" || got[1].Author.Handle != "bob" {
		t.Fatalf("heard %+v", got)
	}
	edited := status1("41", "<p>It was the tap</p>", "ann", now())
	edited["edited_at"] = "2026-03-09T12:59:00.000Z"
	st.tell(t, "status.update", edited)
	st.tell(t, "delete", "42")
	st.tell(t, "delete", "99")
	got, c = next(t, batches, 2)
	if got[0].Text != "It was the tap" || got[0].EditedAt.IsZero() || !got[1].Deleted || got[1].ExternalID != "42" {
		t.Errorf("after an edit and a deletion came %+v", got)
	}
	st.drop()
	if err := <-ended; bot.KindOf(err) != bot.ErrUnavailable {
		t.Errorf("streams that broke off give %v", err)
	}
	s.set(func() { // what was said meanwhile is read, and what was heard does not come again
		edited["id"] = "41"
		s.posts = append(s.posts, edited, status1("43", "<p>The kettle again</p>", "ann", now()))
	})
	if rest, _ := sourcetest.Poll(t, src, c); len(rest) != 1 || rest[0].ExternalID != "43" {
		t.Errorf("afterwards came %+v", rest)
	}
}

// TestNoStreams: a server that has none for us is asked.
func TestNoStreams(t *testing.T) {
	s, st := newServer(t), newStreamer(t)
	s.stream, st.refuse = st.URL, http.StatusNotFound
	src := &Streaming{must(t, Settings{Server: s.URL, Token: token})}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- src.Stream(ctx, "", nil) }()
	cancel()
	if err := <-ended; err == nil {
		t.Error("it ends without an error")
	}
	found := src.Check(t.Context())
	if !slices.ContainsFunc(found, func(f bot.Finding) bool { return f.OK && strings.Contains(f.What, "no streams") }) {
		t.Errorf("%+v", found)
	}
}

func FuzzEvent(f *testing.F) {
	f.Add("update", `{"id":"1","created_at":"2026-03-09T12:00:00Z","content":"<p>x</p>","account":{"acct":"a"}}`)
	f.Add("notification", `{"type":"mention"}`)
	f.Add("delete", "1")
	f.Fuzz(func(t *testing.T, name, payload string) {
		src := &Streaming{must(t, Settings{Server: "https://x.example", Token: "t"})}
		p := place{Recent: []known{{ID: "1"}}}
		var b bot.Batch
		for _, n := range []string{name, "status.update"} {
			src.one(event{Event: n, Payload: payload}, &p, &b)
		}
		for _, m := range b.Mentions {
			sourcetest.Sound(t, m)
		}
	})
}
