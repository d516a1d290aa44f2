package instagram

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"earshot/bot"
	"earshot/bot/source/graph"
)

// Ways implements bot.Answerer: a reply, and to comments on our media within
// seven days one private message.
func (s *Source) Ways(m bot.Mention) []bot.Way {
	kind := m.Attrs["type"]
	if m.Deleted || m.Author.Staff || graph.ID(m.ExternalID) == "" || kind == tagged || kind == "" {
		return nil
	}
	s.mu.Lock()
	as := ""
	if s.name != "" {
		as = " as @" + s.name
	}
	s.mu.Unlock()
	ways := []bot.Way{{Name: "reply", Label: "Public reply on Instagram" + as, Public: true, Limit: commentLimit - s.Length(greeting(m)), Place: "Instagram"}}
	if (kind == onOurs || kind == onReply) && s.fresh(m) {
		label := "Private message on Instagram" + as + " (one a comment, until " + m.CreatedAt.Add(privateFor).UTC().Format("2 Jan 15:04 MST") + ")"
		ways = append(ways, bot.Way{Name: "private", Label: label, Limit: messageBytes, Place: "Instagram"})
	}
	return ways
}

// fresh tells whether a private reply to m is still allowed.
func (s *Source) fresh(m bot.Mention) bool {
	return s.api.Now().Sub(m.CreatedAt) < privateFor-time.Minute
}

// greeting names whom a reply is for where the thread alone does not: an answer
// to a reply stands below the comment at the top.
func greeting(m bot.Mention) string {
	if m.Attrs["type"] != onReply || m.Author.Handle == "" {
		return ""
	}
	return "@" + m.Author.Handle + " "
}

// Length implements bot.Answerer. How Instagram counts is not documented:
// UTF-16, as here, is never less than characters.
func (s *Source) Length(t string) int { return len(utf16.Encode([]rune(t))) }

// Answer implements bot.Answerer (…/ig-comment/replies, …/ig-user/mentions,
// …/instagram-platform/private-replies).
func (s *Source) Answer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	if s.Ways(m) == nil {
		return bot.Placed{}, bot.Errorf(bot.ErrUnsupported, "Instagram has no way to answer this: only comments, and captions that name us.")
	}
	if r.Way.Name == "private" {
		return s.message(ctx, m, r)
	}
	path, form := m.ExternalID+"/replies", url.Values{"message": {greeting(m) + r.Text}}
	if kind := m.Attrs["type"]; kind == anywhere || kind == caption {
		path = s.set.Account + "/mentions"
		form.Set("media_id", m.Attrs["media_id"])
		if kind == anywhere {
			form.Set("comment_id", m.ExternalID)
		}
	}
	var sent struct {
		ID string `json:"id"`
	}
	if err := s.api.Post(ctx, path, form, &sent); err != nil {
		return bot.Placed{}, withdrawn(err)
	}
	if graph.ID(sent.ID) == "" {
		return bot.Placed{}, bot.Errorf(bot.ErrUncertain, "Instagram took the reply and does not say where it stands.")
	}
	return bot.Placed{ExternalID: sent.ID, URL: m.URL}, nil
}

func withdrawn(err error) error {
	if bot.KindOf(err) == bot.ErrGone {
		return &bot.Error{Kind: bot.ErrGone, Msg: "The comment is not there any more. The customer may have deleted it.", Err: err}
	}
	return err
}

// message sends the one private message that a comment allows.
func (s *Source) message(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	if !s.fresh(m) {
		return bot.Placed{}, bot.Errorf(bot.ErrInvalid, "Instagram allows private replies for seven days, which are over. Answer in public.")
	}
	if len(r.Text) > messageBytes {
		return bot.Placed{}, bot.Errorf(bot.ErrInvalid, "The message has %d bytes; Instagram takes %d. Letters beyond English count two or more. Shorten it.", len(r.Text), messageBytes)
	}
	recipient, err := json.Marshal(map[string]string{"comment_id": m.ExternalID})
	if err != nil {
		return bot.Placed{}, fmt.Errorf("write a private reply: %w", err)
	}
	message, err := json.Marshal(map[string]string{"text": r.Text})
	if err != nil {
		return bot.Placed{}, fmt.Errorf("write a private reply: %w", err)
	}
	var sent struct {
		ID string `json:"message_id"`
	}
	if err := s.api.Post(ctx, "me/messages", url.Values{"recipient": {string(recipient)}, "message": {string(message)}}, &sent); err != nil {
		return bot.Placed{}, withdrawn(err)
	}
	if sent.ID == "" {
		return bot.Placed{}, bot.Errorf(bot.ErrUncertain, "Instagram took the message and does not say that it was sent.")
	}
	return bot.Placed{ExternalID: "message/" + graph.Line(sent.ID, 300)}, nil
}

