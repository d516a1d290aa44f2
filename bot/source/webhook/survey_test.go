package webhook

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // as SurveyMonkey signs
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/source/sourcetest"
)

func sumOf(make func() hash.Hash, key, body string) []byte {
	h := hmac.New(make, []byte(key))
	h.Write([]byte(body))
	return h.Sum(nil)
}

// vendor is how a service's requests are made in the tests.
type vendor struct {
	preset string
	body   string
	sign   func(body, key string) (header, value, sent string) // sent: the body as it goes out
}

const clientID = "client-1"

func inHeader(name string, value func(body, key string) string) func(string, string) (string, string, string) {
	return func(body, key string) (string, string, string) { return name, value(body, key), body }
}

func vendors() []vendor {
	b64, hexed := base64.StdEncoding.EncodeToString, hex.EncodeToString
	return []vendor{
		{"typeform", `{"event_id": "e1", "event_type": "form_response", "form_response": {"form_id": "F", "token": "t1", "submitted_at": "2026-03-09T11:00:00Z", "hidden": {"plan": "gold", "email": "Ann@Example.com"},
			"definition": {"id": "F", "title": "Kettles", "fields": [{"id": "a", "title": "How likely?", "type": "nps", "ref": "rec"}, {"id": "b", "title": "Why?", "type": "long_text"}, {"id": "c", "title": "Your name?", "type": "short_text"},
				{"id": "d", "title": "Which kettle?", "type": "multiple_choice"}, {"id": "s", "title": "Design?", "type": "rating", "properties": {"steps": 5}}]},
			"answers": [{"type": "number", "number": 5, "field": {"id": "s", "type": "rating"}}, {"type": "number", "number": 3, "field": {"id": "a", "type": "nps", "ref": "rec"}}, {"type": "text", "text": "It leaks.", "field": {"id": "b", "type": "long_text"}},
				{"type": "text", "text": "Ann", "field": {"id": "c", "type": "short_text"}}, {"type": "choices", "choices": {"labels": ["Red", "Blue"], "other": "Green"}, "field": {"id": "d", "type": "multiple_choice"}}]}}`,
			inHeader("Typeform-Signature", func(body, key string) string { return "sha256=" + b64(sumOf(sha256.New, key, body)) })},
		{"surveymonkey", `{"name": "hook", "event_type": "response_completed", "event_id": "e", "object_type": "response", "object_id": "t1", "resources": {"survey_id": "77", "collector_id": "5"}}`,
			inHeader("Sm-Signature", func(body, key string) string { return b64(sumOf(sha1.New, clientID+"&"+key, body)) })},
		{"delighted", `{"event_type": "survey_response.updated", "event_id": "x", "event_data": {"id": "t1", "person": {"id": "p", "email": "ann@example.com", "name": "Ann"}, "survey_type": "nps", "score": 3, "comment": "It leaks.",
			"permalink": "https://delighted.example/r/1", "created_at": 1773054000, "person_properties": {"plan": "gold"}, "additional_answers": [{"question": {"id": "q", "text": "Which kettle?"}, "value": {"select_many": [{"text": "Red"}, {"text": "Blue"}, {"text": "Green"}]}}]}}`,
			inHeader("X-Delighted-Webhook-Signature", func(body, key string) string { return "sha256=" + hexed(sumOf(sha256.New, key, body)) })},
		{"qualtrics", `{"Status": "Complete", "SurveyID": "SV_1", "ResponseID": "t1", "CompletedDate": "2026-03-09 11:00:00", "BrandID": "x"}`, func(body, key string) (string, string, string) {
			return "Content-Type", "application/x-www-form-urlencoded", url.Values{"MSG": {body}, "HMAC": {hexed(sumOf(sha512.New, key, body))}, "Topic": {"x.surveyengine.completedResponse.SV_1"}}.Encode()
		}},
		{"google_forms", `{"id": "t1", "form": "Kettles", "submitted_at": "2026-03-09T11:00:00.000Z", "email": "ann@example.com", "answers": [{"id": 1, "title": "How likely?", "type": "SCALE", "value": "3", "lower": 0, "upper": 10},
			{"id": 2, "title": "Why?", "type": "PARAGRAPH_TEXT", "value": "It leaks."}, {"id": 3, "title": "Your name", "type": "TEXT", "value": "Ann"}, {"id": 4, "title": "Which kettle?", "type": "CHECKBOX", "value": ["Red", "Blue", "Green"]}, {"id": 5, "title": "plan", "type": "LIST", "value": "gold"}]}`,
			inHeader("X-Earshot-Signature", func(body, key string) string { return Sign(key, now(), []byte(body)) })},
	}
}

