package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot/source/community"
)

const kindsHead = `# The kinds of source

What each kind reads, whether customers can be answered there, and what to create at the service first.
` + "`earshot init` asks for it, `earshot check` tries it, and `earshot kinds NAME` prints the part of one kind.\n"

// TestKindsPage keeps bot/source/KINDS.md: it is made of what every driver
// says of itself. -update writes it.
func TestKindsPage(t *testing.T) {
	file := filepath.Join("..", "..", "bot", "source", "KINDS.md")
	want := kindsHead
	old, err := os.ReadFile(file)
	for _, d := range drivers(community.NewHub(time.Now)) {
		if *updateModules || strings.Contains(string(old), "\n## "+d.Kind+"\n") {
			want += "\n" + kindPage(d)
		}
	}
	if *updateModules {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(want, string(old)); err != nil || d != "" {
		t.Errorf("KINDS.md is stale: go test -tags sqlite_fts5 ./cmd/earshot -run TestKindsPage -update (%v)\n%s", err, d)
	}
}
