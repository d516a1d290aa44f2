package discord

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"earshot/bot"
	"earshot/bot/platform/discord/discordtest"
	"earshot/bot/platform/platformtest"
)

// TestComesBack breaks the connection in every way and looks that what was
// done meanwhile arrives once.
func TestComesBack(t *testing.T) {
	tests := map[string]struct {
		by      func(*discordtest.Server)
		resumed bool
	}{
		"broken":           {func(s *discordtest.Server) { s.Disconnect() }, true},
		"reconnect":        {func(s *discordtest.Server) { s.Reconnect() }, true},
		"closed":           {func(s *discordtest.Server) { s.Close(4000) }, true},
		"session over":     {func(s *discordtest.Server) { s.Invalidate() }, false},
		"session expired":  {func(s *discordtest.Server) { s.Close(4009) }, false},
		"resume forgotten": {func(s *discordtest.Server) { s.Forget(1); s.Disconnect() }, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := discordtest.New(t)
			p, desk := newPlatform(t, s, nil), platformtest.NewDesk()
			stop := running(t, p, desk)
			until(t, "connected", func() bool { return s.Connected() && p.Health().Connected })
			tt.by(s)
			until(t, "the break is noticed", func() bool { i, r := s.Connections(); return i+r > 1 })
			identified, resumed := s.Connections()
			if (resumed == 1) != tt.resumed || identified+resumed != 2 {
				t.Errorf("identified %d times, resumed %d times", identified, resumed)
			}
			until(t, "connected again", func() bool { return s.Connected() && p.Health().Connected })
			s.Command(discordtest.AnnID, discordtest.SupportID, "inbox", nil)
			until(t, "the command is handled", func() bool { return len(desk.Handled()) == 1 })
			if err := stop(); err != nil {
				t.Errorf("Run ended with %v", err)
			}
		})
	}
}

func TestResumeBringsWhatWasMissed(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	desk := platformtest.NewDesk()
	p := newPlatform(t, s, nil)
	running(t, p, desk)
	until(t, "connected", func() bool { return s.Connected() && p.Health().Connected })
	s.Disconnect()
	s.Say("700000000000000301", discordtest.CommunityID, "while you were out", false)
	until(t, "it is heard", func() bool { return len(desk.Heard()) == 1 })
}

func TestRefusedForGood(t *testing.T) {
	for code, words := range map[int]string{4004: "token", 4013: "intents", 4014: "Message Content Intent"} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			s := discordtest.New(t)
			s.CloseWith(code)
			err := newPlatform(t, s, nil).Run(t.Context(), platformtest.NewDesk())
			if bot.KindOf(err) != bot.ErrUnauthorized || !strings.Contains(bot.Told(err), words) {
				t.Errorf("Run ended with %v, want words about %s", err, words)
			}
		})
	}
}

func TestStaleConnectionIsRenewed(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	s.Heartbeat(20 * time.Millisecond)
	p := newPlatform(t, s, nil)
	p.staleAfter = 400 * time.Millisecond
	s.Deaf(true)
	running(t, p, platformtest.NewDesk())
	until(t, "a second connection", func() bool { i, r := s.Connections(); return i+r >= 2 })
	s.Deaf(false)
	until(t, "well again", func() bool { return s.Connected() && p.Health().Connected })
}

func TestLeastIntents(t *testing.T) {
	t.Parallel()
	for community, want := range map[bool]int64{false: 1<<0 | 1<<9, true: 1<<0 | 1<<9 | 1<<15} {
		s := discordtest.New(t)
		p := newPlatform(t, s, func(c *Config) {
			if !community {
				c.Community = nil
			}
		})
		running(t, p, platformtest.NewDesk())
		until(t, "connected", s.Connected)
		if got := s.Intents(); got != want {
			t.Errorf("community %v: intents %b, want %b", community, got, want)
		}
	}
}

