package playstore

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf16"

	"earshot/bot"
	"earshot/bot/text"
)

// Ways implements bot.Answerer: the developer reply, of which a review has one.
func (s *Source) Ways(m bot.Mention) []bot.Way {
	if m.Deleted || m.Author.Staff || !plain(m.ExternalID) {
		return nil
	}
	return []bot.Way{{Name: "reply", Label: "Developer reply on Google Play (replaces an earlier one)", Public: true, Limit: answerLimit, Place: "Google Play"}}
}

// Length implements bot.Answerer. Google says "approximately 350 characters":
// UTF-16, as here and in the Play Console, is never less than characters.
func (s *Source) Length(t string) int { return len(utf16.Encode([]rune(t))) }

// Answer implements bot.Answerer: it makes the reply, or replaces the one that
// stands (…/api-ref/rest/v3/reviews/reply). Sent twice it stands once. Google
// strips what looks like HTML tags, so a text that would lose some of itself is
// not sent.
func (s *Source) Answer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	if !plain(m.ExternalID) {
		return bot.Placed{}, bot.Errorf(bot.ErrUnsupported, "This is not a review that can be answered.")
	}
	if tag(r.Text) {
		return bot.Placed{}, bot.Errorf(bot.ErrInvalid, "Google Play would cut out what stands between < and >. Write it without these signs.")
	}
	body, err := json.Marshal(map[string]string{"replyText": r.Text})
	if err != nil {
		return bot.Placed{}, fmt.Errorf("write the reply: %w", err)
	}
	raw, err := s.call(ctx, http.MethodPost, "reviews/"+url.PathEscape(m.ExternalID)+":reply", nil, body)
	if bot.KindOf(err) == bot.ErrGone {
		return bot.Placed{}, &bot.Error{Kind: bot.ErrGone, Msg: "The review is not there any more. The customer may have deleted it.", Err: err}
	}
	if err != nil {
		return bot.Placed{}, err
	}
	var sent struct {
		Result *struct {
			Text string `json:"replyText"`
		} `json:"result"`
	}
	if json.Unmarshal(raw, &sent) != nil || sent.Result == nil {
		return bot.Placed{}, bot.Errorf(bot.ErrUncertain, "Google Play took the reply and does not say that it stands.")
	}
	return s.placed(m.ExternalID), nil
}

// tag tells whether something in t looks like an HTML tag.
func tag(t string) bool {
	i := strings.IndexByte(t, '<')
	return i >= 0 && strings.IndexByte(t[i:], '>') > 0
}

func (s *Source) placed(id string) bot.Placed {
	return bot.Placed{ExternalID: id + reply, URL: text.SafeURL(s.page(id))}
}

// reply is what the developer says below a review; false where nothing stands.
func (r review) reply() (string, bool) {
	for _, c := range r.Comments {
		if c.Developer != nil && c.Developer.Text != "" {
			return c.Developer.Text, true
		}
	}
	return "", false
}

// FindAnswer implements bot.Answerer: there is one reply, so it is there if its
// words are.
func (s *Source) FindAnswer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	if !plain(m.ExternalID) {
		return bot.Placed{}, false, nil
	}
	got, err := s.one(ctx, m.ExternalID)
	if bot.KindOf(err) == bot.ErrGone {
		return bot.Placed{}, false, nil
	}
	said, there := got.reply()
	if err != nil || !there || strings.Join(strings.Fields(said), " ") != strings.Join(strings.Fields(r.Text), " ") {
		return bot.Placed{}, false, err
	}
	return s.placed(m.ExternalID), true, nil
}

// Follow implements bot.Follower: whether the reply still stands.
func (s *Source) Follow(ctx context.Context, m bot.Mention, _ bot.Placed) (bot.Aftermath, error) {
	if !s.may() {
		return bot.Aftermath{}, &bot.Error{Kind: bot.ErrRateLimited, Msg: "What Google Play lets us ask in an hour is nearly used up.", RetryAfter: time.Hour / 4}
	}
	got, err := s.one(ctx, m.ExternalID)
	if err != nil && bot.KindOf(err) != bot.ErrGone {
		return bot.Aftermath{}, err
	}
	_, there := got.reply()
	return bot.Aftermath{Gone: !there}, nil
}

// Check implements bot.Checker.
func (s *Source) Check(ctx context.Context) []bot.Finding {
	what := "Google Play: can read the reviews of " + s.set.Package
	if _, _, err := s.reviews(ctx, ""); err != nil {
		return []bot.Finding{{What: what, Mend: bot.Told(err)}}
	}
	return []bot.Finding{{OK: true, What: what}}
}
