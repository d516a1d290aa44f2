package reddit

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/text"
)

// known finds out who we are, once.
func (s *Source) known(ctx context.Context) error {
	s.mu.Lock()
	done := s.me != "" || !s.account()
	s.mu.Unlock()
	if done {
		return nil
	}
	var got struct {
		Name string `json:"name"`
	}
	if err := s.get(ctx, "api/v1/me", nil, &got); err != nil {
		return err
	}
	name := line(got.Name, 60)
	if name == "" {
		return bot.Errorf(bot.ErrUnavailable, "Reddit does not say which account its token is of.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.me = name
	return nil
}

func (s *Source) name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return first(s.me, s.set.User)
}

// Ways implements bot.Answerer.
func (s *Source) Ways(m bot.Mention) []bot.Way {
	if !s.account() || m.Deleted || !named(m.ExternalID) {
		return nil
	}
	return []bot.Way{{Name: "comment", Label: "Comment on Reddit as u/" + s.name(), Public: true, Limit: commentLimit, Place: "Reddit"}}
}

// Length implements bot.Answerer: characters, as they are sent.
func (s *Source) Length(t string) int { return utf8.RuneCountInString(markdown(t)) }

// markdown keeps the lines of a text: Reddit's Markdown joins lines that do not
// end in two spaces (reddit.com/wiki/markdown).
func markdown(t string) string {
	lines := strings.Split(strings.ReplaceAll(t, "\r\n", "\n"), "\n")
	for i, l := range lines {
		if l = strings.TrimRight(l, " \t"); i+1 < len(lines) && l != "" && strings.TrimSpace(lines[i+1]) != "" {
			l += "  "
		}
		lines[i] = l
	}
	return strings.Join(lines, "\n")
}

// sent is what Reddit says of a comment, with api_type=json.
type sent struct {
	JSON struct {
		Errors [][]any `json:"errors"`
		Wait   float64 `json:"ratelimit"` // seconds
		Data   struct {
			Things []json.RawMessage `json:"things"`
		} `json:"data"`
	} `json:"json"`
}

// Answer implements bot.Answerer. Reddit knows no key of ours: the same comment
// sent twice stands there twice, so that FindAnswer looks first.
func (s *Source) Answer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	if s.tokens == nil || !named(m.ExternalID) {
		return bot.Placed{}, bot.Errorf(bot.ErrUnsupported, "Without an account of Reddit nobody can be answered there.")
	}
	form := url.Values{"api_type": {"json"}, "thing_id": {m.ExternalID}, "text": {markdown(r.Text)}}.Encode()
	resp, err := s.tokens.Do(ctx, func() (*http.Request, error) {
		req, err := httpx.Request(ctx, http.MethodPost, s.api, "api/comment", url.Values{"raw_json": {"1"}})
		if err != nil {
			return nil, err
		}
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(form)), int64(len(form))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("User-Agent", s.agent())
		return req, nil
	})
	if err != nil {
		return bot.Placed{}, err
	}
	var got sent
	if err := s.answer(resp, &got); err != nil {
		if bot.KindOf(err) == bot.ErrUnavailable && resp.StatusCode < 300 {
			return bot.Placed{}, &bot.Error{Kind: bot.ErrUncertain, Msg: "Reddit took the comment and does not say where it stands.", Err: err}
		}
		return bot.Placed{}, err
	}
	if len(got.JSON.Errors) > 0 {
		return bot.Placed{}, refused(got)
	}
	for _, raw := range got.JSON.Data.Things {
		if it := readItem(raw); it.err == nil && !it.other {
			return s.placed(it.thing), nil
		}
	}
	return bot.Placed{}, bot.Errorf(bot.ErrUncertain, "Reddit took the comment and does not say where it stands.")
}

func (s *Source) placed(t thing) bot.Placed { return bot.Placed{ExternalID: t.Name, URL: s.link(t)} }

// refused turns Reddit's words into ours
// (github.com/reddit-archive/reddit/blob/master/r2/r2/lib/errors.py).
func refused(got sent) error {
	code, said := "", ""
	for i, v := range got.JSON.Errors[0] {
		if word, ok := v.(string); ok && i == 0 {
			code = text.Cut(text.OneLine(word), 60)
		} else if ok && i == 1 {
			said = text.Cut(text.OneLine(word), 200)
		}
	}
	switch code {
	case "RATELIMIT":
		return &bot.Error{Kind: bot.ErrRateLimited, Msg: "Reddit lets our account comment again in a while.", RetryAfter: pause(got.JSON.Wait, said)}
	case "USER_REQUIRED":
		return bot.Errorf(bot.ErrUnauthorized, "Reddit does not take the account's credentials. Renew them, with the scope submit.")
	case "DELETED_COMMENT", "DELETED_LINK", "COMMENT_NOT_ACCESSIBLE":
		return bot.Errorf(bot.ErrGone, "What it answers is not on Reddit any more. The customer may have deleted it.")
	case "THREAD_LOCKED", "TOO_OLD":
		return bot.Errorf(bot.ErrForbidden, "The thread takes no more comments: it is locked or archived. Send the author a message by hand.")
	case "SUBREDDIT_OUTBOUND_LINKING_DISALLOWED", "SUBREDDIT_NOTALLOWED", "USER_BLOCKED", "BANNED_FROM_SUBREDDIT", "RESTRICTED_TO_CONTRIBUTORS":
		return bot.Errorf(bot.ErrForbidden, "Our account may not comment there: %s. Ask the subreddit's moderators.", first(said, code))
	case "TOO_LONG":
		return bot.Errorf(bot.ErrInvalid, "The comment is longer than the %d characters that Reddit takes. Shorten it.", commentLimit)
	}
	return bot.Errorf(bot.ErrInvalid, "Reddit does not take the comment: %s (%s). Change it, or answer by hand.", first(said, "it gives no reason"), code)
}

// pause reads how long Reddit wants us to wait: "you are doing that too much.
// try again in 9 minutes."
func pause(wait float64, said string) time.Duration {
	if wait >= 1 && wait < 24*3600 {
		return time.Duration(wait) * time.Second
	}
	found := regexp.MustCompile(`(\d{1,4}) (millisecond|second|minute|hour)`).FindStringSubmatch(said)
	if found == nil {
		return 10 * time.Minute
	}
	n, _ := strconv.Atoi(found[1])
	unit := map[string]time.Duration{"millisecond": time.Millisecond, "second": time.Second, "minute": time.Minute, "hour": time.Hour}[found[2]]
	return min(time.Duration(n)*unit+time.Second, 24*time.Hour)
}
