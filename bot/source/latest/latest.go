// Package latest keeps the place in a list that a service hands out newest
// first, page by page, and in which things change: it reads down to what is
// known, and from time to time all that is recent, so that edits and removals
// are seen. Each entry and each change is handed over once.
package latest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
)

// Item is one entry of a list, or what stands in its place. One that has
// neither a mention nor an error only marks the place, so that it is known how
// far down a page reaches.
type Item struct {
	Mention bot.Mention
	At      time.Time // where it stands in the order of the list; zero means beside the one before it
	Err     error     // what is wrong with it; Mention is then of no use
	Where   string    // for the dead letter
	Raw     string    // for the dead letter
}

// List is a list of a service.
type List struct {
	// Page gives a page and the name of the one behind it, which is "" after
	// the last. The first page is called "".
	Page func(ctx context.Context, name string) ([]Item, string, error)
	// Gone asks the service for an entry that stands in the list no more. Nil
	// means that nobody can tell.
	Gone func(ctx context.Context, id string) (bool, error)
	// May tells whether the service's limits allow for another page now; what is
	// left is read later. Nil means always.
	May func() bool

	Pages int           // most pages in one Read
	First time.Duration // how far back the first, silent read goes
	Back  time.Duration // how far back from the newest entry is looked for changes
	Sweep time.Duration // how often all of that is read

	// Nested says that entries stand where another does, as comments with their
	// post, so that new ones come far down. What is forgotten for want of room
	// may then come again.
	Nested bool
}

// Our bounds: what is remembered of a list, which is 90 bytes an entry, and how
// many missing entries one Read asks for.
const (
	maxKnown = 2000
	maxAsked = 20
)

// place is the cursor.
type place struct {
	Known  map[string]known `json:"known,omitempty"`
	Newest time.Time        `json:"newest,omitzero"` // the newest entry when the list was last read
	Floor  time.Time        `json:"floor,omitzero"`  // older ones are not remembered, for want of room
	Swept  time.Time        `json:"swept,omitzero"`
	Runs   int              `json:"runs"`
	Run    *run             `json:"run,omitempty"` // one that is under way
}

// known is an entry that was read.
type known struct {
	Mark string `json:"m"` // of its content
	Born int64  `json:"b"` // Unix seconds at which it was first said
	At   int64  `json:"a"` // Unix seconds of its place in the list
	Run  int    `json:"r"` // in which it was met last
}

// run is one way through the list, from its newest entry down.
type run struct {
	Page   string    `json:"page,omitempty"`
	Bottom time.Time `json:"bottom"`
	Newest time.Time `json:"newest,omitzero"`
	Whole  bool      `json:"whole,omitempty"` // to the bottom, whatever is known
}

func parse(c bot.Cursor) place {
	var p place
	if json.Unmarshal([]byte(c), &p) != nil {
		p = place{}
	}
	if p.Known == nil {
		p.Known = map[string]known{}
	}
	return p
}

// Read gives what is new or has changed since cursor, oldest first.
func (l List) Read(ctx context.Context, cursor bot.Cursor, now time.Time) (bot.Batch, error) {
	p := parse(cursor)
	first := p.Newest.IsZero()
	l.begin(&p, now)
	r := p.Run
	var b bot.Batch
	done, last := false, now
	for i := range max(l.Pages, 1) {
		items, next, err := l.page(ctx, r, i == 0)
		if err != nil {
			return bot.Batch{}, err
		}
		t := taking{p: &p, b: &b, now: now.UTC(), at: last}
		t.page(items)
		r.Page, last = next, t.at
		if done = next == "" || t.bottom || !r.Whole && !t.news; done || !l.may() {
			break
		}
	}
	if done {
		if err := l.finish(ctx, &p, &b, now); err != nil {
			return bot.Batch{}, err
		}
	} else if b.More = l.may(); first && r.Bottom.Before(now) {
		b.Progress = min(max(now.Sub(last).Seconds()/now.Sub(r.Bottom).Seconds(), 0), 1)
	}
	slices.SortStableFunc(b.Mentions, func(a, c bot.Mention) int { return a.CreatedAt.Compare(c.CreatedAt) })
	next, err := json.Marshal(p)
	if err != nil {
		return bot.Batch{}, fmt.Errorf("write the cursor: %w", err)
	}
	b.Next = bot.Cursor(next)
	return b, nil
}

func (l List) may() bool { return l.May == nil || l.May() }

// begin starts a run where none is under way.
func (l List) begin(p *place, now time.Time) {
	if p.Run != nil {
		return
	}
	p.Runs++
	p.Run = &run{Bottom: p.Newest.Add(-l.Back), Whole: now.Sub(p.Swept) >= l.Sweep || p.Swept.After(now)}
	if p.Run.Bottom.Before(p.Floor) {
		p.Run.Bottom = p.Floor
	}
	if p.Newest.IsZero() {
		p.Run.Bottom, p.Run.Whole = now.Add(-l.First), true
	}
}

