package handlers

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"earshot/bot"
	"earshot/bot/card"
	"earshot/bot/text"
)

func link() Command {
	return Command{Name: "link", Group: groupDeal, Usage: "link 1042 to C-17", What: "say which customer wrote a case", Role: bot.Agent,
		Run: onCase(doLink), Complete: completeCases()}
}

func unlink() Command {
	return Command{Name: "unlink", Group: groupDeal, Usage: "unlink 1042", What: "say that the author of a case is not the customer it shows", Role: bot.Agent,
		Run: onCase(doUnlink), Complete: completeCases()}
}

// How much of a customer is shown before they are linked.
const (
	linkCandidates = 10 // customers that a name may mean
	linkAuthors    = 5  // authors that the customer is already
)

// doLink shows the customer who was named, else asks for them.
func doLink(ctx context.Context, r *Request, id, _ int64, rest string) (bot.Answer, error) {
	if rest != "" {
		return r.linkNamed(ctx, id, rest)
	}
	d, err := r.mayLink(ctx, id)
	if err != nil {
		return bot.Answer{}, err
	}
	return r.open(bot.Form{
		Action: bot.ActionID{Name: "link", Target: id}, Title: "Link to a customer", Intro: r.intro(d), Submit: "Look",
		Fields: []bot.Field{{Name: "who", Label: "Which customer wrote this?", Hint: "Their id in your records, an e-mail address, or a name", Kind: bot.FieldText, Max: 200}},
	}, "Link", "link", id)
}

func submitLink(ctx context.Context, r *Request) (bot.Answer, error) {
	answer, err := r.linkNamed(ctx, r.In.Action.Target, r.value("who"))
	if kind := bot.KindOf(err); kind == bot.ErrInvalid || kind == bot.ErrNotFound {
		return bot.Answer{Errors: map[string]string{"who": bot.Told(err)}}, nil
	}
	return answer, err
}

// mayLink reads a case for a link, and refuses at once who may not make one:
// customers are not for everybody to look up.
func (r *Request) mayLink(ctx context.Context, id int64) (bot.Dossier, error) {
	if r.Role < bot.Agent {
		return bot.Dossier{}, bot.Errorf(bot.ErrForbidden, "To link a customer you need the role %s; you are %s.", bot.Agent, r.Role)
	}
	return r.d.Store.Dossier(ctx, id)
}

// linkNamed finds who was named: one is shown, several are offered.
func (r *Request) linkNamed(ctx context.Context, id int64, typed string) (bot.Answer, error) {
	d, err := r.mayLink(ctx, id)
	if err != nil {
		return bot.Answer{}, err
	}
	if first, rest, more := strings.Cut(typed, " "); more && strings.EqualFold(first, "to") {
		typed = rest
	}
	found, err := r.d.Store.FindCustomers(ctx, typed, linkCandidates)
	if err != nil {
		return bot.Answer{}, err
	}
	switch len(found) {
	case 0:
		return bot.Answer{}, bot.Errorf(bot.ErrNotFound, "No customer is called %q. Write their id in your records, their e-mail address or their name; earshot import brings customers in.", text.Cut(oneLine(typed), 60))
	case 1:
		return r.linkPreview(ctx, d, found[0].ID)
	}
	heading := "Several customers it may be"
	if len(found) == linkCandidates {
		heading = fmt.Sprintf("Many customers it may be; these are the first %d", linkCandidates)
	}
	menu := bot.Menu{Label: "Which of them?"}
	rows := make([]bot.Row, len(found))
	for i, c := range found {
		rows[i] = bot.Row{Label: card.CustomerName(c), Spans: []bot.Span{bot.Plain(customerWords(c))}}
		menu.Options = append(menu.Options, linkButton(text.Cut(card.CustomerName(c), labelLength), "link.this", id, c.ID))
	}
	return told(bot.View{Notice: heading, Blocks: []bot.Block{
		bot.Line(bot.Strong(heading)), {Kind: bot.BlockRows, Rows: rows}, {Kind: bot.BlockActions, Menus: []bot.Menu{menu}},
	}})
}

func linkButton(label, action string, caseID, customerID int64) bot.Button {
	b := button(label, action, caseID)
	b.Action.Arg = strconv.FormatInt(customerID, 10)
	return b
}

// customerWords is what tells one customer from others of the same name.
func customerWords(c bot.Customer) string {
	words := []string{card.Customer(c)}
	if c.Email != "" {
		words = append(words, text.Cut(text.OneLine(c.Email), labelLength))
	}
	return strings.Join(words, " · ")
}

