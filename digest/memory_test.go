package digest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"earshot/bot"
)

// memory is the store in memory, with real roll-ups and one transaction at a
// time that is undone when it fails.
type memory struct {
	readings   []bot.Reading
	dirty      map[time.Time]bool
	rollups    map[time.Time][]byte
	work       bot.WorkStats
	answers    bot.AnswerStats
	cases      []bot.Case
	replies    []bot.Reply
	spikes     []bot.Spike
	states     []bot.SourceState
	audited    []bot.Audited
	digests    map[int64]bot.Digest
	deliveries []bot.Delivery
	schedules  map[string]bot.Schedule
	jobs       []bot.Job
	failAt     string // the method that fails
	rolledUp   int
	windows    map[string][]byte
	folded     int
	erased     int // how many people were erased
}

func newMemory(readings ...bot.Reading) *memory {
	m := &memory{readings: readings, dirty: map[time.Time]bool{}, rollups: map[time.Time][]byte{}, windows: map[string][]byte{}, digests: map[int64]bot.Digest{}, schedules: map[string]bot.Schedule{}}
	for _, r := range readings {
		m.dirty[dayOf(r.Mention.CreatedAt)] = true
	}
	return m
}

var errBroken = errors.New("the store broke")

func (m *memory) fails(method string) error {
	if m.failAt == method {
		return errBroken
	}
	return nil
}

func (m *memory) Transact(ctx context.Context, fn func(ctx context.Context) error) error {
	digests, deliveries, jobs := map[int64]bot.Digest{}, slices.Clone(m.deliveries), slices.Clone(m.jobs)
	schedules := map[string]bot.Schedule{}
	for k, v := range m.digests {
		digests[k] = v
	}
	for k, v := range m.schedules {
		schedules[k] = v
	}
	err := fn(ctx)
	if err != nil {
		m.digests, m.deliveries, m.jobs, m.schedules = digests, deliveries, jobs, schedules
	}
	return err
}

func (m *memory) DirtyDays(context.Context, string) ([]time.Time, error) {
	var days []time.Time
	for d := range m.dirty {
		days = append(days, d)
	}
	return days, nil
}

