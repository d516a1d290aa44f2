package bluesky

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/tidwall/gjson"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// Streaming is a Source that also hears every post as it is written, through a
// Jetstream (docs.bsky.app/blog/jetstream).
type Streaming struct{ *Source }

// The bounds of the stream. Jetstream says that a cursor may be set back a few
// seconds for playback without gaps; the others are ours.
const (
	rewind    = 5 * time.Second
	maxEvent  = 2 << 20
	waiting   = 1024 // events between the socket and the store; a full queue slows the socket down
	together  = 100  // mentions of one batch
	gather    = 500 * time.Millisecond
	progress  = 10 * time.Second // between two cursors when nothing is heard
	pulse     = 30 * time.Second // between two pings
	naming    = 10 * time.Second // who the authors of one batch are
	dialTimed = 20 * time.Second
)

// heard is one event of the stream that matters, or only how far it has come.
type heard struct {
	at      int64 // time_us
	it      item
	edited  bool
	removed string // address of a post that was deleted
	closed  string // account that was deleted or taken down
}

// ear decides what of the stream matters. It is for one goroutine.
type ear struct {
	matches func(said string) bool
	ours    []byte // our own DID, in quotation marks or at the beginning of an address; nil without an account
	told    int64  // up to when it was told how far the stream has come
}

// unbroken is event for what strangers wrote: what breaks the reading is an item
// with an error, like what cannot be read. Nobody above would catch it.
func (e *ear) unbroken(raw []byte, log *slog.Logger) (h heard, matters bool) {
	defer func() {
		if broke := recover(); broke != nil {
			log.Error("an event could not be read", "panic", fmt.Sprint(broke), "stack", string(debug.Stack()))
			h, matters = heard{it: item{err: bot.Errorf(bot.ErrInternal, "Earshot broke down over it, which is our fault. Please report it."), raw: clip(raw)}}, true
		}
	}()
	return e.event(raw)
}

// event reads one event; false where it does not matter. What cannot be read
// comes as an item with an error.
func (e *ear) event(raw []byte) (heard, bool) {
	if !gjson.ValidBytes(raw) {
		return heard{it: item{err: bot.Errorf(bot.ErrInvalid, "It is no event of a Jetstream."), raw: clip(raw)}}, true
	}
	ev := gjson.ParseBytes(raw)
	h := heard{at: ev.Get("time_us").Int()}
	switch ev.Get("kind").Str {
	case "commit":
		if e.commit(ev, raw, &h) {
			return h, true
		}
	case "account":
		account := ev.Get("account")
		if status := account.Get("status").Str; !account.Get("active").Bool() && (status == "deleted" || status == "takendown") {
			h.closed = ev.Get("did").Str
			return h, true
		}
	}
	if h.at-e.told >= progress.Microseconds() {
		e.told = h.at
		return h, true
	}
	return heard{}, false
}

// commit reads what an author did to a post.
func (e *ear) commit(ev gjson.Result, raw []byte, h *heard) bool {
	c := ev.Get("commit")
	if c.Get("collection").Str != collection {
		return false
	}
	uri := address(ev.Get("did").Str, c.Get("rkey").Str)
	op := c.Get("operation").Str
	if op == "delete" {
		h.removed = uri
		return true
	}
	h.edited = op == "update"
	said := text.Clean(text.CutBytes(c.Get("record.text").String(), record.MaxText))
	if !h.edited && !e.matches(said) && (e.ours == nil || !bytes.Contains(raw, e.ours)) {
		return false
	}
	h.it = item{raw: clip(raw), post: postView{
		URI: uri, CID: c.Get("cid").Str, Author: profile{DID: ev.Get("did").Str}, Record: json.RawMessage(c.Get("record").Raw),
		Indexed: time.UnixMicro(h.at).UTC().Format(time.RFC3339Nano),
	}}.read()
	return true
}

func clip(raw []byte) json.RawMessage {
	return bytes.Clone(raw[:min(len(raw), 2*record.MaxRaw)])
}

// dial opens the stream, from the event at cursor where it is not 0.
func (s *Source) dial(ctx context.Context, cursor int64) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimed)
	defer cancel()
	u := s.jetstream.JoinPath("subscribe")
	q := url.Values{"wantedCollections": {collection}}
	if cursor > 0 {
		q.Set("cursor", strconv.FormatInt(cursor, 10))
	}
	u.RawQuery = q.Encode()
	client := *s.http
	client.Timeout = 0 // the stream has no end
	conn, resp, err := websocket.Dial(ctx, u.String(), &websocket.DialOptions{HTTPClient: &client})
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	if err != nil {
		return nil, s.noStream(resp, err)
	}
	conn.SetReadLimit(maxEvent)
	return conn, nil
}

func (s *Source) noStream(resp *http.Response, err error) error {
	e := &bot.Error{Kind: bot.ErrUnavailable, Msg: "The stream of " + s.jetstream.Hostname() + " cannot be heard at the moment.", Err: err}
	if resp != nil && resp.StatusCode == http.StatusNotFound {
		e.Kind, e.Msg = bot.ErrGone, "There is no Jetstream at "+s.jetstream.Hostname()+". Set jetstream to one of those that docs.bsky.app/blog/jetstream lists."
	}
	return e
}

