package handlers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/handlers"
)

// deed is one thing that can be done, by one path.
type deed struct {
	path string // press, form, command, thread, shortcut
	what string
	in   bot.Interaction
}

// visitors are who does it, one column each: nobody has no role, owner is an
// agent whose cases, replies and lessons they are.
func visitors() []string {
	return []string{"nobody", "viewer", "responder", "agent", "owner", "approver", "admin"}
}

func visitor(column string) bot.Person {
	return person(map[string]string{"nobody": "eve", "viewer": "vic", "responder": "rita", "agent": "lea", "owner": "max", "approver": "ada", "admin": "root"}[column])
}

// roleWorld is a world with something to press every button on.
type roleWorld struct {
	*world
	open, claimed, answered, resolved int64 // cases; the three last are the owner's
	draft, waiting, queued, parked    int64 // replies, all of them the owner's
	spike, fold, delivery, sample     int64
	lesson                            int64
}

func newRoleWorld(t *testing.T) *roleWorld {
	w := &roleWorld{world: newWorld(t)}
	w.ticket = aDesk()
	for range 4 {
		w.opens()
	}
	w.open, w.claimed, w.answered, w.resolved = 1, 2, 3, 4
	w.types("max", "claim 2")
	w.types("max", "claim 3")
	w.sends("max", w.presses("max", "answered", 3, 0), map[string]string{"public": "public"})
	w.types("max", "claim 4")
	w.types("max", "resolve 4 a; b")
	w.saidLastWeek(2)
	reply := func(caseID int64, state bot.ReplyState) int64 {
		saved, err := w.st.SaveReply(t.Context(), bot.Reply{CaseID: caseID, MentionID: caseID, State: state, By: person("max"),
			Way: bot.Way{Name: "public", Label: "Public reply"}, Text: "Sorry, 4.2.1 mends it.", CreatedAt: w.clock.Now(), CaseSeen: w.now(caseID).Version})
		if err != nil {
			t.Fatal(err)
		}
		return saved.ID
	}
	w.draft, w.waiting, w.queued, w.parked = reply(1, bot.ReplyDraft), reply(2, bot.ReplyAwaiting), reply(2, bot.ReplyQueued), reply(3, bot.ReplyParked)
	sp, err := w.st.SaveSpike(t.Context(), bot.Spike{State: bot.SpikeOpen, Series: bot.Series{Watch: "larkspur", Topic: "firmware"}, Since: w.clock.Now().Add(-time.Hour), OpenedAt: w.clock.Now(), Count: 3})
	if err != nil {
		t.Fatal(err)
	}
	fold, err := w.st.SaveFold(t.Context(), bot.Fold{Platform: "slack", Channel: "#voc", Since: w.clock.Now(), Cases: []int64{1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := w.st.AddDelivery(t.Context(), bot.Delivery{Kind: bot.DeliverCard, State: bot.DeliveryParked, Platform: "slack", Channel: "#gone", Target: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.spike, w.fold, w.delivery = sp.ID, fold.ID, d.ID
	w.types("max", "audit")
	item, err := w.st.NextAudit(t.Context(), "", person("lea"), w.clock.Now().Add(-bot.AuditFor))
	if err != nil {
		t.Fatal(err)
	}
	l, err := w.svc.Correct(t.Context(), 2, bot.LessonLabel, bot.SaysNotNegative, person("max"))
	if err != nil {
		t.Fatal(err)
	}
	w.sample, w.lesson = item.ID, l.ID
	if _, _, err := w.st.SaveCustomers(t.Context(), []bot.Customer{{ExternalID: "C-17", Name: "Ann"}, {ExternalID: "C-18", Handles: []string{"brew2"}}}); err != nil {
		t.Fatal(err)
	}
	return w
}

// target is what an action of the registry is done to. A new action has to be
// given its line here, or the test says so.
func (w *roleWorld) target(name string) (bot.ActionID, bool) {
	on := func(id int64) (bot.ActionID, bool) { return bot.ActionID{Name: name, Target: id}, true }
	with := func(id int64, arg string) (bot.ActionID, bool) {
		return bot.ActionID{Name: name, Target: id, Arg: arg}, true
	}
	switch name {
	case "link.this", "link.yes":
		return with(w.open, "1")
	case "unlink":
		return on(w.claimed)
	case "claim", "resolve", "dismiss", "snooze", "escalate", "assign", "merge", "link", "answered", "show", "reply", "inbox",
		"more.not_negative", "more.negative", "more.wrong_topic", "more.thank", "more.private", "more.ticket", "more.history":
		return on(w.open)
	case "more.not_us":
		return with(w.open, "not_us")
	case "release":
		return on(w.claimed)
	case "reopen":
		return on(w.resolved)
	case "reply.edit", "reply.send":
		return on(w.draft)
	case "reply.preview":
		return on(w.open)
	case "reply.approve", "reply.return", "reply.release", "reply.revise":
		return on(w.waiting)
	case "reply.undo":
		return on(w.queued)
	case "reply.arrived", "reply.again":
		return on(w.parked)
	case "spike.see", "spike.claim", "spike.reply", "spike.mute":
		return on(w.spike)
	case "fold.see":
		return on(w.fold)
	case "delivery.again", "delivery.all", "delivery.drop":
		return on(w.delivery)
	case "digest.cases":
		return with(3, "topic:firmware")
	case "audit.label", "audit.again":
		return with(w.sample, "negative")
	case "lesson.undo":
		return on(w.lesson)
	}
	return bot.ActionID{}, false
}

// typed is what is typed of each command.
func typed(name string) []string {
	return map[string][]string{
		"inbox": {"inbox"}, "show": {"show 1"}, "search": {"search larkspur"}, "history": {"history 1"},
		"claim": {"claim 1"}, "reply": {"reply 1"}, "resolve": {"resolve 1", "resolve 1 a; b"}, "snooze": {"snooze 1", "snooze 1 1h"},
		"escalate": {"escalate 1", "escalate 1 smoke"}, "dismiss": {"dismiss 1", "dismiss 1 spam"}, "release": {"release 2"},
		"assign": {"assign 1", "assign 1 me"}, "reopen": {"reopen 4"}, "merge": {"merge 1", "merge 1 into 3"}, "link": {"link 1", "link 1 to C-17"}, "unlink": {"unlink 2"},
		"nps": {"nps"}, "digest": {"digest leadership"}, "contrast": {"contrast detractors"}, "grounds": {"grounds firmware"}, "spikes": {"spikes"},
		"audit": {"audit", "audit more"}, "learned": {"learned"}, "unlearn": {"unlearn 1"},
		"sources": {"sources"}, "rejected": {"rejected"}, "deliveries": {"deliveries"},
		"mute":   {"mute", "mute topic:price 1 day", "mute topic:price 30 days", "mute spike 1 1h"},
		"whoami": {"whoami"}, "help": {"help"},
	}[name]
}

// deeds lists every action of every path, from the registries.
func (w *roleWorld) deeds() []deed {
	values := map[string]string{"text": "Thank you.", "cause": "a", "action": "b", "reason": "no_action", "topic": "price", "note": "kinder", "when": "1h",
		"until": "1h", "into": "3", "who": "me", "public": "public", "way": "public"}
	var all []deed
	for path, names := range map[string][]string{"press": handlers.PressNames(), "form": handlers.SubmitNames()} {
		for _, name := range names {
			id, ok := w.target(name)
			if !ok {
				w.Errorf("nobody says what %s %q is done to: add it to target, and look at what the table says of it", path, name)
			}
			kind := bot.DidPress
			if path == "form" {
				kind = bot.DidSubmit
			}
			all = append(all, deed{path, name, bot.Interaction{Kind: kind, Action: id, Values: values}})
		}
	}
	for _, c := range handlers.All() {
		lines := typed(c.Name)
		if len(lines) == 0 {
			w.Errorf("nobody says how %q is typed: add it to typed, and look at what the table says of it", c.Name)
		}
		for _, line := range lines {
			all = append(all, deed{"command", line, bot.Interaction{Kind: bot.DidCommand, Text: line}})
		}
		line := lines[len(lines)-1]
		all = append(all, deed{"thread", line, bot.Interaction{Kind: bot.DidMention, Text: line}})
	}
	m := &bot.Mention{ExternalID: "msg1", Text: "It is broken", Author: bot.Author{ExternalID: "U9", Name: "Cus"}, CreatedAt: w.clock.Now()}
	return append(all, deed{"shortcut", "make a case", bot.Interaction{Kind: bot.DidShortcut, Shared: m}})
}

// errUndo rolls back what a visitor did, so that the next finds all as it was.
var errUndo = errors.New("undo it")

// tries lets a visitor do it, says what came of it, and undoes it; before is
// everything as it was.
func (w *roleWorld) tries(d deed, who bot.Person, before string) string {
	w.Helper()
	in, outcome := d.in, ""
	in.ID, in.By, in.Platform, in.At = fmt.Sprint(d.path, d.what, who.ID), who, "slack", w.clock.Now()
	err := w.st.Transact(w.Context(), func(ctx context.Context) error {
		if _, err := w.desk.Accept(ctx, in); err != nil {
			return err
		}
		a := w.desk.Handle(ctx, in)
		outcome = w.outcome(a, before != w.everything(ctx))
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		w.Fatalf("%s %s: %v", d.path, d.what, err)
	}
	return outcome
}

var forbidden = regexp.MustCompile(`need[s]? the role|no role in Earshot|only they or an approver|[Oo]nly .* can do that|for longer, ask an admin`)

func (w *roleWorld) outcome(a bot.Answer, changed bool) string {
	said := show(a)
	for _, e := range a.Errors {
		said += e
	}
	switch {
	case strings.Contains(said, "our fault"), strings.Contains(said, unknown):
		w.Errorf("it failed: %s", said)
		return "FAILS"
	case forbidden.MatchString(said) && changed:
		w.Errorf("it was refused and done: %s", said)
		return "BOTH"
	case forbidden.MatchString(said):
		return "-"
	case changed:
		return "does"
	case a.Form != nil:
		return "form"
	case len(a.Errors) > 0:
		return "asks"
	}
	return "sees"
}

// everything is all that an act could change.
func (w *roleWorld) everything(ctx context.Context) string {
	w.Helper()
	var all []any
	keep := func(v any, err error) {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
		all = append(all, v)
	}
	cases, err := w.st.Cases(ctx, bot.CaseFilter{Limit: 100})
	keep(cases, err)
	for _, c := range cases {
		replies, err := w.st.CaseReplies(ctx, c.ID)
		keep(replies, err)
		events, err := w.st.CaseEvents(ctx, c.ID)
		keep(events, err)
	}
	spikes, err := w.st.Spikes(ctx, time.Time{}, time.Time{}, false)
	keep(spikes, err)
	lessons, err := w.st.Lessons(ctx, bot.LessonFilter{Limit: 100})
	keep(lessons, err)
	muted, err := w.st.Muted(ctx)
	keep(muted, err)
	states := []bot.DeliveryState{bot.DeliveryDue, bot.DeliverySending, bot.DeliveryUncertain, bot.DeliveryParked, bot.DeliverySent}
	deliveries, err := w.st.Deliveries(ctx, states, 1000)
	keep(deliveries, err)
	log, err := w.st.Audit(ctx, 1000, "")
	keep(log, err)
	standing, err := w.st.AuditStandings(ctx, time.Time{})
	keep(standing, err)
	body, err := json.Marshal(all)
	if err != nil {
		w.Fatal(err)
	}
	return string(body)
}

// TestEveryActionEveryRole lets somebody of every role do everything that can
// be done, by every path, and compares what came of it with a table that
// people read: - refused, sees, form (one opens), asks, does.
func TestEveryActionEveryRole(t *testing.T) {
	w := newRoleWorld(t)
	rows, before := map[string][]string{}, w.everything(t.Context())
	var order []string
	for _, d := range w.deeds() {
		row := fmt.Sprintf("%-9s %-28s", d.path, d.what)
		order = append(order, row)
		for _, column := range visitors() {
			rows[row] = append(rows[row], w.tries(d, visitor(column), before))
		}
	}
	if len(order) < 100 {
		t.Errorf("only %d rows", len(order))
	}
	if w.everything(t.Context()) != before {
		t.Error("what was tried was not undone: the table is of nothing")
	}
	golden(t, "roles", roleTable(order, rows))
	for _, row := range order {
		if got := rows[row][0]; got != "-" && !strings.Contains(row, "whoami") {
			t.Errorf("%s: somebody without a role gets %q", row, got)
		}
		for i, got := range rows[row][:2] {
			if got == "does" {
				t.Errorf("%s: a %s changes something", row, visitors()[i])
			}
		}
	}
}

func roleTable(order []string, rows map[string][]string) string {
	var b strings.Builder
	line := func(row string, cells []string) {
		b.WriteString(row)
		for _, c := range cells {
			fmt.Fprintf(&b, " %-9s", c)
		}
		b.WriteString("\n")
	}
	line(fmt.Sprintf("%-9s %-28s", "path", "what"), visitors())
	for _, path := range []string{"press", "form", "command", "thread", "shortcut"} {
		for _, row := range order {
			if strings.HasPrefix(row, path+" ") {
				line(row, rows[row])
			}
		}
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// TestRoleAtTheMomentOfTheAct: a form that was opened, and a button that was
// drawn, count for nothing once the role is gone.
func TestRoleAtTheMomentOfTheAct(t *testing.T) {
	w := newWorld(t)
	w.opens()
	form := w.types("lea", "dismiss 1")
	preview := w.sends("lea", w.presses("lea", "reply", 1, 1), map[string]string{"way": "public", "text": "Sorry!"})
	w.svc.Configure(act.Settings{Roles: act.Roster{People: map[string]bot.Role{person("lea").Key(): bot.Viewer}}})
	w.says(w.sends("lea", form, map[string]string{"reason": "spam"}), "needs the role agent; you are viewer")
	w.says(w.sends("lea", preview, nil), "the role responder; you are viewer")
	w.says(w.presses("lea", "claim", 1, 0), "needs the role agent; you are viewer")
	w.svc.Configure(act.Settings{Roles: act.Roster{Default: bot.NoRole}})
	w.says(w.types("lea", "show 1"), "You have no role in Earshot yet")
	if got := w.now(1); got.State != bot.Open {
		t.Errorf("%+v", got)
	}
}

// TestNobodyComesInByAnotherName: an id counts on its own platform only, and
// no platform can bring somebody who is another's, or Earshot itself.
func TestNobodyComesInByAnotherName(t *testing.T) {
	w := newWorld(t)
	w.opens()
	for i, p := range []bot.Person{
		bot.Bot(), {Platform: "discord", ID: "U-root", Name: "root"}, {Platform: "slack", ID: "u-root"}, {Platform: "slack", ID: ""}, {ID: "U-root"},
	} {
		a := w.does(bot.Interaction{ID: fmt.Sprint("forged", i), Kind: bot.DidCommand, By: p, Text: "claim 1"})
		w.says(a, "You have no role in Earshot yet")
	}
	if got := w.now(1); got.State != bot.Open {
		t.Errorf("%+v", got)
	}
}
