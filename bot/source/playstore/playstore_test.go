package playstore

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
	return sourcetest.Open(t, Driver(), set, bot.SourceEnv{Now: now})
}

func must(t *testing.T, p *play) *Source {
	t.Helper()
	src, err := open(t, Settings{Package: pkg, Watch: "kettle", BaseURL: p.URL, Key: p.account(t)})
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}

// rig is the API with reviews.
type rig struct{ *play }

func (r rig) Source(t *testing.T) bot.Source { return must(t, r.play) }

func (r rig) Say(_ *testing.T, items ...sourcetest.Item) error {
	r.Set(func() {
		for _, it := range items {
			r.reviews = append(r.reviews, review1("gp:"+it.ID, it.Author, it.Text, 2, it.At))
		}
	})
	return nil
}

func (r rig) Break(*testing.T) error {
	r.Set(func() { r.reviews = append(r.reviews, map[string]any{"reviewId": "gp:broken", "comments": []any{}}) })
	return nil
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return rig{newPlay(t)} })
}

func TestWhatIsRead(t *testing.T) {
	p := newPlay(t)
	rev := review1("gp:AO_1", "Jane Bloggs", "It leaks\tMy kettle leaks", 2, now().Add(-time.Hour))
	rev["comments"] = append(rev["comments"].([]any), map[string]any{"developerComment": map[string]any{"text": "Sorry, Jane", "lastModified": seconds(now())}})
	p.reviews = []map[string]any{rev}
	got, _ := sourcetest.Poll(t, must(t, p), "")
	if len(got) != 2 {
		t.Fatalf("read %+v", got)
	}
	m, a := got[0], got[1]
	if m.ExternalID != "gp:AO_1" || m.Title != "It leaks" || m.Text != "My kettle leaks" || m.Rating != (bot.Rating{Value: 2, Of: 5}) || m.Author.Name != "Jane Bloggs" || m.Language != "en-US" ||
		m.Attrs["version"] != "2.1" || m.Attrs["device"] != "Pixel 9" || m.Attrs["android"] != "35" || m.Attrs["thumbs_up"] != "3" || m.Watches[0] != "kettle" ||
		!strings.HasSuffix(m.URL, "id=com.example.kettle&reviewId=gp:AO_1") {
		t.Errorf("the review is %+v", m)
	}
	if a.ParentID != m.ExternalID || !a.Author.Staff || a.Text != "Sorry, Jane" || a.ExternalID != "gp:AO_1/reply" {
		t.Errorf("the reply is %+v", a)
	}
}

