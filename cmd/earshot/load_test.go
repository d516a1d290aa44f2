package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"earshot/bot/source/webhook"
)

const loadYAML = `
company: Larkspur
database: {path: DIR/earshot.db}
console: {enabled: true, addr: "127.0.0.1:0"}
http: {addr: "127.0.0.1:0"}
log: {json: true}
watches:
  - {name: Larkspur, terms: [larkspur]}
sources:
  - {name: hooks, kind: webhook, secret: "` + secret + `", watch: Larkspur}
  - {name: files, kind: file, path: DIR/in, every: 1s, watch: Larkspur}
routes:
  - {name: Support, watches: [Larkspur], to: [{console: support}], first_answer: 1h}
budget: {cards: 100000000}
`

// loadOf is how much comes in. The environment says: RATE mentions a second for
// MINUTES, in requests of EACH, then BURST at once; without it a few seconds'
// worth, as a test of the harness and of the books.
type loadOf struct {
	rate, each, burst int
	lasts             time.Duration
}

// memoryAllowed is how much the program may use, in MB. The race detector's shadow
// memory is several times what it watches (go.dev/doc/articles/race_detector),
// so with it nothing is said of memory.
func memoryAllowed() int {
	info, _ := debug.ReadBuildInfo()
	for _, s := range info.Settings {
		if s.Key == "-race" && s.Value == "true" {
			return 1 << 20
		}
	}
	return 300
}

// flaggedEvery: one mention in fifty is a complaint.
const flaggedEvery = 50

func wantedLoad(t *testing.T) loadOf {
	t.Helper()
	number := func(name string, usual float64) float64 {
		v := os.Getenv(name)
		if v == "" {
			return usual
		}
		n, err := strconv.ParseFloat(v, 64)
		if err != nil {
			t.Fatalf("%s is %q", name, v)
		}
		return n
	}
	var l loadOf
	l.rate, l.each, l.burst = int(number("RATE", 200)), int(number("EACH", 20)), int(number("BURST", 1000))
	l.lasts = time.Duration(number("MINUTES", 0.03) * float64(time.Minute))
	return l
}

// loadReport is what was measured in one phase.
type loadReport struct {
	sent, flagged  int
	took           time.Duration // until all was stored
	cards          time.Duration // until the last card stood
	held           time.Duration // how long the source was held back, in all
	rss            float64       // MB at most
	cpu, sender    time.Duration // of the processors: the program, and this test
	p50, p99       time.Duration // from being said to the platform's call
	read50, read99 time.Duration // from being read to the platform's call
}

// TestLoad puts the real program under load and looks at its books: every
// mention is stored once, every complaint has its card once, the memory stays
// bounded and the source is held back instead.
func TestLoad(t *testing.T) {
	l := wantedLoad(t)
	h := newHouse(t, loadYAML)
	h.write("in/none.ndjson", "")
	p := h.start()
	db := h.books()
	defer db.Close()
	eventually(t, "the files being listened to", func() bool {
		return scalar(t, db, `SELECT count(*) FROM sources WHERE name = 'files' AND synced = 1`) == 1
	})
	steady := l.steadily(t, p, db)
	resetPeak(t, p)
	burst := l.atOnce(t, p, h, db)
	l.tell(steady, burst, scalar(t, db, `SELECT (SELECT count(*) FROM mentions) - (SELECT count(DISTINCT external_id) FROM mentions)`))
	for name, r := range map[string]loadReport{"steady": steady, "burst": burst} {
		if most := memoryAllowed(); r.rss > float64(most) {
			t.Errorf("%s: %.0f MB, %d are the most", name, r.rss, most)
		}
	}
	p.stop()
	if errs := p.errors(); len(errs) > 0 {
		t.Errorf("it logged errors:\n%s", strings.Join(errs[:min(5, len(errs))], "\n"))
	}
}

// books opens the store's file to count in it.
func (h *house) books() *sql.DB {
	h.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+h.path("earshot.db")+"?mode=ro&_busy_timeout=10000")
	if err != nil {
		h.t.Fatal(err)
	}
	return db
}

func scalar(t *testing.T, db *sql.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatal(query, err)
	}
	return n
}

// loadMention is a mention as it is sent.
type loadMention struct {
	ID     string `json:"id"`
	At     string `json:"created_at"`
	Text   string `json:"text"`
	Author string `json:"author"`
}

