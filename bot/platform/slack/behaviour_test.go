package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/platform/platformtest"
)

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(context.WithoutCancel(t.Context()))
}

func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := contextFor(t, 8*time.Second)
	defer cancel()
	for !ok() {
		if !rest(ctx, 5*time.Millisecond) {
			t.Fatalf("never: %s", what)
		}
	}
}

func say(s string) *bot.View {
	v := bot.Say(s)
	return &v
}

// TestPictures: a chart is uploaded once, waited for while Slack digests it,
// and described where Slack does not take it.
func TestPictures(t *testing.T) {
	r := newRig(t, ModeSocket)
	r.digesting = 1
	ref, err := r.h.Platform.Post(t.Context(), bot.Outgoing{Key: "earshot-1", Channel: "#support", View: platformtest.SpikeView()})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.h.Platform.Edit(t.Context(), ref, platformtest.SpikeView()); err != nil {
		t.Fatal(err)
	}
	if len(r.files) != 1 {
		t.Errorf("uploaded %d times, want once", len(r.files))
	}
	if m := r.seen(bot.MessageRef{Channel: ref.Channel})[0]; m.Images != 1 {
		t.Errorf("the card shows %d pictures", m.Images)
	}
	v := bot.View{Notice: "x", Blocks: []bot.Block{{Kind: bot.BlockQuote, Spans: []bot.Span{bot.Plain("“Look”")}, Image: &bot.Image{URL: "https://broken.example/a.png", Alt: "burnt plug"}}}}
	ref, err = r.h.Platform.Post(t.Context(), bot.Outgoing{Key: "earshot-2", Channel: "#support", View: v})
	if err != nil {
		t.Fatalf("a picture that Slack cannot read keeps the card away: %v", err)
	}
	if m := r.seen(bot.MessageRef{Channel: ref.Channel})[1]; m.Images != 0 || !strings.Contains(m.Text, "Look") || !strings.Contains(m.Text, "burnt plug") {
		t.Errorf("instead it shows %+v", m)
	}
}

func TestStrayNoteIsTakenBack(t *testing.T) {
	r := newRig(t, ModeSocket)
	ref, err := r.h.Platform.Post(t.Context(), bot.Outgoing{Key: "earshot-1", Channel: "#support", View: bot.Say("card")})
	if err != nil {
		t.Fatal(err)
	}
	r.find(ref.Channel, ref.ID).deleted = true
	_, err = r.h.Platform.Post(t.Context(), bot.Outgoing{Key: "earshot-2", Channel: "#support", Thread: ref, View: bot.Say("note")})
	if bot.KindOf(err) != bot.ErrGone {
		t.Errorf("a note without its card: %v", err)
	}
	if all := r.seen(bot.MessageRef{Channel: ref.Channel}); len(all) != 0 {
		t.Errorf("it stands in the channel: %+v", all)
	}
}

func TestLoudNoteIsBroadcast(t *testing.T) {
	r := newRig(t, ModeSocket)
	group := bot.Who(bot.Person{Platform: Name, ID: "S0AGENTS", Name: "agents"})
	group.Ping = true
	foreign := bot.Who(bot.Person{Platform: "discord", ID: "U0ANN", Name: "ann"})
	foreign.Ping = true
	v := bot.View{Notice: "x", Blocks: []bot.Block{{Kind: bot.BlockState, Spans: []bot.Span{group, foreign}}, bot.Line(group, foreign)}}
	ref, err := r.h.Platform.Post(t.Context(), bot.Outgoing{Key: "earshot-1", Channel: "#support", View: v, Loud: true})
	if err != nil {
		t.Fatal(err)
	}
	if m := r.seen(bot.MessageRef{Channel: ref.Channel})[0]; fmt.Sprint(m.Pings) != "[S0AGENTS S0AGENTS]" || !strings.Contains(m.Text, "ann") {
		t.Errorf("it wakes %q and reads %q, want the group alone", m.Pings, m.Text)
	}
}

func TestChannels(t *testing.T) {
	r := newRig(t, ModeSocket)
	for name, want := range map[string]bot.ErrorKind{"#support": "", "support": "", "#Support": "", "C0SUPPORT": "", "#nowhere": bot.ErrGone, "C0NOWHERE": bot.ErrGone, "C0OLD": bot.ErrGone, "#outside": bot.ErrGone, "": bot.ErrInvalid} {
		_, err := r.h.Platform.Post(t.Context(), bot.Outgoing{Key: "earshot-1", Channel: name, View: bot.Say("x")})
		if bot.KindOf(err) != want {
			t.Errorf("channel %q: %v", name, err)
		}
	}
	lists := 0
	for _, c := range r.calls {
		if c == "conversations.list" {
			lists++
		}
	}
	if lists > 3 {
		t.Errorf("channels were listed %d times", lists)
	}
}

func TestGroups(t *testing.T) {
	r := newRig(t, ModeSocket)
	p := r.h.Platform.(*Platform)
	for user, want := range map[string]string{"U0ANN": "[S0AGENTS]", "U0BOB": "[]"} {
		if got, err := p.Groups(t.Context(), user); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s is in %v %v, want %s", user, got, err, want)
		}
	}
	if len(r.calls) != 1 {
		t.Errorf("asked %q, want members once", r.calls)
	}
}

