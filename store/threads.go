package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"earshot/bot"
)

// threadsAtOnce is how many ids one query asks for.
const threadsAtOnce = 200

// threadWho is what is read of the mention that a thread hangs on.
const threadWho = `m.watches, coalesce(a.key, ''), coalesce(m.author_id, 0), coalesce(a.customer_id, 0),
  coalesce(c.state = 'dismissed' AND c.dismiss_reason IN ('spam', 'not_us'), FALSE)`

// threadMentions finds mentions, and threadReplies what we sent, by their ids
// at the source (?2 and on). A reply's case is that of the mention it answers,
// which moves when cases are merged.
const (
	threadMentions = `SELECT m.external_id, coalesce(m.case_id, 0), ` + threadWho + `,
  coalesce((SELECT r.text FROM replies r WHERE r.case_id = m.case_id AND r.mention_id = m.id AND r.external_id = '' AND r.state IN ('sending', 'parked', 'sent')
    ORDER BY r.id DESC LIMIT 1), ''), 0
FROM mentions m LEFT JOIN authors a ON a.id = m.author_id LEFT JOIN cases c ON c.id = m.case_id
WHERE m.source = ?1 AND m.external_id IN `
	threadReplies = `SELECT r.external_id, coalesce(m.case_id, r.case_id), ` + threadWho + `, '', r.id
FROM replies r JOIN mentions m ON m.id = r.mention_id LEFT JOIN authors a ON a.id = m.author_id LEFT JOIN cases c ON c.id = coalesce(m.case_id, r.case_id)
WHERE m.source = ?1 AND r.external_id IN `
)

// thread is one row of either.
type thread struct {
	id string
	bot.Thread
}

func scanThread(row scanner) (t thread, err error) {
	var watches string
	if err := row.Scan(&t.id, &t.CaseID, &watches, &t.AuthorKey, &t.AuthorID, &t.CustomerID, &t.Closed, &t.Sending, &t.ReplyID); err != nil {
		return t, err
	}
	t.Watches = readNames(watches)
	return t, nil
}

// Threads finds mentions and sent replies by their ids at a source. What is not
// stored is left out.
func (s *Store) Threads(ctx context.Context, source string, ids []string) (map[string]bot.Thread, error) {
	out := map[string]bot.Thread{}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" }) // what a draft has
	for len(ids) > 0 {
		some := ids[:min(threadsAtOnce, len(ids))]
		ids = ids[len(some):]
		args := []any{source}
		marks := make([]string, len(some))
		for i, id := range some {
			args = append(args, id)
			marks[i] = "?" + strconv.Itoa(i+2)
		}
		in := "(" + strings.Join(marks, ", ") + ")"
		for _, q := range []struct {
			text string
			ours bool
		}{{threadMentions, false}, {threadReplies, true}} {
			found, err := list(ctx, s.reader(ctx), scanThread, q.text+in, args...)
			if err != nil {
				return nil, wrap("find threads", err)
			}
			for _, t := range found {
				t.Ours = q.ours
				out[t.id] = t.Thread
			}
		}
	}
	return out, nil
}
