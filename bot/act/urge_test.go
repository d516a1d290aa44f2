package act_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/act"
)

// ofGold makes the author of h a known gold customer.
func (w *world) ofGold(h bot.Heard) {
	w.Helper()
	if _, _, err := w.st.SaveCustomers(w.Context(), []bot.Customer{{ExternalID: "C-1", Tier: "Gold", Handles: []string{h.Mention.Author.Handle}}}); err != nil {
		w.Fatal(err)
	}
}

func tiers(s *act.Settings) {
	onlySlack(s)
	s.Tiers.Level = func(points int) bot.UrgencyLevel { return bot.UrgencyLevel(min(points/10, 3)) }
}

// TestTierUrges: what a customer's tier counts for is in the case, in the
// stored verdict and on the card, and stays when the mention is edited.
func TestTierUrges(t *testing.T) {
	w := newWorld(t, tiers)
	h := heard(1, "ann")
	h.Verdict.Urgency = bot.Urgency{Level: bot.UrgencyNormal, Points: 15, Reasons: []string{"very negative"}}
	w.ofGold(h)
	c := w.opensOf(h)
	w.work()
	want := bot.Urgency{Level: bot.UrgencyCritical, Points: 30, Reasons: []string{"very negative", "gold customer"}}
	if c.Urgency != want.Level {
		t.Errorf("the case is %s, want %s", c.Urgency, want.Level)
	}
	stored := func() bot.Urgency {
		d, err := w.st.Dossier(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		return d.Verdict.Urgency
	}
	if d := cmp.Diff(want, stored()); d != "" {
		t.Errorf("the stored verdict (-want +got):\n%s", d)
	}
	w.says(w.card(w.slack, "#voc").View, "Urgent: very negative, gold customer")

	h.Mention.Text += " Still waiting."
	err := w.st.Transact(t.Context(), func(ctx context.Context) error {
		saved, err := w.st.SaveHeard(ctx, []bot.Heard{h})
		if err != nil {
			return err
		}
		return w.svc.Edited(ctx, h, saved[0])
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, stored()); d != "" {
		t.Errorf("after an edit (-want +got):\n%s", d)
	}
}

func TestTierOfNobody(t *testing.T) {
	w := newWorld(t, tiers)
	h := heard(1, "ann")
	w.ofGold(heard(2, "bob"))
	if c := w.opensOf(h); c.Urgency != h.Verdict.Urgency.Level {
		t.Errorf("the case of an unknown author is %s", c.Urgency)
	}
}
