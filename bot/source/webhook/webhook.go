// Package webhook listens to whatever can send JSON by HTTP: survey tools,
// forms, shops, scripts. Every request is signed; what is in it is mapped by
// paths; and it is answered only after it is stored.
package webhook

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/record"
)

// Settings of a webhook source.
type Settings struct {
	Path            string            `yaml:"path" json:"path,omitempty" jsonschema:"where it is reached, below the public address; by default /hooks/ and the name of the source"`
	Secret          bot.Secret        `yaml:"secret" json:"secret" jsonschema:"the shared secret of the signature, at least 16 characters"`
	Preset          string            `yaml:"preset" json:"preset,omitempty" jsonschema:"a ready reading: nps, for survey scores from 0 to 10 with a comment; typeform, surveymonkey, qualtrics, delighted, google_forms for what these services send"`
	ScoreQuestion   string            `yaml:"score_question" json:"score_question,omitempty" jsonschema:"which question is the score, by its id or its words, where a survey asks several"`
	APIKey          string            `yaml:"api_key" json:"api_key,omitempty" jsonschema:"SurveyMonkey: the client id of the application"`
	Token           bot.Secret        `yaml:"token" json:"token,omitempty" jsonschema:"SurveyMonkey and Qualtrics: the API token by which a response is asked for"`
	BaseURL         string            `yaml:"base_url" json:"base_url,omitempty" jsonschema:"Qualtrics: your data centre, as https://fra1.qualtrics.com; SurveyMonkey in Europe: https://api.eu.surveymonkey.com"`
	ReplyBy         string            `yaml:"reply_by" json:"reply_by,omitempty" jsonschema:"the name of an email source by which those who left their address are answered"`
	Items           string            `yaml:"items" json:"items,omitempty" jsonschema:"path of the items where a request holds several, as data.items[*]; by default the body is one item, or an array of them"`
	Map             map[string]string `yaml:"map" json:"map,omitempty" jsonschema:"which path holds which field, as text: answer.comment; fields as in a file, paths as a.b[0].c | d"`
	Watch           string            `yaml:"watch" json:"watch,omitempty" jsonschema:"the watch that all items belong to, where none is mapped"`
	TimeZone        string            `yaml:"time_zone" json:"time_zone,omitempty" jsonschema:"the zone of dates that name none, as Europe/Berlin"`
	DateOrder       string            `yaml:"date_order" json:"date_order,omitempty" jsonschema:"day or month: which comes first in 03/04/2026"`
	RatingOf        int               `yaml:"rating_of" json:"rating_of,omitempty" jsonschema:"the highest rating; 5 by default"`
	Survey          bool              `yaml:"survey" json:"survey,omitempty" jsonschema:"ratings are answers from 0 to 10 to how likely one is to recommend us"`
	Private         bool              `yaml:"private" json:"private,omitempty" jsonschema:"what is sent was not said in public"`
	SignatureHeader string            `yaml:"signature_header" json:"signature_header,omitempty" jsonschema:"by default X-Earshot-Signature: sha256= and the HMAC-SHA256 of timestamp.body in hexadecimal"`
	TimestampHeader string            `yaml:"timestamp_header" json:"timestamp_header,omitempty" jsonschema:"by default X-Earshot-Timestamp: Unix seconds"`
	KeyHeader       string            `yaml:"key_header" json:"key_header,omitempty" jsonschema:"by default Idempotency-Key: the same key is taken once"`
	MaxBody         int               `yaml:"max_body" json:"max_body,omitempty" jsonschema:"most bytes of a request; 1048576 by default"`
}

// The bounds of an endpoint. They are ours; the window is what Slack and Stripe
// use (docs.slack.dev/authentication/verifying-requests-from-slack,
// docs.stripe.com/webhooks).
const (
	Window     = 5 * time.Minute // how far a timestamp may be from our clock
	defaultMax = 1 << 20
	mostMax    = 16 << 20
	maxItems   = 1000 // of one request
	maxKeys    = 10_000
	minSecret  = 16
)

// Driver describes the kind "webhook".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "webhook",
		Reads:    "JSON sent by HTTP POST, one item or many; surveys of Typeform, SurveyMonkey, Qualtrics, Delighted and Google Forms",
		Answers:  "by e-mail, where the sender left an address and reply_by names an email source; else the text can be copied",
		Live:     "pushed by HTTP",
		Needs:    "a shared secret, and an address that the sender can reach",
		Settings: func() any { return &Settings{} },
		Asks:     asks(),
		Guide:    guide,
		New:      bot.Configured(newSource),
	}
}

