package discord

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Operations of the gateway: docs.discord.com/developers/topics/opcodes-and-status-codes#gateway.
const (
	opReconnect      = 7
	opInvalidSession = 9
	opHeartbeatAck   = 11
)

var (
	errReconnect      = errors.New("Discord asks to connect again")
	errInvalidSession = errors.New("Discord has forgotten the session")
)

// closed is the end of a connection as Discord gave it.
type closed struct {
	code   int
	reason string
}

func (c *closed) Error() string {
	return fmt.Sprintf("Discord closed the connection: %d %s", c.code, c.reason)
}

// guard reads the gateway's connection along with discordgo, for three things
// that it does not do: it locks up for good when "invalid session" or
// "reconnect" is the first answer to a session that is resumed; it does not
// tell why a connection was closed; and it notices a dead one only after three
// minutes. On the first two operations the guard ends the connection itself,
// and whoever holds it (gateway.go) opens another.
type guard struct {
	net.Conn
	now func() time.Time

	mu      sync.Mutex
	ack     time.Time // of the last heartbeat
	why     error     // what ended it
	open    bool      // the HTTP upgrade is over
	head    []byte    // of what is not yet parsed
	skip    uint64    // bytes of an uninteresting frame to come
	pending error     // what the next Read gives
}

// maxPeek is the largest frame that is looked into, in bytes: the operations
// that matter are smaller, the events are larger.
const maxPeek = 512

func newGuard(c net.Conn, now func() time.Time) *guard {
	return &guard{Conn: c, now: now, ack: now()}
}

// Read implements net.Conn.
func (g *guard) Read(b []byte) (int, error) {
	g.mu.Lock()
	err := g.pending
	g.mu.Unlock()
	if err != nil {
		return 0, err
	}
	n, err := g.Conn.Read(b)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.watch(b[:n]); g.pending != nil {
		return 0, g.pending // what came with it is sent again when the session is resumed
	}
	return n, err
}

// acked is when the last heartbeat was answered.
func (g *guard) acked() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ack
}

// ended is why Discord ended the connection; nil when it did not say.
func (g *guard) ended() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.why
}

// watch follows the frames (RFC 6455, section 5.2) in what was read; g.mu is held.
func (g *guard) watch(b []byte) {
	for len(b) > 0 || len(g.head) > 0 {
		if g.skip > 0 {
			n := min(g.skip, uint64(len(b)))
			g.skip -= n
			if b = b[n:]; len(b) == 0 {
				return
			}
		}
		g.head = append(g.head, b...)
		b = nil
		if !g.open {
			i := bytes.Index(g.head, []byte("\r\n\r\n"))
			if i < 0 {
				return
			}
			g.open, g.head = true, g.head[i+4:]
			continue
		}
		used, size, ok := frameHead(g.head)
		if !ok {
			return
		}
		whole := uint64(used) + size
		if size > maxPeek {
			rest := g.head
			g.head = nil
			g.skip = whole
			b = rest
			continue
		}
		if uint64(len(g.head)) < whole {
			return
		}
		g.frame(g.head[0]&0x0f, g.head[used:whole])
		g.head = append([]byte(nil), g.head[whole:]...)
	}
}

// frameHead reads the length of a frame and of its head. Servers do not mask.
func frameHead(b []byte) (used int, size uint64, ok bool) {
	if len(b) < 2 {
		return 0, 0, false
	}
	switch n := b[1] & 0x7f; {
	case n < 126:
		return 2, uint64(n), true
	case n == 126 && len(b) >= 4:
		return 4, uint64(binary.BigEndian.Uint16(b[2:])), true
	case n == 127 && len(b) >= 10:
		return 10, binary.BigEndian.Uint64(b[2:]) & (1<<62 - 1), true
	}
	return 0, 0, false
}

// frame looks at a small frame; g.mu is held.
func (g *guard) frame(opcode byte, body []byte) {
	const text, closing = 1, 8
	if opcode == closing && len(body) >= 2 {
		g.why = &closed{code: int(binary.BigEndian.Uint16(body)), reason: string(body[2:])}
		return
	}
	var op struct {
		Op int             `json:"op"`
		D  json.RawMessage `json:"d"`
	}
	if opcode != text || json.Unmarshal(body, &op) != nil {
		return
	}
	switch op.Op {
	case opHeartbeatAck:
		g.ack = g.now()
	case opReconnect:
		g.end(errReconnect)
	case opInvalidSession:
		if string(op.D) == "true" { // it can still be resumed
			g.end(errReconnect)
			return
		}
		g.end(errInvalidSession)
	}
}

// end makes the connection fail before discordgo sees what asked for it:
// closing it makes the read that gorilla is in the middle of useless, too.
func (g *guard) end(why error) {
	g.why, g.pending = why, why
	g.Conn.Close()
}
