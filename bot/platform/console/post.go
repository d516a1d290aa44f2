package console

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"time"

	"earshot/bot"
)

// Post implements bot.Platform. Posting the same key again gives the message
// that stands there already.
func (c *Console) Post(ctx context.Context, out bot.Outgoing) (bot.MessageRef, error) {
	channel := channelName(out.Channel)
	if channel == "" {
		return bot.MessageRef{}, bot.Errorf(bot.ErrInvalid, "A message for the console names no channel.")
	}
	c.writes.Lock()
	defer c.writes.Unlock()
	if out.Key != "" {
		switch m, found, err := c.store.MessageByKey(ctx, out.Key); {
		case err != nil:
			return bot.MessageRef{}, unavailable("look for a message", err)
		case found:
			return refOf(m), nil
		}
	}
	m := bot.StoredMessage{Key: out.Key, Channel: channel, View: out.View, At: c.now().UTC(), Loud: out.Loud}
	if !out.Thread.IsZero() {
		root, err := c.root(ctx, out.Thread)
		if err != nil {
			return bot.MessageRef{}, err
		}
		m.Thread, m.Channel = root.ID, root.Channel
	}
	m, err := c.store.SaveMessage(ctx, m)
	if err != nil { // it may stand there: a commit can fail after it was made
		return bot.MessageRef{}, &bot.Error{Kind: bot.ErrUncertain, Err: fmt.Errorf("save a message: %w", err),
			Msg: "The console could not tell whether it kept a message. It looks before it tries again."}
	}
	c.publish(ctx, m, "message")
	return refOf(m), nil
}

// Edit implements bot.Platform.
func (c *Console) Edit(ctx context.Context, ref bot.MessageRef, view bot.View) error {
	c.writes.Lock()
	defer c.writes.Unlock()
	m, err := c.byRef(ctx, ref.ID)
	if err != nil {
		return err
	}
	m.View, m.EditedAt = view, c.now().UTC()
	if m, err = c.store.SaveMessage(ctx, m); err != nil {
		if bot.KindOf(err) == bot.ErrGone {
			return err
		}
		return unavailable("save a message", err)
	}
	c.publish(ctx, m, "edit")
	return nil
}

// Find implements bot.Platform.
func (c *Console) Find(ctx context.Context, out bot.Outgoing, since time.Time) (bot.MessageRef, bool, error) {
	m, found, err := c.store.MessageByKey(ctx, out.Key)
	switch {
	case err != nil:
		return bot.MessageRef{}, false, unavailable("look for a message", err)
	case !found || m.At.Before(since.Truncate(time.Millisecond)): // times are kept to the millisecond
		return bot.MessageRef{}, false, nil
	}
	return refOf(m), true, nil
}

// Tell implements bot.Platform. Somebody who is not looking finds it in a
// channel that only they see.
func (c *Console) Tell(ctx context.Context, in bot.Interaction, view bot.View) error {
	note, err := c.draw.note(view, origin{Channel: in.Channel, Message: in.Message.ID, Place: in.Handle["place"]})
	if err != nil {
		return err
	}
	to := address{person: in.By.Key(), tab: in.Handle["tab"]}
	if c.hub.tell(to, "tell", told{Place: in.Handle["place"], HTML: note}) {
		return nil
	}
	return c.leave(ctx, in.By, view)
}

// leave puts a view where only this person reads it.
func (c *Console) leave(ctx context.Context, to bot.Person, view bot.View) error {
	_, err := c.Post(ctx, bot.Outgoing{Key: "told-" + rand.Text(), Channel: directChannel(to), View: view, Loud: true})
	return err
}

// root is the message that a thread stands below.
func (c *Console) root(ctx context.Context, ref bot.MessageRef) (bot.StoredMessage, error) {
	id := ref.ID
	if id == "" {
		id = ref.Thread
	}
	m, err := c.byRef(ctx, id)
	if err == nil && m.Thread != 0 {
		return c.byRef(ctx, itoa(m.Thread))
	}
	return m, err
}

func (c *Console) byRef(ctx context.Context, id string) (bot.StoredMessage, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return bot.StoredMessage{}, bot.Errorf(bot.ErrGone, "There is no message %q in the console.", id)
	}
	m, err := c.store.Message(ctx, n)
	switch {
	case bot.KindOf(err) == bot.ErrNotFound || bot.KindOf(err) == bot.ErrGone:
		return m, &bot.Error{Kind: bot.ErrGone, Msg: "That message is no longer in the console.", Err: err}
	case err != nil:
		return m, unavailable("read a message", err)
	}
	return m, nil
}

// publish tells every open page of a new or changed message. A page that
// misses it catches up when it connects again, so an error is only logged.
func (c *Console) publish(ctx context.Context, m bot.StoredMessage, name string) {
	if !c.hub.watched() {
		return
	}
	n := news{ID: m.ID, Channel: m.Channel, Thread: m.Thread, Loud: m.Loud, Notice: clean(m.View.Notice)}
	replies, err := c.replies(ctx, m)
	if err == nil {
		n.Replies = replies
		n.HTML, err = c.draw.message(drawnFrom(m, replies))
	}
	if err != nil {
		c.log.ErrorContext(ctx, "draw message", "message_id", m.ID, "error", err)
		return
	}
	to := address{}
	if len(m.Channel) > 0 && m.Channel[0] == '@' {
		to.person = Name + ":" + m.Channel[1:]
	}
	c.hub.publish(name, to, n)
}

// replies counts what stands in the thread that m belongs to.
func (c *Console) replies(ctx context.Context, m bot.StoredMessage) (int, error) {
	root := m.ID
	if m.Thread != 0 {
		root = m.Thread
	}
	below, err := c.store.ThreadMessages(ctx, root)
	if err != nil {
		return 0, fmt.Errorf("count replies: %w", err)
	}
	return len(below), nil
}

func refOf(m bot.StoredMessage) bot.MessageRef {
	ref := bot.MessageRef{Channel: m.Channel, ID: itoa(m.ID)}
	if m.Thread != 0 {
		ref.Thread = itoa(m.Thread)
	}
	return ref
}

// unavailable is a failure of the console's own memory: nothing happened.
func unavailable(act string, err error) error {
	return &bot.Error{Kind: bot.ErrUnavailable, Msg: "The console's messages cannot be reached just now.", Err: fmt.Errorf("%s: %w", act, err)}
}
