package reddit

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

func open(t *testing.T, set Settings, watches ...bot.Watch) (bot.Source, error) {
	t.Helper()
	return sourcetest.Open(t, Driver(), set, bot.SourceEnv{Now: now, Watches: watches})
}

func must(t *testing.T, set Settings, watches ...bot.Watch) *Source {
	t.Helper()
	src, err := open(t, set, watches...)
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}

// with are the settings of an account at s.
func with(s *server) Settings {
	return Settings{Subreddits: []string{"r/kettles"}, ClientID: "app", ClientSecret: secret, RefreshToken: refresh, User: "larkspur", BaseURL: s.URL, SiteURL: s.URL}
}

// rig is Reddit with an account, or as feeds.
type rig struct {
	*server
	feeds bool
	last  int
}

func (r *rig) Source(t *testing.T) bot.Source {
	set := with(r.server)
	if r.feeds {
		set = Settings{Subreddits: []string{"Kettles"}, BaseURL: r.URL, SiteURL: r.URL + "?x=" + sourcetest.Canary}
	}
	return must(t, set)
}

func (r *rig) Say(_ *testing.T, items ...sourcetest.Item) error {
	r.Set(func() {
		for _, it := range items {
			r.last++
			kind := "t1_"
			if r.last%2 == 0 {
				kind = "t3_"
			}
			r.things = append(r.things, said(kind+strconv.FormatInt(int64(1000+r.last), 36), it.Text, it.Author, it.At))
		}
	})
	return nil
}

func (r *rig) Break(*testing.T) error {
	r.Set(func() { r.things = append(r.things, map[string]any{"body": "no id"}) })
	return nil
}

func TestConformance(t *testing.T) {
	for name, feeds := range map[string]bool{"account": false, "feeds": true} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return &rig{server: newServer(t), feeds: feeds} })
		})
	}
}

