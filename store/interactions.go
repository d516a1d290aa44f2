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

// FinishInteraction notes that an interaction is done. Its id is kept, so that
// it is never done twice; what it said, and the token to answer it, are not.
func (s *Store) FinishInteraction(ctx context.Context, platform, id string) error {
	_, err := s.exec(ctx, `UPDATE interactions SET finished = 1, body = '' WHERE platform = ?1 AND external_id = ?2`, platform, id)
	if err == nil {
		s.disclaim(claimOf(platform, id))
	}
	return wrap("finish interaction", err)
}

// UnfinishedInteractions lists interactions that were stored before a time and
// are not done: the process ended in between. Those that another replica has in
// hand are left out; the others are ours from then on.
func (s *Store) UnfinishedInteractions(ctx context.Context, olderThan time.Time) ([]bot.Interaction, error) {
	out, err := list(ctx, s.reader(ctx), scanInteraction,
		`SELECT body FROM interactions WHERE finished = 0 AND stored_at < ?1 ORDER BY stored_at, id`, ms(olderThan))
	if s.keeper != nil {
		out = slices.DeleteFunc(out, func(in bot.Interaction) bool { return !s.claim(ctx, in) })
	}
	return out, wrap("list unfinished interactions", err)
}

// StoredInteraction reads an interaction that is not done by the id of its
// row, which JobInbox carries.
func (s *Store) StoredInteraction(ctx context.Context, row int64) (bot.Interaction, error) {
	in, found, err := one(ctx, s.reader(ctx), scanInteraction, `SELECT body FROM interactions WHERE id = ?1 AND finished = 0`, row)
	return got(in, found, err, "read interaction", bot.Errorf(bot.ErrNotFound, "That is done already."))
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
