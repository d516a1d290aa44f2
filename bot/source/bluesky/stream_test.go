package bluesky

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
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

// jet is a Jetstream: it plays its events back from a cursor, and goes on with
// what is written.
type jet struct {
	*httptest.Server

	mu      sync.Mutex
	events  []string
	grown   chan struct{} // closed when there is more
	cursors []string
	cut     chan struct{} // closed to end all connections
}

func newJet(t *testing.T) *jet {
	j := &jet{grown: make(chan struct{}), cut: make(chan struct{})}
	j.Server = httptest.NewServer(j)
	t.Cleanup(func() {
		j.drop()
		j.Close()
	})
	return j
}

// ServeHTTP answers GET /subscribe.
func (j *jet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if r.URL.Path != "/subscribe" || q.Get("wantedCollections") != collection {
		http.NotFound(w, r)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	ctx := conn.CloseRead(r.Context())
	j.mu.Lock()
	j.cursors = append(j.cursors, q.Get("cursor"))
	cut, at := j.cut, len(j.events)
	if c, err := strconv.ParseInt(q.Get("cursor"), 10, 64); err == nil {
		for at > 0 && timeOf(j.events[at-1]) >= c {
			at--
		}
	}
	j.mu.Unlock()
	for {
		j.mu.Lock()
		rest, grown := j.events[at:], j.grown
		j.mu.Unlock()
		for _, e := range rest {
			if conn.Write(ctx, websocket.MessageText, []byte(e)) != nil {
				return
			}
		}
		at += len(rest)
		select {
		case <-grown:
		case <-cut:
			return
		case <-ctx.Done():
			return
		}
	}
}

func timeOf(event string) int64 {
	var e struct {
		Time int64 `json:"time_us"`
	}
	_ = json.Unmarshal([]byte(event), &e)
	return e.Time
}

func (j *jet) write(events ...string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, events...)
	close(j.grown)
	j.grown = make(chan struct{})
}

// drop ends all connections.
func (j *jet) drop() {
	j.mu.Lock()
	defer j.mu.Unlock()
	close(j.cut)
	j.cut = make(chan struct{})
}

func (j *jet) connections() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.cursors)
}

// wrote is the event of a post; n is its second and its key.
func wrote(n int, op, who, words string) string {
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Second)
	rec, _ := json.Marshal(map[string]any{"$type": collection, "text": words, "createdAt": at.Format(time.RFC3339), "langs": []string{"en"}})
	if op == "delete" {
		return fmt.Sprintf(`{"did":"did:plc:%s","time_us":%d,"kind":"commit","commit":{"rev":"r","operation":"delete","collection":%q,"rkey":"k%d"}}`, who, at.UnixMicro(), collection, n)
	}
	return fmt.Sprintf(`{"did":"did:plc:%s","time_us":%d,"kind":"commit","commit":{"rev":"r","operation":%q,"collection":%q,"rkey":"k%d","record":%s,"cid":"bafy%s%d"}}`, who, at.UnixMicro(), op, collection, n, rec, op, n)
}

// ledger keeps what a stream hands over.
type ledger struct {
	mu       sync.Mutex
	mentions []bot.Mention
	rejected []bot.Rejected
	cursor   bot.Cursor
	grown    chan struct{}
}

func (l *ledger) emit(_ context.Context, b bot.Batch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mentions, l.rejected, l.cursor = append(l.mentions, b.Mentions...), append(l.rejected, b.Rejected...), b.Next
	close(l.grown)
	l.grown = make(chan struct{})
	return nil
}

// until waits until what was handed over is as wanted.
func (l *ledger) until(t *testing.T, want func() bool) {
	t.Helper()
	late := time.After(patience)
	for {
		l.mu.Lock()
		ok, grown := want(), l.grown
		l.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-grown:
		case <-late:
			t.Fatalf("what is wanted does not come; there are %+v", l.mentions)
		}
	}
}

// listen streams until the test ends or stop is called.
func listen(t *testing.T, s *Streaming, l *ledger) (stop func(), ended chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended = make(chan error, 1)
	go func() { ended <- s.Stream(ctx, l.cursor, l.emit) }()
	stop = func() { cancel() }
	t.Cleanup(stop)
	return stop, ended
}

func holds(word string) func(string) func(string) bool {
	return func(string) func(string) bool {
		return func(said string) bool { return strings.Contains(strings.ToLower(said), word) }
	}
}

func streaming(t *testing.T, j *jet, n *network) *Streaming {
	src := n.must(t, Settings{Stream: true, Jetstream: strings.Replace(j.URL, "http", "ws", 1), AppView: n.URL}, bot.SourceEnv{Matcher: holds("kettle")})
	return &Streaming{src}
}

