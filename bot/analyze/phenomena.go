package analyze

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/analyze/topic"
)

//go:embed testdata/phenomena.tsv
var phenomenaList string

// Sentence is one of the sentences that people argue about, with what is right.
type Sentence struct {
	Held       bool // not looked at while the rules were written
	Phenomenon string
	Labels     []bot.Label            // any of these
	Towards    map[string][]bot.Label // of a watch by its name, of a topic by "#" and its name
	Text       string
}

// Phenomena are the sentences of testdata/phenomena.tsv, in order.
func Phenomena() ([]Sentence, error) {
	var list []Sentence
	n := 0
	for line := range strings.Lines(phenomenaList) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		col := strings.Split(line, "\t")
		if len(col) != 5 || col[0] != "tune" && col[0] != "held" {
			return nil, fmt.Errorf("phenomena.tsv, line %d: not the five columns", n)
		}
		s := Sentence{Held: col[0] == "held", Phenomenon: col[1], Labels: readLabels(col[2]), Text: strings.ReplaceAll(col[4], `\n`, "\n")}
		if col[3] != "-" {
			s.Towards = map[string][]bot.Label{}
			for _, f := range strings.Fields(col[3]) {
				name, labels, _ := strings.Cut(f, ":")
				s.Towards[name] = readLabels(labels)
			}
		}
		list = append(list, s)
	}
	return list, nil
}

func readLabels(s string) []bot.Label {
	var list []bot.Label
	for _, l := range strings.Split(s, "|") {
		list = append(list, bot.Label(l))
	}
	return list
}

// PhenomenaSettings is what the sentences are read with: our brand Larkspur,
// the competitor Wren, and the topics that the sentences name.
func PhenomenaSettings() Settings {
	return Settings{
		Watches: []bot.Watch{{Name: "Larkspur", Kind: bot.Brand, Terms: []string{"larkspur"}}, {Name: "Wren", Kind: bot.Competitor, Terms: []string{"wren"}}},
		Topics: []topic.Topic{
			{Name: "app", Words: []string{"app"}}, {Name: "battery", Words: []string{"battery"}}, {Name: "coffee", Words: []string{"coffee", "espresso"}},
			{Name: "delivery", Words: []string{"deliver*", "parcel"}}, {Name: "price", Words: []string{"price*"}}, {Name: "support", Words: []string{"support"}},
		},
	}
}

// Check tells what of a verdict is wrong for the sentence; "" where all is
// right: the label, what is said of each watch and topic, and that nobody is
// called where nothing is complained of.
func (s Sentence) Check(h bot.Heard) string {
	v := h.Verdict
	if !slices.Contains(s.Labels, v.Label) {
		return fmt.Sprintf("is %s", v.Label)
	}
	for name, want := range s.Towards {
		got := v.For(name).Label
		if topic, ok := strings.CutPrefix(name, "#"); ok {
			i := slices.IndexFunc(v.Topics, func(t bot.TopicHit) bool { return t.Name == topic })
			if i < 0 {
				return "does not speak of " + name
			}
			got = v.Topics[i].Label
		} else if !slices.Contains(h.Mention.Watches, name) {
			return "is not about " + name
		}
		if !slices.Contains(want, got) {
			return fmt.Sprintf("is %s towards %s", got, name)
		}
	}
	calm := !slices.ContainsFunc(s.Labels, func(l bot.Label) bool { return l != bot.Neutral && l != bot.Positive })
	if calm && v.Flagged {
		return "is flagged"
	}
	return ""
}

// PhenomenonFit is how many sentences of one phenomenon come out right.
type PhenomenonFit struct {
	Phenomenon  string
	Tuned, Held Share // of the sentences that the rules were written with, and of those that were kept from it
}

// Share is a part of a number of things.
type Share struct{ Right, All int }

// Of is the share as a fraction; 0 of nothing.
func (s Share) Of() float64 { return share(s.Right, s.All) }

func (s *Share) add(right bool) {
	s.All++
	if right {
		s.Right++
	}
}

// EvalPhenomena reads all sentences and counts what comes out right, by
// phenomenon in the order of the file, and together at the end.
func EvalPhenomena() ([]PhenomenonFit, error) {
	sentences, err := Phenomena()
	if err != nil {
		return nil, err
	}
	a, err := New(PhenomenaSettings())
	if err != nil {
		return nil, err
	}
	var fits []PhenomenonFit
	together := PhenomenonFit{Phenomenon: "together"}
	for _, s := range sentences {
		i := slices.IndexFunc(fits, func(f PhenomenonFit) bool { return f.Phenomenon == s.Phenomenon })
		if i < 0 {
			i = len(fits)
			fits = append(fits, PhenomenonFit{Phenomenon: s.Phenomenon})
		}
		right := s.Check(a.Hear(bot.Mention{Text: s.Text})) == ""
		for _, f := range []*PhenomenonFit{&fits[i], &together} {
			if s.Held {
				f.Held.add(right)
			} else {
				f.Tuned.add(right)
			}
		}
	}
	return append(fits, together), nil
}
