package record

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"earshot/bot"
)

func TestParseTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		in    string
		order DateOrder
		want  string
	}{
		{"2015-02-24T11:42:48-08:00", "", "2015-02-24T19:42:48Z"},
		{"2026-03-09T14:05:00Z", "", "2026-03-09T14:05:00Z"},
		{" 2026-03-09 14:05:00 ", "", "2026-03-09T13:05:00Z"},
		{"2026-03-09 14:05:00.5", "", "2026-03-09T13:05:00.5Z"},
		{"2026-03-09 14:05:00 +0200", "", "2026-03-09T12:05:00Z"},
		{"2026-03-09 14:05:00 UTC", "", "2026-03-09T14:05:00Z"},
		{"2026-07-09", "", "2026-07-08T22:00:00Z"},
		{"1773065100", "", "2026-03-09T14:05:00Z"},
		{"1773065100.25", "", "2026-03-09T14:05:00.25Z"},
		{"1773065100123", "", "2026-03-09T14:05:00.123Z"},
		{"1773065100123456", "", "2026-03-09T14:05:00.123456Z"},
		{"Mon, 09 Mar 2026 14:05:00 GMT", "", "2026-03-09T14:05:00Z"},
		{"Mon, 9 Mar 2026 14:05:00 +0100", "", "2026-03-09T13:05:00Z"},
		{"Tue Feb 24 11:42:48 -0800 2015", "", "2015-02-24T19:42:48Z"},
		{"9 Mar 2026", "", "2026-03-08T23:00:00Z"},
		{"Mar 9, 2026 2:05 PM", "", "2026-03-09T13:05:00Z"},
		{"March 9, 2026", "", "2026-03-08T23:00:00Z"},
		{"09.03.2026 14:05", "", "2026-03-09T13:05:00Z"},
		{"03/04/2026", DayFirst, "2026-04-02T22:00:00Z"},
		{"03/04/2026 2:05 PM", MonthFirst, "2026-03-04T13:05:00Z"},
		{"25/12/2026", "", "2026-12-24T23:00:00Z"},
		{"12/25/2026 14:05", "", "2026-12-25T13:05:00Z"},
		{"", "", "0001-01-01T00:00:00Z"}, {"n/a", "", "0001-01-01T00:00:00Z"},
		{"03/04/2026", "", "two ways"}, {"yesterday", "", "cannot be read"}, {"2026-13-45", "", "cannot be read"}, {"31/31/2026", "", "cannot be read"},
		{"2026-03-09 14:05:00 EST", "", "cannot be read"}, {"0001-01-01", "", "outside"}, {"45123", "", "cannot be read"}, {"2026", "", "cannot be read"},
		{strings.Repeat("9", 5000), "", "cannot be read"},
	} {
		got, err := ParseTime(tc.in, berlin, tc.order)
		if err != nil {
			if !strings.Contains(bot.Told(err), tc.want) {
				t.Errorf("ParseTime(%.40q): %v, want %s", tc.in, err, tc.want)
			}
		} else if got.Format(time.RFC3339Nano) != tc.want {
			t.Errorf("ParseTime(%q, %q) = %s, want %s", tc.in, tc.order, got.Format(time.RFC3339Nano), tc.want)
		}
	}
}

func TestParseRating(t *testing.T) {
	for _, tc := range []struct {
		in     string
		of     int
		survey bool
		want   bot.Rating
		wrong  string
	}{
		{"4", 5, false, bot.Rating{Value: 4, Of: 5}, ""}, {"4.5", 5, false, bot.Rating{Value: 4.5, Of: 5}, ""}, {"4,5", 5, false, bot.Rating{Value: 4.5, Of: 5}, ""},
		{"8/10", 5, false, bot.Rating{Value: 8, Of: 10}, ""}, {"3 out of 5 stars", 5, false, bot.Rating{Value: 3, Of: 5}, ""}, {"2 stars", 5, false, bot.Rating{Value: 2, Of: 5}, ""},
		{"★★★★☆", 5, false, bot.Rating{Value: 4, Of: 5}, ""}, {"★★", 5, false, bot.Rating{Value: 2, Of: 5}, ""},
		{"0", 5, true, bot.Rating{Value: 0, Of: 10, Survey: true}, ""}, {"10", 5, true, bot.Rating{Value: 10, Of: 10, Survey: true}, ""},
		{"", 5, false, bot.Rating{}, ""}, {"N/A", 5, false, bot.Rating{}, ""}, {"null", 5, true, bot.Rating{}, ""},
		{"0", 5, false, bot.Rating{}, "from 1 to 5"}, {"6", 5, false, bot.Rating{}, "from 1 to 5"}, {"-1", 5, true, bot.Rating{}, "from 0 to 10"},
		{"11", 5, true, bot.Rating{}, "from 0 to 10"}, {"9.5", 5, true, bot.Rating{}, "whole number"}, {"good", 5, false, bot.Rating{}, "not a number"},
		{"Inf", 5, false, bot.Rating{}, "not a number"}, {"1e400", 5, false, bot.Rating{}, "not a number"}, {"4/0", 5, false, bot.Rating{}, "not a number"},
	} {
		got, err := ParseRating(tc.in, tc.of, tc.survey)
		if got != tc.want || (err == nil) != (tc.wrong == "") || err != nil && !strings.Contains(bot.Told(err), tc.wrong) {
			t.Errorf("ParseRating(%q, %d, %v) = %v, %v; want %v, %q", tc.in, tc.of, tc.survey, got, err, tc.want, tc.wrong)
		}
	}
}

