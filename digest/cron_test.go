package digest

import (
	"testing"
	"time"
	_ "time/tzdata" // the property must hold on a machine without zones

	"pgregory.net/rapid"

	"earshot/bot"
)

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestParseSpecRefuses(t *testing.T) {
	for _, spec := range []string{"", "CRON_TZ=UTC", "TZ=UTC 0 9 * * 1", "CRON_TZ=Europe/Berlin 0 9 * * 1", "@every 1h", "@daily", "0 0 31 2 *", "0 9 * * 7", "0 9 * *", "0 9 * * 1 2026", "61 * * * *", "a b c d e", "0 9 * * mon-"} {
		if s, err := ParseSpec(spec, time.UTC); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%q is taken as %v, %v", spec, s, err)
		}
	}
}

// TestNext holds slots to the policy on days when clocks change.
func TestNext(t *testing.T) {
	tests := []struct{ name, zone, spec, after, want string }{
		{"an ordinary Monday", "Europe/Berlin", "0 9 * * 1", "2026-03-10T00:00:00Z", "2026-03-16T08:00:00Z"},
		{"summer time", "Europe/Berlin", "0 9 * * 1", "2026-03-28T00:00:00Z", "2026-03-30T07:00:00Z"},
		{"a slot in the gap runs at its end", "America/New_York", "30 2 * * *", "2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z"},
		{"and the next day at its own time", "America/New_York", "30 2 * * *", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"},
		{"a doubled hour runs the first time", "America/New_York", "30 1 * * *", "2026-11-01T04:00:00Z", "2026-11-01T05:30:00Z"},
		{"and not again", "America/New_York", "30 1 * * *", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"},
		{"nor after a restart in the second pass", "America/New_York", "30 1 * * *", "2026-11-01T06:10:00Z", "2026-11-02T06:30:00Z"},
		{"every quarter hour of a doubled hour, once", "America/New_York", "*/15 * * * *", "2026-11-01T05:45:00Z", "2026-11-01T07:00:00Z"},
		{"a midnight that is missing does not cost a year", "America/Sao_Paulo", "0 0 4 11 *", "2018-01-01T00:00:00Z", "2018-11-04T03:00:00Z"},
		{"a day that is missing", "Pacific/Apia", "0 9 30 12 *", "2011-12-01T00:00:00Z", "2011-12-30T10:00:00Z"},
		{"half an hour of summer time", "Australia/Lord_Howe", "15 2 * * *", "2026-10-03T15:00:00Z", "2026-10-03T15:30:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := ParseSpec(tt.spec, zone(t, tt.zone))
			if err != nil {
				t.Fatal(err)
			}
			after, _ := time.Parse(time.RFC3339, tt.after)
			if got := s.Next(after).Format(time.RFC3339); got != tt.want {
				t.Errorf("next after %s is %s, want %s", tt.after, got, tt.want)
			}
		})
	}
}

func zones() []string {
	return []string{"UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Chatham"}
}

// TestSlots is the property that, wherever one asks, slots go forward, every
// day with a daily time has exactly one slot, and Latest finds the slot that
// Next would have passed last.
func TestSlots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones()).Draw(t, "zone"))
		hour, minute := rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute")
		s, err := ParseSpec(time.Date(2000, 1, 1, hour, minute, 0, 0, time.UTC).Format("4 15")+" * * *", z)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Unix(rapid.Int64Range(1262304000, 1893456000).Draw(t, "start"), 0)
		last, day := start, ""
		for range 400 {
			next := s.Next(last)
			if !next.After(last) || next.Sub(last) > 50*time.Hour {
				t.Fatalf("next after %s is %s", last, next)
			}
			if d := next.In(z).Format(time.DateOnly); d == day && z.String() != "Pacific/Apia" {
				t.Fatalf("two slots on %s", d)
			} else {
				day = d
			}
			if l := next.In(z); (l.Hour() != hour || l.Minute() != minute) && next.Sub(zoneStart(l)) != 0 {
				t.Fatalf("slot %s is neither at %02d:%02d nor at the end of a gap", l, hour, minute)
			}
			last = next
		}
		asked := last.Add(time.Duration(rapid.Int64Range(0, 20*3600).Draw(t, "late")) * time.Second)
		if got := s.Latest(start, asked); !got.Equal(last) {
			t.Fatalf("latest at %s is %s, want %s", asked, got, last)
		}
		if got := s.Latest(last.Add(time.Second), last.Add(2*time.Second)); !got.IsZero() {
			t.Fatalf("a slot where there is none: %s", got)
		}
	})
}

