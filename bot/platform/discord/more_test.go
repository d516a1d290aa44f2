package discord

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"earshot/bot"
	"earshot/bot/platform/discord/discordtest"
	"earshot/bot/platform/platformtest"
	"earshot/bot/platform/waits"
)

func decodeInto(b []byte, v any) error { return json.Unmarshal(b, v) }

// ready runs a platform with the hands that work it.
func ready(t *testing.T) (*hands, *platformtest.Desk) {
	t.Helper()
	h, desk := newHands(t, ModeGateway), platformtest.NewDesk()
	running(t, h.p, desk)
	until(t, "connected", func() bool { return h.p.Health().Connected })
	return h, desk
}

func ann() bot.Person { return bot.Person{Platform: "discord", ID: discordtest.AnnID, Name: "Ann"} }

// TestAsksBeforeFinalActs presses a button that asks once, says no, then yes.
func TestAsksBeforeFinalActs(t *testing.T) {
	t.Parallel()
	h, desk := ready(t)
	dismiss := bot.Button{Label: "Dismiss", Action: bot.ActionID{Name: "dismiss", Target: 1042, Version: 3, Arg: "spam"}, Confirm: "Dismiss case 1042 as spam?"}
	v := bot.View{Blocks: []bot.Block{bot.Line(bot.Plain("A card")), {Kind: bot.BlockActions, Buttons: []bot.Button{dismiss}, Menus: []bot.Menu{{Label: "More", Options: []bot.Button{dismiss}}}}}}
	ref, err := h.p.Post(t.Context(), bot.Outgoing{Key: "earshot-1", Channel: "#support", View: v})
	if err != nil {
		t.Fatal(err)
	}
	on := h.seen(bot.MessageRef{Channel: ref.Channel})[0]
	h.press(ann(), on, "Dismiss")
	asked := h.private(ann())[0]
	if !strings.Contains(asked.Text, "Dismiss case 1042 as spam?") || !slices.Equal(asked.Buttons, []string{"Dismiss", "No, leave it"}) || len(desk.Accepted()) > 0 {
		t.Fatalf("asked %+v, accepted %+v", asked, desk.Accepted())
	}
	h.press(ann(), asked, "No, leave it")
	if got := h.private(ann())[0]; !strings.Contains(got.Text, "Nothing was done") || len(desk.Accepted()) > 0 {
		t.Errorf("after no: %+v", got)
	}
	h.choose(ann(), on, "More", "Dismiss")
	h.press(ann(), h.private(ann())[1], "Dismiss")
	until(t, "it is handled", func() bool { return len(desk.Handled()) == 1 })
	if in := desk.Handled()[0]; in.Kind != bot.DidPress || in.Action != dismiss.Action || in.Message.ID != ref.ID {
		t.Errorf("the desk got %+v, want %+v on %s", in, dismiss.Action, ref.ID)
	}
}

// TestErrorsAfterARestart looks that what was typed is not lost when the form
// is no longer kept.
func TestErrorsAfterARestart(t *testing.T) {
	t.Parallel()
	h, desk := ready(t)
	form := platformtest.ReplyForm("Hello")
	desk.AnswerFunc(func(_ context.Context, in bot.Interaction) bot.Answer {
		if in.Kind == bot.DidSubmit {
			return bot.Answer{Errors: map[string]string{"text": "Too long by 3."}}
		}
		return bot.Answer{Form: &form}
	})
	h.command(ann(), "reply")
	h.p.forms = newKeeper(time.Now) // as after a restart
	h.s.SubmitModal(ann().ID, discordtest.SupportID, map[string]string{"text": "What I wrote at length"}, nil)
	until(t, "it is told", func() bool { return len(h.private(ann())) == 1 })
	if got := h.private(ann())[0].Text; !strings.Contains(got, "Too long by 3.") || !strings.Contains(got, "What I wrote at length") || !strings.Contains(got, "no longer kept") {
		t.Errorf("told %q", got)
	}
	m := h.s.Find(h.private(ann())[0].Handle.(string))
	h.s.Interact(ann().ID, didComponent, discordtest.SupportID, map[string]any{"custom_id": "^gone", "component_type": 2}, m, nil)
	if got := h.private(ann())[1].Text; !strings.Contains(got, "no longer kept") {
		t.Errorf("an old button says %q", got)
	}
}

