package appstore

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

func open(t *testing.T, set Settings) (bot.Source, error) {
	t.Helper()
	if set.App == "" {
		set.App = app
	}
	if set.Watch == "" {
		set.Watch = "kettle"
	}
	return sourcetest.Open(t, Driver(), set, bot.SourceEnv{Now: now})
}

func must(t *testing.T, c *connect) *Source {
	t.Helper()
	src, err := open(t, Settings{BaseURL: c.URL, Key: c.pem(t), KeyID: "ABC123DEFG", Issuer: sourcetest.Canary})
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}

// rig is the API with reviews.
type rig struct{ *connect }

func (r rig) Source(t *testing.T) bot.Source { return must(t, r.connect) }

func (r rig) Say(_ *testing.T, items ...sourcetest.Item) error {
	r.Set(func() {
		for _, it := range items {
			rev := review1(it.ID, "", it.Text, 2, it.At)
			rev["attributes"].(map[string]any)["reviewerNickname"] = it.Author
			r.reviews = append(r.reviews, rev)
		}
	})
	return nil
}

func (r rig) Break(*testing.T) error {
	r.Set(func() {
		r.reviews = append(r.reviews, map[string]any{"type": "customerReviews", "id": 7, "attributes": "none"})
	})
	return nil
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return rig{newConnect(t)} })
}

func TestWhatIsRead(t *testing.T) {
	c := newConnect(t)
	c.reviews = []map[string]any{review1("00000028-b08c", "Leaks", "The kettle\nleaks", 2, now().Add(-time.Hour))}
	c.responses["00000028-b08c"] = answer1("r-1", "We are sorry", "PUBLISHED")
	got, _ := sourcetest.Poll(t, must(t, c), "")
	if len(got) != 2 {
		t.Fatalf("read %+v", got)
	}
	m, a := got[0], got[1]
	if m.Title != "Leaks" || m.Text != "The kettle\nleaks" || m.Rating != (bot.Rating{Value: 2, Of: 5}) || m.Author.Name != "Anne 00000028-b08c" || m.Attrs["territory"] != "USA" ||
		!m.CreatedAt.Equal(now().Add(-time.Hour)) || len(m.Watches) != 1 || m.Watches[0] != "kettle" || m.URL == "" {
		t.Errorf("the review is %+v", m)
	}
	if a.ParentID != m.ExternalID || !a.Author.Staff || a.ExternalID != "response/r-1" || a.Text != "We are sorry" || a.Attrs["state"] != "PUBLISHED" {
		t.Errorf("the response is %+v", a)
	}
}

// TestEditsAndRemovals: an edit keeps the review's id, moves it or not; what is
// gone is asked for before it is told.
func TestEditsAndRemovals(t *testing.T) {
	c := newConnect(t)
	for i := range 4 {
		c.reviews = append(c.reviews, review1(fmt.Sprint("r", i), "", fmt.Sprint("The kettle ", i), 1, now().Add(time.Duration(i-10)*time.Minute)))
	}
	_, cur := sourcetest.Poll(t, must(t, c), "")
	later := must(t, c)
	at := now()
	later.now = func() time.Time { return at }
	c.Set(func() {
		c.reviews[1]["attributes"].(map[string]any)["rating"] = 5 // in its place
		moved := review1("r0", "", "It was the tap", 4, now().Add(-time.Minute))
		c.reviews = append([]map[string]any{c.reviews[1], c.reviews[3]}, moved) // r2 is gone
	})
	got, cur := sourcetest.Poll(t, later, cur)
	if len(got) != 2 || got[0].Text != "It was the tap" || !got[0].EditedAt.Equal(now().Add(-time.Minute)) || !got[0].CreatedAt.Equal(now().Add(-10*time.Minute)) || got[1].Rating.Value != 5 || got[1].EditedAt.IsZero() {
		t.Fatalf("after two edits came %+v", got)
	}
	at = at.Add(sweep)
	later.expires, later.token = at.Add(time.Hour), sign(t, later) // the service's clock stands still
	if got, cur = sourcetest.Poll(t, later, cur); len(got) != 1 || !got[0].Deleted || got[0].ExternalID != "r2" {
		t.Fatalf("after a removal came %+v", got)
	}
	if got, _ = sourcetest.Poll(t, later, cur); len(got) != 0 {
		t.Errorf("they came again: %+v", got)
	}
}

