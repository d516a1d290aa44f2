package match

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/analyze/token"

	"github.com/google/go-cmp/cmp"
)

func find(t testing.TB, terms []string, text string) []string {
	t.Helper()
	set, err := Compile(terms)
	if err != nil {
		t.Fatal(err)
	}
	var read token.Text
	read.Read(text)
	var found []string
	for _, h := range set.Find(&read, nil) {
		found = append(found, terms[h.Term]+"="+string(read.Folded[h.Start:h.End]))
	}
	return found
}

func TestFind(t *testing.T) {
	tests := []struct {
		name  string
		terms []string
		text  string
		want  []string
	}{
		{"word", []string{"delta"}, "Delta, deltas, adelta; DELTA!", []string{"delta=delta", "delta=delta"}},
		{"possessive", []string{"larkspur"}, "Larkspur's lid", []string{"larkspur=larkspur"}},
		{"phrase over white space and hyphens", []string{"data loss"}, "data\n loss and data-loss", []string{"data loss=data loss", "data loss=data loss"}},
		{"hyphen in the term", []string{"E-Mail"}, "e mail e-mail", []string{"E-Mail=e mail", "E-Mail=e mail"}},
		{"tag", []string{"#fail"}, "#Fail #failed x#fail fail", []string{"#fail=#fail"}},
		{"handle", []string{"@delta"}, "hi @Delta. me@delta.com @delta_help @delta@x.org", []string{"@delta=@delta", "@delta=@delta"}},
		{"plain term finds tags and handles", []string{"delta"}, "#delta @delta", []string{"delta=delta", "delta=delta"}},
		{"prefix", []string{"deliver*"}, "delivered! redeliver", []string{"deliver*=delivered"}},
		{"one inside the other", []string{"he", "she", "hers", "he was"}, "she was hers", []string{"she=she", "hers=hers"}},
		{"overlap", []string{"a b c", "b c d", "c"}, "a b c d", []string{"a b c=a b c", "c=c", "b c d=b c d"}},
		{"a word ends in the next", []string{"new york", "york pub"}, "new york pub", []string{"new york=new york", "york pub=york pub"}},
		{"after a false start", []string{"a b x", "b c"}, "a b c", []string{"b c=b c"}},
		{"folding", []string{"STRASSE", "Ünal", "ΟΔΟΣ", "café"}, "ünal in der strasse, οδος cafe\u0301", []string{"Ünal=ünal", "STRASSE=strasse", "ΟΔΟΣ=οδοσ", "café=café"}},
		{"Chinese needs no edges", []string{"咖啡"}, "我的咖啡机坏了", []string{"咖啡=咖啡"}},
		{"Latin among Japanese", []string{"larkspur"}, "新しいLarkspurは", []string{"larkspur=larkspur"}},
		{"Korean particle", []string{"라크스퍼"}, "라크스퍼가 고장", []string{"라크스퍼=라크스퍼"}},
		{"emoji", []string{"💔"}, "so 💔💔", []string{"💔=💔", "💔=💔"}},
		{"signs", []string{"c++", "at&t"}, "C++ and AT&T", []string{"c++=c++", "at&t=at&t"}},
		{"address", []string{"larkspur.com"}, "see https://larkspur.com/x", []string{"larkspur.com=larkspur.com"}},
		{"twice the same term", []string{"a", "A"}, "a", []string{"A=a", "a=a"}},
		{"nothing", nil, "text", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, find(t, test.terms, test.text)); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEmptyTerm(t *testing.T) {
	for _, term := range []string{"", " ", "*", "\u200b"} {
		if _, err := Compile([]string{term}); !errors.Is(err, ErrEmpty) {
			t.Errorf("Compile(%q): %v", term, err)
		}
	}
}

func TestWatches(t *testing.T) {
	w, err := NewWatches([]bot.Watch{
		{Name: "brand", Terms: []string{"larkspur", "#larkspur"}, Exclude: []string{"larkspur county", "larkspur flower*"}, Accounts: []string{"@LarkspurHelp"}},
		{Name: "rival", Terms: []string{"delphinia"}},
		{Name: "reviews", Sources: []string{"shop"}},
		{Name: "forum", Terms: []string{"larkspur"}, Sources: []string{"forum"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		source, text string
		want         []string
	}{
		{"mastodon", "My Larkspur broke", []string{"brand"}},
		{"mastodon", "larkspur flowers in Larkspur County", nil},
		{"mastodon", "Delphinia or Larkspur?", []string{"brand", "rival"}},
		{"shop", "nice", []string{"reviews"}},
		{"forum", "larkspur", []string{"brand", "forum"}},
		{"mastodon", "nothing of ours", nil},
		{"forum", "larkspur flowers", []string{"forum"}},
	}
	var read token.Text
	var s Scratch
	for _, test := range tests {
		read.Read(test.text)
		if got := w.Match(&read, test.source, &s); !slices.Equal(got, test.want) {
			t.Errorf("Match(%q from %s) = %v, want %v", test.text, test.source, got, test.want)
		}
	}
	if !w.IsStaff("larkspurhelp") || w.IsStaff("larkspur") || w.IsStaff("") {
		t.Error("our own account is not told from others")
	}
}

func TestWatchesRefused(t *testing.T) {
	for _, w := range []bot.Watch{{Name: "brand"}, {Name: "brand", Terms: []string{" "}}, {Name: "brand", Terms: []string{"x"}, Exclude: []string{"*"}}} {
		_, err := NewWatches([]bot.Watch{w})
		if bot.KindOf(err) != bot.ErrInvalid || !strings.Contains(err.Error(), "brand") {
			t.Errorf("NewWatches(%+v): %v", w, err)
		}
	}
}

// FuzzFind checks the automaton against looking for each term by itself.
func FuzzFind(f *testing.F) {
	f.Add("he,she,hers,his", "ushers she")
	f.Add("a b,b c,c", "a b c")
	f.Add("#a,@b,c*", "#a @b cc x#a")
	f.Add("咖啡,é", "我的咖啡é")
	f.Fuzz(func(t *testing.T, list, text string) {
		terms := strings.Split(list, ",")
		set, err := Compile(terms)
		if err != nil {
			return
		}
		var read token.Text
		read.Read(text)
		got := map[string]bool{}
		for _, h := range set.Find(&read, nil) {
			got[fmt.Sprint(h.Term, h.Start)] = true
		}
		for k, term := range terms {
			for _, at := range places(&read, term) {
				if key := fmt.Sprint(k, at); !got[key] {
					t.Fatalf("%q at %d of %q is missed", term, at, read.Folded)
				}
				delete(got, fmt.Sprint(k, at))
			}
		}
		if len(got) > 0 {
			t.Fatalf("%q: %v is no place", terms, got)
		}
	})
}

// places finds a term slowly and surely.
func places(read *token.Text, term string) (list []int) {
	body, prefix := strings.CutSuffix(strings.TrimSpace(term), "*")
	want := token.Term(body)
	folded := string(read.Folded)
	first, _ := utf8.DecodeRune(want.Folded)
	last, _ := utf8.DecodeLastRune(want.Folded)
	for at := range folded {
		if !strings.HasPrefix(folded[at:], string(want.Folded)) {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(folded[:at])
		after, _ := utf8.DecodeRuneInString(folded[at+len(want.Folded):])
		end := at + len(want.Folded)
		if at > 0 && (!token.Edge(before, first) || (first == '@' || first == '#') && token.IsWordRune(before)) {
			continue
		}
		if end < len(folded) && !prefix && !token.Edge(last, after) {
			continue
		}
		list = append(list, at)
	}
	return list
}

func BenchmarkWatches(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("%d terms", n), func(b *testing.B) {
			var watches []bot.Watch
			for i := range n {
				watches = append(watches, bot.Watch{Name: fmt.Sprint("watch", i), Terms: []string{fmt.Sprintf("%c%cbrand %d", 'a'+i%26, 'a'+i/26%26, i)}})
			}
			w, err := NewWatches(watches)
			if err != nil {
				b.Fatal(err)
			}
			var read token.Text
			var s Scratch
			read.Read("My second machine from abbrand 27 died after the 4.2 update, it smells burnt and nobody answers. Should I buy cdbrand instead?")
			b.ReportAllocs()
			for b.Loop() {
				w.Match(&read, "mastodon", &s)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
		})
	}
}
