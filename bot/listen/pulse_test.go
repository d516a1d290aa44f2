package listen

import (
	"testing"
	"testing/synctest"
	"time"

	"earshot/bot"
)

// overdrawn is a source that breaks when it is asked what is left to it.
type overdrawn struct{ polled }

func (overdrawn) Rations() []bot.Ration { panic("a bug") }

// TestPulseIsIsolated: a source that breaks when it is looked after goes on
// being read, and the others are looked after.
func TestPulseIsIsolated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		r := start(t, w, Entry{Name: "bad", Every: time.Minute, Source: overdrawn{polled(count)}}, Entry{Name: "good", Every: time.Minute, Source: polled(count)})
		time.Sleep(5 * time.Minute)
		stop(t, r)
		if n := len(w.said()); n < 6 {
			t.Errorf("%d batches were read", n)
		}
	})
}
