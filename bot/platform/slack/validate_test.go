package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// validator checks Block Kit against the limits of Slack's documentation, by
// hand and apart from the renderer's own constants.
type validator struct {
	modal    bool
	files    map[string]bool // ids that exist
	errs     []string
	blockIDs map[string]bool
	total    int
}

func (v *validator) fail(format string, args ...any) {
	v.errs = append(v.errs, fmt.Sprintf(format, args...))
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }

// checkBlocks gives Slack's complaints about blocks, in JSON.
func checkBlocks(raw string, modal bool, files map[string]bool) []string {
	v := &validator{modal: modal, files: files, blockIDs: map[string]bool{}}
	var blocks []map[string]any
	if err := json.Unmarshal([]byte(raw), &blocks); err != nil {
		return []string{"blocks are no JSON list: " + err.Error()}
	}
	most := 50
	if modal {
		most = 100
		if len(blocks) == 0 {
			v.fail("a modal needs a block")
		}
	}
	if len(blocks) > most {
		v.fail("%d blocks, at most %d", len(blocks), most)
	}
	for i, b := range blocks {
		v.block(fmt.Sprintf("blocks[%d]", i), b)
	}
	if modal && len(raw) > 250_000 {
		v.fail("a view of %d bytes", len(raw))
	}
	if !modal && v.total > 13_200 {
		v.fail("msg_blocks_too_long: %d", v.total)
	}
	return v.errs
}

func (v *validator) keys(at string, o map[string]any, allowed ...string) {
	for k := range o {
		if !slices.Contains(allowed, k) {
			v.fail("%s: unknown field %q", at, k)
		}
	}
}

func (v *validator) block(at string, b map[string]any) {
	kind, _ := b["type"].(string)
	at += "(" + kind + ")"
	if id, ok := b["block_id"].(string); ok {
		if v.blockIDs[id] || len(id) > 255 || id == "" {
			v.fail("%s: block_id %q", at, id)
		}
		v.blockIDs[id] = true
	}
	switch kind {
	case "header":
		v.keys(at, b, "type", "block_id", "text")
		v.text(at+".text", b["text"], 150, "plain_text")
	case "section":
		v.keys(at, b, "type", "block_id", "text", "accessory", "fields", "expand")
		v.text(at+".text", b["text"], 3000, "plain_text", "mrkdwn")
		if a, ok := b["accessory"].(map[string]any); ok {
			v.image(at+".accessory", a)
		}
	case "context":
		v.keys(at, b, "type", "block_id", "elements")
		v.list(at, b["elements"], 10, func(at string, e map[string]any) { v.text(at, e, 3000, "plain_text", "mrkdwn") })
	case "divider":
		v.keys(at, b, "type", "block_id")
	case "image":
		v.keys(at, b, "type", "block_id", "image_url", "slack_file", "alt_text", "title")
		v.image(at, b)
	case "actions":
		v.keys(at, b, "type", "block_id", "elements")
		ids := map[string]bool{}
		v.list(at, b["elements"], 25, func(at string, e map[string]any) { v.element(at, e, ids) })
	case "input":
		v.input(at, b)
	case "rich_text":
		v.keys(at, b, "type", "block_id", "elements")
		v.list(at, b["elements"], 100, v.rich)
	default:
		v.fail("%s: no such block", at)
	}
}

func (v *validator) list(at string, list any, most int, each func(string, map[string]any)) {
	items, ok := list.([]any)
	if !ok || len(items) == 0 || len(items) > most {
		v.fail("%s: %d elements, between 1 and %d", at, len(items), most)
		return
	}
	for i, item := range items {
		o, ok := item.(map[string]any)
		if !ok {
			v.fail("%s[%d] is no object", at, i)
			continue
		}
		each(fmt.Sprintf("%s[%d]", at, i), o)
	}
}

