package slack

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"earshot/bot"
)

// The kinds of payload, as Socket Mode names them
// (docs.slack.dev/apis/events-api/using-socket-mode).
const (
	kindEvents      = "events_api"
	kindCommand     = "slash_commands"
	kindInteractive = "interactive"
)

// shortcutID is the callback id of "Make this a case".
const shortcutID = "make_case"

// Keys of Interaction.Handle.
const (
	handleTrigger  = "trigger"      // opens a form, for 3 s and once
	handleResponse = "response_url" // answers where the person acted, for 30 min
	handleView     = "view"         // the form that lies open
	handleThread   = "thread"       // the thread the person acted in
	handlePrivate  = "private"      // "yes": the button stands on an answer that one person sees
)

// received is one payload, understood: somebody did something, or said
// something in a channel, or neither.
type received struct {
	did  *bot.Interaction
	said *message
	view *formView // the modal it came from
	from origin    // where the modal was asked for

	revoked bool // the app was removed or its token revoked
}

// payload is the union of what Slack sends to interactivity; only what is read.
type payload struct {
	Type        string `json:"type"`
	TriggerID   string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`
	CallbackID  string `json:"callback_id"`
	MessageTS   string `json:"message_ts"`
	User        struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Username string `json:"username"`
	} `json:"user"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	Container struct {
		Type      string `json:"type"`
		MessageTS string `json:"message_ts"`
		ChannelID string `json:"channel_id"`
		ThreadTS  string `json:"thread_ts"`
		Ephemeral bool   `json:"is_ephemeral"`
	} `json:"container"`
	Message *message  `json:"message"`
	View    *formView `json:"view"`
	Actions []struct {
		ActionID string `json:"action_id"`
		BlockID  string `json:"block_id"`
		Value    string `json:"value"`
		Type     string `json:"type"`
		ActionTS string `json:"action_ts"`
		Selected *struct {
			Value string `json:"value"`
		} `json:"selected_option"`
	} `json:"actions"`
}

// decode understands a payload of a kind; at is when it came. What Earshot
// does not know is nothing, not an error.
func (p *Platform) decode(kind string, raw []byte, at time.Time) (received, error) {
	switch kind {
	case kindCommand:
		return decodeCommand(raw, at)
	case kindInteractive:
		return p.decodeInteractive(raw, at)
	case kindEvents:
		return p.decodeEvent(raw, at)
	}
	return received{}, nil
}

