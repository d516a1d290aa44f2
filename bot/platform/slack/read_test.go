package slack

import (
	"encoding/json"
	"regexp"
	"strings"

	"earshot/bot/platform/platformtest"
)

// page reads blocks as a person does: with Slack's markup undone.
type page struct {
	lines, buttons, links, pings []string
	menus                        map[string][]string
	images                       int
	actions                      []action // in reading order
}

// action is something that can be pressed or chosen.
type action struct {
	menu, label, id, block, value, kind, url string
}

var undoRef = regexp.MustCompile(`<([^<>|]*)(?:\|([^<>]*))?>`)

// unmark reads mrkdwn: what it says, where it leads, whom it wakes.
func (p *page) unmark(s string) string {
	s = undoRef.ReplaceAllStringFunc(s, func(ref string) string {
		m := undoRef.FindStringSubmatch(ref)
		to, shown := strings.ReplaceAll(m[1], "&amp;", "&"), m[2]
		switch {
		case strings.HasPrefix(to, "!date^"):
			if parts := strings.Split(to, "^"); len(parts) > 3 {
				p.links = append(p.links, parts[3])
			}
		case strings.HasPrefix(to, "!subteam^"):
			p.pings = append(p.pings, strings.TrimPrefix(to, "!subteam^"))
			shown = "@group"
		case strings.HasPrefix(to, "!"), strings.HasPrefix(to, "@"):
			p.pings = append(p.pings, to[1:])
			shown = "@" + to[1:]
		default:
			p.links = append(p.links, to)
			if shown == "" {
				shown = to
			}
		}
		return shown
	})
	var b strings.Builder
	held := false
	for _, r := range s {
		if string(r) == joiner {
			held = true
			continue
		}
		if strings.ContainsRune("*_~`", r) && !held {
			continue // formatting
		}
		held = false
		b.WriteRune(r)
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(b.String())
}

func (p *page) textObject(o any) string {
	t, _ := o.(map[string]any)
	s, _ := t["text"].(string)
	if t["type"] == "mrkdwn" {
		return p.unmark(s)
	}
	return s
}

// readBlocks reads what stands in blocks.
func readBlocks(raw string) *page {
	p := &page{menus: map[string][]string{}}
	var blocks []map[string]any
	if err := json.Unmarshal([]byte(raw), &blocks); err != nil {
		return p
	}
	for _, b := range blocks {
		p.block(b)
	}
	return p
}

func (p *page) add(s string) { p.lines = append(p.lines, s) }

func (p *page) block(b map[string]any) {
	id, _ := b["block_id"].(string)
	switch b["type"] {
	case "header":
		p.add(p.textObject(b["text"]))
	case "section":
		lines := strings.Split(p.textObject(b["text"]), "\n")
		for i := range lines {
			lines[i] = strings.TrimPrefix(lines[i], ">")
		}
		p.add(strings.Join(lines, "\n"))
		if b["accessory"] != nil {
			p.images++
		}
	case "context":
		for _, e := range list(b["elements"]) {
			p.add(p.textObject(e))
		}
	case "image":
		p.images++
		p.add(str(b["alt_text"]))
	case "rich_text":
		for _, e := range list(b["elements"]) {
			p.add(p.leaves(list(e["elements"])))
		}
	case "actions":
		for _, e := range list(b["elements"]) {
			p.element(id, e)
		}
	}
}

func (p *page) leaves(elements []map[string]any) string {
	var b strings.Builder
	for _, e := range elements {
		switch e["type"] {
		case "user":
			p.pings = append(p.pings, str(e["user_id"]))
		case "usergroup":
			p.pings = append(p.pings, str(e["usergroup_id"]))
		case "broadcast":
			p.pings = append(p.pings, str(e["range"]))
		}
		if url := str(e["url"]); url != "" {
			p.links = append(p.links, url)
		}
		b.WriteString(str(e["text"]) + str(e["fallback"]))
	}
	return b.String()
}

func (p *page) element(block string, e map[string]any) {
	a := action{id: str(e["action_id"]), block: block, kind: str(e["type"])}
	if a.kind == "button" {
		a.label, a.value, a.url = p.textObject(e["text"]), str(e["value"]), str(e["url"])
		p.buttons = append(p.buttons, a.label)
		if a.url != "" {
			p.links = append(p.links, a.url)
		}
		p.actions = append(p.actions, a)
		return
	}
	a.menu = "More" // an overflow menu shows "⋯"
	if e["placeholder"] != nil {
		a.menu = p.textObject(e["placeholder"])
	}
	for _, o := range list(e["options"]) {
		a.label, a.value = p.textObject(o["text"]), str(o["value"])
		p.menus[a.menu] = append(p.menus[a.menu], a.label)
		p.actions = append(p.actions, a)
	}
}

// find is the button or option with this label.
func (p *page) find(menu, label string) (action, bool) {
	for _, a := range p.actions {
		if a.menu == menu && a.label == label {
			return a, true
		}
	}
	return action{}, false
}

func (p *page) text() string { return strings.Join(p.lines, "\n") }

func list(v any) []map[string]any {
	items, _ := v.([]any)
	var out []map[string]any
	for _, i := range items {
		if o, ok := i.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

// readModal reads a form as it lies before a person.
func readModal(view map[string]any, errs map[string]string) platformtest.Shown {
	raw, err := json.Marshal(view["blocks"])
	if err != nil {
		panic(err) // it was JSON before
	}
	p := readBlocks(string(raw))
	s := platformtest.Shown{Title: p.textObject(view["title"]), Intro: p.text(), Submit: p.textObject(view["submit"]), Errors: map[string]string{}}
	if b, ok := backButton(view); ok {
		s.Back = b.label
	}
	var last string
	for _, b := range list(view["blocks"]) {
		if id := str(b["block_id"]); strings.HasPrefix(id, "error:") {
			s.Errors[last] = readOne(b)
		}
		if b["type"] != "input" {
			continue
		}
		last = strings.TrimPrefix(str(b["block_id"]), fieldPrefix)
		s.Fields = append(s.Fields, readField(p, b))
	}
	for block, msg := range errs {
		s.Errors[strings.TrimPrefix(block, fieldPrefix)] = msg
	}
	return s
}

func readOne(b map[string]any) string {
	raw, err := json.Marshal([]any{b})
	if err != nil {
		panic(err) // it was JSON before
	}
	return readBlocks(string(raw)).text()
}

func readField(p *page, b map[string]any) platformtest.ShownField {
	e, _ := b["element"].(map[string]any)
	f := platformtest.ShownField{Name: strings.TrimPrefix(str(b["block_id"]), fieldPrefix), Label: p.textObject(b["label"]), Value: str(e["initial_value"])}
	f.Optional, _ = b["optional"].(bool)
	if most, ok := e["max_length"].(float64); ok {
		f.Max = int(most)
	}
	for _, o := range list(e["options"]) {
		f.Options = append(f.Options, p.textObject(o["text"]))
	}
	if first, ok := e["initial_option"].(map[string]any); ok {
		f.Value = str(first["value"])
	}
	return f
}

func backButton(view map[string]any) (action, bool) {
	for _, b := range list(view["blocks"]) {
		if b["block_id"] == "back" {
			p := &page{menus: map[string][]string{}}
			p.block(b)
			if len(p.actions) > 0 {
				return p.actions[0], true
			}
		}
	}
	return action{}, false
}
