package act_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
)

func TestOneCaseTwoPlatforms(t *testing.T) {
	w := newWorld(t)
	c := w.opens()
	w.work()
	w.says(w.card(w.slack, "#voc").View, "@brew1", "nobody has it", "[Claim]")
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Claim}))
	w.work()
	for _, at := range []string{"slack", "discord"} {
		p, channel := w.slack, "#voc"
		if at == "discord" {
			p, channel = w.discord, "voc"
		}
		m := w.card(p, channel)
		w.says(m.View, "lea has it")
		notes := p.Below(m.Ref)
		if len(notes) != 1 {
			t.Fatalf("%s: %d notes, want 1", at, len(notes))
		}
		w.says(notes[0].View, "lea claimed it")
		if m.Loud || notes[0].Loud {
			t.Errorf("%s: a claim makes a noise", at)
		}
	}
	audit, err := w.st.Audit(t.Context(), 10, "case 1")
	if err != nil || len(audit) != 1 || audit[0].Act != "claim" || !strings.Contains(audit[0].Before, `"open"`) || !strings.Contains(audit[0].After, "U-lea") {
		t.Errorf("audit %+v %v", audit, err)
	}
}

func TestTwoClaimAtOnce(t *testing.T) {
	w := newWorld(t)
	c := w.opens()
	w.work()
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, p := range []bot.Person{lea(), max_()} {
		wg.Go(func() { _, errs[i] = w.do(c, p, bot.Change{Verb: bot.Claim}) })
	}
	wg.Wait()
	won := slices.IndexFunc(errs, func(err error) bool { return err == nil })
	if won < 0 || errs[1-won] == nil {
		t.Fatalf("want one winner, got %v", errs)
	}
	winner := []bot.Person{lea(), max_()}[won]
	w.kind(errs[1-won], bot.ErrStale, winner.Name+" has case 1 already")
	if got := w.now(c.ID); got.Owner.Key() != winner.Key() || got.Version != 2 {
		t.Errorf("the case is %+v", got)
	}
}

// TestVerbsRolesStates tries every verb for every role in every state, and
// compares with what the design says.
func TestVerbsRolesStates(t *testing.T) {
	w := newWorld(t)
	people := map[bot.Role]bot.Person{bot.NoRole: eve(), bot.Viewer: vic(), bot.Responder: rita(), bot.Agent: max_(), bot.Approver: ada(), bot.Admin: root()}
	bring := map[bot.CaseState][]bot.Change{
		bot.Open:      nil,
		bot.Claimed:   {{Verb: bot.Claim, By: lea()}},
		bot.Answered:  {{Verb: bot.Claim, By: lea()}, {Verb: bot.MarkAnswered, By: lea()}},
		bot.Resolved:  {{Verb: bot.Claim, By: lea()}, {Verb: bot.Resolve, By: lea(), RootCause: "x", Action: "y"}},
		bot.Dismissed: {{Verb: bot.Dismiss, By: lea(), Dismiss: bot.DismissSpam}},
	}
	alive := []bot.CaseState{bot.Open, bot.Claimed, bot.Answered}
	want := map[bot.Verb]struct {
		role bot.Role
		from []bot.CaseState
	}{
		bot.Claim: {bot.Agent, []bot.CaseState{bot.Open}}, bot.Assign: {bot.Approver, alive},
		bot.Release:      {bot.Approver, []bot.CaseState{bot.Claimed, bot.Answered}}, // of somebody else's case
		bot.MarkAnswered: {bot.Agent, alive}, bot.Escalate: {bot.Agent, alive}, bot.Snooze: {bot.Agent, alive},
		bot.Resolve: {bot.Agent, alive}, bot.Dismiss: {bot.Agent, alive}, bot.Merge: {bot.Agent, alive},
		bot.Reopen:    {bot.Agent, []bot.CaseState{bot.Resolved, bot.Dismissed}},
		bot.ReplySent: {bot.Admin + 1, nil}, bot.Nudge: {bot.Admin + 1, nil}, bot.ExpireClaim: {bot.Admin + 1, nil}, bot.Wake: {bot.Admin + 1, nil},
		bot.AuthorEdit: {bot.Admin + 1, nil}, bot.AuthorReply: {bot.Admin + 1, nil}, bot.Echo: {bot.Admin + 1, nil},
	}
	into := w.opens()
	for verb, rule := range want {
		for state, way := range bring {
			for role, p := range people {
				c := w.opens()
				for _, ch := range way {
					c = w.must(w.do(c, ch.By, ch))
				}
				ch := bot.Change{Verb: verb, Role: bot.Admin, Owner: lea(), Reason: "smoke", Until: w.clock.Now().Add(time.Hour),
					RootCause: "x", Action: "y", Dismiss: bot.DismissSpam, Into: into.ID}
				after, err := w.do(c, p, ch) // a role that the caller claims counts for nothing
				may := role >= rule.role && slices.Contains(rule.from, state)
				if (err == nil) != may {
					t.Errorf("%s of a case that is %s by %s: %v, want allowed %v", verb, state, role, err, may)
				}
				now := w.now(c.ID)
				if err != nil && (now.Version != c.Version || now.State != state) {
					t.Errorf("%s was refused, but the case changed to %+v", verb, now)
				}
				if err == nil && (now.Version != c.Version+1 || after.Version != now.Version) {
					t.Errorf("%s went from version %d to %d", verb, c.Version, now.Version)
				}
			}
		}
	}
}

