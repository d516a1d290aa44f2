package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTerminalIsSafe: what customers and file names hold can neither move the
// cursor of the terminal nor lie about the reading order, whatever a command
// prints.
func TestTerminalIsSafe(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	evil := "\x1b]0;owned\x07\x1b[2J\u009b31m\u202egnp.exe\u2066\x00\x7f"
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"id", "text", "author", "created_at", "rating", "watch"}}
	for i := range 40 {
		n := strings.Repeat("x", i+1)
		rows = append(rows, []string{"id" + n, "I hate the awful Larkspur " + evil + " kettle, it leaks " + n, "ann" + evil + n, "2026-03-0" + string(rune('1'+i%9)) + "T10:00:00Z", "1", "Larkspur"})
	}
	rows = append(rows, []string{"bad", evil, evil, "yesterday" + evil, "eleventy" + evil, evil})
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "a\x1b[31m\u202e.csv")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "earshot.yaml")
	yaml := "company: L\ndatabase: {path: " + data + "/earshot.db}\nwatches: [{name: Larkspur, terms: [larkspur]}]\ntopics: [{name: Leaks, words: [leaks]}]\n"
	if err := os.WriteFile(config, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := filepath.Join(dir, "lines.txt")
	if err := os.WriteFile(lines, []byte("I hate Larkspur "+evil+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"import", file, "--source", "s", "--config", config}, {"import", file, "--source", "s" + evil, "--config", config}, {"import", file + "none", "--source", "s", "--config", config},
		{"digest", "--watch", "Larkspur", "--from", "2026-03-01", "--to", "2026-03-10", "--preview", "--config", config},
		{"digest", "--watch", "Larkspur", "--from", "2026-03-01", "--to", "2026-03-10", "--preview", "--json", "--config", config},
		{"digest", "--watch", "Lark" + evil, "--preview", "--config", config},
		{"contrast", "--a", "rating=1", "--config", config}, {"contrast", "--a", evil, "--config", config},
		{"analyze", lines, "--json"}, {"analyze", lines}, {"check", "--config", config}, {"check", "--config", file}, {evil}, {"run", "--" + evil},
	} {
		var out, errs bytes.Buffer
		err := run(t.Context(), args, os.Getenv, &out, &errs) // some are mistakes, and say so
		if out.Len()+errs.Len() == 0 {
			t.Errorf("%.60q says nothing (%v)", args, err)
		}
		for name, said := range map[string]string{"stdout": out.String(), "stderr": errs.String()} {
			if i := strings.IndexFunc(said, func(r rune) bool { return r != '\n' && r != '\t' && (r < ' ' || hidden(r)) }); i >= 0 {
				t.Errorf("%.90q writes %q to %s", args, said[max(0, i-60):min(len(said), i+20)], name)
			}
		}
	}
}