func (m *memory) DayReadings(_ context.Context, watch string, day time.Time, fn func(bot.Reading) error) error {
	for _, r := range m.readings {
		if slices.Contains(r.Mention.Watches, watch) && dayOf(r.Mention.CreatedAt).Equal(day) {
			if err := fn(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *memory) SaveRollup(_ context.Context, _ string, day time.Time, body []byte) error {
	m.rollups[day] = body
	m.rolledUp++
	delete(m.dirty, day)
	return m.fails("SaveRollup")
}

func (m *memory) Rollups(_ context.Context, _ string, from, to time.Time, fn func(time.Time, []byte) error) error {
	for day, body := range m.rollups {
		if !day.Before(from) && day.Before(to) {
			if err := fn(day, body); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *memory) RollupMark(context.Context, string, time.Time, time.Time) (string, error) {
	return fmt.Sprint(m.rolledUp), nil
}

func windowKey(watch string, from, to time.Time, mark string) string {
	return fmt.Sprint(watch, from.Unix(), to.Unix(), mark)
}

func (m *memory) SavedWindow(_ context.Context, watch string, from, to time.Time, mark string) ([]byte, error) {
	body, ok := m.windows[windowKey(watch, from, to, mark)]
	if !ok {
		return nil, bot.Errorf(bot.ErrNotFound, "nothing is kept")
	}
	return body, nil
}

func (m *memory) SaveWindow(_ context.Context, watch string, from, to time.Time, mark string, body []byte) error {
	m.windows[windowKey(watch, from, to, mark)] = body
	m.folded++
	return m.fails("SaveWindow")
}

func (m *memory) Audited(context.Context, time.Time) ([]bot.Audited, error) {
	return m.audited, m.fails("Audited")
}

func (m *memory) WorkStats(context.Context, bot.CaseFilter) (bot.WorkStats, error) {
	return m.work, nil
}

func (m *memory) AnswerStats(context.Context, string, time.Time, time.Time) (bot.AnswerStats, error) {
	return m.answers, m.fails("AnswerStats")
}
func (m *memory) Cases(context.Context, bot.CaseFilter) ([]bot.Case, error) { return m.cases, nil }
func (m *memory) RepliesIn(context.Context, bot.ReplyState, int) ([]bot.Reply, error) {
	return m.replies, nil
}

func (m *memory) Mentions(_ context.Context, f bot.MentionFilter) ([]bot.Reading, error) {
	var out []bot.Reading
	for _, r := range m.readings {
		if r.Verdict.Label == f.Label && !r.Mention.CreatedAt.Before(f.From) && r.Mention.CreatedAt.Before(f.To) {
			out = append(out, r)
		}
	}
	return out, m.fails("Mentions")
}

func (m *memory) Readings(_ context.Context, f bot.MentionFilter, _ int, fn func(bot.Reading) error) (int, error) {
	for _, r := range m.readings {
		if slices.Contains(r.Mention.Watches, f.Watch) && !r.Mention.CreatedAt.Before(f.From) && r.Mention.CreatedAt.Before(f.To) {
			if err := fn(r); err != nil {
				return 1, err
			}
		}
	}
	return 1, m.fails("Readings")
}

func (m *memory) Mention(_ context.Context, id int64) (bot.Reading, error) {
	for _, r := range m.readings {
		if r.Mention.ID == id {
			return r, m.fails("Mention")
		}
	}
	return bot.Reading{}, bot.Errorf(bot.ErrNotFound, "That mention is not stored (any more).")
}

func (m *memory) Tiers(context.Context) (map[int64]string, error) { return nil, m.fails("Tiers") }

func (m *memory) Spikes(_ context.Context, _, _ time.Time, openOnly bool) ([]bot.Spike, error) {
	var out []bot.Spike
	for _, s := range m.spikes {
		if !openOnly || s.State == bot.SpikeOpen {
			out = append(out, s)
		}
	}
	return out, nil
}
func (m *memory) SourceStates(context.Context) ([]bot.SourceState, error) { return m.states, nil }

func (m *memory) Digest(_ context.Context, id int64) (bot.Digest, error) {
	d, ok := m.digests[id]
	if !ok {
		return d, bot.Errorf(bot.ErrNotFound, "There is no digest %d.", id)
	}
	return d, nil
}

func (m *memory) SaveDigestBody(_ context.Context, id int64, body []byte, at time.Time) error {
	d := m.digests[id]
	d.Body, d.MadeAt = body, at
	m.digests[id] = d
	return nil
}

func (m *memory) Erasures(context.Context) (int, time.Time, error) {
	return m.erased, time.Time{}, m.fails("Erasures")
}

func (m *memory) AddDelivery(_ context.Context, d bot.Delivery) (bot.Delivery, error) {
	m.deliveries = append(m.deliveries, d)
	return d, m.fails("AddDelivery")
}

func (m *memory) Schedules(context.Context) ([]bot.Schedule, error) {
	var out []bot.Schedule
	for _, s := range m.schedules {
		out = append(out, s)
	}
	return out, nil
}

func (m *memory) AdvanceSchedule(_ context.Context, name string, from, to, slot time.Time) (bool, error) {
	s := m.schedules[name]
	if !s.NextDueAt.Equal(from) {
		return false, nil
	}
	s.NextDueAt, s.LastSlot = to, slot
	m.schedules[name] = s
	return true, nil
}

func (m *memory) CreateDigest(_ context.Context, d bot.Digest) (bot.Digest, bool, error) {
	for _, o := range m.digests {
		if o.Audience == d.Audience && o.Slot.Equal(d.Slot) {
			return o, false, nil
		}
	}
	d.ID = int64(len(m.digests) + 1)
	m.digests[d.ID] = d
	return d, true, nil
}

func (m *memory) Enqueue(_ context.Context, j bot.Job) error {
	m.jobs = append(m.jobs, j)
	return m.fails("Enqueue")
}

func (m *memory) SaveSchedule(_ context.Context, s bot.Schedule) error {
	m.schedules[s.Name] = s
	return nil
}

func (m *memory) RemoveSchedulesExcept(_ context.Context, names []string) error {
	for n := range m.schedules {
		if !slices.Contains(names, n) {
			delete(m.schedules, n)
		}
	}
	return nil
}
