package vital

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// world is a watcher with its clock, its signs and whom it tells.
type world struct {
	w       *Watcher
	signs   Signs
	now     time.Time
	steady  time.Duration
	broken  error // of keeping what is told
	said    []string
	shouted []string
	open    map[string]time.Time
}

func newWorld() *world {
	w := &world{now: time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC), open: map[string]time.Time{}}
	w.signs = Signs{Serving: true, Connectors: []Connector{{Name: "slack", Health: bot.Health{Connected: true}}}}
	w.w = New(Settings{
		Look:   func(context.Context) Signs { s := w.signs; s.At = w.now; return s },
		Teller: w, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return w.now }, Steady: func() time.Duration { return w.steady },
	})
	return w
}

func (w *world) Notify(_ context.Context, n bot.Notice) error {
	if w.broken != nil {
		return w.broken
	}
	if _, open := w.open[n.Key]; !open {
		w.open[n.Key] = n.At
		w.said = append(w.said, n.Key+" since "+n.At.Format("15:04:05"))
	}
	return nil
}

func (w *world) Mended(_ context.Context, key string) error {
	if w.broken != nil {
		return w.broken
	}
	if _, open := w.open[key]; open {
		delete(w.open, key)
		w.said = append(w.said, key+" mended")
	}
	return nil
}

func (w *world) Shout(_ context.Context, n bot.Notice) error {
	w.shouted = append(w.shouted, n.Key)
	return nil
}

// pass lets time pass in looks of half a minute.
func (w *world) pass(t *testing.T, d time.Duration) {
	t.Helper()
	for end := w.now.Add(d); w.now.Before(end); {
		w.now, w.steady = w.now.Add(30*time.Second), w.steady+30*time.Second
		if err := w.w.Tick(t.Context()); err != nil && w.broken == nil {
			t.Fatal(err)
		}
	}
}

