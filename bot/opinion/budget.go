package opinion

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"earshot/bot"
)

// Book is where what was spent is kept, so that a restart does not spend it
// again.
type Book interface {
	SaveSnapshot(ctx context.Context, name string, body []byte) error
	Snapshot(ctx context.Context, name string) ([]byte, error)
}

// Budget is how many questions a reader may be asked on one day (UTC). It is
// safe for concurrent use.
type Budget struct {
	name string
	most int
	book Book

	mu    sync.Mutex
	spent spent
	known bool
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
func (b *Budget) Take(ctx context.Context, now time.Time) (bool, error) {
	if b.most < 1 {
		return true, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.read(ctx); err != nil {
		return false, err
	}
	if b.spent.Day != day(now) {
		b.spent = spent{Day: day(now)}
	}
	if b.spent.Asked >= b.most {
		return false, nil
	}
	b.spent.Asked++
	body, err := json.Marshal(b.spent)
	if err != nil {
		return false, fmt.Errorf("encode the budget of %s: %w", b.name, err)
	}
	if err := b.book.SaveSnapshot(ctx, b.name, body); err != nil {
		return false, fmt.Errorf("save the budget of %s: %w", b.name, err)
	}
	return true, nil
}

// read looks once at what was spent before the start.
func (b *Budget) read(ctx context.Context) error {
	if b.known {
		return nil
	}
	body, err := b.book.Snapshot(ctx, b.name)
	if err != nil && bot.KindOf(err) != bot.ErrNotFound {
		return fmt.Errorf("read the budget of %s: %w", b.name, err)
	}
	var was spent
	if len(body) > 0 && json.Unmarshal(body, &was) == nil { // what cannot be read counts as nothing spent
		b.spent = was
	}
	b.known = true
	return nil
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
