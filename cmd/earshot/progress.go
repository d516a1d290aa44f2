package main

import (
	"fmt"
	"io"
	"time"
)

// progress shows how far long work is, on a terminal only: one line, rewritten
// at most ten times a second.
type progress struct {
	w    io.Writer
	on   bool
	last time.Time
}

func newProgress(w io.Writer) *progress { return &progress{w: w, on: terminal(w)} }

// show rewrites the line; share is 0 to 1, or 0 where nobody knows.
func (p *progress) show(share float64, format string, args ...any) {
	if !p.on || time.Since(p.last) < 100*time.Millisecond {
		return
	}
	p.last = time.Now()
	line := fmt.Sprintf(format, args...)
	if share > 0 {
		line = fmt.Sprintf("%3.0f %%  %s", 100*share, line)
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
}

// done clears the line.
func (p *progress) done() {
	if p.on {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
