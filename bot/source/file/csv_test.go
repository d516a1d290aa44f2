package file

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// rows reads text as CSV with three columns, a byte at a time, so that every
// place where the buffer may end is tried.
func rows(t *testing.T, text string, width int) (got [][]string, rejected []string) {
	t.Helper()
	s := newScanner(iotest.OneByteReader(strings.NewReader(text)), encUTF8, true)
	c := &csvReader{s: s, delim: ',', width: width}
	for {
		fields, line, err := c.next()
		var broken *rowError
		switch {
		case errors.Is(err, errMore):
			_ = s.fill()
		case errors.As(err, &broken):
			rejected = append(rejected, fmt.Sprintf("%d: %s", broken.line, broken.reason))
		case errors.Is(err, io.EOF):
			if s.raw != int64(len(text)) {
				t.Errorf("%d of %d bytes consumed", s.raw, len(text))
			}
			return got, rejected
		case err != nil:
			t.Fatal(err)
		default:
			got = append(got, append([]string{fmt.Sprint(line)}, fields...))
		}
	}
}

func TestCSV(t *testing.T) {
	const unclosed = "A quotation mark is opened and not closed, so that it cannot be told where its columns end."
	for _, tc := range []struct {
		name, in string
		want     [][]string
		rejected []string
	}{
		{"plain", "a,b,c\nd,e,f\n", [][]string{{"1", "a", "b", "c"}, {"2", "d", "e", "f"}}, nil},
		{"no line end", "a,b,c", [][]string{{"1", "a", "b", "c"}}, nil},
		{"windows line ends", "a,b,c\r\nd,\"e\",\"f\"\r\n", [][]string{{"1", "a", "b", "c"}, {"2", "d", "e", "f"}}, nil},
		{"quoted", `"a,1","b ""so""","c"` + "\n", [][]string{{"1", "a,1", `b "so"`, "c"}}, nil},
		{"newline in quotes", "a,\"b\n\nb\",c\nd,e,f\n", [][]string{{"1", "a", "b\n\nb", "c"}, {"4", "d", "e", "f"}}, nil},
		{"windows newline in quotes", "a,\"b\r\nb\r\n\",c\r\n", [][]string{{"1", "a", "b\r\nb\r\n", "c"}}, nil},
		{"empty values", ",,\n\"\",\"\",\"\"\n", [][]string{{"1", "", "", ""}, {"2", "", "", ""}}, nil},
		{"empty lines", "\n\na,b,c\n\r\n\nd,e,f\n", [][]string{{"3", "a", "b", "c"}, {"6", "d", "e", "f"}}, nil},
		{"bare mark", "a 5\" b,x,y\nd,e,f\n", [][]string{{"1", `a 5" b`, "x", "y"}, {"2", "d", "e", "f"}}, nil},
		{"bare mark in quotes", `"say "no" now",b,c` + "\n", [][]string{{"1", `say "no" now`, "b", "c"}}, nil},
		{"padding", "a,b,c,,\n", [][]string{{"1", "a", "b", "c"}}, nil},
		{"too few", "a,b\nd,e,f\n", [][]string{{"2", "d", "e", "f"}}, []string{"1: It has 2 columns where the file has 3."}},
		{"too many", "a,b,c,d\nd,e,f\n", [][]string{{"2", "d", "e", "f"}}, []string{"1: It has 4 columns where the file has 3."}},
		{"never closed", "a,\"b,c\nd,e,f\ng,\"h\ni\",j\n", [][]string{{"1", "a", `"b`, "c"}, {"2", "d", "e", "f"}, {"3", "g", "h\ni", "j"}}, nil},
		{"closed too late", "a,\"b\nd,\"e\",f\ng,h,i\n", [][]string{{"2", "d", "e", "f"}, {"3", "g", "h", "i"}}, []string{"1: " + unclosed}},
		{"bare mark over lines", "a,\"b \"c\nd\",e\ng,h,i\n", [][]string{{"3", "g", "h", "i"}},
			[]string{"1: " + unclosed, "2: It has 2 columns where the file has 3."}},
		{"one column broken open", "\"a\nd,e,f\n", [][]string{{"2", "d", "e", "f"}}, []string{"1: " + unclosed}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, rejected := rows(t, tc.in, 3)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.rejected, rejected); diff != "" {
				t.Errorf("rejected (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLongRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	cell := strings.Repeat("x", 3<<20)
	tooLong := strings.Repeat("y", MaxRecord+100)
	open9 := `"` + strings.Repeat(strings.Repeat("z", 1023)+"\n", MaxRecord>>10)
	write(t, path, "id,text\n1,"+cell+"\n2,\""+cell+"\n\"\n3,"+tooLong+"\n4,good\n")
	ms, rs, _ := all(t, open(t, Settings{Path: path}), "")
	if len(ms) != 3 || len(ms[0].Text) != 1<<20 || ms[2].Text != "good" {
		t.Errorf("%d mentions", len(ms))
	}
	if len(rs) != 1 || rs[0].Where != "x.csv, line 5" || !strings.Contains(rs[0].Reason, "longer than 8 MB") {
		t.Errorf("rejected %v", rs)
	}
	began := time.Now()
	write(t, path, "id,text\n1,"+open9+"\n4,good\n")
	ms, rs, _ = all(t, open(t, Settings{Path: path}), "")
	if ms[len(ms)-1].Text != "good" || len(rs) == 0 {
		t.Errorf("%d mentions, %d rejected", len(ms), len(rs))
	}
	if took := time.Since(began); took > 60*time.Second {
		t.Errorf("a quotation mark that is never closed took %v", took)
	}
}

func TestEncodings(t *testing.T) {
	const in = "id,text\n1,Größe „gut“ – 5 €\n2,\"naïve\ncafé\"\n3,plain\n"
	utf16of := func(s string, low, high int) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			pair := [2]byte{}
			pair[low], pair[high] = byte(u), byte(u>>8)
			b.Write(pair[:])
		}
		return b.String()
	}
	cp1252 := strings.NewReplacer("ö", "\xf6", "ß", "\xdf", "„", "\x84", "“", "\x93", "–", "\x96", "€", "\x80", "ï", "\xef", "é", "\xe9").Replace(in)
	emoji := strings.ReplaceAll(in, "plain", "🔥 fire")
	for name, tc := range map[string]struct{ raw, encoding, text string }{
		"utf-8":                 {in, "", in},
		"utf-8 with mark":       {"\xef\xbb\xbf" + in, "", in},
		"utf-16le with mark":    {"\xff\xfe" + utf16of(emoji, 0, 1), "", emoji},
		"utf-16be with mark":    {"\xfe\xff" + utf16of(emoji, 1, 0), "", emoji},
		"utf-16le without":      {utf16of(emoji, 0, 1), "", emoji},
		"utf-16be set":          {utf16of(emoji, 1, 0), "utf-16be", emoji},
		"windows-1252":          {cp1252, "", in},
		"windows-1252 set":      {cp1252, "windows-1252", in},
		"windows-1252 far down": {strings.Replace(cp1252, "1,", "0,"+strings.Repeat("x", sample)+"\n1,", 1), "", in},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.csv")
			write(t, path, tc.raw)
			src := open(t, Settings{Path: path, Encoding: tc.encoding})
			ms, rs, cursor := all(t, src, "")
			want := []string{"Größe „gut“ – 5 €", "naïve\ncafé", strings.TrimSpace(tc.text[strings.LastIndex(tc.text, "3,")+2:])}
			if got := texts(ms); len(got) < 3 || cmp.Diff(want, got[len(got)-3:]) != "" || len(rs) != 0 {
				t.Errorf("texts %.200q, rejected %v", got, rs)
			}
			if again, _, _ := all(t, src, cursor); len(again) != 0 {
				t.Errorf("read twice: %.200q", texts(again))
			}
		})
	}
	if _, _, ok := detect([]byte("PK\x03\x04"), encUnknown); ok {
		t.Error("a zip file passes for text")
	}
}

