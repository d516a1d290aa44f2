package platformtest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/bot"
)

func postChecks() []check {
	return []check{
		{"views_are_drawn_whole", true, viewsWhole},
		{"edit_in_place", true, editInPlace},
		{"find_by_key", true, findByKey},
		{"thread_notes", true, threadNotes},
		{"silent_and_loud", true, silentAndLoud},
		{"posts_at_once", true, postsAtOnce},
		{"hostile_views", true, hostileViews},
		{"address_of_a_message", true, permalink},
	}
}

func viewsWhole(t *testing.T, s *stage) {
	for i, v := range Views() {
		t.Run(v.Name, func(t *testing.T) {
			seen := s.at(s.post(fmt.Sprintf("earshot-%d", i+1), v.View))
			inOrder(t, seen.Text, Words(v.View))
			if !s.h.QuietPhone && !strings.Contains(seen.Notice, firstWord(v.View.Notice)) {
				t.Errorf("the phone shows %q, want %q", seen.Notice, v.View.Notice)
			}
			partsOf(t, seen, v.View)
			if seen.Loud || len(seen.Pings) > 0 {
				t.Errorf("a silent post made a noise: %+v", seen.Pings)
			}
		})
	}
}

// partsOf checks what of a view can be pressed, followed and looked at.
func partsOf(t *testing.T, seen Seen, v bot.View) {
	t.Helper()
	var labels, links []string
	for _, b := range v.Blocks {
		for _, button := range b.Buttons {
			labels = append(labels, button.Label)
			links = append(links, button.URL)
		}
		for _, m := range b.Menus {
			for _, o := range m.Options {
				if !slices.Contains(seen.Menus[m.Label], o.Label) {
					t.Errorf("menu %q has %q, without %q", m.Label, seen.Menus[m.Label], o.Label)
				}
			}
		}
		for _, span := range b.Spans {
			if span.Kind == bot.SpanLink {
				links = append(links, span.URL)
			}
		}
		if b.Image != nil && seen.Images == 0 {
			t.Error("its picture is not there")
		}
	}
	if !slices.Equal(labels, seen.Buttons) {
		t.Errorf("buttons %q, want %q", seen.Buttons, labels)
	}
	for _, l := range links {
		if l != "" && !slices.Contains(seen.Links, l) {
			t.Errorf("no link to %s in %q", l, seen.Links)
		}
	}
}

func firstWord(s string) string { return strings.Fields(s)[0] }

func editInPlace(t *testing.T, s *stage) {
	ref := s.post("earshot-1", CaseView())
	for _, v := range []bot.View{claimedView(), SpikeView(), doneView()} {
		if err := s.h.Platform.Edit(s.ctx, ref, v); err != nil {
			t.Fatalf("edit: %v", err)
		}
		inOrder(t, s.at(ref).Text, Words(v))
	}
	if all := s.h.Seen(bot.MessageRef{Channel: ref.Channel}); len(all) != 1 {
		t.Errorf("%d messages stand after one post and its edits, want 1", len(all))
	}
	if last := s.at(ref); len(last.Buttons) > 0 || strings.Contains(last.Text, "nobody has it") {
		t.Errorf("something of the old card is left: %+v", last)
	}
	if ref2, ok, err := s.h.Platform.Find(s.ctx, bot.Outgoing{Key: "earshot-1", Channel: s.h.Channel}, time.Now().Add(-time.Hour)); err != nil || !ok || ref2.ID != ref.ID {
		t.Errorf("after its edits the card is not found by its key: %+v %v %v", ref2, ok, err)
	}
}

func findByKey(t *testing.T, s *stage) {
	since := time.Now().Add(-time.Hour)
	want := map[string]bot.MessageRef{}
	for i := range 3 {
		key := fmt.Sprintf("earshot-%d", i+1)
		want[key] = s.post(key, bot.Say(key))
	}
	for key, ref := range want {
		got, ok, err := s.h.Platform.Find(s.ctx, bot.Outgoing{Key: key, Channel: s.h.Channel}, since)
		if err != nil || !ok || got.ID != ref.ID || got.Channel != ref.Channel {
			t.Errorf("Find %s: %+v %v %v, want %+v", key, got, ok, err, ref)
		}
	}
	for _, key := range []string{"earshot-11", "earshot-", "earshot-99"} {
		if got, ok, err := s.h.Platform.Find(s.ctx, bot.Outgoing{Key: key, Channel: s.h.Channel}, since); err != nil || ok {
			t.Errorf("Find %s: %+v %v %v, want not there", key, got, ok, err)
		}
	}
}

