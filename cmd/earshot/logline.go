package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// logLines writes JSON, of the log or of an answer, so that a terminal shows them and
// does nothing else: JSON leaves the control characters above ASCII, and those
// that turn the reading order, as they are.
type logLines struct{ w io.Writer }

// Write implements io.Writer.
func (l logLines) Write(line []byte) (int, error) {
	if !bytes.ContainsFunc(line, hidden) {
		return l.w.Write(line)
	}
	var b bytes.Buffer
	for rest := line; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if hidden(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.Write(rest[:n])
		}
		rest = rest[n:]
	}
	if _, err := l.w.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(line), nil
}

// hidden tells the characters beyond ASCII, of those that four digits write,
// that a terminal may obey or a person cannot see.
func hidden(r rune) bool {
	return r >= 0x7f && r <= 0xffff && r != utf8.RuneError && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r))
}

// visible is s as a terminal may be shown it: names of files, arguments and
// sources can hold what it would obey.
func visible(s string) string {
	if !strings.ContainsFunc(s, obeyed) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if obeyed(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func obeyed(r rune) bool { return hidden(r) || r < ' ' && r != '\n' && r != '\t' }
