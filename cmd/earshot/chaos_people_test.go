package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"earshot/bot"
)

// deed is one thing that one person did, once: nobody does a second.
type deed struct {
	who, verb string
	token     string // stands in what the deed leaves behind
	caseID    int64
	replyID   int64 // of the text whose sending was asked for; 0 before
	acked     bool  // the click that counts was acknowledged
	tries     int   // how often it was done anew because nothing came back: where nothing is delivered twice
}

type deeds struct {
	mu     sync.Mutex
	all    []*deed
	claims atomic.Int64 // in Slack
}

// begin writes a deed down.
func (d *deeds) begin(who, verb string, caseID int64) *deed {
	d.mu.Lock()
	defer d.mu.Unlock()
	one := &deed{who: who, verb: verb, caseID: caseID}
	one.token = fmt.Sprintf("INTERNAL%s%dx", verb, len(d.all))
	if verb == "reply" {
		one.token = fmt.Sprintf("REPLY%dx", len(d.all))
	}
	d.all = append(d.all, one)
	return one
}

// done notes that the click was acknowledged.
func (d *deeds) done(one *deed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	one.acked = true
}

// String says how many of each deed were begun and acknowledged.
func (d *deeds) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	begun, acked := map[string]int{}, map[string]int{}
	for _, one := range d.all {
		begun[one.verb]++
		if one.acked {
			acked[one.verb]++
		}
	}
	var all []string
	for verb, n := range begun {
		all = append(all, fmt.Sprintf("%s=%d/%d", verb, acked[verb], n))
	}
	slices.Sort(all)
	return "deeds: " + strings.Join(all, " ")
}

// How many people there are: more than can act in the run.
func slackPeople(p plan) int     { return 40 + 5*p.kills }
func discordPeople(p plan) int   { return 40 + 4*p.kills }
func slackPerson(i int) string   { return fmt.Sprintf("U0P%d", i) }
func discordPerson(i int) string { return fmt.Sprintf("7100000000000%05d", i) }

// responder: every fifth person may write but not send.
func isResponder(i int) bool { return i%5 == 4 }

// roster lists agents and responders for the configuration.
func roster(p plan) (agents, responders string) {
	var a, r []string
	for i := range slackPeople(p) {
		who := `"slack:` + slackPerson(i) + `"`
		if isResponder(i) {
			r = append(r, who)
		} else {
			a = append(a, who)
		}
	}
	for i := range helpers {
		a = append(a, `"slack:`+clerk(i)+`"`, `"slack:`+witness(i)+`"`, `"slack:`+target(i)+`"`)
	}
	return strings.Join(a, ", "), strings.Join(r, ", ")
}

// people has the team at work until ctx ends; whoever began ends what they do.
func (c *chaos) people(ctx context.Context, wg *sync.WaitGroup) {
	for i, b := range c.mail.boxes {
		wg.Go(func() { c.answersLetters(ctx, b, i*helpers/2) })
	}
	wg.Go(func() { c.witnesses(ctx, wg.Go) })
	wg.Go(func() { c.targets(ctx, c.dice(diceTargets), wg.Go) })
	dice := c.dice(dicePeople)
	atWork := make(chan struct{}, 6)
	wg.Go(func() {
		n, m := 0, 0
		every(ctx, dice, 260*time.Millisecond, func() {
			mine := rand.New(rand.NewPCG(dice.Uint64(), 1))
			var work func()
			if dice.IntN(3) > 0 && n < slackPeople(c.plan) {
				who := n
				n, work = n+1, func() { c.slackPerson(slackPerson(who), isResponder(who), mine) }
			} else if m < discordPeople(c.plan) {
				who := m
				m, work = m+1, func() { c.discordPerson(discordPerson(who), mine) }
			} else {
				return
			}
			select {
			case atWork <- struct{}{}:
				wg.Go(func() { work(); <-atWork })
			default: // all hands are busy
			}
		})
	})
}

