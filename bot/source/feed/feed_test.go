package feed

import (
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/sourcetest"
)

var update = flag.Bool("update", false, "write the golden files")

func now() time.Time { return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC) }

// site is a server with a feed on it.
type site struct {
	*httptest.Server
	mu       sync.Mutex
	body     string
	etag     string
	fail     http.Handler
	requests []*http.Request
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	body, etag, fail := s.body, s.etag, s.fail
	s.requests = append(s.requests, r)
	s.mu.Unlock()
	switch {
	case fail != nil:
		fail.ServeHTTP(w, r)
	case etag != "" && r.Header.Get("If-None-Match") == etag:
		w.WriteHeader(http.StatusNotModified)
	default:
		w.Header().Set("ETag", etag)
		_, _ = fmt.Fprint(w, body)
	}
}

func (s *site) set(body, etag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body, s.etag = body, etag
}

func open(t *testing.T, set Settings) *Source {
	t.Helper()
	client, err := httpx.New(httpx.Options{Allow: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	decode := func(into any) error { *into.(*Settings) = set; return nil }
	src, err := Driver().New("test", decode, bot.SourceEnv{HTTP: client, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}

// rig is a feed that grows, written as one of the formats.
type rig struct {
	site  *site
	atom  bool
	items []string
}

func (r *rig) Source(t *testing.T) bot.Source {
	return open(t, Settings{URL: r.site.URL + "/feed?key=" + sourcetest.Canary, Token: sourcetest.Canary})
}

func esc(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

func (r *rig) Say(_ *testing.T, its ...sourcetest.Item) error {
	for _, it := range its {
		item := fmt.Sprintf("<item><guid>%s</guid><title>%s</title><description>%s</description><dc:creator>%s</dc:creator><pubDate>%s</pubDate></item>",
			esc(it.ID), "Kettle", esc(esc(it.Text)), esc(it.Author), it.At.Format(time.RFC1123Z))
		if r.atom {
			item = fmt.Sprintf("<entry><id>%s</id><title>Kettle</title><content type=\"text\">%s</content><author><name>%s</name></author><updated>%s</updated></entry>",
				esc(it.ID), esc(it.Text), esc(it.Author), it.At.Format(time.RFC3339))
		}
		r.items = append([]string{item}, r.items...)
	}
	r.publish()
	return nil
}

func (r *rig) Break(_ *testing.T) error {
	item := "<item><guid>broken</guid><title> </title><description></description></item>"
	if r.atom {
		item = "<entry><id>broken</id><title></title></entry>"
	}
	r.items = append([]string{item}, r.items...)
	r.publish()
	return nil
}

func (r *rig) publish() {
	body := `<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Reviews</title>` + strings.Join(r.items, "") + "</channel></rss>"
	if r.atom {
		body = `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Reviews</title>` + strings.Join(r.items, "") + "</feed>"
	}
	r.site.set(body, fmt.Sprintf(`"v%d"`, len(r.items)))
}

func (r *rig) Fail(_ *testing.T, h http.Handler) {
	r.site.mu.Lock()
	defer r.site.mu.Unlock()
	r.site.fail = h
}

func (r *rig) Down(_ *testing.T) { r.site.Close() }

func TestConformance(t *testing.T) {
	for name, atom := range map[string]bool{"rss": false, "atom": true} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Rig {
				r := &rig{site: newSite(t), atom: atom}
				r.publish()
				return r
			})
		})
	}
}

// TestGolden reads each feed under testdata and compares what it gives.
func TestGolden(t *testing.T) {
	feeds, err := filepath.Glob("testdata/*.feed")
	if err != nil || len(feeds) < 6 {
		t.Fatalf("%d feeds in testdata, error %v", len(feeds), err)
	}
	for _, path := range feeds {
		t.Run(filepath.Base(path), func(t *testing.T) {
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			src := open(t, Settings{URL: "https://shop.example/reviews/feed"})
			doc, err := parse(body)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := src.batch(doc, parsePosition(""))
			for _, m := range b.Mentions {
				sourcetest.Sound(t, m)
			}
			got, err := json.MarshalIndent(map[string]any{"mentions": b.Mentions, "rejected": b.Rejected}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(path, ".feed") + ".golden.json"
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestThreads: a feed of comments says what each answers.
func TestThreads(t *testing.T) {
	doc, err := parse([]byte(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0"><title>c</title>
<entry><id>tag:x,1</id><title>The kettle leaks</title></entry>
<entry><id>tag:x,2</id><title>Mine too</title><thr:in-reply-to ref="tag:x,1" href="https://x.example/1"/></entry></feed>`))
	if err != nil {
		t.Fatal(err)
	}
	src := open(t, Settings{URL: "https://x.example/feed"})
	for i, want := range []string{"", "tag:x,1"} {
		if m, err := src.mention(doc, doc.Items[i]); err != nil || m.ParentID != want {
			t.Errorf("%s answers %q, want %q (%v)", m.ExternalID, m.ParentID, want, err)
		}
	}
}

func TestConditional(t *testing.T) {
	r := &rig{site: newSite(t)}
	_ = r.Say(t, sourcetest.Item{ID: "1", Text: "one", At: now()})
	src := open(t, Settings{URL: r.site.URL, User: "ada", Password: "pw"})
	b, err := src.Poll(t.Context(), "")
	if err != nil || len(b.Mentions) != 1 {
		t.Fatalf("%v, %v", b, err)
	}
	again, err := src.Poll(t.Context(), b.Next)
	if err != nil || len(again.Mentions) != 0 || again.Next != b.Next {
		t.Errorf("unchanged: %v, %v", again, err)
	}
	last := r.site.requests[len(r.site.requests)-1]
	if user, pw, _ := last.BasicAuth(); last.Header.Get("If-None-Match") != `"v1"` || user != "ada" || pw != "pw" {
		t.Errorf("asked with %v", last.Header)
	}
}

func TestEditedItem(t *testing.T) {
	r := &rig{site: newSite(t)}
	say := func(text string) {
		r.items = nil
		_ = r.Say(t, sourcetest.Item{ID: "1", Text: text, At: now().Add(-time.Hour)}, sourcetest.Item{ID: "2", Text: "other", At: now()})
		r.site.set(r.site.body, "") // no validator: the content decides
	}
	src := open(t, Settings{URL: r.site.URL})
	say("it works")
	b, err := src.Poll(t.Context(), "")
	if err != nil || len(b.Mentions) != 2 || !b.Mentions[0].EditedAt.IsZero() {
		t.Fatalf("%v, %v", b, err)
	}
	say("it is broken")
	e, err := src.Poll(t.Context(), b.Next)
	if err != nil || len(e.Mentions) != 1 || e.Mentions[0].Text != "it is broken" || e.Mentions[0].ExternalID != b.Mentions[0].ExternalID || !e.Mentions[0].EditedAt.Equal(now()) {
		t.Errorf("%+v, %v", e.Mentions, err)
	}
}

func TestManyItems(t *testing.T) {
	r := &rig{site: newSite(t)}
	var its []sourcetest.Item
	for i := range batchItems + 7 {
		its = append(its, sourcetest.Item{ID: fmt.Sprint(i), Text: fmt.Sprint("text ", i), At: now().Add(-time.Hour)})
	}
	_ = r.Say(t, its...)
	src := open(t, Settings{URL: r.site.URL})
	a, err := src.Poll(t.Context(), "")
	if err != nil || len(a.Mentions) != batchItems || !a.More {
		t.Fatalf("%d mentions, more %v, %v", len(a.Mentions), a.More, err)
	}
	b, err := src.Poll(t.Context(), a.Next)
	if err != nil || len(b.Mentions) != 7 || b.More {
		t.Errorf("%d mentions, more %v, %v", len(b.Mentions), b.More, err)
	}
}

func TestRefused(t *testing.T) {
	deep := `<rss version="2.0"><channel>` + strings.Repeat("<a>", 200_000)
	for name, tc := range map[string]struct{ body, want string }{
		"entities": {`<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!entity lol2 "&lol;&lol;">]><rss version="2.0"><channel><item><title>&lol2;</title></item></channel></rss>`, "entities"},
		"external": {`<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]><feed xmlns="http://www.w3.org/2005/Atom"><title>&x;</title></feed>`, "entities"},
		"deep":     {deep, "levels deep"},
		"deepjson": {`{"version": "https://jsonfeed.org/version/1", "items": ` + strings.Repeat("[", 200_000), "JSON is broken"},
		"page":     {"<!doctype html><html><head></head></html>", "web page"},
		"empty":    {"", "empty"},
		"text":     {"hello", "not answer with a feed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse([]byte(tc.body))
			if bot.KindOf(err) != bot.ErrUnavailable || !strings.Contains(bot.Told(err), tc.want) {
				t.Errorf("%v, want %q", err, tc.want)
			}
		})
	}
	if _, err := Driver().New("x", func(into any) error { *into.(*Settings) = Settings{URL: "ftp://x"}; return nil }, bot.SourceEnv{}); bot.KindOf(err) != bot.ErrInvalid {
		t.Errorf("an address that is none: %v", err)
	}
}

func TestCheck(t *testing.T) {
	r := &rig{site: newSite(t)}
	r.publish()
	src := open(t, Settings{URL: r.site.URL + "/f?k=" + sourcetest.Canary})
	if f := src.Check(t.Context()); len(f) != 1 || !f[0].OK || strings.Contains(f[0].What, sourcetest.Canary) {
		t.Errorf("%v", f)
	}
	r.Fail(t, http.NotFoundHandler())
	if f := src.Check(t.Context()); len(f) != 1 || f[0].OK || f[0].Mend == "" {
		t.Errorf("%v", f)
	}
}

func FuzzParse(f *testing.F) {
	feeds, _ := filepath.Glob("testdata/*.feed")
	for _, path := range feeds {
		body, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	src, err := newSource("f", Settings{URL: "https://shop.example/feed"}, bot.SourceEnv{Now: now})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := parse(body)
		if err != nil {
			if bot.KindOf(err) != bot.ErrUnavailable {
				t.Errorf("%v", err)
			}
			return
		}
		b, pos := src.batch(doc, parsePosition(""))
		for _, m := range b.Mentions {
			sourcetest.Sound(t, m)
		}
		if again, _ := src.batch(doc, pos); len(again.Mentions) != 0 && !b.More {
			t.Errorf("read twice: %v", again.Mentions)
		}
	})
}
