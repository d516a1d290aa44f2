package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"earshot/bot"
)

// Whom says who is to be forgotten: an author of one source, or a customer with
// all the authors that they are.
type Whom struct {
	Source   string // of the author
	Author   string // the author's id, handle, e-mail address or name there
	Customer string // the id in the customer's system of record, or an e-mail address
}

// Erasure is what an erasure takes away, or would.
type Erasure struct {
	Authors   int    `json:"authors"`
	Customers int    `json:"customers"`
	Mentions  int    `json:"mentions"`   // with their verdicts, former texts, lessons and labels
	Quotes    int    `json:"quotes"`     // mentions of others that repeat or quote them: those words go
	Cases     int    `json:"cases"`      // opened by them: closed, without what was said
	Joined    int    `json:"joined"`     // cases of others that they are part of
	Replies   int    `json:"replies"`    // to them: the texts go
	Cards     int    `json:"cards"`      // posted messages that are edited
	Digests   int    `json:"digests"`    // stored reports that quoted them
	Spikes    int    `json:"spikes"`     // episodes that named them
	Others    int    `json:"others"`     // other rows that named them: lines of history, messages, dead letters
	Exports   []Copy `json:"exports"`    // files that hold them
	Backups   []Copy `json:"backups"`    // files that hold them until they are replaced
	Mark      string `json:"mark"`       // what the audit log calls the person: the beginning of a keyed hash
	Purged    bool   `json:"purged"`     // the file was written anew, because words were left in its gaps
	StillSeen int    `json:"still_seen"` // pieces of their texts still found in the store's files; 0 is what is wanted
}

// errPreview undoes an erasure that was only looked at.
var errPreview = errors.New("only looked")

// PreviewErasure tells what Erase would take away, by doing it and undoing it.
func (s *Store) PreviewErasure(ctx context.Context, who Whom) (Erasure, error) {
	e := &erasing{s: s}
	err := s.write(ctx, func(ctx context.Context, t *tx) error {
		e.t = t
		if err := e.run(ctx, who); err != nil {
			return err
		}
		return errPreview
	})
	if errors.Is(err, errPreview) {
		err = nil
	}
	return e.out, wrap("look what an erasure takes", err)
}

// Erase forgets a person: what they said and who they were go, what stands for
// them in counts stays as a number, their cases keep their times, and posted
// cards are edited by the outbox. They are remembered by keyed hashes alone, so
// that neither a source nor a backup brings them back. ErrNotFound when nobody
// is called so, ErrInvalid when several are.
func (s *Store) Erase(ctx context.Context, who Whom, by bot.Person) (Erasure, error) {
	e, err := s.eraseRows(ctx, who, by)
	if err != nil {
		return Erasure{}, err
	}
	if err := s.WriteErased(ctx); err != nil {
		return e.out, wrap("remember the erasure beside the store", err)
	}
	e.out.Purged, e.out.StillSeen, err = s.purge(ctx, e.samples())
	return e.out, wrap("overwrite what was erased", err)
}

// eraseRows is Erase without what is to be done to the files.
func (s *Store) eraseRows(ctx context.Context, who Whom, by bot.Person) (*erasing, error) {
	e := &erasing{s: s}
	err := s.write(ctx, func(ctx context.Context, t *tx) error {
		e.t = t
		if err := e.run(ctx, who); err != nil {
			return err
		}
		return e.audit(ctx, by)
	})
	return e, wrap("erase", err)
}

// erasing is an erasure under way, in one transaction.
type erasing struct {
	s        *Store
	t        *tx
	now      time.Time
	person   subject
	mentions map[int64]bool
	external map[string]bool // "source\x00id" of their mentions
	led      []int64         // cases that they opened
	joined   []int64         // cases of others that they are part of
	linked   []int64         // cases of others who were said to be, or not to be, the customer
	posts    map[bot.DeliveryKind]map[int64]bool
	scrub    *scrubber
	out      Erasure
}

