package intake

import (
	"context"
	"fmt"
	"time"

	"earshot/bot"
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
	NoteStop(ctx context.Context, from, to time.Time) error
	FirstSaid(ctx context.Context, o bot.Outage) (time.Time, error)
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

// noteStop keeps the time in which the program did not run as an outage of all
// sources. What an outage that ended shortly before has brought since may not
// have been counted: the last program may have ended first.
func (s *Spikes) noteStop(ctx context.Context) error {
	alive, err := s.lastAlive(ctx)
	if err != nil || alive.IsZero() {
		return err
	}
	if s.to.Sub(alive) >= stoppedFor {
		if err := s.store.NoteStop(ctx, alive, s.to); err != nil {
			return fmt.Errorf("note the stop: %w", err)
		}
	}
	outages, err := s.store.Outages(ctx, alive.Add(-lookBack), s.to)
	if err != nil {
		return fmt.Errorf("look when sources were down: %w", err)
	}
	for _, o := range outages {
		first, err := s.firstSaid(ctx, o)
		if err != nil {
			return err
		}
		if !first.IsZero() {
			s.late.note(first, s.to, lateEnough)
		}
	}
	return nil
}

// firstSaid is from when on an outage is known by what was read later; zero for
// one that still lasts.
func (s *Spikes) firstSaid(ctx context.Context, o bot.Outage) (time.Time, error) {
	if o.To.IsZero() {
		return time.Time{}, nil
	}
	first, err := s.store.FirstSaid(ctx, o)
	if err != nil {
		return first, fmt.Errorf("look what was read later: %w", err)
	}
	return first, nil
}

// pastGaps tells the engine what of the outages between from and to is not
// known to this day.
func (s *Spikes) pastGaps(ctx context.Context, from, to time.Time) error {
	outages, err := s.store.Outages(ctx, from.Add(-lookBack), to.Add(time.Minute))
	if err != nil {
		return fmt.Errorf("look when sources were down: %w", err)
	}
	for i, o := range outages {
		first, err := s.firstSaid(ctx, o)
		if err != nil {
			return err
		}
		if !first.IsZero() {
			outages[i].To = first
		}
	}
	s.engine.Outages(outages)
	return nil
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