// newAPI is the part of SurveyMonkey and Qualtrics that is asked for answers.
func newAPI(t *testing.T) *sourcetest.Server {
	t.Helper()
	api := sourcetest.NewServer(t)
	give := func(v string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { sourcetest.WriteJSON(w, 200, json.RawMessage(v)) }
	}
	eleven := ""
	for i := range 11 {
		eleven += fmt.Sprintf(`{"id": "c%d", "position": %d, "text": "", "weight": 0},`, i, i+1)
	}
	api.Handle("GET /v3/surveys/77/responses/t1/details", sourcetest.Bearer(give(`{"id": "t1", "date_modified": "2026-03-09T11:00:00+00:00", "analyze_url": "https://monkey.example/1", "custom_variables": {"plan": "gold"},
		"metadata": {"contact": {"first_name": {"type": "string", "value": "Ann"}, "email": {"type": "string", "value": "ann@example.com"}}},
		"pages": [{"id": "1", "questions": [{"id": "q1", "answers": [{"row_id": "r", "choice_id": "c3"}]}, {"id": "q2", "answers": [{"text": "It leaks."}]}, {"id": "q3", "answers": [{"choice_id": "x"}, {"choice_id": "y"}, {"choice_id": "z"}]}]}]}`), "token-1"))
	api.Handle("GET /v3/surveys/77/details", sourcetest.Bearer(give(`{"title": "Kettles", "pages": [{"questions": [{"id": "q1", "family": "matrix", "subtype": "rating", "headings": [{"heading": "How likely?"}], "answers": {"rows": [{"id": "r"}], "choices": [`+strings.TrimSuffix(eleven, ",")+`]}},
		{"id": "q2", "family": "open_ended", "subtype": "essay", "headings": [{"heading": "Why?"}]}, {"id": "q3", "family": "multiple_choice", "headings": [{"heading": "Which kettle?"}], "answers": {"choices": [{"id": "x", "text": "Red"}, {"id": "y", "text": "Blue"}, {"id": "z", "text": "Green"}]}}]}]}`), "token-1"))
	api.Handle("GET /API/v3/surveys/SV_1/responses/t1", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-API-TOKEN") != "token-1" {
			sourcetest.WriteJSON(w, 401, map[string]any{})
			return
		}
		give(`{"result": {"responseId": "t1", "values": {"recordedDate": "2026-03-09T11:00:00Z", "ipAddress": "192.0.2.1", "userLanguage": "EN", "recipientEmail": "ann@example.com", "recipientFirstName": "Ann", "QID1": 3, "QID1_NPS_GROUP": 1,
			"QID2_TEXT": "It leaks.", "QID3": ["1", "2", "3"], "plan": "gold"}, "labels": {"QID3": ["Red", "Blue", "Green"]}}}`)(w, r)
	})
	return api
}

func openVendor(t *testing.T, v vendor, api string) *Source {
	t.Helper()
	set := Settings{Preset: v.preset, Secret: secret, Token: "token-1", APIKey: clientID, BaseURL: api, ReplyBy: "support"}
	src, err := Driver().New("survey", func(into any) error { *into.(*Settings) = set; return nil }, bot.SourceEnv{Now: now, HTTP: sourcetest.Client(t)})
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}

// deliver sends what a service would.
func deliver(src *Source, v vendor, key string, header ...string) (int, answer) {
	name, value, body := v.sign(v.body, key)
	req := httptest.NewRequest(http.MethodPost, src.Path(), strings.NewReader(body))
	req.Header.Set("X-Earshot-Timestamp", fmt.Sprint(now().Unix()))
	req.Header.Set(name, value)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	src.ServeHTTP(w, req)
	var a answer
	_ = json.NewDecoder(w.Body).Decode(&a)
	return w.Code, a
}

