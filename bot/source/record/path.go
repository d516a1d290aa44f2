package record

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"earshot/bot"
)

// MaxDepth is how deep JSON may be nested: deeper is an attack, not feedback.
const MaxDepth = 64

// Path finds values in JSON. It is written
//
//	a.b          the member b of the member a
//	a[0]         the first element of the array a; a[-1] is the last
//	items[*]     every element of the array items
//	["a key"]    a member with dots, spaces or brackets in its name
//	a.b | c      a.b or, where there is no such thing, c
//
// A name is any run of characters but . [ ] | " and space.
type Path struct{ ways [][]step }

// step goes one level down: to a member, an element, or all elements.
type step struct {
	key   string
	index int
	kind  stepKind
}

type stepKind int

const (
	stepKey stepKind = iota
	stepIndex
	stepAll
)

// maxPath bounds the length of a path in bytes.
const maxPath = 400

// ParsePath reads a path; an Error of kind ErrInvalid says what is wrong.
func ParsePath(s string) (Path, error) {
	if len(s) > maxPath || !utf8.ValidString(s) {
		return Path{}, bot.Errorf(bot.ErrInvalid, "The path %q is too long or not text.", cut(s))
	}
	var p Path
	rest := s
	for {
		way, after, err := parseWay(strings.TrimSpace(rest))
		if err != "" {
			return Path{}, bot.Errorf(bot.ErrInvalid, "The path %q is wrong: %s. Write it as a.b[0].c.", cut(s), err)
		}
		p.ways = append(p.ways, way)
		after = strings.TrimSpace(after)
		if after == "" {
			return p, nil
		}
		if after[0] != '|' {
			return Path{}, bot.Errorf(bot.ErrInvalid, "The path %q is wrong: %q does not belong there. Write it as a.b[0].c.", cut(s), after)
		}
		rest = after[1:]
	}
}

// parseWay reads one way up to a bar, a space or the end.
func parseWay(s string) (way []step, rest, wrong string) {
	for {
		switch {
		case strings.HasPrefix(s, "["):
			st, after, wrong := parseBracket(s[1:])
			if wrong != "" {
				return nil, "", wrong
			}
			way, s = append(way, st), after
		case len(way) > 0 && !strings.HasPrefix(s, "."):
			return way, s, ""
		default:
			s = strings.TrimPrefix(s, ".")
			end := strings.IndexAny(s, ".[]|\" ")
			if end < 0 {
				end = len(s)
			}
			if end == 0 {
				return nil, "", "a name is missing"
			}
			way, s = append(way, step{key: s[:end]}), s[end:]
		}
	}
}

// parseBracket reads what follows an opening bracket.
func parseBracket(s string) (st step, rest, wrong string) {
	if after, ok := strings.CutPrefix(s, "*]"); ok {
		return step{kind: stepAll}, after, ""
	}
	if strings.HasPrefix(s, `"`) {
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return step{}, "", "a quotation mark is not closed"
		}
		key, err := strconv.Unquote(quoted)
		after, ok := strings.CutPrefix(s[len(quoted):], "]")
		if err != nil || !ok {
			return step{}, "", "a bracket is not closed"
		}
		return step{key: key}, after, ""
	}
	inside, after, ok := strings.Cut(s, "]")
	n, err := strconv.Atoi(inside)
	if !ok || err != nil {
		return step{}, "", "between brackets stands a number, * or a quoted name"
	}
	return step{index: n, kind: stepIndex}, after, ""
}

// String writes the path so that ParsePath reads the same.
func (p Path) String() string {
	var b strings.Builder
	for i, way := range p.ways {
		if i > 0 {
			b.WriteString(" | ")
		}
		for j, st := range way {
			switch {
			case st.kind == stepAll:
				b.WriteString("[*]")
			case st.kind == stepIndex:
				b.WriteString("[" + itoa(st.index) + "]")
			case st.key == "" || strings.ContainsAny(st.key, ".[]|\" ") || strconv.Quote(st.key) != `"`+st.key+`"`:
				b.WriteString("[" + strconv.Quote(st.key) + "]")
			default:
				if j > 0 {
					b.WriteByte('.')
				}
				b.WriteString(st.key)
			}
		}
	}
	return b.String()
}

// IsZero tells whether the path was never set.
func (p Path) IsZero() bool { return len(p.ways) == 0 }

// Find gives the values at the path in root, in order: several where it has a
// [*], none where there is nothing or null.
func (p Path) Find(root gjson.Result) []gjson.Result {
	for _, way := range p.ways {
		if found := walk(root, way); len(found) > 0 {
			return found
		}
	}
	return nil
}

func walk(at gjson.Result, way []step) []gjson.Result {
	for i, st := range way {
		switch st.kind {
		case stepKey:
			at = member(at, st.key)
		case stepIndex:
			at = element(at, st.index)
		case stepAll:
			var all []gjson.Result
			if at.IsArray() {
				at.ForEach(func(_, v gjson.Result) bool {
					all = append(all, walk(v, way[i+1:])...)
					return true
				})
			}
			return all
		}
		if !at.Exists() {
			return nil
		}
	}
	if at.Type == gjson.Null {
		return nil
	}
	return []gjson.Result{at}
}

func member(at gjson.Result, key string) (found gjson.Result) {
	if at.IsObject() {
		at.ForEach(func(k, v gjson.Result) bool {
			if k.String() == key {
				found = v
			}
			return !found.Exists()
		})
	}
	return found
}

func element(at gjson.Result, i int) gjson.Result {
	if !at.IsArray() {
		return gjson.Result{}
	}
	all := at.Array()
	if i < 0 {
		i += len(all)
	}
	if i < 0 || i >= len(all) {
		return gjson.Result{}
	}
	return all[i]
}

// ParseJSON reads one JSON value; an Error of kind ErrInvalid otherwise, also
// where it is nested deeper than MaxDepth.
func ParseJSON(s string) (gjson.Result, error) {
	if tooDeep(s) {
		return gjson.Result{}, bot.Errorf(bot.ErrInvalid, "The JSON is nested more than %d levels deep.", MaxDepth)
	}
	if !gjson.Valid(s) {
		return gjson.Result{}, bot.Errorf(bot.ErrInvalid, "This is not JSON.")
	}
	return gjson.Parse(s), nil
}

// tooDeep looks at brackets alone, before a recursive parser sees them.
func tooDeep(s string) bool {
	depth, inString := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// Value gives a JSON value as text: a string's own, a number as it is written
// (so that a long id keeps its digits), nothing for null, and else JSON.
func Value(r gjson.Result) string {
	switch r.Type {
	case gjson.String:
		return r.Str
	case gjson.Null:
		return ""
	}
	return r.Raw
}
