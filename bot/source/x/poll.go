package x

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
)

// place is the cursor. Ids hold when they were made, so a line is read from an
// id on; the page that was read last is kept, as what was read was paid for.
type place struct {
	Month  string          `json:"month,omitempty"`
	Reads  int             `json:"reads,omitempty"` // posts that were read in it
	Me     string          `json:"me,omitempty"`    // id of our account
	At     int64           `json:"at,omitempty"`    // when all was read last, in Unix milliseconds
	Part   bool            `json:"part,omitempty"`  // the last read ended before it was whole
	Lines  map[string]span `json:"lines"`
	Recent []known         `json:"recent,omitempty"`
	Broken []string        `json:"broken,omitempty"` // what could not be read, so that it is told once
}

// span is how far a line is read: all up to Since; and, while a flood is read
// from its newest end, all from Until to Top.
type span struct {
	Since string `json:"s,omitempty"`
	Until string `json:"u,omitempty"`
	Top   string `json:"t,omitempty"`
	Pages int    `json:"n,omitempty"` // of a first read
}

// known is a post that was read within the last day.
type known struct {
	Name  string `json:"i"`           // id of its first version
	Last  string `json:"v,omitempty"` // id of its last one, where that is another
	Looks int    `json:"l,omitempty"` // how often it was looked at again
}

func (k known) version() string { return first(k.Last, k.Name) }

// reading is one read under way.
type reading struct {
	place
	seen  map[string]int // name → where in Recent
	reads int
	batch bot.Batch
}

func begin(c bot.Cursor) *reading {
	r := &reading{seen: map[string]int{}}
	if json.Unmarshal([]byte(c), &r.place) != nil || r.Lines == nil {
		r.place = place{Lines: map[string]span{}}
	}
	for i, k := range r.Recent {
		r.seen[k.Name] = i
	}
	return r
}

// Poll implements bot.Source. What was read before the service failed is handed
// over, as it was paid for; when it fails with the next read too, that is told.
func (s *Source) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	r := begin(cursor)
	s.reads.load(r.Month, r.Reads, s.now())
	err := s.all(ctx, r)
	kind := bot.KindOf(err)
	passing := kind == bot.ErrRateLimited || kind == bot.ErrUnavailable
	switch {
	case err != nil && (r.reads == 0 || r.Part || !passing || ctx.Err() != nil):
		return bot.Batch{}, err
	case err != nil:
		s.log.Warn("only a part was read", "error", err)
		r.batch.More = false
	case !r.batch.More:
		r.At = s.now().UnixMilli()
	}
	r.Part = err != nil
	r.forget(s)
	slices.SortStableFunc(r.batch.Mentions, func(a, b bot.Mention) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(number(a.ExternalID), number(b.ExternalID)))
	})
	r.Month, r.Reads = s.reads.read(s.now())
	next, err := json.Marshal(r.place)
	r.batch.Next = bot.Cursor(next)
	return r.batch, err
}

func (s *Source) all(ctx context.Context, r *reading) error {
	if err := s.known(ctx, r.Me); err != nil {
		return err
	}
	r.Me = s.id()
	if err := s.again(ctx, r); err != nil {
		return err
	}
	for _, l := range s.lines {
		if err := s.line(ctx, l, r); err != nil {
			return err
		}
	}
	return nil
}

// line reads what a line has got since it was read last, newest first.
func (s *Source) line(ctx context.Context, l line, r *reading) error {
	sp, begun := r.Lines[l.key]
	if !begun && r.At > 0 {
		sp.Since = idAt(time.UnixMilli(r.At)) // it came into the settings: its history is not news
	}
	resumed := sp.Until != ""
	for range maxPages {
		if sp.Top == "" {
			sp.Top = idAt(s.now().Add(-settled))
		}
		q, err := s.asks(l, sp)
		if err != nil {
			return err
		}
		got, err := s.page(ctx, l, q)
		if err != nil {
			return err
		}
		oldest := s.take(got, r)
		sp.Pages++
		done := got.Meta.Next == "" || oldest == "" || sp.Since == "" && sp.Pages*pageSize >= s.set.History
		if done {
			r.Lines[l.key] = span{Since: later(sp.Top, sp.Since)}
			r.batch.More = r.batch.More || resumed && s.now().Sub(madeAt(sp.Top)) > 2*settled // what was said since it began
			return nil
		}
		sp.Until = oldest
		r.Lines[l.key] = sp // each page was paid for
	}
	r.batch.More = true
	return nil
}

func later(a, b string) string {
	if number(b) > number(a) {
		return b
	}
	return a
}

// asks is the query of a line's next page, no larger than the budget.
func (s *Source) asks(l line, sp span) (url.Values, error) {
	left := s.reads.left(s.now())
	if left < leastPage {
		return nil, s.spentUp()
	}
	size := min(pageSize, left)
	if sp.Since == "" {
		size = min(size, max(s.set.History-sp.Pages*pageSize, leastPage))
	}
	q := fields(url.Values{"max_results": {strconv.Itoa(size)}})
	since := sp.Since
	if l.query != "" {
		q.Set("query", l.query)
		if oldest := idAt(s.now().Add(-searchable)); since != "" || sp.Until != "" {
			since = later(since, oldest) // a search refuses what is older
		}
	}
	if since != "" {
		q.Set("since_id", since)
	}
	if sp.Until != "" {
		q.Set("until_id", sp.Until)
	}
	return q, nil
}

