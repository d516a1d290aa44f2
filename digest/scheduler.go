package digest

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"earshot/bot"
)

// Slots is where schedules and their digests are kept.
type Slots interface {
	Transact(ctx context.Context, fn func(ctx context.Context) error) error
	Schedules(ctx context.Context) ([]bot.Schedule, error)
	AdvanceSchedule(ctx context.Context, name string, from, to, slot time.Time) (bool, error)
	CreateDigest(ctx context.Context, d bot.Digest) (bot.Digest, bool, error)
	Enqueue(ctx context.Context, j bot.Job) error
}

// ScheduleRows is where Sync writes what the configuration says.
type ScheduleRows interface {
	SaveSchedule(ctx context.Context, s bot.Schedule) error
	Schedules(ctx context.Context) ([]bot.Schedule, error)
	RemoveSchedulesExcept(ctx context.Context, names []string) error
}

// Scheduler makes due digests happen: one a slot, on however many replicas and
// whatever restarts. After downtime the latest slot that was missed is caught
// up; the ones before it are not, for a late digest says what they would have.
type Scheduler struct {
	slots     Slots
	audiences map[string]Audience // by schedule name
	now       func() time.Time
	log       *slog.Logger
}

// NewScheduler makes a scheduler for these audiences.
func NewScheduler(slots Slots, audiences []Audience, now func() time.Time, log *slog.Logger) *Scheduler {
	s := &Scheduler{slots: slots, audiences: map[string]Audience{}, now: now, log: log}
	for _, a := range audiences {
		s.audiences[a.ScheduleName()] = a
	}
	return s
}

// Sync brings the rows in line with the audiences: new ones begin now, changed
// ones begin anew, those of audiences that are gone go.
func (s *Scheduler) Sync(ctx context.Context, rows ScheduleRows) error {
	stored, err := rows.Schedules(ctx)
	if err != nil {
		return fmt.Errorf("read schedules: %w", err)
	}
	known := map[string]bot.Schedule{}
	keep := []string{}
	for _, row := range stored {
		known[row.Name] = row
		if !strings.HasPrefix(row.Name, schedulePrefix) {
			keep = append(keep, row.Name)
		}
	}
	for name, a := range s.audiences {
		keep = append(keep, name)
		spec, err := ParseSpec(a.Spec, a.Zone)
		if err != nil {
			return err
		}
		row, ok := known[name]
		if ok && row.Spec == spec.String() && row.Zone == a.Zone.String() && !row.NextDueAt.IsZero() {
			continue
		}
		row = bot.Schedule{Name: name, Spec: spec.String(), Zone: a.Zone.String(), NextDueAt: spec.Next(s.now()), LastSlot: row.LastSlot}
		if err := rows.SaveSchedule(ctx, row); err != nil {
			return fmt.Errorf("save schedule %s: %w", name, err)
		}
	}
	if err := rows.RemoveSchedulesExcept(ctx, keep); err != nil {
		return fmt.Errorf("remove schedules: %w", err)
	}
	return nil
}

// Tick creates the digests that are due and queues their jobs. Call it at
// start and every few seconds. One schedule's failure does not stop the rest;
// the first error is given back.
func (s *Scheduler) Tick(ctx context.Context) error {
	rows, err := s.slots.Schedules(ctx)
	if err != nil {
		return fmt.Errorf("read schedules: %w", err)
	}
	var first error
	for _, row := range rows {
		a, ok := s.audiences[row.Name]
		if !ok || row.NextDueAt.IsZero() {
			continue
		}
		step := s.advance
		if row.NextDueAt.After(s.now()) {
			step = s.nearer
		}
		if err := step(ctx, row, a); err != nil && first == nil {
			first = fmt.Errorf("advance schedule %s: %w", row.Name, err)
		}
	}
	return first
}

// nearer brings a row back whose slot is further away than the next one: the
// clock was set back, and nothing would come until it is there again.
func (s *Scheduler) nearer(ctx context.Context, row bot.Schedule, a Audience) error {
	spec, err := ParseSpec(a.Spec, a.Zone)
	if err != nil {
		return err
	}
	next := spec.Next(s.now())
	if !row.NextDueAt.After(next) || row.Spec != spec.String() || row.Zone != a.Zone.String() {
		return nil
	}
	if _, err = s.slots.AdvanceSchedule(ctx, row.Name, row.NextDueAt, next, row.LastSlot); err != nil {
		return err
	}
	s.log.InfoContext(ctx, "the clock was set back; the next digest comes by the new time", "audience", a.Name, "slot", next)
	return nil
}

// advance moves a due row on and makes its digest, all in one transaction, so
// that a crash in between leaves either both or none.
func (s *Scheduler) advance(ctx context.Context, row bot.Schedule, a Audience) error {
	spec, err := ParseSpec(a.Spec, a.Zone)
	if err != nil {
		return err
	}
	now := s.now()
	slot := spec.Latest(row.NextDueAt, now)
	if slot.IsZero() {
		slot = row.NextDueAt // the spec has changed since: the row's own slot stands
	}
	next := spec.Next(now)
	return s.slots.Transact(ctx, func(ctx context.Context) error {
		won, err := s.slots.AdvanceSchedule(ctx, row.Name, row.NextDueAt, next, slot)
		if err != nil || !won {
			return err
		}
		from, to := a.Period.Before(slot, a.Zone)
		d, fresh, err := s.slots.CreateDigest(ctx, bot.Digest{Audience: a.Name, Slot: slot, From: from, To: to, Zone: a.Zone.String()})
		if err != nil || !fresh {
			return err
		}
		if late := now.Sub(slot); late > time.Minute {
			s.log.InfoContext(ctx, "digest caught up", "audience", a.Name, "slot", slot, "late", late)
		}
		return s.slots.Enqueue(ctx, bot.Job{Kind: bot.JobDigest, ID: d.ID})
	})
}
