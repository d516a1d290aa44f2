package file

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

// now is the clock of the tests: long after every file was written, so that a
// last line without an end counts as whole.
func now() time.Time { return time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC) }

func env() bot.SourceEnv { return bot.SourceEnv{Now: now, Zone: time.UTC} }

// decodeTo is what the configuration does: it fills in a settings struct.
func decodeTo(s Settings) func(any) error {
	return func(into any) error {
		*into.(*Settings) = s
		return nil
	}
}

func open(t *testing.T, s Settings) bot.Source {
	t.Helper()
	src, err := Driver().New("test", decodeTo(s), env())
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return src
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func appendTo(t *testing.T, path, content string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(content); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// all reads a source from a cursor to its end.
func all(t *testing.T, src bot.Source, cursor bot.Cursor) (ms []bot.Mention, rs []bot.Rejected, end bot.Cursor) {
	t.Helper()
	for range 1000 {
		b, err := src.Poll(t.Context(), cursor)
		if err != nil {
			t.Fatalf("Poll: %v", err)
		}
		ms, rs, cursor = append(ms, b.Mentions...), append(rs, b.Rejected...), b.Next
		if !b.More {
			return ms, rs, cursor
		}
	}
	t.Fatal("Poll has no end")
	return nil, nil, ""
}

func texts(ms []bot.Mention) []string {
	out := []string{}
	for _, m := range ms {
		out = append(out, m.Text)
	}
	return out
}

// rig is a file, or a folder in which every word is a file, in some form.
type rig struct {
	path    string
	folder  bool
	head    string
	row     func(it sourcetest.Item) string
	broken  string
	written int
}

func (r *rig) Source(t *testing.T) bot.Source { return open(t, Settings{Path: r.path}) }

func (r *rig) put(t *testing.T, rows string) {
	path := r.path
	if r.folder {
		r.written++
		path = filepath.Join(r.path, fmt.Sprintf("%04d.csv", r.written))
	}
	if _, err := os.Stat(path); err != nil {
		rows = r.head + rows
	}
	appendTo(t, path, rows)
}

func (r *rig) Say(t *testing.T, its ...sourcetest.Item) error {
	var b strings.Builder
	for _, it := range its {
		b.WriteString(r.row(it))
	}
	r.put(t, b.String())
	return nil
}

func (r *rig) Break(t *testing.T) error {
	r.put(t, r.broken)
	return nil
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func csvRow(it sourcetest.Item) string {
	return strings.Join([]string{it.ID, quote(it.Text), quote(it.Author), it.At.Format(time.RFC3339)}, ",") + "\n"
}

func jsonRow(it sourcetest.Item) string {
	b, err := json.Marshal(map[string]any{"id": it.ID, "text": it.Text, "author": it.Author, "created_at": it.At.Unix()})
	if err != nil {
		panic(err)
	}
	return string(b) + "\n"
}

func TestConformance(t *testing.T) {
	for name, make := range map[string]func(t *testing.T) *rig{
		"csv": func(t *testing.T) *rig {
			return &rig{path: filepath.Join(t.TempDir(), "reviews.csv"), head: "id,text,author,created_at\n", row: csvRow, broken: "x,\"one\",two,three,four,five\n"}
		},
		"ndjson": func(t *testing.T) *rig {
			return &rig{path: filepath.Join(t.TempDir(), "reviews.ndjson"), row: jsonRow, broken: "{\"text\": \n"}
		},
		"folder": func(t *testing.T) *rig {
			return &rig{path: t.TempDir(), folder: true, head: "id,text,author,created_at\n", row: csvRow, broken: "x,y\n"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Rig {
				r := make(t)
				if !r.folder {
					write(t, r.path, r.head)
				}
				return r
			})
		})
	}
}

func TestMapping(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.csv")
	write(t, path, "Key;Wortlaut;Wer;Wann;Sterne;Marke;Laden;Follower count\n"+
		"1;Sehr gut;@Ada;09.03.2026 14:05;4,5;Larkspur|Kettle;Kiel;1,200\n")
	src := open(t, Settings{Path: path, TimeZone: "Europe/Berlin", Map: map[string]string{
		"id": "Key", "text": "Wortlaut", "author": "wer", "created_at": "Wann", "rating": "Sterne", "watch": "Marke", "attr.shop": "Laden",
	}})
	got, rejected, _ := all(t, src, "")
	want := []bot.Mention{{
		ExternalID: "1", Text: "Sehr gut", Author: bot.Author{Handle: "Ada", Followers: 1200},
		CreatedAt: time.Date(2026, 3, 9, 13, 5, 0, 0, time.UTC), Rating: bot.Rating{Value: 4.5, Of: 5},
		Watches: []string{"Larkspur", "Kettle"}, Attrs: map[string]string{"shop": "Kiel"},
	}}
	if diff := cmp.Diff(want, got); diff != "" || len(rejected) != 0 {
		t.Errorf("rejected %v; mentions (-want +got):\n%s", rejected, diff)
	}
}

func TestWrongSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	write(t, path, "id,body,airline\n1,hello,United\n")
	for name, tc := range map[string]struct {
		set  Settings
		want string
	}{
		"no path":           {Settings{}, "path is missing"},
		"unknown field":     {Settings{Path: path, Map: map[string]string{"txet": "body"}}, `did you mean "text"`},
		"unknown column":    {Settings{Path: path, Map: map[string]string{"watch": "airlin"}}, `did you mean "airline"`},
		"unknown format":    {Settings{Path: path, Format: "xls"}, "csv, tsv or ndjson"},
		"unknown encoding":  {Settings{Path: path, Encoding: "ebcdic"}, "utf-8"},
		"unknown zone":      {Settings{Path: path, TimeZone: "Mars/Base"}, "time zone"},
		"unknown order":     {Settings{Path: path, DateOrder: "year"}, "day or month"},
		"wide delimiter":    {Settings{Path: path, Delimiter: ";;"}, "one character"},
		"missing file":      {Settings{Path: path + "x"}, "There is no file"},
		"two fields of one": {Settings{Path: path, Map: map[string]string{"text": "body", "title": "body"}}, "choose one"},
		"no text":           {Settings{Path: path, Map: map[string]string{"id": "body"}, Columns: []string{"a", "body", "c"}}, "No column holds the text"},
	} {
		t.Run(name, func(t *testing.T) {
			src, err := Driver().New("x", decodeTo(tc.set), env())
			if err == nil {
				_, err = src.Poll(t.Context(), "")
			}
			if err == nil || !strings.Contains(bot.Told(err), tc.want) {
				t.Errorf("told %q, want something with %q", bot.Told(err), tc.want)
			}
		})
	}
}

func TestGrowingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.csv")
	write(t, path, "id,text\n1,one\n2,tw")
	young := bot.SourceEnv{Now: time.Now, Zone: time.UTC} // the file was written just now
	src, err := Driver().New("x", decodeTo(Settings{Path: path}), young)
	if err != nil {
		t.Fatal(err)
	}
	ms, _, cursor := all(t, src, "")
	if diff := cmp.Diff([]string{"one"}, texts(ms)); diff != "" {
		t.Errorf("a last line that is still written was read:\n%s", diff)
	}
	appendTo(t, path, "o\n3,three\n4,fou")
	ms, rs, cursor := all(t, src, cursor)
	if diff := cmp.Diff([]string{"two", "three"}, texts(ms)); diff != "" || len(rs) != 0 {
		t.Errorf("rejected %v:\n%s", rs, diff)
	}
	settled := open(t, Settings{Path: path}) // years later
	ms, _, cursor = all(t, settled, cursor)
	if diff := cmp.Diff([]string{"fou"}, texts(ms)); diff != "" {
		t.Errorf("a last line that nobody goes on with is not read:\n%s", diff)
	}
	if ms, _, _ = all(t, settled, cursor); len(ms) != 0 {
		t.Errorf("nothing was written and %v came", texts(ms))
	}
}

func TestRewrittenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	src := open(t, Settings{Path: path})
	for name, tc := range map[string]struct {
		after string
		want  []string
	}{
		"longer and other":  {"id,text\n7,seven\n8,eight\n9,nine\n", []string{"seven", "eight", "nine"}},
		"same size":         {"id,text\n1,one\n2,TWO\n", []string{"one", "TWO"}},
		"shorter":           {"id,text\n2,two\n", []string{"two"}},
		"a row put in":      {"id,text\n0,zero\n1,one\n2,two\n", []string{"zero", "one", "two"}},
		"touched":           {"id,text\n1,one\n2,two\n", []string{}},
		"emptied":           {"", []string{}},
		"another delimiter": {"id;text\n1;eins\n2;zwei\n", []string{"eins", "zwei"}},
	} {
		t.Run(name, func(t *testing.T) {
			write(t, path, "id,text\n1,one\n2,two\n")
			if err := os.Chtimes(path, now().Add(-time.Hour), now().Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
			_, _, cursor := all(t, src, "")
			write(t, path, tc.after)
			ms, rs, _ := all(t, src, cursor)
			if diff := cmp.Diff(tc.want, texts(ms)); diff != "" || len(rs) > 0 {
				t.Errorf("rejected %v:\n%s", rs, diff)
			}
		})
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "b.csv"), "id,text\n2,two\n")
	write(t, filepath.Join(dir, "a.tsv"), "id\ttext\n1\tone, or \"so\n")
	write(t, filepath.Join(dir, "c.csv"), "PK\x03\x04 a spreadsheet")
	write(t, filepath.Join(dir, "d.csv"), "id,colour\n9,red\n")
	write(t, filepath.Join(dir, "e.csv"), "")
	write(t, filepath.Join(dir, ".hidden.csv"), "id,text\n3,no\n")
	write(t, filepath.Join(dir, "half.csv.part"), "id,text\n3,no\n")
	if err := os.Symlink(filepath.Join(dir, "b.csv"), filepath.Join(dir, "link.csv")); err != nil {
		t.Fatal(err)
	}
	src := open(t, Settings{Path: dir})
	ms, rs, cursor := all(t, src, "")
	if diff := cmp.Diff([]string{`one, or "so`, "two"}, texts(ms)); diff != "" {
		t.Error(diff)
	}
	if len(rs) != 2 || rs[0].Where != "c.csv" || rs[1].Where != "d.csv" {
		t.Errorf("rejected %v, want c.csv and d.csv", rs)
	}
	if ms, rs, _ = all(t, src, cursor); len(ms)+len(rs) != 0 {
		t.Errorf("read again: %v %v", ms, rs)
	}
	write(t, filepath.Join(dir, "d.csv"), "id,text\n9,red\n")
	if err := os.Remove(filepath.Join(dir, "b.csv")); err != nil {
		t.Fatal(err)
	}
	if ms, _, cursor = all(t, src, cursor); len(ms) != 1 || ms[0].Text != "red" {
		t.Errorf("mended file: %v", texts(ms))
	}
	if strings.Contains(string(cursor), "b.csv") {
		t.Error("the cursor remembers a file that is gone")
	}
}

