package spike

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"earshot/bot"
)

// story is a stretch of events of one watch, made of a calm base and what
// happens in it.
type story struct {
	rng    *rand.Rand
	events []Event
	author int64
}

func newStory(seed uint64) *story { return &story{rng: rand.New(rand.NewPCG(seed, 3))} }

// calm has perHour people an hour speak for so many days, a fifth of them
// negative, of one of three topics.
func (s *story) calm(days, perHour int) {
	for h := range days * 24 {
		for range perHour {
			s.author++ // every fifth is negative: chance is for other tests
			at := monday().Add(time.Duration(h)*time.Hour + time.Duration(s.rng.IntN(3600))*time.Second)
			topic := []string{"delivery", "firmware", "price"}[s.rng.IntN(3)]
			s.events = append(s.events, Event{At: at, Watch: "larkspur", Topics: []string{topic}, Author: s.author, Negative: s.author%5 == 0})
		}
	}
}

// burst has n new people speak of topic within two hours from at.
func (s *story) burst(at time.Duration, n int, topic string, negative func(i int) bool) {
	for i := range n {
		s.author++
		var topics []string
		if topic != "" {
			topics = []string{topic}
		}
		s.events = append(s.events, Event{At: monday().Add(at + time.Duration(i)*2*time.Hour/time.Duration(n)), Watch: "larkspur", Topics: topics, Author: s.author, Negative: negative(i)})
	}
}

func (s *story) sorted() []Event {
	for i := 1; i < len(s.events); i++ {
		for j := i; j > 0 && s.events[j].At.Before(s.events[j-1].At); j-- {
			s.events[j], s.events[j-1] = s.events[j-1], s.events[j]
		}
	}
	return s.events
}

func larkspur() []bot.Series { return SeriesOf("larkspur", "delivery", "firmware", "price") }

// play gives all changes of the events and of the day after them.
func play(e *Engine, events []Event) []Change { return playFor(e, events, 36*time.Hour) }

// playFor is play with so much time after the events.
func playFor(e *Engine, events []Event, after time.Duration) []Change {
	var all []Change
	for _, ev := range events {
		all = append(all, e.Observe(ev)...)
	}
	return append(all, e.Tick(events[len(events)-1].At.Add(after))...)
}

func always(int) bool { return true }

func opened(changes []Change) []bot.Spike {
	var out []bot.Spike
	for _, c := range changes {
		if c.Kind == Opened {
			out = append(out, c.Spike)
		}
	}
	return out
}

func TestEngine(t *testing.T) {
	day := 24 * time.Hour
	tests := []struct {
		name   string
		happen func(s *story)
		want   []bot.Series
	}{
		{"calm", func(*story) {}, nil},
		{"a fault of one topic is one card, the topic's", func(s *story) {
			s.burst(10*day+9*time.Hour, 60, "firmware", always)
		}, []bot.Series{{Watch: "larkspur", Topic: "firmware", Negative: true}}},
		{"a crisis of no topic is the watch's", func(s *story) {
			s.burst(10*day+9*time.Hour, 60, "", always)
		}, []bot.Series{{Watch: "larkspur", Negative: true}}},
		{"a launch is not a crisis", func(s *story) {
			s.burst(10*day+9*time.Hour, 200, "price", func(i int) bool { return i%5 == 0 })
		}, []bot.Series{{Watch: "larkspur", Topic: "price"}}},
		{"one author who writes sixty times is one person", func(s *story) {
			from := len(s.events)
			s.burst(10*day+9*time.Hour, 60, "firmware", always)
			for i := range s.events[from:] {
				s.events[from+i].Author = 999999
				s.events[from+i].Repost = i > 0
			}
		}, nil},
		{"two faults that share nobody are two cards", func(s *story) {
			s.burst(10*day+9*time.Hour, 60, "firmware", always)
			s.burst(10*day+9*time.Hour+20*time.Minute, 50, "delivery", always)
		}, []bot.Series{{Watch: "larkspur", Topic: "firmware", Negative: true}, {Watch: "larkspur", Topic: "delivery", Negative: true}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStory(5)
			s.calm(12, 4)
			tt.happen(s)
			changes := play(NewEngine(larkspur()...), s.sorted())
			var got []bot.Series
			for _, sp := range opened(changes) {
				got = append(got, sp.Series)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("opened (-want +got):\n%s", diff)
			}
			checkLives(t, changes)
		})
	}
}