// page asks for one page of a line.
func (s *Source) page(ctx context.Context, l line, q url.Values) (found, error) {
	path := "tweets/search/recent"
	if l.query == "" {
		path = "users/" + s.id() + "/mentions"
	}
	return s.get(ctx, path, q)
}

// take puts the posts of an answer into the batch. It gives the smallest id.
func (s *Source) take(got found, r *reading) (oldest string) {
	all := got.list()
	s.reads.count(len(all), s.now())
	r.reads += len(all)
	for _, raw := range all {
		it := readPost(raw)
		if n := number(it.post.ID); n > 0 && (oldest == "" || n < number(oldest)) {
			oldest = it.post.ID
		}
		if it.err != nil {
			s.reject(it, r)
			continue
		}
		s.hear(it.post, got.Includes, r)
	}
	return oldest
}

// hear puts a post into the batch when it is new or another version.
func (s *Source) hear(p post, with included, r *reading) {
	name := p.name()
	i, again := r.seen[name]
	switch {
	case !again:
		r.seen[name] = len(r.Recent)
		k := known{Name: name}
		if age := s.now().Sub(madeAt(p.ID)); age >= lastLook { // of the first read: this look is the last
			k.Looks = 2
		} else if age >= firstLook {
			k.Looks = 1
		}
		if p.ID != name {
			k.Last = p.ID
		}
		r.Recent = append(r.Recent, k)
	case number(p.ID) > number(r.Recent[i].version()):
		r.Recent[i].Last = p.ID
	default:
		return
	}
	r.batch.Mentions = append(r.batch.Mentions, s.mention(p, with))
}

// maxBroken bounds what is remembered of what could not be read.
const maxBroken = 200

func (s *Source) reject(it item, r *reading) {
	id := record.ContentID(it.raw)[len("content-"):][:12]
	if slices.Contains(r.Broken, id) {
		return
	}
	r.Broken = append(r.Broken, id)
	r.Broken = r.Broken[max(0, len(r.Broken)-maxBroken):]
	r.batch.Rejected = append(r.batch.Rejected, record.Rejected(it.where(), it.err, it.raw, s.now()))
}

// due tells whether a post is to be looked at again: once when it can be edited
// no more, and once after a day.
func (s *Source) due(k known) bool {
	age := s.now().Sub(madeAt(k.version()))
	return k.Looks == 0 && age >= firstLook || k.Looks == 1 && age >= lastLook
}

// again looks at posts that are due: what is gone is told as deleted, as X's
// terms ask, and what was edited comes again.
func (s *Source) again(ctx context.Context, r *reading) error {
	if s.set.Recheck != nil && !*s.set.Recheck {
		return nil
	}
	var due []int
	for i, k := range r.Recent {
		if s.due(k) && len(due) < atOnce {
			due = append(due, i)
		}
	}
	if len(due) == 0 || s.reads.left(s.now()) < 2*len(due)+leastPage {
		return nil // what is new comes first
	}
	ids := make([]string, len(due))
	for i, at := range due {
		ids[i] = r.Recent[at].version()
	}
	got, err := s.lookup(ctx, ids, r)
	if err != nil {
		return err
	}
	gone := got.missing()
	var edited []string
	for _, raw := range got.list() {
		if it := readPost(raw); it.err == nil && it.post.newest() != it.post.ID {
			edited = append(edited, it.post.newest())
		}
	}
	for _, at := range due {
		k := &r.Recent[at]
		if k.Looks++; s.now().Sub(madeAt(k.version())) >= lastLook {
			k.Looks = 2
		}
		if slices.Contains(gone, k.version()) {
			k.Looks = 2
			r.batch.Mentions = append(r.batch.Mentions, bot.Mention{ExternalID: k.Name, Deleted: true, CreatedAt: s.now().UTC(), Author: bot.Author{Followers: -1}})
		}
	}
	if len(edited) == 0 {
		return nil
	}
	if got, err = s.lookup(ctx, edited, r); err != nil {
		return err
	}
	for _, raw := range got.list() {
		if it := readPost(raw); it.err == nil {
			s.hear(it.post, got.Includes, r)
		}
	}
	return nil
}

// lookup asks for posts by their ids.
func (s *Source) lookup(ctx context.Context, ids []string, r *reading) (found, error) {
	got, err := s.get(ctx, "tweets", fields(url.Values{"ids": {strings.Join(ids, ",")}}))
	if err == nil {
		s.reads.count(len(got.list()), s.now())
		r.reads += len(got.list())
	}
	return got, err
}

// forget keeps what is to be looked at again, and what the next read may find
// once more: all, while a read is not whole.
func (r *reading) forget(s *Source) {
	looks := s.set.Recheck == nil || *s.set.Recheck
	fresh := s.now().Add(-searchable)
	if whole := !r.Part && !r.batch.More; whole {
		r.Recent = slices.DeleteFunc(r.Recent, func(k known) bool {
			at := madeAt(k.version())
			return at.Before(fresh) || s.now().Sub(at) > firstLook && (!looks || k.Looks >= 2)
		})
	}
	if n := len(r.Recent); n > keepMost {
		slices.SortStableFunc(r.Recent, func(a, b known) int { return cmp.Compare(number(a.version()), number(b.version())) })
		r.Recent = r.Recent[n-keepMost:]
	}
}
