package facebook

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

// polled is a page whose comments are asked for.
type polled struct{ *meta }

func (p polled) Source(t *testing.T) bot.Source { return must(t, p.meta) }

// base is the page's own post, on which people comment.
const base = pageID + "_77"

func (m *meta) begin() {
	if len(m.posts) == 0 {
		m.posts = append(m.posts, comment1(base, "Our new kettle", pageID, now().Add(-48*time.Hour)))
	}
}

func (p polled) Say(_ *testing.T, items ...sourcetest.Item) error {
	p.Set(func() {
		p.begin()
		for _, it := range items {
			c := comment1(p.next(base), it.Text, "42", it.At)
			c["from"].(map[string]any)["name"] = it.Author
			p.comments[base] = append(p.comments[base], c)
		}
	})
	return nil
}

func (p polled) Break(*testing.T) error {
	p.Set(func() {
		p.begin()
		p.comments[base] = append(p.comments[base], map[string]any{"id": 7, "message": []any{}})
	})
	return nil
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return polled{newMeta(t)} })
}

// pushed is a page that tells of its comments.
type pushed struct {
	m   *meta
	now bot.Source
}

func (p *pushed) Source(t *testing.T) bot.Source {
	src, err := open(t, settings(p.m, true))
	if err != nil {
		t.Fatal(err)
	}
	p.now = src
	return src
}

func (p *pushed) send(t *testing.T, values ...map[string]any) error {
	switch code := tell(t, p.now.(http.Handler), "feed", values...); code {
	case http.StatusOK:
		return nil
	default:
		return bot.Errorf(bot.ErrUnavailable, "The webhook answered %d.", code)
	}
}

func (p *pushed) Say(t *testing.T, items ...sourcetest.Item) error {
	var all []map[string]any
	for _, it := range items {
		all = append(all, map[string]any{
			"item": "comment", "verb": "add", "post_id": base, "parent_id": base, "comment_id": fmt.Sprint("77_", len(it.ID), it.ID[5:]), "message": it.Text,
			"created_time": it.At.Unix(), "from": map[string]any{"id": "42", "name": it.Author},
		})
	}
	return p.send(t, all...)
}

func (p *pushed) Break(t *testing.T) error {
	return p.send(t, map[string]any{"item": "comment", "verb": "add", "post_id": base, "comment_id": "../x", "message": "x"})
}

func TestHookConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return &pushed{m: newMeta(t)} })
}

func TestWhatIsRead(t *testing.T) {
	m := newMeta(t)
	m.begin()
	c := comment1("77_1", "The kettle\nleaks", "42", now().Add(-time.Hour))
	c["attachment"] = map[string]any{"type": "photo", "url": "https://www.facebook.com/photo/1", "media": map[string]any{"image": map[string]any{"src": "https://cdn.example/1.jpg"}}}
	own := comment1("77_2", "Sorry!", pageID, now().Add(-time.Minute))
	own["parent"] = map[string]any{"id": "77_1"}
	m.comments[base] = []map[string]any{c, own}
	visitor := comment1(pageID+"_78", "Where is my order?", "43", now().Add(-2*time.Hour))
	visitor["attachments"] = map[string]any{"data": []any{map[string]any{"media_type": "video", "url": "https://www.facebook.com/v/1"}}}
	m.posts = append(m.posts, visitor)
	got, _ := sourcetest.Poll(t, must(t, m), "")
	if len(got) != 3 {
		t.Fatalf("read %+v", got)
	}
	p, a, b := got[0], got[1], got[2]
	if p.ExternalID != pageID+"_78" || p.ParentID != "" || p.Author.ExternalID != "43" || p.Attrs["type"] != "post" || len(p.Media) != 1 || p.Media[0].Type != "video" {
		t.Errorf("the visitor's post is %+v", p)
	}
	if a.Text != "The kettle\nleaks" || a.ParentID != base || a.Attrs["post"] != "Our new kettle" || a.Author.Name != "Ann 42" || a.Watches[0] != "kettle" || len(a.Media) != 1 ||
		a.Media[0].URL != "https://cdn.example/1.jpg" || !strings.Contains(a.URL, "comment_id=77_1") {
		t.Errorf("the comment is %+v", a)
	}
	if !b.Author.Staff || b.ParentID != "77_1" {
		t.Errorf("our own comment is %+v", b)
	}
}

