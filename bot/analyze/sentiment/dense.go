package sentiment

import (
	"math"

	"earshot/bot/analyze/token"
)

// Places in the dense features. Those that name a bucket take the next places
// too.
const (
	denseBias = iota
	densePositive
	denseNegative
	denseHighest
	denseLowest
	denseLast
	denseSum
	denseCompound
	denseAfterBut  // seen by the model of English alone, as the next
	denseBeforeBut //
	denseShouted
	denseLinks
	densePositives                      // 4 buckets
	denseNegatives = densePositives + 4 // 4
	denseLevel     = denseNegatives + 4 // 9
	denseCaps      = denseLevel + 9     // 4
	denseLong      = denseCaps + 4      // 4
	denseBangs     = denseLong + 4      // 4
	denseAsks      = denseBangs + 4     // 4
	denseTags      = denseAsks + 4      // 4
	denseHandles   = denseTags + 4      // 4
	denseLength    = denseHandles + 4   // 8

	// DenseSize is how many dense features there are.
	DenseSize = denseLength + 8
)

// moods is what the valences of a text come to.
type moods struct {
	pos, neg, highest, lowest, last, shouted float32
	half                                     float32 // of the last clause
	positives, negatives                     int
}

// dense takes the numbers of a text whose valences are taken.
func (f *Features) dense(t *token.Text) {
	var m moods
	contrast := t.Counts.Contrast && f.Language == Alone
	clause := uint16(0)
	for i, v := range f.valence {
		k := &t.Tokens[i]
		if k.Clause != clause && contrast {
			clause, m.half = k.Clause, 0
		}
		if v != 0 {
			m.add(v, k.Caps)
		}
	}
	d := &f.Dense
	*d = [DenseSize]float32{denseBias: 1}
	total := m.pos + m.neg
	compound := total / float32(math.Sqrt(float64(total*total+15)))
	d[densePositive], d[denseNegative] = m.pos/4, m.neg/4
	d[denseHighest], d[denseLowest], d[denseLast] = m.highest/3, m.lowest/3, m.last/3
	d[denseSum], d[denseCompound], d[denseShouted] = total/4, compound, m.shouted/4
	if contrast {
		d[denseAfterBut], d[denseBeforeBut] = m.half/4, (total-m.half)/4
	}
	c := &t.Counts
	if c.Links > 0 {
		d[denseLinks] = 1
	}
	d[densePositives+few(m.positives)], d[denseNegatives+few(m.negatives)] = 1, 1
	d[denseLevel+int((compound+1)*4)] = 1
	d[denseCaps+few(c.Caps)], d[denseLong+few(c.Long)] = 1, 1
	d[denseBangs+few(c.Bangs)], d[denseAsks+few(c.Asks)] = 1, 1
	d[denseTags+few(c.Tags)], d[denseHandles+few(c.Handles)] = 1, 1
	length := 0
	for n := len(t.Tokens); n > 1 && length < 7; n /= 2 {
		length++
	}
	d[denseLength+length] = 1
}

func (m *moods) add(v float32, caps bool) {
	if v > 0 {
		m.pos += v
		m.positives++
	} else {
		m.neg += v
		m.negatives++
	}
	m.highest, m.lowest, m.last = max(m.highest, v), min(m.lowest, v), v
	m.half += v
	if caps {
		m.shouted += v
	}
}

// few is the bucket of a small number.
func few(n int) int { return min(n, 3) }

// Valence is the sum of the words' valences by the lexicon.
func (f *Features) Valence() float32 { return 4 * f.Dense[denseSum] }