// TestResumeEveryEncoding reads batches that end in the middle of a file whose
// characters are not one byte each.
func TestResumeEveryEncoding(t *testing.T) {
	var text strings.Builder
	text.WriteString("id,text\n")
	for i := range batchRows*2 + 10 {
		fmt.Fprintf(&text, "%d,Grüße 🔥 %d\n", i, i)
	}
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text.String())) {
		b.Write([]byte{byte(u), byte(u >> 8)})
	}
	path := filepath.Join(t.TempDir(), "x.csv")
	write(t, path, "\xff\xfe"+b.String())
	ms, rs, _ := all(t, open(t, Settings{Path: path}), "")
	if len(ms) != batchRows*2+10 || len(rs) != 0 || ms[batchRows].Text != fmt.Sprintf("Grüße 🔥 %d", batchRows) {
		t.Errorf("%d mentions, %d rejected", len(ms), len(rs))
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte("id,text\n1,one\n2,\"two\n2\"\n"), false)
	f.Add([]byte("\xff\xfei\x00d\x00,\x00t\x00e\x00x\x00t\x00\n\x001\x00,\x00a\x00\n\x00\x00\xd8"), false)
	f.Add([]byte("{\"text\":\"a\"}\n{\"text\":[{}]}\n{{{\n"), false)
	f.Add([]byte("text\n\"\n\"\"\n\"x\"y\"\n\xf6\xdf\n"), true)
	f.Add([]byte("sep=;\ntext;rating\na;9\nb;4\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, young bool) {
		path := filepath.Join(t.TempDir(), "x.csv")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		e := env()
		if young {
			e.Now = time.Now
		}
		src, err := newSource(Settings{Path: path}, e)
		if err != nil {
			t.Fatal(err)
		}
		cursor := bot.Cursor("")
		for range 20 {
			b, err := src.Poll(t.Context(), cursor)
			if err != nil {
				if bot.KindOf(err) == bot.ErrInternal {
					t.Fatalf("Poll: %v", err)
				}
				return
			}
			if !b.More && b.Next == cursor {
				return
			}
			cursor = b.Next
		}
		t.Fatal("no end")
	})
}
