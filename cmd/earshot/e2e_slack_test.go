package main

import (
	"net/http"
	"strings"
	"testing"
)

const slackYAML = `
company: Larkspur
database: {path: DIR/earshot.db}
console: {enabled: true, addr: "127.0.0.1:0"}
http: {addr: "127.0.0.1:0"}
slack: {bot_token: xoxb-test, app_token: xapp-test, api_url: "SLACK/api/"}
log: {json: true}
watches:
  - {name: Larkspur, terms: [larkspur]}
sources:
  - {name: hooks, kind: webhook, secret: "` + secret + `", watch: Larkspur}
  - {name: customers, kind: community, platform: slack, channels: [` + customerChannel + `], watch: Larkspur}
routes:
  - {name: Support, watches: [Larkspur], to: [{slack: "#support", console: support}]}
people:
  roles: {agent: ["slack:U0ANN", "slack:U0BOB", "console:ana"]}
replies: {undo_for: 3s}
`

// TestRunOnSlack: one case stands in Slack and in the console; what is done in
// one is seen in the other.
func TestRunOnSlack(t *testing.T) {
	w := newWorkspace(t)
	h := newHouse(t, strings.ReplaceAll(slackYAML, "SLACK", w.srv.URL))
	p := h.start()
	ana := open(t, p.console(), "ana")
	operator := open(t, p.console(), "you")
	waitReady(t, p.http())
	if status, said := post(t, p.http(), map[string]any{"id": "w1", "text": "Larkspur <!channel> ruined my *day*, @everyone. Terrible & awful.", "author": "emil"}); status != http.StatusOK {
		t.Fatalf("the webhook answered %d: %s", status, said)
	}
	card := w.card("ruined my", "nobody has it")
	if strings.Contains(card.blocks, "<!channel>") || strings.Contains(card.text, "<!channel>") {
		t.Errorf("the card wakes the channel: %s", card.blocks)
	}
	ana.card("support", "ruined my *day*", "nobody has it")
	t.Run("claim", func(t *testing.T) { claimInSlack(t, w, ana, card) })

	c := operator.card("support", "ruined my", "ann has it")
	operator.submit(operator.press(c.button(t, "Resolve"), c), map[string]string{"cause": "bad day", "action": "flowers"})
	now := w.card("Resolved: bad day, flowers")
	if now.ts != card.ts || now.edits == 0 {
		t.Errorf("the card was not edited in place: %+v", now)
	}
	t.Run("reply", func(t *testing.T) { replyFromConsole(t, w, ana) })
	if cards := w.in(supportChannel, ""); len(cards) != 2 {
		t.Errorf("two cases stand as %d cards in Slack", len(cards))
	}
	p.stop()
	if errs := p.errors(); len(errs) > 0 {
		t.Errorf("it logged errors:\n%s", strings.Join(errs, "\n"))
	}
}

// claimInSlack: a press that Slack delivers twice is one claim, and who comes
// second is told so alone.
func claimInSlack(t *testing.T, w *workspace, ana *browser, card slackPost) {
	press := w.pressing("U0ANN", card, "Claim")
	for range 2 {
		if err := w.deliver(t.Context(), "interactive", press); err != nil {
			t.Fatal(err)
		}
	}
	w.card("ruined my", "has it")
	c := ana.card("support", "ruined my", "ann has it")
	if err := w.deliver(t.Context(), "interactive", w.pressing("U0BOB", card, "Claim")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "Bob being told", func() bool { return strings.Contains(w.told("U0BOB"), "ann") })
	if said := w.told("U0ANN"); said != "" {
		t.Errorf("Ann was told %q", said)
	}
	eventually(t, "a line in both threads", func() bool {
		return len(w.in(supportChannel, card.ts)) > 0 && len(ana.thread("support", c)) > 0
	})
	if a, b := len(w.in(supportChannel, card.ts)), len(ana.thread("support", c)); a != 1 || b != 1 {
		t.Errorf("one claim is %d lines in Slack's thread and %d in the console's", a, b)
	}
}

// replyFromConsole answers a customer in Slack from the console: form, preview,
// queue, undo; then it goes out, once.
func replyFromConsole(t *testing.T, w *workspace, ana *browser) {
	ts, err := w.say(t.Context(), "U0HILDA", "Larkspur broke again. This is awful, I hate it.")
	if err != nil {
		t.Fatal(err)
	}
	w.card("broke again")
	c := ana.card("support", "broke again")
	ana.press(c.button(t, "Claim"), c)
	c = ana.card("support", "broke again", "ana has it")
	form := ana.press(c.button(t, "Reply"), c)
	if !strings.Contains(form.words, "Public reply in the thread on Slack") || !strings.Contains(form.words, "everybody can read it") {
		t.Errorf("the form does not say where it goes: %q", form.words)
	}
	const words = "Hi Hilda, sorry! A new one is on its way. <!here> & best"
	preview := ana.submit(form, map[string]string{"text": words})
	if !strings.Contains(preview.words, words) || !strings.Contains(preview.words, "Send in 3 s") {
		t.Errorf("the preview says %q", preview.words)
	}
	queued := ana.submit(preview, nil)
	note := read(queued.node)
	if undone := ana.press(note.button(t, "Undo"), c); !strings.Contains(undone.words, "Taken back") {
		t.Fatalf("undo said %q", undone.words)
	}
	form = ana.press(c.button(t, "Reply"), c)
	if !strings.Contains(form.HTML, "A new one is on its way") {
		t.Errorf("the text was not kept: %q", form.words)
	}
	if sent := ana.submit(ana.submit(form, nil), nil); !strings.Contains(sent.words, "goes out") {
		t.Fatalf("send said %q", sent.words)
	}
	eventually(t, "the reply in the customer's thread", func() bool { return len(w.in(customerChannel, ts)) > 0 })
	ana.card("support", "broke again", "Answered in")
	w.card("broke again", "Answered in")
	got := w.in(customerChannel, ts)
	if len(got) != 1 || !strings.Contains(got[0].shown(), "A new one is on its way") || strings.Contains(got[0].text, "<!here>") {
		t.Errorf("the customer got %+v", got)
	}
	for _, post := range w.in(customerChannel, "") {
		if post.user == slackBot {
			t.Errorf("beside the thread stands %q", post.text)
		}
	}
}
