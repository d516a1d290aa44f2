package instagram

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/graph"
	"earshot/bot/source/sourcetest"
)

const base = "7001" // our own medium, on which people comment

// polled is an account whose comments are asked for.
type polled struct{ *insta }

func (p polled) Source(t *testing.T) bot.Source { return must(t, p.insta) }

func (i *insta) begin() {
	if len(i.media) == 0 {
		i.media = append(i.media, medium1(base, "Our new kettle", "larkspur", now().Add(-48*time.Hour)))
	}
}

func (p polled) Say(_ *testing.T, items ...sourcetest.Item) error {
	p.Set(func() {
		p.begin()
		for _, it := range items {
			p.comments[base] = append(p.comments[base], comment1(p.next(), it.Text, it.Author, it.At))
		}
	})
	return nil
}

func (p polled) Break(*testing.T) error {
	p.Set(func() {
		p.begin()
		p.comments[base] = append(p.comments[base], map[string]any{"id": 7, "text": []any{}})
	})
	return nil
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return polled{newInsta(t)} })
}

// pushed is an account that tells of its comments.
type pushed struct {
	i   *insta
	now bot.Source
}

func (p *pushed) Source(t *testing.T) bot.Source {
	src, err := open(t, settings(p.i, true))
	if err != nil {
		t.Fatal(err)
	}
	p.now = src
	return src
}

func (p *pushed) Say(t *testing.T, items ...sourcetest.Item) error {
	for _, it := range items {
		v := map[string]any{"id": "91" + strings.TrimPrefix(it.ID, "item-"), "text": it.Text, "from": map[string]any{"id": "42", "username": it.Author}, "media": map[string]any{"id": base}}
		if code := tell(t, p.now.(http.Handler), "comments", v); code != http.StatusOK {
			return bot.Errorf(bot.ErrUnavailable, "The webhook answered %d.", code)
		}
	}
	return nil
}

func (p *pushed) Break(t *testing.T) error {
	tell(t, p.now.(http.Handler), "comments", map[string]any{"id": "../x"})
	return nil
}

func TestHookConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return &pushed{i: newInsta(t)} })
}

func TestWhatIsRead(t *testing.T) {
	i := newInsta(t)
	i.begin()
	i.comments[base] = []map[string]any{comment1("1", "The kettle leaks", "ann", now().Add(-time.Hour))}
	i.replies["1"] = []map[string]any{comment1("2", "Sorry!", "Larkspur", now().Add(-time.Minute)), comment1("3", "@larkspur still leaks", "ann", now().Add(-time.Second))}
	i.tagged = []map[string]any{medium1("800", "My kitchen", "bob", now().Add(-3*time.Hour)), medium1("801", "Thanks @larkspur", "bob", now().Add(-2*time.Hour))}
	got, cur := sourcetest.Poll(t, must(t, i), "")
	if len(got) != 5 {
		t.Fatalf("read %+v", got)
	}
	tag, named, c, own, again := got[0], got[1], got[2], got[3], got[4]
	if tag.Attrs["type"] != tagged || tag.Media[0].Type != "video" || tag.Author.Handle != "bob" || named.Attrs["type"] != caption {
		t.Errorf("what tags us is %+v, %+v", tag, named)
	}
	if c.Text != "The kettle leaks" || c.ParentID != base || c.Attrs["post"] != "Our new kettle" || c.Author.Handle != "ann" || c.Author.ExternalID == "" || c.URL != "https://www.instagram.com/p/7001/" || c.Watches[0] != "kettle" {
		t.Errorf("the comment is %+v", c)
	}
	if !own.Author.Staff || own.ParentID != "1" || again.ParentID != "1" || again.Attrs["type"] != onReply {
		t.Errorf("the replies are %+v, %+v", own, again)
	}
	if src := must(t, i); src.Ways(tag) != nil || len(src.Ways(named)) != 1 || len(src.Ways(c)) != 2 {
		t.Error("the ways to answer are not right")
	}
	if got, _ = sourcetest.Poll(t, must(t, i), cur); len(got) != 0 {
		t.Errorf("they came again: %+v", got)
	}
}

// TestManyComments: on one medium, and below one comment.
func TestManyComments(t *testing.T) {
	i := newInsta(t)
	r := polled{i}
	for n := range 130 {
		_ = r.Say(t, sourcetest.Item{Text: fmt.Sprint("The kettle ", n), Author: "ann", At: now().Add(time.Duration(n-500) * time.Minute)})
	}
	for n := range 70 {
		i.replies["5001"] = append(i.replies["5001"], comment1(fmt.Sprint("6", n), "So does mine", "bob", now().Add(time.Duration(n-400)*time.Minute)))
	}
	got, cur := sourcetest.Poll(t, must(t, i), "")
	if len(got) != 200 {
		t.Fatalf("%d of 200 came", len(got))
	}
	for n := range 80 {
		_ = r.Say(t, sourcetest.Item{Text: fmt.Sprint("The kettle again ", n), Author: "ann", At: now().Add(time.Duration(n-80) * time.Second)})
	}
	if got, _ = sourcetest.Poll(t, must(t, i), cur); len(got) != 80 {
		t.Errorf("%d of 80 came", len(got))
	}
}