// TestTellWays: five answers by response_url, then another way, then directly.
func TestTellWays(t *testing.T) {
	r := newRig(t, ModeSocket)
	ann := r.h.People[0]
	_, response := r.trigger(ann, "C0SUPPORT", "", nil)
	in := bot.Interaction{By: ann, Channel: "C0SUPPORT", At: time.Now(), Handle: map[string]string{handleResponse: response}}
	for i := range 7 {
		if err := r.h.Platform.Tell(t.Context(), in, bot.Say(fmt.Sprint("number ", i))); err != nil {
			t.Fatalf("number %d: %v", i, err)
		}
	}
	for _, to := range r.responses {
		if to.tries != responseUses {
			t.Errorf("the response_url was tried %d times, want %d", to.tries, responseUses)
		}
	}
	in.At = time.Now().Add(-31 * time.Minute)
	in.Channel = "C0OUT"
	if err := r.h.Platform.Tell(t.Context(), in, bot.Say("directly")); err != nil {
		t.Fatal(err)
	}
	got := r.private(ann)
	if len(got) != 8 || !r.posts[len(r.posts)-1].dm {
		t.Errorf("told %d times, want 8, the last directly", len(got))
	}
	if strings.Join(r.calls, " ") != "chat.postEphemeral chat.postEphemeral chat.postEphemeral chat.postMessage" {
		t.Errorf("called %q", r.calls)
	}
}

func TestExpiredTriggerIsTold(t *testing.T) {
	r := newRig(t, ModeSocket)
	desk := platformtest.NewDesk()
	running(t, r, desk)
	form := platformtest.ReplyForm("x")
	desk.AnswerFunc(func(_ context.Context, in bot.Interaction) bot.Answer {
		r.mu.Lock()
		r.triggers[in.Handle[handleTrigger]].used = true
		r.mu.Unlock()
		return bot.Answer{Form: &form}
	})
	r.command(r.h.People[0], "reply 1042")
	until(t, "a word about it", func() bool {
		got := r.private(r.h.People[0])
		return len(got) == 1 && strings.Contains(got[0].Text, "press it again")
	})
}

// TestSlowErrors: errors that come after "one moment" find the form again, with
// what was typed.
func TestSlowErrors(t *testing.T) {
	r := newRig(t, ModeSocket)
	desk := platformtest.NewDesk()
	running(t, r, desk)
	ann, form := r.h.People[0], platformtest.ReplyForm("x")
	desk.AnswerFunc(func(ctx context.Context, in bot.Interaction) bot.Answer {
		if in.Kind == bot.DidSubmit {
			rest(ctx, time.Second)
			return bot.Answer{Errors: map[string]string{"text": "Too <long>."}}
		}
		return bot.Answer{Form: &form}
	})
	r.command(ann, "reply 1042")
	until(t, "a form", func() bool { _, ok := r.form(ann); return ok })
	r.submit(ann, map[string]string{"text": "what I typed", "way": "private"})
	if f, _ := r.form(ann); !strings.Contains(f.Intro, "One moment") {
		t.Errorf("meanwhile it shows %+v", f)
	}
	until(t, "the form again", func() bool { f, _ := r.form(ann); return f.Title == form.Title })
	f, _ := r.form(ann)
	if f.Fields[0].Value != "what I typed" || f.Fields[1].Value != "private" || !strings.Contains(f.Errors["text"], "Too <long>.") || f.Submit != "Preview" {
		t.Errorf("it shows %+v", f)
	}
}

// TestLargeAnswer: a form that is larger than an acknowledgement may be still
// comes.
func TestLargeAnswer(t *testing.T) {
	r := newRig(t, ModeSocket)
	desk := platformtest.NewDesk()
	running(t, r, desk)
	ann, form := r.h.People[0], platformtest.ReplyForm("x")
	large := platformtest.Preview("x")
	for range 60 {
		large.Intro = append(large.Intro, bot.Block{Kind: bot.BlockActions, Buttons: []bot.Button{{Label: strings.Repeat("ö", 70), Action: bot.ActionID{Name: "x", Arg: strings.Repeat("y", 80)}, Confirm: strings.Repeat("ü", 280)}}})
	}
	desk.AnswerFunc(func(_ context.Context, in bot.Interaction) bot.Answer {
		if in.Kind == bot.DidSubmit {
			return bot.Answer{Form: &large}
		}
		return bot.Answer{Form: &form}
	})
	r.command(ann, "reply 1042")
	until(t, "a form", func() bool { _, ok := r.form(ann); return ok })
	r.submit(ann, map[string]string{"text": "y", "way": "public"})
	until(t, "the large form", func() bool { f, _ := r.form(ann); return f.Title == large.Title })
}