func decodeCommand(raw []byte, at time.Time) (received, error) {
	var c struct {
		UserID      string `json:"user_id"`
		UserName    string `json:"user_name"`
		ChannelID   string `json:"channel_id"`
		Text        string `json:"text"`
		TriggerID   string `json:"trigger_id"`
		ResponseURL string `json:"response_url"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return received{}, fmt.Errorf("read slash command: %w", err)
	}
	return received{did: &bot.Interaction{
		ID: "command:" + c.TriggerID, Kind: bot.DidCommand, Platform: Name, By: someone(c.UserID, c.UserName), Channel: c.ChannelID,
		Text: strings.TrimSpace(unescape(c.Text)), At: at, Handle: handles(c.TriggerID, c.ResponseURL),
	}}, nil
}

func someone(id, name string) bot.Person {
	return bot.Person{Platform: Name, ID: id, Name: orElse(name, id)}
}

func handles(trigger, response string) map[string]string {
	h := map[string]string{}
	if trigger != "" {
		h[handleTrigger] = trigger
	}
	if response != "" {
		h[handleResponse] = response
	}
	return h
}

func (p *Platform) decodeInteractive(raw []byte, at time.Time) (received, error) {
	var in payload
	if err := json.Unmarshal(raw, &in); err != nil {
		return received{}, fmt.Errorf("read interaction: %w", err)
	}
	did := bot.Interaction{Platform: Name, By: someone(in.User.ID, orElse(in.User.Name, in.User.Username)), At: at, Handle: handles(in.TriggerID, in.ResponseURL)}
	r := received{did: &did, view: in.View}
	if in.View != nil {
		r.from = parseOrigin(in.View.PrivateMetadata)
		did.Handle[handleView] = in.View.ID
		did.Channel, did.Message = r.from.Channel, bot.MessageRef{Channel: r.from.Channel, ID: r.from.Message}
		setThread(did.Handle, r.from.Thread)
	}
	switch in.Type {
	case "block_actions":
		in.press(&r)
		return r, nil
	case "view_submission":
		did.Kind, did.ID = bot.DidSubmit, "submit:"+orElse(in.TriggerID, in.viewKey())
		if in.View != nil {
			did.Values = in.View.values()
			did.Action, _ = bot.ParseActionID(in.View.CallbackID)
		}
		if did.Action.Name == "" {
			return received{}, nil // a note: it has nothing to submit
		}
		return r, nil
	case "message_action":
		if in.CallbackID == shortcutID && in.Message != nil {
			p.share(in, &did)
			return r, nil
		}
	}
	return received{}, nil
}

func (in payload) viewKey() string {
	if in.View == nil {
		return ""
	}
	return in.View.ID + ":" + in.View.Hash
}

func setThread(h map[string]string, thread string) {
	if thread != "" {
		h[handleThread] = thread
	}
}

// press reads a button or a menu's choice into r. A button that only opens a
// page comes too: it is nothing.
func (in payload) press(r *received) {
	did := r.did
	if len(in.Actions) == 0 {
		*r = received{}
		return
	}
	a := in.Actions[0]
	value := a.Value
	if a.Selected != nil {
		value = a.Selected.Value
	}
	if value == "" {
		*r = received{}
		return
	}
	did.Kind, did.ID = bot.DidPress, "press:"+orElse(in.TriggerID, a.ActionTS+a.BlockID+a.ActionID)
	action, err := bot.ParseActionID(value)
	if err != nil {
		action = bot.ActionID{Name: "unknown"} // an old card's button: the desk says so
	}
	did.Action = action
	if in.View != nil {
		return
	}
	did.Channel = orElse(in.Container.ChannelID, in.Channel.ID)
	ts := in.Container.MessageTS
	if in.Message != nil {
		ts = orElse(ts, in.Message.TS)
		setThread(did.Handle, in.Message.ThreadTS)
	}
	setThread(did.Handle, in.Container.ThreadTS)
	did.Message = bot.MessageRef{Channel: did.Channel, ID: ts}
	if in.Container.Ephemeral {
		did.Handle[handlePrivate] = "yes"
	}
	r.from = origin{Channel: did.Channel, Message: ts, Thread: did.Handle[handleThread]}
}

// share reads a message that somebody makes a case of.
func (p *Platform) share(in payload, did *bot.Interaction) {
	m := *in.Message
	m.Channel = in.Channel.ID
	m.TS = orElse(m.TS, in.MessageTS)
	shared := p.mention(m)
	did.Kind, did.ID = bot.DidShortcut, "shortcut:"+orElse(in.TriggerID, m.Channel+m.TS)
	did.Channel, did.Message, did.Shared = m.Channel, bot.MessageRef{Channel: m.Channel, ID: m.TS}, &shared
	setThread(did.Handle, m.ThreadTS)
}

// decodeEvent reads an event of the Events API.
func (p *Platform) decodeEvent(raw []byte, at time.Time) (received, error) {
	var outer struct {
		EventID string  `json:"event_id"`
		Event   message `json:"event"`
	}
	if err := json.Unmarshal(raw, &outer); err != nil {
		return received{}, fmt.Errorf("read event: %w", err)
	}
	e := outer.Event
	switch e.Type {
	case "app_mention":
		return p.named(outer.EventID, e, at), nil
	case "message":
		if m, ok := p.customers(e); ok {
			return received{said: &m}, nil
		}
	case "app_uninstalled":
		return received{revoked: true}, nil
	case "tokens_revoked":
		return received{revoked: len(e.Tokens.Bot) > 0}, nil
	}
	return received{}, nil
}

// named reads "@earshot claim": the words after our name, below a card.
func (p *Platform) named(id string, e message, at time.Time) received {
	if e.BotID != "" || e.User == "" || e.Edited != nil {
		return received{}
	}
	root := orElse(e.ThreadTS, e.TS)
	did := bot.Interaction{
		ID: "event:" + orElse(id, e.Channel+":"+e.TS), Kind: bot.DidMention, Platform: Name, By: someone(e.User, e.Profile.name()), Channel: e.Channel,
		Message: bot.MessageRef{Channel: e.Channel, ID: root}, Text: p.afterName(e.Text), At: at, Handle: map[string]string{handleThread: root},
	}
	return received{did: &did}
}

// afterName is what follows our name in a message.
func (p *Platform) afterName(s string) string {
	p.mu.Lock()
	me := p.me.UserID
	p.mu.Unlock()
	if _, after, ok := strings.Cut(s, "<@"+me+">"); ok && me != "" {
		return strings.TrimSpace(unescape(after))
	}
	if strings.HasPrefix(s, "<@") {
		if _, after, ok := strings.Cut(s, ">"); ok {
			return strings.TrimSpace(unescape(after))
		}
	}
	return strings.TrimSpace(unescape(s))
}
