package webhook

import (
	"context"
	"strings"

	"github.com/tidwall/gjson"

	"earshot/bot"
	"earshot/bot/source/record"
)

// typeform reads a response to a form
// (typeform.com/developers/webhooks/example-payload). What people answer on a
// scale from 0 to 10 is a score where the question is of the type nps, or is
// named by score_question.
func typeform(_ context.Context, _ *Source, body []byte) ([]submission, error) {
	root, err := record.ParseJSON(string(body))
	if err != nil {
		return nil, err
	}
	if t := root.Get("event_type").Str; t != "form_response" {
		if t == "" {
			return nil, bot.Errorf(bot.ErrInvalid, "It is not what Typeform sends: it has no event_type.")
		}
		return nil, nil // form_response_partial and others: not finished
	}
	r := root.Get("form_response")
	sub := submission{id: r.Get("token").Str, at: r.Get("submitted_at").Str, attrs: map[string]string{}}
	r.Get("hidden").ForEach(func(k, v gjson.Result) bool {
		switch name := strings.ToLower(k.Str); name {
		case "email":
			sub.email = v.String()
		case "name":
			sub.name = v.String()
		case "user_id", "customer_id":
			sub.author = v.String()
			fallthrough
		default:
			sub.attrs[k.Str] = v.String()
		}
		return true
	})
	if title := r.Get("definition.title").Str; title != "" {
		sub.attrs["survey"] = title
	}
	titles, steps := map[string]string{}, map[string]int{}
	for _, f := range r.Get("definition.fields").Array() {
		titles[f.Get("id").Str], steps[f.Get("id").Str] = f.Get("title").Str, int(f.Get("properties.steps").Int())
	}
	for _, a := range r.Get("answers").Array() {
		id := a.Get("field.id").Str
		sub.answers = append(sub.answers, typeformAnswer(a, titles[id], steps[id]))
	}
	return []submission{sub}, nil
}

// typeformAnswer reads one answer.
func typeformAnswer(a gjson.Result, title string, steps int) answered {
	got := answered{id: first(a.Get("field.ref").Str, a.Get("field.id").Str), question: title}
	field, value := a.Get("field.type").Str, a.Get(gjson.Escape(a.Get("type").Str))
	switch a.Get("type").Str {
	case "text":
		got.kind = words
		if got.value = value.Str; field == "short_text" {
			got.kind = other
			if strings.Contains(strings.ToLower(title), "name") {
				got.kind = fullName
			}
		}
	case "email":
		got.kind, got.value = email, value.Str
	case "number":
		got.value = value.Raw
		switch {
		case field == "nps":
			got.kind, got.of = likely, 10
		case field == "opinion_scale" && (steps == 0 || steps == 11):
			got.kind, got.of = mark, 10
		case field == "rating" || field == "opinion_scale":
			got.kind, got.of = mark, steps
		}
	case "choice":
		got.value = first(value.Get("label").Str, value.Get("other").Str)
	case "choices":
		var all []string
		for _, l := range value.Get("labels").Array() {
			all = append(all, l.Str)
		}
		if o := value.Get("other").Str; o != "" {
			all = append(all, o)
		}
		got.value = strings.Join(all, "; ")
	default:
		got.value = value.String()
	}
	return got
}
