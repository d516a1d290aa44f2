package contrast

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"earshot/bot"
)

// speaker makes texts of words that are as frequent as words are (Zipf).
type speaker struct {
	rng   *rand.Rand
	share []float64 // cumulative
}

func newSpeaker(seed uint64, words int) *speaker {
	s := &speaker{rng: rand.New(rand.NewPCG(seed, 1))}
	sum := 0.0
	for i := range words {
		sum += 1 / float64(i+3)
		s.share = append(s.share, sum)
	}
	return s
}

// word is letters alone, and no two words are a slip of one another.
func word(i int) string {
	const letters = "bcdfghklmnpqrvwz"
	return fmt.Sprintf("%c%co%c%co%c%cou", letters[i&15], letters[i&15], letters[i>>4&15], letters[i>>4&15], letters[i>>8&15], letters[i>>8&15])
}

func (s *speaker) text(n int) string {
	var b strings.Builder
	for i := range n {
		x := s.rng.Float64() * s.share[len(s.share)-1]
		k := 0
		for s.share[k] < x {
			k++
		}
		if i%6 == 5 {
			b.WriteByte(',')
		}
		b.WriteString(" " + word(k))
	}
	return b.String()
}

// claims counts how many phrases are named of two groups that say the same,
// with a phrase planted into a share of A's texts.
func claims(seed uint64, a, b int, planted string, share float64) (names []string) {
	s := newSpeaker(seed, 600)
	c := New(Settings{})
	for i := range a + b {
		g, said := B, s.text(12+s.rng.IntN(20))
		if i < a {
			g = A
			if s.rng.Float64() < share {
				said += ". " + planted
			}
		}
		for range 1 + s.rng.IntN(2) { // some say it again: they count once
			c.Add(g, Text{Mention: int64(i + 1), Person: uint64(i + 1), Said: said[:len(said)], Label: bot.Negative})
		}
	}
	for _, p := range c.Result().Phrases {
		names = append(names, p.Text)
	}
	return names
}

// TestNothingFromNothing: of two groups that say the same, at most one pair in
// twenty has anything named, whatever their sizes; a margin is left for chance.
func TestNothingFromNothing(t *testing.T) {
	for _, size := range [][2]int{{25, 25}, {60, 60}, {40, 600}, {300, 300}} {
		const runs = 60
		wrong := 0
		for seed := range uint64(runs) {
			if len(claims(seed, size[0], size[1], "", 0)) > 0 {
				wrong++
			}
		}
		t.Logf("%d against %d people: %d of %d runs name something", size[0], size[1], wrong, runs)
		if wrong > runs/10 {
			t.Errorf("%v: %d of %d runs name something, of groups that say the same", size, wrong, runs)
		}
	}
}

// TestPlantedIsFound: what a tenth of A says, and B does not, is found.
func TestPlantedIsFound(t *testing.T) {
	for _, tc := range []struct {
		a, b  int
		share float64
	}{{60, 60, .3}, {100, 100, .2}, {300, 300, .1}, {50, 1000, .12}} {
		const runs = 20
		found, others := 0, 0
		for seed := range uint64(runs) {
			names := claims(seed, tc.a, tc.b, "the hinge snapped", tc.share)
			for _, n := range names {
				if n == "hinge snapped" {
					found++
				} else {
					others++
				}
			}
		}
		t.Logf("%v: found in %d of %d runs, %d others named", tc, found, runs, others)
		if found < runs*9/10 || others > runs/10 {
			t.Errorf("%v: found in %d of %d runs, and %d others named", tc, found, runs, others)
		}
	}
}