// TestSurveys: what each service sends is the same mention.
func TestSurveys(t *testing.T) {
	for _, v := range vendors() {
		t.Run(v.preset, func(t *testing.T) {
			src, s := openVendor(t, v, newAPI(t).URL), &store{}
			listen(t, src, s.emit)
			if code, a := deliver(src, v, secret); code != 200 || a.Accepted != 1 || len(s.b.Mentions) != 1 {
				t.Fatalf("%d %+v %+v", code, a, s.b.Rejected)
			}
			m := s.b.Mentions[0]
			sourcetest.Sound(t, m)
			type key struct {
				ID, Text, Email, Name, Plan, Kettle string
				Rating                              bot.Rating
				Private                             bool
				At                                  int64
			}
			plan, kettle := m.Attrs["plan"], first(m.Attrs["which kettle?"], m.Attrs["Which kettle?"], m.Attrs["QID3"], m.Attrs["qid3"])
			want := key{"t1", "It leaks.", "ann@example.com", "Ann", "gold", "Red; Blue; Green", bot.Rating{Value: 3, Of: 10, Survey: true}, true, 1773054000}
			if diff := cmp.Diff(want, key{m.ExternalID, m.Text, m.Author.Email, m.Author.Name, plan, kettle, m.Rating, m.Private, m.CreatedAt.Unix()}); diff != "" {
				t.Errorf("%s\n%v", diff, m.Attrs)
			}
			if strings.Contains(fmt.Sprint(m), "192.0.2.1") {
				t.Error("where the respondent was is kept")
			}
			if code, a := deliver(src, v, secret, "Idempotency-Key", "another", "X-Earshot-Timestamp", fmt.Sprint(now().Unix())); code != 200 && code != http.StatusConflict || len(s.b.Mentions) != 1 {
				t.Errorf("a replay: %d %+v, %d mentions", code, a, len(s.b.Mentions))
			}
			if src.AnswersBy() != "support" {
				t.Error("it does not say who answers")
			}
		})
	}
}

// TestForgedSurveys: nothing comes in that is not signed by the service.
func TestForgedSurveys(t *testing.T) {
	for _, v := range vendors() {
		api := newAPI(t)
		src, s := openVendor(t, v, api.URL), &store{}
		listen(t, src, s.emit)
		forged := v
		forged.sign = func(body, _ string) (string, string, string) { return "X-Nothing", "", body }
		name, value, _ := v.sign(v.body+" ", secret)
		other := v
		other.sign = func(body, _ string) (string, string, string) {
			return name, value, strings.Replace(body, "t1", "t2", 1)
		}
		for what, send := range map[string]func() (int, answer){
			"another key":  func() (int, answer) { return deliver(src, v, "another secret of another") },
			"no signature": func() (int, answer) { return deliver(src, forged, secret) },
			"another body": func() (int, answer) { return deliver(src, other, secret) },
			"empty":        func() (int, answer) { return deliver(src, forged, "", name, "sha256=") },
		} {
			if code, a := send(); code != http.StatusUnauthorized || a.Error == "" || strings.Contains(a.Error, secret) {
				t.Errorf("%s, %s: %d %+v", v.preset, what, code, a)
			}
		}
		if len(s.b.Mentions)+len(api.Requests()) != 0 {
			t.Errorf("%s: %d mentions, and %d requests to the service", v.preset, len(s.b.Mentions), len(api.Requests()))
		}
	}
}

// TestAskedServiceFails: what cannot be had now is sent again by the service,
// and what is gone for good is not.
func TestAskedServiceFails(t *testing.T) {
	for _, v := range vendors() {
		if !presets()[v.preset].greets {
			continue
		}
		for status, want := range map[int]int{500: 503, 429: 503, 401: 503, 404: 200, 200: 503} {
			api := newAPI(t)
			api.Fail(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = w.Write([]byte("<html>")) }))
			src, s := openVendor(t, v, api.URL), &store{}
			listen(t, src, s.emit)
			if code, a := deliver(src, v, secret); code != want || want == 200 && len(s.b.Rejected) != 1 || strings.Contains(a.Error, "token-1") {
				t.Errorf("%s: a service that says %d: %d %+v", v.preset, status, code, a)
			}
			api.Fail(t, nil)
			if code, _ := deliver(src, v, secret); want == 503 && (code != 200 || len(s.b.Mentions) != 1) {
				t.Errorf("%s: sent again: %d, %d mentions", v.preset, code, len(s.b.Mentions))
			}
		}
		src := openVendor(t, v, "https://api.example")
		for _, method := range []string{http.MethodHead, http.MethodGet} {
			w := httptest.NewRecorder()
			src.ServeHTTP(w, httptest.NewRequest(method, src.Path(), nil))
			if w.Code != 200 || w.Body.Len() != 0 {
				t.Errorf("%s: %s is answered %d", v.preset, method, w.Code)
			}
		}
	}
}

