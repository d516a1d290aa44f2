package appstore

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/latest"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// Feed reads the public feeds of one app: what Apple shows to all, a country at
// a time.
type Feed struct {
	set  Settings
	base *url.URL
	http *http.Client
	now  func() time.Time
}

func newFeed(s Settings, env bot.SourceEnv) (*Feed, error) {
	if s.KeyID != "" || s.Issuer != "" {
		return nil, bot.Errorf(bot.ErrInvalid, "There are key_id or issuer, and no key. Put what is in the .p8 file into key, or leave all three out.")
	}
	base, now, err := s.complete("https://itunes.apple.com", env)
	if err != nil {
		return nil, err
	}
	return &Feed{set: s, base: base, http: env.HTTP, now: now}, nil
}

// label is how the feed wraps a text.
type label struct {
	Label string `json:"label"`
}

// entry is a review in the feed.
type entry struct {
	ID      label  `json:"id"`
	Title   label  `json:"title"`
	Content label  `json:"content"`
	Rating  *label `json:"im:rating"` // the entry of the app itself has none
	Version label  `json:"im:version"`
	Updated label  `json:"updated"`
	Votes   label  `json:"im:voteSum"`
	Author  struct {
		Name label `json:"name"`
		URI  label `json:"uri"`
	} `json:"author"`
}

// Poll implements bot.Source: one country after the other.
func (f *Feed) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	places := map[string]bot.Cursor{}
	if json.Unmarshal([]byte(cursor), &places) != nil || places == nil {
		places = map[string]bot.Cursor{}
	}
	var all bot.Batch
	for _, country := range f.set.Countries {
		list := f.set.list()
		list.Page = func(ctx context.Context, name string) ([]latest.Item, string, error) {
			return f.page(ctx, country, name)
		}
		b, err := list.Read(ctx, places[country], f.now())
		if err != nil {
			return bot.Batch{}, err
		}
		places[country] = b.Next
		all.Mentions = append(all.Mentions, b.Mentions...)
		all.Rejected = append(all.Rejected, b.Rejected...)
		all.More = all.More || b.More
	}
	for country := range places {
		if !slices.Contains(f.set.Countries, country) {
			delete(places, country)
		}
	}
	slices.SortStableFunc(all.Mentions, func(a, b bot.Mention) int { return a.CreatedAt.Compare(b.CreatedAt) })
	next, err := json.Marshal(places)
	if err != nil {
		return bot.Batch{}, fmt.Errorf("write the cursor: %w", err)
	}
	all.Next = bot.Cursor(next)
	return all, nil
}

// page reads a page of a country's feed; its name is its number.
func (f *Feed) page(ctx context.Context, country, name string) ([]latest.Item, string, error) {
	n, err := strconv.Atoi(name)
	if err != nil || n < 1 || n > feedPages {
		n = 1
	}
	path := country + "/rss/customerreviews/page=" + strconv.Itoa(n) + "/id=" + f.set.App + "/sortby=mostrecent/json"
	req, err := httpx.Request(ctx, http.MethodGet, f.base, path, nil)
	if err != nil {
		return nil, "", err
	}
	var got struct {
		Feed *struct {
			Entry json.RawMessage `json:"entry"`
		} `json:"feed"`
	}
	if err := httpx.JSON(f.http, req, maxBody, &got); err != nil {
		return nil, "", err
	}
	if got.Feed == nil {
		return nil, "", bot.Errorf(bot.ErrUnavailable, "%s answers in another form than its feed of reviews has.", f.base.Hostname())
	}
	entries := several(got.Feed.Entry)
	var items []latest.Item
	for _, raw := range entries {
		if it, ok := f.item(raw, country); ok {
			items = append(items, it)
		}
	}
	next := ""
	if n < feedPages && len(entries) >= feedSize {
		next = strconv.Itoa(n + 1)
	}
	return items, next, nil
}

// several reads what is a list, or its only member without one.
func several(raw json.RawMessage) []json.RawMessage {
	var many []json.RawMessage
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	if json.Unmarshal(raw, &many) == nil {
		return many
	}
	return []json.RawMessage{raw}
}

// item reads an entry; false for the entry of the app itself.
func (f *Feed) item(raw json.RawMessage, country string) (latest.Item, bool) {
	var e entry
	it := latest.Item{Raw: string(raw[:min(len(raw), 2*record.MaxRaw)]), Where: "App Store, app " + f.set.App + ", " + country}
	if err := json.Unmarshal(raw, &e); err != nil {
		it.Err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that the App Store's feed has.", Err: err}
		return it, true
	}
	at, dated := when(e.Updated.Label)
	switch {
	case plain(e.ID.Label) && dated:
	case e.Rating == nil:
		return it, false
	default:
		it.Err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
		return it, true
	}
	var r review
	r.ID, r.Attributes.Title, r.Attributes.Body, r.Attributes.Nickname = e.ID.Label, e.Title.Label, e.Content.Label, e.Author.Name.Label
	if e.Rating != nil {
		r.Attributes.Rating, _ = strconv.Atoi(e.Rating.Label) // what is no number is no rating
	}
	it.At, it.Mention = at, f.set.mention(r, at)
	m := &it.Mention
	m.URL = "https://apps.apple.com/" + country + "/app/id" + f.set.App + "?see-all=reviews"
	m.Attrs["country"] = country
	if m.Author.URL = text.SafeURL(e.Author.URI.Label); m.Author.URL != "" {
		if id := m.Author.URL[strings.LastIndexByte(m.Author.URL, '/')+1:]; strings.HasPrefix(id, "id") && plain(id) {
			m.Author.ExternalID = id
		}
	}
	for name, value := range map[string]string{"version": e.Version.Label, "votes": e.Votes.Label} {
		if v := line(value, 60); v != "" {
			m.Attrs[name] = v
		}
	}
	return it, true
}

// Check implements bot.Checker.
func (f *Feed) Check(ctx context.Context) []bot.Finding {
	var all []bot.Finding
	for _, country := range f.set.Countries {
		what := "App Store: can read the public feed of app " + f.set.App + " in " + country
		if _, _, err := f.page(ctx, country, ""); err != nil {
			all = append(all, bot.Finding{What: what, Mend: bot.Told(err)})
			continue
		}
		all = append(all, bot.Finding{OK: true, What: what})
	}
	return all
}
