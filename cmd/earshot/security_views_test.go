package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/card"
	"earshot/bot/platform/platformtest"
	"earshot/digest"
)

// TestHostileEverywhere draws every card and every section of a digest with a
// hostile text in every field at once, those that no source fills today too:
// each view keeps what every platform relies on. What the platforms make of
// any view at all is tested beside them.
func TestHostileEverywhere(t *testing.T) {
	texts := []string{"a|b", "a\nb\r\nc", "|||", "\xff\xfe"}
	for _, text := range platformtest.Texts() {
		texts = append(texts, text)
	}
	o := card.Options{Now: platformtest.Noon(), Zone: time.UTC, Label: func(s string) string { return s }, Permalink: "https://ok.example/"}
	for _, text := range texts {
		for _, named := range []bool{false, true} {
			if named && len(text) > 1000 {
				continue // how long a state is matters to nobody
			}
			for name, v := range hostileViews(text, named, o) {
				if wrong := platformtest.Unsound(v); len(wrong) > 0 {
					t.Errorf("%s with %.30q in every field (states too: %v): %q", name, text, named, wrong)
				}
			}
		}
	}
}

func hostileViews(text string, named bool, o card.Options) map[string]bot.View {
	views := map[string]bot.View{}
	states := []bot.CaseState{bot.Open, bot.Claimed, bot.Answered, bot.Resolved, bot.Dismissed}
	for i, reply := range []bot.ReplyState{"", bot.ReplyDraft, bot.ReplyAwaiting, bot.ReplyReturned, bot.ReplyQueued, bot.ReplyFailed, bot.ReplyParked, bot.ReplyOutdated} {
		d := bot.Dossier{Case: bot.Case{State: states[i%len(states)]}, Reply: bot.Reply{State: reply}}
		platformtest.Fill(&d, text, named)
		views[fmt.Sprintf("case %s, reply %q", states[i%len(states)], reply)] = card.Case(d, o)
		views["roll-up"] = card.Fold(bot.Fold{ID: 1, Cases: []int64{1, 2}}, []bot.Dossier{d, d}, o)
	}
	for _, state := range []bot.SpikeState{bot.SpikeOpen, bot.SpikeOver} {
		sp, first := bot.Spike{State: state}, bot.Mention{}
		platformtest.Fill(&sp, text, named)
		platformtest.Fill(&first, text, named)
		views["spike "+string(state)] = card.Spike(sp, first, nil, o)
	}
	var n bot.Notice
	platformtest.Fill(&n, text, named)
	views["notice"] = card.Told(n)
	var e bot.Event
	platformtest.Fill(&e, text, named)
	e.Text = "sent the reply back: " + e.Text // every line of history begins in our words
	views["note"] = card.Note(e, nil)
	r := digest.Report{}
	for _, s := range digest.Sections() {
		r.Sections = append(r.Sections, s.Name)
	}
	kept := slices.Clone(r.Sections)
	platformtest.Fill(&r, text, named)
	r.Sections = kept
	views["digest"] = r.View(platformtest.Noon(), time.UTC)
	return views
}
