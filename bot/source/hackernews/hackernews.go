// Package hackernews listens to Hacker News: stories and comments that hold a
// term of the watches, by the public search of Algolia (hn.algolia.com/api).
// Nothing can be answered there by a program: the card has the link.
package hackernews

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/window"
)

// Settings of a Hacker News source.
type Settings struct {
	Terms   []string `yaml:"terms" json:"terms,omitempty" jsonschema:"what is searched for; by default the terms of the watches"`
	Stories string   `yaml:"stories" json:"stories,omitempty" jsonschema:"all (stories and comments, the default), stories or comments"`
	History int      `yaml:"history_days" json:"history_days,omitempty" jsonschema:"how many days back the first, silent read goes; 30 by default"`
	BaseURL string   `yaml:"base_url" json:"base_url,omitempty" jsonschema:"another address of the search"`
}

// The service's limits (hn.algolia.com/api: 10,000 requests an hour from one
// address; a search hands out 1,000 hits at most), and ours.
const (
	address     = "https://hn.algolia.com/api/v1"
	every       = 5 * time.Minute
	pageSize    = 1000
	maxTerm     = 500           // bytes; Algolia takes 512
	maxTerms    = 200           // one request each: 2,400 an hour
	maxBody     = 32 << 20      // bytes of an answer
	lookBack    = 2 * time.Hour // as long as an author may edit (news.ycombinator.com/newsfaq.html)
	historyDays = 30
)

// Driver describes the kind "hackernews".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "hackernews",
		Reads:    "stories and comments on Hacker News that hold a term",
		Answers:  "not possible by a program: the card has the link, and the text to copy",
		Live:     "polled every 5 minutes",
		Needs:    "nothing",
		Every:    every,
		Searches: true,
		Settings: func() any { return &Settings{} },
		Asks:     asks(),
		Guide:    guide,
		New:      bot.Configured(newSource),
	}
}

// Source searches Hacker News.
type Source struct {
	base  *url.URL
	terms []string
	tags  string
	reach window.Reach
	page  int // most hits of one answer
	http  *http.Client
	now   func() time.Time
}

func newSource(name string, s Settings, env bot.SourceEnv) (*Source, error) {
	tags := map[string]string{"": "(story,comment,poll)", "all": "(story,comment,poll)", "stories": "(story,poll)", "comments": "comment"}[s.Stories]
	if tags == "" {
		return nil, bot.Errorf(bot.ErrInvalid, "stories is %q; it can be all, stories or comments.", s.Stories)
	}
	base, ok := httpx.Base(first(s.BaseURL, address))
	if !ok {
		return nil, bot.Errorf(bot.ErrInvalid, "base_url is no address. Write it as %s.", address)
	}
	if s.History < 0 || s.History > 3650 {
		return nil, bot.Errorf(bot.ErrInvalid, "history_days is %d; it can be 0 to 3650.", s.History)
	}
	src := &Source{base: base, tags: tags, page: pageSize, http: env.HTTP, now: env.Now, reach: window.Reach{First: historyDays * 24 * time.Hour, Back: lookBack}}
	if s.History > 0 {
		src.reach.First = time.Duration(s.History) * 24 * time.Hour
	}
	if src.now == nil {
		src.now = time.Now
	}
	src.terms = window.Terms(s.Terms, env.Watches, name, maxTerm)
	switch n := len(src.terms); {
	case n == 0:
		return nil, bot.Errorf(bot.ErrInvalid, "There is nothing to search for. Give the source terms, or configure a watch.")
	case n > maxTerms:
		return nil, bot.Errorf(bot.ErrInvalid, "There are %d terms; Hacker News is searched for %d at most. Give the source the terms that matter there.", n, maxTerms)
	}
	return src, nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Poll implements bot.Source.
func (s *Source) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	place, now := window.Parse(cursor), s.now()
	from, until := s.reach.Range(place, now)
	var all []window.Found
	for _, term := range s.terms {
		found, err := window.Whole(from, until, func(from, until time.Time) ([]window.Found, bool, error) {
			return s.search(ctx, term, from, until)
		})
		if err != nil {
			return bot.Batch{}, err
		}
		all = append(all, found...)
	}
	return s.reach.Take(place, until, all, now)
}

// answer is what the search gives.
type answer struct {
	Hits []json.RawMessage `json:"hits"`
	All  *int              `json:"nbHits"`
}

// search asks for what holds term. One that needs quoting is a phrase.
func (s *Source) search(ctx context.Context, term string, from, until time.Time) ([]window.Found, bool, error) {
	q := url.Values{}
	q.Set("query", phrase(term))
	q.Set("advancedSyntax", "true")
	q.Set("typoTolerance", "false")
	q.Set("tags", s.tags)
	q.Set("queryType", "prefixNone")
	q.Set("hitsPerPage", strconv.Itoa(s.page))
	q.Set("numericFilters", fmt.Sprintf("created_at_i>=%d,created_at_i<%d", from.Unix(), until.Unix()))
	req, err := httpx.Request(ctx, http.MethodGet, s.base, "search_by_date", q)
	if err != nil {
		return nil, false, err
	}
	var got answer
	if err := httpx.JSON(s.http, req, maxBody, &got); err != nil {
		return nil, false, err
	}
	if got.All == nil {
		return nil, false, bot.Errorf(bot.ErrUnavailable, "The search of Hacker News answers in another form than it promises.")
	}
	found := make([]window.Found, len(got.Hits))
	for i, raw := range got.Hits {
		found[i] = read(raw)
	}
	return found, len(found) < s.page || *got.All == len(found), nil // the count of all is a guess where there are many
}

// phrase quotes a term of several words, so that they must stand together.
func phrase(term string) string {
	term = strings.ReplaceAll(term, `"`, " ")
	if strings.ContainsAny(term, " -.") {
		return `"` + term + `"`
	}
	return term
}

// Check implements bot.Checker: it searches once and keeps nothing.
func (s *Source) Check(ctx context.Context) []bot.Finding {
	what := fmt.Sprintf("Hacker News: can search for %d terms", len(s.terms))
	now := s.now()
	if _, _, err := s.search(ctx, s.terms[0], now.Add(-time.Hour), now); err != nil {
		return []bot.Finding{{What: what, Mend: bot.Told(err)}}
	}
	return []bot.Finding{{OK: true, What: what}}
}
