package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"earshot/bot"
)

// printView writes a view to a terminal: the words without the pictures.
func printView(w io.Writer, v bot.View, zone *time.Location) {
	for _, b := range v.Blocks {
		switch b.Kind {
		case bot.BlockRows:
			printRows(w, b.Rows, zone)
		case bot.BlockImage:
			if b.Image != nil {
				fmt.Fprintf(w, "[chart: %s]\n", b.Image.Alt)
			}
		case bot.BlockCode:
			fmt.Fprintln(w, b.Text)
		case bot.BlockRule:
			fmt.Fprintln(w, strings.Repeat("─", 40))
		case bot.BlockActions:
		default:
			fmt.Fprintln(w, plainSpans(b.Spans, zone))
		}
	}
}

func printRows(w io.Writer, rows []bot.Row, zone *time.Location) {
	width := 0
	for _, r := range rows {
		width = max(width, len([]rune(r.Label)))
	}
	for _, r := range rows {
		fmt.Fprintf(w, "%-*s  %s\n", width, r.Label, plainSpans(r.Spans, zone))
	}
}

func plainSpans(spans []bot.Span, zone *time.Location) string {
	var b strings.Builder
	for _, s := range spans {
		if s.Kind == bot.SpanTime && !s.Time.IsZero() {
			b.WriteString(s.Time.In(zone).Format("2 Jan 2006 15:04"))
			continue
		}
		b.WriteString(s.Text)
	}
	return b.String()
}
