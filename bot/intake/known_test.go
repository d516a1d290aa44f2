package intake_test

import (
	"testing"
	"time"

	"earshot/bot"
)

// TestWhatNoLongerNamesUs: a post that was stored is followed when its author
// edits our name away, or deletes it; one that never named us is not.
func TestWhatNoLongerNamesUs(t *testing.T) {
	r := newRig(t)
	said := r.said("ann", burnt)
	r.take(t, said)
	edited := said
	edited.Text, edited.EditedAt = "It was the tap, sorry", start().Add(time.Minute)
	if got := r.take(t, edited); got.Edited != 1 || got.Unmatched != 0 {
		t.Errorf("our name edited away: %+v", got)
	}
	gone := bot.Mention{ExternalID: said.ExternalID, Deleted: true, CreatedAt: said.CreatedAt}
	if got := r.take(t, gone); got.Edited != 1 {
		t.Errorf("deleted: %+v", got)
	}
	other := bot.Mention{ExternalID: "never read", Deleted: true, CreatedAt: said.CreatedAt}
	if got := r.take(t, other); got.Unmatched != 1 || got.New != 0 {
		t.Errorf("what was never ours, deleted: %+v", got)
	}
}
