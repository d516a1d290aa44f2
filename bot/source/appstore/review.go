package appstore

import (
	"encoding/json"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/latest"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// review is a customer's review (…/appstoreconnectapi/customerreview).
type review struct {
	ID         string `json:"id"`
	Attributes struct {
		Rating    int    `json:"rating"`
		Title     string `json:"title"`
		Body      string `json:"body"`
		Nickname  string `json:"reviewerNickname"`
		Created   string `json:"createdDate"`
		Territory string `json:"territory"` // ISO 3166-1 alpha-3
	} `json:"attributes"`
	Relationships struct {
		Response struct {
			Data *struct {
				ID string `json:"id"`
			} `json:"data"`
		} `json:"response"`
	} `json:"relationships"`
}

// response is what the developer answered (…/customerreviewresponsev1).
type response struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	Attributes struct {
		Body     string `json:"responseBody"`
		Modified string `json:"lastModifiedDate"`
		State    string `json:"state"` // PUBLISHED or PENDING_PUBLISH
	} `json:"attributes"`
}

// answers is the prefix of a response's external id.
const answers = "response/"

// items reads a page of reviews and the responses that came with them.
func (s *Source) items(data []json.RawMessage, included []response) []latest.Item {
	by := map[string]response{}
	for _, r := range included {
		if r.Type == "customerReviewResponses" {
			by[r.ID] = r
		}
	}
	var all []latest.Item
	for _, raw := range data {
		r, it := readReview(raw)
		if it.Err != nil {
			it.Where = s.where(r.ID)
			all = append(all, it)
			continue
		}
		it.Mention = s.set.mention(r, it.At)
		all = append(all, it)
		if at := r.Relationships.Response.Data; at != nil {
			if m, ok := s.ours(r, by[at.ID]); ok {
				all = append(all, latest.Item{Mention: m, At: it.At})
			}
		}
	}
	return all
}

func (s *Source) where(id string) string {
	return strings.TrimSuffix("App Store, app "+s.set.App+", review "+id, ", review ")
}

// readReview reads one review, which may be broken.
func readReview(raw json.RawMessage) (review, latest.Item) {
	var r review
	it := latest.Item{Raw: string(raw[:min(len(raw), 2*record.MaxRaw)])}
	if err := json.Unmarshal(raw, &r); err != nil {
		it.Err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that the App Store Connect API promises.", Err: err}
	}
	at, dated := when(r.Attributes.Created)
	if !plain(r.ID) {
		r.ID = ""
	}
	if it.Err == nil && (r.ID == "" || !dated) {
		it.Err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
	}
	it.At = at
	return r, it
}

func when(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, false
	}
	return t.UTC(), true
}

// mention turns a review into a mention. Nicknames are all that Apple tells of
// a person; they are unique.
func (s *Settings) mention(r review, at time.Time) bot.Mention {
	a := r.Attributes
	m := bot.Mention{
		ExternalID: r.ID, Title: line(a.Title, 300), Text: words(a.Body), CreatedAt: at, Watches: []string{s.Watch},
		Author: bot.Author{Name: line(a.Nickname, 200), Followers: -1}, Attrs: map[string]string{},
		URL: "https://apps.apple.com/app/id" + s.App + "?see-all=reviews",
	}
	m.Rating = stars(a.Rating)
	if t := line(a.Territory, 10); t != "" {
		m.Attrs["territory"] = t
	}
	return m
}

func stars(n int) bot.Rating {
	if n < 1 || n > 5 {
		return bot.Rating{}
	}
	return bot.Rating{Value: float64(n), Of: 5}
}

// ours is the mention of a response: what was answered, here or in App Store
// Connect.
func (s *Source) ours(r review, a response) (bot.Mention, bool) {
	at, dated := when(a.Attributes.Modified)
	if !plain(a.ID) || !dated {
		return bot.Mention{}, false
	}
	return bot.Mention{
		ExternalID: answers + a.ID, ParentID: r.ID, Text: words(a.Attributes.Body), CreatedAt: at, Watches: []string{s.set.Watch},
		Author: bot.Author{Name: "Developer response", Followers: -1, Staff: true}, Attrs: map[string]string{"state": line(a.Attributes.State, 40)},
		URL: "https://apps.apple.com/app/id" + s.set.App + "?see-all=reviews",
	}, true
}

// plain tells whether s can be an id: nothing that has a meaning in an address.
func plain(s string) bool {
	return s != "" && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	})
}

func words(s string) string { return text.Clean(text.CutBytes(s, record.MaxText)) }

func line(s string, most int) string { return text.Cut(text.OneLine(text.CutBytes(s, 4000)), most) }