func (v *validator) text(at string, o any, most int, kinds ...string) {
	t, ok := o.(map[string]any)
	if !ok {
		v.fail("%s: text is missing", at)
		return
	}
	v.keys(at, t, "type", "text", "emoji", "verbatim")
	kind, _ := t["type"].(string)
	s, _ := t["text"].(string)
	if !slices.Contains(kinds, kind) {
		v.fail("%s: type %q, want one of %q", at, kind, kinds)
	}
	if n := units(s); n < 1 || n > most {
		v.fail("%s: %d characters, between 1 and %d", at, n, most)
	}
	if kind == "plain_text" && t["verbatim"] != nil || kind == "mrkdwn" && t["emoji"] != nil {
		v.fail("%s: a field that belongs to the other kind of text", at)
	}
	if strings.ContainsRune(s, 0) {
		v.fail("%s: NUL", at)
	}
	v.total += units(s)
}

func (v *validator) image(at string, o map[string]any) {
	alt, _ := o["alt_text"].(string)
	if n := units(alt); n < 1 || n > 2000 {
		v.fail("%s: alt_text has %d characters", at, n)
	}
	url, hasURL := o["image_url"].(string)
	file, hasFile := o["slack_file"].(map[string]any)
	if hasURL == hasFile {
		v.fail("%s: one of image_url and slack_file", at)
	}
	if hasURL && (len(url) > 3000 || !strings.HasPrefix(url, "http")) {
		v.fail("%s: image_url %.50q", at, url)
	}
	if hasURL && strings.Contains(url, "broken") {
		v.fail("%s: downloading image failed", at)
	}
	if id, _ := file["id"].(string); hasFile && !v.files[id] {
		v.fail("%s: no file %q", at, id)
	}
}

func (v *validator) element(at string, e map[string]any, ids map[string]bool) {
	kind, _ := e["type"].(string)
	id, _ := e["action_id"].(string)
	if id == "" || len(id) > 255 || ids[id] {
		v.fail("%s: action_id %q", at, id)
	}
	ids[id] = true
	switch kind {
	case "button":
		v.keys(at, e, "type", "action_id", "text", "value", "url", "style", "confirm")
		v.text(at+".text", e["text"], 75, "plain_text")
		if value, ok := e["value"].(string); ok && (value == "" || len(value) > 2000) {
			v.fail("%s: value of %d", at, len(value))
		}
		if url, ok := e["url"].(string); ok && (len(url) > 3000 || !strings.HasPrefix(url, "http")) {
			v.fail("%s: url %.50q", at, url)
		}
		if style, ok := e["style"]; ok && style != "primary" && style != "danger" {
			v.fail("%s: style %v", at, style)
		}
		v.confirm(at, e["confirm"])
	case "overflow":
		v.keys(at, e, "type", "action_id", "options", "confirm")
		v.list(at+".options", e["options"], 5, v.option)
	case "static_select":
		v.keys(at, e, "type", "action_id", "options", "placeholder", "initial_option", "confirm")
		if p, ok := e["placeholder"]; ok {
			v.text(at+".placeholder", p, 150, "plain_text")
		}
		v.list(at+".options", e["options"], 100, v.option)
	default:
		v.fail("%s: no such element %q", at, kind)
	}
}

func (v *validator) option(at string, o map[string]any) {
	v.keys(at, o, "text", "value", "description", "url")
	v.text(at+".text", o["text"], 75, "plain_text")
	if value, _ := o["value"].(string); value == "" || units(value) > 150 {
		v.fail("%s: value of %d", at, units(value))
	}
}

func (v *validator) confirm(at string, o any) {
	c, ok := o.(map[string]any)
	if !ok {
		return
	}
	v.text(at+".confirm.title", c["title"], 100, "plain_text")
	v.text(at+".confirm.text", c["text"], 300, "plain_text", "mrkdwn")
	v.text(at+".confirm.confirm", c["confirm"], 30, "plain_text")
	v.text(at+".confirm.deny", c["deny"], 30, "plain_text")
}

