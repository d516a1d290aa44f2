package sentiment

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"earshot/bot/analyze/token"
)

func TestLarger(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	lane := func() uint64 {
		return []uint64{0, 1, 32767, 32766, random.Uint64N(32768), random.Uint64N(32768)}[random.IntN(6)]
	}
	for range 10_000 {
		var x, y, want uint64
		for shift := 0; shift < 64; shift += 16 {
			a, b := lane(), lane()
			x, y, want = x|a<<shift, y|b<<shift, want|max(a, b)<<shift
		}
		if got := larger(x, y); got != want {
			t.Fatalf("larger(%x, %x) = %x, want %x", x, y, got, want)
		}
	}
}

// smallWords is a convolution of random numbers over a few words: of the first
// two the rows are whole, of the others in codes.
func smallWords() *Packed {
	random := rand.New(rand.NewPCG(2, 1))
	p := &Packed{Share: 0.4, Temperature: 1.3, Flags: []FlagPoint{{0.25, 0.5, 0.75}}}
	p.floats(func(list []float32) {
		for i := range list {
			list[i] = float32(random.NormFloat64()) / 4
		}
	})
	for f := range p.Unit {
		p.Unit[f] = abs(p.Unit[f]) / 100
	}
	for _, word := range []string{"bad", "good", "pump", "the"} {
		p.Hashes = append(p.Hashes, token.Hash(word))
	}
	for i := range p.Book {
		for j := range p.Book[i] {
			for k := range p.Book[i][j] {
				p.Book[i][j][k] = byte(random.IntN(256))
			}
		}
	}
	p.Rows, p.Codes = make([]byte, 4*RowSize), make([]byte, 2*Parts)
	for i := range p.Rows {
		p.Rows[i] = byte(random.IntN(256))
	}
	for i := range p.Codes {
		p.Codes[i] = byte(random.IntN(Codes))
	}
	return p
}

func abs(v float32) float32 { return max(v, -v) }

// answer is a column of a row, the slow way.
func (p *Packed) answer(row uint32, col int) float64 {
	if whole := uint32(len(p.Rows) / RowSize); row >= whole {
		slot, f := col/Filters, col%Filters
		part := f/PartSize*slots + slot
		return float64(p.Book[part][p.Codes[int(row-whole)*Parts+part]][f%PartSize])
	}
	return float64(p.Rows[int(row)*RowSize+ColumnAt(col)])
}

// slow reads rows as the convolution is defined.
func (p *Packed) slow(rows []uint32, d *[DenseSize]float32) (z [Classes]float64) {
	add := func(v float64, row [Classes]float32) {
		for k := range z {
			z[k] += v * float64(row[k])
		}
	}
	first := [4]int{0, 0, 1, 3}
	for f := range Filters {
		mean := 0.0
		for width := 1; width <= 3; width++ {
			top := 0.0
			for at := range len(rows) - width + 1 {
				v := float64(p.Offset[(width-1)*Filters+f])
				for k := range width {
					v += p.answer(rows[at+k], (first[width]+k)*Filters+f) * float64(p.Unit[(width-1)*Filters+f])
				}
				top = max(top, v)
				if width == 1 {
					mean += v / float64(len(rows))
				}
			}
			add(top, p.Output[(width-1)*Filters+f])
		}
		add(max(mean, 0), p.Output[3*Filters+f])
	}
	for i, v := range d {
		add(float64(v), p.Dense[i])
	}
	return z
}

// TestConvolution compares the fast way, four filters at once in whole
// numbers, with the definition.
func TestConvolution(t *testing.T) {
	p := smallWords()
	c, err := DecodeWords(string(p.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if c.Share != p.Share || c.Temperature != p.Temperature || c.flags[0] != p.Flags[0] {
		t.Errorf("share %g, temperature %g, flags %v", c.Share, c.Temperature, c.flags)
	}
	var text token.Text
	var f Features
	var r scratch
	for _, said := range []string{"", "bad", "the pump", "the good pump the bad nobody knows", strings.Repeat("the bad pump ", 40), strings.Repeat("good ", 2*laneFull)} {
		text.Read(said)
		f.Read(&text, "")
		c.rows(&text, &r)
		got := c.logits(r.cells, &f.Dense)
		want := p.slow(Rows(text.Tokens, nil, Pad, c.number), &f.Dense)
		for k := range got {
			if diff := math.Abs(float64(got[k]) - want[k]); !(diff < 1e-4*(1+math.Abs(want[k]))) {
				t.Errorf("%.20q: logits %v, want %v", said, got, want)
			}
		}
	}
}

// TestTable reads rows, whole and in codes: each column stands in the byte that
// masking finds it in.
func TestTable(t *testing.T) {
	p := smallWords()
	c, err := DecodeWords(string(p.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint32(len(p.Hashes) + Unknown + 1) {
		var r [groups]cell
		c.table.read(n, r[:], 1)
		for column := range Columns {
			slot, f := column/Filters, column%Filters
			got := r[f/4][slot/2] >> (slot % 2 * 8) & low >> (f % 4 * 16) & 0xffff
			if want := p.answer(n, column); float64(got) != want {
				t.Fatalf("row %d, column %d is %d, want %g", n, column, got, want)
			}
		}
	}
}

func TestRows(t *testing.T) {
	c := &Convolution{vocabulary: token.NewVocabulary([]uint32{token.Hash("bad"), token.Hash("good"), 0})}
	for said, want := range map[string]int{"": shortest, "bad": shortest, "bad good bad good": 6, strings.Repeat("bad ", 9000): Longest + 2} {
		var text token.Text
		text.Read(said)
		rows := Rows(text.Tokens, []uint32{9, 9}, Pad, c.number)
		if len(rows) != want || rows[0] != Pad || rows[len(rows)-1] != Pad {
			t.Errorf("%.20q makes %d rows, want %d", said, len(rows), want)
		}
	}
	for word, want := range map[string]uint32{"bad": 2, "good": 3, "pump": Unknown} {
		if got := c.number(token.Hash(word)); got != want {
			t.Errorf("%s is row %d, want %d", word, got, want)
		}
	}
}

func TestDecodeWordsDamaged(t *testing.T) {
	whole := string(smallWords().Encode())
	for _, n := range []int{0, 3, len(wordsMagic), len(wordsMagic) + 19, len(wordsMagic) + 20, 1000, len(whole) - 1} {
		if _, err := DecodeWords(whole[:n]); err == nil {
			t.Errorf("a convolution cut to %d bytes is taken", n)
		}
	}
	for _, at := range []int{len(wordsMagic), len(wordsMagic) + 3, len(wordsMagic) + 4, len(wordsMagic) + 7, len(wordsMagic) + 8, len(wordsMagic) + 11} {
		if _, err := DecodeWords(whole[:at] + "\xff" + whole[at+1:]); err == nil {
			t.Errorf("a convolution with byte %d broken is taken", at)
		}
	}
}

// BenchmarkHostile shows that a text costs no more than its length: the time a
// byte must not grow from one size to the next.
func BenchmarkHostile(b *testing.B) {
	r := newReader(b, Options{})
	var text token.Text
	for _, piece := range []string{"terrible ", "a", "bad. but good! ", "\u0301", "?!.,", "#a ", "\xff", "💓"} {
		for _, size := range []int{1 << 10, 1 << 14, 1 << 20} {
			said := strings.Repeat(piece, size/len(piece))
			b.Run(fmt.Sprintf("%+q/%d", piece, size), func(b *testing.B) {
				for b.Loop() {
					text.Read(said)
					r.Score(&text, english())
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size), "ns/byte")
			})
		}
	}
}
