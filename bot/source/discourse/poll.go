package discourse

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/record"
)

// place is the cursor: the newest id that was read, and what stands in the ids
// before it, which are read again.
type place struct {
	From int64            `json:"from"` // where the first sync began
	Last int64            `json:"last"`
	Seen map[int64]string `json:"seen,omitempty"` // id → external id and version
}

// Poll implements bot.Source.
func (s *Source) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	var p place
	begun := json.Unmarshal([]byte(cursor), &p) == nil
	newest, err := s.newest(ctx)
	if err != nil {
		return bot.Batch{}, err
	}
	if !begun {
		p = place{From: max(newest-int64(s.set.History), 0), Last: max(newest-int64(s.set.History), 0)}
	}
	if newest < p.Last { // the newest was deleted
		newest = p.Last
	}
	until := min(newest, p.Last+windows*window)
	start := max(p.Last-again, 0)
	next := place{From: p.From, Last: until, Seen: map[int64]string{}}
	var b bot.Batch
	here := map[int64]bool{}
	for before := start + window; before < until+window; before += window {
		posts, err := s.posts(ctx, strconv.FormatInt(min(before, until), 10))
		if err != nil {
			return bot.Batch{}, err
		}
		for _, it := range posts {
			if it.id > start && it.id <= until && !here[it.id] {
				here[it.id] = true
				s.take(it, p, next, &b)
			}
		}
	}
	gone := s.deleted(p, here, start, until)
	slices.SortStableFunc(b.Mentions, func(a, c bot.Mention) int { return a.CreatedAt.Compare(c.CreatedAt) })
	b.Mentions = append(b.Mentions, gone...)
	for id := range next.Seen {
		if id <= until-again {
			delete(next.Seen, id)
		}
	}
	if b.More = until < newest; b.More && newest > p.From {
		b.Progress = float64(until-p.From) / float64(newest-p.From)
	}
	raw, err := json.Marshal(next)
	b.Next = bot.Cursor(raw)
	return b, err
}

// take puts a post into the batch when it is new or changed.
func (s *Source) take(it item, p, next place, b *bot.Batch) {
	if it.err != nil {
		next.Seen[it.id] = "!"
		if p.Seen[it.id] != "!" {
			b.Rejected = append(b.Rejected, record.Rejected(it.where(s.base.Hostname()), it.err, string(it.raw), s.now()))
		}
		return
	}
	if it.post.Type != regular {
		return
	}
	mark := fmt.Sprintf("%s v%d", it.post.external(), it.post.Version)
	if it.post.gone() {
		if _, known := p.Seen[it.id]; known {
			b.Mentions = append(b.Mentions, s.withdrawn(it.post.external()))
		}
		return
	}
	next.Seen[it.id] = mark
	if p.Seen[it.id] == mark {
		return
	}
	b.Mentions = append(b.Mentions, s.mention(it.post))
}

// deleted tells which posts stood in [start, until] and do no more.
func (s *Source) deleted(p place, here map[int64]bool, start, until int64) []bot.Mention {
	var ids []int64
	for id, mark := range p.Seen {
		if id > start && id <= until && !here[id] && mark != "!" {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, cmp.Compare)
	var all []bot.Mention
	for _, id := range ids {
		all = append(all, s.withdrawn(externalOf(p.Seen[id])))
	}
	return all
}

func (s *Source) withdrawn(external string) bot.Mention {
	return bot.Mention{ExternalID: external, Deleted: true, CreatedAt: s.now().UTC(), Author: bot.Author{Followers: -1}}
}

// newest is the largest id of the forum's posts; 0 where there is none.
func (s *Source) newest(ctx context.Context) (int64, error) {
	posts, err := s.posts(ctx, "")
	if err != nil {
		return 0, err
	}
	var most int64
	for _, it := range posts {
		most = max(most, it.id)
	}
	return most, nil
}

// posts asks for the posts of the ids up to before; the newest for "".
func (s *Source) posts(ctx context.Context, before string) ([]item, error) {
	q := url.Values{}
	if before != "" {
		q.Set("before", before)
	}
	var got struct {
		Posts []json.RawMessage `json:"latest_posts"`
	}
	if err := s.get(ctx, "posts.json", q, &got); err != nil {
		return nil, err
	}
	if got.Posts == nil {
		return nil, bot.Errorf(bot.ErrUnavailable, "%s answers in another form than Discourse's interface promises.", s.base.Hostname())
	}
	items := make([]item, len(got.Posts))
	for i, raw := range got.Posts {
		items[i] = readItem(raw)
	}
	return items, nil
}

// get asks the forum and decodes its answer.
func (s *Source) get(ctx context.Context, path string, q url.Values, into any) error {
	req, err := s.request(ctx, http.MethodGet, path, q)
	if err != nil {
		return err
	}
	return httpx.JSON(s.http, req, maxBody, into)
}

func (s *Source) request(ctx context.Context, method, path string, q url.Values) (*http.Request, error) {
	req, err := httpx.Request(ctx, method, s.base, path, q)
	if err != nil {
		return nil, err
	}
	if s.set.Key != "" {
		req.Header.Set("Api-Key", s.set.Key.Reveal())
		req.Header.Set("Api-Username", s.set.User)
	}
	return req, nil
}
