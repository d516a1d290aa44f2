package webhook

import (
	"context"
	"strings"

	"github.com/tidwall/gjson"

	"earshot/bot"
	"earshot/bot/source/record"
)

// delighted reads a response (app.delighted.com/docs/api/webhooks). It comes
// once with its score and again with its comment, which is an edit.
func delighted(_ context.Context, _ *Source, body []byte) ([]submission, error) {
	root, err := record.ParseJSON(string(body))
	if err != nil {
		return nil, err
	}
	event := root.Get("event_type").Str
	if event == "" {
		return nil, bot.Errorf(bot.ErrInvalid, "It is not what Delighted sends: it has no event_type.")
	}
	if !strings.HasPrefix(event, "survey_response.") {
		return nil, nil // somebody does not want to be asked any more
	}
	d := root.Get("event_data")
	sub := submission{
		id: record.Value(d.Get("id")), at: record.Value(d.Get("created_at")), url: d.Get("permalink").Str,
		author: record.Value(d.Get("person.id")), name: d.Get("person.name").Str, email: d.Get("person.email").Str, attrs: map[string]string{},
	}
	score := answered{id: "score", kind: mark, value: record.Value(d.Get("score"))}
	switch kind := d.Get("survey_type").Str; kind {
	case "", "nps", "enps":
		score.kind, score.of = likely, 10
	case "csat", "stars5", "smileys":
		score.of = 5
		sub.attrs["survey_type"] = kind
	default: // of other scales it is not known which end is good
		sub.attrs["survey_type"] = kind
	}
	sub.answers = append(sub.answers, score, answered{id: "comment", kind: words, value: d.Get("comment").Str})
	d.Get("person_properties").ForEach(func(k, v gjson.Result) bool {
		sub.attrs[k.Str] = record.Value(v)
		return true
	})
	for _, a := range d.Get("additional_answers").Array() {
		q := answered{id: a.Get("question.id").Str, question: a.Get("question.text").Str, value: record.Value(a.Get("value.scale"))}
		v := a.Get("value")
		if text := v.Get("free_response").Str; text != "" {
			q.kind, q.value = words, text
		}
		if one := v.Get("select_one.text").Str; one != "" {
			q.value = one
		}
		for _, m := range v.Get("select_many").Array() {
			q.value = strings.TrimPrefix(q.value+"; "+m.Get("text").Str, "; ")
		}
		sub.answers = append(sub.answers, q)
	}
	return []submission{sub}, nil
}
