package sentiment

import (
	"math"
	"slices"

	"earshot/bot/analyze/token"
)

// Filters is how many filters of each width, 1 to 3 words, the convolution
// has (Kim, Convolutional Neural Networks for Sentence Classification, 2014).
const Filters = 48

// Slots of a word's row: a filter of width k has one for each place of the
// word in its window. Four filters are worked with at once.
const (
	slots  = 6
	groups = Filters / 4
)

// Hidden is how many numbers the pooling leaves: the maxima of the widths 1, 2
// and 3, and the mean of width 1.
const Hidden = 4 * Filters

// Convolution is the convolution over word vectors while it is used. All that
// the filters do to a word was done when it was trained: reading a text takes
// additions and maxima alone, of four filters at once.
type Convolution struct {
	Share       float32           // of the convolution's logits in those of the ensemble
	Temperature float32           // that the ensemble's logits are divided by
	vocabulary  *token.Vocabulary // of the words that have rows, from Unknown+1 on
	table       table
	unit        [3 * Filters]float32 // what 1 in a filter's lane is worth
	offset      [3 * Filters]float32 // what a lane of 0 is worth
	flags       []FlagPoint
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

// rows reads the rows of a text's tokens.
func (c *Convolution) rows(t *token.Text, r *scratch) {
	if t.Vocabulary == c.vocabulary {
		i := -1
		r.numbers = Rows(t.Tokens, r.numbers, Pad, func(uint32) uint32 {
			i++
			return t.Tokens[i].Number + Unknown
		})
	} else {
		r.numbers = Rows(t.Tokens, r.numbers, Pad, c.number)
	}
	r.rows = slices.Grow(r.rows[:0], len(r.numbers))[:len(r.numbers)]
	for i, n := range r.numbers {
		c.table.read(n, &r.rows[i])
	}
}

// scratch is memory that is used again.
type scratch struct {
	numbers []uint32
	rows    []row
}

// number is the number of the row of a word.
func (c *Convolution) number(hash uint32) uint32 { return c.vocabulary.Number(hash) + Unknown }

// high is the top bit of every lane.
const high = 0x8000_8000_8000_8000

// low is the lower half of every lane.
const low = 0x00ff_00ff_00ff_00ff

// larger is the larger of each of four lanes below 1<<15.
func larger(x, y uint64) uint64 {
	d := (x | high) - y
	m := d & high // where x >= y
	m -= m >> 15
	return y + d&m
}

// pooled is what four filters leave of a text: the largest lanes of each width,
// and the sums of those of width 1.
type pooled struct {
	one, two, three uint64
	sums            [4]uint32
}

// pool reads the windows of four filters.
func pool(rows []row, g int) (p pooled) {
	g %= groups
	p.one, p.sums = singles(rows, g)
	p.two, p.three = windows(rows, g)
	return p
}

// laneFull is how many rows of width 1 a lane can hold the sum of.
const laneFull = 256

// singles gives the largest lanes of width 1, and their sums.
func singles(rows []row, g int) (one uint64, sums [4]uint32) {
	for len(rows) > 0 {
		sum, part := uint64(0), rows[:min(len(rows), laneFull)]
		for i := range part {
			v := part[i][g][0] & low
			one = larger(one, v)
			sum += v
		}
		for lane := range sums {
			sums[lane] += uint32(sum >> (16 * lane) & 0xffff)
		}
		rows = rows[len(part):]
	}
	return one, sums
}

// windows gives the largest lanes of the widths 2 and 3.
func windows(rows []row, g int) (two, three uint64) {
	a, b := &rows[0][g], &rows[1][g]
	before, first, second := b[0]>>8&low, a[1]>>8&low+b[2]&low, b[1]>>8&low
	two = a[0]>>8&low + b[1]&low
	rows = rows[2:]
	for i := range rows {
		r := &rows[i][g]
		v, w := r[1], r[2]
		two = larger(two, before+v&low)
		three = larger(three, first+w>>8&low)
		before, first, second = r[0]>>8&low, second+w&low, v>>8&low
	}
	return two, three
}

// logits reads the rows of a text and its dense features.
func (c *Convolution) logits(rows []row, d *[DenseSize]float32) (z logits) {
	part := 1 / float32(len(rows))
	for g := range groups {
		p := pool(rows, g)
		for lane := range 4 {
			f, shift := 4*g+lane, 16*lane
			c.put(&z, f, float32(int32(p.one>>shift&0xffff)), f)
			c.put(&z, Filters+f, float32(int32(p.two>>shift&0xffff)), Filters+f)
			c.put(&z, 2*Filters+f, float32(int32(p.three>>shift&0xffff)), 2*Filters+f)
			c.put(&z, f, float32(int32(p.sums[lane]))*part, 3*Filters+f)
		}
	}
	z.add(d, &c.dense)
	return z
}

// put adds what filter makes of lane to the logits, as the hidden number at:
// nothing where that is below 0.
func (c *Convolution) put(z *logits, filter int, lane float32, at int) {
	b := math.Float32bits(lane*c.unit[filter] + c.offset[filter])
	v := math.Float32frombits(b &^ uint32(int32(b)>>31))
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
