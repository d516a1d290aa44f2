package console

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/card"
)

//go:embed testdata/*.png
var pictures embed.FS

// story is a small team at work on the fictional company Larkspur: real cards
// and real changes of a case, without a store. It is a bot.Desk.
type story struct {
	c  *Console
	mu sync.Mutex

	seen    map[string]bool
	cases   map[int64]*bot.Dossier
	refs    map[int64]bot.MessageRef
	drafts  map[int64]string
	handled []bot.Interaction
	slow    time.Duration // how long acts take
}

// tell makes a console with the story in it, and serves it until the test ends.
func tell(t *testing.T) (s *story, url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url = "http://" + l.Addr().String()
	c, err := New(Config{Listener: l, Channels: []ChannelInfo{
		{Name: "triage", About: "What needs an answer, from everywhere"},
		{Name: "spikes", About: "When many say the same at once"},
		{Name: "leadership", About: "How loyalty stands, and why"},
		{Name: "approvals", About: "Replies that wait for a second pair of eyes",
			Empty: "When a responder writes a reply, it waits here until an approver lets it go out."},
	}, People: []bot.Person{{ID: "you", Name: "Ines, admin"}, {ID: "mara", Name: "Mara, agent"}, {ID: "jonas", Name: "Jonas, approver"}}},
		newMemory(), slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s = &story{c: c, seen: map[string]bool{}, cases: map[int64]*bot.Dossier{}, refs: map[int64]bot.MessageRef{}, drafts: map[int64]string{}}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx, s) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
	s.begin(t)
	return s, url
}

// begin posts what has happened so far.
func (s *story) begin(t *testing.T) {
	now := time.Now()
	s.add(t, 1039, voice{who: "oat_and_foam", source: "Reviews", said: "Descales itself now. My mornings are quieter than they have been in years.", ago: 26 * time.Hour, label: bot.Positive, p: .97, topics: []string{"Maintenance"}})
	s.add(t, 1040, voice{who: "slowpour", source: "Reddit", said: "Parcel has been 'out for delivery' since Tuesday. Has anybody actually received theirs?", ago: 3 * time.Hour, label: bot.Negative, p: .88, topics: []string{"Delivery"}})
	s.add(t, 1041, voice{who: "kaffeekontor", source: "Mastodon", said: "Seit dem Update heizt sie nicht mehr richtig vor. Kennt das jemand?", ago: 95 * time.Minute, label: bot.Negative, p: .91, topics: []string{"Firmware"}, language: "de"})
	s.add(t, 1042, voice{who: "brewhilda", source: "Mastodon", said: "My second Larkspur died after the 4.2 update. It smells burnt and nobody answers.", ago: 12 * time.Minute, label: bot.Negative, p: .94,
		topics: []string{"Firmware", "Support"}, people: 12, urgent: "smoke or fire is mentioned", tier: "gold", followers: 3400})
	s.do(t, 1040, bot.Change{Verb: bot.Claim, By: bot.Person{Platform: Name, ID: "mara", Name: "Mara"}, Role: bot.Agent, At: now.Add(-170 * time.Minute)})
	s.do(t, 1040, bot.Change{Verb: bot.Resolve, By: bot.Person{Platform: Name, ID: "mara", Name: "Mara"}, Role: bot.Agent, At: now.Add(-2 * time.Hour), RootCause: "depot closed for two days", Action: "delivered this morning, voucher sent"})
	s.do(t, 1041, bot.Change{Verb: bot.Claim, By: bot.Person{Platform: Name, ID: "mara", Name: "Mara"}, Role: bot.Agent, At: now.Add(-80 * time.Minute)})
	over := spikeView(t, now.Add(-40*time.Hour))
	over.Accent, over.Notice = bot.AccentDone, "Spike 6 is over"
	over.Blocks[0] = bot.Heading("Delivery: 23 people complained on Tuesday, about 5 are usual")
	over.Blocks = append(over.Blocks[:len(over.Blocks)-2], bot.Block{Kind: bot.BlockState, Spans: []bot.Span{bot.Plain("Spike 6 · over after 5 h, 31 people")}})
	s.post(t, "spikes", over)
	s.post(t, "spikes", spikeView(t, now))
	s.post(t, "leadership", digestView(t, now))
}

