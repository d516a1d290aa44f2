package intake

import (
	"context"
	"fmt"
	"time"

	"earshot/bot"
	"earshot/bot/analyze/spike"
)

// When nothing being heard means that nobody listened.
const (
	stoppedFor = 10 * time.Minute // without a read of any source before a start
	lookBack   = 2 * time.Hour    // for outages: late mentions count up to an hour
)

// Ears tells when sources were heard.
type Ears interface {
	Outages(ctx context.Context, from, to time.Time) ([]bot.Outage, error)
	SourceStates(ctx context.Context) ([]bot.SourceState, error)
}

// lastAlive is when any source was last read; zero when none ever was.
func (s *Spikes) lastAlive(ctx context.Context) (time.Time, error) {
	states, err := s.store.SourceStates(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("look when sources were read last: %w", err)
	}
	var last time.Time
	for _, st := range states {
		if st.LastOK.After(last) {
			last = st.LastOK
		}
	}
	return last, nil
}

// catchUp moves the engine to where Learn ends. The time in which the program
// did not run is a gap: nothing was said that anybody could have heard.
func (s *Spikes) catchUp() []spike.Change {
	if s.alive.IsZero() || s.to.Sub(s.alive) < stoppedFor {
		return s.engine.Tick(s.to)
	}
	return append(s.engine.Tick(s.alive), s.engine.Skip(s.to)...)
}

// gaps tells the engine when sources were down between from and to.
func (s *Spikes) gaps(ctx context.Context, from, to time.Time) error {
	outages, err := s.store.Outages(ctx, from.Add(-lookBack), to.Add(time.Minute))
	if err != nil {
		return fmt.Errorf("look when sources were down: %w", err)
	}
	s.engine.Outages(outages)
	s.down = false
	for _, o := range outages {
		s.down = s.down || o.To.IsZero()
	}
	return nil
}
