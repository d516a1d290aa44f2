package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"earshot/bot/source/community"
	"earshot/digest"
)

// repeats is how often a figure is taken; its median is told.
const repeats = 5

// median is the one in the middle, in milliseconds.
func median(took []time.Duration) float64 {
	slices.Sort(took)
	return float64(took[len(took)/2].Microseconds()) / 1000
}

// BenchmarkMillion measures the real program, and its digest, on a store with a
// million mentions, all of the last 30 days: nothing is harder to start with.
// Run it with -benchtime 1x; it takes a minute and a half.
func BenchmarkMillion(b *testing.B) {
	dir := b.TempDir()
	program := filepath.Join(dir, "earshot")
	if out, err := exec.Command("go", "build", "-trimpath", "-tags", "sqlite_fts5", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%s: %v", out, err)
	}
	end := time.Now()
	fillBig(b, filepath.Join(dir, "earshot.db"), end)
	r := &bigBot{program: program, dir: dir}
	r.configure(b)
	b.Run("start anew", r.startsAnew)
	b.Run("learn", r.learns)
	b.Run("start", r.starts)
	b.Run("idle", r.idle)
	b.Run("recover", r.recovers)
	a := r.open(b)
	midnight := end.UTC().Truncate(24 * time.Hour)
	for _, n := range []int{bigMentions, 10 * bigMentions} {
		fillRollups(b, a.store, midnight, n)
		b.Run(fmt.Sprintf("digest of %d", n), func(b *testing.B) { r.digests(b, a, midnight, true) })
		b.Run(fmt.Sprintf("digest of %d anew", n), func(b *testing.B) { r.digests(b, a, midnight, false) })
	}
}

// bigBot is `earshot run` on the big store.
type bigBot struct {
	program, dir, addr string
}

// configure writes the configuration: the console and a webhook, ten topics.
func (r *bigBot) configure(b *testing.B) {
	b.Helper()
	r.addr = freeAddr(b)
	yaml := `company: Acme
database: {path: ` + filepath.Join(r.dir, "earshot.db") + `}
http: {addr: "` + r.addr + `"}
console: {addr: "` + freeAddr(b) + `"}
watches: [{name: Acme, terms: [acme]}]
sources: [{name: reviews, kind: webhook, secret: 0123456789abcdef0123456789abcdef}]
routes: [{name: care, to: [{console: care}], first_answer: 1h}]
digests: [{audience: leadership, schedule: "0 8 * * MON", period: 1mo, to: [{console: reports}]}]
topics:
`
	for i := range 10 {
		yaml += fmt.Sprintf("  - {name: topic %d, words: [word%d, other%d*]}\n", i, i, i)
	}
	if err := os.WriteFile(filepath.Join(r.dir, "earshot.yaml"), []byte(yaml), 0o600); err != nil {
		b.Fatal(err)
	}
}

// freeAddr is an address on loopback that nobody listened on just now.
func freeAddr(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// running is the program once it has answered that it is ready.
type running struct {
	cmd    *exec.Cmd
	began  time.Time
	took   time.Duration // from its start until it was ready
	learnt chan struct{} // closed when it says that it has learnt what spikes are set against
	leads  chan struct{} // holds one when it says that it listens, of several replicas
}

// start runs the program and waits until /readyz answers 200.
func (r *bigBot) start(b *testing.B) *running {
	b.Helper()
	run := r.launch(b)
	client := &http.Client{Timeout: time.Second}
	for time.Since(run.began) < time.Minute {
		res, err := client.Get("http://" + r.addr + "/readyz")
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if run.took = time.Since(run.began); res.StatusCode == http.StatusOK {
				return run
			}
		}
		<-time.After(time.Millisecond)
	}
	b.Fatal("not ready within a minute")
	return nil
}

// launch runs the program.
func (r *bigBot) launch(b *testing.B) *running {
	b.Helper()
	run := &running{cmd: exec.Command(r.program, "run", "--config", filepath.Join(r.dir, "earshot.yaml")), learnt: make(chan struct{}), leads: make(chan struct{}, 8)}
	stderr, err := run.cmd.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	run.began = time.Now()
	if err := run.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	go run.read(stderr)
	return run
}

// read waits for the line that says that spikes are watched.
func (run *running) read(stderr io.Reader) {
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "spikes are watched") {
			close(run.learnt)
		}
		if strings.Contains(lines.Text(), "this replica has it now") {
			run.leads <- struct{}{}
		}
	}
}

