package mastodon

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

// seen is a transport that remembers what was asked.
type seen struct {
	http.RoundTripper
	asked []*http.Request
	sent  []string
}

func (s *seen) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body, r.Body = string(raw), io.NopCloser(bytes.NewReader(raw))
	}
	s.asked, s.sent = append(s.asked, r), append(s.sent, body)
	return s.RoundTripper.RoundTrip(r)
}

// TestOfficialDescription: every request that the source makes is one that
// Mastodon's interface has, with the parameters and the body it knows.
func TestOfficialDescription(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(sourcetest.Shared(t), "specs", "mastodon_openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{s: newServer(t)}
	src := must(t, Settings{Server: r.s.URL, Token: token, Hashtags: []string{"kettle"}, Search: true, Terms: []string{"kettle"}, Public: "local"})
	rec := &seen{RoundTripper: src.http.Transport}
	src.http.Transport = rec
	_ = r.Say(t, sourcetest.Item{ID: "1", Text: "The kettle", Author: "ann", At: now()})
	_, c := sourcetest.Poll(t, src, "")
	_, _ = sourcetest.Poll(t, src, c)
	_ = src.Check(t.Context())
	m := bot.Mention{ExternalID: "1001", Author: bot.Author{Handle: "ann"}}
	answer := bot.Reply{ID: 3, Way: bot.Way{Name: "direct"}, Text: "Sorry!", CreatedAt: now()}
	if _, err := src.Answer(t.Context(), m, answer); err != nil {
		t.Fatal(err)
	}
	if _, _, err := src.FindAnswer(t.Context(), m, answer); err != nil {
		t.Fatal(err)
	}
	if len(rec.asked) < 12 {
		t.Fatalf("only %d requests were made", len(rec.asked))
	}
	if _, err := src.Follow(t.Context(), m, bot.Placed{ExternalID: "1001"}); err != nil {
		t.Fatal(err)
	}
	for i, req := range rec.asked {
		if req.Header.Get("Upgrade") == "websocket" && req.URL.Path == "/api/v1/streaming" {
			continue // docs.joinmastodon.org/methods/streaming/#websocket, which an OpenAPI description has no words for
		}
		described(t, doc, req, rec.sent[i])
	}
}

// described fails t where the description does not know the request.
func described(t *testing.T, doc *openapi3.T, req *http.Request, body string) {
	t.Helper()
	var op *openapi3.Operation
	best := ""
	for path, item := range doc.Paths.Map() {
		shape := "^" + regexp.MustCompile(`\\\{[^}]+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), `[^/]+`) + "$"
		if o := item.GetOperation(req.Method); o != nil && regexp.MustCompile(shape).MatchString(req.URL.Path) && (op == nil || strings.Count(path, "{") < strings.Count(best, "{")) {
			op, best = o, path
		}
	}
	if op == nil {
		t.Errorf("%s %s is not in the description", req.Method, req.URL.Path)
		return
	}
	for name := range req.URL.Query() {
		known := slices.ContainsFunc(op.Parameters, func(p *openapi3.ParameterRef) bool {
			return p.Value.In == "query" && strings.TrimSuffix(p.Value.Name, "[]") == strings.TrimSuffix(name, "[]")
		})
		if !known {
			t.Errorf("%s %s: the description knows no parameter %q", req.Method, best, name)
		}
	}
	if body == "" {
		return
	}
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatal(err)
	}
	if err := op.RequestBody.Value.Content.Get("application/json").Schema.Value.VisitJSON(v, openapi3.EnableJSONSchema2020()); err != nil {
		t.Errorf("%s %s: %v", req.Method, best, err)
	}
}

// TestRecordedAnswers: what a real server said is read without loss.
func TestRecordedAnswers(t *testing.T) {
	dir := filepath.Join(sourcetest.Shared(t), "fixtures", "mastodon")
	src := must(t, Settings{Server: "https://social.example", Hashtags: []string{"x"}})
	read := 0
	for _, name := range []string{"test_notifications.yaml", "test_notifications_mentions_only.yaml", "test_search.yaml", "test_status_reply.yaml"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		var tape struct {
			Interactions []struct {
				Request  struct{ Method, URI string }
				Response struct{ Body struct{ String string } }
			}
		}
		if err := yaml.Unmarshal(raw, &tape); err != nil {
			t.Fatal(err)
		}
		for _, x := range tape.Interactions {
			for _, it := range recorded(t, x.Request.URI, x.Response.Body.String) {
				m := src.mention(it.post)
				sourcetest.Sound(t, m)
				if it.err != nil || m.Text == "" || m.Author.Handle == "" || m.URL == "" || m.CreatedAt.Year() < 2020 {
					t.Errorf("%s: %v, read as %+v", name, it.err, m)
				}
				read++
			}
		}
	}
	if read < 6 {
		t.Errorf("only %d recorded posts were read", read)
	}
}

// recorded gives the posts of one recorded answer.
func recorded(t *testing.T, uri, body string) (all []item) {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	var many []json.RawMessage
	notes := strings.HasSuffix(u.Path, "/notifications")
	switch {
	case strings.HasSuffix(u.Path, "/search"):
		var found struct{ Statuses []json.RawMessage }
		if json.Unmarshal([]byte(body), &found) == nil {
			many = found.Statuses
		}
	case notes:
		_ = json.Unmarshal([]byte(body), &many)
	case strings.HasSuffix(u.Path, "/statuses"):
		many = []json.RawMessage{json.RawMessage(body)}
	}
	for _, raw := range many {
		var note struct{ Type string }
		if notes && (json.Unmarshal(raw, &note) != nil || note.Type != "mention") {
			continue
		}
		all = append(all, readItem(raw, notes))
	}
	return all
}
