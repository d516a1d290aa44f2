package bot

import "time"

// SpikeState says whether an episode still runs.
type SpikeState string

// The states of a spike.
const (
	SpikeOpen SpikeState = "open"
	SpikeOver SpikeState = "over"
)

// Series names one line of counts: distinct authors who spoke of a watch, and
// of one topic of it when Topic is not empty.
type Series struct {
	Watch    string `json:"watch"`
	Topic    string `json:"topic,omitempty"`
	Negative bool   `json:"negative"` // only negative mentions
}

// Spike is an episode in which a series runs above what is expected of it.
type Spike struct {
	ID        int64      `json:"id"`
	Version   int64      `json:"version"`
	State     SpikeState `json:"state"`
	Series    Series     `json:"series"`
	Since     time.Time  `json:"since"`              // start of the window that crossed
	OpenedAt  time.Time  `json:"opened_at"`          //
	ClosedAt  time.Time  `json:"closed_at,omitzero"` //
	Window    string     `json:"window"`             // "5 minutes", "4 hours", "24 hours"
	Count     int        `json:"count"`              // people since Since
	Expected  float64    `json:"expected"`           // usual for that time
	Peak      float64    `json:"peak"`               // highest count ÷ expected
	Why       string     `json:"why"`                // "the highest 4 hours in 4 weeks"
	Rising    bool       `json:"rising"`
	Share     float64    `json:"share"`             // negative share of all mentions in the window
	UsualNeg  float64    `json:"usual_share"`       // what it usually is
	FirstID   int64      `json:"first_mention_id"`  //
	Words     []string   `json:"words,omitempty"`   // that set it apart
	Sources   []Count    `json:"sources,omitempty"` //
	Reposts   int        `json:"reposts"`           // of Mentions, how many only repeat
	Mentions  int        `json:"mentions"`          //
	FirstHand int        `json:"firsthand"`         // of Mentions
	Owner     Person     `json:"owner"`             // who claimed it
	Muted     bool       `json:"muted,omitempty"`   //
	Bins      []Bin      `json:"bins,omitempty"`    // for its chart
	Summary   string     `json:"summary,omitempty"` // what a language model made of it
	SummaryBy string     `json:"summary_by,omitempty"`
	Reach     []Reach    `json:"reach,omitempty"`     // the widest heard
	Elsewhere []Rise     `json:"elsewhere,omitempty"` // other sources beside the one where it is loudest
	Grounds   *Grounds   `json:"grounds,omitempty"`   // rumour or fact
}

// Reach is an author with many followers who spoke in an episode.
type Reach struct {
	Author    string `json:"author"` // as Author.Label gives it
	URL       string `json:"url,omitempty"`
	Followers int    `json:"followers"`
}

// Count is a name with a number.
type Count struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// Bin is one step of a series with what was expected of it.
type Bin struct {
	At       time.Time `json:"at"`
	N        int       `json:"n"`
	Expected float64   `json:"expected"`
	High     float64   `json:"high"` // upper edge of the expected band
}
