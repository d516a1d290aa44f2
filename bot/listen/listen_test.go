package listen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// world is everything around the runner.
type world struct {
	mu       sync.Mutex
	states   map[string]bot.SourceState
	mentions []bot.Mention
	rejected []bot.Rejected
	batches  int
	notices  []string
	mended   []string
	failSink error
	inside   func() // called while a batch is being stored
}

func newWorld() *world { return &world{states: map[string]bot.SourceState{}} }

func (w *world) Ingest(ctx context.Context, s bot.SourceState, b bot.Batch) error {
	w.mu.Lock()
	inside, fail := w.inside, w.failSink
	w.mu.Unlock()
	if inside != nil {
		inside()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if fail != nil {
		return fail
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.batches++
	w.mentions = append(w.mentions, b.Mentions...)
	w.rejected = append(w.rejected, b.Rejected...)
	w.states[s.Name] = s
	return nil
}

func (w *world) SourceState(_ context.Context, name string) (bot.SourceState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.states[name]
	s.Name = name
	return s, nil
}

func (w *world) SaveSourceState(_ context.Context, s bot.SourceState) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.states[s.Name] = s
	return nil
}

func (w *world) Notify(_ context.Context, n bot.Notice) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notices = append(w.notices, n.Key+": "+n.Text)
	return nil
}

func (w *world) Mended(_ context.Context, key string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mended = append(w.mended, key)
	return nil
}

func (w *world) state(name string) bot.SourceState {
	s, _ := w.SourceState(context.Background(), name)
	return s
}

func (w *world) said() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []string{}
	for _, m := range w.mentions {
		out = append(out, m.Text)
	}
	return out
}

func (w *world) told() (notices, mended []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.notices), slices.Clone(w.mended)
}

// polled is a source whose Poll is a function.
type polled func(ctx context.Context, c bot.Cursor) (bot.Batch, error)

func (p polled) Poll(ctx context.Context, c bot.Cursor) (bot.Batch, error) { return p(ctx, c) }

// streamed is a source that is pushed to, and its endpoint.
type streamed struct {
	path   string
	poll   polled
	stream func(ctx context.Context, c bot.Cursor, emit bot.Emit) error
}

func (s streamed) Poll(ctx context.Context, c bot.Cursor) (bot.Batch, error) {
	if s.poll != nil {
		return s.poll(ctx, c)
	}
	return bot.Batch{}, nil
}

func (s streamed) Stream(ctx context.Context, c bot.Cursor, emit bot.Emit) error {
	return s.stream(ctx, c, emit)
}
func (s streamed) Path() string { return s.path }
func (s streamed) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if s.path == "/panic" {
		panic("oh")
	}
	_, _ = io.WriteString(w, s.path)
}

func batch(next string, more bool, texts ...string) bot.Batch {
	b := bot.Batch{Next: bot.Cursor(next), More: more}
	for _, s := range texts {
		b.Mentions = append(b.Mentions, bot.Mention{ExternalID: s, Text: s})
	}
	return b
}

// count gives one mention a poll: "1", "2", …, by its cursor.
func count(_ context.Context, c bot.Cursor) (bot.Batch, error) {
	n, _ := strconv.Atoi(string(c))
	return batch(fmt.Sprint(n+1), false, fmt.Sprint(n+1)), nil
}

func start(t *testing.T, w *world, entries ...Entry) *Runner {
	t.Helper()
	r := New(Settings{
		Sink: w, States: w, Notifier: w, Log: slog.New(slog.DiscardHandler), Now: time.Now, Rand: func() float64 { return 0.5 },
	})
	if err := r.Start(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	return r
}

func stop(t *testing.T, r *Runner) {
	t.Helper()
	if err := r.Stop(context.Background()); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func TestPolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		r := start(t, w, Entry{Name: "a", Kind: "k", Every: time.Minute, Source: polled(count)})
		time.Sleep(3*time.Minute + time.Second)
		if diff := cmp.Diff([]string{"1", "2", "3", "4"}, w.said()); diff != "" {
			t.Error(diff)
		}
		s := r.Status()[0]
		if s.Cursor != "4" || s.Mentions != 4 || s.Activity != Waiting || !s.Synced || s.NextAt.IsZero() || s.LastNew.IsZero() {
			t.Errorf("%+v", s)
		}
		stop(t, r)
		if s := r.Status()[0]; s.Activity != Stopped {
			t.Errorf("after Stop it is %s", s.Activity)
		}
		again := start(t, w, Entry{Name: "a", Kind: "k", Every: time.Minute, Source: polled(count)})
		synctest.Wait()
		stop(t, again)
		if diff := cmp.Diff([]string{"1", "2", "3", "4", "5"}, w.said()); diff != "" {
			t.Errorf("after a restart:\n%s", diff)
		}
	})
}

func TestFirstSyncIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		r := start(t, w, Entry{Name: "a", Kind: "k", Every: time.Minute, Source: polled(func(_ context.Context, c bot.Cursor) (bot.Batch, error) {
			switch c {
			case "":
				b := batch("1", true, "old 1")
				b.Progress = 0.5
				return b, nil
			case "1":
				return batch("2", false, "old 2"), nil
			}
			return count(t.Context(), c)
		})})
		time.Sleep(time.Minute + time.Second)
		stop(t, r)
		var got []string
		for _, m := range w.mentions {
			got = append(got, fmt.Sprint(m.Text, " ", m.History, " ", m.Source, m.Kind, " ", m.SeenAt.IsZero(), m.CreatedAt.IsZero()))
		}
		want := []string{"old 1 true ak false false", "old 2 true ak false false", "3 false ak false false"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		var at []time.Duration
		began := time.Now()
		r := start(t, w, Entry{Name: "a", Every: time.Hour, Source: polled(func(context.Context, bot.Cursor) (bot.Batch, error) {
			at = append(at, time.Since(began).Round(time.Millisecond))
			switch len(at) {
			case 4:
				return bot.Batch{}, &bot.Error{Kind: bot.ErrRateLimited, Msg: "Slow down.", RetryAfter: time.Hour}
			case 8:
				return batch("x", false, "back"), nil
			}
			return bot.Batch{}, &bot.Error{Kind: bot.ErrUnavailable, Msg: "It is down.", Err: errors.New("secret detail")}
		})})
		time.Sleep(time.Hour + 10*time.Second)
		s := r.Status()[0]
		if s.Failures != 5 || s.Error != "It is down." || s.Activity != Failing || w.state("a").Failures != 5 {
			t.Errorf("%+v", s)
		}
		notices, _ := w.told()
		if diff := cmp.Diff([]string{"source:a:failing: The source a cannot be read: It is down."}, notices); diff != "" {
			t.Errorf("told after five failures:\n%s", diff)
		}
		time.Sleep(5 * time.Minute)
		stop(t, r)
		want := []time.Duration{0, 500 * time.Millisecond, 1500 * time.Millisecond, 3500 * time.Millisecond,
			time.Hour + 4*time.Second, time.Hour + 12*time.Second, time.Hour + 28*time.Second, time.Hour + 60*time.Second}
		if diff := cmp.Diff(want, at[:8]); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		notices, mended := w.told()
		if s := w.state("a"); s.Failures != 0 || s.Error != "" || len(notices) != 1 || !slices.Contains(mended, "source:a:failing") {
			t.Errorf("when well again: %+v, told %v, mended %v", s, notices, mended)
		}
	})
}

func TestUnauthorizedIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		r := start(t, w, Entry{Name: "a", Source: polled(func(context.Context, bot.Cursor) (bot.Batch, error) {
			return bot.Batch{}, bot.Errorf(bot.ErrUnauthorized, "The token is revoked.")
		})})
		time.Sleep(time.Hour)
		stop(t, r)
		if notices, _ := w.told(); len(notices) != 1 || !strings.Contains(notices[0], "revoked") {
			t.Errorf("told %v", notices)
		}
	})
}

func TestPanicIsIsolated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		tries := 0
		r := start(t, w,
			Entry{Name: "bad", Every: time.Minute, Source: polled(func(context.Context, bot.Cursor) (bot.Batch, error) {
				if tries++; tries < 3 {
					panic("a bug")
				}
				return batch("1", false, "mended"), nil
			})},
			Entry{Name: "good", Every: time.Minute, Source: polled(count)})
		time.Sleep(30 * time.Second)
		stop(t, r)
		got := w.said()
		slices.Sort(got)
		if diff := cmp.Diff([]string{"1", "mended"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestNothingIsLostWhenTheStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.failSink = errors.New("disk full")
		r := start(t, w, Entry{Name: "a", Every: time.Minute, Source: polled(count)})
		time.Sleep(time.Second)
		if s := r.Status()[0]; s.Cursor != "" || s.Mentions != 0 || s.Failures == 0 || strings.Contains(s.Error, "disk") {
			t.Errorf("%+v", s)
		}
		w.mu.Lock()
		w.failSink = nil
		w.mu.Unlock()
		time.Sleep(10 * time.Second)
		stop(t, r)
		if diff := cmp.Diff([]string{"1"}, w.said()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestStopFinishesWhatIsBeingStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.inside = func() { time.Sleep(5 * time.Second) }
		r := start(t, w, Entry{Name: "a", Source: polled(count)})
		time.Sleep(time.Second)
		stop(t, r)
		if len(w.said()) != 1 || w.state("a").Cursor != "1" {
			t.Errorf("stored %v, state %+v", w.said(), w.state("a"))
		}
		late := newWorld()
		late.inside = func() { time.Sleep(5 * time.Second) }
		r = start(t, late, Entry{Name: "a", Source: polled(count)})
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := r.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) || len(late.said()) != 0 {
			t.Errorf("past its deadline Stop gives %v, stored %v", err, late.said())
		}
	})
}

func TestPollTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		r := start(t, w, Entry{Name: "a", Source: polled(func(ctx context.Context, _ bot.Cursor) (bot.Batch, error) {
			<-ctx.Done()
			return bot.Batch{}, ctx.Err()
		})})
		time.Sleep(5*time.Minute + 100*time.Millisecond)
		if s := r.Status()[0]; s.Failures != 1 || !strings.Contains(s.Error, "longer than 5m") {
			t.Errorf("%+v", s)
		}
		stop(t, r)
	})
}

func TestEndlessMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, polls := newWorld(), 0
		r := start(t, w, Entry{Name: "a", Every: time.Hour, Source: polled(func(context.Context, bot.Cursor) (bot.Batch, error) {
			polls++
			return bot.Batch{Next: "same", More: true}, nil
		})})
		time.Sleep(time.Minute)
		stop(t, r)
		if polls > stallAfter+2 {
			t.Errorf("%d polls in a minute of a source that does not move", polls)
		}
	})
}

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

func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		polls := map[string]int{}
		mk := func(name, print string) Entry {
			return Entry{Name: name, Every: time.Hour, Print: print, Source: polled(func(context.Context, bot.Cursor) (bot.Batch, error) {
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
