package bot

import "time"

// StoredMessage is a message of a platform that keeps its own: the console.
type StoredMessage struct {
	ID       int64     `json:"id"`
	Key      string    `json:"key"` // Outgoing.Key, unique
	Channel  string    `json:"channel"`
	Thread   int64     `json:"thread,omitempty"` // id of the message it stands below; 0 in the channel
	View     View      `json:"view"`
	At       time.Time `json:"at"`
	EditedAt time.Time `json:"edited_at,omitzero"`
	Loud     bool      `json:"loud,omitempty"`
}

// WorkStats is what a team did with the cases opened in a period.
type WorkStats struct {
	Opened      int
	Answered    int
	Resolved    int
	Dismissed   int
	Unanswered  int             // alive and without an answer
	FirstAnswer []time.Duration // from opening to first answer, ascending
}

// AnswerStats is what came of the answers that were sent in a period, as far as
// their sources have told.
type AnswerStats struct {
	Answers    int // sent to customers
	Cases      int // that they were sent in
	WroteAgain int // of these cases: the customer wrote again afterwards
	Better     int // reviews that were given more stars afterwards
	Worse      int // reviews that were given fewer
	TakenBack  int // what was answered, taken back by its author afterwards
	Likes      int // of the answers
	Gone       int // answers that stand there no more
	Bounced    int // answers that came back: they reached nobody
}

// QueueState is how a queue of jobs is: what could run at once, and does not yet.
type QueueState struct {
	Name    string
	Waiting int
	Oldest  time.Time // since when the first of them could run; zero when none waits
}

// StoreSize is how much room the store takes and has, in bytes. What cannot be
// known is 0.
type StoreSize struct {
	Database  int64 // the file, or all of the database's relations
	Log       int64 // the write-ahead log beside the file
	DiskFree  int64 // left to us on the disk of the file
	DiskTotal int64
}

// CasedMark is how far a process has read which mentions have a case: the
// lowest ids of a mention and of a case that it has not seen. The zero mark is
// before any reading.
type CasedMark struct{ Mention, Case int64 }
