package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/store"
)

// books are what a run comes to.
type books struct {
	kills, mentions, cases, replies int
	lost, doubled, leaked           int

	c   *chaos
	s   *store.Store
	out []bot.Delivery // the whole outbox
	of  map[int64]int  // the number that a case is about
}

func (b *books) String() string {
	return fmt.Sprintf("kills=%d mentions=%d cases=%d replies=%d lost=%d doubled=%d leaked=%d", b.kills, b.mentions, b.cases, b.replies, b.lost, b.doubled, b.leaked)
}

// Each tells what is wrong, and counts it.
func (b *books) loses(format string, args ...any) { b.lost++; b.c.t.Logf("lost: "+format, args...) }
func (b *books) doubles(format string, args ...any) {
	b.doubled++
	b.c.t.Logf("doubled: "+format, args...)
}
func (b *books) leaks(format string, args ...any) { b.leaked++; b.c.t.Logf("leaked: "+format, args...) }

// everything is a limit that no list of this test reaches.
const everything = 1_000_000

// store opens the store to read.
func (c *chaos) store() *store.Store {
	c.t.Helper()
	s, err := store.Open(c.t.Context(), c.db)
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// left says what is still under way; "" when nothing is.
func (c *chaos) left() string {
	c.t.Helper()
	s := c.store()
	defer s.Close()
	ctx := c.t.Context()
	count := map[string]int{}
	waiting, err := s.Deliveries(ctx, []bot.DeliveryState{bot.DeliveryDue, bot.DeliverySending, bot.DeliveryUncertain, bot.DeliveryParked}, everything)
	if err != nil {
		c.t.Fatal(err)
	}
	c.pause = 0
	for _, d := range waiting {
		count[string(d.State)]++
		c.pause = max(c.pause, pauseAfter(d))
	}
	for _, state := range []bot.ReplyState{bot.ReplyQueued, bot.ReplySending} {
		replies, err := s.RepliesIn(ctx, state, everything)
		if err != nil {
			c.t.Fatal(err)
		}
		count["replies "+string(state)] = len(replies)
	}
	undone, err := s.UnfinishedInteractions(ctx, time.Now().Add(3*time.Hour))
	if err != nil {
		c.t.Fatal(err)
	}
	count["clicks"] = len(undone)
	count["mentions"] = c.unheard(s)
	var all []string
	for what, n := range count {
		if n > 0 {
			all = append(all, fmt.Sprintf("%s %d", what, n))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// pauseAfter is how long a delivery waits for its next try at most.
func pauseAfter(d bot.Delivery) time.Duration {
	if d.Kind == bot.DeliverReply && d.Attempts > 0 {
		return 5 * time.Minute // a server that puts a letter off wants that
	}
	return min(2*time.Second<<min(d.Attempts, 10), 5*time.Minute)
}

// unheard counts what was said and is not stored as it reads now.
func (c *chaos) unheard(s *store.Store) (n int) {
	stored := c.stored(s)
	for number, said := range c.said.all() {
		if !slices.ContainsFunc(stored[number], func(r bot.Reading) bool { return r.Mention.Text == said.text }) {
			n++
		}
	}
	return n
}

// stored gives the mentions by their number.
func (c *chaos) stored(s *store.Store) map[int][]bot.Reading {
	c.t.Helper()
	list, err := s.Mentions(c.t.Context(), bot.MentionFilter{Limit: everything})
	if err != nil {
		c.t.Fatal(err)
	}
	all := map[int][]bot.Reading{}
	for _, r := range list {
		n, _ := numbered(r.Mention.Text)
		all[n] = append(all[n], r)
	}
	return all
}

// audit checks the books: the store against what was said and done, and what
// stands at the peers against the store.
func (c *chaos) audit() *books {
	c.t.Helper()
	b := &books{c: c, s: c.store(), of: map[int64]int{}}
	defer b.s.Close()
	var err error
	if b.out, err = b.s.Deliveries(c.t.Context(), nil, everything); err != nil {
		c.t.Fatal(err)
	}
	b.checkMentions()
	b.checkCases()
	b.checkDeeds()
	b.checkReplies()
	b.checkDigests()
	b.checkLeaks()
	b.checkLetters()
	b.checkStore()
	if n := len(c.net.impatient); n > 0 {
		c.t.Errorf("%d calls to Slack did not wait as they were told: %v", n, c.net.impatient[:min(n, 5)])
	}
	return b
}

// checkMentions: what was taken is stored once, as it reads now.
func (b *books) checkMentions() {
	stored, said := b.c.stored(b.s), b.c.said.all()
	for n, s := range said {
		all := stored[n]
		switch {
		case len(all) == 0:
			b.loses("mention %d of %s", n, s.source)
		case len(all) > 1:
			b.doubles("mention %d of %s is stored %d times", n, s.source, len(all))
		case all[0].Mention.Text != s.text:
			b.loses("the edit of mention %d of %s: %q", n, s.source, all[0].Mention.Text)
		}
		if len(all) > 0 && s.negative && all[0].CaseID == 0 {
			b.loses("the case of mention %d of %s", n, s.source)
		}
	}
	for n, all := range stored {
		b.mentions += len(all)
		if _, ok := said[n]; !ok {
			b.c.t.Errorf("nobody said number %d: %q", n, all[0].Mention.Text)
		}
	}
}

// checkCases: each mention has one case at most, and each case one card in
// each of its channels, as the case is now, with its notes below it.
func (b *books) checkCases() {
	cases, err := b.s.Cases(b.c.t.Context(), bot.CaseFilter{Limit: everything})
	if err != nil {
		b.c.t.Fatal(err)
	}
	b.cases = len(cases)
	by := map[int64]int64{}
	for _, c := range cases {
		if by[c.MentionID] != 0 {
			b.doubles("mention %d has the cases %d and %d", c.MentionID, by[c.MentionID], c.ID)
		}
		by[c.MentionID] = c.ID
		r, err := b.s.Mention(b.c.t.Context(), c.MentionID)
		if err != nil {
			b.c.t.Fatal(err)
		}
		b.of[c.ID], _ = numbered(r.Mention.Text)
	}
	for _, p := range b.c.places(b.s) {
		for _, c := range cases {
			if slices.Contains(p.sources, c.Source) {
				b.checkCard(p, c)
			}
		}
		for key, n := range p.keys() {
			if n > 1 {
				b.doubles("the delivery %s stands %d times in %s", key, n, p.channel)
			}
		}
	}
}

// checkCard checks the card of one case in one channel.
func (b *books) checkCard(p place, c bot.Case) {
	cards := p.about(b.of[c.ID])
	switch {
	case len(cards) == 0 && c.State.Done() && b.neverShown(p, c):
		return
	case len(cards) == 0:
		b.loses("case %d (number %d, %s) has no card in %s", c.ID, b.of[c.ID], c.State, p.channel)
		return
	case len(cards) > 1:
		b.doubles("case %d (number %d) has %d cards in %s: %v", c.ID, b.of[c.ID], len(cards), p.channel, cards)
		return
	}
	if v := cards[0].version(c.ID); v != c.Version {
		b.loses("case %d is at version %d, its card in %s at %d%s", c.ID, c.Version, p.channel, v, b.tried(c, p))
	}
	if c.State == bot.Resolved && !strings.Contains(plainWords(cards[0].words), plainWords(c.RootCause)) {
		b.loses("case %d is resolved, its card in %s says %q", c.ID, p.channel, cards[0].words)
	}
	events, err := b.s.CaseEvents(b.c.t.Context(), c.ID)
	if err != nil {
		b.c.t.Fatal(err)
	}
	events = slices.DeleteFunc(events, func(e bot.Event) bool { return e.Verb == bot.Opened || e.Verb == bot.Echo })
	b.checkNotes(p, c, events, cards[0].notes)
}

// checkNotes: each line of the history stands once in the thread, in order.
func (b *books) checkNotes(p place, c bot.Case, events []bot.Event, notes []string) {
	seen := map[int]int{}
	at := 0
	for _, note := range notes {
		i := -1
		for j := range events {
			if strings.Contains(plainWords(note), plainWords(events[j].Text)) && (seen[j] == 0 || i < 0) {
				if i = j; seen[j] == 0 {
					break
				}
			}
		}
		if i < 0 {
			b.c.t.Errorf("case %d: a note in %s that stands in no history: %q", c.ID, p.channel, note)
			continue
		}
		if seen[i]++; seen[i] > 1 {
			b.doubles("case %d: the note %q stands %d times in %s", c.ID, events[i].Text, seen[i], p.channel)
		}
		if i < at {
			b.c.t.Errorf("case %d: the note %q stands out of order in %s", c.ID, events[i].Text, p.channel)
		}
		at = max(at, i)
	}
	for j, e := range events {
		if seen[j] == 0 {
			b.loses("case %d: the note %q is not in %s%s", c.ID, e.Text, p.channel, b.tried(c, p))
		}
	}
}

// tried is what the outbox has of a case in a channel.
func (b *books) tried(c bot.Case, p place) (words string) {
	for _, d := range b.out {
		if d.Target == c.ID && d.Channel == p.channel && (d.Kind == bot.DeliverCard || d.Kind == bot.DeliverNote) {
			words += fmt.Sprintf("\n  %s: %s %d (event %d), %s at %s after %d tries: %s", d.CreatedAt.Format(time.TimeOnly), d.Kind, d.ID, d.EventID, d.State, d.SentAt.Format(time.TimeOnly), d.Attempts, d.Error)
		}
	}
	return words
}

// neverShown tells whether a case was done before its card was.
func (b *books) neverShown(p place, c bot.Case) bool {
	return slices.ContainsFunc(b.out, func(d bot.Delivery) bool {
		return d.Kind == bot.DeliverCard && d.Target == c.ID && d.Channel == p.channel && strings.Contains(d.Error, "done before")
	})
}

// checkDigests: each slot is one digest, and stands once in each channel.
func (b *books) checkDigests() {
	all, err := b.s.LatestDigests(b.c.t.Context(), "leadership", everything)
	if err != nil {
		b.c.t.Fatal(err)
	}
	slots := map[time.Time]bool{} // one every minute, as the schedule says
	for _, d := range all {
		slot := d.Slot.Truncate(time.Minute)
		if slots[slot] {
			b.doubles("the digest of %s was made twice, the second time as that of %s", slot, d.Slot)
		}
		slots[slot] = true
	}
	posted := 0
	for _, d := range b.out {
		if d.Kind == bot.DeliverDigest && d.Platform == "slack" && d.State == bot.DeliverySent {
			posted++
		}
	}
	switch {
	case posted < len(all):
		b.loses("of %d digests %d were posted", len(all), posted)
	case posted > len(all):
		b.doubles("%d digests were posted %d times", len(all), posted)
	}
	stands := 0
	for _, p := range b.c.slack.in(leadChannel, "") {
		if strings.Contains(p.blocks, "digest.") || strings.Contains(p.shown(), "Larkspur") {
			stands++
		}
	}
	switch {
	case stands < posted:
		b.loses("of %d digests %d stand in Slack", posted, stands)
	case stands > posted:
		b.doubles("%d digests stand in Slack %d times", posted, stands)
	}
}

// checkStore: the store itself is whole.
func (b *books) checkStore() {
	findings, err := b.s.Check(b.c.t.Context())
	if err != nil {
		b.c.t.Fatal(err)
	}
	for _, f := range findings {
		if !f.OK {
			b.c.t.Errorf("the store: %+v", f)
		}
	}
	failed, err := b.s.FailedJobs(b.c.t.Context(), everything)
	if err != nil {
		b.c.t.Fatal(err)
	}
	for _, f := range failed {
		b.loses("the job %+v was given up: %s", f.Job, f.Error)
	}
}

// plainWords are the letters and digits of s: markup says nothing.
func plainWords(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s)
}
