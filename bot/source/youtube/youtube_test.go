package youtube

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

func open(t *testing.T, set Settings) (bot.Source, error) {
	t.Helper()
	return sourcetest.Open(t, Driver(), set, bot.SourceEnv{Now: now})
}

func must(t *testing.T, set Settings) *Source {
	t.Helper()
	src, err := open(t, set)
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}

// with are settings that may answer at s.
func with(s *server) Settings {
	return Settings{Channels: []string{"@larkspur"}, ClientID: "app", ClientSecret: secret, RefreshToken: refresh, BaseURL: s.URL + "/v3", TokenURL: s.URL + "/token"}
}

// rig is YouTube with a key, or with our channel's token.
type rig struct {
	*server
	token bool
	last  int
}

func (r *rig) Source(t *testing.T) bot.Source {
	if r.token {
		return must(t, with(r.server))
	}
	return must(t, Settings{Channels: []string{ours}, Key: key, BaseURL: r.URL + "/v3"})
}

func (r *rig) Say(_ *testing.T, items ...sourcetest.Item) error {
	r.Set(func() {
		for _, it := range items {
			r.last++
			id := "Ug" + strconv.Itoa(1000+r.last)
			if r.last%3 == 0 && len(r.threads) > 0 {
				top := r.threads[0]["id"].(string)
				r.replies = append(r.replies, said(top+"."+id, it.Text, it.Author, it.At))
				continue
			}
			r.threads = append(r.threads, said(id, it.Text, it.Author, it.At))
		}
	})
	return nil
}

func (r *rig) Break(*testing.T) error {
	r.Set(func() { r.threads = append(r.threads, map[string]any{"id": "UgX", "snippet": "none"}) })
	return nil
}

func TestConformance(t *testing.T) {
	for name, token := range map[string]bool{"key": false, "token": true} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return &rig{server: newServer(t), token: token} })
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

// TestAFloodIsReadOnce: more threads and answers than the memory holds come
// whole, once.
func TestAFloodIsReadOnce(t *testing.T) {
	s := newServer(t)
	src := must(t, with(s))
	_, c := poll(t, src, "")
	got := map[string]int{}
	for round := range 2 {
		s.Set(func() {
			for i := range 250 {
				s.threads = append(s.threads, said("Ug"+strconv.Itoa(round*1000+i), "kettle", "@ann", now().Add(time.Duration(round*1000+i-9000)*time.Second)))
			}
			last := s.threads[len(s.threads)-1]["id"].(string)
			for i := range 120 {
				s.replies = append(s.replies, said(last+"."+strconv.Itoa(i), "kettle", "@bob", now().Add(time.Duration(round*1000+i-8000)*time.Second)))
			}
		})
		for range 3 {
			var all []bot.Mention
			all, c = poll(t, src, c)
			for _, m := range all {
				got[m.ExternalID]++
			}
		}
	}
	if len(got) != 2*370 {
		t.Errorf("%d of %d came", len(got), 2*370)
	}
	for id, n := range got {
		if n != 1 {
			t.Fatalf("%s came %d times", id, n)
		}
	}
	if n := len(begin(c).Threads); n > keepThreads || len(c) > 100_000 {
		t.Errorf("%d threads are remembered in %d bytes", n, len(c))
	}
}

// TestALongThread: what the memory of its answers has lost is not news.
func TestALongThread(t *testing.T) {
	s := newServer(t)
	src := must(t, with(s))
	s.Set(func() {
		s.threads = append(s.threads, said("UgA", "kettle", "@ann", now().Add(-time.Hour)))
		for i := range 60 {
			s.replies = append(s.replies, said("UgA."+strconv.Itoa(i), "kettle", "@bob", now().Add(time.Duration(i-1000)*time.Second)))
		}
	})
	_, c := poll(t, src, "")
	s.Set(func() { s.replies = append(s.replies, said("UgA.60", "kettle", "@bob", now())) })
	if got, _ := poll(t, src, c); len(got) != 1 || got[0].ExternalID != "UgA.60" {
		t.Errorf("%d answers came", len(got))
	}
}

