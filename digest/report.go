package digest

import (
	"time"

	"earshot/bot"
	"earshot/bot/relate/contrast"
)

// Report is all that a digest says, as data. It is stored as JSON and drawn
// when it is sent.
type Report struct {
	Digest    int64     `json:"digest,omitempty"` // id; 0 for a preview
	Audience  string    `json:"audience,omitempty"`
	Watch     string    `json:"watch"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Zone      string    `json:"zone"`
	MadeAt    time.Time `json:"made_at"`
	Sections  []string  `json:"sections"`
	Mentions  int       `json:"mentions"`
	People    int       `json:"people"`
	SocialNPS Estimate  `json:"social_nps"`     // corrected by the classifier's measured errors
	Raw       Estimate  `json:"social_nps_raw"` // the classifier taken at its word
	Tally     Tally     `json:"stances"`
	Before    Estimate  `json:"social_nps_before"` // of the period before
	Change    Change    `json:"change"`
	Split     *Split    `json:"split,omitempty"`   // of Change; nil where it cannot be split
	History   []Point   `json:"history,omitempty"` // earlier periods and this one, oldest first
	Survey    *Estimate `json:"survey_nps,omitempty"`
	Beside    []Beside  `json:"other_watches,omitempty"`

	Moves     []TopicMove  `json:"moved,omitempty"`
	Volume    []Volume     `json:"volume,omitempty"`
	Voices    []Voice      `json:"voices,omitempty"`
	Work      *Work        `json:"work,omitempty"`
	Aftermath *Aftermath   `json:"aftermath,omitempty"` // nil where nothing was answered
	Spikes    []bot.Spike  `json:"spikes,omitempty"`
	Sources   []SourceNote `json:"sources,omitempty"` // only those with something to say
	Heard     int          `json:"sources_heard,omitempty"`
	Decisions []string     `json:"needs_a_decision,omitempty"`

	Contrast     *contrast.Result `json:"contrast,omitempty"`      // what detractors say that promoters do not; nil when it may be chance
	ContrastWith string           `json:"contrast_with,omitempty"` // who the detractors are compared with
	Discovered   *contrast.Result `json:"discovered,omitempty"`    // what people speak of more than before and no topic holds
	Accuracy     *Accuracy        `json:"accuracy,omitempty"`      // by people's labels; nil where the model is taken at its word
	Summary      string           `json:"summary,omitempty"`       // by a language model, only where one is configured
	SummaryBy    string           `json:"summary_by,omitempty"`    // its name
}

// Point is the score of one period.
type Point struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Estimate `json:"social_nps"`
}

// Beside is the score of a watch that stands beside the first.
type Beside struct {
	Watch     string   `json:"watch"`
	SocialNPS Estimate `json:"social_nps"`
}

// location is the report's zone; UTC when its name is unknown here.
func (r Report) location() *time.Location {
	if zone, err := time.LoadLocation(r.Zone); err == nil {
		return zone
	}
	return time.UTC
}

// CasesBehind gives the cases that stand behind a figure of the report, by the
// argument of its button (action "digest.cases"); false for an argument that
// this version does not know.
func (r Report) CasesBehind(arg string) (bot.CaseFilter, bool) {
	f := bot.CaseFilter{Watch: r.Watch, From: r.From, To: r.To}
	switch {
	case arg == casesAll:
	case arg == casesAnswered:
		f.States = []bot.CaseState{bot.Answered, bot.Resolved}
	case arg == casesUnanswered:
		f.States = []bot.CaseState{bot.Open, bot.Claimed}
	case len(arg) > len(casesTopic) && arg[:len(casesTopic)] == casesTopic:
		f.Topic = arg[len(casesTopic):]
	default:
		return bot.CaseFilter{}, false
	}
	return f, true
}

// The arguments of the action "digest.cases".
const (
	casesAll        = "all"
	casesAnswered   = "answered"
	casesUnanswered = "unanswered"
	casesTopic      = "topic:"
)