// TestReconnect: Slack closes the socket; what comes afterwards still arrives.
func TestReconnect(t *testing.T) {
	r := newRig(t, ModeSocket)
	desk := platformtest.NewDesk()
	running(t, r, desk)
	desk.Answer(bot.Answer{Tell: say("Here.")})
	for i := range 2 {
		if err := r.socket.raw(map[string]any{"type": "disconnect", "reason": "refresh_requested"}); err != nil {
			t.Fatal(err)
		}
		until(t, "connected again", func() bool {
			r.socket.mu.Lock()
			defer r.socket.mu.Unlock()
			return r.socket.ready == i+2
		})
		until(t, "well again", func() bool { return r.h.Platform.(*Platform).Health().Connected })
	}
	if ack := r.command(r.h.People[0], "inbox"); !ack.OK {
		t.Error("not acknowledged after a reconnect")
	}
}

// TestOddMessages: what slack-go cannot read does not stop the rest.
func TestOddMessages(t *testing.T) {
	r := newRig(t, ModeSocket)
	desk := platformtest.NewDesk()
	running(t, r, desk)
	odd := map[string]any{"type": "event_callback", "event_id": "Ev1", "event": map[string]any{"type": "message", "user": "U0HILDA", "channel": "C0CUSTOMERS", "text": "hello", "ts": "1700000000.000001", "blocks": []any{map[string]any{"type": 7}}, "files": "what?"}}
	if _, ok := r.socket.send("odd-1", kindEvents, odd); !ok {
		t.Error("an odd message is not acknowledged")
	}
	for _, raw := range []any{"x", map[string]any{"type": "never_heard_of"}, map[string]any{"type": kindInteractive, "envelope_id": "e", "payload": 7}} {
		if err := r.socket.raw(raw); err != nil {
			t.Fatal(err)
		}
	}
	if ack := r.command(r.h.People[0], "inbox"); !ack.OK {
		t.Error("not acknowledged after odd messages")
	}
	until(t, "overheard", func() bool { return len(desk.Heard()) == 1 })
}

func TestOldButtonReachesTheDesk(t *testing.T) {
	p := plainPlatform(t)
	got, err := p.decode(kindInteractive, []byte(`{"type":"block_actions","user":{"id":"U1"},"trigger_id":"t","actions":[{"value":"from another age"}]}`), time.Now())
	if err != nil || got.did == nil || got.did.Action.Name != "unknown" {
		t.Errorf("%+v %v", got.did, err)
	}
	got, err = p.decode(kindInteractive, []byte(`{"type":"block_actions","user":{"id":"U1"},"trigger_id":"t","actions":[{"type":"button","action_id":"0:"}]}`), time.Now())
	if err != nil || got.did != nil {
		t.Errorf("a button that opens a page: %+v %v", got.did, err)
	}
}

func TestRevokedByEvent(t *testing.T) {
	for _, mode := range []string{ModeSocket, ModeHTTP} {
		r := newRig(t, mode)
		stop := running(t, r, platformtest.NewDesk())
		r.event(map[string]any{"type": "tokens_revoked", "tokens": map[string]any{"oauth": []string{}, "bot": []string{fakeBot}}})
		until(t, "it says so", func() bool { return !r.h.Platform.(*Platform).Health().Connected })
		if err := stop(); bot.KindOf(err) != bot.ErrUnauthorized {
			t.Errorf("%s: Run ended with %v", mode, err)
		}
	}
}

// FuzzDecode: no payload breaks the decoder.
func FuzzDecode(f *testing.F) {
	f.Add(kindInteractive, []byte(`{"type":"block_actions","actions":[{"value":"claim|1|1|"}],"container":{"is_ephemeral":true},"message":{"channel":{"id":"C"},"user":7}}`))
	f.Add(kindInteractive, []byte(`{"type":"view_submission","view":{"callback_id":"x|1|1|","blocks":[{"type":"input","block_id":"field:a"}],"state":{"values":{"field:a":{"v":{"value":null}}}},"private_metadata":"{"}}`))
	f.Add(kindInteractive, []byte(`{"type":"message_action","callback_id":"make_case","message":{"text":"<@U1> <!date^1^x|y> <https://x|y>"}}`))
	f.Add(kindEvents, []byte(`{"event":{"type":"message","subtype":"message_changed","message":{"edited":{},"ts":"x"}}}`))
	f.Add(kindEvents, []byte(`{"event":{"type":"app_mention","text":"<@U0BOT> claim","user":"U1"}}`))
	f.Add(kindCommand, []byte(`{"text":"inbox"}`))
	p, err := New(Config{BotToken: "x", AppToken: "x"}, slog.New(slog.DiscardHandler), http.DefaultClient, time.Now)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kind string, raw []byte) {
		got, err := p.decode(kind, raw, time.Now())
		if err != nil {
			return
		}
		if got.said != nil {
			p.mention(*got.said)
		}
		if got.did != nil && (got.did.Platform != Name || got.did.Kind == "" || got.did.ID == "") {
			t.Errorf("half an interaction: %+v", got.did)
		}
		if got.view != nil {
			if m, err := got.view.again(map[string]string{"a": "x"}); err == nil {
				_, _ = json.Marshal(m)
			}
		}
	})
}
