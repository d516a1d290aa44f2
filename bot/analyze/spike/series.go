package spike

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
)

// Row is one bin of a series that is evaluated.
type Row struct {
	Line  int    // in the file, from 1
	Stamp string // the time as the file writes it
	At    time.Time
	Value float64
	Score float64 // filled in by EvalSeries: 0 to 1, ≥ 0.5 where an episode begins
}

// EvalSeries fills in the score of every row, looking only at the rows up to
// it. Rows are in order of time and at least three; the length of a bin is
// what most rows are apart: 5 to 60 minutes, a divisor of an hour. Times that
// are left out are a gap, not zeros.
func EvalSeries(rows []Row) error { return evalSeries(rows, standard()) }

func evalSeries(rows []Row, t *tuning) error {
	step, err := binLength(rows)
	if err != nil {
		return err
	}
	d := newDetector(step, t)
	for i := range rows {
		rows[i].Score = d.Add(rows[i].At, int(math.Round(rows[i].Value))).Score
	}
	return nil
}

// binLength is what most rows are apart, in minutes.
func binLength(rows []Row) (int, error) {
	if len(rows) < 3 {
		return 0, bot.Errorf(bot.ErrInvalid, "The series has %d usable rows; at least 3 are needed to see how long a bin is.", len(rows))
	}
	seen := map[time.Duration]int{}
	for i := 1; i < len(rows); i++ {
		seen[rows[i].At.Sub(rows[i-1].At)]++
	}
	var step time.Duration
	for d, n := range seen {
		if n > seen[step] || n == seen[step] && d < step {
			step = d
		}
	}
	m := int(step / time.Minute)
	if time.Duration(m)*time.Minute != step || m < 5 || m > 60 || 60%m != 0 {
		return 0, bot.Errorf(bot.ErrInvalid, "Rows are %s apart. Bins must be 5 minutes to 1 hour long and divide an hour.", step)
	}
	return m, nil
}

// ReadSeries reads a CSV with the columns timestamp and value (the count of
// that bin). Rows that cannot be read are given back by line with the reason,
// and the rest goes on; it fails when there is no such table at all.
func ReadSeries(r io.Reader, name string) ([]Row, []bot.Rejected, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	head, err := in.Read()
	if err != nil {
		return nil, nil, bot.Errorf(bot.ErrInvalid, "%s holds no table: its first line must name the columns timestamp and value.", name)
	}
	tc, vc := column(head, "timestamp"), column(head, "value")
	if tc < 0 || vc < 0 {
		return nil, nil, bot.Errorf(bot.ErrInvalid, "%s must have the columns timestamp and value; it has %s.", name, strings.Join(head, ", "))
	}
	var rows []Row
	var bad []bot.Rejected
	var last time.Time
	for {
		rec, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, bad, nil
		}
		line := lineOf(in, err)
		var reason string
		var row Row
		if err == nil {
			row, reason = parseRow(rec, tc, vc, last)
		} else if reason = parseReason(err); reason == "" {
			return nil, nil, fmt.Errorf("read %s: %w", name, err)
		}
		if reason != "" {
			bad = append(bad, bot.Rejected{Source: name, Where: fmt.Sprintf("%s, line %d", name, line), Reason: reason, Raw: strings.Join(rec, ",")})
			continue
		}
		row.Line, last = line, row.At
		rows = append(rows, row)
	}
}

func column(head []string, name string) int {
	for i, h := range head {
		if strings.EqualFold(strings.Trim(h, " \ufeff"), name) {
			return i
		}
	}
	return -1
}

func lineOf(in *csv.Reader, err error) int {
	var pe *csv.ParseError
	if errors.As(err, &pe) {
		return pe.Line
	}
	line, _ := in.FieldPos(0)
	return line
}

// parseReason says what is wrong with a line that is not CSV; "" for an error
// of reading, which no next line mends.
func parseReason(err error) string {
	var pe *csv.ParseError
	if errors.As(err, &pe) {
		return "not a line of CSV: " + pe.Err.Error()
	}
	return ""
}

func parseRow(rec []string, tc, vc int, last time.Time) (Row, string) {
	if len(rec) <= max(tc, vc) {
		return Row{}, "the line is too short: timestamp and value are needed"
	}
	at, ok := parseTime(rec[tc])
	if !ok {
		return Row{}, fmt.Sprintf("%q is no time; write 2026-03-09 10:05:00 or 2026-03-09T10:05:00Z", rec[tc])
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(rec[vc]), 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > math.MaxInt32 {
		return Row{}, fmt.Sprintf("%q is no count; write a number that is not negative", rec[vc])
	}
	if !at.After(last) {
		return Row{}, "its time is not after the row before; rows must be in order"
	}
	return Row{Stamp: strings.TrimSpace(rec[tc]), At: at, Value: v}, ""
}

// parseTime reads a time without a zone as UTC.
func parseTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.DateTime, time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), t.Unix() > 0
		}
	}
	return time.Time{}, false
}

// WriteSeries writes rows as timestamp,value,anomaly_score.
func WriteSeries(w io.Writer, rows []Row) error {
	out := csv.NewWriter(w)
	rec := []string{"timestamp", "value", "anomaly_score"}
	for i := -1; i < len(rows); i++ {
		if i >= 0 {
			r := rows[i]
			rec[0] = r.Stamp
			rec[1] = strconv.FormatFloat(r.Value, 'f', -1, 64)
			rec[2] = strconv.FormatFloat(r.Score, 'f', 6, 64)
		}
		if err := out.Write(rec); err != nil {
			return fmt.Errorf("write series: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write series: %w", err)
	}
	return nil
}
