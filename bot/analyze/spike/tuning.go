package spike

// The figures that were chosen once by looking at data; the rest of the
// detector's figures are constants beside what they are for.
//
// tuning is those that the measured series could be made to fit: LeaveOneOut
// chooses them anew without one series and judges them on it. Everywhere else
// they are standard, one fixed set for every series.
type tuning struct {
	floor   [windowCount]float64 // the least score that is worth a word, by window
	spread  [windowCount]float64 // standard deviations above the usual daily peak
	record  float64              // part of the record of the last 4 to 5 weeks
	unsure  float64              // how much the floor is raised while little is known: by √(1 + unsure/(days + 7))
	clipped float64              // standard deviations above expected that the seasons learn from
}

// standard is what every detector runs with.
func standard() *tuning {
	return &tuning{
		floor:   [windowCount]float64{1.9, 0.835, 0.8},
		spread:  [windowCount]float64{2, 1.25, 2},
		record:  0.95,
		unsure:  4,
		clipped: 1.5,
	}
}
