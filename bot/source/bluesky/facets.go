package bluesky

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/text"
)

// facet marks a part of a text, by bytes of UTF-8, as a link, a mention or a
// tag (docs.bsky.app/docs/advanced-guides/post-richtext).
type facet struct {
	Index    span      `json:"index"`
	Features []feature `json:"features"`
}

type span struct {
	Start int `json:"byteStart"`
	End   int `json:"byteEnd"`
}

type feature struct {
	Type string `json:"$type"`
	URI  string `json:"uri,omitempty"`
	DID  string `json:"did,omitempty"`
	Tag  string `json:"tag,omitempty"`
}

// mark is a word of a text that may be a facet.
type mark struct {
	span
	kind byte // 'l' link, '@' mention, '#' tag
	word string
}

// maxTag is the longest tag in graphemes (app.bsky.richtext.facet), and
// maxNames how many names are looked up for one answer.
const (
	maxTag   = 64
	maxNames = 10
)

// marks finds addresses, names and tags in a text. Each begins a word.
func marks(t string) []mark {
	var all []mark
	for start := 0; start < len(t); {
		r, size := utf8.DecodeRuneInString(t[start:])
		if unicode.IsSpace(r) || strings.ContainsRune("([{\"'“„«", r) {
			start += size
			continue
		}
		end := start + strings.IndexFunc(t[start:], unicode.IsSpace)
		if end < start {
			end = len(t)
		}
		if m, ok := markOf(t[start:end]); ok {
			m.Start, m.End = start, start+len(m.word)
			all = append(all, m)
		}
		start = end
	}
	return all
}

// markOf judges one word, and leaves the punctuation behind it out.
func markOf(w string) (mark, bool) {
	switch {
	case strings.HasPrefix(w, "https://") || strings.HasPrefix(w, "http://"):
		w = strings.TrimRight(w, ".,;:!?'\"”’»…")
		for strings.HasSuffix(w, ")") && strings.Count(w, "(") < strings.Count(w, ")") {
			w = strings.TrimRight(strings.TrimSuffix(w, ")"), ".,;:!?")
		}
		return mark{kind: 'l', word: w}, text.SafeURL(w) != ""
	case strings.HasPrefix(w, "@"):
		name := regexp.MustCompile(`^@([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?`).FindString(w)
		return mark{kind: '@', word: name}, name != "" && len(name) <= 254
	case strings.HasPrefix(w, "#"):
		w = strings.TrimRightFunc(w, unicode.IsPunct)
		letters := strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsDigit(r) && r != '#' })
		return mark{kind: '#', word: w}, letters && len(w) > 1 && text.Length(w[1:]) <= maxTag
	}
	return mark{}, false
}

// facets marks what is a link, a mention or a tag. A name that nobody has stays
// text.
func (s *Source) facets(ctx context.Context, t string) ([]facet, error) {
	var all []facet
	names := 0
	for _, m := range marks(t) {
		f := feature{}
		switch m.kind {
		case 'l':
			f = feature{Type: "app.bsky.richtext.facet#link", URI: m.word}
		case '#':
			f = feature{Type: "app.bsky.richtext.facet#tag", Tag: m.word[1:]}
		case '@':
			if names++; names > maxNames {
				continue
			}
			did, err := s.resolve(ctx, m.word[1:])
			if err != nil {
				return nil, err
			}
			if did == "" {
				continue
			}
			f = feature{Type: "app.bsky.richtext.facet#mention", DID: did}
		}
		all = append(all, facet{m.span, []feature{f}})
	}
	return all, nil
}

// resolve gives who has a name; empty for nobody.
func (s *Source) resolve(ctx context.Context, name string) (string, error) {
	var got struct {
		DID string `json:"did"`
	}
	err := s.asUs(ctx, call{method: "com.atproto.identity.resolveHandle", query: url.Values{"handle": {name}}}, &got)
	if k := bot.KindOf(err); k == bot.ErrInvalid || k == bot.ErrGone || k == bot.ErrUnavailable {
		return "", nil // a mention that cannot be made is no reason not to answer
	}
	if err != nil || !isDID(got.DID) {
		return "", err
	}
	return got.DID, nil
}
