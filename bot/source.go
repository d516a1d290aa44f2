package bot

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Cursor is where a source stands: opaque to all but the source. It is stored
// in the transaction that stores the mentions before it.
type Cursor string

// Batch is what one read of a source gave.
type Batch struct {
	Mentions []Mention  // in the source's order; IDs, SeenAt and Source are filled in by the runner
	Rejected []Rejected // what could not be read; the rest goes on
	Next     Cursor     // where to read from next time, once this batch is stored
	More     bool       // there is more to read at once
	Progress float64    // 0 to 1 through a long read; 0 where unknown
}

// Rejected is one item that could not be read: it goes to the dead letters.
type Rejected struct {
	ID     int64     `json:"id"`
	Source string    `json:"source"`
	Where  string    `json:"where"`  // "reviews.csv, line 12", an item's id
	Reason string    `json:"reason"` // what is wrong with it and how to mend it
	Raw    string    `json:"raw"`    // the item, cut to 2,000 bytes
	At     time.Time `json:"at"`
}

// Source is one configured place that is listened to.
type Source interface {
	// Poll reads what is new since cursor ("" at first). It waits for the
	// network but not for news: with nothing new it gives an empty batch. A
	// failure is an *Error: ErrUnauthorized, ErrRateLimited or ErrUnavailable
	// with RetryAfter, ErrInvalid for settings that cannot work.
	Poll(ctx context.Context, cursor Cursor) (Batch, error)
}

// Streamer is a Source that is told of news as it happens. Stream runs until
// ctx ends or it fails; emit returns once the batch is stored, and an error
// means that it was not, so the sender must not be told that it was.
type Streamer interface {
	Source
	Stream(ctx context.Context, cursor Cursor, emit Emit) error
}

// Nudged is a Source that is polled, and told by HTTP that there is news, so
// that it is polled at once. What it is told is only a hint: were it lost, the
// next poll would find the same.
type Nudged interface {
	Source
	Path() string
	http.Handler
	// Nudge gives one value when the source is worth a poll now.
	Nudge() <-chan struct{}
}

// Emit hands a batch over to be stored.
type Emit func(ctx context.Context, b Batch) error

// Endpoint is a Streamer that is spoken to by HTTP: Path is where, below the
// public address, and the handler works while Stream runs.
type Endpoint interface {
	Streamer
	Path() string
	http.Handler
}

// Answerer is a Source on which customers can be answered.
type Answerer interface {
	// Ways lists how this mention can be answered, the best first; none when it
	// cannot be.
	Ways(m Mention) []Way
	// Answer sends r once. ErrUncertain means that it may have arrived.
	Answer(ctx context.Context, m Mention, r Reply) (Placed, error)
	// FindAnswer looks for an answer that was sent with r.Key(). It gives false
	// when it is certainly not there, and ErrUnsupported when nobody can know.
	FindAnswer(ctx context.Context, m Mention, r Reply) (Placed, bool, error)
	// Length counts text as the service counts it against a Way's Limit.
	Length(text string) int
}

// Ticketer is an Answerer that also takes what is said elsewhere, as a ticket.
type Ticketer interface {
	Answerer
	// TicketWay is how a mention of any source is brought there, with Internal
	// and Source set; false where that is switched off.
	TicketWay() (Way, bool)
}

// Referrer is a Source whose customers can be answered through another one, as
// those who answered a survey by e-mail.
type Referrer interface {
	Source
	// AnswersBy is the name of the source that answers; "" when there is none.
	AnswersBy() string
}

// Placed is where an answer stands at the source.
type Placed struct {
	ExternalID string
	URL        string
}

// Checker is a Source or Platform that can try its credentials and permissions.
type Checker interface {
	Check(ctx context.Context) []Finding
}

// Finding is one thing that a check found.
type Finding struct {
	OK   bool   `json:"ok"`
	What string `json:"what"`           // "Slack: can post to #support"
	Mend string `json:"mend,omitempty"` // the exact thing to do, when not OK
}

// Driver is a kind of source.
type Driver struct {
	Kind     string          // "feed"; the name in the configuration
	Reads    string          // "RSS, Atom, RDF and JSON Feed"
	Answers  string          // how customers are answered, or why not
	Live     string          // "polled every 5 minutes", "pushed by HTTP"
	Needs    string          // "nothing", "a shared secret"
	Every    time.Duration   // usual time between polls; 0 for streams only
	Searches bool            // it searches for the terms of the watches: other watches make another source
	Settings func() any      // a pointer to an empty settings struct, for its JSON Schema
	Asks     []SetupQuestion // what `earshot init` asks to set one up, in order
	Guide    string          // what to create at the service, which permissions, what it costs: a few lines of Markdown
	// New makes a source. decode fills a settings struct from the configuration,
	// strictly; its errors name the line.
	New func(name string, decode func(into any) error, env SourceEnv) (Source, error)
}

// Configured makes a Driver's New of a function that is given its settings
// decoded.
func Configured[S any, T Source](open func(name string, s S, env SourceEnv) (T, error)) func(string, func(into any) error, SourceEnv) (Source, error) {
	return func(name string, decode func(into any) error, env SourceEnv) (Source, error) {
		var s S
		if err := decode(&s); err != nil {
			return nil, err
		}
		source, err := open(name, s, env)
		if err != nil {
			return nil, err
		}
		return source, nil
	}
}

// SetupQuestion is one thing that `earshot init` asks to set a source up.
type SetupQuestion struct {
	Key    string // the setting: "server"
	Ask    string // "Which server, as https://mastodon.social?"
	Secret string // the environment variable that the setting is written as; what is asked for is then never typed
	Usual  string // what leaving the setting out means, as people read it; an empty answer leaves it out
	List   bool   // several values, separated by commas
}

// SourceEnv is what every source is given.
type SourceEnv struct {
	HTTP  *http.Client // the one guarded client
	Log   *slog.Logger
	Now   func() time.Time
	Stdin io.Reader
	Zone  *time.Location // for dates that name no zone
	// Watches is what is listened for, for services that are searched. What
	// they find is matched on our side as well.
	Watches []Watch
	// Matcher makes what tells whether words belong to a watch that listens to
	// the source of this name, for one goroutine: for services that tell of far
	// more than is listened for. It is nil where there is nothing to match by.
	Matcher func(source string) func(said string) bool
}

// SourceState is what is remembered of a source.
type SourceState struct {
	Name      string    `json:"name"`
	Kind      string    `json:"kind"`
	Cursor    Cursor    `json:"cursor"`
	Synced    bool      `json:"synced"`              // the first, silent sync is done
	LastOK    time.Time `json:"last_ok,omitzero"`    // last read that worked
	LastNew   time.Time `json:"last_new,omitzero"`   // last time there was news
	Failures  int       `json:"failures"`            // in a row
	Error     string    `json:"error,omitempty"`     // of the last failure, in plain words
	Mentions  int64     `json:"mentions"`            // ever
	Rejected  int64     `json:"rejected"`            // ever
	QuietFrom time.Time `json:"quiet_from,omitzero"` // since when it is told to be silent; zero when all is well
	Progress  float64   `json:"progress"`            // of a first sync, 0 to 1
	Rhythm    string    `json:"rhythm,omitempty"`    // what the runner has learnt of its usual week; opaque
}

// Outage is a time in which a source could not be read.
type Outage struct {
	Source string    `json:"source"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to,omitzero"` // zero while it lasts
}
