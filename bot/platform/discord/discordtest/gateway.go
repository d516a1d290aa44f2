package discordtest

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// gate is the gateway: one connection at a time, and what was sent on it.
type gate struct {
	wg       sync.WaitGroup
	interval int // of heartbeats, milliseconds
	mu       sync.Mutex
	conn     *websocket.Conn
	seq      int64
	session  int
	sent     []event // for a session that is resumed
	ready    chan struct{}

	identified int
	resumed    int
	intents    int64
	deaf       bool // answers no heartbeat
	refuse     int  // close code in place of READY
	forget     int  // how many resumes are answered with "invalid session"
}

type event struct {
	Op int             `json:"op"`
	T  string          `json:"t,omitempty"`
	S  int64           `json:"s,omitempty"`
	D  json.RawMessage `json:"d"`
}

// Connections tells how often a bot identified itself and how often it resumed.
func (s *Server) Connections() (identified, resumed int) {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	return s.gate.identified, s.gate.resumed
}

// Intents are those of the last bot that identified itself.
func (s *Server) Intents() int64 {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	return s.gate.intents
}

// Heartbeat sets how often heartbeats are asked for.
func (s *Server) Heartbeat(every time.Duration) {
	s.gate.set(func() { s.gate.interval = int(every.Milliseconds()) })
}

// Deaf makes the gateway answer no heartbeat.
func (s *Server) Deaf(on bool) { s.gate.set(func() { s.gate.deaf = on }) }

// CloseWith makes the gateway close a connection with a code where it would be ready.
func (s *Server) CloseWith(code int) { s.gate.set(func() { s.gate.refuse = code }) }

// Forget makes the gateway answer the next n resumes with "invalid session".
func (s *Server) Forget(n int) { s.gate.set(func() { s.gate.forget = n }) }

func (g *gate) set(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f()
}

// Connected tells whether a bot is connected and ready.
func (s *Server) Connected() bool {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	return s.gate.conn != nil && s.gate.ready == nil
}

// Disconnect breaks the connection without a word.
func (s *Server) Disconnect() {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	if s.gate.conn != nil {
		s.gate.conn.NetConn().Close()
		s.gate.conn = nil
	}
}

// Reconnect asks the bot to connect again.
func (s *Server) Reconnect() { s.gate.write(event{Op: 7, D: json.RawMessage("null")}) }

// Invalidate tells the bot that its session is over.
func (s *Server) Invalidate() { s.gate.write(event{Op: 9, D: json.RawMessage("false")}) }

// Close closes the connection with a code.
func (s *Server) Close(code int) {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	if s.gate.conn != nil {
		s.gate.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, "bye"), time.Now().Add(time.Second))
	}
}

func (g *gate) write(e event) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.conn != nil {
		g.conn.WriteJSON(e)
	}
}

// Dispatch sends an event; where nobody is connected it is kept for a resume.
func (s *Server) Dispatch(kind string, data any) {
	g := &s.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seq++
	e := event{T: kind, S: g.seq, D: encode(data)}
	g.sent = append(g.sent, e)
	if g.conn != nil && g.ready == nil {
		g.conn.WriteJSON(e)
	}
}

// gateway serves one connection until it ends.
func (s *Server) gateway(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{}
	c, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	g := &s.gate
	g.wg.Add(1)
	defer g.wg.Done()
	defer c.Close()
	g.mu.Lock()
	g.conn, g.ready = c, make(chan struct{})
	c.WriteJSON(event{Op: 10, D: encode(map[string]any{"heartbeat_interval": g.interval})})
	g.mu.Unlock()
	for {
		var e event
		if err := c.ReadJSON(&e); err != nil {
			break
		}
		if !s.operation(c, e) {
			break
		}
	}
	g.set(func() {
		if g.conn == c {
			g.conn = nil
		}
	})
}

// operation answers what a bot sent; false when the connection is over.
func (s *Server) operation(c *websocket.Conn, e event) bool {
	g := &s.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	switch e.Op {
	case 1:
		if !g.deaf {
			c.WriteJSON(event{Op: 11, D: json.RawMessage("null")})
		}
	case 2:
		return s.identify(c, e)
	case 6:
		return s.resume(c, e)
	}
	return true
}

func (s *Server) identify(c *websocket.Conn, e event) bool {
	g := &s.gate
	var d struct {
		Token   string `json:"token"`
		Intents int64  `json:"intents"`
	}
	json.Unmarshal(e.D, &d)
	code := g.refuse
	if d.Token != "Bot "+Token && d.Token != Token || s.revoked() {
		code = 4004
	}
	if code != 0 {
		c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, "refused"), time.Now().Add(time.Second))
		return false
	}
	g.identified++
	g.intents, g.seq, g.sent = d.Intents, 1, nil
	g.session++
	c.WriteJSON(event{T: "READY", S: 1, D: encode(map[string]any{"v": 9, "session_id": g.name(), "resume_gateway_url": "ws://" + s.web.Listener.Addr().String() + "/gateway/",
		"user": map[string]any{"id": BotID, "username": "earshot", "bot": true}, "guilds": []any{map[string]any{"id": GuildID, "unavailable": true}}, "application": map[string]any{"id": AppID}})})
	g.ready = nil
	return true
}

func (g *gate) name() string { return "session-" + string(rune('a'+g.session%26)) }

func (s *Server) revoked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Revoked
}

func (s *Server) resume(c *websocket.Conn, e event) bool {
	g := &s.gate
	var d struct {
		Session string `json:"session_id"`
		Seq     int64  `json:"seq"`
	}
	json.Unmarshal(e.D, &d)
	if g.forget > 0 || d.Session != g.name() {
		g.forget = max(g.forget-1, 0)
		c.WriteJSON(event{Op: 9, D: json.RawMessage("false")})
		return true
	}
	g.resumed++
	g.seq++
	for _, old := range g.sent {
		if old.S > d.Seq {
			c.WriteJSON(old)
		}
	}
	c.WriteJSON(event{T: "RESUMED", S: g.seq, D: json.RawMessage("{}")})
	g.ready = nil
	return true
}
