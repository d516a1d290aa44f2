package spike

import "math"

// The baseline's figures: how fast it forgets, how much it trusts a season
// that it has seen little of, and how far one hour may pull it.
const (
	levelHours   = 24 * 14 // memory of the level, in hours
	seasonDays   = 60      // memory of the seasons, in days
	priorHours   = 4       // pseudo-hours of "this hour is like any other"
	priorDay     = 24      // pseudo-hours of "this day is like any other"
	neighbours   = 0.5     // weight of the hours before and after in an hour's factor
	dispersion   = 2       // k of the negative binomial that one hour is taken for
	levelSpread  = 3       // standard deviations above expected that the level learns from
	alarmSpread  = -1      // and the seasons while an episode runs
	winsorFrom   = 6       // hours learnt before an hour may be cut
	hoursOfDay   = 24
	daysOfWeek   = 7
	minutesADay  = 24 * 60
	levelPseudo  = 0.05 // people and hours of a series of which nothing is known
	levelPseudoE = 0.5
)

// baseline is what is usual: a level that moves slowly, a factor for the hour
// of the day and one for the day of the week, each shrunk towards 1 while
// little is known. A and E are counts and exposures, both forgotten at the
// same pace.
type baseline struct {
	LA, LE float64
	DA, DE [hoursOfDay]float32
	WA, WE [daysOfWeek]float32
}

// level is the usual count of an hour, season aside.
func (b *baseline) level() float64 { return (b.LA + levelPseudo) / (b.LE + levelPseudoE) }

// hourFactor is how the hour of the day compares with the level. Its
// neighbours count half: days have no corners, and it is less at chance's mercy.
func (b *baseline) hourFactor(hour int64) float64 {
	prior := priorHours*(b.LA+0.5)/(b.LE+1) + 1e-9
	h := hour % hoursOfDay
	before, after := (h+hoursOfDay-1)%hoursOfDay, (h+1)%hoursOfDay
	a := float64(b.DA[h]) + neighbours*float64(b.DA[before]+b.DA[after])
	e := float64(b.DE[h]) + neighbours*float64(b.DE[before]+b.DE[after])
	return (a + prior) / (e + prior)
}

func (b *baseline) dayFactor(hour int64) float64 {
	prior := priorDay*(b.LA+0.5)/(b.LE+1) + 1e-9
	d := hour / hoursOfDay % daysOfWeek
	return (float64(b.WA[d]) + prior) / (float64(b.WE[d]) + prior)
}

// expect is the usual count of this hour (hours since 1970, UTC).
func (b *baseline) expect(hour int64) float64 {
	return b.level() * b.hourFactor(hour) * b.dayFactor(hour)
}

// learn takes in an hour with count total, of which part (0 to 1] was
// observed. What is far above expected is cut first: a burst must not become
// what is usual. The seasons are cut harder than the level, by clipped standard
// deviations: a burst that comes back every week would be taken for the week's
// shape, while a level that has moved must be learnt. While an episode runs they
// are cut to below what is expected, and so give back what the burst's first
// hours taught before it was noticed. What a cut takes from all hours alike the
// level puts right.
func (b *baseline) learn(hour int64, total, part, clipped float64) {
	level, f, g := b.level(), b.hourFactor(hour), b.dayFactor(hour)
	season := total
	if b.LE > winsorFrom {
		mean := level * f * g * part
		total = min(total, upper(mean, levelSpread)+1)
		season = max(0, min(season, upper(mean, clipped)))
	}
	keep := math.Exp(-1.0 / levelHours)
	b.LA = b.LA*keep + total
	b.LE = b.LE*keep + f*g*part
	f, g = b.hourFactor(hour), b.dayFactor(hour)
	h, d := hour%hoursOfDay, hour/hoursOfDay%daysOfWeek
	keepHour := math.Exp(-1.0 / seasonDays)                     // an hour of the day is learnt once a day
	keepDay := math.Exp(-1.0 / (seasonDays / 7.0 * hoursOfDay)) // a day of the week 24 times a week
	b.DA[h] = float32(float64(b.DA[h])*keepHour + season)
	b.DE[h] = float32(float64(b.DE[h])*keepHour + level*g*part)
	b.WA[d] = float32(float64(b.WA[d])*keepDay + season)
	b.WE[d] = float32(float64(b.WE[d])*keepDay + level*f*part)
}

// upper is the mean plus so many standard deviations of a negative binomial.
func upper(mean, spread float64) float64 {
	return mean + spread*math.Sqrt(mean+mean*mean/dispersion)
}
