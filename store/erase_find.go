package store

import (
	"context"
	"strings"

	"earshot/bot"
)

// subject is a person as they are stored.
type subject struct {
	customer int64 // 0 for none, or when only an author is erased
	external string
	emails   []string
	authors  []knownSubject
	called   []bot.Author // as the customer's record calls them
}

// knownSubject is one author that the person is.
type knownSubject struct {
	id          int64
	source, key string
	author      bot.Author
}

const subjectColumns = `id, source, key, external_id, handle, name, email, url`

func scanSubject(row scanner) (k knownSubject, err error) {
	a := &k.author
	return k, row.Scan(&k.id, &k.source, &k.key, &a.ExternalID, &a.Handle, &a.Name, &a.Email, &a.URL)
}

// findSubject finds who is meant; never a guess.
func findSubject(ctx context.Context, c conn, who Whom) (subject, error) {
	if who.Customer != "" {
		return findCustomer(ctx, c, who)
	}
	if who.Author == "" || who.Source == "" {
		return subject{}, bot.Errorf(bot.ErrInvalid, "Say who: an author and their source, or a customer.")
	}
	plain := strings.TrimPrefix(who.Author, "@")
	found, err := list(ctx, c, scanSubject, `SELECT `+subjectColumns+` FROM authors
WHERE source = ?1 AND (key IN (?2, ?3) OR external_id = ?2 OR name = ?2 OR (handle_key <> '' AND handle_key = ?4) OR (email_key <> '' AND email_key = ?5)) ORDER BY id`,
		who.Source, who.Author, plain, handleKey(plain), emailKey(who.Author))
	if err != nil {
		return subject{}, wrap("find the author", err)
	}
	for _, k := range found {
		if k.key == who.Author || k.author.ExternalID == who.Author {
			found = []knownSubject{k}
			break
		}
	}
	switch len(found) {
	case 0:
		return subject{}, bot.Errorf(bot.ErrNotFound, "Nobody is stored as %s.", who.name())
	case 1:
		return subject{authors: found, emails: emailsOf(found)}, nil
	}
	var ids []string
	for _, k := range found[:min(len(found), 10)] {
		ids = append(ids, k.key+" ("+k.author.Label()+")")
	}
	return subject{}, bot.Errorf(bot.ErrInvalid, "%d authors are called %s. Name one by its id: %s.", len(found), who.name(), strings.Join(ids, ", "))
}

func findCustomer(ctx context.Context, c conn, who Whom) (subject, error) {
	ids, err := list(ctx, c, scanID, `SELECT id FROM customers WHERE external_id = ?1`, who.Customer)
	if err == nil && len(ids) == 0 && emailKey(who.Customer) != "" {
		ids, err = list(ctx, c, scanID, `SELECT customer_id FROM customer_keys WHERE key = ?1 ORDER BY customer_id`, emailKey(who.Customer))
	}
	switch {
	case err != nil:
		return subject{}, wrap("find the customer", err)
	case len(ids) == 0:
		return subject{}, bot.Errorf(bot.ErrNotFound, "Nobody is stored as %s.", who.name())
	case len(ids) > 1:
		return subject{}, bot.Errorf(bot.ErrInvalid, "%d customers have this address. Name one by its id.", len(ids))
	}
	customer, _, err := one(ctx, c, scanCustomer, `SELECT `+customerColumns+` FROM customers WHERE id = ?1`, ids[0])
	if err != nil {
		return subject{}, wrap("read the customer", err)
	}
	p := subject{customer: customer.ID, external: customer.ExternalID}
	if p.authors, err = list(ctx, c, scanSubject, `SELECT `+subjectColumns+` FROM authors WHERE customer_id = ?1 ORDER BY id`, customer.ID); err != nil {
		return subject{}, wrap("find the customer's authors", err)
	}
	p.emails = emailsOf(p.authors)
	if customer.Email != "" {
		p.emails = append(p.emails, customer.Email)
	}
	p.record(customer)
	return p, nil
}

// record adds the names of the customer's record.
func (p *subject) record(c bot.Customer) {
	for _, h := range c.Handles {
		_, name, kind := strings.Cut(h, ":")
		if !kind {
			name = h
		}
		p.called = append(p.called, bot.Author{Handle: strings.TrimPrefix(name, "@")})
	}
	p.called = append(p.called, bot.Author{Name: c.Name, Email: c.Email})
}

func emailsOf(list []knownSubject) []string {
	var out []string
	for _, k := range list {
		if k.author.Email != "" {
			out = append(out, k.author.Email)
		}
	}
	return out
}
