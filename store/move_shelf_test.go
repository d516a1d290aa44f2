package store

import "testing"

// FuzzMoveKey: whatever stands in a key, a copy goes on behind it.
func FuzzMoveKey(f *testing.F) {
	f.Add(int64(1), "a\x00\xff")
	f.Fuzz(func(t *testing.T, n int64, text string) {
		kept, err := encodeKey([]any{n, text})
		if err != nil {
			t.Fatal(err)
		}
		if got := must(decodeKey(kept))(t); got[0] != n || got[1] != text {
			t.Fatalf("%q", got)
		}
	})
}

// A sum is that of the rows, not of their order, and tells values of one kind
// from those of another.
func TestTally(t *testing.T) {
	sum := func(rows ...[]any) string {
		sums := newTally()
		for _, r := range rows {
			sums.add(r)
		}
		return sums.String()
	}
	a, b := []any{int64(1), "x"}, []any{int64(2), nil}
	if sum(a, b) != sum(b, a) {
		t.Error("the order counts")
	}
	for _, other := range [][][]any{{a}, {a, a}, {a, {int64(2), ""}}, {{"1", "x"}, b}, {{1.0, "x"}, b}, {{int64(1), []byte("x")}, b}, {{int64(1), "x", nil}, b}} {
		if sum(a, b) == sum(other...) {
			t.Errorf("%v is like %v", other, [][]any{a, b})
		}
	}
}
