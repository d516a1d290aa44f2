package spike

import (
	"cmp"
	"math"
	"slices"
	"time"

	"earshot/bot"
)

// How series that rise together share one card.
const (
	halfExplained = 0.5  // part of the excess from which one series explains another
	overlapSlack  = 1.15 // two topics may explain this much of the watch before they must be the same people
	shareZ        = 2.33 // one-sided 1 %, for it is asked at every bin: the share of negatives has risen
	clearMajority = 2.0 / 3
)

// When a card closes, and when its series may have the next.
const (
	calmFor    = 2 * 60 * 60 // seconds without a rise
	againAfter = 6 * 12      // bins until a new rise of the same detector's episode has a card
	dayAfter   = 24 * 12     // bins until the 24 hours hold nothing of it any more
)

// chartBins is how many half hours a line keeps for its chart: 48 hours.
const chartBins = 96

// episode is an open card.
type episode struct {
	series   bot.Series // what the card names
	driver   bot.Series // whose detector opened it: the series itself, or its watch as a whole
	since    int64      // seconds since 1970
	opened   int64
	window   int
	record   bool
	weeks    int
	count    float64
	expected float64
	peak     float64
	share    float64
	usual    float64
	told     float64 // count that was told last
	high     int64   // end of the last bin in which the rise went on
	// What came since then; it counts only if the rise goes on.
	calmCount, calmExpected float64
	rising                  bool
}

// candidate is a series that alarms and has no card.
type candidate struct {
	series bot.Series
	excess float64
	r      Reading
}

// judge moves the open cards on, then opens new ones.
func (e *Engine) judge() []Change {
	var changes []Change
	e.cards = slices.DeleteFunc(e.cards, func(c *episode) bool {
		l := e.lines[c.series]
		c.calmCount, c.calmExpected = c.calmCount+float64(l.now), c.calmExpected+l.last.Expected
		high := l.high() || l.last.Short
		if high {
			c.count, c.expected, c.calmCount, c.calmExpected = c.count+c.calmCount, c.expected+c.calmExpected, 0, 0
			c.high = (e.bin + 1) * stepSeconds
			c.peak = max(c.peak, c.count/max(c.expected, minExpected))
			c.share, c.usual, _ = e.shareOfNegatives(c.series, max(c.window, window4h)) // 5 minutes may hold nobody
		}
		rising := high && l.rising()
		over := e.over(c)
		switch {
		case over:
			c.rising = false
			changes = append(changes, e.close(c))
		case c.count != c.told || rising != c.rising:
			c.told, c.rising = c.count, rising
			changes = append(changes, e.tell(Updated, c))
		}
		return over
	})
	for _, c := range e.candidates() {
		changes = append(changes, e.consider(c)...)
	}
	return changes
}

// over tells whether a card has run its course: its detectors say so, or the
// rise has been gone for two hours. A rise of a whole day is left to the
// detectors: it is made of many hours, each of which looks calm.
func (e *Engine) over(c *episode) bool {
	s, d := e.lines[c.series].last, e.lines[c.driver].last
	calm := (e.bin+1)*stepSeconds - c.high
	return !s.Running && !d.Running || c.window != window24h && calm >= calmFor && !s.Short && !d.Short
}

// close ends a card. Its series, and those that it explains, stay quiet about
// what has been told.
func (e *Engine) close(c *episode) Change {
	x := e.excess(c.series, window24h)
	for _, s := range e.order {
		near := s.Watch == c.series.Watch && (s.Topic == c.series.Topic || s.Topic == "")
		if s == c.driver || near && x >= halfExplained*e.excess(s, window24h) {
			e.lines[s].settle(e.bin)
		}
	}
	return e.tell(Closed, c)
}

// settle remembers that what a line shows now has been told.
func (l *line) settle(bin int64) { l.carded, l.closed = bin, bin }

// fresh tells whether a line may have a card: its detector began an episode
// since its last one was told, or alarms anew a good while after; and what it
// alarms for is not just the same day's sum.
func (e *Engine) fresh(l *line) bool {
	since := e.bin - l.closed
	return (l.det.s.Episode > l.carded || l.last.Short && since >= againAfter) && (l.last.Short || since >= dayAfter)
}

