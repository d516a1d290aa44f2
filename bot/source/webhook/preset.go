package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"earshot/bot"
	"earshot/bot/source/record"
)

// preset is a ready reading of what one service sends.
type preset struct {
	// verify says what is wrong with a request's signature, or ""; nil for our
	// own scheme.
	verify func(s *Source, h http.Header, body []byte) string
	// unfold reads the answers that a body tells of; nil for a body that holds
	// its items as they are.
	unfold func(ctx context.Context, s *Source, body []byte) ([]submission, error)
	greets bool   // HEAD and GET are answered 200: the service looks whether somebody is there
	needs  string // the setting without which it cannot work, beside the secret
}

// presets lists the services by the name of their preset. Each file names the
// page that it follows.
func presets() map[string]preset {
	return map[string]preset{
		"nps":          {},
		"typeform":     {verify: typeformSigned, unfold: typeform},
		"surveymonkey": {verify: surveymonkeySigned, unfold: surveymonkey, greets: true, needs: "api_key and token"},
		"qualtrics":    {verify: qualtricsSigned, unfold: qualtrics, greets: true, needs: "base_url and token"},
		"delighted":    {verify: delightedSigned, unfold: delighted},
		"google_forms": {unfold: googleForms},
	}
}

// mapping is where a preset's fields stand.
func mapping(name string) map[string]string {
	if name == "nps" {
		return map[string]string{
			"id":          "id | response_id | uuid",
			"rating":      "score | rating | nps | nps_score | answer.score",
			"text":        "comment | text | feedback | reason | answer.comment",
			"email":       "email | person.email | respondent.email | customer.email",
			"author_name": "name | person.name | respondent.name | customer.name",
			"author":      "person.id | respondent.id | customer.id | customer_id",
			"created_at":  "created_at | submitted_at | timestamp | date",
		}
	}
	return map[string]string{
		"id": "id", "rating": "rating", "rating_of": "rating_of", "text": "text", "email": "email", "author_name": "author_name", "author": "author", "created_at": "created_at", "url": "url", "language": "language",
	}
}

// preset adds a ready mapping below what is mapped already.
func (s *Settings) preset() error {
	if s.Preset == "" {
		return nil
	}
	p, known := presets()[s.Preset]
	if !known {
		return bot.Errorf(bot.ErrInvalid, "There is no preset %q; there are %s.", s.Preset, strings.Join(slices.Sorted(maps.Keys(presets())), ", "))
	}
	lacks := strings.Contains(p.needs, "token") && s.Token == "" || strings.Contains(p.needs, "api_key") && s.APIKey == "" || strings.Contains(p.needs, "base_url") && s.BaseURL == ""
	if lacks {
		return bot.Errorf(bot.ErrInvalid, "The preset %s needs %s: what it sends does not hold the answers, which are asked for.", s.Preset, p.needs)
	}
	if p.unfold != nil && s.Items != "" {
		return bot.Errorf(bot.ErrInvalid, "The preset %s knows where its answers are; leave items out.", s.Preset)
	}
	s.Survey, s.Private = true, true
	all := mapping(s.Preset)
	maps.Copy(all, s.Map)
	s.Map = all
	return nil
}

// answered is one question with what was answered.
type answered struct {
	id       string // how the service calls the question
	question string // its words
	kind     kind
	value    string
	of       int // for a score: the highest; 10 means 0 to 10
}

// kind says what an answer is.
type kind int

const (
	other    kind = iota // kept as an attribute
	likely               // 0 to 10: how likely one is to recommend us
	mark                 // some other mark
	words                // a text of one's own
	email                // the respondent's address
	fullName             // the respondent's name
)

// submission is what one person answered, in the same form for all services.
type submission struct {
	id, at, url, language string
	author, name, email   string
	answers               []answered
	attrs                 map[string]string
}

// item gives a submission as the JSON object that is mapped. Of several scores
// the one that the settings name counts, else the one that asks how likely one
// is to recommend us; the others are attributes.
func (s *Source) item(sub submission) (gjson.Result, error) {
	o := map[string]string{"id": sub.id, "created_at": sub.at, "url": sub.url, "language": sub.language, "author": sub.author, "author_name": sub.name, "email": sub.email}
	score := s.score(sub.answers)
	var said []string
	for i, a := range sub.answers {
		switch {
		case a.value == "":
		case i == score:
			if o["rating"] = a.value; a.kind != likely && a.of > 0 && a.of != 10 {
				o["rating_of"] = strconv.Itoa(a.of)
			}
		case a.kind == words:
			said = append(said, a.value)
		case a.kind == email && o["email"] == "":
			o["email"] = a.value
		case a.kind == fullName && o["author_name"] == "":
			o["author_name"] = a.value
		default:
			put(o, first(a.question, a.id), a.value)
		}
	}
	o["text"] = strings.Join(said, "\n\n")
	for k, v := range sub.attrs {
		put(o, k, v)
	}
	maps.DeleteFunc(o, func(_, v string) bool { return v == "" })
	raw, err := json.Marshal(o)
	if err != nil {
		return gjson.Result{}, fmt.Errorf("write a survey's answer: %w", err)
	}
	return gjson.ParseBytes(raw), nil
}

// put keeps an attribute; of two with one name both.
func put(o map[string]string, name, value string) {
	name = "attr." + strings.TrimSpace(name)
	if had, ok := o[name]; ok {
		value = had + "; " + value
	}
	o[name] = value
}

// score gives the place of the answer that is the mention's rating; -1 for none.
func (s *Source) score(all []answered) int {
	best := -1
	for i, a := range all {
		if a.value == "" || a.kind != likely && a.kind != mark {
			continue
		}
		if q := s.set.ScoreQuestion; q != "" {
			if q == a.id || strings.EqualFold(q, strings.TrimSpace(a.question)) {
				return i
			}
			continue
		}
		if a.kind == likely {
			return i
		}
		if best < 0 && a.of > 0 {
			best = i
		}
	}
	return best
}

// value gives what was answered as text; of several choices all.
func value(v gjson.Result) string {
	if !v.IsArray() {
		return record.Value(v)
	}
	var all []string
	for _, one := range v.Array() {
		all = append(all, record.Value(one))
	}
	return strings.Join(all, "; ")
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// AnswersBy implements bot.Referrer: a respondent who left an address is
// written to by e-mail.
func (s *Source) AnswersBy() string { return s.set.ReplyBy }