// checkLives holds every episode to: opened once, updated while open, closed
// once.
func checkLives(t *testing.T, changes []Change) {
	t.Helper()
	type key struct { // an episode keeps its topic; its card may turn to complaints
		watch, topic string
		at           time.Time
	}
	state := map[key]ChangeKind{}
	for _, c := range changes {
		k := key{c.Spike.Series.Watch, c.Spike.Series.Topic, c.Spike.OpenedAt}
		if (c.Kind == Opened) != (state[k] == "") || state[k] == Closed {
			t.Errorf("%v %s after %q", k, c.Kind, state[k])
		}
		if (c.Kind == Closed) != (c.Spike.State == bot.SpikeOver) {
			t.Errorf("%v %s in state %s", k, c.Kind, c.Spike.State)
		}
		state[k] = c.Kind
		if c.Spike.Count < minMentions {
			t.Errorf("%v %s with %d people", k, c.Kind, c.Spike.Count)
		}
	}
	for k, s := range state {
		if s != Closed {
			t.Errorf("%v stays %s", k, s)
		}
	}
}

// TestSpikeSays checks what a spike's card is told.
func TestSpikeSays(t *testing.T) {
	s := newStory(5)
	s.calm(12, 4)
	start := 10*24*time.Hour + 9*time.Hour
	s.burst(start, 60, "firmware", always)
	changes := play(NewEngine(larkspur()...), s.sorted())
	last := changes[len(changes)-1].Spike
	if last.Count < 55 || last.Count > 70 {
		t.Errorf("%d people, want about 60", last.Count)
	}
	if off := last.Since.Sub(monday().Add(start)).Abs(); off > 15*time.Minute {
		t.Errorf("since %s, want about %s", last.Since, monday().Add(start))
	}
	if last.Expected > 3 || last.Peak < 10 || last.Rising || last.Share < 0.5 || last.UsualNeg > 0.4 {
		t.Errorf("expected %.1f, peak %.1f, rising %t, share %.2f, usual %.2f", last.Expected, last.Peak, last.Rising, last.Share, last.UsualNeg)
	}
	if want := "the highest 4 hours in a week"; last.Why != want {
		t.Errorf("why %q, want %q", last.Why, want)
	}
	if len(last.Bins) < 90 || len(last.Bins) > 96 {
		t.Errorf("%d bins for 48 hours", len(last.Bins))
	}
	for _, b := range last.Bins {
		if b.High < b.Expected {
			t.Errorf("band of %v is upside down", b)
		}
	}
}

func TestLateEvents(t *testing.T) {
	e := NewEngine(larkspur()...)
	e.Tick(monday().Add(time.Hour))
	e.Observe(Event{At: monday().Add(30 * time.Minute), Watch: "larkspur", Author: 1})
	if n := e.lines[bot.Series{Watch: "larkspur"}].now; n != 1 {
		t.Errorf("late by half an hour counts %d, want 1", n)
	}
	e.Observe(Event{At: monday().Add(-time.Hour), Watch: "larkspur", Author: 2})
	if n := e.lines[bot.Series{Watch: "larkspur"}].now; n != 1 {
		t.Errorf("late by two hours counts: %d people", n)
	}
}

