package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"earshot/bot/source/community"
)

// TestExposedSecrets: check tells of secrets that stand in a file which others
// may read, by their keys alone; of none that come from the environment.
func TestExposedSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "earshot.yaml")
	yaml := "watches: [{name: W, terms: [w]}]\nconsole: {token: a-token-that-stands-there}\nslack: {bot_token: \"${BOT}\", app_token: \"${APP}\"}\n" +
		"sources:\n  - {name: hooks, kind: webhook, secret: a-secret-of-thirty-two-characters}\n"
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	kinds := drivers(community.NewHub(time.Now))
	if found := exposed(file, anySecret, kinds); len(found) > 0 {
		t.Errorf("nobody else reads it: %+v", found)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	found := exposed(file, anySecret, kinds)
	if len(found) != 1 || found[0].OK || !strings.HasSuffix(found[0].What, ": console.token, sources[0].secret") || strings.Contains(found[0].What+found[0].Mend, "stands-there") {
		t.Errorf("%+v", found)
	}
}
