package sourcetest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"earshot/bot"
	"earshot/bot/source/httpx"
)

// Server is the beginning of a fake service: it answers on this machine, one
// request at a time, notes what it is asked, and can be made to fail. A kind's
// test embeds it, adds what the service answers with Handle, and changes what
// the service holds inside Set. A path without a handler is not found, as at
// the service.
type Server struct {
	*httptest.Server

	mux  *http.ServeMux
	mu   sync.Mutex // of all that the service holds
	log  sync.Mutex // of what is below
	fail http.Handler
	all  []Asked
}

// Asked is one request that a Server had.
type Asked struct {
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte // its first megabyte
}

// maxAskedBody is as much of a request's body as a Server notes.
const maxAskedBody = 1 << 20

// NewServer starts a service that knows nothing yet. It ends with the test.
func NewServer(t *testing.T) *Server {
	t.Helper()
	s := &Server{mux: http.NewServeMux()}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

// Handle answers what fits pattern ("GET /api/v1/posts/{id}") by h, which runs
// as Set does: alone.
func (s *Server) Handle(pattern string, h http.HandlerFunc) { s.mux.HandleFunc(pattern, h) }

// Set changes what the service holds, while it answers nobody.
func (s *Server) Set(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

// Fail answers all requests by h from now on; nil is the service as it was. It
// is what Faulty asks for.
func (s *Server) Fail(_ *testing.T, h http.Handler) {
	s.log.Lock()
	defer s.log.Unlock()
	s.fail = h
}

// Down ends the service: nothing listens at its address any more. It is what
// Faulty asks for.
func (s *Server) Down(*testing.T) { s.Close() }

// Requests lists what was asked, the first first, also what failed by Fail.
func (s *Server) Requests() []Asked {
	s.log.Lock()
	defer s.log.Unlock()
	return slices.Clone(s.all)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAskedBody))
	if err != nil {
		http.Error(w, "the request was cut off", http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.log.Lock()
	s.all = append(s.all, Asked{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header.Clone(), Body: body})
	fail := s.fail
	s.log.Unlock()
	if fail != nil {
		fail.ServeHTTP(w, r)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mux.ServeHTTP(w, r)
}

// Bearer lets only requests through whose Authorization is "Bearer" with one of
// the tokens; all others have status 401.
func Bearer(h http.HandlerFunc, tokens ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(kind, "Bearer") || !slices.Contains(tokens, token) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			WriteJSON(w, http.StatusUnauthorized, map[string]any{"error": "The access token is invalid"})
			return
		}
		h(w, r)
	}
}

// Known lets only requests through that have no other parameters in their
// address than the names; all others have status 400.
func Known(h http.HandlerFunc, names ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for name := range r.URL.Query() {
			if !slices.Contains(names, name) {
				WriteJSON(w, http.StatusBadRequest, map[string]any{"error": "unknown parameter " + name})
				return
			}
		}
		h(w, r)
	}
}

// WriteJSON answers with a status and v as JSON.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// Lost takes the connection away before an answer: the other side cannot know
// whether its request was done.
func Lost() { panic(http.ErrAbortHandler) }

// Client is the guarded client as a source has it, which may reach this
// machine. It ends with the test.
func Client(t *testing.T) *http.Client {
	t.Helper()
	client, err := httpx.New(httpx.Options{Allow: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// Open makes a source of the driver's kind with the settings in set, which is
// what the driver's Settings points at. An env without a client has Client.
func Open[S any](t *testing.T, d bot.Driver, set S, env bot.SourceEnv) (bot.Source, error) {
	t.Helper()
	if env.HTTP == nil {
		env.HTTP = Client(t)
	}
	decode := func(into any) error {
		p, ok := into.(*S)
		if !ok {
			t.Fatalf("the kind %s decodes its settings into a %T, not into a %T", d.Kind, into, p)
		}
		*p = set
		return nil
	}
	return d.New("a "+d.Kind, decode, env)
}

// Poll reads a source from cursor until there is no more, and gives what it
// heard and where it stands then.
func Poll(t *testing.T, s bot.Source, cursor bot.Cursor) ([]bot.Mention, bot.Cursor) {
	t.Helper()
	batches, end := chain(t, s, cursor)
	return mentions(batches), end
}

// Shared is the folder of descriptions and recorded answers, which is not part
// of the project: EARSHOT_SHARED names it. Without it the test is skipped, and
// fails in CI.
func Shared(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("EARSHOT_SHARED")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("EARSHOT_SHARED must name the folder of descriptions and recorded answers")
		}
		t.Skip("EARSHOT_SHARED does not name the folder of descriptions and recorded answers")
	}
	return dir
}
