package sourcetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

func (r suite) once(t *testing.T) {
	got, rejected := collect(t, r.open(t), items(1, 25))
	if len(got) != 25 || len(rejected) != 0 {
		t.Fatalf("25 items gave %d mentions and %d rejected %v", len(got), len(rejected), rejected)
	}
	seen := map[string]bool{}
	for _, m := range got {
		Sound(t, m)
		if seen[m.ExternalID] {
			t.Errorf("%q came twice", m.ExternalID)
		}
		seen[m.ExternalID] = true
	}
	if !slices.ContainsFunc(got, func(m bot.Mention) bool { return m.Text == "The kettle number 7 leaks again" }) {
		t.Errorf("the text of item 7 is not among %v", got)
	}
	if !slices.IsSortedFunc(got, func(a, b bot.Mention) int { return a.CreatedAt.Compare(b.CreatedAt) }) {
		t.Error("the mentions do not come in the order in which they were said")
	}
}

func (r suite) resumes(t *testing.T) {
	rig := r.open(t)
	if _, pushed := rig.Source(t).(bot.Streamer); pushed {
		return // there is nothing to resume: the sender sends again
	}
	if err := rig.Say(t, items(1, 25)...); err != nil {
		t.Fatal(err)
	}
	batches, _ := chain(t, rig.Source(t), "")
	all := ids(mentions(batches))
	var before []bot.Mention
	for i, b := range batches {
		before = append(before, b.Mentions...)
		rest, _ := chain(t, rig.Source(t), b.Next)
		whole := append(slices.Clone(before), mentions(rest)...)
		if diff := cmp.Diff(all, ids(whole)); diff != "" {
			t.Errorf("resumed after batch %d, the items are not each there once (-want +got):\n%s", i, diff)
		}
	}
}

func (r suite) news(t *testing.T) {
	rig := r.open(t)
	src := rig.Source(t)
	if s, pushed := src.(bot.Streamer); pushed {
		h, stop := streaming(t, s)
		if err := push(t, rig, items(1, 1)...); err != nil {
			t.Fatal(err)
		}
		stop()
		h2, stop2 := streaming(t, rig.Source(t).(bot.Streamer))
		if err := push(t, rig, items(2, 1)...); err != nil {
			t.Fatal(err)
		}
		stop2()
		a, _ := h.counts()
		b, _ := h2.counts()
		if a != 1 || b != 1 {
			t.Errorf("before a restart %d mentions and after it %d, want 1 and 1", a, b)
		}
		return
	}
	_ = rig.Say(t, items(1, 5)...)
	_, cursor := chain(t, src, "")
	for range 2 {
		again, next := chain(t, rig.Source(t), cursor)
		if got := mentions(again); len(got) != 0 {
			t.Fatalf("nothing was said, and %v came", ids(got))
		}
		cursor = next
	}
	_ = rig.Say(t, items(6, 3)...)
	later, cursor := chain(t, rig.Source(t), cursor)
	if got := mentions(later); len(got) != 3 {
		t.Errorf("three new items gave %v", ids(got))
	}
	if again, _ := chain(t, rig.Source(t), cursor); len(mentions(again)) != 0 {
		t.Error("the three new items came twice")
	}
}

func (r suite) steady(t *testing.T) {
	a, _ := collect(t, r.open(t), items(1, 10))
	b, _ := collect(t, r.open(t), items(1, 10))
	if diff := cmp.Diff(ids(a), ids(b)); diff != "" {
		t.Errorf("the same items have other ids when they are read again:\n%s", diff)
	}
}

func (r suite) hostile(t *testing.T) {
	all := items(1, 2)
	for i, s := range Hostile() {
		it := items(10+i, 1)[0]
		it.Text = s
		it.Author = s[:min(len(s), 300)]
		all = append(all, it)
	}
	all = append(all, items(200, 2)...)
	got, rejected := collect(t, r.open(t), all)
	for _, m := range got {
		Sound(t, m)
	}
	for _, rej := range rejected {
		soundRejected(t, rej)
	}
	if len(got)+len(rejected) > len(all) || len(got) < len(all)*3/4 {
		t.Errorf("%d hostile items gave %d mentions and %d rejected", len(all), len(got), len(rejected))
	}
	for _, want := range []Item{all[0], all[len(all)-1]} {
		if !slices.ContainsFunc(got, func(m bot.Mention) bool { return m.Text == want.Text }) {
			t.Errorf("the good item %s beside the hostile ones is lost", want.ID)
		}
	}
}

func (r suite) broken(t *testing.T) {
	rig := r.open(t)
	src := rig.Source(t)
	s, pushed := src.(bot.Streamer)
	var got []bot.Mention
	var rejected []bot.Rejected
	say := func(its []Item) {
		if err := push(t, rig, its...); err != nil {
			t.Fatal(err)
		}
	}
	if pushed {
		h, stop := streaming(t, s)
		say(items(1, 2))
		_ = rig.Break(t)
		say(items(3, 2))
		stop()
		got, rejected = h.take()
	} else {
		say(items(1, 2))
		_ = rig.Break(t)
		say(items(3, 2))
		batches, _ := chain(t, src, "")
		got = mentions(batches)
		for _, b := range batches {
			rejected = append(rejected, b.Rejected...)
		}
	}
	if len(got) != 4 || len(rejected) != 1 {
		t.Fatalf("4 good items and a broken one gave %d mentions and %d rejected", len(got), len(rejected))
	}
	soundRejected(t, rejected[0])
}

func (r suite) ends(t *testing.T) {
	rig := r.open(t)
	src := rig.Source(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := src.Poll(ctx, "")
		ended <- err
	}()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("Poll with a context that has ended gives no error")
		}
	case <-time.After(patience):
		t.Fatal("Poll does not end with its context")
	}
	if s, ok := src.(bot.Streamer); ok {
		_, stop := streaming(t, s)
		stop()
		if err := rig.Say(t, items(1, 1)...); err == nil {
			t.Error("an item was taken although nobody listens any more")
		}
	}
}

func (r suite) unstored(t *testing.T) {
	rig := r.open(t)
	s, ok := rig.Source(t).(bot.Streamer)
	if !ok {
		return // the cursor does not move: see resumes
	}
	h, stop := streaming(t, s)
	if err := push(t, rig, items(1, 1)...); err != nil {
		t.Fatal(err)
	}
	h.refuseWith(errors.New("the store is down"))
	if err := rig.Say(t, items(2, 1)...); err == nil {
		t.Error("the sender was told that an item is taken which was not stored")
	}
	h.refuseWith(nil)
	if err := push(t, rig, items(2, 1)...); err != nil {
		t.Errorf("sent again: %v", err)
	}
	stop()
	if n, _ := h.counts(); n != 2 {
		t.Errorf("%d mentions, want 2", n)
	}
}
