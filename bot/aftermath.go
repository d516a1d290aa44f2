package bot

import "context"

// Aftermath is what became of an answer at its source. What its customer edits
// or takes back comes as a mention, and is not in it.
type Aftermath struct {
	Gone    bool   `json:"gone,omitempty"`    // our answer is there no more
	Likes   int    `json:"likes,omitempty"`   // of our answer
	Answers int    `json:"answers,omitempty"` // to our answer
	Bounced bool   `json:"bounced,omitempty"` // our answer came back: it reached nobody
	State   string `json:"state,omitempty"`   // the service's own word where it has one: "PENDING_PUBLISH"
}

// Follower is an Answerer that can be asked what became of an answer.
type Follower interface {
	// Follow asks once. Its errors are those of Poll.
	Follow(ctx context.Context, m Mention, at Placed) (Aftermath, error)
}
