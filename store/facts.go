package store

import (
	"context"
	"time"

	"earshot/bot"
)

// SaveFacts stores daily counts; one of the same name, watch, topic and day
// replaces the one before. It tells how many were new and how many changed.
func (s *Store) SaveFacts(ctx context.Context, facts []bot.Fact) (created, changed int, err error) {
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		created, changed = 0, 0
		for _, f := range facts {
			args := []any{f.Name, f.Watch, f.Topic, ms(f.Day), string(f.Role), f.Count}
			n, err := t.exec(ctx, `INSERT INTO facts (name, watch, topic, day, role, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (name, watch, topic, day) DO NOTHING`, args...)
			if err != nil {
				return err
			}
			if n > 0 {
				created++
				continue
			}
			n, err = t.exec(ctx, `UPDATE facts SET role = ?5, count = ?6 WHERE name = ?1 AND watch = ?2 AND topic = ?3 AND day = ?4 AND (role <> ?5 OR count <> ?6)`, args...)
			if err != nil {
				return err
			}
			changed += int(n)
		}
		return nil
	})
	return created, changed, wrap("save facts", err)
}

// Facts gives the counts of the days that touch [from, to] that are about a
// watch and a topic, or about all; in order of name and day. An empty topic
// takes the counts of every topic.
func (s *Store) Facts(ctx context.Context, watch, topic string, from, to time.Time) ([]bot.Fact, error) {
	out, err := list(ctx, s.reader(ctx), func(row scanner) (f bot.Fact, err error) {
		var day int64
		err = row.Scan(&f.Name, &f.Watch, &f.Topic, &day, &f.Role, &f.Count)
		f.Day = at(day)
		return f, err
	}, `SELECT name, watch, topic, day, role, count FROM facts
WHERE day >= ?1 AND day <= ?2 AND watch IN ('', ?3) AND (?4 = '' OR topic IN ('', ?4)) ORDER BY name, day, watch, topic`,
		ms(from.UTC().Truncate(24*time.Hour)), ms(to), watch, topic)
	return out, wrap("read facts", err)
}
