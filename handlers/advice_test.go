package handlers

import (
	"testing"

	"earshot/bot"
	"earshot/bot/relate/advise"
)

// TestAdviceIsGivenWhereThereIsAChoice: what every way does already is not said.
func TestAdviceIsGivenWhereThereIsAChoice(t *testing.T) {
	public, private := bot.Way{Name: "public", Public: true}, bot.Way{Name: "private"}
	ticket := bot.Way{Name: "ticket", Internal: true}
	why := "The customer wrote an order number (…42)."
	for name, tc := range map[string]struct {
		place  advise.Place
		ways   []bot.Way
		way    string
		blocks int
	}{
		"either":                        {advise.Either, []bot.Way{public, private}, "public", 0},
		"private, both":                 {advise.Private, []bot.Way{public, private}, "private", 3},
		"private, where all can read":   {advise.Private, []bot.Way{public}, "public", 3},
		"private, by mail":              {advise.Private, []bot.Way{private, ticket}, "private", 0},
		"public, both":                  {advise.Public, []bot.Way{private, public}, "public", 1},
		"public, where nobody can read": {advise.Public, []bot.Way{private}, "private", 1},
		"public, the only way":          {advise.Public, []bot.Way{public, ticket}, "public", 0},
	} {
		got := adviceLines(advise.Advice{Place: tc.place, Why: why}, bot.Dossier{}, tc.ways)
		if len(got) != tc.blocks || wayFor(tc.place, tc.ways) != tc.way {
			t.Errorf("%s: %d blocks, %s", name, len(got), wayFor(tc.place, tc.ways))
		}
	}
}
