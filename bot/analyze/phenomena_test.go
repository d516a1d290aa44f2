package analyze

import (
	"testing"
)

// TestPhenomena keeps what the sentences come to: the floors are what is
// reached, less two points.
func TestPhenomena(t *testing.T) {
	fits, err := EvalPhenomena()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fits {
		t.Logf("%-13s tuned %3d of %3d, held %3d of %3d", f.Phenomenon, f.Tuned.Right, f.Tuned.All, f.Held.Right, f.Held.All)
	}
	all := fits[len(fits)-1]
	if all.Held.All < 150 || all.Tuned.All+all.Held.All < 300 || len(fits) < 20 {
		t.Errorf("%d and %d sentences of %d phenomena; at least 300 are asked, half of them held", all.Tuned.All, all.Held.All, len(fits)-1)
	}
	if all.Tuned.Of() < tunedFloor || all.Held.Of() < heldFloor {
		t.Errorf("%.3f and %.3f are right, the floors are %.3f and %.3f", all.Tuned.Of(), all.Held.Of(), tunedFloor, heldFloor)
	}
}

// The floors of TestPhenomena.
const (
	tunedFloor = 0.92
	heldFloor  = 0.80
)
