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
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"earshot/bot"
	"earshot/bot/analyze/match"
	"earshot/bot/analyze/token"
)

//go:embed cues.tsv
var cueList string

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
	firsthand
	hearsay
	news
	kinds
)

// kindNames are the kinds as the list of cues calls them, in order.
func kindNames() []string {
	return []string{"complaint", "question", "request", "praise", "churn.leave", "churn.switch", "churn.never",
		"safety.fire", "safety.injury", "safety.shock", "safety.health", "safety.danger",
		"legal.action", "legal.regulator", "legal.privacy", "waiting", "recommend", "warn", "strong", "firsthand", "hearsay", "news"}
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

// cue is one phrase, or the second half of one with a gap.
type cue struct {
	kind   kind
	weight float64
	after  int // term of the first half, plus one; 0 for a whole phrase
	half   bool
}

// Finder finds intents. It is safe for concurrent use.
type Finder struct {
	set  *match.Set
	cues []cue
}

// New makes a finder from the phrases that are part of the binary.
func New() (*Finder, error) { return parse(cueList) }

func parse(list string) (*Finder, error) {
	f := &Finder{}
	var terms []string
	names := kindNames()
	n := 0
	for line := range strings.Lines(list) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		part := strings.Split(line, "\t")
		if len(part) != 3 {
			return nil, fmt.Errorf("cues.tsv, line %d: not three columns", n)
		}
		k := kind(slices.Index(names, part[0]))
		weight, err := strconv.ParseFloat(part[1], 64)
		if k < 0 || err != nil || weight <= 0 || weight >= 1 {
			return nil, fmt.Errorf("cues.tsv, line %d: kind %q or weight %q is not known", n, part[0], part[1])
		}
		for _, phrase := range spellings(part[2]) {
			first, second, gap := strings.Cut(phrase, " .. ")
			terms = append(terms, first)
			f.cues = append(f.cues, cue{kind: k, weight: weight, half: gap})
			if gap {
				terms = append(terms, second)
				f.cues = append(f.cues, cue{kind: k, weight: weight, after: len(f.cues)})
			}
		}
	}
	set, err := match.Compile(terms)
	if err != nil {
		return nil, fmt.Errorf("cues.tsv: %w", err)
	}
	f.set = set
	return f, nil
}

// spellings are the ways a phrase is typed: as it is, without apostrophes,
// and without accents.
func spellings(phrase string) []string {
	list := []string{phrase}
	for _, other := range []string{strings.ReplaceAll(phrase, "'", ""), plain(phrase)} {
		if !slices.Contains(list, other) {
			list = append(list, other)
		}
	}
	return list
}

// plain is s without accents.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
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
}

// Reason is one reason to hurry.
type Reason struct {
	Intent bot.Intent // empty for waiting
	Text   string     // "smoke or fire is mentioned"
}

// Scratch is memory that Find uses again; not for several goroutines at once.
type Scratch struct {
	hits  []match.Hit
	score [kinds]float64 // probability that the kind is absent
	at    [kinds][maxWords]match.Hit
	n     [kinds]int
}

// maxWords is how many phrases are told for one intent.
const maxWords = 3

// Find tells what the author of t wants; probs is the text's sentiment.
func (f *Finder) Find(t *token.Text, probs bot.Probs, s *Scratch) Result {
	s.hits = f.set.Find(t, s.hits[:0])
	s.n = [kinds]int{}
	for k := range s.score {
		s.score[k] = 1
	}
	for i, h := range s.hits {
		c := &f.cues[h.Term]
		if c.half {
			continue
		}
		if c.after > 0 {
			first, ok := before(s.hits[:i], c.after-1, h, t.Folded)
			if !ok {
				continue
			}
			h.Start = first.Start
		}
		s.note(t, c, h)
	}
	return s.result(t, probs)
}

// maxGap is how many words may stand in a phrase's gap.
const maxGap = 4

// before finds the first half of a phrase, at most maxGap words ahead of h.
func before(hits []match.Hit, term int, h match.Hit, folded []byte) (match.Hit, bool) {
	for i := len(hits) - 1; i >= max(0, len(hits)-64); i-- {
		if hits[i].Term != term || hits[i].End > h.Start {
			continue
		}
		gap := 0
		for _, c := range folded[hits[i].End:h.Start] {
			if c == ' ' {
				gap++
			}
			if c == '.' || c == '!' || c == '?' {
				return match.Hit{}, false
			}
		}
		return hits[i], gap <= maxGap+1
	}
	return match.Hit{}, false
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
			case k == firsthand || k == hearsay || k == waiting || k == warn || k == news:
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
