package digest

import (
	"testing"
	"time"

	"earshot/bot"
)

// A topic that a detractor praises did not make them one: it has no part in
// their weight.
func TestTopicsThatDecide(t *testing.T) {
	spoke := func(app, delivery bot.Label) func(*bot.Reading) {
		return func(r *bot.Reading) {
			r.Verdict.Topics = []bot.TopicHit{{Name: "app", Label: app}, {Name: "delivery", Label: delivery}}
		}
	}
	w, err := Fold(encodeDays([]bot.Reading{
		said(1, 1, 1, bot.Detractor, spoke(bot.Positive, bot.Negative)),
		said(2, 2, 2, bot.Detractor, spoke(bot.Neutral, bot.Negative)),
		said(3, 3, 3, bot.Promoter, spoke(bot.Positive, bot.Negative)),
		said(4, 4, 4, bot.Detractor, spoke(bot.Positive, bot.Positive)), // nothing it names is to blame: both stay
	}), monday(), monday().Add(24*time.Hour), nil)
	if err != nil {
		t.Fatal(err)
	}
	app, delivery := w.Topics["app"], w.Topics["delivery"]
	if app.Detractors != 2 || app.Promoters != 1 || delivery.Detractors != 3 || delivery.Promoters != 0 {
		t.Errorf("app %+v, delivery %+v", app, delivery)
	}
	if sum := app.Weight + delivery.Weight; sum < -2.001 || sum > -1.999 {
		t.Errorf("the weights sum to %v, promoters minus detractors is -2", sum)
	}
}
