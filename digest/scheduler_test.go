package digest

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"earshot/bot"
)

// TestSchedulerOncePerSlot is the property that, however often and late ticks
// come, from however many replicas, and whatever fails, every digest is of a
// true slot, made once, with its job, and the latest slot is caught up.
func TestSchedulerOncePerSlot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Audience{Name: "leads", Watches: []string{"w"}, Zone: zone(t, rapid.SampledFrom(zones()).Draw(t, "zone")), Period: Period{Days: 1},
			Spec: rapid.SampledFrom([]string{"30 2 * * *", "0 9 * * 1", "15 */6 * * *", "0 0 1 * *"}).Draw(t, "spec")}
		spec, err := ParseSpec(a.Spec, a.Zone)
		if err != nil {
			t.Fatal(err)
		}
		m, now := newMemory(), monday().AddDate(0, 0, -3)
		clock := func() time.Time { return now }
		replicas := []*Scheduler{NewScheduler(m, []Audience{a}, clock, quiet()), NewScheduler(m, []Audience{a}, clock, quiet())}
		if err := replicas[0].Sync(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		start := now
		for _, step := range rapid.SliceOfN(rapid.IntRange(1, 20000), 1, 60).Draw(t, "minutes") {
			now = now.Add(time.Duration(step) * time.Minute)
			m.failAt = rapid.SampledFrom([]string{"", "", "", "Enqueue"}).Draw(t, "fail")
			for _, r := range replicas {
				if err := r.Tick(t.Context()); (err != nil) && m.failAt == "" {
					t.Fatal(err)
				}
			}
			m.failAt = ""
			if err := replicas[1].Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			if due := spec.Latest(start.Add(time.Second), now); !due.IsZero() && !hasSlot(m, due) {
				t.Fatalf("at %s the slot %s has no digest", now, due)
			}
		}
		if len(m.jobs) != len(m.digests) {
			t.Fatalf("%d jobs for %d digests", len(m.jobs), len(m.digests))
		}
		for _, d := range m.digests {
			if !spec.Next(d.Slot.Add(-time.Second)).Equal(d.Slot) || !d.To.After(d.From) || d.To.After(d.Slot) {
				t.Fatalf("a digest of no slot: %+v", d)
			}
		}
	})
}

func hasSlot(m *memory, slot time.Time) bool {
	for _, d := range m.digests {
		if d.Slot.Equal(slot) {
			return true
		}
	}
	return false
}

// TestSync checks that rows follow the configuration and keep their place.
func TestSync(t *testing.T) {
	m, a := larkspur(t)
	now := made()
	clock := func() time.Time { return now }
	sync := func(as ...Audience) {
		t.Helper()
		if err := NewScheduler(m, as, clock, quiet()).Sync(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	m.schedules["sweep"] = bot.Schedule{Name: "sweep", Spec: "0 3 * * *"}
	sync(a)
	first := m.schedules["digest:leadership"]
	if want := time.Date(2026, 3, 23, 8, 0, 0, 0, time.UTC); !first.NextDueAt.Equal(want) {
		t.Errorf("first due %s, want %s", first.NextDueAt, want)
	}
	now = now.AddDate(0, 1, 0)
	sync(a)
	if m.schedules["digest:leadership"] != first {
		t.Error("a schedule that did not change lost its place, and so a slot that is due")
	}
	a.Spec = "0 10 * * 1"
	sync(a)
	if got := m.schedules["digest:leadership"]; !got.NextDueAt.After(now) || got.Spec != a.Spec {
		t.Errorf("a changed schedule is %+v", got)
	}
	sync()
	if len(m.schedules) != 1 || m.schedules["sweep"].Name == "" {
		t.Errorf("left: %+v", m.schedules)
	}
}

// TestClockSetBack: a row that was moved by a clock that was ahead does not
// wait until the clock is there again.
func TestClockSetBack(t *testing.T) {
	m, a := larkspur(t)
	now := made().AddDate(1, 0, 0)
	s := NewScheduler(m, []Audience{a}, func() time.Time { return now }, quiet())
	if err := s.Sync(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 3, 23, 8, 0, 0, 0, time.UTC)
	for _, now = range []time.Time{made(), want, want.Add(time.Minute)} {
		if err := s.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.digests) != 1 || !hasSlot(m, want) {
		t.Errorf("digests %+v", m.digests)
	}
}
