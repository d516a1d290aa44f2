package bot

import "time"

// CaseState says where a case stands.
type CaseState string

// The states of a case. Snoozing is not a state: a snoozed case keeps its
// state and is quiet until SnoozedUntil.
const (
	Open      CaseState = "open"
	Claimed   CaseState = "claimed"
	Answered  CaseState = "answered"
	Resolved  CaseState = "resolved"
	Dismissed CaseState = "dismissed"
)

// Done tells whether nothing is left to do.
func (s CaseState) Done() bool { return s == Resolved || s == Dismissed }

// DismissReason says why a case needed nobody; it is kept for learning.
type DismissReason string

// The reasons for dismissing.
const (
	DismissSpam      DismissReason = "spam"
	DismissNotUs     DismissReason = "not_us"
	DismissDuplicate DismissReason = "duplicate"
	DismissNoAction  DismissReason = "no_action"
)

// Case is something to be dealt with, opened from one or more mentions.
type Case struct {
	ID            int64         `json:"id"`
	Version       int64         `json:"version"` // counts changes; every change is a compare-and-swap on it
	State         CaseState     `json:"state"`
	Watch         string        `json:"watch"`
	Topics        []string      `json:"topics,omitempty"`
	Source        string        `json:"source"`
	Route         string        `json:"route"`           // name of the route that took it
	MentionID     int64         `json:"mention_id"`      // the mention it was opened from
	AuthorID      int64         `json:"author_id"`       //
	Label         Label         `json:"label"`           // of the first mention
	Urgency       UrgencyLevel  `json:"urgency"`         //
	Echoes        int           `json:"echoes"`          // further mentions folded into it
	People        int           `json:"people"`          // distinct authors, the first one included
	OpenedAt      time.Time     `json:"opened_at"`       //
	DueAt         time.Time     `json:"due_at,omitzero"` // first answer is due; zero without an SLA
	Owner         Person        `json:"owner"`           // who has it; zero while nobody does
	ClaimedAt     time.Time     `json:"claimed_at,omitzero"`
	NudgedAt      time.Time     `json:"nudged_at,omitzero"`
	AnsweredAt    time.Time     `json:"answered_at,omitzero"` // first answer
	AnsweredBy    Person        `json:"answered_by"`
	AnswerPublic  bool          `json:"answer_public,omitempty"`
	ClosedAt      time.Time     `json:"closed_at,omitzero"`
	SnoozedUntil  time.Time     `json:"snoozed_until,omitzero"`
	EscalatedAt   time.Time     `json:"escalated_at,omitzero"`
	EscalatedTo   string        `json:"escalated_to,omitempty"`
	RootCause     string        `json:"root_cause,omitempty"`
	Action        string        `json:"action,omitempty"`
	DismissReason DismissReason `json:"dismiss_reason,omitempty"`
	MergedInto    int64         `json:"merged_into,omitempty"`
	EditedSince   bool          `json:"edited_since,omitempty"` // the author edited the mention after the case opened
	Quiet         bool          `json:"quiet,omitempty"`        // came of an import: no card until somebody touches it
}

// Snoozed tells whether the case is quiet at now.
func (c Case) Snoozed(now time.Time) bool { return c.SnoozedUntil.After(now) }

// Verb is something that can be done to a case.
type Verb string

// The verbs. Those below System are done by timers and deliveries only.
const (
	Claim        Verb = "claim"
	Assign       Verb = "assign" // give the case to Person in Change.Owner
	Release      Verb = "release"
	MarkAnswered Verb = "answered" // answered by hand, outside Earshot
	Escalate     Verb = "escalate"
	Snooze       Verb = "snooze"
	Resolve      Verb = "resolve"
	Dismiss      Verb = "dismiss"
	Reopen       Verb = "reopen"
	Merge        Verb = "merge"

	// System
	ReplySent   Verb = "reply_sent"
	Nudge       Verb = "nudge"
	ExpireClaim Verb = "expire_claim"
	Wake        Verb = "wake"
	AuthorEdit  Verb = "author_edit"
	AuthorReply Verb = "author_reply" // the customer wrote again: joins, and reopens a done case
	Echo        Verb = "echo"

	ReplyBounced Verb = "reply_bounced" // a reply that was sent came back: the customer still waits
)

// These stand in a case's history alone: nobody does them to a case, so they
// change neither its state nor its version.
const (
	Opened         Verb = "opened"
	Overdue        Verb = "overdue" // the first answer was not given in time
	Correct        Verb = "correct" // somebody set the verdict right
	ReplyWaits     Verb = "reply_waits"
	ReplyApproved  Verb = "reply_approved"
	ReplySentBack  Verb = "reply_sent_back"
	ReplyIsQueued  Verb = "reply_queued"
	ReplyTakenBack Verb = "reply_undone"
	ReplyNotSent   Verb = "reply_not_sent" // failed, outdated or parked
	Linked         Verb = "linked"         // somebody said which customer the author is
	Unlinked       Verb = "unlinked"       // somebody said that the author is not that customer
	Forwarded      Verb = "forwarded"      // a ticket was opened, or a note left, that only our own people read
)

// Change is one thing done to a case: who does what, and the words that the
// verb needs.
type Change struct {
	Verb      Verb
	By        Person
	Role      Role
	At        time.Time
	Owner     Person        // Assign: who gets it
	Until     time.Time     // Snooze
	Reason    string        // Escalate, ReplyBounced; Dismiss and Reopen may add words
	Target    string        // Escalate: whom it goes to, as the route names it
	Dismiss   DismissReason // Dismiss
	RootCause string        // Resolve
	Action    string        // Resolve
	Into      int64         // Merge: the case that stays
	Public    bool          // ReplySent, MarkAnswered: seen by everyone
	Sent      time.Time     // ReplyBounced: when the reply that came back was sent
	NewPerson bool          // Echo: an author who had not been in the case
}

// Event is one line of a case's history: in its thread and in the audit log.
type Event struct {
	ID     int64     `json:"id"`
	CaseID int64     `json:"case_id"`
	At     time.Time `json:"at"`
	By     Person    `json:"by"`
	Verb   Verb      `json:"verb"`
	Text   string    `json:"text"`             // the line people see, without who and when
	Before CaseState `json:"before,omitempty"` //
	After  CaseState `json:"after,omitempty"`  //
	Loud   bool      `json:"loud,omitempty"`   // may make a noise: an escalation, a customer's answer
}
