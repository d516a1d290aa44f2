package sentiment

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHoldOuts(t *testing.T) {
	want := []HoldOut{
		{Set: "the last 8000 rows", Texts: 8000, MacroRecall: 60.25, LogLoss: 0.8351, CalibrationError: 0.0312, Whole: 60.5},
		{Set: "semeval_val", Texts: 2000, MacroRecall: 71, LogLoss: 0.7, CalibrationError: 0.02, Whole: 71.25}}
	got, err := decodeHoldOuts(string(EncodeHoldOuts(want)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"\n", "set\n", "set\tmany\t1\t1\t1\n", "set\t1\t1\t1\t1\n"} {
		if got, err := decodeHoldOuts(bad); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
	shipped, err := HoldOuts()
	if err != nil {
		t.Fatal(err)
	}
	if len(shipped) != 2 {
		t.Fatalf("%d hold-outs are shipped, want the temporal and the random one", len(shipped))
	}
	for _, h := range shipped {
		if h.Texts < 2000 || h.MacroRecall < 55 || h.MacroRecall > 100 || h.Whole < 55 || h.Whole > 100 || h.LogLoss <= 0 || h.CalibrationError > 0.1 {
			t.Errorf("%+v", h)
		}
	}
}