func TestStaleClicks(t *testing.T) {
	w := newWorld(t)
	seen := w.opens()
	h := heard(100, "other")
	saved, err := w.st.SaveHeard(t.Context(), []bot.Heard{h})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Join(t.Context(), seen.ID, h, saved[0], bot.Echo); err != nil {
		t.Fatal(err)
	}
	if got := w.now(seen.ID); got.Version != 2 || got.Echoes != 1 || got.People != 2 {
		t.Fatalf("after an echo: %+v", got)
	}
	if _, err := w.do(seen, lea(), bot.Change{Verb: bot.Claim}); err != nil {
		t.Errorf("an echo made a click stale: %v", err)
	}
	// The old card still shows version 1: Lea's own act does not make her stale, Max is told.
	if _, err := w.do(seen, lea(), bot.Change{Verb: bot.Snooze, Until: w.clock.Now().Add(time.Hour)}); err != nil {
		t.Errorf("her own act made a click stale: %v", err)
	}
	_, err = w.do(seen, max_(), bot.Change{Verb: bot.Dismiss, Dismiss: bot.DismissSpam})
	w.kind(err, bot.ErrStale, "moved on while you looked", "lea snoozed it until Tue 10 Mar 13:00")
	if _, err := w.svc.Do(t.Context(), seen.ID, 0, bot.Change{Verb: bot.Dismiss, Dismiss: bot.DismissSpam, By: max_()}); err != nil {
		t.Errorf("version 0 is whatever is current: %v", err)
	}
	_, err = w.do(seen, max_(), bot.Change{Verb: bot.Claim})
	w.kind(err, bot.ErrStale, "dismissed")
}

func TestNudgeThenRelease(t *testing.T) {
	w := newWorld(t)
	c := w.opens()
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Claim}))
	w.work()
	tick := func(pass time.Duration) bot.Case {
		t.Helper()
		w.clock.Pass(pass)
		if err := w.svc.Timer(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
		w.work()
		return w.now(c.ID)
	}
	if got := tick(59 * time.Minute); !got.NudgedAt.IsZero() {
		t.Fatal("nudged too early")
	}
	got := tick(time.Minute)
	if got.NudgedAt.IsZero() || got.State != bot.Claimed {
		t.Fatalf("not nudged: %+v", got)
	}
	notes := w.slack.Below(w.card(w.slack, "#voc").Ref)
	last := notes[len(notes)-1]
	w.says(last.View, "reminded lea")
	if !last.Loud || !pings(last.View, lea()) {
		t.Error("the reminder does not reach its owner")
	}
	if again := tick(10 * time.Minute); again.Version != got.Version {
		t.Error("a timer that has nothing to do did something")
	}
	if got := tick(50 * time.Minute); got.State != bot.Open || got.Owner.Known() {
		t.Fatalf("not released: %+v", got)
	}
	want := []bot.Verb{bot.Opened, bot.Claim, bot.Overdue, bot.Nudge, bot.ExpireClaim}
	if got := verbs(w.events(c.ID)); !slices.Equal(got, want) {
		t.Errorf("history %v, want %v", got, want)
	}
}