func TestRemovals(t *testing.T) {
	i := newInsta(t)
	r := polled{i}
	_ = r.Say(t, sourcetest.Item{Text: "The kettle leaks", Author: "ann", At: now().Add(-time.Hour)}, sourcetest.Item{Text: "The kettle sings", Author: "bob", At: now().Add(-time.Minute)})
	first, cur := sourcetest.Poll(t, must(t, i), "")
	i.Set(func() { i.comments[base] = i.comments[base][:1] })
	src, err := sourcetest.Open(t, Driver(), settings(i, false), bot.SourceEnv{Now: func() time.Time { return now().Add(sweep) }})
	if err != nil {
		t.Fatal(err)
	}
	got, cur := sourcetest.Poll(t, src, cur)
	if len(got) != 1 || !got[0].Deleted || got[0].ExternalID != first[1].ExternalID {
		t.Fatalf("after a removal came %+v", got)
	}
	if got, _ = sourcetest.Poll(t, src, cur); len(got) != 0 {
		t.Errorf("it came again: %+v", got)
	}
}

func TestReplies(t *testing.T) {
	i := newInsta(t)
	_ = polled{i}.Say(t, sourcetest.Item{Text: "The kettle leaks", Author: "ann", At: now().Add(-time.Hour)})
	i.replies["5001"] = []map[string]any{comment1("31", "Mine too", "bob", now().Add(-time.Minute))}
	src := must(t, i)
	got, _ := sourcetest.Poll(t, src, "")
	for _, m := range got {
		ways := src.Ways(m)
		want := 2200
		if m.Attrs["type"] == onReply {
			want -= len("@bob ")
		}
		if len(ways) != 2 || ways[0].Limit != want || ways[0].Label != "Public reply on Instagram as @larkspur" {
			t.Fatalf("ways %+v", ways)
		}
		r := bot.Reply{ID: 5, Way: ways[0], Text: "Sorry! Write to us.", CreatedAt: now()}
		if _, there, err := src.FindAnswer(t.Context(), m, r); there || err != nil {
			t.Fatalf("found before it was sent: %v", err)
		}
		i.Set(func() { i.lose = true })
		if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUncertain {
			t.Fatalf("a lost answer is %v", err)
		}
		i.Set(func() { i.lose = false })
		found, there, err := src.FindAnswer(t.Context(), m, r)
		if err != nil || !there {
			t.Fatalf("it is not found: %v", err)
		}
		if after, err := src.Follow(t.Context(), m, found); err != nil || after.Likes != 4 || after.Gone {
			t.Errorf("followed as %+v, %v", after, err)
		}
	}
	if last := i.replies["5001"][2]["text"]; last != "@bob Sorry! Write to us." {
		t.Errorf("the answer to a reply stands as %q", last)
	}
	i.Set(func() { clear(i.comments); clear(i.replies) })
	if _, err := src.Answer(t.Context(), got[0], bot.Reply{Way: bot.Way{Name: "reply"}, Text: "x"}); bot.KindOf(err) != bot.ErrGone {
		t.Errorf("an answer to what is gone is %v", err)
	}
	if after, err := src.Follow(t.Context(), got[0], bot.Placed{ExternalID: "5001"}); err != nil || !after.Gone {
		t.Errorf("what is gone is followed as %+v, %v", after, err)
	}
}

func TestPrivateReplies(t *testing.T) {
	i := newInsta(t)
	_ = polled{i}.Say(t, sourcetest.Item{Text: "The kettle leaks", Author: "ann", At: now().Add(-time.Hour)})
	src := must(t, i)
	got, _ := sourcetest.Poll(t, src, "")
	m, r := got[0], bot.Reply{ID: 6, Way: bot.Way{Name: "private"}, Text: "What is your order number?", CreatedAt: now()}
	if at, err := src.Answer(t.Context(), m, r); err != nil || at.ExternalID != "message/aWdf" || len(i.sent) != 1 {
		t.Errorf("a message is %+v, %v", at, err)
	}
	if _, _, err := src.FindAnswer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUnsupported {
		t.Errorf("a message is looked for: %v", err)
	}
	long := r
	long.Text = strings.Repeat("é", 501)
	if _, err := src.Answer(t.Context(), m, long); bot.KindOf(err) != bot.ErrInvalid || !strings.Contains(bot.Told(err), "1002 bytes") {
		t.Errorf("too long a message is %v", err)
	}
	m.CreatedAt = now().Add(-8 * 24 * time.Hour)
	if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrInvalid || len(src.Ways(m)) != 1 {
		t.Errorf("after seven days it is %v", err)
	}
}

