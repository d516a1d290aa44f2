package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFigures: what is missed is marked, on the terminal and in the card, and
// the card keeps what stands around the table.
func TestFigures(t *testing.T) {
	rows := []evalRow{
		{Area: "sentiment", Set: "a.tsv", Measure: "macro recall, %", Value: 71.26, Asked: 71, Texts: 2000},
		{Area: "sentiment", Set: "b.csv", Measure: "average precision", Value: 0.9031, Asked: 0.92},
		{Area: "echo", Set: "edits", Measure: "milliseconds", Value: 1.5, Asked: 1, AtMost: true, Note: "busy"},
		{Area: "echo", Set: "edits", Measure: "texts a second", Value: 123456.7},
	}
	var b bytes.Buffer
	if err := printFigures(&b, rows); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"71.3", "≥ 71.0", "0.903", "missed", "≤ 1.000", "missed  busy", "123457"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, b.String())
		}
	}
	path := filepath.Join(t.TempDir(), "CARD.md")
	if err := os.WriteFile(path, []byte("before\n"+cardBegin+"old\n"+cardEnd+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // written anew, not twice
		if err := writeCard(path, rows); err != nil {
			t.Fatal(err)
		}
	}
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	card := string(body)
	if !strings.HasPrefix(card, "before\n"+cardBegin) || !strings.HasSuffix(card, cardEnd+"after\n") || strings.Contains(card, "old") ||
		strings.Count(card, "| a.tsv | macro recall, % | 71.3 | ≥ 71.0 | 2000 |") != 1 || !strings.Contains(card, "0.903 (missed)") {
		t.Errorf("the card is\n%s", card)
	}
	if err := os.WriteFile(path, []byte("no place"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeCard(path, rows); err == nil || !strings.Contains(err.Error(), "no place for the table") {
		t.Errorf("a card without a place: %v", err)
	}
}
