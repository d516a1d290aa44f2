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
}
