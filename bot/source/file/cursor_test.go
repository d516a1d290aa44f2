package file

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"earshot/bot"
)

// TestHolds tells a file that grew from one that was rewritten: a small one by
// all of it, a large one by the end of what was read.
func TestHolds(t *testing.T) {
	for _, tc := range []struct {
		name  string
		size  int64
		patch int64 // where a byte is changed; -1 for nowhere
		want  bool
	}{
		{"small and only longer", 10_000, -1, true},
		{"small and changed at its beginning", 10_000, 0, false},
		{"small and changed at its end", 10_000, 9_999, false},
		{"large and only longer", wholeSum + 1, -1, true},
		{"large and changed at its end", wholeSum + 1, wholeSum, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, err := os.OpenFile(filepath.Join(t.TempDir(), "x"), os.O_CREATE|os.O_RDWR, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := f.Truncate(tc.size); err != nil { // zeros, which take no room
				t.Fatal(err)
			}
			m, err := mark{Size: tc.size}.advance(f, tc.size, 1)
			if err != nil {
				t.Fatal(err)
			}
			if tc.patch >= 0 {
				if _, err := f.WriteAt([]byte("x"), tc.patch); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := f.WriteAt([]byte("more"), tc.size); err != nil {
				t.Fatal(err)
			}
			info, err := f.Stat()
			if err != nil {
				t.Fatal(err)
			}
			if got, err := m.holds(f, info); got != tc.want || err != nil {
				t.Errorf("holds = %v, %v; want %v", got, err, tc.want)
			}
		})
	}
}

func TestCursorIsReadBack(t *testing.T) {
	want := position{Files: map[string]mark{"a.csv": {Size: 1, Mod: 2, Offset: 3, Line: 4, Sum: 1 << 63, Tail: 5, Done: true}}}
	c, err := want.cursor()
	if err != nil {
		t.Fatal(err)
	}
	if got := parsePosition(c); got.Files["a.csv"] != want.Files["a.csv"] {
		t.Errorf("%+v", got)
	}
	for _, s := range []string{"", "{", "null", strings.Repeat("[", 1000)} {
		if p := parsePosition(bot.Cursor(s)); len(p.Files) != 0 || p.Files == nil {
			t.Errorf("%.10q is read as %+v", s, p)
		}
	}
}
