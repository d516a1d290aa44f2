package main

import (
	"context"
	"sync"
	"time"

	"earshot/bot"
)

// How the story goes on while it is watched.
const (
	firstNews  = 8 * time.Second
	nextNews   = 15 * time.Second
	thanksSoon = 12 * time.Second
)

// live lets the bot run and the story go on, until ctx ends.
func (d *demo) live(ctx context.Context) error {
	news, err := readLive()
	if err != nil {
		return err
	}
	if err := d.app.runner.Stop(ctx); err != nil {
		return err
	}
	d.app.runner = d.app.newRunner()
	d.queue.mu.Lock()
	d.queue.off = true
	d.queue.mu.Unlock()
	d.clock.run()
	for i, m := range news {
		d.team.plan.add(d.clock.now().Add(firstNews+time.Duration(i)*nextNews), d.saying(m))
	}
	telling, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { d.tell(telling) })
	err = d.app.serve(ctx)
	stop()
	wg.Wait()
	return err
}

// tell lets what is due happen, and customers thank for answers.
func (d *demo) tell(ctx context.Context) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-d.said.tell:
			d.thank(ctx, id)
		case <-tick.C:
		}
		for {
			next, ok := d.team.plan.next(d.clock.now())
			if !ok {
				break
			}
			if err := next.do(ctx); err != nil && ctx.Err() == nil {
				d.app.log.Error("the story stumbled", "error", err)
			}
		}
	}
}

// thank plans what a customer says to an answer that somebody gave just now.
func (d *demo) thank(ctx context.Context, mentionID int64) {
	r, err := d.app.store.Mention(ctx, mentionID)
	if err != nil || r.Mention.CreatedAt.Before(d.end.Add(-handsOff-time.Hour)) {
		return // the team's own answers in the story have their thanks already
	}
	d.team.plan.add(d.clock.now().Add(thanksSoon), d.saying(thanks(r.Mention)))
}

// saying is m being said, when it comes to it.
func (d *demo) saying(m bot.Mention) func(context.Context) error {
	return func(ctx context.Context) error {
		m.CreatedAt = d.clock.now().UTC()
		state, err := d.app.store.SourceState(ctx, m.Source)
		if err != nil {
			return err
		}
		state.Name, state.Kind, state.Synced, state.LastOK, state.LastNew = m.Source, m.Kind, true, m.CreatedAt, m.CreatedAt
		state.Mentions++
		return d.app.intake.Ingest(ctx, state, bot.Batch{Mentions: []bot.Mention{m}})
	}
}
