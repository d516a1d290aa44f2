package bot

import (
	"context"
	"time"
)

// Waits keeps what platforms have told us to wait for, so that every replica
// honours it, and a process that was started anew.
type Waits interface {
	// SaveWait notes that nothing of this name may be asked of a platform before
	// a time. A later time that is known stays.
	SaveWait(ctx context.Context, platform, name string, until time.Time) error
	// Waits gives, by name, what a platform has us wait for still.
	Waits(ctx context.Context, platform string) (map[string]time.Time, error)
	// Shared tells whether other processes ask the same platforms.
	Shared() bool
	// TakeTurn books the next turn of a name for this process, where none of the
	// others has it, and gives how long it is until then. One that is further away
	// than most is not booked, and taken is false.
	TakeTurn(ctx context.Context, platform, name string, p Pace, most time.Duration) (wait time.Duration, taken bool, err error)
}

// Pace is how often something may be asked for: Burst times at once, and one
// time more each Every.
type Pace struct {
	Every time.Duration
	Burst int
}
