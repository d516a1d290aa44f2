package discord

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Handler takes Discord's signed requests in ModeHTTP; the address of it goes
// into the Developer Portal as Interactions Endpoint URL. In the other mode it
// refuses everything.
func (p *Platform) Handler() http.Handler { return http.HandlerFunc(p.serve) }

func (p *Platform) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "only POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		return
	}
	if !p.signed(r, body) {
		http.Error(w, "not signed by Discord, or not now", http.StatusUnauthorized)
		return
	}
	var raw payload
	if err := json.Unmarshal(body, &raw); err != nil {
		http.Error(w, "not an interaction", http.StatusBadRequest)
		return
	}
	if raw.Type == didPing {
		p.write(w, response{Type: respondPong})
		return
	}
	if p.theDesk() == nil {
		http.Error(w, "Earshot is starting or stopping", http.StatusServiceUnavailable)
		return
	}
	first := make(body1, 1)
	began := p.work.start(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), tokenLife)
		defer cancel()
		p.take(ctx, raw, first)
		close(first)
	})
	if !began {
		http.Error(w, "Earshot is stopping", http.StatusServiceUnavailable)
		return
	}
	p.answer(w, first)
}

// answer waits for the first answer and writes it.
func (p *Platform) answer(w http.ResponseWriter, first body1) {
	timer := time.NewTimer(p.firstWithin)
	defer timer.Stop()
	select {
	case res, ok := <-first:
		if ok {
			p.write(w, res)
			return
		}
		w.WriteHeader(http.StatusBadRequest) // nothing that we know how to answer
	case <-timer.C:
		http.Error(w, "too slow", http.StatusServiceUnavailable)
	}
}

func (p *Platform) write(w http.ResponseWriter, r response) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(r); err != nil {
		p.log.Warn("discord: an answer could not be written", "error", err)
	}
}

// signed tells whether Discord has signed this request just now
// (docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-validating-security-request-headers).
// The time is signed with the body, so an old copy cannot be made young.
func (p *Platform) signed(r *http.Request, body []byte) bool {
	stamp := r.Header.Get("X-Signature-Timestamp")
	at, err := strconv.ParseInt(stamp, 10, 64)
	sig, err2 := hex.DecodeString(r.Header.Get("X-Signature-Ed25519"))
	if err != nil || err2 != nil || len(sig) != ed25519.SignatureSize || len(p.key) != ed25519.PublicKeySize {
		return false
	}
	if skew := p.now().Sub(time.Unix(at, 0)); skew > maxSkew || skew < -maxSkew {
		return false
	}
	return ed25519.Verify(p.key, append([]byte(stamp), body...), sig)
}

// body1 is the line that answers in the body, once.
type body1 chan response

func (b body1) first(_ context.Context, r response) error {
	select {
	case b <- r:
		return nil
	default:
		return errors.New("answered already")
	}
}
