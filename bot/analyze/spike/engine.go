package spike

import (
	"cmp"
	"slices"
	"time"

	"earshot/bot"
)

// Step is the length of a bin of an Engine.
const Step = 5 * time.Minute

// The engine's limits.
const (
	stepSeconds = int64(Step / time.Second)
	onceIn      = 4 * 60 * 60  // seconds in which an author counts once in a series
	lateLimit   = 60 * 60      // seconds that an event may be late and still counts as now
	fillBins    = 28 * 24 * 12 // four weeks: a longer silence is a gap, not zeros
)

// Event is one mention as the engine sees it.
type Event struct {
	ID       int64 // of the mention; 0 for none
	At       time.Time
	Source   string
	Watch    string
	Topics   []string
	Author   int64 // 0 for an anonymous author, who is a new person each time
	Negative bool
	Against  []bool // of each topic: whether it is complained of; nil for all as Negative
	Repost   bool   // only repeats: its author counts once, like any other
}

// EventsOf gives a mention's events, one for each of its watches, each a
// complaint where the mention complains of that watch or topic. Nobody is
// counted for what staff, news desks and bots say, nor for what was deleted.
func EventsOf(r bot.Reading) []Event {
	m := r.Mention
	if m.Deleted || m.Author.Staff || m.Author.Automated {
		return nil
	}
	events := make([]Event, len(m.Watches))
	topics := r.Verdict.TopicNames()
	for i, w := range m.Watches {
		v := r.Verdict.For(w)
		events[i] = Event{ID: m.ID, At: m.CreatedAt, Source: m.Source, Watch: w, Topics: topics, Author: m.Author.ID,
			Negative: v.Label == bot.Negative, Against: against(v), Repost: m.RepostOf != ""}
	}
	return events
}

// against tells of each topic of a verdict whether it is complained of; nil
// where all are what the whole is.
func against(v bot.Verdict) []bool {
	whole := v.Label == bot.Negative
	var list []bool
	for i, t := range v.Topics {
		bad := ofTopic(v, t) == bot.Negative
		if list == nil && bad != whole {
			list = make([]bool, len(v.Topics))
			for k := range i {
				list[k] = whole
			}
		}
		if list != nil {
			list[i] = bad
		}
	}
	return list
}

// ofTopic is the sentiment towards a topic; that of the whole where the topic
// has none of its own.
func ofTopic(v bot.Verdict, t bot.TopicHit) bot.Label {
	if t.Label == "" || t.Label == bot.Unsure {
		return v.Label
	}
	return t.Label
}

// ChangeKind says what became of an episode.
type ChangeKind string

// The kinds of change.
const (
	Opened  ChangeKind = "opened"
	Updated ChangeKind = "updated"
	Closed  ChangeKind = "closed"
)

// Change is news of one episode. Spike carries what the series tell; who has
// it and what it is about are for Merge and Explain to add. An episode is known
// by its watch, its topic and the time it opened: one that opened in the series
// of all mentions may turn into one of complaints.
type Change struct {
	Kind  ChangeKind
	Spike bot.Spike
}

// Engine watches many series at once. It is not safe for concurrent use.
type Engine struct {
	bin      int64 // number of the running bin; 0 before the first event or tick
	lines    map[bot.Series]*line
	order    []bot.Series // of lines, sorted: the same events give the same episodes
	cards    []*episode
	nameless map[said]bool // anonymous events of the running bin: a replay may tell them again
	heard    hearing
	t        *tuning
}

// said is an event, by its mention and watch.
type said struct {
	id    int64
	watch string
}

// line is one series. There may be a hundred thousand of them.
type line struct {
	det     Detector
	now     int32           // people in the running bin
	part    float32         // of the last bin that was listened to
	people  map[int64]int64 // author → second in which they were counted last; nil for none
	chart   [chartBins]half // half hours, by number modulo chartBins
	carded  int64           // bin in which its last card opened; 0 for none
	closed  int64           // bin in which that card closed
	plotted int64           // number of the last half hour in chart
	last    Reading
}

// NewEngine makes an engine that watches these series from its first event or
// tick on. Series that were not named are watched from their first event; they
// must be two days old before they can alarm, so name those that are known.
func NewEngine(series ...bot.Series) *Engine {
	e := &Engine{lines: map[bot.Series]*line{}, nameless: map[said]bool{}, heard: newHearing(), t: standard()}
	e.Track(series...)
	return e
}

// SeriesOf lists the series of a watch and its topics: the watch as a whole
// and each topic, for negative mentions and for all.
func SeriesOf(watch string, topics ...string) []bot.Series {
	var all []bot.Series
	for _, t := range append([]string{""}, topics...) {
		all = append(all, bot.Series{Watch: watch, Topic: t}, bot.Series{Watch: watch, Topic: t, Negative: true})
	}
	return all
}

// Track adds series that are watched from now on; known ones go on as they are.
func (e *Engine) Track(series ...bot.Series) {
	for _, s := range series {
		if e.lines[s] == nil {
			e.lines[s] = e.newLine()
			e.order = append(e.order, s)
		}
	}
	slices.SortFunc(e.order, compareSeries)
}

func (e *Engine) newLine() *line {
	return &line{det: *newDetector(int(Step/time.Minute), e.t), part: 1}
}

func (e *Engine) line(s bot.Series) *line {
	if l, ok := e.lines[s]; ok {
		return l
	}
	l := e.newLine()
	e.lines[s] = l
	at, _ := slices.BinarySearchFunc(e.order, s, compareSeries)
	e.order = slices.Insert(e.order, at, s)
	return l
}

