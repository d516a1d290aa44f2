package store

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"earshot/bot"
)

// p99 is the value that one in a hundred exceeds.
func p99(ds []time.Duration) time.Duration {
	slices.Sort(ds)
	return ds[len(ds)*99/100]
}

// BenchmarkJobStart measures how long it takes from the commit to the start of
// a job, while 200 mentions a second are being stored.
func BenchmarkJobStart(b *testing.B) {
	s := open(b, func(o *Options) { o.Sync = SyncFull })
	started := make(chan time.Time, 1)
	work(b, s, map[bot.JobKind]handler{bot.JobDeliver: func(context.Context, int64) error {
		started <- time.Now()
		return nil
	}})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		v := newVocabulary(5)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i += 20 {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if _, err := s.SaveHeard(ctx, v.mentions(20, i)); err != nil && ctx.Err() == nil {
				b.Error(err)
			}
		}
	})
	var waits []time.Duration
	for i := int64(1); b.Loop(); i++ {
		enqueue(b, s, bot.Job{Kind: bot.JobDeliver, ID: i})
		committed := time.Now()
		waits = append(waits, max(0, next(b, started).Sub(committed)))
	}
	cancel()
	b.ReportMetric(float64(p99(waits).Microseconds())/1000, "p99-ms")
}
