package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/analyze"
	"earshot/bot/analyze/echo"
	"earshot/bot/intake"
	"earshot/bot/listen"
	"earshot/bot/opinion"
	"earshot/bot/source/community"
	"earshot/bot/source/httpx"
	"earshot/digest"
	"earshot/digest/chart"
	"earshot/handlers"
	"earshot/store"
)

// How many mentions of cases are remembered for finding echoes, and how long:
// at 120 bytes each they stay below 12 MB in the worst of weeks.
const (
	echoSize = 100_000
	echoAge  = 7 * 24 * time.Hour
)

// parts is what an app is built from, beside its configuration.
type parts struct {
	log       *slog.Logger
	now       func() time.Time
	heardAt   func() time.Time // the time that mentions come in; now when nil
	due       func() time.Time // the time that jobs are due by; the machine's when nil
	stdin     io.Reader
	sync      store.Sync
	hub       *community.Hub
	drivers   []bot.Driver
	platforms func(*config, *app) ([]bot.Platform, error)
	outbox    func(*store.Store) outbox
	quiet     bool   // cases are opened without cards
	fallback  string // watch of mentions that match none; "" drops them
}

// outbox is where work that must happen is put.
type outbox interface {
	act.Outbox
	digest.Slots
}

// app is everything wired together.
type app struct {
	cfg       *config                // as it was started with
	fresh     atomic.Pointer[config] // as it was read last: what is taken over while it runs stands in this one
	log       *slog.Logger
	now       func() time.Time
	store     *store.Store
	analyzer  *analyze.Analyzer
	act       *act.Service
	echoes    *echo.Index
	intake    *intake.Intake
	spikes    *intake.Spikes
	hub       *community.Hub
	drivers   []bot.Driver
	client    *http.Client
	stdin     io.Reader
	runner    *listen.Runner
	platforms map[string]bot.Platform
	builder   *digest.Builder
	scheduler *digest.Scheduler
	auditor   *digest.Auditor
	audiences []digest.Audience
	desk      *handlers.Desk
	opinions  *opinion.Desk
	summaries *opinion.Summaries // nil without a language model
	modelErr  error              // why the model of sentiment.model cannot be used
	freeModel func() error       // nil where none is loaded
	watch     *watch             // how it looks after itself
	ear       *ear               // whether it reads the sources
	standby   sync.Map           // platforms whose connection another replica has
}

