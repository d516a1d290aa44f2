package youtube

import (
	"sync"
	"time"

	"earshot/bot"
)

// meter counts the units that were spent on a day of Google's.
type meter struct {
	most int // that may be spent in a day

	mu    sync.Mutex
	day   string // "2026-03-09", Pacific Time
	spent int
}

// pacific is where Google's day ends. Where the system has no zones it is an
// hour late in summer: the units count a little longer then.
func pacific() *time.Location {
	if l, err := time.LoadLocation("America/Los_Angeles"); err == nil {
		return l
	}
	return time.FixedZone("PST", -8*3600)
}

// midnight is when the day of now ends.
func midnight(now time.Time) time.Time {
	t := now.In(pacific())
	return time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location())
}

// turn begins a new day when it is one; m.mu is held.
func (m *meter) turn(now time.Time) {
	if day := now.In(pacific()).Format(time.DateOnly); m.day != day {
		m.day, m.spent = day, 0
	}
}

// load takes over what a cursor says was spent, where that is more.
func (m *meter) load(day string, spent int, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.turn(now); m.day == day && spent > m.spent {
		m.spent = min(spent, m.most)
	}
}

// spend counts what a request is about to cost. When less than leave would
// remain it counts nothing, and gives an Error of kind ErrRateLimited that
// lasts until the day ends.
func (m *meter) spend(cost, leave int, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.turn(now); m.spent+cost > m.most-leave {
		return spentUp(now)
	}
	m.spent += cost
	return nil
}

// empty notes that Google says that the day's units are gone.
func (m *meter) empty(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(now)
	m.spent = m.most
}

// read gives the day and what was spent on it.
func (m *meter) read(now time.Time) (day string, spent int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(now)
	return m.day, m.spent
}

// Rations implements bot.Rationed: what is left for answers is none of it.
func (s *Source) Rations() []bot.Ration {
	_, spent := s.units.read(s.now())
	of := s.units.most - leave
	return []bot.Ration{{What: "units of YouTube's Data API a day", Left: max(of-spent, 0), Of: of, Until: midnight(s.now()),
		Mend: "Read fewer channels, or ask Google for more units at https://support.google.com/youtube/contact/yt_api_form. When they are spent, reading stops until midnight Pacific Time; answers go out."}}
}

func spentUp(now time.Time) error {
	return &bot.Error{Kind: bot.ErrRateLimited, RetryAfter: midnight(now).Sub(now),
		Msg: "Today's units of YouTube's Data API are spent; it goes on at midnight Pacific Time. Ask Google for more at https://support.google.com/youtube/contact/yt_api_form, or read fewer channels."}
}
