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

// jump sets the clock of what is launched next, now and then: back by one or two
// hours, or forward again. It is never ahead of Slack's and Discord's: what was
// posted is looked for from when it was made on, by their clocks. On PostgreSQL
// what is due is due by the server's clock, which nobody here can set.
func (c *chaos) jump(dice *rand.Rand) {
	if c.plan.engine != "sqlite" || dice.IntN(3) > 0 {
		return
	}
	by := []time.Duration{0, -time.Hour, -2 * time.Hour}[dice.IntN(3)]
	if was := time.Duration(c.h.moved.Swap(int64(by))); by < was {
		c.net.count("clock set back")
	} else if by > was {
		c.net.count("clock set forward")
	}
}
