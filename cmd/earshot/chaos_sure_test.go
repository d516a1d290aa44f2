package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// What is rare in a short run and must not be left to the dice: a letter that is
// answered, and a card that somebody acts on before the bot knows that it stands.

// sureAnswers is how many cards of a channel stand for certain without the bot
// being told so.
const sureAnswers = 3

// helpers is how many people there are of each kind that only this does.
const helpers = 60

func clerk(i int) string   { return fmt.Sprintf("U0CLERK%d", i) }
func witness(i int) string { return fmt.Sprintf("U0WITNESS%d", i) }
func target(i int) string  { return fmt.Sprintf("U0TARGET%d", i) }

// lostCards counts the cards whose posting was not answered, and holds those
// that nobody has acted on yet.
type lostCards struct {
	count map[string]int // by channel; guarded by the weather's mu
	seen  chan slackPost
}

// isCard tells whether a call posts a card.
func isCard(r *http.Request) bool {
	channel := r.FormValue("channel")
	return strings.HasSuffix(r.URL.Path, "chat.postMessage") && r.FormValue("thread_ts") == "" && (channel == supportChannel || channel == deskChannel)
}

// losesCard tells whether the answer to the posting of a card is lost now: to the
// first ones for certain, to others now and then. w.mu is held.
func (w *weather) losesCard(channel string) bool {
	if w.dice == nil || w.lost.count[channel] >= sureAnswers && w.dice.IntN(12) > 0 {
		return false
	}
	w.lost.count[channel]++
	w.happened["slack cards without an answer"]++
	return true
}

// witnessed hands a card that stands, and of which the bot does not know, to
// somebody who acts on it at once.
func (w *weather) witnessed(channel string) {
	posts := w.c.slack.in(channel, "")
	for i := len(posts) - 1; i >= 0; i-- {
		if posts[i].user == slackBot {
			select {
			case w.lost.seen <- posts[i]:
			default: // all of them are busy
			}
			return
		}
	}
}

// witnesses act on cards that the bot does not know to stand, before it looks:
// what they change must reach that card, and no second one.
func (c *chaos) witnesses(ctx context.Context, hand func(func())) {
	for n := 0; n < helpers; n++ {
		var p slackPost
		select {
		case <-ctx.Done():
			return
		case p = <-c.net.lost.seen:
		}
		card, ok := withButton(p, "Claim")
		if !ok {
			continue
		}
		verb, kind, did := "claim", "interactive", c.slack.press(witness(n), card)
		if n%2 == 1 {
			verb, kind, did = "dismiss", "slash_commands", c.slack.command(witness(n), fmt.Sprintf("dismiss %d spam", card.button.Target))
		}
		d := c.deeds.begin(witness(n), verb, card.button.Target)
		hand(func() {
			within, cancel := context.WithTimeout(c.t.Context(), 60*time.Second)
			defer cancel()
			if c.slack.deliver(within, kind, did) == nil {
				c.deeds.done(d)
			}
		})
	}
}

// targets escalate cases, each by one command. Every second one comes once and is
// shot at in the instant in which it is acknowledged; the others come twice.
func (c *chaos) targets(ctx context.Context, dice *rand.Rand, hand func(func())) {
	n := 0
	every(ctx, dice, 1500*time.Millisecond, func() {
		card, ok := c.slackCard(dice, "Escalate")
		if !ok || n == helpers {
			return
		}
		d := c.deeds.begin(target(n), "escalate", card.button.Target)
		typed, twice := c.slack.command(d.who, fmt.Sprintf("escalate %d %s", d.caseID, d.token)), n%2 == 1
		n++
		hand(func() {
			within, cancel := context.WithTimeout(c.t.Context(), 60*time.Second)
			defer cancel()
			if !twice {
				c.sniper.waits()
			}
			if c.slack.deliver(within, "slash_commands", typed) == nil {
				c.deeds.done(d)
			}
			if twice {
				_ = c.slack.deliver(within, "slash_commands", typed)
			}
		})
	})
}

// shows waits a while until a card has a button, or has it no more.
func (w *workspace) shows(ctx context.Context, card slackPost, label string, has bool) {
	for until := time.Now().Add(6 * time.Second); time.Now().Before(until) && ctx.Err() == nil; pause(ctx, 50*time.Millisecond) {
		for _, p := range w.in(card.channel, "") {
			if _, ok := withButton(p, label); p.ts == card.ts && ok == has {
				return
			}
		}
	}
}

// answersLetters is a clerk who answers letters of a mailbox until one was sent,
// so that each mailbox has one, however short the run. Without a letter by the
// end of the run there is none to answer.
func (c *chaos) answersLetters(ctx context.Context, b *mailbox, first int) {
	for n := first; n < first+helpers/2 && c.mail.triesOf(b) == 0; {
		pause(ctx, 300*time.Millisecond)
		card, ok := c.letterCard(b)
		if !ok && ctx.Err() != nil {
			return
		}
		if !ok {
			continue
		}
		d := c.deeds.begin(clerk(n), "reply", card.button.Target)
		n++
		within, cancel := context.WithTimeout(c.t.Context(), 30*time.Second)
		c.slackReply(within, d, card)
		for until := time.Now().Add(5 * time.Second); d.acked && c.mail.triesOf(b) == 0 && time.Now().Before(until); {
			pause(within, 50*time.Millisecond)
		}
		cancel()
	}
}

// letterCard is the latest card of a letter of a mailbox that can be answered.
func (c *chaos) letterCard(b *mailbox) (slackCard, bool) {
	said, posts := c.said.all(), c.slack.in(supportChannel, "")
	for i := len(posts) - 1; i >= 0; i-- {
		if n, ok := numbered(posts[i].shown()); !ok || said[n].source != b.name {
			continue
		}
		if card, ok := withButton(posts[i], "Reply"); ok {
			return card, true
		}
	}
	return slackCard{}, false
}
