package main

import (
	"context"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// movedBy is the variable that says how wrong the clock of a child is.
const movedBy = "EARSHOT_CLOCK_MOVED_BY"

// moved is main by a clock that is wrong: all that the program does by the time
// of day, its queue too, it does by that.
func moved() {
	by, err := time.ParseDuration(os.Getenv(movedBy))
	if err != nil {
		panic(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = runWith(os.Args[1:], &env{ctx: ctx, getenv: os.Getenv, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		now: func() time.Time { return time.Now().Add(by) }})
	stop()
	os.Exit(exitCode(err))
}

// slow is how far behind the clock is at first.
const slow = -2 * time.Hour

// jump sets the clock of what is launched next forward, now and then, until it
// is right. It is never ahead of Slack's and Discord's: what was posted is looked
// for from when it was made on, by their clocks. It is not set back: a 429 of the
// hour before would be waited for until the clock is there again, and an edit
// taken for older than it is. On PostgreSQL what is due is due by the server's
// clock, which nobody here can set.
func (c *chaos) jump(dice *rand.Rand) {
	was := time.Duration(c.h.moved.Load())
	if was == 0 || dice.IntN(3) > 0 {
		return
	}
	c.h.moved.Store(int64(was + time.Hour))
	c.net.count("clock set forward")
	c.net.deaf()() // what was to be waited for is over by that clock
}