func threadNotes(t *testing.T, s *stage) {
	ref := s.post("earshot-1", CaseView())
	for i, line := range []string{"Ann claimed it", "Ann answered it in public"} {
		out := bot.Outgoing{Key: fmt.Sprintf("earshot-%d", i+2), Channel: s.h.Channel, Thread: ref, View: bot.Say(line)}
		note, err := s.h.Platform.Post(s.ctx, out)
		if err != nil {
			t.Fatalf("note: %v", err)
		}
		if note.Thread != "" && ref.Thread == "" {
			ref.Thread = note.Thread // a thread that came to be with its first note
		}
		if found, ok, err := s.h.Platform.Find(s.ctx, out, time.Now().Add(-time.Hour)); err != nil || !ok || found.ID != note.ID {
			t.Errorf("the note is not found by its key: %+v %v %v", found, ok, err)
		}
	}
	notes := s.h.Seen(ref)
	if len(notes) != 2 || !strings.Contains(notes[0].Text, "claimed") || !strings.Contains(notes[1].Text, "answered") {
		t.Errorf("the thread reads %+v", notes)
	}
	if all := s.h.Seen(bot.MessageRef{Channel: ref.Channel}); len(all) != 1 {
		t.Errorf("%d messages stand in the channel, want the card alone", len(all))
	}
	missing := bot.Outgoing{Key: "earshot-9", Channel: s.h.Channel, Thread: ref}
	if _, ok, err := s.h.Platform.Find(s.ctx, missing, time.Now().Add(-time.Hour)); ok || err != nil {
		t.Errorf("a note that was never posted: %v %v, want not there", ok, err)
	}
}

func silentAndLoud(t *testing.T, s *stage) {
	who := bot.Who(s.bob())
	who.Ping = true
	v := bot.View{Notice: "Escalated", Blocks: []bot.Block{bot.Line(bot.Plain("Escalated to "), who, bot.Plain(": legal"))}}
	ref := s.post("earshot-1", v)
	if m := s.at(ref); m.Loud || len(m.Pings) > 0 || !strings.Contains(m.Text, s.bob().Name) {
		t.Errorf("a silent post with a ping: %+v, want the name and no noise", m)
	}
	note, err := s.h.Platform.Post(s.ctx, bot.Outgoing{Key: "earshot-2", Channel: s.h.Channel, Thread: ref, View: v, Loud: true})
	if err != nil {
		t.Fatalf("loud note: %v", err)
	}
	if note.Thread != "" {
		ref.Thread = note.Thread
	}
	notes := s.h.Seen(ref)
	if len(notes) != 1 || !notes[0].Loud || !slices.Equal(notes[0].Pings, []string{s.bob().ID}) {
		t.Errorf("a loud note: %+v, want a noise for %s", notes, s.bob().ID)
	}
	if err := s.h.Platform.Edit(s.ctx, ref, v); err != nil {
		t.Fatalf("edit: %v", err)
	}
	if m := s.at(ref); m.Loud || len(m.Pings) > 0 {
		t.Errorf("an edit made a noise: %+v", m)
	}
}

func postsAtOnce(t *testing.T, s *stage) {
	const n = 5
	refs := make([]bot.MessageRef, n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			refs[i], errs[i] = s.h.Platform.Post(s.ctx, bot.Outgoing{Key: fmt.Sprintf("earshot-%d", i+1), Channel: s.h.Channel, View: bot.Say(fmt.Sprintf("number %d", i))})
		})
	}
	wg.Wait()
	for i := range n {
		if errs[i] != nil {
			t.Fatalf("post %d: %v", i, errs[i])
		}
		if m := s.at(refs[i]); !strings.Contains(m.Text, fmt.Sprintf("number %d", i)) {
			t.Errorf("message %+v reads %q", refs[i], m.Text)
		}
	}
}

func hostileViews(t *testing.T, s *stage) {
	first := s.post("earshot-1", bot.Say("first"))
	for i, v := range Hostile() {
		ref, err := s.h.Platform.Post(s.ctx, bot.Outgoing{Key: fmt.Sprintf("earshot-%d", i+2), Channel: s.h.Channel, View: v.View, Loud: i%2 == 0})
		if err != nil {
			t.Errorf("%s is refused: %v", v.Name, err)
			continue
		}
		m := s.at(ref)
		if len(m.Pings) > 0 {
			t.Errorf("%s wakes %q", v.Name, m.Pings)
		}
		if strings.Contains(v.View.Notice, Canary) && !strings.Contains(m.Text+m.Notice, Canary) {
			t.Errorf("%s: its words are gone: %q", v.Name, m.Text)
		}
		for _, l := range m.Links {
			if !strings.HasPrefix(l, "https://") && !strings.HasPrefix(l, "http://") {
				t.Errorf("%s leads to %q", v.Name, l)
			}
		}
		if err := s.h.Platform.Edit(s.ctx, first, v.View); err != nil {
			t.Errorf("%s is refused as an edit: %v", v.Name, err)
		}
	}
}

func permalink(t *testing.T, s *stage) {
	l, ok := s.h.Platform.(bot.Linker)
	if !ok {
		return
	}
	ref := s.post("earshot-1", bot.Say("here"))
	if link := l.Permalink(ref); link != "" && !strings.HasPrefix(link, "http") && !strings.HasPrefix(link, "/") {
		t.Errorf("permalink %q leads nowhere", link)
	}
}
