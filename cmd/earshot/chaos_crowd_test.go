package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"earshot/bot/platform/discord/discordtest"
)

// spoken is one numbered thing that somebody said, as it stands now.
type spoken struct {
	n        int
	source   string
	text     string
	negative bool
	place    string // where an answer hangs: a Slack timestamp, a Discord id
}

// ledger is the book of what was said and taken: of it nothing may be lost.
type ledger struct {
	mu     sync.Mutex
	next   int
	spoken map[int]spoken
}

// say makes the next text; it counts once keep is told that it was taken.
func (l *ledger) say(source string, dice *rand.Rand) spoken { return l.word(source, dice.IntN(3) > 0) }

// word is say with a mood.
func (l *ledger) word(source string, negative bool) spoken {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	s := spoken{n: l.next, source: source, negative: negative}
	if s.negative {
		s.text = fmt.Sprintf("Awful Larkspur number%d: broken, I hate this terrible %s", s.n, gibberish(s.n))
	} else {
		s.text = fmt.Sprintf("The Larkspur number%d arrived on Tuesday with %s", s.n, gibberish(s.n))
	}
	return s
}

// keep writes down that s was taken, or how it reads since it was edited.
func (l *ledger) keep(s spoken) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.spoken == nil {
		l.spoken = map[int]spoken{}
	}
	l.spoken[s.n] = s
}

func (l *ledger) all() map[int]spoken {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[int]spoken, len(l.spoken))
	for n, s := range l.spoken {
		out[n] = s
	}
	return out
}

// edited is s after its author changed it.
func (s spoken) edited(dice *rand.Rand) spoken {
	s.text += fmt.Sprintf(" (changed %d)", dice.IntN(1000))
	return s
}

// gibberish are words that nobody else uses, so that nothing echoes.
func gibberish(n int) string {
	pick := rand.New(rand.NewPCG(uint64(n), 7))
	words := make([]string, 12)
	for i := range words {
		for range 3 {
			words[i] += string("bdfgklmnprst"[pick.IntN(12)]) + string("aeiou"[pick.IntN(5)])
		}
	}
	return strings.Join(words, " ")
}

// numbered finds the number of a text.
func numbered(text string) (n int, ok bool) {
	m := regexp.MustCompile(`number(\d+)`).FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil
}

// crowd lets customers talk everywhere until ctx ends; what is begun is ended.
func (c *chaos) crowd(ctx context.Context, wg *sync.WaitGroup) {
	wg.Go(func() { c.rows(ctx, c.dice(diceFile)) })
	wg.Go(func() { c.posts(ctx, c.dice(diceHooks)) })
	wg.Go(func() { c.articles(ctx, c.dice(diceFeed)) })
	wg.Go(func() { c.slackers(ctx, c.dice(diceSlackCrowd)) })
	wg.Go(func() { c.townsfolk(ctx, c.dice(diceTown)) })
	wg.Go(func() { c.writers(ctx, c.dice(diceLetters)) })
}

// every calls do at random intervals around d until ctx ends.
func every(ctx context.Context, dice *rand.Rand, d time.Duration, do func()) {
	for {
		timer := time.NewTimer(d/2 + time.Duration(dice.Int64N(int64(d))))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			do()
		}
	}
}

// rows adds rows to a file, some of them torn for a moment, some twice.
func (c *chaos) rows(ctx context.Context, dice *rand.Rand) {
	f, err := os.OpenFile(c.h.path("in/all.csv"), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Error(err)
		return
	}
	defer f.Close()
	before := ""
	write := func(row string) {
		if _, err := f.WriteString(row); err != nil {
			c.t.Error(err)
		}
	}
	every(ctx, dice, 120*time.Millisecond, func() {
		s := c.said.say("reviews", dice)
		row := fmt.Sprintf("f%d,\"%s\",writer%d\n", s.n, s.text, s.n)
		if dice.IntN(10) == 0 {
			row = before + row
		}
		cut := dice.IntN(len(row))
		for _, part := range []string{row[:cut], row[cut:]} {
			write(part)
		}
		c.said.keep(s)
		before = row
		if dice.IntN(30) == 0 {
			c.burst(write)
		}
	})
}

// burst adds many rows at once, of which none needs a case: it takes a while
// until they are stored.
func (c *chaos) burst(write func(string)) {
	rows := ""
	for range 100 {
		s := c.said.word("reviews", false)
		rows += fmt.Sprintf("f%d,\"%s\",writer%d\n", s.n, s.text, s.n)
		c.said.keep(s)
	}
	c.sniper.loads()
	write(rows)
}

