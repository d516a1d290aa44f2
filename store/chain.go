package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"

	"earshot/bot"
)

// The audit log is a chain: each line's hash covers the hash of the line
// before, so a line that is changed, taken out, put in or moved breaks it from
// there on.
//
//	who   = HMAC-SHA256(salt, by)
//	what  = HMAC-SHA256(another salt, before, after)
//	chain = SHA-256(chain of the line before, place, at, act, target, who, what)
//
// each part after its length ("5:claim"). What a line says of people is in the
// seals alone: when somebody is forgotten, the line loses that and its salt,
// without which nobody can try names against the seal; the chain holds.
//
// No key is in it, so whoever may write to the database may also write a whole
// new chain, or cut its end off together with the head. That shows only beside
// a head that was noted elsewhere: `earshot check --audit` prints it, the log
// has it once a day, and `earshot check --audit --head` compares.

// AuditChain is what reading the whole audit log came to.
type AuditChain struct {
	Lines     int64  `json:"lines"`     // that are sealed and in order
	Forgotten int64  `json:"forgotten"` // of them, without who or what, because somebody was forgotten
	Waiting   int64  `json:"waiting"`   // written before there was a chain: the next act seals them
	Head      string `json:"head"`      // "place:hash" of the last line; empty for an empty log
	Broken    int64  `json:"broken"`    // place of the first line that is wrong; 0 for none
	Why       string `json:"why,omitempty"`
}

// seals are what a line has of the chain.
type seals struct {
	place              int64
	whoSalt, whoSeal   string
	whatSalt, whatSeal string
	chain              string
}

// auditLine is a line of the audit log as it is stored.
type auditLine struct {
	id            int64
	at            int64
	by            string
	act, target   string
	before, after string
	seals         seals
	head          seals // of the whole log: place and chain
	waiting       int64 // lines without a place
}

// next is the hash of a line behind the one whose hash is before.
func (l auditLine) next(before string) string {
	h := sha256.New()
	parts(h, before, strconv.FormatInt(l.seals.place, 10), strconv.FormatInt(l.at, 10), l.act, l.target, l.seals.whoSeal, l.seals.whatSeal)
	return hex.EncodeToString(h.Sum(nil))
}

// sealOf hides what is said behind a salt.
func sealOf(salt string, said ...string) string {
	h := hmac.New(sha256.New, []byte(salt))
	parts(h, said...)
	return hex.EncodeToString(h.Sum(nil))
}

// sealed tells whether what is said is what was sealed; forgotten that it is
// gone, and its salt with it.
func sealed(salt, seal string, said ...string) (holds, forgotten bool) {
	if salt == "" {
		return strings.Join(said, "") == "", true
	}
	return sealOf(salt, said...) == seal, false
}

// parts writes each part after its length, so that no two lists of parts are
// written the same way.
func parts(h hash.Hash, all ...string) {
	for _, p := range all {
		_, _ = io.WriteString(h, strconv.Itoa(len(p))+":"+p) // a hash takes everything
	}
}

// sealAudit gives every line that this transaction added, and those from
// before there was a chain, its place. It runs right before the commit, so the
// lock on the head, which keeps replicas in order, is held for a moment only.
func (t *tx) sealAudit(ctx context.Context) error {
	head, _, err := one(ctx, t, func(row scanner) (s seals, err error) { return s, row.Scan(&s.place, &s.chain) },
		`UPDATE audit_head SET place = place WHERE one = 1 RETURNING place, chain`)
	if err != nil {
		return fmt.Errorf("seal the audit log: %w", err)
	}
	lines, err := list(ctx, t, func(row scanner) (l auditLine, err error) {
		return l, row.Scan(&l.id, &l.at, &l.by, &l.act, &l.target, &l.before, &l.after)
	}, `SELECT id, at, by_whom, act, target, before, after FROM audit WHERE place = 0 ORDER BY id`)
	if err != nil || len(lines) == 0 {
		return wrap("seal the audit log", err)
	}
	for _, l := range lines {
		who, what := rand.Text(), rand.Text()
		l.seals = seals{place: head.place + 1, whoSalt: who, whoSeal: sealOf(who, l.by), whatSalt: what, whatSeal: sealOf(what, l.before, l.after)}
		l.seals.chain = l.next(head.chain)
		head = l.seals
		if _, err := t.exec(ctx, `UPDATE audit SET place = ?2, who_salt = ?3, who_seal = ?4, what_salt = ?5, what_seal = ?6, chain = ?7 WHERE id = ?1`,
			l.id, head.place, head.whoSalt, head.whoSeal, head.whatSalt, head.whatSeal, head.chain); err != nil {
			return fmt.Errorf("seal the audit log: %w", err)
		}
	}
	_, err = t.exec(ctx, `UPDATE audit_head SET place = ?1, chain = ?2 WHERE one = 1`, head.place, head.chain)
	return wrap("seal the audit log", err)
}

// forgetAudit takes out of the audit lines of these targets ("reply 12",
// "case 7") what was changed; who did what sort of thing, and when, stays, and
// so does the chain. Erasure must not change the lines in any other way.
func (t *tx) forgetAudit(ctx context.Context, targets ...string) error {
	if err := t.sealAudit(ctx); err != nil {
		return err
	}
	for _, target := range targets {
		if _, err := t.exec(ctx, `UPDATE audit SET before = '', after = '', what_salt = '' WHERE target = ?1`, target); err != nil {
			return wrap("forget in the audit log", err)
		}
	}
	return nil
}