// What stays broken is told once, with when it began, and once when it is well.
func TestToldOnce(t *testing.T) {
	at := func(s string) time.Time { return must(time.Parse(time.DateTime, "2026-03-10 "+s)) }
	for name, c := range map[string]struct {
		ill  func(*Signs)
		last time.Duration
		key  string
		want bool
	}{
		"connection, briefly":     {func(s *Signs) { s.Connectors[0].Connected = false }, 4 * time.Minute, "platform:slack:unconnected", false},
		"connection":              {func(s *Signs) { s.Connectors[0].Connected = false }, 20 * time.Minute, "platform:slack:unconnected", true},
		"another replica has it":  {func(s *Signs) { s.Connectors[0].Health = bot.Health{Standby: true} }, time.Hour, "", false},
		"queue":                   {func(s *Signs) { s.Queues = []bot.QueueState{{Name: "deliver", Waiting: 3, Oldest: at("11:50:00")}} }, time.Minute, "vital:queue", true},
		"outbox":                  {func(s *Signs) { s.Due, s.OldestDue = 5, at("11:40:00") }, time.Minute, "vital:outbox", true},
		"parked, not long":        {func(s *Signs) { s.Parked = 2 }, 50 * time.Minute, "vital:parked", false},
		"parked":                  {func(s *Signs) { s.Parked = 2 }, 2 * time.Hour, "vital:parked", true},
		"disk":                    {func(s *Signs) { s.Size = bot.StoreSize{DiskFree: 1 << 30, DiskTotal: 100 << 30} }, time.Minute, "vital:disk", true},
		"a large disk":            {func(s *Signs) { s.Size = bot.StoreSize{DiskFree: 40 << 30, DiskTotal: 1000 << 30} }, time.Minute, "", false},
		"a size that is unknown":  {func(s *Signs) { s.Size = bot.StoreSize{} }, time.Minute, "", false},
		"database":                {func(s *Signs) { s.Store = errors.New("disk I/O error") }, 5 * time.Minute, "vital:store", true},
		"database, for a moment":  {func(s *Signs) { s.Store = errors.New("busy") }, 30 * time.Second, "", false},
		"nothing":                 {func(*Signs) {}, time.Hour, "", false},
		"queue, of no age at all": {func(s *Signs) { s.Queues = []bot.QueueState{{Name: "case", Waiting: 9}} }, time.Hour, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.pass(t, time.Minute)
			well := w.signs
			well.Connectors = slices.Clone(well.Connectors)
			c.ill(&w.signs)
			w.pass(t, c.last)
			var want []string
			if c.want {
				want = []string{c.key + " since 12:01:30"}
			}
			if diff := cmp.Diff(want, w.said); diff != "" {
				t.Fatal(diff)
			}
			w.signs = well
			w.pass(t, 10*time.Minute)
			if c.want {
				want = append(want, c.key+" mended")
			}
			if diff := cmp.Diff(want, w.said); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// What an earlier run of the program told is taken back by this one.
func TestToldByAnEarlierRun(t *testing.T) {
	w := newWorld()
	w.open["platform:slack:unconnected"] = w.now
	w.pass(t, time.Minute)
	if diff := cmp.Diff([]string{"platform:slack:unconnected mended"}, w.said); diff != "" {
		t.Error(diff)
	}
}

// A store that takes no writes cannot keep the notice either: it is shouted
// once, and kept with its end when the store is back.
func TestStoreIsGone(t *testing.T) {
	w := newWorld()
	w.pass(t, time.Minute)
	w.signs.Store, w.broken = errors.New("disk full"), errors.New("disk full")
	w.pass(t, time.Hour)
	if diff := cmp.Diff([]string{"vital:store"}, w.shouted); diff != "" {
		t.Error(diff)
	}
	w.signs.Store, w.broken = nil, nil
	w.pass(t, 10*time.Minute)
	if diff := cmp.Diff([]string{"vital:store since 12:01:30", "vital:store mended"}, w.said); diff != "" {
		t.Error(diff)
	}
}

// A clock that is set is told, in both directions; time that passes is not.
func TestClockJump(t *testing.T) {
	for _, jump := range []time.Duration{2 * time.Hour, -2 * time.Hour} {
		w := newWorld()
		w.pass(t, 10*time.Minute)
		w.now = w.now.Add(jump)
		w.pass(t, 5*time.Minute)
		if len(w.said) != 2 || !strings.HasPrefix(w.said[0], "vital:clock since") || w.said[1] != "vital:clock mended" {
			t.Errorf("a jump of %s: %q", jump, w.said)
		}
	}
}

// A regular task that keeps failing is told; one that fails once is not.
func TestReport(t *testing.T) {
	w := newWorld()
	w.w.Report("backup", errors.New("no room"), 10*time.Minute)
	w.pass(t, 5*time.Minute)
	w.w.Report("backup", nil, 10*time.Minute)
	w.pass(t, 20*time.Minute)
	if len(w.said) != 0 {
		t.Fatalf("it failed once: %q", w.said)
	}
	w.w.Report("backup", errors.New("no room"), 10*time.Minute)
	w.pass(t, 20*time.Minute)
	w.w.Report("backup", nil, 10*time.Minute)
	w.pass(t, time.Minute)
	if diff := cmp.Diff([]string{"task:backup since 12:25:30", "task:backup mended"}, w.said); diff != "" {
		t.Error(diff)
	}
}

// TestReady: each thing that readiness depends on makes it unready alone.
func TestReady(t *testing.T) {
	well := Signs{At: time.Unix(1000, 0), Serving: true, Connectors: []Connector{{Name: "slack", Health: bot.Health{Connected: true}}, {Name: "discord", Health: bot.Health{Standby: true}}}}
	if ok, why := Ready(well, Limits{}); !ok {
		t.Fatalf("not ready: %+v", why)
	}
	for name, ill := range map[string]func(*Signs){
		"started":  func(s *Signs) { s.Serving = false },
		"database": func(s *Signs) { s.Store = errors.New("password=hunter2 refused") },
		"tables":   func(s *Signs) { s.Schema = errors.New("newer") },
		"queue":    func(s *Signs) { s.Queues = []bot.QueueState{{Name: "deliver", Waiting: 1, Oldest: time.Unix(100, 0)}} },
		"slack":    func(s *Signs) { s.Connectors = []Connector{{Name: "slack", Health: bot.Health{Error: "xoxb-secret"}}} },
	} {
		s := well
		ill(&s)
		ok, why := Ready(s, Limits{})
		i := slices.IndexFunc(why, func(r Reason) bool { return !r.OK })
		if ok || i < 0 || why[i].Name != name || why[i].Says == "" {
			t.Errorf("%s: %t, %+v", name, ok, why)
		}
		for _, r := range why {
			if strings.Contains(r.Says, "hunter2") || strings.Contains(r.Says, "xoxb") {
				t.Errorf("%s tells a secret: %q", name, r.Says)
			}
		}
	}
}
