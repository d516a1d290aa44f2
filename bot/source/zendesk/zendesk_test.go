package zendesk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

// TestAConversation: agents are staff, internal notes stay where they are, and
// each comment answers the public one before it.
func TestAConversation(t *testing.T) {
	d := newDesk(t)
	h := d.say(0, "My kettle leaks", "Ann", now().Add(-time.Hour))
	d.say(h.id(), "She always complains", "Lea", now().Add(-50*time.Minute))
	h.comments[1]["public"] = false
	d.say(h.id(), "Sorry! A new one is on its way.", "Lea", now().Add(-40*time.Minute))
	d.say(h.id(), "Thank you", "Ann", now().Add(-30*time.Minute))
	h.comments[0]["attachments"] = []any{map[string]any{"file_name": "leak.jpg", "content_url": "https://desk.example/a.jpg", "content_type": "image/jpeg"}}
	src := must(t, d)
	got, c := sourcetest.Poll(t, src, "")
	if len(got) != 3 {
		t.Fatalf("read %+v", got)
	}
	first, answer, thanks := got[0], got[1], got[2]
	if first.Title != "Kettle" || first.Author.Email != "person1@example.com" || first.Author.Staff || !first.Private || first.ParentID != "" ||
		first.Attrs["priority"] != "high" || first.Attrs["channel"] != "email" || len(first.Media) != 1 || first.Media[0].Type != "image" || !strings.HasSuffix(first.URL, "/agent/tickets/1001") {
		t.Errorf("read as %+v", first)
	}
	if !answer.Author.Staff || answer.ParentID != first.ExternalID || thanks.ParentID != answer.ExternalID || thanks.Title != "" {
		t.Errorf("answered as %+v, %+v", answer, thanks)
	}
	d.say(h.id(), "It leaks again", "Ann", now())
	if got, c = sourcetest.Poll(t, src, c); len(got) != 1 || got[0].Text != "It leaks again" || got[0].ParentID != thanks.ExternalID {
		t.Errorf("then came %+v", got)
	}
	h.comments[0]["plain_body"] = "My kettle ▇▇▇▇"
	d.changed = append(d.changed, h.id())
	if got, c = sourcetest.Poll(t, src, c); len(got) != 1 || got[0].EditedAt.IsZero() || got[0].ExternalID != first.ExternalID {
		t.Errorf("redacted as %+v", got)
	}
	h.ticket["status"] = "deleted"
	d.changed = append(d.changed, h.id())
	if got, _ = sourcetest.Poll(t, src, c); len(got) != 4 || !got[0].Deleted || !got[3].Deleted {
		t.Errorf("deleted as %+v", got)
	}
}

// TestTheLimitIsLeftToOthers: when few requests are left, the rest waits for the
// next read, and nothing is skipped.
func TestTheLimitIsLeftToOthers(t *testing.T) {
	d := newDesk(t)
	for range 6 {
		d.say(0, "My kettle leaks", "Ann", now().Add(-time.Hour))
	}
	src := must(t, d)
	d.left = spare
	b, err := src.Poll(t.Context(), "")
	if err != nil || len(b.Mentions) != 0 || b.More {
		t.Fatalf("with nothing left: %d mentions, %v, %v", len(b.Mentions), b.More, err)
	}
	d.left = 500
	if got, _ := sourcetest.Poll(t, src, b.Next); len(got) != 6 {
		t.Errorf("%d of 6 came", len(got))
	}
}

func TestAnswersAndTickets(t *testing.T) {
	for _, name := range []string{wayReply, wayNote, wayTicket} {
		for _, blind := range []bool{false, true} {
			d := newDesk(t)
			h := d.say(0, "My kettle leaks", "Ann", now())
			src := must(t, d)
			got, _ := sourcetest.Poll(t, src, "")
			m := got[0]
			ways := src.Ways(m)
			if len(ways) != 2 || ways[0].Internal || !ways[1].Internal || ways[0].Public {
				t.Fatalf("ways %+v", ways)
			}
			ticket, on := src.TicketWay()
			if !on || !ticket.Internal || ticket.Source == "" {
				t.Fatalf("a ticket's way is %+v, %v", ticket, on)
			}
			r := bot.Reply{ID: 5, CaseID: 42, Way: append(ways, ticket)[slices.Index([]string{wayReply, wayNote, wayTicket}, name)], Text: "Sorry!", CreatedAt: now()}
			if _, there, err := src.FindAnswer(t.Context(), m, r); there || err != nil {
				t.Fatalf("%s: found before it was sent: %v", name, err)
			}
			d.Set(func() { d.lose, d.blind = true, blind })
			if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUncertain {
				t.Fatalf("%s: a lost answer is %v", name, err)
			}
			d.Set(func() { d.lose = false })
			if at, there, err := src.FindAnswer(t.Context(), m, r); err != nil || !there || at.ExternalID == "" || at.URL == "" {
				t.Errorf("%s: it is not found: %v", name, err)
			}
			said := h.comments[len(h.comments)-1]
			if name != wayTicket && (len(d.tickets) != 1 || len(h.comments) != 2 || said["public"] != (name == wayReply)) {
				t.Errorf("%s: the ticket holds %+v", name, h.comments)
			}
			if name == wayTicket && (len(d.tickets) != 2 || d.tickets[1].ticket["external_id"] != r.Key() || d.tickets[1].ticket["subject"] != "Case 42: Kettle My kettle leaks") {
				t.Errorf("opened %+v", d.tickets[len(d.tickets)-1].ticket)
			}
			if at, err := src.Answer(t.Context(), m, r); err != nil || at.ExternalID == "" {
				t.Errorf("%s: %+v, %v", name, at, err)
			}
		}
	}
}

