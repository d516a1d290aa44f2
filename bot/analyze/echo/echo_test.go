package echo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/bot/analyze/token"
)

func read(s string) *token.Text {
	var t token.Text
	t.Read(s)
	return &t
}

// shared is in how many of eight fields two hashes agree. Hashes of short
// texts agree in all or in none, and so does the hash of no words.
func shared(a, b uint64) int {
	switch {
	case a == 0 || b == 0:
		return 0
	case a == b:
		return fields
	case (a|b)&shortBit != 0:
		return 0
	}
	return zeroBytes(a ^ b)
}

func hash(s string) uint64 { return Hash(read(s)) }

func TestSame(t *testing.T) {
	const said = "My second Larkspur died after the 4.2 update, it smells burnt and nobody answers my mails."
	tests := []struct {
		name, a, b string
		echo       bool
	}{
		{"repost", said, "RT @brewhilda: " + said, true},
		{"forward", said, "Fwd: Re: " + said, true},
		{"case, marks, link", said, "MY SECOND LARKSPUR DIED after the 4.2 update! It smells burnt... and nobody answers my mails https://x.org/1", true},
		{"another handle", "@larkspur " + said, "@someone_else " + said, true},
		{"a word more", said, said + " Unbelievable", true},
		{"a remark before", said, "So true: " + said, true},
		{"cut", said, "My second Larkspur died after the 4.2 update, it smells bur…", true},
		{"cut too short", said, "My second Larkspur died", false},
		{"misspelt", said, "My secnod Larkspur died after the 4.2 update, it smells burnt and nobody answers my mials.", true},
		{"another version", said, "My second Larkspur died after the 4.1 update, it smells burnt and nobody answers my mails.", false},
		{"negated", said, "My second Larkspur died after the 4.2 update, it never smells burnt and nobody answers my mails.", false},
		{"other words", said, "My first Larkspur arrived today and the coffee is wonderful, thank you so much for the quick delivery", false},
		{"same beginning", said, "My second Larkspur arrived after the holidays, it makes great coffee and everybody likes it", false},
		{"another thing", "the battery died after two days", "the screen died after two days", false},
		{"another order", "my order 123 is late", "my order 124 is late", false},
		{"the same order", "my order 123 is late", "My order 123 is LATE!!!", true},
		{"opposite", "I am happy with the new machine", "I am unhappy with the new machine", false},
		{"short and the same", "Not good!", "not good", true},
		{"short and nearly the same", "very good", "not good", false},
		{"short and another order", "good very", "very good", false},
		{"no words", "💔", "💔", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, b := read(test.a), read(test.b)
			if Same(a, b) != test.echo || Same(b, a) != test.echo {
				t.Errorf("Same = %t and %t, want %t", Same(a, b), Same(b, a), test.echo)
			}
			if n := shared(Hash(a), Hash(b)); test.echo && n < shareFields {
				t.Errorf("the hashes share %d fields", n)
			}
		})
	}
}

func TestZeroBytes(t *testing.T) {
	for x, want := range map[uint64]int{0: 8, 0x0100: 7, 0x80: 7, 0xff00ff00ff00ff00: 4, 0x0101010101010101: 0, 0x8080808080808080: 0, 1 << 63: 7} {
		if got := zeroBytes(x); got != want {
			t.Errorf("zeroBytes(%x) = %d, want %d", x, got, want)
		}
	}
}

func TestHostile(t *testing.T) {
	long := strings.Repeat("word ", 20_000)
	for _, s := range []string{"", "\xff\xfe", long, strings.Repeat("a", 1<<20), "RT RT @x RT @y", "fwd: fwd: fwd:", strings.Repeat("\u0301", 5000), "1 2 3 4 5 6"} {
		a := read(s)
		Hash(a)
		Same(a, read(long))
		Same(a, a)
	}
}

// firstNear is the likeliest mention.
func firstNear(x *Index, hash uint64, watches []string, at time.Time) (id, caseID int64) {
	x.Near(hash, watches, at, func(i, c int64) bool { id, caseID = i, c; return false })
	return id, caseID
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
		{"five fields differ", said ^ 0x0101010101, []string{"lid"}, day.Add(time.Hour), 2, 7},
		{"six fields differ", said ^ 0x010101010101, []string{"lid"}, day, 0, 0},
		{"short", hash("Meh!"), []string{"rival"}, day, 4, 9},
		{"no words", 0, []string{"rival"}, day, 0, 0},
		{"no watch", said, nil, day, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if id, found := firstNear(x, test.hash, test.watches, test.at); id != test.id || found != test.caseID {
				t.Errorf("Near = %d, %d; want %d, %d", id, found, test.id, test.caseID)
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
	for f := range x.queues {
		for i := range x.queues[f] {
			kept += len(x.queues[f][i].places) - x.queues[f][i].gone
		}
	}
	if kept > lookedUp*50 {
		t.Errorf("the queues hold %d places", kept)
	}
	for i, h := range hashes {
		id, _ := firstNear(x, h, []string{"w"}, at)
		if want := i >= 950; want && id != int64(i+1) || !want && id == int64(i+1) {
			t.Errorf("entry %d: found %d", i+1, id)
		}
	}
}

// TestNearIsBounded asks about what everybody says: a few are handed over, the
// latest first.
func TestNearIsBounded(t *testing.T) {
	x := New(1000, time.Hour)
	said, at := hash("the delivery is late again and nobody answers"), time.Unix(0, 0)
	for i := range 500 {
		x.Add(int64(i+1), 0, []string{"w"}, said, at)
	}
	var ids []int64
	x.Near(said, []string{"w"}, at, func(id, _ int64) bool { ids = append(ids, id); return true })
	if len(ids) != maxNear || ids[0] != 500 || ids[maxNear-1] != 500-maxNear+1 {
		t.Errorf("handed over: %v", ids)
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
				firstNear(x, h, []string{"1"}, time.Unix(0, 0))
			}
		})
	}
	all.Wait()
	if x.Len() != 500 {
		t.Errorf("%d entries, want 500", x.Len())
	}
}

func FuzzSame(f *testing.F) {
	f.Add("the battery died after two days", "RT @x: the battery died after two…")
	f.Add("\xff", "")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := read(a), read(b)
		if Same(x, y) != Same(y, x) && len(words(x)) != len(words(y)) {
			t.Errorf("%q and %q echo one another one way only", a, b)
		}
		if n := shared(Hash(x), Hash(x)); Hash(x) != 0 && n != fields {
			t.Errorf("%q shares %d fields with itself", a, n)
		}
	})
}

// BenchmarkFindAmongAMillion is what one mention costs among a million.
func BenchmarkFindAmongAMillion(b *testing.B) {
	known, asked := Generate(storyTexts(b), 1)
	c := NewCorpus(known, 1_000_000, 1)
	for i := 0; b.Loop(); i++ {
		c.Find(asked[i%len(asked)].Text)
	}
}

func BenchmarkHash(b *testing.B) {
	t := read("My second Larkspur died after the 4.2 update, it smells burnt and nobody answers my mails. Three weeks now.")
	for b.Loop() {
		Hash(t)
	}
}
