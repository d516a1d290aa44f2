package store

import (
	"sync/atomic"
	"testing"
	"time"

	"earshot/bot"
)

// TestClockSetBack: what was stored in what is the future now is done at once.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	ahead.Store(int64(2 * time.Hour))
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	s := open(t, func(o *Options) { o.Now, o.Clock = now, now })
	if _, err := s.SaveInteraction(t.Context(), bot.Interaction{ID: "1", Platform: "slack"}); err != nil {
		t.Fatal(err)
	}
	enqueue(t, s, bot.Job{Kind: bot.JobDigest, ID: 7})
	ahead.Store(0)
	if left := must(s.UnfinishedInteractions(t.Context(), now().Add(-time.Second)))(t); len(left) != 1 {
		t.Errorf("of one interaction %d are taken up", len(left))
	}
	done := make(chan int64, 1)
	work(t, s, map[bot.JobKind]handler{bot.JobDigest: sendTo(done)})
	if id := next(t, done); id != 7 {
		t.Errorf("job %d", id)
	}
}
