package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/bot/source/webhook"
)

// secret signs what is posted to the webhooks of these tests.
const secret = "0123456789abcdef0123456789abcdef"

const runYAML = `
company: Larkspur
database: {path: DIR/earshot.db}
console: {addr: "127.0.0.1:0"}
http: {addr: "127.0.0.1:0"}
network: {allow: [127.0.0.1/32]}
log: {json: true}
watches:
  - {name: Larkspur, terms: [larkspur]}
topics:
  - {name: Delivery, words: [deliver*, parcel*]}
sources:
  - {name: reviews, kind: file, path: DIR/in, every: 1s}
  - {name: hooks, kind: webhook, secret: "` + secret + `", watch: Larkspur}
  - {name: blog, kind: feed, url: "FEED", every: 1s, watch: Larkspur}
routes:
  - {name: Support, watches: [Larkspur], to: [{console: support}], first_answer: 30m}
people:
  roles: {agent: ["console:ana", "console:ben"]}
digests:
  - {audience: leadership, schedule: "0 8 * * MON", period: 7d, to: [{console: leadership}]}
budget: {cards: 10000}
`

// post sends JSON to the webhook "hooks", signed, and gives the status.
func post(t *testing.T, base string, payload any) (int, string) {
	t.Helper()
	body, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	var status int
	var said string
	eventually(t, "the webhook taking it", func() bool { // as every sender does, again when told so
		if status, said, err = send(base, body); err != nil {
			t.Fatal(err)
		}
		return status != http.StatusServiceUnavailable
	})
	return status, said
}

func send(base string, body []byte) (int, string, error) { return sendAt(time.Now(), base, body) }

