package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"earshot/bot"
)

// mayBeOurs tells whether a mention that matches no watch may have to do with
// us all the same: it was edited or taken back, and may have matched one
// before; or it answers something.
func mayBeOurs(m bot.Mention) bool { return m.Deleted || !m.EditedAt.IsZero() || m.ParentID != "" }

// known leaves out what belongs to no watch, but for what is stored already:
// who edits our name away, or deletes the post, changes what a card shows; and
// who goes on below what they said of us, or answers us, need not name us
// again. Those keep the watches that they had. What we sent ourselves is left
// out as well: sources hear it like any other post.
func (in *Intake) known(ctx context.Context, heard []bot.Heard) ([]bot.Heard, error) {
	threads, err := in.threads(ctx, heard)
	if err != nil {
		return nil, err
	}
	kept := make([]bot.Heard, 0, len(heard))
	for _, h := range heard {
		m := &h.Mention
		if sentByUs(threads, *m) {
			continue
		}
		if len(m.Watches) == 0 {
			m.Watches = goesOn(threads, *m)
		}
		if len(m.Watches) == 0 && (m.Deleted || !m.EditedAt.IsZero()) {
			r, err := in.s.Lookup.FindMention(ctx, m.Source, m.ExternalID)
			if err != nil && bot.KindOf(err) != bot.ErrNotFound {
				return nil, fmt.Errorf("find what was edited: %w", err)
			}
			m.Watches = r.Mention.Watches
		}
		if len(m.Watches) == 0 {
			continue
		}
		if _, stored := threads[m.ExternalID]; !stored && threads != nil {
			threads[m.ExternalID] = bot.Thread{Watches: m.Watches, AuthorKey: m.Author.Key()} // for what answers it in this batch
		}
		kept = append(kept, h)
	}
	return kept, nil
}

// threads finds what the mentions of a batch answer, and which of those that
// answer something are replies that we sent; nil where nothing answers.
func (in *Intake) threads(ctx context.Context, heard []bot.Heard) (map[string]bot.Thread, error) {
	var ids []string
	for _, h := range heard {
		if m := h.Mention; m.ParentID != "" {
			ids = append(ids, m.ParentID, m.ExternalID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	threads, err := in.s.Lookup.Threads(ctx, heard[0].Mention.Source, slices.Compact(ids))
	if err != nil {
		return nil, fmt.Errorf("find what is answered: %w", err)
	}
	return threads, nil
}

// sentByUs tells whether a mention is a reply that we sent: by its id, or,
// while that is not known yet, by its words below what it answers.
func sentByUs(threads map[string]bot.Thread, m bot.Mention) bool {
	if m.ParentID == "" {
		return false
	}
	if threads[m.ExternalID].Ours {
		return true
	}
	above := threads[m.ParentID]
	if above.Sending == "" || above.AuthorKey == m.Author.Key() {
		return false
	}
	return strings.Contains(oneLine(m.Text), oneLine(above.Sending))
}

// oneLine is s with each run of white space as one space.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// goesOn gives the watches of a conversation in which somebody speaks who
// names us no more: whoever answers our reply, and an author who goes on below
// their own words. What was dismissed as spam or as not about us does not.
func goesOn(threads map[string]bot.Thread, m bot.Mention) []string {
	above, ok := threads[m.ParentID]
	if m.ParentID == "" || m.Deleted || !ok || above.Closed {
		return nil
	}
	if above.Ours || above.AuthorKey != "" && above.AuthorKey == m.Author.Key() {
		return above.Watches
	}
	return nil
}
