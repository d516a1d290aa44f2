package intake

import (
	"context"
	"fmt"

	"earshot/bot"
)

// Reconsider takes a stored mention up again with another verdict. change is
// given what is stored now, and says what it means instead, why in a few words
// ("read it again: negative (minilm)"), and whether anything is to change. A
// mention that has a case has it drawn anew; one that is flagged only now
// opens a case or joins one, as if it had been from the start.
func (in *Intake) Reconsider(ctx context.Context, mentionID int64, change func(bot.Reading) (v bot.Verdict, why string, ok bool)) error {
	var e echo
	err := in.s.Store.Transact(ctx, func(ctx context.Context) error {
		e = echo{}
		r, err := in.s.Lookup.Mention(ctx, mentionID)
		if err != nil {
			return err
		}
		v, why, ok := change(r)
		if !ok {
			return nil
		}
		if err := in.s.Store.SaveVerdict(ctx, mentionID, v); err != nil {
			return err
		}
		if r.CaseID > 0 {
			if v.Label == r.Verdict.Label {
				return nil
			}
			return in.s.Cases.Reread(ctx, r.CaseID, why)
		}
		if !v.Flagged || r.Verdict.Flagged {
			return nil
		}
		if err := in.CatchUp(ctx); err != nil {
			return err
		}
		h := bot.Heard{Mention: r.Mention, Verdict: v, Hash: in.s.Analyzer.Hear(r.Mention).Hash}
		saved := bot.Saved{Outcome: bot.New, ID: mentionID, AuthorID: r.Mention.Author.ID, CustomerID: r.Mention.Author.CustomerID}
		e, err = in.place(ctx, h, saved, nil, &Result{})
		return err
	})
	if err != nil {
		return fmt.Errorf("reconsider mention %d: %w", mentionID, err)
	}
	in.remember(e)
	return nil
}
