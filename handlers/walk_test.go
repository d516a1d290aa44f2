package handlers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/card"
	"earshot/digest"
)

// walker presses every button and sends every form that it comes by.
type walker struct {
	*world
	seen map[string]bool
	todo []bot.Interaction
}

const unknown = "from another version of Earshot"

func (w *walker) find(kind bot.InteractionKind, id bot.ActionID) {
	key := string(kind) + " " + id.Name + " " + id.Arg
	if w.seen[key] || id == (bot.ActionID{}) {
		return
	}
	w.seen[key] = true
	w.todo = append(w.todo, bot.Interaction{Kind: kind, By: person("root"), Action: id,
		Values: map[string]string{"text": "Thank you.", "cause": "a", "action": "b", "reason": "no_action", "topic": "price", "note": "kinder", "when": "1h", "until": "1h", "into": "3", "who": "me", "public": "public"}})
}

func (w *walker) read(blocks []bot.Block) {
	for _, b := range blocks {
		for _, bt := range b.Buttons {
			w.find(bot.DidPress, bt.Action)
		}
		for _, m := range b.Menus {
			for _, o := range m.Options {
				w.find(bot.DidPress, o.Action)
			}
		}
	}
}

func (w *walker) answer(a bot.Answer) {
	if a.Tell != nil {
		w.read(a.Tell.Blocks)
	}
	if f := a.Form; f != nil {
		w.read(f.Intro)
		w.find(bot.DidSubmit, f.Action)
		if f.Back != nil {
			w.find(bot.DidPress, f.Back.Action)
		}
	}
}

func (w *walker) saves(r bot.Reply) bot.Reply {
	w.Helper()
	r.By, r.Way, r.Text, r.CreatedAt = person("lea"), bot.Way{Name: "public", Label: "Public reply"}, "Sorry!", w.clock.Now()
	saved, err := w.st.SaveReply(w.Context(), r)
	if err != nil {
		w.Fatal(err)
	}
	return saved
}

// begin puts into the world what views are drawn of, and reads all of them.
func (w *walker) begin() {
	for range 12 {
		w.opens()
	}
	w.saidLastWeek(2)
	w.knows()
	states := []bot.ReplyState{bot.ReplyAwaiting, bot.ReplyQueued, bot.ReplyParked, bot.ReplyReturned, bot.ReplyFailed, bot.ReplyCameBack, bot.ReplyOutdated}
	replies := map[bot.ReplyState]bot.Reply{}
	for i, state := range states {
		replies[state] = w.saves(bot.Reply{CaseID: int64(i + 1), State: state})
	}
	sp, err := w.st.SaveSpike(w.Context(), bot.Spike{State: bot.SpikeOpen, Series: bot.Series{Watch: "larkspur", Topic: "firmware", Negative: true}, Since: w.clock.Now().Add(-time.Hour), OpenedAt: w.clock.Now()})
	if err != nil {
		w.Fatal(err)
	}
	fold, err := w.st.SaveFold(w.Context(), bot.Fold{Platform: "slack", Channel: "#voc", Since: w.clock.Now(), Cases: []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}})
	if err != nil {
		w.Fatal(err)
	}
	for _, gone := range []string{"#gone", "#left"} {
		if _, err := w.st.AddDelivery(w.Context(), bot.Delivery{Kind: bot.DeliverCard, State: bot.DeliveryParked, Platform: "slack", Channel: gone, Target: 1}); err != nil {
			w.Fatal(err)
		}
	}
	o := card.Options{Now: w.clock.Now(), Tickets: true}
	w.read(card.Spike(sp, bot.Mention{}, nil, o).Blocks)
	sp.Owner = person("lea")
	w.read(card.Spike(sp, bot.Mention{}, nil, o).Blocks)
	w.read(card.Fold(fold, nil, o).Blocks)
	for _, state := range []bot.CaseState{bot.Open, bot.Claimed, bot.Answered, bot.Resolved, bot.Dismissed} {
		c := bot.Case{ID: 11, Version: 1, State: state, Owner: person("root")}
		w.read(card.Case(bot.Dossier{Case: c}, o).Blocks)
		for _, rep := range replies {
			w.read(card.Case(bot.Dossier{Case: c, Reply: rep}, o).Blocks)
		}
	}
	report := digest.Report{Digest: 3, Watch: "larkspur", Zone: "UTC", Work: &digest.Work{Opened: 9, Answered: 5, Unanswered: 4},
		Moves: []digest.TopicMove{{Topic: "firmware", Detractors: 12}}}
	for _, s := range digest.Sections() {
		report.Sections = append(report.Sections, s.Name)
	}
	w.read(report.View(w.clock.Now(), time.UTC).Blocks)
	for _, line := range strings.Split("inbox,show 1,show 2,search larkspur,history 1,claim 12,reply 12,resolve 12,snooze 12,escalate 12,dismiss 12,assign 12,merge 12,nps,digest,spikes,audit,sources,rejected,deliveries,mute,contrast detractors,whoami,help,link 12 to ann,release 12", ",") {
		w.answer(w.types("root", line))
		w.answer(w.does(bot.Interaction{Kind: bot.DidMention, By: person("root"), Text: line}))
	}
}

