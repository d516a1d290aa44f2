package analyze

import (
	"fmt"

	"earshot/bot"
	"earshot/bot/analyze/intent"
)

// Urgency is how many points each reason to hurry is worth, and from how many
// a case is of which level.
type Urgency struct {
	Safety, Legal, Churn   int
	VeryNegative           int // probability of negative from veryNegative
	Waiting                int // says that nobody answered
	Asks                   int // a question or request
	LowRating              int
	Reach                  []Reach // the first whose Followers are reached counts
	Normal, High, Critical int     // levels
}

// Reach is what an author's followers are worth.
type Reach struct{ Followers, Points int }

// veryNegative is how sure a negative text must be for its own sake.
const veryNegative = 0.85

// DefaultUrgency is what Settings.Urgency means when it is zero: fire alone
// is urgent; leaving while nobody answers is high.
func DefaultUrgency() Urgency {
	return Urgency{
		Safety: 60, Legal: 35, Churn: 25, VeryNegative: 15, Waiting: 10, Asks: 10, LowRating: 10,
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
	counted := map[bot.Intent]bool{}
	for _, r := range wants.Reasons {
		points := map[bot.Intent]int{bot.Safety: u.Safety, bot.Legal: u.Legal, bot.Churn: u.Churn, "": u.Waiting}[r.Intent]
		if counted[r.Intent] {
			points = 1 // a second word for the same thing adds its reason, hardly weight
		}
		if happy {
			continue
		}
		if v.Voice == bot.Hearsay {
			points /= 2
		}
		counted[r.Intent] = true
		add(points, r.Text)
	}
	if v.Label != bot.Unsure && v.Probs.Negative >= veryNegative {
		add(u.VeryNegative, "very negative")
	}
	if low(m.Rating) {
		add(u.LowRating, "a low rating")
	}
	if v.HasIntent(bot.Question) || v.HasIntent(bot.Request) {
		add(u.Asks, "asks for an answer")
	}
	u.reach(m, happy, add)
	sum.Level = u.level(sum.Points)
	return sum
}

// reach counts an author's followers, where there is something to answer.
func (u Urgency) reach(m *bot.Mention, happy bool, add func(int, string)) {
	if happy {
		return
	}
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
