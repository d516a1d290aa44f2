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
// are opened without a card and wait in the inbox. An agent mutes for up to a
// week; longer silence is an admin's to decide.
func (s *Service) Mute(ctx context.Context, what string, until time.Time, by bot.Person) error {
	if err := s.mayMute(ctx, by, until); err != nil {
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

// longestMute is how long an agent may silence something.
const longestMute = 7 * 24 * time.Hour

// mayMute tells whether somebody may silence something until a time.
func (s *Service) mayMute(ctx context.Context, by bot.Person, until time.Time) error {
	role := s.RoleOf(ctx, by)
	if err := enough(role, bot.Agent, "mute"); err != nil {
		return err
	}
	if role < bot.Admin && until.After(s.now().Add(longestMute)) {
		return bot.Errorf(bot.ErrForbidden, "You can mute for up to a week; for longer, ask an admin. Nothing was muted.")
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
