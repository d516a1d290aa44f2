package handlers

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/card"
	"earshot/bot/text"
)

func reply() Command {
	return Command{Name: "reply", Group: groupDeal, Usage: "reply 1042", What: "answer the customer", Role: bot.Responder,
		Run: onCase(doReply), Complete: completeCases()}
}

// composing is what a reply form starts from. It travels in the form's action
// (Arg), so it needs no memory: "r12" the draft, "s7" the spike that is walked
// through.
type composing struct {
	replyID int64
	spike   int64
	way     string
	text    string
	said    string // a word before all else: why the form is open again
}

func (c composing) arg() string {
	var parts []string
	if c.replyID > 0 {
		parts = append(parts, "r"+strconv.FormatInt(c.replyID, 10))
	}
	if c.spike > 0 {
		parts = append(parts, "s"+strconv.FormatInt(c.spike, 10))
	}
	return strings.Join(parts, ".")
}

func parseComposing(arg string) composing {
	var c composing
	for part := range strings.SplitSeq(arg, ".") {
		if len(part) < 2 {
			continue
		}
		n, err := strconv.ParseInt(part[1:], 10, 64)
		if err != nil {
			continue
		}
		switch part[0] {
		case 'r':
			c.replyID = n
		case 's':
			c.spike = n
		}
	}
	return c
}

// doReply opens the reply form, with the text of a reply of this person that
// has not gone out.
func doReply(ctx context.Context, r *Request, id, _ int64, rest string) (bot.Answer, error) {
	d, err := r.d.Store.Dossier(ctx, id)
	if err != nil {
		return bot.Answer{}, err
	}
	c := composing{text: rest}
	draft, err := r.d.Act.Drafts(ctx, id, r.In.By)
	if err != nil {
		return bot.Answer{}, err
	}
	if rest == "" && draft.ID > 0 {
		c = composing{replyID: draft.ID, way: draft.Way.Name, text: draft.Text, said: keptBecause(draft)}
	}
	return r.replyForm(ctx, d, c)
}

func keptBecause(rep bot.Reply) string {
	switch rep.State {
	case bot.ReplyReturned:
		return "It came back to you: " + rep.Note
	case bot.ReplyFailed:
		return "It did not go out: " + rep.Error
	case bot.ReplyCameBack:
		return "It came back: " + rep.Error + " Answer another way, or find out the right address."
	case bot.ReplyOutdated:
		return rep.Error
	}
	return ""
}

// replyForm asks for the text: where it goes, the customer's whole words, the
// team's guidelines, the way where there are several.
func (r *Request) replyForm(ctx context.Context, d bot.Dossier, c composing) (bot.Answer, error) {
	if r.Role < bot.Responder {
		return bot.Answer{}, bot.Errorf(bot.ErrForbidden, "To write a reply you need the role %s; you are %s.", bot.Responder, r.Role)
	}
	if d.Case.MergedInto > 0 {
		return bot.Answer{}, bot.Errorf(bot.ErrStale, "Case %d was merged into case %d. Answer there.", d.Case.ID, d.Case.MergedInto)
	}
	ways, err := r.d.Act.Ways(ctx, d.Case.ID)
	if err != nil {
		return bot.Answer{}, err
	}
	if c.way == "" && (len(ways) == 0 || ways[0].Internal) {
		return r.byHand(d, c, len(ways) > 0)
	}
	advice := advised(d, c.text)
	if c.way == "" {
		c.way = wayFor(advice.Place, ways)
	}
	form := bot.Form{
		Action: bot.ActionID{Name: "reply.preview", Target: d.Case.ID, Version: d.Case.Version, Arg: c.arg()},
		Title:  "Reply to case " + strconv.FormatInt(d.Case.ID, 10), Submit: "Preview",
		Intro: append(r.replyIntro(d, c, ways), adviceLines(advice, d, ways)...),
	}
	if len(ways) > 1 {
		f := bot.Field{Name: "way", Label: "Where does it go?", Kind: bot.FieldChoice, Value: c.way}
		for _, w := range ways {
			f.Options = append(f.Options, bot.Option{Value: w.Name, Label: w.Label})
		}
		form.Fields = append(form.Fields, f)
	}
	form.Fields = append(form.Fields, bot.Field{Name: "text", Label: "Your reply", Hint: limitHint(ways, c.way), Kind: bot.FieldLong, Value: c.text})
	return r.open(form, "Reply", "reply", d.Case.ID)
}

