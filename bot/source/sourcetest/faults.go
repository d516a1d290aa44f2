package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

// fault is a way in which a service fails, and what that must be called.
type fault struct {
	name  string
	kinds []bot.ErrorKind
	after time.Duration // RetryAfter
	serve http.HandlerFunc
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = fmt.Fprint(w, "no")
	}
}

func faults() []fault {
	return []fault{
		{"401", []bot.ErrorKind{bot.ErrUnauthorized}, 0, status(401)},
		{"403", []bot.ErrorKind{bot.ErrUnauthorized}, 0, status(403)},
		{"404", []bot.ErrorKind{bot.ErrGone}, 0, status(404)},
		{"410", []bot.ErrorKind{bot.ErrGone}, 0, status(410)},
		{"429", []bot.ErrorKind{bot.ErrRateLimited}, 7 * time.Second, status(429, "Retry-After", "7")},
		{"500", []bot.ErrorKind{bot.ErrUnavailable}, 0, status(500)},
		{"503", []bot.ErrorKind{bot.ErrUnavailable}, 9 * time.Second, status(503, "Retry-After", "9")},
		{"truncated", []bot.ErrorKind{bot.ErrUnavailable}, 0, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			_, _ = fmt.Fprint(w, `{"cut": "off`)
		}},
		{"garbage", []bot.ErrorKind{bot.ErrUnavailable, bot.ErrInvalid}, 0, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, "\x00\x01\x02 this is nothing \xff\xfe")
		}},
		{"empty", []bot.ErrorKind{bot.ErrUnavailable, bot.ErrInvalid}, 0, func(http.ResponseWriter, *http.Request) {}},
		{"a page for people", []bot.ErrorKind{bot.ErrUnavailable, bot.ErrInvalid}, 0, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, "<!DOCTYPE html><html><body>Please log in</body></html>")
		}},
		{"dropped", []bot.ErrorKind{bot.ErrUnavailable}, 0, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	}
}

func (r suite) faults(t *testing.T) {
	rig, ok := r.open(t).(Faulty)
	if !ok {
		return // not a client of anybody
	}
	_ = rig.Say(t, items(1, 3)...)
	src := rig.Source(t)
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			rig.Fail(t, f.serve)
			_, err := src.Poll(t.Context(), "")
			judge(t, err, f)
		})
	}
	rig.Fail(t, nil)
	if batches, _ := chain(t, src, ""); len(mentions(batches)) != 3 {
		t.Error("when all is well again the items do not come")
	}
	rig.Down(t)
	_, err := src.Poll(t.Context(), "")
	judge(t, err, fault{name: "down", kinds: []bot.ErrorKind{bot.ErrUnavailable}})
}

func judge(t *testing.T, err error, f fault) {
	t.Helper()
	var e *bot.Error
	if !errors.As(err, &e) {
		t.Fatalf("%s: Poll gives %v, which is no *bot.Error", f.name, err)
	}
	if !slices.Contains(f.kinds, e.Kind) {
		t.Errorf("%s: kind %q, want one of %v (%v)", f.name, e.Kind, f.kinds, err)
	}
	if e.RetryAfter != f.after {
		t.Errorf("%s: RetryAfter %v, want %v", f.name, e.RetryAfter, f.after)
	}
	if e.Msg == "" || strings.Contains(err.Error(), Canary) {
		t.Errorf("%s: the error %q says nothing, or a secret", f.name, err)
	}
}

// Canary is a secret that a rig puts into its source's settings and its
// address's query: it may never stand in an error.
const Canary = "s3cr3t-canary"

func (r suite) hangs(t *testing.T) {
	rig, ok := r.open(t).(Faulty)
	if !ok {
		return
	}
	release := make(chan struct{})
	reached := make(chan struct{}, 8)
	rig.Fail(t, http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		reached <- struct{}{}
		select {
		case <-release:
		case <-req.Context().Done():
		}
	}))
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	src := rig.Source(t)
	go func() {
		_, err := src.Poll(ctx, "")
		ended <- err
	}()
	select {
	case <-reached:
	case <-time.After(patience):
		t.Fatal("the source does not ask the service")
	}
	cancel()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("a hanging service gives no error")
		}
	case <-time.After(patience):
		t.Error("Poll does not end with its context while the service hangs")
	}
}
