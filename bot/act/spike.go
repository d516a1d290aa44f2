package act

import (
	"context"
	"fmt"
	"slices"
	"time"

	"earshot/bot"
	"earshot/bot/card"
)

// OpenSpike brings an episode's card to the channels of its route. An episode
// without an id is saved first. A muted series stays silent.
func (s *Service) OpenSpike(ctx context.Context, sp bot.Spike) error { return s.showSpike(ctx, sp) }

// UpdateSpike has the card of an episode drawn as it is now.
func (s *Service) UpdateSpike(ctx context.Context, sp bot.Spike) error { return s.showSpike(ctx, sp) }

func (s *Service) showSpike(ctx context.Context, sp bot.Spike) error {
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		if sp.ID == 0 {
			saved, err := s.st.SaveSpike(ctx, sp)
			if err != nil {
				return err
			}
			sp = saved
		}
		return s.sendSpike(ctx, sp)
	})
	if err != nil {
		return fmt.Errorf("show spike %d: %w", sp.ID, err)
	}
	return nil
}

// sendSpike puts the card's deliveries into the outbox: edits where it stands
// already, and posts for its route unless it is muted.
func (s *Service) sendSpike(ctx context.Context, sp bot.Spike) error {
	posts, err := s.st.Posts(ctx, bot.DeliverSpike, sp.ID)
	if err != nil {
		return err
	}
	var places []bot.Place
	for _, p := range posts {
		places = append(places, bot.Place{Platform: p.Platform, Channel: p.Channel})
	}
	muted, err := s.SpikeMuted(ctx, sp)
	if err != nil {
		return err
	}
	if !muted {
		places = append(places, s.SpikeRoute(sp).Places...)
	}
	var once []bot.Place
	for _, p := range places {
		if _, ok := s.platforms[p.Platform]; !ok || slices.Contains(once, p) {
			continue
		}
		once = append(once, p)
		if err := s.send(ctx, bot.Delivery{Kind: bot.DeliverSpike, Platform: p.Platform, Channel: p.Channel, Target: sp.ID}); err != nil {
			return err
		}
	}
	return nil
}

// SpikeRoute is the route of an episode: that of an urgent case of its watch
// and topic, whatever its source.
func (s *Service) SpikeRoute(sp bot.Spike) bot.Route {
	sub := Subject{Watch: sp.Series.Watch, Urgency: bot.UrgencyCritical}
	if sp.Series.Topic != "" {
		sub.Topics = []string{sp.Series.Topic}
	}
	return s.Route(sub)
}

// SpikeKey is what a mute of this series is called: "spike:watch/topic".
func SpikeKey(se bot.Series) string { return "spike:" + se.Watch + "/" + se.Topic }

// SpikeMuted tells whether an episode, its series or its topic is muted now.
func (s *Service) SpikeMuted(ctx context.Context, sp bot.Spike) (bool, error) {
	if sp.Muted {
		return true, nil
	}
	muted, err := s.st.Muted(ctx)
	if err != nil {
		return false, fmt.Errorf("read what is muted: %w", err)
	}
	now := s.now()
	return muted[SpikeKey(sp.Series)].After(now) || (sp.Series.Topic != "" && muted[TopicKey(sp.Series.Topic)].After(now)), nil
}

// ClaimSpike makes somebody the owner of an episode.
func (s *Service) ClaimSpike(ctx context.Context, id int64, by bot.Person) (bot.Spike, error) {
	if err := s.mustBe(ctx, by, bot.Agent, "claim a spike"); err != nil {
		return bot.Spike{}, err
	}
	return s.changeSpike(ctx, id, by, "spike_claim", func(sp *bot.Spike) error {
		switch {
		case sp.Owner.Key() == by.Key():
			return bot.Errorf(bot.ErrStale, "You have spike %d already. Press Reply to walk through its cases.", sp.ID)
		case sp.Owner.Known():
			return bot.Errorf(bot.ErrStale, "%s has spike %d already.", sp.Owner.Name, sp.ID)
		case sp.State == bot.SpikeOver:
			return bot.Errorf(bot.ErrStale, "Spike %d is over.", sp.ID)
		}
		sp.Owner = by
		return nil
	})
}