func TestWhatTheOwnerDoesKeepsTheClaim(t *testing.T) {
	w := newWorld(t)
	c := w.must(w.do(w.opens(), lea(), bot.Change{Verb: bot.Claim}))
	w.clock.Pass(50 * time.Minute)
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Escalate, Reason: "smoke"}))
	w.clock.Pass(50 * time.Minute)
	if err := w.svc.Timer(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.now(c.ID); !got.NudgedAt.IsZero() {
		t.Error("nudged though she did something 50 minutes ago")
	}
}

func pings(v bot.View, p bot.Person) bool {
	for _, b := range v.Blocks {
		for _, s := range b.Spans {
			if s.Ping && s.Person != nil && s.Person.Key() == p.Key() {
				return true
			}
		}
	}
	return false
}

func TestSnoozeAndWake(t *testing.T) {
	w := newWorld(t)
	c := w.opens()
	until := w.clock.Now().Add(2 * time.Hour)
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Snooze, Until: until}))
	w.clock.Pass(time.Hour)
	if err := w.svc.Timer(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.now(c.ID); !got.Snoozed(w.clock.Now()) {
		t.Fatal("woken too early")
	}
	w.clock.Pass(time.Hour)
	for range 2 { // twice does no harm
		if err := w.svc.Timer(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
	}
	want := []bot.Verb{bot.Opened, bot.Snooze, bot.Wake, bot.Overdue}
	if got := verbs(w.events(c.ID)); !slices.Equal(got, want) {
		t.Errorf("history %v, want %v: a first answer is not called overdue in a snooze", got, want)
	}
}

func TestOverdueWakesTheRoutesTarget(t *testing.T) {
	w := newWorld(t)
	c := w.opens()
	w.work()
	w.clock.Pass(31 * time.Minute)
	for range 2 {
		if err := w.svc.Timer(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.work()
	m := w.card(w.slack, "#voc")
	w.says(m.View, "first answer was due")
	notes := w.slack.Below(m.Ref)
	if len(notes) != 1 || !notes[0].Loud || !pings(notes[0].View, person("duty")) {
		t.Errorf("notes %+v", notes)
	}
	if got := w.now(c.ID); got.Version != c.Version {
		t.Error("being overdue changed the case")
	}
}

func TestEscalation(t *testing.T) {
	w := newWorld(t)
	c := w.opens()
	w.work()
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Escalate, Reason: "smoke in a kitchen"}))
	w.work()
	w.says(w.card(w.slack, "#war").View, "@brew1")
	notes := w.slack.Below(w.card(w.slack, "#war").Ref)
	if len(notes) != 1 || !notes[0].Loud || !pings(notes[0].View, person("duty")) {
		t.Fatalf("the extra channel has %+v", notes)
	}
	w.says(notes[0].View, "escalated it to the duty manager: smoke in a kitchen")
	if notes := w.discord.Below(w.card(w.discord, "voc").Ref); len(notes) != 1 || pings(notes[0].View, person("duty")) {
		t.Error("somebody of Slack was pinged on Discord")
	}
}

func TestQuietCasesStayQuietUntilTouched(t *testing.T) {
	w := newWorld(t)
	c := w.opens(act.OpenOptions{Quiet: true})
	w.work()
	if n := len(w.slack.In("#voc")); n != 0 {
		t.Fatalf("an imported case made %d cards", n)
	}
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Claim}))
	w.work()
	w.says(w.card(w.slack, "#voc").View, "lea has it")
	d := w.opens(act.OpenOptions{Quiet: true})
	w.must(w.do(d, lea(), bot.Change{Verb: bot.Dismiss, Dismiss: bot.DismissSpam}))
	w.work()
	if n := len(w.slack.In("#voc")); n != 1 {
		t.Errorf("dismissing an imported case made a card: %d", n)
	}
}

func TestMerge(t *testing.T) {
	w := newWorld(t)
	a, b := w.opens(), w.opens()
	_, err := w.do(b, lea(), bot.Change{Verb: bot.Merge, Into: b.ID})
	w.kind(err, bot.ErrInvalid, "itself")
	_, err = w.do(b, lea(), bot.Change{Verb: bot.Merge, Into: 99})
	w.kind(err, bot.ErrNotFound)
	w.must(w.do(b, lea(), bot.Change{Verb: bot.Merge, Into: a.ID}))
	if got := w.now(a.ID); got.Echoes != 1 || got.People != 2 {
		t.Errorf("the case that stays: %+v", got)
	}
	_, err = w.do(b, lea(), bot.Change{Verb: bot.Claim})
	w.kind(err, bot.ErrStale, "merged into case 1")
}

