package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"earshot/bot"
)

func TestHubCatchesUp(t *testing.T) {
	h := newHub()
	ann := address{person: "console:ann", tab: "1"}
	for i := range 5 {
		h.publish("message", address{}, news{ID: int64(i + 1)})
	}
	h.publish("tell", address{person: "console:bob"}, told{HTML: "for Bob"})
	h.publish("tell", address{person: "console:ann", tab: "2"}, told{HTML: "for another page"})
	for seen, want := range map[uint64]int{0: 5, 3: 2, 5: 0, 7: 0} {
		p, missed, whole := h.open(ann, h.id(seen))
		if !whole || len(missed) != want {
			t.Errorf("after %d: %d missed, whole %v, want %d", seen, len(missed), whole, want)
		}
		h.close(p)
	}
	for _, last := range []string{"", "other-3", h.id(99), h.epoch + "-x"} {
		p, _, whole := h.open(ann, last)
		if whole {
			t.Errorf("after %q: whole, want a page that reads everything again", last)
		}
		h.close(p)
	}
	for range hubMemory {
		h.publish("edit", address{}, news{})
	}
	if p, _, whole := h.open(ann, h.id(3)); whole {
		t.Errorf("what fell out of memory is called whole")
	} else {
		h.close(p)
	}
}

// TestHubUnwatched: while nobody looks nothing is kept, and who comes back reads
// everything again.
func TestHubUnwatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		if h.watched() {
			t.Error("nobody ever looked")
		}
		seen := h.now() // somebody takes a page
		if !h.watched() {
			t.Error("a page is on its way")
		}
		p, _, whole := h.open(address{person: "console:ann"}, seen)
		time.Sleep(2 * hubForgets)
		if !whole || !h.watched() {
			t.Error("a page is open")
		}
		h.close(p)
		if !h.watched() {
			t.Error("it may only have lost its connection")
		}
		time.Sleep(hubForgets)
		if h.watched() {
			t.Error("it has gone")
		}
		if _, missed, whole := h.open(address{person: "console:ann"}, seen); whole || len(missed) > 0 {
			t.Errorf("it is not told to read everything again: %d, %t", len(missed), whole)
		}
	})
}

func TestHubCutsOffASlowPage(t *testing.T) {
	h := newHub()
	p, _, _ := h.open(address{person: "console:ann"}, h.now())
	for range hubBacklog + 1 {
		h.publish("edit", address{}, news{})
	}
	n := 0
	for range p.events {
		n++
	}
	if n != hubBacklog {
		t.Errorf("it got %d events before the cut, want %d", n, hubBacklog)
	}
	if h.tell(address{person: "console:ann"}, "tell", told{}) {
		t.Error("somebody without an open page was told")
	}
}

// TestReconnect loses the stream and comes back with the last event's id, then
// after a restart, where that id means nothing.
func TestReconnect(t *testing.T) {
	r := newRig(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.h.Platform.Run(ctx, nil) }()
	if err := r.ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := r.browsers["ann"]
	post := func(key string) {
		t.Helper()
		if _, err := r.h.Platform.Post(t.Context(), bot.Outgoing{Key: key, Channel: "triage", View: bot.Say(key)}); err != nil {
			t.Fatal(err)
		}
	}
	post("one")
	first := b.await(t, 1)
	b.close()
	post("two")
	post("three")
	if err := b.listen(t.Context(), "", http.Header{"Last-Event-Id": {first.id}}); err != nil {
		t.Fatal(err)
	}
	b.await(t, 3)
	for i, want := range []string{"one", "two", "three"} {
		var n news
		if err := json.Unmarshal([]byte(b.seen[i].data), &n); err != nil || n.Notice != want || !strings.Contains(n.HTML, want) {
			t.Errorf("event %d is %q (%v), want %q", i, n.Notice, err, want)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("Run ended with %v", err)
	}
	r.restart()
	ctx, stop = context.WithCancel(t.Context())
	go func() { done <- r.h.Platform.Run(ctx, nil) }()
	b.close()
	if err := b.listen(t.Context(), "", http.Header{"Last-Event-Id": {first.id}}); err != nil {
		t.Fatal(err)
	}
	if f := b.await(t, 4); f.event != "resync" || f.id == "" {
		t.Errorf("after a restart the page got %+v, want to be told to read everything again", f)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("Run ended with %v although a page was open", err)
	}
}

// await waits for the nth event and gives it.
func (b *browser) await(t *testing.T, n int) frame {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(5 * time.Second)
	for {
		b.mu.Lock()
		if len(b.seen) >= n {
			defer b.mu.Unlock()
			return b.seen[n-1]
		}
		got := fmt.Sprint(b.seen)
		b.mu.Unlock()
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited for event %d, have %s", n, got)
		}
	}
}
