package store

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

// backedUp is a store with one mention of ann, and a backup of it; the store is
// closed and has one more mention since.
func backedUp(t *testing.T) (path, copied string) {
	t.Helper()
	path, copied = filepath.Join(t.TempDir(), "earshot.db"), filepath.Join(t.TempDir(), "copy.db")
	s := must(Open(t.Context(), Options{Path: path, Now: func() time.Time { return day(10, 12, 0) }}))(t)
	save(t, s, said("1", "ann", "hello from ann"))
	must(s.Backup(t.Context(), copied, nil))(t)
	later := said("2", "ben", "after the backup")
	later.Mention.SeenAt = day(10, 13, 0)
	save(t, s, later)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path, copied
}

func restored(t *testing.T, from, to string, yes bool) (Restoring, error) {
	t.Helper()
	return Restore(t.Context(), from, to, RestoreOptions{Yes: yes, By: agent("op"), Now: func() time.Time { return day(11, 9, 0) }})
}

func TestRestoreAsksBeforeItReplaces(t *testing.T) {
	path, copied := backedUp(t)
	whole := must(os.ReadFile(path))(t)
	_, err := restored(t, copied, path, false)
	kind(t, err, bot.ErrInvalid)
	if now := must(os.ReadFile(path))(t); !bytes.Equal(whole, now) {
		t.Error("a refused restore changed the store")
	}
	got, err := restored(t, copied, path, true)
	if err != nil {
		t.Fatal(err)
	}
	if got.Replaced.Rows["mentions"] != 2 || got.Backup.Rows["mentions"] != 1 || filepath.Base(got.Kept) != "earshot.replaced-20260311T090000Z.db" {
		t.Errorf("%+v", got)
	}
	s := open(t, func(o *Options) { o.Path = path })
	if n := count(t, s, `SELECT count(*) FROM mentions`); n != 1 {
		t.Errorf("%d mentions", n)
	}
	if again := save(t, s, said("3", "cem", "new")); again[0].ID <= 2 {
		t.Errorf("the id %d is given twice", again[0].ID)
	}
	soundness(t, s)
	if line := must(s.Audit(t.Context(), 1, "store"))(t); len(line) != 1 || line[0].Act != "restore" {
		t.Errorf("audit: %+v", line)
	}
	kept := must(Inspect(t.Context(), got.Kept))(t)
	if kept.Rows["mentions"] != 2 {
		t.Errorf("the replaced store: %+v", kept)
	}
	if left := must(filepath.Glob(path + ".*"))(t); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRestoreRefuses(t *testing.T) {
	path, copied := backedUp(t)
	dir := t.TempDir()
	text, cut, newer := filepath.Join(dir, "notes.txt"), filepath.Join(dir, "cut.db"), filepath.Join(dir, "newer.db")
	body := must(os.ReadFile(copied))(t)
	damaged := bytes.Clone(body)
	for i := 20 * 4096; i < 30*4096; i++ {
		damaged[i] ^= 0x5a
	}
	for name, b := range map[string][]byte{text: []byte(strings.Repeat("no database ", 100)), cut: damaged, newer: body} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := must(Open(t.Context(), Options{Path: newer}))(t)
	if _, err := s.w.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]bot.ErrorKind{text: bot.ErrInvalid, cut: bot.ErrInvalid, newer: bot.ErrUnsupported, filepath.Join(dir, "none.db"): bot.ErrNotFound, path: bot.ErrInvalid} {
		_, err := restored(t, from, path, true)
		if got := bot.KindOf(err); got != want {
			t.Errorf("%s: %v is of kind %q, want %q", filepath.Base(from), err, got, want)
		}
	}
	running := must(Open(t.Context(), Options{Path: path}))(t)
	defer running.Close()
	_, err := restored(t, copied, path, true)
	kind(t, err, bot.ErrStale)
	if n := count(t, running, `SELECT count(*) FROM mentions`); n != 2 {
		t.Errorf("%d mentions after all that", n)
	}
}