func TestAuthorReplyReopens(t *testing.T) {
	w := newWorld(t)
	c := w.must(w.do(w.opens(), lea(), bot.Change{Verb: bot.Claim}))
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Resolve, RootCause: "update", Action: "sent a new one"}))
	h := heard(50, "brew1")
	saved, err := w.st.SaveHeard(t.Context(), []bot.Heard{h})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Join(t.Context(), c.ID, h, saved[0], bot.AuthorReply); err != nil {
		t.Fatal(err)
	}
	w.work()
	if got := w.now(c.ID); got.State != bot.Claimed || got.Owner.Key() != lea().Key() {
		t.Errorf("%+v", got)
	}
	notes := w.slack.Below(w.card(w.slack, "#voc").Ref)
	if last := notes[len(notes)-1]; !last.Loud || !pings(last.View, lea()) {
		t.Errorf("the owner does not hear of the customer's answer: %+v", last)
	}
}

func TestRoster(t *testing.T) {
	w := newWorld(t, func(s *act.Settings) {
		s.Roles.Default = bot.Viewer
		s.Roles.Groups = map[string]bot.Role{"slack:S-agents": bot.Agent, "slack:S-boss": bot.Approver, "discord:77": bot.Admin}
	})
	w.slack.GroupsOf = map[string][]string{"U-kim": {"S-agents", "S-boss"}, "U-rita": {"S-boss"}}
	ask := func(p bot.Person) bot.Role { return w.svc.RoleOf(t.Context(), p) }
	if got := ask(person("kim")); got != bot.Approver {
		t.Errorf("the highest of several groups counts, got %s", got)
	}
	if got := ask(rita()); got != bot.Responder {
		t.Errorf("a person's own line decides, got %s", got)
	}
	if got := ask(bot.Person{Platform: "discord", ID: "5", Groups: []string{"77"}}); got != bot.Admin {
		t.Errorf("a role of Discord: %s", got)
	}
	if got := ask(person("somebody")); got != bot.Viewer {
		t.Errorf("a stranger is %s, want the default", got)
	}
	if got := ask(bot.Person{}); got != bot.NoRole {
		t.Errorf("nobody is %s", got)
	}
	n := w.slack.Asked()
	ask(person("kim"))
	if w.slack.Asked() != n {
		t.Error("groups were asked for again within a minute")
	}
	w.slack.GroupsOf["U-kim"] = nil
	w.clock.Pass(time.Minute)
	if got := ask(person("kim")); got != bot.Viewer {
		t.Errorf("a minute after leaving the groups: %s", got)
	}
	w.slack.GroupsErr = bot.Errorf(bot.ErrUnavailable, "down")
	w.clock.Pass(time.Minute)
	if got := ask(person("kim")); got != bot.Viewer {
		t.Errorf("when groups cannot be had: %s", got)
	}
	if got := ask(bot.Person{Platform: "slack", ID: "earshot", Name: "Earshot"}); got == bot.Admin {
		t.Error("somebody called earshot came in as the bot")
	}
}

func TestRoutes(t *testing.T) {
	w := newWorld(t, func(s *act.Settings) {
		s.Routes = []bot.Route{
			{Name: "safety", MinUrgency: bot.UrgencyCritical},
			{Name: "gold", Tiers: []string{"Gold"}},
			{Name: "german firmware", Topics: []string{"firmware"}, Languages: []string{"de"}},
			{Name: "reviews", Sources: []string{"reviews"}, Watches: []string{"larkspur"}},
		}
		s.Default = bot.Route{Name: "rest"}
	})
	for want, sub := range map[string]act.Subject{
		"safety":          {Urgency: bot.UrgencyCritical, Tier: "gold"},
		"gold":            {Tier: "gold"},
		"german firmware": {Topics: []string{"price", "Firmware"}, Language: "de-AT"},
		"reviews":         {Source: "reviews", Watch: "larkspur", Topics: []string{"firmware"}},
		"rest":            {Source: "reviews", Watch: "competitor"},
	} {
		if got := w.svc.Route(sub).Name; got != want {
			t.Errorf("%+v goes to %q, want %q", sub, got, want)
		}
	}
}
