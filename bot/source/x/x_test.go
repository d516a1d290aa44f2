package x

import (
	"encoding/json"
	"fmt"
	"net/http"
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

// with are settings of the account at s, which searches for kettles.
func with(s *server) Settings {
	return Settings{Account: "larkspur", Terms: []string{"kettle"}, Bearer: bearer, APIKey: apiKey, APISecret: secret, AccessToken: token, AccessSecret: tokenS, BaseURL: s.URL + "/2"}
}

// at makes a source whose clock is the server's.
func at(t *testing.T, s *server, set Settings) *Source {
	t.Helper()
	src := must(t, set)
	src.now = func() time.Time { return s.clock }
	return src
}

// rig is X, searched by an app, or by the account alone for its mentions too.
type rig struct {
	*server
	account bool
}

func (r *rig) Source(t *testing.T) bot.Source {
	if r.account {
		set := with(r.server)
		set.Bearer = ""
		return must(t, set)
	}
	return must(t, Settings{Terms: []string{"kettle", "a b", "a"}, Bearer: bearer, BaseURL: r.URL + "/2"})
}

func (r *rig) Say(_ *testing.T, items ...sourcetest.Item) error {
	r.Set(func() {
		for _, it := range items {
			p := r.said(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(it.Text), it.Author, it.At)
			if r.account && !strings.Contains(strings.ToLower(it.Text), "kettle") {
				p["text"] = fmt.Sprint(p["text"]) + " @larkspur"
			}
		}
	})
	return nil
}

func (r *rig) Break(*testing.T) error {
	r.Set(func() { r.posts = append(r.posts, map[string]any{"id": 7, "text": "kettle"}) })
	return nil
}

func TestConformance(t *testing.T) {
	for name, account := range map[string]bool{"app": false, "account": true} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Rig {
				return &rig{server: newServer(t), account: account}
			})
		})
	}
}

// TestAFloodIsReadOnce: more than a read's pages hold comes whole, also where
// it goes on while it is read, and where reading was cut short.
func TestAFloodIsReadOnce(t *testing.T) {
	s := newServer(t)
	set := with(s)
	set.Reads = 100_000
	src := at(t, s, set)
	s.Set(func() { s.said("old kettle", "ann", s.clock) })
	first, c := sourcetest.Poll(t, src, "")
	got := map[string]int{first[0].ExternalID: 1}
	for range 2 {
		s.Set(func() {
			s.clock = s.clock.Add(20 * time.Second)
			for i := range 1100 {
				s.said("kettle "+strconv.Itoa(i), "ann", s.clock)
			}
		})
		b, err := src.Poll(t.Context(), c)
		if err != nil || !b.More {
			t.Fatalf("a flood ends with %v, %v", b.More, err)
		}
		for _, m := range b.Mentions {
			got[m.ExternalID]++
		}
		s.Set(func() { s.clock = s.clock.Add(time.Second); s.said("late kettle", "ann", s.clock) })
		rest, next := sourcetest.Poll(t, at(t, s, set), b.Next)
		c = next
		for _, m := range rest {
			got[m.ExternalID]++
		}
	}
	rest, _ := sourcetest.Poll(t, src, c)
	for _, m := range rest {
		got[m.ExternalID]++
	}
	if len(got) != 1+2*1101 {
		t.Errorf("%d of %d came", len(got), 1+2*1101)
	}
	for id, n := range got {
		if n != 1 {
			t.Fatalf("%s came %d times", id, n)
		}
	}
}

