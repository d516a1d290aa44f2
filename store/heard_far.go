package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"earshot/bot"
)

// On a server each statement is a way there and back. What a batch of mentions
// needs is therefore asked for, and written, with one statement for all of
// them, or with many that are sent together.

// known is what a batch has asked a server for before it needs it.
type known struct {
	authors   map[authorKey]bot.Author // all that it speaks of; ID 0 for one that is not stored
	customers map[string][]int64       // by all keys that may be theirs
}

// stored notes what is stored of an author now.
func (k *known) stored(key authorKey, a bot.Author) {
	for _, text := range []*string{&a.ExternalID, &a.Handle, &a.Name, &a.Email, &a.URL} {
		*text = cleanText(*text)
	}
	k.authors[key] = a
}

// has tells whether it was asked who has these keys.
func (k *known) has(keys [3]string) bool {
	for _, key := range keys {
		if _, asked := k.customers[key]; key != "" && !asked {
			return false
		}
	}
	return true
}

// saveTogether is save for many mentions, on a server.
func (b *batch) saveTogether(ctx context.Context, heard []bot.Heard, out []bot.Saved) error {
	if err := b.meet(ctx, heard); err != nil {
		return wrap("save authors", err)
	}
	defer func() { b.t.known = nil }()
	var rows [][]any
	var places []int
	for i := range heard {
		if b.s.erased.mention(&heard[i].Mention) {
			out[i] = bot.Saved{Outcome: bot.Forgotten}
			continue
		}
		author, err := b.s.author(ctx, b.t, &heard[i].Mention)
		if err == nil {
			err = b.fill(&heard[i], author.id)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", heard[i].Mention.ExternalID, err)
		}
		out[i] = bot.Saved{Outcome: bot.New, AuthorID: author.id, CustomerID: author.customerID}
		rows, places = append(rows, slices.Clone(b.args[:])), append(places, i)
	}
	ids, err := b.t.insertTogether(ctx, insertMention, rows)
	if err != nil {
		at := places[min(len(ids), len(places)-1)] // where all have an id, the connection broke behind the last
		return fmt.Errorf("%s: %w", heard[at].Mention.ExternalID, err)
	}
	for n, i := range places {
		if out[i].ID = ids[n]; ids[n] > 0 {
			b.touch(heard[i].Mention.Watches, heard[i].Mention.CreatedAt)
			continue
		}
		copy(b.args[:], rows[n])
		if out[i], err = b.again(ctx, &heard[i], out[i]); err != nil {
			return fmt.Errorf("%s: %w", heard[i].Mention.ExternalID, err)
		}
	}
	return nil
}

// meet asks for all authors of a batch, and stores those that are new.
func (b *batch) meet(ctx context.Context, heard []bot.Heard) error {
	var order []authorKey // of those that must be asked for, as they first appear
	first := map[authorKey]*bot.Mention{}
	for i := range heard {
		m := &heard[i].Mention
		k := authorKey{m.Source, m.Author.Key()}
		if _, is := b.t.authors[k]; is || k.key == "" || first[k] != nil || b.s.erased.mention(m) {
			continue
		}
		first[k] = m
		order = append(order, k)
	}
	if len(order) == 0 {
		return nil
	}
	b.t.known = &known{authors: map[authorKey]bot.Author{}, customers: map[string][]int64{}}
	if err := b.t.askAuthors(ctx, order); err != nil {
		return err
	}
	if err := b.t.askCustomers(ctx, first); err != nil {
		return err
	}
	return b.meetNew(ctx, order, first)
}

