package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/platform/discord/discordtest"
	"earshot/store"
)

// place is one channel as its people see it.
type place struct {
	platform, channel string
	sources           []string // whose cases have their cards here
	cards             []standing
}

// standing is a message that stands there.
type standing struct {
	key     string // of the delivery that brought it; "" where that cannot be seen
	words   string
	buttons []bot.ActionID
	notes   []string // what stands below it, the oldest first
}

// about are the cards that quote a number.
func (p place) about(n int) []standing {
	var all []standing
	for _, c := range p.cards {
		if m, ok := numbered(c.words); ok && m == n {
			all = append(all, c)
		}
	}
	return all
}

// keys counts the messages by the delivery that brought them.
func (p place) keys() map[string]int {
	all := map[string]int{}
	for _, c := range p.cards {
		if c.key != "" {
			all[c.key]++
		}
	}
	return all
}

// version is that of the case when the card was drawn.
func (s standing) version(caseID int64) (v int64) {
	for _, a := range s.buttons {
		if a.Target == caseID {
			v = max(v, a.Version)
		}
	}
	return v
}

// places are all channels that have cards.
func (c *chaos) places(s *store.Store) []place {
	return []place{
		c.slackPlace(supportChannel, append(c.mail.names(), "customers")...),
		c.slackPlace(deskChannel, "town"),
		c.discordPlace(discordtest.SupportID, "town", "blog"),
		c.consolePlace(s, "support", append(c.mail.names(), "customers", "blog", "reviews", "hooks")...),
	}
}

func (c *chaos) slackPlace(channel string, sources ...string) place {
	p := place{platform: "slack", channel: channel, sources: sources}
	for _, post := range c.slack.in(channel, "") {
		if post.user != slackBot {
			continue
		}
		card := standing{key: post.key, words: post.shown()}
		for _, b := range buttonsOf(post.blocks) {
			card.buttons = append(card.buttons, b.ActionID)
		}
		for _, note := range c.slack.in(channel, post.ts) {
			if note.user == slackBot {
				card.notes = append(card.notes, note.shown())
			}
		}
		p.cards = append(p.cards, card)
	}
	return p
}

func (c *chaos) discordPlace(channel string, sources ...string) place {
	p := place{platform: "discord", channel: channel, sources: sources}
	for _, m := range c.town.Messages(channel) {
		card := standing{key: m.Nonce, words: m.Seen().Text()}
		for _, id := range append(m.CustomIDs(), m.Options()...) {
			if a, ok := discordAction(id); ok {
				card.buttons = append(card.buttons, a)
			}
		}
		for _, note := range c.town.Messages(m.ID) {
			card.notes = append(card.notes, note.Seen().Text())
		}
		p.cards = append(p.cards, card)
	}
	return p
}

func (c *chaos) consolePlace(s *store.Store, channel string, sources ...string) place {
	c.t.Helper()
	p := place{platform: "console", channel: channel, sources: sources}
	messages, err := s.Messages(c.t.Context(), channel, 0, everything)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, m := range messages {
		card := standing{key: m.Key, words: viewWords(m.View)}
		for _, b := range m.View.Blocks {
			for _, x := range b.Buttons {
				card.buttons = append(card.buttons, x.Action)
			}
			for _, menu := range b.Menus {
				for _, x := range menu.Options {
					card.buttons = append(card.buttons, x.Action)
				}
			}
		}
		below, err := s.ThreadMessages(c.t.Context(), m.ID)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, note := range below {
			card.notes = append(card.notes, viewWords(note.View))
		}
		p.cards = append(p.cards, card)
	}
	return p
}

// viewWords is what a person reads of a view.
func viewWords(v bot.View) string {
	var all []string
	for _, b := range v.Blocks {
		for _, s := range b.Spans {
			all = append(all, s.Text)
		}
		all = append(all, b.Text)
	}
	return strings.Join(all, " ")
}

// checkDeeds: what a person did and saw acknowledged is done once, unless the
// case no longer allowed it.
func (b *books) checkDeeds() {
	for _, d := range b.c.deeds.all {
		if d.verb == "reply" || d.verb == "chatter" {
			continue
		}
		events, err := b.s.CaseEvents(b.c.t.Context(), d.caseID)
		if err != nil {
			b.c.t.Fatal(err)
		}
		n, over := 0, false
		for _, e := range events {
			mine := e.By.ID == d.who
			switch {
			case d.verb == "claim" && mine && e.Verb == bot.Claim, strings.Contains(e.Text, d.token):
				n++
			case d.verb == "claim" && !mine && (e.Verb == bot.Claim || e.Verb == bot.Assign || e.Verb == bot.ReplySent || e.After.Done()), e.After.Done():
				over = true
			}
		}
		switch {
		case n > max(d.tries, 1):
			b.doubles("%s of case %d by %s was done %d times", d.verb, d.caseID, d.who, n)
		case n == 0 && d.acked && !over && b.c.told(d.who) == "":
			b.loses("%s of case %d by %s, which was acknowledged", d.verb, d.caseID, d.who)
		}
	}
}