// TestHistoryIsReadOnce: what was old when it was read first is not paid for
// again, and a first read that breaks off goes on within its bound.
func TestHistoryIsReadOnce(t *testing.T) {
	s := newServer(t)
	set := with(s)
	set.History = 20
	s.Set(func() {
		for range 50 {
			s.said("an old kettle @larkspur", "ann", s.clock)
		}
		s.clock, s.down = s.clock.Add(25*time.Hour), true
	})
	src := at(t, s, set)
	got, c := sourcetest.Poll(t, src, "")
	s.Set(func() { s.down = false })
	more, c := sourcetest.Poll(t, src, c)
	s.Set(func() { s.clock = s.clock.Add(time.Hour) })
	_, _ = sourcetest.Poll(t, src, c)
	if len(got)+len(more) != 20 || s.reads != 40 {
		t.Errorf("%d and %d posts came, and %d were paid for", len(got), len(more), s.reads)
	}
}

func TestNothingNewCostsNothing(t *testing.T) {
	s := newServer(t)
	src := at(t, s, with(s))
	s.Set(func() { s.said("kettle", "ann", s.clock) })
	_, c := sourcetest.Poll(t, src, "")
	s.Set(func() { s.clock = s.clock.Add(2 * time.Minute) })
	_, c = sourcetest.Poll(t, src, c)
	s.Set(func() { s.reads = 0 })
	for range 5 {
		s.Set(func() { s.clock = s.clock.Add(2 * time.Minute) })
		_, c = sourcetest.Poll(t, src, c)
	}
	if s.reads != 0 {
		t.Errorf("%d posts were paid for, and nothing was said", s.reads)
	}
	s.Set(func() { s.clock = s.clock.Add(9 * 24 * time.Hour); s.said("kettle", "ann", s.clock) })
	if got, _ := sourcetest.Poll(t, src, c); len(got) != 1 {
		t.Errorf("after nine days without a word came %+v", got)
	}
}

func TestTheBudgetIsKept(t *testing.T) {
	s := newServer(t)
	set := with(s)
	off := false
	set.Reads, set.Recheck, set.Mentions = 250, &off, &off
	_, c := sourcetest.Poll(t, at(t, s, set), "")
	s.Set(func() {
		for range 1000 {
			s.said("kettle", "ann", s.clock)
		}
	})
	got := 0
	var err error
	for err == nil {
		var b bot.Batch
		if b, err = at(t, s, set).Poll(t.Context(), c); err == nil { // each time as after a restart
			got, c = got+len(b.Mentions), b.Next
		}
	}
	e, ok := err.(*bot.Error) //nolint:errorlint // not wrapped
	if r := at(t, s, set).Rations(); len(r) != 1 || r[0].Nearly() || r[0].Of != 250 {
		t.Errorf("before it is read anew, it has %+v", r)
	}
	last := at(t, s, set)
	if _, err := last.Poll(t.Context(), c); err == nil || !last.Rations()[0].Nearly() {
		t.Errorf("with nothing left it has %+v", last.Rations())
	}
	if !ok || e.Kind != bot.ErrRateLimited || s.reads > 250 || got < 240 || got != s.reads || !strings.Contains(e.Msg, "1 April") || e.RetryAfter != 22*24*time.Hour+11*time.Hour {
		t.Fatalf("%d posts were paid for and %d came: %v", s.reads, got, err)
	}
	s.Set(func() { s.clock = s.clock.AddDate(0, 0, 23); s.said("kettle", "ann", s.clock) })
	if more, _ := sourcetest.Poll(t, at(t, s, set), c); len(more) == 0 {
		t.Error("the next month it does not go on")
	}
}