// settle waits until the program has caught up with what is stored.
func (run *running) settle(b *testing.B) {
	b.Helper()
	select {
	case <-run.learnt:
	case <-time.After(2 * time.Minute):
		b.Fatal("did not catch up within two minutes")
	}
}

// stop ends the program as an operator does.
func (run *running) stop(b *testing.B) {
	b.Helper()
	if err := run.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := run.cmd.Wait(); err != nil {
		b.Fatal(err)
	}
}

// startsAnew measures the time to ready without what a bot that has run before
// has learnt of spikes: the five weeks that it learns from hold the million.
func (r *bigBot) startsAnew(b *testing.B) {
	r.wipe(b, "snapshots")
	r.starts(b)
}

// starts measures the time to ready.
func (r *bigBot) starts(b *testing.B) {
	var took []time.Duration
	for b.Loop() {
		for range repeats {
			run := r.start(b)
			took = append(took, run.took)
			run.stop(b)
		}
	}
	b.ReportMetric(median(took), "ms-to-ready")
	reportLoad(b)
}

// learns measures how long it then learns in the background, once, and what
// memory it has taken.
func (r *bigBot) learns(b *testing.B) {
	for b.Loop() {
		r.wipe(b, "snapshots")
		run := r.start(b)
		began := time.Now()
		run.settle(b)
		b.ReportMetric(time.Since(began).Seconds(), "s-learning")
		b.ReportMetric(memoryOf(b, run.cmd.Process.Pid, "VmHWM"), "MB-peak")
		run.stop(b)
	}
	reportLoad(b)
}

// idle measures the memory of the program five seconds after it has caught up.
func (r *bigBot) idle(b *testing.B) {
	for b.Loop() {
		run := r.start(b)
		run.settle(b)
		<-time.After(5 * time.Second)
		for key, unit := range map[string]string{"VmRSS": "MB", "RssAnon": "MB-own", "RssFile": "MB-of-files"} {
			b.ReportMetric(memoryOf(b, run.cmd.Process.Pid, key), unit)
		}
		run.stop(b)
	}
	reportLoad(b)
}

// open opens the store as the command digest does.
func (r *bigBot) open(b *testing.B) *app {
	b.Helper()
	hub := community.NewHub(time.Now)
	cfg, err := readConfig(filepath.Join(r.dir, "earshot.yaml"), os.Getenv, drivers(hub))
	if err != nil {
		b.Fatal(err)
	}
	a, err := newApp(b.Context(), cfg, parts{log: slog.New(slog.DiscardHandler), now: time.Now, hub: hub, drivers: drivers(hub), platforms: noPlatforms})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = a.close() })
	return a
}

// digests measures `digest --preview --json` of the last 30 days, with the 30
// before and the ten periods before those: ready finds the periods folded, as
// the running bot leaves them, else all is folded from the days' roll-ups.
func (r *bigBot) digests(b *testing.B, a *app, end time.Time, ready bool) {
	aud := digest.WatchAudience("Acme", time.UTC)
	preview := func() {
		report, err := a.builder.Preview(b.Context(), aud, end.AddDate(0, 0, -bigDays), end)
		if err == nil {
			_, err = json.Marshal(report)
		}
		if err != nil || report.Mentions < bigMentions*9/10 || !report.Change.Enough || len(report.Voices) == 0 || report.Work.Opened == 0 {
			b.Fatalf("%d mentions, %d voices: %v", report.Mentions, len(report.Voices), err)
		}
	}
	preview()
	var took []time.Duration
	for b.Loop() {
		for range repeats {
			if !ready {
				r.wipe(b, "windows")
			}
			began := time.Now()
			preview()
			took = append(took, time.Since(began))
		}
	}
	b.ReportMetric(median(took), "ms")
	reportLoad(b)
}

// wipe empties a table.
func (r *bigBot) wipe(b *testing.B, table string) {
	b.Helper()
	db := openBare(b, filepath.Join(r.dir, "earshot.db"))
	defer db.Close()
	if _, err := db.Exec(`DELETE FROM ` + table); err != nil {
		b.Fatal(err)
	}
}

// reportLoad says how busy the machine was: processes that wanted a core, over
// the last minute.
func reportLoad(b *testing.B) {
	b.Helper()
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		b.Fatal(err)
	}
	load, err := strconv.ParseFloat(strings.Fields(string(data))[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(load, "load")
}

// memoryOf reads a figure of /proc/PID/status in megabytes.
func memoryOf(b testing.TB, pid int, key string) float64 {
	b.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, key+":"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				b.Fatal(err)
			}
			return float64(kb) * 1024 / 1e6
		}
	}
	b.Fatal("no ", key)
	return 0
}
