package act

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"earshot/bot"
)

// The team's working day: Monday to Friday, from nine.
const dayStarts = 9

// snoozeMost is the longest snooze: what is further away is forgotten.
const snoozeMost = 366 * 24 * time.Hour

// NextMorning is nine o'clock of the next working day after now in zone.
func NextMorning(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), dayStarts, 0, 0, 0, zone)
	for !at.After(now) || weekend(at) {
		at = time.Date(at.Year(), at.Month(), at.Day()+1, dayStarts, 0, 0, 0, zone)
	}
	return at
}

func weekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

// ParseWhen reads a time to come as people write it: "next working morning",
// "2h", "30m", "3 days", "tomorrow 9:00", "mon 14:00", "16:30", "2026-03-09
// 14:00", RFC 3339; each with or without "until", "for" or "in" before it. Days
// and clocks are those of zone. An Error of kind ErrInvalid says what is
// understood.
func ParseWhen(s string, now time.Time, zone *time.Location) (time.Time, error) {
	raw := strings.TrimSpace(s)
	words := strings.Fields(strings.ToLower(raw))
	for len(words) > 0 && (words[0] == "until" || words[0] == "till" || words[0] == "for" || words[0] == "in" || words[0] == "to") {
		words = words[1:]
	}
	at, ok := parseWhen(words, now, zone)
	if !ok {
		return time.Time{}, bot.Errorf(bot.ErrInvalid,
			"That is not a time I know. Try: 2h, 30m, tomorrow 9:00, mon 14:00, 2026-03-09 14:00, or next working morning.")
	}
	switch {
	case !at.After(now):
		return time.Time{}, bot.Errorf(bot.ErrInvalid, "That time is past. Choose one that is still to come.")
	case at.Sub(now) > snoozeMost:
		return time.Time{}, bot.Errorf(bot.ErrInvalid, "That is more than a year away. Choose a time within a year.")
	}
	return at, nil
}

func parseWhen(words []string, now time.Time, zone *time.Location) (time.Time, bool) {
	if len(words) == 0 || len(words) > 6 {
		return time.Time{}, false
	}
	switch strings.Join(words, " ") {
	case "next working morning", "working morning", "next morning", "morning", "next working day":
		return NextMorning(now, zone), true
	}
	if d, ok := ParseSpan(strings.Join(words, "")); ok {
		return now.Add(d), true
	}
	if len(words) == 1 {
		if at, err := time.Parse(time.RFC3339, strings.ToUpper(words[0])); err == nil {
			return at, true
		}
	}
	return parseDay(words, now, zone)
}

// ParseSpan reads a length of time as people write it: "2h", "1h30m", "3days", "90 min".
func ParseSpan(s string) (time.Duration, bool) {
	units := map[string]time.Duration{
		"s": time.Second, "sec": time.Second, "second": time.Second, "seconds": time.Second,
		"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
		"h": time.Hour, "hr": time.Hour, "hrs": time.Hour, "hour": time.Hour, "hours": time.Hour,
		"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
		"w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour,
	}
	var total time.Duration
	for s != "" {
		digits := s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
		rest := s[len(digits):]
		word := rest[:len(rest)-len(strings.TrimLeftFunc(rest, unicode.IsLetter))]
		unit, known := units[word]
		n, err := strconv.Atoi(digits)
		if err != nil || !known || n > 100_000 {
			return 0, false
		}
		if total += time.Duration(n) * unit; total > 2*snoozeMost {
			return 2 * snoozeMost, true
		}
		s = rest[len(word):]
	}
	return total, total > 0
}

// parseDay reads a day, a clock, or both.
func parseDay(words []string, now time.Time, zone *time.Location) (time.Time, bool) {
	local := now.In(zone)
	day, rest, ok := whichDay(words, local)
	hour, minute := dayStarts, 0
	if len(rest) > 0 && rest[0] == "at" {
		rest = rest[1:]
	}
	switch len(rest) {
	case 0:
		if !ok {
			return time.Time{}, false
		}
	case 1:
		var is bool
		if hour, minute, is = clock(rest[0]); !is {
			return time.Time{}, false
		}
	default:
		return time.Time{}, false
	}
	at := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, zone)
	if !ok && !at.After(now) { // a clock alone: the next time it shows that
		at = time.Date(day.Year(), day.Month(), day.Day()+1, hour, minute, 0, 0, zone)
	}
	named, next := words[0], words[0] == "next"
	if len(words) > 1 && (next || named == "on") {
		named = words[1]
	}
	if isWeekday(named) && (!at.After(now) || next && day.YearDay() == local.YearDay()) { // "mon 9:00" on a Monday at ten, "next mon" on any
		at = time.Date(day.Year(), day.Month(), day.Day()+7, hour, minute, 0, 0, zone)
	}
	return at, true
}

// whichDay takes a day off the front of words; ok tells that there was one.
func whichDay(words []string, local time.Time) (day time.Time, rest []string, ok bool) {
	switch words[0] {
	case "today":
		return local, words[1:], true
	case "tomorrow", "tmr":
		return local.AddDate(0, 0, 1), words[1:], true
	case "next", "on":
		if len(words) > 1 && isWeekday(words[1]) {
			return onWeekday(words[1], local), words[2:], true
		}
	}
	if isWeekday(words[0]) {
		return onWeekday(words[0], local), words[1:], true
	}
	if at, err := time.ParseInLocation("2006-01-02", words[0], local.Location()); err == nil {
		return at, words[1:], true
	}
	if date, hour, is := strings.Cut(words[0], "t"); is && len(words) == 1 {
		if at, err := time.ParseInLocation("2006-01-02", date, local.Location()); err == nil {
			return at, []string{hour}, true
		}
	}
	return local, words, false
}

func isWeekday(word string) bool { return weekdayOf(word) >= 0 }

// weekdayOf reads "mon", "monday"; −1 for anything else.
func weekdayOf(word string) int {
	word = strings.TrimSuffix(word, ",")
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		if len(word) >= 3 && strings.HasPrefix(name, word) {
			return int(d)
		}
	}
	return -1
}

func onWeekday(word string, local time.Time) time.Time {
	return local.AddDate(0, 0, (weekdayOf(word)-int(local.Weekday())+7)%7)
}

// clock reads "14:00", "9", "9am", "2:30pm", "14h", "noon".
func clock(s string) (hour, minute int, ok bool) {
	if s == "noon" {
		return 12, 0, true
	}
	half := 0
	switch {
	case strings.HasSuffix(s, "am"):
		s, half = strings.TrimSuffix(s, "am"), 1
	case strings.HasSuffix(s, "pm"):
		s, half = strings.TrimSuffix(s, "pm"), 2
	}
	h, m, has := strings.Cut(strings.TrimSuffix(s, "h"), ":")
	hour, err := strconv.Atoi(h)
	if err != nil || hour < 0 || hour > 23 || (half > 0 && (hour < 1 || hour > 12)) {
		return 0, 0, false
	}
	if has {
		if minute, err = strconv.Atoi(m); err != nil || minute < 0 || minute > 59 || len(m) != 2 {
			return 0, 0, false
		}
	}
	switch {
	case half == 1 && hour == 12:
		hour = 0
	case half == 2 && hour < 12:
		hour += 12
	}
	return hour, minute, true
}
