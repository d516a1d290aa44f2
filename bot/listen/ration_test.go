package listen

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"earshot/bot"
)

// rationed is a source with a hundred reads.
type rationed struct {
	polled
	left *atomic.Int64
}

func (r rationed) Rations() []bot.Ration {
	return []bot.Ration{{What: "reads", Left: int(r.left.Load()), Of: 100, Until: time.Now().Add(time.Hour), Mend: "Buy more."}}
}

func TestARationThatIsNearlySpentIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		left := &atomic.Int64{}
		left.Store(11)
		r := start(t, w, Entry{Name: "a", Kind: "k", Every: time.Hour, Source: rationed{polled(count), left}})
		time.Sleep(3 * time.Minute)
		if notices, _ := w.told(); len(notices) != 0 {
			t.Errorf("too early is told %v", notices)
		}
		left.Store(10)
		time.Sleep(5 * time.Minute)
		notices, _ := w.told()
		if len(notices) != 1 || !strings.Contains(notices[0], "of 100 reads, 10 are left") {
			t.Errorf("told %v", notices)
		}
		left.Store(100)
		time.Sleep(2 * time.Minute)
		if _, mended := w.told(); len(mended) == 0 || mended[len(mended)-1] != "source:a:ration:reads" {
			t.Errorf("mended %v", mended)
		}
		left.Store(0)
		time.Sleep(2 * time.Minute)
		if notices, _ = w.told(); len(notices) != 2 {
			t.Errorf("the next time is told %v", notices)
		}
		stop(t, r)
	})
}
