package store

import (
	"context"

	"earshot/bot"
)

// freely are the acts whose line of history has words that somebody typed.
const freely = `'escalate', 'reply_sent_back', 'reply_not_sent', 'correct', 'linked', 'unlinked', 'reply_bounced'`

// quotes takes the person's words out of mentions of others on the same source
// that repeat them, or quote them to answer.
func (e *erasing) quotes(ctx context.Context) error {
	sources := map[string]bool{}
	for _, a := range e.person.authors {
		sources[a.source] = true
	}
	type quote struct {
		id             int64
		repost, quoted string
	}
	for source := range sources {
		found, err := list(ctx, e.t, func(row scanner) (q quote, err error) { return q, row.Scan(&q.id, &q.repost, &q.quoted) },
			`SELECT id, repost_of, quoted FROM mentions WHERE source = ?1 AND (repost_of <> '' OR quoted <> '')`, source)
		if err != nil {
			return wrap("find who quotes them", err)
		}
		for _, q := range found {
			repeats := e.external[source+"\x00"+q.repost]
			if e.mentions[q.id] || !repeats && !e.scrub.hits(q.quoted, false) {
				continue
			}
			e.out.Quotes++
			query := `UPDATE mentions SET quoted = '' WHERE id = ?1`
			if repeats {
				query = `UPDATE mentions SET title = '', text = '` + bot.Erased + `', quoted = '' WHERE id = ?1`
			}
			if _, err := e.t.exec(ctx, query, q.id); err != nil {
				return wrap("erase a quote", err)
			}
		}
	}
	return nil
}

// work empties the cases that the person opened, and the replies to them. What
// was typed about a case goes; what was done and when stays, for the reports.
func (e *erasing) work(ctx context.Context) error {
	var targets []string
	for _, id := range e.led {
		replies, err := list(ctx, e.t, scanID, `SELECT id FROM replies WHERE case_id = ?1`, id)
		if err != nil {
			return wrap("find the replies", err)
		}
		for _, r := range replies {
			targets = append(targets, "reply "+itoa(r))
		}
		targets = append(targets, "case "+itoa(id))
		e.out.Replies += len(replies)
		if err := e.robots(ctx, id); err != nil {
			return wrap("empty what programs said of them", err)
		}
		if err := e.closeCase(ctx, id); err != nil {
			return wrap("empty a case", err)
		}
	}
	for mention := range e.mentions { // answers to them in cases of others
		n, err := e.t.exec(ctx, `UPDATE replies SET text = ?2, note = '', url = '', external_id = '', error = '', mention_id = 0,
  state = CASE WHEN state IN ('sent', 'bounced') THEN state ELSE 'undone' END WHERE mention_id = ?1 AND text <> ?2`, mention, bot.Erased)
		if err != nil {
			return wrap("empty a reply", err)
		}
		e.out.Replies += int(n)
	}
	if len(targets) == 0 {
		return nil
	}
	return e.t.forgetAudit(ctx, targets...)
}

// robots empties what programs said in a case of the person, as that a reply to
// them came back, where it names them.
func (e *erasing) robots(ctx context.Context, caseID int64) error {
	type words struct {
		id          int64
		title, text string
	}
	said, err := list(ctx, e.t, func(row scanner) (w words, err error) { return w, row.Scan(&w.id, &w.title, &w.text) },
		`SELECT m.id, m.title, m.text FROM mentions m JOIN authors a ON a.id = m.author_id WHERE m.case_id = ?1 AND a.automated = 1`, caseID)
	if err != nil {
		return err
	}
	for _, w := range said {
		if !e.scrub.hits(w.title, true) && !e.scrub.hits(w.text, true) {
			continue
		}
		e.out.Quotes++
		if _, err := e.t.exec(ctx, `UPDATE mentions SET title = '', text = ?2, quoted = '' WHERE id = ?1`, w.id, bot.Erased); err != nil {
			return err
		}
	}
	return nil
}

func (e *erasing) closeCase(ctx context.Context, id int64) error {
	for _, q := range []struct {
		text string
		args []any
	}{
		{`UPDATE replies SET text = ?2, note = '', url = '', external_id = '', error = '', mention_id = 0,
  state = CASE WHEN state IN ('sent', 'bounced') THEN state ELSE 'undone' END WHERE case_id = ?1`, []any{id, bot.Erased}},
		{`UPDATE case_events SET text = ?2 WHERE case_id = ?1 AND verb IN (` + freely + `)`, []any{id, bot.Erased}},
		{`UPDATE cases SET version = version + 1, author_id = 0, mention_id = 0 WHERE id = ?1`, []any{id}},
		{`UPDATE cases SET alive = 0, state = ?2, dismiss_reason = ?3, closed_at = ?4 WHERE id = ?1 AND alive = 1`,
			[]any{id, string(bot.Dismissed), string(bot.DismissNoAction), ms(e.now)}},
	} {
		if _, err := e.t.exec(ctx, q.text, q.args...); err != nil {
			return err
		}
	}
	return nil
}

// named is a text somewhere that may name or quote the person.
type named struct {
	id     int64
	a, b   string
	caseID int64
}

func scanNamed(row scanner) (n named, err error) {
	return n, row.Scan(&n.id, &n.a, &n.b, &n.caseID)
}

// place is a table whose texts are looked through: what to read (id, two texts,
// a case), and how to write both texts back.
type place struct {
	read, write string
	json        bool             // the first text is JSON
	count       func(id int64)   // what was changed
	near        func(named) bool // it belongs to one of their cases
}

