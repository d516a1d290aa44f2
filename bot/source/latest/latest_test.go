package latest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"earshot/bot"
)

// shelf is a service with a list, newest first.
type shelf struct {
	all    []entry // newest first
	size   int     // of a page
	asked  int
	sought int  // entries asked for by their ids
	forget bool // the names of pages
}

type entry struct {
	id, text string
	at       time.Time
}

func start() time.Time { return time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC) }

func (s *shelf) list() List {
	return List{Page: s.page, Gone: s.gone, Pages: 2, First: 24 * time.Hour, Back: 12 * time.Hour, Sweep: time.Hour}
}

func (s *shelf) page(_ context.Context, name string) ([]Item, string, error) {
	s.asked++
	from, _ := strconv.Atoi(name)
	if name != "" && s.forget {
		return nil, "", bot.Errorf(bot.ErrInvalid, "The page is not known any more.")
	}
	var items []Item
	to := min(from+s.size, len(s.all))
	for _, e := range s.all[min(from, to):to] {
		items = append(items, Item{Mention: bot.Mention{ExternalID: e.id, Text: e.text, CreatedAt: e.at}, At: e.at})
	}
	if to < len(s.all) {
		return items, strconv.Itoa(to), nil
	}
	return items, "", nil
}

func (s *shelf) gone(_ context.Context, id string) (bool, error) {
	s.sought++
	return !slices.ContainsFunc(s.all, func(e entry) bool { return e.id == id }), nil
}

func (s *shelf) put(e entry) { s.all = slices.Insert(s.all, 0, e) }

// whole reads until there is no more.
func whole(t interface {
	Helper()
	Fatal(args ...any)
}, l List, c bot.Cursor, now time.Time) ([]bot.Mention, bot.Cursor) {
	t.Helper()
	var all []bot.Mention
	for range 1000 {
		b, err := l.Read(context.Background(), c, now)
		if err != nil {
			t.Fatal(err)
		}
		if b.Progress < 0 || b.Progress > 1 {
			t.Fatal("progress", b.Progress)
		}
		all, c = append(all, b.Mentions...), b.Next
		if !b.More {
			return all, c
		}
	}
	t.Fatal("it never comes to an end")
	return nil, ""
}

// TestNothingIsLostOrToldTwice: whatever is added, edited, moved and removed
// between reads, what was handed over is in the end what stands there.
func TestNothingIsLostOrToldTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &shelf{size: rapid.IntRange(1, 4).Draw(t, "page")}
		now, next := start(), 0
		told := map[string]string{}
		var cur bot.Cursor
		heed := func(ms []bot.Mention) {
			for _, m := range ms {
				if m.Deleted {
					if _, there := told[m.ExternalID]; !there {
						t.Fatalf("%s was taken back and never told", m.ExternalID)
					}
					delete(told, m.ExternalID)
					continue
				}
				if old, again := told[m.ExternalID]; again && (old == m.Text || m.EditedAt.IsZero()) {
					t.Fatalf("%s %q came again as %q, edited %v", m.ExternalID, old, m.Text, m.EditedAt)
				}
				told[m.ExternalID] = m.Text
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now = now.Add(time.Minute)
			i := 0
			if len(s.all) > 0 {
				i = rapid.IntRange(0, len(s.all)-1).Draw(t, "which")
			}
			switch what := rapid.IntRange(0, 5).Draw(t, "what"); {
			case what <= 1 || len(s.all) == 0:
				next++
				s.put(entry{fmt.Sprint("e", next), "new", now})
			case what == 2:
				s.all[i].text = fmt.Sprint("edited ", now.Minute(), now.Hour())
			case what == 3:
				e := s.all[i]
				s.all = slices.Delete(s.all, i, i+1)
				e.text, e.at = fmt.Sprint("moved ", now.Minute(), now.Hour()), now
				s.put(e)
			case what == 4:
				s.all = slices.Delete(s.all, i, i+1)
			default:
				var ms []bot.Mention
				ms, cur = whole(t, s.list(), cur, now)
				heed(ms)
			}
		}
		for range 2 { // one may still be under way; the next one sees all
			now = now.Add(2 * time.Hour)
			var ms []bot.Mention
			ms, cur = whole(t, s.list(), cur, now)
			heed(ms)
		}
		want := map[string]string{}
		for _, e := range s.all {
			want[e.id] = e.text
		}
		if d := cmp.Diff(want, told); d != "" {
			t.Fatal(d)
		}
	})
}

func TestOnlyAPageIsReadWhenNothingIsNew(t *testing.T) {
	s := &shelf{size: 3}
	for i := range 20 {
		s.put(entry{fmt.Sprint("e", i), "new", start().Add(time.Duration(i-100) * time.Minute)})
	}
	got, cur := whole(t, s.list(), "", start())
	s.asked = 0
	again, _ := whole(t, s.list(), cur, start().Add(time.Minute))
	if len(got) != 20 || len(again) != 0 || s.asked != 1 {
		t.Errorf("%d entries, then %d by %d pages", len(got), len(again), s.asked)
	}
	if _, _ = whole(t, s.list(), cur, start().Add(2*time.Hour)); s.asked < 7 || s.sought != 0 {
		t.Errorf("reading all again took %d pages, and %d entries that stand there were asked for", s.asked, s.sought)
	}
	if !slices.IsSortedFunc(got[:3], func(a, b bot.Mention) int { return a.CreatedAt.Compare(b.CreatedAt) }) {
		t.Error("they do not come in the order in which they were said")
	}
}

