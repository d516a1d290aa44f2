package store

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/store/storetest"
)

func TestRebind(t *testing.T) {
	for in, want := range map[string]string{
		`SELECT ?1, ?12`:                    `SELECT $1, $12`,
		`SELECT '?1', "?2", ?3`:             `SELECT '?1', "?2", $3`,
		`SELECT 'it''s ?1', ?2`:             `SELECT 'it''s ?1', $2`,
		"SELECT 1 -- ?1 it's\n, ?2":         "SELECT 1 -- ?1 it's\n, $2",
		`SELECT a ? 'b', ?`:                 `SELECT a ? 'b', ?`,
		`SELECT '{"queue":"?1"}' || ?1||''`: `SELECT '{"queue":"?1"}' || $1||''`,
	} {
		if got := rebind(in); got != want {
			t.Errorf("%s became %s, not %s", in, got, want)
		}
	}
}

// FuzzRebind: whatever a statement looks like, only its arguments change.
func FuzzRebind(f *testing.F) {
	f.Add(`SELECT '?1' -- ?2`)
	f.Fuzz(func(t *testing.T, q string) {
		got := rebind(q)
		if len(got) != len(q) {
			t.Fatalf("%q became %q", q, got)
		}
		for i := range q {
			if got[i] != q[i] && (q[i] != '?' || got[i] != '$') {
				t.Fatalf("%q became %q", q, got)
			}
		}
	})
}

// What is no text is made text, once, on either engine: it comes back, is found
// by its id, and is known again.
func testUnstorable(t *testing.T, s *Store) {
	h := said("id\x00\xff", "an\x00n", "zero\x00byte, broken \xc3( text")
	if got := save(t, s, h)[0]; got.Outcome != bot.New {
		t.Fatal(got.Outcome)
	}
	if got := save(t, s, h)[0]; got.Outcome != bot.Duplicate {
		t.Fatalf("%s the second time", got.Outcome)
	}
	r := must(s.FindMention(t.Context(), "masto", "id\x00\xff"))(t)
	if r.Mention.Text != "zerobyte, broken �( text" || r.Mention.Author.Handle != "ann" {
		t.Fatalf("%q by %q", r.Mention.Text, r.Mention.Author.Handle)
	}
}

// Letters are found in either case and without accents, and signs part words,
// whatever the locale of a database.
func testLetters(t *testing.T, s *Store) {
	save(t, s,
		said("1", "ann", "ÜBER-Preis: 3,50€ für foo.The Ångström"),
		said("2", "bob", "ΑΘΗΝΑ and МОСКВА😀broken (really)"),
		said("3", "cy", "mail me@example.org or https://example.org/a_b?c=d"))
	for query, want := range map[string][]string{
		"über": {"1"}, "uber preis": {"1"}, "the": {"1"}, "foo the": {"1"}, "angstrom": {"1"}, `"preis 3"`: {"1"}, `"3 preis"`: nil,
		"αθηνα": {"2"}, "москва": {"2"}, "broken": {"2"}, "Really": {"2"}, "example": {"3"}, "org": {"3"}, "https": {"3"}, "me@example.org": {"3"}, "exam": {"3"},
	} {
		var got []string
		for _, r := range must(s.Mentions(t.Context(), bot.MentionFilter{Query: query}))(t) {
			got = append(got, r.Mention.ExternalID)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", query, d)
		}
	}
}

// Replicas that start together on an empty database make its tables once.
func TestOpenTogether(t *testing.T) {
	url := bot.Secret(storetest.Postgres(t).Empty(t))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			s, err := Open(t.Context(), Options{URL: url})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// What cannot be opened is told in words that say what to do, and never with
// the password.
func TestServersThatRefuse(t *testing.T) {
	server := storetest.Postgres(t)
	url := server.Empty(t)
	for _, statement := range []string{
		`DROP ROLE IF EXISTS stranger`, `CREATE ROLE stranger LOGIN`,
		`DROP DATABASE IF EXISTS ascii`, `CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'`,
	} {
		if err := server.Do(statement); err != nil {
			t.Fatal(err)
		}
	}
	name := url[strings.LastIndex(url, "/")+1 : strings.Index(url, "?")]
	with := func(old, new string) string { return strings.Replace(url, old, new, 1) }
	const password = "hunter2"
	for what, c := range map[string]struct {
		url      string
		readOnly bool
		want     bot.ErrorKind
		says     string
	}{
		"no URL":           {"postgres://a:" + password + "@[", false, bot.ErrInvalid, "cannot be read"},
		"no database":      {with(name, "missing"), false, bot.ErrInvalid, "CREATE DATABASE"},
		"no user":          {with("postgres@", "nobody:"+password+"@"), false, bot.ErrInvalid, "CREATE ROLE"},
		"no right":         {with("postgres@", "stranger:"+password+"@"), false, bot.ErrInvalid, "GRANT CREATE"},
		"no server":        {"postgres://a:" + password + "@127.0.0.1:1/x", false, bot.ErrInvalid, "cannot be reached"},
		"another encoding": {with(name, "ascii"), false, bot.ErrInvalid, "UTF-8"},
		"nothing to read":  {url, true, bot.ErrNotFound, "There is no store"},
	} {
		_, err := Open(t.Context(), Options{URL: bot.Secret(c.url), ReadOnly: c.readOnly})
		if bot.KindOf(err) != c.want || !strings.Contains(bot.Told(err), c.says) {
			t.Errorf("%s: %v (%s)", what, err, bot.Told(err))
		}
		if err != nil && strings.Contains(err.Error()+bot.Told(err), password) {
			t.Errorf("%s: the password is told: %v", what, err)
		}
	}
}
