package act

import (
	"testing"
	"testing/synctest"
	"time"
)

func newLanes() *lanes { return &lanes{now: time.Now, all: map[string]*lane{}} }

// TestWhoIsUnderWayGoesFirst: a message waits a moment for an older one that is
// being sent, and then comes back later.
func TestWhoIsUnderWayGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, began := newLanes(), time.Now()
		first := l.come("voc", 1)
		second := l.come("voc", 2)
		time.AfterFunc(300*time.Millisecond, first)
		if wait := l.turn(t.Context(), "voc", 1); wait != 0 {
			t.Errorf("the first waits %v", wait)
		}
		if wait, late := l.turn(t.Context(), "voc", 2), time.Since(began); wait != 0 || late != 300*time.Millisecond {
			t.Errorf("the second went after %v and waits %v; want it after the first has ended", late, wait)
		}
		second()
		stuck := l.come("voc", 3)
		began = time.Now()
		if wait, late := l.turn(t.Context(), "voc", 4), time.Since(began); wait != laneStep || late != laneStay {
			t.Errorf("behind one that is stuck the next waits %v, then %v", late, wait)
		}
		if wait := l.turn(t.Context(), "voc", 5); wait != laneStep {
			t.Errorf("who comes after one that is to come back waits %v", wait)
		}
		stuck()
		if wait := l.turn(t.Context(), "other", 9); wait != 0 {
			t.Errorf("another channel waits %v", wait)
		}
		time.Sleep(laneStep)
		for id := int64(4); id < 6; id++ {
			if wait := l.turn(t.Context(), "voc", id); wait != 0 {
				t.Errorf("%d waits %v when it comes back", id, wait)
			}
		}
		if len(l.all) > 0 {
			t.Errorf("%d lanes are kept in which nobody is", len(l.all))
		}
	})
}

// TestWhoDoesNotComeBackLosesItsPlace: what another process has brought out does
// not hold up what is behind it.
func TestWhoDoesNotComeBackLosesItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		l.full("voc", 1, 10*time.Second)
		if wait := l.turn(t.Context(), "voc", 2); wait != 10*time.Second+laneStep {
			t.Errorf("it waits %v; want the platform's wait, and one step", wait)
		}
		time.Sleep(10*time.Second + laneStep)
		if wait := l.turn(t.Context(), "voc", 2); wait != laneStep {
			t.Errorf("it waits %v for one that is a second late", wait)
		}
		time.Sleep(laneLate)
		if wait := l.turn(t.Context(), "voc", 2); wait != 0 {
			t.Errorf("it waits %v for one that does not come", wait)
		}
	})
}

// TestWhatIsFarBackLooksAgain: it comes earlier than its turn would be, for what
// goes before it may be done, and not so often that many ask all the time.
func TestWhatIsFarBackLooksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		l.full("voc", 0, time.Second)
		for id, want := range map[int64]int{20: 21, 30: 31, 31: 31, 299: 31, 310: 32, 1000: 101} {
			l.all["voc"].waiting = map[int64]time.Time{}
			for other := range id {
				l.all["voc"].waiting[other] = time.Now()
			}
			if wait := l.turn(t.Context(), "voc", id); wait != time.Duration(want)*time.Second {
				t.Errorf("with %d before it, it waits %v", id, wait)
			}
		}
	})
}
