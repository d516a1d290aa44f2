package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"earshot/bot"
)

// pageSize is how many messages one page of a channel holds.
const pageSize = 30

// channelData is a channel in the list at the left.
type channelData struct {
	Name, Label, Path, About, Empty string
	Direct                          bool
	Last                            int64 // id of its newest message
}

// pageData is all that the page of one channel shows.
type pageData struct {
	Title    string
	Events   string // id of the last event that the page holds already
	Me       bot.Person
	People   []bot.Person
	Login    bool
	Channels []channelData
	Channel  channelData
	Items    []item
	Older    string // where older messages are; empty when there are none
	Thread   *threadData
}

type threadData struct {
	Label string // of its channel
	Close string // where the channel without the thread is
	Root  item
	Items []item
}

// home leads to the first channel.
func (s *server) home(w http.ResponseWriter, r *http.Request) {
	channels, err := s.c.channels(r.Context(), s.who(r))
	if err != nil {
		s.sorry(w, r, err)
		return
	}
	http.Redirect(w, r, channels[0].Path, http.StatusSeeOther)
}

// channel shows a channel, or with ?before= an older page of it.
func (s *server) channel(w http.ResponseWriter, r *http.Request) {
	name, me := r.PathValue("channel"), s.who(r)
	if before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64); err == nil && before > 0 && mayRead(me, name) {
		d := pageData{}
		if err := s.c.fill(r.Context(), &d, name, before); err != nil {
			s.sorry(w, r, err)
			return
		}
		s.html(w, r, "page-of", d)
		return
	}
	d, err := s.c.page(r.Context(), me, name)
	if err != nil {
		s.sorry(w, r, err)
		return
	}
	s.html(w, r, part(r, "page"), d)
}

// thread shows a channel with one of its threads open.
func (s *server) thread(w http.ResponseWriter, r *http.Request) {
	me := s.who(r)
	t, err := s.c.threadOf(r.Context(), me, r.PathValue("message"))
	if err != nil {
		s.sorry(w, r, err)
		return
	}
	if r.Header.Get("HX-Target") == "thread" {
		s.html(w, r, "thread", pageData{Thread: t})
		return
	}
	d, err := s.c.page(r.Context(), me, t.Root.Channel)
	if err != nil {
		s.sorry(w, r, err)
		return
	}
	d.Thread = t
	s.html(w, r, part(r, "page"), d)
}

// side shows the list of channels: asked for when one appears.
func (s *server) side(w http.ResponseWriter, r *http.Request) {
	d, err := s.c.page(r.Context(), s.who(r), r.URL.Query().Get("channel"))
	if err != nil {
		s.sorry(w, r, err)
		return
	}
	s.html(w, r, "side", d)
}

// part is the template that a request wants: the whole page, or the panes.
func part(r *http.Request, whole string) string {
	if r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Target") == "view" {
		return "pane"
	}
	return whole
}

// image serves a picture of a message.
func (s *server) image(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(strings.TrimSuffix(r.PathValue("image"), ".png"))
	m, err2 := s.c.byRef(r.Context(), r.PathValue("message"))
	if err != nil || err2 != nil || !mayRead(s.who(r), m.Channel) || n < 0 || n >= len(m.View.Blocks) ||
		m.View.Blocks[n].Image == nil || len(m.View.Blocks[n].Image.PNG) == 0 {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "private, max-age=31536000, immutable") // its address changes with every edit
	if _, err := w.Write(m.View.Blocks[n].Image.PNG); err != nil {
		s.c.log.DebugContext(r.Context(), "send image", "error", err)
	}
}

// page gathers a channel's page for one person.
func (c *Console) page(ctx context.Context, me bot.Person, name string) (pageData, error) {
	d := pageData{Title: c.cfg.Title, Events: c.hub.now(), Me: me, People: c.choices(me), Login: c.cfg.guarded()}
	if !mayRead(me, name) {
		return d, bot.Errorf(bot.ErrNotFound, "There is no channel %q in the console.", name)
	}
	var err error
	if d.Channels, err = c.channels(ctx, me); err != nil {
		return d, err
	}
	at := slices.IndexFunc(d.Channels, func(ch channelData) bool { return ch.Name == name })
	if at < 0 {
		return d, bot.Errorf(bot.ErrNotFound, "There is no channel %q in the console.", name)
	}
	d.Channel = d.Channels[at]
	return d, c.fill(ctx, &d, name, 0)
}

