package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"earshot/bot/platform/discord/discordtest"
)

// weather is what goes wrong between the bot and its peers: toxiproxy breaks
// connections, and the peers themselves answer badly for a while.
type weather struct {
	c                 *chaos
	server            *toxiproxy.ApiServer
	slack, town, feed *pipe
	imap, smtp        *pipe
	database          *pipe // nil where it is a file

	mu         sync.Mutex
	dice       *rand.Rand
	spell      string                   // what Slack does to most calls now
	trouble    int                      // what is under way that may keep an answer from the bot, or the store from it
	lag        time.Duration            // how late this process itself is woken: the machine is busy
	died       time.Time                // when a child was killed last
	mended     time.Time                // when all is well again after the last trouble
	until      map[string]patienceAsked // calls that were told to wait, and surely heard it
	impatient  []string                 // calls that did not
	happened   map[string]int
	lost       lostCards
	everything sync.WaitGroup // answers that are being kept back
}

// pipe is a proxy before one peer.
type pipe struct {
	t      *testing.T
	url    string
	server *toxiproxy.ApiServer
	*toxiproxy.Proxy
}

func newPipe(t *testing.T, server *toxiproxy.ApiServer, name, upstream string) *pipe {
	t.Helper()
	p := &pipe{t: t, server: server, Proxy: toxiproxy.NewProxy(server, name, "127.0.0.1:0", strings.TrimPrefix(upstream, "http://"))}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop() })
	p.url = "http://" + p.Listen
	return p
}

// toxic makes connections ill until the function it gives is called.
func (p *pipe) toxic(kind, stream, attributes string, share float64) (cure func()) {
	p.renew(fmt.Sprintf(`{"type":%q,"name":%q,"stream":%q,"toxicity":%g,"attributes":%s}`, kind, kind, stream, share, attributes))
	return func() { p.renew("") }
}

// renew cuts all connections and puts another proxy in place of this one. A
// toxic is not put on connections that are open, nor taken from them: toxiproxy
// waits without end for one that breaks in that instant, and takes no other.
func (p *pipe) renew(toxic string) {
	p.Stop()
	p.Proxy = toxiproxy.NewProxy(p.server, p.Name, p.Listen, p.Upstream)
	if toxic != "" {
		if _, err := p.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			p.t.Errorf("toxic %s: %v", toxic, err)
		}
	}
	if err := p.Start(); err != nil {
		p.t.Errorf("the proxy does not come back: %v", err)
	}
}

func newWeather(t *testing.T, c *chaos, feed string) *weather {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	w := &weather{c: c, server: server, dice: c.dice(diceFront), until: map[string]patienceAsked{}, happened: map[string]int{},
		lost: lostCards{count: map[string]int{}, seen: make(chan slackPost, 8)}}
	c.slack.srv.Config.Handler = http.HandlerFunc(w.serveSlack)
	w.slack = newPipe(t, server, "slack", c.slack.srv.URL)
	w.town = newPipe(t, server, "discord", strings.TrimSuffix(c.town.URL(), "/api"))
	w.feed = newPipe(t, server, "feed", feed)
	w.imap, w.smtp = newPipe(t, server, "imap", c.mail.imap.Addr().String()), newPipe(t, server, "smtp", c.mail.smtp.Addr().String())
	t.Cleanup(w.everything.Wait)
	return w
}

// patienceAsked is a 429: when it was told, and when it is over.
type patienceAsked struct{ told, over time.Time }

// hearing is how long after a 429 a call may still come: one that was on its
// way, and those of replicas that did not look into the store yet.
const hearing = 400 * time.Millisecond

// measure keeps how late a busy machine wakes us until ctx ends: the longest of
// late, half of it a second later.
func (w *weather) measure(ctx context.Context) {
	const beat = 50 * time.Millisecond
	for was := time.Now(); ctx.Err() == nil; was = time.Now() {
		pause(ctx, beat)
		w.mu.Lock()
		w.lag = max(w.lag-w.lag/28, time.Since(was)-beat)
		w.mu.Unlock()
	}
}

// killed notes that the bot dies: what it was told just now is not stored, and
// what it asked just now is answered to nobody.
func (w *weather) killed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.died = time.Now()
	for key, asked := range w.until {
		if time.Since(asked.told) < hearing+10*w.lag {
			delete(w.until, key)
		}
	}
}

