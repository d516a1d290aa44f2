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

// smallWords is a convolution of random numbers over a few words.
func smallWords() *Packed {
	random := rand.New(rand.NewPCG(2, 1))
	p := &Packed{Share: 0.4, Temperature: 1.3, Flags: []FlagPoint{{0.25, 0.5, 0.75}}}
	p.floats(func(list []float32) {
		for i := range list {
			list[i] = float32(random.NormFloat64()) / 4
		}
	})
	for _, word := range []string{"bad", "good", "pump", "the"} {
		p.Hashes = append(p.Hashes, token.Hash(word))
	}
	p.Codes = make([]byte, (len(p.Hashes)+2)*Parts)
	for i := range p.Codes {
		p.Codes[i] = byte(random.IntN(Codes))
	}
	return p
}

// answer is what a filter column makes of a row, the slow way.
func (p *Packed) answer(row uint32, col int) (sum float64) {
	if row == Pad {
		return 0
	}
	for m := range Parts {
		sum += float64(p.product(col, m, int(p.Codes[int(row)*Parts+m])))
	}
	return sum
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
				v := float64(p.Bias[(width-1)*Filters+f])
				for k := range width {
					v += p.answer(rows[at+k], (first[width]+k)*Filters+f)
				}
				top = max(top, v)
				if width == 1 {
					mean += max(v, 0) / float64(len(rows))
				}
			}
			add(top, p.Output[(width-1)*Filters+f])
		}
		add(mean, p.Output[3*Filters+f])
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
	for _, said := range []string{"", "bad", "the pump", "the good pump the bad nobody knows", strings.Repeat("the bad pump ", 40)} {
		text.Read(said)
		f.Read(&text, "")
		got := c.logits(c.rows(&text, nil), &f.Dense)
		want := p.slow(Rows(text.Tokens, nil, Pad, c.number), &f.Dense)
		for k := range got {
			if diff := math.Abs(float64(got[k]) - want[k]); !(diff < 0.03*(1+math.Abs(want[k]))) {
				t.Errorf("%.20q: logits %v, want %v", said, got, want)
			}
		}
	}
}

// TestRare asks for more rows than are kept, and in turn for some that share a
// place.
func TestRare(t *testing.T) {
	p := smallWords()
	for n := range commonRows + firstRows + 3*latestRows {
		p.Hashes = append(p.Hashes, uint32(n))
	}
	p.Codes = make([]byte, (len(p.Hashes)+2)*Parts)
	for i := range p.Codes {
		p.Codes[i] = byte(i * i % 251)
	}
	c, err := DecodeWords(string(p.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(list ...uint32) {
		for _, n := range list {
			var want row
			if c.sum(int(n), &want); n != Pad && *c.row(n) != want {
				t.Errorf("row %d is another when it is asked for", n)
			}
		}
	}
	ask(0, 1, commonRows-1, commonRows, commonRows, commonRows+latestRows)
	if n := c.table.kept.Load(); n != 2 {
		t.Errorf("%d rows are kept", n)
	}
	c.table.kept.Store(firstRows)
	last := uint32(commonRows + 3*latestRows)
	ask(commonRows, last, last-latestRows, last, last+7, last+7)
	if c.table.first[last].Load() != nil {
		t.Error("more rows are kept than the first")
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
	for _, n := range []int{0, 3, len(wordsMagic), len(wordsMagic) + 15, len(wordsMagic) + 16, 1000, len(whole) - 1} {
		if _, err := DecodeWords(whole[:n]); err == nil {
			t.Errorf("a convolution cut to %d bytes is taken", n)
		}
	}
	for _, at := range []int{len(wordsMagic), len(wordsMagic) + 3, len(wordsMagic) + 4, len(wordsMagic) + 7} {
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
