package window

import (
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// Terms is what a service is searched for: own, else the terms of the watches
// that listen to this source, each once, without the "#" and "@" that only mark how they are matched on our
// side. Terms longer than most bytes are cut at a word: a wider search, whose
// result is checked on our side like every other.
func Terms(own []string, watches []bot.Watch, source string, most int) []string {
	if len(own) == 0 {
		for _, w := range watches {
			if len(w.Sources) == 0 || slices.Contains(w.Sources, source) {
				own = append(own, w.Terms...)
			}
		}
	}
	var all []string
	known := map[string]bool{}
	for _, t := range own {
		t = strings.TrimLeft(text.OneLine(t), "#@")
		if len(t) > most {
			t = text.CutBytes(t, most)
			if i := strings.LastIndexByte(t, ' '); i > 0 {
				t = t[:i]
			}
		}
		if k := strings.ToLower(t); t != "" && !known[k] {
			known[k] = true
			all = append(all, t)
		}
	}
	return all
}
