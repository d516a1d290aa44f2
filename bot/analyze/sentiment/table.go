package sentiment

import (
	"encoding/binary"
	"fmt"
	"math"

	"earshot/bot/analyze/token"
)

// VectorSize is how many numbers the vector of a word has that the filters look
// at while they are trained.
const VectorSize = 100

// Columns is how many numbers the row of a word has: what the word adds, at one
// place of a window, to one filter. Column n is of the slot n/Filters (width 1;
// width 2, first and second word; width 3, first to third) and the filter
// n%Filters.
const Columns = slots * Filters

// Sizes of the rows of rare words (product quantisation: Jégou, Douze and
// Schmid, 2011): a row is cut into Parts of PartSize columns, each replaced by
// one of Codes, whichever is nearest.
const (
	PartSize = 4
	Parts    = Columns / PartSize
	Codes    = 256
)

// Packed is a convolution as it is shipped: what the filters do to each word was
// worked out when it was trained. The columns of a row are whole numbers from 0
// to 255; what 1 is worth in a filter, and what the filter is worth where all of
// its columns are 0, Unit and Offset tell.
type Packed struct {
	Share, Temperature float32
	Flags              []FlagPoint // on semeval_val.tsv
	Output             [Hidden][Classes]float32
	Dense              [DenseSize][Classes]float32
	Unit, Offset       [3 * Filters]float32
	Book               [Parts][Codes][PartSize]byte
	Hashes             []uint32 // token.Token.Hash of the words of all rows but Pad and Unknown, which come first
	Rows               []byte   // of the commonest words: RowSize each
	Codes              []byte   // of all others: Parts each
}

// RowSize is the bytes of a row: 24 for four filters, a pair of columns of each
// slot after the other, first of the even slots and then of the odd, so that
// masking eight bytes leaves four columns of one slot, 16 bits apart.
const RowSize = Columns

// ColumnAt is where in a row a column stands.
func ColumnAt(column int) int {
	slot, f := column/Filters, column%Filters
	return f/4*(4*slots) + slot/2*8 + f%4*2 + slot%2
}

const wordsMagic = "earshot-words-2\n"

// floats lists all numbers of p in the order they are shipped.
func (p *Packed) floats(each func(list []float32)) {
	for _, table := range [][][Classes]float32{p.Output[:], p.Dense[:]} {
		for i := range table {
			each(table[i][:])
		}
	}
	each(p.Unit[:])
	each(p.Offset[:])
}

// Encode writes p as DecodeWords reads it.
func (p *Packed) Encode() []byte {
	b := []byte(wordsMagic)
	put := func(u uint32) { b = binary.LittleEndian.AppendUint32(b, u) }
	put(uint32(len(p.Hashes)))
	put(uint32(len(p.Rows) / RowSize))
	put(uint32(len(p.Flags)))
	put(math.Float32bits(p.Share))
	put(math.Float32bits(p.Temperature))
	p.floats(func(list []float32) {
		for _, f := range list {
			put(math.Float32bits(f))
		}
	})
	for i := range p.Book {
		for j := range p.Book[i] {
			b = append(b, p.Book[i][j][:]...)
		}
	}
	for _, h := range p.Hashes {
		put(h)
	}
	for _, f := range p.Flags {
		for _, v := range []float64{f.At, f.Precision, f.Recall} {
			put(math.Float32bits(float32(v)))
		}
	}
	return append(append(b, p.Rows...), p.Codes...)
}

// maxFlags bounds what a damaged file can ask for.
const maxFlags = 1 << 8

// DecodeWords reads a convolution. It keeps s and reads the rows in place, so
// that of a file that is part of the binary only those pages are in memory whose
// words are met.
//
// A file has the line wordsMagic and then, little endian: the number of words,
// of Rows and of Flags in four bytes each; as 32-bit floats Share, Temperature,
// Output, Dense, Unit and Offset; Book; the words' hashes in four bytes each; the
// Flags as three floats each; Rows; Codes to the end.
func DecodeWords(s string) (*Convolution, error) {
	const head, fixed, book = len(wordsMagic), 5 * 4, Parts * Codes * PartSize
	if len(s) < head+fixed || s[:head] != wordsMagic {
		return nil, fmt.Errorf("%w: no magic number", errWeights)
	}
	r := reader{s[head:]}
	n, nRows, nFlags := int(r.next()), int(r.next()), int(r.next())
	c := &Convolution{Share: r.float(), Temperature: r.float()}
	p, numbers := new(Packed), 0
	p.floats(func(list []float32) { numbers += len(list) })
	if n > token.MaxWords || nFlags > maxFlags || nRows < Unknown+1 || nRows > n+2 ||
		len(r.rest) != 4*(numbers+n+3*nFlags)+book+nRows*RowSize+(n+2-nRows)*Parts {
		return nil, fmt.Errorf("%w: %d bytes for %d words", errWeights, len(s), n)
	}
	p.floats(func(list []float32) {
		for i := range list {
			list[i] = r.float()
		}
	})
	c.dense = p.Dense
	c.weigh(p)
	c.table.spread(r.rest[:book])
	r.rest = r.rest[book:]
	hashes := make([]uint32, n)
	for i := range hashes {
		hashes[i] = r.next()
	}
	c.vocabulary = token.NewVocabulary(hashes)
	for range nFlags {
		c.flags = append(c.flags, FlagPoint{float64(r.float()), float64(r.float()), float64(r.float())})
	}
	c.table.rows, c.table.codes = r.rest[:nRows*RowSize], r.rest[nRows*RowSize:]
	return c, nil
}

// table has the rows by their numbers.
type table struct {
	rows  string // of the commonest words, as they are
	codes string // of the others
	book  [Parts][Codes]uint64
}

// spread lays the codes out as the columns of an even slot.
func (t *table) spread(book string) {
	for i := range t.book {
		for j := range t.book[i] {
			code := book[(i*Codes+j)*PartSize:][:PartSize]
			t.book[i][j] = uint64(code[0]) | uint64(code[1])<<16 | uint64(code[2])<<32 | uint64(code[3])<<48
		}
	}
}

// cell is what one word adds to four filters, a byte each: a pair of slots in
// eight bytes.
type cell [slots / 2]uint64

// read gives the row with this number, the cells of its groups of filters being
// a step apart.
func (t *table) read(number uint32, to []cell, step int) {
	n := int(number)
	if at := n * RowSize; at < len(t.rows) {
		s := t.rows[at : at+RowSize]
		for g := range groups {
			c, eight := &to[g*step], s[24*g:24*g+24]
			c[0], c[1], c[2] = little(eight[:8]), little(eight[8:16]), little(eight[16:24])
		}
		return
	}
	n -= len(t.rows) / RowSize
	codes := t.codes[n*Parts:][:Parts]
	for g := range groups {
		c := &to[g*step]
		for pair := range c {
			even, odd := slots*g+2*pair, slots*g+2*pair+1
			c[pair] = t.book[even][codes[even]] | t.book[odd][codes[odd]]<<8
		}
	}
}

// little reads eight bytes, the lowest first.
func little(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
