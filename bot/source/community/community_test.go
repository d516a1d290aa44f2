package community

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

func now() time.Time { return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC) }

func open(t *testing.T, hub *Hub, set Settings) *Source {
	t.Helper()
	src, err := Driver(hub).New("community", func(into any) error { *into.(*Settings) = set; return nil }, bot.SourceEnv{})
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}

// rig is a hub in which one channel is listened to.
type rig struct{ hub *Hub }

func (r *rig) Source(t *testing.T) bot.Source {
	return open(t, r.hub, Settings{Platform: "slack", Channels: []string{"#C1"}})
}

func (r *rig) Say(t *testing.T, its ...sourcetest.Item) error {
	for _, it := range its {
		m := bot.Mention{ExternalID: "C1:" + it.ID, Text: it.Text, Author: bot.Author{ExternalID: "U1", Name: it.Author, Followers: -1}, CreatedAt: it.At}
		if err := r.hub.Overheard(t.Context(), "slack", "C1", m); err != nil {
			return err
		}
	}
	return nil
}

func (r *rig) Break(t *testing.T) error {
	return r.hub.Overheard(t.Context(), "slack", "C1", bot.Mention{ExternalID: "C1:x", Text: " \u200b "})
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(*testing.T) sourcetest.Rig { return &rig{hub: NewHub(now)} })
}