func TestKeptForms(t *testing.T) {
	now := platformtest.Noon()
	k := newKeeper(func() time.Time { return now })
	key := k.put("ann", bot.Form{Title: "x"})
	if _, ok := k.get(key, "bob"); ok {
		t.Error("somebody else gets the form")
	}
	if f, ok := k.get(key, "ann"); !ok || f.Title != "x" {
		t.Error("the form is not kept")
	}
	for range maxKept {
		k.put("bob", bot.Form{})
	}
	if _, ok := k.get(key, "ann"); ok || len(k.forms) != maxKept || len(k.order) != maxKept {
		t.Errorf("%d forms are kept", len(k.forms))
	}
	key = k.put("ann", bot.Form{})
	now = now.Add(keptFor + time.Second)
	if _, ok := k.get(key, "ann"); ok {
		t.Error("an old form is still kept")
	}
}

func TestTellWithoutDirectMessages(t *testing.T) {
	s := discordtest.New(t)
	s.DeniedDMs = true
	err := newPlatform(t, s, nil).Tell(t.Context(), bot.Interaction{By: ann(), At: time.Now()}, bot.Say("psst"))
	if bot.KindOf(err) != bot.ErrGone || !strings.Contains(bot.Told(err), "direct messages") {
		t.Errorf("told %v", err)
	}
}

func TestArchivedThreads(t *testing.T) {
	s := discordtest.New(t)
	p := newPlatform(t, s, nil)
	root, err := p.Post(t.Context(), bot.Outgoing{Key: "earshot-1", Channel: "#support", View: bot.Say("card")})
	if err != nil {
		t.Fatal(err)
	}
	note := bot.Outgoing{Key: "earshot-2", Channel: "#support", Thread: root, View: bot.Say("note")}
	ref, err := p.Post(t.Context(), note)
	if err != nil {
		t.Fatal(err)
	}
	s.Archive(root.ID)
	if err := p.Edit(t.Context(), ref, bot.Say("edited")); err != nil {
		t.Errorf("a note in an archived thread cannot be edited: %v", err)
	}
	s.Archive(root.ID)
	note.Key = "earshot-3"
	if _, err := p.Post(t.Context(), note); err != nil {
		t.Errorf("an archived thread takes no note: %v", err)
	}
	if got := len(s.Messages(root.ID)); got != 2 {
		t.Errorf("%d notes stand in the thread, want 2", got)
	}
}

