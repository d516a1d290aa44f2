package store

import (
	"context"
	"strings"
	"time"

	"earshot/bot"
)

const sourceColumns = `name, kind, position, synced, last_ok, last_new, failures, error, mentions, rejected, quiet_from, progress, rhythm`

func scanSource(row scanner) (st bot.SourceState, err error) {
	var ok, news, quiet int64
	err = row.Scan(&st.Name, &st.Kind, &st.Cursor, &st.Synced, &ok, &news, &st.Failures, &st.Error,
		&st.Mentions, &st.Rejected, &quiet, &st.Progress, &st.Rhythm)
	st.LastOK, st.LastNew, st.QuietFrom = at(ok), at(news), at(quiet)
	return st, err
}

// SourceState is what is remembered of a source; only its name is set for one
// that was never saved.
func (s *Store) SourceState(ctx context.Context, name string) (bot.SourceState, error) {
	st, found, err := one(ctx, s.reader(ctx), scanSource, `SELECT `+sourceColumns+` FROM sources WHERE name = ?1`, name)
	if err == nil && !found {
		return bot.SourceState{Name: name}, nil
	}
	return st, wrap("read source state", err)
}

// SaveSourceState replaces what is remembered of a source, and notes when an
// outage of it begins and ends.
func (s *Store) SaveSourceState(ctx context.Context, st bot.SourceState) error {
	return wrap("save source state", s.write(ctx, func(ctx context.Context, t *tx) error {
		if err := s.noteOutage(ctx, t, st); err != nil {
			return err
		}
		return saveSource(ctx, t, st)
	}))
}

func saveSource(ctx context.Context, t *tx, st bot.SourceState) error {
	_, err := t.exec(ctx, `
INSERT INTO sources (`+sourceColumns+`) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
ON CONFLICT (name) DO UPDATE SET kind = ?2, position = ?3, synced = ?4, last_ok = ?5, last_new = ?6, failures = ?7,
  error = ?8, mentions = ?9, rejected = ?10, quiet_from = ?11, progress = ?12, rhythm = ?13`,
		st.Name, st.Kind, string(st.Cursor), flag(st.Synced), ms(st.LastOK), ms(st.LastNew), st.Failures, st.Error,
		st.Mentions, st.Rejected, ms(st.QuietFrom), st.Progress, st.Rhythm)
	return err
}

// SourceStates lists every source that was ever saved, by name.
func (s *Store) SourceStates(ctx context.Context) ([]bot.SourceState, error) {
	out, err := list(ctx, s.reader(ctx), scanSource, `SELECT `+sourceColumns+` FROM sources ORDER BY name`)
	return out, wrap("list sources", err)
}

// rawLimit is how many bytes of a rejected item are kept, as bot.Rejected says.
const rawLimit = 2000

// SaveRejected puts items that could not be read among the dead letters. A
// zero At becomes now.
func (s *Store) SaveRejected(ctx context.Context, items []bot.Rejected) error {
	if len(items) == 0 {
		return nil
	}
	return wrap("save rejected items", s.write(ctx, func(ctx context.Context, t *tx) error {
		for _, r := range items {
			_, err := t.exec(ctx, `INSERT INTO rejected (source, place, reason, raw, at) VALUES (?1, ?2, ?3, ?4, ?5)`,
				r.Source, r.Where, r.Reason, cutBytes(strings.ToValidUTF8(r.Raw, "�"), rawLimit), s.orNow(r.At))
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// Rejected lists dead letters, the newest first: of one source, or of all when
// source is empty. limit 0 is 50.
func (s *Store) Rejected(ctx context.Context, source string, limit int) ([]bot.Rejected, error) {
	query, args := `SELECT id, source, place, reason, raw, at FROM rejected ORDER BY id DESC LIMIT ?1`, []any{orLimit(limit, 50)}
	if source != "" {
		query = `SELECT id, source, place, reason, raw, at FROM rejected WHERE source = ?2 ORDER BY id DESC LIMIT ?1`
		args = append(args, source)
	}
	out, err := list(ctx, s.reader(ctx), func(row scanner) (r bot.Rejected, err error) {
		var when int64
		err = row.Scan(&r.ID, &r.Source, &r.Where, &r.Reason, &r.Raw, &when)
		r.At = at(when)
		return r, err
	}, query, args...)
	return out, wrap("list rejected items", err)
}

// orNow is t as it is stored, or the present where t is not set.
func (s *Store) orNow(t time.Time) int64 {
	if t.IsZero() {
		return ms(s.now())
	}
	return ms(t)
}

// orLimit is limit, or usual where none is given.
func orLimit(limit, usual int) int {
	if limit <= 0 {
		return usual
	}
	return limit
}

// cutBytes is s in at most n bytes, cut between characters.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 { // inside a character
		n--
	}
	return s[:n]
}
