package opinion

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"earshot/bot"
)

// Writer sums up what many texts say. It is safe for concurrent use.
type Writer interface {
	Name() string
	Summarise(ctx context.Context, about string, texts []string) (string, error)
}

// Spikes is what summaries of episodes are made from and kept in.
type Spikes interface {
	Spike(ctx context.Context, id int64) (bot.Spike, error)
	SaveSpike(ctx context.Context, sp bot.Spike) (bot.Spike, error)
	Mentions(ctx context.Context, f bot.MentionFilter) ([]bot.Reading, error)
	Transact(ctx context.Context, fn func(ctx context.Context) error) error
	Erasures(ctx context.Context) (n int, last time.Time, err error)
}

// Cards draws an episode again.
type Cards interface {
	OpenSpike(ctx context.Context, s bot.Spike) error
	UpdateSpike(ctx context.Context, s bot.Spike) error
}

// Summaries has episodes and digests summed up by a language model, within its
// budget. It is safe for concurrent use.
type Summaries struct {
	Writer Writer
	Budget *Budget
	Queue  Queue
	Spikes Spikes
	Cards  Cards
	Log    *slog.Logger
	Now    func() time.Time
}

// mostRead is how many mentions of an episode are handed on.
const mostRead = 40

// OpenSpike shows a new episode at once, and asks for a summary of it to come
// later.
func (s *Summaries) OpenSpike(ctx context.Context, sp bot.Spike) error {
	if err := s.Cards.OpenSpike(ctx, sp); err != nil {
		return err
	}
	if err := s.Queue.Enqueue(ctx, bot.Job{Kind: bot.JobSummary, ID: sp.ID}); err != nil {
		return fmt.Errorf("ask for a summary of spike %d: %w", sp.ID, err)
	}
	return nil
}

// UpdateSpike shows an episode as it is now.
func (s *Summaries) UpdateSpike(ctx context.Context, sp bot.Spike) error {
	return s.Cards.UpdateSpike(ctx, sp)
}

// OfSpike writes the summary of an episode and has its card drawn again. When
// none can be had the card stays as it is.
func (s *Summaries) OfSpike(ctx context.Context, id int64) error {
	sp, err := s.Spikes.Spike(ctx, id)
	if err != nil {
		return fmt.Errorf("sum up spike %d: %w", id, err)
	}
	f := bot.MentionFilter{Watch: sp.Series.Watch, Topic: sp.Series.Topic, From: sp.Since, To: s.Now().Add(time.Minute), Limit: mostRead}
	if sp.Series.Negative {
		f.Label = bot.Negative
	}
	erased, last, err := s.Spikes.Erasures(ctx)
	if err != nil {
		return fmt.Errorf("sum up spike %d: %w", id, err)
	}
	found, err := s.Spikes.Mentions(ctx, f)
	if err != nil {
		return fmt.Errorf("sum up spike %d: %w", id, err)
	}
	said, err := s.Of(ctx, sp.Series.Watch, found)
	if err != nil || said == "" {
		return err
	}
	err = s.Spikes.Transact(ctx, func(ctx context.Context) error {
		if n, at, err := s.Spikes.Erasures(ctx); err != nil || n != erased || !at.Equal(last) {
			return cmp.Or(err, error(bot.Errorf(bot.ErrStale, "Somebody was erased while the episode was summed up. It is done anew.")))
		}
		if sp, err = s.Spikes.Spike(ctx, id); err != nil { // it may have moved on meanwhile
			return err
		}
		sp.Summary, sp.SummaryBy = said, s.Writer.Name()
		sp, err = s.Spikes.SaveSpike(ctx, sp)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the summary of spike %d: %w", id, err)
	}
	return s.Cards.UpdateSpike(ctx, sp)
}

// Of sums mentions up; "" when the budget is spent, the model does not answer
// or what it answers cannot be used. Only a wait that the endpoint asks for is
// an error.
func (s *Summaries) Of(ctx context.Context, about string, found []bot.Reading) (string, error) {
	var texts []string
	for _, r := range found {
		if !r.Mention.Deleted && !r.Mention.Private && r.Mention.RepostOf == "" {
			texts = append(texts, r.Mention.Said())
		}
	}
	if len(texts) == 0 {
		return "", nil
	}
	if ok, err := s.Budget.Take(ctx, s.Now()); err != nil || !ok {
		return "", err
	}
	said, err := s.Writer.Summarise(ctx, about, texts)
	if bot.KindOf(err) == bot.ErrRateLimited {
		return "", err
	}
	if err != nil {
		s.Log.WarnContext(ctx, "no summary", "about", about, "error", err)
		return "", nil
	}
	return said, nil
}

// OfDigest sums up what detractors said in a period, and says who wrote that;
// both are empty when there is none in time.
func (s *Summaries) OfDigest(ctx context.Context, watch string, from, to time.Time) (said, by string) {
	found, err := s.Spikes.Mentions(ctx, bot.MentionFilter{Watch: watch, Label: bot.Negative, From: from, To: to, Limit: mostRead})
	if err == nil {
		said, err = s.Of(ctx, watch, found)
	}
	if err != nil {
		s.Log.WarnContext(ctx, "no summary", "about", watch, "error", err)
	}
	if said == "" {
		return "", ""
	}
	return said, s.Writer.Name()
}
