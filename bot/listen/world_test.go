package listen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

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
	refuse   string // a batch with this text fails
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
	for _, m := range b.Mentions {
		if w.refuse != "" && m.Text == w.refuse {
			return errors.New("refused")
		}
	}
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