// A store that is gone, or cannot be read, is what backups are for.
func TestRestoreOverNothingAndOverRuins(t *testing.T) {
	path, copied := backedUp(t)
	fresh := filepath.Join(t.TempDir(), "new.db")
	if got, err := restored(t, copied, fresh, false); err != nil || got.Kept != "" || got.Replaced != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	s := open(t, func(o *Options) { o.Path = fresh })
	if again := save(t, s, said("3", "cem", "new")); again[0].ID <= idGap {
		t.Errorf("the id %d may have been given in the time that is lost", again[0].ID)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("ruins ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := restored(t, copied, path, false)
	if err != nil || got.Damaged == "" {
		t.Fatalf("%+v, %v", got, err)
	}
	if b := must(os.ReadFile(got.Kept))(t); !bytes.HasPrefix(b, []byte("ruins")) {
		t.Error("the ruins are not kept")
	}
	soundness(t, open(t, func(o *Options) { o.Path = path }))
}

// Who was erased after the backup is not brought back by it: not while the
// store is there, and not by the file beside the backups when it is lost.
func TestRestoreErasesAgain(t *testing.T) {
	for _, lost := range []bool{false, true} {
		path, copied := filepath.Join(t.TempDir(), "earshot.db"), filepath.Join(t.TempDir(), "copy.db")
		s := must(Open(t.Context(), Options{Path: path, Now: func() time.Time { return day(10, 12, 0) }}))(t)
		zora(t, s)
		made := must(s.Backup(t.Context(), copied, nil))(t)
		if err := s.NoteCopy(t.Context(), Copy{What: CopyBackup, Place: made.Path}); err != nil {
			t.Fatal(err)
		}
		gone := must(s.Erase(t.Context(), Whom{Customer: "K-zora"}, agent("op")))(t)
		if len(gone.Backups) != 1 {
			t.Errorf("backups: %+v", gone.Backups)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if lost {
			path = filepath.Join(t.TempDir(), "elsewhere.db")
		}
		got, err := restored(t, copied, path, true)
		if err != nil || got.Settled.Erased == 0 {
			t.Fatalf("lost %v: %+v, %v", lost, got.Settled, err)
		}
		if left := traces(t, path); len(left) != 0 {
			t.Errorf("lost %v: brought back: %v", lost, left)
		}
		if b := must(os.ReadFile(ErasedFile(path)))(t); len(b) == 0 {
			t.Error("nothing is remembered beside the store")
		}
		back := open(t, func(o *Options) { o.Path = path })
		if out := save(t, back, said("z1", "zorablatt", "again")); out[0].Outcome != bot.Forgotten {
			t.Errorf("lost %v: the source brought them back: %v", lost, out[0].Outcome)
		}
		soundness(t, back)
	}
}

// Ctrl-C leaves nothing behind.
func TestRestoreAndBackupCancelled(t *testing.T) {
	path, copied := backedUp(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Restore(ctx, copied, path, RestoreOptions{Yes: true}); err == nil {
		t.Error("restored")
	}
	s := open(t, func(o *Options) { o.Path = path })
	dir := t.TempDir()
	if _, err := s.Backup(ctx, filepath.Join(dir, "x.db"), nil); err == nil {
		t.Error("backed up")
	}
	if left := must(os.ReadDir(dir))(t); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if left := must(filepath.Glob(path + ".restoring*"))(t); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// FuzzErasedFile: a file of erasures is read or refused, never half.
func FuzzErasedFile(f *testing.F) {
	f.Add([]byte(`{"key":"a","hash":"b","at":1}` + "\n"))
	f.Add([]byte("{\"key\":\"a\"}\n\n\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		file := filepath.Join(t.TempDir(), "x.erased")
		if err := os.WriteFile(file, body, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readErased(file)
		if err == nil && len(got) != bytes.Count(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))+min(len(bytes.TrimSuffix(body, []byte("\n"))), 1) {
			t.Fatalf("%q: %d lines", body, len(got))
		}
	})
}
