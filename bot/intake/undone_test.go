package intake_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/intake"
	"earshot/store"
)

// moody is a store that takes some changes of episodes only at the second try.
type moody struct {
	*store.Store
	refuse  func(bot.Spike) error
	forgets bool
	asked   int
}

// Outages fails every other time, where it is told to.
func (m *moody) Outages(ctx context.Context, from, to time.Time) ([]bot.Outage, error) {
	if m.asked++; m.forgets && m.asked%2 == 1 {
		return nil, errors.New("disk full")
	}
	return m.Store.Outages(ctx, from, to)
}

func (m *moody) SaveSpike(ctx context.Context, sp bot.Spike) (bot.Spike, error) {
	if err := m.refuse(sp); err != nil {
		return sp, err
	}
	return m.Store.SaveSpike(ctx, sp)
}

// TestWhatCouldNotBeKeptComesAgain: the engine tells once that an episode opens
// and that it is over; neither is lost when the store cannot take it just then,
// and the claim of somebody in between is not either.
func TestWhatCouldNotBeKeptComesAgain(t *testing.T) {
	w := newWeather(t)
	cards := &shown{last: map[int64]bot.Spike{}}
	refused := map[string]int{}
	st := &moody{Store: w.store}
	st.refuse = func(sp bot.Spike) error {
		word := string(sp.State)
		if sp.ID > 0 {
			word += ", explained"
		}
		if refused[word]++; refused[word] > 1 {
			return nil
		}
		if sp.ID > 0 && sp.State == bot.SpikeOpen { // somebody claims it while it is explained
			sp.Owner = bot.Person{Platform: "console", ID: "ann", Name: "Ann"}
			_, err := w.store.SaveSpike(t.Context(), sp)
			return err
		}
		return errors.New("disk full")
	}
	s := w.watcherOf(st, cards)
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.moody = true
	w.story(t, func() *intake.Spikes { return s })
	if len(refused) != 4 {
		t.Fatalf("refused: %v", refused)
	}
	all := w.spikes(t)
	if len(all) != 1 || all[0].State != bot.SpikeOver || all[0].Owner.ID != "ann" || len(cards.last) != 1 {
		t.Errorf("%d are shown; kept: %+v", len(cards.last), all)
	}
	for _, sp := range cards.last {
		if sp.State != bot.SpikeOver {
			t.Errorf("its card says %s", sp.State)
		}
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestWhatWasHeardCountsWhateverTheStoreSays: while a source is down the store
// is asked about it with every batch; what was said counts also when it cannot
// tell.
func TestWhatWasHeardCountsWhateverTheStoreSays(t *testing.T) {
	w := newWeather(t)
	other := bot.SourceState{Name: "other", Kind: "test", LastOK: w.now}
	for range 2 {
		if err := w.store.SaveSourceState(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		other.Failures++
	}
	st := &moody{Store: w.store, refuse: func(bot.Spike) error { return nil }}
	s := w.watcherOf(st, &shown{last: map[int64]bot.Spike{}})
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	st.forgets, w.moody = true, true
	w.story(t, func() *intake.Spikes { return s })
	if all := w.spikes(t); len(all) != 1 || all[0].Count < 35 {
		t.Errorf("kept: %+v", all)
	}
}
