package intake_test

import (
	"strings"
	"testing"

	"earshot/bot"
	"earshot/bot/intake"
)

// fragile is an analyzer that some words break.
type fragile struct{ intake.Analyzer }

func (f fragile) Hear(m bot.Mention) bot.Heard {
	if strings.Contains(m.Text, "poison") {
		panic("words that nobody thought of")
	}
	return f.Analyzer.Hear(m)
}

// TestWordsThatBreakTheReading: one mention that the analyzer cannot stand is a
// dead letter; those around it are stored, and the cursor moves on.
func TestWordsThatBreakTheReading(t *testing.T) {
	r := newRig(t)
	a, err := larkspur()
	if err != nil {
		t.Fatal(err)
	}
	in := intake.New(intake.Settings{Store: r.store, Lookup: r.store, Words: r.store, Analyzer: fragile{a}, Cases: r.cases, Echoes: r.echoes, Now: start})
	given := bot.Batch{Mentions: []bot.Mention{r.said("hilda", burnt), r.said("eve", "Larkspur poison"), r.said("otto", happy), r.said("eve", "of nobody")}}
	state := r.state
	state.Cursor = "behind it"
	res, err := in.Take(t.Context(), state, given)
	if want := (intake.Result{Read: 4, New: 2, Unmatched: 1, Rejected: 1, Flagged: 1, Opened: 1}); err != nil || res != want {
		t.Fatalf("%+v, %v; want %+v", res, err, want)
	}
	letters, err := r.store.Rejected(t.Context(), state.Name, 10)
	if err != nil || len(letters) != 1 || letters[0].Where != given.Mentions[1].ExternalID || !strings.Contains(letters[0].Raw, "poison") {
		t.Errorf("the dead letters are %+v, %v", letters, err)
	}
	if s, err := r.store.SourceState(t.Context(), state.Name); err != nil || s.Cursor != "behind it" {
		t.Errorf("the cursor is %q, %v", s.Cursor, err)
	}
	if len(given.Rejected) != 0 {
		t.Error("the batch that was given is changed")
	}
}
