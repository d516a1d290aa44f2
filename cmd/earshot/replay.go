package main

import (
	"container/heap"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"earshot/bot"
	"earshot/store"
)

// storyClock is set by the replay; once it runs, it goes with the real time.
type storyClock struct {
	at   atomic.Int64 // UTC nanoseconds while the story is told; 0 once it runs
	wall func() time.Time
}

func newStoryClock(start time.Time) *storyClock {
	c := &storyClock{wall: time.Now}
	c.set(start)
	return c
}

func (c *storyClock) set(t time.Time) { c.at.Store(t.UnixNano()) }
func (c *storyClock) run()            { c.at.Store(0) }

func (c *storyClock) now() time.Time {
	if ns := c.at.Load(); ns != 0 {
		return time.Unix(0, ns).UTC()
	}
	return c.wall()
}

// due is something that happens at a time of the story.
type due struct {
	at time.Time
	n  int // order of those at the same time
	do func(context.Context) error
}

type dueHeap []due

func (h dueHeap) Len() int { return len(h) }
func (h dueHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].n < h[j].n
}
func (h dueHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(x any)   { *h = append(*h, x.(due)) }
func (h *dueHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// agenda is what is to happen, by time.
type agenda struct {
	list dueHeap
	n    int
}

func (a *agenda) add(at time.Time, do func(context.Context) error) {
	a.n++
	heap.Push(&a.list, due{at: at, n: a.n, do: do})
}

// next takes out the earliest that is due by t.
func (a *agenda) next(t time.Time) (due, bool) {
	if len(a.list) == 0 || a.list[0].at.After(t) {
		return due{}, false
	}
	return heap.Pop(&a.list).(due), true
}

// storyQueue keeps the story's timers and digests back while the story is told:
// the real queue knows the real time only.
type storyQueue struct {
	mu      sync.Mutex
	off     bool
	waiting []bot.Job
}

func (q *storyQueue) take() []bot.Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	jobs := q.waiting
	q.waiting = nil
	return jobs
}

// queueing is the store's outbox with timers and digests kept back.
type queueing struct {
	*store.Store
	queue *storyQueue
}

// Enqueue keeps them back while the story is told.
func (q queueing) Enqueue(ctx context.Context, j bot.Job) error {
	q.queue.mu.Lock()
	back := !q.queue.off && (j.Kind == bot.JobCase || j.Kind == bot.JobDigest)
	if back {
		q.queue.waiting = append(q.queue.waiting, j)
	}
	q.queue.mu.Unlock()
	if back {
		return nil
	}
	return q.Store.Enqueue(ctx, j)
}

// Tick steps of the replay.
const (
	spikeStep  = 5 * time.Minute
	digestStep = 15 * time.Minute
)

// replay tells the story up to now, through the pipeline, as fast as it goes.
func (d *demo) replay(ctx context.Context) error {
	entries, err := readStory()
	if err != nil {
		return err
	}
	if err := d.customers(ctx); err != nil {
		return err
	}
	if err := d.facts(ctx); err != nil {
		return err
	}
	list, err := d.app.entries()
	if err != nil {
		return err
	}
	if err := d.app.runner.Start(ctx, list); err != nil {
		return err
	}
	if err := d.app.scheduler.Sync(ctx, d.app.store); err != nil {
		return err
	}
	plan := &d.team.plan
	for at := d.clock.now(); at.Before(d.end); at = at.Add(spikeStep) {
		plan.add(at, d.app.spikes.Tick)
	}
	for at := d.clock.now(); at.Before(d.end); at = at.Add(digestStep) {
		plan.add(at, d.app.scheduler.Tick)
	}
	for i, entry := range entries {
		at := d.end.Add(-entry.before)
		if err := d.until(ctx, at); err != nil {
			return err
		}
		d.clock.set(at)
		if err := d.hear(ctx, entry.mention, at); err != nil {
			return err
		}
		d.bar.show(float64(i)/float64(len(entries)), "two weeks of Larkspur")
	}
	err = d.until(ctx, d.end)
	d.bar.done()
	if err != nil {
		return err
	}
	return d.lastDigest(ctx)
}

// lastDigest sends one more digest, up to now: the ones on schedule end with
// yesterday, before what the story is about.
func (d *demo) lastDigest(ctx context.Context) error {
	a := d.app.audiences[0]
	made, _, err := d.app.store.CreateDigest(ctx, bot.Digest{Audience: a.Name, Slot: d.end, From: d.end.Add(-storyLength / 2), To: d.end, Zone: a.Zone.String()})
	if err != nil {
		return err
	}
	if err := d.app.builder.Make(ctx, made.ID); err != nil {
		return err
	}
	return d.settle(ctx)
}

// hear takes one mention in and delivers what follows of it.
func (d *demo) hear(ctx context.Context, m bot.Mention, at time.Time) error {
	m.CreatedAt = at
	state, err := d.app.store.SourceState(ctx, m.Source)
	if err != nil {
		return err
	}
	state.Name, state.Kind, state.Synced, state.LastOK, state.LastNew = m.Source, m.Kind, true, at, at
	state.Mentions++
	res, err := d.app.intake.Take(ctx, state, bot.Batch{Mentions: []bot.Mention{m}})
	if err != nil {
		return err
	}
	d.told.Add(res)
	if err := d.team.look(ctx); err != nil {
		return err
	}
	return d.settle(ctx)
}

// until lets everything happen that is due by t, in order.
func (d *demo) until(ctx context.Context, t time.Time) error {
	for {
		next, ok := d.team.plan.next(t)
		if !ok {
			return ctx.Err()
		}
		if next.at.After(d.clock.now()) {
			d.clock.set(next.at)
		}
		if err := next.do(ctx); err != nil {
			return err
		}
		if err := d.settle(ctx); err != nil {
			return err
		}
	}
}

// settle delivers what is due and plans what is due later.
func (d *demo) settle(ctx context.Context) error {
	for _, job := range d.queue.take() {
		if job.Kind == bot.JobDigest {
			if err := d.app.builder.Make(ctx, job.ID); err != nil {
				return err
			}
			continue
		}
		d.team.plan.add(job.RunAt, func(ctx context.Context) error { return d.app.act.Timer(ctx, job.ID) })
	}
	waiting, err := d.app.store.Deliveries(ctx, []bot.DeliveryState{bot.DeliveryDue}, 1000)
	if err != nil {
		return err
	}
	now := d.clock.now()
	for _, w := range waiting {
		if w.DueAt.After(now) {
			if !d.team.planned[w.ID] {
				d.team.planned[w.ID] = true
				d.team.plan.add(w.DueAt, func(ctx context.Context) error { return d.deliver(ctx, w.ID) })
			}
			continue
		}
		if err := d.deliver(ctx, w.ID); err != nil {
			return err
		}
	}
	return nil
}

// deliver brings one delivery out; one that must wait is tried again with the
// next step, as the queue would.
func (d *demo) deliver(ctx context.Context, id int64) error {
	err := d.app.act.Deliver(ctx, id)
	switch bot.KindOf(err) {
	case bot.ErrUnavailable, bot.ErrRateLimited:
		return nil
	}
	return err
}
