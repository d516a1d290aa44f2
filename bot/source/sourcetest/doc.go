// Package sourcetest is the suite that every source passes. It holds a source
// to its contract: nothing skipped, nothing doubled, hostile text made safe,
// broken items told apart, every failure of the other side given its right
// kind, and no goroutine left behind.
package sourcetest

import (
	"net/http"
	"testing"
	"time"

	"earshot/bot"
)

// Item is something that a customer says.
type Item struct {
	ID     string
	Text   string
	Author string
	At     time.Time
}

// Rig is a kind with the service that it listens to. It cleans up after itself
// with t.Cleanup.
type Rig interface {
	// Source makes a source over the same service, as after a restart.
	Source(t *testing.T) bot.Source
	// Say makes items appear at the service. A kind that is pushed to returns
	// an error when the items were not taken; others never do.
	Say(t *testing.T, items ...Item) error
	// Break makes one item appear that cannot be read. A pushed kind may
	// return an error that tells the sender so.
	Break(t *testing.T) error
}

// Faulty is a Rig whose service speaks HTTP and can be made to fail.
type Faulty interface {
	Rig
	// Fail answers all requests by h from now on; nil is the service as it was.
	Fail(t *testing.T, h http.Handler)
	// Down ends the service: nothing listens at its address any more.
	Down(t *testing.T)
}

// Run holds the kind to its contract. open makes a new rig for each test.
func Run(t *testing.T, open func(t *testing.T) Rig) {
	t.Helper()
	r := suite{open: open}
	for _, tc := range []struct {
		name string
		run  func(t *testing.T)
	}{
		{"every item once", r.once},
		{"resumes after any batch", r.resumes},
		{"only what is new", r.news},
		{"the same item has the same id", r.steady},
		{"hostile text is made safe", r.hostile},
		{"a broken item is told apart", r.broken},
		{"ends promptly", r.ends},
		{"what is not stored comes again", r.unstored},
		{"faults have their kinds", r.faults},
		{"a hanging service is left", r.hangs},
	} {
		t.Run(tc.name, func(t *testing.T) {
			noLeaks(t)
			tc.run(t)
		})
	}
}
