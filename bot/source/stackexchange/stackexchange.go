// Package stackexchange listens to the sites of Stack Exchange (Stack Overflow,
// Super User …): questions that hold a term of the watches or carry a tag, by
// their public interface (api.stackexchange.com/docs). Answers are written by
// people there: the card has the link.
package stackexchange

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/window"
	"earshot/bot/text"
)

// Settings of a Stack Exchange source.
type Settings struct {
	Site    string     `yaml:"site" json:"site,omitempty" jsonschema:"the site, as stackoverflow (the default), superuser or cooking"`
	Tags    []string   `yaml:"tags" json:"tags,omitempty" jsonschema:"all questions with one of these tags"`
	Terms   []string   `yaml:"terms" json:"terms,omitempty" jsonschema:"what is searched for; by default, without tags, the terms of the watches"`
	Key     bot.Secret `yaml:"key" json:"key,omitempty" jsonschema:"an app key (stackapps.com), for 10,000 requests a day in place of 300"`
	Watch   string     `yaml:"watch" json:"watch,omitempty" jsonschema:"the watch that all questions belong to; by default the terms of the watches decide"`
	History int        `yaml:"history_days" json:"history_days,omitempty" jsonschema:"how many days back the first, silent read goes; 30 by default"`
	BaseURL string     `yaml:"base_url" json:"base_url,omitempty" jsonschema:"another address of the interface"`
}

// The service's limits (api.stackexchange.com/docs/throttle: 300 requests a day
// from one address, 10,000 with a key; docs/paging: pages of 100, the first 25
// without a log-in), and ours.
const (
	address     = "https://api.stackexchange.com/2.3"
	every       = 30 * time.Minute
	polls       = int(24 * time.Hour / every) // a day
	quotaBare   = 300
	quotaKey    = 10_000
	pageSize    = 100
	maxPages    = 25
	maxTerm     = 240             // bytes; the search cuts longer ones
	maxBody     = 16 << 20        // bytes of an answer
	maxBackoff  = 2 * time.Minute // that is waited for within a read
	lookBack    = 24 * time.Hour  // questions are edited most on their first day
	historyDays = 30
)

// Driver describes the kind "stackexchange".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "stackexchange",
		Reads:    "questions on Stack Overflow and its sister sites, by tag or term",
		Answers:  "not by a program, as the sites wish: the card has the link, and the text to copy",
		Live:     "polled every 30 minutes",
		Needs:    "nothing; more than 6 terms and tags need a free app key",
		Every:    every,
		Searches: true,
		Settings: func() any { return &Settings{} },
		Asks:     asks(),
		Guide:    guide,
		New:      bot.Configured(newSource),
	}
}

// query is one thing that is asked for with each poll.
type query struct{ name, value string }

// Source asks one site.
type Source struct {
	set     Settings
	base    *url.URL
	queries []query
	reach   window.Reach
	http    *http.Client
	now     func() time.Time
	wait    func(ctx context.Context, d time.Duration) error

	mu    sync.Mutex
	clear time.Time // when the service lets us ask again
	why   string    // it does not before
}

func newSource(name string, s Settings, env bot.SourceEnv) (*Source, error) {
	base, ok := httpx.Base(first(s.BaseURL, address))
	if !ok {
		return nil, bot.Errorf(bot.ErrInvalid, "base_url is no address. Write it as %s.", address)
	}
	if s.Site = first(s.Site, "stackoverflow"); strings.ContainsAny(s.Site, " /&?#") {
		return nil, bot.Errorf(bot.ErrInvalid, "site is %q; write it as stackoverflow or cooking.", s.Site)
	}
	if s.History < 0 || s.History > 3650 {
		return nil, bot.Errorf(bot.ErrInvalid, "history_days is %d; it can be 0 to 3650.", s.History)
	}
	if s.History == 0 {
		s.History = historyDays
	}
	src := &Source{set: s, base: base, http: env.HTTP, now: env.Now, wait: pause,
		reach: window.Reach{First: time.Duration(s.History) * 24 * time.Hour, Back: lookBack}}
	if src.now == nil {
		src.now = time.Now
	}
	src.queries = queries(name, s, env.Watches)
	return src, src.fits()
}

// queries lists what is asked for: tags, and terms.
func queries(name string, s Settings, watches []bot.Watch) []query {
	var all []query
	for _, t := range s.Tags {
		if t = strings.ToLower(text.OneLine(t)); t != "" && !slices.Contains(all, query{"tagged", t}) {
			all = append(all, query{"tagged", t})
		}
	}
	if len(all) > 0 && len(s.Terms) == 0 {
		return all
	}
	for _, t := range window.Terms(s.Terms, watches, name, maxTerm) {
		all = append(all, query{"q", `"` + strings.ReplaceAll(t, `"`, " ") + `"`})
	}
	return all
}

// fits tells when more is asked for than a day's allowance gives.
func (s *Source) fits() error {
	quota := quotaBare
	if s.set.Key != "" {
		quota = quotaKey
	}
	switch most, n := quota/polls, len(s.queries); {
	case n == 0:
		return bot.Errorf(bot.ErrInvalid, "There is nothing to ask for. Give the source tags or terms, or configure a watch.")
	case n > most && s.set.Key == "":
		return bot.Errorf(bot.ErrInvalid, "There are %d terms and tags; without a key Stack Exchange answers for %d. Make a key at https://stackapps.com/apps/oauth/register and set it as key, or give the source the terms that matter there.", n, most)
	case n > most:
		return bot.Errorf(bot.ErrInvalid, "There are %d terms and tags; Stack Exchange answers for %d. Give the source those that matter there.", n, most)
	}
	return nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Poll implements bot.Source.
func (s *Source) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	place, now := window.Parse(cursor), s.now()
	from, until := s.reach.Range(place, now)
	var all []window.Found
	for _, q := range s.queries {
		found, err := window.Whole(from, until, func(from, until time.Time) ([]window.Found, bool, error) {
			return s.pages(ctx, q, from, until)
		})
		if err != nil {
			return bot.Batch{}, err
		}
		all = append(all, found...)
	}
	return s.reach.Take(place, until, all, now)
}

// pages asks for all pages of one window, as far as they are handed out.
func (s *Source) pages(ctx context.Context, q query, from, until time.Time) ([]window.Found, bool, error) {
	var all []window.Found
	for page := 1; page <= maxPages; page++ {
		got, err := s.ask(ctx, q, page, from, until)
		if err != nil {
			return nil, false, err
		}
		for _, raw := range got.Items {
			all = append(all, read(raw, s.set))
		}
		if !got.More {
			return all, true, nil
		}
	}
	return all, false, nil
}

// Check implements bot.Checker: it asks once and keeps nothing.
func (s *Source) Check(ctx context.Context) []bot.Finding {
	what := fmt.Sprintf("Stack Exchange: can ask %s for %d terms and tags", s.set.Site, len(s.queries))
	now := s.now()
	if _, err := s.ask(ctx, s.queries[0], 1, now.Add(-time.Hour), now); err != nil {
		return []bot.Finding{{What: what, Mend: bot.Told(err)}}
	}
	return []bot.Finding{{OK: true, What: what}}
}
