package store

import (
	"os"
	"path/filepath"
	"testing"

	"earshot/bot"
)

func testCheck(t *testing.T, s *Store) {
	save(t, s, said("1", "ann", "hello"), said("2", "bob", "hello"))
	soundness(t, s)
	if st := must(s.Stats(t.Context()))(t); st["mentions"] != 2 || st["authors"] != 2 || st["bytes"] == 0 {
		t.Fatalf("%v", st)
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// What is out of step is found: Check would be no use otherwise.
func TestCheckFinds(t *testing.T) {
	for name, damage := range map[string]string{
		"search index": `DROP TRIGGER mentions_search_update; UPDATE mentions SET text = 'other words'`,
		"references":   `PRAGMA foreign_keys = off; UPDATE mentions SET author_id = 99; PRAGMA foreign_keys = on`,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			save(t, s, said("1", "ann", "hello"))
			if _, err := s.w.Exec(damage); err != nil {
				t.Fatal(err)
			}
			bad := 0
			for _, f := range must(s.Check(t.Context()))(t) {
				if !f.OK && f.Mend != "" {
					bad++
				}
			}
			if bad != 1 {
				t.Fatalf("%d findings", bad)
			}
		})
	}
}

func TestBackup(t *testing.T) {
	s := open(t)
	save(t, s, said("1", "ann", "hello"))
	path := filepath.Join(t.TempDir(), "copy #1.db")
	if _, err := s.Backup(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
	save(t, s, said("2", "ann", "after the backup"))
	_, err := s.Backup(t.Context(), path, nil)
	kind(t, err, bot.ErrInvalid)
	names := must(os.ReadDir(filepath.Dir(path)))(t)
	if len(names) != 1 {
		t.Fatalf("left behind: %v", names)
	}
	restored := open(t, func(o *Options) { o.Path = path })
	if st := must(restored.Stats(t.Context()))(t); st["mentions"] != 1 {
		t.Fatalf("%v", st)
	}
	soundness(t, restored)
}

// A backup while others write is of one moment, and hinders nobody.
func TestBackupWhileWriting(t *testing.T) {
	s := open(t)
	v := newVocabulary(3)
	save(t, s, v.mentions(2000, 0)...)
	done, stop := make(chan error, 1), make(chan struct{})
	go func() {
		for i := 2000; ; i += 10 {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if _, err := s.SaveHeard(t.Context(), v.mentions(10, i)); err != nil {
				done <- err
				return
			}
		}
	}()
	path := filepath.Join(t.TempDir(), "copy.db")
	_, err := s.Backup(t.Context(), path, nil)
	close(stop)
	if werr := <-done; err != nil || werr != nil {
		t.Fatal(err, werr)
	}
	restored := open(t, func(o *Options) { o.Path = path })
	if n := count(t, restored, `SELECT count(*) FROM mentions`); n < 2000 || n%10 != 0 {
		t.Fatalf("%d mentions: not of one moment", n)
	}
	soundness(t, restored)
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "photo.jpg")
	if err := os.WriteFile(other, []byte("this is no database, and longer than its header would be, is it not?"), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	s := must(Open(t.Context(), Options{Path: newer}))(t)
	if _, err := s.w.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o    Options
		want bot.ErrorKind
	}{
		"no database":         {Options{Path: other}, bot.ErrInvalid},
		"a folder":            {Options{Path: dir}, bot.ErrInvalid},
		"below a file":        {Options{Path: filepath.Join(other, "x.db")}, bot.ErrInvalid},
		"newer":               {Options{Path: newer}, bot.ErrUnsupported},
		"newer, only reading": {Options{Path: newer, ReadOnly: true}, bot.ErrUnsupported},
		"missing, reading":    {Options{Path: filepath.Join(dir, "none.db"), ReadOnly: true}, bot.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), c.o)
			kind(t, err, c.want)
		})
	}
}
