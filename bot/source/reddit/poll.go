package reddit

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
)

// place is the cursor. What was read is remembered by name, and not by a place
// in a listing: Reddit gives an empty listing for what stands before a post
// that was deleted, and puts what a moderator approves late below what was
// read.
type place struct {
	Lines  map[string]int64 `json:"lines"`            // listing → since when it is read, in Unix seconds
	Newest int64            `json:"newest"`           // when the newest of all was said
	Floor  int64            `json:"floor,omitempty"`  // all that was said until then is read, and forgotten
	Turn   int              `json:"turn,omitempty"`   // the feed that is read next
	Recent []known          `json:"recent,omitempty"` // oldest look first
	Broken []string         `json:"broken,omitempty"` // what could not be read, so that it is told once
}

// known is a thing that was read.
type known struct {
	Name string `json:"n"`
	At   int64  `json:"t"`
	Mark string `json:"m"`
}

// reading is one read under way.
type reading struct {
	place
	first bool           // nothing was read before
	seen  map[string]int // name → where in Recent
	batch bot.Batch
}

func begin(c bot.Cursor) *reading {
	r := &reading{seen: map[string]int{}}
	if json.Unmarshal([]byte(c), &r.place) != nil || r.Lines == nil {
		r.place, r.first = place{Lines: map[string]int64{}}, true
	}
	return r
}

// Poll implements bot.Source.
func (s *Source) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	r := begin(cursor)
	if err := s.known(ctx); err != nil {
		return bot.Batch{}, err
	}
	if err := s.again(ctx, r); err != nil {
		return bot.Batch{}, err
	}
	for i, k := range r.Recent {
		r.seen[k.Name] = i
	}
	for _, l := range s.turn(r) {
		if err := s.read(ctx, l, r); err != nil {
			return bot.Batch{}, err
		}
	}
	r.forget()
	slices.SortStableFunc(r.batch.Mentions, func(a, b bot.Mention) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(len(a.ExternalID), len(b.ExternalID)), cmp.Compare(a.ExternalID, b.ExternalID))
	})
	next, err := json.Marshal(r.place)
	r.batch.Next = bot.Cursor(next)
	return r.batch, err
}

// turn is what is read now: all with a token; of feeds, of which few may be
// asked for in a minute, the next few.
func (s *Source) turn(r *reading) []listing {
	n := len(s.lines)
	if s.tokens != nil || n <= feedsAtOnce {
		return s.lines
	}
	at := max(r.Turn, 0) % n
	r.Turn = (at + feedsAtOnce) % n
	return append(slices.Clone(s.lines[at:]), s.lines[:at]...)[:feedsAtOnce]
}

// read reads what a listing has got, back to what is known.
func (s *Source) read(ctx context.Context, l listing, r *reading) error {
	since, begun := r.Lines[l.key]
	if !begun && !r.first {
		since = r.Newest - int64(settled/time.Second) // it came into the settings: its history is not news
	}
	r.Lines[l.key] = since
	pages := maxPages
	if !begun {
		pages = firstPages
	}
	after := ""
	for range pages {
		p, err := s.page(ctx, l, after, pageSize)
		if err != nil {
			return err
		}
		reached := false
		for _, it := range p.items {
			if it.err == nil && !it.other {
				reached = s.take(it.thing, since, r)
			} else if it.err != nil {
				s.reject(it, r)
			}
		}
		if reached || p.after == "" {
			return nil
		}
		after = p.after
	}
	if begun {
		s.log.Warn("more was said than Reddit hands out", "listing", l.path)
	}
	return nil
}

// take puts a thing into the batch when it is new or changed. It gives true
// for what was read before, below which there is nothing new.
func (s *Source) take(t thing, since int64, r *reading) bool {
	at := int64(t.Created)
	if i, again := r.seen[t.Name]; again {
		s.changed(t, &r.Recent[i], r)
		return true
	}
	if at <= max(since, r.Floor) {
		return true
	}
	if t.gone() {
		return false // nobody has read it, and nobody should
	}
	if r.Newest = max(r.Newest, at); r.Newest > s.now().Add(time.Hour).Unix() {
		r.Newest = s.now().Unix()
	}
	r.seen[t.Name] = len(r.Recent)
	r.Recent = append(r.Recent, known{Name: t.Name, At: at, Mark: t.mark()})
	r.batch.Mentions = append(r.batch.Mentions, s.mention(t))
	return false
}

// deleted is the mark of what is gone, and was told so.
const deleted = "-"

// changed tells of a known thing that was edited or taken back.
func (s *Source) changed(t thing, k *known, r *reading) {
	mark := t.mark()
	switch {
	case t.gone() && k.Mark != deleted:
		k.Mark = deleted
		r.batch.Mentions = append(r.batch.Mentions, s.withdrawn(t.Name))
	case !t.gone() && k.Mark != mark: // edited, or let stand again by a moderator
		k.Mark = mark
		m := s.mention(t)
		if m.EditedAt.IsZero() {
			m.EditedAt = s.now().UTC()
		}
		r.batch.Mentions = append(r.batch.Mentions, m)
	}
}

func (s *Source) withdrawn(name string) bot.Mention {
	return bot.Mention{ExternalID: name, Deleted: true, CreatedAt: s.now().UTC(), Author: bot.Author{Followers: -1}}
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

// again looks at the things whose last look is longest ago: what was edited
// comes again, what is gone is told as deleted, as Reddit's terms ask.
func (s *Source) again(ctx context.Context, r *reading) error {
	n := min(recheck, len(r.Recent))
	if s.tokens == nil || n == 0 {
		return nil
	}
	names := make([]string, n)
	for i := range names {
		names[i] = r.Recent[i].Name
	}
	here, err := s.info(ctx, names)
	if err != nil {
		return err
	}
	if len(here) == 0 && n > 5 {
		return nil // Reddit has lost its index for a moment, not all posts at once
	}
	looked := slices.Clone(r.Recent[:n])
	r.Recent = slices.Clone(r.Recent[n:])
	for _, k := range looked {
		if t, stands := here[k.Name]; stands {
			s.changed(t, &k, r)
		} else if k.Mark != deleted {
			k.Mark = deleted
			r.batch.Mentions = append(r.batch.Mentions, s.withdrawn(k.Name))
		}
		r.Recent = append(r.Recent, k)
	}
	return nil
}

// forget keeps the memory within its bounds: what was said first goes first,
// and the floor rises to it. What was just said is kept longer, as what comes
// late may stand beside it.
func (r *reading) forget() {
	over := len(r.Recent) - keepRecent
	if over <= 0 {
		return
	}
	oldest := slices.SortedStableFunc(slices.Values(r.Recent), func(a, b known) int { return cmp.Compare(a.At, b.At) })
	fresh, gone := r.Newest-int64(settled/time.Second), map[string]bool{}
	for i, k := range oldest[:over] {
		if k.At >= fresh && len(oldest)-i <= keepMost {
			break
		}
		gone[k.Name] = true
		r.Floor = max(r.Floor, k.At)
	}
	r.Recent = slices.DeleteFunc(r.Recent, func(k known) bool { return gone[k.Name] })
}