// mending is how long it takes after trouble until all connections are new.
const mending = 2 * time.Second

// illSince tells whether anything was in trouble since a moment before a time.
func (w *weather) illSince(began time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.trouble > 0 || w.mended.After(began.Add(-patience))
}

// deaf notes that answers may not reach the bot, or the store may not, until
// the function that it gives is called, and a moment longer.
func (w *weather) deaf() (over func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble++
	clear(w.until)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.trouble--
		w.mended = time.Now().Add(mending)
	}
}

// calm ends all bad weather.
func (w *weather) calm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spell, w.dice = "", nil
}

func (w *weather) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	w.c.mail.mu.Lock()
	defer w.c.mail.mu.Unlock()
	for what, n := range w.happened {
		all = append(all, fmt.Sprintf("%s=%d", what, n))
	}
	for what, n := range w.c.mail.faults {
		all = append(all, fmt.Sprintf("%s=%d", what, n))
	}
	slices.Sort(all)
	return "faults: " + strings.Join(all, " ")
}

// blow brings one episode after the other until ctx ends.
func (w *weather) blow(ctx context.Context, dice *rand.Rand) {
	last := func(most time.Duration) {
		timer := time.NewTimer(100*time.Millisecond + time.Duration(dice.Int64N(int64(most))))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	for ctx.Err() == nil {
		last(900 * time.Millisecond)
		name, p := "slack", w.slack
		switch n := dice.IntN(7); {
		case n < 2:
			name, p = "discord", w.town
		case n == 2 && w.database != nil:
			name, p = "database", w.database
		case n == 5:
			name, p = "imap", w.imap
		case n == 6:
			name, p = "smtp", w.smtp
		}
		kind, hears := dice.IntN(8), func() {}
		if kind < 4 && (name == "slack" || name == "database") {
			hears = w.deaf()
		}
		switch kind {
		case 0:
			w.count(name + " outage")
			p.Stop()
			last(1500 * time.Millisecond)
			if err := p.Start(); err != nil {
				w.c.t.Errorf("the proxy does not come back: %v", err)
			}
		case 1:
			w.count(name + " resets on the way there")
			cure := p.toxic("reset_peer", "upstream", `{"timeout":0}`, 0.6)
			last(800 * time.Millisecond)
			cure()
		case 2:
			w.count(name + " resets on the way back")
			cure := p.toxic("reset_peer", "downstream", `{"timeout":0}`, 0.6)
			last(800 * time.Millisecond)
			cure()
		case 3:
			w.count(name + " latency")
			cure := p.toxic("latency", "downstream", `{"latency":2500,"jitter":500}`, 0.8)
			last(1500 * time.Millisecond)
			cure()
		case 4:
			w.count("feed latency")
			cure := w.feed.toxic("latency", "downstream", `{"latency":700,"jitter":300}`, 1)
			last(time.Second)
			cure()
		default:
			w.peers(dice, last)
		}
		hears()
	}
}

// peers lets Slack or Discord themselves answer badly for a while.
func (w *weather) peers(dice *rand.Rand, last func(time.Duration)) {
	spells := []string{"429", "500 before", "500 after", "cut after", "slow", "archived", "revoked"}
	w.set(spells[dice.IntN(len(spells))])
	for range dice.IntN(4) {
		w.c.town.Fail(discordFault(dice))
		w.count("discord faults")
	}
	storm := dice.IntN(3) == 0 && w.c.mail.busy
	if storm {
		w.count("mail storms")
		w.c.mail.storms(true)
	}
	last(1200 * time.Millisecond)
	w.set("")
	w.c.mail.storms(false)
}

func discordFault(dice *rand.Rand) discordtest.Fault {
	switch dice.IntN(4) {
	case 0:
		return discordtest.Fault{Status: 429, Body: `{"message":"You are being rate limited.","retry_after":0.6,"global":false}`,
			Header: map[string]string{"Retry-After": "1", "X-RateLimit-Reset-After": "0.6"}}
	case 1:
		return discordtest.Fault{Status: 500, Body: `{"message":"500: Internal Server Error","code":0}`}
	case 2:
		return discordtest.Fault{Status: 502, Body: "<html>bad gateway</html>"}
	}
	return discordtest.Fault{Lost: true}
}

func (w *weather) set(spell string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spell = spell
	if spell != "" {
		w.happened["slack "+spell]++
	}
}

func (w *weather) count(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.happened[what]++
}

// fate is what becomes of one call to Slack: mostly nothing, else what the
// weather is, else a small accident. wait is how many seconds a 429 asks for.
func (w *weather) fate(key string, card bool) (fate string, wait int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, asked := time.Now(), w.until[key]
	if now.After(asked.told.Add(hearing+10*w.lag)) && now.Before(asked.over.Add(-20*time.Millisecond)) {
		w.impatient = append(w.impatient, fmt.Sprintf("%s %s after it was told to wait %s", key, now.Sub(asked.told).Round(time.Millisecond), asked.over.Sub(asked.told)))
	}
	switch {
	case w.dice == nil:
	case card && w.losesCard(key[strings.LastIndex(key, " ")+1:]):
		fate = "cut after"
	case w.spell != "" && w.dice.IntN(4) > 0:
		fate = w.spell
	case strings.HasSuffix(key, customerChannel) && w.dice.IntN(2) == 0: // few replies, so much happens to them
		fate = []string{"500 after", "cut before", "cut after", "slow"}[w.dice.IntN(4)]
	case w.dice.IntN(25) == 0:
		fate = []string{"500 before", "500 after", "cut before", "cut after", "429"}[w.dice.IntN(5)]
	}
	if fate == "429" {
		wait = 1 + w.dice.IntN(3)
	}
	heard := w.trouble == 0 && now.After(w.mended) && now.After(w.died.Add(hearing+10*w.lag))
	if over := now.Add(time.Duration(wait) * time.Second); wait > 0 && heard && over.After(asked.over) {
		w.until[key] = patienceAsked{told: now, over: over}
	}
	return fate, wait
}

// serveSlack is Slack in this weather.
func (w *weather) serveSlack(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/socket" {
		w.c.slack.serve(rw, r)
		return
	}
	_ = r.ParseForm() // what cannot be read is not there
	key := r.URL.Path
	if strings.HasSuffix(key, "chat.postMessage") {
		key += " " + r.FormValue("channel")
	}
	writes := strings.HasPrefix(r.URL.Path, "/api/chat.") || strings.HasPrefix(r.URL.Path, "/api/conversations.")
	serve := func(rw http.ResponseWriter) {
		w.c.slack.serve(rw, r)
		if strings.HasSuffix(key, customerChannel) {
			w.c.sniper.hears()
		}
	}
	card := isCard(r)
	fate, wait := w.fate(key, card)
	switch {
	case fate == "429":
		rw.Header().Set("Retry-After", fmt.Sprint(wait))
		http.Error(rw, `{"ok":false,"error":"ratelimited"}`, http.StatusTooManyRequests)
	case fate == "500 before":
		http.Error(rw, "broken", http.StatusInternalServerError)
	case fate == "cut before":
		panic(http.ErrAbortHandler)
	case fate == "500 after":
		serve(httptest.NewRecorder())
		http.Error(rw, "broken", http.StatusBadGateway)
	case fate == "cut after":
		serve(httptest.NewRecorder())
		if card {
			w.witnessed(r.FormValue("channel"))
		}
		panic(http.ErrAbortHandler)
	case fate == "slow":
		w.late(rw, r)
	case fate == "archived" && writes && r.FormValue("channel") == supportChannel && !strings.Contains(key, "conversations."):
		slackRefuses(rw, "is_archived")
	case fate == "revoked" && writes:
		slackRefuses(rw, "token_revoked")
	default:
		serve(rw)
	}
}

func slackRefuses(rw http.ResponseWriter, code string) {
	rw.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(rw, `{"ok":false,"error":%q}`, code)
}

// late does what was asked and answers after the bot has given up.
func (w *weather) late(rw http.ResponseWriter, r *http.Request) {
	w.everything.Add(1)
	defer w.everything.Done()
	answer := httptest.NewRecorder()
	w.c.slack.serve(answer, r)
	timer := time.NewTimer(2 * time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
	rw.WriteHeader(answer.Code)
	_, _ = rw.Write(answer.Body.Bytes()) // the bot has given up
}
