package mastodon

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/text"
)

// known finds out who we are and how long a post may be, once.
func (s *Source) known(ctx context.Context) error {
	s.mu.Lock()
	done := s.me.ID != "" || s.set.Token == ""
	s.mu.Unlock()
	if done {
		return nil
	}
	var me account
	if err := s.get(ctx, "api/v1/accounts/verify_credentials", nil, &me); err != nil {
		return err
	}
	var about struct {
		Configuration struct {
			Statuses struct {
				Most int `json:"max_characters"`
			} `json:"statuses"`
			URLs struct {
				Streaming string `json:"streaming"`
			} `json:"urls"`
		} `json:"configuration"`
	}
	if err := s.get(ctx, "api/v2/instance", nil, &about); err != nil && bot.KindOf(err) != bot.ErrGone { // older servers have none
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.me = me; about.Configuration.Statuses.Most > 0 {
		s.limit = about.Configuration.Statuses.Most
	}
	if u, ok := httpx.Base(webAddress(about.Configuration.URLs.Streaming)); ok && (u.Scheme == "https" || s.base.Scheme == "http") {
		s.stream = u
	}
	return nil
}

// Ways implements bot.Answerer: as publicly as the customer spoke, or by direct
// message.
func (s *Source) Ways(m bot.Mention) []bot.Way {
	s.mu.Lock()
	me, limit := s.me, s.limit
	s.mu.Unlock()
	if s.set.Token == "" || m.Deleted || m.Author.Handle == "" {
		return nil
	}
	limit = max(limit-s.Length(greeting(m)), 1)
	as := ""
	if me.Handle != "" {
		as = " as @" + me.Handle
	}
	direct := bot.Way{Name: "direct", Label: "Direct message on Mastodon" + as, Limit: limit, Place: "Mastodon"}
	if m.Private {
		return []bot.Way{direct}
	}
	return []bot.Way{{Name: "public", Label: "Public reply on Mastodon" + as, Public: true, Limit: limit, Place: "Mastodon"}, direct}
}

// greeting is what makes a post reach the customer.
func greeting(m bot.Mention) string { return "@" + m.Author.Handle + " " }

// Length implements bot.Answerer: an address counts as 23 characters, and of
// somebody's name on another server only the part before the server
// (docs.joinmastodon.org/user/posting/#text).
func (s *Source) Length(t string) int {
	t = regexp.MustCompile(`https?://[^\s]+`).ReplaceAllString(t, strings.Repeat("x", 23))
	t = regexp.MustCompile(`(@[A-Za-z0-9_]+)@[A-Za-z0-9.-]+`).ReplaceAllString(t, "$1")
	return utf8.RuneCountInString(t)
}

// Answer implements bot.Answerer.
func (s *Source) Answer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	body, err := json.Marshal(map[string]string{"status": greeting(m) + r.Text, "in_reply_to_id": m.ExternalID, "visibility": visibility(m, r)})
	if err != nil {
		return bot.Placed{}, fmt.Errorf("write the answer: %w", err)
	}
	req, err := s.request(ctx, http.MethodPost, "api/v1/statuses", nil)
	if err != nil {
		return bot.Placed{}, err
	}
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", r.Key())
	var sent status
	if err := httpx.JSON(s.http, req, maxBody, &sent); err != nil {
		return bot.Placed{}, s.refused(err)
	}
	if number(sent.ID) == "" {
		return bot.Placed{}, bot.Errorf(bot.ErrUncertain, "The server took the answer and does not say where it stands.")
	}
	return placed(sent), nil
}

// visibility is as public as the customer was, never more.
func visibility(m bot.Mention, r bot.Reply) string {
	if r.Way.Name != "public" || m.Private {
		return "direct"
	}
	if m.Attrs["visibility"] == "unlisted" {
		return "unlisted"
	}
	return "public"
}

// refused says what to do about an answer that was not taken.
func (s *Source) refused(err error) error {
	if bot.KindOf(err) == bot.ErrGone {
		return &bot.Error{Kind: bot.ErrGone, Msg: "The post is not there any more. The customer may have deleted it.", Err: err}
	}
	return err
}

