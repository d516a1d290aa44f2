package store

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"earshot/bot"
)

// What is long enough to be looked for. A piece of a quote that is shorter says
// nothing of who said it; a name that is shorter is also a word.
const (
	quoteLeast = 25 // characters of what they said, when it is part of a longer text or cut
	quoteWhole = 12 // characters of a whole text
	nameLeast  = 5  // characters of a name, where nothing else ties the text to the person
	nameNear   = 2  // characters of a name, in their own cases
	quoteHead  = 40 // characters of a text's beginning that are looked for
)

// scrubber finds what a person said, and what they are called, in stored texts.
type scrubber struct {
	names []string // folded
	texts []string // as they were said
	said  []string // folded
	heads map[string]struct{}
}

func newScrubber(p subject) *scrubber {
	s := &scrubber{heads: map[string]struct{}{}}
	seen := map[string]bool{}
	called := append([]bot.Author{}, p.called...)
	for _, k := range p.authors {
		called = append(called, k.author)
	}
	for _, a := range called {
		for _, n := range []string{a.Handle, a.Name, a.Email, a.ExternalID, a.URL} {
			if n = fold(n); utf8.RuneCountInString(n) >= nameNear && !seen[n] {
				seen[n] = true
				s.names = append(s.names, n)
			}
		}
	}
	return s
}

// add notes what the person said.
func (s *scrubber) add(texts ...string) {
	for _, t := range texts {
		f := fold(t)
		if utf8.RuneCountInString(f) < quoteWhole {
			continue
		}
		s.texts = append(s.texts, t)
		s.said = append(s.said, f)
		s.heads[head(f)] = struct{}{}
	}
}

// fold is a text as it is compared: lower case, one space between words.
func fold(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(s)), " ")
}

// head is how a folded text begins.
func head(f string) string {
	n := 0
	for i := range f {
		if n++; n > quoteHead {
			return f[:i]
		}
	}
	return f
}

// hits tells whether a text quotes the person or names them. near is for what
// belongs to one of their cases, where short names count as well.
func (s *scrubber) hits(text string, near bool) bool {
	if text == "" || text == bot.Erased {
		return false
	}
	f := fold(text)
	least := nameLeast
	if near {
		least = nameNear
	}
	for _, n := range s.names {
		if utf8.RuneCountInString(n) >= least && holdsWord(f, n) {
			return true
		}
	}
	return s.quotes(f)
}

// quotes tells whether a folded text is a piece of what the person said, or
// holds one of their texts.
func (s *scrubber) quotes(f string) bool {
	bare := strings.TrimSpace(strings.Trim(f, "“”\"'… "))
	n := utf8.RuneCountInString(bare)
	if n < quoteWhole {
		return false
	}
	if _, ok := s.heads[head(bare)]; ok {
		return true
	}
	for _, said := range s.said {
		switch {
		case n >= quoteLeast && strings.Contains(said, bare):
			return true
		case utf8.RuneCountInString(said) >= quoteLeast && strings.Contains(bare, head(said)):
			return true
		}
	}
	return false
}

// holdsWord tells whether a folded text has a name that is not part of a
// longer word.
func holdsWord(text, name string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(name):])
		if !wordRune(before) && !wordRune(after) {
			return true
		}
		from = i + 1
	}
}

func wordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}

// json takes the person out of a JSON text: strings that quote or name them,
// and what an object says that carries the id of one of their mentions.
// changed is false where nothing of them was in it.
func (s *scrubber) json(body []byte, theirs func(mention int64) bool, near bool) (out []byte, changed bool) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil { // it is none of ours: a text
		if s.hits(string(body), near) {
			return []byte(`""`), true
		}
		return body, false
	}
	w := walker{s: s, theirs: theirs, near: near}
	v = w.value(v)
	if !w.changed {
		return body, false
	}
	out, err := json.Marshal(v)
	if err != nil { // it was decoded from JSON, so it encodes
		return []byte(`{}`), true
	}
	return out, true
}

// walker goes through a decoded JSON text.
type walker struct {
	s       *scrubber
	theirs  func(mention int64) bool
	near    bool
	changed bool
}

func (w *walker) value(v any) any {
	switch v := v.(type) {
	case string:
		if w.s.hits(v, w.near) {
			w.changed = true
			return bot.Erased
		}
	case []any:
		for i := range v {
			v[i] = w.value(v[i])
		}
	case map[string]any:
		w.object(v)
	}
	return v
}

// object empties what is quoted from one of the person's mentions.
func (w *walker) object(o map[string]any) {
	theirs := false
	for _, key := range []string{"mention_id", "mention", "first_mention_id"} {
		if n, ok := o[key].(json.Number); ok {
			id, err := n.Int64()
			theirs = theirs || (err == nil && w.theirs(id))
		}
	}
	for k, v := range o {
		if theirs && (k == "text" || k == "quote" || k == "author" || k == "url") {
			if said, ok := v.(string); ok && said != "" && said != bot.Erased {
				o[k], w.changed = bot.Erased, true
				if k == "url" {
					o[k] = ""
				}
			}
			continue
		}
		o[k] = w.value(v)
	}
}
