package topic

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"earshot/bot"
	"earshot/bot/analyze/token"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	m, err := Compile([]Topic{
		{Name: "Support", Words: []string{"support", "customer service", "answer*"}},
		{Name: "Firmware", Words: []string{"firmware", "update*", "app"}, Parent: "Product"},
		{Name: "Product", Words: []string{"machine"}},
		{Name: "Battery", Words: []string{"battery", "battery life"}},
		{Name: "Order", Patterns: []string{`order (no\.? ?)?\d+`}},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		text string
		want []string // name: words
	}{
		{"Customer-Service never answered about the update", []string{"Support: customer service, answered", "Firmware: update", "Product: update"}},
		{"battery life is short", []string{"Battery: battery life"}},
		{"Where is ORDER No. 4711?", []string{"Order: order no. 0"}},
		{"happy", nil},
		{"the machine, the machine and the app", []string{"Product: machine, app", "Firmware: app"}},
	}
	tests[2].want = []string{"Order: order no. 4711"}
	var read token.Text
	var s Scratch
	for _, test := range tests {
		read.Read(test.text)
		var got []string
		for _, f := range m.Find(&read, &s) {
			got = append(got, f.Name+": "+strings.Join(f.Words, ", "))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestRefused(t *testing.T) {
	tests := []struct {
		topics []Topic
		want   string
	}{
		{[]Topic{{Words: []string{"x"}}}, "no name"},
		{[]Topic{{Name: "A", Words: []string{"x"}}, {Name: "A", Words: []string{"y"}}}, "two topics"},
		{[]Topic{{Name: "A"}}, "neither words nor patterns"},
		{[]Topic{{Name: "A", Words: []string{" * "}}}, "empty word"},
		{[]Topic{{Name: "A", Patterns: []string{"("}}}, "no regular expression"},
		{[]Topic{{Name: "A", Words: []string{`"not work"~11`}}}, "1 to 10"},
		{[]Topic{{Name: "A", Words: []string{`"not work"3`}}}, "1 to 10"},
		{[]Topic{{Name: "A", Words: []string{`"not work`}}}, "not closed"},
		{[]Topic{{Name: "A", Words: []string{`"a b c d e f g h i"~1`}}}, "8 are the most"},
		{[]Topic{{Name: "A", Words: []string{"de*y"}}}, "does not end it"},
		{[]Topic{{Name: "A", Words: []string{"x^21"}}}, "from 1 to 20"},
		{[]Topic{{Name: "A", Words: []string{"x"}, Exclude: []string{"*"}}}, "empty word"},
		{[]Topic{{Name: "A", Patterns: []string{"a)(b"}}}, "no regular expression"},
		{[]Topic{{Name: "A", Patterns: []string{strings.Repeat("a", 1001)}}}, "1000 are the most"},
		{[]Topic{{Name: "A", Words: []string{"x"}, Parent: "B"}}, "no topic"},
		{[]Topic{{Name: "A", Words: []string{"x"}, Parent: "B"}, {Name: "B", Words: []string{"y"}, Parent: "A"}}, "its own parent"},
	}
	for _, test := range tests {
		_, err := Compile(test.topics)
		if bot.KindOf(err) != bot.ErrInvalid || !strings.Contains(bot.Told(err), test.want) {
			t.Errorf("Compile(%+v): %v, want %q", test.topics, err, test.want)
		}
	}
}

func TestParentWithoutWords(t *testing.T) {
	if _, err := Compile([]Topic{{Name: "Product"}, {Name: "Lid", Words: []string{"lid"}, Parent: "Product"}}); err != nil {
		t.Error(err)
	}
}

// found gives the topics of a text, the strongest first.
func found(t *testing.T, m *Matcher, text string) []string {
	t.Helper()
	var read token.Text
	var s Scratch
	read.Read(text)
	var names []string
	for _, f := range m.Find(&read, &s) {
		names = append(names, f.Name)
	}
	return names
}

func TestRoom(t *testing.T) {
	m, err := Compile([]Topic{{Name: "Broken", Words: []string{`"not work*"~2`}}, {Name: "Face", Words: []string{"^_^"}}})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"it does not work":                true,
		"not even remotely working":       true,
		"not even so remotely working":    false,
		"working? not":                    false,
		"it is not. Work starts at nine.": false,
		"not, working":                    true,
	} {
		if got := found(t, m, text); (len(got) > 0) != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestStrongest(t *testing.T) {
	m, err := Compile([]Topic{
		{Name: "Product"},
		{Name: "Lid", Words: []string{"lid", "lid*"}, Parent: "Product"},
		{Name: "Price", Words: []string{"price", "too expensive", "cheap^7"}},
		{Name: "Service", Words: []string{"service", "customer service", "help"}, Exclude: []string{"help yourself"}, Patterns: []string{`ticket \d+`}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]string{
		"the lid and the price":                        {"Lid", "Product", "Price"}, // alike: further down, then first named
		"too expensive a lid":                          {"Price", "Lid", "Product"}, // two words say more
		"help, help, help: customer service, the lids": {"Service", "Lid", "Product"},
		"customer service of a cheap shop":             {"Price", "Service"}, // a weight says most
		"help yourself to a lid, ticket 12":            {"Lid", "Product"},   // excluded, its pattern too
		"ticket 12":                                    {"Service"},
	} {
		if diff := cmp.Diff(want, found(t, m, text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestEval(t *testing.T) {
	m, err := Compile([]Topic{{Name: "A", Words: []string{"apple"}}, {Name: "B", Words: []string{"pear"}, Parent: "Fruit"}, {Name: "Fruit"}})
	if err != nil {
		t.Fatal(err)
	}
	fits, macro := m.Eval([]Labelled{{"apple", "A"}, {"an apple", "A"}, {"pear", "A"}, {"pear", "B"}, {"plum", "B"}})
	want := []Fit{{"A", 3, 1, 2. / 3, 0.8}, {"B", 2, 0.5, 0.5, 0.5}}
	if diff := cmp.Diff(want, fits); diff != "" || macro != 0.65 {
		t.Errorf("macro-F1 %.3f (-want +got):\n%s", macro, diff)
	}
}

// TestThousands: ten thousand words are found as one is.
func TestThousands(t *testing.T) {
	var topics []Topic
	for i := range 100 {
		topic := Topic{Name: fmt.Sprint("T", i)}
		for k := range 100 {
			topic.Words = append(topic.Words, fmt.Sprintf("word%dx%d", i, k))
		}
		topics = append(topics, topic)
	}
	m, err := Compile(topics)
	if err != nil {
		t.Fatal(err)
	}
	if got := found(t, m, "a word42x17 b word7x99 c word42x18 word100x1"); !slices.Equal(got, []string{"T42", "T7"}) {
		t.Error(got)
	}
}

func FuzzTopic(f *testing.F) {
	for _, s := range []string{`"not work*"~3^4`, "delay*", "#tag", `"`, "^5", "(a|b)+", "\xff*", `"a  b"~2`} {
		f.Add(s, "it does not even work, delayed a b")
	}
	f.Fuzz(func(t *testing.T, word, text string) {
		list := []Topic{{Name: "W", Words: []string{word}}, {Name: "P", Patterns: []string{word}}, {Name: "X", Words: []string{"work"}, Exclude: []string{word}}}
		for _, topic := range list {
			m, err := Compile([]Topic{topic})
			bad := CheckWord(word)
			if topic.Patterns != nil {
				bad = CheckPattern(word)
			}
			if (err == nil) != (bad == nil) {
				t.Fatalf("%+v: compiled %v, checked %v", topic, err, bad)
			}
			if err != nil {
				continue
			}
			var read token.Text
			var s Scratch
			read.Read(text)
			for _, x := range m.Find(&read, &s) {
				if x.Strength < 1 || len(x.At) == 0 || int(x.At[0]) > len(read.Folded) {
					t.Fatalf("%+v in %q: %+v", topic, text, x)
				}
			}
		}
	})
}