func limitHint(ways []bot.Way, chosen string) string {
	for _, w := range ways {
		if w.Name == chosen && w.Limit > 0 {
			return fmt.Sprintf("At most %d characters on %s", w.Limit, w.Place)
		}
	}
	return "The next step shows exactly what goes out"
}

func (r *Request) replyIntro(d bot.Dossier, c composing, ways []bot.Way) []bot.Block {
	var blocks []bot.Block
	if c.said != "" {
		blocks = append(blocks, bot.Block{Kind: bot.BlockAlert, Spans: []bot.Span{bot.Plain(text.Cut(text.OneLine(c.said), wordsLength))}})
	}
	for _, w := range ways {
		if w.Name == c.way {
			blocks = append(blocks, destination(w))
		}
	}
	if len(ways) > 1 {
		blocks = append(blocks, bot.Line(bot.Plain("Another way can be chosen below.")))
	}
	blocks = append(blocks, r.wholeWords(d)...)
	return append(blocks, guidelines(r.d.Act.Guideline(d.Case))...)
}

// destination is where a reply goes and who will see it, first and in bold.
func destination(w bot.Way) bot.Block {
	label := text.OneLine(w.Label)
	if label == "" {
		label = w.Name
	}
	seen := "only the customer sees it"
	switch {
	case w.Public:
		seen = "everybody can read it"
	case w.Internal:
		seen = "only your own people read it"
	}
	return bot.Line(bot.Strong(label), bot.Plain(": "+seen))
}

// wholeMost keeps a form within Slack's 3,000 characters of a block
// (docs.slack.dev/reference/block-kit/blocks/section-block).
const wholeMost = 2800

// wholeWords is all that the customer wrote, and who they are.
func (r *Request) wholeWords(d bot.Dossier) []bot.Block {
	blocks := []bot.Block{{Kind: bot.BlockByline, Spans: []bot.Span{
		bot.Link(author(d.Mention), d.Mention.Author.URL), bot.Plain(" · " + r.d.Label(d.Mention.Source) + " · "), bot.At(d.Mention.CreatedAt, bot.TimeRelative)}}}
	if d.Parent != "" {
		blocks = append(blocks, bot.Line(bot.Plain("In answer to "+quoted(d.Parent, 200))))
	}
	blocks = append(blocks, bot.Block{Kind: bot.BlockQuote, Spans: []bot.Span{bot.Plain("“" + text.Cut(d.Mention.Said(), wholeMost) + "”")}})
	blocks = append(blocks, card.Latest(d)...)
	if who := card.Speaking(d.Speaker); who != "" {
		blocks = append(blocks, bot.Line(bot.Plain(who)))
	}
	return blocks
}

// guidelines are the team's, at most three lines, with the way to all of them.
func guidelines(g bot.Guideline) []bot.Block {
	var blocks []bot.Block
	if len(g.Lines) > 0 {
		blocks = append(blocks, bot.Block{Kind: bot.BlockState, Spans: []bot.Span{bot.Strong("Your team's guidelines")}})
	}
	for _, line := range g.Lines[:min(3, len(g.Lines))] {
		blocks = append(blocks, bot.Block{Kind: bot.BlockState, Spans: []bot.Span{bot.Plain("• " + text.CutWords(text.OneLine(line), 150))}})
	}
	if g.URL != "" {
		blocks = append(blocks, bot.Block{Kind: bot.BlockState, Spans: []bot.Span{bot.Link("All guidelines", g.URL)}})
	}
	return blocks
}

