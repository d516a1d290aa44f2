package discord

import (
	"encoding/json"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// user is as much of a user as we need
// (docs.discord.com/developers/resources/user).
type user struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	GlobalName string `json:"global_name"`
	Bot        bool   `json:"bot"`
}

// name is how Discord shows the user.
func (u user) name() string {
	if n := text.OneLine(u.GlobalName); n != "" {
		return n
	}
	return text.OneLine(u.Username)
}

// member is a user on our server.
type member struct {
	User  *user    `json:"user"`
	Nick  string   `json:"nick"`
	Roles []string `json:"roles"`
}

// Types of interaction: docs.discord.com/developers/interactions/receiving-and-responding.
const (
	didPing         = 1
	didCommand      = 2
	didComponent    = 3
	didAutocomplete = 4
	didModal        = 5
)

// payload is an interaction as Discord sends it. Only what we use is decoded,
// so that what is new elsewhere in it breaks nothing.
type payload struct {
	ID        string  `json:"id"`
	AppID     string  `json:"application_id"`
	Type      int     `json:"type"`
	Token     string  `json:"token"`
	GuildID   string  `json:"guild_id"`
	ChannelID string  `json:"channel_id"`
	Channel   channel `json:"channel"`
	Member    *member `json:"member"`
	User      *user   `json:"user"`
	Data      data    `json:"data"`
	Message   *shown  `json:"message"`
}

// data is what was done; which fields count depends on the payload's type.
type data struct {
	Name       string          `json:"name"`
	Type       int             `json:"type"`
	Options    []givenOption   `json:"options"`
	TargetID   string          `json:"target_id"`
	Resolved   resolved        `json:"resolved"`
	CustomID   string          `json:"custom_id"`
	Values     []string        `json:"values"`
	Components json.RawMessage `json:"components"`
}

type givenOption struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

type resolved struct {
	Messages map[string]chat `json:"messages"`
}

// shown is the message that a component stands on.
type shown struct {
	ID          string          `json:"id"`
	ChannelID   string          `json:"channel_id"`
	Flags       int             `json:"flags"`
	Components  json.RawMessage `json:"components"`
	Interaction struct {
		On string `json:"interacted_message_id"`
	} `json:"interaction_metadata"`
}

// private tells whether only the person sees what they pressed.
func (p payload) private() bool { return p.Message != nil && p.Message.Flags&flagEphemeral != 0 }

// person is who did it.
func (p payload) person() bot.Person {
	by := bot.Person{Platform: platformName}
	u := p.User
	if p.Member != nil {
		by.Groups = p.Member.Roles
		if p.Member.User != nil {
			u = p.Member.User
		}
	}
	if u != nil {
		by.ID, by.Name = u.ID, u.name()
	}
	if p.Member != nil {
		if nick := text.OneLine(p.Member.Nick); nick != "" {
			by.Name = nick
		}
	}
	return by
}

// line is what was typed after /voc.
func (p payload) line() string {
	for _, o := range p.Data.Options {
		var s string
		if o.Name == optionName && json.Unmarshal(o.Value, &s) == nil {
			return strings.TrimSpace(s)
		}
	}
	return ""
}

// filled is a component of a submitted modal.
type filled struct {
	CustomID   string   `json:"custom_id"`
	Value      string   `json:"value"`
	Values     []string `json:"values"`
	Component  *filled  `json:"component"`
	Components []filled `json:"components"`
}

// values are the fields of a submitted modal by name.
func (p payload) values() map[string]string {
	out := map[string]string{}
	var all []filled
	if json.Unmarshal(p.Data.Components, &all) != nil {
		return out
	}
	collect(all, out, 0)
	return out
}

// collect gathers values from components, nested at most four deep.
func collect(all []filled, into map[string]string, depth int) {
	if depth > 4 {
		return
	}
	for _, f := range all {
		if f.CustomID != "" {
			if into[f.CustomID] = f.Value; len(f.Values) > 0 {
				into[f.CustomID] = f.Values[0]
			}
		}
		if f.Component != nil {
			collect([]filled{*f.Component}, into, depth+1)
		}
		collect(f.Components, into, depth+1)
	}
}

// label is the label of the button with this custom_id in the message that was
// pressed; "" when it is not found.
func (p payload) label(customID string) string {
	if p.Message == nil {
		return ""
	}
	var all []labelled
	if json.Unmarshal(p.Message.Components, &all) != nil {
		return ""
	}
	return find(all, customID, 0)
}

type labelled struct {
	CustomID   string     `json:"custom_id"`
	Label      string     `json:"label"`
	Components []labelled `json:"components"`
	Options    []choice   `json:"options"`
}

func find(all []labelled, id string, depth int) string {
	for _, c := range all {
		if c.CustomID == id && c.Label != "" {
			return c.Label
		}
		for _, o := range c.Options {
			if o.Value == id {
				return o.Label
			}
		}
		if depth < 4 {
			if l := find(c.Components, id, depth+1); l != "" {
				return l
			}
		}
	}
	return ""
}

// interaction is p in the words of the domain; what was pressed is filled in
// by the caller.
func (p payload) interaction(at time.Time) bot.Interaction {
	in := bot.Interaction{ID: p.ID, Platform: platformName, By: p.person(), Channel: p.ChannelID, At: at,
		Handle: map[string]string{handleToken: p.Token, handleApp: p.AppID}}
	switch {
	case p.Message != nil && p.private() && p.Message.Interaction.On != "":
		in.Message = bot.MessageRef{Channel: p.ChannelID, ID: p.Message.Interaction.On}
	case p.Message != nil:
		in.Message = bot.MessageRef{Channel: p.ChannelID, ID: p.Message.ID}
	default:
		in.Message = root(p.Channel)
	}
	return in
}
