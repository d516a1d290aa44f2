package echo

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"earshot/bot/analyze/token"
)

func hash(s string) uint64 {
	var t token.Text
	t.Read(s)
	return Hash(&t)
}

func TestHash(t *testing.T) {
	const said = "My second Larkspur died after the 4.2 update, it smells burnt and nobody answers my mails."
	tests := []struct {
		name, a, b string
		echo       bool
	}{
		{"repost", said, "RT @brewhilda: " + said, true},
		{"case, marks, link", said, "MY SECOND LARKSPUR DIED after the 4.2 update! It smells burnt... and nobody answers my mails https://x.org/1", true},
		{"another handle", "@larkspur " + said, "@someone_else " + said, true},
		{"a word more", said, said + " Unbelievable", true},
		{"other words", said, "My first Larkspur arrived today and the coffee is wonderful, thank you so much for the quick delivery", false},
		{"same beginning", said, "My second Larkspur arrived after the holidays, it makes great coffee and everybody likes it", false},
		{"short and the same", "Not good!", "not good", true},
		{"short and nearly the same", "very good", "not good", false},
		{"short and another order", "good very", "very good", false},
		{"no words", "💔", "💔", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if d := Distance(hash(test.a), hash(test.b)); (d <= MaxDistance) != test.echo {
				t.Errorf("distance %d, want an echo: %t", d, test.echo)
			}
		})
	}
}

func TestIndex(t *testing.T) {
	day := time.Date(2026, 3, 9, 10, 0, 0, 0, time.UTC)
	x := New(100, 48*time.Hour)
	said := hash("my second larkspur died after the update and nobody answers")
	x.Add(1, 0, []string{"brand"}, said, day)
	x.Add(2, 7, []string{"brand", "lid"}, said, day)
	x.Add(3, 0, []string{"brand"}, said, day)
	x.Add(4, 9, []string{"rival"}, hash("meh"), day)
	x.Add(5, 9, []string{"rival"}, 0, day)
	tests := []struct {
		name       string
		hash       uint64
		watches    []string
		at         time.Time
		id, caseID int64
	}{
		{"one with a case first", said, []string{"brand"}, day, 2, 7},
		{"another watch", said, []string{"rival"}, day, 0, 0},
		{"too late", said, []string{"brand"}, day.Add(49 * time.Hour), 0, 0},
		{"near", said ^ 0b1011, []string{"lid"}, day.Add(time.Hour), 2, 7},
		{"far", said ^ 0xffff, []string{"lid"}, day, 0, 0},
		{"short", hash("Meh!"), []string{"rival"}, day, 4, 9},
		{"no words", 0, []string{"rival"}, day, 0, 0},
		{"no watch", said, nil, day, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			id, found, ok := x.Nearest(test.hash, test.watches, test.at)
			if id != test.id || found != test.caseID || ok != (test.id != 0) {
				t.Errorf("Nearest = %d, %d, %t; want %d, %d", id, found, ok, test.id, test.caseID)
			}
		})
	}
}

// TestIndexForgets fills a small index many times over: what was pushed out is
// not found, what is left is.
func TestIndexForgets(t *testing.T) {
	at := time.Unix(0, 0)
	x := New(50, time.Hour)
	random := rand.New(rand.NewPCG(1, 2))
	var hashes []uint64
	for i := range 1000 {
		h := random.Uint64() &^ shortBit
		if i%3 == 0 {
			h |= shortBit
		}
		hashes = append(hashes, h)
		x.Add(int64(i+1), 0, []string{"w"}, h, at)
	}
	if x.Len() != 50 || len(x.exact) > 50 {
		t.Errorf("%d entries and %d short ones are kept, want 50 at most", x.Len(), len(x.exact))
	}
	kept := 0
	for b := range x.buckets {
		for i := range x.buckets[b] {
			kept += len(x.buckets[b][i].hashes)
		}
	}
	if kept > bands*(2*50+16*bandSlots) {
		t.Errorf("buckets hold %d hashes", kept)
	}
	for i, h := range hashes {
		id, _, ok := x.Nearest(h, []string{"w"}, at)
		if want := i >= 950; ok != want || want && id != int64(i+1) {
			t.Errorf("entry %d: found %d, %t", i+1, id, ok)
		}
	}
}

func TestIndexAtOnce(t *testing.T) {
	x := New(500, time.Hour)
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(g), 1))
			for i := range 300 {
				h := random.Uint64N(1 << 20)
				x.Add(int64(i), 0, []string{fmt.Sprint(g)}, h, time.Unix(0, 0))
				x.Nearest(h, []string{"1"}, time.Unix(0, 0))
			}
		})
	}
	all.Wait()
	if x.Len() != 500 {
		t.Errorf("%d entries, want 500", x.Len())
	}
}

func BenchmarkNearestOfAMillion(b *testing.B) {
	x := New(1_000_000, time.Hour)
	random := rand.New(rand.NewPCG(1, 2))
	at := time.Unix(0, 0)
	for i := range 1_000_000 {
		x.Add(int64(i), 0, []string{"w"}, random.Uint64()&^shortBit, at)
	}
	for b.Loop() {
		x.Nearest(random.Uint64()&^shortBit, []string{"w"}, at)
	}
}
