package act_test

import (
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
)

func TestParseWhen(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 10, 15, 30, 0, 0, berlin) // a Tuesday
	for in, want := range map[string]string{
		"2h": "2026-03-10 17:30", "30m": "2026-03-10 16:00", "for 90 min": "2026-03-10 17:00", "1h30m": "2026-03-10 17:00", "in 3 days": "2026-03-13 15:30",
		"next working morning": "2026-03-11 09:00", "until tomorrow 9:00": "2026-03-11 09:00", "tomorrow": "2026-03-11 09:00", "tomorrow at 2pm": "2026-03-11 14:00",
		"mon 14:00": "2026-03-16 14:00", "Monday": "2026-03-16 09:00", "next fri 9": "2026-03-13 09:00", "tue 9:00": "2026-03-17 09:00", "tue 16:00": "2026-03-10 16:00",
		"next tue": "2026-03-17 09:00", "next tue 16:00": "2026-03-17 16:00", "on tue 9:00": "2026-03-17 09:00", "on tue 16:00": "2026-03-10 16:00", "on mon": "2026-03-16 09:00",
		"16:30": "2026-03-10 16:30", "9:00": "2026-03-11 09:00", "noon": "2026-03-11 12:00", "12am": "2026-03-11 00:00",
		"2026-03-20 14:00": "2026-03-20 14:00", "2026-03-20T14:00": "2026-03-20 14:00", "2026-03-20": "2026-03-20 09:00", "until 2026-03-20T14:00:00Z": "2026-03-20 15:00",
		"2026-03-29 02:30": "2026-03-29 03:30", // the clock goes forward there
	} {
		got, err := act.ParseWhen(in, now, berlin)
		if err != nil || got.In(berlin).Format("2006-01-02 15:04") != want {
			t.Errorf("%q is %s (%v), want %s", in, got.In(berlin).Format("2006-01-02 15:04"), err, want)
		}
	}
	for _, in := range []string{"", "until", "soon", "0m", "2026-03-09", "today 9:00", "25:00", "9:7", "2026-13-40", "400 days", "99999999999h", "mon tue", "13pm", "-2h"} {
		if got, err := act.ParseWhen(in, now, berlin); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%q is %s (%v), want it refused", in, got, err)
		}
	}
}

func TestNextMorning(t *testing.T) {
	for in, want := range map[string]string{
		"2026-03-10T08:59:00Z": "2026-03-10T09:00:00Z", "2026-03-10T09:00:00Z": "2026-03-11T09:00:00Z",
		"2026-03-13T10:00:00Z": "2026-03-16T09:00:00Z", "2026-03-14T01:00:00Z": "2026-03-16T09:00:00Z", "2026-03-15T23:00:00Z": "2026-03-16T09:00:00Z",
	} {
		now, err := time.Parse(time.RFC3339, in)
		if err != nil {
			t.Fatal(err)
		}
		if got := act.NextMorning(now, time.UTC).Format(time.RFC3339); got != want {
			t.Errorf("after %s it is %s, want %s", in, got, want)
		}
	}
}

func FuzzParseWhen(f *testing.F) {
	for _, s := range []string{"2h", "tomorrow 9:00", "mon 14:00", "until 2026-03-09T14:00:00Z", "next working morning", "for 1w2d", "noon", "next", "on at"} {
		f.Add(s)
	}
	now := time.Date(2026, 3, 10, 15, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, in string) {
		at, err := act.ParseWhen(in, now, time.UTC)
		if err == nil && (!at.After(now) || at.Sub(now) > 367*24*time.Hour) {
			t.Errorf("%q is %s", in, at)
		}
		if err != nil && bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%q: %v", in, err)
		}
	})
}
