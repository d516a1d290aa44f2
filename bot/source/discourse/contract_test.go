package discourse

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

// seen is a transport that remembers what was asked.
type seen struct {
	http.RoundTripper
	asked []*http.Request
	sent  [][]byte
}

func (s *seen) RoundTrip(r *http.Request) (*http.Response, error) {
	var raw []byte
	if r.Body != nil {
		var err error
		if raw, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(raw))
	}
	s.asked, s.sent = append(s.asked, r), append(s.sent, raw)
	return s.RoundTripper.RoundTrip(r)
}

// TestOfficialDescription: every request that the source makes is one that the
// forum's own description has, with the parameters and the body it knows.
func TestOfficialDescription(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(sourcetest.Shared(t), "specs", "discourse_openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{newForum(t)}
	src := must(t, Settings{Server: r.f.URL, Key: key, User: "larkspur"})
	rec := &seen{RoundTripper: src.http.Transport}
	src.http.Transport = rec
	_ = r.Say(t, sourcetest.Item{Text: "The kettle", Author: "ann", At: now()})
	_, c := sourcetest.Poll(t, src, "")
	_, _ = sourcetest.Poll(t, src, c)
	_ = src.Check(t.Context())
	m := bot.Mention{ExternalID: "11/2", Author: bot.Author{Handle: "ann"}, Title: "Kettles"}
	for i, way := range src.Ways(m) {
		answer := bot.Reply{ID: int64(i), Way: way, Text: "Sorry! That should not be.", CreatedAt: now()}
		if _, err := src.Answer(t.Context(), m, answer); err != nil {
			t.Fatal(err)
		}
		if _, there, err := src.FindAnswer(t.Context(), m, answer); err != nil || !there {
			t.Fatal(there, err)
		}
	}
	if len(rec.asked) < 10 {
		t.Fatalf("only %d requests were made", len(rec.asked))
	}
	for i, req := range rec.asked {
		described(t, doc, req, rec.sent[i])
	}
}

// described fails t where the description does not know the request.
func described(t *testing.T, doc *openapi3.T, req *http.Request, body []byte) {
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
		if !slices.ContainsFunc(op.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.In == "query" && p.Value.Name == name }) {
			t.Errorf("%s %s: the description knows no parameter %q", req.Method, best, name)
		}
	}
	if req.Header.Get("Api-Key") == "" || req.Header.Get("Api-Username") == "" {
		t.Errorf("%s %s: it is not signed", req.Method, best)
	}
	if len(body) == 0 {
		return
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	if err := op.RequestBody.Value.Content.Get("application/json").Schema.Value.VisitJSON(v, openapi3.EnableJSONSchema2020()); err != nil {
		t.Errorf("%s %s: %v", req.Method, best, err)
	}
}

// TestRecordedAnswers: what a real forum said is read without loss.
func TestRecordedAnswers(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(sourcetest.Shared(t), "fixtures", "discourse", "posts_latest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Posts []json.RawMessage `json:"latest_posts"`
	}
	if err := json.Unmarshal(raw, &got); err != nil || len(got.Posts) < 4 {
		t.Fatalf("%d posts, %v", len(got.Posts), err)
	}
	src := must(t, Settings{Server: "https://forum.example"})
	for _, raw := range got.Posts {
		it := readItem(raw)
		m := src.mention(it.post)
		sourcetest.Sound(t, m)
		if it.err != nil || m.Text == "" || m.Author.Handle == "" || m.CreatedAt.Year() < 2013 {
			t.Errorf("%v, read as %+v", it.err, m)
		}
	}
}
