package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/bot"
	"earshot/store"
)

const killYAML = `
company: Larkspur
database: {path: DIR/earshot.db}
console: {enabled: true, addr: "127.0.0.1:0"}
http: {addr: "127.0.0.1:HOOKS"}
slack: {bot_token: xoxb-test, app_token: xapp-test, api_url: "SLACK/api/"}
log: {json: true}
watches:
  - {name: Larkspur, terms: [larkspur]}
sources:
  - {name: reviews, kind: file, path: DIR/in, every: 1s}
  - {name: hooks, kind: webhook, secret: "` + secret + `", watch: Larkspur}
  - {name: customers, kind: community, platform: slack, channels: [` + customerChannel + `], watch: Larkspur}
routes:
  - {name: Community, sources: [customers], to: [{slack: "#support", console: support}]}
  - {name: Support, watches: [Larkspur], to: [{console: support}]}
people:
  roles: {agent: ["console:ana"]}
replies: {undo_for: 1s}
budget: {cards: 100000}
`

// How much comes in while the bot is killed, and how often it is.
const (
	kills     = 9
	fileRows  = 240
	hookPosts = 120
	customers = 6
)

// complaint is the nth thing that somebody says: most of its words nobody else
// uses, so that none is folded into another.
func complaint(n int) string {
	pick := rand.New(rand.NewPCG(uint64(n), 7))
	words := make([]string, 14)
	for i := range words {
		for range 3 {
			words[i] += string("bdfgklmnprst"[pick.IntN(12)]) + string("aeiou"[pick.IntN(5)])
		}
	}
	return fmt.Sprintf("Awful and broken, I hate this terrible Larkspur %s, complaint number%d", strings.Join(words, " "), n)
}

// killed is how often it is killed: less with -short.
func killed() int {
	if testing.Short() {
		return kills / 3
	}
	return kills
}

// TestKilledAtAnyInstant: whatever comes in while the bot is killed and started
// again is stored once, has one card a channel, and is answered once.
func TestKilledAtAnyInstant(t *testing.T) {
	w := newWorkspace(t)
	h := newHouse(t, strings.NewReplacer("SLACK", w.srv.URL, "HOOKS", freePort(t)).Replace(killYAML))
	h.write("in/all.csv", "id,text,author\n")
	p := h.start()
	hooks := p.http()
	waitReady(t, hooks)
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	var senders sync.WaitGroup
	senders.Go(func() { growFile(t, h) })
	senders.Go(func() { postAll(ctx, t, hooks) })
	threads := make([]string, customers)
	senders.Go(func() {
		for i := range threads {
			ts, err := w.say(ctx, fmt.Sprintf("U0CUST%d", i), complaint(1000+i))
			if err != nil {
				t.Errorf("customer %d: %v", i, err)
			}
			threads[i] = ts
		}
	})
	answered := make(map[string]bool)
	for range killed() {
		pause := time.NewTimer(time.Duration(150+rand.IntN(900)) * time.Millisecond)
		answerOne(t, p, answered)
		select {
		case <-pause.C:
		case <-p.done:
			t.Fatalf("it ended by itself: %v\n%s", p.err, p.said())
		}
		p.kill()
		p = h.start()
	}
	senders.Wait()
	eventually(t, "every customer being answered", func() bool {
		answerOne(t, p, answered)
		return len(answered) == customers
	})
	ana := open(t, p.console(), "ana")
	eventually(t, "a card for every complaint", func() bool {
		return len(ana.cards("support")) >= fileRows+hookPosts+customers
	})
	eventually(t, "every answer", func() bool {
		return !slices.ContainsFunc(threads, func(ts string) bool { return len(w.in(customerChannel, ts)) == 0 })
	})
	for _, ts := range threads {
		if got := w.in(customerChannel, ts); len(got) != 1 {
			t.Errorf("a customer got %d answers: %+v", len(got), got)
		}
	}
	eventually(t, "nothing being under way", func() bool { return idle(t, h) })
	onceEach(t, "cards in the console", ana.cards("support"), fileRows+hookPosts+customers)
	if cards := w.in(supportChannel, ""); len(cards) != customers {
		t.Errorf("%d cards in Slack, not %d", len(cards), customers)
	}
	p.stop()
	storedOnce(t, h)
}

// freePort finds one: the webhook's address must outlive the bot.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := strings.Cut(l.Addr().String(), ":")
	return port
}

