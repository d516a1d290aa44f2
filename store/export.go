package store

import (
	"context"

	"earshot/bot"
)

// exported are the rows that an export reads, by what it holds, and the column
// of their time.
func exported() map[CopyWhat]struct{ from, time string } {
	return map[CopyWhat]struct{ from, time string }{
		CopyMentions: {`mentions m`, `m.created_at`},
		CopyCases:    {`cases c`, `c.opened_at`},
		CopyReplies:  {`replies r JOIN cases c ON c.id = r.case_id`, `r.created_at`},
		CopyEvents:   {`case_events e JOIN cases c ON c.id = e.case_id`, `e.at`},
	}
}

// exportConditions are those of a filter on what an export holds.
func exportConditions(what CopyWhat, f ExportFilter) *conditions {
	w := &conditions{}
	column := exported()[what].time
	if !f.From.IsZero() {
		w.add(column+` >= %s`, ms(f.From))
	}
	if !f.To.IsZero() {
		w.add(column+` < %s`, ms(f.To))
	}
	if what == CopyMentions {
		if f.Source != "" {
			w.add(`m.source = %s`, f.Source)
		}
		if f.Watch != "" {
			w.add(listed("m.watches", "%s"), names([]string{f.Watch}))
		}
		return w
	}
	if f.Source != "" {
		w.add(`c.source = %s`, f.Source)
	}
	if f.Watch != "" {
		w.add(`c.watch = %s`, f.Watch)
	}
	return w
}

// CountExport tells how many rows an export has.
func (s *Store) CountExport(ctx context.Context, what CopyWhat, f ExportFilter) (int64, error) {
	w := exportConditions(what, f)
	n, _, err := one(ctx, s.reader(ctx), scanID, `SELECT count(*) FROM `+exported()[what].from+w.where(), w.args...)
	return n, wrap("count what is exported", err)
}

// ExportMentions hands over the mentions that a filter chooses, in the order in
// which they were stored, with their verdicts as they stand.
func (s *Store) ExportMentions(ctx context.Context, f ExportFilter, fn func(bot.Reading) error) error {
	w := exportConditions(CopyMentions, f)
	query := `SELECT ` + readingColumns + ` FROM ` + readingTables + w.where() + ` ORDER BY m.id`
	return wrap("export mentions", each(ctx, s.reader(ctx), scanReading, fn, query, w.args...))
}

// ExportCases hands over the cases that a filter chooses, in the order in which
// they were opened.
func (s *Store) ExportCases(ctx context.Context, f ExportFilter, fn func(bot.Case) error) error {
	w := exportConditions(CopyCases, f)
	query := `SELECT c.id, ` + caseColumns + ` FROM cases c` + w.where() + ` ORDER BY c.id`
	return wrap("export cases", each(ctx, s.reader(ctx), scanCase, fn, query, w.args...))
}

// ExportReplies hands over the answers to customers, in the order in which they
// were written.
func (s *Store) ExportReplies(ctx context.Context, f ExportFilter, fn func(bot.Reply) error) error {
	w := exportConditions(CopyReplies, f)
	query := `SELECT ` + replyColumns + ` FROM replies WHERE id IN (SELECT r.id FROM ` + exported()[CopyReplies].from + w.where() + `) ORDER BY id`
	return wrap("export replies", each(ctx, s.reader(ctx), scanReply, fn, query, w.args...))
}

// ExportEvents hands over the lines of cases' histories, in their order.
func (s *Store) ExportEvents(ctx context.Context, f ExportFilter, fn func(bot.Event) error) error {
	w := exportConditions(CopyEvents, f)
	query := `SELECT ` + eventColumns + ` FROM case_events WHERE id IN (SELECT e.id FROM ` + exported()[CopyEvents].from + w.where() + `) ORDER BY id`
	return wrap("export events", each(ctx, s.reader(ctx), scanCaseEvent, fn, query, w.args...))
}
