package reddit

import (
	"context"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/record"
)

// atom is a feed as Reddit writes it (RFC 4287; reddit.com/wiki/rss).
type atom struct {
	XMLName xml.Name `xml:"feed"`
	Entries []entry  `xml:"entry"`
}

type entry struct {
	ID        string `xml:"id"` // "t3_1abcde"
	Title     string `xml:"title"`
	Content   string `xml:"content"` // HTML
	Published string `xml:"published"`
	Updated   string `xml:"updated"`
	Author    struct {
		Name string `xml:"name"` // "/u/name"
	} `xml:"author"`
	Category struct {
		Term string `xml:"term,attr"` // the subreddit
	} `xml:"category"`
	Link struct {
		Href string `xml:"href,attr"`
	} `xml:"link"`
}

// feed asks for one page of a listing as a feed, which anybody may.
func (s *Source) feed(ctx context.Context, path string, q url.Values) (page, error) {
	if err := s.left.Spent("Reddit", 0, s.now()); err != nil {
		return page{}, err
	}
	req, err := httpx.Request(ctx, http.MethodGet, s.site, path, q)
	if err != nil {
		return page{}, err
	}
	req.Header.Set("Accept", "application/atom+xml")
	if agent := s.agent(); agent != "" {
		req.Header.Set("User-Agent", agent)
	}
	resp, err := httpx.Do(s.http, req)
	if err != nil {
		return page{}, err
	}
	s.left.Note(resp.Header, s.now())
	if status := httpx.Status(resp); status != nil {
		_ = resp.Body.Close()
		return page{}, s.why(status, nil)
	}
	body, err := httpx.Read(resp, maxBody)
	if err != nil {
		return page{}, err
	}
	return readFeed(body)
}

func readFeed(body []byte) (page, error) {
	var got atom
	if err := xml.Unmarshal(body, &got); err != nil {
		return page{}, &bot.Error{Kind: bot.ErrUnavailable, Err: err,
			Msg: "Reddit does not answer with a feed. It may ask for an app's credentials now; see client_id."}
	}
	var p page
	for _, e := range got.Entries {
		it := e.item()
		if p.items = append(p.items, it); it.err == nil {
			p.after = it.thing.Name
		}
	}
	if len(p.items) < pageSize {
		p.after = ""
	}
	return p, nil
}

// item turns an entry into what the interface would have given.
func (e entry) item() item {
	t := thing{Name: strings.TrimSpace(e.ID), Author: strings.TrimPrefix(strings.TrimSpace(e.Author.Name), "/u/"), Subreddit: e.Category.Term}
	if u, err := url.Parse(e.Link.Href); err == nil {
		t.Permalink = u.EscapedPath()
	}
	raw := strings.Join([]string{e.ID, e.Published, e.Title, e.Content}, "\n")
	it := item{raw: raw[:min(len(raw), 2*record.MaxRaw)]}
	html := words(e.Content)
	if strings.HasPrefix(t.Name, "t1_") {
		_, t.LinkTitle, _ = strings.Cut(e.Title, " on ")
		t.Body, t.BodyHTML = html, html
	} else {
		t.Title, t.Self, t.SelfHTML = e.Title, html, html
	}
	at, err := time.Parse(time.RFC3339, first(e.Published, e.Updated))
	if it.thing = t; err != nil || !named(t.Name) {
		it.err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
		return it
	}
	it.thing.Created = float64(at.Unix())
	if _, ok := seconds(it.thing.Created); !ok {
		it.err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
	}
	return it
}

// words are an author's own, which Reddit puts between two remarks; behind
// them it writes who submitted the post, and links.
func words(content string) string {
	_, own, ok := strings.Cut(content, "<!-- SC_OFF -->")
	if !ok {
		return ""
	}
	own, _, _ = strings.Cut(own, "<!-- SC_ON -->")
	return own
}
