package bot

import "time"

// Place is a channel on a platform.
type Place struct {
	Platform string `json:"platform"`
	Channel  string `json:"channel"` // an id, or "#name"
}

// Route says which cases go to which channels, and how fast they are answered.
// The first route whose conditions all hold takes the case.
type Route struct {
	Name        string
	Watches     []string // empty means any
	Topics      []string // any of these
	Sources     []string
	Languages   []string
	Tiers       []string // of the customer
	MinUrgency  UrgencyLevel
	Places      []Place
	FirstAnswer time.Duration // time to the first answer; 0 for no SLA
	NudgeAfter  time.Duration // a claim without an answer is nudged; 0 for never
	ReleaseIn   time.Duration // after the nudge, the claim is released; 0 for never
	Escalation  Escalation
	Zone        *time.Location // the team's
	Guidelines  []Guideline
}

// Escalation is who is woken when a case is escalated.
type Escalation struct {
	Name  string   // as people say it: "the duty manager"
	Pings []Person // users (or groups, ID "group:…") to ping, by platform
	Place Place    // an extra channel that gets the card; zero for none
}

// Guideline is how a team answers: lines shown above the reply box.
type Guideline struct {
	Topic string   // empty for all topics
	Lines []string // at most three are shown
	URL   string   // to all of them
}

// Speaker is what is known of the author of a mention, for the card.
type Speaker struct {
	Author       Author
	Customer     Customer // ID 0 when unknown
	Linked       Linking  // the word of a person that the author is Customer; zero where nobody had to say so
	Mentions     int      // earlier mentions by the same person
	Cases        int      // earlier cases, this one not counted
	LastCase     int64    // the most recent earlier case; 0 for none
	LastState    CaseState
	Last30Days   int // earlier cases in the 30 days before this one
	FirstMention time.Time
}
