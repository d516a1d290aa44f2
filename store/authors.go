package store

import (
	"context"
	"hash/maphash"
	"strings"
	"sync"

	"earshot/bot"
)

// authorKey identifies an author: a source and bot.Author.Key.
type authorKey struct{ source, key string }

// knownAuthor is what the hot path must know of an author that is stored.
type knownAuthor struct {
	id, customerID int64
	traits         uint64 // of all that was stored of the author: unchanged means nothing to write
}

// authorsKept is how many authors each of the cache's two halves holds: about
// 2 MB in all.
const authorsKept = 4096

// authorCache remembers the authors of late, so that a mention by somebody
// known costs no query. What was not asked for while one half filled up is
// forgotten with the other. It holds only what is committed.
type authorCache struct {
	mu       sync.Mutex
	seed     maphash.Seed
	now, old map[authorKey]knownAuthor
}

func newAuthorCache() *authorCache {
	return &authorCache{seed: maphash.MakeSeed(), now: map[authorKey]knownAuthor{}}
}

func (c *authorCache) get(k authorKey) (knownAuthor, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.now[k]
	if !ok {
		if a, ok = c.old[k]; ok {
			c.put(k, a)
		}
	}
	return a, ok
}

func (c *authorCache) learn(authors map[authorKey]knownAuthor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, a := range authors {
		c.put(k, a)
	}
}

func (c *authorCache) put(k authorKey, a knownAuthor) {
	if len(c.now) >= authorsKept {
		c.old, c.now = c.now, make(map[authorKey]knownAuthor, authorsKept)
	}
	c.now[k] = a
}

func (c *authorCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.old = map[authorKey]knownAuthor{}, nil
}

// author finds or makes the author of a mention, brings what is stored of them
// up to date, and links a customer. An anonymous author is nobody: id 0.
func (s *Store) author(ctx context.Context, t *tx, m *bot.Mention) (knownAuthor, error) {
	k := authorKey{m.Source, m.Author.Key()}
	if k.key == "" {
		return knownAuthor{}, nil
	}
	a := m.Author
	a.ID, a.CustomerID = 0, 0
	traits := maphash.Comparable(s.authors.seed, a)
	if known, ok := s.knownAuthor(t, k); ok && known.traits == traits {
		return known, nil
	}
	known, err := s.saveAuthor(ctx, t, k, m.Kind, a)
	if err != nil {
		return knownAuthor{}, wrap("save author", err)
	}
	known.traits = traits
	if t.authors == nil {
		t.authors = map[authorKey]knownAuthor{}
	}
	// The key may be a piece of a large document that must not be kept for it.
	t.authors[authorKey{strings.Clone(k.source), strings.Clone(k.key)}] = known
	return known, nil
}

func (s *Store) knownAuthor(t *tx, k authorKey) (knownAuthor, bool) {
	if known, ok := t.authors[k]; ok {
		return known, true
	}
	if t.forget || s.Replicated() { // another replica may have changed it meanwhile
		return knownAuthor{}, false
	}
	return s.authors.get(k)
}

const authorColumns = `id, external_id, handle, name, email, url, followers, staff, automated, coalesce(customer_id, 0)`

func scanAuthor(row scanner) (a bot.Author, err error) {
	return a, row.Scan(&a.ID, &a.ExternalID, &a.Handle, &a.Name, &a.Email, &a.URL, &a.Followers, &a.Staff, &a.Automated, &a.CustomerID)
}

func (s *Store) saveAuthor(ctx context.Context, t *tx, k authorKey, kind string, a bot.Author) (knownAuthor, error) {
	old, found, err := t.storedAuthor(ctx, k)
	if err != nil {
		return knownAuthor{}, err
	}
	if !found {
		return insertAuthor(ctx, t, k, kind, a)
	}
	next := mergeAuthor(old, a)
	if next == old {
		return knownAuthor{id: old.ID, customerID: old.CustomerID}, nil
	}
	if emailKey(next.Email) != emailKey(old.Email) || handleKey(next.Handle) != handleKey(old.Handle) {
		if next.CustomerID, err = customerOf(ctx, t, next, kind); err != nil {
			return knownAuthor{}, err
		}
	}
	_, err = t.exec(ctx, `
UPDATE authors SET external_id = ?2, handle = ?3, name = ?4, email = ?5, url = ?6, followers = ?7, staff = ?8, automated = ?9,
  email_key = ?10, handle_key = ?11, customer_id = nullif(?12, 0)
WHERE id = ?1`,
		old.ID, next.ExternalID, next.Handle, next.Name, next.Email, next.URL, next.Followers, flag(next.Staff), flag(next.Automated),
		emailKey(next.Email), handleKey(next.Handle), next.CustomerID)
	if err == nil && (next.CustomerID != old.CustomerID || next.Staff != old.Staff || next.Automated != old.Automated) {
		err = t.markMentions(ctx, `author_id = ?1`, old.ID) // they count otherwise now
	}
	if t.known != nil {
		t.known.stored(k, next)
	}
	return knownAuthor{id: old.ID, customerID: next.CustomerID}, err
}

// storedAuthor is what is stored of an author.
func (t *tx) storedAuthor(ctx context.Context, k authorKey) (bot.Author, bool, error) {
	if t.known != nil {
		if a, asked := t.known.authors[k]; asked {
			return a, a.ID > 0, nil
		}
	}
	return one(ctx, t, scanAuthor, `SELECT `+authorColumns+` FROM authors WHERE source = ?1 AND key = ?2`, k.source, k.key)
}