// TestSentOnce sends with one key twice, as after a crash, and edits through a
// fresh platform: the message is one, and is still found.
func TestSentOnce(t *testing.T) {
	s := discordtest.New(t)
	out := bot.Outgoing{Key: "earshot-1", Channel: discordtest.SupportID, View: bot.Say("once")}
	first, err := newPlatform(t, s, nil).Post(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	p := newPlatform(t, s, nil)
	again, err := p.Post(t.Context(), out)
	if err != nil || again != first {
		t.Errorf("the second gave %+v %v, want %+v", again, err, first)
	}
	fresh := newPlatform(t, s, nil)
	if err := fresh.Edit(t.Context(), first, bot.Say("edited")); err != nil {
		t.Fatal(err)
	}
	if ref, ok, err := newPlatform(t, s, nil).Find(t.Context(), out, time.Now().Add(-time.Hour)); err != nil || !ok || ref != first {
		t.Errorf("found %+v %v %v", ref, ok, err)
	}
	if n := len(s.Messages(discordtest.SupportID)); n != 1 {
		t.Errorf("%d messages stand", n)
	}
}

func TestFindReadsFarBack(t *testing.T) {
	s := discordtest.New(t)
	p := newPlatform(t, s, nil)
	out := bot.Outgoing{Key: "earshot-1", Channel: discordtest.SupportID, View: bot.Say("card")}
	ref, err := p.Post(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	for range 250 {
		s.Say(discordtest.AnnID, discordtest.SupportID, "chatter", false)
	}
	if got, ok, err := p.Find(t.Context(), out, time.Now().Add(-time.Hour)); err != nil || !ok || got.ID != ref.ID {
		t.Errorf("found %+v %v %v", got, ok, err)
	}
	for range maxPages * pageSize {
		s.Say(discordtest.AnnID, discordtest.SupportID, "chatter", false)
	}
	out.Key = "earshot-2"
	if _, _, err := p.Find(t.Context(), out, time.Now().Add(-time.Hour)); bot.KindOf(err) != bot.ErrUncertain {
		t.Errorf("where it cannot know it says %v", err)
	}
}

func TestPagesInsteadOfJSON(t *testing.T) {
	s := discordtest.New(t)
	p := newPlatform(t, s, nil)
	s.Fail(discordtest.Fault{Status: 429, Body: "<html>slow down</html>", Header: map[string]string{"Retry-After": "7"}})
	_, err := p.Post(t.Context(), bot.Outgoing{Key: "earshot-1", Channel: discordtest.SupportID, View: bot.Say("x")})
	var e *bot.Error
	if !errors.As(err, &e) || e.Kind != bot.ErrRateLimited || e.RetryAfter != 7*time.Second {
		t.Errorf("a page as 429 gives %v", err)
	}
	if _, err = p.Post(t.Context(), bot.Outgoing{Key: "earshot-1", Channel: discordtest.SupportID, View: bot.Say("x")}); bot.KindOf(err) != bot.ErrRateLimited {
		t.Errorf("the wait is not kept: %v", err)
	}
	if n := len(slices.DeleteFunc(s.Requests(), func(r string) bool { return !strings.HasPrefix(r, http.MethodPost) })); n != 1 {
		t.Errorf("%d requests were sent while limited, want 1", n)
	}
}

func TestNoSecretInErrors(t *testing.T) {
	p := newPlatform(t, discordtest.New(t), func(c *Config) { c.APIURL = "http://127.0.0.1:1/api" })
	err := p.followUp(t.Context(), discordtest.AppID, "very-secret-token", draw(bot.Say("x"), drawing{}))
	if bot.KindOf(err) != bot.ErrUnavailable || strings.Contains(err.Error(), "very-secret-token") {
		t.Errorf("the error shows the token: %v", err)
	}
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(time.Now, waits.New(platformName, nil, slog.New(slog.DiscardHandler), time.Now))
		start := time.Now()
		post := request{bucket: messagesBucket("1"), repeats: true}
		for range 7 {
			if err := l.wait(t.Context(), post); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("seven messages took %v, want 2 s: five at once, then one a second", took)
		}
		for range 2 {
			go l.wait(t.Context(), post)
		}
		synctest.Wait()
		err := l.wait(t.Context(), post)
		var e *bot.Error
		if !errors.As(err, &e) || e.Kind != bot.ErrRateLimited || e.RetryAfter != 3*time.Second {
			t.Errorf("beyond the wait: %v", err)
		}
		if err := l.wait(t.Context(), request{bucket: messagesBucket("2"), repeats: true}); err != nil {
			t.Errorf("another channel waits, too: %v", err)
		}
		if err := l.wait(t.Context(), request{bucket: bucketOf("x")}); err != nil {
			t.Errorf("an answer to an interaction waits: %v", err)
		}
	})
}

func TestHeadersSetThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(time.Now, waits.New(platformName, nil, slog.New(slog.DiscardHandler), time.Now))
		l.learn(t.Context(), "a", &http.Response{StatusCode: 200, Header: http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset-After": {"1.5"}}})
		start := time.Now()
		if err := l.wait(t.Context(), request{bucket: "a"}); err != nil || time.Since(start) != 1500*time.Millisecond {
			t.Errorf("waited %v, %v", time.Since(start), err)
		}
		l.learn(t.Context(), "a", &http.Response{StatusCode: 429, Header: http.Header{"X-Ratelimit-Global": {"true"}, "Retry-After": {"9"}}})
		if err := l.wait(t.Context(), request{bucket: "b"}); bot.KindOf(err) != bot.ErrRateLimited {
			t.Errorf("a limit for all does not hold for all: %v", err)
		}
	})
}

func TestConfig(t *testing.T) {
	_, err := New(Config{Mode: "carrier pigeon", GuildID: "x", AppID: "y", APIURL: "ftp://x"}, nil, nil, nil)
	for _, words := range []string{"discord.token", "discord.guild_id", "discord.app_id", "discord.mode", "discord.api_url"} {
		if bot.KindOf(err) != bot.ErrInvalid || !strings.Contains(bot.Told(err), words) {
			t.Errorf("nothing is said of %s: %v", words, err)
		}
	}
	for address, want := range map[string]string{"": "https://discord.com/api/v10", "http://127.0.0.1:1": "http://127.0.0.1:1/api/v10",
		"http://x.y/api/": "http://x.y/api/v10", "http://x.y/api/v9": "http://x.y/api/v9"} {
		if got, err := apiBase(address); err != nil || got.String() != want {
			t.Errorf("apiBase(%q) = %v, %v", address, got, err)
		}
	}
}