func (v *validator) input(at string, b map[string]any) {
	if !v.modal {
		v.fail("%s: only in a modal", at)
	}
	v.keys(at, b, "type", "block_id", "label", "hint", "optional", "element", "dispatch_action")
	v.text(at+".label", b["label"], 2000, "plain_text")
	if hint, ok := b["hint"]; ok {
		v.text(at+".hint", hint, 2000, "plain_text")
	}
	e, _ := b["element"].(map[string]any)
	switch e["type"] {
	case "plain_text_input":
		v.keys(at, e, "type", "action_id", "multiline", "initial_value", "max_length", "min_length", "focus_on_load", "placeholder")
		most, _ := e["max_length"].(float64)
		value, has := e["initial_value"].(string)
		if most < 1 || most > 3000 || has && value == "" || units(value) > int(most) {
			v.fail("%s: max_length %v with a first value of %d", at, most, units(value))
		}
	case "static_select":
		v.list(at+".options", e["options"], 100, v.option)
		if first, ok := e["initial_option"].(map[string]any); ok && !slices.ContainsFunc(e["options"].([]any), func(o any) bool {
			return o.(map[string]any)["value"] == first["value"]
		}) {
			v.fail("%s: initial_option is none of the options", at)
		}
	default:
		v.fail("%s: no such element %v", at, e["type"])
	}
}

func (v *validator) rich(at string, e map[string]any) {
	v.keys(at, e, "type", "elements", "border", "language")
	switch e["type"] {
	case "rich_text_section", "rich_text_quote", "rich_text_preformatted":
		v.list(at, e["elements"], 1000, v.richLeaf)
	default:
		v.fail("%s: no such element %v", at, e["type"])
	}
}

func (v *validator) richLeaf(at string, e map[string]any) {
	s, _ := e["text"].(string)
	switch e["type"] {
	case "text":
		v.keys(at, e, "type", "text", "style")
		if s == "" || strings.ContainsRune(s, 0) {
			v.fail("%s: text %q", at, s)
		}
	case "link":
		v.keys(at, e, "type", "text", "url", "style")
		if url, _ := e["url"].(string); url == "" || !strings.HasPrefix(url, "http") {
			v.fail("%s: url %q", at, url)
		}
	case "date":
		v.keys(at, e, "type", "timestamp", "format", "url", "fallback", "style")
		if ts, _ := e["timestamp"].(float64); ts <= 0 {
			v.fail("%s: timestamp %v", at, ts)
		}
		if f, _ := e["format"].(string); !strings.Contains(f, "{") {
			v.fail("%s: format %q", at, f)
		}
	case "user", "usergroup", "broadcast":
	default:
		v.fail("%s: no such element %v", at, e["type"])
	}
	if style, ok := e["style"].(map[string]any); ok && len(style) == 0 {
		v.fail("%s: empty style", at)
	}
	v.total += units(s)
}

// checkModal gives Slack's complaints about a modal.
func checkModal(view map[string]any, files map[string]bool) []string {
	v := &validator{modal: true}
	v.keys("view", view, "type", "title", "submit", "close", "blocks", "private_metadata", "callback_id", "external_id", "clear_on_close", "notify_on_close")
	v.text("view.title", view["title"], 24, "plain_text")
	for _, name := range []string{"submit", "close"} {
		if t, ok := view[name]; ok {
			v.text("view."+name, t, 24, "plain_text")
		}
	}
	if s, _ := view["private_metadata"].(string); units(s) > 3000 {
		v.fail("private_metadata of %d", units(s))
	}
	if s, _ := view["callback_id"].(string); len(s) > 255 {
		v.fail("callback_id of %d", len(s))
	}
	raw, err := json.Marshal(view["blocks"])
	if err != nil {
		v.fail("blocks: %v", err)
	}
	var inputs bool
	list, _ := view["blocks"].([]any)
	for _, b := range list {
		inputs = inputs || b.(map[string]any)["type"] == "input"
	}
	if inputs && view["submit"] == nil {
		v.fail("inputs need a submit")
	}
	return append(v.errs, checkBlocks(string(raw), true, files)...)
}