// AuditHead is the end of the audit log's chain, "place:hash"; empty while
// nothing is in it. Whoever notes it elsewhere can tell later that no line up
// to it was changed or taken away.
func (s *Store) AuditHead(ctx context.Context) (string, error) {
	h, _, err := one(ctx, s.reader(ctx), func(row scanner) (h seals, err error) { return h, row.Scan(&h.place, &h.chain) },
		`SELECT place, chain FROM audit_head WHERE one = 1`)
	return h.name(), wrap("read the head of the audit log", err)
}

func (s seals) name() string {
	if s.place == 0 {
		return ""
	}
	return fmt.Sprintf("%d:%s", s.place, s.chain)
}

// errBroken ends the reading at the first wrong line.
var errBroken = errors.New("the chain is broken")

// VerifyAudit reads the whole audit log and tells where its chain breaks, if
// it does. known is a head that was noted before, or empty.
func (s *Store) VerifyAudit(ctx context.Context, known string) (AuditChain, error) {
	known = strings.TrimSpace(known)
	v := verifier{known: known, seen: known == ""}
	err := each(ctx, s.reader(ctx), scanAuditLine, v.take, `
SELECT h.place, h.chain, (SELECT count(*) FROM audit w WHERE w.place = 0), coalesce(a.id, 0), coalesce(a.at, 0), coalesce(a.by_whom, ''),
  coalesce(a.act, ''), coalesce(a.target, ''), coalesce(a.before, ''), coalesce(a.after, ''), coalesce(a.place, 0), coalesce(a.chain, ''),
  coalesce(a.who_salt, ''), coalesce(a.who_seal, ''), coalesce(a.what_salt, ''), coalesce(a.what_seal, '')
FROM audit_head h LEFT JOIN audit a ON a.place <> 0 WHERE h.one = 1 ORDER BY a.place, a.id`)
	if err != nil && !errors.Is(err, errBroken) {
		return AuditChain{}, wrap("read the audit log", err)
	}
	return v.end(), nil
}

func scanAuditLine(row scanner) (l auditLine, err error) {
	return l, row.Scan(&l.head.place, &l.head.chain, &l.waiting, &l.id, &l.at, &l.by, &l.act, &l.target, &l.before, &l.after,
		&l.seals.place, &l.seals.chain, &l.seals.whoSalt, &l.seals.whoSeal, &l.seals.whatSalt, &l.seals.whatSeal)
}

// verifier walks along the chain.
type verifier struct {
	out        AuditChain
	last, head seals
	any        bool   // the log has a head
	known      string // a head that was noted before
	seen       bool   // it is in the chain
}

// take looks at the next line; id 0 stands for an empty log.
func (v *verifier) take(l auditLine) error {
	v.any, v.head, v.out.Waiting = true, l.head, l.waiting
	if l.id == 0 {
		return nil
	}
	want := v.last.place + 1
	who, noWho := sealed(l.seals.whoSalt, l.seals.whoSeal, l.by)
	what, noWhat := sealed(l.seals.whatSalt, l.seals.whatSeal, l.before, l.after)
	name := fmt.Sprintf("line %d (%s of %s, %s)", l.seals.place, l.act, l.target, at(l.at).Format("2006-01-02 15:04:05Z"))
	switch {
	case l.seals.place > want:
		return v.broken(want, fmt.Sprintf("line %d is missing", want))
	case l.seals.place < want:
		return v.broken(l.seals.place, fmt.Sprintf("there are two lines %d", l.seals.place))
	case l.next(v.last.chain) != l.seals.chain:
		return v.broken(want, name+" is not what was written there")
	case !who:
		return v.broken(want, name+": who did it is not what was written there")
	case !what:
		return v.broken(want, name+": what changed is not what was written there")
	}
	if noWho || noWhat {
		v.out.Forgotten++
	}
	v.out.Lines++
	v.last = l.seals
	v.seen = v.seen || l.seals.name() == v.known
	return nil
}

func (v *verifier) broken(place int64, why string) error {
	v.out.Broken, v.out.Why = place, why
	return errBroken
}

// end looks at what no single line tells.
func (v *verifier) end() AuditChain {
	v.out.Head = v.last.name()
	switch {
	case v.out.Broken > 0:
	case !v.any:
		v.out.Broken, v.out.Why = 1, "the head of the chain is gone"
	case v.last.place < v.head.place:
		v.out.Broken, v.out.Why = v.last.place+1, fmt.Sprintf("the chain ends at line %d, and line %d was written", v.last.place, v.head.place)
	case v.last.place > v.head.place:
		v.out.Broken, v.out.Why = v.head.place+1, fmt.Sprintf("line %d was not added by Earshot", v.head.place+1)
	case v.last.chain != v.head.chain:
		v.out.Broken, v.out.Why = v.last.place, fmt.Sprintf("line %d, the last, is not the one that was written there", v.last.place)
	case v.out.Waiting > 0 && v.head.place > 0:
		v.out.Broken, v.out.Why = v.head.place+1, fmt.Sprintf("%d lines were not added by Earshot", v.out.Waiting)
	case !v.seen:
		place, _, _ := strings.Cut(v.known, ":")
		n, err := strconv.ParseInt(place, 10, 64)
		if err != nil || n < 1 {
			n = 1
		}
		v.out.Broken, v.out.Why = n, fmt.Sprintf("the head %s, which you noted, is not in it: lines up to %d were written anew, or the end was cut off", v.known, n)
	}
	return v.out
}

// addAudit writes a line, which the end of its transaction seals.
func (t *tx) addAudit(ctx context.Context, when int64, e bot.AuditEntry) error {
	t.audited = true
	_, err := t.exec(ctx, `INSERT INTO audit (at, by_whom, act, target, before, after) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		when, person(e.By), e.Act, e.Target, e.Before, e.After)
	return err
}
