package console

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"path"
	"sync"
	"time"

	"earshot/bot"
)

//go:embed assets
var assets embed.FS

const (
	// stopFor is how long what is under way may take when the console stops.
	stopFor = 10 * time.Second
	// pingEvery tells a page that the connection lives, though nothing happens;
	// assets/live.js gives up after three of them were missed.
	pingEvery = 15 * time.Second
	// writeFor is how long one write to a page may take.
	writeFor = 30 * time.Second
)

// server answers requests for a console, bringing acts to desk.
type server struct {
	c        *Console
	desk     bot.Desk
	tries    throttle
	work     *sync.WaitGroup // acts under way
	stopping context.Context // ends when they must give up
}

// Handler serves the console without a listener of its own, for those who
// have one already. Acts go to desk. Its streams end when the request's
// context does.
func (c *Console) Handler(desk bot.Desk) http.Handler {
	return c.handler(&server{c: c, desk: desk, work: &sync.WaitGroup{}, stopping: context.Background()})
}

func (c *Console) handler(s *server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /c/{channel}", s.channel)
	mux.HandleFunc("GET /c/{channel}/{message}", s.thread)
	mux.HandleFunc("GET /side", s.side)
	mux.HandleFunc("GET /m/{message}/{image}", s.image)
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET /complete", s.complete)
	mux.HandleFunc("POST /act", s.act)
	mux.HandleFunc("POST /as", s.actAs)
	mux.HandleFunc("GET /login", s.loginPage)
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /logout", s.logout)
	mux.HandleFunc("GET /assets/{file}", s.asset)
	return s.guard(mux)
}

// Run implements bot.Platform: it serves until ctx ends, then ends the
// streams, waits for what is under way, and closes.
func (c *Console) Run(ctx context.Context, desk bot.Desk) error {
	listener := c.cfg.Listener
	if listener == nil {
		var err error
		if listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", c.cfg.Addr); err != nil {
			return &bot.Error{Kind: bot.ErrInvalid, Err: err,
				Msg: fmt.Sprintf("The console cannot listen on %s: is another Earshot running? Stop it, or choose another address.", c.cfg.Addr)}
		}
	}
	stopping, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	work := &sync.WaitGroup{}
	server := &http.Server{
		Handler:           c.handler(&server{c: c, desk: desk, work: work, stopping: stopping}),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      writeFor,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(c.log.Handler(), slog.LevelWarn),
	}
	c.started(listener.Addr().String())
	defer c.stopped()
	serve, stop := context.WithCancel(ctx)
	defer stop()
	stopped := make(chan error, 1)
	go func() {
		<-serve.Done()
		c.hub.shut()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopFor)
		defer cancel()
		defer context.AfterFunc(late, giveUp)()
		err := server.Shutdown(late)
		work.Wait()
		stopped <- err
	}()
	err := server.Serve(listener)
	stop()
	late := <-stopped
	switch {
	case !errors.Is(err, http.ErrServerClosed):
		return fmt.Errorf("serve the console: %w", err)
	case late != nil:
		return fmt.Errorf("stop the console: %w", errors.Join(late, server.Close()))
	}
	return nil
}

func (c *Console) started(addr string) {
	c.hub.reopen()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serving, c.since = true, c.now()
	if c.cfg.PublicURL == "" {
		c.base = "http://" + addr
	}
	c.log.Info("console is open", "url", c.base)
}

func (c *Console) stopped() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serving, c.since = false, c.now()
}

// events streams what happens to one page. It begins with what the page
// missed, or with "resync" when nobody knows what that is.
func (s *server) events(w http.ResponseWriter, r *http.Request) {
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		last = r.URL.Query().Get("after")
	}
	p, missed, whole := s.c.hub.open(address{person: s.who(r).Key(), tab: r.URL.Query().Get("tab")}, last)
	defer s.c.hub.close(p)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would hold the stream back
	out := stream{w: w, rc: http.NewResponseController(w), hub: s.c.hub}
	if !out.write("retry: 1000\n\n") || !whole && !out.write("id: "+s.c.hub.now()+"\nevent: resync\ndata: {}\n\n") {
		return
	}
	for _, e := range missed {
		if !out.event(e) {
			return
		}
	}
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case e, open := <-p.events:
			if !open || !out.event(e) {
				return
			}
		case <-ping.C:
			if !out.write("event: ping\ndata: {}\n\n") {
				return
			}
		}
	}
}

// stream writes server-sent events (html.spec.whatwg.org, section 9.2).
type stream struct {
	w   io.Writer
	rc  *http.ResponseController
	hub *hub
}

func (s stream) event(e event) bool {
	return s.write("id: " + s.hub.id(e.seq) + "\nevent: " + e.name + "\ndata: " + string(e.data) + "\n\n")
}

// write sends s at once; false when the page has gone.
func (s stream) write(text string) bool {
	if err := s.rc.SetWriteDeadline(time.Now().Add(writeFor)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return false
	}
	if _, err := io.WriteString(s.w, text); err != nil {
		return false
	}
	return s.rc.Flush() == nil
}

// asset serves an embedded file, checked by its digest on every load: it is
// ours, small and near, and a new version is seen at once.
func (s *server) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	body, err := fs.ReadFile(assets, "assets/"+name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	kind := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8"}[path.Ext(name)]
	if kind == "" {
		kind = mime.TypeByExtension(path.Ext(name))
	}
	w.Header().Set("Content-Type", kind)
	if _, err := w.Write(body); err != nil {
		s.c.log.DebugContext(r.Context(), "send asset", "error", err)
	}
}

// html sets a template as the answer.
func (s *server) html(w http.ResponseWriter, r *http.Request, name string, data any) {
	s.htmlStatus(w, r, http.StatusOK, name, data)
}

func (s *server) htmlStatus(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	body, err := s.c.draw.execute(name, data)
	if err != nil {
		s.c.log.ErrorContext(r.Context(), "draw page", "template", name, "error", err)
		http.Error(w, bot.Told(err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if _, err := io.WriteString(w, body); err != nil {
		s.c.log.DebugContext(r.Context(), "send page", "error", err)
	}
}

// sorry is a page that could not be made.
func (s *server) sorry(w http.ResponseWriter, r *http.Request, err error) {
	status, head := http.StatusInternalServerError, "That did not work"
	switch bot.KindOf(err) {
	case bot.ErrNotFound, bot.ErrGone:
		status, head = http.StatusNotFound, "Not here"
	case bot.ErrUnavailable:
		status = http.StatusServiceUnavailable
		s.c.log.ErrorContext(r.Context(), "make page", "path", r.URL.Path, "error", err)
	}
	s.htmlStatus(w, r, status, "sorry", loginData{Title: s.c.cfg.Title, Head: head, Error: bot.Told(err)})
}
