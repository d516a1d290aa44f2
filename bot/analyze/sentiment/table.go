package sentiment

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync/atomic"

	"earshot/bot/analyze/token"
)

// Sizes of the packed word vectors (product quantisation: Jégou, Douze and
// Schmid, 2011): a vector is cut into Parts of PartSize numbers, each replaced
// by the nearest of Codes.
const (
	VectorSize = 100
	PartSize   = 2
	Parts      = VectorSize / PartSize
	Codes      = 256
)

// Columns is how many columns the filters have: what a word at one place of a
// window adds to one filter. Column n is of the slot n/Filters (width 1; width
// 2, first and second word; width 3, first to third) and the filter n%Filters.
const Columns = slots * Filters

// Packed is a convolution as it is trained and shipped.
type Packed struct {
	Share, Temperature float32
	Flags              []FlagPoint // on semeval_val.tsv
	Output             [Hidden][Classes]float32
	Dense              [DenseSize][Classes]float32
	Bias               [3 * Filters]float32
	Columns            [Columns][VectorSize]float32
	Book               [Parts][Codes][PartSize]float32
	Codes              []byte   // Parts for each row; rows Pad and Unknown come first, that of Pad is not used
	Hashes             []uint32 // token.Token.Hash of the words of all further rows
}

const wordsMagic = "earshot-words-1\n"

// floats lists all numbers of p in the order they are shipped.
func (p *Packed) floats(each func(list []float32)) {
	for _, table := range [][][Classes]float32{p.Output[:], p.Dense[:]} {
		for i := range table {
			each(table[i][:])
		}
	}
	each(p.Bias[:])
	for i := range p.Columns {
		each(p.Columns[i][:])
	}
	for i := range p.Book {
		for j := range p.Book[i] {
			each(p.Book[i][j][:])
		}
	}
}

// Encode writes p as DecodeWords reads it.
func (p *Packed) Encode() []byte {
	b := []byte(wordsMagic)
	put := func(u uint32) { b = binary.LittleEndian.AppendUint32(b, u) }
	put(uint32(len(p.Hashes)))
	put(uint32(len(p.Flags)))
	put(math.Float32bits(p.Share))
	put(math.Float32bits(p.Temperature))
	p.floats(func(list []float32) {
		for _, f := range list {
			put(math.Float32bits(f))
		}
	})
	for _, h := range p.Hashes {
		put(h)
	}
	for _, f := range p.Flags {
		for _, v := range []float64{f.At, f.Precision, f.Recall} {
			put(math.Float32bits(float32(v)))
		}
	}
	return append(b, p.Codes...)
}

// Bounds of what a damaged file can ask for.
const (
	maxWords = 1 << 17
	maxFlags = 1 << 8
)

// DecodeWords reads a convolution and works out its table, some 11 MB, in less
// than a tenth of a second. Rows that are asked for later take up to 5 MB more. The convolution keeps s.
//
// A file has the line wordsMagic and then, little endian: the number of words
// and of Flags in four bytes each; as 32-bit floats Share, Temperature, and the
// tables of Packed in the order of its fields; the words' hashes in four bytes
// each; the Flags as three floats each; Codes to the end.
func DecodeWords(s string) (*Convolution, error) {
	const head, fixed = len(wordsMagic), 4 * 4
	if len(s) < head+fixed || s[:head] != wordsMagic {
		return nil, fmt.Errorf("%w: no magic number", errWeights)
	}
	r := reader{s[head:]}
	n, nFlags := int(r.next()), int(r.next())
	p := &Packed{Share: r.float(), Temperature: r.float()}
	numbers := 0
	p.floats(func(list []float32) { numbers += len(list) })
	if n > maxWords || nFlags > maxFlags || len(r.rest) != 4*(numbers+n+3*nFlags)+(n+2)*Parts {
		return nil, fmt.Errorf("%w: %d bytes for %d words", errWeights, len(s), n)
	}
	p.floats(func(list []float32) {
		for i := range list {
			list[i] = r.float()
		}
	})
	p.Hashes = make([]uint32, n)
	for i := range p.Hashes {
		p.Hashes[i] = r.next()
	}
	for range nFlags {
		p.Flags = append(p.Flags, FlagPoint{float64(r.float()), float64(r.float()), float64(r.float())})
	}
	c := &Convolution{Share: p.Share, Temperature: p.Temperature, output: p.Output, dense: p.Dense, flags: p.Flags, vocabulary: token.NewVocabulary(p.Hashes)}
	c.fill(p, r.rest)
	return c, nil
}

// widthOf gives the width of the filters of each slot.
func widthOf(slot int) int { return [slots]int{1, 2, 2, 3, 3, 3}[slot] }

// pieces is what the codes add to the lanes of all filters.
type pieces [Parts][Codes][packed][slots]uint64

// table has the rows by their numbers. Those of the commonest words are worked
// out when it is made. Of the others, the first that are asked for are kept, and
// then the latest, so that the table cannot grow.
type table struct {
	common []row
	first  []atomic.Pointer[row]           // by number
	kept   atomic.Int32                    // how many of them there are
	latest [latestRows]atomic.Pointer[row] // by what their numbers leave
	codes  string
	parts  *pieces
}

