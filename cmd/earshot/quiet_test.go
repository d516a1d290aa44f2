package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// quietSources is how many sources TestQuietSources polls.
const quietSources = 200

// clockTicks is how many a second /proc counts a process's time in
// (man7.org/linux/man-pages/man5/proc_pid_stat.5.html: sysconf(_SC_CLK_TCK),
// which is 100 on Linux).
const clockTicks = 100

// TestQuietSources polls two hundred sources from one process when nothing is
// new: half of them feeds that say so (304), half Mastodon hashtags whose last
// page is empty. It tells what that takes; QUIET says how long it is looked at:
//
//	QUIET=60s go test -tags sqlite_fts5 ./cmd/earshot -run QuietSources -v
func TestQuietSources(t *testing.T) {
	look, every := time.Millisecond, 5*time.Second
	if v := os.Getenv("QUIET"); v != "" {
		var err error
		if look, err = time.ParseDuration(v); err != nil {
			t.Fatal(err)
		}
		every = time.Minute
	}
	var asked atomic.Int64
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch {
		case strings.HasPrefix(r.URL.Path, "/api/"):
			fmt.Fprint(w, "[]")
		case r.Header.Get("If-None-Match") != "":
			w.WriteHeader(http.StatusNotModified)
		default:
			w.Header().Set("ETag", `"1"`)
			fmt.Fprint(w, `<rss version="2.0"><channel><title>News</title></channel></rss>`)
		}
	}))
	t.Cleanup(service.Close)
	var conf strings.Builder
	fmt.Fprintf(&conf, "company: Acme\nlog: {json: true}\ndatabase: {path: DIR/e.db}\nnetwork: {allow: [127.0.0.1]}\nwatches: [{name: Acme, terms: [acme]}]\nroutes: [{name: all, to: [{console: triage}]}]\nconsole: {addr: \"127.0.0.1:0\"}\nsources:\n")
	for i := range quietSources / 2 {
		fmt.Fprintf(&conf, "  - {name: feed%d, kind: feed, every: %s, url: \"%s/feed%d\"}\n", i, every, service.URL, i)
		fmt.Fprintf(&conf, "  - {name: tag%d, kind: mastodon, every: %s, server: \"%s\", hashtags: [t%d]}\n", i, every, service.URL, i)
	}
	p := newHouse(t, conf.String()).start()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(2*every + patience); asked.Load() < quietSources; <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("%d of %d sources were asked", asked.Load(), quietSources)
		}
	}
	before, from, polls := busy(t, p.cmd.Process.Pid), time.Now(), asked.Load()
	over := time.NewTimer(look)
	<-over.C
	used, took := busy(t, p.cmd.Process.Pid)-before, time.Since(from)
	t.Logf("%d sources asked every %v: %.2f %% of a core over %v, %d requests; %.0f MB, %.0f MB at most", quietSources, every,
		100*used.Seconds()/took.Seconds(), took.Round(time.Millisecond), asked.Load()-polls, memoryOf(t, p.cmd.Process.Pid, "VmRSS"), memoryOf(t, p.cmd.Process.Pid, "VmHWM"))
	p.stop()
	if all := p.errors(); len(all) > 0 {
		t.Errorf("the program logged errors: %v", all)
	}
}

// busy is the processor time that a process has used.
func busy(t *testing.T, pid int) time.Duration {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(data)[strings.LastIndexByte(string(data), ')')+1:])
	total := 0
	for _, f := range fields[11:13] { // utime and stime
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	return time.Duration(total) * time.Second / clockTicks
}