func (s *story) post(t *testing.T, channel string, v bot.View) bot.MessageRef {
	t.Helper()
	ref, err := s.c.Post(context.WithoutCancel(t.Context()), bot.Outgoing{Key: fmt.Sprintf("earshot-%s-%d", channel, time.Now().UnixNano()), Channel: channel, View: v})
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// voice is somebody who says something.
type voice struct {
	who, source, said, urgent, tier, language string
	ago                                       time.Duration
	label                                     bot.Label
	p                                         float64
	topics                                    []string
	people, followers                         int
}

func (s *story) add(t *testing.T, id int64, v voice) {
	now := time.Now()
	d := &bot.Dossier{
		Case: bot.Case{ID: id, Version: 1, State: bot.Open, Label: v.label, People: max(1, v.people), OpenedAt: now.Add(-v.ago), DueAt: now.Add(30*time.Minute - v.ago)},
		Mention: bot.Mention{ID: id, Source: v.source, Text: v.said, CreatedAt: now.Add(-v.ago), URL: "https://social.example/" + v.who + "/1",
			Author: bot.Author{Handle: v.who, URL: "https://social.example/@" + v.who, Followers: v.followers - 1}},
		Verdict: bot.Verdict{Label: v.label, Probs: bot.Probs{Negative: v.p, Positive: 1 - v.p}, Confidence: v.p, Voice: bot.FirstHand, Language: v.language},
		Since:   now.Add(-v.ago),
	}
	if v.label == bot.Positive {
		d.Verdict.Probs = bot.Probs{Positive: v.p, Negative: 1 - v.p}
		d.Case.DueAt = time.Time{}
	}
	for _, topic := range v.topics {
		d.Verdict.Topics = append(d.Verdict.Topics, bot.TopicHit{Name: topic})
	}
	if v.urgent != "" {
		d.Case.Urgency = bot.UrgencyCritical
		d.Verdict.Urgency = bot.Urgency{Level: bot.UrgencyCritical, Reasons: []string{v.urgent}}
	}
	if v.tier != "" {
		d.Speaker = bot.Speaker{Customer: bot.Customer{ID: 1, Tier: v.tier, Since: time.Date(2021, 5, 1, 0, 0, 0, 0, time.UTC)}, Cases: 1, LastCase: 987, LastState: bot.Resolved, Last30Days: 1}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cases[id] = d
	s.refs[id] = s.post(t, "triage", s.card(id))
}

func (s *story) card(id int64) bot.View {
	return card.Case(*s.cases[id], card.Options{Now: time.Now()})
}

func (s *story) do(t *testing.T, id int64, ch bot.Change) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.change(t.Context(), id, ch); err != nil {
		t.Fatal(err)
	}
}

// change does one thing to a case, redraws its card and writes its log; s.mu
// is held.
func (s *story) change(ctx context.Context, id int64, ch bot.Change) error {
	next, ev, err := s.cases[id].Case.Do(ch)
	if err != nil {
		return err
	}
	s.cases[id].Case = next
	if err := s.c.Edit(ctx, s.refs[id], s.card(id)); err != nil {
		return err
	}
	line := bot.View{Notice: ev.By.Name + " " + ev.Text, Blocks: []bot.Block{bot.Line(bot.Who(ev.By), bot.Plain(" "+ev.Text))}}
	_, err = s.c.Post(ctx, bot.Outgoing{Key: fmt.Sprintf("event-%d-%d", id, next.Version), Channel: "triage", Thread: s.refs[id], View: line, Loud: ev.Loud})
	return err
}

// Accept implements bot.Desk.
func (s *story) Accept(_ context.Context, in bot.Interaction) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := !s.seen[in.ID]
	s.seen[in.ID] = true
	return fresh, nil
}

