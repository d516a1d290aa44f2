package discourse

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/text"
)

// Ways implements bot.Answerer.
func (s *Source) Ways(m bot.Mention) []bot.Way {
	if _, _, ok := standsAt(m); !ok || s.set.Key == "" || m.Deleted {
		return nil
	}
	ways := []bot.Way{{Name: "topic", Label: "Post in the topic as @" + s.set.User, Public: true, Limit: postLimit, Place: "the forum"}}
	if m.Author.Handle != "" {
		ways = append(ways, bot.Way{Name: "message", Label: "Private message on the forum as @" + s.set.User, Limit: postLimit, Place: "the forum"})
	}
	return ways
}

// standsAt gives a mention's topic and its number in it.
func standsAt(m bot.Mention) (topic, number int64, ok bool) {
	a, b, _ := strings.Cut(m.ExternalID, "/")
	topic, err1 := strconv.ParseInt(a, 10, 64)
	number, err2 := strconv.ParseInt(b, 10, 64)
	return topic, number, err1 == nil && err2 == nil && topic > 0 && number > 0
}

// Length implements bot.Answerer: the forum counts characters.
func (s *Source) Length(t string) int { return utf8.RuneCountInString(t) }

// Answer implements bot.Answerer. A private message carries the reply's key as
// its external id, which the forum takes once.
func (s *Source) Answer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	topic, number, ok := standsAt(m)
	if !ok {
		return bot.Placed{}, bot.Errorf(bot.ErrGone, "Where the post stands is not known.")
	}
	what := map[string]any{"raw": r.Text, "topic_id": topic, "reply_to_post_number": number}
	if r.Way.Name == "message" {
		about := first(line(m.Title, 80), line(m.Attrs["topic"], 80), "your post")
		what = map[string]any{"raw": r.Text, "title": "About: " + about, "archetype": "private_message", "target_recipients": m.Author.Handle, "external_id": r.Key()}
	}
	body, err := json.Marshal(what)
	if err != nil {
		return bot.Placed{}, fmt.Errorf("write the answer: %w", err)
	}
	req, err := s.request(ctx, http.MethodPost, "posts.json", nil)
	if err != nil {
		return bot.Placed{}, err
	}
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	req.Header.Set("Content-Type", "application/json")
	var sent post
	if err := httpx.JSON(s.http, req, maxBody, &sent); err != nil {
		return bot.Placed{}, err
	}
	if sent.Topic <= 0 || sent.Number <= 0 {
		return bot.Placed{}, bot.Errorf(bot.ErrUncertain, "The forum took the answer and does not say where it stands. It may wait for a moderator.")
	}
	return s.placed(sent), nil
}

func (s *Source) placed(p post) bot.Placed {
	return bot.Placed{ExternalID: p.external(), URL: text.SafeURL(s.base.JoinPath("t", first(url.PathEscape(line(p.Slug, 300)), "-"), p.external()).String())}
}

// clocks is how far the forum's clock may be behind ours, and lastPosts how
// many posts of a topic are looked through for an answer.
const (
	clocks    = 5 * time.Minute
	lastPosts = 40
)

// topicOf is a topic as far as it is needed.
type topicOf struct {
	ID     int64 `json:"id"`
	Stream struct {
		IDs   []int64 `json:"stream"`
		Posts []post  `json:"posts"`
	} `json:"post_stream"`
}

// FindAnswer implements bot.Answerer: a private message is found by its
// external id, a post by its words among our own at the end of the topic.
func (s *Source) FindAnswer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	topic, _, ok := standsAt(m)
	if !ok {
		return bot.Placed{}, false, nil
	}
	path := "t/" + strconv.FormatInt(topic, 10) + ".json"
	if r.Way.Name == "message" {
		path = "t/external_id/" + r.Key() + ".json"
	}
	var t topicOf
	err := s.get(ctx, path, nil, &t)
	if bot.KindOf(err) == bot.ErrGone {
		return bot.Placed{}, false, nil
	}
	if err != nil {
		return bot.Placed{}, false, err
	}
	if r.Way.Name == "message" {
		return s.placed(post{Topic: t.ID, Number: 1}), t.ID > 0, nil
	}
	ids := t.Stream.IDs[max(0, len(t.Stream.IDs)-lastPosts):]
	for i := len(ids) - 1; i >= 0; i-- {
		var p post
		if err := s.get(ctx, "posts/"+strconv.FormatInt(ids[i], 10)+".json", nil, &p); err != nil {
			if bot.KindOf(err) == bot.ErrGone {
				continue
			}
			return bot.Placed{}, false, err
		}
		at, _ := when(p.Created)
		if at.Before(r.CreatedAt.Add(-clocks)) {
			break
		}
		if strings.EqualFold(p.User, s.set.User) && strings.TrimSpace(p.Raw) == strings.TrimSpace(r.Text) {
			return s.placed(p), true, nil
		}
	}
	return bot.Placed{}, false, nil
}

// liked is what a forum calls a like among what people do to a post.
const liked = 2

// Follow implements bot.Follower.
func (s *Source) Follow(ctx context.Context, _ bot.Mention, at bot.Placed) (bot.Aftermath, error) {
	topic, number, ok := standsAt(bot.Mention{ExternalID: at.ExternalID})
	if !ok {
		return bot.Aftermath{}, bot.Errorf(bot.ErrGone, "Where the answer stands is not known.")
	}
	var p post
	err := s.get(ctx, "posts/by_number/"+strconv.FormatInt(topic, 10)+"/"+strconv.FormatInt(number, 10)+".json", nil, &p)
	if bot.KindOf(err) == bot.ErrGone || err == nil && p.gone() {
		return bot.Aftermath{Gone: true}, nil
	}
	after := bot.Aftermath{Answers: max(p.Replies, 0)}
	for _, a := range p.Actions {
		if a.ID == liked {
			after.Likes = max(a.Count, 0)
		}
	}
	return after, err
}

// Check implements bot.Checker.
func (s *Source) Check(ctx context.Context) []bot.Finding {
	what := "Discourse: can read " + s.base.Hostname()
	if s.set.Key != "" {
		what += " as @" + s.set.User
	}
	if _, err := s.newest(ctx); err != nil {
		return []bot.Finding{{What: what, Mend: bot.Told(err)}}
	}
	return []bot.Finding{{OK: true, What: what}}
}
