// Package intake is the way of a mention: it is matched to watches, given a
// verdict, compared with what was said before, and opens or joins a case, all
// committed in one transaction together with the cursor of its source.
package intake

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/act"
)

// Store is what intake keeps.
type Store interface {
	Transact(ctx context.Context, fn func(ctx context.Context) error) error
	SaveHeard(ctx context.Context, heard []bot.Heard) ([]bot.Saved, error)
	SaveRejected(ctx context.Context, rejected []bot.Rejected) error
	SaveSourceState(ctx context.Context, s bot.SourceState) error
	SaveVerdict(ctx context.Context, mentionID int64, v bot.Verdict) error
}

// Lookup finds what a mention belongs to.
type Lookup interface {
	Mention(ctx context.Context, id int64) (bot.Reading, error)
	FindMention(ctx context.Context, source, externalID string) (bot.Reading, error)
	Threads(ctx context.Context, source string, ids []string) (map[string]bot.Thread, error)
	OpenCaseOfAuthor(ctx context.Context, authorID int64, watch string, since time.Time) (int64, error)
	Case(ctx context.Context, id int64) (bot.Case, error)
}

// Words gives what stored mentions say, by their ids; those that were erased
// are left out.
type Words interface {
	Said(ctx context.Context, ids []int64) (map[int64]string, error)
}

// Analyzer reads a mention: the watches it belongs to, whether its author is
// one of ours, what it means, and what finds its echoes. It is pure and safe
// for concurrent use.
type Analyzer interface {
	Hear(m bot.Mention) bot.Heard
	SameWords(a, b string) bool // whether one text repeats the other
}

// Cases opens cases and lets mentions join them, inside the caller's transaction.
type Cases interface {
	Open(ctx context.Context, h bot.Heard, saved bot.Saved, watch string, opt act.OpenOptions) (bot.Case, error)
	Join(ctx context.Context, caseID int64, h bot.Heard, saved bot.Saved, how bot.Verb) error
	Edited(ctx context.Context, h bot.Heard, saved bot.Saved) error
	Bounced(ctx context.Context, replyID, caseID, mentionID int64, why string) error
	Reread(ctx context.Context, caseID int64, why string) error
}

// Echoes finds what may say the same among what was said lately: Near hands
// over the mentions worth comparing, the likeliest first, until fn returns
// false.
type Echoes interface {
	Near(hash uint64, watches []string, at time.Time, fn func(id, caseID int64) bool)
	Add(id, caseID int64, watches []string, hash uint64, at time.Time)
}

// echo is what the index is told of a mention once it is stored.
type echo struct {
	id, caseID int64
	watches    []string
	hash       uint64
	at         time.Time
	said       string
}

// Listener is told of every new mention once it is stored, in batches.
type Listener interface {
	Heard(ctx context.Context, heard []bot.Heard) error
}

// Opinions keeps the question of what slower readers think of a mention, in
// the transaction that stores it.
type Opinions interface {
	Want(ctx context.Context, m bot.Mention, v bot.Verdict) error
}

// Observer is told what became of every batch that was stored, and which of its
// mentions are new. It returns at once.
type Observer interface {
	Took(source string, r Result, fresh []bot.Heard)
}

// Settings is how intake treats what comes in.
type Settings struct {
	DefaultWatch string // what mentions belong to when no watch is defined; "" drops them
	Quiet        bool   // cases are opened without cards: an import
	Store        Store
	Lookup       Lookup
	Words        Words
	Analyzer     Analyzer
	Cases        Cases
	Echoes       Echoes
	Beside       Beside   // nil where there is one process
	Spikes       Listener // may be nil
	Opinions     Opinions // may be nil
	Observer     Observer // may be nil
	Log          *slog.Logger
	Now          func() time.Time
}

// Intake takes batches in. It is safe for concurrent use.
type Intake struct {
	s Settings

	catching sync.Mutex // guards cased
	cased    bot.CasedMark
}

// New makes an Intake.
func New(s Settings) *Intake {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	return &Intake{s: s}
}

// Result counts what became of a batch.
type Result struct {
	Read, New, Duplicate, Edited, Unmatched, Rejected int
	Flagged, Opened, Joined                           int
	Erased                                            int // of people who were erased: left out
}

// Add sums two results.
func (r *Result) Add(o Result) {
	r.Read += o.Read
	r.New += o.New
	r.Duplicate += o.Duplicate
	r.Edited += o.Edited
	r.Unmatched += o.Unmatched
	r.Rejected += o.Rejected
	r.Flagged += o.Flagged
	r.Opened += o.Opened
	r.Joined += o.Joined
	r.Erased += o.Erased
}

// Ingest stores a batch of a source together with its state: mentions,
// verdicts, cases, deliveries and the cursor in one transaction. An error
// means that nothing of it was stored.
func (in *Intake) Ingest(ctx context.Context, state bot.SourceState, batch bot.Batch) error {
	_, err := in.Take(ctx, state, batch)
	return err
}

// Take is Ingest that says what became of the batch.
func (in *Intake) Take(ctx context.Context, state bot.SourceState, batch bot.Batch) (Result, error) {
	return in.Keep(ctx, in.Read(state, batch))
}

// Prepared is a batch that was read and is not stored yet.
type Prepared struct {
	state bot.SourceState
	batch bot.Batch
	heard []bot.Heard
	broke int // mentions that could not be read: dead letters of batch
	now   time.Time
}

// Read does all that needs no store: it matches and judges, on all cores. The
// next batch can be read while the last is being kept.
func (in *Intake) Read(state bot.SourceState, batch bot.Batch) Prepared {
	now := in.s.Now()
	heard, letters := in.read(batch.Mentions, state, now)
	batch.Rejected = slices.Concat(batch.Rejected, letters)
	return Prepared{state: state, batch: batch, heard: heard, broke: len(letters), now: now}
}

