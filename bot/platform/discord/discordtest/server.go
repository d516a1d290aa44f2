// Package discordtest is a Discord for tests: the part of its HTTP API and of
// its gateway that Earshot uses, over real HTTP and a real WebSocket. Every
// request is checked against the rules of rules.go, and against Discord's own
// description of its API where that is at hand (see OpenAPI).
package discordtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The ids of the fake's world.
const (
	GuildID     = "700000000000000001"
	AppID       = "700000000000000002"
	BotID       = "700000000000000002"
	SupportID   = "700000000000000010" // #support: cards
	CommunityID = "700000000000000011" // #community: customers talk
	AnnID       = "700000000000000101"
	BobID       = "700000000000000102"
	AgentRole   = "700000000000000201"
	Token       = "bot-token"
)

// Message is a message as the server keeps it.
type Message struct {
	ID         string
	Channel    string
	Author     string // user id
	Content    string // of customers; ours have none
	Components []any
	Flags      int
	Nonce      string
	Pings      []string // ids of users and roles, "everyone"
	Files      map[string][]byte
	Deleted    bool
	Edited     bool
	Original   string // the message that a private one was an answer to
}

// Fault makes the next call to a channel fail.
type Fault struct {
	Status int    // answered instead; 0 for Lost
	Body   string // JSON; a body that begins with "<" is sent as a page
	Header map[string]string
	Lost   bool // done, and the connection broken before the answer
	Match  func(method, path string) bool
}

// Server is the fake.
type Server struct {
	t      testing.TB
	web    *httptest.Server
	Client *http.Client // reaches it; closes with the test

	mu         sync.Mutex
	next       int64
	channels   map[string]map[string]any
	messages   map[string][]*Message
	private    map[string][]*Message // by user id
	open       map[string]*Open      // modals, by user id
	turns      map[string]*turn      // interactions by token
	commands   []any
	members    map[string]map[string]any
	Faults     []Fault
	Revoked    bool
	DeniedDMs  bool
	AppFlags   int64
	VerifyKey  string
	Roles      []map[string]any
	violations []string
	requests   []string
	schema     *schema
	gate       gate
}

// New starts a fake that is closed with the test. A request that breaks a
// rule is answered as Discord does, and fails the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, next: 1, channels: map[string]map[string]any{}, messages: map[string][]*Message{}, private: map[string][]*Message{},
		open: map[string]*Open{}, turns: map[string]*turn{}, members: map[string]map[string]any{}, schema: openAPI(t), VerifyKey: strings.Repeat("ab", 32)}
	s.gate.interval = 41250
	s.AddChannel(SupportID, "support", 0, "")
	s.AddChannel(CommunityID, "community", 0, "")
	s.Roles = []map[string]any{{"id": GuildID, "permissions": "1024"}, {"id": AgentRole, "permissions": "0"}}
	s.AddMember(AnnID, "Ann")
	s.AddMember(BobID, "Bob")
	s.AddMember(BotID, "Earshot")
	s.web = httptest.NewServer(http.HandlerFunc(s.serve))
	transport := &http.Transport{}
	s.Client = &http.Client{Transport: transport}
	t.Cleanup(func() {
		s.Disconnect()
		s.web.CloseClientConnections()
		s.web.Close()
		transport.CloseIdleConnections()
		s.gate.wg.Wait()
		for _, v := range s.Violations() {
			t.Errorf("a request breaks Discord's rules: %s", v)
		}
	})
	return s
}

// URL is the API's base address.
func (s *Server) URL() string { return s.web.URL + "/api" }

// AddChannel adds a channel of a type (0 text, 11 public thread, 15 forum).
func (s *Server) AddChannel(id, name string, kind int, parent string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := map[string]any{"id": id, "name": name, "type": kind, "guild_id": GuildID, "permission_overwrites": []any{}}
	if parent != "" {
		c["parent_id"] = parent
	}
	s.channels[id] = c
}

// Overwrite sets the permission overwrites of a channel.
func (s *Server) Overwrite(id string, overwrites ...map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels[id]["permission_overwrites"] = overwrites
}

// Archive folds a thread away.
func (s *Server) Archive(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels[id]["archived"] = true
}

// RemoveChannel deletes a channel.
func (s *Server) RemoveChannel(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.channels, id)
}

