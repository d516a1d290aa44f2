package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// catchUp is an event of our own: connected, so read what was said meanwhile.
const catchUp = "CATCH_UP"

const (
	// freshFor is how old a message may be that is found after a start and still
	// counts as new: the length of an update of Earshot. What is older is
	// history, which is counted and opens nothing.
	freshFor = 30 * time.Minute
	// maxTalk is how many messages may wait; more make the gateway wait, which
	// Discord bears for a while and repeats afterwards.
	maxTalk = 2000
	// hearAgain is the first pause before a message that could not be stored is
	// handed over again.
	hearAgain = 100 * time.Millisecond
	// maxTries is how often the desk is asked to take a message.
	maxTries = 6
)

// talk is the queue of messages, in the order in which they came.
type talk struct {
	mu    sync.Mutex
	queue chan talkEvent
	done  bool
	// known are the latest messages that were handed over, so that catching up
	// does not bring them again. Only listen's goroutine uses it.
	known map[string]bool
	order []string
}

// maxKnown bounds what is known: as many as catching up reads of ten channels.
const maxKnown = 1000

// nameOf is a message as it is now: an edited one is another.
func nameOf(m chat) string {
	if m.EditedAt != nil {
		return m.ID + m.EditedAt.String()
	}
	return m.ID
}

// news tells whether a message, as it is now, was not handed over yet.
func (t *talk) news(m chat) bool {
	key := nameOf(m)
	if t.known[key] {
		return false
	}
	if t.known == nil {
		t.known = map[string]bool{}
	}
	t.known[key], t.order = true, append(t.order, key)
	if len(t.order) > maxKnown {
		delete(t.known, t.order[0])
		t.order = t.order[1:]
	}
	return true
}

// missed forgets a message that could not be stored, and has it read again:
// at once, or with the next connection where too much waits already.
func (t *talk) missed(m chat) {
	key := nameOf(m)
	delete(t.known, key)
	t.order = slices.DeleteFunc(t.order, func(k string) bool { return k == key })
	if !t.mu.TryLock() { // held by whoever waits for room in the queue
		return
	}
	defer t.mu.Unlock()
	if t.done {
		return
	}
	select {
	case t.queue <- talkEvent{kind: catchUp}:
	default:
	}
}

type talkEvent struct {
	kind string
	raw  json.RawMessage
}

func (t *talk) open() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queue, t.done = make(chan talkEvent, maxTalk), false
}

// close ends the queue; what waits in it is still worked off.
func (t *talk) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done = true
	close(t.queue)
}

// put adds an event, unless the queue is closed.
func (t *talk) put(e talkEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.done && t.queue != nil {
		t.queue <- e
	}
}

// listen works the queue off until it is closed or ctx ends.
func (p *Platform) listen(ctx context.Context) {
	p.talk.mu.Lock()
	queue := p.talk.queue
	p.talk.mu.Unlock()
	for e := range queue {
		if ctx.Err() != nil {
			continue // nobody waits for it; the queue must be empty for put to return
		}
		p.one(ctx, e)
	}
}

// one deals with one event. It never panics.
func (p *Platform) one(ctx context.Context, e talkEvent) {
	defer func() {
		if r := recover(); r != nil {
			p.log.ErrorContext(ctx, "discord: a message broke", "panic", fmt.Sprint(r), "event", e.kind, "stack", string(debug.Stack()))
		}
	}()
	if e.kind == catchUp {
		p.catchUp(ctx)
		return
	}
	var m chat
	if err := json.Unmarshal(e.raw, &m); err != nil {
		p.log.ErrorContext(ctx, "discord: a message could not be read", "error", err, "event", e.kind)
		return
	}
	switch e.kind {
	case "MESSAGE_CREATE":
		p.said(ctx, m, false)
		p.named(ctx, m)
	case "MESSAGE_UPDATE":
		if m.EditedAt != nil { // else only a link was unfolded
			p.said(ctx, m, false)
		}
	case "MESSAGE_DELETE":
		p.gone(ctx, m.ChannelID, m.ID)
	case "MESSAGE_DELETE_BULK":
		for _, id := range m.IDs {
			p.gone(ctx, m.ChannelID, id)
		}
	}
}

// said brings a message of a customer to the desk.
func (p *Platform) said(ctx context.Context, m chat, history bool) {
	if m.Author.ID == "" || !m.spoken() || p.mine(m.Author.ID) {
		return
	}
	name, ok := p.community(ctx, m.ChannelID)
	if !ok || !p.talk.news(m) {
		return
	}
	mention := m.mention(p.cfg.GuildID)
	mention.History = history
	if !p.overheard(ctx, name, mention) && ctx.Err() == nil {
		p.talk.missed(m)
	}
}

// gone tells the desk that a message was taken back.
func (p *Platform) gone(ctx context.Context, channelID, id string) {
	name, ok := p.community(ctx, channelID)
	if !ok || id == "" {
		return
	}
	p.overheard(ctx, name, bot.Mention{Kind: mentionKind, ExternalID: id, Deleted: true, CreatedAt: timeOf(id), EditedAt: p.now().UTC(), Author: bot.Author{Followers: -1},
		URL: "https://discord.com/channels/" + p.cfg.GuildID + "/" + channelID + "/" + id})
}

