package analyze

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"earshot/bot"
)

// bad is what comes in that nobody wrote, or nobody can read: n bytes of it.
func bad() map[string]func(n int) string {
	noise := func(n int) string {
		r := rand.New(rand.NewPCG(1, 2))
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return string(b)
	}
	repeat := func(s string) func(int) string {
		return func(n int) string { return strings.Repeat(s, n/len(s)+1)[:n] }
	}
	return map[string]func(n int) string{
		"noise":     noise,
		"base64":    func(n int) string { return base64.StdEncoding.EncodeToString([]byte(noise(n)))[:n] },
		"one word":  repeat("aaaa"),
		"repeated":  repeat("terrible larkspur wren "),
		"questions": repeat("how do I? "),
		"quotes":    repeat(`"he said "`),
		"opening":   repeat("“"),
		"reposts":   repeat("RT @ xRT @"),
		"lines":     repeat("> \n"),
		"tags":      repeat("#neveragainandagainandagain "),
		"commas":    repeat("a b, "),
		"and":       repeat("it is and the it but "),
		"compared":  repeat("larkspur > wren < "),
		"not":       repeat("not no never couldnt be "),
		"zalgo":     repeat("z\u0301\u0328\u0335a\u0321"),
		"emoji":     repeat("🤦‍♀️💓"),
		"rtl":       repeat("\u202eשלום مرحبا "),
		"controls":  repeat("\x00\x01\x7f\x1b[31m"),
		"html":      repeat("<div class=\"a\">&nbsp;</div>"),
		"mixed":     repeat("аpple ｗｒｅｎ Ωmega 龍 "),
	}
}

// Whatever comes in, there is a verdict, quickly, and nobody is called for what
// says nothing.
func TestBadInput(t *testing.T) {
	a := newAnalyzer(t, PhenomenaSettings())
	says := []string{"repeated", "compared", "not", "quotes", "tags", "emoji"} // these have words, or a mood
	for name, text := range bad() {
		for _, n := range []int{1, 40, 1000, 1 << 14} {
			said := text(n)
			v := a.Hear(bot.Mention{Text: said}).Verdict
			p := v.Probs
			if sum := p.Negative + p.Neutral + p.Positive; !(sum > 0.999 && sum < 1.001) || v.Label == "" || v.Stance == "" {
				t.Errorf("%s of %d: %+v", name, n, v)
			}
			if !slices.Contains(says, name) && v.Flagged {
				t.Errorf("%s of %d is flagged: %s %.2f", name, n, v.Label, p)
			}
		}
	}
	for _, said := range []string{"", " \n\t", "\x00\x01", "\xff\xfe\xfd", strings.Repeat("QmFzZTY0", 30), "<br/><br/>", "\u200b\u200d\ufeff", "http://t.co/abc"} {
		if v := a.Verdict(bot.Mention{Text: said}); sides(v.Label) || v.Label == bot.Mixed || v.Flagged || v.Stance != bot.Unqualified {
			t.Errorf("%q is %s %.2f, flagged %v", said, v.Label, v.Probs, v.Flagged)
		}
	}
	for _, name := range []string{"noise", "repeated", "quotes"} {
		if v := a.Verdict(bot.Mention{Text: bad()[name](1 << 20)}); v.Label != bot.Unsure {
			t.Errorf("a megabyte of %s is %s", name, v.Label)
		}
	}
	if _, err := a.EvalSentiment([]string{bad()["noise"](1 << 20), ""}, []int{1, 1}); err != nil {
		t.Error(err)
	}
}

// BenchmarkBadInput doubles what comes in: the time for a byte stays what it is.
func BenchmarkBadInput(b *testing.B) {
	a := newAnalyzer(b, PhenomenaSettings())
	for name, text := range bad() {
		for n := 4 << 10; n <= 64<<10; n *= 2 {
			said := text(n)
			b.Run(fmt.Sprintf("%s/%dk", name, n>>10), func(b *testing.B) {
				for b.Loop() {
					a.Hear(bot.Mention{Text: said})
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/byte")
			})
		}
	}
}
