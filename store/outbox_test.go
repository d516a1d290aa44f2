package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

func testOutbox(t *testing.T, s *Store) {
	card := bot.Delivery{Kind: bot.DeliverCard, Platform: "slack", Channel: "#care", Target: 7}
	d := must(s.AddDelivery(t.Context(), card))(t)
	want := card
	want.ID, want.State, want.DueAt, want.CreatedAt = 1, bot.DeliveryDue, day(10, 12, 0), day(10, 12, 0)
	if diff := cmp.Diff(want, d); diff != "" {
		t.Fatal(diff)
	}
	if again := must(s.AddDelivery(t.Context(), card))(t); again.ID != d.ID {
		t.Fatal("a card that is due is doubled")
	}
	d.State, d.Attempts, d.Error = bot.DeliverySending, 1, "slow"
	if err := s.SaveDelivery(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, must(s.Delivery(t.Context(), 1))(t)); diff != "" {
		t.Fatal(diff)
	}
	if again := must(s.AddDelivery(t.Context(), card))(t); again.ID == d.ID {
		t.Fatal("a change during the sending is lost")
	}
	note := bot.Delivery{Kind: bot.DeliverNote, Platform: "slack", Channel: "#care", Target: 7, EventID: 1}
	first, second := must(s.AddDelivery(t.Context(), note))(t), must(s.AddDelivery(t.Context(), note))(t)
	if first.ID == second.ID {
		t.Fatal("two notes are one")
	}
	later := must(s.AddDelivery(t.Context(), bot.Delivery{Kind: bot.DeliverReply, Target: 1, DueAt: day(10, 12, 1)}))(t)
	first.State, second.State = bot.DeliveryParked, bot.DeliverySent
	for _, x := range []bot.Delivery{first, second} {
		if err := s.SaveDelivery(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	due, oldest, parked, err := s.Backlog(t.Context())
	if err != nil || due != 2 || !oldest.Equal(day(10, 12, 0)) || parked != 1 {
		t.Fatal(due, oldest, parked, err)
	}
	if got := must(s.Deliveries(t.Context(), []bot.DeliveryState{bot.DeliveryDue}, 0))(t); len(got) != 2 || got[1].ID != later.ID {
		t.Fatalf("%d due", len(got))
	}
	if got := must(s.Deliveries(t.Context(), nil, 3))(t); len(got) != 3 {
		t.Fatalf("%d of all", len(got))
	}
	kind(t, s.SaveDelivery(t.Context(), bot.Delivery{ID: 99}), bot.ErrNotFound)
	kind(t, s.MarkDelivery(t.Context(), d, d.Attempts+1), bot.ErrStale)
	if err := s.MarkDelivery(t.Context(), d, d.Attempts); err != nil {
		t.Fatal(err)
	}
	_, err = s.Delivery(t.Context(), 99)
	kind(t, err, bot.ErrNotFound)
	for queue, want := range map[string]int64{queueDeliver: 4, queueAnswer: 1} {
		if n := count(t, s, `SELECT count(*) FROM river_job WHERE queue = '`+queue+`'`); n != want {
			t.Errorf("%d jobs in %s, want %d", n, queue, want)
		}
	}
}

func testPosts(t *testing.T, s *Store) {
	ref := bot.MessageRef{Channel: "C1", ID: "17.1"}
	p := bot.Post{Kind: bot.DeliverCard, Target: 1, Platform: "slack", Channel: "#care", Ref: ref, Version: 1, PostedAt: day(10, 10, 0)}
	other := bot.Post{Kind: bot.DeliverCard, Target: 1, Platform: "discord", Channel: "55", Ref: bot.MessageRef{Channel: "55", ID: "900", Thread: "901"}, PostedAt: day(10, 11, 0)}
	for _, x := range []bot.Post{p, other} {
		if err := s.SavePost(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	redrawn := p
	redrawn.Version, redrawn.PostedAt = 2, day(10, 12, 0)
	if err := s.SavePost(t.Context(), redrawn); err != nil {
		t.Fatal(err)
	}
	redrawn.PostedAt = p.PostedAt
	if d := cmp.Diff([]bot.Post{other, redrawn}, must(s.Posts(t.Context(), bot.DeliverCard, 1))(t)); d != "" {
		t.Fatal(d)
	}
	for name, c := range map[string]struct {
		platform string
		ref      bot.MessageRef
		found    bool
	}{
		"the message":          {"slack", ref, true},
		"a line in its thread": {"slack", bot.MessageRef{Channel: "C1", ID: "17.9", Thread: "17.1"}, true},
		"another channel":      {"slack", bot.MessageRef{Channel: "C2", ID: "17.1"}, false},
		"a thread's channel":   {"discord", bot.MessageRef{Channel: "901", ID: "950"}, true},
		"another platform":     {"console", ref, false},
		"nothing":              {"slack", bot.MessageRef{}, false},
	} {
		if _, err := s.PostAt(t.Context(), c.platform, c.ref); (err == nil) != c.found {
			t.Errorf("%s: %v", name, err)
		} else if err != nil {
			kind(t, err, bot.ErrNotFound)
		}
	}
}

func testFolds(t *testing.T, s *Store) {
	_, err := s.Fold(t.Context(), "slack", "#care")
	kind(t, err, bot.ErrNotFound)
	f := must(s.SaveFold(t.Context(), bot.Fold{Platform: "slack", Channel: "#care", Since: day(10, 10, 0), Cases: []int64{1}}))(t)
	_, err = s.SaveFold(t.Context(), bot.Fold{Platform: "slack", Channel: "#care"})
	kind(t, err, bot.ErrStale)
	f.Cases = append(f.Cases, 2)
	grown := must(s.SaveFold(t.Context(), f))(t)
	_, err = s.SaveFold(t.Context(), f)
	kind(t, err, bot.ErrStale)
	if d := cmp.Diff(grown, must(s.Fold(t.Context(), "slack", "#care"))(t)); d != "" || grown.Version != 2 {
		t.Fatal(grown, d)
	}
	grown.Closed = true
	must(s.SaveFold(t.Context(), grown))(t)
	next := must(s.SaveFold(t.Context(), bot.Fold{Platform: "slack", Channel: "#care"}))(t)
	if old := must(s.FoldByID(t.Context(), f.ID))(t); next.ID == f.ID || !old.Closed {
		t.Fatalf("%+v %+v", next, old)
	}
}

func testNotices(t *testing.T, s *Store) {
	n := bot.Notice{Key: "source:reviews:quiet", Text: "It is silent.", Mend: "Look at it.", At: day(10, 9, 0)}
	first, fresh, err := s.OpenNotice(t.Context(), n)
	if err != nil || !fresh || first.ID == 0 {
		t.Fatal(first, fresh, err)
	}
	if again, fresh, err := s.OpenNotice(t.Context(), n); err != nil || fresh || again.ID != first.ID {
		t.Fatal(again, fresh, err)
	}
	if d := cmp.Diff([]bot.Notice{first}, must(s.Notices(t.Context()))(t)); d != "" {
		t.Fatal(d)
	}
	mended, ok, err := s.MendNotice(t.Context(), n.Key, day(10, 10, 0))
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if d := cmp.Diff(mended, must(s.Notice(t.Context(), first.ID))(t)); d != "" || !mended.Mended.Equal(day(10, 10, 0)) {
		t.Fatal(mended, d)
	}
	if _, ok, err := s.MendNotice(t.Context(), n.Key, day(10, 10, 0)); ok || err != nil {
		t.Fatal(ok, err)
	}
	if again, fresh, err := s.OpenNotice(t.Context(), n); err != nil || !fresh || again.ID == first.ID {
		t.Fatal(again, fresh, err)
	}
}

func testSources(t *testing.T, s *Store) {
	if st := must(s.SourceState(t.Context(), "reviews"))(t); st != (bot.SourceState{Name: "reviews"}) {
		t.Fatalf("%+v", st)
	}
	want := bot.SourceState{Name: "reviews", Kind: "feed", Cursor: "c", Synced: true, LastOK: day(1, 0, 0), LastNew: day(2, 0, 0), Failures: 3,
		Error: "e", Mentions: 4, Rejected: 5, QuietFrom: day(3, 0, 0), Progress: 0.5, Rhythm: "{}"}
	for range 2 {
		if err := s.SaveSourceState(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([]bot.SourceState{want}, must(s.SourceStates(t.Context()))(t)); d != "" {
		t.Fatal(d)
	}
	long := strings.Repeat("ä", 1500)
	items := []bot.Rejected{{Source: "reviews", Where: "line 1", Reason: "no text", Raw: "a"}, {Source: "other", Where: "line 2", Reason: "no date", Raw: long + "\xff", At: day(1, 0, 0)}}
	if err := s.SaveRejected(t.Context(), items); err != nil {
		t.Fatal(err)
	}
	got := must(s.Rejected(t.Context(), "", 0))(t)
	if len(got) != 2 || got[0].Where != "line 2" || len(got[0].Raw) != 2000 || !got[1].At.Equal(day(10, 12, 0)) {
		t.Fatalf("%+v", got)
	}
	if got := must(s.Rejected(t.Context(), "reviews", 0))(t); len(got) != 1 {
		t.Fatalf("%+v", got)
	}
}

func testSpikes(t *testing.T, s *Store) {
	sp := bot.Spike{State: bot.SpikeOpen, Series: bot.Series{Watch: "larkspur", Topic: "firmware", Negative: true}, Since: day(10, 10, 0), OpenedAt: day(10, 10, 4),
		Window: "4 hours", Count: 41, Expected: 6, Words: []string{"burnt smell"}, Sources: []bot.Count{{Name: "masto", N: 2}}, Bins: []bot.Bin{{At: day(10, 10, 0), N: 4, High: 2.5}}}
	first := must(s.SaveSpike(t.Context(), sp))(t)
	if again := must(s.SaveSpike(t.Context(), sp))(t); again.ID != first.ID {
		t.Fatal("one episode opened twice")
	}
	stale := first
	first.Count = 50
	first = must(s.SaveSpike(t.Context(), first))(t)
	_, err := s.SaveSpike(t.Context(), stale)
	kind(t, err, bot.ErrStale)
	if d := cmp.Diff(first, must(s.Spike(t.Context(), first.ID))(t)); d != "" || first.Version != 2 {
		t.Fatal(first.Version, d)
	}
	sp.OpenedAt, sp.State = day(9, 0, 0), bot.SpikeOver
	over := must(s.SaveSpike(t.Context(), sp))(t)
	if d := cmp.Diff([]bot.Spike{first, over}, must(s.Spikes(t.Context(), time.Time{}, time.Time{}, false))(t)); d != "" {
		t.Fatal(d)
	}
	if got := must(s.Spikes(t.Context(), day(1, 0, 0), day(10, 0, 0), false))(t); len(got) != 1 || got[0].ID != over.ID {
		t.Fatal(got)
	}
	if got := must(s.Spikes(t.Context(), time.Time{}, time.Time{}, true))(t); len(got) != 1 || got[0].ID != first.ID {
		t.Fatal(got)
	}
	turned := over // from complaints to all mentions or back: the same episode
	turned.Series.Negative = !over.Series.Negative
	turned = must(s.SaveSpike(t.Context(), turned))(t)
	turned.ID = 0
	if again := must(s.SaveSpike(t.Context(), turned))(t); again.ID != over.ID || again.Series != turned.Series {
		t.Errorf("what turned is stored twice: %+v", again)
	}
	_, err = s.Spike(t.Context(), 99)
	kind(t, err, bot.ErrNotFound)
}

func testSnapshots(t *testing.T, s *Store) {
	_, err := s.Snapshot(t.Context(), "spikes")
	kind(t, err, bot.ErrNotFound)
	for _, body := range []string{"one", "two"} {
		if err := s.SaveSnapshot(t.Context(), "spikes", []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if got := must(s.Snapshot(t.Context(), "spikes"))(t); string(got) != "two" {
		t.Fatalf("%q", got)
	}
	for what, until := range map[string]time.Time{"topic:price": day(10, 13, 0), "source:x": day(10, 11, 0)} {
		if err := s.Mute(t.Context(), what, until); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(map[string]time.Time{"topic:price": day(10, 13, 0)}, must(s.Muted(t.Context()))(t)); d != "" {
		t.Fatal(d)
	}
}

func testSchedules(t *testing.T, s *Store) {
	sc := bot.Schedule{Name: "digest:a", Spec: "0 9 * * 1", Zone: "Europe/Berlin", NextDueAt: day(16, 8, 0)}
	if err := s.SaveSchedule(t.Context(), sc); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} { // the second replica comes too late
		if ok := must(s.AdvanceSchedule(t.Context(), sc.Name, day(16, 8, 0), day(23, 8, 0), day(16, 8, 0)))(t); ok != want {
			t.Fatalf("advanced %v", ok)
		}
	}
	if err := s.SaveSchedule(t.Context(), sc); err != nil { // a restart changes nothing
		t.Fatal(err)
	}
	want := sc
	want.NextDueAt, want.LastSlot = day(23, 8, 0), day(16, 8, 0)
	if d := cmp.Diff([]bot.Schedule{want}, must(s.Schedules(t.Context()))(t)); d != "" {
		t.Fatal(d)
	}
	sc.Zone = "UTC"
	if err := s.SaveSchedule(t.Context(), sc); err != nil {
		t.Fatal(err)
	}
	if got := must(s.Schedules(t.Context()))(t); !got[0].NextDueAt.Equal(sc.NextDueAt) {
		t.Fatal("a new zone keeps the old time")
	}
	if err := s.RemoveSchedulesExcept(t.Context(), []string{"digest:b"}); err != nil {
		t.Fatal(err)
	}
	if got := must(s.Schedules(t.Context()))(t); len(got) != 0 {
		t.Fatal(got)
	}
}

func testDigests(t *testing.T, s *Store) {
	d := bot.Digest{Audience: "a", Slot: day(9, 8, 0), From: day(2, 0, 0), To: day(9, 0, 0), Zone: "UTC"}
	first, fresh, err := s.CreateDigest(t.Context(), d)
	if err != nil || !fresh {
		t.Fatal(fresh, err)
	}
	if again, fresh, err := s.CreateDigest(t.Context(), d); err != nil || fresh || again.ID != first.ID {
		t.Fatal(again, fresh, err)
	}
	if got := must(s.LatestDigests(t.Context(), "a", 0))(t); len(got) != 0 {
		t.Fatal("one that was not made is listed")
	}
	if err := s.SaveDigestBody(t.Context(), first.ID, []byte(`{}`), day(9, 8, 1)); err != nil {
		t.Fatal(err)
	}
	first.Body, first.MadeAt = []byte(`{}`), day(9, 8, 1)
	if diff := cmp.Diff([]bot.Digest{first}, must(s.LatestDigests(t.Context(), "a", 0))(t)); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(first, must(s.Digest(t.Context(), first.ID))(t)); diff != "" {
		t.Fatal(diff)
	}
	kind(t, s.SaveDigestBody(t.Context(), 99, nil, day(9, 0, 0)), bot.ErrNotFound)
}

func testMessages(t *testing.T, s *Store) {
	root := must(s.SaveMessage(t.Context(), bot.StoredMessage{Key: "k1", Channel: "care", View: bot.Say("hello"), At: day(10, 10, 0), Loud: true}))(t)
	again := must(s.SaveMessage(t.Context(), bot.StoredMessage{Key: "k1", Channel: "care", View: bot.Say("other")}))(t)
	if d := cmp.Diff(root, again); d != "" {
		t.Fatal(d)
	}
	for range 2 { // without a key, each is one of its own
		must(s.SaveMessage(t.Context(), bot.StoredMessage{Channel: "care", View: bot.Say("more")}))(t)
	}
	below := must(s.SaveMessage(t.Context(), bot.StoredMessage{Key: "k2", Channel: "care", Thread: root.ID, View: bot.Say("below"), At: day(10, 10, 1)}))(t)
	root.View, root.EditedAt = bot.Say("edited"), day(10, 11, 0)
	if d := cmp.Diff(root, must(s.SaveMessage(t.Context(), root))(t)); d != "" {
		t.Fatal(d)
	}
	if m, found, err := s.MessageByKey(t.Context(), "k1"); err != nil || !found || cmp.Diff(root, m) != "" {
		t.Fatal(found, err, cmp.Diff(root, m))
	}
	if d := cmp.Diff([]bot.StoredMessage{below}, must(s.ThreadMessages(t.Context(), root.ID))(t)); d != "" {
		t.Fatal(d)
	}
	ids := func(ms []bot.StoredMessage) (out []int64) {
		for _, m := range ms {
			out = append(out, m.ID)
		}
		return out
	}
	if d := cmp.Diff([]int64{3, 4}, ids(must(s.Messages(t.Context(), "care", 0, 2))(t))); d != "" {
		t.Fatal(d)
	}
	if d := cmp.Diff([]int64{1, 3}, ids(must(s.Messages(t.Context(), "care", 4, 2))(t))); d != "" {
		t.Fatal(d)
	}
	if d := cmp.Diff([]bot.Count{{Name: "care", N: 3}}, must(s.MessageChannels(t.Context()))(t)); d != "" {
		t.Fatal(d)
	}
	if _, found, err := s.MessageByKey(t.Context(), ""); err != nil || found {
		t.Fatal(found, err)
	}
	_, err := s.Message(t.Context(), 99)
	kind(t, err, bot.ErrNotFound)
	_, err = s.SaveMessage(t.Context(), bot.StoredMessage{ID: 99})
	kind(t, err, bot.ErrNotFound)
}
