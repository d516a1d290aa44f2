package github

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

// rig is a repository whose issues, comments or discussions are read.
type rig struct {
	*hub
	what string
}

func (r *rig) Source(t *testing.T) bot.Source {
	return r.must(t, Settings{Token: token, Read: []string{r.what}})
}

func (r *rig) Say(_ *testing.T, items ...sourcetest.Item) error {
	r.Set(func() {
		for _, it := range items {
			who := strings.ToValidUTF8(it.Author, "?")
			switch r.what {
			case "issues":
				r.opened(who, "", strings.ToValidUTF8(it.Text, "?"), it.At)
			case "comments":
				r.said(1, who, strings.ToValidUTF8(it.Text, "?"), it.At)
			default:
				r.talks = append(r.talks, r.talk(len(r.talks)+1, who, "", strings.ToValidUTF8(it.Text, "?"), it.At))
			}
		}
	})
	return nil
}

func (r *rig) Break(*testing.T) error {
	r.Set(func() {
		broken := map[string]any{"id": 1, "body": "no date", "updated_at": r.clock.Format(time.RFC3339)}
		switch r.what {
		case "issues":
			r.issues = append(r.issues, broken)
		case "comments":
			r.comments = append(r.comments, broken)
		default:
			r.talks = append(r.talks, map[string]any{"id": "D_x", "updatedAt": r.clock.Format(time.RFC3339)})
		}
	})
	return nil
}

func TestConformance(t *testing.T) {
	for _, what := range []string{"issues", "comments", "discussions"} {
		t.Run(what, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return &rig{newHub(t), what} })
		})
	}
}

func TestAFloodIsReadWhole(t *testing.T) {
	h := newHub(t)
	src := h.must(t, Settings{Token: token, Read: []string{"issues"}})
	_, c := sourcetest.Poll(t, src, "")
	at := h.clock
	h.Set(func() {
		for i := range 1500 { // more than one read takes, and 150 of them in one second
			h.opened("ann", "It leaks", fmt.Sprint("number ", i), at.Add(time.Duration(max(i-150, 0))*time.Second))
		}
	})
	got, _ := sourcetest.Poll(t, src, c)
	if len(got) != 1500 || got[0].History {
		t.Errorf("%d of 1500 came, silently %v", len(got), got[0].History)
	}
}

func TestEditsAndDeletionsAreFollowed(t *testing.T) {
	h := newHub(t)
	src := h.must(t, Settings{Token: token})
	at := h.clock
	h.Set(func() {
		h.opened("ann", "It leaks", "water", at)
		h.said(1, "bob", "mine too", at)
		h.said(1, "eve", "and mine", at)
	})
	first, c := sourcetest.Poll(t, src, "")
	if len(first) != 3 || !first[0].History {
		t.Fatalf("at first came %+v", first)
	}
	h.Set(func() {
		later := at.Add(time.Minute).Format(time.RFC3339)
		h.issues[0]["body"], h.issues[0]["updated_at"] = "It was the tap", later
		h.comments[0]["updated_at"] = later // something else about it
		h.comments = h.comments[:1]
		h.clock = at.Add(2 * time.Minute)
	})
	got, c := sourcetest.Poll(t, src, c)
	slices.SortFunc(got, func(a, b bot.Mention) int { return strings.Compare(a.ExternalID, b.ExternalID) })
	if len(got) != 2 || got[0].Text != "It was the tap" || got[0].EditedAt.IsZero() || got[0].History || !got[1].Deleted || got[1].ExternalID != "larkspur/kettle#1/5001" {
		t.Fatalf("after an edit and a deletion came %+v", got)
	}
	if got, _ := sourcetest.Poll(t, src, c); len(got) != 0 {
		t.Errorf("they came again: %+v", got)
	}
}

// TestWhatIsTheSameIsNotSent: GitHub is asked with the mark of its last answer.
func TestWhatIsTheSameIsNotSent(t *testing.T) {
	h := newHub(t)
	src := h.must(t, Settings{Token: token, Read: []string{"issues"}})
	h.Set(func() { h.opened("ann", "It leaks", "water", h.clock) })
	_, c := sourcetest.Poll(t, src, "")
	_, c = sourcetest.Poll(t, src, c)
	before := h.asked
	for range 3 {
		_, c = sourcetest.Poll(t, src, c)
	}
	if h.asked != before {
		t.Errorf("%d answers were sent whole", h.asked-before)
	}
}

