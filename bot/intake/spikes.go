package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/analyze/spike"
)

// How the watcher keeps and explains.
const (
	snapshotName  = "spikes"
	snapshotEvery = time.Hour
	learnFrom     = 5 * 7 * 24 * time.Hour // the detector's longest memory of records
	compareWith   = 7 * 24 * time.Hour     // what an episode's words are set against
	mostReadings  = 2000                   // mentions read to explain one episode, and as many for before
	explainEvery  = 15 * time.Minute       // an episode that goes on is explained anew this often
	staleAfter    = 6 * time.Hour          // an episode found later than this is kept without a card
)

// SpikeStore is what the watcher keeps and reads.
type SpikeStore interface {
	Past
	Ears
	SaveSpike(ctx context.Context, s bot.Spike) (bot.Spike, error)
	Spikes(ctx context.Context, from, to time.Time, openOnly bool) ([]bot.Spike, error)
	SaveSnapshot(ctx context.Context, name string, body []byte) error
	Snapshot(ctx context.Context, name string) ([]byte, error)
}

// Past is what was heard before.
type Past interface {
	Events(ctx context.Context, from, to time.Time, fn func(bot.Reading) error) error
	Mentions(ctx context.Context, f bot.MentionFilter) ([]bot.Reading, error)
	LastMention(ctx context.Context) (int64, error)
	Facts(ctx context.Context, watch, topic string, from, to time.Time) ([]bot.Fact, error)
}

// SpikeCards shows episodes.
type SpikeCards interface {
	OpenSpike(ctx context.Context, s bot.Spike) error
	UpdateSpike(ctx context.Context, s bot.Spike) error
}

// Spikes counts what is heard, finds episodes and has them shown. It is safe
// for concurrent use.
type Spikes struct {
	store  SpikeStore
	cards  SpikeCards
	series []bot.Series
	log    *slog.Logger
	now    func() time.Time

	mu        sync.Mutex
	engine    *spike.Engine // Learn's alone while learning
	savedAt   time.Time
	explained map[int64]time.Time // open episodes: when each was explained last
	undone    []spike.Change      // what could not be kept or shown yet: it comes again with the next
	learning  bool
	from, to  time.Time      // what Learn reads
	last      int64          // the last mention that Learn reads: later ones come by Heard
	waiting   []spike.Event  // heard while learning
	read      map[int64]bool // the newest that Learn has read: they may be heard of as well
	late      backlog        // heard too late to be counted
	down      bool           // a source is down, as far as the engine was told
}

// NewSpikes makes a watcher over the series that are known beforehand; call
// Load, or Prepare and Learn, before anything is heard.
func NewSpikes(store SpikeStore, cards SpikeCards, series []bot.Series, log *slog.Logger, now func() time.Time) *Spikes {
	return &Spikes{store: store, cards: cards, series: series, log: log, now: now, engine: spike.NewEngine(series...), explained: map[int64]time.Time{}}
}

// Load goes on from the last snapshot and what was heard since; without one it
// learns from the last five weeks.
func (s *Spikes) Load(ctx context.Context) error {
	if err := s.Prepare(ctx); err != nil {
		return err
	}
	return s.Learn(ctx)
}

// Prepare takes the last snapshot up, and notes how far the store has come.
// From then on what is heard waits until Learn has caught up, and nothing is
// counted twice or left out: Learn reads up to the last mention that is stored
// now, and later ones are those that Heard is told of. Nothing may be heard
// before it returns.
func (s *Spikes) Prepare(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := s.store.Snapshot(ctx, snapshotName)
	if err != nil && bot.KindOf(err) != bot.ErrNotFound {
		return fmt.Errorf("load the spikes' snapshot: %w", err)
	}
	if s.last, err = s.store.LastMention(ctx); err != nil {
		return fmt.Errorf("load spikes: %w", err)
	}
	s.to = s.now()
	if err := s.noteStop(ctx); err != nil {
		return err
	}
	s.learning = true
	s.waiting, s.read = nil, nil // of a learning that was cut off: it is stored, and read now
	s.from = s.to.Add(-learnFrom)
	if engine, err := spike.Restore(body); err == nil {
		s.engine = engine
		s.engine.Track(s.series...)
		s.from = engine.Now()
	} else if len(body) > 0 {
		s.log.Warn("the spikes' snapshot could not be read; learning anew", "error", err)
	}
	return nil
}