func TestEditsAndDeletionsAreFollowed(t *testing.T) {
	s := newServer(t)
	src := at(t, s, with(s))
	var a, b map[string]any
	s.Set(func() {
		a, b = s.said("The kettle leaks", "ann", s.clock), s.said("A kettle sings", "bob", s.clock)
		s.said("kettle", "cyd", s.clock)
	})
	_, c := sourcetest.Poll(t, src, "")
	first := a["id"]
	s.Set(func() {
		s.clock = s.clock.Add(20 * time.Minute)
		e := s.said("It was the tap", "ann", s.clock) // no word that is searched for
		e["edit_history_tweet_ids"] = []any{first, e["id"]}
		a["edit_history_tweet_ids"] = e["edit_history_tweet_ids"]
		s.gone = append(s.gone, fmt.Sprint(b["id"]))
	})
	got, c := sourcetest.Poll(t, src, c)
	if len(got) != 0 {
		t.Fatalf("before an hour came %+v", got)
	}
	s.Set(func() { s.clock = s.clock.Add(time.Hour) })
	got, c = sourcetest.Poll(t, src, c)
	if len(got) != 2 || got[0].ExternalID != first || got[0].Text != "It was the tap" || got[0].EditedAt.IsZero() || !got[0].CreatedAt.Before(got[0].EditedAt) ||
		!got[1].Deleted || got[1].ExternalID != b["id"] || target(got[0]) == got[0].ExternalID {
		t.Fatalf("after an hour came %+v", got)
	}
	for range 30 {
		s.Set(func() { s.clock = s.clock.Add(2 * time.Hour) })
		if got, c = sourcetest.Poll(t, src, c); len(got) != 0 {
			t.Errorf("it came again: %+v", got)
		}
	}
	if n := len(begin(c).Recent); n != 0 {
		t.Errorf("%d posts are still remembered", n)
	}
}

func TestAnEditThatIsFoundIsAnEdit(t *testing.T) {
	s := newServer(t)
	src := at(t, s, with(s))
	var p map[string]any
	s.Set(func() { p = s.said("The kettle leaks", "ann", s.clock) })
	_, c := sourcetest.Poll(t, src, "")
	s.Set(func() {
		s.clock = s.clock.Add(time.Minute)
		s.said("The kettle drips", "ann", s.clock)["edit_history_tweet_ids"] = []any{p["id"], "1"}
	})
	if got, _ := sourcetest.Poll(t, src, c); len(got) != 1 || got[0].ExternalID != p["id"] || got[0].EditedAt.IsZero() {
		t.Errorf("the edit is read as %+v", got)
	}
}

func TestWhatIsRead(t *testing.T) {
	s := newServer(t)
	s.Set(func() {
		p := s.said("@larkspur my kettle &amp; I https://t.co/a https://t.co/b", "Ann", s.clock)
		p["entities"] = map[string]any{"urls": []any{
			map[string]any{"url": "https://t.co/a", "expanded_url": "https://example.com/x"}, map[string]any{"url": "https://t.co/b", "expanded_url": "https://x.com/1/photo/1", "media_key": "3_1"}}}
		p["attachments"] = map[string]any{"media_keys": []string{"3_1"}}
		p["referenced_tweets"] = []any{map[string]any{"type": "replied_to", "id": "5"}, map[string]any{"type": "quoted", "id": "6"}}
		p["reply_settings"] = "following"
		long := s.said("a long kettle…", "Ann", s.clock)
		long["note_tweet"] = map[string]any{"text": "a long kettle and its end"}
	})
	got, _ := sourcetest.Poll(t, at(t, s, with(s)), "")
	if len(got) != 2 || got[1].Text != "a long kettle and its end" {
		t.Fatalf("read %+v", got)
	}
	m := got[0]
	if m.Text != "@larkspur my kettle & I https://example.com/x" || m.ParentID != "5" || m.Attrs["quotes"] == "" || m.Language != "en" || len(m.Media) != 1 ||
		m.Author.Handle != "ann" || m.Author.Followers != 12 || m.Author.Staff || m.URL != "https://x.com/ann/status/"+m.ExternalID {
		t.Errorf("read as %+v", m)
	}
}

func TestTheAllowanceIsKept(t *testing.T) {
	s := newServer(t)
	s.Set(func() { s.left = "0" })
	src := at(t, s, Settings{Terms: []string{"kettle"}, Bearer: bearer, BaseURL: s.URL + "/2"})
	_, c := sourcetest.Poll(t, src, "")
	_, err := src.Poll(t.Context(), c)
	if e, ok := err.(*bot.Error); !ok || e.Kind != bot.ErrRateLimited || e.RetryAfter != 9*time.Minute || len(s.Requests()) != 1 { //nolint:errorlint // not wrapped
		t.Errorf("with nothing left it asks %d times, %v", len(s.Requests()), err)
	}
}

