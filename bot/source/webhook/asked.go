package webhook

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/record"
)

// Some services tell only that somebody answered, and are asked for what.

const (
	surveymonkeyAPI = "https://api.surveymonkey.com"
	maxAnswer       = 8 << 20
)

// plainID is what may stand in a path of a service.
func plainID(s string) bool { return regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`).MatchString(s) }

// ask gets one thing from the service.
func (s *Source) ask(ctx context.Context, path string, header ...string) (gjson.Result, error) {
	base, _ := httpx.Base(first(s.set.BaseURL, surveymonkeyAPI))
	req, err := httpx.Request(ctx, http.MethodGet, base, path, nil)
	if err != nil {
		return gjson.Result{}, err
	}
	req.Header.Set(header[0], header[1])
	resp, err := httpx.Do(s.http, req)
	if err != nil {
		return gjson.Result{}, err
	}
	if err := httpx.Status(resp); err != nil {
		_ = resp.Body.Close()
		return gjson.Result{}, err
	}
	raw, err := httpx.Read(resp, maxAnswer)
	if err != nil {
		return gjson.Result{}, err
	}
	if !gjson.ValidBytes(raw) {
		return gjson.Result{}, bot.Errorf(bot.ErrUnavailable, "The answer of %s is not what its interface promises.", base.Hostname())
	}
	return gjson.ParseBytes(raw), nil
}

// surveymonkey reads an event and asks for the response, and for its questions
// (api.surveymonkey.com/v3/docs#webhook-callbacks and
// #api-endpoints-surveys-survey_id-responses-response_id-details). A private
// application may ask 120 times a minute and 500 times a day; a response costs
// two.
func surveymonkey(ctx context.Context, s *Source, body []byte) ([]submission, error) {
	root, err := record.ParseJSON(string(body))
	if err != nil {
		return nil, err
	}
	event := root.Get("event_type").Str
	survey, id := record.Value(root.Get("resources.survey_id")), record.Value(root.Get("object_id"))
	switch {
	case event == "":
		return nil, bot.Errorf(bot.ErrInvalid, "It is not what SurveyMonkey sends: it has no event_type.")
	case event != "response_completed" && event != "response_updated":
		return nil, nil
	case !plainID(survey) || !plainID(id):
		return nil, bot.Errorf(bot.ErrInvalid, "The event names no survey and response.")
	}
	token := "Bearer " + s.set.Token.Reveal()
	r, err := s.ask(ctx, "v3/surveys/"+survey+"/responses/"+id+"/details", "Authorization", token)
	if err != nil {
		return nil, err
	}
	about, err := s.ask(ctx, "v3/surveys/"+survey+"/details", "Authorization", token)
	if err != nil {
		return nil, err
	}
	contact := r.Get("metadata.contact")
	sub := submission{
		id: id, at: first(r.Get("date_modified").Str, r.Get("date_created").Str), url: r.Get("analyze_url").Str, attrs: map[string]string{"survey": about.Get("title").Str},
		email: contact.Get("email.value").Str, name: strings.TrimSpace(contact.Get("first_name.value").Str + " " + contact.Get("last_name.value").Str),
	}
	r.Get("custom_variables").ForEach(func(k, v gjson.Result) bool { sub.attrs[k.Str] = record.Value(v); return true })
	questions := map[string]gjson.Result{}
	for _, page := range about.Get("pages").Array() {
		for _, q := range page.Get("questions").Array() {
			questions[record.Value(q.Get("id"))] = q
		}
	}
	for _, page := range r.Get("pages").Array() {
		for _, q := range page.Get("questions").Array() {
			id := record.Value(q.Get("id"))
			sub.answers = append(sub.answers, monkeyAnswers(id, questions[id], q.Get("answers").Array())...)
		}
	}
	return []submission{sub}, nil
}

// monkeyAnswers reads the answers to one question. A scale of eleven choices is
// how likely one is to recommend us; a scale of fewer is a mark.
func monkeyAnswers(id string, q gjson.Result, given []gjson.Result) []answered {
	title := q.Get("headings.0.heading").Str
	choices := slices.DeleteFunc(q.Get("answers.choices").Array(), func(c gjson.Result) bool { return c.Get("is_na").Bool() })
	slices.SortStableFunc(choices, func(a, b gjson.Result) int { return cmp.Compare(a.Get("position").Int(), b.Get("position").Int()) })
	scale := q.Get("family").Str == "matrix" && q.Get("subtype").Str == "rating" && len(q.Get("answers.rows").Array()) <= 1
	var all []answered
	for _, a := range given {
		if text := a.Get("text").Str; text != "" {
			got := answered{id: id, question: title, kind: words, value: text}
			if row := gjsonFind(q.Get("answers.rows").Array(), record.Value(a.Get("row_id"))); q.Get("family").Str == "demographic" {
				got.kind = map[string]kind{"email": email, "name": fullName}[row.Get("type").Str]
				got.question = first(row.Get("text").Str, title)
			}
			all = append(all, got)
			continue
		}
		place := slices.IndexFunc(choices, func(c gjson.Result) bool { return record.Value(c.Get("id")) == record.Value(a.Get("choice_id")) })
		if place < 0 {
			continue
		}
		got := answered{id: id, question: title, value: choices[place].Get("text").Str}
		switch n := len(choices); {
		case scale && n == 11:
			got.kind, got.of, got.value = likely, 10, strconv.Itoa(place)
		case scale && n > 1 && n < 10:
			got.kind, got.of, got.value = mark, n, strconv.Itoa(place+1)
		}
		all = append(all, got)
	}
	return all
}

func gjsonFind(all []gjson.Result, id string) gjson.Result {
	for _, r := range all {
		if record.Value(r.Get("id")) == id {
			return r
		}
	}
	return gjson.Result{}
}

// qualtrics reads an event and asks for the response
// (api.qualtrics.com/1179a68b7183c-retrieve-a-survey-response). A question of
// the type NPS is known by the group that Qualtrics adds to it.
func qualtrics(ctx context.Context, s *Source, body []byte) ([]submission, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, bot.Errorf(bot.ErrInvalid, "It is not a form.")
	}
	msg, err := record.ParseJSON(form.Get("MSG"))
	if err != nil {
		return nil, err
	}
	survey, id := msg.Get("SurveyID").Str, msg.Get("ResponseID").Str
	if !plainID(survey) || !plainID(id) {
		return nil, bot.Errorf(bot.ErrInvalid, "The event names no survey and response.")
	}
	if status := msg.Get("Status").Str; status != "" && !strings.HasPrefix(status, "Complete") {
		return nil, nil
	}
	got, err := s.ask(ctx, "API/v3/surveys/"+survey+"/responses/"+id, "X-API-TOKEN", s.set.Token.Reveal())
	if err != nil {
		return nil, err
	}
	values, labels := got.Get("result.values"), got.Get("result.labels")
	if !values.IsObject() {
		return nil, bot.Errorf(bot.ErrUnavailable, "The answer of Qualtrics is not what its interface promises.")
	}
	sub := submission{
		id: id, at: first(values.Get("recordedDate").Str, values.Get("endDate").Str), language: values.Get("userLanguage").Str, attrs: map[string]string{"survey": survey},
		email: values.Get("recipientEmail").Str, name: strings.TrimSpace(values.Get("recipientFirstName").Str + " " + values.Get("recipientLastName").Str), author: values.Get("externalDataReference").Str,
	}
	values.ForEach(func(k, v gjson.Result) bool {
		if a, ok := qualtricsAnswer(k.Str, v, values, labels); ok {
			sub.answers = append(sub.answers, a)
		}
		return true
	})
	return []submission{sub}, nil
}

// qualtricsAnswer reads one value; false for what is about the response and not
// in it.
func qualtricsAnswer(name string, v, values, labels gjson.Result) (answered, bool) {
	switch name {
	case "recordedDate", "startDate", "endDate", "status", "progress", "duration", "finished", "_recordId", "ipAddress", "locationLatitude", "locationLongitude", "distributionChannel", "userLanguage", "recipientEmail", "recipientFirstName", "recipientLastName", "externalDataReference":
		return answered{}, false
	}
	key := gjson.Escape(name)
	a := answered{id: name, value: value(v)}
	switch {
	case strings.HasSuffix(name, "_NPS_GROUP") || strings.HasSuffix(name, "_DO"):
		return answered{}, false
	case values.Get(key + "_NPS_GROUP").Exists():
		a.kind, a.of = likely, 10
	case strings.HasPrefix(name, "QID") && strings.HasSuffix(name, "_TEXT"):
		a.kind = words
	case strings.EqualFold(name, "email"):
		a.kind = email
	case labels.Get(key).Exists():
		a.value = value(labels.Get(key))
	}
	return a, true
}
