package slack

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/platform/platformtest"
)

// fragile is a desk that breaks over what customers say, and that nobody can
// show the answers of.
type fragile struct{ *platformtest.Desk }

func (fragile) Overheard(context.Context, string, string, bot.Mention) error { panic("words") }
func (fragile) Told(context.Context, bot.Interaction)                        { panic("told") }

// TestWhatBreaksDownEndsThere: what breaks over somebody's words is not
// acknowledged, so that Slack brings it again, and takes nothing with it.
func TestWhatBreaksDownEndsThere(t *testing.T) {
	p, err := New(Config{BotToken: "xoxb-1", AppToken: "xapp-1", APIURL: "http://127.0.0.1:1/api/"}, slog.New(slog.DiscardHandler), &http.Client{Transport: nowhere{}}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	r := newDeskRun(t.Context(), p, fragile{platformtest.NewDesk()})
	acked := 0
	ack := func(any) error { acked++; return nil }
	if err := r.take(received{said: &message{User: "U1", Text: "hello", Channel: "C1", TS: "1.0"}}, ack); !errors.Is(err, errBroke) || acked != 0 {
		t.Errorf("a message that breaks the desk: %v, acknowledged %d times", err, acked)
	}
	r.desk = breaking{r.desk}
	form := bot.Interaction{ID: "1", Kind: bot.DidSubmit, Platform: Name, By: someone("U1", "Ann")}
	if err := r.take(received{did: &form}, func(any) error { panic("the acknowledgement") }); !errors.Is(err, errBroke) {
		t.Errorf("a form whose answer breaks: %v", err)
	}
	r.drain() // hangs where the work waits for ever to be told how it ended
}

// breaking is a desk whose handler breaks, too.
type breaking struct{ bot.Desk }

func (breaking) Handle(context.Context, bot.Interaction) bot.Answer { panic("handler") }

type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("nobody there")
}
