package bot

import "time"

// Heard is a mention with what analysis says of it, ready to be stored.
type Heard struct {
	Mention Mention
	Verdict Verdict
	Hash    uint64 // simhash of its words; near-duplicates differ in few bits
}

// Outcome says what storing a mention came to.
type Outcome string

// The outcomes.
const (
	New       Outcome = "new"
	Duplicate Outcome = "duplicate" // stored before, and unchanged
	Edited    Outcome = "edited"    // stored before; its text, rating or deletion changed
	Forgotten Outcome = "forgotten" // of a person who was erased: not stored
)

// Saved is what storing one mention came to.
type Saved struct {
	Outcome    Outcome
	ID         int64
	AuthorID   int64
	CustomerID int64 // 0 when no customer is known
	CaseID     int64 // the case that the mention belongs to; 0 for none
}

// Dossier is all that a card of a case needs to be drawn.
type Dossier struct {
	Case    Case
	Mention Mention
	Verdict Verdict
	Latest  Mention // what the same person said last in the case; ID 0 where that is Mention
	Speaker Speaker
	Reply   Reply     // the latest that a person may decide about: parked, else awaiting, else queued; else the latest; ID 0 when there is none
	Was     Rating    // what the author rated before our answer, where they changed it since; zero otherwise
	Parent  string    // text of the mention that this one answers, where known
	Since   time.Time // first mention folded into the case
	Erased  bool      // what was said is kept no more: its author was erased, or its time is over
}

// CaseFilter chooses cases; zero fields do not limit.
type CaseFilter struct {
	States   []CaseState
	Watch    string
	Route    string
	Owner    string // Person.Key
	Unowned  bool
	AuthorID int64
	Topic    string
	Source   string
	From, To time.Time // opened in [From, To)
	Awake    time.Time // not snoozed at this time
	Limit    int       // 0 for 50
	After    int64     // the last case of the page before, in either order
}

// MentionFilter chooses mentions; zero fields do not limit.
type MentionFilter struct {
	Query    string // words, all of which occur; "quoted phrases"
	Watch    string
	Topic    string
	Source   string
	Label    Label
	AuthorID int64
	CaseID   int64
	From, To time.Time // created in [From, To)
	Limit    int       // 0 for 20
}

// SearchedAtMost is how many of the mentions that hold the words of a query, the
// last stored ones, are looked through where a filter narrows it: what hardly
// anybody said must not be looked for among millions that hold the words.
const SearchedAtMost = 20_000

// Narrows tells whether the filter asks for more than words.
func (f MentionFilter) Narrows() bool {
	f.Query, f.Limit = "", 0
	return f != MentionFilter{}
}

// Reading is a mention with its verdict and its case, read back.
type Reading struct {
	Mention    Mention
	Verdict    Verdict
	CaseID     int64
	AnsweredAt time.Time // first answer to that case; zero where there is none
}

// AuditEntry is one line of the audit log: who did what, to what, and what was
// before.
type AuditEntry struct {
	ID     int64
	At     time.Time
	By     Person
	Act    string // "claim", "reply.send", "mute", "config.reload"
	Target string // "case 1042"
	Before string // short JSON of what changed
	After  string
}

// Digest is a report that was made for one slot of one audience.
type Digest struct {
	ID       int64
	Audience string
	Slot     time.Time // when it was due; unique within the audience
	From, To time.Time // the period, [From, To)
	Zone     string
	MadeAt   time.Time
	Body     []byte // JSON of what it says; empty until it is made
}

// Schedule is a row that a tick moves on: one slot, one job.
type Schedule struct {
	Name      string // "digest:leadership"
	Spec      string // five cron fields
	Zone      string // IANA name
	NextDueAt time.Time
	LastSlot  time.Time
}

// Fold is one roll-up card: cases beyond a channel's budget, in one message.
type Fold struct {
	ID       int64
	Version  int64
	Platform string
	Channel  string
	Since    time.Time
	Cases    []int64
	Closed   bool
}

// Notice is a word to the team about Earshot itself, told once: a source gone
// quiet, a channel archived.
type Notice struct {
	ID     int64
	Key    string // "source:reviews:quiet"; one open notice a key
	Text   string
	Mend   string
	At     time.Time
	Mended time.Time
}

// Thread is what is known of a place in a conversation that a mention answers:
// a mention, or a reply that we sent.
type Thread struct {
	CaseID     int64    // of it; 0 for none
	Watches    []string // of the mention, or of the one that our reply answers
	AuthorKey  string   // Author.Key of who wrote that mention
	AuthorID   int64    // ours, of the same
	CustomerID int64    // of the same; 0 when no customer is known
	Ours       bool     // it is a reply that we sent
	ReplyID    int64    // of that reply; 0 for a mention
	Closed     bool     // its case was dismissed as spam, or as not about us
	Sending    string   // of a mention: the text of our reply to it whose id at the source is not known (yet)
}