// TestHowFarBack: the first read goes as far as it is told, and what is older
// than what is remembered does not come as new.
func TestHowFarBack(t *testing.T) {
	s := &shelf{size: 50}
	for i := range 40 {
		s.put(entry{fmt.Sprint("e", i), "new", start().Add(time.Duration(i-40) * time.Hour)})
	}
	got, cur := whole(t, s.list(), "", start())
	if len(got) != 24 {
		t.Fatalf("%d of 24 hours came", len(got))
	}
	for i := range 3 {
		if got, cur = whole(t, s.list(), cur, start().Add(time.Duration(i)*2*time.Hour)); len(got) != 0 {
			t.Fatalf("old ones came as new: %+v", got)
		}
	}
}

func TestAPageWhoseNameIsForgotten(t *testing.T) {
	s := &shelf{size: 2}
	for i := range 9 {
		s.put(entry{fmt.Sprint("e", i), "new", start().Add(time.Duration(i-100) * time.Minute)})
	}
	b, err := s.list().Read(t.Context(), "", start())
	if err != nil || !b.More || len(b.Mentions) != 4 {
		t.Fatalf("%d mentions, %v", len(b.Mentions), err)
	}
	s.forget = true
	if _, err = s.list().Read(t.Context(), b.Next, start()); bot.KindOf(err) != bot.ErrInvalid {
		t.Fatalf("a list whose every page is refused is %v", err)
	}
	s.forget = false
	l := s.list()
	once := true
	l.Page = func(ctx context.Context, name string) ([]Item, string, error) {
		if once && name != "" {
			once = false
			return nil, "", bot.Errorf(bot.ErrInvalid, "The page is not known any more.")
		}
		return s.page(ctx, name)
	}
	first, _ := s.list().Read(t.Context(), "", start())
	rest, _ := whole(t, l, first.Next, start())
	if len(first.Mentions)+len(rest) != 9 {
		t.Errorf("%d and %d of 9 came", len(first.Mentions), len(rest))
	}
}

// TestLimitsAreKept: where no more may be asked for, it goes on later.
func TestLimitsAreKept(t *testing.T) {
	s := &shelf{size: 2}
	for i := range 9 {
		s.put(entry{fmt.Sprint("e", i), "new", start().Add(time.Duration(i-100) * time.Minute)})
	}
	l := s.list()
	l.May = func() bool { return false }
	total, cur := 0, bot.Cursor("")
	for i := range 5 {
		got, next := whole(t, l, cur, start())
		if s.asked != i+1 {
			t.Fatalf("%d pages in read %d", s.asked, i)
		}
		total, cur = total+len(got), next
	}
	if total != 9 {
		t.Errorf("%d of 9 came", total)
	}
}

// TestMuchIsForgotten: what is remembered is bounded, and what is not
// remembered does not come again.
func TestMuchIsForgotten(t *testing.T) {
	s := &shelf{size: 500}
	for i := range 3000 {
		s.put(entry{fmt.Sprint("e", i), "new", start().Add(time.Duration(i-3000) * time.Second)})
	}
	got, cur := whole(t, s.list(), "", start())
	if len(got) != 3000 || len(parse(cur).Known) > maxKnown {
		t.Fatalf("%d came, %d are remembered", len(got), len(parse(cur).Known))
	}
	if got, _ = whole(t, s.list(), cur, start().Add(2*time.Hour)); len(got) != 0 {
		t.Errorf("%d came again", len(got))
	}
}

// TestPlacesAreMarked: pages without an entry of ours end a read as well.
func TestPlacesAreMarked(t *testing.T) {
	asked := 0
	l := List{Pages: 100, First: 10 * time.Hour, Back: 5 * time.Hour, Sweep: time.Hour, Page: func(_ context.Context, name string) ([]Item, string, error) {
		asked++
		n, _ := strconv.Atoi(name)
		return []Item{{At: start().Add(-time.Duration(n) * time.Hour)}}, strconv.Itoa(n + 1), nil
	}}
	b, err := l.Read(t.Context(), "", start())
	if err != nil || b.More || len(b.Mentions) != 0 || asked != 12 {
		t.Fatalf("%+v, %v after %d pages", b, err, asked)
	}
	if b, err = l.Read(t.Context(), b.Next, start().Add(2*time.Hour)); err != nil || b.More || asked != 12+7 {
		t.Errorf("%+v, %v after %d pages", b, err, asked)
	}
}

func TestBrokenEntries(t *testing.T) {
	l := List{Pages: 1, First: time.Hour, Back: time.Hour, Sweep: time.Hour, Page: func(context.Context, string) ([]Item, string, error) {
		return []Item{{Err: errors.New("no id"), Where: "here", Raw: "{}"}, {Mention: bot.Mention{ExternalID: "1", CreatedAt: start()}, At: start()}}, "", nil
	}}
	b, err := l.Read(t.Context(), "nonsense", start())
	if err != nil || len(b.Rejected) != 1 || len(b.Mentions) != 1 {
		t.Fatalf("%+v, %v", b, err)
	}
	if b, err = l.Read(t.Context(), b.Next, start()); err != nil || len(b.Rejected) != 0 || len(b.Mentions) != 0 {
		t.Errorf("they came again: %+v, %v", b, err)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(`{"runs":1,"run":{"page":"x","bottom":"2026-03-09T12:00:00Z"},"known":{"":{"a":1}}}`)
	f.Fuzz(func(t *testing.T, c string) {
		s := &shelf{size: 2, all: []entry{{"1", "a", start()}, {"2", "b", start().Add(-time.Minute)}}}
		l := s.list()
		if _, err := l.Read(t.Context(), bot.Cursor(c), start()); err != nil {
			t.Fatal(err)
		}
	})
}
