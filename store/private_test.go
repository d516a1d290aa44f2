package store

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFilesArePrivate: the store, its log and its copies are read by nobody
// else, whatever the umask; a file that others read is told of.
func TestFilesArePrivate(t *testing.T) {
	s := open(t)
	save(t, s, said("1", "ann", "hello"))
	copied := filepath.Join(t.TempDir(), "copy.db")
	if _, err := s.Backup(t.Context(), copied, nil); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{s.path, s.path + "-wal", s.path + "-shm", copied} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has the mode %o, want 600", filepath.Base(file), mode)
		}
	}
	if f := readByOthers(s.path); !f.OK {
		t.Errorf("%+v", f)
	}
	if err := os.Chmod(s.path, 0o640); err != nil {
		t.Fatal(err)
	}
	if f := readByOthers(s.path); f.OK || f.Mend == "" {
		t.Errorf("%+v", f)
	}
}
