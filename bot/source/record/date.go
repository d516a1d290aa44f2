package record

import (
	"math"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// DateOrder says how 03/04/2026 is meant.
type DateOrder string

// The orders. Without one, a date that can be read two ways is refused.
const (
	OrderUnknown DateOrder = ""
	DayFirst     DateOrder = "day"
	MonthFirst   DateOrder = "month"
)

// ParseTime reads a date: RFC 3339 and ISO 8601, Unix seconds, milliseconds or
// microseconds, RFC 1123 and RFC 822 forms, Twitter's, "2 Jan 2006", "Jan 2,
// 2006", 2006/01/02, 02.01.2006 and, by order, 02/01/2006; each with or without
// a time of day. zone is that of dates that name none. Nothing is the zero
// time. What cannot be read, or can be read two ways, is an Error of kind
// ErrInvalid. The result is in UTC.
func ParseTime(s string, zone *time.Location, order DateOrder) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil { // the common, fast case
		return sane(t, s)
	}
	s = strings.Join(strings.Fields(s), " ")
	if noValue(s) {
		return time.Time{}, nil
	}
	if t, ok := unix(s); ok {
		return sane(t, s)
	}
	if len(s) > 64 {
		return time.Time{}, unreadable(s)
	}
	if t, ok := layouts(s, zone); ok {
		return sane(t, s)
	}
	return slashed(s, zone, order)
}

// sane refuses dates that can only be mistakes: the year 1 of an empty
// spreadsheet cell, and what JSON and the store cannot hold.
func sane(t time.Time, s string) (time.Time, error) {
	if t = t.UTC(); t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, bot.Errorf(bot.ErrInvalid, "The date %q lies outside 1970 to 9999.", cut(s))
	}
	return t, nil
}

func unreadable(s string) error {
	return bot.Errorf(bot.ErrInvalid, "The date %q cannot be read. Write it as 2026-03-09T14:05:00+01:00.", cut(s))
}

// unix reads seconds, milliseconds or microseconds since 1970: a number's size
// tells which, from 2001 on. Numbers that are too small for that, as a year or
// a spreadsheet's day, are not read.
func unix(s string) (time.Time, bool) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || strings.ContainsAny(s, "xXpPeE_") {
		return time.Time{}, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case f >= 1e9 && f < 1e11:
		if err == nil {
			return time.Unix(n, 0), true
		}
		whole, frac := math.Modf(f)
		return time.Unix(int64(whole), int64(frac*1e3)*1e6), true
	case f >= 1e12 && f < 1e14:
		return time.UnixMilli(int64(f)), true
	case f >= 1e15 && f < 1e17:
		return time.UnixMicro(int64(f)), true
	}
	return time.Time{}, false
}

// layouts tries the forms whose meaning is plain.
func layouts(s string, zone *time.Location) (time.Time, bool) {
	if i := strings.LastIndex(s, " "); i > 0 {
		switch s[i+1:] { // the only zone names with one meaning
		case "UTC", "GMT", "Z":
			s, zone = s[:i], time.UTC
		default:
			if letters(s[i+1:]) && !half(s[i+1:]) && strings.Contains(s, ":") {
				return time.Time{}, false // "EST" is three different zones
			}
		}
	}
	for _, layout := range known() {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func letters(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func half(s string) bool { return s == "AM" || s == "PM" }

// known lists the layouts, the likeliest first. Go reads a fraction of a
// second after any seconds by itself.
func known() []string {
	return []string{
		"2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05-0700",
		"2006-01-02T15:04:05", "2006-01-02T15:04:05-0700", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006-01-02 15:04", "2006-01-02",
		"2006/01/02 15:04:05", "2006/01/02 15:04", "2006/01/02", "20060102T150405Z07:00", "20060102",
		"2.1.2006 15:04:05", "2.1.2006 15:04", "2.1.2006",
		"Mon Jan _2 15:04:05 -0700 2006", "Mon Jan _2 15:04:05 2006", "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05",
		"2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05", "2 Jan 2006 15:04", "2 Jan 2006", "2-Jan-2006", "2 January 2006", "2 January 2006 15:04",
		"Jan 2, 2006 3:04:05 PM", "Jan 2, 2006 3:04 PM", "Jan 2, 2006 15:04:05", "Jan 2, 2006 15:04", "Jan 2, 2006",
		"January 2, 2006 3:04 PM", "January 2, 2006 15:04", "January 2, 2006", "Monday, January 2, 2006",
	}
}

// slashed reads 03/04/2026 and 3-4-2026, with or without a time of day.
func slashed(s string, zone *time.Location, order DateOrder) (time.Time, error) {
	day, clock, _ := strings.Cut(s, " ")
	parts := strings.FieldsFunc(strings.TrimSuffix(day, ","), func(r rune) bool { return r == '/' || r == '-' })
	if len(parts) != 3 || len(parts[2]) != 4 {
		return time.Time{}, unreadable(s)
	}
	a, err1 := strconv.Atoi(parts[0])
	b, err2 := strconv.Atoi(parts[1])
	if err1 != nil || err2 != nil || a < 1 || b < 1 || max(a, b) > 31 || min(a, b) > 12 {
		return time.Time{}, unreadable(s)
	}
	switch {
	case a > 12:
		order = DayFirst
	case b > 12:
		order = MonthFirst
	case a == b:
		order = DayFirst
	case order == OrderUnknown:
		return time.Time{}, bot.Errorf(bot.ErrInvalid,
			"The date %q can be read two ways. Set date_order to day or month.", cut(s))
	}
	if order == MonthFirst {
		a, b = b, a
	}
	iso := parts[2] + "-" + twoDigits(b) + "-" + twoDigits(a)
	layout := []string{"2006-01-02"}
	if clock != "" {
		iso += " " + clock
		layout = []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02 3:04:05 PM", "2006-01-02 3:04 PM", "2006-01-02 15:04:05 -0700"}
	}
	for _, l := range layout {
		if t, err := time.ParseInLocation(l, iso, zone); err == nil {
			return sane(t, s)
		}
	}
	return time.Time{}, unreadable(s)
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + itoa(n)
	}
	return itoa(n)
}

// cut shows the beginning of a wrong value in a message.
func cut(s string) string { return text.Cut(text.OneLine(text.CutBytes(s, 400)), 40) }
