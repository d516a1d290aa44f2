package store

import (
	"context"
	"slices"

	"earshot/bot"
)

const customerColumns = `id, external_id, name, email, handles, tier, since, attrs`

func scanCustomer(row scanner) (c bot.Customer, err error) {
	var handles, attrs string
	var since int64
	if err := row.Scan(&c.ID, &c.ExternalID, &c.Name, &c.Email, &handles, &c.Tier, &since, &attrs); err != nil {
		return c, err
	}
	c.Since = at(since)
	if err := decode(handles, &c.Handles); err != nil {
		return c, err
	}
	return c, decode(attrs, &c.Attrs)
}

// Customer reads one customer by our id.
func (s *Store) Customer(ctx context.Context, id int64) (bot.Customer, error) {
	c, found, err := one(ctx, s.reader(ctx), scanCustomer, `SELECT `+customerColumns+` FROM customers WHERE id = ?1`, id)
	return got(c, found, err, "read customer", bot.Errorf(bot.ErrNotFound, "That customer is not stored (any more)."))
}

// SaveCustomers stores customers or replaces those whose ExternalID is known,
// and links authors anew: those who are one of them by e-mail address or
// handle, and those who no longer are.
func (s *Store) SaveCustomers(ctx context.Context, customers []bot.Customer) (created, updated int, err error) {
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		t.authors, t.forget = nil, true // links may change
		if _, err := t.erasures(ctx, &s.erased); err != nil {
			return err
		}
		for _, c := range customers {
			if s.erased.customer(c) {
				s.log.InfoContext(ctx, "a customer who was erased is left out")
				continue
			}
			if c.ExternalID == "" {
				return bot.Errorf(bot.ErrInvalid, "A customer needs an id from your own records; %q has none.", c.Name)
			}
			fresh, err := saveCustomer(ctx, t, c)
			if err != nil {
				return wrap("save customer "+c.ExternalID, err)
			}
			if fresh {
				created++
			} else {
				updated++
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	return created, updated, nil
}

func saveCustomer(ctx context.Context, t *tx, c bot.Customer) (fresh bool, err error) {
	handles, err := encode(c.Handles)
	if err != nil {
		return false, err
	}
	attrs, err := encode(c.Attrs)
	if err != nil {
		return false, err
	}
	id, found, err := one(ctx, t, scanID, `SELECT id FROM customers WHERE external_id = ?1`, c.ExternalID)
	if err != nil {
		return false, err
	}
	values := []any{c.ExternalID, c.Name, c.Email, handles, c.Tier, ms(c.Since), attrs}
	if found {
		_, err = t.exec(ctx, `UPDATE customers SET name = ?2, email = ?3, handles = ?4, tier = ?5, since = ?6, attrs = ?7 WHERE external_id = ?1`, values...)
	} else {
		id, err = t.insert(ctx, `INSERT INTO customers (external_id, name, email, handles, tier, since, attrs) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`, values...)
	}
	if err != nil {
		return false, err
	}
	return !found, relink(ctx, t, id, customerKeys(c))
}

// customerKeys lists what a customer is recognised by.
func customerKeys(c bot.Customer) []string {
	keys := []string{emailKey(c.Email)}
	for _, h := range c.Handles {
		keys = append(keys, handleKey(h))
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	return slices.DeleteFunc(keys, func(k string) bool { return k == "" })
}

func scanText(row scanner) (s string, err error) { return s, row.Scan(&s) }

// relink gives a customer its keys, and looks again at every author whom an
// old or a new key speaks of.
func relink(ctx context.Context, t *tx, id int64, keys []string) error {
	old, err := list(ctx, t, scanText, `SELECT key FROM customer_keys WHERE customer_id = ?1 ORDER BY key`, id)
	if err != nil {
		return err
	}
	if slices.Equal(old, keys) {
		return nil
	}
	if _, err := t.exec(ctx, `DELETE FROM customer_keys WHERE customer_id = ?1`, id); err != nil {
		return err
	}
	for _, k := range keys {
		if _, err := t.exec(ctx, `INSERT INTO customer_keys (key, customer_id) VALUES (?1, ?2)`, k, id); err != nil {
			return err
		}
	}
	touched := slices.Concat(old, keys)
	slices.Sort(touched)
	for _, k := range slices.Compact(touched) {
		if err := relinkAuthors(ctx, t, k); err != nil {
			return err
		}
	}
	return nil
}

// relinkAuthors finds anew whom the authors are that a key speaks of.
func relinkAuthors(ctx context.Context, t *tx, key string) error {
	return relinkWhere(ctx, t, `(email_key <> '' AND email_key = ?1) OR (handle_key <> '' AND handle_key IN (?1, ?2))`, key, withoutKind(key))
}

// relinkWhere finds anew whom the authors are that a condition chooses.
func relinkWhere(ctx context.Context, t *tx, where string, args ...any) error {
	type of struct {
		author bot.Author
		kind   string
	}
	authors, err := list(ctx, t, func(row scanner) (o of, err error) {
		a := &o.author
		return o, row.Scan(&a.ID, &a.Email, &a.Handle, &a.CustomerID, &o.kind)
	}, `SELECT id, email, handle, coalesce(customer_id, 0), kind FROM authors WHERE `+where, args...)
	if err != nil {
		return err
	}
	for _, o := range authors {
		id, err := customerOf(ctx, t, o.author, o.kind)
		if err != nil {
			return err
		}
		if id == o.author.CustomerID {
			continue
		}
		if _, err := t.exec(ctx, `UPDATE authors SET customer_id = nullif(?2, 0) WHERE id = ?1`, o.author.ID, id); err != nil {
			return err
		}
		if err := t.markMentions(ctx, `author_id = ?1`, o.author.ID); err != nil {
			return err
		}
	}
	return nil
}
