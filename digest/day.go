package digest

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"earshot/bot"
)

// Limits of a roll-up.
const (
	dayVersion  = 1
	secondsADay = 24 * 60 * 60
	// maxTopics is how many topics a day tells apart; a mention's topics are one
	// bit each. All beyond share the last bit, OtherTopics.
	maxTopics  = 64
	maxSources = 1 << 16
	maxName    = 1 << 10 // bytes of a topic's or source's name
)

// OtherTopics stands for what a day's roll-up cannot tell apart, and for
// people who spoke of no topic.
const OtherTopics = "other topics"

// kind says what a mention tells of its author's stance.
type kind uint8

const (
	kindNone   kind = iota // heard, but without an evaluation of their own
	kindTold               // the words, as analysis reads them
	kindStars              // a rating
	kindSurvey             // an answer to "how likely are you to recommend us"
)

// record is what a roll-up keeps of one mention.
type record struct {
	at       int64 // seconds since 1970
	answered int64 // when its case was first answered; 0 for never
	topics   uint64
	source   uint16
	kind     kind
	stance   uint8 // index into stances
	label    uint8 // index into labels; labelNobody
}

// labelNobody marks what is nobody's own voice: news, reposts, hearsay. It was
// heard, and is not what a person's view could be missed in.
const labelNobody = 5

// stances and labels give the order in which they are numbered in roll-ups.
func stances() [4]bot.Stance {
	return [4]bot.Stance{bot.Unqualified, bot.Promoter, bot.Passive, bot.Detractor}
}

func labels() [5]bot.Label {
	return [5]bot.Label{bot.Unsure, bot.Negative, bot.Neutral, bot.Positive, bot.Mixed}
}

// Day is the roll-up of one watch and one UTC day: what every person said, in
// a few bytes a mention. People are customers where known, else authors; an
// anonymous mention is a person of its own.
type Day struct {
	Date    time.Time // 00:00 UTC
	sources []string
	topics  []string
	people  map[uint64][]record
}

// NewDay is the empty roll-up of the UTC day that holds at.
func NewDay(at time.Time) *Day {
	return &Day{Date: dayOf(at), people: map[uint64][]record{}}
}

// dayOf is the start of the UTC day that holds t.
func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// Add counts a mention of the day. Deleted mentions and what our own staff
// says are nobody's voice and are left out.
func (d *Day) Add(r bot.Reading) {
	m := r.Mention
	at := m.CreatedAt.Unix()
	if m.Deleted || m.Author.Staff || at < d.Date.Unix() || at >= d.Date.Unix()+secondsADay {
		return
	}
	k, stance := evidence(r)
	rec := record{at: at, kind: k, stance: stanceIndex(stance),
		label: labelIndex(r.Verdict.Label), source: d.sourceIndex(m.Source)}
	if k == kindNone && nobodys(r) {
		rec.label = labelNobody
	}
	for _, t := range decisive(r.Verdict.Topics, stance) {
		rec.topics |= 1 << d.topicIndex(t.Name)
	}
	if !r.AnsweredAt.IsZero() {
		rec.answered = max(at, r.AnsweredAt.Unix())
	}
	key := personKey(m)
	d.people[key] = append(d.people[key], rec)
}

// decisive leaves of a mention's topics those that stand for its stance: what a
// detractor praises did not make them one. Where all speak against it, all stay.
func decisive(topics []bot.TopicHit, stance bot.Stance) []bot.TopicHit {
	against := bot.Label("")
	switch stance {
	case bot.Detractor:
		against = bot.Positive
	case bot.Promoter:
		against = bot.Negative
	default:
		return topics
	}
	speaks := func(t bot.TopicHit) bool { return t.Label == against }
	if !slices.ContainsFunc(topics, speaks) {
		return topics
	}
	if kept := slices.DeleteFunc(slices.Clone(topics), speaks); len(kept) > 0 {
		return kept
	}
	return topics
}

