package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/store"
)

// TestAnalyzeTaught: what the team taught a store changes what is said of texts
// about the same watch, and of those alone.
func TestAnalyzeTaught(t *testing.T) {
	dir := t.TempDir()
	const said = "The new grinder is sick, insane how loud it screams"
	texts, rows := filepath.Join(dir, "texts.txt"), filepath.Join(dir, "rows.csv")
	for file, body := range map[string]string{texts: said + "\n", rows: "id,text\n1,\"" + said + "\"\n"} {
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	call := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if err := run(t.Context(), args, os.Getenv, &out, &errs); err != nil {
			t.Fatal(err, errs.String())
		}
		return out.String()
	}
	call("import", rows, "--source", "shop", "--watch", "larkspur", "--data", dir, "--json")
	about := func(watch string) string { return call("analyze", texts, "--data", dir, "--watch", watch, "--json") }
	before := about("larkspur")
	s, err := store.Open(t.Context(), store.Options{Path: dataFile(dir), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	value := bot.SaysNotNegative
	if !strings.Contains(before, `"label":"negative"`) {
		value = bot.SaysNegative
	}
	_, err = s.SaveLesson(t.Context(), bot.Lesson{MentionID: 1, CaseID: 1, Watch: "larkspur", Kind: bot.LessonLabel, Value: value})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if after := about("larkspur"); after == before {
		t.Errorf("the lesson changes nothing: %s", after)
	}
	if after := about("wren"); after != before {
		t.Errorf("the lesson changes what is said of another watch: %s, was %s", after, before)
	}
}