func (e *erasing) run(ctx context.Context, who Whom) error {
	e.now, e.mentions, e.external = at(ms(e.s.now())), map[int64]bool{}, map[string]bool{}
	e.posts = map[bot.DeliveryKind]map[int64]bool{bot.DeliverCard: {}, bot.DeliverDigest: {}, bot.DeliverSpike: {}, bot.DeliverFold: {}, bot.DeliverNotice: {}}
	e.t.authors, e.t.forget = nil, true
	var err error
	if e.person, err = findSubject(ctx, e.t, who); err != nil {
		return err
	}
	e.scrub = newScrubber(e.person)
	for _, step := range []func(context.Context) error{
		e.collect, e.copies, e.casesOf, e.quotes, e.work, e.unlinked, e.elsewhere, e.remember, e.rows, e.redraw,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// said is what must be known of a mention to forget it.
type saidRow struct {
	id, caseID             int64
	source, external       string
	title, text            string
	authorLabel, authorURL string
}

// collect reads what the person said, now and before it was edited.
func (e *erasing) collect(ctx context.Context) error {
	for _, a := range e.person.authors {
		err := each(ctx, e.t, func(row scanner) (r saidRow, err error) {
			return r, row.Scan(&r.id, &r.caseID, &r.source, &r.external, &r.title, &r.text, &r.authorLabel, &r.authorURL)
		}, func(r saidRow) error {
			e.mentions[r.id] = true
			e.external[r.source+"\x00"+r.external] = true
			e.scrub.add(r.title, r.text)
			return nil
		}, `SELECT id, coalesce(case_id, 0), source, external_id, title, text, author, url FROM mentions WHERE author_id = ?1`, a.id)
		if err != nil {
			return wrap("read what they said", err)
		}
		err = each(ctx, e.t, func(row scanner) (r saidRow, err error) { return r, row.Scan(&r.title, &r.text) }, func(r saidRow) error {
			e.scrub.add(r.title, r.text)
			return nil
		}, `SELECT v.title, v.text FROM mention_versions v JOIN mentions m ON m.id = v.mention_id WHERE m.author_id = ?1`, a.id)
		if err != nil {
			return wrap("read what they said before", err)
		}
	}
	e.out.Authors, e.out.Mentions = len(e.person.authors), len(e.mentions)
	if e.person.customer != 0 {
		e.out.Customers = 1
	}
	return nil
}

// copies finds the files that hold the person.
func (e *erasing) copies(ctx context.Context) error {
	all, err := listCopies(ctx, e.t)
	if err != nil {
		return err
	}
	for _, c := range all {
		holds, err := e.holds(ctx, c)
		switch {
		case err != nil:
			return wrap("find the files that hold them", err)
		case holds && c.What == CopyBackup:
			e.out.Backups = append(e.out.Backups, c)
		case holds:
			e.out.Exports = append(e.out.Exports, c)
		}
	}
	return nil
}

// holds tells whether something of the person was there to be copied, and
// asked for.
func (e *erasing) holds(ctx context.Context, c Copy) (bool, error) {
	for _, a := range e.person.authors {
		w := &conditions{}
		w.add(`m.author_id = %s`, a.id)
		w.add(`m.seen_at <= %s`, ms(c.At))
		if c.Filter.Source != "" {
			w.add(`m.source = %s`, c.Filter.Source)
		}
		if c.Filter.Watch != "" {
			w.add(listed("m.watches", "%s"), names([]string{c.Filter.Watch}))
		}
		if c.What == CopyMentions && !c.Filter.From.IsZero() {
			w.add(`m.created_at >= %s`, ms(c.Filter.From))
		}
		if c.What == CopyMentions && !c.Filter.To.IsZero() {
			w.add(`m.created_at < %s`, ms(c.Filter.To))
		}
		n, _, err := one(ctx, e.t, scanID, `SELECT count(*) FROM mentions m`+w.where(), w.args...)
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

// casesOf finds the cases that the person opened, and those of others that
// they are part of.
func (e *erasing) casesOf(ctx context.Context) error {
	for _, a := range e.person.authors {
		led, err := list(ctx, e.t, scanID, `SELECT id FROM cases WHERE author_id = ?1`, a.id)
		if err != nil {
			return wrap("find their cases", err)
		}
		in, err := list(ctx, e.t, scanID, `SELECT DISTINCT case_id FROM mentions WHERE author_id = ?1 AND case_id IS NOT NULL`, a.id)
		if err != nil {
			return wrap("find their cases", err)
		}
		e.led, e.joined = append(e.led, led...), append(e.joined, in...)
	}
	e.led, e.joined = sorted(e.led), sorted(e.joined)
	e.joined = slices.DeleteFunc(e.joined, func(id int64) bool { return slices.Contains(e.led, id) })
	e.out.Cases, e.out.Joined = len(e.led), len(e.joined)
	for _, id := range slices.Concat(e.led, e.joined) {
		e.posts[bot.DeliverCard][id] = true
	}
	return nil
}

func sorted(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// audit writes that somebody was erased, and not who.
func (e *erasing) audit(ctx context.Context, by bot.Person) error {
	after, err := encode(map[string]int{"mentions": e.out.Mentions, "cases": e.out.Cases, "replies": e.out.Replies, "cards": e.out.Cards})
	if err != nil {
		return err
	}
	return e.t.addAudit(ctx, ms(e.now), bot.AuditEntry{By: by, Act: "erase", Target: "person " + e.out.Mark, After: after})
}

// rows deletes what the person said, who they were, and marks the days that
// must be counted again.
func (e *erasing) rows(ctx context.Context) error {
	for _, a := range e.person.authors {
		if err := e.t.markMentions(ctx, `author_id = ?1`, a.id); err != nil {
			return err
		}
		for _, q := range []string{`DELETE FROM mentions WHERE author_id = ?1`, `DELETE FROM authors WHERE id = ?1`} {
			if _, err := e.t.exec(ctx, q, a.id); err != nil {
				return wrap("delete what they said", err)
			}
		}
	}
	if e.person.customer == 0 {
		return nil
	}
	_, err := e.t.exec(ctx, `DELETE FROM customers WHERE id = ?1`, e.person.customer)
	return wrap("delete the customer", err)
}

// redraw has every posted message that showed the person drawn anew, and those
// that are being posted: they may have been drawn before.
func (e *erasing) redraw(ctx context.Context) error {
	if err := e.folds(ctx); err != nil {
		return err
	}
	for kind, targets := range e.posts {
		for target := range targets {
			places, err := list(ctx, e.t, func(row scanner) (p bot.Place, err error) { return p, row.Scan(&p.Platform, &p.Channel) }, `
SELECT platform, channel FROM posts WHERE kind = ?1 AND target = ?2
UNION SELECT platform, channel FROM deliveries WHERE kind = ?1 AND target = ?2 AND state IN ('sending', 'uncertain')`, string(kind), target)
			if err != nil {
				return wrap("find their cards", err)
			}
			for _, p := range places {
				e.out.Cards++
				d := bot.Delivery{Kind: kind, Platform: p.Platform, Channel: p.Channel, Target: target}
				if _, err := e.s.AddDelivery(e.ctx(ctx), d); err != nil {
					return err
				}
			}
		}
	}
	return e.notes(ctx)
}

// ctx is a context whose transaction is that of the erasure.
func (e *erasing) ctx(ctx context.Context) context.Context {
	return context.WithValue(ctx, txKey{e.s}, e.t)
}

// folds finds the roll-up cards that list their cases.
func (e *erasing) folds(ctx context.Context) error {
	all, err := list(ctx, e.t, scanFold, `SELECT `+foldColumns+` FROM folds`)
	if err != nil {
		return wrap("find roll-up cards", err)
	}
	for _, f := range all {
		if slices.ContainsFunc(f.Cases, func(id int64) bool { return e.posts[bot.DeliverCard][id] }) {
			e.posts[bot.DeliverFold][f.ID] = true
		}
	}
	return nil
}

// notes has the lines in the threads of their cases looked for and edited:
// where they stand is not kept, but their deliveries can be asked about.
func (e *erasing) notes(ctx context.Context) error {
	for _, id := range slices.Concat(e.led, e.linked) {
		sent, err := list(ctx, e.t, scanID, `
SELECT d.id FROM deliveries d JOIN case_events ev ON ev.id = d.event_id
WHERE d.kind = ?1 AND d.target = ?2 AND d.state = ?3 AND ev.text = ?4`,
			string(bot.DeliverNote), id, string(bot.DeliverySent), bot.Erased)
		if err != nil {
			return wrap("find the notes of a case", err)
		}
		for _, d := range sent {
			e.out.Cards++
			if _, err := e.t.exec(ctx, `UPDATE deliveries SET state = ?2, error = '', due_at = ?3 WHERE id = ?1`, d, string(bot.DeliveryUncertain), ms(e.now)); err != nil {
				return wrap("edit a note", err)
			}
			if err := e.s.Enqueue(e.ctx(ctx), bot.Job{Kind: bot.JobDeliver, ID: d, RunAt: e.now}); err != nil {
				return err
			}
		}
	}
	return nil
}

// samples are pieces of what they said that are looked for in the file.
func (e *erasing) samples() [][]byte {
	var out [][]byte
	for _, s := range e.scrub.texts {
		if len(s) >= sampleSize && len(out) < maxSamples {
			out = append(out, []byte(cutBytes(s, 4*sampleSize)))
		}
	}
	return out
}

// name is how somebody is called in errors.
func (w Whom) name() string {
	if w.Customer != "" {
		return fmt.Sprintf("the customer %q", w.Customer)
	}
	return fmt.Sprintf("%q on %s", w.Author, w.Source)
}
