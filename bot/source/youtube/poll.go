package youtube

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
)

// place is the cursor. A thread stands in its list where its first comment
// puts it, whatever is answered later: so the threads are remembered, and
// looked at again in turn.
type place struct {
	Day     string          `json:"day,omitempty"`   // of the units
	Units   int             `json:"units,omitempty"` // spent on it
	Begun   map[string]bool `json:"begun"`           // lists
	Newest  int64           `json:"newest,omitempty"`
	Floor   int64           `json:"floor,omitempty"` // threads that began until then are read, and forgotten; Unix seconds
	Threads []known         `json:"threads,omitempty"`
	Broken  []string        `json:"broken,omitempty"` // what could not be read, so that it is told once
}

// known is a thread that was read.
type known struct {
	ID      string            `json:"i"`
	Video   string            `json:"v,omitempty"`
	At      int64             `json:"t"`
	Mark    string            `json:"m"`
	Answers int               `json:"n,omitempty"` // as YouTube counts them
	Floor   int64             `json:"f,omitempty"` // answers until then are read, and forgotten
	Seen    map[string]answer `json:"a,omitempty"`
}

// answer is one within a thread that was read.
type answer struct {
	At   int64  `json:"t"`
	Mark string `json:"m"`
}

// reading is one read under way.
type reading struct {
	place
	first bool
	seen  map[string]int // thread → where in Threads
	batch bot.Batch
}

func begin(c bot.Cursor) *reading {
	r := &reading{seen: map[string]int{}}
	if json.Unmarshal([]byte(c), &r.place) != nil || r.Begun == nil {
		r.place, r.first = place{Begun: map[string]bool{}}, true
	}
	return r
}

// Poll implements bot.Source.
func (s *Source) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	r := begin(cursor)
	s.units.load(r.Day, r.Units, s.now())
	if err := s.known(ctx); err != nil {
		return bot.Batch{}, err
	}
	if err := s.again(ctx, r); err != nil {
		return bot.Batch{}, err
	}
	for i, k := range r.Threads {
		r.seen[k.ID] = i
	}
	for _, l := range s.lists {
		if err := s.read(ctx, l, r); err != nil {
			return bot.Batch{}, err
		}
	}
	r.forget()
	slices.SortStableFunc(r.batch.Mentions, func(a, b bot.Mention) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ExternalID, b.ExternalID))
	})
	r.Day, r.Units = s.units.read(s.now())
	next, err := json.Marshal(r.place)
	r.batch.Next = bot.Cursor(next)
	return r.batch, err
}

// leave is what reading leaves of the day's units, for answers.
const leave = kept * answerCost

// read reads what a list has got, back to what is known.
func (s *Source) read(ctx context.Context, l list, r *reading) error {
	q := url.Values{"part": {"snippet,replies"}, "order": {"time"}, "textFormat": {"plainText"}, "maxResults": {strconv.Itoa(pageSize)}}
	switch id, err := s.channel(ctx, l.channel); {
	case err != nil:
		return err
	case id != "":
		q.Set("allThreadsRelatedToChannelId", id)
	default:
		q.Set("videoId", l.video)
	}
	since := int64(0)
	if !r.Begun[l.key()] && !r.first {
		since = r.Newest // it came into the settings: its history is not news
	}
	pages := maxPages
	if !r.Begun[l.key()] {
		pages = firstPages
	}
	begun := r.Begun[l.key()]
	r.Begun[l.key()] = true
	for range pages {
		got, err := s.get(ctx, "commentThreads", q, leave)
		var why *reasonError
		if errors.As(err, &why) && why.reason == disabled {
			return nil // nobody can have said anything
		}
		if err != nil {
			return err
		}
		if got.Items == nil {
			return bot.Errorf(bot.ErrUnavailable, "YouTube answers in another form than its interface promises.")
		}
		reached, err := s.page(ctx, got.Items, since, r)
		if err != nil || reached || got.Next == "" {
			return err
		}
		q.Set("pageToken", got.Next)
	}
	if begun {
		s.log.Warn("more was said than is read at once", "list", l.key())
	}
	return nil
}

// page takes a page of threads. It gives true when it reaches what was read.
func (s *Source) page(ctx context.Context, items []json.RawMessage, since int64, r *reading) (reached bool, err error) {
	for _, raw := range items {
		var t thread
		bad := json.Unmarshal(raw, &t)
		top := readComment(t.Snippet.Top)
		switch {
		case bad != nil || top.err != nil:
			top.raw, top.comment.ID = string(raw[:min(len(raw), 2*record.MaxRaw)]), t.ID
			top.err = bot.Errorf(bot.ErrInvalid, "It has no id or no date, or is not in the form that YouTube's interface promises.")
			s.reject(top, r)
			continue
		case !valid(t.ID):
			t.ID = top.comment.ID
		}
		if i, again := r.seen[t.ID]; again {
			reached = true
			if err = s.changed(ctx, t, top, &r.Threads[i], r); err != nil {
				return false, err
			}
			continue
		}
		at := top.at.Unix()
		if reached = at <= max(since, r.Floor); reached {
			continue
		}
		r.Newest = max(r.Newest, min(at, s.now().Add(time.Hour).Unix()))
		k := known{ID: t.ID, Video: t.Snippet.Video, At: at, Mark: top.comment.mark()}
		r.batch.Mentions = append(r.batch.Mentions, s.mention(top, k.Video))
		if err = s.answers(ctx, t, &k, r); err != nil {
			return false, err
		}
		r.seen[k.ID] = len(r.Threads)
		r.Threads = append(r.Threads, k)
	}
	return reached, nil
}