func TestFollow(t *testing.T) {
	d := newDesk(t)
	h := d.say(0, "My kettle leaks", "Ann", now())
	src := must(t, d)
	got, _ := sourcetest.Poll(t, src, "")
	r := bot.Reply{ID: 5, Way: src.Ways(got[0])[0], Text: "Sorry!"}
	at, err := src.Answer(t.Context(), got[0], r)
	if err != nil {
		t.Fatal(err)
	}
	d.say(h.id(), "Thanks!", "Ann", now())
	h.ticket["status"], h.ticket["satisfaction_rating"] = "solved", map[string]any{"score": "good"}
	if a, err := src.Follow(t.Context(), got[0], at); err != nil || a != (bot.Aftermath{Answers: 1, State: "solved, rated good"}) {
		t.Errorf("%+v, %v", a, err)
	}
	h.ticket["status"] = "deleted"
	if a, err := src.Follow(t.Context(), got[0], at); err != nil || !a.Gone {
		t.Errorf("%+v, %v", a, err)
	}
}

func hook(t *testing.T, h Hooked, body string, at time.Time, secret string) int {
	t.Helper()
	stamp := at.Format(time.RFC3339)
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(stamp + body))
	r := httptest.NewRequest(http.MethodPost, h.Path(), strings.NewReader(body))
	r.Header.Set("X-Zendesk-Webhook-Signature-Timestamp", stamp)
	r.Header.Set("X-Zendesk-Webhook-Signature", base64.StdEncoding.EncodeToString(sum.Sum(nil)))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// TestTheWebhookBringsNewsAtOnce: what the export does not give yet is read.
func TestTheWebhookBringsNewsAtOnce(t *testing.T) {
	const secret = "a-signing-secret-of-zendesk"
	d := newDesk(t)
	set := settings(d)
	set.Secret = secret
	h := open(t, set).(Hooked)
	_, c := sourcetest.Poll(t, h, "")
	made := d.say(0, "My kettle leaks", "Ann", now())
	d.changed = nil // within the minute that the export leaves out
	const body = `{"type":"zen:event-type:ticket.comment_added","detail":{"id":"1001"}}`
	for name, code := range map[string]int{
		"old": hook(t, h, body, now().Add(-6*time.Minute), secret), "early": hook(t, h, body, now().Add(6*time.Minute), secret), "forged": hook(t, h, body, now(), "another-secret-than-ours"),
	} {
		if code != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, code)
		}
	}
	select {
	case <-h.Nudge():
		t.Error("a forged request made us look")
	default:
	}
	if code := hook(t, h, body, now(), secret); code != http.StatusOK || made.id() != 1001 {
		t.Fatalf("%d for ticket %d", code, made.id())
	}
	<-h.Nudge()
	got, c := sourcetest.Poll(t, h, c)
	if len(got) != 1 || got[0].Text != "My kettle leaks" {
		t.Fatalf("read %+v", got)
	}
	d.changed = []int64{1001}
	if got, _ := sourcetest.Poll(t, h, c); len(got) != 0 {
		t.Errorf("the export brought it again: %+v", got)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	for name, set := range map[string]Settings{
		"no server": {Token: "t"}, "no token": {Server: "https://x.example"}, "history": {Server: "https://x.example", Token: "t", History: -1},
		"secret": {Server: "https://x.example", Token: "t", Secret: "short"}, "path": {Server: "https://x.example", Token: "t", Path: "hooks"},
	} {
		if _, err := sourcetest.Open(t, Driver(), set, bot.SourceEnv{Now: now}); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheck(t *testing.T) {
	d := newDesk(t)
	src := must(t, d)
	for role, well := range map[string]bool{"admin": true, "agent": false} {
		d.Set(func() { d.role = role })
		if got := src.Check(t.Context()); len(got) != 1 || got[0].OK != well || well == (got[0].Mend != "") {
			t.Errorf("%s: %+v", role, got)
		}
	}
	set := settings(d)
	set.Token = "another"
	if got := open(t, set).(*Source).Check(t.Context()); len(got) != 1 || got[0].OK || !strings.Contains(got[0].Mend, "Admin Center") {
		t.Errorf("a wrong token: %+v", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"id":1,"author_id":2,"plain_body":"x","public":true,"created_at":"2026-03-09T12:00:00Z","attachments":[{"content_url":"javascript:x"}]}`, `{"detail":{"id":"12"}}`)
	f.Add(`{"id":"1"}`, `{"detail":{"id":-1}}`)
	f.Fuzz(func(t *testing.T, raw, event string) {
		src := open(t, Settings{Server: "https://desk.example", Token: "t"}).(*Source)
		if m, _, err := src.mention(ticket{ID: 1, Subject: event}, readComment(json.RawMessage(raw)), ""); err == nil {
			sourcetest.Sound(t, m)
		} else if bot.KindOf(err) != bot.ErrInvalid {
			t.Fatal(err)
		}
		for _, id := range ticketOf([]byte(event)) {
			if id <= 0 {
				t.Fatal(id)
			}
		}
	})
}