// heard streams from src for the length of the test.
func heard(t *testing.T, src *Source) func() []bot.Mention {
	t.Helper()
	var mu sync.Mutex
	var all []bot.Mention
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = src.Stream(ctx, "", func(_ context.Context, b bot.Batch) error {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, b.Mentions...)
			return nil
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	for up := false; !up; {
		src.hub.mu.Lock()
		up = src.hub.ears[src.places[0]][src] != nil
		src.hub.mu.Unlock()
	}
	return func() []bot.Mention {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

func TestOverheard(t *testing.T) {
	hub := NewHub(now)
	src := open(t, hub, Settings{Platform: "slack", Channels: []string{"C1", "help"}, Staff: []string{"@ann", "U9"}, Private: true, Watch: "Larkspur"})
	got := heard(t, src)
	for _, m := range []bot.Mention{
		{ExternalID: "C1:1", Text: "It leaks", Author: bot.Author{Handle: "bob"}},
		{ExternalID: "C1:1", Text: "It leaks badly", Author: bot.Author{Handle: "bob"}, EditedAt: now()},
		{ExternalID: "C1:1", Deleted: true},
		{ExternalID: "C1:2", Text: "We look into it", Author: bot.Author{Handle: "Ann"}},
		{ExternalID: "C1:3", Text: "Deployed", Author: bot.Author{Handle: "ci", Automated: true}},
		{ExternalID: "C1:4", Media: []bot.Media{{Type: "image"}}, Author: bot.Author{ExternalID: "U9"}},
	} {
		if err := hub.Overheard(t.Context(), "slack", "#help", m); err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	for _, m := range got() {
		line := m.ExternalID + " " + m.Text + " " + m.Attrs["channel"] + " " + strings.Join(m.Watches, ",")
		if m.Deleted {
			line += " deleted"
		}
		if m.Author.Staff {
			line += " staff"
		}
		if !m.EditedAt.IsZero() {
			line += " edited"
		}
		if !m.Private {
			line += " public"
		}
		lines = append(lines, line)
	}
	want := []string{
		"C1:1 It leaks #help Larkspur", "C1:1 It leaks badly #help Larkspur edited", "C1:1  #help Larkspur deleted",
		"C1:2 We look into it #help Larkspur staff", "C1:4  #help Larkspur staff",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	for _, other := range [][2]string{{"discord", "C1"}, {"slack", "C2"}} {
		if err := hub.Overheard(t.Context(), other[0], other[1], bot.Mention{ExternalID: "x", Text: "x"}); err != nil {
			t.Errorf("%v is nobody's: %v", other, err)
		}
	}
	if len(got()) != len(want) {
		t.Error("a channel was heard that is not listened to")
	}
}

func TestGrace(t *testing.T) {
	at := now()
	hub := NewHub(func() time.Time { return at })
	src := open(t, hub, Settings{Platform: "discord", Channels: []string{"general"}})
	say := func() error {
		return hub.Overheard(t.Context(), "discord", "general", bot.Mention{ExternalID: "1", Text: "x"})
	}
	if err := say(); bot.KindOf(err) != bot.ErrUnavailable {
		t.Errorf("a source that has been made and does not listen yet: %v", err)
	}
	at = at.Add(grace)
	if err := say(); err != nil {
		t.Errorf("a source that was never started is expected: %v", err)
	}
	if _, err := src.Poll(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if err := say(); bot.KindOf(err) != bot.ErrUnavailable {
		t.Errorf("a source that begins in a moment: %v", err)
	}
	at = at.Add(grace)
	if err := say(); err != nil {
		t.Errorf("a source that never came: %v", err)
	}
}

// poster is a chat platform that keeps what is posted.
type poster struct {
	out   []bot.Outgoing
	since time.Time
	fail  error
}

func (p *poster) Post(_ context.Context, out bot.Outgoing) (bot.MessageRef, error) {
	p.out = append(p.out, out)
	return bot.MessageRef{Channel: out.Channel, ID: "77"}, p.fail
}

func (p *poster) Find(_ context.Context, out bot.Outgoing, since time.Time) (bot.MessageRef, bool, error) {
	p.since = since
	return bot.MessageRef{Channel: out.Channel, ID: "77"}, len(p.out) > 0, p.fail
}

func (p *poster) Permalink(ref bot.MessageRef) string { return "https://chat.example/" + ref.ID }

func TestAnswer(t *testing.T) {
	hub, p := NewHub(now), &poster{}
	src := open(t, hub, Settings{Platform: "slack", Channels: []string{"C1"}})
	m := bot.Mention{ExternalID: "C1:5.5", ParentID: "C1:1.1", Text: "It leaks"}
	r := bot.Reply{ID: 7, Text: "We send another.\nSorry!", CreatedAt: now()}
	if ways := src.Ways(m); ways != nil {
		t.Errorf("a way to answer without the platform: %v", ways)
	}
	if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUnavailable {
		t.Errorf("%v", err)
	}
	hub.Connect("slack", p)
	ways := src.Ways(m)
	if len(ways) != 1 || !ways[0].Public || ways[0].Limit != 3000 || ways[0].Label != "Public reply in the thread on Slack" {
		t.Errorf("%+v", ways)
	}
	if src.Ways(bot.Mention{ExternalID: "C1:5", Deleted: true}) != nil {
		t.Error("a deleted message can be answered")
	}
	if _, ok, err := src.FindAnswer(t.Context(), m, r); ok || err != nil || !p.since.Equal(now()) {
		t.Errorf("found before it was sent: %v %v", ok, err)
	}
	placed, err := src.Answer(t.Context(), m, r)
	if err != nil || placed != (bot.Placed{ExternalID: "77", URL: "https://chat.example/77"}) {
		t.Errorf("%v %v", placed, err)
	}
	want := bot.Outgoing{Key: "earshot-reply-7", Channel: "C1", Thread: bot.MessageRef{Channel: "C1", ID: "1.1"}, View: bot.Say(r.Text), Loud: true}
	if diff := cmp.Diff(want, p.out[0]); diff != "" {
		t.Error(diff)
	}
	if found, ok, err := src.FindAnswer(t.Context(), m, r); !ok || err != nil || found != placed {
		t.Errorf("%v %v %v", found, ok, err)
	}
	p.fail = bot.Errorf(bot.ErrUncertain, "it broke")
	if _, err := src.Answer(t.Context(), m, r); !errors.Is(err, p.fail) {
		t.Errorf("%v", err)
	}
	if src.Length("añb🔥") != 4 {
		t.Error("Length does not count code points")
	}
}

func TestRef(t *testing.T) {
	for _, tc := range []struct {
		m    bot.Mention
		want bot.MessageRef
	}{
		{bot.Mention{ExternalID: "C1:5.5"}, bot.MessageRef{Channel: "C1", ID: "5.5"}},
		{bot.Mention{ExternalID: "55", ParentID: "44", URL: "https://discord.com/channels/1/22/55", Attrs: map[string]string{"channel": "help"}}, bot.MessageRef{Channel: "22", ID: "55"}},
		{bot.Mention{ExternalID: "55", URL: "https://evil.example/", Attrs: map[string]string{"channel": "help"}}, bot.MessageRef{Channel: "help", ID: "55"}},
	} {
		if got := ref(tc.m); got != tc.want {
			t.Errorf("ref(%+v) = %+v, want %+v", tc.m, got, tc.want)
		}
	}
}

func TestWrongSettings(t *testing.T) {
	for name, set := range map[string]Settings{
		"no platform": {Channels: []string{"a"}}, "other platform": {Platform: "irc", Channels: []string{"a"}},
		"no channel": {Platform: "slack"}, "empty channel": {Platform: "slack", Channels: []string{"#"}},
	} {
		_, err := Driver(NewHub(now)).New("x", func(into any) error { *into.(*Settings) = set; return nil }, bot.SourceEnv{})
		if bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("C1:1", "text", "https://x.example", "@bob", "#help")
	f.Add("\xff", "\x00\u202e", "javascript:x", "a\nb", "\x1b[0m")
	f.Fuzz(func(t *testing.T, id, text, url, handle, channel string) {
		src := &Source{set: Settings{Platform: "slack"}}
		m, err := src.clean(channel, bot.Mention{ExternalID: id, Text: text, URL: url, Author: bot.Author{Handle: handle}, CreatedAt: now()})
		if err == nil {
			sourcetest.Sound(t, m)
		}
		ref(m)
	})
}

// TestSourceEndsAfterABreak: a message that breaks what stores it leaves nobody
// waiting for it.
func TestSourceEndsAfterABreak(t *testing.T) {
	hub := NewHub(now)
	src := open(t, hub, Settings{Platform: "slack", Channels: []string{"C1"}})
	hub.listen(src, func(context.Context, bot.Batch) error { panic("a bug") })
	func() {
		defer func() {
			if recover() == nil {
				t.Error("it did not break")
			}
		}()
		_ = hub.Overheard(t.Context(), "slack", "C1", bot.Mention{ExternalID: "C1:1", Text: "hello"})
	}()
	hub.leave(src)
	src.active.Wait() // hangs where the message still counts as being stored
}
