package vital

import (
	"fmt"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/card"
)

// Symptom is one thing that can be broken, and whether it is.
type Symptom struct {
	Key  string // of the notice
	Bad  bool
	For  time.Duration // how long it must last until it is told
	Text string        // what is broken
	Mend string        // what to do
}

// Symptoms reads the signs: one symptom for everything that can be broken,
// those that are well included, so that what was told can be taken back.
func Symptoms(s Signs, l Limits) []Symptom {
	l = l.Usual()
	all := []Symptom{store(s, l)}
	if s.Store != nil { // nothing below is known
		return append(all, connectors(s, l)...)
	}
	all = append(all, queue(s, l), outbox(s, l), parked(s, l), disk(s, l))
	return append(all, connectors(s, l)...)
}

func store(s Signs, l Limits) Symptom {
	return Symptom{Key: "vital:store", Bad: s.Store != nil, For: l.Store,
		Text: "The database does not take what is written: " + bot.Told(s.Store),
		Mend: "Look at the disk it is on (full, read-only?) and at the log. Senders are told to send again, and what is being read waits at its source."}
}

func queue(s Signs, l Limits) Symptom {
	name, age := oldest(s)
	return Symptom{Key: "vital:queue", Bad: age >= l.JobAge, For: 0,
		Text: fmt.Sprintf("Work is not being done: a job of the queue %s has waited for %s.", name, card.Span(age)),
		Mend: "Nothing is lost, but cards and answers come late. Look at the load of the machine and at the log; a restart takes up what waits."}
}

func outbox(s Signs, l Limits) Symptom {
	age := time.Duration(0)
	if !s.OldestDue.IsZero() {
		age = s.At.Sub(s.OldestDue)
	}
	return Symptom{Key: "vital:outbox", Bad: age >= l.Outbox, For: 0,
		Text: fmt.Sprintf("%d deliveries wait to go out, the oldest for %s.", s.Due, card.Span(age)),
		Mend: "/voc deliveries shows what they wait for; /voc sources and earshot check say what is down."}
}

func parked(s Signs, l Limits) Symptom {
	return Symptom{Key: "vital:parked", Bad: s.Parked > 0, For: l.Parked,
		Text: fmt.Sprintf("%d deliveries wait for somebody to decide.", s.Parked),
		Mend: "Decide each with /voc deliveries; a reply is settled on the card of its case."}
}

func disk(s Signs, l Limits) Symptom {
	free, total := s.Size.DiskFree, s.Size.DiskTotal
	bad := total > 0 && free < l.DiskFreeLeft && float64(free) < l.DiskFree*float64(total)
	return Symptom{Key: "vital:disk", Bad: bad, For: 0,
		Text: fmt.Sprintf("The disk of the database is nearly full: %s are left.", bytes(free)),
		Mend: "Make room, or shorten what is kept. When it is full nothing more is taken in; what waits at the sources is read afterwards."}
}

func connectors(s Signs, l Limits) []Symptom {
	var all []Symptom
	for _, c := range s.Connectors {
		why := c.Error
		if why == "" {
			why = "it has not come about"
		}
		all = append(all, Symptom{Key: "platform:" + c.Name + ":unconnected", Bad: !c.Connected && !c.Standby, For: l.Unconnected,
			Text: fmt.Sprintf("There is no connection to %s: %s.", c.Name, strings.TrimRight(why, ".")),
			Mend: "It is tried again by itself, and nothing is lost. earshot check tries the credentials; look also at what lies between."})
	}
	return all
}

// bytes is a number of bytes as people say it.
func bytes(n int64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
}
