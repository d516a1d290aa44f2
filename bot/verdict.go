package bot

// Label is the sentiment of a text, in one word.
type Label string

// The sentiments. Mixed holds praise and complaint at once; Unsure is an
// honest abstention: the confidence was too low, or the language is unknown.
const (
	Negative Label = "negative"
	Neutral  Label = "neutral"
	Positive Label = "positive"
	Mixed    Label = "mixed"
	Unsure   Label = "unsure"
)

// Probs are the probabilities of the three sentiments; they sum to 1.
type Probs struct {
	Negative float64 `json:"negative"`
	Neutral  float64 `json:"neutral"`
	Positive float64 `json:"positive"`
}

// Score is the mean sentiment, −1 (negative) to 1 (positive).
func (p Probs) Score() float64 { return p.Positive - p.Negative }

// Intent is what an author wants.
type Intent string

// The intents.
const (
	Complaint Intent = "complaint"
	Question  Intent = "question"
	Request   Intent = "request"
	Praise    Intent = "praise"
	Churn     Intent = "churn"
	Safety    Intent = "safety"
	Legal     Intent = "legal"
)

// Voice tells whether the author speaks of what happened to them.
type Voice string

// The voices.
const (
	FirstHand    Voice = "firsthand"
	Hearsay      Voice = "hearsay"
	VoiceUnknown Voice = "unknown"
)

// Verdict is what analysis says of one mention. Confidences are 0 to 1.
type Verdict struct {
	Label      Label       `json:"label"`
	Probs      Probs       `json:"probs"`
	Confidence float64     `json:"confidence"`
	Flagged    bool        `json:"flagged"` // negative enough, or grave enough, to need somebody
	Language   string      `json:"language"`
	LangConf   float64     `json:"language_confidence"`
	Topics     []TopicHit  `json:"topics,omitempty"`
	Intents    []IntentHit `json:"intents,omitempty"`
	Voice      Voice       `json:"voice"`
	VoiceConf  float64     `json:"voice_confidence"`
	Urgency    Urgency     `json:"urgency"`
	Stance     Stance      `json:"stance"`
	Model      string      `json:"model"`
	Towards    []WatchHit  `json:"towards,omitempty"` // where it says different things of its watches; empty where the whole holds for each
}

// WatchHit is what a mention that speaks of several says of one watch.
type WatchHit struct {
	Watch      string  `json:"watch"`
	Label      Label   `json:"label"` // the sentiment towards this watch
	Probs      Probs   `json:"probs"`
	Confidence float64 `json:"confidence"`
	Flagged    bool    `json:"flagged"` // somebody on this watch's team should look
	Stance     Stance  `json:"stance"`
	// Topics are those of which it speaks with this watch, with the sentiment
	// there; nil where it does not tell its watches' topics apart.
	Topics []TopicHit `json:"topics"`
}

// For is the verdict towards one watch: its own where the mention says
// different things of several, else the whole.
func (v Verdict) For(watch string) Verdict {
	for _, h := range v.Towards {
		if h.Watch == watch {
			v.Label, v.Probs, v.Confidence, v.Flagged, v.Stance = h.Label, h.Probs, h.Confidence, h.Flagged, h.Stance
			if h.Topics != nil {
				v.Topics = h.Topics
			}
			return v
		}
	}
	return v
}

// TopicHit is one topic that a mention speaks of, with the words that say so.
type TopicHit struct {
	Name       string  `json:"name"`
	Label      Label   `json:"label"` // the sentiment towards this topic
	Confidence float64 `json:"confidence"`
	Words      string  `json:"words,omitempty"`
}

// IntentHit is one intent with the words that gave it away.
type IntentHit struct {
	Name       Intent  `json:"name"`
	Confidence float64 `json:"confidence"`
	Words      string  `json:"words,omitempty"`
}

// HasIntent tells whether the verdict holds this intent.
func (v Verdict) HasIntent(i Intent) bool {
	for _, h := range v.Intents {
		if h.Name == i {
			return true
		}
	}
	return false
}

// TopicNames lists the topics in order of confidence.
func (v Verdict) TopicNames() []string {
	names := make([]string, len(v.Topics))
	for i, t := range v.Topics {
		names[i] = t.Name
	}
	return names
}

// Urgency is a readable sum of reasons.
type Urgency struct {
	Level   UrgencyLevel `json:"level"`
	Points  int          `json:"points"`
	Reasons []string     `json:"reasons,omitempty"` // "smoke or fire is mentioned"
}

// UrgencyLevel orders cases: a higher one is answered first.
type UrgencyLevel int

// The levels of urgency.
const (
	UrgencyLow UrgencyLevel = iota
	UrgencyNormal
	UrgencyHigh
	UrgencyCritical
)

// String is the word people see: low, normal, high, urgent.
func (u UrgencyLevel) String() string {
	switch u {
	case UrgencyLow:
		return "low"
	case UrgencyHigh:
		return "high"
	case UrgencyCritical:
		return "urgent"
	}
	return "normal"
}

// Stance is one author's position towards one watch in one window.
type Stance string

// The stances. Unqualified authors are not counted in a social NPS.
const (
	Promoter    Stance = "promoter"
	Passive     Stance = "passive"
	Detractor   Stance = "detractor"
	Unqualified Stance = "unqualified"
)

// StanceOfRating reads a stance from a mark: 5 stars promoter, 4 passive, 1–3
// detractor; a survey's 9–10, 7–8, 0–6 (Reichheld 2003). Marks out of another
// number than 5 are scaled to 5 first.
func StanceOfRating(r Rating) Stance {
	if !r.Given() {
		return Unqualified
	}
	if r.Survey {
		switch v := r.Value * 10 / float64(r.Of); {
		case v >= 9:
			return Promoter
		case v >= 7:
			return Passive
		}
		return Detractor
	}
	switch v := r.Value * 5 / float64(r.Of); {
	case v >= 4.5:
		return Promoter
	case v >= 3.5:
		return Passive
	}
	return Detractor
}
