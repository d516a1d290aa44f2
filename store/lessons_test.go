package store

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"earshot/bot"
)

func testLessons(t *testing.T, s *Store) {
	c := open1(t, s, "1", "ann")
	other := open1(t, s, "2", "bob")
	var want []bot.Lesson
	for i, l := range []bot.Lesson{
		{CaseID: c.ID, MentionID: c.MentionID, Watch: "larkspur", Kind: bot.LessonLabel, Value: bot.SaysNotNegative},
		{CaseID: other.ID, MentionID: other.MentionID, Watch: "larkspur", Kind: bot.LessonTopic, Value: "price", Was: []string{"firmware", "app"}},
	} {
		l.By, l.At = agent("eve"), day(10, 12, i)
		l = must(s.SaveLesson(t.Context(), l))(t)
		l.Text = must(s.Mention(t.Context(), l.MentionID))(t).Mention.Said()
		want = append([]bot.Lesson{l}, want...)
	}
	list := func(f bot.LessonFilter) []bot.Lesson { return must(s.Lessons(t.Context(), f))(t) }
	if d := cmp.Diff(want, list(bot.LessonFilter{})); d != "" || want[0].ID <= want[1].ID || want[0].Text == "" {
		t.Fatal(d, want)
	}
	if got := list(bot.LessonFilter{CaseID: c.ID}); len(got) != 1 || got[0].ID != want[1].ID {
		t.Fatalf("of a case: %+v", got)
	}
	if err := s.UndoLesson(t.Context(), want[1].ID, agent("ada"), day(11, 9, 0)); err != nil {
		t.Fatal(err)
	}
	kind(t, s.UndoLesson(t.Context(), want[1].ID, agent("ada"), day(11, 9, 0)), bot.ErrStale)
	want[1].UndoneBy, want[1].UndoneAt = agent("ada"), day(11, 9, 0)
	if d := cmp.Diff(want[1], must(s.Lesson(t.Context(), want[1].ID))(t)); d != "" {
		t.Fatal(d)
	}
	if d := cmp.Diff(want[:1], list(bot.LessonFilter{Counting: true})); d != "" {
		t.Fatal(d)
	}
	if got := list(bot.LessonFilter{Limit: 1}); len(got) != 1 || got[0].ID != want[0].ID {
		t.Fatalf("the latest: %+v", got)
	}
	_, err := s.Lesson(t.Context(), 99)
	kind(t, err, bot.ErrNotFound)
	if err := s.SaveCaseVerdict(t.Context(), c.ID, bot.Neutral, []string{"price"}); err != nil {
		t.Fatal(err)
	}
	c.Label, c.Topics = bot.Neutral, []string{"price"}
	if d := cmp.Diff(c, must(s.Case(t.Context(), c.ID))(t), cmpopts.EquateEmpty()); d != "" {
		t.Fatal(d)
	}
}

func testAfterCommit(t *testing.T, s *Store) {
	var calls []string
	note := func(name string) func(context.Context) {
		return func(ctx context.Context) {
			if s.txOf(ctx) != nil {
				t.Errorf("%s is called inside the transaction", name)
			}
			calls = append(calls, name)
		}
	}
	s.AfterCommit(t.Context(), note("alone"))
	failed := errors.New("no")
	err := s.Transact(t.Context(), func(ctx context.Context) error {
		s.AfterCommit(ctx, note("undone"))
		return failed
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	err = s.Transact(t.Context(), func(ctx context.Context) error {
		s.AfterCommit(ctx, note("outer"))
		if len(calls) != 1 {
			t.Errorf("called before the commit: %v", calls)
		}
		return s.Transact(ctx, func(ctx context.Context) error {
			s.AfterCommit(ctx, note("inner"))
			return nil
		})
	})
	if d := cmp.Diff([]string{"alone", "outer", "inner"}, calls); err != nil || d != "" {
		t.Fatal(err, d)
	}
}
