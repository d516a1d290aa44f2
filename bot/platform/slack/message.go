package slack

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// message is a Slack message, as events and shortcuts carry it.
type message struct {
	Type      string   `json:"type"`
	Subtype   string   `json:"subtype"`
	Channel   string   `json:"channel"`
	User      string   `json:"user"`
	BotID     string   `json:"bot_id"`
	Text      string   `json:"text"`
	TS        string   `json:"ts"`
	ThreadTS  string   `json:"thread_ts"`
	DeletedTS string   `json:"deleted_ts"`
	Edited    *edited  `json:"edited"`
	Message   *message `json:"message"`          // of message_changed: as it is now
	Previous  *message `json:"previous_message"` // of message_changed and message_deleted
	Profile   profile  `json:"user_profile"`
	Tokens    struct {
		Bot []string `json:"bot"`
	} `json:"tokens"` // of tokens_revoked

	deleted   bool
	deletedAt string // the timestamp of its deletion
}

type edited struct {
	TS string `json:"ts"`
}

type profile struct {
	Display string `json:"display_name"`
	Real    string `json:"real_name"`
	Name    string `json:"name"`
}

func (p profile) name() string { return orElse(p.Display, orElse(p.Real, p.Name)) }

// UnmarshalJSON reads "channel" only where it is an id: some events carry a
// whole channel there, and must not be refused for it.
func (m *message) UnmarshalJSON(b []byte) error {
	type plainMessage message
	var aux struct {
		*plainMessage
		Channel json.RawMessage `json:"channel"`
		User    json.RawMessage `json:"user"`
	}
	aux.plainMessage = (*plainMessage)(m)
	if err := json.Unmarshal(b, &aux); err != nil {
		return err
	}
	m.Channel, m.User = idOf(aux.Channel), idOf(aux.User)
	return nil
}

// idOf is a string, or the id of an object.
func idOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var o struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(raw, &o) != nil {
		return ""
	}
	return o.ID
}

// customers gives what a person wrote, edited or deleted in a channel; false
// for joins, topics, and what bots write, ourselves included.
func (p *Platform) customers(e message) (message, bool) {
	m := e
	switch e.Subtype {
	case "", "file_share", "thread_broadcast", "me_message":
	case "message_changed":
		if e.Message == nil || e.Message.Edited == nil || e.Previous != nil && e.Previous.Text == e.Message.Text {
			return message{}, false // a preview or a reply count changed, not the words
		}
		m = *e.Message
	case "message_deleted":
		if e.Previous == nil {
			return message{}, false
		}
		m = *e.Previous
		m.deleted, m.deletedAt = true, e.TS
		m.TS = orElse(e.DeletedTS, m.TS)
	default:
		return message{}, false
	}
	m.Channel = e.Channel
	p.mu.Lock()
	me := p.me
	p.mu.Unlock()
	if m.BotID != "" || m.User == "" || m.User == me.UserID || m.Subtype == "bot_message" {
		return message{}, false
	}
	return m, true
}

// mention is what a message is to the domain.
func (p *Platform) mention(m message) bot.Mention {
	p.mu.Lock()
	workspace := p.me.URL
	p.mu.Unlock()
	out := bot.Mention{
		ExternalID: m.Channel + ":" + m.TS, Text: text.Clean(p.readable(m.Text)), URL: permalink(workspace, m.Channel, m.TS),
		CreatedAt: stamp(m.TS), Deleted: m.deleted, Attrs: map[string]string{"channel": m.Channel},
		Author: bot.Author{ExternalID: m.User, Handle: m.User, Name: m.Profile.name(), Followers: -1, Automated: m.BotID != ""},
	}
	if who, ok := p.book.known(m.User); ok {
		out.Author.Name, out.Author.Automated = orElse(who.name, out.Author.Name), who.bot || out.Author.Automated
	}
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		out.ParentID = m.Channel + ":" + m.ThreadTS
	}
	if m.Edited != nil {
		out.EditedAt = stamp(m.Edited.TS)
	}
	if m.deleted {
		out.EditedAt = stamp(m.deletedAt)
	}
	if out.Author.ExternalID == "" {
		out.Author.ExternalID, out.Author.Handle = m.BotID, m.BotID
	}
	return out
}

// overhear hands a customer's message to the desk, with its author's name.
func (p *Platform) overhear(ctx context.Context, desk bot.Desk, m message) error {
	named, cancel := context.WithTimeout(ctx, ackWithin)
	defer cancel()
	p.book.name(named, m.User, m.Profile.name())
	return desk.Overheard(ctx, Name, m.Channel, p.mention(m))
}

// reference is Slack's markup for links, people, channels and times
// (docs.slack.dev/messaging/formatting-message-text#retrieving-messages).
var reference = regexp.MustCompile(`<([^<>|]*)(?:\|([^<>]*))?>`)

// readable turns a message's text into what people see. The bodies of
// references are set as words: "@name", "#channel", a link as its label and
// address.
func (p *Platform) readable(s string) string {
	return unescape(reference.ReplaceAllStringFunc(s, func(ref string) string {
		parts := reference.FindStringSubmatch(ref)
		to, shown := parts[1], parts[2]
		switch {
		case strings.HasPrefix(to, "@"):
			if who, ok := p.book.known(to[1:]); ok && shown == "" {
				shown = who.name
			}
			return "@" + strings.TrimPrefix(orElse(shown, to[1:]), "@")
		case strings.HasPrefix(to, "#"):
			return "#" + strings.TrimPrefix(orElse(shown, to[1:]), "#")
		case strings.HasPrefix(to, "!"):
			return special(to[1:], shown)
		case shown == "" || shown == to || strings.HasPrefix(to, "mailto:") || strings.HasPrefix(to, "tel:"):
			return orElse(shown, to)
		}
		return shown + " (" + to + ")"
	}))
}

// special is "@here", "@team" or a date's words.
func special(to, shown string) string {
	name, _, _ := strings.Cut(to, "^")
	switch name {
	case "date":
		return shown
	case "subteam":
		return "@" + strings.TrimPrefix(orElse(shown, "group"), "@")
	}
	return "@" + strings.TrimPrefix(orElse(shown, name), "@")
}

// unescape undoes Slack's three entities.
func unescape(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}
