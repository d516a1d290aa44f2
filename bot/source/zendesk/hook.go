package zendesk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// maxHints is how many tickets the webhook may have told of between two reads;
// the export gives what is beyond.
const maxHints = atOnce

// Path implements bot.Nudged.
func (h Hooked) Path() string { return h.set.Path }

// Nudge implements bot.Nudged.
func (h Hooked) Nudge() <-chan struct{} { return h.nudge }

// ServeHTTP takes word from Zendesk that there is news in a ticket, which is
// then read from the desk itself: nothing in the request is believed but the
// ticket's number. It answers 200, 401 for a signature or a time that is not
// right, 405, and 413. A request that comes again makes us look again, which
// does no harm.
func (h Hooked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Send it by POST.", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHook))
	if err != nil {
		http.Error(w, "The request is too large.", http.StatusRequestEntityTooLarge)
		return
	}
	if !h.signed(r.Header, body) {
		http.Error(w, "The signature is not right.", http.StatusUnauthorized)
		return
	}
	h.hint(ticketOf(body)...)
	select {
	case h.nudge <- struct{}{}:
	default: // one is waiting already
	}
	w.WriteHeader(http.StatusOK)
}

// signed tells whether the signature is right and of now: base64 of the
// HMAC-SHA256 of the timestamp and the body
// (developer.zendesk.com/documentation/webhooks/verifying).
func (h Hooked) signed(head http.Header, body []byte) bool {
	stamp := head.Get("X-Zendesk-Webhook-Signature-Timestamp")
	given, err := base64.StdEncoding.DecodeString(head.Get("X-Zendesk-Webhook-Signature"))
	sum := hmac.New(sha256.New, []byte(h.set.Secret.Reveal()))
	sum.Write([]byte(stamp))
	sum.Write(body)
	if err != nil || !hmac.Equal(given, sum.Sum(nil)) {
		return false
	}
	at, err := time.Parse(time.RFC3339, stamp)
	off := h.now().Sub(at)
	return err == nil && off <= hookWindow && off >= -hookWindow
}

// ticketOf reads the number of the ticket that an event is about
// (developer.zendesk.com/api-reference/webhooks/event-types/ticket-events:
// detail.id, as text).
func ticketOf(body []byte) []int64 {
	var event struct {
		Detail struct {
			ID json.Number `json:"id"`
		} `json:"detail"`
	}
	if json.Unmarshal(body, &event) != nil {
		return nil
	}
	id, err := strconv.ParseInt(event.Detail.ID.String(), 10, 64)
	if err != nil || id <= 0 {
		return nil
	}
	return []int64{id}
}

// hint remembers tickets to be looked into with the next read.
func (s *Source) hint(ids ...int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if len(s.hints) < maxHints && !slices.Contains(s.hints, id) {
			s.hints = append(s.hints, id)
		}
	}
}

// hinted takes them.
func (s *Source) hinted() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := s.hints
	s.hints = nil
	return ids
}
