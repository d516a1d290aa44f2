package sourcetest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"earshot/bot"
)

// patience bounds every wait of the suite; what is well takes milliseconds.
const patience = 10 * time.Second

type suite struct{ open func(t *testing.T) Rig }

// noLeaks fails t when a goroutine of it is left at its end.
func noLeaks(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

// items makes n items with ids from first on.
func items(first, n int) []Item {
	all := make([]Item, n)
	for i := range all {
		id := strconv.Itoa(first + i)
		all[i] = Item{
			ID: "item-" + id, Text: "The kettle number " + id + " leaks again", Author: "author" + id,
			At: time.Date(2026, 3, 9, 12, 0, first+i, 0, time.UTC),
		}
	}
	return all
}

// harvest collects what a source hands over.
type harvest struct {
	mu       sync.Mutex
	mentions []bot.Mention
	rejected []bot.Rejected
	refuse   error // what emit answers
}

func (h *harvest) add(b bot.Batch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mentions = append(h.mentions, b.Mentions...)
	h.rejected = append(h.rejected, b.Rejected...)
}

func (h *harvest) emit(_ context.Context, b bot.Batch) error {
	h.mu.Lock()
	err := h.refuse
	h.mu.Unlock()
	if err == nil {
		h.add(b)
	}
	return err
}

func (h *harvest) refuseWith(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refuse = err
}

func (h *harvest) counts() (mentions, rejected int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.mentions), len(h.rejected)
}

// take gives what was collected, and forgets it.
func (h *harvest) take() ([]bot.Mention, []bot.Rejected) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m, r := h.mentions, h.rejected
	h.mentions, h.rejected = nil, nil
	return m, r
}

// chain polls from cursor until there is no more.
func chain(t *testing.T, s bot.Source, cursor bot.Cursor) (batches []bot.Batch, end bot.Cursor) {
	t.Helper()
	for range 10_000 {
		b, err := s.Poll(t.Context(), cursor)
		if err != nil {
			t.Fatalf("Poll: %v", err)
		}
		if b.Progress < 0 || b.Progress > 1 {
			t.Errorf("Progress is %v, not within 0 and 1", b.Progress)
		}
		batches = append(batches, b)
		if b.Next != "" {
			cursor = b.Next
		}
		if !b.More {
			return batches, cursor
		}
	}
	t.Fatal("Poll never comes to an end: More is always set")
	return nil, ""
}

func mentions(batches []bot.Batch) (all []bot.Mention) {
	for _, b := range batches {
		all = append(all, b.Mentions...)
	}
	return all
}

func ids(ms []bot.Mention) []string {
	out := make([]string, 0, len(ms))
	for _, m := range ms {
		out = append(out, m.ExternalID)
	}
	slices.Sort(out)
	return out
}

// streaming runs a pushed source until the test ends, or stop is called.
func streaming(t *testing.T, s bot.Streamer) (h *harvest, stop func()) {
	t.Helper()
	if _, err := s.Poll(t.Context(), ""); err != nil {
		t.Fatalf("Poll: %v", err)
	}
	h = &harvest{}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	up := make(chan struct{})
	go func() {
		close(up)
		ended <- s.Stream(ctx, "", h.emit)
	}()
	<-up
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-ended:
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("Stream ended with %v, want the context's error", err)
				}
			case <-time.After(patience):
				t.Error("Stream does not end when its context does")
			}
		})
	}
	t.Cleanup(stop)
	return h, stop
}

// collect makes rig's items be heard, polled or pushed, and gives them.
func collect(t *testing.T, rig Rig, all []Item) ([]bot.Mention, []bot.Rejected) {
	t.Helper()
	src := rig.Source(t)
	if s, ok := src.(bot.Streamer); ok {
		h, stop := streaming(t, s)
		for _, it := range all {
			_ = push(t, rig, it) // a hostile item may be refused; it is looked for below
		}
		stop()
		return h.take()
	}
	if err := rig.Say(t, all...); err != nil {
		t.Fatalf("Say: %v", err)
	}
	batches, _ := chain(t, src, "")
	var rejected []bot.Rejected
	for _, b := range batches {
		rejected = append(rejected, b.Rejected...)
	}
	return mentions(batches), rejected
}

// push says items to a source that may be about to listen.
func push(t *testing.T, rig Rig, all ...Item) error {
	t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if err = rig.Say(t, all...); bot.KindOf(err) != bot.ErrUnavailable {
			return err
		}
		yield()
	}
	return err
}

// yield lets the other goroutines run for a moment.
func yield() {
	tick := time.NewTimer(time.Millisecond)
	<-tick.C
}
