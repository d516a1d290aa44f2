package intake

import (
	"context"
	"fmt"

	"earshot/bot"
	"earshot/bot/act"
)

// ByHand is the source of mentions that somebody on the team points at: "Make
// this a case" on a chat message.
const ByHand = "community"

// MakeCase stores a mention that somebody points at and opens a case of it. It
// gives the existing case, and false, when the mention is in one already.
func (in *Intake) MakeCase(ctx context.Context, m bot.Mention, by bot.Person) (caseID int64, fresh bool, err error) {
	h, ok := in.readOne(m, bot.SourceState{Name: ByHand, Kind: ByHand}, in.s.Now())
	if !ok || len(h.Mention.Watches) == 0 {
		return 0, false, bot.Errorf(bot.ErrInvalid, "This message names none of your watches. Add its words to a watch, then try again.")
	}
	e := echo{watches: h.Mention.Watches, hash: h.Hash, at: h.Mention.CreatedAt}
	err = in.s.Store.Transact(ctx, func(ctx context.Context) error {
		fresh = false
		saved, err := in.s.Store.SaveHeard(ctx, []bot.Heard{h})
		if err != nil {
			return fmt.Errorf("save the message: %w", err)
		}
		if saved[0].Outcome == bot.Forgotten {
			return bot.Errorf(bot.ErrGone, "Whoever wrote this was erased on request, so nothing they said before that is kept.")
		}
		if caseID = saved[0].CaseID; caseID > 0 {
			return nil
		}
		h.Mention.ID, h.Mention.Author.ID = saved[0].ID, saved[0].AuthorID
		c, err := in.s.Cases.Open(ctx, h, saved[0], concerned(h), act.OpenOptions{By: by})
		caseID, fresh, e.id = c.ID, true, saved[0].ID
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("make a case: %w", err)
	}
	if fresh {
		e.caseID = caseID
		in.remember(e)
	}
	return caseID, fresh, nil
}
