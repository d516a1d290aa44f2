package waits_test

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act/acttest"
	"earshot/bot/platform/waits"
	"earshot/store"
)

// shared is a store that several replicas work on.
type shared struct{ *store.Store }

// Shared implements bot.Waits.
func (shared) Shared() bool { return true }

// TestReplicasTakeTurns: however many replicas call a platform, together they
// stay below its pace; while the store does not answer, each does alone.
func TestReplicasTakeTurns(t *testing.T) {
	clock := acttest.NewClock()
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "earshot.db"), Sync: store.SyncNormal, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	var books []*waits.Book
	for range 3 {
		books = append(books, waits.New("slack", shared{s}, slog.New(slog.DiscardHandler), clock.Now))
	}
	pace := bot.Pace{Every: time.Second, Burst: 4}
	n := 0
	turn := func(name string) (wait time.Duration, taken bool) {
		n++
		return books[n%len(books)].Turn(t.Context(), name, pace, 1500*time.Millisecond)
	}
	for i, want := range []time.Duration{0, 0, 0, 0, time.Second, 2 * time.Second, 2 * time.Second} {
		wait, taken := turn("chat.postMessage C1")
		if wait != want || taken != (want <= time.Second) {
			t.Errorf("call %d waits %v, taken %t; want %v", i+1, wait, taken, want)
		}
	}
	if wait, taken := turn("chat.postMessage C2"); wait != 0 || !taken {
		t.Errorf("another channel waits %v", wait)
	}
	clock.Pass(3 * time.Second)
	for i, want := range []time.Duration{0, 0, time.Second, 2 * time.Second} {
		if wait, _ := turn("chat.postMessage C1"); wait != want {
			t.Errorf("three seconds later, call %d waits %v; want %v", i+1, wait, want)
		}
	}
	for range 20 { // what was refused is owed to nobody
		if _, taken := books[0].Turn(t.Context(), "chat.postMessage C1", pace, 0); taken {
			t.Fatal("a turn was given that is not there")
		}
	}
	clock.Pass(5 * time.Second)
	if wait, taken := books[0].Turn(t.Context(), "chat.postMessage C1", pace, 0); wait != 0 || !taken {
		t.Errorf("after a rest it waits %v", wait)
	}
	s.Close()
	for i := range 2 * len(books) { // of each, what was not booked is left
		if wait, taken := turn("views.open"); wait != 0 || !taken {
			t.Errorf("without the store, call %d waits %v", i+1, wait)
		}
	}
}