// changed tells what became of a thread that was read before.
func (s *Source) changed(ctx context.Context, t thread, top item, k *known, r *reading) error {
	if mark := top.comment.mark(); mark != k.Mark {
		k.Mark = mark
		r.batch.Mentions = append(r.batch.Mentions, s.edited(top, k.Video))
	}
	return s.answers(ctx, t, k, r)
}

func (s *Source) edited(it item, video string) bot.Mention {
	m := s.mention(it, video)
	if m.EditedAt.IsZero() {
		m.EditedAt = s.now().UTC()
	}
	return m
}

func (s *Source) withdrawn(id string) bot.Mention {
	return bot.Mention{ExternalID: id, Deleted: true, CreatedAt: s.now().UTC(), Author: bot.Author{Followers: -1}}
}

// answers takes the answers of a thread. YouTube gives a few with the thread;
// when their number is another than before, all are asked for.
func (s *Source) answers(ctx context.Context, t thread, k *known, r *reading) error {
	raw, whole := t.Replies.Comments, len(t.Replies.Comments) == t.Snippet.Answers
	if t.Snippet.Answers != k.Answers && !whole {
		var err error
		if raw, whole, err = s.below(ctx, k.ID, leave); err != nil {
			return err
		}
	}
	here := map[string]bool{}
	for _, one := range raw {
		it := readComment(one)
		if it.err != nil {
			s.reject(it, r)
			continue
		}
		here[it.comment.ID] = true
		s.answer(it, k, r)
	}
	if whole {
		for id := range k.Seen {
			if !here[id] {
				r.batch.Mentions = append(r.batch.Mentions, s.withdrawn(id))
				delete(k.Seen, id)
			}
		}
	}
	k.Answers = t.Snippet.Answers
	k.forget()
	return nil
}

// answer takes one answer of a thread.
func (s *Source) answer(it item, k *known, r *reading) {
	id, at, mark := it.comment.ID, it.at.Unix(), it.comment.mark()
	old, again := k.Seen[id]
	switch {
	case again && old.Mark == mark:
	case again:
		r.batch.Mentions = append(r.batch.Mentions, s.edited(it, k.Video))
	case at <= k.Floor:
		return
	default:
		r.batch.Mentions = append(r.batch.Mentions, s.mention(it, k.Video))
	}
	if k.Seen == nil {
		k.Seen = map[string]answer{}
	}
	k.Seen[id] = answer{At: at, Mark: mark}
}

// forget keeps the newest answers of a thread; the floor rises to the others.
func (k *known) forget() {
	over := len(k.Seen) - keepReplies
	if over <= 0 {
		return
	}
	var times []int64
	for _, a := range k.Seen {
		times = append(times, a.At)
	}
	slices.Sort(times)
	k.Floor = times[over-1]
	for id, a := range k.Seen {
		if a.At <= k.Floor {
			delete(k.Seen, id)
		}
	}
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

// again looks at the threads whose last look is longest ago.
func (s *Source) again(ctx context.Context, r *reading) error {
	n := min(recheck, len(r.Threads))
	if n == 0 {
		return nil
	}
	ids := make([]string, n)
	for i := range ids {
		ids[i] = r.Threads[i].ID
	}
	got, err := s.get(ctx, "commentThreads", url.Values{"part": {"snippet,replies"}, "textFormat": {"plainText"}, "id": {strings.Join(ids, ",")}}, leave)
	if err != nil && bot.KindOf(err) != bot.ErrGone {
		return err
	}
	here := map[string]thread{}
	for _, raw := range got.Items {
		var t thread
		if json.Unmarshal(raw, &t) == nil {
			here[t.ID] = t
		}
	}
	if len(here) == 0 && n > 5 {
		return nil // a fault of the service is likelier than that all were deleted
	}
	looked := slices.Clone(r.Threads[:n])
	r.Threads = slices.Clone(r.Threads[n:])
	for _, k := range looked {
		t, stands := here[k.ID]
		top := readComment(t.Snippet.Top)
		switch {
		case !stands:
			r.batch.Mentions = append(r.batch.Mentions, s.withdrawn(k.ID))
			for id := range k.Seen {
				r.batch.Mentions = append(r.batch.Mentions, s.withdrawn(id))
			}
			continue
		case top.err == nil:
			if err := s.changed(ctx, t, top, &k, r); err != nil {
				return err
			}
		}
		r.Threads = append(r.Threads, k)
	}
	return nil
}

// forget keeps the newest threads; the floor rises to the others.
func (r *reading) forget() {
	over := len(r.Threads) - keepThreads
	if over <= 0 {
		return
	}
	var times []int64
	for _, k := range r.Threads {
		times = append(times, k.At)
	}
	slices.Sort(times)
	r.Floor = max(r.Floor, times[over-1])
	r.Threads = slices.DeleteFunc(r.Threads, func(k known) bool { return k.At <= r.Floor })
}
