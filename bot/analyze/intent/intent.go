// Package intent tells what an author wants (complaint, question, request,
// praise, churn, safety, legal), with the words that gave it away; whether it
// happened to them or is hearsay; and whether they recommend or warn. It reads
// phrases in English, German, Spanish, French, Italian and Portuguese and the
// sentiment, and is tuned to miss little of what is grave.
package intent

import (
	_ "embed"
	"fmt"
	"slices"

	"earshot/bot"
	"earshot/bot/analyze/match"
	"earshot/bot/analyze/token"
)

//go:embed cues.tsv
var cueList string

//go:embed frames.tsv
var frameList string

// kind is what a cue speaks for.
type kind int

const (
	complaint kind = iota
	question
	request
	praise
	churnLeave
	churnSwitch
	churnNever
	safetyFire
	safetyInjury
	safetyShock
	safetyHealth
	safetyDanger
	legalAction
	legalRegulator
	legalPrivacy
	waiting
	recommend
	warn
	strong
	repeated   // not the first time
	rhetoric   // a question that wants no answer
	mask       // hides what stands inside it
	experience // a firsthand that no question has by itself
	firsthand
	hearsay
	news
	kinds
)

// kindNames are the kinds as the list of cues calls them, in order.
func kindNames() []string {
	return []string{"complaint", "question", "request", "praise", "churn.leave", "churn.switch", "churn.never",
		"safety.fire", "safety.injury", "safety.shock", "safety.health", "safety.danger",
		"legal.action", "legal.regulator", "legal.privacy", "waiting", "recommend", "warn", "strong",
		"repeated", "rhetoric", "mask", "experience", "firsthand", "hearsay", "news"}
}

// reason says in plain words what a grave kind found; empty for the others.
func (k kind) reason() string {
	switch k {
	case safetyFire:
		return "smoke or fire is mentioned"
	case safetyInjury:
		return "an injury is mentioned"
	case safetyShock:
		return "an electric shock is mentioned"
	case safetyHealth:
		return "a danger to health is mentioned"
	case safetyDanger:
		return "it is called dangerous"
	case legalAction:
		return "legal action is mentioned"
	case legalRegulator:
		return "a complaint to an authority is mentioned"
	case legalPrivacy:
		return "fraud, data or a broken law is mentioned"
	case churnLeave:
		return "says they are leaving"
	case churnSwitch:
		return "speaks of going to somebody else"
	case churnNever:
		return "says never again"
	case waiting:
		return "says nobody has answered"
	}
	return ""
}

// kindOf is the kind that the lists call so.
func kindOf(name string) (kind, bool) {
	k := kind(slices.Index(kindNames(), name))
	return k, k >= 0
}

// Finder finds intents. It is safe for concurrent use.
type Finder struct {
	phrases *match.Phrases
	cues    []cue // of each phrase
}

// New makes a finder from the phrases that are part of the binary.
func New() (*Finder, error) { return parse(cueList, frameList) }

func parse(cues, frames string) (*Finder, error) {
	r := reader{sets: map[string]string{}}
	if err := r.read("cues.tsv", cues); err != nil {
		return nil, err
	}
	if err := r.read("frames.tsv", frames); err != nil {
		return nil, err
	}
	phrases, err := match.CompilePhrases(r.phrases)
	if err != nil {
		return nil, fmt.Errorf("cues.tsv and frames.tsv: %w", err)
	}
	return &Finder{phrases, r.cues}, nil
}

// Result is what a text was found to want.
type Result struct {
	Intents   []bot.IntentHit // those likelier than not, the gravest first
	Reasons   []Reason        // why somebody should hurry
	Voice     bot.Voice
	VoiceConf float64
	Recommend bool // recommends it to others
	Warn      bool // warns others of it
	Strong    bool // praises beyond measure
	News      bool // reads like news or an advert
	Waiting   bool // says that nobody answered
	Repeated  bool // says that it is not the first time
}

// Reason is one reason to hurry.
type Reason struct {
	Intent bot.Intent // empty for waiting
	Text   string     // "smoke or fire is mentioned"
}

// Scratch is memory that Find uses again; not for several goroutines at once.
type Scratch struct {
	phrases match.PhraseScratch
	masks   []match.Hit
	score   [kinds]float64 // probability that the kind is absent
	at      [kinds][maxWords]match.Hit
	n       [kinds]int
}

// maxWords is how many phrases are told for one intent.
const maxWords = 3

// maxMarks and maxMasks bound what is looked at in one text; a text that has
// more says the same over and over.
const (
	maxMarks = 512
	maxMasks = 32
)

// Find tells what the author of t wants; probs is the text's sentiment.
func (f *Finder) Find(t *token.Text, probs bot.Probs, s *Scratch) Result {
	hits := f.phrases.Find(t, &s.phrases)
	s.n = [kinds]int{}
	for k := range s.score {
		s.score[k] = 1
	}
	s.masks = s.masks[:0]
	for _, h := range hits {
		if f.cues[h.Term].kind == mask && len(s.masks) < maxMasks {
			s.masks = append(s.masks, h)
		}
	}
	for _, h := range hits[:min(len(hits), maxMarks)] {
		c := &f.cues[h.Term]
		if c.kind == mask || c.first && !begins(t.Folded, h.Start) || s.masked(c.kind, h) {
			continue
		}
		s.note(t, c, h)
	}
	return s.result(t, probs)
}

// masked tells whether what was found stands inside a phrase that means
// something else. Who speaks is not touched by that.
func (s *Scratch) masked(k kind, h match.Hit) bool {
	if k >= experience {
		return false
	}
	return slices.ContainsFunc(s.masks, func(x match.Hit) bool { return x.Start <= h.Start && x.End >= h.End })
}

// begins tells whether a sentence, or what follows a handle, begins there.
func begins(folded []byte, at int) bool {
	for at > 0 && folded[at-1] == ' ' {
		at--
	}
	if at == 0 {
		return true
	}
	switch folded[at-1] {
	case '.', '!', '?', ':', ';', ',', ')', '-', '"':
		return true
	}
	word := at
	for word > 0 && folded[word-1] != ' ' {
		word--
	}
	switch string(folded[word:at]) {
	case "please", "pls", "plz", "and", "or", "so", "kindly", "bitte", "\u2013", "\u2014", "hi", "hey", "hello":
		return true
	}
	return folded[word] == '@'
}

// note enters one cue, unless it is negated: "no smoke", "not recommended".
func (s *Scratch) note(t *token.Text, c *cue, h match.Hit) {
	k := c.kind
	if k < question || k > request {
		if d := negated(t, h.Start); d > 0 {
			switch {
			case k == recommend:
				k = warn
			case k >= safetyFire && k <= legalPrivacy && d > 2: // better one too many
			case k >= repeated || k == waiting || k == warn:
			default:
				return
			}
		}
	}
	s.score[k] *= 1 - c.weight
	n := s.n[k]
	if n > 0 && s.at[k][n-1].Start >= h.Start && s.at[k][n-1].End <= h.End { // the longer phrase tells more
		s.at[k][n-1] = h
		return
	}
	if n < maxWords {
		s.at[k][n] = h
		s.n[k]++
	}
}

// negated is how many words after a negation the place is; 0 for none.
func negated(t *token.Text, at int) int {
	i, ok := slices.BinarySearchFunc(t.Tokens, at, func(k token.Token, at int) int { return int(k.Start) - at })
	if !ok || i == len(t.Tokens) {
		return 0
	}
	return int(t.Tokens[i].Negated)
}
