package digest

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"earshot/bot"
)

// Spec is when a digest is due: five cron fields, read on the clock of a zone.
//
// Where clocks jump ahead, a slot within the jump is due at its end; where they
// are set back, a slot of the doubled hour is due once, the first time round.
type Spec struct {
	text string
	when cron.Schedule
	zone *time.Location
}

// ParseSpec reads five cron fields (minute, hour, day of month, month, day of
// week) for a zone. What never comes, what names a zone of its own and
// intervals ("@every") are refused: their slots could not be told apart after
// a restart.
func ParseSpec(text string, zone *time.Location) (Spec, error) {
	text = strings.Join(strings.Fields(text), " ")
	switch {
	case strings.Contains(text, "TZ="):
		return Spec{}, bot.Errorf(bot.ErrInvalid, "The schedule %q names a zone. Take it out and set the audience's zone instead.", text)
	case strings.HasPrefix(text, "@"):
		return Spec{}, bot.Errorf(bot.ErrInvalid, "The schedule %q is not five fields. Write minute, hour, day, month, weekday: \"0 9 * * 1\" is Mondays at 09:00.", text)
	}
	when, err := parseCron(text)
	if err != nil {
		return Spec{}, &bot.Error{Kind: bot.ErrInvalid, Err: err,
			Msg: "The schedule \"" + text + "\" cannot be read. Write minute (0-59), hour (0-23), day (1-31), month (1-12), weekday (0-6, Sunday is 0): \"0 9 * * 1\" is Mondays at 09:00."}
	}
	s := Spec{text, when, zone}
	if when.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Spec{}, bot.Errorf(bot.ErrInvalid, "The schedule %q never comes: there is no such day.", text)
	}
	return s, nil
}

// parseCron reads the fields. The parser panics on some inputs
// (github.com/robfig/cron/issues/554), which is no reason to fall.
func parseCron(text string) (when cron.Schedule, err error) {
	defer func() {
		if r := recover(); r != nil {
			when, err = nil, bot.Errorf(bot.ErrInvalid, "The schedule %q cannot be read.", text)
		}
	}()
	p := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	return p.Parse(text)
}

// String is the five fields.
func (s Spec) String() string { return s.text }

// Next is the first slot after t, in UTC; zero when there is none within five
// years.
func (s Spec) Next(t time.Time) time.Time {
	civil := civilTime(t.In(s.zone))
	for {
		civil = s.when.Next(civil)
		if civil.IsZero() {
			return time.Time{}
		}
		if slot := instant(civil, s.zone); slot.After(t) {
			return slot.UTC()
		}
	}
}

// Latest is the last slot at or before t that is not before from; zero when
// there is none. It looks back in growing steps, so a year of downtime costs no
// more than a day.
func (s Spec) Latest(from, t time.Time) time.Time {
	for back := time.Hour; ; back *= 24 {
		start := t.Add(-back)
		if start.Before(from) || back > 5*366*24*time.Hour {
			start = from
		}
		slot := s.Next(start.Add(-time.Nanosecond))
		if !slot.IsZero() && !slot.After(t) {
			for next := s.Next(slot); !next.IsZero() && !next.After(t); next = s.Next(slot) {
				slot = next
			}
			return slot
		}
		if start.Equal(from) {
			return time.Time{}
		}
	}
}

// civilTime is what the clock on the wall shows, written down as if it were UTC.
func civilTime(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// instant is when a clock on the wall of zone first shows civil; where it
// never does, because clocks jump over it, the end of the jump.
func instant(civil time.Time, zone *time.Location) time.Time {
	var first, late time.Time
	for _, probe := range []time.Duration{-36 * time.Hour, 0, 36 * time.Hour} {
		_, offset := civil.Add(probe).In(zone).Zone()
		at := civil.Add(-time.Duration(offset) * time.Second).In(zone)
		if civilTime(at).Equal(civil) && (first.IsZero() || at.Before(first)) {
			first = at
		}
		if late.IsZero() || at.After(late) {
			late = at
		}
	}
	if !first.IsZero() {
		return first
	}
	start, _ := late.ZoneBounds()
	return start
}
