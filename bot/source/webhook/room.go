package webhook

import (
	"context"
	"time"
)

// room is how many requests are read and stored at once: a flood of senders is
// held back instead of growing in memory. Small requests, which is nearly all
// of them, have a room of their own, so that large ones do not keep them out.
type room struct{ small, large chan struct{} }

// The bounds of a room, and how long a request waits for its place. They are
// ours: together 32 MB of bodies, whatever max_body is.
const (
	smallBody  = 64 << 10
	smallMost  = 256
	largeBytes = 16 << 20
	placeFor   = 10 * time.Second
)

func newRoom(maxBody int) room {
	return room{small: make(chan struct{}, smallMost), large: make(chan struct{}, max(1, largeBytes/maxBody))}
}

// enter waits for a place for a request that says how long it is (-1 when it
// does not). Without one it gives nil; else what gives the place back.
func (r room) enter(ctx context.Context, length int64) func() {
	places := r.large
	if length >= 0 && length <= smallBody {
		places = r.small
	}
	select {
	case places <- struct{}{}:
		return func() { <-places }
	default:
	}
	late := time.NewTimer(placeFor)
	defer late.Stop()
	select {
	case places <- struct{}{}:
		return func() { <-places }
	case <-late.C:
	case <-ctx.Done():
	}
	return nil
}