// TestOneLineThatFails: what another brought is kept; when it goes on failing,
// that is told.
func TestOneLineThatFails(t *testing.T) {
	s := newServer(t)
	src := at(t, s, with(s))
	_, c := sourcetest.Poll(t, src, "")
	s.Set(func() { s.said("@larkspur hello", "ann", s.clock); s.down = true })
	got, c := sourcetest.Poll(t, src, c)
	if len(got) != 1 {
		t.Fatalf("with a search that fails came %+v", got)
	}
	s.Set(func() { s.said("@larkspur again", "ann", s.clock) })
	if _, err := src.Poll(t.Context(), c); bot.KindOf(err) != bot.ErrUnavailable {
		t.Errorf("when it fails again, it is %v", err)
	}
	s.Set(func() { s.down = false })
	if got, _ = sourcetest.Poll(t, src, c); len(got) != 1 || got[0].Text != "@larkspur again" {
		t.Errorf("when all is well came %+v", got)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	on := true
	many := make([]string, 700)
	for i := range many {
		many[i] = "some long term of ours, number " + strconv.Itoa(i)
	}
	one := []string{"kettle"}
	for name, set := range map[string]Settings{
		"nothing": {Bearer: "x"}, "no token": {Terms: one}, "three keys": {Terms: one, Bearer: "x", APIKey: "x", APISecret: "x", AccessToken: "x"},
		"account": {Account: "a b", Bearer: "x"}, "mentions of nobody": {Terms: one, Bearer: "x", Mentions: &on}, "reads": {Terms: one, Bearer: "x", Reads: 5},
		"query": {Terms: one, Bearer: "x", QueryLimit: 5000}, "history": {Terms: one, Bearer: "x", History: 1}, "address": {Terms: one, Bearer: "x", BaseURL: "x"},
		"too much": {Terms: many, Bearer: "x"}, "keys without an account": {Terms: one, APIKey: "x", APISecret: "x", AccessToken: "x", AccessSecret: "x"},
	} {
		if _, err := open(t, set); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheck(t *testing.T) {
	s := newServer(t)
	if all := must(t, with(s)).Check(t.Context()); len(all) != 3 || !all[0].OK || !all[1].OK || !all[2].OK {
		t.Errorf("%+v", all)
	}
	for name, change := range map[string]func(*Settings){"token": func(set *Settings) { set.AccessSecret = "wrong" }, "bearer": func(set *Settings) { set.Bearer = "wrong" }} {
		set := with(s)
		change(&set)
		all := must(t, set).Check(t.Context())
		if last := all[len(all)-1]; last.OK || !strings.Contains(last.Mend, "console.x.com") {
			t.Errorf("a wrong %s: %+v", name, all)
		}
	}
	s.Fail(t, http.NotFoundHandler())
	if f := must(t, with(s)).Check(t.Context()); len(f) != 1 || f[0].OK {
		t.Errorf("with nobody there: %+v", f)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"id":"1456012973835788293","text":"x &amp; https://t.co/a","created_at":"2026-03-09T12:00:00.000Z","edit_history_tweet_ids":["1456012973835788290"],"entities":{"urls":[{"url":"https://t.co/a","expanded_url":"https://x.example"}]}}`, `{"users":[{"id":"1","username":"a"}]}`)
	src := &Source{}
	f.Fuzz(func(t *testing.T, raw, beside string) {
		var with included
		_ = json.Unmarshal([]byte(beside), &with)
		it := readPost(json.RawMessage(raw))
		if it.err == nil {
			sourcetest.Sound(t, src.mention(it.post, with))
		} else if bot.KindOf(it.err) != bot.ErrInvalid {
			t.Fatal(it.err)
		}
	})
}