func TestStream(t *testing.T) {
	j, n := newJet(t), newNetwork(t)
	s := streaming(t, j, n)
	l := &ledger{grown: make(chan struct{})}
	_, ended := listen(t, s, l)
	for j.connections() == 0 {
		<-time.After(time.Millisecond)
	}
	j.write(wrote(1, "create", "ann", "My kettle leaks"), wrote(2, "create", "bob", "Nothing of ours"), wrote(3, "create", "eve", "A kettle"), "{broken")
	l.until(t, func() bool { return len(l.mentions) == 2 && len(l.rejected) == 1 })
	m := l.mentions[0]
	if m.Text != "My kettle leaks" || m.Author.Handle != "ann.test" || m.Author.Followers != 7 || !m.Author.Automated || m.ExternalID != address("did:plc:ann", "k1") {
		t.Errorf("heard as %+v", m)
	}
	j.write(wrote(1, "update", "ann", "It was the tap"), wrote(2, "update", "bob", "Still nothing"), wrote(3, "delete", "eve", ""), wrote(3, "delete", "eve", ""), wrote(9, "delete", "zoe", ""))
	l.until(t, func() bool { return len(l.mentions) == 4 })
	if e := l.mentions[2]; e.Text != "It was the tap" || e.EditedAt.IsZero() || e.ExternalID != m.ExternalID {
		t.Errorf("edited as %+v", e)
	}
	if d := l.mentions[3]; !d.Deleted || d.ExternalID != address("did:plc:eve", "k3") {
		t.Errorf("deleted as %+v", d)
	}
	j.drop()
	if err := <-ended; bot.KindOf(err) != bot.ErrUnavailable {
		t.Fatalf("a stream that broke off gives %v", err)
	}
	j.write(wrote(20, "create", "ann", "The kettle again"), `{"did":"did:plc:ann","time_us":1773057999000000,"kind":"account","account":{"active":false,"status":"deleted"}}`)
	stop, ended := listen(t, streaming(t, j, n), l) // as after a restart
	l.until(t, func() bool { return len(l.mentions) == 7 })
	if again := l.mentions[4]; again.Text != "The kettle again" || !l.mentions[5].Deleted || !l.mentions[6].Deleted {
		t.Errorf("after a restart came %+v", l.mentions[4:])
	}
	if c := j.cursors[1]; c != strconv.FormatInt(timeOf(wrote(9, "delete", "zoe", ""))-rewind.Microseconds(), 10) {
		t.Errorf("taken up from %s", c)
	}
	stop()
	if err := <-ended; err == nil {
		t.Error("a stream that was ended gives no error")
	}
}

func TestAnswersToUsAreHeard(t *testing.T) {
	e := ear{matches: func(string) bool { return false }, ours: []byte(ourDID)}
	if h, ok := e.event([]byte(strings.Replace(wrote(1, "create", "ann", "Thanks!"), `"langs"`, `"reply":{"root":{"uri":"`+address(ourDID, "1")+`","cid":"c"},"parent":{"uri":"`+address(ourDID, "1")+`","cid":"c"}},"langs"`, 1))); !ok || h.it.err != nil || h.it.record.Reply == nil {
		t.Errorf("an answer to us: %v, %+v", ok, h)
	}
}

// TestEventThatBreaksTheReading: it is a dead letter, and the stream goes on.
func TestEventThatBreaksTheReading(t *testing.T) {
	e := ear{matches: func(string) bool { panic("words that nobody thought of") }}
	h, ok := e.unbroken([]byte(wrote(1, "create", "ann", "My kettle")), slog.New(slog.DiscardHandler))
	if !ok || h.it.err == nil || len(h.it.raw) == 0 {
		t.Errorf("%v, %+v", ok, h)
	}
}

func TestNoStream(t *testing.T) {
	n := newNetwork(t)
	src := n.must(t, Settings{Stream: true, Jetstream: n.URL + "/x", AppView: n.URL}, bot.SourceEnv{Matcher: holds("x")})
	if err := (&Streaming{src}).Stream(t.Context(), "", nil); bot.KindOf(err) != bot.ErrGone {
		t.Errorf("no Jetstream there: %v", err)
	}
	if f := src.Check(t.Context()); len(f) != 1 || f[0].OK || f[0].Mend == "" {
		t.Errorf("%+v", f)
	}
}

func FuzzEvent(f *testing.F) {
	f.Add(wrote(1, "create", "ann", "My kettle"))
	f.Add(wrote(1, "delete", "ann", ""))
	f.Add(`{"did":"d","time_us":1,"kind":"account","account":{"active":false,"status":"deleted"}}`)
	f.Add(`{"time_us":"x","kind":"commit","commit":{"collection":"app.bsky.feed.post","record":{"text":["kettle"]}}}`)
	src := &Source{}
	f.Fuzz(func(t *testing.T, raw string) {
		e := ear{matches: func(string) bool { return true }}
		h, ok := e.event([]byte(raw))
		if ok && h.it.raw != nil && h.it.err == nil {
			sourcetest.Sound(t, src.mention(h.it))
		}
	})
}