// askAuthors fills in which of the authors are stored.
func (t *tx) askAuthors(ctx context.Context, keys []authorKey) error {
	sources, names := make([]string, len(keys)), make([]string, len(keys))
	asked := make(map[authorKey]authorKey, len(keys)) // as it is stored: as it was heard
	for i, k := range keys {
		sources[i], names[i] = cleanText(k.source), cleanText(k.key)
		asked[authorKey{sources[i], names[i]}] = k
		t.known.authors[k] = bot.Author{}
	}
	type stored struct {
		key    authorKey
		author bot.Author
	}
	return each(ctx, t, func(row scanner) (s stored, err error) {
		s.author, err = scanAuthor(behind{row, []any{&s.key.source, &s.key.key}})
		return s, err
	}, func(s stored) error {
		t.known.authors[asked[s.key]] = s.author
		return nil
	}, `SELECT source, key, `+authorColumns+` FROM authors WHERE (source, key) IN (SELECT * FROM unnest(?1::text[], ?2::text[]))`, sources, names)
}

// behind is a row that is read after some other columns.
type behind struct {
	scanner
	first []any
}

// Scan reads those and then the row.
func (b behind) Scan(dest ...any) error { return b.scanner.Scan(append(b.first, dest...)...) }

// askCustomers fills in who the authors may be.
func (t *tx) askCustomers(ctx context.Context, of map[authorKey]*bot.Mention) error {
	for _, m := range of {
		for _, k := range recognisedBy(m.Author, m.Kind) {
			if k != "" {
				t.known.customers[k] = nil
			}
		}
	}
	keys := make([]string, 0, len(t.known.customers))
	for k := range t.known.customers {
		keys = append(keys, cleanText(k))
	}
	return each(ctx, t, scanCustomerKey, func(k customerKey) error {
		t.known.customers[k.key] = append(t.known.customers[k.key], k.id)
		return nil
	}, `SELECT key, customer_id FROM customer_keys WHERE key = ANY (?1::text[])`, keys)
}

// meetNew stores the authors that are not stored yet.
func (b *batch) meetNew(ctx context.Context, order []authorKey, of map[authorKey]*bot.Mention) error {
	var rows [][]any
	var keys []authorKey
	var met []bot.Author
	for _, k := range order {
		if b.t.known.authors[k].ID > 0 {
			continue
		}
		a := of[k].Author
		a.ID, a.CustomerID = 0, 0
		customer, err := customerOf(ctx, b.t, a, of[k].Kind)
		if err != nil {
			return err
		}
		rows = append(rows, authorArgs(k, of[k].Kind, a, customer))
		a.CustomerID = customer
		keys, met = append(keys, k), append(met, a)
	}
	ids, err := b.t.insertTogether(ctx, insertAuthorText, rows)
	if err != nil {
		return err
	}
	if b.t.authors == nil {
		b.t.authors = map[authorKey]knownAuthor{}
	}
	for i, a := range met {
		bare := a
		bare.CustomerID = 0
		b.t.authors[authorKey{strings.Clone(keys[i].source), strings.Clone(keys[i].key)}] =
			knownAuthor{id: ids[i], customerID: a.CustomerID, traits: maphash.Comparable(b.s.authors.seed, bare)}
		a.ID = ids[i]
		b.t.known.stored(keys[i], a)
	}
	return nil
}

// insertTogether runs one INSERT for many rows, all sent before the first answer
// is waited for (pkg.go.dev/github.com/jackc/pgx/v5#Batch). It gives the new
// ids, 0 where ON CONFLICT made it do nothing; with an error, those before it.
func (t *tx) insertTogether(ctx context.Context, query string, rows [][]any) ([]int64, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	text := t.dialect.text(query + ` RETURNING id`)
	ids := make([]int64, 0, len(rows))
	err := t.raw.Raw(func(driver any) error {
		all := &pgx.Batch{}
		for _, row := range rows {
			all.Queue(text, clean(row)...).QueryRow(func(row pgx.Row) error {
				var id int64
				if err := row.Scan(&id); err != nil && !errors.Is(err, pgx.ErrNoRows) && !errors.Is(err, sql.ErrNoRows) {
					return err
				}
				ids = append(ids, id)
				return nil
			})
		}
		return driver.(*stdlib.Conn).Conn().SendBatch(ctx, all).Close()
	})
	return ids, err
}
