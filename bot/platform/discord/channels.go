package discord

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"earshot/bot"
)

// channel is as much of a channel as we need.
type channel struct {
	ID         string      `json:"id"`
	Type       int         `json:"type"`
	Name       string      `json:"name"`
	ParentID   string      `json:"parent_id"`
	Overwrites []overwrite `json:"permission_overwrites"`
}

// thread tells whether c is a thread
// (docs.discord.com/developers/resources/channel#channel-object-channel-types).
func (c channel) thread() bool { return c.Type >= 10 && c.Type <= 12 }

// writable tells whether c holds messages that a "#name" can mean: a text,
// announcement or forum channel.
func (c channel) writable() bool { return c.Type == 0 || c.Type == 5 || c.Type == 15 }

// channelNames remembers which channel a name means and which channel a thread
// belongs to.
type channelNames struct {
	mu      sync.Mutex
	byName  map[string]string
	read    time.Time
	parents map[string]channel
}

const (
	namesFor   = 10 * time.Minute // how long names are believed
	missingFor = 20 * time.Second // how long it is believed that there is no such channel
)

// channelID is the id of a channel as the configuration names it: an id, or "#name".
func (p *Platform) channelID(ctx context.Context, name string) (string, error) {
	if snowflake(name) {
		return name, nil
	}
	key := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(name), "#"))
	if key == "" {
		return "", bot.Errorf(bot.ErrInvalid, "No channel is named. Write its id, or #name.")
	}
	p.names.mu.Lock()
	id, age := p.names.byName[key], p.now().Sub(p.names.read)
	p.names.mu.Unlock()
	if id == "" && age > missingFor || age > namesFor {
		if _, err := p.channels(ctx); err != nil && id == "" {
			return "", err
		}
		p.names.mu.Lock()
		id = p.names.byName[key]
		p.names.mu.Unlock()
	}
	if id != "" {
		return id, nil
	}
	e := bot.Errorf(bot.ErrGone, "There is no channel #%s on the Discord server, or the bot cannot see it. Create it, let the bot's role view it, or write the channel's id.", key)
	e.Channel = true
	return "", e
}

// channels reads the server's channels and remembers their names.
func (p *Platform) channels(ctx context.Context) ([]channel, error) {
	var all []channel
	err := p.api.call(ctx, request{method: http.MethodGet, path: "/guilds/" + p.cfg.GuildID + "/channels", bucket: "channels", about: "the server"}, &all)
	if err != nil {
		return nil, err
	}
	p.names.mu.Lock()
	defer p.names.mu.Unlock()
	p.names.read = p.now()
	clear(p.names.byName)
	for _, c := range all {
		if key := strings.ToLower(c.Name); c.writable() && p.names.byName[key] == "" {
			p.names.byName[key] = c.ID
		}
	}
	return all, nil
}

// channel reads one channel, once: what a thread belongs to does not change.
func (p *Platform) channel(ctx context.Context, id string) (channel, error) {
	p.names.mu.Lock()
	c, ok := p.names.parents[id]
	p.names.mu.Unlock()
	if ok {
		return c, nil
	}
	err := p.api.call(ctx, request{method: http.MethodGet, path: "/channels/" + id, bucket: "GET /channels", about: "the channel " + id}, &c)
	if err != nil {
		return channel{}, err
	}
	p.names.mu.Lock()
	defer p.names.mu.Unlock()
	if len(p.names.parents) >= maxBuckets {
		clear(p.names.parents)
	}
	p.names.parents[id] = c
	return c, nil
}

// root is what an interaction in a channel stands below: the card that a
// thread was begun from, zero outside of threads.
func root(c channel) bot.MessageRef {
	if !c.thread() {
		return bot.MessageRef{}
	}
	return bot.MessageRef{Channel: c.ParentID, ID: c.ID, Thread: c.ID}
}
