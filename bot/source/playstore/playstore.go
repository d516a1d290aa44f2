// Package playstore listens to the reviews of an app on Google Play through
// the Google Play Developer API (developers.google.com/android-publisher/
// reply-to-reviews): those with a text, written or edited in the last seven
// days, and what the developer replied. A review has one reply.
package playstore

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/jwt"
	"earshot/bot/source/oauth"
)

// Settings of a Google Play source.
type Settings struct {
	Package  string     `yaml:"package" json:"package" jsonschema:"the package name of the app, as com.example.kettle: the id in its Play address"`
	Watch    string     `yaml:"watch" json:"watch" jsonschema:"the watch that all reviews belong to: reviews seldom name what they are about"`
	Key      bot.Secret `yaml:"key" json:"key" jsonschema:"the JSON key of a service account with the permission Reply to reviews: what is in the file"`
	Language string     `yaml:"translate_to" json:"translate_to,omitempty" jsonschema:"a language, as en or de, into which Google translates the reviews; what was written is kept beside it"`
	BaseURL  string     `yaml:"base_url" json:"base_url,omitempty" jsonschema:"another address than Google's own, for a proxy"`
}

// The service's limits: 200 requests that read an hour and 2,000 replies a day
// for an app, reviews of the last week (…/android-publisher/reply-to-reviews),
// replies of about 350 characters (…/api-ref/rest/v3/reviews/reply), a token
// lives an hour (developers.google.com/identity/protocols/oauth2/service-account).
// The page size is the largest that is given. The others are ours.
const (
	every       = 10 * time.Minute
	scope       = "https://www.googleapis.com/auth/androidpublisher"
	pageSize    = 100
	maxPages    = 20 // in one read
	week        = 7 * 24 * time.Hour
	sweep       = 3 * time.Hour
	hourly      = 160 // of 200, so that answers can be looked for
	answerLimit = 350
	maxBody     = 8 << 20
	maxKey      = 32 << 10
)

const guide = `1. In the Google Cloud console make a project, enable the **Google Play Android Developer API** in it, make a **service account**, and a **JSON key** for it.
2. In the Play Console open *Users and permissions*, invite the service account's e-mail address, and give it, for this app alone, **View app information (read-only)** and **Reply to reviews**. It can take a day until Google honours that.
3. Put the content of the JSON file into the environment variable, or name the file in ` + "`PLAYSTORE_KEY_FILE`" + `.

It costs nothing. Google hands out **only reviews of the last seven days, only those with a text**, and only of the production version: what was written before the source was set up, ratings without words, and reviews of a week in which Earshot did not run cannot be had. (The Play Console exports older ones as CSV, which ` + "`earshot import`" + ` reads.) An app may be asked 200 times an hour and replied for 2,000 times a day; Earshot keeps 40 of the 200 for replies. A review has **one** public reply of 350 characters: sending again replaces it. Customers cannot answer it; they edit the review, which comes as an edit for as long as Google lists it.`

// Driver describes the kind "playstore".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "playstore",
		Reads:    "reviews of an app on Google Play: those with a text of the last seven days, their edits, and developer replies",
		Answers:  "by the developer reply, one a review, 350 characters",
		Live:     "polled every 10 minutes",
		Needs:    "the JSON key of a service account with the permission Reply to reviews",
		Every:    every,
		Settings: func() any { return &Settings{} },
		Asks: []bot.SetupQuestion{
			{Key: "package", Ask: "What is the app's package name, as com.example.kettle?"},
			{Key: "watch", Ask: "Which watch do its reviews belong to?"},
			{Key: "key", Ask: "The JSON key of a service account that may reply to reviews", Secret: "PLAYSTORE_KEY"},
		},
		Guide: guide,
		New:   bot.Configured(newSource),
	}
}

// Source reads one app.
type Source struct {
	set    Settings
	base   *url.URL
	tokens *oauth.Tokens
	now    func() time.Time

	mu   sync.Mutex
	read []time.Time // when the service was read from in the last hour
}

// account is the JSON key of a service account.
type account struct {
	Type  string     `json:"type"`
	Email string     `json:"client_email"`
	ID    string     `json:"private_key_id"`
	Key   bot.Secret `json:"private_key"`
	Token string     `json:"token_uri"`
}

func newSource(_ string, s Settings, env bot.SourceEnv) (*Source, error) {
	if s.BaseURL == "" {
		s.BaseURL = "https://androidpublisher.googleapis.com"
	}
	base, ok := httpx.Base(s.BaseURL)
	switch {
	case !ok:
		return nil, bot.Errorf(bot.ErrInvalid, "base_url is no address. Leave it out for Google's own.")
	case !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+$`).MatchString(s.Package) || len(s.Package) > 200:
		return nil, bot.Errorf(bot.ErrInvalid, "package is not the name of one. It is the id in the app's Play address, as com.example.kettle.")
	case s.Watch == "":
		return nil, bot.Errorf(bot.ErrInvalid, "watch is missing. Name the watch that the reviews belong to: they seldom say what they are about.")
	case s.Language != "" && !regexp.MustCompile(`^[a-z]{2,3}([-_][A-Za-z]{2,4})?$`).MatchString(s.Language):
		return nil, bot.Errorf(bot.ErrInvalid, "translate_to is %q; write a language, as en or de.", s.Language)
	}
	src := &Source{set: s, base: base, now: env.Now}
	if src.now == nil {
		src.now = time.Now
	}
	var err error
	src.tokens, err = src.grant(env.HTTP)
	return src, err
}

// grant reads the key of the service account.
func (s *Source) grant(client *http.Client) (*oauth.Tokens, error) {
	var a account
	raw := s.set.Key.Reveal()
	if len(raw) > maxKey || json.Unmarshal([]byte(raw), &a) != nil || a.Type != "service_account" || a.Email == "" {
		return nil, bot.Errorf(bot.ErrInvalid, "key is not the JSON key of a service account. Give it what is in the file that the Google Cloud console made.")
	}
	key, err := jwt.Parse(a.Key, a.ID)
	if err != nil {
		return nil, err
	}
	if key.EC() {
		return nil, bot.Errorf(bot.ErrInvalid, "The private key in key is not one of Google's, which are RSA keys. Use the file as it was made.")
	}
	if a.Token == "" {
		a.Token = "https://oauth2.googleapis.com/token"
	}
	endpoint, ok := httpx.Base(a.Token)
	if !ok {
		return nil, bot.Errorf(bot.ErrInvalid, "The token_uri in key is no address. Use the file as it was made.")
	}
	assert := func() (string, error) {
		now := s.now()
		return key.Sign(map[string]any{"iss": a.Email, "scope": scope, "aud": a.Token, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()})
	}
	return oauth.New(oauth.Grant{
		Service: "Google", Endpoint: endpoint, Assert: assert,
		Mend: "The service account may have been deleted, or its key, or this machine's clock is wrong. Make a new JSON key in the Google Cloud console.",
	}, client, s.now), nil
}
