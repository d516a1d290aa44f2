package main

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"earshot/bot/analyze/sentiment"
)

// wholeRows is how many rows are shipped as they are, of the commonest words of
// the training texts; those of the others, which are met once in two texts, are
// shipped in codes.
const wholeRows = 16_000

// pack gives the convolution as it is shipped, the words in the order of how
// often the training texts have them.
func (c *convolution) pack(v *vocabulary, counts map[uint32]int) *sentiment.Packed {
	p := &sentiment.Packed{Share: 0.5, Temperature: 1}
	for i := range p.Output {
		copy(p.Output[i][:], c.output.values[i*sentiment.Classes:])
	}
	for i := range p.Dense {
		copy(p.Dense[i][:], c.output.values[(sentiment.Hidden+i)*sentiment.Classes:])
	}
	p.Hashes = slices.Clone(v.hashes)
	slices.SortStableFunc(p.Hashes, func(a, b uint32) int { return cmp.Compare(counts[b], counts[a]) })
	answers := make([][sentiment.Columns]float32, len(p.Hashes)+sentiment.Unknown+1)
	project(c.vector(sentiment.Unknown), c.across, answers[sentiment.Unknown][:])
	for i, hash := range p.Hashes {
		project(c.vector(v.row(hash)), c.across, answers[sentiment.Unknown+1+i][:])
	}
	whole := min(wholeRows, len(answers))
	r := rangesOf(answers[:whole], c.bias.values)
	p.Unit, p.Offset = r.unit, r.offset
	rows := make([][sentiment.Columns]float32, len(answers))
	for i := range answers {
		r.scale(&answers[i], &rows[i])
	}
	p.Rows = make([]byte, whole*sentiment.RowSize)
	for i := range whole {
		for column, v := range rows[i] {
			p.Rows[i*sentiment.RowSize+sentiment.ColumnAt(column)] = byte(math.Round(float64(v)))
		}
	}
	packRows(rows[whole:], p)
	return p
}

// ranges is how the columns of rows become whole numbers from 0 to 255.
type ranges struct {
	least        [sentiment.Columns]float32 // what is 0
	unit, offset [3 * sentiment.Filters]float32
}

// rangesOf gives the finest unit that all rows of a sample have room in. A
// column that leaves its filter below nothing, whatever stands beside it, is as
// good as 0.
func rangesOf(sample [][sentiment.Columns]float32, bias []float32) (r ranges) {
	const filters = sentiment.Filters
	for width := 1; width <= 3; width++ {
		for f := range filters {
			filter := (width-1)*filters + f
			var low, top [3]float32
			most := bias[filter]
			for k := range width {
				column := (firstSlot(width)+k)*filters + f
				for i := range sample {
					v := sample[i][column]
					low[k], top[k] = min(low[k], v), max(top[k], v)
				}
				most += top[k]
			}
			r.offset[filter] = bias[filter]
			for k := range width {
				low[k] = min(max(low[k], top[k]-most), top[k])
				r.least[(firstSlot(width)+k)*filters+f] = low[k]
				r.offset[filter] += low[k]
				r.unit[filter] = max(r.unit[filter], (top[k]-low[k])/255, 1e-6)
			}
		}
	}
	return r
}

// scale gives the columns of a row as numbers from 0 to 255, not yet whole.
func (r *ranges) scale(answers, to *[sentiment.Columns]float32) {
	for column, v := range answers {
		slot, f := column/sentiment.Filters, column%sentiment.Filters
		filter := (widthOf(slot)-1)*sentiment.Filters + f
		to[column] = min(max((v-r.least[column])/r.unit[filter], 0), 255)
	}
}

// widthOf gives the width of the filters of a slot.
func widthOf(slot int) int { return places()[slot].width }

// rounds of k-means, and of how many rows.
const (
	packRounds = 8
	packSample = 8_000
)

// packRows finds the codes of the other rows, part by part, by k-means on a
// sample of them.
func packRows(rows [][sentiment.Columns]float32, p *sentiment.Packed) {
	random := rand.New(rand.NewPCG(5, 1))
	sample := random.Perm(len(rows))
	sample = sample[:min(len(sample), packSample)]
	p.Codes = make([]byte, len(rows)*sentiment.Parts)
	if len(rows) == 0 {
		return
	}
	for part := range sentiment.Parts {
		at := partColumn(part)
		var b book
		for c := range b {
			b[c] = piece(&rows[sample[random.IntN(len(sample))]], at)
		}
		for range packRounds {
			b.improve(rows, sample, at)
		}
		for i := range rows {
			p.Codes[i*sentiment.Parts+part] = byte(b.nearest(piece(&rows[i], at)))
		}
		for c, code := range b {
			for k, v := range code {
				p.Book[part][c][k] = byte(math.Round(float64(v)))
			}
		}
	}
}

// partColumn is the first column of a part of a row: the parts are those of
// four filters, slot by slot, after each other.
func partColumn(part int) int {
	const slots = sentiment.Columns / sentiment.Filters
	return part%slots*sentiment.Filters + part/slots*sentiment.PartSize
}

// book has the codes of one part.
type book [sentiment.Codes][sentiment.PartSize]float32

// piece is one part of a row.
func piece(row *[sentiment.Columns]float32, at int) [sentiment.PartSize]float32 {
	return [sentiment.PartSize]float32(row[at : at+sentiment.PartSize])
}

func (b *book) nearest(v [sentiment.PartSize]float32) int {
	best, least := 0, float32(math.Inf(1))
	for c := range b {
		x, y, z, w := b[c][0]-v[0], b[c][1]-v[1], b[c][2]-v[2], b[c][3]-v[3]
		if d := float32(x*x) + float32(y*y) + (float32(z*z) + float32(w*w)); d < least {
			best, least = c, d
		}
	}
	return best
}

// improve moves every code to the middle of the pieces it stands for.
func (b *book) improve(rows [][sentiment.Columns]float32, sample []int, at int) {
	var sums book
	var count [sentiment.Codes]float32
	for _, i := range sample {
		v := piece(&rows[i], at)
		c := b.nearest(v)
		for k, x := range v {
			sums[c][k] += x
		}
		count[c]++
	}
	for c, n := range count {
		if n > 0 {
			for k := range b[c] {
				b[c][k] = sums[c][k] / n
			}
		}
	}
}
