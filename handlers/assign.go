package handlers

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

func assign() Command {
	return Command{Name: "assign", Group: groupDeal, Usage: "assign 1042 @lea", What: "give a case to somebody", Role: bot.Approver,
		Run: onCase(doAssign), Complete: completeCases()}
}

// colleagues is how many people are offered.
const colleagues = 20

// doAssign assigns at once when somebody was named, else asks for whom.
func doAssign(ctx context.Context, r *Request, id, version int64, rest string) (bot.Answer, error) {
	people, err := r.colleagues(ctx, id)
	if err != nil {
		return bot.Answer{}, err
	}
	if rest != "" {
		p, err := whom(r.In.Platform, rest, people)
		if err != nil {
			return bot.Answer{}, err
		}
		return r.assigned(ctx, id, version, p)
	}
	d, err := r.mayOpen(ctx, id, bot.Assign)
	if err != nil {
		return bot.Answer{}, err
	}
	var options []bot.Option
	for _, p := range people {
		options = append(options, bot.Option{Value: p.Key(), Label: text.Cut(text.OneLine(p.Name), nameLength)})
	}
	return r.open(bot.Form{
		Action: actionOn("assign", d.Case), Title: "Assign the case", Intro: r.intro(d), Submit: "Assign",
		Fields: []bot.Field{
			{Name: "who", Label: "Who should have it?", Kind: bot.FieldChoice, Optional: true, Options: options},
			{Name: "other", Label: "Or somebody else", Hint: "Their user id, or the mention of them", Kind: bot.FieldText, Optional: true, Max: 100},
		},
	}, "Assign", "assign", id)
}

func submitAssign(ctx context.Context, r *Request) (bot.Answer, error) {
	if _, err := r.mayOpen(ctx, r.In.Action.Target, bot.Assign); err != nil {
		return bot.Answer{}, err
	}
	people, err := r.colleagues(ctx, r.In.Action.Target)
	if err != nil {
		return bot.Answer{}, err
	}
	named, field := r.value("other"), "other"
	if named == "" {
		named, field = r.value("who"), "who"
	}
	p, err := whom(r.In.Platform, named, people)
	if err != nil {
		return bot.Answer{Errors: map[string]string{field: bot.Told(err)}}, nil
	}
	return r.assigned(ctx, r.In.Action.Target, r.In.Action.Version, p)
}

func (r *Request) assigned(ctx context.Context, id, version int64, p bot.Person) (bot.Answer, error) {
	if role := r.d.Act.RoleOf(ctx, p); role < bot.Agent {
		return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "%s is %s and could not work on it. Give it to an agent.", p.Name, role)
	}
	if _, err := r.act(ctx, id, version, bot.Change{Verb: bot.Assign, Owner: p}); err != nil {
		return bot.Answer{}, err
	}
	return r.done(ctx, id, fmt.Sprintf("%s has case %d now.", p.Name, id))
}

// colleagues lists those whose names are known: the person themselves, who did
// something about this case, and who had cases lately.
func (r *Request) colleagues(ctx context.Context, id int64) ([]bot.Person, error) {
	people, seen := []bot.Person{r.In.By}, map[string]bool{r.In.By.Key(): true, bot.Bot().Key(): true}
	add := func(p bot.Person) {
		if p.Known() && !seen[p.Key()] && len(people) < colleagues {
			seen[p.Key()] = true
			people = append(people, p)
		}
	}
	events, err := r.d.Store.CaseEvents(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, ev := range events {
		add(ev.By)
	}
	cases, err := r.d.Store.Cases(ctx, bot.CaseFilter{Limit: 200})
	if err != nil {
		return nil, err
	}
	for _, c := range cases {
		add(c.Owner)
		add(c.AnsweredBy)
	}
	return people, nil
}

// whom reads who was meant: a mention as Slack and Discord write it ("<@U123>",
// "<@!123>"), a user id, "me", or the name of somebody known.
func whom(platform, named string, people []bot.Person) (bot.Person, error) {
	named = strings.TrimSpace(named)
	if strings.EqualFold(named, "me") && len(people) > 0 {
		return people[0], nil
	}
	id := named
	if m := regexp.MustCompile(`^<@!?([A-Za-z0-9]+)(?:\|[^>]*)?>$`).FindStringSubmatch(named); m != nil {
		id = m[1]
	}
	id = strings.TrimPrefix(id, "@")
	var byName []bot.Person
	for _, p := range people {
		switch {
		case p.Key() == id, p.ID == id && p.Platform == platform:
			return p, nil
		case strings.EqualFold(p.Name, id):
			byName = append(byName, p)
		}
	}
	if len(byName) == 1 {
		return byName[0], nil
	}
	if id != named && regexp.MustCompile(`^[A-Z0-9]{6,}$`).MatchString(id) || regexp.MustCompile(`^(U[A-Z0-9]{7,}|[0-9]{15,20})$`).MatchString(id) {
		return bot.Person{Platform: platform, ID: id, Name: "@" + id}, nil
	}
	if named == "" {
		return bot.Person{}, bot.Errorf(bot.ErrInvalid, "Say who should have the case.")
	}
	return bot.Person{}, bot.Errorf(bot.ErrInvalid, "I do not know %q. Mention them with @, or write me.", text.Cut(named, 40))
}
