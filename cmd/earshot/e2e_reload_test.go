package main

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

const reloadYAML = `
database: {path: DIR/earshot.db}
console: {addr: "127.0.0.1:0"}
http: {addr: "127.0.0.1:0"}
log: {json: true}
watches:
  - {name: Larkspur, terms: [larkspur]}
sources:
  - {name: hooks, kind: webhook, secret: "` + secret + `", watch: Larkspur}
routes:
  - {name: Support, watches: [Larkspur], to: [{console: support}]}
`

// TestReload: SIGHUP takes over what is valid, and nothing of what is not.
func TestReload(t *testing.T) {
	h := newHouse(t, reloadYAML)
	h.write("in/first.csv", "id,text,author\n")
	p := h.start()
	ana := open(t, p.console(), "you")
	const source = "sources:\n  - {name: reviews, kind: file, path: DIR/in, every: 1s}\n"

	h.configure(strings.Replace(reloadYAML, "sources:\n", source+"  - {name: broken, kind: fede}\n", 1))
	p.signal(syscall.SIGHUP)
	told := p.await("the configuration is invalid; nothing has changed")
	if why, _ := told["error"].(string); !strings.Contains(why, "fede") || !strings.Contains(why, "earshot.yaml:") {
		t.Errorf("it does not say what is wrong: %v", told)
	}
	if said := ana.command("sources").words; strings.Contains(said, "reviews") {
		t.Errorf("a part of an invalid file was taken over: %q", said)
	}
	if status, said := post(t, p.http(), map[string]any{"id": "1", "text": "Larkspur is awful, I hate it", "author": "ann"}); status != http.StatusOK {
		t.Errorf("the old source does not work any more: %d %s", status, said)
	}
	ana.card("support", "Larkspur is awful")

	h.configure(strings.NewReplacer("sources:\n", source, "console: support", "console: elsewhere").Replace(reloadYAML))
	p.signal(syscall.SIGHUP)
	p.await("configuration read again")
	eventually(t, "the new source at work", func() bool { return strings.Contains(ana.command("sources").words, "reviews") })
	h.write("in/second.csv", "id,text,author\n2,\"Larkspur is horrible, never again\",bea\n")
	ana.card("elsewhere", "Larkspur is horrible")
	if status, said := post(t, p.http(), map[string]any{"id": "3", "text": "Worst thing ever, Larkspur. Terrible.", "author": "cem"}); status != http.StatusOK {
		t.Errorf("the source that stayed does not work any more: %d %s", status, said)
	}
	ana.card("elsewhere", "Worst thing ever")
	if r, _ := p.find("some of what changed takes a restart"); r != nil {
		t.Errorf("all of it was taken over, and yet: %v", r)
	}
	h.configure(strings.Replace(reloadYAML, "[larkspur]", "[larkspur, larkspur wear]", 1))
	p.signal(syscall.SIGHUP)
	if keys := fmt.Sprint(p.await("some of what changed takes a restart")["keys"]); keys != "[watches]" {
		t.Errorf("what takes a restart is %s", keys)
	}
	p.stop()
}

// TestTerminated: a service manager's SIGTERM is Ctrl-C, also while a page is
// open and a request under way.
func TestTerminated(t *testing.T) {
	h := newHouse(t, reloadYAML)
	p := h.start()
	open(t, p.console(), "you")
	p.signal(syscall.SIGTERM)
	p.stop()
	p = h.start() // and the store is as it was
	p.stop()
}