// compareSeries orders series: by watch and topic, the negative one first.
func compareSeries(a, b bot.Series) int {
	if c := cmp.Or(cmp.Compare(a.Watch, b.Watch), cmp.Compare(a.Topic, b.Topic)); c != 0 || a.Negative == b.Negative {
		return c
	}
	if a.Negative {
		return -1
	}
	return 1
}

// Observe counts an event and tells what the bins that ended before it came
// to. Events come in order of time; one that is late by up to an hour counts
// in the running bin, a later one is too old to say anything of now. What was
// said while nobody listened to its source does not count: nothing is expected
// of that time either.
func (e *Engine) Observe(ev Event) []Change {
	sec := ev.At.Unix()
	changes := e.advance(binOf(ev.At))
	if e.heard.missed(ev.Source, ev.At) || e.again(ev) {
		return changes
	}
	if start := e.bin * stepSeconds; sec < start {
		if start-sec > lateLimit {
			return changes
		}
		sec = start
	}
	e.heard.count(ev.Watch, ev.Source)
	e.count(bot.Series{Watch: ev.Watch}, ev.Author, ev.Negative, sec)
	for i, t := range ev.Topics {
		if t != "" && !slices.Contains(ev.Topics[:i], t) {
			bad := ev.Negative
			if i < len(ev.Against) {
				bad = ev.Against[i]
			}
			e.count(bot.Series{Watch: ev.Watch, Topic: t}, ev.Author, bad, sec)
		}
	}
	return changes
}

// again tells whether an anonymous event has been counted in the running bin,
// from whose start a restart replays. Those with an author count once anyway.
func (e *Engine) again(ev Event) bool {
	if ev.Author != 0 || ev.ID == 0 {
		return false
	}
	key := said{ev.ID, ev.Watch}
	seen := e.nameless[key]
	e.nameless[key] = true
	return seen
}

func (e *Engine) count(s bot.Series, author int64, complaint bool, sec int64) {
	e.line(s).see(author, sec)
	if complaint {
		s.Negative = true
		e.line(s).see(author, sec)
	}
}

// see counts an author unless they were counted in the last four hours.
func (l *line) see(author, sec int64) {
	if author != 0 {
		if at, ok := l.people[author]; ok && sec-at < onceIn {
			return
		}
		if l.people == nil {
			l.people = map[int64]int64{}
		}
		l.people[author] = sec
	}
	l.now++
}

// Tick closes the bins that ended by now, those without an event included, and
// tells what they came to. Call it every minute or so.
func (e *Engine) Tick(now time.Time) []Change { return e.advance(binOf(now)) }

// binOf is the number of the bin that holds t; times before 1970 are bin 1.
func binOf(t time.Time) int64 { return max(1, t.Unix()/stepSeconds) }

// Missed tells whether Observe would leave an event out, for it is too late or
// was said while nobody listened.
func (e *Engine) Missed(ev Event) bool {
	return e.heard.missed(ev.Source, ev.At) || e.bin*stepSeconds-ev.At.Unix() > lateLimit
}

// Carry takes over the open cards of an engine that watched the same up to now,
// once e has counted the past anew. Cards of e that tell the same story give
// way to those that people know.
func (e *Engine) Carry(old *Engine) {
	e.cards = slices.DeleteFunc(e.cards, func(c *episode) bool {
		return slices.ContainsFunc(old.cards, func(o *episode) bool { return SameStory(c.series, o.series) })
	})
	for _, c := range old.cards {
		e.Track(c.series, c.driver)
		e.cards = append(e.cards, c)
	}
	for s, l := range old.lines {
		if own := e.lines[s]; own != nil {
			own.carded, own.closed = max(own.carded, l.carded), max(own.closed, l.closed)
		}
	}
}

// SameStory tells whether episodes of two series at one time are one: of the
// same topic, or one of them of the watch as a whole.
func SameStory(a, b bot.Series) bool {
	return a.Watch == b.Watch && (a.Topic == b.Topic || a.Topic == "" || b.Topic == "")
}

// Now is the start of the running bin; zero before the first event or tick.
func (e *Engine) Now() time.Time {
	if e.bin == 0 {
		return time.Time{}
	}
	return time.Unix(e.bin*stepSeconds, 0).UTC()
}

func (e *Engine) advance(to int64) []Change {
	if e.bin == 0 {
		e.bin = to
	}
	var changes []Change
	if to-e.bin > fillBins {
		changes = e.closeBin()
		e.bin = to
	}
	for e.bin < to {
		changes = append(changes, e.closeBin()...)
		e.bin++
	}
	return changes
}

// closeBin feeds the running bin to the detectors and moves the episodes on.
// The series of a watch whose sources were all down keep still.
func (e *Engine) closeBin() []Change {
	at := e.Now()
	parts := map[string]float64{}
	for _, s := range e.order {
		part, ok := parts[s.Watch]
		if !ok {
			part = e.heard.part(s.Watch, e.bin)
			parts[s.Watch] = part
		}
		l := e.lines[s]
		l.part = float32(part)
		if part == 0 {
			l.now, l.last = 0, l.last.silent()
			continue
		}
		l.last = l.det.AddPart(at, int(l.now), part)
		l.plot(e.bin, int(l.now), l.last.Expected)
	}
	changes := e.judge()
	hourly := (e.bin+1)%12 == 0
	for _, l := range e.lines {
		l.now = 0
		if hourly {
			l.forget((e.bin + 1) * stepSeconds)
		}
	}
	clear(e.nameless)
	if hourly {
		e.heard.fade()
	}
	return changes
}

// forget drops the authors who may be counted again.
func (l *line) forget(now int64) {
	for a, at := range l.people {
		if now-at >= onceIn {
			delete(l.people, a)
		}
	}
	if len(l.people) == 0 {
		l.people = nil
	}
}
