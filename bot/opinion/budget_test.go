package opinion_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"earshot/bot/opinion"
	"earshot/store"
)

// TestBudgetIsAskedWhileItIsSpent: what is left is asked for inside the
// transaction of whoever stores mentions, on which the spending waits: neither
// may wait for the other.
func TestBudgetIsAskedWhileItIsSpent(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "b.db"), Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	book := &slow{Store: s}
	b := opinion.NewBudget("slow", 2, book)
	book.meanwhile = func(ctx context.Context) error {
		asked := make(chan bool, 1)
		go func() { asked <- b.Left(noon()) }()
		select {
		case left := <-asked:
			if !left {
				return errors.New("nothing is left")
			}
			return nil
		case <-ctx.Done():
			return errors.New("it waits for who waits for it")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if ok, err := b.Take(ctx, noon()); !ok || err != nil {
		t.Fatal(ok, err)
	}
}

// slow is a book that takes its time to be written.
type slow struct {
	*store.Store
	meanwhile func(context.Context) error
}

func (s *slow) SaveSnapshot(ctx context.Context, name string, body []byte) error {
	if err := s.meanwhile(ctx); err != nil {
		return err
	}
	return s.Store.SaveSnapshot(ctx, name, body)
}

// TestBudgetOfAll: on several replicas they spend one budget together.
func TestBudgetOfAll(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "b.db"), Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	one, other := opinion.NewBudget("model", 3, s), opinion.NewBudget("model", 3, s)
	spent := 0
	for range 3 {
		for _, b := range []*opinion.Budget{one, other} {
			ok, err := b.Take(t.Context(), noon())
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				spent++
			}
		}
	}
	if spent != 3 || one.Left(noon()) || other.Left(noon()) {
		t.Errorf("%d of 3 were spent", spent)
	}
	if ok, err := one.Take(t.Context(), noon().Add(24*time.Hour)); !ok || err != nil {
		t.Errorf("the next day: %v, %v", ok, err)
	}
}
