package store

import (
	"context"
	"slices"
	"time"

	"earshot/bot"
)

func scanInteraction(row scanner) (in bot.Interaction, err error) {
	var body string
	if err := row.Scan(&body); err != nil {
		return in, err
	}
	return in, decode(body, &in)
}

// SaveInteraction stores what a person did, before it is acknowledged. It
// gives false for one that is stored already, done or not.
func (s *Store) SaveInteraction(ctx context.Context, in bot.Interaction) (fresh bool, err error) {
	body, err := encode(in)
	if err != nil {
		return false, wrap("save interaction", err)
	}
	claimed := s.claim(ctx, in)
	n, err := s.exec(ctx, `INSERT INTO interactions (platform, external_id, stored_at, finished, body) VALUES (?1, ?2, ?3, 0, ?4)
ON CONFLICT (platform, external_id) DO NOTHING`, in.Platform, in.ID, ms(s.now()), body)
	if n == 0 && claimed {
		s.disclaim(claimOf(in.Platform, in.ID))
	}
	return n == 1, wrap("save interaction", err)
}

// RefuseInteraction makes sure that an interaction is not done which could not
// be stored for certain: the end of its commit was not heard. One that was stored
// before a time came in well, and stays.
func (s *Store) RefuseInteraction(ctx context.Context, in bot.Interaction, since time.Time) error {
	_, err := s.exec(ctx, `INSERT INTO interactions (platform, external_id, stored_at, finished, body) VALUES (?1, ?2, ?3, 1, '')
ON CONFLICT (platform, external_id) DO UPDATE SET finished = 1, body = '' WHERE interactions.finished = 0 AND interactions.stored_at >= ?4`,
		in.Platform, in.ID, ms(s.now()), ms(since))
	return wrap("refuse interaction", err)
}

// FinishInteraction notes that an interaction is done. Its id is kept, so that
// it is never done twice; what it said, and the token to answer it, are not.
func (s *Store) FinishInteraction(ctx context.Context, platform, id string) error {
	_, err := s.exec(ctx, `UPDATE interactions SET finished = 1, body = '' WHERE platform = ?1 AND external_id = ?2`, platform, id)
	if err == nil {
		s.disclaim(claimOf(platform, id))
	}
	return wrap("finish interaction", err)
}

// ahead is how far in the future an interaction is stored that was stored by
// a clock that has been set back since.
const ahead = 5 * time.Second

// UnfinishedInteractions lists interactions that were stored before a time and
// are not done: the process ended in between. So it did where one was stored in
// what is the future now, as the clock was set back. Those that another replica has in
// hand are left out; the others are ours from then on.
func (s *Store) UnfinishedInteractions(ctx context.Context, olderThan time.Time) ([]bot.Interaction, error) {
	out, err := list(ctx, s.reader(ctx), scanInteraction,
		`SELECT body FROM interactions WHERE finished = 0 AND (stored_at < ?1 OR stored_at > ?2) ORDER BY stored_at, id`, ms(olderThan), ms(s.now().Add(ahead)))
	if s.keeper != nil {
		out = slices.DeleteFunc(out, func(in bot.Interaction) bool { return !s.claim(ctx, in) })
	}
	return out, wrap("list unfinished interactions", err)
}

// untold is what is kept of an interaction that is done until its person was
// told so: what finds them, and the words.
type untold struct {
	In   bot.Interaction `json:"in"`
	Tell bot.View        `json:"tell"`
}

// KeepAnswer notes that an interaction is done and that its person has not been
// told so, and enqueues a JobInbox for a time at which they should have been.
// AnswerTold says that they were.
func (s *Store) KeepAnswer(ctx context.Context, in bot.Interaction, tell bot.View, again time.Time) error {
	in.Text, in.Values, in.Shared = "", nil, nil
	body, err := encode(untold{in, tell})
	if err != nil {
		return wrap("keep an answer", err)
	}
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		id, found, err := one(ctx, t, scanID, `SELECT id FROM interactions WHERE platform = ?1 AND external_id = ?2`, in.Platform, in.ID)
		if err != nil || !found {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE interactions SET finished = 2, body = ?2 WHERE id = ?1`, id, body); err != nil {
			return err
		}
		return s.queue.enqueue(ctx, t, bot.Job{Kind: bot.JobInbox, ID: id, RunAt: again}, queueCase)
	})
	if err == nil {
		s.disclaim(claimOf(in.Platform, in.ID))
	}
	return wrap("keep an answer", err)
}

// AnswerTold notes that a person was told what KeepAnswer kept.
func (s *Store) AnswerTold(ctx context.Context, platform, id string) error {
	_, err := s.exec(ctx, `UPDATE interactions SET finished = 1, body = '' WHERE platform = ?1 AND external_id = ?2 AND finished = 2`, platform, id)
	return wrap("note that an answer was told", err)
}

// KeptAnswer reads what a person was not told yet, by the id that JobInbox
// carries; an Error of kind ErrNotFound when they were.
func (s *Store) KeptAnswer(ctx context.Context, row int64) (bot.Interaction, bot.View, error) {
	u, found, err := one(ctx, s.reader(ctx), func(row scanner) (u untold, err error) {
		var body string
		if err := row.Scan(&body); err != nil {
			return u, err
		}
		return u, decode(body, &u)
	}, `SELECT body FROM interactions WHERE id = ?1 AND finished = 2`, row)
	u, err = got(u, found, err, "read an answer", bot.Errorf(bot.ErrNotFound, "That was told already."))
	return u.In, u.Tell, err
}

// claimOf names the lock of whoever has an interaction in hand.
func claimOf(platform, id string) string { return "interaction " + platform + " " + id }

// claim takes an interaction in hand, on PostgreSQL: as long as this process
// lives, no other one takes it up. A lock that cannot be asked for hinders
// nobody: the click counts, and only who takes it up is less certain.
func (s *Store) claim(ctx context.Context, in bot.Interaction) bool {
	if s.keeper == nil {
		return false
	}
	name := claimOf(in.Platform, in.ID)
	held, err := s.keeper.try(ctx, name)
	if err != nil {
		s.log.Warn("an interaction could not be taken in hand", "error", err)
	}
	if held != nil {
		s.claims.Store(name, held)
	}
	return held != nil
}

func (s *Store) disclaim(name string) {
	if held, ok := s.claims.LoadAndDelete(name); ok {
		s.keeper.release(held.(*session), name)
	}
}