// clocks is how far the service's clock may be behind ours.
const clocks = 5 * time.Minute

// FindAnswer implements bot.Answerer: a reply is looked for among our own in
// its thread. What stands elsewhere, and messages, cannot be asked for.
func (s *Source) FindAnswer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	thread := m.ExternalID
	if m.Attrs["type"] == onReply {
		thread = m.ParentID
	}
	if kind := m.Attrs["type"]; r.Way.Name == "private" || kind != onOurs && kind != onReply || graph.ID(thread) == "" {
		return bot.Placed{}, false, bot.Errorf(bot.ErrUnsupported, "Instagram cannot be asked whether this arrived. Look there before it is sent again.")
	}
	name, err := s.us(ctx)
	if err != nil {
		return bot.Placed{}, false, err
	}
	after := ""
	for range deepest {
		page, err := s.api.List(ctx, thread+"/replies", url.Values{"fields": {replyFields}, "limit": {strconv.Itoa(atOnce)}}, after)
		if bot.KindOf(err) == bot.ErrGone {
			return bot.Placed{}, false, nil // nothing can stand below what is gone
		}
		if err != nil {
			return bot.Placed{}, false, err
		}
		for _, raw := range page.Data {
			var c comment
			if json.Unmarshal(raw, &c) != nil || graph.ID(c.ID) == "" || c.At.Before(r.CreatedAt.Add(-clocks)) {
				continue
			}
			if author := s.mention(c, medium{}).Author.Handle; strings.EqualFold(author, name) && graph.Same(c.Text, greeting(m)+r.Text) {
				return bot.Placed{ExternalID: c.ID, URL: m.URL}, true, nil
			}
		}
		if after = page.After(); after == "" {
			return bot.Placed{}, false, nil
		}
	}
	return bot.Placed{}, false, bot.Errorf(bot.ErrUnsupported, "There are too many replies in the thread to find the answer.")
}

// Follow implements bot.Follower: likes of our reply.
func (s *Source) Follow(ctx context.Context, _ bot.Mention, at bot.Placed) (bot.Aftermath, error) {
	if graph.ID(at.ExternalID) == "" {
		return bot.Aftermath{}, bot.Errorf(bot.ErrUnsupported, "What becomes of a private message is not told.")
	}
	var c comment
	err := s.api.Get(ctx, at.ExternalID, url.Values{"fields": {"id,like_count"}}, &c)
	if bot.KindOf(err) == bot.ErrGone {
		return bot.Aftermath{Gone: true}, nil
	}
	return bot.Aftermath{Likes: max(c.Likes, 0)}, err
}

// Check implements bot.Checker.
func (s *Source) Check(ctx context.Context) []bot.Finding {
	var all []bot.Finding
	say := func(what string, err error) bool {
		f := bot.Finding{OK: err == nil, What: what}
		if err != nil {
			f.Mend = bot.Told(err)
		}
		all = append(all, f)
		return err == nil
	}
	name, err := s.us(ctx)
	if !say(strings.TrimSuffix("Instagram: is let in to @"+name, " to @"), err) {
		return all
	}
	_, _, err = s.media(ctx, "", s.api.Now())
	say("Instagram: can read the comments of @"+name, err)
	if s.set.Tags == nil || *s.set.Tags {
		_, _, err = s.tags(ctx, "")
		say("Instagram: can read what tags @"+name, err)
	}
	if s.set.Verify != "" {
		say("Instagram: the app is told of news of @"+name, s.subscribed(ctx))
	}
	return all
}

// subscribed asks whether the app is installed, for webhooks.
func (s *Source) subscribed(ctx context.Context) error {
	var got struct {
		Data []struct {
			Fields []string `json:"subscribed_fields"`
		} `json:"data"`
	}
	if err := s.api.Get(ctx, "me/subscribed_apps", nil, &got); err != nil {
		return err
	}
	for _, app := range got.Data {
		if len(app.Fields) > 0 {
			return nil
		}
	}
	return bot.Errorf(bot.ErrInvalid, "The app is not subscribed. Send POST /me/subscribed_apps?subscribed_fields=feed with the page's token, or with comments for Instagram's own login.")
}
