package analyze

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"earshot/bot"
)

//go:embed testdata/urgency.tsv
var urgencyList string

// UrgencyExample is a mention with how urgent people call it.
type UrgencyExample struct {
	Held    bool // kept out of sight while points were chosen
	Level   bot.UrgencyLevel
	Mention bot.Mention
	Tier    string // of the author, who is a known customer; empty for none
}

// UrgencyExamples gives the labelled mentions that are part of the binary.
func UrgencyExamples() ([]UrgencyExample, error) {
	var list []UrgencyExample
	n := 0
	for line := range strings.Lines(urgencyList) {
		n++
		if strings.HasPrefix(line, "# ") {
			continue
		}
		part := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(part) != 6 {
			return nil, fmt.Errorf("urgency.tsv, line %d: not six columns", n)
		}
		level := slices.IndexFunc(urgencyLevels(), func(l bot.UrgencyLevel) bool { return l.String() == part[1] })
		if level < 0 {
			return nil, fmt.Errorf("urgency.tsv, line %d: there is no level %q", n, part[1])
		}
		x := UrgencyExample{Held: part[0] == "held", Level: bot.UrgencyLevel(level), Tier: strings.Trim(part[4], "-"), Mention: bot.Mention{Text: part[5], Author: bot.Author{Followers: -1}}}
		if f, err := strconv.Atoi(part[2]); err == nil {
			x.Mention.Author.Followers = f
		}
		if stars, err := strconv.ParseFloat(part[3], 64); err == nil {
			x.Mention.Rating = bot.Rating{Value: stars, Of: 5}
		}
		list = append(list, x)
	}
	return list, nil
}

func urgencyLevels() []bot.UrgencyLevel {
	return []bot.UrgencyLevel{bot.UrgencyLow, bot.UrgencyNormal, bot.UrgencyHigh, bot.UrgencyCritical}
}

// UrgencyFit is how well one level is found.
type UrgencyFit struct {
	Level             bot.UrgencyLevel
	Is                int
	Precision, Recall float64
}

// EvalUrgency compares what judge says with the levels of one part of the
// examples. The second result is how many were judged.
func EvalUrgency(all []UrgencyExample, held bool, judge func(UrgencyExample) bot.Urgency, wrong func(UrgencyExample, bot.Urgency)) ([]UrgencyFit, int) {
	var seen [4][4]int // by what it is and what was said
	texts := 0
	for _, x := range all {
		if x.Held != held {
			continue
		}
		texts++
		u := judge(x)
		seen[x.Level][u.Level]++
		if u.Level != x.Level && wrong != nil {
			wrong(x, u)
		}
	}
	var fits []UrgencyFit
	for _, l := range urgencyLevels() {
		is, said := 0, 0
		for k := range seen {
			is += seen[l][k]
			said += seen[k][l]
		}
		fits = append(fits, UrgencyFit{l, is, share(seen[l][l], said), share(seen[l][l], is)})
	}
	return fits, texts
}