// TestATranslation: what was written is kept beside what is read.
func TestATranslation(t *testing.T) {
	p := newPlay(t)
	rev := review1("r1", "Jana", "The kettle leaks", 2, now())
	rev["comments"].([]any)[0].(map[string]any)["userComment"].(map[string]any)["originalText"] = "Der Kessel\tleckt"
	p.reviews = []map[string]any{rev}
	src, err := open(t, Settings{Package: pkg, Watch: "kettle", BaseURL: p.URL, Key: p.account(t), Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := sourcetest.Poll(t, src, "")
	asked := p.Requests()
	if len(got) != 1 || got[0].Language != "en" || got[0].Attrs["original"] != "Der Kessel\nleckt" || asked[len(asked)-1].Query.Get("translationLanguage") != "en" {
		t.Errorf("read %+v", got)
	}
}

func TestEditsAndRemovals(t *testing.T) {
	p := newPlay(t)
	for i := range 3 {
		p.reviews = append(p.reviews, review1(fmt.Sprint("r", i), "ann", fmt.Sprint("The kettle ", i), 1, now().Add(time.Duration(i-10)*time.Minute)))
	}
	_, cur := sourcetest.Poll(t, must(t, p), "")
	edited := review1("r0", "ann", "It was the tap", 5, now())
	p.Set(func() { p.reviews = []map[string]any{p.reviews[1], edited} }) // r2 is gone
	got, cur := sourcetest.Poll(t, must(t, p), cur)
	if len(got) != 1 || got[0].Text != "It was the tap" || got[0].Rating.Value != 5 || got[0].EditedAt.Unix() != now().Unix() || got[0].CreatedAt.Unix() != now().Add(-10*time.Minute).Unix() {
		t.Fatalf("after an edit came %+v", got)
	}
	src := must(t, p)
	_, _ = sourcetest.Poll(t, src, cur) // a token, by the service's clock
	src.now = func() time.Time { return now().Add(sweep) }
	if got, cur = sourcetest.Poll(t, src, cur); len(got) != 1 || !got[0].Deleted || got[0].ExternalID != "r2" {
		t.Fatalf("after a removal came %+v", got)
	}
	if got, _ = sourcetest.Poll(t, src, cur); len(got) != 0 {
		t.Errorf("they came again: %+v", got)
	}
}

// TestTheQuotaIsKept: of 200 requests an hour some are left for answers.
func TestTheQuotaIsKept(t *testing.T) {
	p := newPlay(t)
	p.size = 1
	for i := range 300 {
		p.reviews = append(p.reviews, review1(fmt.Sprint("r", i), "ann", "The kettle", 1, now().Add(time.Duration(i-400)*time.Minute)))
	}
	src := must(t, p)
	at := now()
	src.now = func() time.Time { return at }
	got, cur := sourcetest.Poll(t, src, "")
	if len(got) != hourly {
		t.Fatalf("%d came in the first hour", len(got))
	}
	if more, again := sourcetest.Poll(t, src, cur); len(more) != 0 || again != cur {
		t.Fatalf("%d came when nothing may be asked", len(more))
	}
	if _, err := src.Follow(t.Context(), got[0], bot.Placed{}); bot.KindOf(err) != bot.ErrRateLimited {
		t.Errorf("what becomes of answers is asked all the same: %v", err)
	}
	if _, _, err := src.FindAnswer(t.Context(), got[0], bot.Reply{}); err != nil {
		t.Errorf("an answer cannot be looked for: %v", err)
	}
	src.read = nil // an hour later
	if more, _ := sourcetest.Poll(t, src, cur); len(more)+len(got) != 300 {
		t.Errorf("%d and %d of 300 came", len(got), len(more))
	}
}

func TestAnswers(t *testing.T) {
	p := newPlay(t)
	p.reviews = []map[string]any{review1("gp:r1", "ann", "The kettle leaks", 1, now().Add(-time.Hour))}
	src := must(t, p)
	all, _ := sourcetest.Poll(t, src, "")
	m := all[0]
	ways := src.Ways(m)
	if len(ways) != 1 || !ways[0].Public || ways[0].Limit != 350 {
		t.Fatalf("ways %+v", ways)
	}
	r := bot.Reply{ID: 5, Way: ways[0], Text: "Sorry & thanks!\nWrite to us.", CreatedAt: now()}
	if _, there, err := src.FindAnswer(t.Context(), m, r); there || err != nil {
		t.Fatalf("found before it was sent: %v", err)
	}
	p.Set(func() { p.lose = true })
	if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUncertain {
		t.Fatalf("a lost answer is %v", err)
	}
	p.Set(func() { p.lose = false })
	found, there, err := src.FindAnswer(t.Context(), m, r)
	if err != nil || !there || found.ExternalID != "gp:r1/reply" {
		t.Fatalf("it is not found: %+v, %v", found, err)
	}
	if after, err := src.Follow(t.Context(), m, found); err != nil || after.Gone {
		t.Errorf("followed as %+v, %v", after, err)
	}
	r.Text = "It is mended."
	if _, there, _ := src.FindAnswer(t.Context(), m, r); there {
		t.Error("another reply is taken for this one")
	}
	if again, err := src.Answer(t.Context(), m, r); err != nil || again != found || len(p.reviews[0]["comments"].([]any)) != 2 {
		t.Errorf("the reply is not replaced: %+v, %v", again, err)
	}
	for text, want := range map[string]bot.ErrorKind{strings.Repeat("x", 351): bot.ErrInvalid, "press <b>here</b>": bot.ErrInvalid, "1 < 2": ""} {
		r.Text = text
		if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != want {
			t.Errorf("%.20q is %v", text, err)
		}
	}
	r.Text = "Sorry!"
	p.Set(func() { p.reviews = nil })
	if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrGone {
		t.Errorf("an answer to what is gone is %v", err)
	}
	if after, err := src.Follow(t.Context(), m, found); err != nil || !after.Gone {
		t.Errorf("a reply that is gone is followed as %+v, %v", after, err)
	}
}

// TestATokenThatEnds: the service takes it back before its time.
func TestATokenThatEnds(t *testing.T) {
	p := newPlay(t)
	src := must(t, p)
	_, cur := sourcetest.Poll(t, src, "")
	p.Set(func() { p.tokens++ })
	if _, err := src.Poll(t.Context(), cur); err != nil {
		t.Error(err)
	}
}

func TestCheck(t *testing.T) {
	p := newPlay(t)
	if f := must(t, p).Check(t.Context()); len(f) != 1 || !f[0].OK {
		t.Errorf("%+v", f)
	}
	src := must(t, p)
	src.set.Package = "com.example.other"
	if f := src.Check(t.Context()); len(f) != 1 || f[0].OK || !strings.Contains(f[0].Mend, "package") {
		t.Errorf("with another app: %+v", f)
	}
	src = must(t, p)
	src.now = func() time.Time { return now().Add(time.Hour) } // a clock that is wrong
	if f := src.Check(t.Context()); len(f) != 1 || f[0].OK || !strings.Contains(f[0].Mend, "clock") {
		t.Errorf("with a refused key: %+v", f)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	key := newPlay(t).account(t)
	for name, set := range map[string]Settings{
		"package": {Package: "../x", Watch: "w", Key: key}, "no watch": {Package: pkg, Key: key}, "no key": {Package: pkg, Watch: "w"}, "another key": {Package: pkg, Watch: "w", Key: `{"type":"authorized_user"}`},
		"a broken key": {Package: pkg, Watch: "w", Key: `{"type":"service_account","client_email":"a@b","private_key":"x"}`},
		"language":     {Package: pkg, Watch: "w", Key: key, Language: "English"}, "address": {Package: pkg, Watch: "w", Key: key, BaseURL: "x"},
	} {
		if _, err := open(t, set); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReview(f *testing.F) {
	f.Add(`{"reviewId":"1","comments":[{"userComment":{"text":"a\tb","lastModified":{"seconds":"1700000000"}}},{"developerComment":{"text":"x","lastModified":{"seconds":1}}}]}`)
	src := &Source{set: Settings{Package: pkg, Watch: "w"}}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, it := range src.items(json.RawMessage(raw)) {
			if it.Err == nil {
				sourcetest.Sound(t, it.Mention)
			} else if bot.KindOf(it.Err) != bot.ErrInvalid {
				t.Fatal(it.Err)
			}
		}
	})
}
