package digest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"earshot/bot"
	"earshot/digest/quantify"
)

// Rollups is where the roll-ups of days are kept, and what they are made from.
type Rollups interface {
	DirtyDays(ctx context.Context, watch string) ([]time.Time, error)
	DayReadings(ctx context.Context, watch string, day time.Time, fn func(bot.Reading) error) error
	SaveRollup(ctx context.Context, watch string, day time.Time, body []byte) error
	Rollups(ctx context.Context, watch string, from, to time.Time, fn func(day time.Time, body []byte) error) error
}

// Windows keeps folded periods, each with the mark that its roll-ups had.
type Windows interface {
	RollupMark(ctx context.Context, watch string, from, to time.Time) (string, error)
	SavedWindow(ctx context.Context, watch string, from, to time.Time, mark string) ([]byte, error)
	SaveWindow(ctx context.Context, watch string, from, to time.Time, mark string, body []byte) error
}

// Casework is what the team did and what waits.
type Casework interface {
	WorkStats(ctx context.Context, f bot.CaseFilter) (bot.WorkStats, error)
	AnswerStats(ctx context.Context, watch string, from, to time.Time) (bot.AnswerStats, error)
	Cases(ctx context.Context, f bot.CaseFilter) ([]bot.Case, error)
	RepliesIn(ctx context.Context, state bot.ReplyState, limit int) ([]bot.Reply, error)
}

// Listening is what was heard and how listening goes.
type Listening interface {
	Mentions(ctx context.Context, f bot.MentionFilter) ([]bot.Reading, error)
	Spikes(ctx context.Context, from, to time.Time, openOnly bool) ([]bot.Spike, error)
	SourceStates(ctx context.Context) ([]bot.SourceState, error)
}

// Outbox is where digests are kept and sent from.
type Outbox interface {
	Transact(ctx context.Context, fn func(ctx context.Context) error) error
	Digest(ctx context.Context, id int64) (bot.Digest, error)
	SaveDigestBody(ctx context.Context, id int64, body []byte, at time.Time) error
	AddDelivery(ctx context.Context, d bot.Delivery) (bot.Delivery, error)
	Erasures(ctx context.Context) (n int, last time.Time, err error)
}

// Store is all that a Builder needs of the store.
type Store interface {
	Rollups
	Windows
	Casework
	Listening
	Audits
	Telling
	Outbox
}

// Settings are a Builder's.
type Settings struct {
	Audiences []Audience
	Model     string // whose verdicts are counted; "" takes them at their word
	// Summarise says in two sentences what detractors of a watch said in a
	// period, and who wrote that; nil where nobody does.
	Summarise func(ctx context.Context, watch string, from, to time.Time) (said, by string)
	Now       func() time.Time
	Log       *slog.Logger
}

// Builder makes reports. It is safe for concurrent use.
type Builder struct {
	store     Store
	audiences map[string]Audience
	set       Settings
}

// NewBuilder makes a builder.
func NewBuilder(store Store, set Settings) *Builder {
	b := &Builder{store: store, audiences: map[string]Audience{}, set: set}
	for _, a := range set.Audiences {
		b.audiences[a.Name] = a
	}
	return b
}

// Make builds a digest's report, stores it and queues its deliveries: once,
// however often the job runs.
func (b *Builder) Make(ctx context.Context, digestID int64) error {
	d, err := b.store.Digest(ctx, digestID)
	if err != nil {
		return fmt.Errorf("make digest: %w", err)
	}
	a, ok := b.audiences[d.Audience]
	if !ok {
		b.set.Log.WarnContext(ctx, "digest has no audience any more", "digest", d.ID, "audience", d.Audience)
		return nil
	}
	if len(d.Body) > 0 {
		return nil
	}
	erased, last, err := b.store.Erasures(ctx)
	if err != nil {
		return fmt.Errorf("make digest: %w", err)
	}
	report, err := b.Preview(ctx, a, d.From, d.To)
	if err != nil {
		return fmt.Errorf("make digest: %w", err)
	}
	report.Digest = d.ID
	b.sumUp(ctx, a, &report)
	body, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("encode digest: %w", err)
	}
	return b.store.Transact(ctx, func(ctx context.Context) error {
		if again, err := b.store.Digest(ctx, d.ID); err != nil || len(again.Body) > 0 {
			return err
		}
		if n, at, err := b.store.Erasures(ctx); err != nil || n != erased || !at.Equal(last) {
			return cmp.Or(err, error(bot.Errorf(bot.ErrStale, "Somebody was erased while the digest was made. It is made anew.")))
		}
		if err := b.store.SaveDigestBody(ctx, d.ID, body, b.set.Now()); err != nil {
			return fmt.Errorf("save digest: %w", err)
		}
		for _, p := range a.Places {
			_, err := b.store.AddDelivery(ctx, bot.Delivery{Kind: bot.DeliverDigest, State: bot.DeliveryDue,
				Platform: p.Platform, Channel: p.Channel, Target: d.ID, DueAt: b.set.Now(), CreatedAt: b.set.Now()})
			if err != nil {
				return fmt.Errorf("queue digest: %w", err)
			}
		}
		return nil
	})
}

