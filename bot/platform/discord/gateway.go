package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"crypto/tls"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"earshot/bot"
)

const (
	// staleAfter is how long heartbeats may go unanswered: Discord asks for one
	// in about 41 seconds, so two in a row were lost.
	staleAfter = 100 * time.Second
	// openWithin is how long a connection may take to be ready.
	openWithin = 30 * time.Second
	// longestPause is the most between two tries to connect.
	longestPause = 2 * time.Minute
	// steadyAfter is how long a connection must hold for the next pause to be short.
	steadyAfter = time.Minute
)

// Intents: docs.discord.com/developers/topics/gateway#gateway-intents.
// intents are the least that do the work: messages for "@earshot claim" (those
// that name the bot come with their text), and the text of all others only
// where customers talk.
func (c Config) intents() discordgo.Intent {
	in := discordgo.IntentsGuilds | discordgo.IntentsGuildMessages
	if len(c.Community) > 0 {
		in |= discordgo.IntentMessageContent
	}
	return in
}

// gateway holds a connection until ctx ends or Discord refuses the bot. work is
// the context for what comes in.
func (p *Platform) gateway(ctx, work context.Context) error {
	talkDone := make(chan struct{})
	talkCtx, stopTalk := context.WithCancel(work)
	p.talk.open()
	go func() { defer close(talkDone); p.listen(talkCtx) }()
	defer func() { p.talk.close(); waitFor(talkDone, drainFor); stopTalk(); <-talkDone }()
	var s *discordgo.Session
	wait := time.Second
	for ctx.Err() == nil {
		if s == nil {
			fresh, err := p.session(ctx)
			if err != nil {
				return err
			}
			s = fresh
		}
		began := p.now()
		err := p.hold(ctx, work, s)
		if ctx.Err() != nil {
			return nil
		}
		if fatal := fatalClose(err); fatal != nil {
			return fatal
		}
		if forgotten(err) {
			s = nil
		}
		if p.now().Sub(began) > steadyAfter || errors.Is(err, errReconnect) {
			wait = time.Second
		}
		p.connected(false, "The connection to Discord broke; it is tried again by itself.")
		p.log.WarnContext(ctx, "discord: connection ended", "error", err, "resume", s != nil, "again_in", wait)
		pause(ctx, wait/2+rand.N(wait))
		wait = min(2*wait, longestPause)
	}
	return nil
}

// waitFor waits for done, but not longer than d.
func waitFor(done <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
}

// session makes a session that has not connected yet. Its calls end with ctx.
func (p *Platform) session(ctx context.Context) (*discordgo.Session, error) {
	client := *p.web
	client.Transport = ending{ctx: ctx, base: p.web.Transport}
	s, err := newSession(p.cfg.Token.Reveal(), &client)
	if err != nil {
		return nil, err
	}
	s.Identify.Intents = p.cfg.intents()
	return s, nil
}

// ending ends calls with a context that discordgo does not take.
type ending struct {
	ctx  context.Context
	base http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (e ending) RoundTrip(r *http.Request) (*http.Response, error) {
	return e.base.RoundTrip(r.WithContext(e.ctx))
}

// hold opens one connection and keeps it until it ends; the error says why.
func (p *Platform) hold(ctx, work context.Context, s *discordgo.Session) error {
	link := &link{now: p.now}
	s.Dialer = link.dialer(ctx)
	gone := make(chan struct{}, 1)
	defer s.AddHandler(func(_ *discordgo.Session, _ *discordgo.Disconnect) {
		select {
		case gone <- struct{}{}:
		default:
		}
	})()
	defer s.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) { p.event(work, e) })()
	cut := context.AfterFunc(ctx, link.cut)
	defer cut()
	tooLong := time.AfterFunc(openWithin, link.cut)
	err := s.Open()
	tooLong.Stop()
	if err != nil {
		return link.reason(fmt.Errorf("open the gateway: %w", err))
	}
	cut()
	defer s.Close()
	p.connected(true, "")
	p.log.InfoContext(ctx, "discord: connected")
	probe := time.NewTicker(max(p.staleAfter/10, time.Millisecond))
	defer probe.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-gone:
			return link.reason(errors.New("the connection broke"))
		case <-probe.C:
			if silent := p.now().Sub(link.acked()); silent > p.staleAfter {
				link.cut()
				return fmt.Errorf("Discord has not answered a heartbeat for %s", silent.Round(time.Second))
			}
		}
	}
}

