package main

import (
	"os"
	"path/filepath"
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
	for _, d := range drivers(community.NewHub(time.Now)) {
		want += "\n" + kindPage(d)
	}
	if *updateModules {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	old, err := os.ReadFile(file)
	if d := cmp.Diff(want, string(old)); err != nil || d != "" {
		t.Errorf("KINDS.md is stale: go test -tags sqlite_fts5 ./cmd/earshot -run TestKindsPage -update (%v)\n%s", err, d)
	}
}

// TestKindsAreWhole: every kind says what to create for it, and what init asks
// for it is a setting that it has, with secrets named as variables are.
func TestKindsAreWhole(t *testing.T) {
	for _, d := range drivers(community.NewHub(time.Now)) {
		if len(d.Asks) == 0 || d.Guide == "" || d.Reads == "" || d.Answers == "" || d.Live == "" || d.Needs == "" {
			t.Errorf("%s leaves something out of Asks, Guide, Reads, Answers, Live and Needs", d.Kind)
		}
		for _, q := range d.Asks {
			if _, ok := fieldOf(d.Settings(), q.Key); !ok {
				t.Errorf("%s: init asks for %q, which is no setting of it", d.Kind, q.Key)
			}
			if q.Ask == "" || q.Secret != "" && !variable().MatchString(q.Secret) {
				t.Errorf("%s: the question %+v", d.Kind, q)
			}
		}
	}
}
