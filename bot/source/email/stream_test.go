package email

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

// patience bounds every wait for what is well in milliseconds.
const patience = 20 * time.Second

// listening runs a stream, and hands over what it says.
type listening struct {
	batches chan bot.Batch
	ended   chan error
	stop    context.CancelFunc
}

func stream(t *testing.T, src *Source, c bot.Cursor) *listening {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &listening{batches: make(chan bot.Batch, 100), ended: make(chan error, 1), stop: cancel}
	var once sync.WaitGroup
	once.Go(func() {
		l.ended <- src.Stream(ctx, c, func(_ context.Context, b bot.Batch) error { l.batches <- b; return nil })
	})
	t.Cleanup(func() { cancel(); once.Wait() })
	return l
}

// next waits for one mention.
func (l *listening) next(t *testing.T) (bot.Mention, bot.Cursor) {
	t.Helper()
	for {
		select {
		case b := <-l.batches:
			if len(b.Mentions) == 0 {
				continue
			}
			if len(b.Mentions) > 1 {
				t.Fatalf("%d at once", len(b.Mentions))
			}
			return b.Mentions[0], b.Next
		case err := <-l.ended:
			t.Fatalf("the stream ended: %v", err)
		case <-time.After(patience):
			t.Fatal("nothing is heard")
		}
	}
}

func item(n int) sourcetest.Item {
	return sourcetest.Item{ID: fmt.Sprint("item-", n), Text: fmt.Sprint("The kettle ", n), Author: "Ann", At: now().Add(time.Duration(n-100) * time.Second)}
}

// TestIdle: news is heard at once, and an IDLE is renewed in time without
// losing what comes meanwhile.
func TestIdle(t *testing.T) {
	p := newPost(t)
	r := &rig{p}
	src := open(t, p.settings())
	ticks := make(chan time.Time)
	asked := make(chan time.Duration, 100)
	src.timer = func(d time.Duration) <-chan time.Time { asked <- d; return ticks }
	_ = r.Say(t, item(1))
	_, c := everything(t, src, "")
	_ = r.Say(t, item(2)) // said between the poll and the stream
	l := stream(t, src, c)
	if m, _ := l.next(t); m.Text != "The kettle 2" {
		t.Errorf("%+v", m)
	}
	for n := 3; n < 8; n++ {
		if d := <-asked; d > 29*time.Minute {
			t.Errorf("an IDLE lasts %s; RFC 2177 allows 29 minutes", d)
		}
		if n%2 == 0 {
			ticks <- now() // the time is over
		}
		_ = r.Say(t, item(n))
		if m, _ := l.next(t); m.Text != fmt.Sprint("The kettle ", n) {
			t.Errorf("%+v", m)
		}
		for len(asked) > 1 {
			<-asked
		}
	}
	p.set(func() {
		if p.dials != 2 {
			t.Errorf("%d connections; a poll and a stream make two", p.dials)
		}
	})
	l.stop()
	if err := <-l.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended by %v", err)
	}
}

// TestWithoutIdle: a server that cannot tell is asked.
func TestWithoutIdle(t *testing.T) {
	p := newPostWith(t, imap.CapSet{imap.CapIMAP4rev1: {}}, nil, false)
	src := open(t, p.settings())
	ticks := make(chan time.Time)
	src.timer = func(time.Duration) <-chan time.Time { return ticks }
	l := stream(t, src, "")
	_ = (&rig{p}).Say(t, item(1))
	ticks <- now()
	if m, _ := l.next(t); m.Text != "The kettle 1" {
		t.Errorf("%+v", m)
	}
}

// TestDropDuringIdle: a lost connection ends the stream with its kind, and the
// next one goes on where it was.
func TestDropDuringIdle(t *testing.T) {
	p := newPost(t)
	set := p.settings()
	way := newCutter(t, set.Server)
	set.Server = way.addr()
	src := open(t, set)
	_ = (&rig{p}).Say(t, item(1))
	l := stream(t, src, "")
	_, c := l.next(t)
	way.cut()
	if err := <-l.ended; bot.KindOf(err) != bot.ErrUnavailable {
		t.Fatalf("a lost connection is %v", err)
	}
	_ = (&rig{p}).Say(t, item(2))
	l = stream(t, src, c)
	if m, _ := l.next(t); m.Text != "The kettle 2" {
		t.Errorf("%+v", m)
	}
}

// TestUnstoredLettersComeAgain: the cursor does not move past what was not kept.
func TestUnstoredLettersComeAgain(t *testing.T) {
	p := newPost(t)
	src := open(t, p.settings())
	_ = (&rig{p}).Say(t, item(1))
	full := errors.New("the store is full")
	if err := src.Stream(t.Context(), "", func(context.Context, bot.Batch) error { return full }); !errors.Is(err, full) {
		t.Fatal(err)
	}
	if m, _ := stream(t, src, "").next(t); m.Text != "The kettle 1" {
		t.Errorf("%+v", m)
	}
}

// TestAMailboxMadeAnew: the numbers of a folder change, and nothing is lost.
func TestAMailboxMadeAnew(t *testing.T) {
	p := newPost(t)
	src := open(t, p.settings())
	for n := range 5 {
		_ = (&rig{p}).Say(t, item(n))
	}
	before, c := everything(t, src, "")
	if err := errors.Join(p.user.Delete("INBOX"), p.user.Create("INBOX", &imap.CreateOptions{})); err != nil {
		t.Fatal(err)
	}
	old := item(0)
	old.ID, old.At = "long ago", now().AddDate(0, 0, -20)
	_ = (&rig{p}).Say(t, old, item(3), item(4), item(5))
	got, c := everything(t, src, c)
	if len(before) != 5 || len(got) != 3 || got[0].ExternalID != before[3].ExternalID || got[2].Text != "The kettle 5" {
		t.Errorf("before %d, after %+v", len(before), got)
	}
	if got, _ := everything(t, src, c); len(got) != 0 {
		t.Errorf("they came again: %+v", got)
	}
}