// slackPerson does one thing to one card.
func (c *chaos) slackPerson(who string, responder bool, dice *rand.Rand) {
	verbs := []string{"claim", "claim", "claim", "reply", "reply", "reply", "escalate", "resolve", "chatter"}
	verb := verbs[dice.IntN(len(verbs))]
	if responder {
		verb = "reply"
	}
	labels := map[string]string{"claim": "Claim", "reply": "Reply", "escalate": "Escalate", "resolve": "Resolve", "chatter": "Reply"}
	card, ok := c.slackCard(dice, labels[verb])
	if !ok {
		return
	}
	d := c.deeds.begin(who, verb, card.button.Target)
	ctx, cancel := context.WithTimeout(c.t.Context(), 60*time.Second)
	defer cancel()
	switch verb {
	case "claim":
		c.slackClaim(ctx, d, card, dice)
	case "chatter":
		c.slackChatter(ctx, d, card)
	case "reply":
		c.slackReply(ctx, d, card)
	case "escalate":
		c.slackForm(ctx, d, card, map[string]string{"reason": d.token})
	case "resolve":
		c.slackForm(ctx, d, card, map[string]string{"cause": d.token, "action": "flowers"})
	}
}

// slackClaim presses Claim; now and then twice, and Slack delivers some clicks
// twice by itself.
func (c *chaos) slackClaim(ctx context.Context, d *deed, card slackCard, dice *rand.Rand) {
	press := c.slack.press(d.who, card)
	for range 1 + dice.IntN(4)/2 {
		if c.slack.deliver(ctx, "interactive", press) == nil {
			c.deeds.done(d)
		}
	}
	switch c.deeds.claims.Add(1) % 3 {
	case 0:
		_ = c.slack.deliver(ctx, "interactive", c.slack.press(d.who, card)) // a second click is a second claim, refused
	case 1: // who lets go of it must not get it back by a click that Slack delivers once more
		c.slack.shows(ctx, card.post, "Claim", false)
		_ = c.slack.deliver(ctx, "slash_commands", c.slack.command(d.who, fmt.Sprintf("release %d", d.caseID)))
		c.slack.shows(ctx, card.post, "Claim", true)
		_ = c.slack.deliver(ctx, "interactive", press)
	}
}

// slackChatter types among the team, below a card.
func (c *chaos) slackChatter(ctx context.Context, d *deed, card slackCard) {
	c.slack.mu.Lock()
	ts := c.slack.ts()
	c.slack.mu.Unlock()
	_ = c.slack.deliver(ctx, "events_api", map[string]any{"type": "event_callback", "event_id": "Ev" + ts, "team_id": "T0",
		"event": map[string]any{"type": "message", "user": d.who, "text": d.token + " this customer is a pain", "ts": ts, "event_ts": ts,
			"thread_ts": card.post.ts, "channel": card.post.channel, "channel_type": "channel", "team": "T0"}})
}

// slackForm presses, waits for the form, and sends it filled in.
func (c *chaos) slackForm(ctx context.Context, d *deed, card slackCard, values map[string]string) {
	view := c.slackOpens(ctx, d.who, card)
	if view == nil {
		return
	}
	sent := c.slack.submission(d.who, view, values)
	if _, err := c.slack.ask(ctx, "interactive", sent); err == nil {
		c.deeds.done(d)
		_ = c.slack.deliver(ctx, "interactive", sent) // as Slack does when it did not hear that it was taken
	}
}

// slackReply writes a reply, reads the preview, and sends it. When Earshot is
// killed in between, the person begins again, as people do.
func (c *chaos) slackReply(ctx context.Context, d *deed, card slackCard) {
	words := d.words()
	for range 4 {
		view := c.slackOpens(ctx, d.who, card)
		if view == nil {
			return
		}
		if name := formName(view); name != "reply.preview" {
			return // it moved on: there is nothing to write any more
		}
		preview := c.slackAnswers(ctx, view, c.slack.submission(d.who, view, map[string]string{"text": words}))
		if preview == nil || formName(preview) != "reply.send" {
			continue
		}
		d.replyID = formAction(preview).Target
		if _, err := c.slack.ask(ctx, "interactive", c.slack.submission(d.who, preview, nil)); err == nil {
			c.deeds.done(d)
		}
		return
	}
}

