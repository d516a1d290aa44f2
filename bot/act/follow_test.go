package act_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/store"
)

// noting is a store that notes what it is asked to see to later.
type noting struct {
	*store.Store
	jobs *[]bot.Job
}

// Enqueue implements act.Outbox.
func (n noting) Enqueue(ctx context.Context, j bot.Job) error {
	if j.Kind == bot.JobFollow {
		*n.jobs = append(*n.jobs, j)
	}
	return n.Store.Enqueue(ctx, j)
}

// TestFollow: a source is asked ever less often what became of an answer; what
// it says is kept and shown, and a source that does not answer is asked again.
func TestFollow(t *testing.T) {
	w := newWorld(t, onlySlack)
	var jobs []bot.Job
	deps := act.Deps{
		Stores: act.Stores{Transactor: w.st, CaseStore: w.st, HistoryStore: w.st, Reader: w.st, VerdictStore: w.st, LessonStore: w.st, ReplyStore: w.st,
			Outbox: noting{w.st, &jobs}, PostStore: w.st, FoldStore: w.st, NoticeStore: w.st, SpikeStore: w.st},
		Platforms: map[string]bot.Platform{"slack": w.slack}, Now: w.clock.Now,
		Answerer: func(string) (bot.Answerer, bool) { return w.source, true },
	}
	w.svc = act.New(w.set, deps)
	_, r := w.queued(lea(), "Sorry!")
	w.clock.Pass(20 * time.Second)
	w.work()
	sent := w.reply(r.ID).SentAt
	var asked []time.Duration
	for i := 0; len(jobs) > i; i++ {
		asked = append(asked, jobs[i].RunAt.Sub(sent))
		w.clock.Pass(jobs[i].RunAt.Sub(w.clock.Now()) + time.Second)
		w.source.Mute = bot.Errorf(bot.ErrUnavailable, "It is down.")
		if err := w.svc.Follow(t.Context(), r.ID); bot.KindOf(err) != bot.ErrUnavailable {
			t.Errorf("a source that is down gives %v", err)
		}
		w.source.Mute = nil
		w.source.After = bot.Aftermath{Likes: i, Answers: 1}
		if err := w.svc.Follow(t.Context(), r.ID); err != nil {
			t.Fatal(err)
		}
		if got := w.reply(r.ID); got.Aftermath != w.source.After || got.FollowedAt.IsZero() {
			t.Errorf("kept as %+v", got)
		}
	}
	if d := cmp.Diff([]time.Duration{time.Hour, 24 * time.Hour, 72 * time.Hour, 168 * time.Hour}, asked); d != "" {
		t.Errorf("asked (-want +got)\n%s", d)
	}
	w.work()
	w.says(w.card(w.slack, "#voc").View, "answer: 3 likes, 1 answer")
	w.source.Mute = bot.Errorf(bot.ErrGone, "It is gone.")
	if err := w.svc.Follow(t.Context(), r.ID); err != nil || !w.reply(r.ID).Aftermath.Gone {
		t.Errorf("gone: %+v, %v", w.reply(r.ID).Aftermath, err)
	}
	w.work()
	w.says(w.card(w.slack, "#voc").View, "our answer is there no more")
	w.source.Mute = bot.Errorf(bot.ErrUnauthorized, "No.")
	if err := w.svc.Follow(t.Context(), r.ID); err != nil || !w.reply(r.ID).Aftermath.Gone {
		t.Errorf("a source that will not say: %v", err)
	}
	if err := w.svc.Follow(t.Context(), 999); err != nil {
		t.Errorf("a reply that is no more: %v", err)
	}
}
