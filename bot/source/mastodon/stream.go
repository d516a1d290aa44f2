package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"earshot/bot"
	"earshot/bot/source/record"
)

// Streaming is a Source that also hears what is new at once, by a web socket
// (docs.joinmastodon.org/methods/streaming/#websocket). Asking goes on beside
// it: it fills what was missed, and reads what has no stream.
type Streaming struct{ *Source }

// The bounds of the streams; they are ours. The server pings every 30 seconds.
const (
	fills     = 5 * time.Minute // between two reads, where all has a stream
	comeBack  = 15 * time.Minute
	maxEvent  = 2 << 20
	waiting   = 256 // events between the socket and the store; a full queue slows the socket down
	together  = 100 // posts of one batch
	gather    = 250 * time.Millisecond
	pulse     = 30 * time.Second // between two pings
	dialTimed = 20 * time.Second
)

// event is what a stream tells (docs.joinmastodon.org/methods/streaming/#events).
type event struct {
	Event   string `json:"event"`
	Payload string `json:"payload"` // a post or a notification as JSON, or an id
	Error   string `json:"error"`
}

// streams tells whether there is something to hear, and a token to do it with.
func (s *Source) streams() bool {
	return s.set.Token != "" && (s.set.Stream == nil || *s.set.Stream) && slices.ContainsFunc(s.lines, func(l timeline) bool { return l.stream != "" })
}

// webAddress writes the address of a web socket as one of the web.
func webAddress(s string) string {
	if rest, ok := strings.CutPrefix(s, "ws"); ok {
		return "http" + rest
	}
	return s
}

// refusedError says that a server does not speak by web socket.
type refusedError struct{ status int }

func (e *refusedError) Error() string { return fmt.Sprintf("the server answers %d", e.status) }

// dial opens the socket. A refusedError is in the chain where the server is
// there and has no streams for us.
func (s *Source) dial(ctx context.Context) (*websocket.Conn, error) {
	s.mu.Lock()
	base := s.stream
	s.mu.Unlock()
	if base == nil {
		base = s.base
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimed)
	defer cancel()
	client := *s.http
	client.Timeout = 0 // a stream has no end
	header := http.Header{"Authorization": {"Bearer " + s.set.Token.Reveal()}}
	conn, resp, err := websocket.Dial(ctx, base.JoinPath("api/v1/streaming").String(), &websocket.DialOptions{HTTPClient: &client, HTTPHeader: header})
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	if err == nil {
		conn.SetReadLimit(maxEvent)
		return conn, nil
	}
	e := &bot.Error{Kind: bot.ErrUnavailable, Msg: "The streams of " + base.Hostname() + " cannot be heard at the moment.", Err: err}
	if resp != nil && resp.StatusCode >= 300 && resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests {
		e.Kind, e.Err = bot.ErrUnsupported, &refusedError{resp.StatusCode}
		e.Msg = base.Hostname() + " has no streams for this token; it is asked every minute. They need the scopes read:statuses and read:notifications."
	}
	return nil, e
}

// hello tries the streams.
func (s *Source) hello(ctx context.Context) error {
	conn, err := s.dial(ctx)
	if err == nil {
		_ = conn.CloseNow()
	}
	return err
}

// Stream implements bot.Streamer. Where the server has no streams for us it
// asks every minute, and tries the streams again now and then.
func (s *Streaming) Stream(ctx context.Context, cursor bot.Cursor, emit bot.Emit) error {
	p := parsePlace(cursor)
	if err := s.known(ctx); err != nil {
		return err
	}
	conn, err := s.dial(ctx)
	var refused *refusedError
	if errors.As(err, &refused) {
		s.log.Warn("no streams for this token; asking every minute", "server", s.base.Hostname(), "status", refused.status)
		within, cancel := context.WithTimeout(ctx, comeBack)
		defer cancel()
		err = s.gather(within, &p, nil, every, emit)
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			return nil
		}
		return err
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	sound := &socket{events: make(chan event, waiting), ended: make(chan error, 2)}
	var both sync.WaitGroup
	both.Go(func() { sound.ended <- s.hear(ctx, conn, sound.events) })
	both.Go(func() { sound.ended <- s.ping(ctx, conn) })
	err = s.gather(ctx, &p, sound, s.pause(), emit)
	cancel()
	_ = conn.CloseNow()
	both.Wait()
	return err
}

// socket is what two goroutines bring from it: events, and why they ended.
type socket struct {
	events chan event
	ended  chan error
}

// pause is how long not to ask while the streams are heard.
func (s *Source) pause() time.Duration {
	if slices.ContainsFunc(s.lines, func(l timeline) bool { return l.stream == "" }) {
		return every
	}
	return fills
}