// Source is one endpoint.
type Source struct {
	set     Settings
	items   record.Path
	objects *record.Objects
	reader  *record.Reader
	marks   *record.Reader // of marks on another scale than a survey's 0 to 10
	kind    preset
	http    *http.Client // for what is asked of the service
	now     func() time.Time
	keys    *keys
	room    room

	mu     sync.Mutex
	emit   bot.Emit // set while Stream runs
	active sync.WaitGroup
}

func newSource(name string, s Settings, env bot.SourceEnv) (*Source, error) {
	if err := s.complete(name); err != nil {
		return nil, err
	}
	src := &Source{set: s, now: env.Now, room: newRoom(s.MaxBody), kind: presets()[s.Preset], http: env.HTTP}
	if src.now == nil {
		src.now = time.Now
	}
	src.keys = newKeys(src.now)
	var err error
	if s.Items != "" {
		if src.items, err = record.ParsePath(s.Items); err != nil {
			return nil, err
		}
	}
	if src.objects, err = record.NewObjects(s.Map); err != nil {
		return nil, err
	}
	zone := env.Zone
	if s.TimeZone != "" {
		if zone, err = time.LoadLocation(s.TimeZone); err != nil {
			return nil, bot.Errorf(bot.ErrInvalid, "There is no time zone %q; write it as Europe/Berlin.", s.TimeZone)
		}
	}
	read := record.Settings{Zone: zone, Order: record.DateOrder(s.DateOrder), RatingOf: s.RatingOf, Survey: s.Survey, Watch: s.Watch, Private: s.Private}
	src.reader = record.NewReader(read, src.now)
	read.Survey = false
	src.marks = record.NewReader(read, src.now)
	return src, nil
}

// complete fills in what is left out and checks the rest.
func (s *Settings) complete(name string) error {
	if s.Path == "" {
		s.Path = "/hooks/" + regexp.MustCompile(`[^A-Za-z0-9_.-]+`).ReplaceAllString(name, "-")
	}
	switch {
	case !strings.HasPrefix(s.Path, "/") || strings.ContainsAny(s.Path, "?#{} "):
		return bot.Errorf(bot.ErrInvalid, "The path %q cannot be one; write it as /hooks/survey.", s.Path)
	case len(s.Secret.Reveal()) < minSecret:
		return bot.Errorf(bot.ErrInvalid, "The secret is missing or shorter than %d characters. Make one with: openssl rand -hex 32", minSecret)
	case s.MaxBody < 0 || s.MaxBody > mostMax:
		return bot.Errorf(bot.ErrInvalid, "max_body is %d; use at most %d.", s.MaxBody, mostMax)
	case s.RatingOf != 0 && (s.RatingOf < 2 || s.RatingOf > 100):
		return bot.Errorf(bot.ErrInvalid, "rating_of is %d; use a number from 2 to 100.", s.RatingOf)
	case s.DateOrder != "" && s.DateOrder != "day" && s.DateOrder != "month":
		return bot.Errorf(bot.ErrInvalid, "The date_order is %q; use day or month.", s.DateOrder)
	}
	if _, ok := httpx.Base(s.BaseURL); s.BaseURL != "" && !ok {
		return bot.Errorf(bot.ErrInvalid, "base_url is no address. Write it as https://fra1.qualtrics.com.")
	}
	if s.MaxBody == 0 {
		s.MaxBody = defaultMax
	}
	for _, h := range []struct {
		name  *string
		value string
	}{{&s.SignatureHeader, "X-Earshot-Signature"}, {&s.TimestampHeader, "X-Earshot-Timestamp"}, {&s.KeyHeader, "Idempotency-Key"}} {
		if *h.name == "" {
			*h.name = h.value
		}
		*h.name = http.CanonicalHeaderKey(*h.name)
	}
	return s.preset()
}

// Path implements bot.Endpoint.
func (s *Source) Path() string { return s.set.Path }

// Poll implements bot.Source: there is nothing to ask for.
func (s *Source) Poll(ctx context.Context, _ bot.Cursor) (bot.Batch, error) {
	return bot.Batch{}, ctx.Err()
}

// Stream implements bot.Streamer: requests are taken until ctx ends. Then it
// waits for those that are being answered.
func (s *Source) Stream(ctx context.Context, _ bot.Cursor, emit bot.Emit) error {
	s.mu.Lock()
	s.emit = emit
	s.mu.Unlock()
	<-ctx.Done()
	s.mu.Lock()
	s.emit = nil
	s.mu.Unlock()
	s.active.Wait()
	return ctx.Err()
}

// enter gives what stores a batch, and counts the request as under way; nil
// while the source is not being listened to.
func (s *Source) enter() bot.Emit {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.emit != nil {
		s.active.Add(1)
	}
	return s.emit
}
