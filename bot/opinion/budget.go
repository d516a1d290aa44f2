package opinion

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"earshot/bot"
)

// Book is where what was spent is kept, so that a restart, or another replica,
// does not spend it again.
type Book interface {
	Transact(ctx context.Context, fn func(ctx context.Context) error) error
	SaveSnapshot(ctx context.Context, name string, body []byte) error
	Snapshot(ctx context.Context, name string) ([]byte, error)
}

// Budget is how many questions a reader may be asked on one day (UTC), by all
// replicas together. It is safe for concurrent use.
type Budget struct {
	name string
	most int
	book Book

	mu    sync.Mutex // held for a moment only: Left is asked inside transactions
	spent spent
}

// spent is what a day has cost so far.
type spent struct {
	Day   string `json:"day"` // 2006-01-02
	Asked int    `json:"asked"`
}

// NewBudget makes a budget of most questions a day, kept in book under name;
// most below 1 means that there is no limit.
func NewBudget(name string, most int, book Book) *Budget {
	return &Budget{name: "opinion:" + name, most: most, book: book}
}

// Left tells whether the day has a question left, as far as is known in memory.
func (b *Budget) Left(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.most < 1 || b.spent.Day != day(now) || b.spent.Asked < b.most
}

// Take spends one question of the day; false means that none is left.
func (b *Budget) Take(ctx context.Context, now time.Time) (ok bool, err error) {
	if b.most < 1 {
		return true, nil
	}
	var is spent
	err = b.book.Transact(ctx, func(ctx context.Context) error {
		if is, err = b.read(ctx); err != nil {
			return err
		}
		if is.Day != day(now) {
			is = spent{Day: day(now)}
		}
		if ok = is.Asked < b.most; !ok {
			return nil
		}
		is.Asked++
		body, err := json.Marshal(is)
		if err != nil {
			return fmt.Errorf("encode the budget of %s: %w", b.name, err)
		}
		return b.book.SaveSnapshot(ctx, b.name, body)
	})
	if err != nil {
		return false, fmt.Errorf("spend of the budget of %s: %w", b.name, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = is
	return ok, nil
}

// read looks what was spent, by whichever process.
func (b *Budget) read(ctx context.Context) (is spent, err error) {
	body, err := b.book.Snapshot(ctx, b.name)
	if err != nil && bot.KindOf(err) != bot.ErrNotFound {
		return is, fmt.Errorf("read it: %w", err)
	}
	if len(body) == 0 || json.Unmarshal(body, &is) != nil {
		return spent{}, nil //nolint:nilerr // what cannot be read counts as nothing spent
	}
	return is, nil
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