// Handle implements bot.Desk.
func (s *story) Handle(ctx context.Context, in bot.Interaction) bot.Answer {
	if s.slow > 0 {
		wait := time.NewTimer(s.slow)
		defer wait.Stop()
		<-wait.C
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handled = append(s.handled, in)
	by := bot.Person{Platform: Name, ID: in.By.ID, Name: strings.Split(in.By.Name, ",")[0]}
	id := in.Action.Target
	if in.Kind == bot.DidShortcut {
		return say("This is case 1044 now: " + in.Shared.Text)
	}
	if in.Kind == bot.DidCommand || in.Kind == bot.DidMention {
		return s.command(in)
	}
	var err error
	switch in.Action.Name {
	case "claim", "release", "reopen":
		err = s.change(ctx, id, bot.Change{Verb: bot.Verb(in.Action.Name), By: by, Role: bot.Admin, At: time.Now()})
	case "dismiss":
		err = s.change(ctx, id, bot.Change{Verb: bot.Dismiss, Dismiss: bot.DismissNoAction, By: by, Role: bot.Admin, At: time.Now()})
	case "reply", "reply.edit":
		f := s.replyForm(id)
		return bot.Answer{Form: &f}
	case "reply.preview":
		return s.preview(in)
	case "reply.send":
		err = s.change(ctx, id, bot.Change{Verb: bot.ReplySent, Public: true, By: by, Role: bot.Admin, At: time.Now()})
	case "reply.undo":
		return say("Taken back. The text is kept: press Reply to go on with it.")
	}
	if err != nil {
		return say(bot.Told(err))
	}
	return bot.Answer{}
}

func say(words string) bot.Answer {
	v := bot.Say(words)
	return bot.Answer{Tell: &v}
}

func (s *story) command(in bot.Interaction) bot.Answer {
	switch word, _, _ := strings.Cut(in.Text, " "); word {
	case "inbox":
		return bot.Answer{Tell: &bot.View{Notice: "2 cases wait", Blocks: []bot.Block{bot.Heading("2 cases wait"), {Kind: bot.BlockRows, Rows: []bot.Row{
			{Label: "Case 1042", Spans: []bot.Span{bot.Strong("@brewhilda"), bot.Plain(" “My second Larkspur died…” due "), bot.At(time.Now().Add(18*time.Minute+30*time.Second), bot.TimeRelative)}},
			{Label: "Case 1041", Spans: []bot.Span{bot.Strong("@kaffeekontor"), bot.Plain(" “Seit dem Update heizt sie…” Mara has it")}},
		}}, {Kind: bot.BlockState, Spans: []bot.Span{bot.Plain("Next: /voc show 1042")}}}}}
	case "claim":
		return say("You have case 1042.")
	case "copy":
		return bot.Answer{Tell: &bot.View{Notice: "to copy", Blocks: []bot.Block{{Kind: bot.BlockCode, Text: "Hello Hilda, …"}}}}
	}
	return say(fmt.Sprintf("There is no command %q. Did you mean inbox? /voc help lists them all.", in.Text))
}

func (s *story) replyForm(id int64) bot.Form {
	return bot.Form{
		Action: bot.ActionID{Name: "reply.preview", Target: id, Version: s.cases[id].Case.Version}, Title: fmt.Sprintf("Reply to @%s", s.cases[id].Mention.Author.Handle), Submit: "Preview",
		Intro: []bot.Block{
			bot.Line(bot.Strong("Public reply on Mastodon as @larkspur")),
			{Kind: bot.BlockQuote, Spans: []bot.Span{bot.Plain("“" + s.cases[id].Mention.Text + "”")}},
			bot.Line(bot.Plain("Say first that a burnt smell means: unplug it. No promises about a recall. Offer the courier pick-up. "), bot.Link("All guidelines", "https://wiki.example/voice")),
		},
		Fields: []bot.Field{{Name: "text", Label: "Your reply", Kind: bot.FieldLong, Max: 500, Value: s.drafts[id]}},
	}
}

func (s *story) preview(in bot.Interaction) bot.Answer {
	words := in.Values["text"]
	if strings.Contains(words, "recall") {
		return bot.Answer{Errors: map[string]string{"text": "The guidelines ask for no word on a recall."}}
	}
	s.drafts[in.Action.Target] = words
	back := bot.Button{Label: "Edit", Action: bot.ActionID{Name: "reply.edit", Target: in.Action.Target}}
	return bot.Answer{Form: &bot.Form{
		Action: bot.ActionID{Name: "reply.send", Target: in.Action.Target}, Title: "Send this?", Submit: "Send", Back: &back,
		Intro: []bot.Block{bot.Line(bot.Strong("Public reply on Mastodon as @larkspur")), {Kind: bot.BlockCode, Text: words},
			bot.Line(bot.Plain("It goes out 20 s after you press Send; until then it can be undone."))},
	}}
}

// Complete implements bot.Desk.
func (s *story) Complete(_ context.Context, _ bot.Person, line string) []bot.Option {
	var out []bot.Option
	for _, o := range []bot.Option{{Value: "help", Label: "help: see what you can do here"}, {Value: "inbox", Label: "inbox: what waits, the most urgent first"}, {Value: "nps", Label: "nps: how loyalty stands"},
		{Value: "search", Label: "search: find what was said"}, {Value: "show", Label: "show: a case with its history"}, {Value: "spikes", Label: "spikes: what runs high"}} {
		if strings.HasPrefix(o.Value, line) {
			out = append(out, o)
		}
	}
	return out
}

// Overheard implements bot.Desk.
func (s *story) Overheard(context.Context, string, string, bot.Mention) error { return nil }

func picture(t *testing.T, name, alt string) bot.Block {
	t.Helper()
	png, err := pictures.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return bot.Block{Kind: bot.BlockImage, Image: &bot.Image{Name: name, Alt: alt, PNG: png}}
}

func spikeView(t *testing.T, now time.Time) bot.View {
	chart := picture(t, "spike.png", "People who complained about firmware, far above the usual range since 10:00")
	return card.Spike(bot.Spike{ID: 7, Version: 3, State: bot.SpikeOpen, Series: bot.Series{Watch: "Larkspur", Topic: "Firmware", Negative: true}, Since: now.Add(-130 * time.Minute), OpenedAt: now.Add(-130 * time.Minute),
		Count: 41, Expected: 6, Peak: 6.8, Rising: true, Words: []string{"burnt smell", "4.2 update", "won't start"}, Reposts: 24, Mentions: 41, FirstHand: 17, Share: .93, UsualNeg: .41, Why: "the highest 4 hours in 4 weeks"},
		bot.Mention{ID: 1, Source: "Mastodon", Author: bot.Author{Handle: "brewhilda", URL: "https://social.example/@brewhilda"}, CreatedAt: now.Add(-126 * time.Minute)}, chart.Image, card.Options{Now: now})
}

func digestView(t *testing.T, _ time.Time) bot.View {
	return bot.View{Notice: "Larkspur, week of 9 to 15 March: social NPS +12", Blocks: []bot.Block{
		bot.Heading("Larkspur · week of 9 to 15 March (Europe/Berlin)"),
		bot.Line(bot.Plain("Social NPS (estimate) "), bot.Strong("+12"), bot.Plain(", between +6 and +18 · 412 people · up 9 on last week, more than chance")),
		picture(t, "score.png", "Social NPS with its band over 12 weeks, last +12"),
		{Kind: bot.BlockRows, Rows: []bot.Row{
			{Label: "What moved it", Spans: []bot.Span{bot.Plain("Firmware "), bot.Strong("−7"), bot.Plain(" (41 detractors, from 6) · Delivery "), bot.Strong("+4"), bot.Plain(" · Price 0")}},
			{Label: "In their words", Spans: []bot.Span{bot.Plain("“Second machine dead after 4.2.” "), bot.Link("@brewhilda", "https://social.example/@brewhilda"), bot.Plain("\n“Best support I ever had.” "), bot.Link("@slowpour", "https://social.example/@slowpour")}},
			{Label: "What we did", Spans: []bot.Span{bot.Plain("63 cases, 58 answered, half within 22 min, nine in ten within 3 h · 5 unanswered")}},
			{Label: "Needs a decision", Spans: []bot.Span{bot.Strong("Recall of 4.2?"), bot.Plain(" Replies wait for approval 2 h on weekends.")}},
			{Label: "Sources", Spans: []bot.Span{bot.Plain("All well, except Reddit: silent since Thu 14:00")}},
		}},
		{Kind: bot.BlockActions, Menus: []bot.Menu{{Label: "Open the cases", Options: []bot.Button{{Label: "41 detractors on firmware", Action: bot.ActionID{Name: "digest.cases"}}, {Label: "5 unanswered", Action: bot.ActionID{Name: "digest.cases", Arg: "open"}}}}}},
		{Kind: bot.BlockState, Spans: []bot.Span{bot.Plain("612 mentions by 498 people · estimated from what people say, not a survey")}},
	}}
}
