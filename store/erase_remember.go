package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"earshot/bot"
)

// forgottenName is the file beside a folder of backups, and the ending of the
// one beside the store, in which erasures are remembered: who restores an old
// backup has them still.
const forgottenName = ".erased"

// ErasedFile is where the erasures of a store are remembered beside it.
func ErasedFile(path string) string { return path + forgottenName }

// erasure is one line of what is remembered: a keyed hash and when.
type erasure struct {
	Key  string `json:"key"`
	Hash string `json:"hash"`
	At   int64  `json:"at"` // UTC milliseconds
}

// markOf is the keyed hash of somebody or something: HMAC-SHA-256 (RFC 2104)
// over the parts, each after its length.
func markOf(key string, said ...string) string {
	h := hmac.New(sha256.New, []byte(key))
	parts(h, said...)
	return hex.EncodeToString(h.Sum(nil))
}

// The kinds of thing that are remembered.
const (
	markMention  = "mention"  // source, external id
	markAuthor   = "author"   // source, what they are recognised by
	markCustomer = "customer" // external id
	markEmail    = "email"    // on any source
)

// marksOfAuthor lists what an author is recognised by: everything that a source
// calls them but a display name, which others may have too, unless it is all
// there is.
func marksOfAuthor(source string, a bot.Author) [][]string {
	var out [][]string
	if a.ExternalID != "" {
		out = append(out, []string{markAuthor, source, "id:" + a.ExternalID})
	}
	if k := handleKey(a.Handle); k != "" {
		out = append(out, []string{markAuthor, source, k})
	}
	if k := emailKey(a.Email); k != "" {
		out = append(out, []string{markAuthor, source, k}, []string{markEmail, k})
	}
	if len(out) == 0 && a.Name != "" {
		out = append(out, []string{markAuthor, source, "name:" + a.Name})
	}
	return out
}

// remember keeps the hashes of who is erased and of what they said.
func (e *erasing) remember(ctx context.Context) error {
	key, err := eraseKey(ctx, e.t)
	if err != nil {
		return err
	}
	var all [][]string
	for _, k := range e.person.authors {
		all = append(all, marksOfAuthor(k.source, k.author)...)
	}
	if e.person.external != "" {
		all = append(all, []string{markCustomer, e.person.external})
		for _, mail := range e.person.emails {
			all = append(all, []string{markEmail, emailKey(mail)})
		}
	}
	if len(all) > 0 {
		e.out.Mark = markOf(key, all[0]...)[:16]
	}
	for said := range e.external {
		source, id, _ := strings.Cut(said, "\x00")
		all = append(all, []string{markMention, source, id})
	}
	for _, m := range all {
		if err := saveErasure(ctx, e.t, erasure{Key: key, Hash: markOf(key, m...), At: ms(e.now)}); err != nil {
			return err
		}
	}
	return nil
}

// saveErasure remembers one, with a new id where it is a later one, so that every
// process reads it anew.
func saveErasure(ctx context.Context, t *tx, e erasure) error {
	_, err := t.exec(ctx, `DELETE FROM erased WHERE key = ?1 AND hash = ?2 AND at < ?3`, e.Key, e.Hash, e.At)
	if err == nil {
		_, err = t.exec(ctx, `INSERT INTO erased (key, hash, at) VALUES (?1, ?2, ?3) ON CONFLICT (key, hash) DO NOTHING`, e.Key, e.Hash, e.At)
	}
	return wrap("remember an erasure", err)
}