// MuteSpike silences an episode: its card stays as it is, and its series opens
// no other until the time given.
func (s *Service) MuteSpike(ctx context.Context, id int64, by bot.Person, until time.Time) (bot.Spike, error) {
	if err := s.mayMute(ctx, by, until); err != nil {
		return bot.Spike{}, err
	}
	sp, err := s.changeSpike(ctx, id, by, "spike_mute", func(sp *bot.Spike) error {
		sp.Muted = true
		return nil
	})
	if err != nil {
		return sp, err
	}
	return sp, s.st.Mute(ctx, SpikeKey(sp.Series), until)
}

func (s *Service) changeSpike(ctx context.Context, id int64, by bot.Person, act string, change func(*bot.Spike) error) (bot.Spike, error) {
	var sp bot.Spike
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		var err error
		if sp, err = s.st.Spike(ctx, id); err != nil {
			return err
		}
		if err := change(&sp); err != nil {
			return err
		}
		if sp, err = s.st.SaveSpike(ctx, sp); err != nil {
			return err
		}
		if err := s.audit(ctx, bot.AuditEntry{By: by, Act: act, Target: fmt.Sprintf("spike %d", id)}); err != nil {
			return err
		}
		return s.sendSpike(ctx, sp)
	})
	if err != nil {
		return sp, fmt.Errorf("%s %d: %w", act, id, err)
	}
	return sp, nil
}

// walkMost is how many cases of an episode a walk looks at.
const walkMost = 500

// SpikeCases lists an episode's cases that nobody has answered, the most
// urgent first, then the oldest.
func (s *Service) SpikeCases(ctx context.Context, sp bot.Spike) ([]bot.Case, error) {
	f := bot.CaseFilter{
		States: []bot.CaseState{bot.Open, bot.Claimed}, Watch: sp.Series.Watch, Topic: sp.Series.Topic,
		From: sp.Since, To: sp.ClosedAt, Limit: walkMost,
	}
	cases, err := s.st.Cases(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("cases of spike %d: %w", sp.ID, err)
	}
	slices.SortStableFunc(cases, func(a, b bot.Case) int {
		if a.Urgency != b.Urgency {
			return int(b.Urgency) - int(a.Urgency)
		}
		return int(a.ID - b.ID)
	})
	return cases, nil
}

// NextOfSpike is the first unanswered case of an episode that has no reply
// under way; ErrNotFound when there is none.
func (s *Service) NextOfSpike(ctx context.Context, sp bot.Spike, skip map[int64]bool) (bot.Case, int, error) {
	cases, err := s.SpikeCases(ctx, sp)
	if err != nil {
		return bot.Case{}, 0, err
	}
	var next bot.Case
	left := 0
	for _, c := range cases {
		busy, err := s.replyUnderWay(ctx, c.ID)
		if err != nil {
			return bot.Case{}, 0, err
		}
		if busy || skip[c.ID] {
			continue
		}
		if left++; next.ID == 0 {
			next = c
		}
	}
	if next.ID == 0 {
		return next, 0, bot.Errorf(bot.ErrNotFound, "Every case of spike %d has an answer or one under way.", sp.ID)
	}
	return next, left, nil
}

func (s *Service) drawSpike(ctx context.Context, id int64) (bot.View, int64, error) {
	sp, err := s.st.Spike(ctx, id)
	if err != nil {
		return bot.View{}, 0, err
	}
	var first bot.Mention
	if sp.FirstID > 0 {
		r, err := s.st.Mention(ctx, sp.FirstID)
		if err != nil && bot.KindOf(err) != bot.ErrNotFound {
			return bot.View{}, 0, err
		}
		first = r.Mention
	}
	var chart *bot.Image
	if s.chart != nil {
		chart = s.chart(sp)
	}
	o := card.Options{Now: s.now().UTC(), Zone: s.set().Zone, Label: s.set().Label}
	return card.Spike(sp, first, chart, o), sp.Version, nil
}
