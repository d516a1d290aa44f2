package store

import (
	"context"
	"slices"
	"strings"

	"earshot/bot"
)

// LinkAuthor keeps a person's word on whether an author is a customer, and
// links the author by it: of several that they are linked to, by the last. It
// gives the customer that the author is afterwards, 0 for none.
func (s *Store) LinkAuthor(ctx context.Context, l bot.Linking) (customerID int64, err error) {
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		t.authors, t.forget = nil, true // links change
		if l.Linked {
			if _, err := t.exec(ctx, `DELETE FROM author_links WHERE author_id = ?1 AND customer_id <> ?2 AND linked = 1`, l.AuthorID, l.CustomerID); err != nil {
				return err
			}
		}
		if _, err := t.exec(ctx, `INSERT INTO author_links (author_id, customer_id, linked, by_whom, at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (author_id, customer_id) DO UPDATE SET linked = excluded.linked, by_whom = excluded.by_whom, at = excluded.at`,
			l.AuthorID, l.CustomerID, flag(l.Linked), person(l.By), s.orNow(l.At)); err != nil {
			return err
		}
		if err := relinkWhere(ctx, t, `id = ?1`, l.AuthorID); err != nil {
			return err
		}
		customerID, _, err = one(ctx, t, scanID, `SELECT coalesce(customer_id, 0) FROM authors WHERE id = ?1`, l.AuthorID)
		return err
	})
	return customerID, wrap("link author", err)
}

func scanLinking(row scanner) (l bot.Linking, err error) {
	var linked, when int64
	var by string
	if err := row.Scan(&l.AuthorID, &l.CustomerID, &linked, &by, &when); err != nil {
		return l, err
	}
	l.Linked, l.At = linked != 0, at(when)
	l.By, err = readPerson(by)
	return l, err
}

// linkings lists what people said of whom an author is.
func linkings(ctx context.Context, c conn, authorID int64) ([]bot.Linking, error) {
	if authorID == 0 { // new: nobody can have said anything
		return nil, nil
	}
	all, err := list(ctx, c, scanLinking, `SELECT author_id, customer_id, linked, by_whom, at FROM author_links WHERE author_id = ?1`, authorID)
	return all, wrap("read whom an author is linked to", err)
}

// byWord is whom an author is by what people said, where addresses and handles
// say found.
func byWord(said []bot.Linking, found int64) int64 {
	for _, l := range said {
		switch {
		case l.Linked:
			return l.CustomerID
		case l.CustomerID == found:
			found = 0
		}
	}
	return found
}

// CustomerRecord reads a customer and all authors that they are.
func (s *Store) CustomerRecord(ctx context.Context, id int64) (bot.CustomerRecord, error) {
	var rec bot.CustomerRecord
	var err error
	if rec.Customer, err = s.Customer(ctx, id); err != nil {
		return rec, err
	}
	rec.Authors, err = list(ctx, s.reader(ctx), func(row scanner) (a bot.RecordAuthor, err error) {
		a.Author, err = scanAuthor(behind{row, []any{&a.Source, &a.Mentions}})
		return a, err
	}, `SELECT source, said, `+authorColumns+` FROM (
  SELECT a.*, (SELECT count(*) FROM mentions m WHERE m.author_id = a.id) AS said FROM authors a WHERE a.customer_id = ?1) AS of_them
ORDER BY said DESC, id`, id)
	return rec, wrap("list the customer's authors", err)
}

// FindCustomers finds customers by what somebody calls them: the one with this
// id in the customer's own records, else all with this e-mail address or handle,
// else those whose name has these words, at most limit, in the order in which
// they were imported.
func (s *Store) FindCustomers(ctx context.Context, called string, limit int) ([]bot.Customer, error) {
	called = strings.TrimSpace(called)
	for _, q := range []struct {
		text string
		arg  string
	}{
		{`SELECT ` + customerColumns + ` FROM customers WHERE external_id = ?1 LIMIT ?2`, called},
		{`SELECT ` + customerColumns + ` FROM customers WHERE id IN (SELECT customer_id FROM customer_keys WHERE key = ?1) ORDER BY id LIMIT ?2`, emailKey(called)},
		{`SELECT ` + customerColumns + ` FROM customers WHERE id IN (SELECT customer_id FROM customer_keys WHERE key = ?1) ORDER BY id LIMIT ?2`, handleKey(called)},
	} {
		found, err := list(ctx, s.reader(ctx), scanCustomer, q.text, q.arg, limit)
		if err != nil || len(found) > 0 {
			return found, wrap("find customers", err)
		}
	}
	return s.customersNamed(ctx, strings.Fields(strings.ToLower(called)), limit)
}

// customersNamed finds customers in whose name every word begins one. Names are
// compared here: what is upper case to one engine is not to the other.
func (s *Store) customersNamed(ctx context.Context, words []string, limit int) ([]bot.Customer, error) {
	if len(words) == 0 {
		return nil, nil
	}
	type named struct {
		id   int64
		name string
	}
	var ids []int64
	err := each(ctx, s.reader(ctx), func(row scanner) (n named, err error) { return n, row.Scan(&n.id, &n.name) }, func(n named) error {
		parts := strings.Fields(strings.ToLower(n.name))
		for _, w := range words {
			if !slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(p, w) }) {
				return nil
			}
		}
		if len(ids) < limit {
			ids = append(ids, n.id)
		}
		return nil
	}, `SELECT id, name FROM customers WHERE name <> '' ORDER BY id`)
	if err != nil {
		return nil, wrap("find customers by name", err)
	}
	var out []bot.Customer
	for _, id := range ids {
		c, err := s.Customer(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// unlinked empties what the histories of others say of whether they are the
// customer.
func (e *erasing) unlinked(ctx context.Context) error {
	if e.person.customer == 0 {
		return nil
	}
	var err error
	e.linked, err = list(ctx, e.t, scanID, `
SELECT DISTINCT c.id FROM author_links l JOIN cases c ON c.author_id = l.author_id JOIN case_events ev ON ev.case_id = c.id
WHERE l.customer_id = ?1 AND ev.verb IN ('linked', 'unlinked') ORDER BY c.id`, e.person.customer)
	if err != nil {
		return wrap("find who was linked to them", err)
	}
	for _, id := range e.linked {
		n, err := e.t.exec(ctx, `UPDATE case_events SET text = ?2 WHERE case_id = ?1 AND verb IN ('linked', 'unlinked')`, id, bot.Erased)
		if err != nil {
			return wrap("erase who was linked to them", err)
		}
		e.out.Others += int(n)
	}
	return nil
}
