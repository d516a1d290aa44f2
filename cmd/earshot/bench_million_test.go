package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"earshot/store"
)

// BenchmarkMillion measures the real program on a store with a million
// mentions, all of the last 30 days.
func BenchmarkMillion(b *testing.B) {
	dir := b.TempDir()
	program := filepath.Join(dir, "earshot")
	if out, err := exec.Command("go", "build", "-trimpath", "-tags", "sqlite_fts5", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%s: %v", out, err)
	}
	path := filepath.Join(dir, "earshot.db")
	fillBig(b, path, time.Now())
	bot := &bigBot{program: program, dir: dir}
	bot.configure(b)
	b.Run("start, learning anew", func(b *testing.B) { bot.starts(b, true) })
	b.Run("start", func(b *testing.B) { bot.starts(b, false) })
	b.Run("idle", bot.idle)
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
	took   time.Duration // from its start until it was ready
	learnt chan struct{} // closed when it says that it has learnt what spikes are set against
}

// start runs the program and waits until /readyz answers 200.
func (r *bigBot) start(b *testing.B) *running {
	b.Helper()
	run := &running{cmd: exec.Command(r.program, "run", "--config", filepath.Join(r.dir, "earshot.yaml")), learnt: make(chan struct{})}
	stderr, err := run.cmd.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := run.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	go run.read(b, stderr)
	client := &http.Client{Timeout: time.Second}
	for time.Since(began) < time.Minute {
		res, err := client.Get("http://" + r.addr + "/readyz")
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if run.took = time.Since(began); res.StatusCode == http.StatusOK {
				return run
			}
		}
		<-time.After(time.Millisecond)
	}
	b.Fatal("not ready within a minute")
	return nil
}

func (run *running) read(b *testing.B, stderr io.Reader) {
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "spikes are watched") {
			close(run.learnt)
		}
		b.Log(lines.Text())
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

// starts measures the time to ready; anew without the spikes' snapshot that a
// bot which has run before leaves.
func (r *bigBot) starts(b *testing.B, anew bool) {
	var total time.Duration
	for b.Loop() {
		if anew {
			r.forget(b)
		}
		run := r.start(b)
		total += run.took
		run.settle(b)
		run.stop(b)
	}
	b.ReportMetric(float64(total.Milliseconds())/float64(b.N), "ms-to-ready")
}

// forget removes what a bot that has run before has learnt of spikes.
func (r *bigBot) forget(b *testing.B) {
	b.Helper()
	db := openBare(b, filepath.Join(r.dir, "earshot.db"))
	defer db.Close()
	if _, err := db.Exec(`DELETE FROM snapshots`); err != nil {
		b.Fatal(err)
	}
}

// idle measures the memory of the program ten seconds after it has settled.
func (r *bigBot) idle(b *testing.B) {
	for b.Loop() {
		run := r.start(b)
		run.settle(b)
		<-time.After(10 * time.Second)
		for key, unit := range map[string]string{"VmRSS": "MB", "RssAnon": "MB-anon", "RssFile": "MB-file", "VmHWM": "MB-peak"} {
			b.ReportMetric(memoryOf(b, run.cmd.Process.Pid, key), unit)
		}
		run.stop(b)
	}
}

// memoryOf reads a figure of /proc/PID/status in megabytes.
func memoryOf(b *testing.B, pid int, key string) float64 {
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

var _ = store.Open
