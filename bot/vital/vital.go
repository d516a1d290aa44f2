// Package vital is how Earshot looks after itself: it turns the signs of the
// running bot into an answer to "is it ready?" and into words to the team when
// something that matters stays broken. It reads no clock and does no I/O of
// its own: signs are handed in.
package vital

import (
	"fmt"
	"time"

	"earshot/bot"
)

// Signs is how the bot is at one moment.
type Signs struct {
	At         time.Time
	Serving    bool  // everything has been started, nothing is being stopped
	Store      error // why the database does not answer or takes no writes; nil when it does
	Schema     error // why its tables are not those of this program; nil when they are
	Queues     []bot.QueueState
	Due        int       // deliveries that are due or under way
	OldestDue  time.Time // since when the oldest of them; zero when there is none
	Parked     int       // deliveries that a person has to decide on
	Connectors []Connector
	Size       bot.StoreSize
}

// Connector is a platform, and how its connection is.
type Connector struct {
	Name string
	bot.Health
}

// Limits is what is still well. A zero value means the usual one.
type Limits struct {
	JobAge       time.Duration // of a job that could run and does not; 5 minutes
	Outbox       time.Duration // of the oldest delivery that is due; 15 minutes
	Unconnected  time.Duration // of a platform without a connection; 5 minutes
	Store        time.Duration // of a database that fails; 1 minute
	Parked       time.Duration // of deliveries nobody has decided on; 1 hour
	DiskFree     float64       // share of the disk that is left; 0.05
	DiskFreeLeft int64         // bytes that are enough whatever share they are; 10 GB
	ClockJump    time.Duration // between two looks; 1 minute
}

// Usual fills in what is zero.
func (l Limits) Usual() Limits {
	set := func(d *time.Duration, usual time.Duration) {
		if *d == 0 {
			*d = usual
		}
	}
	set(&l.JobAge, 5*time.Minute)
	set(&l.Outbox, 15*time.Minute)
	set(&l.Unconnected, 5*time.Minute)
	set(&l.Store, time.Minute)
	set(&l.Parked, time.Hour)
	set(&l.ClockJump, time.Minute)
	if l.DiskFree == 0 {
		l.DiskFree = 0.05
	}
	if l.DiskFreeLeft == 0 {
		l.DiskFreeLeft = 10 << 30
	}
	return l
}

// Reason is one thing that readiness depends on. What it says carries no
// customer's words and no secret: anybody who can reach the address reads it.
type Reason struct {
	Name      string    `json:"name"`
	OK        bool      `json:"ok"`
	Says      string    `json:"says,omitempty"`
	LastEvent time.Time `json:"last_event,omitzero"` // of a connector
}

// Ready tells whether work can be given to the bot, and each reason for that.
func Ready(s Signs, l Limits) (bool, []Reason) {
	l = l.Usual()
	all := []Reason{{Name: "started", OK: s.Serving, Says: unless(s.Serving, "it is being started or stopped")},
		{Name: "database", OK: s.Store == nil, Says: unless(s.Store == nil, "it does not answer, or takes no writes")},
		{Name: "tables", OK: s.Schema == nil, Says: unless(s.Schema == nil, "they are not those of this version")}}
	name, age := oldest(s)
	ok := age < l.JobAge
	all = append(all, Reason{Name: "queue", OK: ok, Says: unless(ok, fmt.Sprintf("a job of the queue %s has waited for %s", name, age.Round(time.Second)))})
	for _, c := range s.Connectors {
		ok := c.Connected || c.Standby
		r := Reason{Name: c.Name, OK: ok, LastEvent: c.LastEvent}
		switch {
		case c.Standby:
			r.Says = "another replica holds the connection"
		case !ok:
			r.Says = "not connected"
		}
		all = append(all, r)
	}
	for _, r := range all {
		if !r.OK {
			return false, all
		}
	}
	return true, all
}

// unless is what is ill, or nothing when it is well.
func unless(well bool, ill string) string {
	if well {
		return ""
	}
	return ill
}

// oldest is the queue whose first job has waited the longest, and how long.
func oldest(s Signs) (string, time.Duration) {
	name, age := "", time.Duration(0)
	for _, q := range s.Queues {
		if q.Waiting > 0 && !q.Oldest.IsZero() && s.At.Sub(q.Oldest) > age {
			name, age = q.Name, s.At.Sub(q.Oldest)
		}
	}
	return name, age
}
