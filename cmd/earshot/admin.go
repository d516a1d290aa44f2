package main

import (
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"net/http/pprof"
	"strings"

	"earshot/bot/vital"
)

// health is what /livez and /readyz answer.
type health struct {
	OK      bool           `json:"ok"`
	Reasons []vital.Reason `json:"reasons,omitempty"`
}

// livez tells that the process answers.
func (w *watch) livez(rw http.ResponseWriter, _ *http.Request) { tellHealth(rw, health{OK: true}) }

// readyz tells whether work can be given to the bot, and why not.
func (w *watch) readyz(rw http.ResponseWriter, r *http.Request) {
	ok, reasons := vital.Ready(w.signs(r.Context()), vital.Limits{})
	tellHealth(rw, health{OK: ok, Reasons: reasons})
}

func tellHealth(rw http.ResponseWriter, h health) {
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Cache-Control", "no-store")
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	if !h.OK {
		rw.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(rw).Encode(h) // who asked has gone; there is nobody to tell
}

// admin is what the operator looks at: health for everybody who can reach it,
// figures and profiles for who has the token, where there is one.
func (a *app) admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", a.watch.livez)
	mux.HandleFunc("GET /readyz", a.watch.readyz)
	guarded := func(pattern string, h http.Handler) { mux.Handle("GET "+pattern, a.withToken(h)) }
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(rw, "/livez /readyz /metrics /debug/pprof/\n\n"+a.watch.meter.Table()) // who asked may have gone
	})
	guarded("/metrics", a.watch.meter.Handler())
	guarded("/debug/pprof/", http.HandlerFunc(pprof.Index))
	guarded("/debug/pprof/cmdline", http.NotFoundHandler()) // arguments may name what is nobody's business
	guarded("/debug/pprof/profile", http.HandlerFunc(pprof.Profile))
	guarded("/debug/pprof/symbol", http.HandlerFunc(pprof.Symbol))
	guarded("/debug/pprof/trace", http.HandlerFunc(pprof.Trace))
	return mux
}

// withToken lets in who has the token of the configuration. Where it has none
// the address is on loopback, and who names it as such is let in: a web page
// that has its own name lead to loopback (DNS rebinding) is not.
func (a *app) withToken(h http.Handler) http.Handler {
	want := a.cfg.Admin.Token.Reveal()
	if want == "" {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if !loopback(r.Host) {
				http.Error(rw, "ask by the address of this machine", http.StatusForbidden)
				return
			}
			h.ServeHTTP(rw, r)
		})
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		got, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
			rw.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(rw, "the token is needed", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(rw, r)
	})
}