// Stream implements bot.Streamer.
func (s *Streaming) Stream(ctx context.Context, cursor bot.Cursor, emit bot.Emit) error {
	p := parsePlace(cursor)
	from := p.Heard
	if from > 0 {
		from -= rewind.Microseconds()
	}
	conn, err := s.dial(ctx, from)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	events, ended := make(chan heard, waiting), make(chan error, 2)
	var both sync.WaitGroup
	both.Go(func() { ended <- s.hear(ctx, conn, events) })
	both.Go(func() { ended <- s.ping(ctx, conn) })
	err = s.gather(ctx, &p, events, ended, emit)
	cancel()
	_ = conn.CloseNow()
	both.Wait()
	return err
}

// hear reads the socket until it ends.
func (s *Streaming) hear(ctx context.Context, conn *websocket.Conn, events chan<- heard) error {
	e := ear{matches: s.matcher(s.name)}
	if did := s.did(); did != "" {
		e.ours = []byte(did)
	}
	for {
		_, raw, err := conn.Read(ctx)
		if err != nil {
			return s.broke(ctx, err)
		}
		h, matters := e.unbroken(raw, s.log)
		if !matters {
			continue
		}
		select {
		case events <- h:
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
	return &bot.Error{Kind: bot.ErrUnavailable, Msg: "The stream of " + s.jetstream.Hostname() + " broke off. It is taken up again where it was.", Err: err}
}

// gather hands over what is heard, a few posts at a time, and reads what only
// comes by asking now and then.
func (s *Streaming) gather(ctx context.Context, p *place, events <-chan heard, ended <-chan error, emit bot.Emit) error {
	var b bot.Batch
	flush, ask := time.NewTicker(gather), time.NewTicker(fills)
	defer flush.Stop()
	defer ask.Stop()
	marked := p.Heard
	hand := func() error {
		if len(b.Mentions)+len(b.Rejected) == 0 && p.Heard-marked < progress.Microseconds() {
			return nil
		}
		s.named(ctx, b.Mentions)
		var err error
		if b.Next, err = p.cursor(); err != nil {
			return err
		}
		if err := emit(ctx, b); err != nil {
			return fmt.Errorf("hand over what was heard: %w", err)
		}
		b, marked = bot.Batch{}, p.Heard
		return nil
	}
	for {
		var err error
		select {
		case err = <-ended:
			if ctx.Err() != nil {
				return ctx.Err()
			}
			for len(events) > 0 {
				s.hearOne(<-events, p, &b)
			}
			err = errors.Join(err, hand())
		case h := <-events:
			if s.hearOne(h, p, &b); len(b.Mentions)+len(b.Rejected) >= together {
				err = hand()
			}
		case <-flush.C:
			err = hand()
		case <-ask.C:
			if err = s.read(ctx, p, &b); err == nil {
				err = hand()
			}
		}
		if err != nil {
			return err
		}
	}
}

// hearOne takes one event into the batch.
func (s *Streaming) hearOne(h heard, p *place, b *bot.Batch) {
	p.Heard = max(p.Heard, h.at)
	switch {
	case h.removed != "":
		if i := p.find(short(h.removed)); i >= 0 {
			p.Recent = slices.Delete(p.Recent, i, i+1)
			b.Mentions = append(b.Mentions, s.withdrawn(h.removed))
		}
	case h.closed != "":
		p.Recent = slices.DeleteFunc(p.Recent, func(k known) bool {
			his := strings.HasPrefix(k.Post, h.closed+"/")
			if his {
				b.Mentions = append(b.Mentions, s.withdrawn(long(k.Post)))
			}
			return his
		})
	case h.it.raw == nil: // only how far it has come
	case h.edited && h.it.err == nil && p.find(short(h.it.post.URI)) < 0: // nobody has read it before
		if s.matcher(s.name)(s.mention(h.it).Text) {
			s.take(h.it, p, b)
		}
	default:
		s.take(h.it, p, b)
	}
}

// named looks up who the authors are: the stream knows them by their DIDs
// alone. Without an answer they stay so.
func (s *Streaming) named(ctx context.Context, mentions []bot.Mention) {
	ctx, cancel := context.WithTimeout(ctx, naming)
	defer cancel()
	var dids []string
	for _, m := range mentions {
		if d := m.Author.ExternalID; d != "" && m.Author.Handle == "" && !slices.Contains(dids, d) {
			dids = append(dids, d)
		}
	}
	authors := map[string]bot.Author{}
	for some := range slices.Chunk(dids, several) {
		var got struct {
			Profiles []profile `json:"profiles"`
		}
		if err := s.look(ctx, call{method: "app.bsky.actor.getProfiles", query: url.Values{"actors": some}}, &got); err != nil {
			s.log.Warn("authors are not looked up", "source", s.name, "error", err)
			return
		}
		for _, a := range got.Profiles {
			authors[a.DID] = s.author(a)
		}
	}
	for i, m := range mentions {
		if a, ok := authors[m.Author.ExternalID]; ok && m.Author.Handle == "" && m.Author.ExternalID != "" {
			mentions[i].Author = a
		}
	}
}
