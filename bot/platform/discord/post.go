package discord

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"earshot/bot"
)

// posted is a message as it is read back.
type posted struct {
	ID         string        `json:"id"`
	Author     user          `json:"author"`
	Components []postedChild `json:"components"`
}

// postedChild is as much of a component as a mark needs.
type postedChild struct {
	Type       int           `json:"type"`
	ID         int64         `json:"id"`
	Components []postedChild `json:"components"`
}

// mark reads the mark of a message; zero when it has none.
func (m posted) mark() mark {
	for _, c := range m.Components {
		if c.Type == typeContainer && len(c.Components) > 0 {
			return mark{outer: int32(c.ID), inner: int32(c.Components[0].ID)}
		}
	}
	return mark{}
}

// marks remembers the marks of messages, so that an edit keeps them without
// reading the message first. It is bounded: the oldest go.
type marks struct {
	mu    sync.Mutex
	of    map[string]mark
	order []string
}

const maxMarks = 5000

func newMarks() *marks { return &marks{of: map[string]mark{}} }

func (m *marks) put(id string, k mark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.of[id]; !ok {
		m.order = append(m.order, id)
	}
	m.of[id] = k
	if len(m.order) > maxMarks {
		delete(m.of, m.order[0])
		m.order = slices.Delete(m.order, 0, 1)
	}
}

func (m *marks) get(id string) (mark, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.of[id]
	return k, ok
}

// Post implements bot.Platform. The key is sent as the message's nonce, which
// Discord enforces for some minutes, and stands in it as its mark, which Find
// reads after that.
func (p *Platform) Post(ctx context.Context, out bot.Outgoing) (bot.MessageRef, error) {
	if length(out.Key) > maxNonce {
		return bot.MessageRef{}, bot.Errorf(bot.ErrInvalid, "The key %q is longer than the %d characters that Discord takes.", out.Key, maxNonce)
	}
	m := draw(out.View, drawing{loud: out.Loud, mark: markOf(out.Key)})
	m.Nonce, m.EnforceNonce = out.Key, out.Key != ""
	channel, err := p.place(ctx, out)
	if err != nil {
		return bot.MessageRef{}, err
	}
	sent, err := p.create(ctx, channel, out.Channel, m)
	if err != nil && !out.Thread.IsZero() && codeOf(err) == codeUnknownChannel {
		if err = p.openThread(ctx, out.Thread); err == nil {
			sent, err = p.create(ctx, channel, out.Channel, m)
		}
	}
	if err != nil {
		return bot.MessageRef{}, err
	}
	p.marks.put(sent.ID, markOf(out.Key))
	ref := bot.MessageRef{Channel: channel, ID: sent.ID}
	if out.Thread.IsZero() {
		ref.Thread = sent.ID // a thread begun from a message has its id
	}
	return ref, nil
}

// place is the id of the channel or thread that out goes to.
func (p *Platform) place(ctx context.Context, out bot.Outgoing) (string, error) {
	if !out.Thread.IsZero() {
		return threadOf(out.Thread), nil
	}
	return p.channelID(ctx, out.Channel)
}

// threadOf is the id of the thread below a message: that of the message
// (docs.discord.com/developers/resources/channel#start-thread-from-message).
func threadOf(root bot.MessageRef) string {
	if root.Thread != "" {
		return root.Thread
	}
	return root.ID
}

func messagesBucket(channel string) string { return "POST /channels/" + channel + "/messages" }

func (p *Platform) create(ctx context.Context, channel, name string, m message) (posted, error) {
	if name == "" {
		name = "the channel " + channel
	}
	var sent posted
	err := p.api.call(ctx, request{method: http.MethodPost, path: "/channels/" + channel + "/messages", bucket: messagesBucket(channel),
		body: m, files: m.files, repeats: true, about: name}, &sent)
	if err == nil && sent.ID == "" {
		err = &bot.Error{Kind: bot.ErrUncertain, Msg: "Discord's answer names no message; it is looked for."}
	}
	return sent, err
}

// openThread begins the thread below a card. That it exists already is fine.
func (p *Platform) openThread(ctx context.Context, root bot.MessageRef) error {
	body := struct {
		Name    string `json:"name"`
		Archive int    `json:"auto_archive_duration"`
	}{"What was done", archiveAfterMin}
	err := p.api.call(ctx, request{method: http.MethodPost, path: "/channels/" + root.Channel + "/messages/" + root.ID + "/threads",
		bucket: "POST /channels/" + root.Channel + "/threads", body: body, about: "the channel of the card"}, nil)
	if codeOf(err) == codeThreadExists {
		return nil
	}
	return err
}

