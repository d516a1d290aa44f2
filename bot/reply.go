package bot

import (
	"slices"
	"time"
)

// ReplyState says how far an answer has come.
type ReplyState string

// The states of a reply.
const (
	ReplyDraft    ReplyState = "draft"
	ReplyAwaiting ReplyState = "awaiting" // an approver must release it
	ReplyReturned ReplyState = "returned" // an approver sent it back with a note
	ReplyQueued   ReplyState = "queued"   // goes out at SendAt; can be undone until then
	ReplySending  ReplyState = "sending"
	ReplyDone     ReplyState = "sent"
	ReplyFailed   ReplyState = "failed"   // the text is kept
	ReplyCameBack ReplyState = "bounced"  // it was sent, and reached nobody; the text is kept for another one
	ReplyOutdated ReplyState = "outdated" // the customer edited since it was written
	ReplyUndone   ReplyState = "undone"   // taken back by its writer; the text is kept
	ReplyParked   ReplyState = "parked"   // may or may not have arrived; a person decides
)

// MayBecome tells whether a reply in state s can go to state to.
func (s ReplyState) MayBecome(to ReplyState) bool {
	next := map[ReplyState][]ReplyState{
		ReplyDraft:    {ReplyAwaiting, ReplyQueued, ReplyUndone, ReplyOutdated},
		ReplyAwaiting: {ReplyQueued, ReplyReturned, ReplyUndone, ReplyOutdated},
		ReplyReturned: {ReplyDraft, ReplyAwaiting, ReplyQueued, ReplyUndone},
		ReplyQueued:   {ReplySending, ReplyUndone, ReplyOutdated},
		ReplySending:  {ReplyDone, ReplyFailed, ReplyParked, ReplyQueued},
		ReplyDone:     {ReplyCameBack},
		ReplyFailed:   {ReplyDraft, ReplyQueued, ReplyUndone},
		ReplyOutdated: {ReplyDraft, ReplyAwaiting, ReplyQueued, ReplyUndone},
		ReplyParked:   {ReplyDone, ReplyQueued, ReplyUndone},
		ReplyUndone:   {ReplyDraft, ReplyAwaiting, ReplyQueued},
	}
	return slices.Contains(next[s], to)
}

// Reply is an answer to a customer.
type Reply struct {
	ID         int64      `json:"id"`
	CaseID     int64      `json:"case_id"`
	MentionID  int64      `json:"mention_id"` // what it answers
	State      ReplyState `json:"state"`
	Way        Way        `json:"way"`
	Text       string     `json:"text"` // exactly what the customer will read
	By         Person     `json:"by"`
	ApprovedBy Person     `json:"approved_by"`
	Note       string     `json:"note,omitempty"` // an approver's, when sent back
	CaseSeen   int64      `json:"case_seen"`      // version of the case that the writer saw
	CreatedAt  time.Time  `json:"created_at"`
	SendAt     time.Time  `json:"send_at,omitzero"`
	SentAt     time.Time  `json:"sent_at,omitzero"`
	ExternalID string     `json:"external_id,omitempty"` // of the answer at the source
	URL        string     `json:"url,omitempty"`
	Error      string     `json:"error,omitempty"` // why it failed, in plain words
	Aftermath  Aftermath  `json:"aftermath,omitzero"`
	FollowedAt time.Time  `json:"followed_at,omitzero"` // when the source was last asked for the aftermath
}

// Key is the id that the other side is asked about after an uncertain send.
func (r Reply) Key() string { return "earshot-reply-" + itoa(r.ID) }

// Way is one way to answer a mention at its source.
type Way struct {
	Name   string `json:"name"`   // "public", "private", "email"; unique within a mention
	Label  string `json:"label"`  // "Public reply on Mastodon as @larkspur"
	Public bool   `json:"public"` // everyone can read it
	Limit  int    `json:"limit"`  // most characters, as the service counts; 0 for none
	Place  string `json:"place"`  // "Mastodon"

	Internal bool   `json:"internal,omitempty"` // only our own people read it: it answers nobody
	Source   string `json:"source,omitempty"`   // the source that takes it, where that is not the mention's own
}
