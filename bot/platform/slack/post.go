package slack

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"earshot/bot"
)

const (
	// keyEvent is the type of the metadata that carries a delivery's key
	// (docs.slack.dev/messaging/message-metadata).
	keyEvent = "earshot_delivery"
	// A search for a key reads at most this many pages of this many messages;
	// a channel with more traffic in the time is told to be uncertain.
	findPages, findLimit = 20, 200
	// clockSkew is how far Slack's clock and ours may be apart.
	clockSkew = 2 * time.Minute
)

// Post implements bot.Platform.
func (p *Platform) Post(ctx context.Context, out bot.Outgoing) (bot.MessageRef, error) {
	channel, err := p.book.channel(ctx, out.Channel)
	if err != nil {
		return bot.MessageRef{}, err
	}
	thread := out.Thread.ID
	options := []slack.MsgOption{
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: keyEvent, EventPayload: map[string]any{"key": out.Key}}),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
	}
	if thread != "" {
		options = append(options, slack.MsgOptionTS(thread))
		if out.Loud {
			options = append(options, slack.MsgOptionBroadcast()) // the only noise a thread can make for everybody
		}
	}
	var ref bot.MessageRef
	err = p.drawn(ctx, out.View, out.Loud, func(content slack.MsgOption) error {
		call, traced := p.call(ctx, "chat.postMessage")
		call.in(channel).where = out.Channel
		if err := call.wait(tierChannel); err != nil {
			return err
		}
		id, ts, posted, err := p.api.PostMessageWithResponseContext(traced, channel, append(options, content)...)
		if err != nil {
			return call.write(err)
		}
		ref = bot.MessageRef{Channel: id, ID: ts}
		return p.astray(ctx, ref, thread, posted)
	})
	if err != nil {
		return bot.MessageRef{}, err
	}
	return ref, nil
}

// astray takes back a note whose card is gone: Slack posts it to the channel
// instead.
func (p *Platform) astray(ctx context.Context, ref bot.MessageRef, thread string, posted slack.Message) error {
	if thread == "" || posted.Timestamp == "" || posted.ThreadTimestamp != "" {
		return nil
	}
	call, traced := p.call(ctx, "chat.delete")
	if _, _, err := p.api.DeleteMessageContext(traced, ref.Channel, ref.ID); err != nil {
		p.log.Warn("stray note not taken back", "channel", ref.Channel, "error", call.read(err))
	}
	return bot.Errorf(bot.ErrGone, "The card of this thread was deleted in Slack, so the note has no place there.")
}

// Edit implements bot.Platform. It wakes nobody.
func (p *Platform) Edit(ctx context.Context, ref bot.MessageRef, view bot.View) error {
	return p.drawn(ctx, view, false, func(content slack.MsgOption) error {
		call, traced := p.call(ctx, "chat.update")
		call.where = ref.Channel
		if err := call.wait(tierSome); err != nil {
			return err
		}
		_, _, _, err := p.api.UpdateMessageContext(traced, ref.Channel, ref.ID, content)
		return call.read(err)
	})
}

// drawn draws a view and hands it to send. Pictures are uploaded first; when
// Slack refuses them, as it does with an address that it cannot read or a file
// that it has not digested yet, the view is sent with their descriptions.
func (p *Platform) drawn(ctx context.Context, v bot.View, loud bool, send func(slack.MsgOption) error) error {
	pictures, err := p.upload(ctx, v.Blocks)
	if err != nil {
		return err
	}
	d := drawing{loud: loud, most: maxBlocks, pictures: pictures, nonce: ":" + strconv.FormatInt(p.now().UnixMilli(), 36)}
	err = send(content(v, d.blocks(v)))
	for _, pause := range digestPauses(len(pictures)) {
		if bot.KindOf(err) != bot.ErrInvalid || !pictured(refusal(err)) || !rest(ctx, pause) {
			break
		}
		err = send(content(v, d.again(v)))
	}
	if bot.KindOf(err) == bot.ErrInvalid && pictured(refusal(err)) && d.hasImages() {
		p.log.Warn("pictures refused, sent without them", "error", err)
		d.noImages = true
		err = send(content(v, d.again(v)))
	}
	return err
}

// digestPauses are the waits for Slack to digest a file that was just
// uploaded: until then it answers invalid_blocks, and nothing was posted.
func digestPauses(pictures int) []time.Duration {
	if pictures == 0 {
		return nil
	}
	return []time.Duration{300 * time.Millisecond, time.Second, 2 * time.Second}
}

