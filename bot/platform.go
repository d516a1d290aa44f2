package bot

import (
	"context"
	"time"
)

// MessageRef finds a message again. Its fields mean what the platform says:
// Slack's channel and timestamp, Discord's channel and message id.
type MessageRef struct {
	Channel string `json:"channel,omitempty"`
	ID      string `json:"id,omitempty"`
	Thread  string `json:"thread,omitempty"` // id of the thread below it, where that has an id of its own
}

// IsZero tells whether it refers to nothing.
func (r MessageRef) IsZero() bool { return r == MessageRef{} }

// Outgoing is a message to post.
type Outgoing struct {
	Key     string     // Delivery.Key: at most 25 characters; Find knows the message by it
	Channel string     // as the configuration names it: an id, or "#name"
	Thread  MessageRef // in the thread below this message; zero for the channel itself
	View    View
	Loud    bool // may notify people; else it is silent where the platform can be
}

// Platform is a chat service that Earshot lives in.
//
// Every method may give an *Error of kind ErrUnauthorized, ErrGone (channel or
// message), ErrRateLimited with RetryAfter, ErrUnavailable (nothing happened
// there), ErrUncertain (it may have happened) or ErrInvalid (the view is
// refused). Methods are safe for concurrent use.
type Platform interface {
	// Name is "slack", "discord" or "console".
	Name() string
	// Run connects, hands what people do to desk, and returns when ctx has ended
	// and nothing is under way, or with an error that no retry mends.
	Run(ctx context.Context, desk Desk) error
	// Post puts a new message into a channel or a thread.
	Post(ctx context.Context, out Outgoing) (MessageRef, error)
	// Edit draws view over a message.
	Edit(ctx context.Context, ref MessageRef, view View) error
	// Find looks for a message that was posted with this key since a time. It
	// gives false only when it is certainly not there.
	Find(ctx context.Context, out Outgoing, since time.Time) (MessageRef, bool, error)
	// Tell shows a view to one person alone: where they acted (in.Handle) or,
	// when that has expired, as a direct message.
	Tell(ctx context.Context, in Interaction, view View) error
}

// Desk is where a platform brings what people do. A platform calls Accept
// first, acknowledges, then calls Handle and shows the answer.
type Desk interface {
	// Accept stores the interaction. It gives false for one that is stored
	// already: acknowledge it and do nothing. An error's words are for whoever
	// did it.
	Accept(ctx context.Context, in Interaction) (fresh bool, err error)
	// Handle does it and says what to show. It never fails: what goes wrong is
	// told in the answer.
	Handle(ctx context.Context, in Interaction) Answer
	// Complete offers completions for a command line that is being typed.
	Complete(ctx context.Context, by Person, line string) []Option
	// Overheard takes a message from a channel where customers talk. Channels
	// that no community source listens to are ignored.
	Overheard(ctx context.Context, platform, channel string, m Mention) error
}

// Linker is a Platform whose messages have an address.
type Linker interface {
	Permalink(ref MessageRef) string
}

// Grouper is a Platform that knows the groups a person is in, where the
// interaction does not carry them.
type Grouper interface {
	Groups(ctx context.Context, userID string) ([]string, error)
}

// Health is how a platform is, for /readyz and the digest.
type Health struct {
	Connected bool
	Since     time.Time
	LastEvent time.Time
	Error     string // in plain words
	Standby   bool   // another replica holds the connection; this one takes over when it ends
}

// Healthy is a Platform that tells how it is.
type Healthy interface {
	Health() Health
}