func TestImport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	var b strings.Builder
	b.WriteString("id,text\n")
	for i := range 2500 {
		fmt.Fprintf(&b, "%d,row %d\n", i, i)
	}
	b.WriteString("2500,no line end")
	write(t, path, b.String())
	for name, s := range map[string]Settings{"path": {Path: path}, "standard input": {Path: "-"}} {
		t.Run(name, func(t *testing.T) {
			e := bot.SourceEnv{Now: time.Now, Stdin: strings.NewReader(b.String())}
			n, last, batches := 0, 0.0, 0
			err := Import(t.Context(), s, e, func(_ context.Context, b bot.Batch) error {
				if b.Progress < last {
					t.Errorf("progress went from %v to %v", last, b.Progress)
				}
				n, last, batches = n+len(b.Mentions), b.Progress, batches+1
				return nil
			})
			if err != nil || n != 2501 || last != 1 || batches < 3 {
				t.Errorf("%d rows in %d batches, progress %v, error %v", n, batches, last, err)
			}
		})
	}
	stop := bot.Errorf(bot.ErrUnavailable, "the store is down")
	if err := Import(t.Context(), Settings{Path: path}, env(), func(context.Context, bot.Batch) error { return stop }); err != stop {
		t.Errorf("emit's error is not given back: %v", err)
	}
}

// TestCheck: a folder that is not there is told before the bot runs.
func TestCheck(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "a.csv"), "id,text\n1,hello\n")
	for path, want := range map[string]bot.Finding{
		folder:                         {OK: true, What: "File: can read the folder " + folder + ", with 1 file in it"},
		filepath.Join(folder, "a.csv"): {OK: true, What: "File: can read " + filepath.Join(folder, "a.csv")},
		filepath.Join(folder, "b"):     {What: "File: can read " + filepath.Join(folder, "b"), Mend: "There is no file or folder " + filepath.Join(folder, "b") + " where Earshot runs. Make it, or write its whole path in the configuration."},
	} {
		got := open(t, Settings{Path: path}).(bot.Checker).Check(t.Context())
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}
