package main

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"earshot/bot"
	"earshot/bot/analyze/topic"
)

//go:embed examples/topics-airline.yaml
var airlineTopics []byte

// airlineMatcher is the matcher of the topics written for airlines.
func airlineMatcher() (*topic.Matcher, error) {
	node, err := parseYAML("topics-airline.yaml", airlineTopics)
	if err != nil {
		return nil, err
	}
	c := &config{}
	d := &decoder{getenv: func(string) string { return "" }, problems: &problems{file: "topics-airline.yaml"}, anchors: map[string]ast.Node{}, lines: map[string]int{}}
	d.value(node, reflect.ValueOf(c).Elem(), "")
	checker{c: c, d: d}.topics()
	if len(d.problems.list) > 0 {
		return nil, d.problems
	}
	return topic.Compile(c.topics())
}

// measureTopics compares the strongest topic of complaints to airlines with
// the reason that people gave them. Words were chosen with one half in view;
// the other half says what they are worth.
func measureTopics(_ *env, dir string) ([]evalRow, error) {
	m, err := airlineMatcher()
	if err != nil {
		return nil, err
	}
	halves, err := airlineReasons(filepath.Join(dir, "airline", "dev.csv"))
	if err != nil {
		return nil, err
	}
	all := append(append([]topic.Labelled(nil), halves[0]...), halves[1]...)
	_, whole := m.Eval(all)
	_, seen := m.Eval(halves[0])
	fits, unseen := m.Eval(halves[1])
	rows := []evalRow{
		{Set: "airline/dev.csv", Measure: "macro-F1 of the reason", Value: whole, Asked: 0.60, Texts: len(all), Note: fmt.Sprintf("%.3f in the half that words were chosen with", seen)},
		{Set: "airline/dev.csv, other half", Measure: "macro-F1 of the reason", Value: unseen, Asked: 0.60, Texts: len(halves[1])},
	}
	for _, f := range fits {
		rows = append(rows, evalRow{Set: "airline/dev.csv, other half", Measure: f.Topic + ": F1", Value: f.F1, Texts: f.Is,
			Note: fmt.Sprintf("precision %.2f, recall %.2f", f.Precision, f.Recall)})
	}
	return rows, nil
}

// airlineReasons reads the complaints that have a reason, in two halves by
// their id.
func airlineReasons(file string) (halves [2][]topic.Labelled, err error) {
	f, err := os.Open(file)
	if err != nil {
		return halves, bot.Errorf(bot.ErrInvalid, "Cannot read %s: %v", file, err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return halves, bot.Errorf(bot.ErrInvalid, "%s is no CSV file: %v", file, err)
	}
	for i, r := range rows {
		if i == 0 || len(r) < 8 || r[6] != "negative" || r[7] == "" || strings.EqualFold(r[7], "Can't Tell") {
			continue
		}
		half := 0
		if len(r[0]) > 3 {
			half = int(r[0][len(r[0])-4]) % 2
		}
		halves[half] = append(halves[half], topic.Labelled{Text: r[4], Topic: r[7]})
	}
	return halves, nil
}
