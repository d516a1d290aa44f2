package email

import (
	"bytes"
	"mime"
	"net/mail"
	"regexp"
	"strings"

	"github.com/emersion/go-message/charset"

	"earshot/bot/text"
)

// The bounds of a header. RFC 5322 2.1.1 allows lines of 998 characters; what
// is longer is read as far as it goes.
const (
	maxFields = 500
	maxField  = 16 << 10 // bytes of one field, unfolded
	maxIDs    = 20       // of a References field
)

// header holds the fields of a message or a part by their names in lower case,
// the first of a name first.
type header map[string][]string

// get gives the first field of a name, unfolded and raw.
func (h header) get(name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// words gives the first field of a name with its encoded words read
// (RFC 2047), as one safe line.
func (h header) words(name string) string { return decodeWords(h.get(name)) }

// splitHeader parts a message or a part into its header and its body. A line
// that is no field is left out; one that cannot belong to a header at all ends
// it, as many programs forget the empty line.
func splitHeader(raw []byte) (header, []byte) {
	h := header{}
	name, fields := "", 0
	for len(raw) > 0 {
		line, rest := cutLine(raw)
		if len(line) == 0 {
			return h, rest
		}
		if line[0] == ' ' || line[0] == '\t' {
			if v := h[name]; name != "" && len(v[len(v)-1])+len(line) < maxField {
				v[len(v)-1] += " " + strings.TrimSpace(string(line))
			}
			raw = rest
			continue
		}
		field, value, ok := bytes.Cut(line, []byte(":"))
		field = bytes.TrimRight(field, " \t")
		if !ok || !isName(field) {
			if fields == 0 && !bytes.HasPrefix(line, []byte("From ")) { // it begins with its words
				return h, raw
			}
			name, raw = "", rest
			continue
		}
		if fields++; fields > maxFields {
			name, raw = "", rest
			continue
		}
		name = strings.ToLower(string(field))
		h[name] = append(h[name], strings.TrimSpace(string(value[:min(len(value), maxField)])))
		raw = rest
	}
	return h, nil
}

// cutLine gives the first line of raw without its end, and what follows.
func cutLine(raw []byte) (line, rest []byte) {
	i := bytes.IndexByte(raw, '\n')
	if i < 0 {
		return bytes.TrimRight(raw, "\r"), nil
	}
	return bytes.TrimRight(raw[:i], "\r"), raw[i+1:]
}

// isName tells whether b can be the name of a field (RFC 5322 2.2).
func isName(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return len(b) > 0 && len(b) <= 100
}

func wordDecoder() *mime.WordDecoder { return &mime.WordDecoder{CharsetReader: charset.Reader} }

// decodeWords reads encoded words. What they hold is text: a line end or a
// control character inside does not survive.
func decodeWords(v string) string {
	decoded, err := wordDecoder().DecodeHeader(v)
	if err != nil {
		decoded = v
	}
	return text.Cut(text.OneLine(toUTF8([]byte(decoded), "")), 500)
}

// contentType reads a Content-Type or Content-Disposition field, broken ones
// as far as they go.
func contentType(v string) (kind string, params map[string]string) {
	kind, params, err := mime.ParseMediaType(v)
	if err == nil {
		return kind, params
	}
	rough, rest, _ := strings.Cut(v, ";")
	kind, params = strings.ToLower(strings.TrimSpace(rough)), map[string]string{}
	for _, p := range regexp.MustCompile(`(?i)\b(boundary|charset|name|filename|report-type|format|delsp)\s*=\s*("[^"]*"|[^\s;]+)`).FindAllStringSubmatch(rest, 20) {
		if key := strings.ToLower(p[1]); params[key] == "" {
			params[key] = strings.Trim(p[2], `"`)
		}
	}
	return kind, params
}

// person is somebody in a header.
type person struct{ name, address string }

// people reads a field of addresses. An encoded word can only become a name,
// never an address, as the addresses are found before it is read.
func people(v string) []person {
	parser := mail.AddressParser{WordDecoder: wordDecoder()}
	if list, err := parser.ParseList(v); err == nil {
		var all []person
		for _, a := range list {
			if addr := address(a.Address); addr != "" {
				all = append(all, person{oneName(a.Name), addr})
			}
		}
		return all
	}
	return roughly(v)
}

// roughly reads one address from a field that breaks the rules.
func roughly(v string) []person {
	if i := strings.LastIndexByte(v, '<'); i >= 0 {
		inside, _, _ := strings.Cut(v[i+1:], ">")
		if a := address(strings.TrimSpace(inside)); a != "" {
			return []person{{oneName(strings.Trim(decodeWords(v[:i]), `" `)), a}}
		}
	}
	for _, w := range strings.Fields(v) {
		if a := address(strings.Trim(w, `<>,;"'()`)); a != "" {
			return []person{{address: a}}
		}
	}
	return nil
}

// oneName is a display name as one short line. A name with an address in it is
// none: it is there to deceive.
func oneName(s string) string {
	s = text.Cut(text.OneLine(s), 200)
	for _, w := range strings.Fields(s) {
		if address(strings.Trim(w, `<>,;"'()[]`)) != "" {
			return ""
		}
	}
	return s
}

// address gives an e-mail address in lower case; "" for what cannot be one. An
// address is 254 characters at most (RFC 5321 4.5.3.1.3).
func address(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at == len(s)-1 || len(s) > 254 || s != text.OneLine(s) || strings.ContainsAny(s, " \t\r\n<>,;:\"()[]\\") || strings.Count(s, "@") != 1 {
		return ""
	}
	if d := s[at+1:]; strings.HasPrefix(d, ".") || strings.HasSuffix(d, ".") || strings.Contains(d, "..") {
		return ""
	}
	return strings.ToLower(s)
}

// messageIDs reads a field of Message-IDs (RFC 5322 3.6.4) without their angle
// brackets, the last of them where there are many.
func messageIDs(v string) []string {
	var all []string
	for {
		_, rest, ok := strings.Cut(v, "<")
		if !ok {
			break
		}
		id, after, ok := strings.Cut(rest, ">")
		if !ok {
			break
		}
		if id = messageID(id); id != "" {
			all = append(all, id)
		}
		v = after
	}
	return all[max(0, len(all)-maxIDs):]
}

// messageID gives an id as it may be written into a header again; "" for what
// may not.
func messageID(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 500 || !strings.Contains(s, "@") {
		return ""
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || c == '<' || c == '>' {
			return ""
		}
	}
	return s
}
