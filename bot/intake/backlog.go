package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"earshot/bot"
	"earshot/bot/analyze/spike"
)

// When the past is counted anew.
const (
	lateEnough = 8                // late mentions; fewer people are no episode
	settled    = 10 * time.Minute // without another: the backlog is in
	readKept   = 10_000           // of the newest mentions read by Learn, which may be heard of after they were stored
)

// backlog is what was heard too late to be counted where it belongs.
type backlog struct {
	n    int
	from time.Time // when the first of it was said
	last time.Time // when the last of it was heard
}

func (b *backlog) note(said, now time.Time, n int) {
	if b.from.IsZero() || said.Before(b.from) {
		b.from = said
	}
	b.n, b.last = b.n+n, now
}

// count observes events; those that come too late are counted anew later.
func (s *Spikes) count(events []spike.Event) (changes []spike.Change) {
	for _, ev := range events {
		if s.engine.Missed(ev) {
			s.late.note(ev.At, s.now(), 1)
		}
		changes = append(changes, s.engine.Observe(ev)...)
	}
	return changes
}

// drain ends the learning: what was heard meanwhile is counted, unless it has
// been read.
func (s *Spikes) drain() []spike.Change {
	var events []spike.Event
	for _, ev := range s.waiting {
		if !s.read[ev.ID] {
			events = append(events, ev)
		}
	}
	s.learning, s.waiting, s.read = false, nil, nil
	return s.count(events)
}

// behind tells whether a backlog has come in that makes counting anew worth it.
func (s *Spikes) behind() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.learning && s.late.n >= lateEnough && s.now().Sub(s.late.last) >= settled
}

// relearn counts the last weeks anew, the backlog in its place, while what is
// heard waits. An episode that only the backlog shows is told once, as it is:
// going on, or past. One that people know stays as they know it. When it fails,
// the watcher goes on as it was, and tries again.
func (s *Spikes) relearn(ctx context.Context) error {
	old, late, err := s.anew(ctx)
	if err != nil {
		return err
	}
	changes, err := s.observe(ctx, s.from, s.to, s.last)
	if err == nil {
		changes = append(changes, s.engine.Tick(s.to)...)
		s.engine.Carry(old)
		changes, err = s.unknown(ctx, changes)
	}
	if err == nil {
		err = s.applyFrom(ctx, changes, late.from)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.engine = old
		s.late.note(late.from, s.now(), late.n)
	}
	s.log.Info("a backlog was counted", "from", late.from, "mentions", late.n, "waited", len(s.waiting))
	waited := s.drain()
	if err = errors.Join(err, s.apply(ctx, waited)); err != nil {
		return fmt.Errorf("count a backlog: %w", err)
	}
	return s.save(ctx)
}

// anew begins to learn with an empty engine, and gives the one so far.
func (s *Spikes) anew(ctx context.Context) (old *spike.Engine, late backlog, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last, err = s.store.LastMention(ctx); err != nil {
		return nil, late, fmt.Errorf("count a backlog: %w", err)
	}
	old, late = s.engine, s.late
	s.to = s.now()
	s.from = s.to.Add(-learnFrom)
	s.engine, s.late, s.learning = spike.NewEngine(s.series...), backlog{}, true
	return old, late, nil
}

// unknown leaves of the changes those of episodes that nobody was told of.
func (s *Spikes) unknown(ctx context.Context, changes []spike.Change) ([]spike.Change, error) {
	known, err := s.store.Spikes(ctx, s.from, time.Time{}, false)
	if err != nil {
		return nil, fmt.Errorf("look which spikes are known: %w", err)
	}
	var fresh []spike.Change
	for _, c := range lastOfEach(changes) {
		if !told(known, c.Spike) {
			fresh = append(fresh, c)
		}
	}
	return fresh, nil
}

// told tells whether one of the known episodes is sp, which may have been seen
// a little sooner or later then.
func told(known []bot.Spike, sp bot.Spike) bool {
	until := func(s bot.Spike) time.Time {
		if s.State == bot.SpikeOver {
			return s.ClosedAt
		}
		return s.OpenedAt.Add(learnFrom)
	}
	for _, k := range known {
		if spike.SameStory(k.Series, sp.Series) && !k.Since.After(until(sp)) && !sp.Since.After(until(k)) {
			return true
		}
	}
	return false
}
