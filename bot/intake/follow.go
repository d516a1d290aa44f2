package intake

import (
	"context"
	"fmt"
	"time"

	"earshot/bot"
	"earshot/bot/act"
)

// sameAuthor is how long an author's further complaints join the open case.
const sameAuthor = 24 * time.Hour

// follow decides what a stored mention means for cases: a new one may open a
// case or join one, an edited one is told to its case.
func (in *Intake) follow(ctx context.Context, h bot.Heard, saved bot.Saved, before []echo, counts *Result) (echo, error) {
	e := echo{id: saved.ID, watches: h.Mention.Watches, hash: h.Hash, at: h.Mention.CreatedAt, said: h.Mention.Said()}
	switch saved.Outcome {
	case bot.Duplicate:
		counts.Duplicate++
		return e, nil
	case bot.Forgotten:
		counts.Erased++
		return e, nil
	case bot.Edited:
		counts.Edited++
		return e, in.s.Cases.Edited(ctx, h, saved)
	}
	counts.New++
	if h.Verdict.Flagged {
		counts.Flagged++
	}
	if h.Mention.Bounced {
		return e, in.bounced(ctx, h.Mention)
	}
	if h.Mention.History || h.Mention.Author.Staff {
		return e, nil
	}
	if in.s.Opinions != nil {
		if err := in.s.Opinions.Want(ctx, h.Mention, h.Verdict); err != nil {
			return e, err
		}
	}
	return in.place(ctx, h, saved, before, counts)
}

// bounced tells the case of a reply that it came back. It is no news of a
// customer's, and opens nothing.
func (in *Intake) bounced(ctx context.Context, m bot.Mention) error {
	threads, err := in.s.Lookup.Threads(ctx, m.Source, []string{m.ParentID})
	if err != nil {
		return fmt.Errorf("find which reply came back: %w", err)
	}
	t := threads[m.ParentID]
	if !t.Ours {
		return nil
	}
	return in.s.Cases.Bounced(ctx, t.ReplyID, t.CaseID, m.ID, m.Text)
}

// place opens a case for a mention or lets it join one, where it needs either.
func (in *Intake) place(ctx context.Context, h bot.Heard, saved bot.Saved, before []echo, counts *Result) (echo, error) {
	e := echo{id: saved.ID, watches: h.Mention.Watches, hash: h.Hash, at: h.Mention.CreatedAt, said: h.Mention.Said()}
	caseID, how, err := in.belongsTo(ctx, h, e, before)
	if err != nil {
		return e, err
	}
	switch {
	case caseID > 0:
		counts.Joined++
		e.caseID = caseID
		return e, in.s.Cases.Join(ctx, caseID, h, saved, how)
	case h.Verdict.Flagged:
		counts.Opened++
		c, err := in.s.Cases.Open(ctx, h, saved, concerned(h), act.OpenOptions{Quiet: in.s.Quiet})
		e.caseID = c.ID
		return e, err
	}
	return e, nil
}

// belongsTo finds the case that a mention is part of: the one it reposts, the
// conversation it answers in, the one it echoes, or its author's own; 0 when
// there is none.
func (in *Intake) belongsTo(ctx context.Context, h bot.Heard, e echo, before []echo) (int64, bot.Verb, error) {
	m := h.Mention
	if m.RepostOf != "" || m.ParentID != "" {
		threads, err := in.s.Lookup.Threads(ctx, m.Source, []string{m.RepostOf, m.ParentID})
		if err != nil {
			return 0, "", fmt.Errorf("find what it refers to: %w", err)
		}
		if t := threads[m.RepostOf]; m.RepostOf != "" && t.CaseID > 0 && !t.Ours {
			return t.CaseID, bot.Echo, nil
		}
		if t := threads[m.ParentID]; m.ParentID != "" && t.CaseID > 0 && samePerson(t, m.Author) {
			return t.CaseID, bot.AuthorReply, nil
		}
	}
	if !h.Verdict.Flagged && h.Verdict.Voice != bot.Hearsay { // "RT @ann: …" complains of nothing itself
		return 0, "", nil
	}
	caseID, err := in.echoed(ctx, e, before)
	if err != nil || caseID > 0 || !h.Verdict.Flagged {
		return caseID, bot.Echo, err
	}
	caseID, err = in.s.Lookup.OpenCaseOfAuthor(ctx, m.Author.ID, concerned(h), m.CreatedAt.Add(-sameAuthor))
	if err != nil {
		return 0, "", fmt.Errorf("find the author's open case: %w", err)
	}
	return caseID, bot.AuthorReply, nil
}

// samePerson tells whether a is who said what t is, or whom our reply answers:
// the same author, or the same customer under another name.
func samePerson(t bot.Thread, a bot.Author) bool {
	return t.AuthorID != 0 && t.AuthorID == a.ID || t.CustomerID != 0 && t.CustomerID == a.CustomerID
}

// concerned is the watch that a case of the mention is about: of several, the
// first that it complains of.
func concerned(h bot.Heard) string {
	for _, w := range h.Mention.Watches {
		if h.Verdict.For(w).Flagged {
			return w
		}
	}
	return h.Mention.Watches[0]
}

// echoed finds the case of a mention that said the same; 0 when there is none.
// A case that was resolved is past: whoever says it again needs an answer. One
// that was dismissed takes its echoes with it.
func (in *Intake) echoed(ctx context.Context, e echo, before []echo) (int64, error) {
	if e.hash == 0 {
		return 0, nil
	}
	caseID, err := in.repeated(ctx, e, before)
	if err != nil || caseID == 0 {
		return 0, err
	}
	c, err := in.s.Lookup.Case(ctx, caseID)
	if err != nil {
		return 0, fmt.Errorf("read the case that it echoes: %w", err)
	}
	if c.State == bot.Resolved {
		return 0, nil
	}
	return caseID, nil
}

// repeated finds the case of a mention whose words the text repeats; 0 when
// there is none.
func (in *Intake) repeated(ctx context.Context, e echo, before []echo) (int64, error) {
	for i := len(before) - 1; i >= 0; i-- { // the same batch, not in the index yet
		b := before[i]
		if b.caseID > 0 && b.hash == e.hash && b.watches[0] == e.watches[0] && in.s.Analyzer.SameWords(b.said, e.said) {
			return b.caseID, nil
		}
	}
	var ids, cases []int64
	in.s.Echoes.Near(e.hash, e.watches, e.at, func(id, of int64) bool {
		ids, cases = append(ids, id), append(cases, of)
		return true
	})
	if len(ids) == 0 {
		return 0, nil
	}
	words, err := in.s.Words.Said(ctx, ids)
	if err != nil {
		return 0, fmt.Errorf("read what it may echo: %w", err)
	}
	for i, id := range ids {
		if said, there := words[id]; there && in.s.Analyzer.SameWords(said, e.said) {
			return cases[i], nil
		}
	}
	return 0, nil
}