// Report reads the report of a digest that was made. One that is still to be
// made is an ErrNotFound.
func (b *Builder) Report(ctx context.Context, digestID int64) (Report, error) {
	d, err := b.store.Digest(ctx, digestID)
	if err != nil {
		return Report{}, fmt.Errorf("read digest: %w", err)
	}
	if len(d.Body) == 0 {
		return Report{}, bot.Errorf(bot.ErrNotFound, "This digest has not been made yet.")
	}
	var r Report
	if err := json.Unmarshal(d.Body, &r); err != nil {
		return Report{}, fmt.Errorf("decode digest %d: %w", digestID, err)
	}
	r.Digest = d.ID
	return r, nil
}

// CasesBehind gives the cases behind a figure of a digest that was made, by the
// argument of its button.
func (b *Builder) CasesBehind(ctx context.Context, digestID int64, arg string) (bot.CaseFilter, error) {
	r, err := b.Report(ctx, digestID)
	if err != nil {
		return bot.CaseFilter{}, err
	}
	f, ok := r.CasesBehind(arg)
	if !ok {
		return f, bot.Errorf(bot.ErrInvalid, "This figure is from another version of Earshot. /voc search finds the cases.")
	}
	return f, nil
}

// View draws a digest that was made, for its delivery.
func (b *Builder) View(ctx context.Context, digestID int64) (bot.View, error) {
	r, err := b.Report(ctx, digestID)
	if err != nil {
		return bot.View{}, err
	}
	return r.View(b.set.Now(), r.location()), nil
}

// Audience finds an audience by name.
func (b *Builder) Audience(name string) (Audience, bool) {
	a, ok := b.audiences[name]
	return a, ok
}

// WatchAudience stands for somebody who asks about one watch: all sections.
func WatchAudience(watch string, zone *time.Location) Audience {
	return Audience{Watches: []string{watch}, Zone: zone, Period: Period{Days: 7}}
}

// material is what the sections of one report are made from.
type material struct {
	audience Audience
	report   *Report
	zone     *time.Location
	now      Window
	before   Window
	errs     *quantify.Errors // how the classifier errs; nil takes it at its word
	audited  []bot.Audited    // what people have labelled lately
}

// Preview builds the report that an audience would get for [from, to), and
// sends nothing.
func (b *Builder) Preview(ctx context.Context, a Audience, from, to time.Time) (Report, error) {
	if !from.Before(to) || len(a.Watches) == 0 {
		return Report{}, bot.Errorf(bot.ErrInvalid, "A digest needs a watch and a period that ends after it begins.")
	}
	zone := a.Zone
	if zone == nil {
		zone = time.UTC
	}
	r := &Report{Audience: a.Name, Watch: a.Watches[0], From: from.UTC(), To: to.UTC(), Zone: zone.String(), MadeAt: b.set.Now().UTC()}
	m := &material{audience: a, report: r, zone: zone}
	var err error
	if m.now, err = b.Window(ctx, r.Watch, from, to, stepsOf(from, to, zone)); err != nil {
		return Report{}, err
	}
	pf, pt := previous(from, to, zone)
	if m.before, err = b.Window(ctx, r.Watch, pf, pt, nil); err != nil {
		return Report{}, err
	}
	if err := b.know(ctx, m); err != nil {
		return Report{}, err
	}
	for _, s := range Sections() {
		if !a.wants(s.Name) {
			continue
		}
		r.Sections = append(r.Sections, s.Name)
		if err := s.gather(ctx, b, m); err != nil {
			return Report{}, fmt.Errorf("digest section %s: %w", s.Name, err)
		}
	}
	b.score(m)
	return *r, nil
}

// score fills in the figures that every report has, whatever its sections.
func (b *Builder) score(m *material) {
	r := m.report
	r.Mentions, r.People, r.Tally = m.now.Mentions, m.now.People, m.now.Tally()
	r.SocialNPS, r.Raw = m.now.Estimate(m.errs), m.now.Estimate(nil)
	r.Before = m.before.Estimate(m.errs)
	r.Change = CompareWindows(m.before, m.now, m.errs)
	if split, ok := SplitChange(m.before, m.now).of(r.Change.Points); ok {
		r.Split = &split
	}
}

// Refresh rolls up every day of a watch that changed. Call it after an import
// and from time to time, so that the next digest finds its days ready.
func (b *Builder) Refresh(ctx context.Context, watch string) error {
	return b.refresh(ctx, watch, time.Time{}, b.set.Now().AddDate(1, 0, 0))
}

func (b *Builder) refresh(ctx context.Context, watch string, from, to time.Time) error {
	days, err := b.store.DirtyDays(ctx, watch)
	if err != nil {
		return fmt.Errorf("read days to roll up: %w", err)
	}
	for _, day := range days {
		if day = dayOf(day); day.Before(to) && day.Add(24*time.Hour).After(from) {
			if err := b.rollUp(ctx, watch, day); err != nil {
				return fmt.Errorf("roll up %s of %s: %w", watch, day.Format(time.DateOnly), err)
			}
		}
	}
	return nil
}

// rollUp makes one day's roll-up. The store leaves the day dirty when mentions
// come in between the reading and the saving.
func (b *Builder) rollUp(ctx context.Context, watch string, day time.Time) error {
	d := NewDay(day)
	err := b.store.DayReadings(ctx, watch, day, func(r bot.Reading) error {
		d.Add(r)
		return nil
	})
	if err != nil {
		return err
	}
	return b.store.SaveRollup(ctx, watch, day, d.Encode())
}
