package digest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
)

// Period is the stretch of time that a report speaks of: so many hours, whole
// days or months, in the audience's own zone.
type Period struct {
	Hours, Days, Months int // exactly one is set
}

// maxPeriod is the longest period, in days.
const maxPeriod = 366

// ParsePeriod reads "24h", "7d", "2w", "1mo", or the words day, week, month
// and quarter.
func ParsePeriod(s string) (Period, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if p, ok := map[string]Period{"day": {Days: 1}, "week": {Days: 7}, "month": {Months: 1}, "quarter": {Months: 3}}[s]; ok {
		return p, nil
	}
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz")
	n, err := strconv.Atoi(digits)
	p := Period{}
	switch s[len(digits):] {
	case "h":
		p.Hours = n
	case "d":
		p.Days = n
	case "w":
		p.Days = 7 * n
	case "mo":
		p.Months = n
	default:
		err = strconv.ErrSyntax
	}
	if err != nil || n < 1 || n > maxPeriod*24 || p.Hours/24+p.Days+p.Months*30 > maxPeriod {
		return Period{}, bot.Errorf(bot.ErrInvalid, "%q is no period. Write 24h, 7d, 2w, 1mo, or day, week, month, quarter; a year at most.", s)
	}
	return p, nil
}

// String is the period as ParsePeriod reads it.
func (p Period) String() string {
	switch {
	case p.Months > 0:
		return fmt.Sprintf("%dmo", p.Months)
	case p.Days > 0:
		return fmt.Sprintf("%dd", p.Days)
	}
	return fmt.Sprintf("%dh", p.Hours)
}

// Before is the period that ends at a slot: hours end at the full hour, days
// and months at the midnight of the slot's day in zone.
func (p Period) Before(slot time.Time, zone *time.Location) (from, to time.Time) {
	local := slot.In(zone)
	if p.Hours > 0 {
		to = slot.Truncate(time.Hour).UTC()
		return to.Add(-time.Duration(p.Hours) * time.Hour), to
	}
	return p.back(local.Year(), local.Month(), local.Day(), zone)
}

// back is the period that ends with the midnight of a day. A month back from a
// day that the earlier month does not have is that month's last.
func (p Period) back(y int, m time.Month, d int, zone *time.Location) (from, to time.Time) {
	to = midnight(y, m, d, zone)
	if p.Months > 0 {
		m -= time.Month(p.Months)
		d = min(d, time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day())
	}
	return midnight(y, m, d-p.Days, zone), to
}

// midnight is the first instant of a day, also where clocks jump over 00:00.
func midnight(y int, m time.Month, d int, zone *time.Location) time.Time {
	return instant(time.Date(y, m, d, 0, 0, 0, 0, time.UTC), zone).UTC()
}

// previous is the stretch of the same kind that ends where [from, to) begins.
func previous(from, to time.Time, zone *time.Location) (time.Time, time.Time) {
	f, t := from.In(zone), to.In(zone)
	if isMidnight(f) && isMidnight(t) {
		if f.Day() == 1 && t.Day() == 1 {
			months := (t.Year()-f.Year())*12 + int(t.Month()-f.Month())
			return midnight(f.Year(), f.Month()-time.Month(months), 1, zone), from
		}
		return midnight(f.Year(), f.Month(), f.Day()-days(f, t), zone), from
	}
	return from.Add(-to.Sub(from)), from
}

func isMidnight(t time.Time) bool {
	return t.Equal(instant(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC), t.Location()))
}

// days is how many calendar days lie between two local midnights.
func days(f, t time.Time) int {
	a := time.Date(f.Year(), f.Month(), f.Day(), 0, 0, 0, 0, time.UTC)
	b := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return int(b.Sub(a) / (24 * time.Hour))
}

// stepsOf cuts a period into the steps of its volume chart: hours up to two
// days, days up to six weeks, else weeks.
func stepsOf(from, to time.Time, zone *time.Location) []time.Time {
	var steps []time.Time
	switch length := to.Sub(from); {
	case length <= 49*time.Hour:
		for t := from; t.Before(to); t = t.Add(time.Hour) {
			steps = append(steps, t)
		}
	default:
		every := 1
		if length > 43*24*time.Hour {
			every = 7
		}
		f := from.In(zone)
		for t, i := from, 0; t.Before(to); i++ {
			steps = append(steps, t)
			t = midnight(f.Year(), f.Month(), f.Day()+every*(i+1), zone)
		}
	}
	return steps
}

// label is how people call a period: "week of 9 to 15 March", "March 2026",
// "9 March", "28 February to 6 March".
func label(from, to, now time.Time, zone *time.Location) string {
	f, t := from.In(zone), to.In(zone)
	if !isMidnight(f) || !isMidnight(t) {
		return f.Format("2 January 15:04") + " to " + t.Format("2 January 15:04") + year(t, now.In(zone))
	}
	last := t.AddDate(0, 0, -1)
	switch n := days(f, t); {
	case n == 1:
		return f.Format("Monday 2 January") + year(f, now.In(zone))
	case f.Day() == 1 && t.Day() == 1 && n <= 31:
		return f.Format("January 2006")
	case n == 7:
		return "week of " + span(f, last) + year(last, now.In(zone))
	}
	return span(f, last) + year(last, now.In(zone))
}

func span(f, last time.Time) string {
	if f.Month() == last.Month() && f.Year() == last.Year() {
		return f.Format("2") + " to " + last.Format("2 January")
	}
	return f.Format("2 January") + " to " + last.Format("2 January")
}

// year names the year where it is not the reader's own.
func year(t, now time.Time) string {
	if t.Year() == now.Year() {
		return ""
	}
	return t.Format(" 2006")
}

// lastLabel is how people call the period before: "last week".
func lastLabel(from, to time.Time, zone *time.Location) string {
	f, t := from.In(zone), to.In(zone)
	if isMidnight(f) && isMidnight(t) {
		switch n := days(f, t); {
		case n == 1:
			return "the day before"
		case n == 7:
			return "last week"
		case f.Day() == 1 && t.Day() == 1 && n <= 31:
			return "last month"
		case n > 1:
			return fmt.Sprintf("the %d days before", n)
		}
	}
	hours := int(to.Sub(from).Hours())
	if hours >= 48 && hours%24 == 0 {
		return fmt.Sprintf("the %d days before", hours/24)
	}
	return fmt.Sprintf("the %d hours before", hours)
}