// overheard hands a mention over, again for a while if it cannot be stored;
// false when it never was.
func (p *Platform) overheard(ctx context.Context, channel string, m bot.Mention) bool {
	desk := p.theDesk()
	for wait, try := p.hearAgain, 1; desk != nil; wait, try = wait*3, try+1 {
		err := desk.Overheard(ctx, platformName, channel, m)
		if err == nil || ctx.Err() != nil {
			return err == nil
		}
		if try == maxTries {
			p.log.ErrorContext(ctx, "discord: a customer's message was not stored", "error", err, "message", m.ExternalID, "channel", channel)
			return false
		}
		pause(ctx, wait)
	}
	return true
}

func (p *Platform) mine(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return id == p.me.ID
}

// community gives the configured name of the channel that a message stands in,
// or whose thread it stands in; false when no customers talk there.
func (p *Platform) community(ctx context.Context, channelID string) (string, bool) {
	if len(p.cfg.Community) == 0 {
		return "", false
	}
	ids := p.communityIDs(ctx)
	if name, ok := ids[channelID]; ok {
		return name, true
	}
	c, err := p.channel(ctx, channelID)
	for try := 1; err != nil && bot.KindOf(err) != bot.ErrGone && try < 3; try++ {
		pause(ctx, time.Second)
		c, err = p.channel(ctx, channelID)
	}
	if err != nil || !c.thread() {
		return "", false
	}
	name, ok := ids[c.ParentID]
	return name, ok
}

// communityIDs maps the ids of the channels where customers talk to the names
// that the configuration gives them.
func (p *Platform) communityIDs(ctx context.Context) map[string]string {
	out := map[string]string{}
	for _, name := range p.cfg.Community {
		id, err := p.channelID(ctx, name)
		if err != nil {
			p.log.WarnContext(ctx, "discord: a community channel is not there", "channel", name, "error", err)
			continue
		}
		out[id] = name
	}
	return out
}

// catchUp reads what was said in the community channels while nobody listened:
// the latest messages, which the desk knows or not.
func (p *Platform) catchUp(ctx context.Context) {
	for id, name := range p.communityIDs(ctx) {
		var page []chat
		err := p.api.call(ctx, request{method: http.MethodGet, path: "/channels/" + id + "/messages?limit=" + itoa(pageSize),
			bucket: "GET /channels/" + id + "/messages", about: name}, &page)
		if err != nil {
			p.log.WarnContext(ctx, "discord: what was said meanwhile could not be read", "channel", name, "error", err)
			continue
		}
		slices.Reverse(page) // Discord gives the newest first
		for _, m := range page {
			m.ChannelID = id
			p.said(ctx, m, p.now().Sub(timeOf(m.ID)) > freshFor)
		}
	}
}

// named deals with "@earshot claim".
func (p *Platform) named(ctx context.Context, m chat) {
	me, err := p.self(ctx)
	if err != nil || m.Author.Bot || m.WebhookID != "" || !m.spoken() || !m.names(me.ID) {
		return
	}
	in := bot.Interaction{ID: m.ID, Kind: bot.DidMention, Platform: platformName, Channel: m.ChannelID, At: p.now(),
		By: payload{User: &m.Author, Member: m.Member}.person()}
	if c, err := p.channel(ctx, m.ChannelID); err == nil {
		in.Message = root(c)
	}
	if in.Message.IsZero() && m.Reference.MessageID != "" {
		in.Message = bot.MessageRef{Channel: m.ChannelID, ID: m.Reference.MessageID}
	}
	words := strings.NewReplacer("<@"+me.ID+">", "", "<@!"+me.ID+">", "").Replace(m.Content)
	in.Text = text.OneLine(m.plain(words))
	p.work.start(func() {
		ctx, cancel := context.WithTimeout(ctx, tokenLife)
		defer cancel()
		p.mentioned(ctx, in)
	})
}

// mentioned does what somebody asked for in a thread, and answers them alone.
func (p *Platform) mentioned(ctx context.Context, in bot.Interaction) {
	desk := p.theDesk()
	if desk == nil {
		return
	}
	fresh, err := p.accepted(ctx, desk, in)
	if err != nil {
		p.log.ErrorContext(ctx, "discord: an interaction could not be stored", "error", err, "id", in.ID)
		p.say(ctx, in, draw(bot.Say("Earshot could not take that down, so nothing was done. Please try again in a moment."), drawing{}))
		return
	}
	if !fresh {
		return
	}
	t := &turn{p: p, in: in, desk: desk, start: time.Now()}
	if o := t.compose(p.handled(ctx, desk, in)); o.m != nil {
		p.say(ctx, in, *o.m)
	}
}

func (p *Platform) say(ctx context.Context, in bot.Interaction, m message) {
	if err := p.tell(ctx, in, m); err != nil {
		p.log.WarnContext(ctx, "discord: an answer could not be shown", "error", err)
	}
}
