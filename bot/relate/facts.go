package relate

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/text"
)

// nameLength is the most characters of a fact's name.
const nameLength = 60

// sheet is how the columns of a facts file are read: long, with one count a
// row and its name beside it, or wide, with one count a column.
type sheet struct {
	day, name, count, role, watch, topic int            // columns; -1 for none
	counts                               map[int]string // of a wide sheet: column → name
}

// ParseFacts reads daily business counts from CSV with a header. Either one
// count a row, in the columns name, day and count, or one row a day, in which
// every column beside day is a count of that name ("day,orders,returns"). watch
// and topic say what a row is about, role whether its count is a trouble or a
// base; without it orders, shipments, sales, customers and the like are a base.
// A row that cannot be read is rejected with its line and reason, and the rest
// goes in. The error is of kind ErrInvalid when there is no usable header, else
// that of r.
func ParseFacts(r io.Reader) (facts []bot.Fact, rejected []Row, err error) {
	var s sheet
	in := rows{
		empty: "The file is empty. Its first line names the columns: day,orders,returns, or name,day,count.",
		head:  func(names []string) (err error) { s, err = factColumns(names); return err },
		row: func(_ int, fields []string) string {
			of, reason := s.facts(fields)
			if reason == "" {
				facts = append(facts, of...)
			}
			return reason
		},
	}
	rejected, err = in.read(r)
	return facts, rejected, err
}

func factColumns(head []string) (sheet, error) {
	s := sheet{day: -1, name: -1, count: -1, role: -1, watch: -1, topic: -1, counts: map[int]string{}}
	for i, h := range head {
		name := strings.ToLower(text.OneLine(text.Clean(h)))
		switch name {
		case "day", "date":
			s.day = i
		case "name", "fact":
			s.name = i
		case "count", "value":
			s.count = i
		case "role":
			s.role = i
		case "watch":
			s.watch = i
		case "topic":
			s.topic = i
		case "":
		default:
			s.counts[i] = text.Cut(name, nameLength)
		}
	}
	switch {
	case s.day < 0:
		return s, bot.Errorf(bot.ErrInvalid, "No column is called day. The first line names the columns: day,orders,returns, or name,day,count.")
	case s.name >= 0 && s.count < 0:
		return s, bot.Errorf(bot.ErrInvalid, "There is a column name and none called count. Write name,day,count.")
	case s.name < 0 && len(s.counts) == 0:
		return s, bot.Errorf(bot.ErrInvalid, "No column holds a count. Write day,orders,returns, or name,day,count.")
	}
	return s, nil
}

// facts reads one row; reason says what is wrong with it.
func (s sheet) facts(fields []string) (out []bot.Fact, reason string) {
	cell := func(i int) string {
		if i < 0 || i >= len(fields) {
			return ""
		}
		return text.OneLine(text.Clean(fields[i]))
	}
	for _, f := range fields {
		if !utf8.ValidString(f) {
			return nil, "The row is not UTF-8. Save the file as UTF-8."
		}
	}
	day, ok := since(cell(s.day))
	if !ok {
		return nil, fmt.Sprintf("%q is not a day. Write it as 2026-03-09.", text.Cut(cell(s.day), 40))
	}
	row := bot.Fact{Day: day.Truncate(24 * time.Hour), Watch: text.Cut(cell(s.watch), nameLength), Topic: text.Cut(cell(s.topic), nameLength)}
	if s.name >= 0 {
		f, reason := s.fact(row, cell(s.name), cell(s.count), cell(s.role))
		return []bot.Fact{f}, reason
	}
	for i := range len(fields) {
		name, is := s.counts[i]
		if !is || cell(i) == "" {
			continue
		}
		f, reason := s.fact(row, name, cell(i), cell(s.role))
		if reason != "" {
			return nil, reason
		}
		out = append(out, f)
	}
	if len(out) == 0 {
		return nil, "The row holds no count."
	}
	return out, ""
}

func (s sheet) fact(f bot.Fact, name, count, role string) (bot.Fact, string) {
	if f.Name = text.Cut(strings.ToLower(name), nameLength); f.Name == "" {
		return f, "The name is empty."
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(count, ",", ""), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || n < 0 {
		return f, fmt.Sprintf("%q is not a count. Write a number that is not negative.", text.Cut(count, 40))
	}
	f.Count, f.Role = n, bot.FactRole(strings.ToLower(role))
	switch f.Role {
	case bot.Trouble, bot.Base:
	case "":
		f.Role = RoleOf(f.Name)
	default:
		return f, fmt.Sprintf("%q is not a role. Write trouble or base.", text.Cut(role, 40))
	}
	return f, ""
}

// RoleOf guesses what a count tells from its name: what a business does all day
// is a base, all else a trouble.
func RoleOf(name string) bot.FactRole {
	bases := []string{"orders", "shipments", "sales", "deliveries", "customers", "users", "units", "visits", "sessions", "subscribers", "bookings", "passengers"}
	if slices.ContainsFunc(bases, func(b string) bool { return strings.HasSuffix(strings.ToLower(name), b) }) {
		return bot.Base
	}
	return bot.Trouble
}
