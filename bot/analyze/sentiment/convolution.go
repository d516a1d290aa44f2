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

// row is what one word adds to every filter, four filters together, a lane of
// 16 bits each, so that the sum over a window stays below 1<<15. What it adds to
// a filter of width 1 is raised to what is worth 0.
type row struct {
	number uint32
	lanes  [packed][slots]uint64
	exact  uint64 // the filters of width 1 to which it adds what is worth 0, without being raised; a bit each
}

// Convolution is the convolution over word vectors while it is used. All that
// the filters do to a word was done when it was decoded: reading a text takes
// additions and maxima alone, of four filters at once.
type Convolution struct {
	Share       float32           // of the convolution's logits in those of the ensemble
	Temperature float32           // that the ensemble's logits are divided by
	vocabulary  *token.Vocabulary // of the words that have rows, from Unknown+1 on
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

// rows gives the rows of a text's tokens in place of what list held.
func (c *Convolution) rows(t *token.Text, list []*row) []*row {
	pad := c.row(Pad)
	if t.Vocabulary != c.vocabulary {
		return Rows(t.Tokens, list, pad, func(hash uint32) *row { return c.row(c.number(hash)) })
	}
	i := -1
	return Rows(t.Tokens, list, pad, func(uint32) *row {
		i++
		return c.row(t.Tokens[i].Number + Unknown)
	})
}

// number is the number of the row of a word.
func (c *Convolution) number(hash uint32) uint32 { return c.vocabulary.Number(hash) + Unknown }

// high is the top bit of every lane.
const high = 0x8000_8000_8000_8000

// even is every other lane.
const even = 0x0000_ffff_0000_ffff

// larger is the larger of each of four lanes below 1<<15.
func larger(x, y uint64) uint64 {
	d := (x | high) - y
	m := d & high // where x >= y
	m -= m >> 15
	return y + d&m
}

// pooled is what four filters leave of a text.
type pooled struct{ one, two, three, sumEven, sumOdd uint64 }

// pool reads the windows of four filters.
func pool(rows []*row, i int) (p pooled) {
	i %= packed
	p.one, p.sumEven, p.sumOdd = singles(rows, i)
	p.two, p.three = windows(rows, i)
	return p
}

// singles gives the largest lanes of width 1, and their sums: two rows are added
// up before their lanes are parted.
func singles(rows []*row, i int) (one, sumEven, sumOdd uint64) {
	if len(rows)%2 == 1 {
		v := rows[0].lanes[i][0]
		one, sumEven, sumOdd = v, v&even, v>>16&even
		rows = rows[1:]
	}
	for ; len(rows) >= 2; rows = rows[2:] {
		v, w := rows[0].lanes[i][0], rows[1].lanes[i][0]
		one = larger(larger(one, v), w)
		v += w
		sumEven += v & even
		sumOdd += v >> 16 & even
	}
	return one, sumEven, sumOdd
}

// windows gives the largest lanes of the widths 2 and 3.
func windows(rows []*row, i int) (two, three uint64) {
	a, b := &rows[0].lanes[i], &rows[1].lanes[i]
	two = a[1] + b[2]
	before, first, second := b[1], a[3]+b[4], b[3]
	for _, r := range rows[2:] {
		g := &r.lanes[i]
		two = larger(two, before+g[2])
		three = larger(three, first+g[5])
		before, first, second = g[1], second+g[4], g[3]
	}
	return two, three
}

// raised takes the lanes away that are worth 0 only because they were raised
// to that. exact has the bits of the rows' filters of width 1.
func (c *Convolution) raised(one, exact uint64, i int) uint64 {
	var keep uint64
	for lane := range 4 {
		keep |= exact >> (4*i + lane) & 1 << (16*lane + 15)
	}
	keep |= (one ^ c.zero[i]) + (high - ones) // another than what is worth 0
	keep &= high
	return one & (keep - keep>>15)
}

// ones is 1 in every lane.
const ones = 0x0001_0001_0001_0001

// logits reads the rows of a text and its dense features.
func (c *Convolution) logits(rows []*row, d *[DenseSize]float32) (z logits) {
	part := 1 / float32(len(rows))
	exact := uint64(0)
	for _, r := range rows {
		exact |= r.exact
	}
	for i := range packed {
		p := pool(rows, i)
		p.one = c.raised(p.one, exact, i)
		for lane := range 4 {
			f, shift := 4*i+lane, 16*lane
			c.put(&z, f, float32(int32(p.one>>shift&0xffff)), f)
			c.put(&z, Filters+f, float32(int32(p.two>>shift&0xffff)), Filters+f)
			c.put(&z, 2*Filters+f, float32(int32(p.three>>shift&0xffff)), 2*Filters+f)
			sum := p.sumEven >> (shift &^ 16)
			if lane%2 == 1 {
				sum = p.sumOdd >> (shift &^ 16)
			}
			c.put(&z, f, float32(int64(sum&0xffff_ffff))*part, 3*Filters+f)
		}
	}
	z.add(d, &c.dense)
	return z
}

// put adds what filter makes of lane to the logits, as the hidden number at:
// nothing where that is below 0.
func (c *Convolution) put(z *logits, filter int, lane float32, at int) {
	b := math.Float32bits(lane*c.scale[filter] + c.offset[filter])
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

func round(f float32) float32 { return float32(math.Floor(float64(f) + 0.5)) }