// elsewhere looks through everything else that people or the bot wrote.
func (e *erasing) elsewhere(ctx context.Context) error {
	theirs := map[int64]bool{}
	for _, id := range e.led {
		theirs[id] = true
	}
	inCase := func(n named) bool { return theirs[n.caseID] }
	other := func(int64) { e.out.Others++ }
	for _, p := range []place{
		{`SELECT id, text, '', case_id FROM case_events`, `UPDATE case_events SET text = ?2 WHERE id = ?1 AND ?3 = ''`, false, other, inCase},
		{`SELECT id, text, note, case_id FROM replies`, `UPDATE replies SET text = ?2, note = ?3 WHERE id = ?1`, false, other, inCase},
		{`SELECT id, root_cause, action, id FROM cases WHERE root_cause <> '' OR action <> ''`, `UPDATE cases SET root_cause = ?2, action = ?3 WHERE id = ?1`, false, other, inCase},
		{`SELECT id, raw, reason, 0 FROM rejected`, `UPDATE rejected SET raw = ?2, reason = ?3 WHERE id = ?1`, false, other, nil},
		{`SELECT id, text, mend, 0 FROM notices`, `UPDATE notices SET text = ?2, mend = ?3 WHERE id = ?1`, false, func(id int64) { other(id); e.posts[bot.DeliverNotice][id] = true }, nil},
		{`SELECT id, error, '', 0 FROM deliveries WHERE error <> ''`, `UPDATE deliveries SET error = ?2 WHERE id = ?1 AND ?3 = ''`, false, other, nil},
		{`SELECT id, body, '', 0 FROM interactions WHERE finished <> 1`, `UPDATE interactions SET body = ?2 WHERE id = ?1 AND ?3 = ''`, true, other, nil},
		{`SELECT m.id, m.view, '', coalesce(p.target, 0) FROM messages m LEFT JOIN posts p ON p.platform = 'console' AND p.kind = 'card'
  AND p.ref_id IN (CAST(m.id AS TEXT), CAST(m.thread AS TEXT))`, `UPDATE messages SET view = ?2 WHERE id = ?1 AND ?3 = ''`, true, other, inCase},
		{`SELECT id, body, '', 0 FROM spikes`, `UPDATE spikes SET body = ?2, version = version + 1 WHERE id = ?1 AND ?3 = ''`, true,
			func(id int64) { e.out.Spikes++; e.posts[bot.DeliverSpike][id] = true }, nil},
	} {
		if err := e.lookThrough(ctx, p); err != nil {
			return err
		}
	}
	// Who explains an episode at this moment has read what is erased: it is stale.
	if _, err := e.t.exec(ctx, `UPDATE spikes SET version = version + 1 WHERE state = ?1`, string(bot.SpikeOpen)); err != nil {
		return wrap("part an episode from what was read", err)
	}
	return e.digests(ctx)
}

func (e *erasing) lookThrough(ctx context.Context, p place) error {
	var changed []named
	err := each(ctx, e.t, scanNamed, func(n named) error {
		near := p.near != nil && p.near(n)
		hit := false
		if p.json {
			body, c := e.scrub.json([]byte(n.a), e.said, near)
			n.a, hit = string(body), c
		} else {
			for _, text := range []*string{&n.a, &n.b} {
				if e.scrub.hits(*text, near) {
					*text, hit = bot.Erased, true
				}
			}
		}
		if hit {
			changed = append(changed, n)
		}
		return nil
	}, p.read)
	if err != nil {
		return wrap("look for what names them", err)
	}
	for _, n := range changed {
		p.count(n.id)
		if _, err := e.t.exec(ctx, p.write, n.id, n.a, n.b); err != nil {
			return wrap("erase what names them", err)
		}
	}
	return nil
}

// digests takes the person out of the reports that are kept.
func (e *erasing) digests(ctx context.Context) error {
	changed, err := e.t.scrubDigests(ctx, e.scrub, e.said)
	for _, id := range changed {
		e.out.Digests++
		e.posts[bot.DeliverDigest][id] = true
	}
	return err
}

// said tells whether a mention is theirs.
func (e *erasing) said(mention int64) bool { return e.mentions[mention] }

// scrubDigests takes out of stored reports what a scrubber finds, and what they
// quote of some mentions. It gives the reports that changed.
func (t *tx) scrubDigests(ctx context.Context, s *scrubber, theirs func(mention int64) bool) ([]int64, error) {
	type report struct {
		id   int64
		body []byte
	}
	ids, err := list(ctx, t, scanID, `SELECT id FROM digests ORDER BY id`)
	if err != nil {
		return nil, wrap("look through the reports", err)
	}
	var changed []int64
	for _, id := range ids {
		r, _, err := one(ctx, t, func(row scanner) (r report, err error) { return r, row.Scan(&r.id, &r.body) }, `SELECT id, body FROM digests WHERE id = ?1`, id)
		if err != nil {
			return changed, wrap("look through the reports", err)
		}
		if len(r.body) == 0 {
			continue
		}
		body, hit := s.json(r.body, theirs, false)
		if !hit {
			continue
		}
		changed = append(changed, id)
		if _, err := t.exec(ctx, `UPDATE digests SET body = ?2 WHERE id = ?1`, id, body); err != nil {
			return changed, wrap("erase a quote in a report", err)
		}
	}
	return changed, nil
}
