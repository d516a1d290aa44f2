package spike

import "math"

// The baseline's figures: how fast it forgets, how much it trusts a season
// that it has seen little of, and how far one hour may pull it.
const (
	levelHours   = 24 * 14 // memory of the level, in hours
	seasonDays   = 60      // memory of the seasons, in days
	priorHours   = 4       // pseudo-hours of "this hour is like any other"
	priorDay     = 24      // pseudo-hours of "this day is like any other"
	dispersion   = 2       // k of the negative binomial that one hour is taken for
	winsorSpread = 3       // standard deviations above expected that still count
	winsorFrom   = 6       // hours learnt before an hour may be cut
)

// baseline is what is usual: a level that moves slowly, a factor for the hour
// of the day and one for the day of the week, each shrunk towards 1 while
// little is known. A and E are counts and exposures, both forgotten at the
// same pace.
type baseline struct {
	LA, LE float64
	DA, DE [24]float32
	WA, WE [7]float32
}

// level is the usual count of an hour, season aside.
func (b *baseline) level() float64 { return (b.LA + 0.05) / (b.LE + 0.5) }

func (b *baseline) hourFactor(hour int64) float64 {
	prior := priorHours*(b.LA+0.5)/(b.LE+1) + 1e-9
	h := hour % 24
	return (float64(b.DA[h]) + prior) / (float64(b.DE[h]) + prior)
}

func (b *baseline) dayFactor(hour int64) float64 {
	prior := priorDay*(b.LA+0.5)/(b.LE+1) + 1e-9
	d := hour / 24 % 7
	return (float64(b.WA[d]) + prior) / (float64(b.WE[d]) + prior)
}

// expect is the usual count of this hour (hours since 1970, UTC).
func (b *baseline) expect(hour int64) float64 {
	return b.level() * b.hourFactor(hour) * b.dayFactor(hour)
}

// learn takes in an hour with count total, of which part (0 to 1] was
// observed. What is far above expected is cut first: a burst must not become
// what is usual.
func (b *baseline) learn(hour int64, total, part float64) {
	level, f, g := b.level(), b.hourFactor(hour), b.dayFactor(hour)
	if b.LE > winsorFrom {
		total = min(total, upper(level*f*g*part, winsorSpread)+1)
	}
	keep := math.Exp(-1.0 / levelHours)
	b.LA = b.LA*keep + total
	b.LE = b.LE*keep + f*g*part
	f, g = b.hourFactor(hour), b.dayFactor(hour)
	h, d := hour%24, hour/24%7
	keepHour, keepDay := math.Exp(-1.0/seasonDays), math.Exp(-7.0/seasonDays)
	b.DA[h] = float32(float64(b.DA[h])*keepHour + total)
	b.DE[h] = float32(float64(b.DE[h])*keepHour + level*g*part)
	b.WA[d] = float32(float64(b.WA[d])*keepDay + total)
	b.WE[d] = float32(float64(b.WE[d])*keepDay + level*f*part)
}

// upper is the mean plus so many standard deviations of a negative binomial.
func upper(mean, spread float64) float64 {
	return mean + spread*math.Sqrt(mean+mean*mean/dispersion)
}
