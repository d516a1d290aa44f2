package bluesky

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

// rig is a network that is searched, or asked for notifications.
type rig struct {
	*network
	notes bool
}

func (r *rig) Source(t *testing.T) bot.Source {
	set, off := r.settings(), false
	if r.notes {
		set.Search = &off
		return r.must(t, set, bot.SourceEnv{})
	}
	set.Mentions = &off
	return r.must(t, set, bot.SourceEnv{Watches: []bot.Watch{{Name: "All", Terms: []string{""}, Sources: nil}, {Terms: []string{"e"}}}})
}

func (r *rig) Say(_ *testing.T, items ...sourcetest.Item) error {
	r.Set(func() {
		for _, it := range items {
			r.said(it.ID, it.Author, it.Text+suffix(r.notes, it.Text), it.At)
		}
	})
	return nil
}

// suffix makes what is said be found by the search for "e".
func suffix(notes bool, said string) string {
	if notes || strings.Contains(strings.ToLower(said), "e") {
		return ""
	}
	return " e"
}

func (r *rig) Break(*testing.T) error {
	r.Set(func() { r.add(map[string]any{"uri": "at://x", "record": map[string]any{"text": "e"}}) })
	return nil
}

func TestConformance(t *testing.T) {
	for name, notes := range map[string]bool{"search": false, "mentions": true} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return &rig{newNetwork(t), notes} })
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

func TestAFloodIsReadWhole(t *testing.T) {
	n := newNetwork(t)
	src := n.must(t, n.settings(), bot.SourceEnv{Watches: watches()})
	start := n.clock
	_, c := poll(t, src, "")
	n.Set(func() {
		for i := range 2500 { // more than the search hands out of one time
			n.said("k"+strconv.Itoa(i), "ann.test", "The kettle", start.Add(time.Duration(i)*time.Second))
		}
		n.notes = nil
	})
	if got, _ := poll(t, src, c); len(got) != 2500 {
		t.Errorf("%d of 2500 came", len(got))
	}
}

func TestEditsAndDeletionsAreFollowed(t *testing.T) {
	n := newNetwork(t)
	src := n.must(t, n.settings(), bot.SourceEnv{Watches: watches()})
	n.Set(func() {
		n.said("1", "ann.test", "The kettle leaks", n.clock)
		n.said("2", "bob.test", "The kettle sings", n.clock)
		n.said("3", "eve.test", "The kettle again", n.clock)
	})
	first, c := poll(t, src, "")
	n.Set(func() {
		n.posts[0]["record"].(map[string]any)["text"], n.posts[0]["cid"] = "It was the tap", "bafyreinew"
		n.posts, n.notes = []map[string]any{n.posts[0], n.posts[2]}, nil
		n.posts[1]["blocks us"] = true // it is not shown to us, and is not deleted
	})
	got, c := poll(t, src, c)
	if len(got) != 2 || got[0].Text != "It was the tap" || got[0].EditedAt.IsZero() {
		got, first = slices.Clone(got), first[:2]
		slices.Reverse(got)
	}
	if len(got) != 2 || got[0].Text != "It was the tap" || got[0].EditedAt.IsZero() || !got[1].Deleted || got[1].ExternalID != first[1].ExternalID {
		t.Fatalf("after an edit and a deletion came %+v", got)
	}
	if got, _ := poll(t, src, c); len(got) != 0 {
		t.Errorf("they came again: %+v", got)
	}
}

