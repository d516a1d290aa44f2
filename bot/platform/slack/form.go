package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"earshot/bot"
	"earshot/bot/text"
)

const (
	fieldPrefix = "field:" // block id of a field: this and its name
	fieldAction = "v"      // action id of its element
)

// origin is where a form was asked for. It travels in private_metadata, so
// that an answer after a restart still finds its place.
type origin struct {
	Channel string `json:"c,omitempty"`
	Message string `json:"m,omitempty"`
	Thread  string `json:"t,omitempty"`
}

func (o origin) String() string {
	b, err := json.Marshal(o)
	if err != nil || len(b) > maxMetadata {
		return ""
	}
	return string(b)
}

func parseOrigin(s string) origin {
	var o origin
	if json.Unmarshal([]byte(s), &o) != nil {
		return origin{}
	}
	return o
}

// modal draws a form.
func modal(f bot.Form, from origin) slack.ModalViewRequest {
	d := drawing{most: maxModalBlocks - 2*len(f.Fields) - 1}
	blocks := d.blocks(bot.View{Blocks: f.Intro})
	for _, field := range f.Fields {
		blocks = append(blocks, drawField(field))
	}
	if f.Back != nil {
		if b := drawButton(0, *f.Back); b != nil {
			blocks = append(blocks, slack.NewActionBlock("back", b))
		}
	}
	if len(blocks) == 0 {
		blocks = append(blocks, slack.NewContextBlock("", mrkdwn("…")))
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain(orElse(cut(f.Title, maxTitle), "Earshot")), Submit: plain(orElse(cut(f.Submit, maxTitle), "Send")), Close: plain("Cancel"),
		Blocks: slack.Blocks{BlockSet: blocks}, CallbackID: f.Action.String(), PrivateMetadata: from.String(),
	}
}

// note is a modal that only says something.
func note(v bot.View, from origin) slack.ModalViewRequest {
	d := drawing{most: maxModalBlocks}
	blocks := d.blocks(v)
	if len(blocks) == 0 {
		blocks = []slack.Block{slack.NewContextBlock("", mrkdwn(escape(notice(v))))}
	}
	return slack.ModalViewRequest{Type: slack.VTModal, Title: plain("Earshot"), Close: plain("Close"), Blocks: slack.Blocks{BlockSet: blocks}, PrivateMetadata: from.String()}
}

func drawField(f bot.Field) slack.Block {
	b := &slack.InputBlock{Type: slack.MBTInput, BlockID: fieldPrefix + f.Name, Label: plain(orElse(cut(f.Label, maxLabel), "…")), Optional: f.Optional}
	if hint := cut(f.Hint, maxLabel); hint != "" {
		b.Hint = plain(hint)
	}
	b.Element = drawInput(f)
	return b
}

func drawInput(f bot.Field) slack.BlockElement {
	if f.Kind == bot.FieldChoice {
		if options := choices(f.Options); len(options) > 0 {
			e := &slack.SelectBlockElement{Type: slack.OptTypeStatic, ActionID: fieldAction, Options: options}
			if i := slices.IndexFunc(options, func(o *slack.OptionBlockObject) bool { return o.Value == f.Value }); i >= 0 {
				e.InitialOption = options[i]
			}
			return e
		}
	}
	most := maxInput
	if f.Max > 0 {
		most = min(most, f.Max)
	}
	value := text.Clean(f.Value)
	if f.Kind != bot.FieldLong {
		value = text.OneLine(f.Value)
	}
	return &slack.PlainTextInputBlockElement{Type: slack.METPlainTextInput, ActionID: fieldAction, Multiline: f.Kind == bot.FieldLong,
		InitialValue: fit(value, most, size), MaxLength: most, FocusOnLoad: f.Name == "text"}
}

func choices(options []bot.Option) []*slack.OptionBlockObject {
	var out []*slack.OptionBlockObject
	seen := map[string]bool{}
	for _, o := range options {
		if o.Value == "" || size(o.Value) > maxOptionValue || seen[o.Value] || len(out) == maxOptions {
			continue
		}
		seen[o.Value] = true
		out = append(out, &slack.OptionBlockObject{Text: plain(orElse(cut(o.Label, maxOption), "…")), Value: o.Value})
	}
	return out
}

