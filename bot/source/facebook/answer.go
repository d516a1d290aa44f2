package facebook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"earshot/bot"
	"earshot/bot/source/graph"
	"earshot/bot/text"
)

// Ways implements bot.Answerer: a comment, and within seven days one private
// message.
func (s *Source) Ways(m bot.Mention) []bot.Way {
	if m.Deleted || m.Author.Staff || graph.ID(m.ExternalID) == "" {
		return nil
	}
	s.mu.Lock()
	as := ""
	if s.name != "" {
		as = " as " + s.name
	}
	s.mu.Unlock()
	ways := []bot.Way{{Name: "comment", Label: "Public comment on Facebook" + as, Public: true, Limit: commentLimit, Place: "Facebook"}}
	if kind := m.Attrs["type"]; (kind == "comment" || kind == "post") && m.Attrs["private_reply"] != "no" && fresh(m.CreatedAt, s.api.Now()) {
		ways = append(ways, bot.Way{Name: "private", Label: "Private message on Messenger" + as + " (one a comment, until " + m.CreatedAt.Add(privateFor).UTC().Format("2 Jan 15:04 MST") + ")", Limit: messageLimit, Place: "Messenger"})
	}
	return ways
}

// Length implements bot.Answerer. How Facebook counts is not documented:
// UTF-16, as here, is never less than characters.
func (s *Source) Length(t string) int { return len(utf16.Encode([]rune(t))) }

// Answer implements bot.Answerer (…/graph-api/reference/object/comments,
// …/messenger-platform/discovery/private-replies).
func (s *Source) Answer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	if graph.ID(m.ExternalID) == "" {
		return bot.Placed{}, bot.Errorf(bot.ErrUnsupported, "This cannot be answered on Facebook.")
	}
	if r.Way.Name == "private" {
		return s.message(ctx, m, r)
	}
	var sent struct {
		ID string `json:"id"`
	}
	if err := s.api.Post(ctx, m.ExternalID+"/comments", url.Values{"message": {r.Text}}, &sent); err != nil {
		return bot.Placed{}, withdrawn(err)
	}
	if graph.ID(sent.ID) == "" {
		return bot.Placed{}, bot.Errorf(bot.ErrUncertain, "Facebook took the comment and does not say where it stands.")
	}
	return bot.Placed{ExternalID: sent.ID, URL: "https://www.facebook.com/" + sent.ID}, nil
}

func withdrawn(err error) error {
	if bot.KindOf(err) == bot.ErrGone {
		return &bot.Error{Kind: bot.ErrGone, Msg: "The comment is not there any more. The customer may have deleted it.", Err: err}
	}
	return err
}

// message sends the one private message that a comment or post allows.
func (s *Source) message(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	if !fresh(m.CreatedAt, s.api.Now()) {
		return bot.Placed{}, bot.Errorf(bot.ErrInvalid, "Facebook allows private replies for seven days, which are over. Answer in public.")
	}
	to := map[string]string{"comment_id": m.ExternalID}
	if m.Attrs["type"] == "post" {
		to = map[string]string{"post_id": m.ExternalID}
	}
	recipient, err := json.Marshal(to)
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
	form := url.Values{"recipient": {string(recipient)}, "message": {string(message)}, "messaging_type": {"RESPONSE"}}
	if err := s.api.Post(ctx, s.set.Page+"/messages", form, &sent); err != nil {
		return bot.Placed{}, withdrawn(err)
	}
	if sent.ID == "" {
		return bot.Placed{}, bot.Errorf(bot.ErrUncertain, "Facebook took the message and does not say that it was sent.")
	}
	return bot.Placed{ExternalID: private + graph.Line(sent.ID, 200)}, nil
}

// private is the prefix of a message's external id.
const private = "message/"

// clocks is how far Facebook's clock may be behind ours.
const clocks = 5 * time.Minute

// FindAnswer implements bot.Answerer: a comment is looked for among our own
// below the post, a private message in the conversation that it began.
func (s *Source) FindAnswer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	if graph.ID(m.ExternalID) == "" {
		return bot.Placed{}, false, nil
	}
	if r.Way.Name == "private" {
		return s.findMessage(ctx, m, r)
	}
	root := m.ExternalID
	if id := graph.ID(m.Attrs["post_id"]); id != "" {
		root = id
	}
	after := ""
	for range deepest {
		q := url.Values{"fields": {"id,message,from,created_time,parent{id}"}, "filter": {"stream"}, "order": {"reverse_chronological"}, "limit": {strconv.Itoa(atOnce)}}
		page, err := s.api.List(ctx, root+"/comments", q, after)
		if bot.KindOf(err) == bot.ErrGone {
			return bot.Placed{}, false, nil // nothing can stand below what is gone
		}
		if err != nil {
			return bot.Placed{}, false, err
		}
		for _, raw := range page.Data {
			p, it := read(raw, "")
			switch {
			case it.Err != nil:
			case it.At.Before(r.CreatedAt.Add(-clocks)):
				return bot.Placed{}, false, nil
			case s.ours(p, m, r):
				return bot.Placed{ExternalID: p.ID, URL: "https://www.facebook.com/" + p.ID}, true, nil
			}
		}
		if after = page.After(); after == "" {
			return bot.Placed{}, false, nil
		}
	}
	return bot.Placed{}, false, bot.Errorf(bot.ErrUnsupported, "There are too many comments below the post to find the answer.")
}

