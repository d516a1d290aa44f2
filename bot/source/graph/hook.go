package graph

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"earshot/bot"
)

// Change is one thing that a webhook tells.
type Change struct {
	Object string          // page, instagram
	Entry  string          // id of the page or account
	At     time.Time       // when it was sent
	Field  string          // feed, mention, ratings; comments, mentions
	Value  json.RawMessage // what is told, in a form of the field's own
}

// Hooked is a source that is told of news by Meta's webhooks, and polls beside
// them for what they do not tell. It implements bot.Endpoint but for the
// answers, which are its source's.
type Hooked struct {
	bot.Source // what is polled
	Client     *Client
	Log        *slog.Logger
	Every      time.Duration // between polls while the webhook is open
	// Heard gives what a change says. An error means that Meta is to send it
	// again.
	Heard func(ctx context.Context, c Change) (bot.Batch, error)

	mu     sync.Mutex
	emit   bot.Emit // set while Stream runs
	active sync.WaitGroup
	busy   chan struct{} // a place for each request that is being worked on
	once   sync.Once
}

// Our bounds of a webhook. Meta sends up to 1,000 changes at once
// (developers.facebook.com/docs/graph-api/webhooks/getting-started).
const (
	maxHook    = 4 << 20
	maxChanges = 1000
	atOnce     = 8
	tries      = 3 // polls in a row that fail until the runner is told
)

// Path implements bot.Endpoint.
func (h *Hooked) Path() string { return h.Client.set.Path }

// Stream implements bot.Streamer: webhooks are taken until ctx ends, and the
// source is polled beside them.
func (h *Hooked) Stream(ctx context.Context, cursor bot.Cursor, emit bot.Emit) error {
	h.mu.Lock()
	h.emit = emit
	h.mu.Unlock()
	defer h.active.Wait()
	defer func() {
		h.mu.Lock()
		h.emit = nil
		h.mu.Unlock()
	}()
	tick := time.NewTicker(h.Every)
	defer tick.Stop()
	for failed := 0; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		next, err := h.poll(ctx, cursor, emit)
		cursor = next
		switch kind := bot.KindOf(err); {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			failed = 0
		case kind != bot.ErrUnavailable && kind != bot.ErrRateLimited:
			return err
		default: // the webhook stays open meanwhile
			if failed++; failed >= tries {
				return err
			}
			h.Log.Warn("source not polled", "error_kind", string(kind), "error", err)
		}
	}
}

// poll hands over all that is new since cursor, and gives the place behind it.
func (h *Hooked) poll(ctx context.Context, cursor bot.Cursor, emit bot.Emit) (bot.Cursor, error) {
	for {
		b, err := h.Poll(ctx, cursor)
		if err != nil {
			return cursor, err
		}
		if err := emit(ctx, b); err != nil {
			return cursor, err
		}
		more := b.More && b.Next != cursor
		if b.Next != "" {
			cursor = b.Next
		}
		if !more {
			return cursor, nil
		}
	}
}

// enter gives what stores a batch, and counts the request as under way; nil
// while the source is not being listened to.
func (h *Hooked) enter() bot.Emit {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.emit != nil {
		h.active.Add(1)
	}
	return h.emit
}

// ServeHTTP takes Meta's requests. A GET is the question whether the endpoint
// is ours, which is answered with its challenge. A POST is answered 200 once
// all that it tells is stored; 401 for a signature that is not right; 405, 413;
// and 503 when it could not be stored, so that Meta sends it again, which it
// does for 36 hours.
func (h *Hooked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		h.challenge(w, r)
		return
	case http.MethodPost:
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "Send it by POST.", http.StatusMethodNotAllowed)
		return
	}
	h.once.Do(func() { h.busy = make(chan struct{}, atOnce) })
	select {
	case h.busy <- struct{}{}:
		defer func() { <-h.busy }()
	case <-r.Context().Done():
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHook))
	if err != nil {
		http.Error(w, "The request is too large, or broke off.", http.StatusRequestEntityTooLarge)
		return
	}
	if !h.signed(r.Header.Get("X-Hub-Signature-256"), body) {
		http.Error(w, "The signature is not right.", http.StatusUnauthorized)
		return
	}
	emit := h.enter()
	if emit == nil {
		later(w, "Not listening at the moment. Send it again.")
		return
	}
	defer h.active.Done()
	b, err := h.read(r.Context(), body)
	if err == nil && len(b.Mentions)+len(b.Rejected) > 0 {
		err = emit(r.Context(), b)
	}
	if err != nil {
		h.Log.Warn("webhook not taken", "error_kind", string(bot.KindOf(err)), "error", err)
		later(w, "It could not be stored. Send it again.")
		return
	}
	w.WriteHeader(http.StatusOK)
}

func later(w http.ResponseWriter, why string) {
	w.Header().Set("Retry-After", "10")
	http.Error(w, why, http.StatusServiceUnavailable)
}

// challenge answers whether this endpoint is ours
// (…/graph-api/webhooks/getting-started#verification-requests).
func (h *Hooked) challenge(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	given := sha256.Sum256([]byte(q.Get("hub.verify_token")))
	want := sha256.Sum256([]byte(h.Client.set.Verify.Reveal()))
	word := q.Get("hub.challenge")
	if q.Get("hub.mode") != "subscribe" || !hmac.Equal(given[:], want[:]) || len(word) > 200 {
		http.Error(w, "The verify token is not right.", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, word) // Meta has gone; it will ask again
}

// signed tells whether a body has the app's signature: "sha256=" and the
// HMAC-SHA256 of the body in hexadecimal (…#validate-payloads).
func (h *Hooked) signed(header string, body []byte) bool {
	given, err := hex.DecodeString(strings.TrimPrefix(header, "sha256="))
	sum := hmac.New(sha256.New, []byte(h.Client.set.Secret.Reveal()))
	sum.Write(body)
	return err == nil && strings.HasPrefix(header, "sha256=") && hmac.Equal(given, sum.Sum(nil))
}

// read turns a request into a batch.
func (h *Hooked) read(ctx context.Context, body []byte) (bot.Batch, error) {
	var all bot.Batch
	for _, c := range changes(body) {
		b, err := h.Heard(ctx, c)
		if err != nil {
			return bot.Batch{}, err
		}
		all.Mentions = append(all.Mentions, b.Mentions...)
		all.Rejected = append(all.Rejected, b.Rejected...)
	}
	return all, nil
}

// changes lists what a request tells; nothing for what has another form, which
// is no news of ours.
func changes(body []byte) []Change {
	var got struct {
		Object string `json:"object"`
		Entry  []struct {
			ID      string `json:"id"`
			Time    Time   `json:"time"`
			Changes []struct {
				Field string          `json:"field"`
				Value json.RawMessage `json:"value"`
			} `json:"changes"`
		} `json:"entry"`
	}
	if json.Unmarshal(body, &got) != nil {
		return nil
	}
	var all []Change
	for _, e := range got.Entry {
		for _, c := range e.Changes {
			if len(all) < maxChanges {
				all = append(all, Change{Object: got.Object, Entry: e.ID, At: e.Time.Time, Field: c.Field, Value: c.Value})
			}
		}
	}
	return all
}