// TestLongHistoryIsReadInParts: with its progress, each letter once, and none
// that is older than asked for.
func TestLongHistoryIsReadInParts(t *testing.T) {
	p := newPost(t)
	src := open(t, p.settings())
	for n := range 250 {
		it := item(n)
		if n%5 == 0 {
			it.At = now().AddDate(-1, 0, 0)
		}
		_ = (&rig{p}).Say(t, it)
	}
	seen, parts, last := map[string]bool{}, 0, 0.0
	var c bot.Cursor
	for more := true; more; parts++ {
		b, err := src.Poll(t.Context(), c)
		if err != nil || b.More && b.Progress < last {
			t.Fatalf("%v, progress %f after %f", err, b.Progress, last)
		}
		for _, m := range b.Mentions {
			if seen[m.ExternalID] {
				t.Errorf("%s came twice", m.ExternalID)
			}
			seen[m.ExternalID] = true
		}
		c, more, last = b.Next, b.More, b.Progress
	}
	if len(seen) != 200 || parts < 2 {
		t.Errorf("%d letters in %d parts", len(seen), parts)
	}
}

// TestBrokenServers: whatever a server says, it is an error of its kind.
func TestBrokenServers(t *testing.T) {
	for name, tc := range map[string]struct {
		says string
		kind bot.ErrorKind
	}{
		"another service": {"HTTP/1.1 400 Bad Request\r\n\r\n", bot.ErrUnavailable},
		"bye":             {"* BYE too busy\r\n", bot.ErrUnavailable},
		"cut off":         {"* OK hel", bot.ErrUnavailable},
		"refused":         {"* OK hello\r\n%T NO [AUTHENTICATIONFAILED] no\r\n", bot.ErrUnauthorized},
		"refused plainly": {"* OK hello\r\n%T NO no\r\n", bot.ErrUnauthorized},
		"busy":            {"* OK hello\r\n%T NO [UNAVAILABLE] later\r\n", bot.ErrUnavailable},
		"limit":           {"* OK hello\r\n%T NO [LIMIT] too many\r\n", bot.ErrRateLimited},
		"no folder":       {"* OK hello\r\n%T OK in\r\n%T NO there is none\r\n", bot.ErrGone},
		"nonsense":        {"* OK hello\r\n%T OK in\r\n* 5 FETCH (((((\r\n", bot.ErrUnavailable},
		"huge number":     {"* OK hello\r\n%T OK in\r\n* 99999999999999999999 EXISTS\r\n", bot.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			set := newPost(t).settings()
			set.Server = sayer(t, tc.says)
			src := open(t, set)
			if _, err := src.Poll(t.Context(), ""); bot.KindOf(err) != tc.kind || !strings.HasSuffix(bot.Told(err), ".") || strings.Contains(err.Error(), password) {
				t.Errorf("%v, kind %s", err, bot.KindOf(err))
			}
		})
	}
	p := newPost(t)
	set := p.settings()
	set.Password = "other"
	if _, err := open(t, set).Poll(t.Context(), ""); bot.KindOf(err) != bot.ErrUnauthorized {
		t.Errorf("a wrong password: %v", err)
	}
	_ = p.imap.Close()
	if _, err := open(t, p.settings()).Poll(t.Context(), ""); bot.KindOf(err) != bot.ErrUnavailable {
		t.Errorf("nobody there: %v", err)
	}
	set.Server = "10.0.0.1:143"
	if _, err := open(t, set).Poll(t.Context(), ""); bot.KindOf(err) != bot.ErrInvalid {
		t.Errorf("a private address: %v", err)
	}
}

// sayer is a server that says lines, each "%T" after a command whose tag it
// takes, and then goes away.
func sayer(t *testing.T, says string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		for _, part := range strings.SplitAfter(says, "\r\n") {
			if strings.HasPrefix(part, "%T") {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				for strings.Contains(line, "CAPABILITY") { // the client asks when it likes
					tag, _, _ := strings.Cut(line, " ")
					_, _ = fmt.Fprintf(conn, "* CAPABILITY IMAP4rev1\r\n%s OK\r\n", tag)
					if line, err = in.ReadString('\n'); err != nil {
						return
					}
				}
				tag, _, _ := strings.Cut(line, " ")
				part = tag + part[2:]
			}
			_, _ = conn.Write([]byte(part))
		}
		// What is closed with something unread is reset, and what was said is lost.
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, in)
	})
	t.Cleanup(func() { _ = ln.Close(); all.Wait() })
	return ln.Addr().String()
}

// cutter passes connections on until it cuts them.
type cutter struct {
	ln    net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func newCutter(t *testing.T, to string) *cutter {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{ln: ln}
	var all sync.WaitGroup
	pass := func(from, to net.Conn) {
		_, _ = bufio.NewReader(from).WriteTo(to)
		_, _ = from.Close(), to.Close()
	}
	all.Go(func() {
		for {
			near, err := ln.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				return
			}
			c.mu.Lock()
			c.conns = append(c.conns, near, far)
			c.mu.Unlock()
			all.Go(func() { pass(near, far) })
			all.Go(func() { pass(far, near) })
		}
	})
	t.Cleanup(func() { _ = ln.Close(); c.cut(); all.Wait() })
	return c
}

func (c *cutter) addr() string { return c.ln.Addr().String() }

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}
