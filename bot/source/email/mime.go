package email

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"

	"earshot/bot/source/record"
	"earshot/bot/text"
)

// The bounds of a message, ours: what lies deeper or comes later is not read,
// and the mention says so.
const (
	maxDepth = 12
	maxParts = 200
	maxFiles = 20
)

// letter is what a message says, before it is known what of it is quoted.
type letter struct {
	signs  *signs
	head   header
	plain  []string // its texts in order
	html   []string
	inside []string // texts of messages that it carries
	files  []string // names of what is attached
	report report
	parts  int
	cut    bool // something was not read
}

// readLetter reads a message of any form, broken ones as far as they go. It
// takes time linear in raw.
func readLetter(raw []byte, g *signs) *letter {
	l := &letter{signs: g}
	h, body := splitHeader(raw)
	l.head = h
	l.part(h, body, 0)
	return l
}

// part reads one part of the message, and the parts in it.
func (l *letter) part(h header, body []byte, depth int) {
	if l.parts++; l.parts > maxParts || depth > maxDepth {
		l.cut = true
		return
	}
	kind, params := contentType(h.get("content-type"))
	if kind == "" || !strings.Contains(kind, "/") {
		kind = "text/plain"
	}
	disposition, dparams := contentType(h.get("content-disposition"))
	name := first(decodeWords(dparams["filename"]), decodeWords(params["name"]))
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		l.multipart(kind, params, body, depth)
	case kind == "message/delivery-status" || kind == "message/global-delivery-status":
		l.report.read(decodeTransfer(h, body))
	case kind == "text/rfc822-headers":
		inner, _ := splitHeader(decodeTransfer(h, body))
		l.report.about(inner)
	case kind == "message/rfc822" || kind == "message/global":
		l.carried(decodeTransfer(h, body), depth)
	case disposition != "attachment" && (kind == "text/plain" || kind == "text/html" || kind == "text/enriched") && (name == "" || disposition == "inline"):
		l.text(kind, params, decodeTransfer(h, body))
	case name != "" || disposition == "attachment" || !strings.HasPrefix(kind, "text/"):
		if h.get("content-id") == "" || disposition == "attachment" { // else a picture of the letter's own layout
			l.file(first(name, kind))
		}
	}
}

// text keeps a text of the letter.
func (l *letter) text(kind string, params map[string]string, raw []byte) {
	if len(raw) > record.MaxText {
		raw, l.cut = raw[:record.MaxText], true
	}
	s := toUTF8(raw, params["charset"])
	switch {
	case kind == "text/html":
		l.html = append(l.html, s)
	case strings.EqualFold(params["format"], "flowed"):
		l.plain = append(l.plain, unflow(s, strings.EqualFold(params["delsp"], "yes")))
	default:
		l.plain = append(l.plain, s)
	}
}

func (l *letter) file(name string) {
	if name = text.Cut(text.OneLine(text.CutBytes(name, 1000)), 120); name == "" {
		name = "a file without a name"
	}
	if len(l.files) < maxFiles {
		l.files = append(l.files, name)
	}
}

// carried reads a message inside the message: somebody else's words.
func (l *letter) carried(raw []byte, depth int) {
	h, body := splitHeader(raw)
	l.report.about(h)
	inner := &letter{signs: l.signs, head: h, parts: l.parts}
	inner.part(h, body, depth+1)
	l.parts, l.cut = inner.parts, l.cut || inner.cut
	own, quoted, _ := inner.said()
	l.inside = append(l.inside, own, quoted)
	l.files = append(l.files, inner.files[:min(len(inner.files), maxFiles-len(l.files))]...)
}

// multipart reads the parts of one (RFC 2046 5.1): of alternatives the plainest
// that says something, of all others each.
func (l *letter) multipart(kind string, params map[string]string, body []byte, depth int) {
	if b := params["boundary"]; b != "" {
		parts := splitParts(body, b)
		if kind != "multipart/alternative" {
			for _, p := range parts {
				h, inner := splitHeader(p)
				l.part(h, inner, depth+1)
			}
			return
		}
		l.alternatives(parts, depth)
		return
	}
	l.text("text/plain", nil, body) // without a boundary it is one text
}