// TestManyComments: on one post, in the first read and between two.
func TestManyComments(t *testing.T) {
	m := newMeta(t)
	r := polled{m}
	say := func(n int, at time.Time) {
		for i := range n {
			_ = r.Say(t, sourcetest.Item{Text: fmt.Sprint("The kettle ", m.last), Author: "ann", At: at.Add(time.Duration(i) * time.Second)})
		}
	}
	say(180, now().Add(-10*time.Hour))
	got, cur := sourcetest.Poll(t, must(t, m), "")
	if len(got) != 180 {
		t.Fatalf("%d of 180 came", len(got))
	}
	say(170, now().Add(-5*time.Minute))
	if got, cur = sourcetest.Poll(t, must(t, m), cur); len(got) != 170 {
		t.Fatalf("%d of 170 came", len(got))
	}
	before := len(m.Requests())
	if got, _ = sourcetest.Poll(t, must(t, m), cur); len(got) != 0 || len(m.Requests())-before > 5 {
		t.Errorf("with nothing new %d came by %d requests", len(got), len(m.Requests())-before)
	}
}

func TestEditsAndRemovals(t *testing.T) {
	m := newMeta(t)
	r := polled{m}
	_ = r.Say(t, sourcetest.Item{Text: "The kettle leaks", Author: "ann", At: now().Add(-time.Hour)}, sourcetest.Item{Text: "The kettle sings", Author: "bob", At: now().Add(-time.Minute)})
	first, cur := sourcetest.Poll(t, must(t, m), "")
	m.Set(func() { m.comments[base][0]["message"] = "It was the tap" })
	got, cur := sourcetest.Poll(t, must(t, m), cur)
	if len(got) != 1 || got[0].Text != "It was the tap" || got[0].EditedAt.IsZero() {
		t.Fatalf("after an edit came %+v", got)
	}
	m.Set(func() { m.comments[base] = m.comments[base][:1] })
	src, err := sourcetest.Open(t, Driver(), settings(m, false), bot.SourceEnv{Now: func() time.Time { return now().Add(sweep) }})
	if err != nil {
		t.Fatal(err)
	}
	if got, cur = sourcetest.Poll(t, src, cur); len(got) != 1 || !got[0].Deleted || got[0].ExternalID != first[1].ExternalID {
		t.Fatalf("after a removal came %+v", got)
	}
	if got, _ = sourcetest.Poll(t, src, cur); len(got) != 0 {
		t.Errorf("they came again: %+v", got)
	}
}

// TestTheLimitsAreKept: near them nothing is read, so that answers go out.
func TestTheLimitsAreKept(t *testing.T) {
	m := newMeta(t)
	r := polled{m}
	_ = r.Say(t, sourcetest.Item{Text: "The kettle leaks", Author: "ann", At: now().Add(-time.Hour)})
	m.usage = `{"1000":[{"type":"pages","call_count":85,"total_cputime":3,"total_time":4,"estimated_time_to_regain_access":0}]}`
	src := must(t, m)
	got, cur := sourcetest.Poll(t, src, "")
	if len(got) != 1 {
		t.Fatalf("read %+v", got)
	}
	if _, again := sourcetest.Poll(t, src, cur); again != cur || len(m.Requests()) != 2 {
		t.Errorf("near the limit %d requests were made", len(m.Requests()))
	}
	if _, err := src.Answer(t.Context(), got[0], bot.Reply{Way: bot.Way{Name: "comment"}, Text: "Sorry!"}); err != nil {
		t.Errorf("near the limit no answer goes out: %v", err)
	}
}

func TestCheck(t *testing.T) {
	m := newMeta(t)
	src, err := open(t, settings(m, true))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range src.(bot.Checker).Check(t.Context()) {
		if !f.OK || !strings.Contains(f.What, "Larkspur") {
			t.Errorf("%+v", f)
		}
	}
	m.Set(func() { m.fields = nil })
	if f := src.(bot.Checker).Check(t.Context()); len(f) != 3 || f[2].OK || !strings.Contains(f[2].Mend, "subscribed_apps") {
		t.Errorf("without a subscription: %+v", f)
	}
	bad := settings(m, false)
	bad.Token = "old"
	src, err = open(t, bad)
	if err != nil {
		t.Fatal(err)
	}
	if f := src.(bot.Checker).Check(t.Context()); len(f) != 1 || f[0].OK || !strings.Contains(f[0].Mend, "expired") {
		t.Errorf("with an old token: %+v", f)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	m := newMeta(t)
	for name, change := range map[string]func(*Settings){
		"page": func(s *Settings) { s.Page = "larkspur" }, "token": func(s *Settings) { s.Token = "" }, "secret": func(s *Settings) { s.Secret = "" },
		"verify": func(s *Settings) { s.Verify = "short" }, "watch": func(s *Settings) { s.Watch = "" }, "version": func(s *Settings) { s.Version = "25" },
		"path": func(s *Settings) { s.Path = "x" }, "history": func(s *Settings) { s.History = 9999 }, "address": func(s *Settings) { s.BaseURL = "x" },
	} {
		s := settings(m, false)
		change(&s)
		if _, err := open(t, s); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
