package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/store"
)

// TestImportKeepsDates: rows that lie far apart, in no order, keep their dates
// and open their cases at them.
func TestImportKeepsDates(t *testing.T) {
	dir := t.TempDir()
	first := time.Date(2023, 1, 1, 12, 0, 0, 0, time.UTC)
	var b strings.Builder
	b.WriteString("id,text,author,created_at\n")
	const rows = 3 * batchSize / 2
	for i := range rows {
		day := (i * 7) % rows // every day once
		words := "The shop is open."
		if day%50 == 0 {
			words = fmt.Sprintf("Order %d arrived broken, terrible, I want my money back.", day*7919)
		}
		fmt.Fprintf(&b, "%d,%q,author%d,%s\n", day, words, day, first.AddDate(0, 0, day).Format(time.RFC3339))
	}
	file := filepath.Join(dir, "sparse.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"import", file, "--source", "shop", "--data", dir}, os.Getenv, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Path: dataFile(dir), ReadOnly: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for day := range rows {
		r, err := s.FindMention(t.Context(), "shop", fmt.Sprint(day))
		if err != nil || !r.Mention.CreatedAt.Equal(first.AddDate(0, 0, day)) {
			t.Fatalf("row %d is of %s (%v)", day, r.Mention.CreatedAt, err)
		}
	}
	cases, err := s.Cases(t.Context(), bot.CaseFilter{Limit: 5})
	if err != nil || len(cases) == 0 {
		t.Fatal(cases, err)
	}
	for _, c := range cases {
		r, err := s.Mention(t.Context(), c.MentionID)
		if err != nil || !c.OpenedAt.Equal(r.Mention.CreatedAt) || !c.Quiet {
			t.Errorf("case %d was opened at %s for a mention of %s (%v)", c.ID, c.OpenedAt, r.Mention.CreatedAt, err)
		}
	}
}