// evidence is what a mention says of its author's stance. A rating decides
// before the words; news, bots, reposts and hearsay are nobody's own voice.
func evidence(r bot.Reading) (kind, bot.Stance) {
	m, v := r.Mention, r.Verdict
	switch {
	case m.Author.Automated || m.RepostOf != "":
		return kindNone, bot.Unqualified
	case m.Rating.Given() && m.Rating.Survey:
		return kindSurvey, bot.StanceOfRating(m.Rating)
	case m.Rating.Given():
		return kindStars, bot.StanceOfRating(m.Rating)
	case v.Voice == bot.Hearsay:
		return kindNone, bot.Unqualified
	case v.Stance == bot.Promoter || v.Stance == bot.Passive || v.Stance == bot.Detractor:
		return kindTold, v.Stance
	}
	return kindNone, bot.Unqualified
}

// nobodys tells whether a mention is nobody's own voice.
func nobodys(r bot.Reading) bool {
	return r.Mention.Author.Automated || r.Mention.RepostOf != "" || r.Verdict.Voice == bot.Hearsay
}

// personKey tells people apart: the low two bits say what the id is of.
func personKey(m bot.Mention) uint64 {
	switch {
	case m.Author.CustomerID != 0:
		return uint64(m.Author.CustomerID)<<2 | 1
	case m.Author.ID != 0:
		return uint64(m.Author.ID)<<2 | 2
	}
	return uint64(m.ID)<<2 | 3
}

func stanceIndex(s bot.Stance) uint8 {
	ss := stances()
	return uint8(max(0, slices.Index(ss[:], s)))
}

func labelIndex(l bot.Label) uint8 {
	ls := labels()
	return uint8(max(0, slices.Index(ls[:], l)))
}

func (d *Day) sourceIndex(name string) uint16 {
	i := slices.Index(d.sources, name)
	if i < 0 {
		i = min(len(d.sources), maxSources-1)
		d.sources = append(d.sources[:i], name)
	}
	return uint16(i)
}

func (d *Day) topicIndex(name string) int {
	if i := slices.Index(d.topics, name); i >= 0 {
		return i
	}
	if len(d.topics) == maxTopics-1 {
		name = OtherTopics
	}
	if len(d.topics) < maxTopics {
		d.topics = append(d.topics, name)
	}
	return len(d.topics) - 1
}

// Encode writes the roll-up. The same mentions give the same bytes when they
// were added in the same order.
func (d *Day) Encode() []byte {
	b := make([]byte, 0, 64+8*len(d.people))
	b = append(b, dayVersion)
	b = binary.AppendVarint(b, d.Date.Unix()/secondsADay)
	b = appendNames(b, d.sources)
	b = appendNames(b, d.topics)
	b = binary.AppendUvarint(b, uint64(len(d.people)))
	last := uint64(0)
	for _, key := range slices.Sorted(maps.Keys(d.people)) {
		b = binary.AppendUvarint(b, key-last)
		last = key
		b = appendRecords(b, d.people[key], d.Date.Unix())
	}
	return b
}

func appendNames(b []byte, names []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(names)))
	for _, n := range names {
		n = n[:min(len(n), maxName)]
		b = append(binary.AppendUvarint(b, uint64(len(n))), n...)
	}
	return b
}

func appendRecords(b []byte, recs []record, start int64) []byte {
	slices.SortStableFunc(recs, func(x, y record) int { return cmp.Compare(x.at, y.at) })
	b = binary.AppendUvarint(b, uint64(len(recs)))
	last := start
	for _, r := range recs {
		b = binary.AppendUvarint(b, uint64(r.at-last))
		last = r.at
		head := byte(r.kind) | r.stance<<2 | r.label<<4
		if r.answered != 0 {
			head |= 1 << 7
		}
		b = append(b, head)
		b = binary.AppendUvarint(b, uint64(r.source))
		b = binary.AppendUvarint(b, r.topics)
		if r.answered != 0 {
			b = binary.AppendUvarint(b, uint64(r.answered-r.at))
		}
	}
	return b
}
