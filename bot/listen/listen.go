// Package listen runs the sources: it polls and streams each in a goroutine of
// its own, hands what it hears to be stored together with the new cursor, backs
// off when a source fails, and says once when one has fallen silent.
package listen

import (
	"context"
	"log/slog"
	"time"

	"earshot/bot"
)

// Sink stores a batch and the state that goes with it in one transaction. An
// error means that neither is stored: the batch is read again.
type Sink interface {
	Ingest(ctx context.Context, state bot.SourceState, batch bot.Batch) error
}

// States keeps what is remembered of a source between runs.
type States interface {
	// SourceState gives a zero state with the name for a source never seen.
	SourceState(ctx context.Context, name string) (bot.SourceState, error)
	SaveSourceState(ctx context.Context, state bot.SourceState) error
}

// Notifier tells the team about Earshot itself, once a key, and says when it
// is well again.
type Notifier interface {
	Notify(ctx context.Context, n bot.Notice) error
	Mended(ctx context.Context, key string) error
}

// Settings are what a Runner needs. Zero durations and numbers mean the
// defaults.
type Settings struct {
	Sink     Sink
	States   States
	Notifier Notifier // nil tells nobody
	Log      *slog.Logger
	Now      func() time.Time
	Rand     func() float64 // uniform in [0, 1), safe for concurrent use; math/rand/v2's Float64

	// Alone runs a function while this process, of several on one store, is the
	// one that reads the sources, and again whenever it is so anew; it returns
	// when ctx ends. Nil where there is one process. Sources that are told of
	// news from outside (bot.Endpoint, or a method Told that says so) are heard by every process.
	Alone func(ctx context.Context, run func(ctx context.Context))

	FailuresToTell int           // failures in a row until somebody is told; 5
	PollTimeout    time.Duration // of one Poll; 5 minutes
}

// Entry is one configured source, as Start and Reload take it.
type Entry struct {
	Name   string
	Kind   string
	Every  time.Duration // between polls; 0 means DefaultEvery
	Source bot.Source
	// Print is the source's configuration in a comparable form. A reload leaves
	// a source alone whose Kind, Every and Print have not changed.
	Print string
	// NoQuiet never tells that this source has fallen silent.
	NoQuiet bool
}

// DefaultEvery is the time between polls where neither the configuration nor
// the kind says.
const DefaultEvery = 5 * time.Minute

// Activity says what a source is doing.
type Activity string

// The activities.
const (
	Reading   Activity = "reading"   // a read or a batch is under way
	Waiting   Activity = "waiting"   // for the next poll
	Streaming Activity = "streaming" // connected, and told of news as it happens
	Failing   Activity = "failing"   // waiting to try again
	Stopped   Activity = "stopped"
)

// Status is how a source is.
type Status struct {
	bot.SourceState
	Activity Activity      `json:"activity"`
	NextAt   time.Time     `json:"next_at,omitzero"` // next read, while Waiting or Failing
	Every    time.Duration `json:"every"`            // between polls
}

// The bounds of the runner. They are ours.
const (
	backoffBase   = time.Second
	backoffCap    = 5 * time.Minute
	steadyAfter   = time.Minute // a stream that ran this long was well
	saveEvery     = time.Minute // how often an unchanged state is saved for its LastOK
	pulseEvery    = time.Minute // how often silence is looked for
	stallAfter    = 3           // reads with More that move nothing, until it is waited
	tellTimeout   = 10 * time.Second
	maxErrorRunes = 300
)

func (s *Settings) defaults() {
	if s.FailuresToTell <= 0 {
		s.FailuresToTell = 5
	}
	if s.PollTimeout <= 0 {
		s.PollTimeout = 5 * time.Minute
	}
}
