package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience is how long the tests wait for what should happen at once: the
// machine may be busy with other tests.
const patience = 30 * time.Second

// house is the folder of one bot: its configuration, its store, its files.
type house struct {
	t     *testing.T
	dir   string
	moved atomic.Int64 // how wrong the clock of what is launched is, in nanoseconds
}

// newHouse makes one. In the configuration, DIR stands for its folder.
func newHouse(t *testing.T, yaml string) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir()}
	h.configure(yaml)
	return h
}

func (h *house) path(name string) string { return filepath.Join(h.dir, filepath.FromSlash(name)) }

// now is the time by the clock of the bot.
func (h *house) now() time.Time { return time.Now().Add(time.Duration(h.moved.Load())) }

func (h *house) configure(yaml string) {
	h.t.Helper()
	h.write("earshot.yaml", strings.ReplaceAll(yaml, "DIR", h.dir))
}

// write puts a whole file there at once, as a careful exporter does.
func (h *house) write(name, body string) {
	h.t.Helper()
	if err := os.MkdirAll(filepath.Dir(h.path(name)), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(h.path(name+"~"), []byte(body), 0o600); err != nil {
		h.t.Fatal(err)
	}
	if err := os.Rename(h.path(name+"~"), h.path(name)); err != nil {
		h.t.Fatal(err)
	}
}

// process is `earshot run` as a child process.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how, once done

	diskFull bool        // a test has let it run out of disk: it may end by itself
	shot     atomic.Bool // a test has killed it behind its own back

	mu    sync.Mutex
	lines []string
	news  chan struct{} // closed when a line comes
}

// start runs the program and waits until it says that it is ready.
func (h *house) start() *process {
	h.t.Helper()
	p := h.launch()
	p.await("ready")
	return p
}

func (h *house) launch() *process {
	h.t.Helper()
	p := h.launchWith("earshot.yaml")
	h.t.Cleanup(func() {
		if h.t.Failed() {
			h.t.Logf("the program said:\n%s", p.said())
		}
	})
	return p
}

// launchWith runs the program with a configuration of the house's: the binary
// that EARSHOT_BINARY names, else this test's own.
func (h *house) launchWith(config string) *process {
	h.t.Helper()
	program, own := os.Getenv("EARSHOT_BINARY"), "earshot"
	if h.moved.Load() != 0 {
		program, own = "", "earshot-moved"
	}
	if program == "" {
		var err error
		if program, err = exec.LookPath(own); err != nil { // put there by testscript.Main
			h.t.Fatal(err)
		}
	}
	p := &process{t: h.t, cmd: exec.Command(program, "run", "--config", h.path(config)), done: make(chan struct{}), news: make(chan struct{})}
	p.cmd.Dir = h.dir
	p.cmd.Env = append(os.Environ(), movedBy+"="+time.Duration(h.moved.Load()).String())
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		p.read(stderr)
		p.err = p.cmd.Wait()
	}()
	h.t.Cleanup(p.kill)
	return p
}

func (p *process) read(r io.Reader) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		p.mu.Lock()
		p.lines = append(p.lines, lines.Text())
		close(p.news)
		p.news = make(chan struct{})
		p.mu.Unlock()
	}
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

// record is one line of the log.
type record map[string]any

// find gives the first record with this message, and what is closed at the
// next line.
func (p *process) find(msg string) (record, chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, line := range p.lines {
		var r record
		if json.Unmarshal([]byte(line), &r) == nil && r["msg"] == msg {
			return r, p.news
		}
	}
	return nil, p.news
}

// await waits until the program logs msg.
func (p *process) await(msg string) record {
	p.t.Helper()
	late := time.After(patience)
	for {
		r, news := p.find(msg)
		if r != nil {
			return r
		}
		select {
		case <-news:
		case <-p.done:
			if r, _ := p.find(msg); r != nil {
				return r
			}
			p.t.Fatalf("it ended (%v) and never said %q:\n%s", p.err, msg, p.said())
		case <-late:
			p.t.Fatalf("it does not say %q:\n%s", msg, p.said())
		}
	}
}

// console is where the console is served, http where webhooks come in.
func (p *process) console() string { return p.url("console is open") }
func (p *process) http() string    { return p.url("http is open") }

func (p *process) url(msg string) string {
	p.t.Helper()
	url, _ := p.await(msg)["url"].(string)
	return url
}

// signal sends a signal to the child.
func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
}

// kill ends it at once, as a power cut does.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL) // it may have ended
	<-p.done
}

// stop presses Ctrl-C; it must end soon, with success and without a panic.
func (p *process) stop() {
	p.t.Helper()
	p.signal(os.Interrupt)
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("it does not stop:\n%s", p.said())
	}
	if p.err != nil {
		p.t.Errorf("Ctrl-C ended it with %v", p.err)
	}
	for _, bad := range []string{"panic", "goroutine ", "DATA RACE"} {
		if strings.Contains(p.said(), bad) {
			p.t.Errorf("it said %q:\n%s", bad, p.said())
		}
	}
}

// errors lists what it logged as an error.
func (p *process) errors() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, line := range p.lines {
		if strings.Contains(line, `"level":"ERROR"`) {
			all = append(all, line)
		}
	}
	return all
}

// eventually waits until ok says yes; what it waits for is polled.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	late := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("it did not come to be: %s", what)
		}
	}
}
