package listen

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

func TestStreaming(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		lines := make(chan string)
		src := streamed{path: "/s", stream: func(ctx context.Context, c bot.Cursor, emit bot.Emit) error {
			for {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case s := <-lines:
					if s == "drop" {
						return bot.Errorf(bot.ErrUnavailable, "The connection broke.")
					}
					if err := emit(ctx, batch("at "+s, false, s)); err != nil {
						return err
					}
				}
			}
		}}
		r := start(t, w, Entry{Name: "a", Kind: "hook", Source: src})
		lines <- "one"
		synctest.Wait()
		if s := r.Status()[0]; s.Activity != Streaming || s.Cursor != "at one" || w.mentions[0].History {
			t.Errorf("%+v", s)
		}
		lines <- "drop"
		synctest.Wait()
		if s := r.Status()[0]; s.Activity != Failing || s.Failures != 1 {
			t.Errorf("%+v", s)
		}
		lines <- "two" // it has come back
		time.Sleep(2 * time.Minute)
		if s := r.Status()[0]; s.Failures != 0 || s.Error != "" || s.LastOK.Before(time.Now().Add(-time.Minute)) {
			t.Errorf("%+v", s)
		}
		stop(t, r)
		if diff := cmp.Diff([]string{"one", "two"}, w.said()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFlappingStreamIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		flaps := 0
		r := start(t, w, Entry{Name: "a", Source: streamed{path: "/s", stream: func(ctx context.Context, _ bot.Cursor, _ bot.Emit) error {
			if flaps++; flaps <= 6 {
				time.Sleep(time.Second)
				return bot.Errorf(bot.ErrUnavailable, "The connection broke.")
			}
			<-ctx.Done()
			return ctx.Err()
		}}})
		time.Sleep(2 * time.Minute)
		if notices, _ := w.told(); len(notices) != 1 {
			t.Errorf("told %v", notices)
		}
		time.Sleep(3 * time.Minute)
		if _, mended := w.told(); !slices.Contains(mended, "source:a:failing") || r.Status()[0].Failures != 0 {
			t.Errorf("mended %v, %+v", mended, r.Status()[0])
		}
		stop(t, r)
	})
}

func TestOneBatchInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		var now, most int
		w.inside = func() {
			now++
			most = max(most, now)
			time.Sleep(time.Second)
			now--
		}
		r := start(t, w, Entry{Name: "a", Source: streamed{path: "/s", stream: func(ctx context.Context, _ bot.Cursor, emit bot.Emit) error {
			var wg sync.WaitGroup
			for i := range 5 {
				wg.Go(func() { _ = emit(ctx, batch("", false, fmt.Sprint(i))) })
			}
			wg.Wait()
			<-ctx.Done()
			return ctx.Err()
		}}})
		time.Sleep(10 * time.Second)
		stop(t, r)
		if most != 1 || len(w.said()) != 5 {
			t.Errorf("%d batches at once, %d stored", most, len(w.said()))
		}
	})
}

// TestJointBatches: what comes while a batch is being stored is stored together
// afterwards; what cannot be stored fails alone.
func TestJointBatches(t *testing.T) {
	synctest.Test(t, jointBatches)
}

func jointBatches(t *testing.T) {
	w := newWorld()
	inside, release := make(chan struct{}, 10), make(chan struct{})
	w.inside = func() { inside <- struct{}{}; <-release }
	w.refuse = "bad"
	given := make(chan bot.Emit, 1)
	r := start(t, w, Entry{Name: "a", Source: streamed{path: "/a", stream: func(ctx context.Context, _ bot.Cursor, emit bot.Emit) error {
		given <- emit
		<-ctx.Done()
		return ctx.Err()
	}}})
	emit := <-given
	outcomes := map[string]chan error{}
	hand := func(ctx context.Context, text string) {
		out := make(chan error, 1)
		outcomes[text] = out
		go func() { out <- emit(ctx, batch("", false, text)) }()
	}
	hand(t.Context(), "first")
	<-inside
	gone, leave := context.WithCancel(t.Context())
	for _, text := range []string{"a", "bad", "b"} {
		hand(t.Context(), text)
	}
	hand(gone, "left")
	synctest.Wait()
	leave()
	if err := <-outcomes["left"]; !errors.Is(err, context.Canceled) {
		t.Errorf("who left was told %v", err)
	}
	close(release)
	for text, out := range outcomes {
		if text == "left" {
			continue
		}
		if err := <-out; (err != nil) != (text == "bad") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if diff := cmp.Diff([]string{"a", "b", "first"}, slices.Sorted(slices.Values(w.said()))); diff != "" {
		t.Error(diff)
	}
	w.mu.Lock()
	w.refuse = ""
	w.mu.Unlock()
	stop(t, r)
	if len(inside) != 4 { // the first was read from it; all together, then each alone
		t.Errorf("%d transactions more", len(inside))
	}
}

func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		var mu sync.Mutex
		polls := map[string]int{}
		mk := func(name, print string) Entry {
			return Entry{Name: name, Every: time.Hour, Print: print, Source: polled(func(context.Context, bot.Cursor) (bot.Batch, error) {
				mu.Lock()
				defer mu.Unlock()
				polls[name+print]++
				return bot.Batch{}, nil
			})}
		}
		r := start(t, w, mk("same", "1"), mk("changed", "1"), mk("gone", "1"))
		synctest.Wait()
		if err := r.Reload(t.Context(), []Entry{mk("same", "1"), mk("same", "2")}); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("two of a name: %v", err)
		}
		if err := r.Reload(t.Context(), []Entry{mk("same", "1"), mk("changed", "2"), mk("new", "1")}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		want := map[string]int{"same1": 1, "changed1": 1, "gone1": 1, "changed2": 1, "new1": 1}
		if diff := cmp.Diff(want, polls); diff != "" {
			t.Error(diff)
		}
		var names []string
		for _, s := range r.Status() {
			names = append(names, s.Name)
		}
		if diff := cmp.Diff([]string{"changed", "new", "same"}, names); diff != "" {
			t.Error(diff)
		}
		if _, ok := r.Source("gone"); ok {
			t.Error("a source that is gone is still there")
		}
		if _, ok := r.Answerer("same"); ok {
			t.Error("a source that cannot answer is given as an answerer")
		}
		stop(t, r)
		if err := r.Reload(t.Context(), nil); err == nil {
			t.Error("a stopped runner can be reloaded")
		}
	})
}

func TestHandler(t *testing.T) {
	wait := func(ctx context.Context, _ bot.Cursor, _ bot.Emit) error { <-ctx.Done(); return ctx.Err() }
	r := start(t, newWorld(), Entry{Name: "a", Source: streamed{path: "/hooks/a", stream: wait}}, Entry{Name: "b", Source: streamed{path: "/panic", stream: wait}})
	for path, want := range map[string]int{"/hooks/a": 200, "/hooks/b": 404, "/hooks/a/": 404, "/panic": 500} {
		rec := httptest.NewRecorder()
		r.Handler().ServeHTTP(rec, httptest.NewRequest("POST", path, nil))
		if rec.Code != want {
			t.Errorf("%s: %d, want %d", path, rec.Code, want)
		}
	}
	stop(t, r)
	for name, entries := range map[string][]Entry{
		"same path": {{Name: "a", Source: streamed{path: "/x", stream: wait}}, {Name: "b", Source: streamed{path: "/x", stream: wait}}},
		"no slash":  {{Name: "a", Source: streamed{path: "x", stream: wait}}},
		"no name":   {{Source: polled(count)}},
	} {
		if err := New(Settings{}).Start(t.Context(), entries); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
