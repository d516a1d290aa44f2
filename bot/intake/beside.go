package intake

import (
	"context"
	"fmt"
	"slices"
	"time"

	"earshot/bot"
)

// Beside tells what other processes on the same store have made cases of: it
// hands over the mentions that came to a case after a mark, and gives the mark
// of now. After the zero mark, nothing came.
type Beside interface {
	CasedSince(ctx context.Context, mark bot.CasedMark, fn func(id, caseID int64, watches []string, hash uint64, at time.Time) error) (bot.CasedMark, error)
}

// CatchUp learns which mentions other processes have made cases of since it
// last did, so that what repeats them joins those cases; the first time, it
// only takes note where it begins. In a transaction, while nobody else writes,
// nothing is missed. Where there is one process it does nothing.
func (in *Intake) CatchUp(ctx context.Context) error {
	if in.s.Beside == nil {
		return nil
	}
	in.catching.Lock()
	defer in.catching.Unlock()
	mark, err := in.s.Beside.CasedSince(ctx, in.cased, func(id, caseID int64, watches []string, hash uint64, at time.Time) error {
		in.learn(echo{id: id, caseID: caseID, watches: watches, hash: hash, at: at})
		return nil
	})
	if err != nil {
		return fmt.Errorf("learn of the cases of other replicas: %w", err)
	}
	in.cased = mark
	return nil
}

// remember has a mention that was stored found by what repeats it. Only a case
// takes echoes.
func (in *Intake) remember(e echo) {
	switch {
	case e.caseID == 0:
	case in.s.Beside == nil:
		in.s.Echoes.Add(e.id, e.caseID, e.watches, e.hash, e.at)
	default:
		in.catching.Lock()
		defer in.catching.Unlock()
		in.learn(e)
	}
}

// learn remembers a mention, unless it is remembered: what this process has
// stored itself is handed over by the store as well. catching is held.
func (in *Intake) learn(e echo) {
	seen := false
	in.s.Echoes.Near(e.hash, e.watches, e.at, func(id, _ int64) bool {
		seen = id == e.id
		return !seen
	})
	if !seen {
		in.s.Echoes.Add(e.id, e.caseID, e.watches, e.hash, e.at)
	}
}

// mayEcho tells whether a batch has a mention that is compared with what was
// said before.
func mayEcho(heard []bot.Heard) bool {
	return slices.ContainsFunc(heard, func(h bot.Heard) bool {
		return h.Hash != 0 && !h.Mention.History && !h.Mention.Author.Staff && (h.Verdict.Flagged || h.Verdict.Voice == bot.Hearsay)
	})
}