// How many rows are worked out beforehand, some 4 MB, how many are kept that are
// asked for first, as much again, and how many of the latest others.
const (
	commonRows = 6144
	firstRows  = 6144
	latestRows = 2048
)

// fill works out the table. The lanes of a filter are scaled so that the
// largest sum that any words can make over its window stays below 1<<15.
func (c *Convolution) fill(p *Packed, codes string) {
	least, span := p.ranges()
	c.lanes(p, least, span)
	t := &c.table
	t.codes, t.parts = codes, new(pieces)
	for slot := range slots {
		p.pieces(slot, t.parts, least, &c.scale)
	}
	n := len(codes) / Parts
	t.common, t.first = make([]row, min(commonRows, n)), make([]atomic.Pointer[row], n)
	t.common[Pad].lanes = c.nothing(least)
	c.raise(&t.common[Pad])
	for n := Unknown; n < len(t.common); n++ {
		c.sum(n, &t.common[n])
	}
}

// row gives the row with this number. Two goroutines may work out the same one
// at once: they come to the same.
func (c *Convolution) row(n uint32) *row {
	t := &c.table
	if int(n) < len(t.common) {
		return &t.common[n]
	}
	if r := t.first[n].Load(); r != nil {
		return r
	}
	latest := &t.latest[n%latestRows]
	if r := latest.Load(); r != nil && r.number == n {
		return r
	}
	r := new(row)
	c.sum(int(n), r)
	if t.kept.Load() < firstRows {
		t.kept.Add(1)
		t.first[n].Store(r)
	} else {
		latest.Store(r)
	}
	return r
}

// raise raises the lanes of width 1 to what is worth 0.
func (c *Convolution) raise(r *row) {
	for i := range r.lanes {
		v := &r.lanes[i][0]
		for lane := range 4 {
			if shift := 16 * lane; *v>>shift&0xffff == c.zero[i]>>shift&0xffff {
				r.exact |= 1 << (4*i + lane)
			}
		}
		*v = larger(*v, c.zero[i])
	}
}

// sum adds up what the codes of a row add to the lanes; to is empty.
func (c *Convolution) sum(n int, to *row) {
	codes, parts := c.table.codes[n*Parts:][:Parts], c.table.parts
	for m := range Parts {
		add := &parts[m][codes[m]] // read from end to end: that is what takes its time
		for i := range to.lanes {
			v, p := &to.lanes[i], &add[i]
			v[0] += p[0]
			v[1] += p[1]
			v[2] += p[2]
			v[3] += p[3]
			v[4] += p[4]
			v[5] += p[5]
		}
	}
	to.number = uint32(n)
	c.raise(to)
}

// ranges gives the least that each part of a vector can add to each column,
// and by how much the sum over all parts can vary.
func (p *Packed) ranges() (least [][Parts]float32, span []float32) {
	least, span = make([][Parts]float32, Columns), make([]float32, Columns)
	for col := range Columns {
		for m := range Parts {
			low, top := float32(math.Inf(1)), float32(math.Inf(-1))
			for code := range Codes {
				v := p.product(col, m, code)
				low, top = min(low, v), max(top, v)
			}
			least[col][m] = low
			span[col] += top - low
		}
	}
	return least, span
}

// product is what a code in one part of a vector adds to a column.
func (p *Packed) product(col, part, code int) float32 {
	v := float32(0)
	for d, f := range p.Book[part][code] {
		v += f * p.Columns[col][part*PartSize+d]
	}
	return v
}

// lanes sets scale, offset and zero.
func (c *Convolution) lanes(p *Packed, least [][Parts]float32, span []float32) {
	var widest [3 * Filters]float32
	for col := range Columns {
		width := widthOf(col / Filters)
		f := (width-1)*Filters + col%Filters
		widest[f] = max(widest[f], span[col])
		for _, v := range least[col] {
			c.offset[f] += v
		}
	}
	for f, v := range widest {
		width := float32(f/Filters + 1)
		c.scale[f] = max(v, 1e-6) / (32767/width - Parts)
		c.offset[f] += p.Bias[f]
	}
	for f := range Filters {
		lane := uint64(min(max(round(-c.offset[f]/c.scale[f]), 0), 32767))
		c.zero[f/4] |= lane << (f % 4 * 16)
	}
}

// pieces works out the lanes that each code adds in a slot.
func (p *Packed) pieces(slot int, to *pieces, least [][Parts]float32, scale *[3 * Filters]float32) {
	for f := range Filters {
		col, unit := slot*Filters+f, scale[(widthOf(slot)-1)*Filters+f]
		for m := range Parts {
			for code := range Codes {
				lane := uint64(round((p.product(col, m, code) - least[col][m]) / unit))
				to[m][code][f/4][slot] |= lane << (f % 4 * 16)
			}
		}
	}
}

// nothing gives the lanes that are worth 0, as padding is.
func (c *Convolution) nothing(least [][Parts]float32) (lanes [packed][slots]uint64) {
	for col := range Columns {
		slot, f := col/Filters, col%Filters
		sum := float32(0)
		for _, v := range least[col] {
			sum += v
		}
		lane := round(-sum / c.scale[(widthOf(slot)-1)*Filters+f])
		lanes[f/4][slot] |= uint64(min(max(lane, 0), 32767/float32(widthOf(slot)))) << (f % 4 * 16)
	}
	return lanes
}
