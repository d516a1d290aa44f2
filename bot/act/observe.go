package act

import (
	"context"
	"log/slog"
	"time"

	"earshot/bot"
)

// Observer is told what happens, for the figures that are watched. Its methods
// return at once.
type Observer interface {
	// Happened: a line was added to a case's history.
	Happened(ev bot.Event)
	// Delivered: a delivery came to a state.
	Delivered(d bot.Delivery)
	// Called: a request to a platform, or to a source for a reply, has ended.
	Called(d bot.Delivery, took time.Duration, err error)
	// Reached: a card was posted so long after its mention was read.
	Reached(platform string, took time.Duration)
}

// unseen is the Observer of those who watch nothing.
type unseen struct{}

func (unseen) Happened(bot.Event)                          {}
func (unseen) Delivered(bot.Delivery)                      {}
func (unseen) Called(bot.Delivery, time.Duration, error)   {}
func (unseen) Reached(platform string, took time.Duration) {}

// record adds a line to the history of c, to the log and to the figures. The
// log names the case, its mention and who it was, and none of their words.
func (s *Service) record(ctx context.Context, c bot.Case, ev bot.Event) (bot.Event, error) {
	ev, err := s.st.AddEvent(ctx, ev)
	if err != nil {
		return ev, err
	}
	s.st.AfterCommit(ctx, func(ctx context.Context) {
		s.log.InfoContext(ctx, "case", "case", c.ID, "mention", c.MentionID, "event", ev.ID, "verb", ev.Verb,
			"by", ev.By.Key(), "state", ev.After, "source", c.Source, "route", c.Route)
		s.observer.Happened(ev)
	})
	return ev, nil
}

// noted writes to the log and to the figures what state a delivery came to.
func (r *run) noted(ctx context.Context, d bot.Delivery) {
	r.st.AfterCommit(ctx, func(ctx context.Context) {
		r.observer.Delivered(d)
		level := slog.LevelInfo
		switch d.State {
		case bot.DeliverySending:
			level = slog.LevelDebug
		case bot.DeliveryUncertain, bot.DeliveryParked:
			level = slog.LevelWarn
		}
		if !r.log.Enabled(ctx, level) {
			return
		}
		all := []any{"delivery", d.ID, "kind", d.Kind, "state", d.State, "attempt", d.Attempts}
		if key, id := r.about(); id != 0 {
			all = append(all, key, id)
		}
		if d.Kind == bot.DeliverReply {
			all = append(all, "reply", d.Target)
		}
		if d.Platform != "" {
			all = append(all, "platform", d.Platform, "channel", d.Channel)
		}
		if d.State == bot.DeliverySent {
			all = append(all, "after", d.SentAt.Sub(d.CreatedAt))
		}
		if d.Error != "" {
			all = append(all, "reason", d.Error)
		}
		r.log.Log(ctx, level, "delivery", all...)
	})
}

// about is what the delivery stands for: the key in the log, and the id.
func (r *run) about() (string, int64) {
	switch r.d.Kind {
	case bot.DeliverCard, bot.DeliverNote:
		return "case", r.d.Target
	case bot.DeliverReply:
		return "case", r.caseID
	}
	return string(r.d.Kind), r.d.Target
}

// reached tells how long the mention of a card took to the call that posts it.
// A card that came later for another reason, as one of a quiet case that
// somebody touched, says nothing of that.
func (r *run) reached(called time.Time) {
	if r.d.Kind == bot.DeliverCard && !r.heard.IsZero() && r.d.CreatedAt.Sub(r.heard) < time.Minute {
		r.observer.Reached(r.d.Platform, called.Sub(r.heard))
	}
}