// fill reads one page of messages, oldest first.
func (c *Console) fill(ctx context.Context, d *pageData, channel string, before int64) error {
	messages, err := c.store.Messages(ctx, channel, before, pageSize+1)
	if err != nil {
		return unavailable("read messages", err)
	}
	slices.SortFunc(messages, func(a, b bot.StoredMessage) int { return int(a.ID - b.ID) })
	if len(messages) > pageSize {
		messages = messages[len(messages)-pageSize:]
		d.Older = fmt.Sprintf("%s?before=%d", channelPath(channel), messages[0].ID)
	}
	for _, m := range messages {
		replies, err := c.replies(ctx, m)
		if err != nil {
			return unavailable("read threads", err)
		}
		d.Items = append(d.Items, drawnFrom(m, replies))
	}
	d.Items = c.draw.messages(d.Items)
	return nil
}

// threadOf gathers a thread.
func (c *Console) threadOf(ctx context.Context, me bot.Person, id string) (*threadData, error) {
	root, err := c.root(ctx, bot.MessageRef{ID: id})
	if err != nil {
		return nil, err
	}
	if !mayRead(me, root.Channel) {
		return nil, bot.Errorf(bot.ErrNotFound, "That message is no longer in the console.")
	}
	below, err := c.store.ThreadMessages(ctx, root.ID)
	if err != nil {
		return nil, unavailable("read a thread", err)
	}
	slices.SortFunc(below, func(a, b bot.StoredMessage) int { return int(a.ID - b.ID) })
	t := &threadData{Label: c.channel(root.Channel).Label, Close: channelPath(root.Channel), Root: c.draw.ready(drawnFrom(root, len(below)))}
	for _, m := range below {
		t.Items = append(t.Items, drawnFrom(m, 0))
	}
	t.Items = c.draw.messages(t.Items)
	return t, nil
}

// channels lists what me may read: those of the configuration in its order,
// then those that hold messages, by name. There is always one.
func (c *Console) channels(ctx context.Context, me bot.Person) ([]channelData, error) {
	var out []channelData
	for _, info := range c.cfg.Channels {
		out = append(out, c.channel(info.Name))
	}
	held, err := c.store.MessageChannels(ctx)
	if err != nil {
		return nil, unavailable("list channels", err)
	}
	slices.SortFunc(held, func(a, b bot.Count) int { return strings.Compare(a.Name, b.Name) })
	for _, h := range held {
		known := slices.ContainsFunc(out, func(ch channelData) bool { return ch.Name == h.Name })
		if !known && mayRead(me, h.Name) {
			out = append(out, c.channel(h.Name))
		}
	}
	if len(out) == 0 {
		out = append(out, c.channel("general"))
	}
	for i := range out {
		newest, err := c.store.Messages(ctx, out[i].Name, 0, 1)
		if err != nil {
			return nil, unavailable("read messages", err)
		}
		if len(newest) > 0 {
			out[i].Last = newest[0].ID
		}
	}
	return out, nil
}

// channel describes one channel.
func (c *Console) channel(name string) channelData {
	ch := channelData{
		Name: name, Label: clean(name), Path: channelPath(name), Direct: strings.HasPrefix(name, "@"),
		Empty: "Cards appear here when somebody says something that needs an answer.",
	}
	if ch.Direct {
		ch.Label, ch.About = "Only you", "What Earshot had to tell you while you were away"
	}
	for _, info := range c.cfg.Channels {
		if info.Name == name {
			ch.About, ch.Empty = clean(info.About), orWord(clean(info.Empty), ch.Empty)
		}
	}
	return ch
}
