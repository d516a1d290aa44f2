package store

import (
	"time"

	"github.com/riverqueue/river"
)

// clock is the time that jobs are due by.
type clock struct{ now func() time.Time }

// Now implements rivertype.TimeGenerator.
func (c clock) Now() time.Time { return c.now() }

// NowOrNil implements rivertype.TimeGenerator.
func (c clock) NowOrNil() *time.Time {
	now := c.now().UTC()
	return &now
}

// test is what River is told of the clock: nothing where it is the machine's,
// which is then that of the database too.
func (c clock) test() (t river.TestConfig) {
	if c.now != nil {
		t.Time = c
	}
	return t
}

// utc is the time now.
func (c clock) utc() time.Time {
	if c.now == nil {
		return time.Now().UTC()
	}
	return c.now().UTC()
}