// eraseKey is the key that this store's hashes are made with.
func eraseKey(ctx context.Context, t *tx) (string, error) {
	key, found, err := one(ctx, t, scanText, `SELECT key FROM erased ORDER BY id DESC LIMIT 1`)
	if err != nil || found {
		return key, wrap("read the key of erasures", err)
	}
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails (pkg.go.dev/crypto/rand#Read)
	return hex.EncodeToString(b), nil
}

// erasedSet is what is remembered of erasures, in memory. It is read anew when
// another process erased somebody.
type erasedSet struct {
	mu   sync.Mutex
	last int64                       // the highest id that was read
	at   map[string]map[string]int64 // key, hash, when
}

// erasures brings the set up to date; changed tells that somebody was erased
// since it was read.
func (t *tx) erasures(ctx context.Context, set *erasedSet) (changed bool, err error) {
	last, _, err := one(ctx, t, scanID, `SELECT coalesce(max(id), 0) FROM erased`)
	if err != nil {
		return false, wrap("look for erasures", err)
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	if last == set.last {
		return false, nil
	}
	at := map[string]map[string]int64{}
	err = each(ctx, t, scanErasure, func(e erasure) error {
		if at[e.Key] == nil {
			at[e.Key] = map[string]int64{}
		}
		at[e.Key][e.Hash] = e.At
		return nil
	}, `SELECT key, hash, at FROM erased`)
	if err != nil {
		return false, wrap("read erasures", err)
	}
	set.at, set.last = at, last
	return true, nil
}

func scanErasure(row scanner) (e erasure, err error) { return e, row.Scan(&e.Key, &e.Hash, &e.At) }

// has tells since when something is erased.
func (set *erasedSet) has(said ...string) (at int64, erased bool) {
	for key, hashes := range set.at {
		if at, ok := hashes[markOf(key, said...)]; ok {
			return at, true
		}
	}
	return 0, false
}

// mention tells whether a mention was erased: it itself, or its author, who
// said it before that.
func (set *erasedSet) mention(m *bot.Mention) bool {
	set.mu.Lock()
	defer set.mu.Unlock()
	if len(set.at) == 0 {
		return false
	}
	if _, ok := set.has(markMention, m.Source, m.ExternalID); ok {
		return true
	}
	created := ms(m.CreatedAt)
	for _, mark := range marksOfAuthor(m.Source, m.Author) {
		if at, ok := set.has(mark...); ok && created <= at {
			return true
		}
	}
	return false
}

// customer tells whether a customer's record was erased.
func (set *erasedSet) customer(c bot.Customer) bool {
	set.mu.Lock()
	defer set.mu.Unlock()
	if _, ok := set.has(markCustomer, c.ExternalID); ok {
		return true
	}
	_, ok := set.has(markEmail, emailKey(c.Email))
	return ok && c.Email != ""
}

// WriteErased writes what is remembered of erasures beside the store, where it
// is a file, and into the folders that backups were made in, where they are on
// this machine.
func (s *Store) WriteErased(ctx context.Context) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	if err := each(ctx, s.reader(ctx), scanErasure, func(e erasure) error { return enc.Encode(e) }, `SELECT key, hash, at FROM erased ORDER BY id`); err != nil {
		return wrap("read erasures", err)
	}
	if b.Len() == 0 {
		return nil
	}
	copies, err := s.Copies(ctx)
	if err != nil {
		return err
	}
	files := map[string]bool{}
	if s.path != "" {
		files[ErasedFile(s.path)] = true
	}
	for _, c := range copies {
		if c.What == CopyBackup {
			files[filepath.Join(filepath.Dir(c.Place), "earshot"+forgottenName)] = true
		}
	}
	for file := range files {
		if _, err := os.Stat(filepath.Dir(file)); err != nil {
			continue // a folder that is gone holds nothing
		}
		if err := writeWhole(file, b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// writeWhole puts a whole file there at once, on the disk.
func writeWhole(file string, body []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, discard(f.Name()))
	}
	return nil
}

// maxErasures is how many lines of a file of erasures are read: far more than
// anybody erases.
const maxErasures = 10_000_000

// readErased reads a file of erasures; one that is not there holds none.
func readErased(file string) ([]erasure, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read erasures: %w", err)
	}
	defer f.Close()
	var out []erasure
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan() && n <= maxErasures; n++ {
		var e erasure
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.Key == "" || e.Hash == "" {
			return nil, bot.Errorf(bot.ErrInvalid, "Line %d of %s is none of Earshot's. Without it, who was erased might come back: mend it, or move it away.", n, file)
		}
		out = append(out, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read erasures: %w", err)
	}
	return out, nil
}

// Erasures tells how many hashes are remembered, and since when the last.
func (s *Store) Erasures(ctx context.Context) (n int, last time.Time, err error) {
	type count struct{ n, last int64 }
	c, _, err := one(ctx, s.reader(ctx), func(row scanner) (c count, err error) { return c, row.Scan(&c.n, &c.last) },
		`SELECT count(*), coalesce(max(at), 0) FROM erased`)
	return int(c.n), at(c.last), wrap("count erasures", err)
}