// TestOutages: a source that is down takes its share of what is expected with
// it, and what it says of that time later is not said now; when all sources are
// down nothing is learnt.
func TestOutages(t *testing.T) {
	all := bot.Series{Watch: "larkspur"}
	run := func(down ...string) (e *Engine, before float64) {
		e = NewEngine(all)
		for i := range 10 * 24 * 12 { // 12 people an hour, three quarters of them on one source
			e.Observe(Event{At: monday().Add(time.Duration(i) * Step), Watch: "larkspur", Source: []string{"big", "big", "small", "big"}[i%4]})
		}
		begin := monday().Add(10 * 24 * time.Hour)
		e.Tick(begin)
		before = e.lines[all].last.Expected
		var outages []bot.Outage
		for _, s := range down {
			outages = append(outages, bot.Outage{Source: s, From: begin})
		}
		e.Outages(outages)
		e.Tick(begin.Add(Step))
		return e, before
	}
	for _, tt := range []struct {
		down []string
		part float64
	}{{nil, 1}, {[]string{"big"}, 0.25}, {[]string{"small"}, 0.75}, {[]string{"elsewhere"}, 1}} {
		e, before := run(tt.down...)
		if got := e.lines[all].last.Expected / before; got < tt.part-0.05 || got > tt.part+0.05 {
			t.Errorf("without %v %.2f of the usual is expected, want %.2f", tt.down, got, tt.part)
		}
	}
	e, before := run("big", "small")
	e.Tick(e.Now().Add(12 * time.Hour))
	e.Observe(Event{At: e.Now().Add(-30 * time.Minute), Watch: "larkspur", Source: "big"})
	if n := e.lines[all].now; n != 0 {
		t.Errorf("what was said while its source was down counts: %d", n)
	}
	e.Outages(nil)
	e.Tick(e.Now().Add(Step))
	if got := e.lines[all].last.Expected; got < 0.9*before {
		t.Errorf("expected %.2f before twelve hours without a source, %.2f after", before, got)
	}
}

// TestRestart is the property that a restart changes nothing: the same events,
// in pieces with a snapshot between, open the same episodes.
func TestRestart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newStory(rapid.Uint64().Draw(t, "seed"))
		s.calm(3, rapid.IntRange(0, 3).Draw(t, "per_hour"))
		for range rapid.IntRange(0, 3).Draw(t, "bursts") {
			topic := rapid.SampledFrom([]string{"firmware", "delivery", "", "new"}).Draw(t, "topic")
			mod := rapid.IntRange(1, 4).Draw(t, "mod")
			s.burst(time.Duration(rapid.IntRange(48, 3*24).Draw(t, "hour"))*time.Hour, rapid.IntRange(1, 80).Draw(t, "n"), topic, func(i int) bool { return i%mod == 0 })
		}
		if len(s.events) == 0 {
			return
		}
		if people := rapid.Int64Range(0, 40).Draw(t, "people"); people > 0 { // the same few write again and again
			for i := range s.events {
				s.events[i].Author %= people
			}
		}
		events := s.sorted()
		series := SeriesOf("larkspur", "firmware", "delivery")
		want := playFor(NewEngine(series...), events, 14*time.Hour)
		e, got := NewEngine(series...), []Change(nil)
		cuts := rapid.SliceOfN(rapid.IntRange(0, len(events)-1), 0, 4).Draw(t, "cuts")
		for i, ev := range events {
			for _, c := range cuts {
				if c == i {
					body := e.Snapshot()
					again, err := Restore(body)
					if err != nil {
						t.Fatal(err)
					}
					if string(again.Snapshot()) != string(body) {
						t.Fatal("a restored engine has another snapshot")
					}
					e = again
				}
			}
			got = append(got, e.Observe(ev)...)
		}
		got = append(got, e.Tick(events[len(events)-1].At.Add(14*time.Hour))...)
		if !reflect.DeepEqual(want, got) { // a diff of them all takes ten times as long
			t.Fatalf("restarted (-want +got):\n%s", cmp.Diff(want, got))
		}
	})
}

func FuzzRestore(f *testing.F) {
	s := newStory(2)
	s.calm(4, 3)
	s.burst(80*time.Hour, 60, "firmware", always)
	e := NewEngine(larkspur()...)
	for _, ev := range s.sorted() {
		e.Observe(ev)
	}
	f.Add(e.Snapshot())
	f.Add(NewEngine().Snapshot())
	f.Add([]byte{1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := Restore(body)
		if err != nil {
			return
		}
		e.Observe(Event{At: e.Now().Add(time.Minute), Watch: "w", Author: 1})
		e.Tick(e.Now().Add(2 * time.Hour))
		if _, err := Restore(e.Snapshot()); err != nil {
			t.Errorf("what was restored cannot be restored again: %v", err)
		}
	})
}

func BenchmarkEngine(b *testing.B) {
	s := newStory(1)
	s.calm(20, 30)
	events := s.sorted()
	e := NewEngine(larkspur()...)
	b.ReportAllocs()
	for i := range b.N {
		if i%len(events) == 0 {
			e = NewEngine(larkspur()...)
		}
		e.Observe(events[i%len(events)])
	}
}
