// Package opinion asks slower readers what a mention means, after the embedded
// model has spoken and the card is out: a language model for what was unsure,
// a larger classifier for everything. Nothing waits for them, and without them
// everything works the same. What they say replaces the verdict when it comes.
package opinion

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"earshot/bot"
)

// Opinion is what a slower reader says of one mention.
type Opinion struct {
	Label      bot.Label
	Probs      bot.Probs
	Confidence float64 // 0 to 1
	Model      string  // who says so: "minilm", "gpt-oss:20b"
	Generated  bool    // by a language model, which texts can talk to: it never takes a flag away
}

// Reader reads mentions slowly. It is safe for concurrent use.
type Reader interface {
	Name() string
	// Wants tells whether a mention with this verdict is worth its while.
	Wants(v bot.Verdict) bool
	// Read judges a mention; the zero Opinion says that it knows no better. An error means no opinion; a *bot.Error of kind
	// ErrRateLimited with RetryAfter, that it may be asked again after that.
	Read(ctx context.Context, m bot.Mention) (Opinion, error)
}

// Queue is where questions wait.
type Queue interface {
	Enqueue(ctx context.Context, j bot.Job) error
}

// Mentions is what the questions are about.
type Mentions interface {
	Mention(ctx context.Context, id int64) (bot.Reading, error)
}

// Intake takes a mention up again with another verdict. change is given what
// is stored now and says whether anything is to change.
type Intake interface {
	Reconsider(ctx context.Context, mentionID int64, change func(bot.Reading) (v bot.Verdict, why string, ok bool)) error
}

// Notifier tells the team when a reader does not answer, and when it does again.
type Notifier interface {
	Notify(ctx context.Context, n bot.Notice) error
	Mended(ctx context.Context, key string) error
}

// Settings are a Desk's.
type Settings struct {
	Readers  []Reader  // asked in order; the last word counts
	Budgets  []*Budget // one for each reader
	FlagAt   float64   // probability of negative from which a mention is flagged
	Queue    Queue
	Mentions Mentions
	Notices  Notifier
	Log      *slog.Logger
	Now      func() time.Time
}

// Desk keeps the questions and hands the answers on. It is safe for concurrent
// use.
type Desk struct {
	s      Settings
	mu     sync.Mutex
	failed map[string]int       // in a row, by reader
	rests  map[string]time.Time // readers that are left alone until then
}

// A reader that fails this often in a row is left alone for a while.
const (
	failuresBeforeRest = 3
	restFor            = 5 * time.Minute
)

// New makes a desk.
func New(s Settings) *Desk {
	return &Desk{s: s, failed: map[string]int{}, rests: map[string]time.Time{}}
}

// Want notes that a mention is worth a second opinion: in the transaction of
// ctx, so that the question is kept when the mention is. It does nothing when
// no reader wants it or none has budget left.
func (d *Desk) Want(ctx context.Context, m bot.Mention, v bot.Verdict) error {
	if decided(m, v) {
		return nil
	}
	for i, r := range d.s.Readers {
		if !r.Wants(v) || d.resting(r.Name()) || !d.s.Budgets[i].Left(d.s.Now()) {
			continue
		}
		if err := d.s.Queue.Enqueue(ctx, bot.Job{Kind: bot.JobOpinion, ID: m.ID}); err != nil {
			return fmt.Errorf("ask for a second opinion: %w", err)
		}
		return nil
	}
	return nil
}

// decided tells that no reader is asked: the author's own mark says it all, the
// team has taught what it means, or nobody waits for an answer.
func decided(m bot.Mention, v bot.Verdict) bool {
	return v.Lesson() != 0 || m.Rating.Given() || m.Deleted || m.Author.Staff || m.Author.Automated
}

