package listen

import (
	"context"
	"slices"
	"sync"

	"earshot/bot"
)

// jointMost is how many mentions the batches of a stream may bring into one
// transaction: a commit waits for the disk, and many small batches are stored
// as quickly as one.
const jointMost = 200

// offer is a batch of a stream that waits to be stored.
type offer struct {
	b    bot.Batch
	done chan error // holds what came of it
}

// offers are the batches that came while another was being stored, in order.
type offers struct {
	mu      sync.Mutex
	waiting []*offer
}

func (o *offers) add(one *offer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting = append(o.waiting, one)
}

// withdraw takes back one that nobody has begun to store.
func (o *offers) withdraw(one *offer) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := slices.Index(o.waiting, one)
	if i >= 0 {
		o.waiting = slices.Delete(o.waiting, i, i+1)
	}
	return i >= 0
}

// next takes the first ones, as many as go into one transaction.
func (o *offers) next() []*offer {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, mentions := 0, 0
	for n < len(o.waiting) && (n == 0 || mentions+len(o.waiting[n].b.Mentions) <= jointMost) {
		mentions += len(o.waiting[n].b.Mentions)
		n++
	}
	first := slices.Clone(o.waiting[:n])
	o.waiting = slices.Delete(o.waiting, 0, n)
	return first
}

// give hands a batch of a stream over and waits until it is stored, alone or
// with others that came at the same time. When ctx ends before that was begun,
// nothing of it is stored.
func (w *worker) give(ctx context.Context, b bot.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	mine := &offer{b: b, done: make(chan error, 1)}
	w.offers.add(mine)
	for {
		select {
		case err := <-mine.done:
			return err
		case w.slot <- struct{}{}:
			w.takeOffers(ctx)
		case <-ctx.Done():
			if w.offers.withdraw(mine) {
				return ctx.Err()
			}
			return <-mine.done
		}
	}
}

// takeOffers stores what waits, and gives back the slot that the caller holds.
// Where together they cannot be stored, each is tried alone, so that one does
// not fail the others.
func (w *worker) takeOffers(ctx context.Context) {
	all := w.offers.next()
	defer func() {
		<-w.slot
		for _, one := range all { // it panicked: whoever is left must not wait for ever
			one.done <- bot.Errorf(bot.ErrInternal, "It broke down while it was being stored.")
		}
	}()
	if len(all) == 0 {
		return
	}
	err := w.put(ctx, joined(all), false)
	for together := len(all) == 1 || err == nil; len(all) > 0; all = all[1:] {
		if !together {
			err = w.put(ctx, all[0].b, false)
		}
		all[0].done <- err
	}
}

// joined is one batch of all: the last cursor holds.
func joined(all []*offer) bot.Batch {
	if len(all) == 1 {
		return all[0].b
	}
	var b bot.Batch
	for _, one := range all {
		b.Mentions = append(b.Mentions, one.b.Mentions...)
		b.Rejected = append(b.Rejected, one.b.Rejected...)
		if one.b.Next != "" {
			b.Next = one.b.Next
		}
	}
	return b
}
