package feed

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/source/record"
)

// position is the cursor of a feed: what the server called its last answer,
// and which items have been read, in which version.
type position struct {
	ETag     string            `json:"etag,omitempty"`
	Modified string            `json:"modified,omitempty"`
	Seen     map[string]string `json:"seen"` // short hash of the id → short hash of the content
}

func parsePosition(c bot.Cursor) position {
	var p position
	if json.Unmarshal([]byte(c), &p) != nil || p.Seen == nil {
		return position{Seen: map[string]string{}}
	}
	return p
}

func (p position) cursor() (bot.Cursor, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write the cursor: %w", err)
	}
	return bot.Cursor(b), nil
}

// The bounds of a batch and of the memory of one feed.
const (
	batchItems = 500
	maxItems   = 5000 // of a feed; what is behind is older, and was read before
)

// hash is short: a clash would hide one item of one feed.
func hash(values ...string) string { return record.ContentID(values...)[len("content-"):][:16] }

// batch gives what is new or edited since pos, oldest first, and where that
// leaves the position: items that the feed no longer holds are forgotten.
func (s *Source) batch(doc document, pos position) (bot.Batch, position) {
	var b bot.Batch
	now := s.now().UTC()
	next := position{Seen: map[string]string{}}
	total := 0
	emit := func(id, content string, add func()) {
		if next.Seen[id] != "" {
			return // twice in one answer
		}
		if pos.Seen[id] == content {
			next.Seen[id] = content
			return
		}
		if total++; total <= batchItems {
			next.Seen[id] = content
			add()
		} else if old := pos.Seen[id]; old != "" {
			next.Seen[id] = old
		}
	}
	for _, item := range s.ordered(doc) {
		m := item.mention
		if item.err != nil {
			it := doc.Items[item.place-1]
			raw := strings.TrimSpace(strings.Join([]string{it.GUID, it.Link, it.Published, it.Title, it.Description, it.Content}, "\n"))
			emit("!"+hash(raw), hash(raw), func() {
				b.Rejected = append(b.Rejected, record.Rejected(where(doc, item.place, it), item.err, raw, now))
			})
			continue
		}
		emit(hash(m.ExternalID), hash(m.Title, m.Text, fmt.Sprint(m.Rating.Value)), func() {
			if pos.Seen[hash(m.ExternalID)] != "" && m.EditedAt.IsZero() {
				m.EditedAt = now // it has changed since it was read, and does not say when
			}
			b.Mentions = append(b.Mentions, m)
		})
	}
	for _, br := range doc.broken {
		emit("!"+hash(br.raw), hash(br.raw), func() {
			err := bot.Errorf(bot.ErrInvalid, "Its XML is broken.")
			b.Rejected = append(b.Rejected, record.Rejected(where(doc, br.place, nil), err, br.raw, now))
		})
	}
	b.More = total > batchItems
	return b, next
}

// candidate is an item as it was read.
type candidate struct {
	place   int // in the feed, from 1
	mention bot.Mention
	err     error
}

// ordered reads the items and puts them oldest first. Feeds list the newest
// first; those without dates keep that order among themselves, turned round.
func (s *Source) ordered(doc document) []candidate {
	all := make([]candidate, 0, len(doc.Items))
	for i := range doc.Items {
		if i == maxItems {
			break
		}
		m, err := s.mention(doc, doc.Items[i])
		all = append(all, candidate{place: i + 1, mention: m, err: err})
	}
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b candidate) int {
		return a.mention.CreatedAt.Compare(b.mention.CreatedAt)
	})
	return all
}
