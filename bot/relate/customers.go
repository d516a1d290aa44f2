package relate

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/text"
)

// Limits of a customers file: beyond them a row is not a customer.
const (
	fieldLength = 1_000 // characters of a field
	attrsMost   = 50    // columns kept as attributes
)

// ParseCustomers reads a CSV file of customers with a header: the columns id,
// name, email, handles (several divided by spaces, commas or semicolons, each
// "handle" or "kind:handle"), tier and since; every other column is kept as an
// attribute. A row that cannot be read is rejected with its line and reason,
// and the rest goes in. The error is of kind ErrInvalid when there is no usable
// header, else that of r.
func ParseCustomers(r io.Reader) (customers []bot.Customer, rejected []Row, err error) {
	var columns []column
	seen := map[string]int{}
	sheet := rows{
		empty: "The file is empty. Its first line names the columns: id,name,email,handles,tier,since.",
		head:  func(names []string) (err error) { columns, err = header(names); return err },
		row: func(line int, fields []string) string {
			c, reason := customer(columns, fields)
			if before := seen[c.ExternalID]; reason == "" && before > 0 {
				reason = fmt.Sprintf("The id %q was given in line %d already. Give each customer one row.", c.ExternalID, before)
			}
			if reason == "" {
				seen[c.ExternalID] = line
				customers = append(customers, c)
			}
			return reason
		},
	}
	rejected, err = sheet.read(r)
	return customers, rejected, err
}

// column is what a column of the file holds.
type column struct {
	field string // "id", "name" …; "attr" for every other
	name  string // of the attribute
}

func header(head []string) ([]column, error) {
	same := map[string]string{
		"id": "id", "customer_id": "id", "external_id": "id", "name": "name", "full_name": "name",
		"email": "email", "e-mail": "email", "mail": "email", "handles": "handles", "handle": "handles",
		"tier": "tier", "plan": "tier", "segment": "tier", "since": "since", "customer_since": "since", "created_at": "since",
	}
	columns := make([]column, len(head))
	used := map[string]bool{}
	for i, h := range head {
		name := text.OneLine(text.Clean(h))
		key := strings.ReplaceAll(strings.ToLower(name), " ", "_")
		field := same[key]
		if field == "" || used[field] {
			columns[i] = column{field: "attr", name: name}
			continue
		}
		used[field] = true
		columns[i] = column{field: field}
	}
	if !used["id"] {
		msg := "No column is called id: it is the customer's number in your own system."
		if near := text.Nearest("id", head); near != "" {
			msg += fmt.Sprintf(" Is it %q?", text.OneLine(near))
		}
		return nil, bot.Errorf(bot.ErrInvalid, "%s", msg)
	}
	return columns, nil
}

// customer reads one row; reason says what is wrong with it.
func customer(columns []column, fields []string) (c bot.Customer, reason string) {
	if len(fields) > len(columns) {
		return c, fmt.Sprintf("The row has %d columns, the header %d. Put text that holds a comma in quotes.", len(fields), len(columns))
	}
	for i, raw := range fields {
		if !utf8.ValidString(raw) {
			return c, "The row is not UTF-8. Save the file as UTF-8."
		}
		value := text.OneLine(text.Clean(raw))
		if text.Length(value) > fieldLength {
			return c, fmt.Sprintf("A field is longer than %d characters.", fieldLength)
		}
		if value == "" {
			continue
		}
		if reason := set(&c, columns[i], value); reason != "" {
			return c, reason
		}
	}
	if c.ExternalID == "" {
		return c, "The id is empty."
	}
	return c, ""
}

func set(c *bot.Customer, col column, value string) (reason string) {
	switch col.field {
	case "id":
		c.ExternalID = value
	case "name":
		c.Name = value
	case "tier":
		c.Tier = value
	case "email":
		if c.Email = Email(value); c.Email == "" {
			return fmt.Sprintf("%q is not an e-mail address.", text.Cut(value, 80))
		}
	case "handles":
		for _, h := range strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == ',' || r == ';' }) {
			key := handleKey(h)
			if key == "" {
				return fmt.Sprintf("%q is not a handle. Write it as handle or mastodon:handle.", text.Cut(h, 80))
			}
			if !slices.Contains(c.Handles, key) {
				c.Handles = append(c.Handles, key)
			}
		}
	case "since":
		at, ok := since(value)
		if !ok {
			return fmt.Sprintf("%q is not a date. Write it as 2021-03-09, or only the year.", text.Cut(value, 40))
		}
		c.Since = at
	default:
		if c.Attrs == nil {
			c.Attrs = map[string]string{}
		}
		if len(c.Attrs) < attrsMost && col.name != "" {
			c.Attrs[col.name] = value
		}
	}
	return ""
}

// since reads a date in a form that means one day only: 03/04/2021 does not.
func since(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006/01/02", "02.01.2006", "2 Jan 2006", "Jan 2, 2006", "2006-01", "2006"} {
		if at, err := time.Parse(layout, s); err == nil && at.Year() >= 1900 && at.Year() < 2200 {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}