// Edit implements bot.Platform. It wakes nobody.
func (p *Platform) Edit(ctx context.Context, ref bot.MessageRef, view bot.View) error {
	k, ok := p.marks.get(ref.ID)
	if !ok {
		var m posted
		if err := p.api.call(ctx, request{method: http.MethodGet, path: "/channels/" + ref.Channel + "/messages/" + ref.ID,
			bucket: "GET /channels/" + ref.Channel + "/messages/1", about: "the channel of the card"}, &m); err != nil {
			return err
		}
		k = m.mark()
		p.marks.put(ref.ID, k)
	}
	m := draw(view, drawing{mark: k})
	m.Flags = flagComponents // the others cannot be set by an edit
	edit := request{method: http.MethodPatch, path: "/channels/" + ref.Channel + "/messages/" + ref.ID,
		bucket: "PATCH /channels/" + ref.Channel + "/messages", body: m, files: m.files, about: "the channel of the card"}
	err := p.api.call(ctx, edit, nil)
	if codeOf(err) == codeThreadArchived {
		if err = p.unarchive(ctx, ref.Channel); err == nil {
			err = p.api.call(ctx, edit, nil)
		}
	}
	return err
}

// unarchive opens a thread that was folded away because it was quiet.
func (p *Platform) unarchive(ctx context.Context, thread string) error {
	return p.api.call(ctx, request{method: http.MethodPatch, path: "/channels/" + thread, bucket: "PATCH /channels/" + thread,
		body: map[string]bool{"archived": false}, about: "the thread"}, nil)
}

const (
	pageSize = 100 // messages: docs.discord.com/developers/resources/message#get-channel-messages
	maxPages = 20  // that Find reads before it says that it cannot tell
	// epoch is the first second of Discord's ids, in Unix milliseconds
	// (docs.discord.com/developers/reference#snowflakes).
	epoch = 1420070400000
	// clockSkew is how far our clock may be ahead of Discord's.
	clockSkew = 2 * time.Minute
)

// snowflakeAt is the lowest id of a time.
func snowflakeAt(t time.Time) string {
	return strconv.FormatInt(max(t.UnixMilli()-epoch, 0)<<22, 10)
}

// timeOf is when something with this id came to be; zero for no id.
func timeOf(id string) time.Time {
	n, err := strconv.ParseUint(id, 10, 63)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(n>>22) + epoch).UTC()
}

// Find implements bot.Platform: it reads the channel from since on and looks
// for the key's mark on a message of ours.
func (p *Platform) Find(ctx context.Context, out bot.Outgoing, since time.Time) (bot.MessageRef, bool, error) {
	me, err := p.self(ctx)
	if err != nil {
		return bot.MessageRef{}, false, err
	}
	channel, err := p.place(ctx, out)
	if err != nil {
		return bot.MessageRef{}, false, err
	}
	want, after := markOf(out.Key), snowflakeAt(since.Add(-clockSkew))
	for range maxPages {
		page, err := p.page(ctx, channel, after, out.Channel)
		if codeOf(err) == codeUnknownChannel && !out.Thread.IsZero() {
			return bot.MessageRef{}, false, nil // no thread, so nothing in it
		}
		if err != nil {
			return bot.MessageRef{}, false, err
		}
		for _, m := range page {
			if m.Author.ID == me.ID && m.mark() == want {
				p.marks.put(m.ID, want)
				ref := bot.MessageRef{Channel: channel, ID: m.ID}
				if out.Thread.IsZero() {
					ref.Thread = m.ID
				}
				return ref, true, nil
			}
		}
		if len(page) < pageSize {
			return bot.MessageRef{}, false, nil
		}
		after = newest(page)
	}
	return bot.MessageRef{}, false, bot.Errorf(bot.ErrUncertain, "There are too many messages in Discord since then to tell whether this one arrived.")
}

func (p *Platform) page(ctx context.Context, channel, after, name string) ([]posted, error) {
	var page []posted
	err := p.api.call(ctx, request{method: http.MethodGet, path: "/channels/" + channel + "/messages?limit=" + itoa(pageSize) + "&after=" + after,
		bucket: "GET /channels/" + channel + "/messages", about: name}, &page)
	return page, err
}

// newest is the highest id of a page, whatever its order.
func newest(page []posted) string {
	best := page[0].ID
	for _, m := range page {
		if len(m.ID) > len(best) || len(m.ID) == len(best) && m.ID > best {
			best = m.ID
		}
	}
	return best
}
