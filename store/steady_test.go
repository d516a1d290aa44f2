package store

import (
	"context"
	"testing"
	"time"
)

func TestWithPlus(t *testing.T) {
	for query, want := range map[string]string{
		`SELECT 1 WHERE a = ?1 AND b <> ?2 AND c=?3`:    `SELECT 1 WHERE a = +?1 AND b <> ?2 AND c=+?3`,
		`UPDATE t SET a = ?, b = ` + "\n" + `?2`:        `UPDATE t SET a = +?, b = ` + "\n" + `+?2`,
		`SELECT '= ?1', "= ?" WHERE 'it''s =' || ?1`:    `SELECT '= ?1', "= ?" WHERE 'it''s =' || ?1`,
		"SELECT 1 -- isn't = ?1\n WHERE a = ?1":         "SELECT 1 -- isn't = ?1\n WHERE a = +?1",
		"/* isn't = ? */ SELECT a /*/= ?*/ = ?1 - -?2":  "/* isn't = ? */ SELECT a /*/= ?*/ = +?1 - -?2",
		`SELECT 1 WHERE a IN (?1) ORDER BY b LIMIT ?2`:  `SELECT 1 WHERE a IN (?1) ORDER BY b LIMIT ?2`,
		`SELECT "a""= ?1" FROM t WHERE x >= ?2 AND y=1`: `SELECT "a""= ?1" FROM t WHERE x >= +?2 AND y=1`,
	} {
		if got := withPlus(query); got != want {
			t.Errorf("%s\nbecomes %s\nnot     %s", query, got, want)
		}
	}
}

// A plus changes no comparison: not of texts, numbers and nothing with columns
// of either kind.
func TestPlusChangesNothing(t *testing.T) {
	s := open(t)
	for _, q := range []string{`CREATE TEMP TABLE t (i INTEGER, x TEXT, n)`, `INSERT INTO t VALUES (1, '1', 1), (2, 'two', '1'), (NULL, NULL, NULL)`} {
		if _, err := s.w.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range []any{1, int64(2), "1", "two", 1.0, []byte("1"), nil, time.UnixMilli(1), true} {
		for _, column := range []string{"i", "x", "n"} {
			var with, without int
			ask := func(query string, n *int) {
				if err := s.w.QueryRowContext(context.Background(), query, v).Scan(n); err != nil {
					t.Fatal(query, err)
				}
			}
			ask(`SELECT count(*) FROM t WHERE `+column+` = ?1`, &with)
			ask(`SELECT count(*) FROM t WHERE ?1 = `+column, &without) // no plus is put there
			if with != without {
				t.Errorf("%s = %v: %d, and without a plus %d", column, v, with, without)
			}
		}
	}
}
