package handlers

import (
	"context"
	"fmt"
	"strings"

	"earshot/bot"
)

// inboxMost is how many cases of each kind fit a phone's screen or two.
const inboxMost = 6

func inbox() Command {
	return Command{Name: "inbox", Group: groupSee, Usage: "inbox", What: "see what waits for you and for anybody", Role: bot.Viewer, Run: runInbox,
		Complete: func(_ context.Context, r *Request) []bot.Option {
			var out []bot.Option
			for _, w := range r.d.Watches {
				if strings.HasPrefix(w, r.Args) {
					out = append(out, bot.Option{Value: w, Label: "only " + w})
				}
			}
			return out
		}}
}

// runInbox lists what the person has, what waits for approval, and what nobody
// has; a watch may be named.
func runInbox(ctx context.Context, r *Request) (bot.Answer, error) {
	watch := r.Args
	var blocks []bot.Block
	mine, err := r.inboxPart(ctx, "Yours", bot.CaseFilter{States: []bot.CaseState{bot.Claimed, bot.Answered}, Owner: r.In.By.Key(), Watch: watch, Awake: r.now()})
	if err != nil {
		return bot.Answer{}, err
	}
	blocks = append(blocks, mine...)
	if r.Role >= bot.Approver {
		waiting, err := r.awaiting(ctx)
		if err != nil {
			return bot.Answer{}, err
		}
		blocks = append(blocks, waiting...)
	}
	free, err := r.inboxPart(ctx, "Nobody has these", bot.CaseFilter{States: []bot.CaseState{bot.Open}, Unowned: true, Watch: watch, Awake: r.now()})
	if err != nil {
		return bot.Answer{}, err
	}
	blocks = append(blocks, free...)
	if len(blocks) == 0 {
		if watch != "" {
			return empty("Nothing waits for "+watch+".", "/voc inbox shows every watch; /voc sources shows what is listened to.")
		}
		return empty("Nothing waits for anybody. Well done.", "A case appears here when a mention needs an answer. /voc sources shows what is listened to.")
	}
	blocks = append(blocks, hint("Take one with /voc claim and its number."))
	return told(bot.View{Notice: "Your inbox", Blocks: blocks})
}

func (r *Request) inboxPart(ctx context.Context, heading string, f bot.CaseFilter) ([]bot.Block, error) {
	n, err := r.d.Store.CountCases(ctx, f)
	if err != nil || n == 0 {
		return nil, err
	}
	f.Limit = inboxMost
	cases, err := r.d.Store.Cases(ctx, f)
	if err != nil {
		return nil, err
	}
	all, err := r.dossiers(ctx, cases)
	if err != nil {
		return nil, err
	}
	if n > len(all) {
		heading = fmt.Sprintf("%s: %d, the first %d", heading, n, len(all))
	}
	return r.caseList(heading, all), nil
}

// awaiting lists the cases with a reply that waits for an approver.
func (r *Request) awaiting(ctx context.Context) ([]bot.Block, error) {
	replies, err := r.d.Store.RepliesIn(ctx, bot.ReplyAwaiting, inboxMost)
	if err != nil {
		return nil, err
	}
	var cases []bot.Case
	for _, rep := range replies {
		cases = append(cases, bot.Case{ID: rep.CaseID})
	}
	all, err := r.dossiers(ctx, cases)
	if err != nil {
		return nil, err
	}
	return r.caseList("Waiting for your approval", all), nil
}
