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