// pictured tells whether a refusal can be about a picture.
func pictured(code string) bool {
	return code == "invalid_blocks" || code == "invalid_blocks_format" || code == "invalid_slack_file" || code == "slack_file_not_found"
}

// rest waits; false when ctx ends first.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// again draws v anew, as the drawing is set now.
func (d *drawing) again(v bot.View) []slack.Block {
	fresh := drawing{loud: d.loud, most: d.most, pictures: d.pictures, noImages: d.noImages, nonce: d.nonce}
	return fresh.blocks(v)
}

// hasImages tells whether a picture was drawn.
func (d *drawing) hasImages() bool {
	for _, b := range d.out {
		if s, ok := b.(*slack.SectionBlock); ok && s.Accessory != nil {
			return true
		}
		if _, ok := b.(*slack.ImageBlock); ok {
			return true
		}
	}
	return false
}

// content is what a message says: its blocks, and the words for a phone's
// notification, which are never read as markup.
func content(v bot.View, blocks []slack.Block) slack.MsgOption {
	if blocks == nil {
		blocks = []slack.Block{}
	}
	return slack.MsgOptionCompose(slack.MsgOptionText(notice(v), true), slack.MsgOptionBlocks(blocks...), slack.MsgOptionParse(false), slack.MsgOptionLinkNames(false))
}

// Find implements bot.Platform.
func (p *Platform) Find(ctx context.Context, out bot.Outgoing, since time.Time) (bot.MessageRef, bool, error) {
	channel, err := p.book.channel(ctx, out.Channel)
	if err != nil {
		return bot.MessageRef{}, false, err
	}
	me, err := p.whoami(ctx)
	if err != nil {
		return bot.MessageRef{}, false, err
	}
	oldest := strconv.FormatInt(since.Add(-clockSkew).Unix(), 10)
	cursor := ""
	for range findPages {
		messages, next, err := p.page(ctx, channel, out.Thread.ID, oldest, cursor)
		if err != nil {
			return bot.MessageRef{}, false, err
		}
		for _, m := range messages {
			if m.Metadata.EventType == keyEvent && m.Metadata.EventPayload["key"] == out.Key && ours(m, me) {
				return bot.MessageRef{Channel: channel, ID: m.Timestamp}, true, nil
			}
		}
		if cursor = next; cursor == "" {
			return bot.MessageRef{}, false, nil
		}
	}
	return bot.MessageRef{}, false, bot.Errorf(bot.ErrUncertain, "So much was written in %s since then that Earshot cannot tell whether its message is there. Look, and decide.", out.Channel)
}

// ours tells whether we wrote m: others may set the same metadata.
func ours(m slack.Message, me identity) bool {
	return m.User != "" && m.User == me.UserID || m.BotID != "" && m.BotID == me.BotID
}

// page reads one page of a channel, or of a thread.
func (p *Platform) page(ctx context.Context, channel, thread, oldest, cursor string) ([]slack.Message, string, error) {
	if thread != "" {
		call, traced := p.call(ctx, "conversations.replies")
		call.where = channel
		if err := call.wait(tierSome); err != nil {
			return nil, "", err
		}
		messages, _, next, err := p.api.GetConversationRepliesContext(traced, &slack.GetConversationRepliesParameters{
			ChannelID: channel, Timestamp: thread, Oldest: oldest, Cursor: cursor, Limit: findLimit, IncludeAllMetadata: true})
		return messages, next, call.read(err)
	}
	call, traced := p.call(ctx, "conversations.history")
	call.where = channel
	if err := call.wait(tierSome); err != nil {
		return nil, "", err
	}
	h, err := p.api.GetConversationHistoryContext(traced, &slack.GetConversationHistoryParameters{
		ChannelID: channel, Oldest: oldest, Cursor: cursor, Limit: findLimit, IncludeAllMetadata: true})
	if err != nil {
		return nil, "", call.read(err)
	}
	return h.Messages, h.ResponseMetaData.NextCursor, nil
}

// stamp is the time of a Slack timestamp; zero where it is none.
func stamp(ts string) time.Time {
	whole, part, _ := strings.Cut(ts, ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || sec <= 0 {
		return time.Time{}
	}
	micro, _ := strconv.ParseInt((part + "000000")[:6], 10, 64)
	return time.Unix(sec, micro*1000).UTC()
}
