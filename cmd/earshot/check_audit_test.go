package main

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/store"
)

// TestCheckAudit: the command tells a whole audit log from one that somebody
// changed or cut, names the first wrong line and exits with 1.
func TestCheckAudit(t *testing.T) {
	dir := t.TempDir()
	file, config := filepath.Join(dir, "earshot.db"), filepath.Join(dir, "earshot.yaml")
	if err := os.WriteFile(config, []byte("company: Larkspur\ndatabase: {path: "+file+"}\nwatches:\n  - {name: Larkspur, terms: [larkspur]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Path: file, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := s.AddAudit(t.Context(), bot.AuditEntry{By: bot.Person{Platform: "slack", ID: "U1", Name: "Ann"}, Act: "mute", Target: "topic:price"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check := func(args ...string) (string, int) {
		var out, errs bytes.Buffer
		err := run(t.Context(), append([]string{"check", "--config", config}, args...), os.Getenv, &out, &errs)
		return out.String() + errs.String(), exitCode(err)
	}
	said, code := check("--audit")
	head := regexp.MustCompile(`3:[0-9a-f]{64}`).FindString(said)
	if code != 0 || head == "" || !strings.Contains(said, "3 lines, each as it was written") {
		t.Fatalf("exit %d: %s", code, said)
	}
	if said, code := check("--head", head); code != 0 {
		t.Fatalf("exit %d: %s", code, said)
	}
	if said, code := check("--audit", "--head", "3:feed", "--json"); code != 1 || !strings.Contains(said, `"broken": 3`) {
		t.Fatalf("exit %d: %s", code, said)
	}
	db, err := sql.Open("sqlite3", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`UPDATE audit SET target = 'topic:firmware' WHERE place = 2`); err != nil {
		t.Fatal(err)
	}
	if said, code := check("--audit"); code != 1 || !strings.Contains(said, "broken at line 2: line 2 (mute of topic:firmware") {
		t.Fatalf("exit %d: %s", code, said)
	}
}
