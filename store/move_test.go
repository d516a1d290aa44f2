package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/store/storetest"
)

// moveMe is the environment variable that turns the test binary into a process
// that moves a store until it is killed: "FILE URL".
const moveMe = "EARSHOT_STORE_MOVES"

// moveAway moves a store and says how far it is after each page.
func moveAway(fromTo string) error {
	from, to, _ := strings.Cut(fromTo, " ")
	_, err := Move(context.Background(), from, bot.Secret(to), MoveOptions{Tell: func(doing, table string, done, all int64) {
		fmt.Println(doing, table, done)
	}})
	return err
}

// stock gives a store something of everything: mentions, a case with a card that
// is due, an answer that is on its way, jobs for later and one that was given
// up, and lines of the audit log.
func stock(t *testing.T, s *Store, mentions int) (due bot.Delivery) {
	t.Helper()
	ctx := t.Context()
	var heard []bot.Heard
	for i := range mentions {
		heard = append(heard, said(strconv.Itoa(i), fmt.Sprintf("user%d", i%7), "the firmware update broke it, number "+strconv.Itoa(i)))
	}
	saved := save(t, s, heard...)
	c := must(s.CreateCase(ctx, bot.Case{State: bot.Open, MentionID: saved[0].ID, AuthorID: saved[0].AuthorID, OpenedAt: day(10, 12, 0)}))(t)
	due = must(s.AddDelivery(ctx, bot.Delivery{Kind: bot.DeliverCard, Platform: "slack", Channel: "#care", Target: c.ID}))(t)
	enqueue(t, s, bot.Job{Kind: bot.JobDeliver, ID: due.ID})
	enqueue(t, s, bot.Job{Kind: bot.JobDeliver, ID: due.ID}) // waits already: is one
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: c.ID, RunAt: time.Now().Add(time.Hour)})
	if err := s.AddAudit(ctx, bot.AuditEntry{By: bot.Person{Platform: "slack", ID: "U1", Name: "Ann"}, Act: "claim", Target: "case 1"}); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveSnapshot(ctx, "spikes", []byte{0, 1, 0xff}); err != nil {
		t.Fatal(err)
	}
	return due
}