// newApp builds everything; nothing runs yet. Close closes it.
func newApp(ctx context.Context, cfg *config, p parts) (*app, error) {
	a := &app{cfg: cfg, log: p.log, now: p.now, hub: p.hub, drivers: p.drivers, stdin: p.stdin, ear: newEar()}
	a.fresh.Store(cfg)
	var err error
	if a.audiences, err = cfg.audiences(); err != nil {
		return nil, err
	}
	if a.client, err = httpx.New(httpx.Options{UserAgent: userAgent(), Allow: cfg.Network.Allow}); err != nil {
		return nil, err
	}
	if a.analyzer, err = analyze.New(analyze.Settings{
		Topics: cfg.topics(), Watches: cfg.watches(), Answered: cfg.routed(), Fallback: p.fallback, Urgency: cfg.urgency(), FlagAt: cfg.Sentiment.FlagAt, UnsureBelow: cfg.Sentiment.UnsureBelow,
	}); err != nil {
		return nil, err
	}
	if a.store, err = store.Open(ctx, a.storeOptions(p)); err != nil {
		return nil, err
	}
	err = a.wire(p)
	if err == nil {
		err = a.act.Relearn(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	return a, nil
}

func (a *app) storeOptions(p parts) store.Options {
	o := a.cfg.Database.options()
	o.Log, o.Now, o.Clock, o.Sync = p.log, p.now, p.due, p.sync
	return o
}

// wire builds what stands on the store.
func (a *app) wire(p parts) error {
	platforms, err := p.platforms(a.cfg, a)
	if err != nil {
		return err
	}
	a.platforms = map[string]bot.Platform{}
	for _, pl := range platforms {
		a.platforms[pl.Name()] = pl
	}
	queue := outbox(a.store)
	if p.outbox != nil {
		queue = p.outbox(a.store)
	}
	s := a.store
	a.watch = newWatch(a)
	a.builder = digest.NewBuilder(s, digest.Settings{Audiences: a.audiences, Model: a.modelName(), Summarise: a.sumUp, Now: a.now, Log: a.log})
	a.auditor = digest.NewAuditor(s, a.cfg.ownWatches(), a.now)
	a.scheduler = digest.NewScheduler(queue, a.audiences, a.now, a.log)
	a.act = act.New(a.actSettings(), act.Deps{
		Stores: act.Stores{
			Transactor: s, CaseStore: s, HistoryStore: s, Reader: s, VerdictStore: s, LessonStore: s, ReplyStore: s,
			Outbox: queue, PostStore: s, FoldStore: s, NoticeStore: s, SpikeStore: s, LinkStore: s,
		},
		Platforms: a.platforms, Answerer: a.answerer, TicketWays: a.ticketWays, Digest: a.builder.View, Learner: a.analyzer, Chart: a.spikeChart, Locks: a.locks(), Observer: a.watch.meter, Log: a.log, Now: a.now,
	})
	a.watch.watches()
	a.echoes = echo.New(echoSize, echoAge)
	if err := a.wireOpinions(); err != nil {
		return err
	}
	a.spikes = intake.NewSpikes(s, watchedSpikes{a.spikeCards(), a.watch.meter}, a.cfg.series(), a.log, a.now)
	set := intake.Settings{
		DefaultWatch: p.fallback, Quiet: p.quiet, Store: patient{s}, Lookup: s, Words: s, Analyzer: a.analyzer, Cases: a.act, Echoes: a.echoes, Beside: a.cases(), Observer: a.watch.meter, Log: a.log, Now: a.now,
	}
	if p.heardAt != nil {
		set.Now = p.heardAt
	}
	if !p.quiet { // an import looks for spikes when all of it is in, and asks nobody
		set.Spikes, set.Opinions = a.spikeListener(), a.opinions
	}
	a.intake = intake.New(set)
	a.runner = a.newRunner()
	a.desk = handlers.New(handlers.Deps{
		Act: handlers.ActsOf(a.act),
		Store: handlers.Stores{
			Transactor: s, CaseReader: s, HistoryReader: s, MentionReader: s, SpikeReader: s, SourceReader: s, DeliveryReader: s, LessonReader: s, CustomerReader: s,
		},
		Inbox: s, Answers: s, Intake: madeHere{a}, Reports: reports{a}, Grounds: reports{a}, Contrasts: a.builder, Audits: s, Sampler: a.auditor, Platforms: a.platforms,
		Topics: a.cfg.topicNames(), Watches: a.cfg.watchNames(), Zone: a.cfg.zone(), Log: a.log, Now: a.now,
	})
	return nil
}

// newRunner makes what runs the sources; one runs them once.
func (a *app) newRunner() *listen.Runner {
	return listen.New(listen.Settings{Sink: a.intake, States: a.store, Notifier: a.act, Alone: a.aloneOf(), Log: a.log, Now: a.now, Rand: rand.Float64})
}

// actSettings is what the configuration says of acting.
func (a *app) actSettings() act.Settings {
	cfg := a.fresh.Load()
	set := cfg.actSettings()
	set.Tiers.Points, set.Tiers.Level = cfg.tiers(), a.analyzer.UrgencyLevel
	return set
}

// answerer finds how customers of a source are answered.
func (a *app) answerer(source string) (bot.Answerer, bool) {
	if a.runner == nil {
		return nil, false
	}
	return a.runner.Answerer(source)
}

// ticketWays lists where tickets can be opened about any case.
func (a *app) ticketWays() []bot.Way {
	if a.runner == nil {
		return nil
	}
	return a.runner.TicketWays()
}

// load brings back what only memory holds: echoes, and where the spikes were
// left. What was said since is learnt later.
func (a *app) load(ctx context.Context) error {
	if err := a.learnEchoes(ctx); err != nil {
		return err
	}
	return a.spikes.Prepare(ctx)
}

// learnEchoes remembers the mentions of cases that were said lately, those that
// are remembered already left out; what is stored meanwhile is caught up with.
func (a *app) learnEchoes(ctx context.Context) error {
	if err := a.intake.CatchUp(ctx); err != nil {
		return err
	}
	known := a.echoes.Len() > 0
	err := a.store.RecentHashes(ctx, a.now().Add(-echoAge), echoSize, func(id, caseID int64, watches []string, hash uint64, at time.Time) error {
		seen := false
		if known {
			a.echoes.Near(hash, watches, at, func(other, _ int64) bool {
				seen = seen || other == id
				return seen
			})
		}
		if !seen {
			a.echoes.Add(id, caseID, watches, hash, at)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load what was said lately: %w", err)
	}
	return nil
}

// entries builds the configured sources.
func (a *app) entries() ([]listen.Entry, error) {
	cfg := a.fresh.Load()
	list := make([]listen.Entry, 0, len(cfg.Sources))
	env := bot.SourceEnv{HTTP: a.client, Log: a.log, Now: a.now, Stdin: a.stdin, Zone: cfg.zone(), Watches: cfg.watches(), Matcher: matcher(cfg.watches())}
	var errs []error
	for _, s := range cfg.Sources {
		d, ok := driverOf(a.drivers, s.Kind)
		if !ok {
			return nil, bot.Errorf(bot.ErrInvalid, "There is no kind of source %q. `earshot kinds` lists them.", s.Kind)
		}
		src, err := d.New(s.Name, s.Rest.decode, env)
		if err != nil {
			errs = append(errs, fmt.Errorf("source %q: %w", s.Name, err))
			continue
		}
		every := s.Every
		if every == 0 {
			every = d.Every
		}
		print := s.Rest.print()
		if d.Searches {
			print += fmt.Sprint(env.Watches)
		}
		list = append(list, listen.Entry{Name: s.Name, Kind: s.Kind, Every: every, Source: src, Print: print})
	}
	return list, errors.Join(append(errs, referred(list)...)...)
}

// close closes the store, and frees a model that was loaded.
func (a *app) close() error {
	if a.freeModel != nil {
		return errors.Join(a.freeModel(), a.store.Close())
	}
	return a.store.Close()
}

// madeHere takes in what people point at in a chat.
type madeHere struct{ a *app }

// MakeCase implements handlers.Intake.
func (m madeHere) MakeCase(ctx context.Context, mention bot.Mention, by bot.Person) (int64, bool, error) {
	return m.a.intake.MakeCase(ctx, mention, by)
}

// Overheard implements handlers.Intake.
func (m madeHere) Overheard(ctx context.Context, platform, channel string, mention bot.Mention) error {
	return m.a.hub.Overheard(ctx, platform, channel, mention)
}

// spikeChart draws a spike's series with its band; nil when it cannot be drawn,
// and the card goes without.
func (a *app) spikeChart(s bot.Spike) *bot.Image {
	img, err := chart.SpikeImage(s, a.cfg.zone())
	if err != nil {
		a.log.Warn("a spike's chart could not be drawn", "spike", s.ID, "error", err)
		return nil
	}
	return img
}

// patient is the store for what comes in: cards, clicks and replies go first.
type patient struct{ *store.Store }

// Transact implements intake.Store.
func (p patient) Transact(ctx context.Context, fn func(ctx context.Context) error) error {
	return p.TransactPatiently(ctx, fn)
}
