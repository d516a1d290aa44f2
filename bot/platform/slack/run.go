package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"earshot/bot"
)

const (
	// maxEnvelope is the largest message that is read from the socket: Slack's
	// payloads stay far below it.
	maxEnvelope = 4 << 20
	// pingEvery is how long Slack may be silent before the socket is taken for
	// dead and opened anew: it pings more often.
	pingEvery = 30 * time.Second
	// eventQueue is how many events of channels wait to be kept; those beyond
	// it are not acknowledged and come again.
	eventQueue = 256
	// Between two attempts to connect, at least and at most.
	retryFirst, retryMost = time.Second, 10 * time.Second
	// slack-go waits twice as long after each failure, up to five minutes. Above
	// this it is begun anew: people press buttons as soon as Slack is back.
	backoffMost = 5 * time.Second
)

// Run implements bot.Platform. It ends with an Error of kind ErrUnauthorized
// when Slack refuses the tokens for good.
func (p *Platform) Run(ctx context.Context, desk bot.Desk) error {
	defer p.connected(false, "not running")
	if err := p.introduce(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	r := newDeskRun(working, p, desk)
	var err error
	if p.cfg.Mode == ModeHTTP {
		err = p.listen(ctx, r)
	} else {
		err = p.supervise(ctx, r)
	}
	end := time.AfterFunc(drainWithin, stop)
	defer end.Stop()
	r.drain()
	return err
}

// introduce asks who we are until Slack answers. It gives an error only when
// no retry mends it.
func (p *Platform) introduce(ctx context.Context) error {
	for pause := retryFirst; ctx.Err() == nil; pause = min(2*pause, retryMost) {
		_, err := p.whoami(ctx)
		if err == nil {
			return nil
		}
		if bot.KindOf(err) == bot.ErrUnauthorized {
			p.connected(false, bot.Told(err))
			return err
		}
		p.log.Warn("slack not reached", "error", err)
		p.connected(false, bot.Told(err))
		rest(ctx, pause)
	}
	return nil
}

// listen serves Handler until ctx ends.
func (p *Platform) listen(ctx context.Context, r *deskRun) error {
	p.desk.Store(r)
	defer p.desk.Store(nil)
	p.connected(true, "")
	select {
	case <-ctx.Done():
		return nil
	case <-r.gone:
		return removed()
	}
}

func removed() error {
	return bot.Errorf(bot.ErrUnauthorized, "The app was removed from Slack, or its token revoked. Install it again under “OAuth & Permissions” and put the new token in.")
}

// supervise keeps a socket open until ctx ends or the tokens are refused.
// slack-go reconnects by itself; what it gives up on is begun anew here.
func (p *Platform) supervise(ctx context.Context, r *deskRun) error {
	for pause := retryFirst; ; pause = min(2*pause, retryMost) {
		err := p.socket(ctx, r)
		select {
		case <-r.gone:
			return removed()
		default:
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the end of ctx is why it stopped
		}
		if refusedToken(err) {
			p.connected(false, "Slack refuses the app token")
			return &bot.Error{Kind: bot.ErrUnauthorized, Err: fmt.Errorf("apps.connections.open: %w", bare(err)),
				Msg: "Slack refuses the app token. Make a new one under “Basic Information”, “App-Level Tokens”, with the scope connections:write, and put it where slack.app_token takes it from."}
		}
		p.log.Warn("socket ended", "error", bare(errOr(err)))
		p.connected(false, "Slack's connection ended; it is opened again")
		rest(ctx, pause)
	}
}

func errOr(err error) error {
	if err == nil {
		return errors.New("no reason given")
	}
	return err
}

// refusedToken tells whether apps.connections.open will never work with this
// token (docs.slack.dev/reference/methods/apps.connections.open#errors).
func refusedToken(err error) bool {
	if err == nil {
		return false
	}
	switch err.Error() {
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "not_allowed_token_type", "missing_scope":
		return true
	}
	var status slack.StatusCodeError
	return errors.As(err, &status) && status.Code == http.StatusNotFound
}

// socket runs one Socket Mode client, and reads what it gives.
func (p *Platform) socket(ctx context.Context, r *deskRun) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client := socketmode.New(p.api, socketmode.OptionPingInterval(pingEvery), socketmode.OptionReadLimit(maxEnvelope), socketmode.OptionLog(quiet{}))
	in := &inlet{p: p, r: r, client: client, events: make(chan envelope, eventQueue), ctx: ctx, giveUp: cancel}
	done := make(chan struct{}, 2)
	go func() { in.read(); done <- struct{}{} }()
	go func() { in.keep(); done <- struct{}{} }()
	go func() {
		select {
		case <-r.gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	err := client.RunContext(ctx)
	cancel()
	<-done
	<-done
	return err
}

// inlet reads one socket. It never waits: while it does, slack-go answers no
// ping and Slack takes us for dead.
type inlet struct {
	p      *Platform
	r      *deskRun
	client *socketmode.Client
	events chan envelope
	ctx    context.Context
	giveUp func() // ends the client: its next attempt is too far away
}

// envelope is what came in one message of the socket, understood.
type envelope struct {
	id  string
	got received
}

// read sorts what comes: customers' messages go to keep in their order, what
// people do is taken at once.
func (in *inlet) read() {
	for {
		select {
		case <-in.ctx.Done():
			return
		case e := <-in.client.Events:
			in.event(e)
		}
	}
}

func (in *inlet) event(e socketmode.Event) {
	switch e.Type {
	case socketmode.EventTypeConnected:
		in.p.connected(true, "")
	case socketmode.EventTypeConnecting:
		in.p.connected(false, "Slack's connection is being opened")
	case socketmode.EventTypeConnectionError:
		in.p.connected(false, "Slack cannot be reached; it is tried again by itself")
		if e, ok := e.Data.(*slack.ConnectionErrorEvent); ok && e.Backoff > backoffMost {
			in.giveUp()
		}
	case socketmode.EventTypeErrorWriteFailed:
		in.p.log.Warn("acknowledgement lost, slack delivers again")
	case socketmode.EventTypeErrorBadMessage:
		if bad, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
			in.odd(*bad)
		}
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand:
		if e.Request != nil {
			in.request(*e.Request)
		}
	}
}

// odd takes what slack-go could not read with ours, which reads less of it.
func (in *inlet) odd(bad socketmode.ErrorBadMessage) {
	var req socketmode.Request
	if err := json.Unmarshal(bad.Message, &req); err != nil || req.EnvelopeID == "" {
		in.p.log.Warn("message of the socket not read", "error", bad.Cause)
		return
	}
	in.request(req)
}

func (in *inlet) request(req socketmode.Request) {
	e := envelope{id: req.EnvelopeID, got: in.r.read(req.Type, req.Payload)}
	if e.got.said == nil {
		if in.r.enter() {
			go func() {
				defer in.r.wg.Done()
				in.take(e)
			}()
		}
		return
	}
	select {
	case in.events <- e:
	default:
		in.p.log.Warn("too many messages wait, slack delivers again")
	}
}

// keep takes customers' messages one after the other.
func (in *inlet) keep() {
	for {
		select {
		case <-in.ctx.Done():
			return
		case e := <-in.events:
			in.take(e)
		}
	}
}

func (in *inlet) take(e envelope) {
	err := in.r.take(e.got, func(answer any) error {
		ctx, cancel := context.WithTimeout(in.ctx, ackWithin)
		defer cancel()
		if err := in.client.AckCtx(ctx, e.id, answer); err != nil {
			return fmt.Errorf("acknowledge: %w", err)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnding) {
		in.p.log.Error("not taken, slack delivers again", "error", err)
	}
}