func TestWhatIsRead(t *testing.T) {
	n := newNetwork(t)
	src := n.must(t, n.settings(), bot.SourceEnv{Watches: watches()})
	n.Set(func() {
		p := n.said("41", "ann.test", "My kettle\nleaks", n.clock)
		p["record"].(map[string]any)["reply"] = map[string]any{"root": map[string]any{"uri": address(ourDID, "1"), "cid": "r"}, "parent": map[string]any{"uri": address(ourDID, "2"), "cid": "p"}}
		p["embed"] = map[string]any{"$type": "app.bsky.embed.recordWithMedia#view",
			"media":  map[string]any{"images": []any{map[string]any{"thumb": "https://cdn.example/1.jpg", "fullsize": "https://cdn.example/2.jpg", "alt": "a puddle"}}},
			"record": map[string]any{"record": map[string]any{"value": map[string]any{"text": "buy it"}}}}
		p["author"].(map[string]any)["followersCount"] = 12
		own := n.said("42", "larkspur.test", "kettle news", n.clock)
		own["uri"], own["author"] = address(ourDID, "42"), map[string]any{"did": ourDID, "handle": "larkspur.test"}
		n.notes = append(n.notes[:0], map[string]any{"reason": "like", "uri": "at://x", "indexedAt": n.clock.Format(time.RFC3339)})
	})
	b, err := src.Poll(t.Context(), "")
	if err != nil || len(b.Mentions) != 2 || len(b.Rejected) != 0 || !b.Mentions[1].Author.Staff {
		t.Fatalf("read %+v, %v", b, err)
	}
	m := b.Mentions[0]
	if m.Text != "My kettle\nleaks" || m.ParentID != address(ourDID, "2") || m.Quoted != "buy it" || m.Author.Handle != "ann.test" || m.Author.ExternalID != "did:plc:annxtest" ||
		m.Author.Followers != 12 || len(m.Media) != 1 || m.Media[0].URL != "https://cdn.example/1.jpg" || m.Language != "en" || m.URL != "https://bsky.app/profile/did:plc:annxtest/post/41" {
		t.Errorf("read as %+v", m)
	}
	for _, r := range n.Requests() {
		if strings.Contains(r.Path, "searchPosts") && r.Query.Get("q") != `"kettle"` {
			t.Errorf("searched for %q", r.Query.Get("q"))
		}
	}
}

// TestPicturesOfARecord: where the service has not made addresses of them yet.
func TestPicturesOfARecord(t *testing.T) {
	it := readItem(json.RawMessage(`{"uri":"at://did:plc:ann/app.bsky.feed.post/1","cid":"c","author":{"did":"did:plc:ann"},"indexedAt":"2026-03-09T12:00:00Z",
		"record":{"text":"x","createdAt":"2026-03-09T12:30:00Z","embed":{"images":[{"alt":"a","image":{"ref":{"$link":"bafkreiabc"}}},{"image":{"ref":{"$link":"../../x"}}}],"external":{"uri":"javascript:x"}}}}`))
	m := (&Source{}).mention(it)
	if it.err != nil || len(m.Media) != 1 || m.Media[0].URL != "https://cdn.bsky.app/img/feed_thumbnail/plain/did:plc:ann/bafkreiabc@jpeg" {
		t.Errorf("%v, %+v", it.err, m.Media)
	}
	if m.CreatedAt.Hour() != 12 || m.CreatedAt.Minute() != 0 {
		t.Errorf("written at %v, later than it was seen", m.CreatedAt)
	}
}

func TestSessionIsKeptAndRenewed(t *testing.T) {
	n := newNetwork(t)
	src := n.must(t, n.settings(), bot.SourceEnv{Watches: watches()})
	var c bot.Cursor
	for range 3 {
		_, c = poll(t, src, c)
		n.Set(func() { n.access++ }) // the token expires
	}
	if _, _ = poll(t, src, c); n.logins != 1 {
		t.Errorf("%d log-ins, want 1", n.logins)
	}
	bad := n.settings()
	bad.Password = "wrong"
	src = n.must(t, bad, bot.SourceEnv{})
	for range 3 {
		if _, err := src.Poll(t.Context(), ""); bot.KindOf(err) != bot.ErrUnauthorized || !strings.Contains(bot.Told(err), "app password") {
			t.Errorf("with a wrong password: %v", err)
		}
	}
	if n.logins != 2 {
		t.Errorf("wrong credentials were tried %d times, want once", n.logins-1)
	}
}