// AddMember adds a person of the server.
func (s *Server) AddMember(id, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members[id] = map[string]any{"user": map[string]any{"id": id, "username": strings.ToLower(name), "global_name": name}, "roles": []string{AgentRole}}
}

// Violations lists the requests that broke a rule.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// Requests lists "METHOD /path" of all requests.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Fail makes the next matching call fail.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Faults = append(s.Faults, f)
}

// Messages are what stands in a channel or thread, oldest first.
func (s *Server) Messages(channel string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Message
	for _, m := range s.messages[channel] {
		if !m.Deleted {
			out = append(out, *m)
		}
	}
	return out
}

// Private are the messages that one person alone sees: ephemeral and direct.
func (s *Server) Private(user string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Message
	for _, m := range s.private[user] {
		if !m.Deleted {
			out = append(out, *m)
		}
	}
	return out
}

// Commands are the commands that were registered.
func (s *Server) Commands() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commands
}

// id gives the next id; s.mu is held. It grows with time, as Discord's do.
func (s *Server) id() string {
	s.next++
	return strconv.FormatInt((time.Now().UnixMilli()-1420070400000)<<22|s.next&0x3fffff, 10)
}

// arrival is the key of when a request came, before it was checked.
type arrival struct{}

// serve answers one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	r = r.WithContext(context.WithValue(r.Context(), arrival{}, time.Now()))
	path, ok := strings.CutPrefix(r.URL.Path, "/api/v10")
	if r.URL.Path == "/gateway/" {
		s.gateway(w, r)
		return
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	body, files, err := readBody(r)
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+path)
	s.mu.Unlock()
	if err != nil {
		refuse(w, 400, 50109, err.Error())
		return
	}
	if wrong := s.check(r, path, body, files); wrong != "" {
		s.mu.Lock()
		s.violations = append(s.violations, r.Method+" "+path+": "+wrong)
		s.mu.Unlock()
		refuse(w, 400, 50035, wrong)
		return
	}
	fault, failed := s.fault(r.Method, path)
	if failed && !fault.Lost {
		for k, v := range fault.Header {
			w.Header().Set(k, v)
		}
		kind := "application/json"
		if strings.HasPrefix(fault.Body, "<") {
			kind = "text/html"
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(fault.Status)
		io.WriteString(w, fault.Body)
		return
	}
	if failed {
		lost := httptest.NewRecorder()
		s.route(lost, r, path, body, files)
		if lost.Code >= 300 { // nothing happened, so nothing is lost yet
			s.Fail(fault)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(lost.Code)
			w.Write(lost.Body.Bytes())
			return
		}
		panic(http.ErrAbortHandler)
	}
	s.route(w, r, path, body, files)
}

// fault takes the first fault that matches a call.
func (s *Server) fault(method, path string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.Faults {
		if f.Match == nil && (method != http.MethodGet && strings.HasPrefix(path, "/channels/")) || f.Match != nil && f.Match(method, path) {
			s.Faults = slices.Delete(s.Faults, i, i+1)
			return f, true
		}
	}
	return Fault{}, false
}

// readBody reads JSON, or JSON with files beside it.
func readBody(r *http.Request) (map[string]any, map[string][]byte, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil || len(raw) == 0 {
		return nil, nil, err
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, nil, fmt.Errorf("content type: %w", err)
	}
	files := map[string][]byte{}
	if kind == "multipart/form-data" {
		form := multipart.NewReader(strings.NewReader(string(raw)), params["boundary"])
		raw = nil
		for {
			p, err := form.NextPart()
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, nil, err
			}
			content, err := io.ReadAll(p)
			if err != nil {
				return nil, nil, err
			}
			if p.FormName() == "payload_json" {
				raw = content
			} else {
				files[p.FormName()+" "+p.FileName()] = content
			}
		}
	}
	var list []any
	if json.Unmarshal(raw, &list) == nil {
		return map[string]any{"": list}, files, nil
	}
	var body map[string]any
	return body, files, json.Unmarshal(raw, &body)
}

// refuse answers with an error of Discord's.
func refuse(w http.ResponseWriter, status, code int, message string) {
	answer(w, status, map[string]any{"code": code, "message": message})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if v != nil {
		json.NewEncoder(w).Encode(v)
	}
}
