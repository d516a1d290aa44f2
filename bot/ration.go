package bot

import "time"

// Ration is how much of what a service, or its operator's budget, lets a
// source use is left.
type Ration struct {
	What  string    // "posts of X to read this month"
	Left  int       //
	Of    int       // when it is whole
	Until time.Time // when it is whole again
	Mend  string    // a sentence: what to do when it does not last
}

// Nearly tells whether a ration is nearly spent: a tenth of it is left.
func (r Ration) Nearly() bool { return r.Of > 0 && r.Left*10 <= r.Of }

// Rationed is a Source that knows its rations. They are asked for often, and
// cost nothing.
type Rationed interface {
	Source
	Rations() []Ration
}