// link is the connection that a session dials.
type link struct {
	now func() time.Time
	mu  sync.Mutex
	g   *guard
	off bool
}

// dialer dials for a session, with a guard on the connection. A proxy from the
// environment is used as for every other call.
func (l *link) dialer(ctx context.Context) *websocket.Dialer {
	plain := func(_ context.Context, network, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{Timeout: 15 * time.Second}).DialContext(ctx, network, addr)
		return l.watch(c, err)
	}
	secure := func(_ context.Context, network, addr string) (net.Conn, error) {
		c, err := tunnel(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			c.Close()
			return nil, err
		}
		t := tls.Client(c, &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
		if err := t.HandshakeContext(ctx); err != nil {
			c.Close()
			return nil, err
		}
		return l.watch(t, nil)
	}
	return &websocket.Dialer{NetDialContext: plain, NetDialTLSContext: secure, HandshakeTimeout: 15 * time.Second}
}

func (l *link) watch(c net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	g := newGuard(c, l.now)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.g = g
	if l.off {
		g.Close()
	}
	return g, nil
}

// cut ends the connection under the session.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.off = true
	if l.g != nil {
		l.g.Close()
	}
}

func (l *link) acked() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.g.acked()
}

// reason is what Discord said when it ended the connection, else err.
func (l *link) reason(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.g != nil {
		if why := l.g.ended(); why != nil {
			return why
		}
	}
	return err
}

// forgotten tells whether a session cannot be resumed: docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes.
func forgotten(err error) bool {
	var c *closed
	return errors.Is(err, errInvalidSession) || errors.As(err, &c) && slices.Contains([]int{1000, 1001, 4003, 4007, 4009}, c.code)
}

// fatalClose is the error for an end after which trying again is useless.
func fatalClose(err error) error {
	var c *closed
	if !errors.As(err, &c) {
		if bot.KindOf(err) == bot.ErrUnauthorized {
			return err
		}
		return nil
	}
	msg := map[int]string{
		4004: "Discord refuses the bot's token. Make a new one in the Developer Portal under Bot, Reset Token, and put it where the configuration reads it.",
		4010: "Discord refuses the shard; this bot needs none. Please report it.",
		4011: "The bot is on too many servers for one connection. Make an application for this server alone.",
		4012: "Discord no longer speaks this version of its gateway. Update Earshot.",
		4013: "Discord does not know the intents that were asked for. Please report it.",
		4014: "Discord does not let the bot read messages. Switch on Message Content Intent in the Developer Portal under Bot, Privileged Gateway Intents, or remove the community channels.",
	}[c.code]
	if msg == "" {
		return nil
	}
	return &bot.Error{Kind: bot.ErrUnauthorized, Msg: msg, Err: err}
}

// event takes an event of the gateway, in order. It never panics and does not
// wait: discordgo reads nothing while it runs.
func (p *Platform) event(ctx context.Context, e *discordgo.Event) {
	defer func() {
		if r := recover(); r != nil {
			p.log.ErrorContext(ctx, "discord: an event broke", "panic", fmt.Sprint(r), "event", e.Type, "stack", string(debug.Stack()))
		}
	}()
	p.heard()
	switch {
	case e.Type == "READY":
		p.ready(e.RawData)
	case e.Type == "INTERACTION_CREATE":
		var raw payload
		if err := json.Unmarshal(e.RawData, &raw); err != nil {
			p.log.ErrorContext(ctx, "discord: an interaction could not be read", "error", err)
			return
		}
		p.work.start(func() {
			ctx, cancel := context.WithTimeout(ctx, tokenLife)
			defer cancel()
			p.take(ctx, raw, callback{api: p.api, raw: raw})
		})
	case strings.HasPrefix(e.Type, "MESSAGE_"):
		p.talk.put(talkEvent{kind: e.Type, raw: slices.Clone(e.RawData)})
	}
}

// ready notes who we are, and has what was said meanwhile read.
func (p *Platform) ready(raw json.RawMessage) {
	var r struct {
		User user `json:"user"`
	}
	if json.Unmarshal(raw, &r) == nil && r.User.ID != "" {
		p.mu.Lock()
		p.me = r.User
		p.mu.Unlock()
	}
	p.talk.put(talkEvent{kind: catchUp})
}