func poll(t *testing.T, src bot.Source, c bot.Cursor) ([]bot.Mention, bot.Cursor) {
	t.Helper()
	b, err := src.Poll(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return b.Mentions, b.Next
}

// TestAFloodIsReadOnce: more than the memory holds comes whole, once, also
// what a moderator lets through late.
func TestAFloodIsReadOnce(t *testing.T) {
	r := &rig{server: newServer(t)}
	src := r.Source(t)
	_ = r.Say(t, sourcetest.Item{Text: "The kettle", Author: "ann", At: now().Add(-20 * time.Hour)})
	_, c := poll(t, src, "")
	got := map[string]int{}
	for round := range 3 {
		for i := range 500 {
			at := now().Add(-19*time.Hour + time.Duration(round)*time.Hour + time.Duration(i)*time.Second)
			_ = r.Say(t, sourcetest.Item{Text: "The kettle " + strconv.Itoa(i), Author: "ann", At: at})
		}
		late := r.things[len(r.things)-120]
		r.Set(func() { r.things = append(r.things[:len(r.things)-120], r.things[len(r.things)-119:]...) })
		for range 2 {
			var all []bot.Mention
			all, c = poll(t, src, c)
			for _, m := range all {
				got[m.ExternalID]++
			}
			r.Set(func() {
				if at := len(r.things) - 119; late != nil {
					r.things = append(r.things[:at], append([]map[string]any{late}, r.things[at:]...)...)
					late = nil
				}
			})
		}
	}
	if len(got) != 1500 {
		t.Errorf("%d of 1500 came", len(got))
	}
	for id, n := range got {
		if n != 1 {
			t.Fatalf("%s came %d times", id, n)
		}
	}
	if n := len(begin(c).Recent); n > keepRecent {
		t.Errorf("%d things are remembered, more than %d", n, keepRecent)
	}
}

// TestAQuietListingBesideAFlood: what the memory has lost is not news.
func TestAQuietListingBesideAFlood(t *testing.T) {
	s := newServer(t)
	src := must(t, with(s))
	s.Set(func() { s.things = append(s.things, said("t3_p1", "quiet", "ann", now().Add(-20*time.Hour))) })
	_, c := poll(t, src, "")
	for round := range 2 {
		s.Set(func() {
			for i := range 700 {
				at := now().Add(time.Duration(round-15)*time.Hour + time.Duration(i)*time.Second)
				s.things = append(s.things, said("t1_"+strconv.FormatInt(int64(round*1000+i+5000), 36), "kettle", "ann", at))
			}
		})
		for range 2 {
			var got []bot.Mention
			if got, c = poll(t, src, c); len(got) > 0 && got[0].ExternalID == "t3_p1" {
				t.Fatal("an old post came again")
			}
		}
	}
	if slices.ContainsFunc(begin(c).Recent, func(k known) bool { return k.Name == "t3_p1" }) {
		t.Error("the post is still remembered, so that nothing was tested")
	}
}

func TestEditsAndDeletionsAreFollowed(t *testing.T) {
	r := &rig{server: newServer(t)}
	src := r.Source(t)
	for i := range 4 {
		_ = r.Say(t, sourcetest.Item{Text: "The kettle leaks " + strconv.Itoa(i), Author: "ann", At: now().Add(time.Duration(i-9) * time.Minute)})
	}
	firsts, c := poll(t, src, "")
	r.Set(func() {
		r.things[0]["body"], r.things[0]["body_html"], r.things[0]["edited"] = "It was the tap", "<p>It was the tap</p>", float64(now().Unix())
		r.things[1]["author"], r.things[1]["selftext"] = "[deleted]", "[deleted]"
		r.things[2]["body"] = "[removed]"
		r.things = r.things[:3]
	})
	got, c := poll(t, src, c)
	gone := map[string]bool{}
	for _, m := range got {
		if m.Deleted {
			gone[m.ExternalID] = true
		} else if m.Text != "It was the tap" || !m.EditedAt.Equal(now()) || m.ExternalID != firsts[0].ExternalID {
			t.Errorf("edited, it is %+v", m)
		}
	}
	if len(got) != 4 || len(gone) != 3 || gone[firsts[0].ExternalID] {
		t.Fatalf("after an edit and three deletions came %+v", got)
	}
	if got, c = poll(t, src, c); len(got) != 0 {
		t.Errorf("they came again: %+v", got)
	}
	r.Set(func() { r.things[2]["body"] = "The kettle leaks 2" })
	if got, _ = poll(t, src, c); len(got) != 1 || got[0].Deleted || got[0].ExternalID != firsts[2].ExternalID {
		t.Errorf("let stand again, it comes as %+v", got)
	}
}

func TestWhatIsRead(t *testing.T) {
	s := newServer(t)
	post := said("t3_p1", "x", "ann", now().Add(-time.Hour))
	post["title"], post["selftext"], post["selftext_html"] = "My kettle", "", nil
	post["post_hint"], post["url"], post["crosspost_parent"] = "image", "https://i.redd.it/1.jpg", "t3_p0"
	c := said("t1_c1", "", "bob", now().Add(-time.Minute))
	c["parent_id"], c["body_html"] = "t1_c0", `<div class="md"><blockquote><p>it sings</p><blockquote><p>no</p></blockquote></blockquote><p>Mine <a href="https://x.example/">leaks</a> &amp; drips</p></div>`
	own := said("t1_c2", "Hello", "Larkspur", now())
	private := map[string]any{"kind": "t4", "name": "t4_x", "body": "psst", "created_utc": 1.0}
	news := said("t1_c3", "u/larkspur help", "cyd", now())
	news["context"], news["permalink"] = "/r/kettles/comments/post1/x/c3/?context=3", nil
	s.Set(func() { s.things, s.inbox = []map[string]any{post, c, own}, []map[string]any{private, news} })
	got, _ := poll(t, must(t, with(s)), "")
	if len(got) != 4 {
		t.Fatalf("read %+v", got)
	}
	if m := got[0]; m.Text != "My kettle" || m.RepostOf != "t3_p0" || len(m.Media) != 1 || m.Media[0].Type != "image" || m.Attrs["subreddit"] != "kettles" {
		t.Errorf("the post is read as %+v", m)
	}
	if m := got[1]; m.Text != "Mine leaks & drips" || m.Quoted != "it sings\n\nno" || m.ParentID != "t1_c0" || m.Attrs["post"] != "A post" || m.Author.Handle != "bob" {
		t.Errorf("the comment is read as %+v", m)
	}
	if !got[2].Author.Staff || got[3].URL != "https://www.reddit.com/r/kettles/comments/post1/x/c3/" {
		t.Errorf("our own and the inbox are read as %+v", got[2:])
	}
}

func TestTermsAreSearchedFor(t *testing.T) {
	s := newServer(t)
	s.Set(func() {
		s.things = []map[string]any{said("t3_p1", "my larkspur kettle", "ann", now()), said("t3_p2", "tea", "ann", now())}
	})
	terms := []string{"larkspur"}
	for i := range 60 {
		terms = append(terms, "some other term "+strconv.Itoa(i))
	}
	set := with(s)
	set.Subreddits, set.Search = nil, true
	src := must(t, set, bot.Watch{Terms: terms})
	got, _ := poll(t, src, "")
	if len(got) != 1 || len(src.lines) < 3 || len(src.lines) > 6 {
		t.Errorf("in %d queries found %+v", len(src.lines), got)
	}
}

func TestANewSubredditsHistoryIsNoNews(t *testing.T) {
	s := newServer(t)
	set := with(s)
	off := false
	set.Comments = &off
	s.Set(func() {
		s.things = []map[string]any{said("t1_c1", "old", "ann", now().Add(-time.Hour)), said("t3_p1", "new", "ann", now().Add(-time.Minute))}
	})
	_, c := poll(t, must(t, set), "")
	s.Set(func() { s.things = append(s.things, said("t1_c2", "fresh", "ann", now())) })
	if got, _ := poll(t, must(t, with(s)), c); len(got) != 1 || got[0].Text != "fresh" {
		t.Errorf("with comments switched on came %+v", got)
	}
}

func TestTheAllowanceIsKept(t *testing.T) {
	s := newServer(t)
	s.Set(func() { s.left = "9.0" })
	src := must(t, with(s))
	_, err := src.Poll(t.Context(), "")
	var e *bot.Error
	if bot.KindOf(err) != bot.ErrRateLimited || !asError(err, &e) || e.RetryAfter != 4*time.Minute || len(s.Requests()) != 2 {
		t.Errorf("with 9 requests left it asks %d times, %v", len(s.Requests()), err)
	}
}

func TestATokenThatEndsIsRenewed(t *testing.T) {
	s := newServer(t)
	src := must(t, with(s))
	_, c := poll(t, src, "")
	s.Set(func() { s.tokens = []string{"none"} })
	_, _ = poll(t, src, c)
}

func TestCredentialsThatAreRefused(t *testing.T) {
	s := newServer(t)
	for name, change := range map[string]func(*Settings){
		"secret": func(set *Settings) { set.ClientSecret = "wrong" }, "refresh token": func(set *Settings) { set.RefreshToken = "wrong" },
		"password": func(set *Settings) { set.RefreshToken, set.Password = "", "wrong" },
	} {
		set := with(s)
		change(&set)
		_, err := must(t, set).Poll(t.Context(), "")
		if bot.KindOf(err) != bot.ErrUnauthorized || !strings.Contains(bot.Told(err), "prefs/apps") {
			t.Errorf("a wrong %s: %v", name, err)
		}
	}
	set := with(s)
	set.RefreshToken, set.Password = "", "right"
	if _, err := must(t, set).Poll(t.Context(), ""); err != nil {
		t.Error(err)
	}
}

func asError(err error, into **bot.Error) bool {
	e, ok := err.(*bot.Error) //nolint:errorlint // what Poll gives is not wrapped
	*into = e
	return ok
}

func TestSettingsThatCannotWork(t *testing.T) {
	on := true
	for name, set := range map[string]Settings{
		"nothing": {}, "subreddit": {Subreddits: []string{"a b"}}, "address": {Subreddits: []string{"aa"}, BaseURL: "x"},
		"token without an app": {Subreddits: []string{"aa"}, RefreshToken: "x"}, "no user": {Subreddits: []string{"aa"}, ClientID: "x"},
		"inbox": {Inbox: &on}, "user": {Subreddits: []string{"aa"}, User: "a\nb"},
	} {
		if _, err := open(t, set); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheck(t *testing.T) {
	s := newServer(t)
	src := must(t, with(s))
	for _, f := range src.Check(t.Context()) {
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
	s.Set(func() { s.scope = "identity read history" })
	found := 0
	for _, f := range must(t, with(s)).Check(t.Context()) {
		if !f.OK {
			found++
			if !strings.Contains(f.Mend, "lacks submit, privatemessages") {
				t.Errorf("%+v", f)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d things are wrong, want the scopes alone", found)
	}
	s.Fail(t, http.NotFoundHandler())
	if f := must(t, with(s)).Check(t.Context()); len(f) != 1 || f[0].OK {
		t.Errorf("with nobody there: %+v", f)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"kind":"t1","data":{"name":"t1_a","created_utc":1.5,"edited":2,"body_html":"<blockquote>x</blockquote>y","author":"z"}}`)
	f.Add(`{"kind":"t3","data":{"name":"t3_a","created_utc":1,"media_metadata":{"a":{"e":"Image","s":{"u":"https://x.example"}}}}}`)
	src := &Source{}
	f.Fuzz(func(t *testing.T, raw string) {
		it := readItem(json.RawMessage(raw))
		if it.err == nil && !it.other {
			sourcetest.Sound(t, src.mention(it.thing))
		} else if it.err != nil && bot.KindOf(it.err) != bot.ErrInvalid {
			t.Fatal(it.err)
		}
	})
}

func FuzzFeed(f *testing.F) {
	f.Add([]byte(`<feed><entry><id>t1_a</id><title>/u/x on y</title><updated>2026-03-09T12:00:00Z</updated><content>&lt;!-- SC_OFF --&gt;z</content></entry></feed>`))
	src := &Source{}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := readFeed(body)
		if err != nil && bot.KindOf(err) != bot.ErrUnavailable {
			t.Fatal(err)
		}
		for _, it := range p.items {
			if it.err == nil {
				sourcetest.Sound(t, src.mention(it.thing))
			}
		}
	})
}
