package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"earshot/store"
	"earshot/store/storetest"
)

// TestMigratedBot: a bot on SQLite is killed while an answer waits to be sent;
// its store is moved, and the bot on PostgreSQL sends that answer, once, and
// posts nothing anew. On the file no bot starts any more.
func TestMigratedBot(t *testing.T) {
	w := newWorkspace(t)
	yaml := strings.NewReplacer("SLACK", w.srv.URL, "HOOKS", freePort(t), "undo_for: 1s", "undo_for: 5s").Replace(killYAML)
	h := newHouse(t, yaml)
	var rows strings.Builder
	for i := range 12 {
		fmt.Fprintf(&rows, "%d,%q,ann%d\n", i, complaint(i), i)
	}
	h.write("in/all.csv", "id,text,author\n")
	p := h.start()
	waitReady(t, p.http())
	h.write("in/all.csv", "id,text,author\n"+rows.String())
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	thread, err := w.say(ctx, "U0CUST1", complaint(1000))
	if err != nil {
		t.Fatal(err)
	}
	ana := open(t, p.console(), "ana")
	eventually(t, "every card", func() bool { return len(ana.cards("support")) == 13 && len(w.in(supportChannel, "")) == 1 })
	answered := map[string]bool{}
	eventually(t, "an answer", func() bool { answerOne(t, p, answered); return len(answered) == 1 })
	p.kill()
	url := storetest.Postgres(t).Empty(t)
	moved := migrated(t, h, url)
	if moved.Already || moved.Changed != 0 || moved.From.Rows["mentions"] != 13 {
		t.Fatalf("%+v", moved)
	}
	on := newHouse(t, strings.ReplaceAll(strings.ReplaceAll(yaml, "{path: DIR/earshot.db}", `{url: "`+url+`"}`), "DIR/in", h.path("in")))
	q := on.start()
	eventually(t, "the answer", func() bool { return len(w.in(customerChannel, thread)) > 0 })
	onServer(t, url, func(s *store.Store) {
		eventually(t, "nothing being under way", func() bool {
			due, _, parked, err := s.Backlog(t.Context())
			return err == nil && due == 0 && parked == 0
		})
		chain, err := s.VerifyAudit(t.Context(), "")
		if err != nil || chain.Broken != 0 || chain.Lines == 0 {
			t.Errorf("%+v, %v", chain, err)
		}
	})
	if got := w.in(customerChannel, thread); len(got) != 1 {
		t.Errorf("the customer got %d answers: %+v", len(got), got)
	}
	onceEach(t, "cards in the console", open(t, q.console(), "ana").cards("support"), 13)
	if cards := w.in(supportChannel, ""); len(cards) != 1 {
		t.Errorf("%d cards in Slack", len(cards))
	}
	q.stop()
	if err := run(t.Context(), []string{"run", "--config", h.path("earshot.yaml")}, os.Getenv, io.Discard, io.Discard); err == nil || !strings.Contains(message(err), "was moved to the database") {
		t.Errorf("a bot on the file: %v", err)
	}
}

// migrated runs the command: it looks first, and then moves.
func migrated(t *testing.T, h *house, url string) (m store.Moving) {
	t.Helper()
	for _, more := range [][]string{{"--look"}, {"--json"}} {
		var out, errs strings.Builder
		args := append([]string{"migrate-store", "--from", h.dir, "--to", url}, more...)
		if err := run(t.Context(), args, os.Getenv, &out, &errs); err != nil {
			t.Fatal(err, errs.String())
		}
		if more[0] == "--look" {
			if !strings.Contains(out.String(), "would be copied") {
				t.Error(out.String())
			}
			continue
		}
		if err := json.Unmarshal([]byte(out.String()), &m); err != nil {
			t.Fatal(err, out.String())
		}
	}
	return m
}