func TestPlan(t *testing.T) {
	p, err := NewPlan([]string{"", "ID", "Review Text", "Body", "Rating", "Posted-At", "attr.Store", "score"}, map[string]string{"watch": "score"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Field{AttrPrefix, ID, AttrPrefix, Text, Rating, CreatedAt, AttrPrefix, Watch}
	if diff := cmp.Diff(want, p.fields); diff != "" {
		t.Errorf("fields:\n%s", diff)
	}
	if p.attrs[0] != "column 1" || p.attrs[2] != "Review Text" || p.attrs[6] != "store" {
		t.Errorf("attributes %q", p.attrs)
	}
}

func TestPath(t *testing.T) {
	doc := gjson.Parse(`{"a": {"b": [{"c": "one"}, {"c": 22}, {"d": null}]}, "x.y": "dotted", "": "empty", "n": null, "big": 12345678901234567890}`)
	for path, want := range map[string]string{
		"a.b[0].c": "one", "a.b[1].c": "22", "a.b[*].c": "one|22", "a.b[-1].d": "", "a.b[7]": "", `["x.y"]`: "dotted", `[""]`: "empty",
		"n | a.b[0].c": "one", "nope|big": "12345678901234567890", "a.nope | b": "", "a.b.c": "", "x.y": "",
	} {
		p, err := ParsePath(path)
		if err != nil {
			t.Errorf("ParsePath(%q): %v", path, err)
			continue
		}
		var got []string
		for _, v := range p.Find(doc) {
			got = append(got, Value(v))
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s gives %q, want %q", path, got, want)
		}
	}
	for _, wrong := range []string{"", ".", "a.", "a..b", "a[", "a[x]", `a["b`, "a b", "|a", "a|", "a]b", strings.Repeat("a", 500)} {
		if _, err := ParsePath(wrong); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("ParsePath(%.20q): %v", wrong, err)
		}
	}
}

func TestParseJSON(t *testing.T) {
	for s, want := range map[string]bool{
		`{"a": [1]}`: true, ``: false, `{"a":`: false, `{"a": 1} x`: false,
		strings.Repeat("[", 8<<20): false, strings.Repeat("]", 100) + strings.Repeat("[", 1<<20): false,
		strings.Repeat("[", 60) + strings.Repeat("]", 60): true, `{"a": "[[[[\"["}`: true,
	} {
		if _, err := ParseJSON(s); (err == nil) != want {
			t.Errorf("ParseJSON(%.30q): %v, want %v", s, err, want)
		}
	}
}

func TestContentID(t *testing.T) {
	if ContentID("a", "bc") == ContentID("ab", "c") || ContentID("a") == ContentID("a", "") {
		t.Error("other values must give another id")
	}
}

func FuzzRecord(f *testing.F) {
	for _, s := range []string{"2026-03-09", "03/04/2026 25:00", "1773065100", "★★★☆☆", "4/5", "a.b[0]", `["x"] | y`, "Mon, 9 Mar 2026", "\xff\x00", "{\"a\":{}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := ParseTime(s, time.UTC, DayFirst); err == nil && !got.IsZero() && (got.Year() < 1970 || got.Year() > 9999 || got.Location() != time.UTC) {
			t.Errorf("ParseTime(%q) = %v", s, got)
		}
		if r, err := ParseRating(s, 5, false); err == nil && r.Given() && (r.Value < 1 || r.Value > float64(r.Of)) {
			t.Errorf("ParseRating(%q) = %v", s, r)
		}
		if p, err := ParsePath(s); err == nil {
			again, err := ParsePath(p.String())
			if err != nil || cmp.Diff(p.ways, again.ways, cmp.AllowUnexported(step{})) != "" {
				t.Errorf("ParsePath(%q) = %s, which reads as %s, %v", s, p, again, err)
			}
			p.Find(gjson.Parse(`{"a":{"b":[1,[2]]}}`))
		}
		var e *bot.Error
		o, err := NewObjects(map[string]string{"text": "a | b.c[*]"})
		if err != nil {
			t.Fatal(err)
		}
		if obj, err := ParseJSON(s); err == nil {
			var m bot.Mention
			r := NewReader(Settings{}, time.Now)
			if err := o.Mention(&m, r, obj); err != nil && !errors.As(err, &e) {
				t.Errorf("%q: %v", s, err)
			} else if err == nil && (m.ExternalID == "" || !utf8.ValidString(m.Text)) {
				t.Errorf("%q gives %+v", s, m)
			}
		}
	})
}