// spoil writes what our own code does not: texts that PostgreSQL cannot keep, a
// job in the hands of a process that is gone, one that was given up, and one
// that is done.
func spoil(t *testing.T, s *Store) {
	t.Helper()
	for _, q := range []string{
		`UPDATE mentions SET text = 'zero' || char(0) || 'byte' WHERE external_id = '1'`,
		`UPDATE mentions SET title = CAST(x'c328' AS TEXT), external_id = 'k' || CAST(x'ff' AS TEXT) WHERE external_id = '2'`,
		`INSERT INTO river_job (args, kind, max_attempts, queue, state, finalized_at, errors) VALUES
 (jsonb('{"kind":"sweep","id":8,"run_at":0}'), 'earshot_job', 16, 'upkeep', 'running', NULL, NULL),
 (jsonb('{"kind":"sweep","id":9,"run_at":0}'), 'earshot_job', 16, 'upkeep', 'completed', '2026-03-10 12:00:00.000', NULL),
 (jsonb('{"kind":"digest","id":7,"run_at":0}'), 'earshot_job', 16, 'digest', 'discarded', '2026-03-10 12:00:00.000', jsonb('[{"error":"no\u0000good","attempt":16,"at":"2026-03-10T12:00:00Z","trace":""}]'))`,
	} {
		if _, err := s.w.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
}

func emptyDatabase(t *testing.T) bot.Secret {
	t.Helper()
	return bot.Secret(storetest.Postgres(t).Empty(t))
}

// closed makes a store and closes it.
func closed(t *testing.T, mentions int) (path string, due bot.Delivery) {
	t.Helper()
	s := open(t)
	due = stock(t, s, mentions)
	spoil(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return s.path, due
}

func moveTo(t *testing.T, path string, to bot.Secret) Moving {
	t.Helper()
	return must(Move(t.Context(), path, to, MoveOptions{By: bot.Person{Platform: "cli", ID: "operator"}, Now: func() time.Time { return day(11, 9, 0) }}))(t)
}

// Everything is in the copy: rows, what was sealed, what is to be done, each job
// once; and ids go on.
func TestMove(t *testing.T) {
	path, due := closed(t, 5)
	to := emptyDatabase(t)
	seen := must(PreviewMove(t.Context(), path, to))(t)
	moved := moveTo(t, path, to)
	if moved.Rows != seen.Rows || moved.Resumed || moved.Anew || len(moved.Tables) < 30 {
		t.Fatalf("%+v, seen before: %+v", moved, seen)
	}
	// mentions: title, text and id; the author of the column "author" is sound.
	if d := cmp.Diff([]ChangedText{{"mentions", "id 2", "text"}, {"mentions", "id 3", "external_id"}, {"mentions", "id 3", "title"}}, moved.Texts); d != "" || moved.Changed != 3 {
		t.Fatal(moved.Changed, d)
	}
	s := open(t, func(o *Options) { o.URL = to })
	if r := must(s.FindMention(t.Context(), "masto", "1"))(t); r.Mention.Text != "zerobyte" {
		t.Fatalf("%q", r.Mention.Text)
	}
	if got := must(s.Mentions(t.Context(), bot.MentionFilter{Query: "firmware"}))(t); len(got) != 4 {
		t.Fatalf("%d are found", len(got))
	}
	if chain := must(s.VerifyAudit(t.Context(), ""))(t); chain.Broken != 0 || chain.Lines != 2 {
		t.Fatalf("%+v", chain)
	}
	if body := must(s.Snapshot(t.Context(), "spikes"))(t); string(body) != "\x00\x01\xff" {
		t.Fatalf("%q", body)
	}
	if failed := must(s.FailedJobs(t.Context(), 0))(t); len(failed) != 1 || failed[0].Job.ID != 7 || failed[0].Error != "nogood" {
		t.Fatalf("%+v", failed)
	}
	if got := save(t, s, said("new", "ann", "more"))[0]; got.ID != 6 || got.Outcome != bot.New {
		t.Fatalf("%+v", got)
	}
	if n := count(t, s, `SELECT count(*) FROM river_job WHERE state = 'completed'`); n > 0 {
		t.Fatalf("%d jobs that are done were copied", n)
	}
	ran := make(chan int64, 10)
	swept := make(chan int64, 10)
	stop := work(t, s, map[bot.JobKind]handler{bot.JobDeliver: sendTo(ran), bot.JobSweep: sendTo(swept), bot.JobCase: sendTo(ran)})
	if a, b := next(t, ran), next(t, swept); a != due.ID || b != 8 {
		t.Fatalf("job %d, %d", a, b)
	}
	stop()
	if left := count(t, s, `SELECT count(*) FROM river_job WHERE state IN ('available', 'scheduled', 'retryable')`); left != 1 || len(ran)+len(swept) > 0 {
		t.Fatalf("%d wait, %d were done twice", left, len(ran)+len(swept))
	}
	testLeft(t, path, to)
}

// testLeft: a file that was left takes nothing any more, and is still there to
// be read; a backup of it can be restored.
func testLeft(t *testing.T, path string, to bot.Secret) {
	t.Helper()
	_, err := Open(t.Context(), Options{Path: path})
	kind(t, err, bot.ErrStale)
	if !strings.Contains(bot.Told(err), "2026-03-11 09:00") {
		t.Fatal(bot.Told(err))
	}
	old := must(Open(t.Context(), Options{Path: path, ReadOnly: true}))(t)
	copied := filepath.Join(t.TempDir(), "copy.db")
	must(old.Backup(t.Context(), copied, nil))(t)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if again := moveTo(t, path, to); !again.Already {
		t.Fatalf("%+v", again)
	}
	_, err = Move(t.Context(), path, emptyStore(t), MoveOptions{})
	kind(t, err, bot.ErrStale)
	back := filepath.Join(t.TempDir(), "back.db")
	must(Restore(t.Context(), copied, back, RestoreOptions{}))(t)
	s := open(t, func(o *Options) { o.Path = back })
	if n := count(t, s, `SELECT count(*) FROM mentions`); n != 5 {
		t.Fatalf("%d mentions", n)
	}
}

// Killed in the middle, a move goes on where it stopped: and until then nothing
// runs on the part that is there.
func TestMoveIsKilled(t *testing.T) {
	path, _ := closed(t, 3*pageRows)
	to := emptyStore(t)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), moveMe+"="+path+" "+to.Reveal())
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(out)
	for in.Scan() && in.Text() != fmt.Sprint("copying mentions ", pageRows) {
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // was killed
	_, err = Open(t.Context(), Options{URL: to})
	kind(t, err, bot.ErrStale)
	_, err = Open(t.Context(), Options{URL: to, ReadOnly: true})
	kind(t, err, bot.ErrStale)
	first := int64(-1)
	var moved Moving
	waitFor(t, func() bool { // the server lets go of what the killed process held
		moved, err = Move(t.Context(), path, to, MoveOptions{Tell: func(doing, table string, done, all int64) {
			if table == "mentions" && first < 0 {
				first = done
			}
		}})
		return bot.KindOf(err) != bot.ErrStale
	})
	if err != nil || !moved.Resumed || first < pageRows {
		t.Fatalf("%v, resumed %v at %d", err, moved.Resumed, first)
	}
	s := open(t, func(o *Options) { o.URL = to })
	if n := count(t, s, `SELECT count(*) FROM mentions`); n != 3*pageRows {
		t.Fatalf("%d mentions", n)
	}
}

// stopMove moves until something is done with mentions.
func stopMove(t *testing.T, path string, to bot.Secret, what string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Move(ctx, path, to, MoveOptions{Tell: func(doing, table string, done, _ int64) {
		if doing == what && table == "mentions" && done > 0 {
			cancel()
		}
	}})
	if err == nil {
		t.Fatal("it was not stopped")
	}
}

// Whoever writes to the file in between makes the copy begin anew.
func TestMoveBeginsAnew(t *testing.T) {
	path, _ := closed(t, 5)
	to := emptyStore(t)
	stopMove(t, path, to, "copying")
	s := open(t, func(o *Options) { o.Path = path })
	save(t, s, said("late", "ann", "said in between"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if moved := moveTo(t, path, to); !moved.Anew || moved.Resumed {
		t.Fatalf("%+v", moved)
	}
	s = open(t, func(o *Options) { o.URL = to })
	if n := count(t, s, `SELECT count(*) FROM mentions`); n != 6 {
		t.Fatalf("%d mentions", n)
	}
}

// The end of a move can be cut off too: the file is left first, so that never
// two bots can run.
func TestMoveEndsLater(t *testing.T) {
	path, _ := closed(t, 5)
	to := emptyStore(t)
	stopMove(t, path, to, "comparing")
	src := must(openSource(t.Context(), path))(t)
	m, _, err := src.began(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.state = moveLeft
	if err := src.leave(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := src.db.Close(); err != nil {
		t.Fatal(err)
	}
	if moved := moveTo(t, path, to); !moved.Resumed {
		t.Fatalf("%+v", moved)
	}
	open(t, func(o *Options) { o.URL = to })
}

// What is not the same on both sides is never taken for a copy.
func TestMoveCompares(t *testing.T) {
	path, _ := closed(t, 5)
	for _, meddling := range []string{
		`UPDATE mentions SET title = 'another' WHERE id = 4`, `DELETE FROM mentions WHERE id = 5`, `UPDATE river_job SET attempt = 3 WHERE state = 'discarded'`,
	} {
		to := emptyStore(t)
		stopMove(t, path, to, "comparing")
		db := must(parsePostgres(to))(t).pool(1, false)
		if _, err := db.ExecContext(t.Context(), meddling); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		_, err := Move(t.Context(), path, to, MoveOptions{})
		if kind(t, err, bot.ErrInvalid); !strings.Contains(bot.Told(err), "not like the file") {
			t.Fatal(err)
		}
	}
}

// What is in the way is told, and nothing is changed.
func TestMoveRefuses(t *testing.T) {
	path, _ := closed(t, 5)
	other, _ := closed(t, 1)
	inUse := open(t)
	foreign, full, part, running := emptyDatabase(t), emptyStore(t), emptyStore(t), emptyStore(t)
	db := must(parsePostgres(foreign))(t).pool(1, false)
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE orders (id INTEGER)`); err != nil {
		t.Fatal(err)
	}
	save(t, open(t, func(o *Options) { o.URL = full }), said("1", "ann", "hello"))
	stopMove(t, other, part, "copying")
	bots := open(t, func(o *Options) { o.URL = running })
	listens, ended := make(chan struct{}), make(chan error)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		ended <- bots.Hold(ctx, HoldListening, func(ctx context.Context) error { close(listens); <-ctx.Done(); return nil })
	}()
	<-listens
	for what, c := range map[string]struct {
		from string
		to   bot.Secret
		want bot.ErrorKind
		says string
	}{
		"a bot on the file":     {inUse.path, emptyStore(t), bot.ErrStale, "in use"},
		"no file":               {path + "x", emptyStore(t), bot.ErrNotFound, "no store"},
		"tables of others":      {path, foreign, bot.ErrInvalid, "orders"},
		"a store":               {path, full, bot.ErrInvalid, "store of its own"},
		"a part of another":     {path, part, bot.ErrInvalid, "--again"},
		"a bot on the database": {path, running, bot.ErrStale, "bot runs"},
	} {
		_, err := Move(t.Context(), c.from, c.to, MoveOptions{})
		if bot.KindOf(err) != c.want || !strings.Contains(bot.Told(err), c.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if moved := must(Move(t.Context(), path, part, MoveOptions{Again: true}))(t); !moved.Anew {
		t.Fatalf("%+v", moved)
	}
}

// A row that the server refuses is named, and once it is mended the copy goes on.
func TestMoveNamesTheRow(t *testing.T) {
	path, _ := closed(t, 5)
	s := open(t, func(o *Options) { o.Path = path })
	for _, q := range []string{`PRAGMA foreign_keys = off`, `UPDATE mentions SET author_id = 999 WHERE id = 4`, `UPDATE cases SET urgency = 'high'`} {
		if _, err := s.w.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	to := emptyStore(t)
	for _, c := range []struct{ says, mend string }{
		{"id 4 of the table mentions", `UPDATE mentions SET author_id = 1 WHERE id = 4`},
		{"id 1 of the table cases", `UPDATE cases SET urgency = 3`},
	} {
		_, err := Move(t.Context(), path, to, MoveOptions{})
		if !strings.Contains(bot.Told(err), c.says) {
			t.Fatal(err)
		}
		db := must(lockSource(t.Context(), path))(t)
		if _, err := db.ExecContext(t.Context(), c.mend); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if moved := moveTo(t, path, to); !moved.Resumed {
		t.Fatalf("%+v", moved)
	}
}
