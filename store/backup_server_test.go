package store

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// A store on a server is backed up into a file that is like the one it came
// from, while it is written to; and moved to a server again it is like it still.
func TestBackupOfAServer(t *testing.T) {
	path, _ := closed(t, 5)
	to := emptyStore(t)
	moved := moveTo(t, path, to)
	s := open(t, func(o *Options) { o.URL = to })
	if _, err := s.w.ExecContext(t.Context(), `SELECT setval(pg_get_serial_sequence('replies', 'id'), 900)`); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	written := false
	made := must(s.Backup(t.Context(), copied, func(done, all int64) {
		if !written { // the copy is of the moment at which it began
			written = true
			save(t, s, said("meanwhile", "ann", "said while it was copied"))
		}
	}))(t)
	if made.Rows["mentions"] != 5 || made.Path != copied || made.Bytes == 0 {
		t.Fatalf("%+v", made)
	}
	_, err := s.Backup(t.Context(), copied, nil)
	kind(t, err, bot.ErrInvalid)
	file := open(t, func(o *Options) { o.Path = copied })
	soundness(t, file)
	if chain := must(file.VerifyAudit(t.Context(), ""))(t); chain.Broken != 0 || chain.Lines != 2 {
		t.Fatalf("%+v", chain)
	}
	if n := count(t, file, `SELECT seq FROM sqlite_sequence WHERE name = 'replies'`); n != 900 {
		t.Fatalf("the next reply is %d", n+1)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	want := map[string]MovedTable{}
	for _, m := range moved.Tables {
		want[m.Name] = m
	}
	for _, m := range moveTo(t, copied, emptyStore(t)).Tables {
		switch m.Name {
		case "audit", "audit_head", "copies": // the move itself is noted there
			continue
		}
		if d := cmp.Diff(want[m.Name], m); d != "" {
			t.Error(d)
		}
	}
}
