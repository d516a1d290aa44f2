package window

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"earshot/bot"
)

func start() time.Time { return time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC) }

// service holds what was said at which second, and hands out most at once.
type service struct {
	said []time.Time
	most int
}

func (s *service) ask(from, until time.Time) ([]Found, bool, error) {
	var all []Found
	for i, at := range s.said {
		if !at.Before(from) && at.Before(until) {
			all = append(all, Found{Mention: bot.Mention{ExternalID: string(rune('a' + i)), Text: "x", CreatedAt: at}})
		}
	}
	return all[:min(len(all), s.most)], len(all) <= s.most, nil
}

// TestNothingIsSkippedOrRepeated: whatever is said while it is read, late by
// less than the look back, comes once.
func TestNothingIsSkippedOrRepeated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reach := Reach{First: 20 * 24 * time.Hour, Back: 10 * time.Minute}
		s := &service{most: rapid.IntRange(2, 5).Draw(t, "most")}
		now, cursor, got := start(), bot.Cursor(""), map[string]int{}
		for range rapid.IntRange(1, 8).Draw(t, "polls") {
			for range rapid.IntRange(0, 3).Draw(t, "said") {
				late := rapid.IntRange(0, 500).Draw(t, "late")
				at := now.Add(-time.Duration(late) * time.Second)
				if !slices.Contains(s.said, at) && len(s.said) < 26 {
					s.said = append(s.said, at)
				}
			}
			for more := true; more; {
				place := Parse(cursor)
				from, until := reach.Range(place, now)
				found, err := Whole(from, until, s.ask)
				if err != nil {
					t.Fatal(err)
				}
				b, err := reach.Take(place, until, found, now)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range b.Mentions {
					got[m.ExternalID]++
				}
				cursor, more = b.Next, b.More
			}
			now = now.Add(time.Duration(rapid.IntRange(-30, 3600).Draw(t, "pause")) * time.Second)
		}
		for i := range s.said {
			if n := got[string(rune('a'+i))]; n != 1 {
				t.Fatalf("said at %v, it came %d times", s.said[i], n)
			}
		}
	})
}

func TestABusySecondIsTakenAsFarAsItGoes(t *testing.T) {
	s := &service{said: []time.Time{start(), start(), start()}, most: 2}
	found, err := Whole(start().Add(-time.Hour), start().Add(time.Hour), s.ask)
	if err != nil || len(found) != 2 {
		t.Fatalf("%d found, %v", len(found), err)
	}
}

func TestAFailureEndsTheWindow(t *testing.T) {
	asked := 0
	_, err := Whole(start(), start().Add(time.Hour), func(time.Time, time.Time) ([]Found, bool, error) {
		if asked++; asked == 3 {
			return nil, false, errors.New("cut off")
		}
		return nil, false, nil
	})
	if err == nil || asked != 3 {
		t.Fatalf("asked %d times, %v", asked, err)
	}
}

func TestTerms(t *testing.T) {
	long := strings.Repeat("word ", 30)
	watches := []bot.Watch{{Terms: []string{"#Kettle", "kettle", " "}}, {Terms: []string{"blog only"}, Sources: []string{"blog"}}, {Terms: []string{long}}}
	got := Terms(nil, watches, "hn", 40)
	if want := []string{"Kettle", strings.TrimSpace(strings.Repeat("word ", 8))}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Terms([]string{"own"}, watches, "hn", 40); !slices.Equal(got, []string{"own"}) {
		t.Errorf("own terms give %q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("")
	f.Add(`{"at":"2026-03-09T12:00:00Z","seen":{"a":"b"}}`)
	f.Add(`{"at":"9999-12-31T23:59:59Z"}`)
	reach := Reach{First: time.Hour, Back: time.Minute}
	f.Fuzz(func(t *testing.T, c string) {
		from, until := reach.Range(Parse(bot.Cursor(c)), start())
		if !from.Before(until.Add(time.Second)) || until.After(start().Add(time.Second+reach.Back)) {
			t.Fatalf("%q gives %v to %v", c, from, until)
		}
	})
}
