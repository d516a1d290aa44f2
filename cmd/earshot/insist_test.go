package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// TestAReplicaInsistsOnListening: a database that is away for a moment costs a
// replica that takes over a moment, and one that stays away ends it.
func TestAReplicaInsistsOnListening(t *testing.T) {
	away := errors.New("the database is away")
	for name, c := range map[string]struct {
		away, stopped time.Duration // since the first try; stopped 0 for never
		want          error
		took          time.Duration
	}{
		"at once":             {0, 0, nil, 0},
		"away for a moment":   {2500 * time.Millisecond, 0, nil, 3 * time.Second},
		"away for good":       {time.Hour, 0, away, wakeFor},
		"stopped in the mean": {time.Hour, 10 * time.Second, away, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if c.stopped > 0 {
					time.AfterFunc(c.stopped, cancel)
				}
				began := time.Now()
				err := insist(ctx, slog.New(slog.DiscardHandler), func() error {
					if time.Since(began) < c.away {
						return away
					}
					return nil
				})
				if took := time.Since(began); !errors.Is(err, c.want) || took != c.took {
					t.Errorf("%v after %v; want %v after %v", err, took, c.want, c.took)
				}
			})
		})
	}
}
