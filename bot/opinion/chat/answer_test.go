package chat

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"earshot/bot"
)

// FuzzAnswer reads whatever a language model, or a customer through it, may
// have made of the question.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{`{"label":"negative"}`, "{}", "}{", `{"label":"\u0000"}`, "<think></think>Kettles die.", "{{{}}}", "a@b \x00\u202e", strings.Repeat("{", 4096)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		if label, err := parseLabel(answer); err == nil && !slices.Contains([]bot.Label{bot.Negative, bot.Neutral, bot.Positive, bot.Mixed, bot.Unsure}, label) {
			t.Errorf("%q is read as %q", answer, label)
		}
		if said, err := parseSummary(answer); err == nil && (strings.ContainsAny(said, "@<{[\n\r\x00\u202e") || !utf8.ValidString(said)) {
			t.Errorf("%q is summed up as %q", answer, said)
		}
	})
}
