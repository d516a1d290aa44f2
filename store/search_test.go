package store

import (
	"context"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

func testSearch(t *testing.T, s *Store) {
	a, b, c := said("1", "ann", "Mein Café riecht verbrannt"), said("2", "bob", "The update is great"), said("3", "cy", "update broke it")
	a.Mention.CreatedAt, c.Mention.CreatedAt = day(9, 0, 0), day(8, 0, 0)
	b.Mention.Source, b.Mention.Watches, b.Verdict.Label, b.Verdict.Topics = "reviews", []string{"rival", "larkspur"}, bot.Positive, nil
	b.Mention.Title = "Five stars"
	save(t, s, a, b, c)
	for name, f := range map[string]struct {
		filter bot.MentionFilter
		want   []string
	}{
		"all, the newest first": {bot.MentionFilter{}, []string{"2", "1", "3"}},
		"accents":               {bot.MentionFilter{Query: "cafe"}, []string{"1"}},
		"beginning of the last": {bot.MentionFilter{Query: "riecht verb"}, []string{"1"}},
		"not of the first":      {bot.MentionFilter{Query: "upd great"}, nil},
		"all words":             {bot.MentionFilter{Query: "great update"}, []string{"2"}},
		"phrase":                {bot.MentionFilter{Query: `"great update"`}, nil},
		"phrase that is there":  {bot.MentionFilter{Query: `“update is great”`}, []string{"2"}},
		"title":                 {bot.MentionFilter{Query: "stars"}, []string{"2"}},
		"author":                {bot.MentionFilter{Query: "@cy"}, []string{"3"}},
		"newest first":          {bot.MentionFilter{Query: "update"}, []string{"2", "3"}},
		"operators are words":   {bot.MentionFilter{Query: "update NOT great"}, nil},
		"only signs":            {bot.MentionFilter{Query: `*"()-`}, nil},
		"watch":                 {bot.MentionFilter{Watch: "rival"}, []string{"2"}},
		"part of a watch":       {bot.MentionFilter{Watch: "riva"}, nil},
		"topic":                 {bot.MentionFilter{Topic: "firmware", Query: "update"}, []string{"3"}},
		"part of a topic":       {bot.MentionFilter{Topic: "firm"}, nil},
		"source":                {bot.MentionFilter{Source: "reviews", Query: "update"}, []string{"2"}},
		"label":                 {bot.MentionFilter{Label: bot.Negative}, []string{"1", "3"}},
		"author's id":           {bot.MentionFilter{AuthorID: 3}, []string{"3"}},
		"time":                  {bot.MentionFilter{From: day(8, 0, 0), To: day(9, 0, 0)}, []string{"3"}},
		"limit":                 {bot.MentionFilter{Query: "update", Limit: 1}, []string{"2"}},
	} {
		var got []string
		for _, r := range must(s.Mentions(t.Context(), f.filter))(t) {
			got = append(got, r.Mention.ExternalID)
		}
		if d := cmp.Diff(f.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if err := deleteMention(s, 2); err != nil {
		t.Fatal(err)
	}
	if found := must(s.Mentions(t.Context(), bot.MentionFilter{Query: "great"}))(t); len(found) != 0 {
		t.Fatal("a mention that is gone is found")
	}
	soundness(t, s)
}

func deleteMention(s *Store, id int64) error {
	_, err := s.exec(context.Background(), `DELETE FROM mentions WHERE id = ?1`, id)
	return err
}

func soundness(t testing.TB, s *Store) {
	t.Helper()
	for _, f := range must(s.Check(context.Background()))(t) {
		if !f.OK {
			t.Errorf("%s. %s", f.What, f.Mend)
		}
	}
}

// Whatever is typed, a search never fails, and finds the mention by its words.
func FuzzSearch(f *testing.F) {
	for _, q := range []string{"", "a", `"`, `""`, `"a" AND`, "NEAR(a b)", "title:a", "a*b", "^a", "-a", "{a}:b", "a + b", "日本語", "\x00", "a\x00b", "\xff", "😀", "(((", "a OR", "🇩🇪 x"} {
		f.Add(q)
	}
	s := open(f)
	if _, err := s.SaveHeard(context.Background(), []bot.Heard{said("1", "ann", "title a b")}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, q string) {
		if _, err := s.Mentions(t.Context(), bot.MentionFilter{Query: q}); err != nil {
			t.Fatalf("%q: %v", q, err)
		}
	})
}

// testManyHold: where many hold the words, those that hold longer ones are not
// looked for.
func testManyHold(t *testing.T, s *Store) {
	save(t, s, said("1", "ann", "kettle kettles"), said("2", "bob", "kettle"), said("3", "eve", "kettles"))
	for depth, want := range map[int]bool{1: true, 2: true, 3: false} {
		if many, err := s.manyHold(t.Context(), s.d.words("kettle", false), depth); err != nil || many != want {
			t.Errorf("at a depth of %d: %t, %v; want %t", depth, many, err, want)
		}
	}
}

// What comes twice in one batch, the second time with other words, is found by
// those alone; and what came with an error behind it is in step as well.
func TestSearchWithinABatch(t *testing.T) { onBoth(t, testSearchWithinABatch) }

func testSearchWithinABatch(t *testing.T, open opener) {
	s := open(t)
	save(t, s, said("1", "ann", "former words"), said("2", "bob", "of another"), said("1", "ann", "latter words"), said("3", "cy", "of a third"), said("2", "bob", "changed"))
	broken := said("5", "eve", "never kept")
	broken.Mention.Attrs = map[string]string{"a": "b"}
	broken.Verdict.Probs.Negative = math.NaN() // is stored as nothing, which the table does not take
	if err := s.Transact(t.Context(), func(ctx context.Context) error {
		_, err := s.SaveHeard(ctx, []bot.Heard{said("4", "dan", "before the error"), broken})
		if err == nil && s.server == nil {
			t.Error("nothing broke")
		}
		if s.server != nil {
			return err
		}
		return nil // whoever goes on all the same
	}); err != nil {
		t.Fatal(err)
	}
	for words, want := range map[string]int{"former": 0, "another": 0, "latter": 1, "changed": 1, "third": 1, "before": 1} {
		if found := must(s.Mentions(t.Context(), bot.MentionFilter{Query: words}))(t); len(found) != want {
			t.Errorf("%s: %d", words, len(found))
		}
	}
	soundness(t, s)
}
