package community

import (
	"context"
	"net/url"
	"strings"
	"unicode/utf8"

	"earshot/bot"
)

// limits are the most characters of one message, as views are drawn: a section
// of Slack (docs.slack.dev/reference/block-kit/blocks/section-block) and a
// message of Discord (discord.com/developers/docs/resources/message).
func limits() map[string]int { return map[string]int{"slack": 3000, "discord": 2000, "console": 4000} }

// Ways implements bot.Answerer: in the thread, while the message stands and the
// platform is connected.
func (s *Source) Ways(m bot.Mention) []bot.Way {
	if _, ok := s.hub.poster(s.set.Platform); !ok || m.Deleted || ref(m).ID == "" {
		return nil
	}
	name := named()[s.set.Platform]
	way := bot.Way{Name: "thread", Public: !m.Private, Limit: limits()[s.set.Platform], Place: name}
	way.Label = "Public reply in the thread on " + name
	if m.Private {
		way.Label = "Reply in the thread on " + name + ", for those in the channel"
	}
	return []bot.Way{way}
}

// Length implements bot.Answerer: both services count code points.
func (s *Source) Length(text string) int { return utf8.RuneCountInString(text) }

// Answer implements bot.Answerer.
func (s *Source) Answer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	p, ok := s.hub.poster(s.set.Platform)
	if !ok {
		return bot.Placed{}, bot.Errorf(bot.ErrUnavailable, "%s is not connected.", named()[s.set.Platform])
	}
	sent, err := p.Post(ctx, outgoing(m, r))
	if err != nil {
		return bot.Placed{}, err
	}
	return placed(p, sent), nil
}

// FindAnswer implements bot.Answerer.
func (s *Source) FindAnswer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	p, ok := s.hub.poster(s.set.Platform)
	if !ok {
		return bot.Placed{}, false, bot.Errorf(bot.ErrUnavailable, "%s is not connected.", named()[s.set.Platform])
	}
	found, ok, err := p.Find(ctx, outgoing(m, r), r.CreatedAt)
	if err != nil || !ok {
		return bot.Placed{}, false, err
	}
	return placed(p, found), true, nil
}

// outgoing is the answer as a message below the customer's. It may make a
// sound: a person waits for it.
func outgoing(m bot.Mention, r bot.Reply) bot.Outgoing {
	root := ref(m)
	return bot.Outgoing{Key: r.Key(), Channel: root.Channel, Thread: root, View: bot.Say(r.Text), Loud: true}
}

func placed(p Poster, at bot.MessageRef) bot.Placed {
	out := bot.Placed{ExternalID: at.ID}
	if l, ok := p.(bot.Linker); ok {
		out.URL = l.Permalink(at)
	}
	return out
}

// ref finds the message that the thread hangs on. Slack's ids are
// "channel:timestamp", and an answer to one in a thread goes to the thread's
// root; Discord's channel is told by the message's address
// (…/channels/guild/channel/message).
func ref(m bot.Mention) bot.MessageRef {
	if channel, id, ok := strings.Cut(m.ExternalID, ":"); ok {
		if _, root, ok := strings.Cut(m.ParentID, ":"); ok {
			id = root
		}
		return bot.MessageRef{Channel: channel, ID: id}
	}
	out := bot.MessageRef{Channel: m.Attrs["channel"], ID: m.ExternalID}
	if u, err := url.Parse(m.URL); err == nil {
		if parts := strings.Split(strings.Trim(u.Path, "/"), "/"); len(parts) == 4 && parts[0] == "channels" && parts[3] == m.ExternalID {
			out.Channel = parts[2]
		}
	}
	return out
}
