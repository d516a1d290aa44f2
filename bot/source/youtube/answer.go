package youtube

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"earshot/bot"
)

// known finds out which channel is ours, once.
func (s *Source) known(ctx context.Context) error {
	s.mu.Lock()
	done := s.me != "" || s.tokens == nil
	s.mu.Unlock()
	if done {
		return nil
	}
	id, name, err := s.channelOf(ctx, url.Values{"mine": {"true"}})
	if err != nil {
		return err
	}
	if id == "" {
		return bot.Errorf(bot.ErrUnauthorized, "The account of the refresh token has no channel on YouTube. Make one, or sign in as the brand's channel.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.me, s.name = id, name
	return nil
}

// channelOf asks for one channel; an empty id means that there is none.
func (s *Source) channelOf(ctx context.Context, q url.Values) (id, name string, err error) {
	q.Set("part", "id,snippet")
	got, err := s.get(ctx, "channels", q, 0)
	if err != nil || len(got.Items) == 0 {
		return "", "", err
	}
	var c struct {
		ID      string `json:"id"`
		Snippet struct {
			Title string `json:"title"`
		} `json:"snippet"`
	}
	if err := json.Unmarshal(got.Items[0], &c); err != nil || !valid(c.ID) {
		return "", "", &bot.Error{Kind: bot.ErrUnavailable, Msg: "YouTube answers in another form than its interface promises.", Err: err}
	}
	return c.ID, line(c.Snippet.Title, 100), nil
}

// channel gives the id of a channel, which is asked for once where its @name
// is known; "" for "".
func (s *Source) channel(ctx context.Context, name string) (string, error) {
	if !strings.HasPrefix(name, "@") {
		return name, nil
	}
	s.mu.Lock()
	id := s.ids[name]
	s.mu.Unlock()
	if id != "" {
		return id, nil
	}
	id, _, err := s.channelOf(ctx, url.Values{"forHandle": {name}})
	if err != nil {
		return "", err
	}
	if id == "" {
		return "", bot.Errorf(bot.ErrGone, "YouTube has no channel %s. Write its name as it stands in the address of its page.", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids[name] = id
	return id, nil
}

// Ways implements bot.Answerer.
func (s *Source) Ways(m bot.Mention) []bot.Way {
	if s.tokens == nil || m.Deleted || !valid(m.ExternalID) {
		return nil
	}
	s.mu.Lock()
	name := s.name
	s.mu.Unlock()
	return []bot.Way{{Name: "reply", Label: strings.TrimSuffix("Public reply on YouTube as "+name, " as "), Public: true, Limit: commentLimit, Place: "YouTube"}}
}

// Length implements bot.Answerer: YouTube counts characters.
func (s *Source) Length(t string) int { return utf8.RuneCountInString(t) }

// Answer implements bot.Answerer. YouTube knows no key of ours: FindAnswer
// looks before it is sent again.
func (s *Source) Answer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	if s.tokens == nil || !valid(m.ExternalID) {
		return bot.Placed{}, bot.Errorf(bot.ErrUnsupported, "Without a refresh token nobody can be answered on YouTube.")
	}
	body := map[string]any{"snippet": map[string]string{"parentId": topOf(m.ExternalID), "textOriginal": r.Text}}
	var raw json.RawMessage
	if err := s.ask(ctx, http.MethodPost, "comments", url.Values{"part": {"snippet"}}, body, 0, &raw); err != nil {
		return bot.Placed{}, err
	}
	it := readComment(raw)
	if it.err != nil {
		return bot.Placed{}, &bot.Error{Kind: bot.ErrUncertain, Msg: "YouTube took the answer and does not say where it stands.", Err: it.err}
	}
	return s.placed(it, m), nil
}

func (s *Source) placed(it item, m bot.Mention) bot.Placed {
	return bot.Placed{ExternalID: it.comment.ID, URL: s.mention(it, m.Attrs["video"]).URL}
}

// below gives the answers in a thread; whole is false when there are more.
func (s *Source) below(ctx context.Context, id string, leave int) (all []json.RawMessage, whole bool, err error) {
	q := url.Values{"part": {"snippet"}, "parentId": {id}, "maxResults": {strconv.Itoa(pageSize)}, "textFormat": {"plainText"}}
	for range replyPages {
		got, err := s.get(ctx, "comments", q, leave)
		if bot.KindOf(err) == bot.ErrGone {
			return all, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		if all = append(all, got.Items...); got.Next == "" {
			return all, true, nil
		}
		q.Set("pageToken", got.Next)
	}
	return all, false, nil
}

// clocks is how far YouTube's clock may be behind ours.
const clocks = 5 * time.Minute

// FindAnswer implements bot.Answerer: it looks for an answer of ours with the
// same words in the thread. Below another channel's video our answer may wait
// for its owner, where we cannot see it.
func (s *Source) FindAnswer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	if s.tokens == nil || !valid(m.ExternalID) {
		return bot.Placed{}, false, nil
	}
	if err := s.known(ctx); err != nil {
		return bot.Placed{}, false, err
	}
	all, whole, err := s.below(ctx, topOf(m.ExternalID), 0)
	if err != nil {
		return bot.Placed{}, false, err
	}
	for _, raw := range all {
		it := readComment(raw)
		if it.err == nil && it.comment.Snippet.Channel.ID == s.me && !it.at.Before(r.CreatedAt.Add(-clocks)) &&
			slices.Equal(strings.Fields(it.comment.words()), strings.Fields(r.Text)) {
			return s.placed(it, m), true, nil
		}
	}
	got, err := s.get(ctx, "commentThreads", url.Values{"part": {"snippet"}, "id": {topOf(m.ExternalID)}}, 0)
	if err != nil && bot.KindOf(err) != bot.ErrGone {
		return bot.Placed{}, false, err
	}
	if len(got.Items) == 0 {
		return bot.Placed{}, false, nil // nothing stands below what is gone
	}
	var t thread
	if json.Unmarshal(got.Items[0], &t) != nil || t.Snippet.Channel != s.me || !whole {
		return bot.Placed{}, false, bot.Errorf(bot.ErrUnsupported, "The answer is not below the comment, but may wait for the owner of the video. Look there by hand.")
	}
	return bot.Placed{}, false, nil
}

// Follow implements bot.Follower. The state is YouTube's word for an answer
// that the video's owner has not let through.
func (s *Source) Follow(ctx context.Context, _ bot.Mention, at bot.Placed) (bot.Aftermath, error) {
	if s.tokens == nil || !valid(at.ExternalID) {
		return bot.Aftermath{}, bot.Errorf(bot.ErrUnsupported, "Where the answer stands is not known.")
	}
	got, err := s.get(ctx, "comments", url.Values{"part": {"snippet"}, "id": {at.ExternalID}}, leave)
	if bot.KindOf(err) == bot.ErrGone {
		return bot.Aftermath{Gone: true}, nil
	}
	if err != nil {
		return bot.Aftermath{}, err
	}
	if len(got.Items) == 0 {
		return bot.Aftermath{Gone: true}, nil
	}
	it := readComment(got.Items[0])
	if it.err != nil {
		return bot.Aftermath{}, it.err
	}
	c := it.comment.Snippet
	out := bot.Aftermath{Likes: max(c.Likes, 0), State: line(c.State, 40)}
	if out.State == "published" {
		out.State = ""
	}
	return out, nil
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
	if s.tokens != nil {
		scopes, err := s.tokens.Scopes(ctx)
		if !say("YouTube: Google takes the refresh token", err) {
			return all
		}
		say("YouTube: may answer", mayWrite(scopes))
		if !say("YouTube: knows which channel is ours", s.known(ctx)) {
			return all
		}
	}
	for _, l := range s.lists {
		q := url.Values{"part": {"id"}, "maxResults": {"1"}, "videoId": {l.video}}
		id, err := s.channel(ctx, l.channel)
		if id != "" {
			q.Del("videoId")
			q.Set("allThreadsRelatedToChannelId", id)
		}
		if err == nil {
			_, err = s.get(ctx, "commentThreads", q, 0)
		}
		if !say("YouTube: can read the comments on "+l.key(), err) && bot.KindOf(err) == bot.ErrUnauthorized {
			return all // the others would say the same
		}
	}
	return all
}

// mayWrite looks for a scope that lets us answer
// (developers.google.com/youtube/v3/docs/comments/insert).
func mayWrite(scopes []string) error {
	if len(scopes) == 0 || slices.Contains(scopes, "https://www.googleapis.com/auth/youtube.force-ssl") {
		return nil
	}
	return bot.Errorf(bot.ErrUnauthorized, "The refresh token lacks the scope https://www.googleapis.com/auth/youtube.force-ssl. Make a new one with it.")
}
