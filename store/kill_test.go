package store

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"earshot/bot"
)

// killMe is the environment variable that turns the test binary into a process
// that writes until it is killed.
const killMe = "EARSHOT_STORE_WRITES_TO"

func TestMain(m *testing.M) {
	if fromTo := os.Getenv(moveMe); fromTo != "" {
		if err := moveAway(fromTo); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	if path := os.Getenv(killMe); path != "" {
		fmt.Fprintln(os.Stderr, writeForEver(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForEver stores batches, each with its cursor, a case and a delivery in
// one transaction, and says so after each commit.
func writeForEver(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, Options{Path: path})
	if err != nil {
		return err
	}
	st, err := s.SourceState(ctx, "masto")
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(string(st.Cursor))
	for ; ; n += 10 {
		if err := s.Transact(ctx, func(ctx context.Context) error { return writeBatch(ctx, s, n) }); err != nil {
			return err
		}
		fmt.Println(n + 10)
	}
}

func writeBatch(ctx context.Context, s *Store, n int) error {
	heard := make([]bot.Heard, 10)
	for i := range heard {
		heard[i] = said(strconv.Itoa(n+i), fmt.Sprintf("user%d", (n+i)%7), "some words of a mention")
	}
	saved, err := s.SaveHeard(ctx, heard)
	if err != nil {
		return err
	}
	c, err := s.CreateCase(ctx, bot.Case{State: bot.Open, MentionID: saved[0].ID, AuthorID: saved[0].AuthorID, OpenedAt: day(10, 12, 0)})
	if err != nil {
		return err
	}
	if _, err := s.AddDelivery(ctx, bot.Delivery{Kind: bot.DeliverCard, Platform: "slack", Channel: "#care", Target: c.ID}); err != nil {
		return err
	}
	return s.SaveSourceState(ctx, bot.SourceState{Name: "masto", Cursor: bot.Cursor(strconv.Itoa(n + 10))})
}

// Killed at any instant and started again, the store is whole: the cursor, the
// mentions, the cases, the deliveries and the jobs agree.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "earshot.db")
	last := 0
	for round := range 4 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), killMe+"="+path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		for range 3 + round { // a few commits, then in the middle of one
			if _, err := fmt.Fscan(out, &last); err != nil {
				t.Fatal(err)
			}
		}
		<-time.After(time.Duration(round) * 3 * time.Millisecond)
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // killed: that is the point
		agree(t, path, last)
	}
}

func agree(t *testing.T, path string, committed int) {
	t.Helper()
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	cursor, err := strconv.ParseInt(string(must(s.SourceState(t.Context(), "masto"))(t).Cursor), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if cursor < int64(committed) {
		t.Errorf("cursor %d, but %d was committed", cursor, committed)
	}
	for what, want := range map[string]int64{
		`SELECT count(*) FROM mentions`:                    cursor,
		`SELECT count(DISTINCT external_id) FROM mentions`: cursor,
		`SELECT count(*) FROM cases`:                       cursor / 10,
		`SELECT count(*) FROM mentions WHERE case_id > 0`:  cursor / 10,
		`SELECT count(*) FROM deliveries`:                  cursor / 10,
		`SELECT count(*) FROM river_job`:                   cursor / 10,
		`SELECT count(*) FROM authors`:                     min(7, cursor),
	} {
		if got := count(t, s, what); got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	soundness(t, s)
}
