package main

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/platform/discord/discordtest"
)

// discordPerson does one thing to one card in Discord, again until Discord
// says that it was taken: nothing is delivered twice there.
func (c *chaos) discordPerson(who string, dice *rand.Rand) {
	verbs := []string{"claim", "claim", "escalate", "resolve"}
	verb := verbs[dice.IntN(len(verbs))]
	label := map[string]string{"claim": "Claim", "escalate": "Escalate", "resolve": "Resolve"}[verb]
	card, ok := c.discordCard(dice, label)
	if !ok {
		return
	}
	action, ok := discordAction(card.Button(label))
	if !ok {
		c.t.Errorf("the button %q says %q", label, card.Button(label))
		return
	}
	d := c.deeds.begin(who, verb, action.Target)
	press := map[string]any{"custom_id": card.Button(label), "component_type": 2}
	for range 8 {
		ack, payload := c.town.Interact(who, 3, discordtest.SupportID, press, &card, nil)
		if verb == "claim" {
			if ack.OK {
				c.deeds.done(d)
				if dice.IntN(3) == 0 {
					c.town.Again(payload, nil)
				}
				return
			}
			continue
		}
		if ack.OK && c.discordSubmit(d) {
			return
		}
	}
}

// discordSubmit fills in the modal that lies open; false when none does.
func (c *chaos) discordSubmit(d *deed) bool {
	for range 20 {
		if _, open := c.town.Modal(d.who); open {
			d.tries++
			ack, _ := c.town.SubmitModal(d.who, discordtest.SupportID, map[string]string{"reason": d.token, "cause": d.token, "action": "flowers"}, nil)
			if ack.OK {
				c.deeds.done(d)
			}
			return ack.OK
		}
		pause(c.t.Context(), 50*time.Millisecond)
	}
	return false
}

// discordCard picks one of the latest cards that have a button.
func (c *chaos) discordCard(dice *rand.Rand, label string) (discordtest.Message, bool) {
	cards := c.town.Messages(discordtest.SupportID)
	cards = cards[max(0, len(cards)-12):]
	cards = slices.DeleteFunc(cards, func(m discordtest.Message) bool { return m.Button(label) == "" })
	return anyOf(dice, cards)
}

// discordAction reads the action in a custom_id, whatever stands around it.
func discordAction(id string) (bot.ActionID, bool) {
	m := regexp.MustCompile(`[a-z][a-z_.]*\|\d+\|\d+\|[^|]*`).FindString(id)
	a, err := bot.ParseActionID(strings.TrimSuffix(m, "~"))
	return a, err == nil
}