func TestManifest(t *testing.T) {
	cfg := Config{AppID: discordtest.AppID}
	goldenText(t, "manifest.txt", Manifest(cfg, ""))
	cfg.Community = []string{"#community"}
	goldenText(t, "manifest_community.txt", Manifest(cfg, ""))
	goldenText(t, "manifest_http.txt", Manifest(Config{Mode: ModeHTTP}, "https://earshot.example/discord"))
}

func TestCheck(t *testing.T) {
	s := discordtest.New(t)
	s.Overwrite(discordtest.SupportID, map[string]any{"id": discordtest.AgentRole, "type": 0, "allow": "274877906944", "deny": "2048"})
	p := newPlatform(t, s, func(c *Config) { c.Channels = []string{"#support", "#nowhere"} })
	var text strings.Builder
	for _, f := range p.Check(t.Context()) {
		mark := "ok   "
		if !f.OK {
			mark = "wrong"
		}
		text.WriteString(mark + " " + f.What + "\n      " + f.Mend + "\n")
	}
	goldenText(t, "check.txt", text.String())
	s.Revoke()
	if got := newPlatform(t, s, nil).Check(t.Context()); len(got) != 1 || got[0].OK || !strings.Contains(got[0].Mend, "Reset Token") {
		t.Errorf("a revoked token gives %+v", got)
	}
}

func TestPermissions(t *testing.T) {
	const guild, me, mine = "1", "2", "3"
	roles := []role{{ID: guild, Permissions: "3072"}, {ID: mine, Permissions: "32768"}, {ID: "9", Permissions: "8"}}
	tests := map[string]struct {
		over []overwrite
		want int64
	}{
		"base":                {nil, permViewChannel | permSendMessages | permAttachFiles},
		"everyone denied":     {[]overwrite{{ID: guild, Deny: "2048", Allow: "0"}}, permViewChannel | permAttachFiles},
		"role wins":           {[]overwrite{{ID: guild, Deny: "2048", Allow: "0"}, {ID: mine, Allow: "2048", Deny: "0"}}, permViewChannel | permSendMessages | permAttachFiles},
		"member wins":         {[]overwrite{{ID: mine, Allow: "2048", Deny: "0"}, {ID: me, Type: 1, Deny: "2048", Allow: "0"}}, permViewChannel | permAttachFiles},
		"hidden":              {[]overwrite{{ID: guild, Deny: "1024", Allow: "0"}}, 0},
		"others do not count": {[]overwrite{{ID: "9", Deny: "1024", Allow: "0"}}, permViewChannel | permSendMessages | permAttachFiles},
	}
	for name, tt := range tests {
		if got := permissions(channel{Overwrites: tt.over}, guild, me, []string{mine}, roles); got != tt.want {
			t.Errorf("%s: %b, want %b", name, got, tt.want)
		}
	}
	if got := permissions(channel{}, guild, me, []string{"9"}, roles); got != -1 {
		t.Errorf("an administrator may not do all: %b", got)
	}
}

// TestHeardOnceTheStoreIsBack says something while nothing can be stored for
// longer than it is tried: it is read again, and heard.
func TestHeardOnceTheStoreIsBack(t *testing.T) {
	t.Parallel()
	h, desk := newHands(t, ModeGateway), platformtest.NewDesk()
	h.p.hearAgain = time.Millisecond
	desk.Refuse(true)
	running(t, h.p, desk)
	until(t, "connected", func() bool { return h.p.Health().Connected })
	h.s.Say("800000000000000001", discordtest.CommunityID, "It leaks", false)
	reads := func() (n int) {
		for _, r := range h.s.Requests() {
			if strings.HasPrefix(r, "GET /channels/"+discordtest.CommunityID+"/messages") {
				n++
			}
		}
		return n
	}
	before := reads()
	until(t, "it is read again", func() bool { return reads() > before+1 })
	desk.Refuse(false)
	until(t, "it is heard", func() bool { return len(desk.Heard()) == 1 })
}
