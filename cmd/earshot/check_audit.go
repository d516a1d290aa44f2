package main

import (
	"context"
	"fmt"

	"earshot/bot"
	"earshot/store"
)

// audited verifies the chain of the audit log, and prints its head: noted
// elsewhere, it shows later whether the end was cut off.
func (c checkCmd) audited(e *env, cfg *config) error {
	s, err := openToRead(e, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	chain, err := s.VerifyAudit(e.ctx, c.Head)
	if err != nil {
		return err
	}
	if c.JSON {
		err = e.printJSON(chain)
	} else {
		printFindings(e, chainFindings(chain))
	}
	if err == nil && chain.Broken > 0 {
		return errFindings
	}
	return err
}

// chainFindings says of the audit log what people must know.
func chainFindings(c store.AuditChain) []bot.Finding {
	if c.Broken > 0 {
		return []bot.Finding{{What: fmt.Sprintf("Audit log: broken at line %d: %s", c.Broken, c.Why),
			Mend: "Somebody changed it behind Earshot's back. Keep a copy of the store as it is, and compare with your backups."}}
	}
	f := bot.Finding{OK: true, What: fmt.Sprintf("Audit log: %d lines, each as it was written", c.Lines)}
	if c.Lines == 1 {
		f.What = "Audit log: 1 line, as it was written"
	}
	if c.Forgotten > 0 {
		f.What += fmt.Sprintf(" (%d of them without what changed: somebody was forgotten)", c.Forgotten)
	}
	switch {
	case c.Waiting > 0:
		f.Mend = fmt.Sprintf("%d lines are from before there was a chain; the next act seals them.", c.Waiting)
	case c.Head != "":
		f.Mend = "Note its head somewhere else: " + c.Head + "\n      With --head, a later check tells whether lines up to it were changed or cut off."
	}
	return []bot.Finding{f}
}

// logAuditHead writes the head of the audit log into the log, which is kept
// elsewhere: whoever cuts lines off cannot cut that.
func (a *app) logAuditHead(ctx context.Context) error {
	head, err := a.store.AuditHead(ctx)
	if err != nil || head == "" {
		return err
	}
	a.log.InfoContext(ctx, "head of the audit log", "head", head)
	return nil
}
