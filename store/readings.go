package store

import (
	"context"

	"earshot/bot"
)

// Readings hands over the mentions that a filter chooses, the oldest first,
// each with its verdict towards the filter's watch; those that were taken back
// are left out. Where the filter's time holds more than most mentions (0 for no
// limit), one in oneIn is handed over, the same ones each time. Query and Limit
// of the filter are not looked at. fn must not use the transaction of ctx.
func (s *Store) Readings(ctx context.Context, f bot.MentionFilter, most int, fn func(bot.Reading) error) (oneIn int, err error) {
	if oneIn, err = s.oneIn(ctx, f, most); err != nil {
		return oneIn, wrap("count mentions", err)
	}
	w := mentionConditions(f)
	if oneIn > 1 {
		w.add(`m.id % %s = 0`, int64(oneIn))
	}
	own := func(r bot.Reading) error {
		if f.Watch != "" {
			r.Verdict = r.Verdict.For(f.Watch)
		}
		return fn(r)
	}
	return oneIn, wrap("read mentions", each(ctx, s.reader(ctx), scanReading, own,
		`SELECT `+readingColumns+` FROM `+readingTables+w.where()+` ORDER BY m.created_at, m.id`, w.args...))
}

// oneIn is how many times more than most mentions the filter's time holds,
// rounded up. It counts in the index of their dates alone.
func (s *Store) oneIn(ctx context.Context, f bot.MentionFilter, most int) (int, error) {
	if most <= 0 {
		return 1, nil
	}
	w := &conditions{}
	if !f.From.IsZero() {
		w.add(`created_at >= %s`, ms(f.From))
	}
	if !f.To.IsZero() {
		w.add(`created_at < %s`, ms(f.To))
	}
	n, _, err := one(ctx, s.reader(ctx), func(row scanner) (n int, err error) { return n, row.Scan(&n) }, `SELECT count(*) FROM mentions`+w.where(), w.args...)
	return max((n+most-1)/most, 1), err
}

// Tiers is the tier of each customer who has one, by the customer's id.
func (s *Store) Tiers(ctx context.Context) (map[int64]string, error) {
	type tiered struct {
		id   int64
		tier string
	}
	tiers := map[int64]string{}
	err := each(ctx, s.reader(ctx), func(row scanner) (t tiered, err error) { return t, row.Scan(&t.id, &t.tier) },
		func(t tiered) error {
			tiers[t.id] = t.tier
			return nil
		}, `SELECT id, tier FROM customers WHERE tier <> ''`)
	return tiers, wrap("read tiers", err)
}
