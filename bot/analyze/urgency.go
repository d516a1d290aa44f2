package analyze

import (
	"fmt"
	"time"

	"earshot/bot"
	"earshot/bot/analyze/intent"
)

// Urgency is how many points each reason to hurry is worth, and from how many
// a case is of which level. The points of all reasons of a mention are added;
// the card names the reasons. What a customer's tier adds is known later, and
// stands in the settings of acting.
type Urgency struct {
	Safety       int     // fire, shock, injury, danger or illness is mentioned
	Legal        int     // law, an authority, fraud or data is mentioned
	Churn        int     // says they leave, go to somebody else, or never come again
	VeryNegative int     // probability of negative from veryNegative
	Complaint    int     // a complaint that is not very negative
	Waiting      int     // says that nobody answered
	Repeated     int     // says that it is not the first time
	Asks         int     // a question or request
	LowRating    int     // two fifths of the marks or less
	Old          int     // a complaint, question or request that was a day old when it was heard
	Reach        []Reach // the first whose Followers are reached counts, where there is something to answer

	Normal, High, Critical int // levels: from how many points on
}

// Reach is what an author's followers are worth.
type Reach struct{ Followers, Points int }

// veryNegative is how sure a negative text must be for its own sake.
const veryNegative = 0.85

// oldAfter is the age from which nobody should have to wait longer.
const oldAfter = 24 * time.Hour

// DefaultUrgency is what Settings.Urgency means when it is zero. Danger alone
// is urgent. Law alone is high, and so is leaving with a complaint. A plain
// complaint or question is normal; a low rating, waiting and a second time
// lift it. What is only heard of counts half.
func DefaultUrgency() Urgency {
	return Urgency{
		Safety: 60, Legal: 35, Churn: 25, VeryNegative: 15, Complaint: 10, Waiting: 10, Repeated: 5, Asks: 10, LowRating: 5, Old: 5,
		Reach:  []Reach{{100_000, 40}, {10_000, 20}, {1_000, 5}},
		Normal: 10, High: 30, Critical: 60,
	}
}

func (u Urgency) isZero() bool { return u.Normal == 0 && u.High == 0 && u.Critical == 0 }

// of sums up the reasons of one mention.
func (u Urgency) of(v *bot.Verdict, wants *intent.Result, m *bot.Mention) bot.Urgency {
	var sum bot.Urgency
	add := func(points int, reason string) {
		if points > 0 {
			sum.Points += points
			sum.Reasons = append(sum.Reasons, reason)
		}
	}
	happy := v.Label == bot.Positive
	if !happy {
		u.grave(v, wants, add)
	}
	complains := v.HasIntent(bot.Complaint) || v.Label == bot.Negative || v.Label == bot.Mixed
	asks := v.HasIntent(bot.Question) || v.HasIntent(bot.Request)
	switch {
	case v.Label != bot.Unsure && v.Probs.Negative >= veryNegative:
		add(u.VeryNegative, "very negative")
	case complains && !happy:
		add(u.Complaint, "a complaint")
	}
	if low(m.Rating) {
		add(u.LowRating, "a low rating")
	}
	if asks {
		add(u.Asks, "asks for an answer")
	}
	if wants.Repeated && !happy {
		add(u.Repeated, "says it is not the first time")
	}
	if !m.History && !happy && (complains || asks) && !m.SeenAt.IsZero() && !m.CreatedAt.IsZero() && m.SeenAt.Sub(m.CreatedAt) >= oldAfter {
		add(u.Old, "was a day old when it was heard")
	}
	if !happy && (complains || asks || len(wants.Reasons) > 0) {
		u.reach(m, add)
	}
	sum.Level = u.level(sum.Points)
	return sum
}

// grave adds danger, law, leaving and waiting: each once at its worth, and what
// is only heard of at half of it.
func (u Urgency) grave(v *bot.Verdict, wants *intent.Result, add func(points int, reason string)) {
	worth := map[bot.Intent]int{bot.Safety: u.Safety, bot.Legal: u.Legal, bot.Churn: u.Churn, "": u.Waiting}
	for _, r := range wants.Reasons {
		points := worth[r.Intent]
		if v.Voice == bot.Hearsay {
			points /= 2
		}
		add(points, r.Text)
		worth[r.Intent] = min(worth[r.Intent], 1) // a second word for the same thing adds its reason, hardly weight
		if v.Voice == bot.Hearsay {
			worth[r.Intent] *= 2
		}
	}
}

// reach counts an author's followers.
func (u Urgency) reach(m *bot.Mention, add func(int, string)) {
	for _, r := range u.Reach {
		if m.Author.Followers >= r.Followers {
			add(r.Points, thousands(m.Author.Followers)+" followers")
			return
		}
	}
}

// level is the level of a sum of points.
func (u Urgency) level(points int) bot.UrgencyLevel {
	switch {
	case points >= u.Critical:
		return bot.UrgencyCritical
	case points >= u.High:
		return bot.UrgencyHigh
	case points >= u.Normal:
		return bot.UrgencyNormal
	}
	return bot.UrgencyLow
}

// UrgencyLevel is the level of a sum of points, for those who add a reason that
// no text tells, such as the customer's tier.
func (a *Analyzer) UrgencyLevel(points int) bot.UrgencyLevel { return a.settings.Urgency.level(points) }

// thousands writes n with commas: 12,400.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}
