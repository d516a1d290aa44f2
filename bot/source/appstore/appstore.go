// Package appstore listens to the reviews of an app on Apple's App Store:
// through the App Store Connect API (developer.apple.com/documentation/
// appstoreconnectapi/customer-reviews) with their edits and removals, and
// answers by the developer response, of which a review has one; without a key
// through the public feed of each country, which cannot be answered.
package appstore

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/jwt"
	"earshot/bot/source/latest"
)

// Settings of an App Store source.
type Settings struct {
	App       string     `yaml:"app" json:"app" jsonschema:"the Apple ID of the app: the number in its App Store address, behind id"`
	Watch     string     `yaml:"watch" json:"watch" jsonschema:"the watch that all reviews belong to: reviews seldom name what they are about"`
	Key       bot.Secret `yaml:"key" json:"key,omitempty" jsonschema:"the private key of the App Store Connect API: what is in the file AuthKey_….p8; without it the public feed is read, and cannot be answered"`
	KeyID     string     `yaml:"key_id" json:"key_id,omitempty" jsonschema:"the key's ID, as in the name of its file"`
	Issuer    string     `yaml:"issuer" json:"issuer,omitempty" jsonschema:"the issuer ID above the list of team keys; leave it out for an individual key"`
	Countries []string   `yaml:"countries" json:"countries,omitempty" jsonschema:"without a key: whose public feeds are read, as us, de; us by default. A key reads all countries"`
	History   int        `yaml:"history_days" json:"history_days,omitempty" jsonschema:"how many days back the first, silent read goes; 90 by default"`
	BaseURL   string     `yaml:"base_url" json:"base_url,omitempty" jsonschema:"another address than Apple's own, for a proxy"`
}

// The service's limits: a token is good for 20 minutes
// (…/appstoreconnectapi/generating-tokens-for-api-requests), a page has 200
// reviews (…/get-v1-apps-_id_-customerreviews), the hourly limit is told in a
// header (…/identifying-rate-limits); a response has 5,970 characters, which
// App Store Connect's form enforces and the API's pages do not state; the
// public feed has 10 pages of 50 a country. The others are ours.
const (
	every        = 15 * time.Minute
	tokenFor     = 15 * time.Minute
	pageSize     = 200
	maxPages     = 10 // in one read
	feedPages    = 10
	feedSize     = 50
	maxCountries = 20
	back         = 30 * 24 * time.Hour // in which edits and removals are followed
	sweep        = 6 * time.Hour
	usualHistory = 90
	mostHistory  = 3650
	answerLimit  = 5970
	maxBody      = 8 << 20
	reserve      = 10              // one part in so many of the hourly limit is left for answers
	lowFor       = 5 * time.Minute // how long a low limit is believed, and nothing is read
)

const guide = `Ratings without words are not handed out by Apple.

1. In App Store Connect open *Users and Access*, *Integrations*, *App Store Connect API*, and make a **team key** with the role **Customer Support**: it is the least that reads reviews and responds to them.
2. Download the key (once only). Put what is in the file into the environment variable, or name the file in ` + "`APPSTORE_KEY_FILE`" + `; note its key ID and the issuer ID above the list.
3. The app's Apple ID is the number in its App Store address, behind ` + "`id`" + `.

It costs nothing beyond the developer membership. Apple allows about 3,500 requests an hour for a key; Earshot leaves a tenth of that alone. A review has **one** public response: sending again replaces it, and Apple may take a day to publish it. Customers cannot answer a response; they edit the review, which is followed for 30 days. Without a key the public feeds are read: at most the last 500 reviews a country, often hours late, removals not told, no answers. Reviews have other ids there, so that a source that is given a key later reads them anew.`

