package digest

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"earshot/bot"
	"earshot/digest/quantify"
)

// Figures of the audit.
const (
	// AuditSize is how many mentions a week people are asked to label of each
	// watch: ten minutes, and a hundred in a month.
	AuditSize = 25
	aWeek     = 7 * 24 * time.Hour
)

// Audits is what people have labelled.
type Audits interface {
	Audited(ctx context.Context, since time.Time) ([]bot.Audited, error)
}

// AuditStore is where audit samples are kept.
type AuditStore interface {
	Transact(ctx context.Context, fn func(ctx context.Context) error) error
	AuditCandidates(ctx context.Context, watch string, from, to time.Time, fn func(id int64)) error
	AuditDrawn(ctx context.Context, watch string, week time.Time) (int, error)
	SaveAuditSample(ctx context.Context, watch string, week time.Time, mentionIDs []int64) error
}

// Auditor draws the mentions that people are asked to label: of every watch,
// each week, so many at random from what was said in the week before. Every
// mention that people said in their own words is as likely as any other, and so
// what they say of the sample holds for all, which corrections do not.
type Auditor struct {
	store   AuditStore
	watches []string
	now     func() time.Time
}

// NewAuditor makes an auditor of these watches.
func NewAuditor(store AuditStore, watches []string, now func() time.Time) *Auditor {
	return &Auditor{store: store, watches: watches, now: now}
}

// weekBefore is the start of the last whole week, Monday to Sunday in UTC.
func weekBefore(now time.Time) time.Time {
	day := dayOf(now)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7-7)
}

// Draw draws the samples of the last whole week that are not drawn yet. Call it
// from time to time; it does nothing the second time in a week.
func (a *Auditor) Draw(ctx context.Context) error {
	week := weekBefore(a.now())
	for _, watch := range a.watches {
		err := a.store.Transact(ctx, func(ctx context.Context) error {
			n, err := a.store.AuditDrawn(ctx, watch, week)
			if err != nil || n > 0 {
				return err
			}
			return a.draw(ctx, watch, week)
		})
		if err != nil {
			return fmt.Errorf("draw the audit of %s: %w", watch, err)
		}
	}
	return nil
}

// More draws as many again of a watch, or of all (""), from the same week.
func (a *Auditor) More(ctx context.Context, watch string) error {
	for _, w := range a.watches {
		if watch != "" && w != watch {
			continue
		}
		err := a.store.Transact(ctx, func(ctx context.Context) error { return a.draw(ctx, w, weekBefore(a.now())) })
		if err != nil {
			return fmt.Errorf("draw more to audit of %s: %w", w, err)
		}
	}
	return nil
}

// draw keeps a random sample of a watch's week, in random order: the first
// AuditSize of a shuffle, by reservoir (Vitter 1985, algorithm R).
func (a *Auditor) draw(ctx context.Context, watch string, week time.Time) error {
	rng := rand.New(rand.NewPCG(nameSeed(watch), uint64(week.Unix())))
	var sample []int64
	seen := 0
	err := a.store.AuditCandidates(ctx, watch, week, week.Add(aWeek), func(id int64) {
		seen++
		if len(sample) < AuditSize {
			sample = append(sample, id)
		} else if at := rng.IntN(seen); at < AuditSize {
			sample[at] = id
		}
	})
	if err != nil {
		return err
	}
	rng.Shuffle(len(sample), func(i, j int) { sample[i], sample[j] = sample[j], sample[i] })
	return a.store.SaveAuditSample(ctx, watch, week, sample)
}

func nameSeed(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}

// know reads what people have labelled lately, and learns from it how the model
// errs. The matrix is of all watches together: people err alike about each.
func (b *Builder) know(ctx context.Context, m *material) error {
	if b.set.Model == "" {
		return nil
	}
	var err error
	if m.audited, err = b.store.Audited(ctx, b.set.Now().Add(-bot.AuditFor)); err != nil {
		return fmt.Errorf("read what was labelled: %w", err)
	}
	m.errs = quantify.Know(b.set.Model, confusion(m.audited, b.set.Model))
	return nil
}

// confusion counts what a model says of mentions against what people say of
// them; people who disagree share their mention.
func confusion(audited []bot.Audited, model string) quantify.Confusion {
	var c quantify.Confusion
	for _, a := range audited {
		if a.Model != model || a.People() == 0 {
			continue
		}
		one := 1 / float64(a.People())
		answer := quantify.AnswerOf(a.Stance, a.Label)
		c.Add(bot.Negative, answer, one*float64(a.Negative))
		c.Add(bot.Neutral, answer, one*float64(a.Neutral+a.NotUs))
		c.Add(bot.Positive, answer, one*float64(a.Positive))
	}
	return c
}

// Accuracy is how well the model in use reads, by what people say of a random
// sample of one watch.
type Accuracy struct {
	Checked int     `json:"checked"` // mentions that people labelled, about the watch
	Share   float64 `json:"share"`   // of them that were read right, 0 to 1
	Low     float64 `json:"low"`     // of its 95 % interval
	High    float64 `json:"high"`
	Unsure  int     `json:"unsure"`   // further mentions that the model withheld judgement of
	NotUs   int     `json:"not_us"`   // further mentions that were not about the watch
	Twice   int     `json:"twice"`    // mentions that two people labelled
	Agreed  int     `json:"agreed"`   // of them, where both said the same
	Matrix  bool    `json:"matrix"`   // enough is labelled to correct the score by
	ForIt   int     `json:"of_model"` // labelled mentions of all watches that the matrix is made of
}

// Enough tells whether so much is checked that a share may be told.
func (a Accuracy) Enough() bool { return a.Checked >= bot.AuditAccuracy }

// accuracyOf is the accuracy of a model on a watch.
func accuracyOf(audited []bot.Audited, watch, model string) Accuracy {
	var a Accuracy
	right := 0.0
	for _, m := range audited {
		if m.Model != model || m.People() == 0 {
			continue
		}
		a.ForIt++
		if m.Watch != watch {
			continue
		}
		votes := []int{m.Negative, m.Neutral, m.Positive, m.NotUs}
		if m.People() > 1 {
			a.Twice++
			if slices.Contains(votes, m.People()) {
				a.Agreed++
			}
		}
		about := m.People() - m.NotUs
		switch {
		case about == 0:
			a.NotUs++
		case m.Label == bot.Unsure:
			a.Unsure++
		default:
			a.Checked++
			right += float64(votes[reads(m)]) / float64(about)
		}
	}
	a.Matrix = a.ForIt >= quantify.LeastAudit
	if a.Checked > 0 {
		a.Share = right / float64(a.Checked)
	}
	a.Low, a.High = quantify.Wilson(right, float64(a.Checked))
	return a
}

// reads is what the model took a mention for: 0 negative, 1 neutral, 2
// positive. Praise and complaint in one counts as what is likelier.
func reads(m bot.Audited) int {
	switch m.Label {
	case bot.Negative:
		return 0
	case bot.Neutral:
		return 1
	case bot.Positive:
		return 2
	}
	p := m.Probs
	switch {
	case p.Negative >= p.Neutral && p.Negative >= p.Positive:
		return 0
	case p.Neutral > p.Positive:
		return 1
	}
	return 2
}