func TestNothingIsLeftRunning(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Run("inner", func(t *testing.T) {
		s := discordtest.New(t)
		p := newPlatform(t, s, nil)
		stop := running(t, p, platformtest.NewDesk())
		until(t, "connected", func() bool { return s.Connected() && p.Health().Connected })
		s.Forget(1)
		s.Disconnect()
		until(t, "identified again", func() bool { i, _ := s.Connections(); return i == 2 })
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	goleak.VerifyNone(t, before)
}

// TestCatchesUp looks that a start reads what was said before it: the fresh as
// news, the old as history.
func TestCatchesUp(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	s.Say("700000000000000301", discordtest.CommunityID, "said before the start", false)
	desk := platformtest.NewDesk()
	p := newPlatform(t, s, nil)
	running(t, p, desk)
	until(t, "it is heard", func() bool { return len(desk.Heard()) == 1 })
	if m := desk.Heard()[0]; m.History || m.Text != "said before the start" || m.Kind != mentionKind || m.Author.Handle == "" {
		t.Errorf("heard %+v", m)
	}
	late := discordtest.New(t)
	late.Say("700000000000000301", discordtest.CommunityID, "said long ago", false)
	desk = platformtest.NewDesk()
	p = newPlatform(t, late, nil)
	p.now = func() time.Time { return time.Now().Add(freshFor + time.Minute) }
	running(t, p, desk)
	until(t, "it is heard", func() bool { return len(desk.Heard()) == 1 })
	if m := desk.Heard()[0]; !m.History {
		t.Errorf("what is old is news: %+v", m)
	}
}

func TestThreadsOfCommunityChannelsAreHeard(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	s.AddChannel("700000000000000020", "a thread", 11, discordtest.CommunityID)
	s.AddChannel("700000000000000021", "elsewhere", 0, "")
	desk := platformtest.NewDesk()
	running(t, newPlatform(t, s, nil), desk)
	until(t, "connected", s.Connected)
	s.Say("700000000000000301", "700000000000000021", "not a customer", false)
	s.Say("700000000000000301", "700000000000000020", "in a thread", false)
	s.Say(discordtest.BotID, discordtest.CommunityID, "the bot itself", false)
	s.Say("700000000000000301", discordtest.CommunityID, "in the channel", false)
	until(t, "both are heard", func() bool { return len(desk.Heard()) >= 2 })
	var heard []string // of two channels, in no order
	for _, m := range desk.Heard() {
		heard = append(heard, m.Text)
	}
	slices.Sort(heard)
	if !slices.Equal(heard, []string{"in a thread", "in the channel"}) {
		t.Errorf("heard %q", heard)
	}
}

// feed is a connection that gives what is fed to it.
type feed struct {
	net.Conn
	chunks [][]byte
	closed bool
}

func (f *feed) Close() error { f.closed = true; return nil }
func (f *feed) Read(b []byte) (int, error) {
	if len(f.chunks) == 0 {
		return 0, errors.New("end")
	}
	n := copy(b, f.chunks[0])
	if f.chunks[0] = f.chunks[0][n:]; len(f.chunks[0]) == 0 {
		f.chunks = f.chunks[1:]
	}
	return n, nil
}

// frameOf is a server's frame around a body.
func frameOf(opcode byte, body string) string {
	head := []byte{0x80 | opcode, byte(len(body))}
	if len(body) > 125 {
		head = []byte{0x80 | opcode, 126, byte(len(body) >> 8), byte(len(body))}
	}
	return string(head) + body
}

func TestGuard(t *testing.T) {
	const upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
	long := frameOf(1, `{"op":0,"t":"X","d":"`+strings.Repeat(`{"op":9}`, 500)+`"}`)
	tests := map[string]struct {
		stream string
		want   error
	}{
		"invalid session":      {upgrade + frameOf(1, `{"op":10,"d":{}}`) + frameOf(1, `{"t":null,"s":null,"op":9,"d":false}`), errInvalidSession},
		"session to resume":    {upgrade + frameOf(1, `{"op":9,"d":true}`), errReconnect},
		"reconnect after long": {upgrade + long + long + frameOf(1, `{"op":7,"d":null}`), errReconnect},
		"only text that looks": {upgrade + long + frameOf(1, `{"op":0,"d":{"op":9}}`), nil},
		"not before upgrade":   {frameOf(1, `{"op":9,"d":false}`), nil},
	}
	for name, tt := range tests {
		for _, size := range []int{1, 3, 7, 4096} {
			f := &feed{}
			for s := tt.stream; s != ""; s = s[min(size, len(s)):] {
				f.chunks = append(f.chunks, []byte(s[:min(size, len(s))]))
			}
			g := newGuard(f, time.Now)
			var err error
			for buf := make([]byte, 4096); err == nil; {
				_, err = g.Read(buf)
			}
			if tt.want == nil && (g.ended() != nil || f.closed) || tt.want != nil && (!errors.Is(err, tt.want) || !f.closed) {
				t.Errorf("%s by %d: %v, %v", name, size, err, g.ended())
			}
		}
	}
	closing := newGuard(&feed{chunks: [][]byte{[]byte(upgrade + frameOf(8, "\x0f\xaetoken"))}}, time.Now)
	if _, err := closing.Read(make([]byte, 4096)); err != nil {
		t.Fatal(err)
	}
	var c *closed
	if !errors.As(closing.ended(), &c) || c.code != 4014 || fatalClose(c) == nil {
		t.Errorf("the close code is lost: %v", closing.ended())
	}
}

func FuzzGuard(f *testing.F) {
	f.Add([]byte("x\r\n\r\n"+frameOf(1, `{"op":9,"d":false}`)), 3)
	f.Add([]byte("\r\n\r\n\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), 1)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		size = max(size%50, 1)
		in := &feed{}
		for s := stream; len(s) > 0; s = s[min(size, len(s)):] {
			in.chunks = append(in.chunks, s[:min(size, len(s))])
		}
		g := newGuard(in, time.Now)
		for buf := make([]byte, 64); ; {
			if _, err := g.Read(buf); err != nil {
				return
			}
		}
	})
}

// TestCatchingUpBringsNothingTwice looks that a new session reads only what is new.
func TestCatchingUpBringsNothingTwice(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	desk := platformtest.NewDesk()
	running(t, newPlatform(t, s, nil), desk)
	until(t, "connected", s.Connected)
	s.Say("700000000000000301", discordtest.CommunityID, "first", false)
	until(t, "it is heard", func() bool { return len(desk.Heard()) == 1 })
	s.Forget(1)
	s.Disconnect()
	s.Say("700000000000000301", discordtest.CommunityID, "while nobody listened", false)
	until(t, "the second is heard", func() bool { return len(desk.Heard()) >= 2 })
	if h := desk.Heard(); len(h) != 2 || h[1].Text != "while nobody listened" {
		t.Errorf("heard %+v", h)
	}
}