// byHand is the answer where the source has no way to answer: it says so, and
// offers the text to copy and a button for when it is done.
func (r *Request) byHand(d bot.Dossier, c composing, tickets bool) (bot.Answer, error) {
	v := bot.View{Notice: fmt.Sprintf("Case %d is answered by hand", d.Case.ID)}
	v.Blocks = append(v.Blocks, bot.Line(bot.Strong(r.d.Label(d.Mention.Source)+" has no way to answer from here.")))
	v.Blocks = append(v.Blocks, r.wholeWords(d)...)
	v.Blocks = append(v.Blocks, guidelines(r.d.Act.Guideline(d.Case))...)
	start := c.text
	if start == "" {
		start = greeting(d.Mention)
	}
	v.Blocks = append(v.Blocks, bot.Line(bot.Plain("Copy this to start from, answer there, then say that it is done:")), bot.Block{Kind: bot.BlockCode, Text: start})
	buttons := []bot.Button{mainButton("Mark as answered", "answered", d.Case.ID)}
	if d.Mention.URL != "" {
		buttons = append(buttons, bot.Button{Label: "Open the post", URL: d.Mention.URL})
	}
	if tickets {
		buttons = append(buttons, button("Open a ticket", "more.ticket", d.Case.ID))
	}
	v.Blocks = append(v.Blocks, actions(buttons...))
	return told(v)
}

func greeting(m bot.Mention) string {
	switch {
	case m.Author.Handle != "":
		return "@" + m.Author.Handle + " "
	case m.Author.Name != "":
		return "Hello " + m.Author.Name + ", "
	}
	return "Hello, "
}

// submitPreview keeps the text and shows exactly what would go out.
func submitPreview(ctx context.Context, r *Request) (bot.Answer, error) {
	c := parseComposing(r.In.Action.Arg)
	draft := act.Draft{ReplyID: c.replyID, CaseID: r.In.Action.Target, Version: r.In.Action.Version, Way: r.value("way"), Text: r.In.Values["text"], By: r.In.By}
	var rep bot.Reply
	var warnings []act.Warning
	err := r.once(ctx, func(ctx context.Context) (err error) {
		rep, warnings, err = r.d.Act.DraftReply(ctx, draft)
		return err
	})
	if bot.KindOf(err) == bot.ErrInvalid {
		return bot.Answer{Errors: map[string]string{"text": bot.Told(err)}}, nil
	}
	if err != nil {
		return bot.Answer{}, err
	}
	for _, w := range warnings {
		if w.Blocks {
			return bot.Answer{Errors: map[string]string{"text": w.Text}}, nil
		}
	}
	c.replyID = rep.ID
	return r.preview(ctx, rep, warnings, c)
}

// preview shows the exact text, and what is likely to go wrong with it.
func (r *Request) preview(ctx context.Context, rep bot.Reply, warnings []act.Warning, c composing) (bot.Answer, error) {
	of, err := r.d.Store.Case(ctx, rep.CaseID)
	if err != nil {
		return bot.Answer{}, err
	}
	intro := []bot.Block{}
	for _, w := range warnings {
		intro = append(intro, bot.Block{Kind: bot.BlockAlert, Spans: []bot.Span{bot.Plain(w.Text)}})
	}
	intro = append(intro, rethink(rep, warnings)...)
	intro = append(intro, destination(rep.Way), bot.Block{Kind: bot.BlockCode, Text: rep.Text})
	submit := fmt.Sprintf("Send in %d s", int(r.d.Act.UndoFor().Seconds()))
	if r.d.Act.NeedsApproval(of, r.Role) {
		submit = "Send to an approver"
	}
	id := bot.ActionID{Name: "reply.send", Target: rep.ID, Arg: c.arg()}
	edit := id
	edit.Name = "reply.edit"
	return bot.Answer{Form: &bot.Form{Action: id, Title: "Exactly this goes out", Intro: intro, Submit: submit, Back: &bot.Button{Label: "Edit", Action: edit}}}, nil
}