// Ask puts the question of one mention to the readers that want it, and has
// the mention taken up again by in with what they say. A reader that has no answer
// is not asked again: the verdict stands.
func (d *Desk) Ask(ctx context.Context, in Intake, mentionID int64) error {
	r, err := d.s.Mentions.Mention(ctx, mentionID)
	if bot.KindOf(err) == bot.ErrNotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("give a second opinion: %w", err)
	}
	if decided(r.Mention, r.Verdict) {
		return nil
	}
	for i, reader := range d.s.Readers {
		if !reader.Wants(r.Verdict) || d.resting(reader.Name()) {
			continue
		}
		if ok, err := d.s.Budgets[i].Take(ctx, d.s.Now()); err != nil {
			return err
		} else if !ok {
			continue
		}
		o, err := reader.Read(ctx, r.Mention)
		if err != nil {
			if bot.KindOf(err) == bot.ErrRateLimited {
				return err // the queue asks again when the wait is over
			}
			d.noAnswer(ctx, reader, mentionID, err)
			continue
		}
		d.answered(ctx, reader)
		if o.Label == "" { // it knows no better
			continue
		}
		if r.Verdict, err = d.replace(ctx, in, r, o); err != nil {
			return fmt.Errorf("give a second opinion on mention %d: %w", mentionID, err)
		}
	}
	return nil
}

// replace has the mention taken up again, unless it was edited meanwhile, or
// somebody on the team said how it is to be read.
func (d *Desk) replace(ctx context.Context, in Intake, asked bot.Reading, o Opinion) (bot.Verdict, error) {
	after := asked.Verdict
	err := in.Reconsider(ctx, asked.Mention.ID, func(now bot.Reading) (bot.Verdict, string, bool) {
		if now.Mention.Said() != asked.Mention.Said() || now.Verdict.Lesson() != 0 {
			return now.Verdict, "", false
		}
		v := Replace(now.Verdict, o, d.s.FlagAt)
		after = v
		return v, fmt.Sprintf("read it again: %s (%s)", v.Label, o.Model), true
	})
	return after, err
}

// Replace gives the verdict with an opinion in the place of what the embedded
// model felt. What else was understood stays. What a language model wrote never
// takes a flag away: the text may have talked it into that.
func Replace(v bot.Verdict, o Opinion, flagAt float64) bot.Verdict {
	v.Label, v.Probs, v.Confidence, v.Model = o.Label, o.Probs, o.Confidence, o.Model
	grave := v.HasIntent(bot.Safety) || v.HasIntent(bot.Legal) || v.HasIntent(bot.Churn)
	if o.Label != bot.Unsure && o.Probs.Negative >= flagAt {
		v.Flagged = true
	} else if !o.Generated && !grave {
		v.Flagged = false
	}
	v.Stance = stance(v)
	return v
}

// stance follows the new label. Praise stays what the first reading found it
// to be, since strong praise is told by its words.
func stance(v bot.Verdict) bot.Stance {
	switch {
	case v.Label == bot.Negative && v.Voice != bot.Hearsay:
		return bot.Detractor
	case v.Label == bot.Mixed, v.Label == bot.Positive && v.Stance != bot.Promoter:
		return bot.Passive
	case v.Label == bot.Positive:
		return v.Stance
	}
	return bot.Unqualified
}

// resting tells whether a reader is left alone.
func (d *Desk) resting(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.s.Now().Before(d.rests[name])
}

// noAnswer counts a failure; after some in a row the reader rests and the team
// is told once.
func (d *Desk) noAnswer(ctx context.Context, r Reader, mentionID int64, cause error) {
	d.s.Log.WarnContext(ctx, "no second opinion", "reader", r.Name(), "mention", mentionID, "error", cause)
	d.mu.Lock()
	d.failed[r.Name()]++
	rest := d.failed[r.Name()] >= failuresBeforeRest
	if rest {
		d.rests[r.Name()] = d.s.Now().Add(restFor)
	}
	d.mu.Unlock()
	if !rest {
		return
	}
	n := bot.Notice{Key: noticeKey(r), At: d.s.Now(), Text: r.Name() + " gives no second opinions: " + bot.Told(cause),
		Mend: "Mentions are read without it meanwhile. Run `earshot check`."}
	if err := d.s.Notices.Notify(ctx, n); err != nil {
		d.s.Log.ErrorContext(ctx, "nobody could be told", "error", err)
	}
}

// answered forgets the failures of a reader.
func (d *Desk) answered(ctx context.Context, r Reader) {
	d.mu.Lock()
	was := d.failed[r.Name()]
	delete(d.failed, r.Name())
	d.mu.Unlock()
	if was < failuresBeforeRest {
		return
	}
	if err := d.s.Notices.Mended(ctx, noticeKey(r)); err != nil {
		d.s.Log.ErrorContext(ctx, "nobody could be told", "error", err)
	}
}

func noticeKey(r Reader) string { return "opinion:" + r.Name() }
