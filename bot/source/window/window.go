// Package window keeps the place in a service that is searched by time: it
// reads forward in windows that are short enough to be answered whole, looks
// back far enough to catch what comes late or is edited, and hands each item
// over once.
package window

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
)

// step is how much of a first sync is asked for at once, so that it shows its
// progress and a restart goes on where it was.
const step = 7 * 24 * time.Hour

// Place is how far a source has been read: the cursor of a kind that is
// searched by time. Its zero value is the beginning.
type Place struct {
	From time.Time         `json:"from,omitzero"`  // where the first sync began
	At   time.Time         `json:"at,omitzero"`    // all that was said before has been read
	Seen map[string]string `json:"seen,omitempty"` // id → hash of the content, for what the next window holds again
}

// Parse reads a cursor; one that cannot be read is the beginning.
func Parse(c bot.Cursor) Place {
	var p Place
	if json.Unmarshal([]byte(c), &p) != nil {
		return Place{}
	}
	return p
}

// Cursor writes the place down.
func (p Place) Cursor() (bot.Cursor, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write the cursor: %w", err)
	}
	return bot.Cursor(b), nil
}

// Reach says how far back a service is read.
type Reach struct {
	First time.Duration // the first sync
	Back  time.Duration // behind At, with each window: for what comes late and what is edited
}

// Range is the time to ask for next, from (inclusive) to until (exclusive), in
// UTC and full seconds.
func (r Reach) Range(p Place, now time.Time) (from, until time.Time) {
	now = now.UTC().Truncate(time.Second).Add(time.Second)
	at := p.At.UTC()
	if p.At.IsZero() {
		at = now.Add(-r.First)
	}
	if at.After(now.Add(r.Back)) { // the clock was far ahead: the store knows what comes again
		at = now
	}
	until = at.Add(step)
	if until.After(now) {
		until = now
	}
	if until.Before(at) { // the clock went back a little
		until = at
	}
	if from = at; !p.At.IsZero() {
		from = at.Add(-r.Back)
	}
	return from, until
}

// Ask asks a service for what was said from from until until. whole is false
// when it has more than it hands out.
type Ask func(from, until time.Time) (found []Found, whole bool, err error)

// Whole asks for a window in halves where the service has more in it than it
// hands out at once. What one second holds beyond that cannot be had.
func Whole(from, until time.Time, ask Ask) ([]Found, error) {
	found, whole, err := ask(from, until)
	if err != nil || whole || until.Sub(from) <= time.Second {
		return found, err
	}
	middle := from.Add(until.Sub(from) / 2).Truncate(time.Second)
	if !middle.After(from) {
		middle = from.Add(time.Second)
	}
	early, err := Whole(from, middle, ask)
	if err != nil {
		return nil, err
	}
	late, err := Whole(middle, until, ask)
	return append(early, late...), err
}

// Found is one item that a window held.
type Found struct {
	Mention bot.Mention
	Err     error  // what is wrong with it; Mention is then of no use
	Where   string // for the dead letter
	Raw     string // for the dead letter
}

// Take gives the batch of what is new or edited in a window that was asked for
// with Range and answered whole, oldest first, and the place behind it. What
// was edited and does not say when was edited now.
func (r Reach) Take(p Place, until time.Time, found []Found, now time.Time) (bot.Batch, error) {
	slices.SortStableFunc(found, func(a, b Found) int {
		return cmp.Or(a.Mention.CreatedAt.Compare(b.Mention.CreatedAt), cmp.Compare(a.Mention.ExternalID, b.Mention.ExternalID))
	})
	next := Place{From: p.From, At: until, Seen: map[string]string{}}
	if p.At.IsZero() {
		next.From = now.UTC().Add(-r.First)
	}
	edge := until.Add(-r.Back)
	var b bot.Batch
	for _, f := range found {
		id, content := key(f), content(f)
		if _, twice := next.Seen[id]; twice {
			continue
		}
		old := p.Seen[id]
		next.Seen[id] = content
		if old == content {
			continue
		}
		if f.Err != nil {
			b.Rejected = append(b.Rejected, record.Rejected(f.Where, f.Err, f.Raw, now))
			continue
		}
		if old != "" && f.Mention.EditedAt.IsZero() {
			f.Mention.EditedAt = now.UTC()
		}
		b.Mentions = append(b.Mentions, f.Mention)
	}
	for _, f := range found {
		if f.Err == nil && f.Mention.CreatedAt.Before(edge) {
			delete(next.Seen, key(f)) // not asked for again
		}
	}
	if b.More = until.Before(now.UTC().Truncate(time.Second)); b.More {
		b.Progress = min(max(until.Sub(next.From).Seconds()/now.Sub(next.From).Seconds(), 0), 1)
	}
	var err error
	b.Next, err = next.Cursor()
	return b, err
}

func key(f Found) string {
	if f.Err != nil {
		return "!" + hash(f.Where, f.Raw)
	}
	return hash(f.Mention.ExternalID)
}

func content(f Found) string {
	m := f.Mention
	return hash(m.Title, m.Text, fmt.Sprint(m.Rating.Value, m.Deleted, f.Err != nil))
}

// hash is short: a clash would hide one item of one source.
func hash(values ...string) string { return record.ContentID(values...)[len("content-"):][:16] }
