package handlers_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/handlers"
)

// severed is an inbox whose connection breaks in the instant of a commit; lost
// as well, when it cannot be asked again.
type severed struct {
	handlers.Inbox
	lost bool
}

func (s severed) SaveInteraction(ctx context.Context, in bot.Interaction) (bool, error) {
	_, err := s.Inbox.SaveInteraction(ctx, in)
	return false, errors.Join(err, errors.New("connection reset by peer"))
}

func (s severed) RefuseInteraction(ctx context.Context, in bot.Interaction, since time.Time) error {
	if s.lost {
		return errors.New("connection refused")
	}
	return s.Inbox.RefuseInteraction(ctx, in, since)
}

// TestAcceptedOrNot: who is told that nothing was done can rely on it, though
// the click was stored; where it is not certain they are told to look; what a
// person wrote to the bot comes again by itself and may still be done.
func TestAcceptedOrNot(t *testing.T) {
	for _, c := range []struct {
		name, told string
		kind       bot.InteractionKind
		lost       bool
		left       int
	}{
		{"taken back", "nothing was done", bot.DidPress, false, 0},
		{"not certain", "look whether it was done", bot.DidPress, true, 1},
		{"comes again", "tried again by itself", bot.DidMention, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			desk := handlers.New(w.deps(func(d *handlers.Deps) { d.Inbox = severed{d.Inbox, c.lost} }))
			in := bot.Interaction{ID: "1", Kind: c.kind, Platform: "slack", By: visitor("admin"), At: w.clock.Now()}
			_, err := desk.Accept(t.Context(), in)
			if err == nil || !strings.Contains(bot.Told(err), c.told) {
				t.Errorf("told %q", bot.Told(err))
			}
			left, err := w.st.UnfinishedInteractions(t.Context(), w.clock.Now().Add(time.Second))
			if err != nil || len(left) != c.left {
				t.Errorf("%d are left to be done, %v", len(left), err)
			}
		})
	}
}