// told is what one person alone was shown.
func (c *chaos) told(who string) string {
	all := c.slack.told(who)
	for _, m := range c.town.Private(who) {
		all += m.Seen().Text()
	}
	return all
}

// failedTo tells whether somebody was told that what they did was not done, as
// when the disk was full.
func (c *chaos) failedTo(who string) bool {
	said := c.told(who)
	return strings.Contains(said, bot.Told(errors.New("a fault of ours"))) || strings.Contains(said, "could not be kept just now")
}

// checkReplies: a reply that is sent stands once at the customer's, and no
// other does.
func (b *books) checkReplies() {
	copies := b.c.answers()
	rows := map[int64]bot.Reply{}
	for caseID := range b.of {
		replies, err := b.s.CaseReplies(b.c.t.Context(), caseID)
		if err != nil {
			b.c.t.Fatal(err)
		}
		for _, r := range replies {
			rows[r.ID] = r
		}
	}
	for _, d := range b.c.deeds.all {
		if d.verb != "reply" {
			continue
		}
		n := 0
		for _, text := range copies {
			if strings.Contains(text, d.token) {
				n++
			}
		}
		b.replies += min(n, 1)
		// Who was interrupted may have left a second draft of the same words: the
		// one that they sent counts.
		r, sent := rows[d.replyID]
		switch {
		case n > 1:
			b.doubles("the reply %s reached the customer %d times", d.token, n)
		case n == 1 && r.State != bot.ReplyDone:
			b.doubles("the reply %s reached the customer and is taken for %s: it would be sent again", d.token, r.State)
		case n == 0 && r.State == bot.ReplyDone:
			b.loses("the reply %s is taken for sent and never reached the customer", d.token)
		case n == 0 && d.acked && (!sent || !strings.Contains(r.Text, d.token)):
			b.loses("the reply %s, whose sending was acknowledged, is not stored: %s", d.token, b.story(d))
		case n == 0 && d.acked && r.State == bot.ReplyDraft && !b.moved(r) && !b.c.failedTo(d.who):
			b.loses("the reply %s, whose sending was acknowledged, is a draft: %s", d.token, b.story(d))
		}
	}
}

// story is what the store and the writer know of a reply, to find out what
// became of it.
func (b *books) story(d *deed) string {
	replies, err := b.s.CaseReplies(b.c.t.Context(), d.caseID)
	if err != nil {
		b.c.t.Fatal(err)
	}
	events, err := b.s.CaseEvents(b.c.t.Context(), d.caseID)
	if err != nil {
		b.c.t.Fatal(err)
	}
	return fmt.Sprintf("sent %d of replies %+v; events %+v; its writer was told %q", d.replyID, replies, events, b.c.told(d.who))
}

// moved tells whether a case moved on since a reply was previewed, so that it
// was held back, and its writer told.
func (b *books) moved(r bot.Reply) bool {
	c, err := b.s.Case(b.c.t.Context(), r.CaseID)
	if err != nil {
		b.c.t.Fatal(err)
	}
	return c.Version > r.CaseSeen || r.CaseSeen == 0
}

// answers are all that Earshot wrote where customers read.
func (c *chaos) answers() []string {
	var all []string
	c.slack.mu.Lock()
	for _, p := range c.slack.posts {
		if p.channel == customerChannel && p.user == slackBot {
			all = append(all, p.shown())
		}
	}
	c.slack.mu.Unlock()
	for _, l := range c.mail.letters() {
		all = append(all, l.text)
	}
	roots := c.town.Messages(discordtest.CommunityID)
	for _, root := range roots {
		for _, m := range append(c.town.Messages(root.ID), root) {
			if m.Author == discordtest.BotID {
				all = append(all, m.Seen().Text())
			}
		}
	}
	return all
}

// saysNoMore tells whether what a customer reads is a reply and nothing beside
// it but, in a letter, its subject.
func (d *deed) saysNoMore(text string) bool {
	if !strings.Contains(text, d.token) {
		return false
	}
	rest := strings.ReplaceAll(plainWords(text), plainWords(d.words()), "")
	return rest == "" || rest == plainWords("Re: My order")
}

// checkLeaks: what stands where customers read are replies, and nothing that
// the team says among itself.
func (b *books) checkLeaks() {
	for _, text := range b.c.answers() {
		known := slices.ContainsFunc(b.c.deeds.all, func(d *deed) bool { return d.verb == "reply" && d.saysNoMore(text) })
		if !known || strings.Contains(text, "INTERNAL") {
			b.leaks("a customer reads %q", text)
		}
	}
}