// words are what a reply says to the customer.
func (d *deed) words() string {
	return fmt.Sprintf("Hello, we are sorry and look into it. Yours, %s", d.token)
}

// slackOpens presses a button until a form opens; nil when none does.
func (c *chaos) slackOpens(ctx context.Context, who string, card slackCard) map[string]any {
	for range 6 {
		press := c.slack.press(who, card)
		trigger, _ := press["trigger_id"].(string)
		if c.slack.deliver(ctx, "interactive", press) != nil {
			return nil
		}
		if view := c.slack.modal(ctx, trigger, 2*time.Second); view != nil {
			return view
		}
	}
	return nil
}

// slackAnswers sends a form and gives the one that takes its place.
func (c *chaos) slackAnswers(ctx context.Context, view map[string]any, submission map[string]any) map[string]any {
	raw, err := c.slack.ask(ctx, "interactive", submission)
	if err != nil {
		return nil
	}
	var answer struct {
		Action string         `json:"response_action"`
		View   map[string]any `json:"view"`
	}
	if json.Unmarshal(raw, &answer) != nil || answer.Action != "update" {
		return nil
	}
	id, _ := view["id"].(string)
	answer.View["id"] = id
	if formName(answer.View) == "" { // one moment
		return c.slack.modal(ctx, strings.TrimPrefix(id, "V"), 3*time.Second)
	}
	return answer.View
}

// boss approves what waits for approval.
func (c *chaos) boss(ctx context.Context, dice *rand.Rand) {
	every(ctx, dice, 700*time.Millisecond, func() {
		card, ok := c.slackCard(dice, "Approve")
		if !ok {
			return
		}
		within, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		if view := c.slackOpens(within, "U0BOSS", card); view != nil {
			_, _ = c.slack.ask(within, "interactive", c.slack.submission("U0BOSS", view, nil)) // the card tells
		}
	})
}

// retryParked is the admin reading /voc deliveries and pressing Try again.
func (c *chaos) retryParked() {
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	c.slack.mu.Lock()
	before := len(c.slack.posts)
	c.slack.mu.Unlock()
	if c.slack.deliver(ctx, "slash_commands", c.slack.command("U0ADMIN", "deliveries")) != nil {
		return
	}
	var list *slackPost
	for until := time.Now().Add(5 * time.Second); list == nil && time.Now().Before(until) && ctx.Err() == nil; {
		c.slack.mu.Lock()
		if i := slices.IndexFunc(c.slack.posts[before:], func(p *slackPost) bool { return p.only == "U0ADMIN" && strings.Contains(p.blocks, "delivery.again") }); i >= 0 {
			copied := *c.slack.posts[before+i]
			list = &copied
		}
		c.slack.mu.Unlock()
		pause(ctx, 50*time.Millisecond)
	}
	if list == nil {
		return
	}
	for _, b := range buttonsOf(list.blocks) {
		if b.Name == "delivery.again" {
			_ = c.slack.deliver(ctx, "interactive", c.slack.press("U0ADMIN", slackCard{post: *list, button: b, private: true})) // the next list tells
		}
	}
}

// settleReply is the admin who looks whether a parked reply has arrived, and
// says so on the card of its case.
func (c *chaos) settleReply(r bot.Reply) {
	name := "reply.again"
	for _, text := range c.answers() {
		if strings.Contains(plainWords(text), plainWords(r.Text)) {
			name = "reply.arrived"
		}
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	for _, channel := range []string{supportChannel, deskChannel} {
		for _, p := range c.slack.in(channel, "") {
			for _, b := range buttonsOf(p.blocks) {
				if b.Name == name && b.Target == r.ID {
					_ = c.slack.deliver(ctx, "interactive", c.slack.press("U0ADMIN", slackCard{post: p, button: b})) // the card tells
				}
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