const insertAuthorText = `
INSERT INTO authors (source, key, kind, external_id, handle, name, email, url, followers, staff, automated, email_key, handle_key, customer_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, nullif(?14, 0))`

func authorArgs(k authorKey, kind string, a bot.Author, customer int64) []any {
	return []any{k.source, k.key, kind, a.ExternalID, a.Handle, a.Name, a.Email, a.URL, int64(a.Followers), flag(a.Staff), flag(a.Automated),
		emailKey(a.Email), handleKey(a.Handle), customer}
}

func insertAuthor(ctx context.Context, t *tx, k authorKey, kind string, a bot.Author) (knownAuthor, error) {
	customer, err := customerOf(ctx, t, a, kind)
	if err != nil {
		return knownAuthor{}, err
	}
	id, err := t.insert(ctx, insertAuthorText, authorArgs(k, kind, a, customer)...)
	return knownAuthor{id: id, customerID: customer}, err
}

// mergeAuthor is what is known after hearing of an author again: what a source
// leaves out this time is not forgotten.
func mergeAuthor(old, news bot.Author) bot.Author {
	next := old
	for _, f := range []struct {
		to   *string
		from string
	}{
		{&next.ExternalID, news.ExternalID}, {&next.Handle, news.Handle}, {&next.Name, news.Name},
		{&next.Email, news.Email}, {&next.URL, news.URL},
	} {
		if f.from != "" {
			*f.to = f.from
		}
	}
	if news.Followers >= 0 {
		next.Followers = news.Followers
	}
	next.Staff, next.Automated = news.Staff, news.Automated
	return next
}

// emailKey is what an e-mail address is recognised by; empty for none.
func emailKey(email string) string {
	if email = strings.ToLower(strings.TrimSpace(email)); email == "" {
		return ""
	}
	return "email:" + email
}

// handleKey is what a handle is recognised by on any kind of source; empty for
// none. A customer's "kind:name" becomes "handle:kind:name".
func handleKey(handle string) string {
	handle = strings.ToLower(strings.TrimSpace(handle))
	if kind, name, ok := strings.Cut(handle, ":"); ok {
		handle = kind + ":" + strings.TrimPrefix(name, "@")
	}
	if handle = strings.TrimPrefix(handle, "@"); handle == "" {
		return ""
	}
	return "handle:" + handle
}

// kindHandleKey is what a handle is recognised by on one kind of source.
func kindHandleKey(kind, handle string) string {
	if k := handleKey(handle); k != "" {
		return handleKey(kind + ":" + strings.TrimPrefix(k, "handle:"))
	}
	return ""
}

// recognisedBy is what an author may be recognised by as a customer, the
// surest first; empty for what they do not have.
func recognisedBy(a bot.Author, kind string) [3]string {
	return [3]string{emailKey(a.Email), kindHandleKey(kind, a.Handle), handleKey(a.Handle)}
}

// customerKey is a row of customer_keys.
type customerKey struct {
	key string
	id  int64
}

func scanCustomerKey(row scanner) (k customerKey, err error) { return k, row.Scan(&k.key, &k.id) }

// customerOf finds the customer that an author is: by a person's word, else by
// what they are recognised by, unless somebody said that this is not so.
func customerOf(ctx context.Context, t *tx, a bot.Author, kind string) (int64, error) {
	said, err := linkings(ctx, t, a.ID)
	if err != nil {
		return 0, err
	}
	found, err := recognised(ctx, t, a, kind)
	return byWord(said, found), err
}

// recognised finds the customer that an author is by e-mail address, else by
// the handle on this kind of source, else by the handle anywhere. Two
// customers with the same key are nobody: a person is never guessed.
func recognised(ctx context.Context, t *tx, a bot.Author, kind string) (int64, error) {
	keys := recognisedBy(a, kind)
	if keys[0] == "" && keys[2] == "" {
		return 0, nil
	}
	found, err := t.customersWith(ctx, keys)
	if err != nil {
		return 0, wrap("find customer", err)
	}
	for _, k := range keys {
		switch ids := found[k]; {
		case k == "" || len(ids) == 0:
		case len(ids) == 1:
			return ids[0], nil
		default:
			return 0, nil
		}
	}
	return 0, nil
}

// customersWith finds who has the keys.
func (t *tx) customersWith(ctx context.Context, keys [3]string) (map[string][]int64, error) {
	if t.known != nil && t.known.has(keys) {
		return t.known.customers, nil
	}
	found := map[string][]int64{}
	err := each(ctx, t, scanCustomerKey, func(k customerKey) error {
		found[k.key] = append(found[k.key], k.id)
		return nil
	}, `SELECT key, customer_id FROM customer_keys WHERE key IN (?1, ?2, ?3)`, keys[0], keys[1], keys[2])
	return found, err
}

// withoutKind is the key of the handle in a "handle:kind:name" key, as authors
// have it; any other key as it is.
func withoutKind(key string) string {
	rest, ok := strings.CutPrefix(key, "handle:")
	if _, name, kind := strings.Cut(rest, ":"); ok && kind {
		return "handle:" + name
	}
	return key
}
