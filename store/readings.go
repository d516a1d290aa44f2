package store

import (
	"context"
	"time"

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
	from, to := f.From, f.To
	if oneIn > 1 { // chosen in the index of dates alone, before any mention is read
		f.From, f.To = time.Time{}, time.Time{}
	}
	w := mentionConditions(f)
	if oneIn > 1 {
		in := `m.id IN (SELECT id FROM mentions WHERE id % ` + w.arg(int64(oneIn)) + ` = 0`
		if !from.IsZero() {
			in += ` AND created_at >= ` + w.arg(ms(from))
		}
		if !to.IsZero() {
			in += ` AND created_at < ` + w.arg(ms(to))
		}
		w.parts = append(w.parts, in+`)`)
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

// counted is how many times most a period is counted exactly; beyond that its
// size is estimated.
const counted = 20

// oneIn is how many times more than most mentions the filter's time holds,
// rounded up. A period that holds far more is not counted: what was stored
// between its first mention and its last says how many there are.
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
	scan := func(row scanner) (n int, err error) { return n, row.Scan(&n) }
	where, args := w.where(), w.args
	n, _, err := one(ctx, s.reader(ctx), scan, `SELECT count(*) FROM (SELECT 1 FROM mentions`+where+` LIMIT `+w.arg(int64(counted*most))+`) counted`, w.args...)
	if err == nil && n == counted*most {
		var span int
		span, _, err = one(ctx, s.reader(ctx), scan, `SELECT abs(
  (SELECT id FROM mentions`+where+` ORDER BY created_at DESC, id DESC LIMIT 1) - (SELECT id FROM mentions`+where+` ORDER BY created_at, id LIMIT 1))`, args...)
		n = max(n, span)
	}
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
