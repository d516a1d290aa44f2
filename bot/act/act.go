// Package act is the life of a case: which team gets it, who has it, what is
// due, what is answered and by whose leave, and how each of that reaches the
// people and the customer exactly once.
//
// Everything that must be seen outside is a row of the outbox, written in the
// transaction that makes it necessary; Deliver brings the rows out and looks
// before it sends a second time. A person's role is looked up here, at the
// moment of the act, whatever the caller says.
package act

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"earshot/bot"
	"earshot/bot/relate"
)

// Usual values of Settings that are zero.
const (
	usualUndo    = 20 * time.Second
	usualCards   = 20
	usualWindow  = 5 * time.Minute
	usualTimeout = 30 * time.Second
)

// Settings is what the configuration says of acting. It may be exchanged while
// the bot runs, by Configure.
type Settings struct {
	Routes   []bot.Route
	Default  bot.Route     // takes the cases that no route wants
	Roles    Roster        //
	UndoFor  time.Duration // how long a reply can be taken back; 0 for 20 s
	Budget   Budget        //
	Notices  []bot.Place   // where the team is told about Earshot itself
	Approval Approval      //
	Tiers    Tiers         //
	Zone     *time.Location
	Timeout  time.Duration              // of one send; 0 for 30 s
	Label    func(source string) string // what people call a source; nil for its name
	Link     func(caseID int64) string  // address of a case in the console; nil for none
}

// Budget is how many cards a channel is given; what is above is folded into
// one roll-up card. An urgent case is folded only above twice as many.
type Budget struct {
	Cards  int           // within Window; 0 for 20, negative for no limit
	Window time.Duration // 0 for 5 minutes
}

// Tiers is what a known customer's tier adds to the urgency of their mention.
type Tiers struct {
	Points map[string]int                    // by tier; nil for relate.UsualTiers
	Level  func(points int) bot.UrgencyLevel // of a sum of points; nil when tiers count for nothing
}

// Approval says which replies wait for an approver whoever writes them.
// A responder's replies always wait.
type Approval struct {
	Topics []string
	Routes []string
}

// Deps is what a Service works with.
type Deps struct {
	Stores    Stores
	Platforms map[string]bot.Platform
	// Answerer finds the way to answer on a source; nil when none can be answered.
	Answerer func(source string) (bot.Answerer, bool)
	// TicketWays lists how tickets can be opened about mentions of any source;
	// nil when nowhere.
	TicketWays func() []bot.Way
	// Digest draws a digest; nil where there are none.
	Digest func(ctx context.Context, digestID int64) (bot.View, error)
	// Learner reads mentions by what people say of verdicts; nil when that is
	// kept, but nobody learns from it.
	Learner Learner
	// Chart draws a spike's series with its band; nil for no chart.
	Chart func(bot.Spike) *bot.Image
	// Locks parts this process from others on the same store; nil where there are
	// none.
	Locks Locker
	// Observer is told what happens; nil when nobody watches.
	Observer Observer
	Log      *slog.Logger
	Now      func() time.Time
}

// Service acts. Its methods are safe for concurrent use.
type Service struct {
	settings  atomic.Pointer[Settings]
	st        Stores
	platforms map[string]bot.Platform
	answerer  func(string) (bot.Answerer, bool)
	tickets   func() []bot.Way
	digest    func(context.Context, int64) (bot.View, error)
	chart     func(bot.Spike) *bot.Image
	observer  Observer
	log       *slog.Logger
	now       func() time.Time

	learner  Learner
	learning sync.Mutex // held while lessons are read and learnt
	locks    keylock
	others   Locker
	groups   groupCache
	raised   raised
	lanes    lanes
}

// New makes a Service. It does nothing by itself: whoever works the queue
// calls Deliver and Timer, and Recover once before that.
func New(set Settings, deps Deps) *Service {
	s := &Service{
		st: deps.Stores, platforms: deps.Platforms, answerer: deps.Answerer, tickets: deps.TicketWays,
		digest: deps.Digest, learner: deps.Learner, chart: deps.Chart, observer: deps.Observer, others: deps.Locks, log: deps.Log, now: deps.Now,
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.observer == nil {
		s.observer = unseen{}
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.answerer == nil {
		s.answerer = func(string) (bot.Answerer, bool) { return nil, false }
	}
	if s.tickets == nil {
		s.tickets = func() []bot.Way { return nil }
	}
	s.lanes = lanes{now: s.now, all: map[string]*lane{}}
	s.Configure(set)
	return s
}

// Configure exchanges the settings; what is under way ends with the old ones.
func (s *Service) Configure(set Settings) {
	if set.UndoFor <= 0 {
		set.UndoFor = usualUndo
	}
	if set.Budget.Cards == 0 {
		set.Budget.Cards = usualCards
	}
	if set.Budget.Window <= 0 {
		set.Budget.Window = usualWindow
	}
	if set.Timeout <= 0 {
		set.Timeout = usualTimeout
	}
	if set.Zone == nil {
		set.Zone = time.UTC
	}
	if set.Label == nil {
		set.Label = func(source string) string { return source }
	}
	if set.Tiers.Points == nil {
		set.Tiers.Points = relate.UsualTiers()
	}
	s.settings.Store(&set)
}

func (s *Service) set() *Settings { return s.settings.Load() }

// Zone is the team's time zone for a case.
func (s *Service) Zone(c bot.Case) *time.Location {
	if r := s.routeOf(c); r.Zone != nil {
		return r.Zone
	}
	return s.set().Zone
}

// UndoFor is how long a queued reply can be taken back.
func (s *Service) UndoFor() time.Duration { return s.set().UndoFor }