// alternatives reads the parts that say the same, and keeps one of them.
func (l *letter) alternatives(parts [][]byte, depth int) {
	var best *letter
	for _, p := range parts {
		a := &letter{signs: l.signs, head: l.head, parts: l.parts}
		h, inner := splitHeader(p)
		a.part(h, inner, depth+1)
		l.parts, l.cut = a.parts, l.cut || a.cut
		l.files = append(l.files, a.files[:min(len(a.files), maxFiles-len(l.files))]...)
		if best == nil || best.empty() || len(best.plain) == 0 && len(a.plain) > 0 && !a.empty() {
			best = a
		}
	}
	if best != nil {
		l.plain, l.html, l.inside = append(l.plain, best.plain...), append(l.html, best.html...), append(l.inside, best.inside...)
	}
}

// empty tells whether a letter has no words.
func (l *letter) empty() bool {
	for _, s := range append(append([]string{}, l.plain...), l.html...) {
		if strings.TrimSpace(s) != "" {
			return false
		}
	}
	return true
}

// splitParts parts a body at its boundary. A last part without an end is kept:
// the message was cut off.
func splitParts(body []byte, boundary string) [][]byte {
	mark := []byte("--" + boundary)
	var parts [][]byte
	start := -1
	for at := 0; at < len(body) && len(parts) <= maxParts; {
		line, rest := cutLine(body[at:])
		next := len(body) - len(rest)
		if bytes.HasPrefix(line, mark) {
			tail := bytes.TrimRight(line[len(mark):], " \t")
			if len(tail) == 0 || bytes.Equal(tail, []byte("--")) {
				if start >= 0 {
					parts = append(parts, bytes.TrimSuffix(bytes.TrimSuffix(body[start:at], []byte("\n")), []byte("\r")))
				}
				if start = next; len(tail) > 0 {
					return parts
				}
			}
		}
		at = next
	}
	if start >= 0 && start < len(body) {
		parts = append(parts, body[start:])
	}
	return parts
}

// decodeTransfer undoes a Content-Transfer-Encoding (RFC 2045 6), broken ones
// as far as they go.
func decodeTransfer(h header, body []byte) []byte {
	enc, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(h.get("content-transfer-encoding"))), ";")
	switch strings.TrimSpace(enc) {
	case "base64":
		return decodeBase64(body)
	case "quoted-printable":
		return decodeQuoted(body)
	}
	return body
}

// decodeBase64 reads what of body is base64. Where padding stands inside,
// another one begins: some programs encode line by line.
func decodeBase64(body []byte) []byte {
	out, piece := make([]byte, 0, len(body)*3/4), make([]byte, 0, len(body))
	flush := func() {
		if len(piece)%4 == 1 { // six bits are no byte
			piece = piece[:len(piece)-1]
		}
		out, _ = base64.RawStdEncoding.AppendDecode(out, piece) // only letters of its alphabet are left
		piece = piece[:0]
	}
	for _, c := range body {
		switch {
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/':
			piece = append(piece, c)
		case c == '=':
			flush()
		}
	}
	flush()
	return out
}

// decodeQuoted reads quoted-printable; an "=" that means nothing stays.
func decodeQuoted(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); i++ {
		if body[i] != '=' {
			out = append(out, body[i])
			continue
		}
		if i+2 < len(body) {
			if hi, lo := unhex(body[i+1]), unhex(body[i+2]); hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		end := i + 1
		for end < len(body) && (body[end] == ' ' || body[end] == '\t' || body[end] == '\r') {
			end++
		}
		switch {
		case end < len(body) && body[end] == '\n':
			i = end
		case end == len(body):
			i = end
		default:
			out = append(out, '=')
		}
	}
	return out
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// toUTF8 reads a text in a named charset. One that is unknown or not named is
// UTF-8 where it can be, else Windows-1252, which most such texts are in
// (encoding.spec.whatwg.org/#names-and-labels).
func toUTF8(raw []byte, name string) string {
	name = strings.ToLower(strings.Trim(strings.TrimSpace(name), `"'`))
	if name == "" || name == "us-ascii" || name == "utf-8" || name == "utf8" || name == "ascii" {
		if utf8.Valid(raw) {
			return string(raw)
		}
		name = "windows-1252"
	}
	for _, try := range []string{name, "windows-1252"} {
		r, err := charset.Reader(try, bytes.NewReader(raw))
		if err != nil {
			if utf8.Valid(raw) {
				return string(raw)
			}
			continue
		}
		if out, err := io.ReadAll(io.LimitReader(r, 4*record.MaxText)); err == nil || len(out) > 0 {
			return string(out)
		}
	}
	return strings.ToValidUTF8(string(raw), "\uFFFD")
}
