package bot

import "time"

// Fact is a count from the business itself, imported: how many orders, returns
// or tickets there were on one day.
type Fact struct {
	Name  string    // "returns", "orders"; as the import calls it
	Role  FactRole  //
	Watch string    // what it is about; empty for all watches
	Topic string    // of the watch; empty for all topics
	Day   time.Time // 00:00 UTC of the day
	Count float64   // not negative
}

// FactRole says what a count tells.
type FactRole string

// The roles of a fact. A trouble rises with a real problem; a base is what
// complaints are measured against.
const (
	Trouble FactRole = "trouble" // returns, refunds, tickets, calls
	Base    FactRole = "base"    // orders, shipments, customers
)

// Ground says whether what people complain of is so.
type Ground string

// The grounds.
const (
	ProductProblem    Ground = "product problem"
	PerceptionProblem Ground = "perception problem"
	NotEnoughData     Ground = "not enough data"
)

// Grounds is what speaks for and against a rumour, with its numbers.
type Grounds struct {
	Verdict   Ground  `json:"verdict"`
	Mentions  int     `json:"mentions"`
	FirstHand int     `json:"firsthand"` // told as their own experience, repeats left out
	Repeats   int     `json:"repeats"`   // reposts and near-copies
	Rising    []Rise  `json:"rising,omitempty"`
	Usual     []Rise  `json:"usual,omitempty"`        // looked at, and as ever
	Rate      float64 `json:"per_thousand,omitempty"` // people who complain per thousand of Base; 0 where none is known
	RateUsual float64 `json:"usual_per_thousand,omitempty"`
	Base      string  `json:"base,omitempty"` // "orders"
}

// Rise is a count beside what it usually is.
type Rise struct {
	Name  string  `json:"name"` // "returns", "messages to us"
	Now   float64 `json:"now"`
	Usual float64 `json:"usual"` // expected in as long a time
}