// candidates lists the series that alarm and have no card: negative ones
// first, the watch as a whole before its topics, then by excess.
func (e *Engine) candidates() []candidate {
	var found []candidate
	for _, s := range e.order {
		if r := e.lines[s].last; r.Alarm && !e.carded(s) && e.fresh(e.lines[s]) {
			found = append(found, candidate{s, e.excess(s, r.Window), r})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		return cmp.Or(boolFirst(a.series.Negative, b.series.Negative),
			boolFirst(a.series.Topic == "", b.series.Topic == ""), cmp.Compare(b.excess, a.excess))
	})
	return found
}

func boolFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func (e *Engine) carded(s bot.Series) bool {
	return slices.ContainsFunc(e.cards, func(c *episode) bool { return c.series == s || c.driver == s })
}

// window gives what window w of a line holds and expects.
func (l *line) window(w int) (x, mu float64, ok bool) {
	return l.det.s.window(w, int(l.now), float64(l.part))
}

// excess is how many people more than expected a series has in window w.
func (e *Engine) excess(s bot.Series, w int) float64 {
	l, ok := e.lines[s]
	if !ok {
		return 0
	}
	x, mu, _ := l.window(w)
	return x - mu
}

// consider opens a card for c unless an open one tells the same story. A rise
// in complaints without a rise in their share is a launch, not a crisis: the
// series of all mentions tells it then.
func (e *Engine) consider(c candidate) []Change {
	if e.carded(c.series) {
		return nil
	}
	if e.explained(c) {
		e.lines[c.series].settle(e.bin)
		return nil
	}
	shown := c.series
	if c.series.Topic == "" {
		shown = e.mainTopic(c)
	}
	_, _, risen := e.shareOfNegatives(c.series, c.r.Window)
	if c.series.Negative && !risen || e.carded(shown) {
		return nil
	}
	var changes []Change
	if c.series.Negative {
		var turned bool
		if changes, turned = e.supersede(c, shown); turned {
			return changes
		}
	}
	card := e.open(c, shown)
	e.cards = append(e.cards, card)
	return append(changes, e.tell(Opened, card))
}

// mainTopic is the topic that explains at least half of what a watch has too
// much, with as many people as an alarm needs; the watch itself when none does.
func (e *Engine) mainTopic(c candidate) bot.Series {
	best, most := c.series, c.excess*halfExplained
	for _, s := range e.order {
		if s.Watch == c.series.Watch && s.Negative == c.series.Negative && s.Topic != "" {
			if x := e.excess(s, c.r.Window); x >= most && x > 0 && e.people(s, c.r.Window) >= minMentions {
				best, most = s, math.Nextafter(x, math.Inf(1))
			}
		}
	}
	return best
}

// explained tells whether the open cards of the watch account for c.
func (e *Engine) explained(c candidate) bool {
	var told float64
	others := false
	for _, o := range e.cards {
		if o.series.Watch != c.series.Watch {
			continue
		}
		x := e.excess(o.series, c.r.Window)
		switch {
		case o.series.Negative == c.series.Negative && o.series.Topic == "":
			return true
		case o.series.Negative == c.series.Negative:
			told, others = told+x, true
		case !c.series.Negative && (o.series.Topic == c.series.Topic || x >= halfExplained*c.excess):
			return true // the complaints are what there is more of
		}
	}
	if c.series.Topic == "" {
		return others && told >= halfExplained*c.excess
	}
	// Topics overlap, and a watch counts each person once: what two topics have
	// too much cannot be two stories when it is more than the watch has.
	whole := e.excess(bot.Series{Watch: c.series.Watch, Negative: c.series.Negative}, c.r.Window)
	return others && told+c.excess > overlapSlack*whole
}