// sign makes a token for the clock of the service.
func sign(t *testing.T, s *Source) string {
	t.Helper()
	token, err := s.key.Sign(map[string]any{"aud": "appstoreconnect-v1", "iss": "x", "exp": now().Add(time.Minute).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestManyPages: the first read goes through all pages, and the key goes
// nowhere but to the service, wherever its links point.
func TestManyPages(t *testing.T) {
	c := newConnect(t)
	c.size, c.elsewhere = 7, true
	for i := range 100 {
		c.reviews = append(c.reviews, review1(fmt.Sprint("r", i), "", "The kettle", 3, now().Add(time.Duration(i-200)*time.Minute)))
	}
	got, cur := sourcetest.Poll(t, must(t, c), "")
	if len(got) != 100 {
		t.Fatalf("%d of 100 came", len(got))
	}
	before := len(c.Requests())
	if got, _ := sourcetest.Poll(t, must(t, c), cur); len(got) != 0 || len(c.Requests()) != before+1 {
		t.Errorf("with nothing new %d mentions came by %d requests", len(got), len(c.Requests())-before)
	}
}

// TestTheLimitIsKept: when little is left of the hour, nothing is read, so that
// answers still go out.
func TestTheLimitIsKept(t *testing.T) {
	c := newConnect(t)
	c.size, c.left = 5, "user-hour-lim:3500;user-hour-rem:12;"
	for i := range 20 {
		c.reviews = append(c.reviews, review1(fmt.Sprint("r", i), "", "The kettle", 3, now().Add(time.Duration(i-200)*time.Minute)))
	}
	src := must(t, c)
	got, cur := sourcetest.Poll(t, src, "")
	if len(got) != 5 || len(c.Requests()) != 1 {
		t.Fatalf("%d mentions came by %d requests", len(got), len(c.Requests()))
	}
	if got, again := sourcetest.Poll(t, src, cur); len(got) != 0 || again != cur || len(c.Requests()) != 1 {
		t.Fatalf("with the limit near, %d requests were made", len(c.Requests()))
	}
	c.Set(func() { c.left = "user-hour-lim:3500;user-hour-rem:3000;" })
	if got, _ := sourcetest.Poll(t, must(t, c), cur); len(got) != 15 {
		t.Errorf("after that %d of 15 came", len(got))
	}
}

func TestAnswers(t *testing.T) {
	c := newConnect(t)
	c.reviews = []map[string]any{review1("r1", "", "The kettle leaks", 1, now().Add(-time.Hour))}
	src := must(t, c)
	all, _ := sourcetest.Poll(t, src, "")
	m := all[0]
	ways := src.Ways(m)
	if len(ways) != 1 || !ways[0].Public || ways[0].Limit != 5970 {
		t.Fatalf("ways %+v", ways)
	}
	r := bot.Reply{ID: 5, Way: ways[0], Text: "Sorry!\nWrite to us.", CreatedAt: now()}
	if _, there, err := src.FindAnswer(t.Context(), m, r); there || err != nil {
		t.Fatalf("found before it was sent: %v", err)
	}
	c.Set(func() { c.lose = true })
	if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUncertain {
		t.Fatalf("a lost answer is %v", err)
	}
	c.Set(func() { c.lose = false })
	found, there, err := src.FindAnswer(t.Context(), m, r)
	if err != nil || !there || found.ExternalID != "response/resp-r1" {
		t.Fatalf("it is not found: %+v, %v", found, err)
	}
	if after, err := src.Follow(t.Context(), m, found); err != nil || after.State != "PENDING_PUBLISH" || after.Gone {
		t.Errorf("followed as %+v, %v", after, err)
	}
	r.Text = "Sorry! It is mended."
	if _, there, _ := src.FindAnswer(t.Context(), m, r); there {
		t.Error("another response is taken for this one")
	}
	if again, err := src.Answer(t.Context(), m, r); err != nil || again != found || len(c.responses) != 1 {
		t.Errorf("the response is not replaced: %+v, %v", again, err)
	}
	c.Set(func() { clear(c.responses) })
	if after, err := src.Follow(t.Context(), m, found); err != nil || !after.Gone {
		t.Errorf("a response that is gone is followed as %+v, %v", after, err)
	}
	r.Text = strings.Repeat("x", 5971)
	if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrInvalid || !strings.Contains(bot.Told(err), "too long") {
		t.Errorf("too long a text is %v", err)
	}
	c.Set(func() { c.reviews = nil })
	r.Text = "Sorry!"
	if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrGone {
		t.Errorf("an answer to what is gone is %v", err)
	}
	if src.Length("a👍") != 3 || src.Ways(bot.Mention{ExternalID: "r1", Deleted: true}) != nil || src.Ways(bot.Mention{ExternalID: "response/1"}) != nil {
		t.Error("what cannot be answered has ways")
	}
}

func TestCheck(t *testing.T) {
	c := newConnect(t)
	if f := must(t, c).Check(t.Context()); len(f) != 1 || !f[0].OK {
		t.Errorf("%+v", f)
	}
	other := newConnect(t)
	src, err := open(t, Settings{BaseURL: c.URL, Key: other.pem(t), KeyID: "ABC123DEFG"})
	if err != nil {
		t.Fatal(err)
	}
	if f := src.(bot.Checker).Check(t.Context()); len(f) != 1 || f[0].OK || !strings.Contains(f[0].Mend, "Customer Support") {
		t.Errorf("with another key: %+v", f)
	}
}

func TestAnIndividualKey(t *testing.T) {
	c := newConnect(t)
	src, err := open(t, Settings{BaseURL: c.URL, Key: c.pem(t), KeyID: "ABC123DEFG"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := src.Poll(t.Context(), ""); err != nil {
		t.Error(err)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	key := newConnect(t).pem(t)
	for name, set := range map[string]Settings{
		"app": {App: "kettle"}, "no key ID": {Key: key}, "no PEM": {Key: "x", KeyID: "A"}, "an ID without a key": {KeyID: "A"}, "country": {Countries: []string{"../"}},
		"address": {BaseURL: "ftp://x"}, "history": {History: -1}, "countries": {Countries: strings.Split("aa,ab,ac,ad,ae,af,ag,ah,ai,aj,ak,al,am,an,ao,ap,aq,ar,as,at,au", ",")},
	} {
		if _, err := open(t, set); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := sourcetest.Open(t, Driver(), Settings{App: app}, bot.SourceEnv{}); bot.KindOf(err) != bot.ErrInvalid {
		t.Errorf("without a watch: %v", err)
	}
}

func FuzzReview(f *testing.F) {
	f.Add(`{"id":"1","attributes":{"createdDate":"2026-03-09T12:00:00-07:00","body":"x","rating":9}}`, `{"type":"customerReviewResponses","id":"2"}`)
	src := &Source{set: Settings{App: app, Watch: "w"}}
	f.Fuzz(func(t *testing.T, raw, answer string) {
		var a response
		_ = json.Unmarshal([]byte(answer), &a)
		for _, it := range src.items([]json.RawMessage{json.RawMessage(raw)}, []response{a}) {
			if it.Err == nil {
				sourcetest.Sound(t, it.Mention)
			} else if bot.KindOf(it.Err) != bot.ErrInvalid || it.Where == "" {
				t.Fatal(it.Err, it.Where)
			}
		}
	})
}
