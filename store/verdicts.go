package store

import (
	"context"

	"earshot/bot"
)

// SaveVerdict replaces what a stored mention is taken to mean, except its
// urgency: a slower reader has judged it. The days it counts in are rolled up
// again.
func (s *Store) SaveVerdict(ctx context.Context, mentionID int64, v bot.Verdict) error {
	var lists [3]string
	for i, l := range []struct {
		any   any
		empty bool
	}{{v.Topics, len(v.Topics) == 0}, {v.Intents, len(v.Intents) == 0}, {v.Towards, len(v.Towards) == 0}} {
		if l.empty {
			continue
		}
		var err error
		if lists[i], err = encode(l.any); err != nil {
			return wrap("save verdict", err)
		}
	}
	return wrap("save verdict", s.write(ctx, func(ctx context.Context, t *tx) error {
		n, err := t.exec(ctx, `UPDATE mentions SET label = ?2, prob_negative = ?3, prob_neutral = ?4, prob_positive = ?5, confidence = ?6,
  flagged = ?7, verdict_language = ?8, language_confidence = ?9, topics = ?10, intents = ?11, voice = ?12, voice_confidence = ?13,
  stance = ?14, model = ?15, towards = ?16 WHERE id = ?1`,
			mentionID, string(v.Label), v.Probs.Negative, v.Probs.Neutral, v.Probs.Positive, v.Confidence,
			flag(v.Flagged), v.Language, v.LangConf, lists[0], lists[1], string(v.Voice), v.VoiceConf, string(v.Stance), v.Model, lists[2])
		if err != nil {
			return err
		}
		if n == 0 {
			return bot.Errorf(bot.ErrNotFound, "There is no mention %d.", mentionID)
		}
		type counted struct {
			watches string
			created int64
		}
		c, _, err := one(ctx, t, func(row scanner) (c counted, err error) { return c, row.Scan(&c.watches, &c.created) },
			`SELECT watches, created_at FROM mentions WHERE id = ?1`, mentionID)
		if err != nil {
			return err
		}
		b := batch{s: s, t: t, now: s.now(), dirty: map[dirtyDay]struct{}{}}
		b.touch(readNames(c.watches), at(c.created))
		return t.markDirty(ctx, b.dirty)
	}))
}
