package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// storyDriver is the kind of source that the demo's story comes through: it
// says nothing by itself, and it can be answered where the real one could.
func storyDriver(said *answered) bot.Driver {
	return bot.Driver{
		Kind: "story", Reads: "the bundled story", Answers: "in the story", Live: "as the demo goes on", Needs: "nothing", Every: time.Hour,
		New: func(name string, _ func(any) error, _ bot.SourceEnv) (bot.Source, error) {
			return storySource{name: name, said: said}, nil
		},
	}
}

// answered keeps the answers that were given in the story, by their key, and
// tells those who wait for them.
type answered struct {
	mu    sync.Mutex
	byKey map[string]bot.Placed
	tell  chan int64 // ids of the mentions that were answered
}

func newAnswered() *answered {
	return &answered{byKey: map[string]bot.Placed{}, tell: make(chan int64, 256)}
}

// storySource is one of the story's places.
type storySource struct {
	name string
	said *answered
}

// Poll has no news: the story is told by the demo.
func (storySource) Poll(context.Context, bot.Cursor) (bot.Batch, error) { return bot.Batch{}, nil }

// Ways says how people are answered there.
func (s storySource) Ways(bot.Mention) []bot.Way {
	switch s.name {
	case "Mastodon":
		return []bot.Way{
			{Name: "public", Label: "Public reply on Mastodon as @larkspur", Public: true, Limit: 500, Place: "Mastodon"},
			{Name: "private", Label: "Direct message on Mastodon as @larkspur", Limit: 500, Place: "Mastodon"},
		}
	case "Reddit", "Forum":
		return []bot.Way{{Name: "public", Label: "Public comment on " + s.name + " as Larkspur", Public: true, Limit: 10000, Place: s.name}}
	case "App Store":
		return []bot.Way{{Name: "public", Label: "Developer response in the App Store", Public: true, Limit: 5970, Place: "App Store"}}
	case "E-mail":
		return []bot.Way{{Name: "email", Label: "E-mail from care@larkspur.example", Limit: 0, Place: "E-mail"}}
	}
	return nil
}

// Answer keeps the reply.
func (s storySource) Answer(_ context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	s.said.mu.Lock()
	defer s.said.mu.Unlock()
	placed := bot.Placed{ExternalID: fmt.Sprintf("answer-%d", r.ID)}
	if m.URL != "" {
		placed.URL = m.URL + "#" + placed.ExternalID
	}
	s.said.byKey[r.Key()] = placed
	select {
	case s.said.tell <- m.ID:
	default: // nobody listens any more: the story goes on without thanks
	}
	return placed, nil
}

// FindAnswer looks for a reply that may have been given.
func (s storySource) FindAnswer(_ context.Context, _ bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	s.said.mu.Lock()
	defer s.said.mu.Unlock()
	placed, ok := s.said.byKey[r.Key()]
	return placed, ok, nil
}

// Length counts characters as a reader would.
func (storySource) Length(s string) int { return text.Length(s) }
