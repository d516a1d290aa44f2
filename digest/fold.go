package digest

import (
	"fmt"
	"slices"
	"time"

	"earshot/bot"
	"earshot/digest/quantify"
)

// Window is what people said of one watch in one period.
type Window struct {
	From, To time.Time        // [From, To)
	Rated    Tally            // people whose rating decided
	Told     Tally            // people whose words did
	Answers  quantify.Answers // people without a rating, by what the classifier says of their words
	Answered int              // detractors among them who count as passive, for their complaint was answered
	Survey   Tally            // answers to surveys, which stand beside and are never averaged in
	People   int              // heard, with or without an evaluation
	Mentions int
	Sources  map[string]Tally      // people by the source of what decided
	Topics   map[string]TopicTally // people by the topics of what decided
	Volume   []Volume              // mentions by step of the period
}

// Tally is all who count.
func (w Window) Tally() Tally { return w.Rated.Plus(w.Told) }

// TopicTally counts people who spoke of a topic. Weight is what the topic adds
// to promoters minus detractors: a person with three topics gives each a third,
// so that the weights of all topics sum to the whole.
type TopicTally struct {
	Tally
	Weight float64
}

// Volume counts the mentions of one step by what they say.
type Volume struct {
	From       time.Time `json:"from"`
	Promoters  int       `json:"promoters"`
	Passives   int       `json:"passives"`
	Detractors int       `json:"detractors"`
	Others     int       `json:"others"` // without an evaluation of their own
}

// Fold merges encoded days into a window. steps are the starts of the volume's
// steps, in order; none for no volume. Days may come in any order, each once.
func Fold(days [][]byte, from, to time.Time, steps []time.Time) (Window, error) {
	f := &folder{from: from.Unix(), to: to.Unix(), names: map[string]int{}, sources: map[string]int{}}
	f.w = Window{From: from, To: to, Sources: map[string]Tally{}, Topics: map[string]TopicTally{}}
	for _, s := range steps {
		f.w.Volume = append(f.w.Volume, Volume{From: s})
		f.steps = append(f.steps, s.Unix())
	}
	for _, body := range days {
		r, err := openDay(body)
		if err != nil {
			return Window{}, fmt.Errorf("fold days: %w", err)
		}
		f.open(r)
	}
	if !f.run() {
		return Window{}, fmt.Errorf("fold days: %w", errDay)
	}
	return f.finish(), nil
}

// blockKeys is how many keys are folded at a time: few enough that what is
// known of their people stays in a core's cache.
const blockKeys = 1 << 10

// folder merges the people of many days, which are sorted by key: block by
// block of neighbouring keys, day after day.
type folder struct {
	from, to int64
	steps    []int64
	w        Window
	all      []*foldedDay
	block    [blockKeys]verdict // by key, from the block's first on
	heard    []uint64           // places in block that are taken
	names    map[string]int     // topic → number in tallies
	topics   []TopicTally
	sources  map[string]int
	bySource []Tally
}

// foldedDay is a day with its names renumbered for the whole window.
type foldedDay struct {
	*dayReader
	topic  []int
	source []int
	more   bool // it stands at a person
	step   int  // the last step that begins before the day ends; -1 for none
}

func (f *folder) open(r *dayReader) {
	d := &foldedDay{dayReader: r, step: len(f.steps) - 1}
	for d.step >= 0 && f.steps[d.step] >= r.start+secondsADay {
		d.step--
	}
	for _, t := range r.topics {
		d.topic = append(d.topic, number(f.names, t))
	}
	for _, s := range r.sources {
		d.source = append(d.source, number(f.sources, s))
	}
	d.more = d.next()
	f.all = append(f.all, d)
}

func number(names map[string]int, name string) int {
	if i, ok := names[name]; ok {
		return i
	}
	names[name] = len(names)
	return len(names) - 1
}

// run folds block after block; false when a day is broken.
func (f *folder) run() bool {
	f.topics = make([]TopicTally, len(f.names)+1)
	f.bySource = make([]Tally, len(f.sources))
	for first, ok := f.first(); ok; first, ok = f.first() {
		for _, d := range f.all {
			f.fold(d, first)
		}
		slices.Sort(f.heard) // people in the order of their keys: sums come out the same
		for _, at := range f.heard {
			f.count(&f.block[at])
			f.block[at] = verdict{}
		}
		f.w.People += len(f.heard)
		f.heard = f.heard[:0]
	}
	return !slices.ContainsFunc(f.all, func(d *foldedDay) bool { return d.bad })
}

// verdict is what a person's mentions of the window come to.
type verdict struct {
	rated, told, survey record
	day                 [4]*foldedDay // of the deciding records, by kind
	answered            int64
	heard               bool
	read                bool  // words of their own that hold no evaluation were read
	readLabel           uint8 // of the latest of them
	readAt              int64
}