func placed(p status) bot.Placed {
	return bot.Placed{ExternalID: p.ID, URL: first(text.SafeURL(p.URL), text.SafeURL(p.URI))}
}

// clocks is how far the server's clock may be behind ours.
const clocks = 5 * time.Minute

// FindAnswer implements bot.Answerer: it looks for our post below the
// customer's that has the same words.
func (s *Source) FindAnswer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	if err := s.known(ctx); err != nil {
		return bot.Placed{}, false, err
	}
	var thread struct {
		Below []status `json:"descendants"`
	}
	err := s.get(ctx, "api/v1/statuses/"+url.PathEscape(m.ExternalID)+"/context", nil, &thread)
	if bot.KindOf(err) == bot.ErrGone {
		return bot.Placed{}, false, nil // nothing can stand below what is gone
	}
	if err != nil {
		return bot.Placed{}, false, err
	}
	s.mu.Lock()
	me := s.me.ID
	s.mu.Unlock()
	for _, p := range thread.Below {
		at, _ := when(p.Created)
		if p.Account.ID == me && !at.Before(r.CreatedAt.Add(-clocks)) && same(content(p.Content), r.Text) {
			return placed(p), true, nil
		}
	}
	return bot.Placed{}, false, nil
}

// same compares what was sent with what stands there: without the names in
// front, links shortened by the server, and spaces.
func same(stands, sent string) bool {
	return letters(stands) == letters(sent)
}

func letters(t string) string {
	words := strings.Fields(t)
	for len(words) > 0 && strings.HasPrefix(words[0], "@") {
		words = words[1:]
	}
	return strings.Join(words, " ")
}

// Follow implements bot.Follower.
func (s *Source) Follow(ctx context.Context, _ bot.Mention, at bot.Placed) (bot.Aftermath, error) {
	var p status
	err := s.get(ctx, "api/v1/statuses/"+url.PathEscape(at.ExternalID), nil, &p)
	if bot.KindOf(err) == bot.ErrGone {
		return bot.Aftermath{Gone: true}, nil
	}
	return bot.Aftermath{Likes: max(p.Likes, 0), Answers: max(p.Replies, 0)}, err
}

// Check implements bot.Checker.
func (s *Source) Check(ctx context.Context) []bot.Finding {
	host := s.base.Hostname()
	var all []bot.Finding
	say := func(what string, err error) {
		if err != nil {
			all = append(all, bot.Finding{What: what, Mend: bot.Told(err)})
			return
		}
		all = append(all, bot.Finding{OK: true, What: what})
	}
	if s.set.Token != "" {
		err := s.known(ctx)
		s.mu.Lock()
		me := s.me.Handle
		s.mu.Unlock()
		say(strings.TrimSuffix("Mastodon: is known to "+host+" as @"+me, " as @"), err)
		if err != nil {
			return all
		}
		say("Mastodon: may answer on "+host, s.mayWrite(ctx))
	}
	if s.streams() {
		err := s.hello(ctx)
		if what := "Mastodon: hears the streams of " + host; bot.KindOf(err) == bot.ErrUnsupported {
			say("Mastodon: asks "+host+" every minute, as it has no streams for this token", nil)
		} else {
			say(what, err)
		}
	}
	for _, l := range s.lines {
		_, err := s.page(ctx, l, url.Values{"limit": {"1"}})
		say("Mastodon: can read "+l.key+" on "+host, err)
	}
	return all
}

// mayWrite asks for the scopes of the token.
func (s *Source) mayWrite(ctx context.Context) error {
	var app struct {
		Scopes []string `json:"scopes"`
	}
	if err := s.get(ctx, "api/v1/apps/verify_credentials", nil, &app); err != nil {
		return err
	}
	for _, sc := range app.Scopes {
		if sc == "write" || sc == "write:statuses" {
			return nil
		}
	}
	if app.Scopes == nil {
		return nil // servers before 4.3 do not tell
	}
	return bot.Errorf(bot.ErrForbidden, "The token may not write. Add write:statuses to the application at %s, and make a new token.", s.base.JoinPath("settings/applications"))
}