// posts sends to the webhook, each until it is taken, some once more.
func (c *chaos) posts(ctx context.Context, dice *rand.Rand) {
	every(ctx, dice, 250*time.Millisecond, func() {
		s := c.said.say("hooks", dice)
		body, err := json.Marshal(map[string]any{"id": fmt.Sprint("w", s.n), "text": s.text, "author": fmt.Sprint("poster", s.n)})
		if err != nil {
			c.t.Error(err)
			return
		}
		for range 1 + dice.IntN(8)/7 {
			c.post(dice, body)
		}
		c.said.keep(s)
	})
}

// post sends body until some replica has taken it.
func (c *chaos) post(dice *rand.Rand, body []byte) {
	again := time.NewTicker(60 * time.Millisecond)
	defer again.Stop()
	for c.t.Context().Err() == nil {
		if status, _, err := sendAt(c.h.now(), c.hooks[dice.IntN(len(c.hooks))], body); err == nil && status == http.StatusOK {
			return
		}
		<-again.C
	}
}

// articles grows the blog and changes some of what stands there.
func (c *chaos) articles(ctx context.Context, dice *rand.Rand) {
	var fresh []spoken
	every(ctx, dice, 1200*time.Millisecond, func() {
		if s, ok := anyOf(dice, fresh); ok && dice.IntN(5) == 0 {
			s = s.edited(dice)
			c.blog.change(fmt.Sprint("b", s.n), s.text)
			c.said.keep(s)
			return
		}
		s := c.said.say("blog", dice)
		c.blog.add(fmt.Sprint("b", s.n), s.text)
		c.said.keep(s)
		fresh = append(fresh, s)
		fresh = fresh[max(0, len(fresh)-20):]
	})
}

// change rewrites an item of the blog.
func (b *blog) change(id, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, item := range b.items {
		if strings.Contains(item, "<guid>"+id+"</guid>") {
			from, to := strings.Index(item, "<![CDATA[")+len("<![CDATA["), strings.Index(item, "]]>")
			b.items[i] = item[:from] + text + item[to:]
		}
	}
}

// slackers talk in Slack's customer channel and change some of what they said.
func (c *chaos) slackers(ctx context.Context, dice *rand.Rand) {
	every(ctx, dice, 1500*time.Millisecond, func() {
		s := c.said.say("customers", dice)
		who := fmt.Sprintf("U0CUST%d", s.n)
		ts, err := c.slack.say(c.t.Context(), who, s.text)
		if err != nil {
			c.t.Errorf("customer %d: %v", s.n, err)
			return
		}
		s.place = ts
		c.said.keep(s)
		if dice.IntN(6) > 0 {
			return
		}
		was := s
		s = s.edited(dice)
		if err := c.slack.rewrite(c.t.Context(), who, was, s.text); err != nil {
			c.t.Errorf("customer %d: %v", s.n, err)
		}
		c.said.keep(s)
	})
}

// rewrite is a customer changing what they said.
func (w *workspace) rewrite(ctx context.Context, user string, was spoken, text string) error {
	w.mu.Lock()
	edited := w.ts()
	for _, p := range w.posts {
		if p.ts == was.place {
			p.text = text
		}
	}
	w.mu.Unlock()
	msg := func(text string) map[string]any {
		return map[string]any{"type": "message", "user": user, "text": text, "ts": was.place, "team": "T0"}
	}
	now := msg(text)
	now["edited"] = map[string]any{"user": user, "ts": edited}
	return w.deliver(ctx, "events_api", map[string]any{"type": "event_callback", "event_id": "Ev" + edited, "team_id": "T0",
		"event": map[string]any{"type": "message", "subtype": "message_changed", "channel": customerChannel, "channel_type": "channel",
			"ts": edited, "event_ts": edited, "message": now, "previous_message": msg(was.text)}})
}

// townsfolk talk in Discord, whether the bot listens or not.
func (c *chaos) townsfolk(ctx context.Context, dice *rand.Rand) {
	var fresh []spoken
	every(ctx, dice, 1500*time.Millisecond, func() {
		if s, ok := anyOf(dice, fresh); ok && dice.IntN(6) == 0 {
			s = s.edited(dice)
			c.town.Rewrite(discordtest.CommunityID, s.place, s.text)
			c.said.keep(s)
			return
		}
		s := c.said.say("town", dice)
		s.place = c.town.Say(fmt.Sprintf("8000000000%08d", s.n), discordtest.CommunityID, s.text, false)
		c.said.keep(s)
		fresh = append(fresh, s)
		fresh = fresh[max(0, len(fresh)-10):]
	})
}
