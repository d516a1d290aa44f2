package webhook

import (
	"context"
	"strings"

	"earshot/bot"
	"earshot/bot/source/record"
)

// googleForms reads what the script of the guide sends, signed in our own way:
// Google Forms calls nobody by itself. The script has these answers from
// FormResponse and ItemResponse
// (developers.google.com/apps-script/reference/forms/form-response).
func googleForms(_ context.Context, _ *Source, body []byte) ([]submission, error) {
	root, err := record.ParseJSON(string(body))
	if err != nil {
		return nil, err
	}
	if !root.Get("answers").IsArray() {
		return nil, bot.Errorf(bot.ErrInvalid, "It holds no answers. Use the script of the guide: earshot kinds webhook.")
	}
	sub := submission{id: root.Get("id").Str, at: root.Get("submitted_at").Str, email: root.Get("email").Str, attrs: map[string]string{}}
	if form := root.Get("form").Str; form != "" {
		sub.attrs["survey"] = form
	}
	for _, a := range root.Get("answers").Array() {
		got := answered{id: record.Value(a.Get("id")), question: a.Get("title").Str, value: value(a.Get("value"))}
		switch a.Get("type").Str { // FormApp.ItemType
		case "SCALE":
			got.kind = other
			if a.Get("lower").Int() == 0 && a.Get("upper").Int() == 10 {
				got.kind, got.of = likely, 10
			} else if upper := a.Get("upper").Int(); a.Get("lower").Int() == 1 && upper > 1 && upper < 10 {
				got.kind, got.of = mark, int(upper)
			}
		case "RATING":
			got.kind, got.of = mark, int(a.Get("upper").Int())
		case "PARAGRAPH_TEXT":
			got.kind = words
		case "TEXT":
			switch title := strings.ToLower(got.question); {
			case strings.Contains(title, "mail"):
				got.kind = email
			case strings.Contains(title, "name"):
				got.kind = fullName
			}
		}
		sub.answers = append(sub.answers, got)
	}
	return []submission{sub}, nil
}
