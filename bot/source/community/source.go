package community

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// Settings of a community source.
type Settings struct {
	Platform string   `yaml:"platform" json:"platform" jsonschema:"slack or discord"`
	Channels []string `yaml:"channels" json:"channels" jsonschema:"the channels in which customers talk, by id or name"`
	Staff    []string `yaml:"staff" json:"staff,omitempty" jsonschema:"ids or handles of those who are ours: their words are not a customer's"`
	Bots     bool     `yaml:"bots" json:"bots,omitempty" jsonschema:"listen to bots too"`
	Private  bool     `yaml:"private" json:"private,omitempty" jsonschema:"the channels are not open to everybody"`
	Watch    string   `yaml:"watch" json:"watch,omitempty" jsonschema:"the watch that all messages belong to; by default the terms of the watches decide"`
}

// Driver describes the kind "community", whose sources listen through hub.
func Driver(hub *Hub) bot.Driver {
	return bot.Driver{
		Kind:     "community",
		Reads:    "messages in Slack and Discord channels where customers talk",
		Answers:  "in the thread of the message",
		Live:     "pushed by the platform",
		Needs:    "the platform connected, and the bot in the channels",
		Settings: func() any { return &Settings{} },
		Asks:     asks(),
		Guide:    guide,
		New: func(name string, decode func(into any) error, env bot.SourceEnv) (bot.Source, error) {
			var s Settings
			if err := decode(&s); err != nil {
				return nil, err
			}
			return newSource(hub, s, env)
		},
	}
}

// Source listens to some channels of one platform.
type Source struct {
	hub    *Hub
	set    Settings
	places []place
	active sync.WaitGroup // messages that are being stored
}

func newSource(hub *Hub, s Settings, _ bot.SourceEnv) (*Source, error) {
	if _, known := named()[s.Platform]; !known {
		return nil, bot.Errorf(bot.ErrInvalid, "The platform is %q; use slack or discord.", s.Platform)
	}
	src := &Source{hub: hub, set: s}
	for _, c := range s.Channels {
		at := place{s.Platform, normal(c)}
		if at.channel == "" {
			return nil, bot.Errorf(bot.ErrInvalid, "A channel has no name.")
		}
		if !slices.Contains(src.places, at) {
			src.places = append(src.places, at)
		}
	}
	if len(src.places) == 0 {
		return nil, bot.Errorf(bot.ErrInvalid, "Say in which channels customers talk: channels is empty.")
	}
	src.hub.expect(src) // a platform may be connected before the source is listening
	return src, nil
}

// Poll implements bot.Source: what was said is brought by the platform.
func (s *Source) Poll(ctx context.Context, _ bot.Cursor) (bot.Batch, error) {
	s.hub.expect(s)
	return bot.Batch{}, ctx.Err()
}

// Told says that the platforms bring what is said here: nobody is asked for it,
// and on several replicas each hears what comes to its own connection.
func (*Source) Told() bool { return true }

// Stream implements bot.Streamer. It waits for what is being stored.
func (s *Source) Stream(ctx context.Context, _ bot.Cursor, emit bot.Emit) error {
	s.hub.listen(s, emit)
	<-ctx.Done()
	s.hub.leave(s)
	s.active.Wait()
	return ctx.Err()
}

// hear stores one message. An edited or deleted one has the same ExternalID.
func (s *Source) hear(ctx context.Context, channel string, m bot.Mention, emit bot.Emit) error {
	if m.Author.Automated && !s.set.Bots && !m.Deleted {
		return nil
	}
	m, err := s.clean(channel, m)
	if err != nil {
		where := named()[s.set.Platform] + " " + text.OneLine(channel) + ", message " + text.Cut(text.OneLine(m.ExternalID), 80)
		return emit(ctx, bot.Batch{Rejected: []bot.Rejected{record.Rejected(where, err, m.Text, s.hub.now())}})
	}
	return emit(ctx, bot.Batch{Mentions: []bot.Mention{m}})
}

// clean makes a message safe and adds what the settings say of it.
func (s *Source) clean(channel string, m bot.Mention) (bot.Mention, error) {
	m.ExternalID = text.OneLine(text.CutBytes(m.ExternalID, 500))
	m.Text = text.Clean(text.CutBytes(m.Text, record.MaxText))
	m.Title, m.Quoted = text.OneLine(m.Title), text.Clean(m.Quoted)
	m.URL = text.SafeURL(m.URL)
	m.Author.Handle, m.Author.Name = text.OneLine(m.Author.Handle), text.OneLine(m.Author.Name)
	if m.ExternalID == "" {
		return m, bot.Errorf(bot.ErrInvalid, "The message has no id.")
	}
	if m.Text == "" && len(m.Media) == 0 && !m.Deleted {
		return m, bot.Errorf(bot.ErrInvalid, "The message has no text.")
	}
	m.Attrs = maps.Clone(m.Attrs)
	if m.Attrs == nil {
		m.Attrs = map[string]string{}
	}
	if m.Attrs["channel"] == "" {
		m.Attrs["channel"] = text.OneLine(channel)
	}
	m.Private = m.Private || s.set.Private
	if len(m.Watches) == 0 && s.set.Watch != "" {
		m.Watches = []string{s.set.Watch}
	}
	for _, id := range s.set.Staff {
		id = strings.TrimPrefix(id, "@")
		m.Author.Staff = m.Author.Staff || id == m.Author.ExternalID || strings.EqualFold(id, m.Author.Handle)
	}
	return m, nil
}

// named lists the platforms with what people call them.
func named() map[string]string {
	return map[string]string{"slack": "Slack", "discord": "Discord", "console": "the console"}
}