// formView is a modal as Slack sends it back: only what is read of it.
type formView struct {
	ID              string            `json:"id"`
	Hash            string            `json:"hash"`
	CallbackID      string            `json:"callback_id"`
	PrivateMetadata string            `json:"private_metadata"`
	Title           *viewLabel        `json:"title"`
	Submit          *viewLabel        `json:"submit"`
	Blocks          []json.RawMessage `json:"blocks"`
	State           struct {
		Values map[string]map[string]fieldState `json:"values"`
	} `json:"state"`
}

type viewLabel struct {
	Text string `json:"text"`
}

type fieldState struct {
	Value    *string `json:"value"`
	Selected *struct {
		Value string `json:"value"`
	} `json:"selected_option"`
}

// values is what was filled in, by field name.
func (v formView) values() map[string]string {
	out := map[string]string{}
	for block, actions := range v.State.Values {
		name, ok := strings.CutPrefix(block, fieldPrefix)
		if !ok {
			continue
		}
		for _, s := range actions {
			switch {
			case s.Value != nil:
				out[name] = *s.Value
			case s.Selected != nil:
				out[name] = s.Selected.Value
			default:
				out[name] = ""
			}
		}
	}
	return out
}

// fields lists the names of the fields in order.
func (v formView) fields() []string {
	var names []string
	for _, raw := range v.Blocks {
		var b struct {
			Type    string `json:"type"`
			BlockID string `json:"block_id"`
		}
		if json.Unmarshal(raw, &b) == nil && b.Type == "input" {
			names = append(names, strings.TrimPrefix(b.BlockID, fieldPrefix))
		}
	}
	if len(names) == 0 {
		for name := range v.values() {
			names = append(names, name)
		}
		slices.Sort(names)
	}
	return names
}

// blockErrors keys messages by block, as Slack wants them; what belongs to no
// field stands at the first. Nil when the form has no field to show them at.
func (v formView) blockErrors(errs map[string]string) map[string]string {
	names := v.fields()
	if len(names) == 0 {
		return nil
	}
	out := map[string]string{}
	for name, msg := range errs {
		if !slices.Contains(names, name) {
			name = names[0]
		}
		out[fieldPrefix+name] = orElse(cut(msg, maxLabel), "Please look at this again.")
	}
	return out
}

// again is the form as it was sent, with what was typed in it and the errors
// below their fields: for when Slack was told "one moment" meanwhile.
func (v formView) again(errs map[string]string) (slack.ModalViewRequest, error) {
	byBlock := v.blockErrors(errs)
	var blocks []any
	for i, raw := range v.Blocks {
		var b map[string]any
		if err := json.Unmarshal(raw, &b); err != nil {
			return slack.ModalViewRequest{}, fmt.Errorf("read the form again: %w", err)
		}
		id, _ := b["block_id"].(string)
		blocks = append(blocks, refill(b, v.State.Values[id]))
		if msg := byBlock[id]; msg != "" {
			blocks = append(blocks, map[string]any{"type": "context", "block_id": "error:" + strconv.Itoa(i), "elements": []any{mrkdwn("⚠️ " + escape(msg))}})
		}
	}
	view := map[string]any{"type": "modal", "blocks": blocks, "callback_id": v.CallbackID, "private_metadata": v.PrivateMetadata, "close": plain("Cancel")}
	if v.Title != nil {
		view["title"] = plain(v.Title.Text)
	}
	if v.Submit != nil {
		view["submit"] = plain(v.Submit.Text)
	}
	var m slack.ModalViewRequest
	raw, err := json.Marshal(view)
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	return m, err
}

// refill puts what was typed into an input block as its first value.
func refill(b map[string]any, typed map[string]fieldState) map[string]any {
	element, ok := b["element"].(map[string]any)
	state, known := typed[fieldAction]
	if !ok || !known {
		return b
	}
	switch {
	case state.Value != nil && *state.Value != "":
		element["initial_value"] = *state.Value
	case state.Selected != nil:
		options, _ := element["options"].([]any)
		for _, o := range options {
			if option, ok := o.(map[string]any); ok && option["value"] == state.Selected.Value {
				element["initial_option"] = option
			}
		}
	default:
		delete(element, "initial_value")
	}
	return b
}
