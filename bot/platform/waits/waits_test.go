package waits_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"earshot/bot"
	"earshot/bot/platform/waits"
)

// shelf is a store that counts how often it is asked.
type shelf struct {
	mu    sync.Mutex
	until map[string]time.Time
	asked int
	down  bool
}

// SaveWait implements bot.Waits.
func (s *shelf) SaveWait(_ context.Context, platform, name string, until time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return errors.New("down")
	}
	if s.until == nil {
		s.until = map[string]time.Time{}
	}
	s.until[name] = until
	return nil
}

// Waits implements bot.Waits.
func (s *shelf) Waits(context.Context, string) (map[string]time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.down {
		return nil, errors.New("down")
	}
	return maps.Clone(s.until), nil
}

// Shared implements bot.Waits.
func (s *shelf) Shared() bool { return false }

// TakeTurn implements bot.Waits; nobody calls it where nothing is shared.
func (s *shelf) TakeTurn(context.Context, string, string, bot.Pace, time.Duration) (time.Duration, bool, error) {
	return 0, false, errors.New("nothing is shared")
}

func book(s *shelf) *waits.Book {
	return waits.New("slack", s, slog.New(slog.DiscardHandler), time.Now)
}

// TestEverybodyWaits: what one replica was told, the others and a process that
// is started anew honour to the letter.
func TestEverybodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		one, two := book(s), book(s)
		if left := two.Left(t.Context(), "views.open"); left != 0 {
			t.Fatalf("it waits %v for nothing", left)
		}
		one.Told(t.Context(), "views.open", 2*time.Second)
		one.Told(t.Context(), "views.open", time.Second) // sooner is no news
		<-time.After(100 * time.Millisecond)
		for who, b := range map[string]*waits.Book{"who was told": one, "another replica": two, "who is started anew": book(s)} {
			if left := b.Left(t.Context(), "", "views.open"); left != 1900*time.Millisecond {
				t.Errorf("%s waits %v", who, left)
			}
			if left := b.Left(t.Context(), "views.update"); left != 0 {
				t.Errorf("%s waits %v for another method", who, left)
			}
		}
		<-time.After(1900 * time.Millisecond)
		if left := two.Left(t.Context(), "views.open"); left > 0 {
			t.Errorf("when it is over, %v are left", left)
		}
	})
}

// TestFewQuestions: however many calls are made, the store is asked a few times
// a second; a store that is down changes nothing of what is known here.
func TestFewQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{down: true}
		b := book(s)
		b.Told(t.Context(), "views.open", time.Minute)
		for range 1000 {
			if left := b.Left(t.Context(), "views.open"); left <= 0 {
				t.Fatal("it does not wait")
			}
			<-time.After(time.Millisecond)
		}
		if s.asked > 10 {
			t.Errorf("in one second the store was asked %d times", s.asked)
		}
	})
}

// TestClockSetBack: a wait that a clock has made hours of is not believed.
func TestClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{until: map[string]time.Time{"views.open": time.Now().Add(30 * time.Hour)}}
		if left := book(s).Left(t.Context(), "views.open"); left > 0 {
			t.Errorf("it waits %v", left)
		}
	})
}
