package x

import (
	"regexp"
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"golang.org/x/text/unicode/norm"
)

// What a post's text weighs (docs.x.com/fundamentals/counting-characters;
// github.com/twitter/twitter-text/tree/master/config, version 3).
const (
	light     = 1 // most letters of Latin, Greek, Cyrillic, Arabic, Indic … scripts
	heavy     = 2 // all others, as those of Chinese and Japanese; and every emoji
	urlWeight = 23
)

// Length implements bot.Answerer: it counts as X does. An address counts as 23
// whatever its length; one without https:// does where X links it, which it
// does below the top-level domains that are in use; here, below the usual ones.
func (s *Source) Length(t string) int {
	t = norm.NFC.String(t)
	n, last := 0, 0
	for _, at := range regexp.MustCompile(`(?i)https?://[^\s<>"]+`).FindAllStringIndex(t, -1) {
		n += bare(t[last:at[0]]) + urlWeight
		last = at[1]
	}
	return n + bare(t[last:])
}

// bare weighs text without full addresses.
func bare(t string) int {
	n, last := 0, 0
	domain := regexp.MustCompile(`(?i)\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|edu|gov|io|co|app|dev|ai|me|info|biz|shop|store|tv|ly|gl|to|uk|de|fr|es|it|nl|be|at|ch|pl|se|no|dk|fi|pt|ie|cz|eu|us|ca|au|nz|jp|cn|kr|in|br|mx|ru|tr|za)\b(?:/[^\s<>"]*)?`)
	for _, at := range domain.FindAllStringIndex(t, -1) {
		if at[0] > 0 && strings.ContainsRune("@$#/.-_", rune(t[at[0]-1])) {
			continue // part of an e-mail address or a path, which is not linked
		}
		n += weigh(t[last:at[0]]) + urlWeight
		last = at[1]
	}
	return n + weigh(t[last:])
}

// weigh adds up characters; an emoji is one, however many make it up.
func weigh(t string) int {
	n := 0
	for g := graphemes.FromString(t); g.Next(); {
		if c := g.Value(); emoji(c) {
			n += heavy
		} else {
			for _, r := range c {
				n += weightOf(r)
			}
		}
	}
	return n
}

func weightOf(r rune) int {
	if r <= 4351 || r >= 8192 && r <= 8205 || r >= 8208 && r <= 8223 || r >= 8242 && r <= 8247 {
		return light
	}
	return heavy
}

// emoji tells whether a grapheme of several characters is one emoji: it has the
// selector of emoji, a skin tone, two letters of a flag, the frame of a key, or
// emoji joined to one. One of a single character weighs 2 in any case.
func emoji(cluster string) bool {
	first, joined, marked := rune(0), false, false
	for i, r := range cluster {
		if i == 0 {
			first = r
			continue
		}
		switch {
		case r == 0xfe0f, r == 0x20e3, r >= 0x1f3fb && r <= 0x1f3ff, r >= 0x1f1e6 && r <= 0x1f1ff, r >= 0xe0020 && r <= 0xe007f:
			marked = true
		case r == 0x200d:
			joined = true
		}
	}
	pictured := first >= 0x203c && (first < 0x3100 || first >= 0x1f000) || first == 0xa9 || first == 0xae
	key := strings.ContainsRune("#*0123456789", first)
	return pictured && (marked || joined) || key && marked
}