// submitSend queues the reply that the preview showed.
func submitSend(ctx context.Context, r *Request) (bot.Answer, error) {
	var rep bot.Reply
	err := r.once(ctx, func(ctx context.Context) (err error) {
		rep, err = r.d.Act.SendReply(ctx, r.In.Action.Target, r.In.By)
		return err
	})
	c := parseComposing(r.In.Action.Arg)
	if bot.KindOf(err) == bot.ErrStale && rep.ID > 0 && unsent(rep.State) {
		return r.again(ctx, rep, c, bot.Told(err))
	}
	if err != nil {
		return bot.Answer{}, err
	}
	if c.spike > 0 {
		return r.walk(ctx, c.spike, rep)
	}
	return r.sentAnswer(rep)
}

func unsent(s bot.ReplyState) bool {
	return s == bot.ReplyDraft || s == bot.ReplyOutdated || s == bot.ReplyReturned
}

// again opens the form once more with the text kept, and says why.
func (r *Request) again(ctx context.Context, rep bot.Reply, c composing, why string) (bot.Answer, error) {
	d, err := r.d.Store.Dossier(ctx, rep.CaseID)
	if err != nil {
		return bot.Answer{}, err
	}
	c.replyID, c.way, c.text, c.said = rep.ID, rep.Way.Name, rep.Text, why
	return r.replyForm(ctx, d, c)
}

func (r *Request) sentAnswer(rep bot.Reply) (bot.Answer, error) {
	if rep.State == bot.ReplyAwaiting {
		return say("Your reply to case %d waits for an approver. You hear in the thread what they say.", rep.CaseID)
	}
	v := bot.View{Notice: "Reply queued", Blocks: []bot.Block{
		bot.Line(bot.Plain(fmt.Sprintf("The reply to case %d goes out ", rep.CaseID)), bot.At(rep.SendAt, bot.TimeRelative), bot.Plain(". Until then it can be taken back.")),
		actions(mainButton("Undo", "reply.undo", rep.ID)),
	}}
	return told(v)
}

// pressEdit goes from a preview, or from a reply that waits, back to its text.
func pressEdit(ctx context.Context, r *Request) (bot.Answer, error) {
	rep, err := r.d.Store.Reply(ctx, r.In.Action.Target)
	if err != nil {
		return bot.Answer{}, err
	}
	if rep.State == bot.ReplyAwaiting && r.Role >= bot.Approver {
		return r.reviseForm(ctx, rep)
	}
	if rep.By.Key() != r.In.By.Key() {
		return bot.Answer{}, bot.Errorf(bot.ErrForbidden, "This reply is by %s; only they or an approver can change it.", rep.By.Name)
	}
	c := parseComposing(r.In.Action.Arg)
	if rep.State == bot.ReplyAwaiting || rep.State == bot.ReplyQueued {
		return bot.Answer{}, bot.Errorf(bot.ErrStale, "This reply is on its way. Take it back with Undo first; its text is kept.")
	}
	return r.again(ctx, rep, c, "")
}

// pressUndo takes a reply back.
func pressUndo(ctx context.Context, r *Request) (bot.Answer, error) {
	rep, err := r.onReply(ctx, r.d.Act.UndoReply)
	if err != nil {
		return bot.Answer{}, err
	}
	v := bot.Say(fmt.Sprintf("Taken back: nothing went out. The text of your reply to case %d is kept.", rep.CaseID))
	v.Blocks = append(v.Blocks, actions(mainButton("Edit", "reply.edit", rep.ID)))
	return told(v)
}

// onReply does one thing to the reply that was pressed, once.
func (r *Request) onReply(ctx context.Context, do func(context.Context, int64, bot.Person) (bot.Reply, error)) (rep bot.Reply, err error) {
	err = r.once(ctx, func(ctx context.Context) error {
		rep, err = do(ctx, r.In.Action.Target, r.In.By)
		return err
	})
	return rep, err
}
