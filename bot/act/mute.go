package act

import (
	"context"
	"fmt"
	"strings"
	"time"

	"earshot/bot"
)

// TopicKey is what a mute of a topic is called: "topic:price".
func TopicKey(topic string) string { return "topic:" + topic }

// SourceKey is what a mute of a source is called: "source:reviews".
func SourceKey(source string) string { return "source:" + source }

// Mute silences what a TopicKey, SourceKey or SpikeKey names until a time; a
// time that is past ends it. Cases of a muted source, or of muted topics alone,
// are opened without a card and wait in the inbox.
func (s *Service) Mute(ctx context.Context, what string, until time.Time, by bot.Person) error {
	if err := s.mustBe(ctx, by, bot.Admin, "mute"); err != nil {
		return err
	}
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		if err := s.st.Mute(ctx, what, until); err != nil {
			return err
		}
		return s.audit(ctx, bot.AuditEntry{By: by, Act: "mute", Target: what, After: until.UTC().Format(time.RFC3339)})
	})
	if err != nil {
		return fmt.Errorf("mute %s: %w", what, err)
	}
	return nil
}

// mutedCase says why a new case has no card: its source is muted, or every
// topic that it has; "" when nothing of that is so.
func (s *Service) mutedCase(ctx context.Context, sub Subject) (string, error) {
	muted, err := s.st.Muted(ctx)
	if err != nil || len(muted) == 0 {
		return "", err
	}
	now := s.now()
	if until := muted[SourceKey(sub.Source)]; until.After(now) {
		return s.mutedWords(s.set().Label(sub.Source), until), nil
	}
	var first time.Time // of the mutes of its topics, the one that ends first
	for _, t := range sub.Topics {
		until := muted[TopicKey(t)]
		if !until.After(now) {
			return "", nil
		}
		if first.IsZero() || until.Before(first) {
			first = until
		}
	}
	if first.IsZero() {
		return "", nil
	}
	return s.mutedWords(strings.Join(sub.Topics, ", "), first), nil
}

func (s *Service) mutedWords(what string, until time.Time) string {
	return fmt.Sprintf("%s is muted until %s", what, until.In(s.set().Zone).Format("Mon 2 Jan 15:04"))
}
