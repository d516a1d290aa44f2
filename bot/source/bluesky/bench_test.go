package bluesky

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"earshot/bot"
	"earshot/bot/analyze/match"
	"earshot/bot/analyze/token"
)

// The figure: all posts of Bluesky at its busiest, matched against as many
// terms as a large house has.
const (
	postsASecond = 1500
	manyTerms    = 10_000
)

// manyWatches makes watches with 10,000 terms: words, phrases, tags, names.
func manyWatches() []bot.Watch {
	list := make([]bot.Watch, 20)
	for i := range list {
		list[i].Name = fmt.Sprint("watch", i)
	}
	for i := range manyTerms {
		base := fmt.Sprintf("%c%c%cbrand%d", 'a'+i%26, 'e'+i/26%20, 'a'+i/520%26, i)
		term := []string{base, base + " cordless kettle", "#" + base, "@" + base + ".bsky.social", "ünder" + base}[i%5]
		list[i%len(list)].Terms = append(list[i%len(list)].Terms, term)
	}
	return list
}

// manyEvents makes n events as a Jetstream sends them; holding tells how many
// have a term.
func manyEvents(n int, watches []bot.Watch) (events [][]byte, holding int) {
	rng := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("the of and to a in is it you that he was for on are with as I his they be at one have this from or had by hot but some what there we can out other were all your when up use word how said an each she which do their time if will way about many then them would write like so these her long make thing see him two has look more day could go come did my sound no most number who over know water than call first people may down side been now find any new work part take get place made live where after back little only round man year came show every good me give our under name very through just form great think say help low line before turn cause same mean differ move right boy old too does tell sentence set three want air well also play small end put home read hand port large spell add even land here must big high such follow act why ask men change went light kind off need house picture try us again animal point mother world near build self earth father 今日 とても 良い コーヒー café naïve für schön 🎉 😂 https://example.com/a/b?c=d #art @friend.bsky.social")
	for i := range n {
		said := make([]string, 0, 48)
		for range 3 + rng.IntN(40) {
			said = append(said, words[rng.IntN(len(words))])
		}
		if rng.IntN(50) == 0 {
			w := watches[rng.IntN(len(watches))]
			said[rng.IntN(len(said))] = w.Terms[rng.IntN(len(w.Terms))]
			holding++
		}
		rec, _ := json.Marshal(map[string]any{
			"$type": collection, "text": strings.Join(said, " "), "createdAt": "2026-03-09T12:00:00.000Z", "langs": []string{"en"},
			"reply": map[string]any{"parent": map[string]any{"cid": "bafyreiabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc", "uri": "at://did:plc:abcdefghijklmnopqrstuvwx/app.bsky.feed.post/3kabcdefghijk"},
				"root": map[string]any{"cid": "bafyreiabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc", "uri": "at://did:plc:abcdefghijklmnopqrstuvwx/app.bsky.feed.post/3kabcdefghijk"}},
		})
		events = append(events, fmt.Appendf(nil, `{"did":"did:plc:%024d","time_us":%d,"kind":"commit","commit":{"rev":"3kabcdefghijk","operation":"create","collection":%q,"rkey":"k%d","record":%s,"cid":"bafyreiabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc"}}`, i, 1_773_057_600_000_000+int64(i)*1e6/postsASecond, collection, i, rec))
	}
	return events, holding
}

// realMatcher is what cmd gives the source.
func realMatcher(tb testing.TB, watches []bot.Watch) func(string) bool {
	compiled, err := match.NewWatches(watches)
	if err != nil {
		tb.Fatal(err)
	}
	var read token.Text
	var scratch match.Scratch
	return func(said string) bool {
		read.Read(said)
		return len(compiled.Match(&read, "bluesky", &scratch)) > 0
	}
}

func TestNothingOfTheStreamIsMissed(t *testing.T) {
	watches := manyWatches()
	events, holding := manyEvents(20_000, watches)
	e := ear{matches: realMatcher(t, watches)}
	found := 0
	for _, raw := range events {
		if h, ok := e.event(raw); ok && h.it.raw != nil {
			if found++; h.it.err != nil {
				t.Fatal(h.it.err)
			}
		}
	}
	if found != holding || holding < 300 {
		t.Errorf("%d of %d posts with a term were found", found, holding)
	}
}

// BenchmarkStream measures what one event costs: reading it and matching it
// against 10,000 terms; and what share of a core 1,500 of them a second take.
func BenchmarkStream(b *testing.B) {
	watches := manyWatches()
	events, _ := manyEvents(20_000, watches)
	e := ear{matches: realMatcher(b, watches)}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		e.event(events[i%len(events)])
		i++
	}
	b.ReportMetric(100*postsASecond*b.Elapsed().Seconds()/float64(b.N), "%core@1500/s")
}

// BenchmarkStreamSocket measures the same from the socket to the batch: the
// processor time of the whole process, of which the sender takes a part.
func BenchmarkStreamSocket(b *testing.B) {
	watches := manyWatches()
	events, holding := manyEvents(20_000, watches)
	for b.Loop() {
		j := httptest.NewServer(sender(events))
		src, err := newSource("bluesky", Settings{Stream: true, Jetstream: j.URL, AppView: j.URL}, bot.SourceEnv{HTTP: j.Client(), Matcher: func(string) func(string) bool { return realMatcher(b, watches) }})
		if err != nil {
			b.Fatal(err)
		}
		began, found := used(), 0
		_ = (&Streaming{src}).Stream(b.Context(), "", func(_ context.Context, batch bot.Batch) error { found += len(batch.Mentions); return nil })
		if found != holding {
			b.Fatalf("%d of %d posts with a term were heard", found, holding)
		}
		b.ReportMetric(100*(used()-began).Seconds()/(float64(len(events))/postsASecond), "%core@1500/s")
		j.Close()
	}
}

// sender writes all events to whoever listens, and ends.
func sender(events [][]byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return // who asks for profiles is refused
		}
		for _, e := range events {
			if conn.Write(r.Context(), websocket.MessageText, e) != nil {
				return
			}
		}
		_ = conn.Close(websocket.StatusNormalClosure, "")
	}
}

// used is the processor time of this process.
func used() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
