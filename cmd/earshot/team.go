package main

import (
	"context"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/act"
)

// handsOff is how long before the story's end the team stops working: what is
// left is for whoever watches the demo.
const handsOff = 5*time.Hour + 30*time.Minute

// team is the people of the story at work: they claim, answer and resolve what
// was opened before the last hours, the same way every time.
type team struct {
	d       *demo
	plan    agenda
	planned map[int64]bool // deliveries whose time is planned
	seen    int64          // the last case they have looked at
}

func newTeam(d *demo) *team { return &team{d: d, planned: map[int64]bool{}} }

// look plans what is done about cases that were opened since the last look.
func (t *team) look(ctx context.Context) error {
	cases, err := t.d.app.store.Cases(ctx, bot.CaseFilter{States: []bot.CaseState{bot.Open}, Limit: 200})
	if err != nil {
		return err
	}
	last := t.seen
	for _, c := range cases {
		if c.ID > t.seen {
			last = max(last, c.ID)
			if err := t.consider(ctx, c); err != nil {
				return err
			}
		}
	}
	t.seen = last
	return nil
}

func (t *team) consider(ctx context.Context, c bot.Case) error {
	r, err := t.d.app.store.Mention(ctx, c.MentionID)
	if err != nil {
		return err
	}
	author, words := r.Mention.Author.Label(), strings.ToLower(r.Mention.Text)
	agent := demoPeople()[1+int(c.ID%2)]
	wait := time.Duration(2+hashOf(author)%23) * time.Minute
	at := c.OpenedAt.Add(wait)
	switch {
	case strings.Contains(author, "hotelarnika"), strings.Contains(words, "eleven machines"):
		t.escalate(c.ID, c.OpenedAt.Add(40*time.Minute))
	case at.After(t.d.end.Add(-handsOff)):
	case strings.Contains(words, "followers cheap"):
		t.dismiss(c.ID, agent, at, bot.DismissSpam)
	case hashOf(author)%9 == 0: // nobody got to it
	case c.Source == "Survey" || c.Source == "Wear shop":
		t.byHand(c.ID, agent, at)
	default:
		t.answer(c, agent, at, r)
	}
	return nil
}

// do plans one act; what no longer fits by then is left.
func (t *team) do(id int64, at time.Time, ch bot.Change) {
	t.plan.add(at, func(ctx context.Context) error {
		ch.At = t.d.clock.now()
		_, err := t.d.app.act.Do(ctx, id, 0, ch)
		return forgive(err)
	})
}

// forgive passes over what the case's state does not allow any more.
func forgive(err error) error {
	switch bot.KindOf(err) {
	case bot.ErrStale, bot.ErrForbidden, bot.ErrInvalid:
		return nil
	}
	return err
}

func (t *team) escalate(id int64, at time.Time) {
	t.do(id, at, bot.Change{Verb: bot.Escalate, By: demoPeople()[2],
		Reason: "key account, machines down in the breakfast rush, wants a call from somebody senior"})
}

func (t *team) dismiss(id int64, by bot.Person, at time.Time, why bot.DismissReason) {
	t.do(id, at, bot.Change{Verb: bot.Dismiss, By: by, Dismiss: why})
}

func (t *team) byHand(id int64, by bot.Person, at time.Time) {
	t.do(id, at, bot.Change{Verb: bot.Claim, By: by})
	t.do(id, at.Add(20*time.Minute), bot.Change{Verb: bot.MarkAnswered, By: by})
	t.do(id, at.Add(2*time.Hour), bot.Change{Verb: bot.Resolve, By: by, RootCause: "passed on to the product team", Action: "answered in the shop"})
}

// answer plans claim, reply, the customer's thanks and the end.
func (t *team) answer(c bot.Case, by bot.Person, at time.Time, r bot.Reading) {
	t.do(c.ID, at, bot.Change{Verb: bot.Claim, By: by})
	t.plan.add(at.Add(4*time.Minute), func(ctx context.Context) error { return forgive(t.reply(ctx, c.ID, by, r)) })
	end := at.Add(3 * time.Hour)
	if hashOf(r.Mention.Author.Label())%4 == 1 && r.Mention.Source != "App Store" {
		t.plan.add(at.Add(50*time.Minute), func(ctx context.Context) error {
			return t.d.hear(ctx, thanks(r.Mention), t.d.clock.now())
		})
	}
	cause, action := t.cause(c.Topics)
	t.do(c.ID, end, bot.Change{Verb: bot.Resolve, By: by, RootCause: cause, Action: action})
}

func (t *team) reply(ctx context.Context, id int64, by bot.Person, r bot.Reading) error {
	ways, err := t.d.app.act.Ways(ctx, id)
	if err != nil || len(ways) == 0 {
		return err
	}
	draft, _, err := t.d.app.act.DraftReply(ctx, act.Draft{CaseID: id, Way: ways[0].Name, Text: replyWords(r), By: by})
	if err != nil {
		return err
	}
	_, err = t.d.app.act.SendReply(ctx, draft.ID, by)
	return err
}

// thanks is what a customer says who is content with the answer.
func thanks(m bot.Mention) bot.Mention {
	words := []string{
		"Thank you, that was quick. All good now!", "Sorted. Great support, thank you.",
		"That helped, thanks a lot for the fast answer.", "Wow, did not expect an answer this fast. Thank you!",
	}
	next := m
	next.ID, next.ParentID, next.ExternalID = 0, m.ExternalID, m.ExternalID+"-thanks"
	next.Title, next.Rating, next.RepostOf, next.EditedAt = "", bot.Rating{}, "", time.Time{}
	next.Text = words[hashOf(m.ExternalID)%uint64(len(words))]
	return next
}

// cause is what the team writes at the end, by topic.
func (t *team) cause(topics []string) (cause, action string) {
	for _, topic := range topics {
		switch topic {
		case "Delivery":
			return "courier strike and a full depot", "sent again by express, free beans"
		case "App":
			return "session bug in app 3.8", "fixed in 3.8.1, customer told"
		case "Price":
			return "refund stuck in approval", "refunded the same day"
		case "Quality":
			return "worn part", "spare part sent free of charge"
		case "Support":
			return "mail lost between two teams", "answered, and the queue was cleared"
		}
	}
	return "a misunderstanding", "explained"
}

// replyWords is what the team answers, in the customer's language where the
// team speaks it.
func replyWords(r bot.Reading) string {
	name := strings.TrimPrefix(r.Mention.Author.Label(), "@")
	switch r.Verdict.Language {
	case "de":
		return "Hallo " + name + ", das tut uns leid. Wir haben nachgesehen und melden uns heute noch direkt bei dir."
	case "fr":
		return "Bonjour " + name + ", nous sommes désolés. Nous avons vérifié votre dossier et vous écrivons aujourd'hui."
	case "es":
		return "Hola " + name + ", lo sentimos mucho. Hemos revisado tu caso y te escribimos hoy mismo."
	}
	topics := strings.Join(r.Verdict.TopicNames(), " ")
	switch {
	case strings.Contains(topics, "Delivery"):
		return "Hi " + name + ", we are sorry for the wait. Your parcel leaves today by express, at our cost; the new tracking link comes by e-mail."
	case strings.Contains(topics, "App"):
		return "Hi " + name + ", thank you for telling us. It is a bug of ours, and 3.8.1, out tomorrow, mends it."
	case strings.Contains(topics, "Price"):
		return "Hi " + name + ", that should not have happened. The money is on its way back and we have checked that it cannot happen twice."
	}
	return "Hi " + name + ", thank you for telling us, and sorry for the trouble. Somebody who can help is on it and writes to you today."
}
