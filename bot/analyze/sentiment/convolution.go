package sentiment

import (
	"math"

	"earshot/bot/analyze/token"
)

// Filters is how many filters of each width, 1 to 3 words, the convolution
// has (Kim, Convolutional Neural Networks for Sentence Classification, 2014).
const Filters = 48

// Slots of a word's row: a filter of width k has one for each place of the
// word in its window.
const (
	slots  = 6
	packed = Filters / 4 // four filters share a machine word, 16 bits each
)

// Hidden is how many numbers the pooling leaves: the maxima of the widths 1, 2
// and 3, and the mean of width 1.
const Hidden = 4 * Filters

// row is what one word adds to every filter, a lane of 16 bits each, so that
// the sum over a window stays below 1<<15.
type row [slots][packed]uint64

// Convolution is the convolution over word vectors while it is used. All that
// the filters do to a word was done when it was decoded: reading a text takes
// additions and maxima alone, of four filters at once.
type Convolution struct {
	Share       float32 // of the convolution's logits in those of the ensemble
	Temperature float32 // that the ensemble's logits are divided by
	words       words
	table       table
	scale       [3 * Filters]float32
	offset      [3 * Filters]float32 // of a filter whose lane is 0
	flags       []FlagPoint
	zero        [packed]uint64 // lanes of width 1 that are worth 0
	output      [Hidden][Classes]float32
	dense       [DenseSize][Classes]float32
}

// Numbers of rows that are no word's.
const (
	Pad     = 0 // before and after a text
	Unknown = 1 // a word that was not learnt
)

// Longest is the most words that are looked at of one text.
const Longest = 512

// shortest is how many rows a text has at least, so that every width fits.
const shortest = 5

// Rows gives what of gives for the hashes of some tokens, the padding included,
// in place of what list held.
func Rows[T any](tokens []token.Token, list []T, padding T, of func(hash uint32) T) []T {
	list = append(list[:0], padding)
	for _, k := range tokens[:min(len(tokens), Longest)] {
		list = append(list, of(k.Hash))
	}
	for len(list) < shortest-1 {
		list = append(list, padding)
	}
	return append(list, padding)
}

// rows gives the rows of some tokens in place of what list held.
func (c *Convolution) rows(tokens []token.Token, list []*row) []*row {
	return Rows(tokens, list, c.table.row(Pad), func(hash uint32) *row { return c.table.row(c.words.row(hash)) })
}

// high is the top bit of every lane.
const high = 0x8000_8000_8000_8000

// even is every other lane.
const even = 0x0000_ffff_0000_ffff

// larger is the larger of each of four lanes below 1<<15.
func larger(x, y uint64) uint64 {
	m := ((x | high) - y) & high // where x >= y
	m -= m >> 15
	return y ^ (x^y)&m
}

// pooled is what four filters leave of a text.
type pooled struct{ one, two, three, sumEven, sumOdd uint64 }

// pool reads the windows of four filters.
func (c *Convolution) pool(rows []*row, i int) (p pooled) {
	zero := c.zero[i]
	a, b := rows[0], rows[1]
	add := func(r *row) {
		v := r[0][i]
		p.one = larger(p.one, v)
		v = larger(v, zero)
		p.sumEven += v & even
		p.sumOdd += v >> 16 & even
	}
	add(a)
	add(b)
	p.two = a[1][i] + b[2][i]
	first, second := a[3][i]+b[4][i], b[3][i]
	for _, r := range rows[2:] {
		add(r)
		p.two = larger(p.two, b[1][i]+r[2][i])
		p.three = larger(p.three, first+r[5][i])
		first, second = second+r[4][i], r[3][i]
		b = r
	}
	return p
}

// logits reads the rows of a text and its dense features.
func (c *Convolution) logits(rows []*row, d *[DenseSize]float32) (z logits) {
	part := 1 / float32(len(rows))
	for i := range packed {
		p := c.pool(rows, i)
		for lane := range 4 {
			f, shift := 4*i+lane, 16*lane
			for width, v := range [3]uint64{p.one, p.two, p.three} {
				c.put(&z, width*Filters+f, float32(v>>shift&0xffff), width*Filters+f)
			}
			sum := p.sumEven >> (shift &^ 16)
			if lane%2 == 1 {
				sum = p.sumOdd >> (shift &^ 16)
			}
			c.put(&z, f, float32(sum&0xffff_ffff)*part, 3*Filters+f)
		}
	}
	for i, v := range d {
		if v != 0 {
			for k := range z {
				z[k] += v * c.dense[i][k]
			}
		}
	}
	return z
}

// put adds what filter makes of lane to the logits, as the hidden number at.
func (c *Convolution) put(z *logits, filter int, lane float32, at int) {
	v := lane*c.scale[filter] + c.offset[filter]
	if v <= 0 {
		return
	}
	o := &c.output[at]
	z[0] += v * o[0]
	z[1] += v * o[1]
	z[2] += v * o[2]
}

// join is the geometric mean of both models: the mean of their logits.
func (c *Convolution) join(linear, words logits) (z logits) {
	for k := range z {
		z[k] = linear[k] + c.Share*(words[k]-linear[k])
	}
	return z
}

// words finds a word's number by its hash: slots of the hash and the number,
// open addressing, a power of two of them. A slot of 0 is empty.
type words []uint64

func (w words) row(hash uint32) uint32 {
	mask := uint32(len(w) - 1)
	for i := mix(hash) & mask; ; i = (i + 1) & mask {
		switch s := w[i]; {
		case s == 0:
			return Unknown
		case uint32(s>>32) == hash:
			return uint32(s)
		}
	}
}

// makeWords numbers the words from first on.
func makeWords(hashes []uint32, first uint32) words {
	size := 1
	for size < 2*len(hashes)+2 {
		size *= 2
	}
	w := make(words, size)
	for n, hash := range hashes {
		i := mix(hash) & uint32(size-1)
		for w[i] != 0 {
			i = (i + 1) & uint32(size-1)
		}
		w[i] = uint64(hash)<<32 | uint64(first+uint32(n))
	}
	return w
}

func round(f float32) float32 { return float32(math.Floor(float64(f) + 0.5)) }
