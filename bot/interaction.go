package bot

import (
	"strconv"
	"strings"
	"time"
)

// ActionID is what a button, menu choice or form carries: what to do, to what,
// and the version of it that was drawn. It has no memory beside itself, so a
// button works after a restart and a month later.
type ActionID struct {
	Name    string `json:"name"`              // "claim", "reply", "reply.send", "page"
	Target  int64  `json:"target,omitempty"`  // id of the case, reply, spike …
	Version int64  `json:"version,omitempty"` // of the case when it was drawn; 0 where none matters
	Arg     string `json:"arg,omitempty"`     // short: a reason, a page, a way; no "|"
}

// Turns tells whether the answer takes the place of the private view that the
// button stands on, as the next page of a list does.
func (a ActionID) Turns() bool { return a.Name == "page" || strings.HasPrefix(a.Name, "audit.") }

// MaxActionID is the longest encoded ActionID in bytes: Discord's custom_id
// takes 100 characters (discord.com/developers/docs/components/reference).
const MaxActionID = 100

// String encodes the id: "name|target|version|arg".
func (a ActionID) String() string {
	return strings.Join([]string{a.Name, itoa(a.Target), itoa(a.Version), a.Arg}, "|")
}

// ParseActionID reads what String wrote; an Error of kind ErrInvalid otherwise.
func ParseActionID(s string) (ActionID, error) {
	parts := strings.Split(s, "|")
	if len(parts) != 4 || parts[0] == "" || len(s) > MaxActionID {
		return ActionID{}, Errorf(ErrInvalid, "This button is from another version of Earshot. Open the case with /voc show.")
	}
	target, err1 := strconv.ParseInt(parts[1], 10, 64)
	version, err2 := strconv.ParseInt(parts[2], 10, 64)
	if err1 != nil || err2 != nil {
		return ActionID{}, Errorf(ErrInvalid, "This button is from another version of Earshot. Open the case with /voc show.")
	}
	return ActionID{Name: parts[0], Target: target, Version: version, Arg: parts[3]}, nil
}

// InteractionKind says what somebody did.
type InteractionKind string

// The kinds of interaction.
const (
	DidCommand  InteractionKind = "command"  // typed "/voc …": Text is what follows
	DidPress    InteractionKind = "press"    // a button or a menu choice: Action
	DidSubmit   InteractionKind = "submit"   // a form: Action is the form's, Values its fields
	DidShortcut InteractionKind = "shortcut" // "Make this a case" on a message: Shared
	DidMention  InteractionKind = "mention"  // "@earshot claim" in a thread: Text is what follows the name
)

// Interaction is something a person did on a platform. It is stored before it
// is acknowledged, and done once.
type Interaction struct {
	ID       string            `json:"id"` // the platform's event, envelope or interaction id; unique within Platform
	Kind     InteractionKind   `json:"kind"`
	Platform string            `json:"platform"`
	By       Person            `json:"by"`
	Channel  string            `json:"channel,omitempty"`
	Message  MessageRef        `json:"message,omitzero"` // what the button stands on, or the thread's root
	Text     string            `json:"text,omitempty"`
	Action   ActionID          `json:"action,omitzero"`
	Values   map[string]string `json:"values,omitempty"`
	Shared   *Mention          `json:"shared,omitempty"`
	At       time.Time         `json:"at"`
	Handle   map[string]string `json:"handle,omitempty"` // what the platform needs to answer: trigger, token, address
}

// Answer is what the person gets back. At most one of Form and Tell is set;
// both empty means that the changed card is answer enough.
type Answer struct {
	Tell   *View             `json:"tell,omitempty"`   // seen by this person alone
	Form   *Form             `json:"form,omitempty"`   // opened, or put in the place of the one that was sent
	Errors map[string]string `json:"errors,omitempty"` // by field name: the form stays, with its text
}

// Form asks a person for something. A form without fields is a preview: its
// Intro, and Submit to go on.
type Form struct {
	Action ActionID `json:"action"` // what submitting it does
	Title  string   `json:"title"`  // at most 24 characters (Slack's modal title)
	Intro  []Block  `json:"intro,omitempty"`
	Fields []Field  `json:"fields,omitempty"` // at most 4
	Submit string   `json:"submit"`           // "Preview", "Send"
	Back   *Button  `json:"back,omitempty"`   // a preview's way back to the form: "Edit"
}

// FieldKind says how a field is filled in.
type FieldKind string

// The kinds of field.
const (
	FieldText   FieldKind = "text"   // one line
	FieldLong   FieldKind = "long"   // several lines
	FieldChoice FieldKind = "choice" // one of Options
)

// Field is one question of a form.
type Field struct {
	Name     string    `json:"name"`
	Label    string    `json:"label"` // at most 45 characters (Discord)
	Hint     string    `json:"hint,omitempty"`
	Kind     FieldKind `json:"kind"`
	Value    string    `json:"value,omitempty"` // what stands there at first
	Optional bool      `json:"optional,omitempty"`
	Max      int       `json:"max,omitempty"` // most characters; 0 for the platform's own limit
	Options  []Option  `json:"options,omitempty"`
}

// Option is one choice of a field or one completion of a command.
type Option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}
