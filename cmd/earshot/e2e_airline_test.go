package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"earshot/store"
)

// shared is the folder with the data that are not in the repository.
func shared(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("EARSHOT_SHARED")
	switch {
	case dir == "" && os.Getenv("CI") == "true":
		t.Fatal("EARSHOT_SHARED is not set: in CI this test must run")
	case dir == "":
		t.Skip("EARSHOT_SHARED names no folder with the shared data")
	}
	return dir
}

// earshot runs a command in this process and gives what it prints.
func earshot(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, said bytes.Buffer
	if err := run(t.Context(), args, os.Getenv, &out, &said); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, said.String())
	}
	return out.Bytes()
}

// TestAirline takes in what people said of six airlines in February 2015,
// twice, and asks for the digest of one.
func TestAirline(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole file is taken in without -short")
	}
	file := filepath.Join(shared(t), "data", "airline", "dev.csv")
	dir := t.TempDir()
	imported := func() (n struct{ Read, New, Duplicate, Rejected int }) {
		body := earshot(t, "import", file, "--source", "airline", "--map", "watch=airline", "--data", dir, "--json")
		if err := json.Unmarshal(body, &n); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		return n
	}
	first := imported()
	if first.Read == 0 || first.New != first.Read-first.Duplicate-first.Rejected || first.New < first.Read*9/10 {
		t.Errorf("the first time: %+v", first)
	}
	if second := imported(); second.New != 0 || second.Duplicate != first.New+first.Duplicate {
		t.Errorf("the second time: %+v after %+v", second, first)
	}
	var report struct {
		SocialNPS struct {
			Score, Low, High float64
			Authors          int
			Coverage         float64
		} `json:"social_nps"`
	}
	body := earshot(t, "digest", "--watch", "United", "--from", "2015-02-16", "--to", "2015-02-25", "--preview", "--json", "--data", dir)
	if err := json.Unmarshal(body, &report); err != nil {
		t.Fatalf("%v: %.500s", err, body)
	}
	if n := report.SocialNPS; n.Authors <= 1000 || n.Score >= 0 || n.Low >= n.Score || n.High <= n.Score || n.Coverage <= 0 {
		t.Errorf("social NPS of United: %+v", n)
	}
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "earshot.db"), ReadOnly: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	spikes, err := s.Spikes(t.Context(), time.Date(2015, 2, 1, 0, 0, 0, 0, time.UTC), time.Date(2015, 3, 1, 0, 0, 0, 0, time.UTC), false)
	if err != nil || len(spikes) == 0 {
		t.Errorf("%d spikes in February 2015: %v", len(spikes), err)
	}
}