func TestAnswersEditsAndDeletionsAreFollowed(t *testing.T) {
	s := newServer(t)
	src := must(t, with(s))
	s.Set(func() {
		for _, id := range []string{"UgA", "UgB", "UgC"} {
			s.threads = append(s.threads, said(id, "The kettle leaks", "@ann", now().Add(-time.Hour)))
		}
		for i := range 6 {
			s.replies = append(s.replies, said("UgA."+strconv.Itoa(i), "Mine too", "@bob", now().Add(time.Duration(i-30)*time.Minute)))
		}
	})
	got, c := poll(t, src, "")
	if len(got) != 9 || got[8].ParentID != "UgA" || got[8].Attrs["video"] != "video00" || !strings.Contains(got[8].URL, "lc=UgA.5") {
		t.Fatalf("read %+v", got)
	}
	edit := func(c map[string]any, words string) {
		c["snippet"].(map[string]any)["textDisplay"], c["snippet"].(map[string]any)["updatedAt"] = words, now().Format(time.RFC3339)
	}
	s.Set(func() {
		edit(s.threads[1], "It was the tap")
		s.threads = s.threads[:2]
		edit(s.replies[5], "Mine does not")
		s.replies = append(s.replies[1:], said("UgB.9", "Oh", "@cyd", now()))
	})
	got, c = poll(t, src, c)
	told := map[string]string{}
	for _, m := range got {
		if told[m.ExternalID] = m.Text; !m.Deleted && m.ExternalID != "UgB.9" && !m.EditedAt.Equal(now()) {
			t.Errorf("edited at %v: %+v", m.EditedAt, m)
		}
	}
	if len(got) != 5 || told["UgB"] != "It was the tap" || told["UgA.5"] != "Mine does not" || told["UgB.9"] != "Oh" {
		t.Errorf("what changed is told as %+v", told)
	}
	for _, id := range []string{"UgC", "UgA.0"} {
		if words, ok := told[id]; !ok || words != "" {
			t.Errorf("that %s is gone is not told", id)
		}
	}
	if got, _ = poll(t, src, c); len(got) != 0 {
		t.Errorf("it came again: %+v", got)
	}
}

