package bot

import (
	"strconv"
	"time"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// DeliveryKind says what a delivery brings.
type DeliveryKind string

// The kinds of delivery.
const (
	DeliverCard   DeliveryKind = "card"   // a case's card: posted, or edited to what is current
	DeliverNote   DeliveryKind = "note"   // a line in a card's thread
	DeliverSpike  DeliveryKind = "spike"  // a spike's card
	DeliverDigest DeliveryKind = "digest" // a digest
	DeliverReply  DeliveryKind = "reply"  // an answer to the customer
	DeliverNotice DeliveryKind = "notice" // a word to the team about Earshot itself
	DeliverFold   DeliveryKind = "fold"   // a roll-up card: cases beyond the channel's budget
)

// DeliveryState says how far a delivery has come.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryDue       DeliveryState = "due"
	DeliverySending   DeliveryState = "sending"
	DeliverySent      DeliveryState = "sent"
	DeliveryUncertain DeliveryState = "uncertain" // look at the other side first
	DeliveryParked    DeliveryState = "parked"    // a person decides
)

// Delivery is a row of the outbox: something that must reach a platform or a
// source exactly once. It carries ids, never content: what is sent is read
// when it is sent, so ten edits of a card become one.
type Delivery struct {
	ID        int64         `json:"id"`
	Kind      DeliveryKind  `json:"kind"`
	State     DeliveryState `json:"state"`
	Platform  string        `json:"platform,omitempty"` // for a reply: empty
	Channel   string        `json:"channel,omitempty"`
	Target    int64         `json:"target"`     // id of the case, spike, digest, reply, or notice
	EventID   int64         `json:"event_id"`   // DeliverNote: the event; else 0
	Attempts  int           `json:"attempts"`   //
	DueAt     time.Time     `json:"due_at"`     //
	CreatedAt time.Time     `json:"created_at"` //
	SentAt    time.Time     `json:"sent_at,omitzero"`
	Error     string        `json:"error,omitempty"`   // last failure, in plain words
	HeldBy    string        `json:"held_by,omitempty"` // key of the notice that must be mended first; "" for none
}

// Key is the id that the other side is asked about: stable over retries. It
// is at most 25 characters, the limit of Discord's nonce.
func (d Delivery) Key() string { return "earshot-" + itoa(d.ID) }

// Post is where a card stands in one channel.
type Post struct {
	Kind     DeliveryKind // DeliverCard, DeliverSpike or DeliverDigest
	Target   int64        // id of the case, spike or digest
	Platform string
	Channel  string
	Ref      MessageRef
	Version  int64 // version of the case or spike that was drawn last
	PostedAt time.Time
}

// JobKind names work that must happen.
type JobKind string

// The kinds of job. Each carries one id.
const (
	JobDeliver JobKind = "deliver" // id of a delivery
	JobCase    JobKind = "case"    // id of a case whose timer is due: nudge, expiry, waking, SLA
	JobDigest  JobKind = "digest"  // id of a digest to make
	JobSweep   JobKind = "sweep"   // retention and other upkeep; id 0
	JobOpinion JobKind = "opinion" // id of a mention that a slower reader is asked about
	JobSummary JobKind = "summary" // id of a spike that a language model is asked to sum up
	JobFollow  JobKind = "follow"  // id of a reply that was sent, of which the source is asked what became
	JobInbox   JobKind = "inbox"   // an interaction whose person may not have been told what came of it; id of its row
	JobBackup  JobKind = "backup"  // the copy of the store that the configuration asks for; id 0
)

// Job is work that must happen, at RunAt or as soon as possible when RunAt is
// zero. Jobs of the same Kind, ID and RunAt that wait are one job.
type Job struct {
	Kind  JobKind
	ID    int64
	RunAt time.Time
}