// sendAt signs for a time of the bot's clock.
func sendAt(now time.Time, base string, body []byte) (int, string, error) {
	req, err := http.NewRequest(http.MethodPost, base+"/hooks/hooks", bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("X-Earshot-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("X-Earshot-Signature", webhook.Sign(secret, now, body))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	return res.StatusCode, string(said), err
}

// blog is a feed that grows.
type blog struct {
	mu    sync.Mutex
	items []string
}

func newBlog(t *testing.T) (*blog, string) {
	b := &blog{}
	srv := httptest.NewServer(b)
	t.Cleanup(srv.Close)
	return b, srv.URL + "/feed.xml"
}

func (b *blog) add(id, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.items = append(b.items, fmt.Sprintf("<item><guid>%s</guid><description><![CDATA[%s]]></description><pubDate>%s</pubDate></item>",
		id, text, time.Now().UTC().Format(time.RFC1123Z)))
}

// ServeHTTP gives the feed.
func (b *blog) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w.Header().Set("Content-Type", "application/rss+xml")
	fmt.Fprintf(w, `<?xml version="1.0"?><rss version="2.0"><channel><title>Blog</title>%s</channel></rss>`, strings.Join(b.items, ""))
}

// TestRun is a day at the console: what was said before is taken in silently,
// what is said from then on becomes cards.
func TestRun(t *testing.T) {
	feed, url := newBlog(t)
	feed.add("b1", "Larkspur never delivered my parcel. Terrible, I am so angry.")
	h := newHouse(t, strings.ReplaceAll(runYAML, "FEED", url))
	h.write("in/history.csv", "id,text,author,created_at\nh1,\"Larkspur broke on day one, awful quality, refund refused\",cora,2026-03-01T10:00:00Z\n")
	p := h.start()
	ana := open(t, p.console(), "ana")
	eventually(t, "the first sync", func() bool {
		said, state := ana.command("search larkspur").words, ana.command("sources").words
		return strings.Contains(said, "day one") && strings.Contains(said, "never delivered my parcel") &&
			!strings.Contains(state, "not read yet") && !strings.Contains(state, "history")
	})
	if cards := ana.cards("support"); len(cards) != 0 {
		t.Errorf("the first sync is not silent: %d cards, the first %q", len(cards), cards[0].words)
	}

	h.write("in/live.csv", "id,text,author,created_at\nl1,\"Larkspur ruined my kitchen, terrible machine, I want my money back\",dora,"+time.Now().UTC().Format(time.RFC3339)+"\n")
	feed.add("b2", "The worst support ever, Larkspur. Nobody answers, I am furious.")
	if status, said := post(t, p.http(), map[string]any{"id": "w1", "text": "Horrible. The parcel from Larkspur came broken and nobody cares.", "author": "emil"}); status != http.StatusOK {
		t.Errorf("the webhook answered %d: %s", status, said)
	}
	for _, says := range []string{"ruined my kitchen", "The worst support ever", "came broken"} {
		c := ana.card("support", says)
		if strings.Count(joined(ana.cards("support")), says) != 1 {
			t.Errorf("%q stands there twice", says)
		}
		if c.buttons["Claim"] == "" || !strings.Contains(c.words, "nobody has it") {
			t.Errorf("the card %q", c.words)
		}
	}
	t.Run("two claim at once", func(t *testing.T) { twoClaim(t, p, ana) })
	t.Run("answered by hand", func(t *testing.T) { answeredByHand(t, ana) })
	t.Run("closed", func(t *testing.T) { closed(t, p, ana) })
	t.Run("commands", func(t *testing.T) { asked(t, ana) })
	t.Run("cross-site", func(t *testing.T) { crossSite(t, p) })
	p.stop()
	if errs := p.errors(); len(errs) > 0 {
		t.Errorf("it logged errors:\n%s", strings.Join(errs, "\n"))
	}
}

func joined(cards []item) string {
	var all []string
	for _, c := range cards {
		all = append(all, c.words)
	}
	return strings.Join(all, "\n")
}

// twoClaim: one wins, the other is told who.
func twoClaim(t *testing.T, p *process, ana *browser) {
	ben := open(t, p.console(), "ben")
	c := ana.card("support", "came broken")
	claim := c.button(t, "Claim")
	var wg sync.WaitGroup
	replies := map[string]*reply{"ana": {}, "ben": {}}
	for who, b := range map[string]*browser{"ana": ana, "ben": ben} {
		wg.Go(func() { *replies[who] = b.press(claim, c) })
	}
	wg.Wait()
	now := ana.card("support", "came broken", "has it since")
	winner, loser := "ana", "ben"
	if strings.Contains(now.words, "ben has it") {
		winner, loser = "ben", "ana"
	}
	if replies[winner].Status != http.StatusNoContent || replies[winner].words != "" {
		t.Errorf("the winner was told %d %q; the card is answer enough", replies[winner].Status, replies[winner].words)
	}
	if !strings.Contains(replies[loser].words, winner) || !strings.Contains(replies[loser].words, "Only you see this") {
		t.Errorf("the loser was told %q", replies[loser].words)
	}
	eventually(t, "one line in the thread", func() bool { return len(ana.thread("support", now)) > 0 })
	if log := joined(ana.thread("support", now)); strings.Count(log, winner) != 1 || strings.Contains(log, loser) {
		t.Errorf("the thread says %q", log)
	}
	if winner == "ben" { // what follows is about ana's cases
		id := regexp.MustCompile(`Case (\d+)`).FindStringSubmatch(now.words)[1]
		ben.command("release " + id)
		ana.command("claim " + id)
		ana.card("support", "came broken", "ana has it")
	}
}

// answeredByHand: a webhook has no way back, so the form says so, and the case
// is marked as answered.
func answeredByHand(t *testing.T, ana *browser) {
	c := ana.card("support", "ruined my kitchen")
	ana.press(c.button(t, "Claim"), c)
	c = ana.card("support", "ruined my kitchen", "ana has it")
	told := ana.press(c.button(t, "Reply"), c)
	if !strings.Contains(told.words, "no way to answer") || !strings.Contains(told.words, "ruined my kitchen") {
		t.Fatalf("Reply said %q", told.words)
	}
	note := read(told.node)
	form := ana.press(note.button(t, "Mark as answered"), c)
	if done := ana.submit(form, map[string]string{"public": "private"}); !strings.Contains(done.words, "marked as answered") {
		t.Errorf("it said %q", done.words)
	}
	ana.card("support", "ruined my kitchen", "nswered")
}

// closed: resolve asks for cause and action, dismiss for a reason, snooze for
// a time; and each can be seen on the card.
func closed(t *testing.T, p *process, ana *browser) {
	c := ana.card("support", "ruined my kitchen", "nswered")
	form := ana.press(c.button(t, "Resolve"), c)
	if wrong := ana.submit(form, map[string]string{"cause": "", "action": " "}); wrong.After != "earshot:errors" || strings.Count(wrong.words, "A few words are enough") != 2 {
		t.Errorf("empty fields: %s %q", wrong.After, wrong.words)
	}
	if done := ana.submit(form, map[string]string{"cause": "faulty seal", "action": "new machine sent"}); !strings.Contains(done.words, "is resolved") {
		t.Errorf("resolve said %q", done.words)
	}
	ana.card("support", "Resolved: faulty seal, new machine sent")
	stale := ana.press(c.button(t, "Resolve"), c)
	if !strings.Contains(stale.words, "resolved") {
		t.Errorf("a stale button said %d %q", stale.Status, stale.words)
	}

	c = ana.card("support", "The worst support ever")
	if done := ana.submit(ana.press(c.button(t, "Snooze"), c), map[string]string{"time": "2h"}); done.Target == "#dialog-content" || done.After == "earshot:errors" {
		t.Errorf("snooze said %q", done.words)
	}
	ana.card("support", "The worst support ever", "nooze")
	c = ana.card("support", "The worst support ever")
	ana.press(c.button(t, "Claim"), c)
	c = ana.card("support", "The worst support ever", "ana has it")
	form = ana.press(c.button(t, "Dismiss"), c)
	ana.submit(form, map[string]string{"reason": "not_us"})
	ana.card("support", "The worst support ever", "ismissed")

	operator := open(t, p.console(), "you")
	c = operator.card("support", "came broken")
	operator.submit(operator.press(c.button(t, "Escalate"), c), map[string]string{"reason": "glass in the parcel"})
	c = operator.card("support", "came broken", "scalated")
	eventually(t, "the reason in the thread", func() bool {
		return strings.Contains(joined(operator.thread("support", c)), "glass in the parcel")
	})
}

// asked: every command answers, privately, and knows where we are.
func asked(t *testing.T, ana *browser) {
	for line, wants := range map[string]string{
		"help": "claim", "inbox": "came broken", "show 1": "Case 1", "search kitchen": "ruined my kitchen", "whoami": "agent",
		"sources": "reviews", "spikes": "spike", "nps": "not enough data", "digest": "Larkspur", "rejected": "Everything could be read",
		"claim 999": "999", "inbx": "inbox", "search \"*' OR 1": "Nobody said", "nonsense <script>": "help", "snooze 1": "Until when", "": "inbox",
	} {
		if got := ana.command(line); !strings.Contains(got.words, wants) {
			t.Errorf("/voc %s says %q, without %q", line, got.words, wants)
		}
	}
	if got := ana.page("/complete?line=cl"); !strings.Contains(got, "claim") {
		t.Errorf("completion offers %q", got)
	}
}

// crossSite: another page cannot act in somebody's name.
func crossSite(t *testing.T, p *process) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.console()+"/act", strings.NewReader("kind=command&line=help&id=0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "https://evil.example")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("another site may act: %s", res.Status)
	}
}
