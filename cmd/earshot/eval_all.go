package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"earshot/bot"
)

// evalRow is one figure of `earshot eval all`.
type evalRow struct {
	Area    string  `json:"area"`              // "sentiment"
	Set     string  `json:"set"`               // what it was measured on: "semeval_val.tsv"
	Measure string  `json:"measure"`           // with its unit: "macro recall, %"
	Value   float64 `json:"value"`             //
	Asked   float64 `json:"asked,omitempty"`   // the aim; 0 where there is none
	AtMost  bool    `json:"at_most,omitempty"` // the aim is an upper bound
	Texts   int     `json:"texts,omitempty"`   // how many were judged
	Note    string  `json:"note,omitempty"`    // what a reader must know of it
}

// met tells whether the figure is as good as asked.
func (r evalRow) met() bool {
	return r.Asked == 0 || r.AtMost && r.Value <= r.Asked || !r.AtMost && r.Value >= r.Asked
}

// aim is what was asked, in words.
func (r evalRow) aim() string {
	if r.Asked == 0 {
		return ""
	}
	sign := "≥ "
	if r.AtMost {
		sign = "≤ "
	}
	return sign + figure(r.Asked)
}

// figure prints a number with as many digits as mean something.
func figure(v float64) string {
	switch {
	case v >= 1000:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// evaluation measures one area on the labelled data in dir.
type evaluation struct {
	name    string
	measure func(e *env, dir string) ([]evalRow, error)
}

// evaluations lists every area that is measured, one file each.
func evaluations() []evaluation {
	return []evaluation{
		{"sentiment", measureSentiment},
		{"languages", measureLanguages},
		{"phenomena", measurePhenomena},
		{"intents", measureIntents},
		{"topics", measureTopics},
		{"echo", measureEcho},
		{"learning", measureLearning},
		{"spikes", measureSpikes},
		{"quantify", measureQuantify},
		{"contrast", measureContrast},
	}
}

type evalAllCmd struct {
	Data string   `required:"" help:"Folder with the labelled data." placeholder:"DIR"`
	Only []string `help:"Only these areas." placeholder:"AREA"`
	Card string   `help:"Write the table into this file too, between its marks." placeholder:"MODEL_CARD.md"`
	JSON bool     `help:"Print JSON."`
}

// Help is shown by --help.
func (evalAllCmd) Help() string {
	return `Measures everything that Earshot understands, on labelled data that is not part of the program
(MODEL_CARD.md says where it is had), and prints one table. A figure below its aim is marked.

Example:
  earshot eval all --data ../data --card MODEL_CARD.md`
}

// Run measures and prints.
func (c evalAllCmd) Run(e *env) error {
	if err := c.known(); err != nil {
		return err
	}
	var rows []evalRow
	p := newProgress(e.stderr)
	all := evaluations()
	for i, ev := range all {
		if !c.wanted(ev.name) {
			continue
		}
		p.show(float64(i)/float64(len(all)), "%s", ev.name)
		got, err := ev.measure(e, c.Data)
		if err != nil {
			p.done()
			return fmt.Errorf("measure %s: %w", ev.name, err)
		}
		for i := range got {
			got[i].Area = ev.name
		}
		rows = append(rows, got...)
	}
	p.done()
	if c.Card != "" {
		if err := writeCard(c.Card, rows); err != nil {
			return err
		}
	}
	if c.JSON {
		return e.printJSON(rows)
	}
	return printFigures(e.stdout, rows)
}

func (c evalAllCmd) wanted(name string) bool {
	for _, o := range c.Only {
		if o == name {
			return true
		}
	}
	return len(c.Only) == 0
}

// known tells of an area that does not exist.
func (c evalAllCmd) known() error {
	var names []string
	for _, ev := range evaluations() {
		names = append(names, ev.name)
	}
	for _, o := range c.Only {
		if !strings.Contains(" "+strings.Join(names, " ")+" ", " "+o+" ") {
			return bot.Errorf(bot.ErrInvalid, "There is no area %q; the areas are %s.", o, strings.Join(names, ", "))
		}
	}
	return nil
}

func printFigures(w io.Writer, rows []evalRow) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "AREA\tSET\tMEASURE\tVALUE\tASKED\tN\t")
	for _, r := range rows {
		n, mark := "", ""
		if r.Texts > 0 {
			n = strconv.Itoa(r.Texts)
		}
		if !r.met() {
			mark = "missed"
		}
		if r.Note != "" {
			mark = strings.TrimSpace(mark + "  " + r.Note)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Area, r.Set, r.Measure, figure(r.Value), r.aim(), n, mark)
	}
	return t.Flush()
}

// The marks between which the table stands in the model card.
const (
	cardBegin = "<!-- earshot eval all: begin -->\n"
	cardEnd   = "<!-- earshot eval all: end -->\n"
)

// writeCard puts the table between the marks of a file.
func writeCard(path string, rows []evalRow) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return bot.Errorf(bot.ErrInvalid, "Cannot read %s: %v", path, err)
	}
	before, rest, ok := bytes.Cut(old, []byte(cardBegin))
	_, after, ok2 := bytes.Cut(rest, []byte(cardEnd))
	if !ok || !ok2 {
		return bot.Errorf(bot.ErrInvalid, "%s has no place for the table: write the lines %q and %q where it shall stand.", path, strings.TrimSpace(cardBegin), strings.TrimSpace(cardEnd))
	}
	var b bytes.Buffer
	b.Write(before)
	b.WriteString(cardBegin)
	markdownFigures(&b, rows)
	b.WriteString(cardEnd)
	b.Write(after)
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		return bot.Errorf(bot.ErrUnavailable, "Cannot write %s: %v", path, err)
	}
	return nil
}

func markdownFigures(b *bytes.Buffer, rows []evalRow) {
	area := ""
	for _, r := range rows {
		if r.Area != area {
			area = r.Area
			fmt.Fprintf(b, "\n**%s**\n\n| set | measure | value | asked | n |\n| --- | --- | --- | --- | --- |\n", strings.ToUpper(area[:1])+area[1:])
		}
		value, n := figure(r.Value), ""
		if !r.met() {
			value += " (missed)"
		}
		if r.Texts > 0 {
			n = strconv.Itoa(r.Texts)
		}
		measure := r.Measure
		if r.Note != "" {
			measure += " (" + r.Note + ")"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", r.Set, measure, value, r.aim(), n)
	}
	b.WriteString("\n")
}
