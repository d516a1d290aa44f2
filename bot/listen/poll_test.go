package listen

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

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

// nudged is polled, and at once when something comes by nudge.
type nudged struct {
	polled
	nudge chan struct{}
}

func (nudged) Path() string                                     { return "/hooks/a" }
func (nudged) ServeHTTP(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }
func (n nudged) Nudge() <-chan struct{}                         { return n.nudge }

func TestANudgeIsAPollAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		fails := errors.New("it is down")
		var fail error
		src := nudged{nudge: make(chan struct{}, 1), polled: func(ctx context.Context, c bot.Cursor) (bot.Batch, error) {
			if fail != nil {
				return bot.Batch{}, fail
			}
			return count(ctx, c)
		}}
		r := start(t, w, Entry{Name: "a", Kind: "k", Every: time.Hour, Source: src})
		synctest.Wait()
		src.nudge <- struct{}{}
		synctest.Wait()
		if got := w.said(); len(got) != 2 {
			t.Errorf("after a nudge came %v", got)
		}
		res := httptest.NewRecorder()
		r.Handler().ServeHTTP(res, httptest.NewRequest(http.MethodPost, "/hooks/a", nil))
		if res.Code != http.StatusTeapot {
			t.Errorf("its path is answered with %d", res.Code)
		}
		fail = fails
		src.nudge <- struct{}{}
		synctest.Wait()
		fail = nil
		src.nudge <- struct{}{} // while it waits to be let in again, it is not asked
		synctest.Wait()
		if got := w.said(); len(got) != 2 {
			t.Errorf("a nudge broke into the wait after a failure: %v", got)
		}
		stop(t, r)
	})
}
