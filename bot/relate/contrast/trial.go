package contrast

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Trial measures whether what is named is so: two groups are drawn from the
// same texts, so that nothing sets them apart but what is planted into A.
type Trial struct {
	A, B  int     // people of each group
	Plant string  // a phrase that is planted, "" for none
	Share float64 // of A's texts that it is planted into
	Runs  int
	Seed  uint64
}

// Outcome is what a Trial came to.
type Outcome struct {
	Runs    int
	Found   int // runs that named what was planted
	Claimed int // runs that named anything else
	Named   int // phrases named in all runs
	Wrong   int // of which were not planted
}

// Run draws the groups from texts, or, where there are none, from texts of
// invented words that are as frequent as words are (Zipf).
func (t Trial) Run(texts []string) Outcome {
	out := Outcome{Runs: t.Runs}
	s := newSpeaker(t.Seed)
	for range t.Runs {
		claimed, found := false, false
		for _, p := range t.once(s, texts).Phrases {
			out.Named++
			if t.Plant != "" && strings.Contains(t.Plant, p.Text) {
				found = true
				continue
			}
			claimed = true
			out.Wrong++
		}
		out.Claimed += asInt(claimed)
		out.Found += asInt(found)
	}
	return out
}

func (t Trial) once(s *speaker, texts []string) Result {
	c := New(Settings{})
	order := s.rng.Perm(max(len(texts), t.A+t.B))
	for i := range t.A + t.B {
		g, words := B, s.text(12+s.rng.IntN(20))
		if len(texts) > 0 {
			words = texts[order[i]%len(texts)]
		}
		if i < t.A {
			g = A
			if t.Plant != "" && s.rng.Float64() < t.Share {
				words += ". " + t.Plant
			}
		}
		c.Add(g, Text{Mention: int64(i + 1), Person: uint64(i + 1), Said: words})
	}
	return c.Result()
}

// trialWords is how many words speakers know.
const trialWords = 600

// speaker invents texts.
type speaker struct {
	rng   *rand.Rand
	share []float64 // of the words, summed up
}

func newSpeaker(seed uint64) *speaker {
	s := &speaker{rng: rand.New(rand.NewPCG(seed, 1))}
	sum := 0.0
	for i := range trialWords {
		sum += 1 / float64(i+3)
		s.share = append(s.share, sum)
	}
	return s
}

// text is n words, with a comma from time to time.
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
		b.WriteString(" " + invented(k))
	}
	return b.String()
}

// invented is the word of a number: letters alone, and no slip of another.
func invented(i int) string {
	const letters = "bcdfghklmnpqrvwz"
	x, y, z := letters[i&15], letters[i>>4&15], letters[i>>8&15]
	return fmt.Sprintf("%c%co%c%co%c%cou", x, x, y, y, z, z)
}
