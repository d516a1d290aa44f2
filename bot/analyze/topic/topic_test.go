package topic

import (
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