func waitReady(t *testing.T, base string) {
	t.Helper()
	eventually(t, "being ready", func() bool {
		res, err := http.Get(base + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// growFile adds rows to the file, a few at a time, some of them torn: the end
// of a line comes later than its beginning.
func growFile(t *testing.T, h *house) {
	f, err := os.OpenFile(h.path("in/all.csv"), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for n := range fileRows {
		row := fmt.Sprintf("f%d,\"%s\",writer%d\n", n, complaint(n), n)
		cut := rand.IntN(len(row))
		for _, part := range []string{row[:cut], row[cut:]} {
			if _, err := f.WriteString(part); err != nil {
				t.Error(err)
			}
		}
		<-tick.C
	}
}

// postAll posts to the webhook, each until it is taken.
func postAll(ctx context.Context, t *testing.T, hooks string) {
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	for n := range hookPosts {
		body, err := json.Marshal(map[string]any{"id": fmt.Sprint("w", n), "text": complaint(5000 + n), "author": fmt.Sprint("poster", n)})
		if err != nil {
			t.Error(err)
			return
		}
		for {
			if status, _, err := send(hooks, body); err == nil && status == http.StatusOK {
				break
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				t.Errorf("post %d was never taken", n)
				return
			}
		}
		<-tick.C
	}
}

// answerOne lets Ana answer one more customer whose card stands in the console.
func answerOne(t *testing.T, p *process, answered map[string]bool) {
	t.Helper()
	ana := open(t, p.console(), "ana")
	for _, c := range ana.cards("support") {
		if answered[c.id] || !strings.Contains(c.words, "customers") || c.buttons["Claim"] == "" {
			continue
		}
		answered[c.id] = true
		ana.press(c.buttons["Claim"], &c)
		form := ana.press(c.buttons["Reply"], &c)
		sent := ana.submit(ana.submit(form, map[string]string{"text": "Hello! We are on it. Card " + c.id + "."}), nil)
		if !strings.Contains(sent.words, "goes out") {
			t.Errorf("the reply on card %s: %q", c.id, sent.words)
		}
		return
	}
}

// idle tells whether all that is due has been done.
func idle(t *testing.T, h *house) bool {
	t.Helper()
	s := h.store()
	defer s.Close()
	due, _, parked, err := s.Backlog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if parked > 0 {
		t.Fatalf("%d deliveries are parked", parked)
	}
	return due == 0
}

// store opens the store to read.
func (h *house) store() *store.Store {
	h.t.Helper()
	s, err := store.Open(h.t.Context(), store.Options{Path: h.path("earshot.db"), ReadOnly: true, Now: time.Now})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// onceEach says what of the numbered complaints is missing or stands twice.
func onceEach(t *testing.T, what string, cards []item, want int) {
	t.Helper()
	if len(cards) != want {
		t.Errorf("%d %s, not %d", len(cards), what, want)
	}
	seen := map[string]int{}
	for _, c := range cards {
		_, n, _ := strings.Cut(c.words, "complaint number")
		n, _, _ = strings.Cut(n, "”")
		if seen[n]++; seen[n] == 2 {
			t.Errorf("complaint %q stands twice", n)
		}
	}
}

// storedOnce reads the store: mentions, cases, posts and the sources' cursors.
func storedOnce(t *testing.T, h *house) {
	t.Helper()
	s := h.store()
	defer s.Close()
	total := fileRows + hookPosts + customers
	stats, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if stats["mentions"] != int64(total) || stats["cases"] != int64(total) {
		t.Errorf("%d mentions and %d cases, not %d", stats["mentions"], stats["cases"], total)
	}
	states, err := s.SourceStates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{"reviews": fileRows, "hooks": hookPosts, "customers": customers}
	for _, st := range states {
		if st.Mentions < want[st.Name] || st.Rejected != 0 { // who sends again is heard again, and stored once
			t.Errorf("source %s: %d mentions and %d rejected, of %d", st.Name, st.Mentions, st.Rejected, want[st.Name])
		}
		if st.Name == "reviews" && st.Mentions != fileRows {
			t.Errorf("the file's cursor and its mentions disagree: %d read, %d rows", st.Mentions, fileRows)
		}
	}
	cases, err := s.Cases(t.Context(), bot.CaseFilter{Limit: 10 * total})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		posts, err := s.Posts(t.Context(), bot.DeliverCard, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 2, false: 1}[c.Source == "customers"]; len(posts) != want {
			t.Errorf("case %d of %s has %d cards, not %d", c.ID, c.Source, len(posts), want)
		}
	}
}