// Driver describes the kind "appstore".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "appstore",
		Reads:    "reviews of an app on Apple's App Store, their edits and removals, and developer responses",
		Answers:  "by the developer response, one a review; not without a key",
		Live:     "polled every 15 minutes",
		Needs:    "an App Store Connect API key with the role Customer Support; none for the public feed of the last 500 reviews a country",
		Every:    every,
		Settings: func() any { return &Settings{} },
		Asks: []bot.SetupQuestion{
			{Key: "app", Ask: "What is the app's Apple ID, the number in its App Store address?"},
			{Key: "watch", Ask: "Which watch do its reviews belong to?"},
			{Key: "key", Ask: "The private key (.p8) of the App Store Connect API, for answers and all countries", Secret: "APPSTORE_KEY"},
			{Key: "key_id", Ask: "What is the key's ID?"},
			{Key: "issuer", Ask: "What is the issuer ID above the list of keys?"},
		},
		Guide: guide,
		New: func(_ string, decode func(into any) error, env bot.SourceEnv) (bot.Source, error) {
			var s Settings
			if err := decode(&s); err != nil {
				return nil, err
			}
			if s.Key == "" {
				return newFeed(s, env)
			}
			return newSource(s, env)
		},
	}
}

// Source reads one app through the App Store Connect API.
type Source struct {
	set  Settings
	base *url.URL
	key  *jwt.Key
	http *http.Client
	now  func() time.Time

	mu      sync.Mutex
	token   string
	expires time.Time
	low     time.Time // when the service last said that little of the hour's limit is left
}

func newSource(s Settings, env bot.SourceEnv) (*Source, error) {
	base, now, err := s.complete("https://api.appstoreconnect.apple.com", env)
	if err != nil {
		return nil, err
	}
	if !plain(s.KeyID) {
		return nil, bot.Errorf(bot.ErrInvalid, "key_id is missing. It stands beside the key in App Store Connect, and in the name of its file.")
	}
	key, err := jwt.Parse(s.Key, s.KeyID)
	if err != nil {
		return nil, err
	}
	if !key.EC() {
		return nil, bot.Errorf(bot.ErrInvalid, "The private key is not one of App Store Connect, which are keys on the curve P-256. Use the .p8 file as it was downloaded.")
	}
	return &Source{set: s, base: base, key: key, http: env.HTTP, now: now}, nil
}

// complete judges the settings and fills in what is left out.
func (s *Settings) complete(usual string, env bot.SourceEnv) (*url.URL, func() time.Time, error) {
	if s.BaseURL == "" {
		s.BaseURL = usual
	}
	base, ok := httpx.Base(s.BaseURL)
	number := strings.TrimPrefix(strings.TrimSpace(s.App), "id")
	_, err := strconv.ParseUint(number, 10, 64)
	switch {
	case !ok:
		return nil, nil, bot.Errorf(bot.ErrInvalid, "base_url is no address. Leave it out for Apple's own.")
	case err != nil:
		return nil, nil, bot.Errorf(bot.ErrInvalid, "app is not an Apple ID. It is the number in the app's App Store address, behind id.")
	case s.Watch == "":
		return nil, nil, bot.Errorf(bot.ErrInvalid, "watch is missing. Name the watch that the reviews belong to: they seldom say what they are about.")
	case s.History < 0 || s.History > mostHistory:
		return nil, nil, bot.Errorf(bot.ErrInvalid, "history_days is %d; it can be 0 to %d.", s.History, mostHistory)
	}
	if s.App = number; s.History == 0 {
		s.History = usualHistory
	}
	if len(s.Countries) == 0 {
		s.Countries = []string{"us"}
	}
	for i, c := range s.Countries {
		if s.Countries[i] = strings.ToLower(strings.TrimSpace(c)); len(s.Countries[i]) != 2 || !plain(s.Countries[i]) {
			return nil, nil, bot.Errorf(bot.ErrInvalid, "There is %q among the countries; write two letters for each, as us or de.", c)
		}
	}
	slices.Sort(s.Countries)
	if s.Countries = slices.Compact(s.Countries); len(s.Countries) > maxCountries {
		return nil, nil, bot.Errorf(bot.ErrInvalid, "There are %d countries; the public feeds of %d can be read. With a key all are.", len(s.Countries), maxCountries)
	}
	if env.Now == nil {
		return base, time.Now, nil
	}
	return base, env.Now, nil
}

// list is how reviews are read.
func (s *Settings) list() latest.List {
	return latest.List{Pages: maxPages, First: time.Duration(s.History) * 24 * time.Hour, Back: back, Sweep: sweep}
}