func TestWhatIsRead(t *testing.T) {
	h := newHub(t)
	h.Set(func() {
		p := h.opened("ann", "It <b>leaks</b>", "<!-- Fill this in -->\r\n> buy it\r\n\r\nMy kettle leaks ![a puddle](https://files.example/1.png)", h.clock)
		p["author_association"] = "MEMBER"
		pr := h.opened("bob", "Fix", "x", h.clock)
		pr["pull_request"] = map[string]any{"url": "https://x"}
		h.said(2, "bob", "on the fix", h.clock)["html_url"] = "https://github.com/larkspur/kettle/pull/2#issuecomment-1"
		h.said(1, "larkspur", "Sorry!", h.clock)
		h.said(1, "dep[bot]", "Thanks", h.clock)["user"].(map[string]any)["type"] = "Bot"
		talk := h.talk(7, "eve", "Ideas", "A lid", h.clock)
		comment := h.talk(0, "ann", "", "Yes", h.clock)
		comment["replies"] = map[string]any{"nodes": []any{h.talk(0, "bob", "", "No", h.clock)}}
		talk["comments"] = map[string]any{"nodes": []any{comment}}
		h.talks = append(h.talks, talk)
	})
	all, _ := sourcetest.Poll(t, h.must(t, Settings{Token: token, Watch: "Kettle"}), "")
	got := map[string]bot.Mention{}
	for _, m := range all {
		sourcetest.Sound(t, m)
		got[m.Text] = m
	}
	if len(all) != 6 {
		t.Fatalf("read %+v", all)
	}
	m := got["My kettle leaks"]
	if m.ExternalID != "larkspur/kettle#1" || m.Quoted != "buy it" || !m.Author.Staff || len(m.Media) != 1 || m.Media[0].Alt != "a puddle" || m.Title != "It <b>leaks</b>" || !slices.Equal(m.Watches, []string{"Kettle"}) {
		t.Errorf("an issue is read as %+v", m)
	}
	if ours, after := got["Sorry!"], got["Thanks"]; !ours.Author.Staff || ours.ParentID != "larkspur/kettle#1" || after.ParentID != ours.ExternalID || !after.Author.Automated {
		t.Errorf("our comment is %+v; what came after it %+v", ours, after)
	}
	if c, r := got["Yes"], got["No"]; c.ParentID != "larkspur/kettle#d7" || r.ParentID != c.ExternalID || r.Attrs["topic"] != "Ideas" || got["A lid"].Title != "Ideas" {
		t.Errorf("in a discussion %+v, %+v", c, r)
	}
}

func TestAnswers(t *testing.T) {
	h := newHub(t)
	src := h.must(t, Settings{Token: token})
	h.Set(func() {
		h.opened("ann", "It leaks", "water", h.clock)
		h.talks = append(h.talks, h.talk(7, "eve", "Ideas", "A lid", h.clock))
		h.talks[0]["comments"] = map[string]any{"nodes": []any{h.talk(0, "ann", "", "Yes", h.clock)}}
	})
	_, _ = sourcetest.Poll(t, src, "")
	comment := fmt.Sprint(h.talks[0]["comments"].(map[string]any)["nodes"].([]any)[0].(map[string]any)["id"])
	for i, external := range []string{"larkspur/kettle#1", "larkspur/kettle#1/5000", "larkspur/kettle#d7", "larkspur/kettle#d7/" + comment} {
		m := bot.Mention{ExternalID: external}
		ways := src.Ways(m)
		if len(ways) != 1 || !ways[0].Public || !strings.HasSuffix(ways[0].Label, "as @larkspur") {
			t.Fatalf("ways %+v", ways)
		}
		r := bot.Reply{ID: int64(5 + 50*i), Way: ways[0], Text: "Sorry!", CreatedAt: h.clock}
		if _, there, err := src.FindAnswer(t.Context(), m, r); there || err != nil {
			t.Fatalf("%s: found before it was sent: %v", external, err)
		}
		h.Set(func() { h.lose = true })
		if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUncertain {
			t.Fatalf("%s: a lost answer is %v", external, err)
		}
		h.Set(func() { h.lose = false })
		at, there, err := src.FindAnswer(t.Context(), m, r)
		if err != nil || !there || !strings.HasPrefix(at.ExternalID, "larkspur/kettle#") || at.URL == "" {
			t.Fatalf("%s: it is not found: %+v, %v", external, at, err)
		}
		if after, err := src.Follow(t.Context(), m, at); err != nil || after.Likes != 3 || after.Gone {
			t.Errorf("%s: followed %+v, %v", external, after, err)
		}
		r.ID++
		if at2, err := src.Answer(t.Context(), m, r); err != nil || at2.ExternalID == at.ExternalID && !strings.Contains(external, "d7") {
			t.Errorf("%s: another answer: %+v, %v", external, at2, err)
		}
	}
	if !strings.Contains(fmt.Sprint(h.comments[0]["body"]), "Sorry!\n\n<!-- earshot-reply-5 -->") {
		t.Errorf("it stands as %q", h.comments[0]["body"])
	}
	if _, err := src.Answer(t.Context(), bot.Mention{ExternalID: "larkspur/kettle#99"}, bot.Reply{Text: "x"}); bot.KindOf(err) != bot.ErrGone {
		t.Errorf("an answer to what is gone: %v", err)
	}
	if after, err := src.Follow(t.Context(), bot.Mention{}, bot.Placed{ExternalID: "larkspur/kettle#1/9"}); err != nil || !after.Gone {
		t.Errorf("followed %+v, %v", after, err)
	}
}

