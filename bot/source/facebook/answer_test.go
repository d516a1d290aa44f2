package facebook

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/graph"
	"earshot/bot/source/sourcetest"
)

// asked gives the one comment of a page, and what it was read by.
func asked(t *testing.T) (*meta, *Source, bot.Mention) {
	t.Helper()
	m := newMeta(t)
	_ = polled{m}.Say(t, sourcetest.Item{Text: "The kettle leaks", Author: "ann", At: now().Add(-time.Hour)})
	src := must(t, m)
	_ = src.Check(t.Context()) // it learns its name
	got, _ := sourcetest.Poll(t, src, "")
	return m, src, got[0]
}

func TestCommentReplies(t *testing.T) {
	m, src, c := asked(t)
	ways := src.Ways(c)
	if len(ways) != 2 || !ways[0].Public || ways[1].Public || ways[0].Label != "Public comment on Facebook as Larkspur" || !strings.Contains(ways[1].Label, "until 16 Mar 12:00 UTC") {
		t.Fatalf("ways %+v", ways)
	}
	r := bot.Reply{ID: 5, Way: ways[0], Text: "Sorry! Write to us.", CreatedAt: now()}
	if _, there, err := src.FindAnswer(t.Context(), c, r); there || err != nil {
		t.Fatalf("found before it was sent: %v", err)
	}
	m.Set(func() { m.lose = true })
	if _, err := src.Answer(t.Context(), c, r); bot.KindOf(err) != bot.ErrUncertain {
		t.Fatalf("a lost answer is %v", err)
	}
	m.Set(func() { m.lose = false })
	found, there, err := src.FindAnswer(t.Context(), c, r)
	if err != nil || !there {
		t.Fatalf("it is not found: %v", err)
	}
	other := c
	other.ExternalID = "77_9" // another comment that is answered with the same words
	if _, there, _ := src.FindAnswer(t.Context(), other, r); there {
		t.Error("the answer to another comment is taken for this one")
	}
	if after, err := src.Follow(t.Context(), c, found); err != nil || after.Likes != 3 || after.Answers != 1 || after.Gone {
		t.Errorf("followed as %+v, %v", after, err)
	}
	m.Set(func() { m.comments[base] = nil })
	if after, err := src.Follow(t.Context(), c, found); err != nil || !after.Gone {
		t.Errorf("what is gone is followed as %+v, %v", after, err)
	}
	if _, err := src.Answer(t.Context(), c, r); bot.KindOf(err) != bot.ErrGone {
		t.Errorf("an answer to what is gone is %v", err)
	}
	if src.Ways(bot.Mention{ExternalID: "77_1", Author: bot.Author{Staff: true}}) != nil || src.Ways(bot.Mention{ExternalID: "../me"}) != nil {
		t.Error("what cannot be answered has ways")
	}
}

func TestPrivateReplies(t *testing.T) {
	m, src, c := asked(t)
	r := bot.Reply{ID: 6, Way: bot.Way{Name: "private"}, Text: "What is your order number?", CreatedAt: now()}
	if _, there, err := src.FindAnswer(t.Context(), c, r); there || err != nil {
		t.Fatalf("found before it was sent: %v", err)
	}
	m.Set(func() { m.lose = true })
	if _, err := src.Answer(t.Context(), c, r); bot.KindOf(err) != bot.ErrUncertain {
		t.Fatalf("a lost message is %v", err)
	}
	m.Set(func() { m.lose = false })
	found, there, err := src.FindAnswer(t.Context(), c, r)
	if err != nil || !there || found.ExternalID != "message/m_1" || found.URL != "https://www.facebook.com/1000/inbox/1" {
		t.Fatalf("it is not found: %+v, %v", found, err)
	}
	if _, err := src.Answer(t.Context(), c, r); bot.KindOf(err) != bot.ErrInvalid || !strings.Contains(bot.Told(err), "Meta allows one") {
		t.Errorf("a second message is %v", err)
	}
	if _, err := src.Follow(t.Context(), c, found); bot.KindOf(err) != bot.ErrUnsupported {
		t.Errorf("a message is followed: %v", err)
	}
	old := c
	old.CreatedAt = now().Add(-8 * 24 * time.Hour)
	if _, err := src.Answer(t.Context(), old, r); bot.KindOf(err) != bot.ErrInvalid || len(src.Ways(old)) != 1 {
		t.Errorf("after seven days it is %v", err)
	}
	had := c
	had.Attrs["private_reply"] = "no"
	if len(src.Ways(had)) != 1 {
		t.Error("a comment that had its private reply is offered another")
	}
}