// hear subscribes to all that has a stream, and reads the socket until it ends.
func (s *Streaming) hear(ctx context.Context, conn *websocket.Conn, events chan<- event) error {
	for _, l := range s.lines {
		if l.stream == "" {
			continue
		}
		ask := map[string]string{"type": "subscribe", "stream": l.stream}
		if l.tag != "" {
			ask["tag"] = l.tag
		}
		raw, err := json.Marshal(ask)
		if err != nil {
			return fmt.Errorf("write a subscription: %w", err)
		}
		if err := conn.Write(ctx, websocket.MessageText, raw); err != nil {
			return s.broke(ctx, err)
		}
	}
	for {
		_, raw, err := conn.Read(ctx)
		if err != nil {
			return s.broke(ctx, err)
		}
		var e event
		if json.Unmarshal(raw, &e) != nil {
			continue // events whose payload is no string, which are not of posts
		}
		select {
		case events <- e:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ping finds out that nobody is at the other end any more.
func (s *Streaming) ping(ctx context.Context, conn *websocket.Conn) error {
	tick := time.NewTicker(pulse)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		within, cancel := context.WithTimeout(ctx, pulse)
		err := conn.Ping(within)
		cancel()
		if err != nil {
			return s.broke(ctx, err)
		}
	}
}

func (s *Streaming) broke(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &bot.Error{Kind: bot.ErrUnavailable, Msg: "The streams of " + s.base.Hostname() + " broke off. They are taken up again, and what was said meanwhile is read.", Err: err}
}

// gather hands over what is heard, a few posts at a time, and asks now and
// then. Without a socket it asks alone.
func (s *Streaming) gather(ctx context.Context, p *place, from *socket, pause time.Duration, emit bot.Emit) error {
	if from == nil {
		from = &socket{}
	}
	var b bot.Batch
	flush, ask := time.NewTicker(gather), time.NewTicker(pause)
	defer flush.Stop()
	defer ask.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err = <-from.ended:
			for len(from.events) > 0 && ctx.Err() == nil {
				s.one(<-from.events, p, &b)
			}
			if ctx.Err() == nil {
				err = errors.Join(err, s.hand(ctx, p, &b, emit))
			}
		case e := <-from.events:
			if s.one(e, p, &b); len(b.Mentions)+len(b.Rejected) >= together {
				err = s.hand(ctx, p, &b, emit)
			}
		case <-flush.C:
			err = s.hand(ctx, p, &b, emit)
		case <-ask.C:
			for more := true; more && err == nil; {
				err = s.read(ctx, p, &b)
				if more = b.More; err == nil {
					err = s.hand(ctx, p, &b, emit)
				}
			}
		}
		if err != nil {
			return err
		}
	}
}

// hand hands a batch over to be stored, and begins another.
func (s *Streaming) hand(ctx context.Context, p *place, b *bot.Batch, emit bot.Emit) error {
	if len(b.Mentions)+len(b.Rejected) == 0 {
		return nil
	}
	var err error
	if b.Next, err = p.cursor(); err != nil {
		return err
	}
	b.More = false
	if err := emit(ctx, *b); err != nil {
		return fmt.Errorf("hand over what was heard: %w", err)
	}
	*b = bot.Batch{}
	return nil
}

// one takes one event into the batch.
func (s *Streaming) one(e event, p *place, b *bot.Batch) {
	raw := json.RawMessage(e.Payload)
	switch {
	case e.Error != "":
		s.log.Warn("the streaming interface refuses something", "server", s.base.Hostname(), "error", line(e.Error, 200))
	case e.Event == "update":
		s.take(readItem(raw, false), p, b)
	case e.Event == "notification":
		var note struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(raw, &note) != nil || note.Type == "mention" {
			s.take(readItem(raw, true), p, b)
		}
	case e.Event == "status.update":
		s.edited(readItem(raw, false), p, b)
	case e.Event == "delete":
		id := number(e.Payload)
		if i := slices.IndexFunc(p.Recent, func(k known) bool { return k.ID == id }); id != "" && i >= 0 {
			p.Recent = slices.Delete(p.Recent, i, i+1)
			b.Mentions = append(b.Mentions, s.withdrawn(id))
		}
	}
}

// edited takes a post that has other words now; one that nobody has read
// before is new.
func (s *Streaming) edited(it item, p *place, b *bot.Batch) {
	if it.err != nil {
		b.Rejected = append(b.Rejected, record.Rejected(it.where(s.base.Hostname()), it.err, string(it.raw), s.now()))
		return
	}
	i := slices.IndexFunc(p.Recent, func(k known) bool { return k.ID == it.post.ID })
	switch {
	case i < 0:
		s.take(it, p, b)
	case p.Recent[i].Edited != it.post.Edited:
		p.Recent[i].Edited = it.post.Edited
		b.Mentions = append(b.Mentions, s.mention(it.post))
	}
}
