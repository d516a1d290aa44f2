package discordtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// The rules that Discord's description of its API does not hold, from its
// documentation: docs.discord.com/developers/components/reference and
// docs.discord.com/developers/resources/message.
const (
	mostText       = 4000
	mostComponents = 40
	mostRows       = 5
	flagV2         = 1 << 15
)

// units counts as Discord's clients do.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

// check gives what is wrong with a request; "" when nothing is.
func (s *Server) check(r *http.Request, path string, body map[string]any, files map[string][]byte) string {
	if body != nil {
		if wrong := s.schema.check(r, path, body); wrong != "" {
			return wrong
		}
	}
	data := body
	switch {
	case strings.HasPrefix(path, "/interactions/"):
		d, ok := body["data"].(map[string]any)
		if !ok {
			return ""
		}
		switch body["type"].(float64) {
		case 4, 7:
			data = d
		case 8:
			return checkChoices(d)
		case 9:
			return checkModal(d)
		default:
			return ""
		}
	case strings.HasPrefix(path, "/webhooks/"), strings.Contains(path, "/messages") && !strings.HasSuffix(path, "/threads"):
		if r.Method == http.MethodGet || r.Method == http.MethodDelete {
			return ""
		}
	default:
		return ""
	}
	return CheckMessage(data, files)
}

// known are the keys that a message may have here: another one is a mistake of ours.
var known = []string{"components", "flags", "allowed_mentions", "attachments", "nonce", "enforce_nonce", "content", "embeds"}

// CheckMessage gives what Discord would refuse in a message; "" when nothing.
func CheckMessage(body map[string]any, files map[string][]byte) string {
	for k := range body {
		if !slices.Contains(known, k) {
			return "unknown key " + k
		}
	}
	flags, _ := body["flags"].(float64)
	components, _ := body["components"].([]any)
	content, _ := body["content"].(string)
	embeds, _ := body["embeds"].([]any)
	switch {
	case units(content) > 2000:
		return "content is over 2000"
	case int(flags)&flagV2 != 0 && (content != "" || len(embeds) > 0):
		return "components v2 together with content or embeds"
	case int(flags)&flagV2 == 0 && len(components) > 0:
		return "components of v2 without the flag"
	case len(components) == 0 && content == "" && len(embeds) == 0:
		return "an empty message"
	}
	if _, ok := body["allowed_mentions"].(map[string]any); !ok {
		return "no allowed_mentions: everybody who is named would be woken"
	}
	return checkComponents(components, body, files)
}

// tally is what is counted over a whole message.
type tally struct {
	text, count, rows int
	custom            map[string]bool
	ids               map[float64]bool
	files             []string
}

func checkComponents(components []any, body map[string]any, files map[string][]byte) string {
	t := &tally{custom: map[string]bool{}, ids: map[float64]bool{}}
	for _, a := range list(body["attachments"]) {
		t.files = append(t.files, str(a, "filename"))
		if !slices.ContainsFunc(keys(files), func(k string) bool { return k == "files["+str(a, "id")+"] "+str(a, "filename") }) {
			return "attachment without a file: " + str(a, "filename")
		}
	}
	if len(files) != len(t.files) {
		return fmt.Sprintf("%d files and %d attachments", len(files), len(t.files))
	}
	for _, c := range components {
		if wrong := t.walk(c, 0); wrong != "" {
			return wrong
		}
	}
	switch {
	case t.text > mostText:
		return fmt.Sprintf("%d characters of text", t.text)
	case t.count > mostComponents:
		return fmt.Sprintf("%d components", t.count)
	case t.rows > mostRows:
		return fmt.Sprintf("%d action rows", t.rows)
	}
	return ""
}

func (t *tally) walk(v any, parent float64) string {
	c, _ := v.(map[string]any)
	kind, _ := c["type"].(float64)
	t.count++
	if id, ok := c["id"].(float64); ok && id != 0 {
		if t.ids[id] {
			return fmt.Sprintf("two components with the id %v", id)
		}
		t.ids[id] = true
	}
	if wrong := t.one(c, kind, parent); wrong != "" {
		return wrong
	}
	for _, child := range list(c["components"]) {
		if wrong := t.walk(child, kind); wrong != "" {
			return wrong
		}
	}
	if a, ok := c["accessory"]; ok {
		return t.walk(a, kind)
	}
	return ""
}

func (t *tally) one(c map[string]any, kind, parent float64) string {
	kids := list(c["components"])
	switch kind {
	case 1:
		t.rows++
		if len(kids) == 0 || len(kids) > 5 {
			return fmt.Sprintf("a row of %d", len(kids))
		}
		if slices.ContainsFunc(kids, func(k any) bool { return num(k, "type") == 3 }) && len(kids) > 1 {
			return "a select beside something else"
		}
	case 2:
		return t.button(c)
	case 3:
		return t.selects(c)
	case 9:
		if len(kids) == 0 || len(kids) > 3 || c["accessory"] == nil {
			return "a section without texts or accessory"
		}
	case 10:
		t.text += units(str(c, "content"))
		if strings.TrimSpace(str(c, "content")) == "" {
			return "an empty text"
		}
	case 11:
		return address(str(c["media"], "url"), t.files)
	case 12:
		if n := len(list(c["items"])); n == 0 || n > 10 {
			return fmt.Sprintf("a gallery of %d", n)
		}
		for _, item := range list(c["items"]) {
			m, _ := item.(map[string]any)
			if wrong := address(str(m["media"], "url"), t.files); wrong != "" {
				return wrong
			}
		}
	case 14:
	case 17:
		if parent != 0 || len(kids) == 0 {
			return "a container that is empty or not at the top"
		}
	default:
		return fmt.Sprintf("a component of type %v in a message", kind)
	}
	return ""
}

