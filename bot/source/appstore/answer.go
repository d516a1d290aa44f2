package appstore

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf16"

	"earshot/bot"
)

// Ways implements bot.Answerer: the developer response, of which a review has
// one.
func (s *Source) Ways(m bot.Mention) []bot.Way {
	if m.Deleted || m.Author.Staff || !plain(m.ExternalID) {
		return nil
	}
	return []bot.Way{{
		Name: "response", Label: "Developer response on the App Store (replaces an earlier one)", Public: true, Limit: answerLimit, Place: "the App Store",
	}}
}

// Length implements bot.Answerer. How Apple counts is not documented: UTF-16,
// as here, is never less than characters.
func (s *Source) Length(t string) int { return len(utf16.Encode([]rune(t))) }

// Answer implements bot.Answerer: it makes the response, or replaces the one
// that stands (…/post-v1-customerreviewresponses). Sent twice it stands once.
func (s *Source) Answer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	if !plain(m.ExternalID) {
		return bot.Placed{}, bot.Errorf(bot.ErrUnsupported, "This is not a review that can be answered.")
	}
	type object map[string]any
	body := object{"data": object{
		"type":          "customerReviewResponses",
		"attributes":    object{"responseBody": r.Text},
		"relationships": object{"review": object{"data": object{"type": "customerReviews", "id": m.ExternalID}}},
	}}
	var sent struct {
		Data response `json:"data"`
	}
	err := s.call(ctx, http.MethodPost, "v1/customerReviewResponses", nil, body, &sent)
	if bot.KindOf(err) == bot.ErrGone {
		return bot.Placed{}, &bot.Error{Kind: bot.ErrGone, Msg: "The review is not there any more. The customer may have deleted it.", Err: err}
	}
	if err != nil {
		return bot.Placed{}, err
	}
	if !plain(sent.Data.ID) {
		return bot.Placed{}, bot.Errorf(bot.ErrUncertain, "App Store Connect took the response and does not say where it stands.")
	}
	return s.placed(sent.Data), nil
}

func (s *Source) placed(a response) bot.Placed {
	return bot.Placed{ExternalID: answers + a.ID, URL: "https://apps.apple.com/app/id" + s.set.App + "?see-all=reviews"}
}

// standing gives the response to a review; false where there is none
// (…/get-v1-customerreviews-_id_-response).
func (s *Source) standing(ctx context.Context, id string) (response, bool, error) {
	var got struct {
		Data *response `json:"data"`
	}
	if !plain(id) {
		return response{}, false, nil
	}
	err := s.call(ctx, http.MethodGet, "v1/customerReviews/"+id+"/response", nil, nil, &got)
	if bot.KindOf(err) == bot.ErrGone || err == nil && (got.Data == nil || !plain(got.Data.ID)) {
		return response{}, false, nil
	}
	if err != nil {
		return response{}, false, err
	}
	return *got.Data, true, nil
}

// FindAnswer implements bot.Answerer: there is one response, so it is there if
// its words are.
func (s *Source) FindAnswer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	a, there, err := s.standing(ctx, m.ExternalID)
	if err != nil || !there || strings.Join(strings.Fields(a.Attributes.Body), " ") != strings.Join(strings.Fields(r.Text), " ") {
		return bot.Placed{}, false, err
	}
	return s.placed(a), true, nil
}

// Follow implements bot.Follower: whether the response is published, or gone.
func (s *Source) Follow(ctx context.Context, m bot.Mention, _ bot.Placed) (bot.Aftermath, error) {
	a, there, err := s.standing(ctx, m.ExternalID)
	if err != nil {
		return bot.Aftermath{}, err
	}
	return bot.Aftermath{Gone: !there, State: line(a.Attributes.State, 40)}, nil
}

// Check implements bot.Checker.
func (s *Source) Check(ctx context.Context) []bot.Finding {
	what := "App Store: can read the reviews of app " + s.set.App
	var any struct{}
	err := s.call(ctx, http.MethodGet, "v1/apps/"+s.set.App+"/customerReviews", url.Values{"limit": {"1"}}, nil, &any)
	if err != nil {
		return []bot.Finding{{What: what, Mend: bot.Told(err)}}
	}
	return []bot.Finding{{OK: true, What: what}}
}