// TestEveryActionHasAHandler walks through all that cards, digests and answers
// draw, and whatever that leads to: no button and no form leads nowhere.
func TestEveryActionHasAHandler(t *testing.T) {
	w := &walker{world: newWorld(t), seen: map[string]bool{}}
	w.ticket = aDesk()
	w.begin()
	for len(w.todo) > 0 {
		in := w.todo[0]
		w.todo = w.todo[1:]
		a := w.does(in)
		if strings.Contains(show(a), unknown) || strings.Contains(show(a), "our fault") {
			t.Errorf("nobody answers %s %s: %s", in.Kind, in.Action, show(a))
		}
		w.answer(a)
	}
	for _, name := range actionsInSource(t) {
		reached := false
		for key := range w.seen {
			reached = reached || strings.Fields(key)[1] == name
		}
		if !reached {
			t.Errorf("the walk does not come by %q: show it the view that has it", name)
		}
	}
	if len(w.seen) < 40 {
		t.Errorf("only %d actions were found", len(w.seen))
	}
}

// actionsInSource lists the names of actions as the code of the views has them.
func actionsInSource(t *testing.T) []string {
	t.Helper()
	calls := regexp.MustCompile(`(?:ActionID\{Name: |\b(?:act|on|button|mainButton)\((?:[^,()]|\([^()]*\))+, |\badd\("[^"]+", |\bactionOn\()"([a-z_.]+)"`)
	var names []string
	for _, pattern := range []string{"*.go", "../bot/card/*.go", "../digest/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(fmt.Errorf("no files like %s: %v", pattern, err))
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range calls.FindAllStringSubmatch(string(body), -1) {
				names = append(names, m[1])
			}
		}
	}
	return names
}

// TestTheSameChoiceTwice: what is chosen in a card's menu has the card drawn
// again, even when nothing changes, so that it can be chosen once more.
func TestTheSameChoiceTwice(t *testing.T) {
	for name, again := range map[string]bool{"more.history": true, "assign": true, "merge": true, "more.private": true, "reply": false, "escalate": false} {
		w := newWorld(t)
		w.opens()
		at := w.slack.In("#voc")[0]
		for range 2 {
			w.does(bot.Interaction{Kind: bot.DidPress, By: person("root"), Message: at.Ref, Action: bot.ActionID{Name: name, Target: 1, Version: 1}})
		}
		want := 0
		if again {
			want = 2
		}
		if got := w.slack.In("#voc")[0].Edits - at.Edits; got != want {
			t.Errorf("%s: the card was drawn %d times, want %d", name, got, want)
		}
	}
}

func TestCasesBehindAFigure(t *testing.T) {
	w := newWorld(t)
	press := func(id int64, arg string) bot.Answer {
		return w.does(bot.Interaction{Kind: bot.DidPress, By: person("vic"), Action: bot.ActionID{Name: "digest.cases", Target: id, Arg: arg}})
	}
	w.says(press(3, "topic:firmware"), "None of these cases is stored any more")
	for range 10 {
		w.opens()
	}
	w.says(press(3, "topic:firmware"), "8 of the 10 cases behind it", "Case 10", "@brew3", "[Open a case v8]")
	w.says(press(3, "topic:price"), "None of these cases")
	w.says(press(4, "all"), "This digest has not been made yet.")
}