func TestAnswers(t *testing.T) {
	n := newNetwork(t)
	src := n.must(t, n.settings(), bot.SourceEnv{})
	var m bot.Mention
	n.Set(func() {
		p := n.said("41", "ann.test", "My kettle leaks", n.clock)
		p["record"].(map[string]any)["reply"] = map[string]any{"root": map[string]any{"uri": address(ourDID, "1"), "cid": "rootcid"}, "parent": map[string]any{"uri": address(ourDID, "2"), "cid": "p"}}
		m = bot.Mention{ExternalID: fmt.Sprint(p["uri"])}
	})
	ways := src.Ways(m)
	if len(ways) != 1 || !ways[0].Public || ways[0].Limit != 300 {
		t.Fatalf("ways %+v", ways)
	}
	r := bot.Reply{ID: 5, Way: ways[0], Text: "Désolé @ann.test! See https://larkspur.example/a. #kettle", CreatedAt: n.clock}
	if _, there, err := src.FindAnswer(t.Context(), m, r); there || err != nil {
		t.Fatalf("found before it was sent: %v", err)
	}
	n.Set(func() { n.lose = true })
	if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUncertain {
		t.Fatalf("a lost answer is %v", err)
	}
	n.Set(func() { n.lose = false })
	found, there, err := src.FindAnswer(t.Context(), m, r)
	if err != nil || !there {
		t.Fatalf("it is not found: %v", err)
	}
	again, err := src.Answer(t.Context(), m, r)
	if err != nil || again != found || len(n.records) != 1 {
		t.Errorf("sent again it is %+v, %v; %d stand", again, err, len(n.records))
	}
	changed := r
	changed.Text = "Other words"
	if at, err := src.Answer(t.Context(), m, changed); err != nil || at != found || len(n.records) != 1 {
		t.Errorf("the same reply in other words: %+v, %v; %d stand", at, err, len(n.records))
	}
	for _, rec := range n.records {
		raw, _ := json.Marshal(rec)
		want := `"facets":[{"features":[{"$type":"app.bsky.richtext.facet#mention","did":"did:plc:ann"}],"index":{"byteEnd":18,"byteStart":9}},` +
			`{"features":[{"$type":"app.bsky.richtext.facet#link","uri":"https://larkspur.example/a"}],"index":{"byteEnd":50,"byteStart":24}},` +
			`{"features":[{"$type":"app.bsky.richtext.facet#tag","tag":"kettle"}],"index":{"byteEnd":59,"byteStart":52}}],` +
			`"reply":{"parent":{"cid":"bafyrei41","uri":"at://did:plc:annxtest/app.bsky.feed.post/41"},"root":{"cid":"rootcid","uri":"at://` + ourDID + `/app.bsky.feed.post/1"}}`
		if !strings.Contains(string(raw), want) {
			t.Errorf("it stands as %s\nwant %s", raw, want)
		}
	}
}

// TestAnswersThatCannotBe: nobody would see them, or there is nothing to answer.
func TestAnswersThatCannotBe(t *testing.T) {
	n := newNetwork(t)
	src := n.must(t, n.settings(), bot.SourceEnv{})
	r := bot.Reply{ID: 5, Text: "Sorry!", CreatedAt: n.clock}
	var m bot.Mention
	n.Set(func() { m.ExternalID = fmt.Sprint(n.said("41", "ann.test", "My kettle leaks", n.clock)["uri"]) })
	n.Set(func() {
		n.said("43", "eve.test", "Only for friends", n.clock)["viewer"] = map[string]any{"replyDisabled": true}
	})
	if _, err := src.Answer(t.Context(), bot.Mention{ExternalID: "at://did:plc:evextest/app.bsky.feed.post/43"}, r); bot.KindOf(err) != bot.ErrInvalid || len(n.records) != 0 {
		t.Errorf("an answer that nobody would see: %v", err)
	}
	if _, err := src.Answer(t.Context(), bot.Mention{ExternalID: address("did:plc:ann", "gone")}, r); bot.KindOf(err) != bot.ErrGone {
		t.Errorf("an answer to what is gone: %v", err)
	}
	if after, err := src.Follow(t.Context(), m, bot.Placed{ExternalID: m.ExternalID}); err != nil || after != (bot.Aftermath{Likes: 2, Answers: 1}) {
		t.Errorf("followed: %+v, %v", after, err)
	}
	if after, err := src.Follow(t.Context(), m, bot.Placed{ExternalID: address(ourDID, "zzz")}); err != nil || !after.Gone {
		t.Errorf("followed: %+v, %v", after, err)
	}
}

func TestRecordKeys(t *testing.T) {
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	seen := map[string]bool{}
	for id := range int64(200) {
		for _, uri := range []string{address("did:plc:a", "1"), address("did:plc:a", "2")} {
			k := recordKey(bot.Mention{ExternalID: uri}, bot.Reply{ID: id, CreatedAt: at})
			if len(k) != 13 || !strings.Contains("234567abcdefghij", k[:1]) || seen[k] {
				t.Fatalf("%q is no key, or not a new one", k)
			}
			seen[k] = true
		}
	}
	early := recordKey(bot.Mention{}, bot.Reply{ID: 9, CreatedAt: at})
	if late := recordKey(bot.Mention{}, bot.Reply{ID: 1, CreatedAt: at.Add(time.Second)}); late <= early {
		t.Errorf("%q of a later reply sorts before %q", late, early)
	}
}

func TestLength(t *testing.T) {
	for in, want := range map[string]int{"abc": 3, "👨‍👩‍👧": 2, "日本": 2, strings.Repeat("é", 10): 10, strings.Repeat("👨‍👩‍👧", 120): 216} {
		if got := (&Source{}).Length(in); got != want {
			t.Errorf("%q counts %d, want %d", in, got, want)
		}
	}
	if got := (&Source{}).Length(strings.Repeat("👨‍👩‍👧", 167)); got <= maxGraphemes {
		t.Errorf("3,006 bytes count %d", got)
	}
}

