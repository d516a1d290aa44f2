package store

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"earshot/bot"
)

// never stands for a time that is not set where rows are ordered by it.
const never = math.MaxInt64

// dayLength is a UTC day in milliseconds.
const dayLength = int64(24 * time.Hour / time.Millisecond)

// ms is a time as it is stored: UTC milliseconds, 0 for none.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// at reads what ms wrote.
func at(n int64) time.Time {
	if n == 0 || n == never {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// dayOf is the start of a time's UTC day, in milliseconds.
func dayOf(t time.Time) int64 {
	n := t.UnixMilli()
	day := n - n%dayLength
	if n%dayLength < 0 {
		day -= dayLength
	}
	return day
}

// flag is a truth value as it is stored.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// names stores a list of names between line feeds: "\na\nb\n". A line feed in
// a name becomes a space.
func names(list []string) string {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteByte('\n')
	for _, n := range list {
		b.WriteString(strings.ReplaceAll(n, "\n", " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// readNames reads what names wrote.
func readNames(s string) []string {
	if len(s) < 2 {
		return nil
	}
	return strings.Split(s[1:len(s)-1], "\n")
}

// encode is v as JSON. Our own types hold nothing that JSON cannot say.
func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// decode reads JSON that encode wrote; empty text leaves v as it is.
func decode(s string, v any) error {
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), v)
}

// person stores who somebody is, without the groups they are in today; empty
// for nobody.
func person(p bot.Person) string {
	if p.ID == "" && p.Name == "" && p.Platform == "" {
		return ""
	}
	b, err := json.Marshal(bot.Person{Platform: p.Platform, ID: p.ID, Name: p.Name})
	if err != nil {
		return "" // three strings always encode
	}
	return string(b)
}

func readPerson(s string) (p bot.Person, err error) {
	return p, decode(s, &p)
}