// page asks for a run's next page. Where an earlier read ended at a page whose
// name the service has forgotten since, it goes on from the beginning: what was
// read is known.
func (l List) page(ctx context.Context, r *run, resumed bool) ([]Item, string, error) {
	items, next, err := l.Page(ctx, r.Page)
	if kind := bot.KindOf(err); resumed && r.Page != "" && (kind == bot.ErrInvalid || kind == bot.ErrGone) {
		r.Page, r.Whole = "", true
		items, next, err = l.Page(ctx, "")
	}
	return items, next, err
}

// finish ends a run: what stood and does no more is asked for, and what is too
// old to be looked at again is forgotten.
func (l List) finish(ctx context.Context, p *place, b *bot.Batch, now time.Time) error {
	r := p.Run
	p.Run = nil
	if r.Whole {
		p.Swept = now.UTC()
		if err := l.missing(ctx, p, r, b); err != nil {
			return err
		}
	}
	if r.Newest.After(p.Newest) {
		p.Newest = r.Newest
	}
	if p.Newest.After(now) { // a wrong date must not hide all others
		p.Newest = now.UTC()
	}
	p.forget(l.Back, l.Nested)
	return nil
}

// missing asks for the entries that a whole run did not meet.
func (l List) missing(ctx context.Context, p *place, r *run, b *bot.Batch) error {
	if l.Gone == nil {
		return nil
	}
	asked := 0
	ids := p.newestFirst()
	slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(p.Known[a].Run, p.Known[b].Run) }) // the longest unseen first
	for _, id := range ids {
		k := p.Known[id]
		if k.Run == p.Runs || k.At < r.Bottom.Unix() || strings.HasPrefix(id, "!") {
			continue
		}
		if asked++; asked > maxAsked || !l.may() {
			return nil
		}
		gone, err := l.Gone(ctx, id)
		if err != nil {
			return err
		}
		k.Run = p.Runs // the list does not give it, and it stands
		p.Known[id] = k
		if gone {
			delete(p.Known, id)
			b.Mentions = append(b.Mentions, bot.Mention{ExternalID: id, Deleted: true, CreatedAt: time.Unix(k.Born, 0).UTC(), Author: bot.Author{Followers: -1}})
		}
	}
	return nil
}

// forget leaves out what no run looks at again.
func (p *place) forget(back time.Duration, nested bool) {
	edge := p.Newest.Add(-back)
	if edge.Before(p.Floor) {
		edge = p.Floor
	}
	for i, id := range p.newestFirst() {
		k := p.Known[id]
		if i >= maxKnown && !nested && edge.Unix() <= k.At {
			edge = time.Unix(k.At+1, 0).UTC()
			p.Floor = edge
		}
		if k.At < edge.Unix() || i >= maxKnown {
			delete(p.Known, id)
		}
	}
}

func (p *place) newestFirst() []string {
	ids := make([]string, 0, len(p.Known))
	for id := range p.Known {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(p.Known[b].At, p.Known[a].At), cmp.Compare(a, b)) })
	return ids
}

// taking is the reading of one page.
type taking struct {
	p            *place
	b            *bot.Batch
	now          time.Time
	at           time.Time // of the entry read last
	news, bottom bool
}

func (t *taking) page(items []Item) {
	for _, it := range items {
		if !it.At.IsZero() {
			t.at = it.At
		}
		r := t.p.Run
		if t.at.Before(r.Bottom) {
			t.bottom = true
			continue
		}
		if t.at.After(r.Newest) {
			r.Newest = t.at.UTC()
		}
		if it.Err != nil || it.Mention.ExternalID != "" {
			t.item(it)
		}
	}
}

func (t *taking) item(it Item) {
	m := it.Mention
	id, mark := m.ExternalID, hash(m.Title, m.Text, fmt.Sprint(m.Rating.Value))
	if it.Err != nil {
		id, mark = "!"+hash(it.Where, it.Raw), ""
	}
	old, met := t.p.Known[id]
	k := known{Mark: mark, Born: m.CreatedAt.Unix(), At: t.at.Unix(), Run: t.p.Runs}
	if met {
		k.Born = old.Born
	}
	t.p.Known[id] = k
	if met && old.Mark == mark {
		return
	}
	t.news = true
	if it.Err != nil {
		t.b.Rejected = append(t.b.Rejected, record.Rejected(it.Where, it.Err, it.Raw, t.now))
		return
	}
	if met {
		if m.EditedAt.IsZero() {
			if m.EditedAt = t.now; k.At > old.At {
				m.EditedAt = t.at.UTC()
			}
		}
		m.CreatedAt = time.Unix(k.Born, 0).UTC()
	}
	t.b.Mentions = append(t.b.Mentions, m)
}

// hash is short: a clash would hide one edit of one entry.
func hash(values ...string) string { return record.ContentID(values...)[len("content-"):][:12] }
