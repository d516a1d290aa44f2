package act_test

import (
	"path/filepath"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/store"
)

// answers writes a reply to a case and sends it off: it can be undone for a
// while.
func (w *world) answers(c bot.Case, words string) bot.Reply {
	w.Helper()
	r, _, err := w.svc.DraftReply(w.Context(), act.Draft{CaseID: c.ID, Version: c.Version, Way: "public", Text: words, By: lea()})
	if err == nil {
		r, err = w.svc.SendReply(w.Context(), r.ID, lea())
	}
	if err != nil {
		w.Fatal(err)
	}
	return r
}

// TestRestoreDrill: a backup is made while the bot works; everything that
// waited in it is sent; then the backup is restored. Nothing stands twice in a
// channel, no customer is answered twice, no id is used twice, and what cannot
// be looked for is left to a person.
func TestRestoreDrill(t *testing.T) {
	for _, tt := range []struct {
		name   string
		noFind bool
		parked int
	}{{"the source can be asked", false, 0}, {"the source cannot be asked", true, 1}} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, onlySlack)
			path := filepath.Join(t.TempDir(), "store", "earshot.db")
			w.open(store.Options{Path: path, Sync: store.SyncNormal})
			first := w.opens()
			w.work()
			second := w.opens() // its card waits when the backup is made
			w.answers(first, "We are sorry.")
			copied := w.backUpBusy()
			third := w.opens() // the backup knows nothing of it
			w.clock.Pass(time.Minute)
			w.work()
			if len(w.slack.In("#voc")) < 3 || len(w.source.Sent()) != 1 {
				t.Fatalf("%d cards, %d replies before", len(w.slack.In("#voc")), len(w.source.Sent()))
			}
			cards := len(w.slack.In("#voc"))
			if _, err := store.Restore(t.Context(), copied, path, store.RestoreOptions{Yes: true, Now: w.clock.Now}); bot.KindOf(err) != bot.ErrStale {
				t.Fatalf("restored beside a running bot: %v", err)
			}
			if err := w.st.Close(); err != nil {
				t.Fatal(err)
			}
			done, err := store.Restore(t.Context(), copied, path, store.RestoreOptions{Yes: true, By: root(), Now: w.clock.Now})
			if err != nil {
				t.Fatal(err)
			}
			if !done.Newer || done.Settled.Replies != 1 || done.Settled.Deliveries < 2 || len(done.Answered) != 1 || done.Kept == "" {
				t.Errorf("%+v", done)
			}
			w.source.NoFind = tt.noFind
			w.open(store.Options{Path: path, Sync: store.SyncNormal})
			if err := w.svc.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.clock.Pass(time.Minute)
			w.work()
			w.restored(second, cards, tt.parked)
			if again := w.opens(); again.ID <= third.ID {
				t.Errorf("case %d is given twice", again.ID)
			}
		})
	}
}

// backUpBusy makes a backup while cases are opened.
func (w *world) backUpBusy() string {
	w.Helper()
	file := filepath.Join(w.TempDir(), "copy.db")
	stop, stopped := make(chan struct{}), make(chan struct{})
	more := newVoices(w)
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				more()
			}
		}
	}()
	_, err := w.st.Backup(w.Context(), file, nil)
	close(stop)
	<-stopped
	if err != nil {
		w.Fatal(err)
	}
	return file
}

// newVoices gives a function that stores one more mention each time.
func newVoices(w *world) func() {
	n := 1000
	return func() {
		n++
		if _, err := w.st.SaveHeard(w.Context(), []bot.Heard{heard(n, "busy")}); err != nil {
			w.Error(err)
		}
	}
}

// restored looks at the channel, the customer and the store after a restore.
func (w *world) restored(second bot.Case, cards, parked int) {
	w.Helper()
	if got := len(w.slack.In("#voc")); got != cards {
		w.Errorf("%d cards stand in the channel after the restore, %d before", got, cards)
	}
	if got := len(w.source.Sent()); got != 1 {
		w.Errorf("the customer was answered %d times", got)
	}
	posts, err := w.st.Posts(w.Context(), bot.DeliverCard, second.ID)
	if err != nil || len(posts) != 1 {
		w.Errorf("the card that was sent after the backup is not known: %v, %v", posts, err)
	}
	left, err := w.st.Deliveries(w.Context(), []bot.DeliveryState{bot.DeliveryParked}, 0)
	if err != nil || len(left) != parked {
		w.Errorf("%d deliveries are parked, want %d: %+v, %v", len(left), parked, left, err)
	}
	findings, err := w.st.Check(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	for _, f := range findings {
		if !f.OK {
			w.Errorf("%+v", f)
		}
	}
	if chain, err := w.st.VerifyAudit(w.Context(), ""); err != nil || chain.Broken != 0 {
		w.Errorf("%+v, %v", chain, err)
	}
}
