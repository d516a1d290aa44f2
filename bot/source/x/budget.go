package x

import (
	"sync"
	"time"

	"earshot/bot"
)

// budget counts the posts that were read in a month (UTC), each of which X
// charges for (docs.x.com/x-api/getting-started/pricing).
type budget struct {
	most int

	mu    sync.Mutex
	month string // "2026-03"
	spent int
}

// turn begins a new month when it is one; b.mu is held.
func (b *budget) turn(now time.Time) {
	if m := now.UTC().Format("2006-01"); b.month != m {
		b.month, b.spent = m, 0
	}
}

// load takes over what a cursor says was read, where that is more.
func (b *budget) load(month string, spent int, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.turn(now); b.month == month {
		b.spent = max(b.spent, spent)
	}
}

// left is how many posts may be read still.
func (b *budget) left(now time.Time) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn(now)
	return max(b.most-b.spent, 0)
}

func (b *budget) count(n int, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn(now)
	b.spent += n
}

// read gives the month and what was read in it.
func (b *budget) read(now time.Time) (month string, spent int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn(now)
	return b.month, b.spent
}

// nextMonth is when the budget is whole again.
func nextMonth(now time.Time) time.Time {
	now = now.UTC()
	return time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

// Rations implements bot.Rationed.
func (s *Source) Rations() []bot.Ration {
	return []bot.Ration{{What: "posts of X to read this month", Left: s.reads.left(s.now()), Of: s.reads.most, Until: nextMonth(s.now()),
		Mend: "Raise reads_per_month, or give the source fewer terms. When it is spent, reading stops until the next month."}}
}

// spentUp says that the budget does not allow another page.
func (s *Source) spentUp() error {
	next := nextMonth(s.now())
	return &bot.Error{Kind: bot.ErrRateLimited, RetryAfter: next.Sub(s.now()),
		Msg: "This month's budget of reads on X is spent; it goes on by itself on " + next.Format("2 January") + ". Raise reads_per_month, or give the source fewer terms."}
}