// supersede is for a rise of complaints, to be shown as a series, that the open
// cards of all mentions tell of already. Such a card of the same topic, else the
// first of those that the complaints explain, turns into theirs: it was the same
// event, seen before it was plain. The others close.
func (e *Engine) supersede(c candidate, shown bot.Series) (changes []Change, turned bool) {
	var turn *episode
	same := func(o *episode) bool {
		return o.series.Watch == c.series.Watch && !o.series.Negative &&
			(o.series.Topic == shown.Topic || c.excess >= halfExplained*e.excess(o.series, c.r.Window))
	}
	for _, o := range e.cards {
		if same(o) && (turn == nil || o.series.Topic == shown.Topic) {
			turn = o
		}
	}
	if turn != nil && e.people(complaints(turn.series), c.r.Window) < minMentions {
		turn = nil // too few of those who complain speak of its topic
	}
	e.cards = slices.DeleteFunc(e.cards, func(o *episode) bool {
		over := same(o) && o != turn
		if over {
			o.rising = false
			changes = append(changes, e.close(o))
		}
		return over
	})
	if turn == nil {
		return changes, false
	}
	e.lines[turn.series].settle(e.bin)
	e.lines[turn.driver].settle(e.bin)
	opened := turn.opened
	*turn = *e.open(c, complaints(turn.series))
	turn.opened = opened
	return append(changes, e.tell(Updated, turn)), true
}

// complaints is the series of the negative mentions of s.
func complaints(s bot.Series) bot.Series {
	s.Negative = true
	return s
}

// people is how many a series has in window w.
func (e *Engine) people(s bot.Series, w int) float64 {
	l, ok := e.lines[s]
	if !ok {
		return 0
	}
	x, _, _ := l.window(w)
	return x
}

// shareOfNegatives compares the share of negative mentions in window w with
// the usual one: risen by a two-proportion z test, or so high that no launch
// looks like it.
func (e *Engine) shareOfNegatives(s bot.Series, w int) (share, usual float64, risen bool) {
	s.Negative = true
	neg := e.lines[s]
	s.Negative = false
	all := e.lines[s]
	if neg == nil || all == nil {
		return 0, 0, neg != nil
	}
	x, _, _ := neg.window(w)
	n, _, _ := all.window(w)
	n = max(n, x)
	if n == 0 {
		return 0, 0, false
	}
	base := max(all.det.s.Base.LA, neg.det.s.Base.LA)
	share = x / n
	if base < 1 {
		return share, 0, true // nothing is usual yet: the rise speaks for itself
	}
	usual = neg.det.s.Base.LA / base
	pooled := (x + usual*base) / (n + base)
	se := math.Sqrt(pooled * (1 - pooled) * (1/n + 1/base))
	return share, usual, share >= clearMajority || se > 0 && (share-usual)/se >= shareZ
}

// open makes the card of c, shown as a series.
func (e *Engine) open(c candidate, shown bot.Series) *episode {
	l := e.lines[shown]
	x, mu, since := l.det.s.onset(c.r.Window, int(l.now))
	ep := &episode{series: shown, driver: c.series, since: since, opened: (e.bin + 1) * stepSeconds,
		window: c.r.Window, record: c.r.Record, weeks: c.r.Weeks, count: x, expected: mu, told: x, rising: true}
	ep.high, ep.peak = ep.opened, x/max(mu, minExpected)
	ep.share, ep.usual, _ = e.shareOfNegatives(shown, c.r.Window)
	l.carded, e.lines[c.series].carded = e.bin, e.bin
	return ep
}

// tell makes the news of a card.
func (e *Engine) tell(kind ChangeKind, c *episode) Change {
	l := e.lines[c.series]
	s := bot.Spike{State: bot.SpikeOpen, Series: c.series, Since: utc(c.since), OpenedAt: utc(c.opened),
		Window: windowName(c.window), Count: int(math.Round(c.count)), Expected: c.expected, Peak: c.peak,
		Why: why(c), Rising: c.rising, Share: c.share, UsualNeg: c.usual, Bins: l.bins(e.bin)}
	if kind == Closed {
		s.State, s.ClosedAt = bot.SpikeOver, utc(c.high)
	}
	return Change{Kind: kind, Spike: s}
}

func utc(sec int64) time.Time { return time.Unix(sec, 0).UTC() }

// why says in words which half of the threshold was crossed.
func why(c *episode) string {
	if !c.record || c.weeks == 0 {
		return "far above the usual daily peak of " + windowName(c.window)
	}
	span := "a week"
	if c.weeks > 1 {
		span = string(rune('0'+c.weeks)) + " weeks"
	}
	return "the highest " + windowName(c.window) + " in " + span
}
