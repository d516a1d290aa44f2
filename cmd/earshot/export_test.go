package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"earshot/bot"
)

// strange are rows with what formats trip over.
func strange() []bot.Reading {
	when := time.Date(2026, 3, 10, 12, 0, 0, 7_000_000, time.UTC)
	texts := []string{"plain", "=1+1", "two\nlines, \"quoted\"; and a comma", "", "@SUM(A1)", "-3", "ümläut 😀 \u202e", "\tindented", "'quoted"}
	var out []bot.Reading
	for i, s := range texts {
		r := bot.Reading{Mention: bot.Mention{ID: int64(i + 1), Source: "s", ExternalID: fmt.Sprint(i), Text: s, CreatedAt: when.Add(time.Duration(i) * time.Hour), Author: bot.Author{Name: s, Followers: -1}}}
		if i%2 == 0 {
			r.Mention.Watches = []string{"Acme", "=Other"}[:1+i/2%2]
			r.Mention.Attrs = map[string]string{"=k": "+v", "n": s}
			r.Verdict.Topics = []bot.TopicHit{{Name: "Delivery"}, {Name: "Price"}}
			r.Verdict.Probs.Negative, r.Verdict.Flagged = -0.25, true
			r.Mention.EditedAt = when
		}
		out = append(out, r)
	}
	return out
}

// written are rows in a format.
func written(t *testing.T, format string, rows []bot.Reading) []byte {
	t.Helper()
	var b bytes.Buffer
	columns := mentionColumns()
	w, err := newRowWriter(format, &b, heads(columns))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		cells := make([]any, len(columns))
		for i, c := range columns {
			cells[i] = c.get(r)
		}
		if err := w.row(cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// expected is what each row says, by column, as text.
func expected(rows []bot.Reading, cell func(any) string) []map[string]string {
	var out []map[string]string
	for _, r := range rows {
		m := map[string]string{}
		for _, c := range mentionColumns() {
			m[c.name] = cell(c.get(r))
		}
		out = append(out, m)
	}
	return out
}

func TestExportNDJSON(t *testing.T) {
	rows := strange()
	var got []map[string]string
	lines := bytes.Split(bytes.TrimSpace(written(t, "ndjson", rows)), []byte("\n"))
	for _, line := range lines {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		row := map[string]string{}
		for k, v := range m {
			row[k] = fmt.Sprint(v)
		}
		got = append(got, row)
	}
	want := expected(rows, func(v any) string {
		if n, ok := v.(int64); ok {
			v = float64(n)
		}
		return fmt.Sprint(jsonCell(v))
	})
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !bytes.HasPrefix(lines[0], []byte(`{"id":1,"source":"s","kind":"","external_id":"0",`)) {
		t.Errorf("the columns are not in order: %s", lines[0])
	}
}

func TestExportCSV(t *testing.T) {
	rows := strange()
	all, err := csv.NewReader(bytes.NewReader(written(t, "csv", rows))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]string
	for _, cells := range all[1:] {
		m := map[string]string{}
		for i, c := range cells {
			m[all[0][i]] = c
		}
		got = append(got, m)
	}
	if d := cmp.Diff(expected(rows, csvCell), got); d != "" {
		t.Error(d)
	}
	for i, want := range []string{"plain", "'=1+1", "two\nlines, \"quoted\"; and a comma", "", "'@SUM(A1)", "'-3", "ümläut 😀 \u202e", "'\tindented", "'quoted"} {
		if got[i]["text"] != want {
			t.Errorf("%q is written %q, want %q", rows[i].Mention.Text, got[i]["text"], want)
		}
	}
	if got[0]["prob_negative"] != "-0.25" {
		t.Errorf("a number became %q", got[0]["prob_negative"])
	}
}

func TestExportParquet(t *testing.T) {
	rows := strange()
	body := written(t, "parquet", rows)
	file, err := parquet.OpenFile(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(file.Schema().Columns()); n != len(mentionColumns()) || file.NumRows() != int64(len(rows)) {
		t.Fatalf("%d columns, %d rows", n, file.NumRows())
	}
	type back struct {
		ID        int64      `parquet:"id"`
		Text      string     `parquet:"text"`
		CreatedAt *time.Time `parquet:"created_at,timestamp(millisecond)"`
		EditedAt  *time.Time `parquet:"edited_at,timestamp(millisecond)"`
		Watches   []string   `parquet:"watches"`
		Topics    []string   `parquet:"topics"`
		Negative  float64    `parquet:"prob_negative"`
		Flagged   bool       `parquet:"flagged"`
		Attrs     string     `parquet:"attrs"`
		Followers int64      `parquet:"author_followers"`
	}
	r := parquet.NewGenericReader[back](bytes.NewReader(body))
	got := make([]back, len(rows)+1)
	n, err := r.Read(got)
	if n != len(rows) || err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("%d rows, %v", n, err)
	}
	for i, m := range rows {
		want := back{ID: m.Mention.ID, Text: m.Mention.Text, CreatedAt: &m.Mention.CreatedAt, Watches: m.Mention.Watches, Topics: m.Verdict.TopicNames(),
			Negative: m.Verdict.Probs.Negative, Flagged: m.Verdict.Flagged, Attrs: mapCell(m.Mention.Attrs), Followers: -1}
		if !m.Mention.EditedAt.IsZero() {
			want.EditedAt = &m.Mention.EditedAt
		}
		for _, list := range []*[]string{&want.Watches, &want.Topics, &got[i].Watches, &got[i].Topics} {
			if len(*list) == 0 {
				*list = nil
			}
		}
		for _, at := range []*time.Time{got[i].CreatedAt, got[i].EditedAt} {
			if at != nil {
				*at = at.UTC()
			}
		}
		if d := cmp.Diff(want, got[i]); d != "" {
			t.Errorf("row %d: %s", i, d)
		}
	}
}

// FuzzCSVCell: no text begins what a spreadsheet runs, and none is lost.
func FuzzCSVCell(f *testing.F) {
	for _, s := range []string{"=1+1", " =cmd|' /C calc'!A0", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", "plain", "\ufeff=1", "'=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b bytes.Buffer
		w, err := newCSV(&b, []head{{"a", cellText}, {"b", cellList}})
		if err == nil {
			err = errors.Join(w.row([]any{s, []string{s}}), w.end())
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(got) != 2 || len(got[1]) != 2 {
			t.Fatalf("%q: %q, %v", s, got, err)
		}
		for _, cell := range got[1] {
			first, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, " \u00a0\ufeff\u200b\v\f\x00"))
			if strings.ContainsRune("=+-@\t\r＝＋－＠", first) && cell != "" {
				t.Fatalf("%q is written %q", s, cell)
			}
			if back := strings.TrimPrefix(cell, "'"); back != lines(s) && cell != lines(s) {
				t.Fatalf("%q came back as %q", s, cell)
			}
		}
	})
}

// lines is a text as CSV readers give it back: \r\n is \n.
func lines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
