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
	flags       []FlagPoint
	hidden      [groups]group
	dense       [DenseSize][Classes]float32
}

// group has the weights of what four filters of each width leave of a text:
// the largest lanes of the widths, and the mean of those of width 1.
type group [4][4]weighed

// weighed is one hidden number: what 1 in its lane is worth, what 0 is, and what
// it is worth to each class.
type weighed struct {
	unit, offset float32
	output       [Classes]float32
}

// weigh lays the weights out in the order they are used.
func (c *Convolution) weigh(p *Packed) {
	for at := range Hidden {
		f, filter := at%Filters, at%(3*Filters) // the means are of width 1
		c.hidden[f/4][f%4][at/Filters] = weighed{p.Unit[filter], p.Offset[filter], p.Output[at]}
	}
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
	n := len(r.numbers)
	r.cells = slices.Grow(r.cells[:0], groups*n)[:groups*n]
	for i, number := range r.numbers {
		c.table.read(number, r.cells[i:], n)
	}
}

// scratch is memory that is used again.
type scratch struct {
	numbers []uint32
	cells   []cell // of the first group of filters, one a token, then of the next
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

// laneFull is how many lanes of width 1 a lane can hold the sum of.
const laneFull = 256

// pool reads the windows of four filters, the cells of two words and more.
func pool(cells []cell) (p pooled) {
	p.one, p.two = short(cells, &p.sums)
	p.three = long(cells)
	return p
}

// short gives the largest lanes of the widths 1 and 2, and the sums of those of
// width 1.
func short(cells []cell, sums *[4]uint32) (one, two uint64) {
	one, before := cells[0][0]&low, cells[0][0]>>8&low
	sum, cells := one, cells[1:]
	for {
		part := cells[:min(len(cells), laneFull-1)]
		for i := range part {
			v, w := part[i][0], part[i][1]
			two = larger(two, before+w&low)
			before = v >> 8 & low
			v &= low
			one = larger(one, v)
			sum += v
		}
		for lane := range sums {
			sums[lane] += uint32(sum >> (16 * lane) & 0xffff)
		}
		if cells = cells[len(part):]; len(cells) == 0 {
			return one, two
		}
		sum = 0
	}
}

// long gives the largest lanes of width 3.
func long(cells []cell) (three uint64) {
	a, b := &cells[0], &cells[1]
	first, second := a[1]>>8&low+b[2]&low, b[1]>>8&low
	cells = cells[2:]
	for i := range cells {
		w, x := cells[i][1], cells[i][2]
		three = larger(three, first+x>>8&low)
		first, second = second+x&low, w>>8&low
	}
	return three
}

// logits reads the cells of a text and its dense features.
func (c *Convolution) logits(cells []cell, d *[DenseSize]float32) logits {
	n := len(cells) / groups
	part := 1 / float32(n)
	var x, y, z float32
	for g := range c.hidden {
		p := pool(cells[:n])
		cells = cells[n:]
		for lane := range c.hidden[g] {
			w := &c.hidden[g][lane]
			x, y, z = w[0].add(x, y, z, float32(int32(p.one&0xffff)))
			x, y, z = w[1].add(x, y, z, float32(int32(p.two&0xffff)))
			x, y, z = w[2].add(x, y, z, float32(int32(p.three&0xffff)))
			x, y, z = w[3].add(x, y, z, float32(int32(p.sums[lane]))*part)
			p.one, p.two, p.three = p.one>>16, p.two>>16, p.three>>16
		}
	}
	sum := logits{x, y, z}
	sum.add(d, &c.dense)
	return sum
}

// add adds a hidden number to the logits x, y and z: nothing where it is below
// 0.
func (w *weighed) add(x, y, z, lane float32) (float32, float32, float32) {
	b := math.Float32bits(lane*w.unit + w.offset)
	v := math.Float32frombits(b &^ uint32(int32(b)>>31))
	return x + v*w.output[0], y + v*w.output[1], z + v*w.output[2]
}

// join is the geometric mean of both models: the mean of their logits.
func (c *Convolution) join(linear, words logits) (z logits) {
	for k := range z {
		z[k] = linear[k] + c.Share*(words[k]-linear[k])
	}
	return z
}
