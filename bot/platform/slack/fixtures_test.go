package slack

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/platform/platformtest"
)

func plainPlatform(t *testing.T) *Platform {
	t.Helper()
	p, err := New(Config{BotToken: "xoxb-test", AppToken: "xapp-test"}, slog.New(slog.DiscardHandler), http.DefaultClient, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	dir := peer(t, "EARSHOT_SHARED", "the folder with recorded payloads in fixtures/slack")
	raw, err := os.ReadFile(filepath.Join(dir, "fixtures", "slack", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestRecordedPayloads decodes every payload that Slack's own SDK recorded.
func TestRecordedPayloads(t *testing.T) {
	kinds := map[string]string{
		"AppHomeOpenedPayload": kindEvents, "AppMentionPayload": kindEvents, "BlockActionPayload": kindInteractive, "MessageChangedPayload": kindEvents,
		"MessageChannelArchivePayload": kindEvents, "MessageDeletedPayload": kindEvents, "MessagePayload": kindEvents, "MessageShortcutPayload": kindInteractive,
		"ReactionAddedPayload": kindEvents, "SlashCommandPayload": kindCommand, "TokensRevokedPayload": kindEvents, "ViewClosedPayload": kindInteractive, "ViewSubmissionPayload": kindInteractive,
	}
	p := plainPlatform(t)
	for name, kind := range kinds {
		raw := fixture(t, name+".json")
		got, err := p.decode(kind, raw, time.Now())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name == "TokensRevokedPayload" && !got.revoked {
			t.Error("a revoked token is not noticed")
		}
	}
}

// fill gives a recorded payload values where they are blank.
func fill(t *testing.T, name string, change func(m map[string]any)) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(fixture(t, name), &m); err != nil {
		t.Fatal(err)
	}
	change(m)
	return pretty2(m)
}

// TestRecordedPayloadsFilled reads the recorded shapes with real values in them.
func TestRecordedPayloadsFilled(t *testing.T) {
	p := plainPlatform(t)
	press := fill(t, "BlockActionPayload.json", func(m map[string]any) {
		delete(m, "view")
		m["trigger_id"] = "t1"
		m["user"].(map[string]any)["id"] = "U1"
		m["container"].(map[string]any)["channel_id"], m["container"].(map[string]any)["message_ts"] = "C1", "1.2"
		a := m["actions"].([]any)[0].(map[string]any)
		delete(a, "selected_option")
		a["value"] = "claim|1042|3|"
	})
	got, err := p.decode(kindInteractive, press, time.Now())
	if err != nil || got.did == nil || got.did.Action != (bot.ActionID{Name: "claim", Target: 1042, Version: 3}) || got.did.Message != (bot.MessageRef{Channel: "C1", ID: "1.2"}) || got.did.By.ID != "U1" {
		t.Errorf("press: %+v %v", got.did, err)
	}
	said := fill(t, "MessagePayload.json", func(m map[string]any) {
		e := m["event"].(map[string]any)
		e["user"], e["channel"], e["text"], e["ts"] = "U1", "C1", "a &lt;b&gt; <@U2> <https://x.example|x>", "1700000000.000100"
		for _, k := range []string{"bot_id", "edited", "thread_ts"} {
			delete(e, k)
		}
	})
	got, err = p.decode(kindEvents, said, time.Now())
	if err != nil || got.said == nil {
		t.Fatalf("message: %+v %v", got, err)
	}
	if m := p.mention(*got.said); m.Text != "a <b> @U2 x (https://x.example)" || m.ExternalID != "C1:1700000000.000100" || m.CreatedAt.Unix() != 1700000000 {
		t.Errorf("mention: %+v", m)
	}
	own := fill(t, "MessagePayload.json", func(m map[string]any) {
		e := m["event"].(map[string]any)
		e["bot_id"], e["user"], e["channel"], e["ts"] = "B1", "U1", "C1", "1700000000.000100"
	})
	if got, err := p.decode(kindEvents, own, time.Now()); err != nil || got.said != nil {
		t.Errorf("a bot's message: %+v %v", got, err)
	}
}

// paths lists the fields of a JSON value, lists as one.
func paths(v any, at string, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			into[at+"."+k] = true
			paths(inner, at+"."+k, into)
		}
	case []any:
		for _, inner := range v {
			paths(inner, at+"[]", into)
		}
	}
}

// TestFakeEmitsOnlyRecordedFields keeps our fake honest: what it sends has no
// field that Slack's recorded payloads lack.
func TestFakeEmitsOnlyRecordedFields(t *testing.T) {
	known := map[string]map[string]bool{}
	for kind, name := range map[string]string{"block_actions": "BlockActionPayload", "view_submission": "ViewSubmissionPayload", "message_action": "MessageShortcutPayload", "/voc": "SlashCommandPayload",
		"app_mention": "AppMentionPayload", "message": "MessagePayload", "message_changed": "MessageChangedPayload", "message_deleted": "MessageDeletedPayload", "view": "api.views.open"} {
		var v any
		if err := json.Unmarshal(fixture(t, name+".json"), &v); err != nil {
			t.Fatal(err)
		}
		known[kind] = map[string]bool{}
		paths(v, "", known[kind])
	}
	r := everything(t)
	for _, d := range r.sent {
		kind := orElse(str(d.payload["type"]), str(d.payload["command"]))
		if e, ok := d.payload["event"].(map[string]any); ok {
			kind = orElse(str(e["subtype"]), str(e["type"]))
		}
		var v any
		if err := json.Unmarshal(pretty2(d.payload), &v); err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		paths(v, "", got)
		for path := range got {
			if !known[kind][path] && !open(path, known["view"]) {
				t.Errorf("%s has %s, which Slack never sent", kind, path)
			}
		}
	}
}

// open tells whether a field is of a form: its blocks are recorded with the
// answers of views.open, and its state is an open map.
func open(path string, view map[string]bool) bool {
	return strings.HasPrefix(path, ".view.state.") || strings.HasPrefix(path, ".view.blocks") || view[path]
}

// everything does one of each act.
func everything(t *testing.T) *rig {
	r := newRig(t, ModeHTTP)
	desk := platformtest.NewDesk()
	running(t, r, desk)
	ann := r.h.People[0]
	ref, err := r.h.Platform.Post(t.Context(), bot.Outgoing{Key: "earshot-1", Channel: "#support", View: platformtest.CaseView()})
	if err != nil {
		t.Fatal(err)
	}
	card := r.seen(bot.MessageRef{Channel: ref.Channel})[0]
	form, preview := platformtest.ReplyForm("Hello"), platformtest.Preview("Hello")
	desk.Answer(bot.Answer{Form: &form})
	r.press(ann, card, "Reply")
	until(t, "a form", func() bool { _, ok := r.form(ann); return ok })
	desk.Answer(bot.Answer{Form: &preview})
	r.submit(ann, map[string]string{"text": "Hello", "way": "public"})
	r.back(ann)
	desk.Answer(bot.Answer{})
	r.choose(ann, card, "More", "Show history")
	r.command(ann, "inbox")
	r.mention(ann, ref, "claim")
	r.share(ann, "It smells")
	id := r.say("hilda", "It smells")
	r.rewrite(id, "It does not")
	r.remove(id)
	return r
}

// running runs the rig's platform until the test ends.
func running(t *testing.T, r *rig, desk bot.Desk) (stop func() error) {
	t.Helper()
	ctx, cancel := contextOf(t)
	done := make(chan error, 1)
	go func() { done <- r.h.Platform.Run(ctx, desk) }()
	var err error
	ended := false
	stop = func() error {
		if !ended {
			ended = true
			cancel()
			err = <-done
		}
		return err
	}
	t.Cleanup(func() { _ = stop() })
	ready, quit := contextFor(t, 5*time.Second)
	defer quit()
	if err := r.ready(ready); err != nil {
		t.Fatal(err)
	}
	return stop
}

// TestRecordedAnswers keeps our fake's answers to fields that were recorded.
func TestRecordedAnswers(t *testing.T) {
	r := newRig(t, ModeSocket)
	r.mu.Lock()
	defer r.mu.Unlock()
	for method, args := range map[string]map[string][]string{
		"auth.test": nil, "apps.connections.open": nil, "conversations.info": {"channel": {"C0SUPPORT"}}, "users.info": {"user": {"U0ANN"}},
		"usergroups.users.list": {"usergroup": {"S0AGENTS"}}, "files.getUploadURLExternal": nil,
	} {
		var recorded any
		if err := json.Unmarshal(fixture(t, "api."+method+".json"), &recorded); err != nil {
			t.Fatal(err)
		}
		known, got := map[string]bool{}, map[string]bool{}
		paths(recorded, "", known)
		var v any
		if err := json.Unmarshal(pretty2(r.call(method, args)), &v); err != nil {
			t.Fatal(err)
		}
		paths(v, "", got)
		for path := range got {
			if !known[path] {
				t.Errorf("%s answers %s, which Slack never did (it knows %d)", method, path, len(known))
			}
		}
		if !slices.Contains([]any{true}, r.call(method, args)["ok"]) {
			t.Errorf("%s failed", method)
		}
	}
}