// With is p with the state that is stored with it.
func (p Prepared) With(state bot.SourceState) Prepared {
	p.state = state
	return p
}

// Keep stores what was read, with its source's state, in one transaction. An
// error means that nothing of it was stored.
func (in *Intake) Keep(ctx context.Context, p Prepared) (Result, error) {
	state, batch, now := p.state, p.batch, p.now
	heard, err := in.known(ctx, p.heard)
	if err != nil {
		return Result{}, err
	}
	res := Result{Read: len(batch.Mentions) + len(batch.Rejected) - p.broke, Rejected: len(batch.Rejected)}
	res.Unmatched = len(batch.Mentions) - p.broke - len(heard)
	var fresh []bot.Heard
	var echoes []echo
	err = in.s.Store.Transact(ctx, func(ctx context.Context) error {
		fresh, echoes = fresh[:0], echoes[:0]
		counts := Result{}
		if mayEcho(heard) {
			if err := in.CatchUp(ctx); err != nil {
				return err
			}
		}
		saved, err := in.s.Store.SaveHeard(ctx, heard)
		if err != nil {
			return fmt.Errorf("save mentions of %s: %w", state.Name, err)
		}
		for i := range heard {
			heard[i].Mention.ID, heard[i].Mention.Author.ID = saved[i].ID, saved[i].AuthorID
			heard[i].Mention.Author.CustomerID = saved[i].CustomerID
			e, err := in.follow(ctx, heard[i], saved[i], echoes, &counts)
			if err != nil {
				return fmt.Errorf("follow mention %d: %w", saved[i].ID, err)
			}
			if saved[i].Outcome == bot.New {
				fresh, echoes = append(fresh, heard[i]), append(echoes, e)
			}
		}
		if err := in.saveRest(ctx, state, batch, now); err != nil {
			return err
		}
		counts.Read, counts.Rejected, counts.Unmatched = res.Read, res.Rejected, res.Unmatched
		res = counts
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	for _, e := range echoes {
		in.remember(e)
	}
	in.told(ctx, state.Name, fresh, echoes)
	if in.s.Observer != nil {
		in.s.Observer.Took(state.Name, res, fresh)
	}
	if in.s.Spikes != nil && len(fresh) > 0 {
		if err := in.s.Spikes.Heard(ctx, fresh); err != nil {
			in.s.Log.Error("spikes could not be looked for", "source", state.Name, "error", err)
		}
	}
	return res, nil
}

// told writes to the log which mentions were heard: those that have a case as
// news, the others as details. Nothing of what they say is in it.
func (in *Intake) told(ctx context.Context, source string, fresh []bot.Heard, echoes []echo) {
	all := in.s.Log.Enabled(ctx, slog.LevelDebug)
	for i, e := range echoes {
		level := slog.LevelDebug
		if e.caseID > 0 {
			level = slog.LevelInfo
		}
		if all || level > slog.LevelDebug {
			in.s.Log.Log(ctx, level, "mention", "mention", e.id, "case", e.caseID, "source", source, "label", fresh[i].Verdict.Label, "flagged", fresh[i].Verdict.Flagged)
		}
	}
}

// saveRest stores the dead letters and the source's state.
func (in *Intake) saveRest(ctx context.Context, state bot.SourceState, batch bot.Batch, now time.Time) error {
	rejected := make([]bot.Rejected, len(batch.Rejected))
	for i, r := range batch.Rejected {
		r.Source, r.At = state.Name, now
		rejected[i] = r
	}
	if len(rejected) > 0 {
		if err := in.s.Store.SaveRejected(ctx, rejected); err != nil {
			return fmt.Errorf("save dead letters of %s: %w", state.Name, err)
		}
	}
	if err := in.s.Store.SaveSourceState(ctx, state); err != nil {
		return fmt.Errorf("save the state of %s: %w", state.Name, err)
	}
	return nil
}

// read matches and analyzes the mentions of a batch, on all cores, and leaves
// out those that belong to no watch and cannot have belonged to one before.
// Those that could not be read are dead letters.
func (in *Intake) read(mentions []bot.Mention, state bot.SourceState, now time.Time) ([]bot.Heard, []bot.Rejected) {
	heard := make([]bot.Heard, len(mentions))
	keep := make([]bool, len(mentions))
	letters := make([][]bot.Rejected, len(mentions))
	workers := min(runtime.GOMAXPROCS(0), len(mentions)/8+1)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(mentions); i += workers {
				heard[i], keep[i], letters[i] = in.readSafely(mentions[i], state, now)
			}
		})
	}
	wg.Wait()
	kept := heard[:0]
	for i, k := range keep {
		if k {
			kept = append(kept, heard[i])
		}
	}
	return kept, slices.Concat(letters...)
}

func (in *Intake) readOne(m bot.Mention, state bot.SourceState, now time.Time) (bot.Heard, bool) {
	m.Source, m.SeenAt = state.Name, now
	if m.Kind == "" {
		m.Kind = state.Kind
	}
	if m.CreatedAt.IsZero() || m.CreatedAt.After(now) { // a date still to come is a wrong one
		m.CreatedAt = now
	}
	m.CreatedAt = m.CreatedAt.UTC()
	h := in.s.Analyzer.Hear(m)
	if len(h.Mention.Watches) == 0 && in.s.DefaultWatch != "" {
		h.Mention.Watches = []string{in.s.DefaultWatch}
	}
	return h, len(h.Mention.Watches) > 0 || mayBeOurs(h.Mention)
}