// Learn catches up with what was stored when Prepare was called, which may be
// weeks of it, then with what was heard meanwhile. Call it once. When it fails,
// what it did learn is gone on from.
func (s *Spikes) Learn(ctx context.Context) error {
	changes, err := s.observe(ctx, s.from, s.to, s.last)
	if err == nil {
		err = s.apply(ctx, append(changes, s.engine.Tick(s.to)...))
	}
	if ctx.Err() != nil {
		return err // stopped: nothing is saved, and the next start learns it all
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log.Info("spikes are watched", "learnt_from", s.from, "waited", len(s.waiting))
	if err = errors.Join(err, s.apply(ctx, s.drain())); err != nil {
		return err
	}
	return s.save(ctx)
}

// Rebuild forgets what was learnt and replays from the first of the events
// on: after a history has come in that the counts did not have.
func (s *Spikes) Rebuild(ctx context.Context, from, to time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.engine = spike.NewEngine(s.series...)
	return s.replay(ctx, from, to)
}

// replay observes what the store holds of from to to, and saves where it is.
func (s *Spikes) replay(ctx context.Context, from, to time.Time) error {
	changes, err := s.observe(ctx, from, to, math.MaxInt64)
	if err != nil {
		return err
	}
	changes = append(changes, s.engine.Tick(to)...)
	if err := s.apply(ctx, changes); err != nil {
		return err
	}
	return s.save(ctx)
}

// observe counts the mentions from from to to, up to the last by number.
func (s *Spikes) observe(ctx context.Context, from, to time.Time, last int64) ([]spike.Change, error) {
	if err := s.pastGaps(ctx, from, to); err != nil {
		return nil, err
	}
	s.read = map[int64]bool{}
	var changes []spike.Change
	err := s.store.Events(ctx, from, to.Add(time.Millisecond), func(r bot.Reading) error { // what was said just now as well
		if r.Mention.ID > last {
			return nil
		}
		if r.Mention.ID > last-readKept {
			s.read[r.Mention.ID] = true
		}
		for _, ev := range spike.EventsOf(r) {
			changes = append(changes, s.engine.Observe(ev)...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("replay what was heard: %w", err)
	}
	return changes, nil
}

// lastOfEach leaves of each episode only its newest change: what is told is
// where it stands, not how it came there.
func lastOfEach(changes []spike.Change) []spike.Change {
	type episode struct { // whether of all mentions or of complaints: it may turn
		watch, topic string
		opened       time.Time
	}
	at := map[episode]int{}
	var last []spike.Change
	for _, c := range changes {
		key := episode{c.Spike.Series.Watch, c.Spike.Series.Topic, c.Spike.OpenedAt}
		if i, ok := at[key]; ok {
			last[i] = c
			continue
		}
		at[key] = len(last)
		last = append(last, c)
	}
	return last
}

// Heard counts new mentions. What belongs to a first sync is left out: it is
// counted when its history is complete, by Rebuild.
func (s *Spikes) Heard(ctx context.Context, heard []bot.Heard) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ordered := slices.Clone(heard)
	slices.SortStableFunc(ordered, func(a, b bot.Heard) int { return a.Mention.CreatedAt.Compare(b.Mention.CreatedAt) })
	var events []spike.Event
	for _, h := range ordered {
		if !h.Mention.History {
			events = append(events, spike.EventsOf(bot.Reading{Mention: h.Mention, Verdict: h.Verdict})...)
		}
	}
	if s.learning {
		s.waiting = append(s.waiting, events...)
		return nil
	}
	var err error
	if s.down { // it may just have been read: what was said since then counts
		err = s.gaps(ctx, s.engine.Now(), s.now())
	}
	return errors.Join(err, s.apply(ctx, s.count(events))) // they are told of once
}

// Tick closes the bins that are over, and counts the past anew when a backlog
// has come in. Call it every minute.
func (s *Spikes) Tick(ctx context.Context) error {
	if s.behind() {
		return s.relearn(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.learning {
		return nil
	}
	now := s.now()
	if err := s.gaps(ctx, s.engine.Now(), now); err != nil {
		return err
	}
	if err := s.apply(ctx, s.engine.Tick(now)); err != nil {
		return err
	}
	if now.Sub(s.savedAt) < snapshotEvery {
		return nil
	}
	return s.save(ctx)
}

// Close saves where the watcher is. One that is still learning keeps its last
// snapshot: it will learn again.
func (s *Spikes) Close(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.learning {
		return nil
	}
	if err := s.apply(ctx, nil); err != nil {
		return err // the next start goes on from the last snapshot, and tells it again
	}
	return s.save(ctx)
}

func (s *Spikes) save(ctx context.Context) error {
	if err := s.store.SaveSnapshot(ctx, snapshotName, s.engine.Snapshot()); err != nil {
		return fmt.Errorf("save the spikes' snapshot: %w", err)
	}
	s.savedAt = s.now()
	return nil
}

// apply keeps what changed, and shows it unless it has long been over.
func (s *Spikes) apply(ctx context.Context, changes []spike.Change) error {
	return s.applyFrom(ctx, changes, s.now().Add(-staleAfter))
}

// applyFrom keeps what changed, and shows what was not over by then. One that
// fails holds up no other, and is tried again with the next: the engine tells
// of it once.
func (s *Spikes) applyFrom(ctx context.Context, changes []spike.Change, then time.Time) error {
	all := lastOfEach(slices.Concat(s.undone, changes))
	s.undone = nil
	var errs []error
	for _, c := range all {
		err := s.applyOne(ctx, c, then)
		if bot.KindOf(err) == bot.ErrStale { // somebody took it while it was explained
			err = s.applyOne(ctx, c, then)
		}
		if err != nil {
			s.undone = append(s.undone, c)
			errs = append(errs, fmt.Errorf("keep the spike of %s: %w", c.Spike.Series.Watch, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Spikes) applyOne(ctx context.Context, c spike.Change, then time.Time) error {
	stored, err := s.store.SaveSpike(ctx, c.Spike) // gives the existing one of this topic and opening
	if err != nil {
		return err
	}
	next := spike.Merge(stored, c.Spike)
	turned := stored.Series != c.Spike.Series
	if turned || c.Kind != spike.Updated || s.now().Sub(s.explained[stored.ID]) >= explainEvery {
		if next, err = s.explain(ctx, next); err != nil {
			return err
		}
		s.explained[stored.ID] = s.now()
	}
	if c.Kind == spike.Closed {
		delete(s.explained, stored.ID)
	}
	if next, err = s.store.SaveSpike(ctx, next); err != nil {
		return err
	}
	if next.State == bot.SpikeOver && next.ClosedAt.Before(then) {
		return nil
	}
	if c.Kind == spike.Opened {
		return s.cards.OpenSpike(ctx, next)
	}
	return s.cards.UpdateSpike(ctx, next)
}

// explain says what an episode is about, from its mentions and the week before.
func (s *Spikes) explain(ctx context.Context, sp bot.Spike) (bot.Spike, error) {
	end := s.now()
	if !sp.ClosedAt.IsZero() {
		end = sp.ClosedAt
	}
	f := bot.MentionFilter{Watch: sp.Series.Watch, From: sp.Since, To: end.Add(time.Minute), Limit: mostReadings}
	during, err := s.store.Mentions(ctx, f)
	if err != nil {
		return sp, fmt.Errorf("read its mentions: %w", err)
	}
	f.From, f.To = sp.Since.Add(-compareWith), sp.Since
	before, err := s.store.Mentions(ctx, f)
	if err != nil {
		return sp, fmt.Errorf("read what went before: %w", err)
	}
	sp = spike.Explain(sp, during, before)
	sp = spike.Around(sp, during, before, end.Sub(sp.Since), sp.Since.Sub(began(before, sp.Since, compareWith)))
	return s.judge(ctx, sp, during, before)
}
