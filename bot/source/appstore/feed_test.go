package appstore

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

// shop is the public feed.
type shop struct {
	*sourcetest.Server
	entries []any // oldest first
	single  bool  // one entry is no list
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{Server: sourcetest.NewServer(t)}
	s.Handle("GET /", func(w http.ResponseWriter, r *http.Request) {
		p := regexp.MustCompile(`^/([a-z]{2})/rss/customerreviews/page=([0-9]+)/id=` + app + `/sortby=mostrecent/json$`).FindStringSubmatch(r.URL.Path)
		if p == nil || r.URL.RawQuery != "" {
			http.Error(w, "<html>no</html>", http.StatusBadRequest)
			return
		}
		n, _ := strconv.Atoi(p[2])
		if n < 1 || n > 10 {
			http.Error(w, "CustomerReviews RSS page depth is limited to 10", http.StatusBadRequest)
			return
		}
		feed := map[string]any{"author": map[string]any{}, "link": []any{}}
		var page []any
		for i := (n - 1) * 50; p[1] == "us" && i < min(n*50, len(s.entries)); i++ {
			page = append(page, s.entries[len(s.entries)-1-i])
		}
		if len(page) == 1 && s.single {
			feed["entry"] = page[0]
		} else if len(page) > 0 {
			feed["entry"] = page
		}
		sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"feed": feed})
	})
	return s
}

func (s *shop) Source(t *testing.T) bot.Source {
	src, err := open(t, Settings{BaseURL: s.URL + "/?k=" + sourcetest.Canary, Countries: []string{"US", "de"}})
	if err != nil {
		t.Fatal(err)
	}
	src.(*Feed).base.RawQuery = ""
	return src
}

func labels(kv ...string) map[string]any {
	out := map[string]any{}
	for i := 0; i+1 < len(kv); i += 2 {
		out[kv[i]] = map[string]any{"label": kv[i+1]}
	}
	return out
}

func (s *shop) Say(_ *testing.T, items ...sourcetest.Item) error {
	s.Set(func() {
		for _, it := range items {
			e := labels("id", it.ID, "title", "", "content", it.Text, "im:rating", "4", "im:version", "2.1", "im:voteSum", "3", "updated", it.At.In(time.FixedZone("", -7*3600)).Format(time.RFC3339))
			e["author"] = labels("name", it.Author, "uri", "https://itunes.apple.com/us/reviews/id"+strconv.Itoa(len(it.Author)))
			s.entries = append(s.entries, e)
		}
	})
	return nil
}

func (s *shop) Break(*testing.T) error {
	s.Set(func() { s.entries = append(s.entries, labels("id", "9", "im:rating", "5", "content", "no date")) })
	return nil
}

func TestFeedConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return newShop(t) })
}

func TestTheFeedIsRead(t *testing.T) {
	s := newShop(t)
	s.single = true
	_ = s.Say(t, sourcetest.Item{ID: "1", Text: "The kettle", Author: "ann", At: now().Add(-time.Hour)})
	got, cur := sourcetest.Poll(t, s.Source(t), "")
	if len(got) != 1 {
		t.Fatalf("read %+v", got)
	}
	m := got[0]
	if m.Rating.Value != 4 || m.Attrs["version"] != "2.1" || m.Attrs["country"] != "us" || m.Attrs["votes"] != "3" || m.Author.ExternalID != "id3" || m.URL != "https://apps.apple.com/us/app/id"+app+"?see-all=reviews" {
		t.Errorf("read as %+v", m)
	}
	for i := range 499 {
		_ = s.Say(t, sourcetest.Item{ID: fmt.Sprint("n", i), Text: "The kettle", Author: "bob", At: now().Add(time.Duration(i-1000) * time.Second)})
	}
	s.Set(func() {
		s.entries = append(s.entries, labels("id", "https://itunes.apple.com/us/app/id1", "im:name", "Kettle"))
	}) // the app itself
	if got, cur = sourcetest.Poll(t, s.Source(t), cur); len(got) != 499 {
		t.Errorf("%d of 499 came", len(got))
	}
	if got, _ = sourcetest.Poll(t, s.Source(t), cur); len(got) != 0 {
		t.Errorf("%d came again", len(got))
	}
	src := s.Source(t)
	if _, answers := src.(bot.Answerer); answers {
		t.Error("the public feed can be answered")
	}
	for _, f := range src.(bot.Checker).Check(t.Context()) {
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
}

func FuzzFeed(f *testing.F) {
	f.Add(`[{"id":{"label":"1"},"updated":{"label":"2026-03-09T12:00:00-07:00"},"im:rating":{"label":"5"},"author":{"uri":{"label":"https://x.example/id1"}}}]`)
	feed := &Feed{set: Settings{App: app, Watch: "w"}}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, e := range several(json.RawMessage(raw)) {
			if it, ok := feed.item(e, "us"); ok && it.Err == nil {
				sourcetest.Sound(t, it.Mention)
			}
		}
	})
}
