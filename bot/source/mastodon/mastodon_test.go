package mastodon

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/sourcetest"
)

func now() time.Time { return time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC) }

func open(t *testing.T, set Settings, watches ...bot.Watch) (bot.Source, error) {
	t.Helper()
	client, err := httpx.New(httpx.Options{Allow: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	decode := func(into any) error { *into.(*Settings) = set; return nil }
	return Driver().New("social", decode, bot.SourceEnv{HTTP: client, Now: now, Watches: watches})
}

func must(t *testing.T, set Settings, watches ...bot.Watch) *Source {
	t.Helper()
	src, err := open(t, set, watches...)
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := src.(*Streaming); ok {
		return s.Source
	}
	return src.(*Source)
}

// rig is a server with one hashtag, or with notifications.
type rig struct {
	s     *server
	notes bool
	last  int
}

func (r *rig) Source(t *testing.T) bot.Source {
	if r.notes {
		return must(t, Settings{Server: r.s.URL, Token: token})
	}
	return must(t, Settings{Server: r.s.URL, Hashtags: []string{"kettle"}})
}

func (r *rig) add(p map[string]any) {
	r.last++
	if p["id"] == nil {
		p["id"] = 7 // no string
	} else {
		p["id"] = strconv.Itoa(1000 + r.last)
	}
	r.s.posts = append(r.s.posts, p)
	r.s.notes = append(r.s.notes, map[string]any{"id": strconv.Itoa(1000 + r.last), "type": "mention", "status": p})
}

func (r *rig) Say(_ *testing.T, items ...sourcetest.Item) error {
	r.s.set(func() {
		for _, it := range items {
			html := strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(it.Text)
			r.add(status1(it.ID, "<p>"+html+"</p>", it.Author, it.At))
		}
	})
	return nil
}

func (r *rig) Break(*testing.T) error {
	r.s.set(func() { r.add(map[string]any{"tag": "kettle", "content": "no date"}) })
	return nil
}

func (r *rig) Fail(_ *testing.T, h http.Handler) { r.s.set(func() { r.s.fail = h }) }

func (r *rig) Down(*testing.T) { r.s.Close() }

func TestConformance(t *testing.T) {
	for name, notes := range map[string]bool{"hashtag": false, "mentions": true} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return &rig{s: newServer(t), notes: notes} })
		})
	}
}

// TestAFloodIsReadWhole: what comes between two reads is more than one read of
// all pages takes.
func TestAFloodIsReadWhole(t *testing.T) {
	r := &rig{s: newServer(t)}
	src := r.Source(t)
	_ = r.Say(t, sourcetest.Item{ID: "0", Text: "The kettle", Author: "ann", At: now()})
	_, c := sourcetest.Poll(t, src, "")
	for i := range 950 {
		_ = r.Say(t, sourcetest.Item{ID: strconv.Itoa(i), Text: "The kettle", Author: "ann", At: now().Add(time.Duration(i) * time.Second)})
	}
	if got, _ := sourcetest.Poll(t, src, c); len(got) != 950 {
		t.Errorf("%d of 950 came", len(got))
	}
}

func TestEditsAndDeletionsAreFollowed(t *testing.T) {
	r := &rig{s: newServer(t)}
	src := r.Source(t)
	_ = r.Say(t, sourcetest.Item{ID: "1", Text: "The kettle leaks", Author: "ann", At: now()}, sourcetest.Item{ID: "2", Text: "The kettle sings", Author: "bob", At: now()})
	first, c := sourcetest.Poll(t, src, "")
	r.s.set(func() {
		r.s.posts[0]["content"], r.s.posts[0]["edited_at"] = "<p>It was the tap</p>", "2026-03-09T12:59:00.000Z"
		r.s.posts = r.s.posts[:1]
	})
	got, c := sourcetest.Poll(t, src, c)
	if len(got) != 2 || got[0].Text != "It was the tap" || got[0].EditedAt.IsZero() || !got[1].Deleted || got[1].ExternalID != first[1].ExternalID {
		t.Fatalf("after an edit and a deletion came %+v", got)
	}
	if got, _ := sourcetest.Poll(t, src, c); len(got) != 0 {
		t.Errorf("they came again: %+v", got)
	}
}

// TestAnOlderServerIsReadOn: one that cannot be asked for several posts.
func TestAnOlderServerIsReadOn(t *testing.T) {
	r := &rig{s: newServer(t)}
	r.s.old = true
	src := r.Source(t)
	_ = r.Say(t, sourcetest.Item{ID: "1", Text: "The kettle leaks", Author: "ann", At: now()})
	_, c := sourcetest.Poll(t, src, "")
	_ = r.Say(t, sourcetest.Item{ID: "2", Text: "The kettle sings", Author: "bob", At: now()})
	if got, _ := sourcetest.Poll(t, src, c); len(got) != 1 || got[0].Text != "The kettle sings" {
		t.Errorf("after the first read came %+v", got)
	}
}