// TestWhatTheWebhookTells: each verb, recommendations, and what stands
// elsewhere.
func TestWhatTheWebhookTells(t *testing.T) {
	m := newMeta(t)
	m.posts = append(m.posts, comment1("555_1", "Hello @Larkspur", "44", now().Add(-time.Minute)))
	src, err := open(t, settings(m, true))
	if err != nil {
		t.Fatal(err)
	}
	heard := func(field string, v map[string]any) bot.Batch {
		t.Helper()
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		b, err := src.(hooked).heard(t.Context(), graph.Change{Object: "page", Entry: pageID, At: now(), Field: field, Value: raw})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	from := map[string]any{"id": "42", "name": "Ann"}
	one := map[string]any{"item": "comment", "verb": "edited", "post_id": base, "parent_id": "77_1", "comment_id": "77_2", "message": "It was the tap", "created_time": 1773050000, "from": from, "photo": "https://cdn.example/p.jpg"}
	if b := heard("feed", one); len(b.Mentions) != 1 || b.Mentions[0].EditedAt.IsZero() || b.Mentions[0].ParentID != "77_1" || len(b.Mentions[0].Media) != 1 {
		t.Errorf("an edit is %+v", b)
	}
	if b := heard("feed", map[string]any{"item": "comment", "verb": "remove", "post_id": base, "comment_id": "77_2", "created_time": 1773050000, "from": from}); len(b.Mentions) != 1 || !b.Mentions[0].Deleted || b.Mentions[0].ExternalID != "77_2" {
		t.Errorf("a removal is %+v", b)
	}
	for name, v := range map[string]map[string]any{
		"a like": {"item": "reaction", "verb": "add", "post_id": base, "from": from}, "our own post": {"item": "status", "verb": "add", "post_id": base, "message": "x", "from": map[string]any{"id": pageID}},
		"what is hidden": {"item": "comment", "verb": "hide", "post_id": base, "comment_id": "77_2", "from": from},
	} {
		if b := heard("feed", v); len(b.Mentions)+len(b.Rejected) != 0 {
			t.Errorf("%s is heard as %+v", name, b)
		}
	}
	if b := heard("ratings", map[string]any{"item": "rating", "verb": "add", "open_graph_story_id": "901", "review_text": "It leaks", "recommendation_type": "NEGATIVE", "reviewer_id": "42", "reviewer_name": "Ann", "created_time": 1773050000}); len(b.Mentions) != 1 ||
		b.Mentions[0].Title != "Doesn't recommend us" || b.Mentions[0].Text != "It leaks" || b.Mentions[0].Author.Name != "Ann" || b.Mentions[0].Attrs["recommends"] != "no" {
		t.Errorf("a recommendation is %+v", b)
	}
	if b := heard("mention", map[string]any{"item": "post", "verb": "add", "post_id": "555_1", "created_time": 1773050000}); len(b.Mentions) != 1 || b.Mentions[0].Text != "Hello @Larkspur" || b.Mentions[0].Author.ExternalID != "44" {
		t.Errorf("a mention is %+v", b)
	}
	if b := heard("mention", map[string]any{"item": "post", "verb": "add", "post_id": "555_2", "created_time": 1773050000}); len(b.Mentions) != 1 || b.Mentions[0].Title == "" || b.Mentions[0].URL == "" {
		t.Errorf("a mention that may not be read is %+v", b)
	}
	for name, c := range map[string]graph.Change{
		"another page": {Object: "page", Entry: "2000", Field: "feed"}, "another object": {Object: "instagram", Entry: pageID, Field: "feed"}, "another field": {Object: "page", Entry: pageID, Field: "messages"},
	} {
		c.Value = json.RawMessage(`{"item":"comment","verb":"add","post_id":"1000_77","comment_id":"77_5","message":"x"}`)
		if b, err := src.(hooked).heard(t.Context(), c); err != nil || len(b.Mentions)+len(b.Rejected) != 0 {
			t.Errorf("%s is heard as %+v, %v", name, b, err)
		}
	}
	m.Fail(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	raw := json.RawMessage(`{"item":"post","verb":"add","post_id":"555_1"}`)
	if _, err := src.(hooked).heard(t.Context(), graph.Change{Object: "page", Entry: pageID, Field: "mention", Value: raw}); bot.KindOf(err) != bot.ErrUnavailable {
		t.Errorf("a mention that cannot be read at the moment is %v", err)
	}
}

// TestTheEndpoint: Meta's question, and who may tell.
func TestTheEndpoint(t *testing.T) {
	src, err := open(t, settings(newMeta(t), true))
	if err != nil {
		t.Fatal(err)
	}
	h := src.(bot.Endpoint)
	if h.Path() != "/hooks/a-facebook" {
		t.Errorf("it is reached at %s", h.Path())
	}
	ask := func(method, target, signature string) (int, string) {
		req := httptest.NewRequest(method, target, strings.NewReader(`{"object":"page"}`))
		req.Header.Set("X-Hub-Signature-256", signature)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		return w.Code, w.Body.String()
	}
	if code, body := ask(http.MethodGet, h.Path()+"?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="+verify, ""); code != 200 || body != "1158201444" {
		t.Errorf("the question is answered %d %q", code, body)
	}
	for _, bad := range []string{"?hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong", "?hub.challenge=1&hub.verify_token=" + verify, ""} {
		if code, body := ask(http.MethodGet, h.Path()+bad, ""); code != http.StatusForbidden || strings.Contains(body, "1158") {
			t.Errorf("%s is answered %d %q", bad, code, body)
		}
	}
	for _, bad := range []string{"", "sha256=", "sha256=00ff", "sha1=00", "sha256=" + strings.Repeat("zz", 32)} {
		if code, _ := ask(http.MethodPost, h.Path(), bad); code != http.StatusUnauthorized {
			t.Errorf("the signature %q is answered %d", bad, code)
		}
	}
	if code, _ := ask(http.MethodPut, h.Path(), ""); code != http.StatusMethodNotAllowed {
		t.Errorf("PUT is answered %d", code)
	}
}

func FuzzHeard(f *testing.F) {
	f.Add("feed", `{"item":"comment","verb":"add","post_id":"1_2","comment_id":"2_3","message":"x","created_time":1773050000,"from":{"id":"4"}}`)
	f.Add("ratings", `{"item":"rating","verb":"add","open_graph_story_id":"9","review_text":"x","rating":5}`)
	s := Settings{Page: pageID, Settings: graph.Settings{Token: "t", Secret: "s", Watch: "w"}}
	api, err := s.Complete("x", bot.SourceEnv{Now: now})
	if err != nil {
		f.Fatal(err)
	}
	src := &Source{set: s, api: api}
	f.Fuzz(func(t *testing.T, field, raw string) {
		if field == "mention" {
			return // it asks the service
		}
		b, err := src.heard(t.Context(), graph.Change{Object: "page", Entry: pageID, Field: field, Value: json.RawMessage(raw)})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range b.Mentions {
			sourcetest.Sound(t, m)
		}
		var p post
		if _, it := read(json.RawMessage(raw), "x"); it.Err == nil && json.Unmarshal([]byte(raw), &p) == nil {
			sourcetest.Sound(t, src.mention(p, nil))
		}
	})
}