func TestTheUnitsAreKept(t *testing.T) {
	s := newServer(t)
	set := with(s)
	set.Units = 1000
	for i := range 15 {
		set.Videos = append(set.Videos, "video"+strconv.Itoa(10+i))
	}
	clock := now()
	src := must(t, set)
	src.now = func() time.Time { return clock }
	_, c := poll(t, src, "")
	s.Set(func() { s.units = 0 })
	var err error
	reads := 0
	for ; err == nil && reads < 2000; reads++ {
		var b bot.Batch
		if b, err = must2(t, set, &clock).Poll(t.Context(), c); err == nil { // as after a restart each time
			c = b.Next
		}
	}
	var spent int
	s.Set(func() { spent = s.units })
	if bot.KindOf(err) != bot.ErrRateLimited || spent > 500 || spent < 400 || !strings.Contains(bot.Told(err), "midnight") {
		t.Fatalf("after %d units: %v", spent, err)
	}
	if e, ok := err.(*bot.Error); !ok || e.RetryAfter != 18*time.Hour { //nolint:errorlint // not wrapped
		t.Errorf("it waits %v; midnight in Los Angeles is in 18 hours", e.RetryAfter)
	}
	if last := must2(t, set, &clock); !last.Rations()[0].Nearly() { // a cursor is what tells
		_, _ = last.Poll(t.Context(), c)
		if r := last.Rations(); !r[0].Nearly() || r[0].Of != 500 || !r[0].Until.Equal(clock.Add(18*time.Hour)) {
			t.Errorf("with nothing left it has %+v", r)
		}
	}
	clock = clock.Add(18 * time.Hour)
	if _, err = must2(t, set, &clock).Poll(t.Context(), c); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

func must2(t *testing.T, set Settings, clock *time.Time) *Source {
	t.Helper()
	src := must(t, set)
	src.now = func() time.Time { return *clock }
	return src
}

func TestRefusals(t *testing.T) {
	s := newServer(t)
	for reason, want := range map[string]bot.ErrorKind{
		"quotaExceeded": bot.ErrRateLimited, "rateLimitExceeded": bot.ErrRateLimited, "accessNotConfigured": bot.ErrUnauthorized, "keyInvalid": bot.ErrUnauthorized,
		"insufficientPermissions": bot.ErrUnauthorized, "videoNotFound": bot.ErrGone, "processingFailure": bot.ErrUnavailable, "somethingNew": bot.ErrUnauthorized,
	} {
		s.Set(func() { s.refuse = reason })
		_, err := must(t, Settings{Videos: []string{"video00"}, Key: key, BaseURL: s.URL + "/v3"}).Poll(t.Context(), "")
		if bot.KindOf(err) != want {
			t.Errorf("%s is %v", reason, err)
		}
	}
	s.Set(func() { s.refuse = "commentsDisabled" })
	if got, _ := poll(t, must(t, Settings{Videos: []string{"video00"}, Key: key, BaseURL: s.URL + "/v3"}), ""); len(got) != 0 {
		t.Errorf("without comments came %+v", got)
	}
}

func TestAnswers(t *testing.T) {
	s := newServer(t)
	src := must(t, with(s))
	s.Set(func() {
		s.threads = append(s.threads, said("UgA", "The kettle leaks", "@ann", now()))
		s.replies = append(s.replies, said("UgA.1", "Mine too", "@bob", now()))
	})
	all, c := poll(t, src, "")
	for _, m := range all {
		ways := src.Ways(m)
		if len(ways) != 1 || !ways[0].Public || ways[0].Limit != 10_000 || ways[0].Label != "Public reply on YouTube as Larkspur" {
			t.Fatalf("ways %+v", ways)
		}
		r := bot.Reply{ID: 5, Text: "Sorry, " + m.Author.Handle + "!", CreatedAt: now()}
		if _, there, err := src.FindAnswer(t.Context(), m, r); there || err != nil {
			t.Fatalf("found before it was sent: %v", err)
		}
		s.Set(func() { s.lose = true })
		if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUncertain {
			t.Fatalf("a lost answer is %v", err)
		}
		s.Set(func() { s.lose = false })
		found, there, err := src.FindAnswer(t.Context(), m, r)
		if err != nil || !there || !strings.HasPrefix(found.ExternalID, "UgA.") || found.URL == "" {
			t.Fatalf("found %+v, %v", found, err)
		}
		s.Set(func() { s.replies[len(s.replies)-1]["snippet"].(map[string]any)["likeCount"] = 3 })
		if got, err := src.Follow(t.Context(), m, found); err != nil || got != (bot.Aftermath{Likes: 3}) {
			t.Errorf("what became of it is %+v, %v", got, err)
		}
	}
	if got, _ := poll(t, src, c); len(got) != 2 || !got[0].Author.Staff {
		t.Errorf("our answers come as %+v", got)
	}
	s.Set(func() { s.owner = "UCsomebodyelse" })
	if _, _, err := src.FindAnswer(t.Context(), all[0], bot.Reply{Text: "x", CreatedAt: now()}); bot.KindOf(err) != bot.ErrUnsupported {
		t.Errorf("below another's video it is %v", err)
	}
	if _, err := src.Answer(t.Context(), all[0], bot.Reply{Text: strings.Repeat("ä", 10_001)}); bot.KindOf(err) != bot.ErrInvalid {
		t.Errorf("too long is %v", err)
	}
	if _, err := src.Answer(t.Context(), bot.Mention{ExternalID: "UgZ"}, bot.Reply{Text: "x"}); bot.KindOf(err) != bot.ErrGone {
		t.Errorf("to what is gone it is %v", err)
	}
	if got, err := src.Follow(t.Context(), all[0], bot.Placed{ExternalID: "UgA.gone"}); err != nil || !got.Gone {
		t.Errorf("of what is gone became %+v, %v", got, err)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	one := []string{"@larkspur"}
	for name, set := range map[string]Settings{
		"nothing": {Key: key}, "no key": {Channels: one}, "channel": {Channels: []string{"https://youtube.com/x"}, Key: key}, "video": {Videos: []string{"a b"}, Key: key},
		"token alone": {Channels: one, RefreshToken: "x"}, "units": {Channels: one, Key: key, Units: 10}, "address": {Channels: one, Key: key, BaseURL: "x"},
		"many": {Key: key, Videos: strings.Fields("a1aaaaa a2aaaaa b1bbbbb b2bbbbb b3bbbbb b4bbbbb b5bbbbb b6bbbbb b7bbbbb b8bbbbb b9bbbbb c1ccccc c2ccccc c3ccccc c4ccccc c5ccccc c6ccccc c7ccccc c8ccccc c9ccccc d1ddddd d2ddddd")},
	} {
		if _, err := open(t, set); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheck(t *testing.T) {
	s := newServer(t)
	for _, f := range must(t, with(s)).Check(t.Context()) {
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
	s.Set(func() { s.scope = "https://www.googleapis.com/auth/youtube.readonly" })
	if f := must(t, with(s)).Check(t.Context()); len(f) != 4 || f[1].OK || !strings.Contains(f[1].Mend, "force-ssl") {
		t.Errorf("without the scope: %+v", f)
	}
	set := with(s)
	set.RefreshToken = "old"
	if f := must(t, set).Check(t.Context()); len(f) != 1 || f[0].OK || !strings.Contains(f[0].Mend, "7 days") {
		t.Errorf("with an old token: %+v", f)
	}
	if f := must(t, Settings{Channels: []string{"@nobody"}, Key: key, BaseURL: s.URL + "/v3"}).Check(t.Context()); len(f) != 1 || f[0].OK || !strings.Contains(f[0].Mend, "@nobody") {
		t.Errorf("with a wrong name: %+v", f)
	}
	s.Fail(t, http.NotFoundHandler())
	if f := must(t, with(s)).Check(t.Context()); len(f) != 1 || f[0].OK {
		t.Errorf("with nobody there: %+v", f)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"id":"UgA.1","snippet":{"textDisplay":"x","publishedAt":"2026-03-09T12:00:00Z","updatedAt":"2026-03-09T12:00:01Z","parentId":"UgA","authorDisplayName":"@a"}}`)
	src := &Source{}
	f.Fuzz(func(t *testing.T, raw string) {
		it := readComment(json.RawMessage(raw))
		if it.err == nil {
			sourcetest.Sound(t, src.mention(it, "video00"))
		} else if bot.KindOf(it.err) != bot.ErrInvalid {
			t.Fatal(it.err)
		}
	})
}