func TestLimits(t *testing.T) {
	h := newHub(t)
	src := h.must(t, Settings{Token: token, Read: []string{"issues"}})
	_, c := sourcetest.Poll(t, src, "")
	h.Fail(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fail(w, 403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
	}))
	_, err := src.Poll(t.Context(), c)
	if e, ok := err.(*bot.Error); !ok || e.Kind != bot.ErrRateLimited || e.RetryAfter != time.Minute {
		t.Errorf("a secondary limit is %v", err)
	}
	h.Fail(t, nil)
	src.core.Note(http.Header{"X-Ratelimit-Remaining": {"150"}, "X-Ratelimit-Reset": {strconv.FormatInt(h.clock.Add(time.Hour).Unix(), 10)}}, h.clock)
	before := len(h.Requests())
	if _, err := src.Poll(t.Context(), c); bot.KindOf(err) != bot.ErrRateLimited || len(h.Requests()) != before {
		t.Errorf("%v after %d requests", err, len(h.Requests())-before)
	}
}

// TestWithoutAToken: one list after the other, so that 60 requests an hour are
// enough, and the first read of each is silent.
func TestWithoutAToken(t *testing.T) {
	h := newHub(t)
	src := h.must(t, Settings{})
	at := h.clock
	h.Set(func() {
		h.opened("ann", "It leaks", "water", at)
		h.said(1, "bob", "mine too", at)
		h.clock = at
	})
	var all []bot.Mention
	var c bot.Cursor
	for i := range 60 {
		b, err := src.Poll(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		all, c = append(all, b.Mentions...), b.Next
		h.Set(func() { h.clock = at.Add(time.Duration(i+1) * time.Minute) })
	}
	if n := len(h.Requests()); n > 31 || len(all) != 2 || !all[1].History || src.Ways(all[0]) != nil {
		t.Errorf("%d requests in an hour; %+v", n, all)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	repos := []string{"a/b"}
	for name, set := range map[string]Settings{
		"none": {}, "no owner": {Repositories: []string{"kettle"}}, "a path": {Repositories: []string{"a/../b"}}, "dots": {Repositories: []string{"a/.."}}, "base_url": {Repositories: repos, BaseURL: "x"},
		"read": {Repositories: repos, Read: []string{"stars"}}, "discussions without a token": {Repositories: repos, Read: []string{"discussions"}}, "history": {Repositories: repos, History: -1},
	} {
		if _, err := sourcetest.Open(t, Driver(), set, bot.SourceEnv{}); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	src, err := sourcetest.Open(t, Driver(), Settings{Repositories: repos, BaseURL: "https://git.example.com/api/v3/"}, bot.SourceEnv{})
	if err != nil || src.(*Source).graphql.String() != "https://git.example.com/api/graphql" {
		t.Errorf("%v, %v", src.(*Source).graphql, err)
	}
}

func TestCheck(t *testing.T) {
	h := newHub(t)
	if all := h.must(t, Settings{Token: token}).Check(t.Context()); len(all) != 3 || slices.ContainsFunc(all, func(f bot.Finding) bool { return !f.OK }) {
		t.Errorf("%+v", all)
	}
	if f := h.must(t, Settings{Token: "wrong"}).Check(t.Context()); len(f) != 1 || f[0].OK || !strings.Contains(f[0].Mend, "Make a new one") {
		t.Errorf("with a wrong token: %+v", f)
	}
	if f := h.must(t, Settings{Repositories: []string{"larkspur/gone"}, Token: token, Read: []string{"issues"}}).Check(t.Context()); len(f) != 1 || f[0].OK {
		t.Errorf("with no such repository: %+v", f)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"id":1,"number":2,"created_at":"2026-03-09T12:00:00Z","updated_at":"2026-03-09T12:00:00Z","title":"x","body":"> a\n<!-- b ![c](https://d) <img src=\"https://e\">"}`)
	f.Add(`{"id":"DC_1","createdAt":"2026-03-09T12:00:00Z","author":null,"comments":{"nodes":[null]}}`)
	src := &Source{}
	f.Fuzz(func(t *testing.T, raw string) {
		it, _ := readTalk(json.RawMessage(raw), "a/b", "a/b#d1")
		for _, it := range []item{readIssue(json.RawMessage(raw), "a/b"), it} {
			if it.err == nil {
				sourcetest.Sound(t, src.mention(it.post))
			} else if bot.KindOf(it.err) != bot.ErrInvalid {
				t.Fatal(it.err)
			}
		}
	})
}
