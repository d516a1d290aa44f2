// Package community listens to the channels of Slack and Discord in which
// customers talk, and answers them in the thread of their message.
package community

import (
	"context"
	"strings"
	"sync"
	"time"

	"earshot/bot"
)

// Poster is what an answer needs of a platform; every bot.Platform is one.
type Poster interface {
	Post(ctx context.Context, out bot.Outgoing) (bot.MessageRef, error)
	Find(ctx context.Context, out bot.Outgoing, since time.Time) (bot.MessageRef, bool, error)
}

// Hub brings what platforms overhear to the sources that listen there. There
// is one; its Overheard is a Desk's. It is safe for concurrent use.
type Hub struct {
	now func() time.Time

	mu      sync.Mutex
	posters map[string]Poster
	ears    map[place]map[*Source]bot.Emit // while their streams run
	soon    map[place]time.Time            // until when a place without ears gets them again
}

// place is a channel of a platform.
type place struct{ platform, channel string }

// grace is how long a source may be away, to start or to be reloaded, until
// what is said in its channels is ignored.
const grace = 30 * time.Second

// NewHub makes a hub.
func NewHub(now func() time.Time) *Hub {
	return &Hub{now: now, posters: map[string]Poster{}, ears: map[place]map[*Source]bot.Emit{}, soon: map[place]time.Time{}}
}

// Connect gives the hub a platform to answer through, by its name.
func (h *Hub) Connect(platform string, p Poster) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.posters[platform] = p
}

// Overheard hands a message to every source that listens to the channel, and
// returns once all have stored it. A channel that none listens to is ignored.
// An error means that it is not stored everywhere: the platform should bring
// the message again; a source that has it takes it once.
func (h *Hub) Overheard(ctx context.Context, platform, channel string, m bot.Mention) error {
	at := place{platform, normal(channel)}
	h.mu.Lock()
	listening := make(map[*Source]bot.Emit, len(h.ears[at]))
	for s, emit := range h.ears[at] {
		listening[s] = emit
		s.active.Add(1)
	}
	away := h.now().Before(h.soon[at])
	h.mu.Unlock()
	if len(listening) == 0 && away {
		return bot.Errorf(bot.ErrUnavailable, "The source of this channel is not listening at the moment.")
	}
	defer func() { // also of what breaks down: a source that ends waits for them
		for s := range listening {
			s.active.Done()
		}
	}()
	var failed error
	for s, emit := range listening {
		if err := s.hear(ctx, channel, m, emit); err != nil && failed == nil {
			failed = err
		}
	}
	return failed
}

// expect says that s will listen in a moment.
func (h *Hub) expect(s *Source) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, at := range s.places {
		h.soon[at] = h.now().Add(grace)
	}
}

// listen lets s hear what is said in its places, until leave.
func (h *Hub) listen(s *Source, emit bot.Emit) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, at := range s.places {
		if h.ears[at] == nil {
			h.ears[at] = map[*Source]bot.Emit{}
		}
		h.ears[at][s] = emit
	}
}

func (h *Hub) leave(s *Source) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, at := range s.places {
		delete(h.ears[at], s)
		h.soon[at] = h.now().Add(grace)
	}
}

func (h *Hub) poster(platform string) (Poster, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.posters[platform]
	return p, ok
}

// normal makes "#general" and "general" the same channel.
func normal(channel string) string { return strings.TrimPrefix(strings.TrimSpace(channel), "#") }