// mentionOf is the nth mention of a source, said at a time.
func mentionOf(n int, prefix string, at time.Time) loadMention {
	m := loadMention{ID: fmt.Sprint(prefix, n), At: at.UTC().Format("2006-01-02T15:04:05.000Z07:00")}
	if n%flaggedEvery == 0 {
		m.Text, m.Author = complaint(100_000_000*int(prefix[0])+n), fmt.Sprint(prefix, "complains", n) // no phase repeats another
		return m
	}
	m.Text, m.Author = fmt.Sprintf("Lovely Larkspur shop, order %d came in time and fits.", n), fmt.Sprint(prefix, "author", n%20000)
	return m
}

// steadily posts to the webhook at the rate. What cannot be sent in its time is
// sent late, and was said when it should have been.
func (l loadOf) steadily(t *testing.T, p *process, db *sql.DB) loadReport {
	t.Helper()
	requests := make(chan []loadMention, 64)
	var senders sync.WaitGroup
	var held atomic.Int64
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: time.Minute}
	base := p.http()
	for range 16 {
		senders.Go(func() {
			for r := range requests {
				held.Add(int64(deliverTo(t.Context(), client, base, r)))
			}
		})
	}
	began, cpu, own := time.Now(), cpuOf(t, p.cmd.Process.Pid), cpuOf(t, os.Getpid())
	sent := 0
	for due := began; due.Sub(began) < l.lasts; due = due.Add(time.Second * time.Duration(l.each) / time.Duration(l.rate)) {
		time.Sleep(time.Until(due))
		batch := make([]loadMention, l.each)
		for i := range batch {
			batch[i] = mentionOf(sent, "w", due)
			sent++
		}
		requests <- batch
	}
	close(requests)
	senders.Wait()
	return l.settle(t, p, db, loadReport{sent: sent, held: time.Duration(held.Load()), cpu: cpu, sender: own}, "w", began)
}

// deliverTo posts a request until it is taken, and tells how long it was not.
func deliverTo(ctx context.Context, client *http.Client, base string, mentions []loadMention) time.Duration {
	body, err := json.Marshal(mentions)
	if err != nil {
		return 0
	}
	began := time.Now()
	for ctx.Err() == nil {
		now := time.Now()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/hooks/hooks", bytes.NewReader(body))
		if err != nil {
			return 0
		}
		req.Header.Set("X-Earshot-Timestamp", strconv.FormatInt(now.Unix(), 10))
		req.Header.Set("X-Earshot-Signature", webhook.Sign(secret, now, body))
		res, err := client.Do(req)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return now.Sub(began)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	return 0
}

// atOnce puts a file with the burst there.
func (l loadOf) atOnce(t *testing.T, p *process, h *house, db *sql.DB) loadReport {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	began := time.Now()
	for n := range l.burst {
		if err := enc.Encode(mentionOf(n, "f", began)); err != nil {
			t.Fatal(err)
		}
	}
	began = time.Now()
	before := loadReport{sent: l.burst, cpu: cpuOf(t, p.cmd.Process.Pid), sender: cpuOf(t, os.Getpid())}
	h.write("in/burst.ndjson", b.String())
	return l.settle(t, p, db, before, "f", began)
}

// cpuOf is the time that a process has spent on the processors, in hundredths
// of a second (man 5 proc, /proc/pid/stat; man 7 time).
func cpuOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		t.Fatalf("/proc says %q of process %d", data, pid)
	}
	var ticks int
	for _, field := range fields[11:13] { // in its own code, and in the kernel's
		n, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}