// ours tells whether p is the answer r to m. Facebook hangs an answer to an
// answer below the comment at the top.
func (s *Source) ours(p post, m bot.Mention, r bot.Reply) bool {
	if p.From == nil || p.From.ID != s.set.Page || !graph.Same(p.Message, r.Text) {
		return false
	}
	if m.Attrs["type"] != "comment" {
		return p.Parent == nil
	}
	return p.Parent != nil && slices.Contains([]string{m.ExternalID, m.ParentID}, p.Parent.ID)
}

// conversation is what began with a private reply (…/graph-api/reference/comment:
// private_reply_conversation).
type conversation struct {
	Private      *bool `json:"can_reply_privately"`
	Conversation *struct {
		Link     string `json:"link"`
		Messages struct {
			Data []struct {
				ID      string     `json:"id"`
				Message string     `json:"message"`
				From    person     `json:"from"`
				Created graph.Time `json:"created_time"`
			} `json:"data"`
		} `json:"messages"`
	} `json:"private_reply_conversation"`
}

func (s *Source) findMessage(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	var got conversation
	fields := "can_reply_privately,private_reply_conversation{link,messages.limit(50){id,message,from,created_time}}"
	err := s.api.Get(ctx, m.ExternalID, url.Values{"fields": {fields}}, &got)
	if bot.KindOf(err) == bot.ErrUnauthorized || bot.KindOf(err) == bot.ErrInvalid {
		return bot.Placed{}, false, bot.Errorf(bot.ErrUnsupported, "The access token may not look into Messenger; look there whether the message was sent.")
	}
	if err != nil || got.Conversation == nil {
		if err == nil && got.Private != nil && !*got.Private {
			err = bot.Errorf(bot.ErrUnsupported, "Facebook says that this comment had its private reply, and does not show it. Look into Messenger.")
		}
		return bot.Placed{}, false, err
	}
	for _, one := range got.Conversation.Messages.Data {
		if one.From.ID == s.set.Page && graph.Same(one.Message, r.Text) && !one.Created.Before(r.CreatedAt.Add(-clocks)) {
			return bot.Placed{ExternalID: private + graph.Line(one.ID, 200), URL: text.SafeURL(httpsOf(got.Conversation.Link))}, true, nil
		}
	}
	return bot.Placed{}, false, nil
}

// httpsOf makes Facebook's "/page/inbox/…" a whole address.
func httpsOf(link string) string {
	if strings.HasPrefix(link, "/") {
		return "https://www.facebook.com" + link
	}
	return link
}

// Follow implements bot.Follower: likes of our comment and answers to it.
func (s *Source) Follow(ctx context.Context, _ bot.Mention, at bot.Placed) (bot.Aftermath, error) {
	if graph.ID(at.ExternalID) == "" {
		return bot.Aftermath{}, bot.Errorf(bot.ErrUnsupported, "What becomes of a private message is not told.")
	}
	var p post
	err := s.api.Get(ctx, at.ExternalID, url.Values{"fields": {"like_count,comment_count"}}, &p)
	if bot.KindOf(err) == bot.ErrGone {
		return bot.Aftermath{Gone: true}, nil
	}
	return bot.Aftermath{Likes: max(p.Likes, 0), Answers: max(p.Answers, 0)}, err
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
	if !say(strings.TrimSuffix("Facebook: is let in to the page "+name, " "), err) {
		return all
	}
	_, _, err = s.posts(ctx, "", s.api.Now())
	say("Facebook: can read the posts and comments of "+name, err)
	if s.set.Verify != "" {
		say("Facebook: the app is told of news of "+name, s.subscribed(ctx))
	}
	return all
}

// subscribed asks whether the app is installed on the page, for webhooks.
func (s *Source) subscribed(ctx context.Context) error {
	var got struct {
		Data []struct {
			Fields []string `json:"subscribed_fields"`
		} `json:"data"`
	}
	if err := s.api.Get(ctx, s.set.Page+"/subscribed_apps", nil, &got); err != nil {
		return err
	}
	for _, app := range got.Data {
		if slices.Contains(app.Fields, "feed") {
			return nil
		}
	}
	return bot.Errorf(bot.ErrInvalid, "The app is not subscribed to the page. Send POST /%s/subscribed_apps?subscribed_fields=feed,mention,ratings with the page's token.", s.set.Page)
}