// first is the lowest key that a day stands at; false when all are through.
func (f *folder) first() (key uint64, ok bool) {
	for _, d := range f.all {
		if d.more && (!ok || d.key < key) {
			key, ok = d.key, true
		}
	}
	return key, ok
}

// fold takes the people of the block that begins at first out of a day.
func (f *folder) fold(d *foldedDay, first uint64) {
	for ; d.more && d.key-first < blockKeys; d.more = d.next() {
		v := &f.block[d.key-first]
		for i := range d.recs {
			r := &d.recs[i]
			if r.at < f.from || r.at >= f.to {
				continue
			}
			if !v.heard {
				v.heard = true
				f.heard = append(f.heard, d.key-first)
			}
			f.volume(r, d.step)
			v.see(r, d, f.to)
		}
	}
}

// see takes in one mention. Of several of a kind the latest counts.
func (v *verdict) see(r *record, d *foldedDay, to int64) {
	slot := &v.told
	switch r.kind {
	case kindNone:
		if r.label != labelNobody && (!v.read || r.at >= v.readAt) {
			v.read, v.readLabel, v.readAt = true, r.label, r.at
		}
		return
	case kindStars:
		slot = &v.rated
	case kindSurvey:
		slot = &v.survey
	}
	if slot.kind == kindNone || r.at >= slot.at {
		*slot, v.day[r.kind] = *r, d
	}
	if r.answered != 0 && r.answered < to {
		v.answered = max(v.answered, r.answered)
	}
}

// count decides a person's stance. Who has only answered a survey is no public
// voice; who has a public voice and has rated is what they rated. A complaint
// that was answered counts as passive unless its author spoke again.
func (f *folder) count(v *verdict) {
	if v.survey.kind != kindNone {
		f.w.Survey.Add(stanceOf(v.survey))
	}
	deciding := v.told
	switch {
	case v.rated.kind == kindNone && v.told.kind == kindNone:
		if v.read && v.survey.kind == kindNone {
			f.w.Answers[quantify.AnswerOf(bot.Unqualified, labels()[v.readLabel])]++
		}
		return
	case v.rated.kind != kindNone && (v.survey.kind == kindNone || v.rated.at >= v.survey.at):
		deciding = v.rated
	case v.survey.kind != kindNone:
		deciding = v.survey
	case stanceOf(v.told) == bot.Detractor && v.answered >= v.told.at && v.answered != 0:
		deciding.stance = stanceIndex(bot.Passive)
	}
	stance := stanceOf(deciding)
	if deciding.kind == kindTold {
		f.w.Told.Add(stance)
		said := stanceOf(v.told)
		f.w.Answers[quantify.AnswerOf(said, labels()[v.told.label])]++
		if said != stance {
			f.w.Answered++
		}
	} else {
		f.w.Rated.Add(stance)
	}
	d := v.day[deciding.kind]
	f.bySource[d.source[deciding.source]].Add(stance)
	f.countTopics(deciding.topics, d, stance)
}

func stanceOf(r record) bot.Stance { return stances()[r.stance] }

func (f *folder) countTopics(bits uint64, d *foldedDay, stance bot.Stance) {
	none := len(f.topics) - 1 // people who spoke of no topic
	at, n := [maxTopics]int{none}, 0
	for i := 0; bits != 0 && i < len(d.topic); i, bits = i+1, bits>>1 {
		if bits&1 == 1 {
			at[n] = d.topic[i]
			n++
		}
	}
	n = max(n, 1)
	weight := worth(stance) / float64(n)
	for _, i := range at[:n] {
		f.topics[i].Add(stance)
		f.topics[i].Weight += weight
	}
}

// worth is what a stance adds to a score.
func worth(s bot.Stance) float64 {
	switch s {
	case bot.Promoter:
		return 1
	case bot.Detractor:
		return -1
	}
	return 0
}

// volume counts a mention in its step, which is i or one before.
func (f *folder) volume(r *record, i int) {
	f.w.Mentions++
	for i > 0 && r.at < f.steps[i] {
		i--
	}
	if i < 0 {
		return
	}
	switch v := &f.w.Volume[i]; stanceOf(*r) {
	case bot.Promoter:
		v.Promoters++
	case bot.Passive:
		v.Passives++
	case bot.Detractor:
		v.Detractors++
	default:
		v.Others++
	}
}

// finish names what was counted by number.
func (f *folder) finish() Window {
	for name, i := range f.names {
		if f.topics[i].N() > 0 {
			f.w.Topics[name] = f.topics[i]
		}
	}
	if rest := f.topics[len(f.topics)-1]; rest.N() > 0 {
		other := f.w.Topics[OtherTopics]
		f.w.Topics[OtherTopics] = TopicTally{other.Plus(rest.Tally), other.Weight + rest.Weight}
	}
	for name, i := range f.sources {
		if f.bySource[i].N() > 0 {
			f.w.Sources[name] = f.bySource[i]
		}
	}
	return f.w
}
