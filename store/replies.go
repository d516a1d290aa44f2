package store

import (
	"context"
	"time"

	"earshot/bot"
)

const (
	replyFields = `case_id, mention_id, state, way, text, by_whom, approved_by, note, case_seen,
  created_at, send_at, sent_at, external_id, url, error`
	replyColumns = `id, ` + replyFields + `, aftermath, followed_at`
)

func scanReply(row scanner) (r bot.Reply, err error) {
	var way, by, approved, aftermath string
	var created, send, sent, followed int64
	if err := row.Scan(&r.ID, &r.CaseID, &r.MentionID, &r.State, &way, &r.Text, &by, &approved, &r.Note, &r.CaseSeen,
		&created, &send, &sent, &r.ExternalID, &r.URL, &r.Error, &aftermath, &followed); err != nil {
		return r, err
	}
	r.CreatedAt, r.SendAt, r.SentAt, r.FollowedAt = at(created), at(send), at(sent), at(followed)
	if err := decode(aftermath, &r.Aftermath); err != nil {
		return r, err
	}
	if err := decode(way, &r.Way); err != nil {
		return r, err
	}
	if r.By, err = readPerson(by); err != nil {
		return r, err
	}
	r.ApprovedBy, err = readPerson(approved)
	return r, err
}

func (s *Store) replyValues(r bot.Reply) ([]any, error) {
	way, err := encode(r.Way)
	return []any{r.CaseID, r.MentionID, string(r.State), way, r.Text, person(r.By), person(r.ApprovedBy), r.Note, r.CaseSeen,
		s.orNow(r.CreatedAt), ms(r.SendAt), ms(r.SentAt), r.ExternalID, r.URL, r.Error}, err
}

func noReply() *bot.Error { return bot.Errorf(bot.ErrNotFound, "That reply is not stored (any more).") }

const updateReply = `UPDATE replies SET (` + replyFields + `) = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) WHERE id = ?1`

// SaveReply stores a new reply (ID 0) and gives it its id, or replaces one.
func (s *Store) SaveReply(ctx context.Context, r bot.Reply) (bot.Reply, error) {
	if r.CreatedAt.IsZero() {
		r.CreatedAt = at(ms(s.now()))
	}
	values, err := s.replyValues(r)
	if err != nil {
		return r, wrap("save reply", err)
	}
	if r.ID == 0 {
		err := s.write(ctx, func(ctx context.Context, t *tx) (err error) {
			r.ID, err = t.insert(ctx, `INSERT INTO replies (`+replyFields+`)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)`, values...)
			return err
		})
		return r, wrap("save reply", err)
	}
	n, err := s.exec(ctx, updateReply, append([]any{r.ID}, values...)...)
	if err == nil && n == 0 {
		return r, noReply()
	}
	return r, wrap("save reply", err)
}

// SwapReply replaces a reply if it is still in state from; ErrStale otherwise.
func (s *Store) SwapReply(ctx context.Context, r bot.Reply, from bot.ReplyState) error {
	values, err := s.replyValues(r)
	if err != nil {
		return wrap("change reply", err)
	}
	n, err := s.exec(ctx, updateReply+` AND state = ?17`, append(append([]any{r.ID}, values...), string(from))...)
	if err != nil || n == 1 {
		return wrap("change reply", err)
	}
	now, err := s.Reply(ctx, r.ID)
	if err != nil {
		return err
	}
	return bot.Errorf(bot.ErrStale, "This reply is %s now, so that no longer applies.", now.State)
}

// Reply reads one reply.
func (s *Store) Reply(ctx context.Context, id int64) (bot.Reply, error) {
	r, found, err := one(ctx, s.reader(ctx), scanReply, `SELECT `+replyColumns+` FROM replies WHERE id = ?1`, id)
	return got(r, found, err, "read reply", noReply())
}

// CaseReplies lists the replies of a case, the first one first.
func (s *Store) CaseReplies(ctx context.Context, caseID int64) ([]bot.Reply, error) {
	out, err := list(ctx, s.reader(ctx), scanReply, `SELECT `+replyColumns+` FROM replies WHERE case_id = ?1 ORDER BY id`, caseID)
	return out, wrap("list replies", err)
}

// RepliesIn lists replies in a state, the oldest first. limit 0 is 50.
func (s *Store) RepliesIn(ctx context.Context, state bot.ReplyState, limit int) ([]bot.Reply, error) {
	out, err := list(ctx, s.reader(ctx), scanReply,
		`SELECT `+replyColumns+` FROM replies WHERE state = ?1 ORDER BY id LIMIT ?2`, string(state), orLimit(limit, 50))
	return out, wrap("list replies", err)
}

// SaveAftermath keeps what became of a reply, as its source told at that time.
func (s *Store) SaveAftermath(ctx context.Context, replyID int64, a bot.Aftermath, told time.Time) error {
	body, err := encode(a)
	if err == nil {
		_, err = s.exec(ctx, `UPDATE replies SET aftermath = ?2, followed_at = ?3 WHERE id = ?1`, replyID, body, ms(told))
	}
	return wrap("save what became of a reply", err)
}
