package intent

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"earshot/bot/analyze/match"
)

// The lists of phrases have three columns. In cues.tsv they are kind, weight
// and phrase; frames.tsv has "set", a name and words besides, and its phrases
// are written with alternatives and sets.

// cue is what a phrase speaks for.
type cue struct {
	kind   kind
	weight float64
	first  bool // counts at the beginning of a sentence alone
}

// maxGap is how many words may stand in a phrase's gap.
const maxGap = 4

// maxSpellings bounds the spellings of a part of a phrase, so that a careless frame
// is told of instead of filling the memory.
const maxSpellings = 6000

// reader reads the lists.
type reader struct {
	sets    map[string]string
	cues    []cue
	phrases []match.Phrase
}

// read adds one list; name is for its errors.
func (r *reader) read(name, list string) error {
	n := 0
	for line := range strings.Lines(list) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		if err := r.line(line); err != nil {
			return fmt.Errorf("%s, line %d: %w", name, n, err)
		}
	}
	return nil
}

func (r *reader) line(line string) error {
	part := strings.Split(line, "\t")
	if len(part) != 3 {
		return fmt.Errorf("not three columns")
	}
	if part[0] == "set" {
		r.sets[part[1]] = part[2]
		return nil
	}
	k, ok := kindOf(part[0])
	weight, err := strconv.ParseFloat(part[1], 64)
	if !ok || err != nil || weight <= 0 || weight > 1 || weight == 1 && k != mask {
		return fmt.Errorf("kind %q or weight %q is not known", part[0], part[1])
	}
	phrase, err := r.filled(strings.TrimSpace(part[2]))
	if err != nil {
		return err
	}
	return r.cue(k, weight, phrase)
}

// cue enters one phrase, whose sets are filled in.
func (r *reader) cue(k kind, weight float64, phrase string) error {
	phrase, first := strings.CutPrefix(phrase, "^")
	p := match.Phrase{Gap: maxGap}
	for part := range strings.SplitSeq(phrase, " .. ") {
		all, err := allSpellings(part)
		if err != nil {
			return err
		}
		p.Parts = append(p.Parts, all)
	}
	r.cues = append(r.cues, cue{k, weight, first})
	r.phrases = append(r.phrases, p)
	return nil
}

// allSpellings are all ways in which one part of a phrase is typed: as it is,
// without apostrophes, and without accents.
func allSpellings(part string) ([]string, error) {
	all, err := alternatives(part)
	if err != nil {
		return nil, err
	}
	list := make([]string, 0, len(all)+len(all)/4)
	for _, one := range all {
		if star := strings.IndexByte(one, '*'); star >= 0 && star != len(one)-1 {
			return nil, fmt.Errorf("the star in %q does not end it", one)
		}
		list = append(list, one)
		if bare := strings.ReplaceAll(one, "'", ""); bare != one {
			list = append(list, bare)
		}
		if bare := plain(one); bare != one {
			list = append(list, bare)
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	return list, nil
}

// filled is a phrase with the words of its sets: bare inside brackets, in
// brackets of their own outside.
func (r *reader) filled(phrase string) (string, error) {
	var b strings.Builder
	depth := 0
	for i := 0; i < len(phrase); i++ {
		switch phrase[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '$':
			end := i + 1
			for end < len(phrase) && 'a' <= phrase[end] && phrase[end] <= 'z' {
				end++
			}
			words, ok := r.sets[phrase[i+1:end]]
			if !ok {
				return "", fmt.Errorf("there is no set %q", phrase[i:end])
			}
			suffix := end
			for suffix < len(phrase) && phrase[suffix] == '\'' || suffix > end && suffix < len(phrase) && phrase[suffix] == 's' {
				suffix++
			}
			if tail := phrase[end:suffix]; tail != "" {
				words = strings.ReplaceAll(words, "|", tail+"|") + tail
			}
			if depth == 0 {
				words = "(" + words + ")"
			}
			b.WriteString(words)
			i = suffix - 1
			continue
		}
		b.WriteByte(phrase[i])
	}
	return b.String(), nil
}

// alternatives are the phrases that one with brackets stands for.
func alternatives(part string) ([]string, error) {
	if !strings.ContainsAny(part, "()") {
		return []string{part}, nil
	}
	list := []string{""}
	for part != "" {
		before, rest, found := strings.Cut(part, "(")
		inside, after := "", ""
		if found {
			var closed bool
			if inside, after, closed = strings.Cut(rest, ")"); !closed || strings.Contains(inside, "(") {
				return nil, fmt.Errorf("the brackets of %q do not match", part)
			}
		}
		words := strings.Split(inside, "|")
		if len(list)*len(words) > maxSpellings {
			return nil, fmt.Errorf("%q stands for more than %d phrases", part, maxSpellings)
		}
		next := make([]string, 0, len(list)*len(words))
		for _, head := range list {
			for _, w := range words {
				next = append(next, head+before+w)
			}
		}
		list, part = next, after
	}
	return list, nil
}

// plain is s without accents.
func plain(s string) string {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	if ascii {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}
