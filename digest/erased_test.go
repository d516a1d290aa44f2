package digest

import (
	"context"
	"testing"
	"time"

	"earshot/bot"
)

// TestErasedMeanwhile: a digest that was being made when somebody was erased
// may quote them; it is not kept, and made anew.
func TestErasedMeanwhile(t *testing.T) {
	m, a := larkspur(t)
	asked := 0
	b := NewBuilder(m, Settings{Audiences: []Audience{a}, Now: made, Log: quiet(), Summarise: func(context.Context, string, time.Time, time.Time) (string, string) {
		if asked++; asked == 1 {
			m.erased++
		}
		return "zora says it burns", "llm"
	}})
	d, _, err := m.CreateDigest(t.Context(), bot.Digest{Audience: a.Name, Slot: made(), From: monday(), To: monday().AddDate(0, 0, 7)})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Make(t.Context(), d.ID); bot.KindOf(err) != bot.ErrStale || len(m.digests[d.ID].Body) != 0 || len(m.deliveries) != 0 {
		t.Fatalf("%v, %d deliveries, kept %s", err, len(m.deliveries), m.digests[d.ID].Body)
	}
	if err := b.Make(t.Context(), d.ID); err != nil || len(m.digests[d.ID].Body) == 0 {
		t.Errorf("the second time: %v", err)
	}
}