func TestWhatIsRead(t *testing.T) {
	s := newServer(t)
	p := status1("41", "<p><span class=\"h-card\"><a href=\"https://social.example/@larkspur\">@<span>larkspur</span></a></span> my kettle<br>leaks</p>", "ann@elsewhere.example", now())
	p["visibility"], p["spoiler_text"], p["in_reply_to_id"] = "unlisted", "water", "40"
	p["media_attachments"] = []any{map[string]any{"type": "gifv", "url": "https://files.example/1.mp4", "description": "a puddle"}}
	own := status1("42", "<p>kettle news</p>", "larkspur", now())
	own["account"].(map[string]any)["id"] = "1"
	s.posts = []map[string]any{p, own}
	got, _ := sourcetest.Poll(t, must(t, Settings{Server: s.URL, Token: token, Search: true}, bot.Watch{Terms: []string{"kettle"}}), "")
	if len(got) != 2 || !got[1].Author.Staff {
		t.Fatalf("read %+v", got)
	}
	m := got[0]
	if m.Text != "@larkspur my kettle\nleaks" || m.Title != "water" || m.ParentID != "40" || m.Author.Handle != "ann@elsewhere.example" || m.Author.Followers != 12 ||
		m.Attrs["visibility"] != "unlisted" || m.Private || len(m.Media) != 1 || m.Media[0].Type != "video" {
		t.Errorf("read as %+v", m)
	}
}

func TestAnswers(t *testing.T) {
	s := newServer(t)
	src := must(t, Settings{Server: s.URL, Token: token})
	m := bot.Mention{ExternalID: "41", Author: bot.Author{Handle: "ann@elsewhere.example"}, Attrs: map[string]string{"visibility": "unlisted"}}
	_, _ = sourcetest.Poll(t, src, "")
	ways := src.Ways(m)
	if len(ways) != 2 || !ways[0].Public || ways[1].Public || ways[0].Limit != 600-len("@ann ") || ways[0].Label != "Public reply on Mastodon as @larkspur" {
		t.Fatalf("ways %+v", ways)
	}
	r := bot.Reply{ID: 5, Way: ways[0], Text: "Sorry! See https://larkspur.example/a/very/long/address", CreatedAt: now()}
	if _, there, err := src.FindAnswer(t.Context(), m, r); there || err != nil {
		t.Fatalf("found before it was sent: %v", err)
	}
	s.set(func() { s.lose = true })
	if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUncertain {
		t.Fatalf("a lost answer is %v", err)
	}
	s.set(func() { s.lose = false })
	found, there, err := src.FindAnswer(t.Context(), m, r)
	if err != nil || !there {
		t.Fatalf("it is not found: %v", err)
	}
	again, err := src.Answer(t.Context(), m, r)
	if err != nil || again != found || len(s.posts) != 1 {
		t.Errorf("sent again it is %+v, %v; %d posts stand", again, err, len(s.posts))
	}
	if p := s.posts[0]; p["visibility"] != "unlisted" || p["in_reply_to_id"] != "41" || !strings.HasPrefix(p["content"].(string), "<p>@ann@elsewhere.example Sorry!") {
		t.Errorf("it stands as %+v", p)
	}
	if after, err := src.Follow(t.Context(), m, found); err != nil || after != (bot.Aftermath{Likes: 3, Answers: 1}) {
		t.Errorf("followed %+v, %v", after, err)
	}
	if after, err := src.Follow(t.Context(), m, bot.Placed{ExternalID: "1"}); err != nil || !after.Gone {
		t.Errorf("followed %+v, %v", after, err)
	}
	m.Private = true
	if w := src.Ways(m); len(w) != 1 || w[0].Public || visibility(m, bot.Reply{Way: bot.Way{Name: "public"}}) != "direct" {
		t.Errorf("what was said in private can be answered in public: %+v", w)
	}
}

func TestLength(t *testing.T) {
	for in, want := range map[string]int{"abc": 3, "see https://example.com/a/b/c?d=e now": 4 + 23 + 4, "@ann@elsewhere.example hi": 7, "日本": 2} {
		if got := (&Source{}).Length(in); got != want {
			t.Errorf("%q counts %d, want %d", in, got, want)
		}
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	on := true
	for name, set := range map[string]Settings{
		"no server": {Hashtags: []string{"a"}}, "nothing to read": {Server: "https://x.example"}, "search without a token": {Server: "https://x.example", Search: true},
		"mentions without a token": {Server: "https://x.example", Mentions: &on}, "public": {Server: "https://x.example", Public: "some"},
		"streams without a token": {Server: "https://x.example", Hashtags: []string{"a"}, Stream: &on},
		"too much":                {Server: "https://x.example", Hashtags: strings.Split(strings.Repeat("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u", 1), ",")},
	} {
		if _, err := open(t, set); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheck(t *testing.T) {
	s := newServer(t)
	src := must(t, Settings{Server: s.URL, Token: token, Hashtags: []string{"kettle"}})
	for _, f := range src.Check(t.Context()) {
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
	bad := must(t, Settings{Server: s.URL, Token: "wrong"})
	if f := bad.Check(t.Context()); len(f) != 1 || f[0].OK || f[0].Mend == "" {
		t.Errorf("with a wrong token: %+v", f)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"id":"1","created_at":"2026-03-09T12:00:00Z","content":"<p>x</p>","account":{"acct":"a"}}`, false)
	f.Add(`{"id":"1","status":null}`, true)
	src := &Source{}
	f.Fuzz(func(t *testing.T, raw string, note bool) {
		if it := readItem(json.RawMessage(raw), note); it.err == nil {
			sourcetest.Sound(t, src.mention(it.post))
		} else if bot.KindOf(it.err) != bot.ErrInvalid {
			t.Fatal(it.err)
		}
	})
}
