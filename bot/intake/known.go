package intake

import (
	"context"
	"fmt"

	"earshot/bot"
)

// mayBeKnown tells whether a mention that matches no watch may have matched one
// before: it was edited, or taken back.
func mayBeKnown(m bot.Mention) bool { return m.Deleted || !m.EditedAt.IsZero() }

// known leaves out what belongs to no watch, but for what is stored already:
// who edits our name away, or deletes the post, changes what a card shows.
// Those keep the watches that they had.
func (in *Intake) known(ctx context.Context, heard []bot.Heard) ([]bot.Heard, error) {
	kept := make([]bot.Heard, 0, len(heard))
	for _, h := range heard {
		if len(h.Mention.Watches) == 0 {
			r, err := in.s.Lookup.FindMention(ctx, h.Mention.Source, h.Mention.ExternalID)
			if bot.KindOf(err) == bot.ErrNotFound {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("find what was edited: %w", err)
			}
			h.Mention.Watches = r.Mention.Watches
		}
		kept = append(kept, h)
	}
	return kept, nil
}