func zoneStart(t time.Time) time.Time {
	start, _ := t.ZoneBounds()
	return start
}

func TestLatestAfterYears(t *testing.T) {
	from := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)
	now := time.Date(2026, 3, 10, 12, 34, 56, 0, time.UTC)
	for spec, want := range map[string]time.Time{
		"* * * * *":  time.Date(2026, 3, 10, 12, 34, 0, 0, time.UTC),
		"0 9 * * 1":  time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC),
		"0 0 29 2 *": time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
	} {
		s, err := ParseSpec(spec, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Latest(from, now); !got.Equal(want) {
			t.Errorf("latest of %q is %s, want %s", spec, got, want)
		}
	}
}

func TestParsePeriod(t *testing.T) {
	for in, want := range map[string]Period{"7d": {Days: 7}, "24h": {Hours: 24}, "2w": {Days: 14}, "1mo": {Months: 1}, "Week": {Days: 7}, " quarter ": {Months: 3}} {
		if got, err := ParsePeriod(in); err != nil || got != want {
			t.Errorf("%q is %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "7", "d", "-7d", "0d", "400d", "7 days", "1y", "99999999999999999999h"} {
		if got, err := ParsePeriod(in); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%q is taken as %v", in, got)
		}
	}
}

func TestPeriods(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	slot := time.Date(2026, 3, 30, 9, 0, 0, 0, berlin) // the Monday after clocks went ahead
	tests := []struct {
		period                            Period
		from, to, before, label, lastTime string
	}{
		{Period{Days: 7}, "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-15T23:00:00Z", "week of 23 to 29 March", "last week"},
		{Period{Days: 1}, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-27T23:00:00Z", "Sunday 29 March", "the day before"},
		{Period{Hours: 24}, "2026-03-29T07:00:00Z", "2026-03-30T07:00:00Z", "2026-03-28T07:00:00Z", "29 March 09:00 to 30 March 09:00", "the 24 hours before"},
		{Period{Days: 30}, "2026-02-27T23:00:00Z", "2026-03-29T22:00:00Z", "2026-01-28T23:00:00Z", "28 February to 29 March", "the 30 days before"},
	}
	for _, tt := range tests {
		from, to := tt.period.Before(slot, berlin)
		pf, pt := previous(from, to, berlin)
		got := []string{from.Format(time.RFC3339), to.Format(time.RFC3339), pf.Format(time.RFC3339), label(from, to, slot, berlin), lastLabel(from, to, berlin)}
		want := []string{tt.from, tt.to, tt.before, tt.label, tt.lastTime}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%v: %q, want %q", tt.period, got[i], want[i])
			}
		}
		if !pt.Equal(from) {
			t.Errorf("%v: the period before ends at %s", tt.period, pt)
		}
	}
	from, to := Period{Months: 1}.Before(time.Date(2026, 4, 1, 9, 0, 0, 0, berlin), berlin)
	pf, _ := previous(from, to, berlin)
	if got := label(from, to, to, berlin) + " after " + label(pf, from, to, berlin); got != "March 2026 after February 2026" {
		t.Errorf("months: %s", got)
	}
}

func FuzzParseSpec(f *testing.F) {
	for _, s := range []string{"0 9 * * 1", "CRON_TZ=UTC", "*/15 8-18 1,15 * mon-fri", "@every 1s", "0 0 31 2 *"} {
		f.Add(s)
	}
	berlin := zone(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpec(text, berlin)
		if err != nil {
			return
		}
		now := time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC)
		if next := s.Next(now); !next.IsZero() && !next.After(now) {
			t.Errorf("%q: next after %s is %s", text, now, next)
		}
	})
}
