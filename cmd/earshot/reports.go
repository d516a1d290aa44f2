package main

import (
	"context"
	"time"

	"earshot/bot"
	"earshot/bot/intake"
	"earshot/digest"
)

// audiences turns the configured digests into audiences, each checked.
func (c *config) audiences() ([]digest.Audience, error) {
	all := make([]digest.Audience, 0, len(c.Digests))
	for _, d := range c.Digests {
		a, err := c.audience(d)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

func (c *config) audience(d digestConfig) (digest.Audience, error) {
	period, err := digest.ParsePeriod(d.Period)
	if err != nil {
		return digest.Audience{}, err
	}
	watches := d.Watches
	if len(watches) == 0 {
		watches = c.watchNames()
	}
	a := digest.Audience{
		Name: d.Audience, Watches: watches, Places: placesOf(d.To), Spec: d.Schedule, Zone: zoneOf(d.Zone), Period: period, Sections: d.Sections,
	}
	return a, a.Check()
}

// reports draws what the digest knows, for commands.
type reports struct{ a *app }

// NPS implements handlers.Reports.
func (r reports) NPS(ctx context.Context, watch string, from, to time.Time) (bot.View, error) {
	if watch == "" && len(r.a.cfg.Watches) > 0 {
		watch = r.a.cfg.Watches[0].Name
	}
	aud := digest.WatchAudience(watch, r.a.cfg.zone())
	aud.Sections = []string{"social_nps", "moved"}
	rep, err := r.a.builder.Preview(ctx, aud, from, to)
	if err != nil {
		return bot.View{}, err
	}
	return rep.View(r.a.now(), r.a.cfg.zone()), nil
}

// Preview implements handlers.Reports.
func (r reports) Preview(ctx context.Context, audience string) (bot.View, error) {
	aud, ok := r.a.builder.Audience(audience)
	if !ok {
		return bot.View{}, bot.Errorf(bot.ErrNotFound, "There is no audience %q.", audience)
	}
	from, to := aud.Period.Before(r.a.now(), aud.Zone)
	rep, err := r.a.builder.Preview(ctx, aud, from, to)
	if err != nil {
		return bot.View{}, err
	}
	return rep.View(r.a.now(), aud.Zone), nil
}

// CasesBehind implements handlers.Reports.
func (r reports) CasesBehind(ctx context.Context, digestID int64, arg string) (bot.CaseFilter, error) {
	return r.a.builder.CasesBehind(ctx, digestID, arg)
}

// Audiences implements handlers.Reports.
func (r reports) Audiences() []string {
	names := make([]string, len(r.a.audiences))
	for i, a := range r.a.audiences {
		names[i] = a.Name
	}
	return names
}

// Grounds implements handlers.Grounder.
func (r reports) Grounds(ctx context.Context, series bot.Series, from, to time.Time) (bot.Grounds, error) {
	return intake.Grounds(ctx, r.a.store, series, from, to)
}
