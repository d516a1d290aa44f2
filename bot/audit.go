package bot

import "time"

// Figures of the audit, which tells how well Earshot reads.
const (
	AuditFor      = 90 * 24 * time.Hour // how long a label counts, and a mention that was drawn waits
	AuditAccuracy = 30                  // labelled mentions of a watch from which on its accuracy is told
	AuditMatrix   = 100                 // labelled mentions of all watches from which on they correct the score
)

// AuditLabel is what somebody says of a mention that was drawn for the audit,
// without having seen what the machine says.
type AuditLabel string

// The labels of an audit.
const (
	AuditNegative AuditLabel = "negative"
	AuditNeutral  AuditLabel = "neutral"
	AuditPositive AuditLabel = "positive"
	AuditNotUs    AuditLabel = "not_us" // it is not about the watch
	AuditSkip     AuditLabel = "skip"   // this person would rather not say
)

// AuditLabels lists the labels in the order in which they are offered.
func AuditLabels() []AuditLabel {
	return []AuditLabel{AuditNegative, AuditNeutral, AuditPositive, AuditNotUs, AuditSkip}
}

// AuditItem is a mention that somebody is asked to label.
type AuditItem struct {
	ID      int64 // of the sample, not of the mention
	Watch   string
	Mention Mention
	Left    int // how many more wait for this person, this one included
}

// Audited is a mention of an audit sample that people have labelled: what the
// machine said when it was drawn, and how many people said what. Skips do not
// count.
type Audited struct {
	Watch    string
	Model    string
	Label    Label
	Probs    Probs
	Stance   Stance
	Negative int // people who call it negative
	Neutral  int
	Positive int
	NotUs    int
}

// People is how many people labelled it.
func (a Audited) People() int { return a.Negative + a.Neutral + a.Positive + a.NotUs }

// AuditStanding is how the audit of a watch stands.
type AuditStanding struct {
	Watch    string
	Week     time.Time // start of the latest week that was drawn from; zero for never
	Drawn    int       // mentions drawn since the time that was asked for
	Labelled int       // of them, by somebody
}