// TestMentionsElsewhere: the webhook tells the ids, the rest is asked for, and
// answered where it stands.
func TestMentionsElsewhere(t *testing.T) {
	i := newInsta(t)
	i.outside["300"] = map[string]any{"id": "300", "text": "Ask @larkspur", "username": "eve", "timestamp": stamp(now()), "media": map[string]any{"id": "400", "permalink": "https://www.instagram.com/p/400/"}}
	i.outside["401"] = medium1("401", "By @larkspur", "eve", now())
	src := must(t, i)
	heard := func(v string) bot.Batch {
		t.Helper()
		b, err := src.heard(t.Context(), graph.Change{Object: "instagram", Entry: account, At: now(), Field: "mentions", Value: json.RawMessage(v)})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	a, b := heard(`{"media_id":"400","comment_id":"300"}`).Mentions, heard(`{"media_id":"401"}`).Mentions
	if len(a) != 1 || a[0].Text != "Ask @larkspur" || a[0].Author.Handle != "eve" || a[0].Attrs["type"] != anywhere || a[0].URL != "https://www.instagram.com/p/400/" {
		t.Fatalf("a comment that names us is %+v", a)
	}
	if len(b) != 1 || b[0].Text != "By @larkspur" || b[0].Attrs["type"] != caption || len(b[0].Media) != 1 {
		t.Fatalf("a caption that names us is %+v", b)
	}
	for _, m := range []bot.Mention{a[0], b[0]} {
		ways := src.Ways(m)
		if len(ways) != 1 || !ways[0].Public {
			t.Fatalf("ways %+v", ways)
		}
		r := bot.Reply{Way: ways[0], Text: "Hello!"}
		if _, err := src.Answer(t.Context(), m, r); err != nil {
			t.Error(err)
		}
		if _, _, err := src.FindAnswer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUnsupported {
			t.Errorf("what stands elsewhere is looked for: %v", err)
		}
	}
	if got := strings.Join(i.sent, " "); got != "comment_id=300&media_id=400&message=Hello%21 media_id=401&message=Hello%21" {
		t.Errorf("sent %s", got)
	}
	if c := heard(`{"media_id":"402","comment_id":"302"}`).Mentions; len(c) != 1 || c[0].Title == "" || c[0].ExternalID != "302" {
		t.Errorf("one that may not be read is %+v", c)
	}
	if c := heard(`{"media_id":"../x"}`); len(c.Rejected) != 1 {
		t.Errorf("nonsense is %+v", c)
	}
	for name, c := range map[string]graph.Change{
		"another account": {Object: "instagram", Entry: "2", Field: "comments"}, "another object": {Object: "page", Entry: account, Field: "comments"}, "another field": {Object: "instagram", Entry: account, Field: "story_insights"},
	} {
		c.Value = json.RawMessage(`{"id":"1","text":"x"}`)
		if b, err := src.heard(t.Context(), c); err != nil || len(b.Mentions)+len(b.Rejected) != 0 {
			t.Errorf("%s is heard as %+v, %v", name, b, err)
		}
	}
	i.Fail(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	if _, err := src.heard(t.Context(), graph.Change{Object: "instagram", Entry: account, Field: "mentions", Value: json.RawMessage(`{"media_id":"401"}`)}); bot.KindOf(err) != bot.ErrUnavailable {
		t.Errorf("one that cannot be read at the moment is %v", err)
	}
}

func TestCheck(t *testing.T) {
	i := newInsta(t)
	src, err := open(t, settings(i, true))
	if err != nil {
		t.Fatal(err)
	}
	all := src.(bot.Checker).Check(t.Context())
	for _, f := range all {
		if !f.OK || !strings.Contains(f.What, "@larkspur") {
			t.Errorf("%+v", f)
		}
	}
	bad := settings(i, false)
	bad.Token = "old"
	src, err = open(t, bad)
	if err != nil {
		t.Fatal(err)
	}
	if f := src.(bot.Checker).Check(t.Context()); len(all) != 4 || len(f) != 1 || f[0].OK || !strings.Contains(f[0].Mend, "password") {
		t.Errorf("%d findings; with an old token: %+v", len(all), f)
	}
	bad.Account = "larkspur"
	if _, err := open(t, bad); bot.KindOf(err) != bot.ErrInvalid {
		t.Errorf("an account by its name is %v", err)
	}
}

func FuzzHeard(f *testing.F) {
	f.Add("comments", `{"id":"1","text":"x","from":{"id":"2","username":"a"},"media":{"id":"3"},"parent_id":"4"}`)
	s := Settings{Account: account, Settings: graph.Settings{Token: "t", Secret: "s", Watch: "w"}}
	api, err := s.Complete("x", bot.SourceEnv{Now: now})
	if err != nil {
		f.Fatal(err)
	}
	src := &Source{set: s, api: api, name: "larkspur"}
	f.Fuzz(func(t *testing.T, field, raw string) {
		if field != "mentions" { // it asks the service
			b, err := src.heard(t.Context(), graph.Change{Object: "instagram", Entry: account, Field: field, Value: json.RawMessage(raw)})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range b.Mentions {
				sourcetest.Sound(t, m)
			}
		}
		if _, it := src.comment(json.RawMessage(raw), medium{ID: "1"}, ""); it.Err == nil {
			sourcetest.Sound(t, it.Mention)
		}
		var p medium
		if json.Unmarshal([]byte(raw), &p) == nil && graph.ID(p.ID) != "" && !p.At.IsZero() {
			sourcetest.Sound(t, src.post(p, tagged))
		}
	})
}