func TestMarks(t *testing.T) {
	for in, want := range map[string][]string{
		"see https://a.example/x. ok": {"https://a.example/x"}, "(https://a.example/x_(y))": {"https://a.example/x_(y)"}, "http://": nil,
		"@ann.test, @bob @x.1 mail@ann.test": {"@ann.test"}, "#tag! #1 # #é": {"#tag", "#é"}, "https://a.example/é\u3000x": {"https://a.example/é"},
	} {
		var got []string
		for _, m := range marks(in) {
			if got = append(got, m.word); in[m.Start:m.End] != m.word {
				t.Errorf("%q: %q stands elsewhere", in, m.word)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestTheLimitIsNotReached(t *testing.T) {
	n := newNetwork(t)
	src := n.must(t, n.settings(), bot.SourceEnv{})
	_, c := poll(t, src, "")
	h := http.Header{"Ratelimit-Limit": {"30"}, "Ratelimit-Remaining": {"29"}, "Ratelimit-Reset": {strconv.FormatInt(n.clock.Add(time.Minute).Unix(), 10)}} // of log-ins
	n.Handle("GET /xrpc/app.bsky.x", func(w http.ResponseWriter, _ *http.Request) {
		for k, v := range h {
			w.Header()[k] = v
		}
		sourcetest.WriteJSON(w, 200, map[string]any{})
	})
	if err := src.ask(t.Context(), src.server, call{method: "app.bsky.x"}, nil); err != nil {
		t.Fatal(err)
	}
	if _, c = poll(t, src, c); c == "" {
		t.Fatal("the small allowance of log-ins holds reading up")
	}
	src.left.Note(map[string][]string{"Ratelimit-Remaining": {"12"}, "Ratelimit-Reset": {strconv.FormatInt(n.clock.Add(time.Minute).Unix(), 10)}}, n.clock)
	before := len(n.Requests())
	if _, err := src.Poll(t.Context(), c); bot.KindOf(err) != bot.ErrRateLimited || len(n.Requests()) != before {
		t.Errorf("%v, after %d requests more", err, len(n.Requests())-before)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	on := true
	many := []bot.Watch{{}}
	for i := range 51 {
		many[0].Terms = append(many[0].Terms, "term "+strconv.Itoa(i))
	}
	for name, set := range map[string]Settings{
		"nothing": {}, "no password": {Handle: "a.test"}, "no handle": {Password: "p"}, "mentions without an account": {Mentions: &on, Stream: true},
		"server": {Handle: "a.test", Password: "p", Server: "x"}, "history": {Handle: "a.test", Password: "p", History: 91},
		"stream without watches": {Stream: true}, "too many terms": {Handle: "a.test", Password: "p"},
	} {
		if _, err := sourcetest.Open(t, Driver(), set, bot.SourceEnv{Watches: many}); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheck(t *testing.T) {
	n := newNetwork(t)
	for _, f := range n.must(t, n.settings(), bot.SourceEnv{Watches: watches()}).Check(t.Context()) {
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
	bad := n.settings()
	bad.Password = "wrong"
	if f := n.must(t, bad, bot.SourceEnv{}).Check(t.Context()); len(f) != 1 || f[0].OK || !strings.Contains(f[0].Mend, "app password") {
		t.Errorf("with a wrong password: %+v", f)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"uri":"at://did:plc:a/app.bsky.feed.post/1","author":{"did":"did:plc:a"},"record":{"text":"x","createdAt":"2026-03-09T12:00:00Z"},"embed":{"media":{"images":[]},"record":{"record":{}}}}`)
	f.Add(`{"uri":1}`)
	src := &Source{}
	f.Fuzz(func(t *testing.T, raw string) {
		if it := readItem(json.RawMessage(raw)); it.err == nil {
			sourcetest.Sound(t, src.mention(it))
		} else if bot.KindOf(it.err) != bot.ErrInvalid {
			t.Fatal(it.err)
		}
	})
}

func FuzzMarks(f *testing.F) {
	f.Add("see https://a.example/(x). @ann.test #tag")
	f.Fuzz(func(t *testing.T, said string) {
		last := 0
		for _, m := range marks(said) {
			if m.Start < last || m.End > len(said) || said[m.Start:m.End] != m.word {
				t.Fatalf("%q: %+v", said, m)
			}
			last = m.End
		}
	})
}