// TestWhatIsNoAnswer: events that hold no answer are taken and forgotten, and
// scales that are no 0 to 10 are not taken for one.
func TestWhatIsNoAnswer(t *testing.T) {
	all := map[string]vendor{}
	for _, v := range vendors() {
		all[v.preset] = v
	}
	for _, tc := range []struct {
		preset, body string
		rating       bot.Rating
		mentions     int
	}{
		{"typeform", `{"event_type": "form_response_partial", "form_response": {}}`, bot.Rating{}, 0},
		{"delighted", `{"event_type": "unsubscribe.created", "event_data": {}}`, bot.Rating{}, 0},
		{"surveymonkey", `{"event_type": "collector_created"}`, bot.Rating{}, 0},
		{"qualtrics", `{"Status": "Partial", "SurveyID": "SV_1", "ResponseID": "t1"}`, bot.Rating{}, 0},
		{"typeform", `{"event_type": "form_response", "form_response": {"token": "a", "definition": {"fields": [{"id": "s", "title": "Stars", "properties": {"steps": 5}}]}, "answers": [{"type": "number", "number": 4, "field": {"id": "s", "type": "rating"}}]}}`, bot.Rating{Value: 4, Of: 5}, 1},
		{"delighted", `{"event_type": "survey_response.created", "event_data": {"id": 9, "survey_type": "csat", "score": 2}}`, bot.Rating{Value: 2, Of: 5}, 1},
		{"delighted", `{"event_type": "survey_response.created", "event_data": {"id": 9, "survey_type": "ces", "score": 2, "comment": "x"}}`, bot.Rating{}, 1},
		{"google_forms", `{"id": "a", "answers": [{"title": "Stars", "type": "RATING", "value": 4, "upper": 5}]}`, bot.Rating{Value: 4, Of: 5}, 1},
	} {
		v := all[tc.preset]
		v.body = tc.body
		src, s := openVendor(t, v, newAPI(t).URL), &store{}
		listen(t, src, s.emit)
		code, a := deliver(src, v, secret)
		if code != 200 || len(s.b.Mentions) != tc.mentions || len(s.b.Rejected) != 0 || tc.mentions > 0 && s.b.Mentions[0].Rating != tc.rating {
			t.Errorf("%s: %d %+v, %+v", tc.body, code, a, s.b)
		}
	}
}

func TestPresetsThatLackSomething(t *testing.T) {
	for name, set := range map[string]Settings{
		"no token": {Preset: "surveymonkey", APIKey: "a"}, "no client": {Preset: "surveymonkey", Token: "t"}, "no address": {Preset: "qualtrics", Token: "t"},
		"no such": {Preset: "csat"}, "items": {Preset: "typeform", Items: "a"}, "base": {BaseURL: "ftp://x"},
	} {
		set.Secret = secret
		if _, err := newSource("x", set, bot.SourceEnv{}); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzSurveys(f *testing.F) {
	all := vendors()
	for i, v := range all {
		f.Add(uint8(i), []byte(v.body))
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		v := all[int(which)%len(all)]
		src, err := newSource("x", Settings{Secret: secret, Preset: v.preset, Token: "t", APIKey: "a", BaseURL: "http://127.0.0.1:1"}, bot.SourceEnv{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		subs, err := fuzzed(t, src, v, body)
		for _, sub := range subs {
			it, ierr := src.item(sub)
			var m bot.Mention
			if ierr == nil && src.objects.Mention(&m, src.reader, it) == nil {
				sourcetest.Sound(t, m)
			}
		}
		if err != nil && bot.KindOf(err) != bot.ErrInvalid {
			t.Fatal(err)
		}
	})
}

// fuzzed reads body as what the service sends, or, where it is asked, answers.
func fuzzed(t *testing.T, src *Source, v vendor, body []byte) ([]submission, error) {
	root, err := record.ParseJSON(string(body))
	switch {
	case err != nil:
		return nil, err
	case v.preset == "surveymonkey":
		return []submission{{answers: monkeyAnswers("q", root, root.Get("given").Array())}}, nil
	case v.preset == "qualtrics":
		sub := submission{}
		root.ForEach(func(k, v gjson.Result) bool {
			if a, ok := qualtricsAnswer(k.Str, v, root, root.Get("labels")); ok {
				sub.answers = append(sub.answers, a)
			}
			return true
		})
		return []submission{sub}, nil
	}
	return src.kind.unfold(t.Context(), src, body)
}
