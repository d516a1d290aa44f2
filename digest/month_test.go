package digest

import (
	"testing"
	"time"
)

// TestAMonthBackFromItsEnd: a month before the 31st begins on the last day that
// the earlier month has, not some days into this one.
func TestAMonthBackFromItsEnd(t *testing.T) {
	for _, tc := range []struct {
		months   int
		at, from string
	}{
		{1, "2026-03-31", "2026-02-28"}, {1, "2026-03-29", "2026-02-28"}, {1, "2028-03-30", "2028-02-29"}, {1, "2026-05-31", "2026-04-30"},
		{1, "2026-03-15", "2026-02-15"}, {3, "2026-05-31", "2026-02-28"}, {2, "2026-01-31", "2025-11-30"}, {1, "2026-01-01", "2025-12-01"}, {12, "2028-02-29", "2027-02-28"},
	} {
		at, err := time.Parse(time.DateOnly, tc.at)
		if err != nil {
			t.Fatal(err)
		}
		from, to := Period{Months: tc.months}.Before(at.Add(9*time.Hour), time.UTC)
		if got := from.Format(time.DateOnly); got != tc.from || !to.Equal(at) {
			t.Errorf("%d months before %s begin on %s and end on %s, want %s", tc.months, tc.at, got, to, tc.from)
		}
	}
}