// settle waits until everything is stored and every card stands, and measures;
// r says what the processors had been used before.
func (l loadOf) settle(t *testing.T, p *process, db *sql.DB, r loadReport, prefix string, began time.Time) loadReport {
	t.Helper()
	r.flagged = (r.sent + flaggedEvery - 1) / flaggedEvery
	source := map[string]string{"w": "hooks", "f": "files"}[prefix]
	until(t, "everything being stored", l.lasts+10*time.Minute, func() bool {
		return scalar(t, db, `SELECT mentions FROM sources WHERE name = ?`, source) >= r.sent
	})
	r.took = time.Since(began)
	until(t, "every card", 10*time.Minute, func() bool {
		return scalar(t, db, `SELECT count(*) FROM deliveries WHERE state <> 'sent'`) == 0
	})
	r.cards = time.Since(began)
	r.cpu, r.sender = cpuOf(t, p.cmd.Process.Pid)-r.cpu, cpuOf(t, os.Getpid())-r.sender
	if n := scalar(t, db, `SELECT count(*) FROM mentions WHERE source = ?`, source); n != r.sent {
		t.Errorf("%d mentions of %s are stored, %d were sent", n, source, r.sent)
	}
	if n := scalar(t, db, `SELECT count(*) FROM cases WHERE source = ?`, source); n != r.flagged {
		t.Errorf("%d cases of %s, %d complaints", n, source, r.flagged)
	}
	r.p50, r.p99 = latencies(t, db, "created_at", source, r.flagged)
	r.read50, r.read99 = latencies(t, db, "seen_at", source, r.flagged)
	r.rss = memoryOf(t, p.cmd.Process.Pid, "VmHWM")
	return r
}

// latencies are how long it took from being said (created_at) or read (seen_at)
// to the call that posted the card, as the store knows it.
func latencies(t *testing.T, db *sql.DB, from, source string, want int) (p50, p99 time.Duration) {
	t.Helper()
	rows, err := db.Query(`SELECT p.posted_at - m.`+from+` FROM posts p JOIN cases c ON c.id = p.target JOIN mentions m ON m.id = c.mention_id
WHERE p.kind = 'card' AND c.source = ?`, source)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []time.Duration
	for rows.Next() {
		var ms int64
		if err := rows.Scan(&ms); err != nil {
			t.Fatal(err)
		}
		all = append(all, time.Duration(ms)*time.Millisecond)
	}
	if len(all) != want {
		t.Errorf("%d cards of %s stand there, not %d", len(all), source, want)
	}
	if len(all) == 0 {
		return 0, 0
	}
	slices.Sort(all)
	return all[len(all)/2], all[len(all)*99/100]
}

// until is eventually with more patience, and looks less often.
func until(t *testing.T, what string, patience time.Duration, ok func() bool) {
	t.Helper()
	late := time.After(patience)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("it did not come to be: %s", what)
		}
	}
}

// resetPeak has the kernel measure the highest memory anew
// (man 5 proc, /proc/pid/clear_refs).
func resetPeak(t *testing.T, p *process) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0); err != nil {
		t.Log("the peak of the memory is that of both phases:", err)
	}
}

func perThousand(took time.Duration, n int) string {
	return (took * 1000 / time.Duration(max(n, 1))).Round(time.Millisecond).String()
}

// tell prints the table, and one line at its end.
func (l loadOf) tell(steady, burst loadReport, doubled int) {
	row := func(what, a, b string) { fmt.Printf("%-44s %14s %14s\n", what, a, b) }
	each := func(what string, f func(loadReport) string) { row(what, f(steady), f(burst)) }
	row("", "steady", "burst")
	each("mentions", func(r loadReport) string { return fmt.Sprint(r.sent) })
	each("complaints, each with a card", func(r loadReport) string { return fmt.Sprint(r.flagged) })
	each("stored within", func(r loadReport) string { return r.took.Round(10 * time.Millisecond).String() })
	each("stored a second", func(r loadReport) string { return fmt.Sprintf("%.0f", float64(r.sent)/r.took.Seconds()) })
	each("all cards within", func(r loadReport) string { return r.cards.Round(10 * time.Millisecond).String() })
	each("said to platform's call, p50", func(r loadReport) string { return r.p50.String() })
	each("said to platform's call, p99", func(r loadReport) string { return r.p99.String() })
	each("read to platform's call, p50", func(r loadReport) string { return r.read50.String() })
	each("read to platform's call, p99", func(r loadReport) string { return r.read99.String() })
	each("memory at most", func(r loadReport) string { return fmt.Sprintf("%.0f MB", r.rss) })
	each("processor time for 1,000", func(r loadReport) string { return perThousand(r.cpu, r.sent) })
	each("the sender's own", func(r loadReport) string { return perThousand(r.sender, r.sent) })
	each("sender held back, summed over requests", func(r loadReport) string { return r.held.Round(time.Millisecond).String() })
	fmt.Printf("load rate=%d mentions=%d doubled=%d p50=%s p99=%s rss=%.0fMB\n",
		l.rate, steady.sent+burst.sent, doubled, steady.p50, steady.p99, max(steady.rss, burst.rss))
}