func (t *tally) button(c map[string]any) string {
	id, link := str(c, "custom_id"), str(c, "url")
	switch {
	case num(c, "style") == 5 && (link == "" || id != ""):
		return "a link button without an address, or with a custom_id"
	case num(c, "style") != 5 && (id == "" || link != ""):
		return "a button without a custom_id, or with an address"
	case strings.TrimSpace(str(c, "label")) == "" || units(str(c, "label")) > 80:
		return "a button whose label is missing or too long"
	}
	if link != "" {
		if units(link) > 512 {
			return "a button's address over 512"
		}
		return address(link, nil)
	}
	return t.customID(id)
}

func (t *tally) customID(id string) string {
	if units(id) > 100 {
		return "a custom_id over 100"
	}
	if t.custom[id] {
		return "two components with the custom_id " + id
	}
	t.custom[id] = true
	return ""
}

func (t *tally) selects(c map[string]any) string {
	values := map[string]bool{}
	options := list(c["options"])
	if len(options) == 0 || len(options) > 25 || units(str(c, "placeholder")) > 150 {
		return fmt.Sprintf("a select of %d options", len(options))
	}
	for _, o := range options {
		v, l := str(o, "value"), str(o, "label")
		if values[v] || v == "" || units(v) > 100 || strings.TrimSpace(l) == "" || units(l) > 100 || units(str(o, "description")) > 100 {
			return fmt.Sprintf("an option that is empty, too long or there twice: %q", v)
		}
		values[v] = true
	}
	return t.customID(str(c, "custom_id"))
}

// address tells what is wrong with an address.
func address(s string, files []string) string {
	if name, ok := strings.CutPrefix(s, "attachment://"); ok {
		if !slices.Contains(files, name) {
			return "no attachment " + name
		}
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !strings.Contains(u.Host, ".") || len(s) > 2048 || strings.ContainsAny(s, " \n\t<>\"") {
		return fmt.Sprintf("not an address: %q", s)
	}
	return ""
}

func checkChoices(d map[string]any) string {
	all := list(d["choices"])
	if len(all) > 25 {
		return "more than 25 choices"
	}
	for _, c := range all {
		n, v := str(c, "name"), str(c, "value")
		if strings.TrimSpace(n) == "" || units(n) > 100 || strings.TrimSpace(v) == "" || units(v) > 100 {
			return fmt.Sprintf("a choice that is empty or too long: %q", n)
		}
	}
	return ""
}

func checkModal(d map[string]any) string {
	t := &tally{custom: map[string]bool{}, ids: map[float64]bool{}}
	title, parts := str(d, "title"), list(d["components"])
	if strings.TrimSpace(title) == "" || units(title) > 45 || str(d, "custom_id") == "" || units(str(d, "custom_id")) > 100 || len(parts) == 0 || len(parts) > 5 {
		return fmt.Sprintf("a modal %q of %d parts", title, len(parts))
	}
	for _, p := range parts {
		c, _ := p.(map[string]any)
		switch num(p, "type") {
		case 10:
			if text := str(p, "content"); strings.TrimSpace(text) == "" || units(text) > mostText {
				return "a text that is empty or too long"
			}
		case 18:
			if l := str(p, "label"); strings.TrimSpace(l) == "" || units(l) > 45 || units(str(p, "description")) > 100 {
				return fmt.Sprintf("a label that is empty or too long: %q", l)
			}
			if wrong := t.field(c["component"]); wrong != "" {
				return wrong
			}
		default:
			return fmt.Sprintf("a component of type %v in a modal", c["type"])
		}
	}
	return ""
}

func (t *tally) field(v any) string {
	c, _ := v.(map[string]any)
	switch num(v, "type") {
	case 3:
		return t.selects(c)
	case 4:
		most := num(v, "max_length")
		if str(v, "label") != "" || most > 4000 || most > 0 && float64(units(str(v, "value"))) > most || units(str(v, "value")) > 4000 {
			return "an input whose text is longer than it may be"
		}
		return t.customID(str(v, "custom_id"))
	}
	return fmt.Sprintf("a field of type %v", c["type"])
}

func list(v any) []any { l, _ := v.([]any); return l }

func str(v any, key string) string {
	m, _ := v.(map[string]any)
	s, _ := m[key].(string)
	return s
}

func num(v any, key string) float64 {
	m, _ := v.(map[string]any)
	n, _ := m[key].(float64)
	return n
}

func keys(m map[string][]byte) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

// encode is v as JSON, for the checks that read it again.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // what came out of JSON goes into it
	}
	return b
}