// linkPreview shows whom a link would join, and nothing is done before somebody
// says yes to it.
func (r *Request) linkPreview(ctx context.Context, d bot.Dossier, customerID int64) (bot.Answer, error) {
	rec, err := r.d.Store.CustomerRecord(ctx, customerID)
	if err != nil {
		return bot.Answer{}, err
	}
	question := fmt.Sprintf("Is %s the customer %s?", author(d.Mention), card.CustomerName(rec.Customer))
	rows := []bot.Row{
		{Label: "Author", Spans: []bot.Span{bot.Strong(author(d.Mention)), bot.Plain(" · " + r.d.Label(d.Mention.Source) + " · " + quote(d.Mention, quoteLength))}},
		{Label: "Customer", Spans: []bot.Span{bot.Strong(card.CustomerName(rec.Customer)), bot.Plain(" · " + customerWords(rec.Customer))}},
		{Label: "Known as", Spans: []bot.Span{bot.Plain(r.knownAs(rec))}},
	}
	if was := d.Speaker.Customer; was.ID > 0 && was.ID != customerID {
		rows = append(rows, bot.Row{Label: "Instead of", Spans: []bot.Span{bot.Plain(card.CustomerName(was) + " · " + customerWords(was))}})
	}
	yes := linkButton("Link them", "link.yes", d.Case.ID, customerID)
	yes.Style = bot.ButtonMain
	return told(bot.View{Notice: question, Blocks: []bot.Block{
		bot.Line(bot.Strong(question)), {Kind: bot.BlockRows, Rows: rows}, actions(yes),
		hint("All they said counts as one person's. /voc unlink %d takes it back.", d.Case.ID),
	}})
}

// knownAs lists the authors that a customer is already, and how much they said.
func (r *Request) knownAs(rec bot.CustomerRecord) string {
	if len(rec.Authors) == 0 {
		return "nobody who wrote so far"
	}
	var names []string
	for _, a := range rec.Authors[:min(len(rec.Authors), linkAuthors)] {
		names = append(names, text.Cut(text.OneLine(a.Author.Label()), nameLength)+" on "+r.d.Label(a.Source))
	}
	if left := len(rec.Authors) - linkAuthors; left > 0 {
		names = append(names, fmt.Sprintf("%d more", left))
	}
	return strings.Join(names, ", ") + " · " + mentionsWords(rec.Mentions())
}

func mentionsWords(n int) string {
	if n == 1 {
		return "1 mention"
	}
	return card.Thousands(n) + " mentions"
}

// linkTarget is the customer that a button names.
func (r *Request) linkTarget() (int64, error) {
	id, err := strconv.ParseInt(r.In.Action.Arg, 10, 64)
	if err != nil || id <= 0 {
		return 0, bot.Errorf(bot.ErrInvalid, "This button is from another version of Earshot. Open the case with /voc show.")
	}
	return id, nil
}

func pressLinkThis(ctx context.Context, r *Request) (bot.Answer, error) {
	customer, err := r.linkTarget()
	if err != nil {
		return bot.Answer{}, err
	}
	d, err := r.mayLink(ctx, r.In.Action.Target)
	if err != nil {
		return bot.Answer{}, err
	}
	return r.linkPreview(ctx, d, customer)
}

func pressLinkYes(ctx context.Context, r *Request) (bot.Answer, error) {
	id := r.In.Action.Target
	customer, err := r.linkTarget()
	if err != nil {
		return bot.Answer{}, err
	}
	err = r.once(ctx, func(ctx context.Context) error { return r.d.Act.Link(ctx, id, customer, r.In.By) })
	if err != nil {
		return bot.Answer{}, err
	}
	rec, err := r.d.Store.CustomerRecord(ctx, customer)
	if err != nil {
		return bot.Answer{}, err
	}
	return r.done(ctx, id, fmt.Sprintf("Linked to %s: %s.", card.CustomerName(rec.Customer), r.knownAs(rec)), button("Unlink", "unlink", id), button("Show the case", "show", id))
}

func doUnlink(ctx context.Context, r *Request, id, _ int64, _ string) (bot.Answer, error) {
	var was bot.Customer
	err := r.once(ctx, func(ctx context.Context) (err error) {
		was, err = r.d.Act.Unlink(ctx, id, r.In.By)
		return err
	})
	if err != nil {
		return bot.Answer{}, err
	}
	said := fmt.Sprintf("Not %s any more, and no import links them again.", card.CustomerName(was))
	d, err := r.d.Store.Dossier(ctx, id)
	if err != nil {
		return bot.Answer{}, err
	}
	if now := d.Speaker.Customer; now.ID > 0 {
		said = fmt.Sprintf("Not %s any more. By address or handle the author is %s.", card.CustomerName(was), card.CustomerName(now))
	}
	v := bot.Say(said)
	v.Blocks = append(v.Blocks, actions(linkButton("Link again", "link.yes", id, was.ID), button("Show the case", "show", id)))
	return told(v)
}
