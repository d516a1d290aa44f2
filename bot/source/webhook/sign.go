package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Sign gives the signature of a body that is sent at a time: "sha256=" and the
// HMAC-SHA256 of the Unix seconds, a full stop and the body, in hexadecimal.
func Sign(secret string, at time.Time, body []byte) string {
	return "sha256=" + hex.EncodeToString(mac(secret, strconv.FormatInt(at.Unix(), 10), body))
}

func mac(secret, stamp string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(stamp))
	h.Write([]byte("."))
	h.Write(body)
	return h.Sum(nil)
}

// verify gives what is wrong with a request's signature, or "". The timestamp
// is judged only after the signature, so that nobody learns from it.
func (s *Source) verify(h http.Header, body []byte) string {
	if s.kind.verify != nil {
		return s.kind.verify(s, h, body)
	}
	stamp, given := h.Get(s.set.TimestampHeader), h.Get(s.set.SignatureHeader)
	if stamp == "" || given == "" {
		return "The headers " + s.set.TimestampHeader + " and " + s.set.SignatureHeader + " are needed."
	}
	sum, err := hex.DecodeString(strings.TrimPrefix(strings.TrimSpace(given), "sha256="))
	if err != nil || !hmac.Equal(sum, mac(s.set.Secret.Reveal(), stamp, body)) {
		return "The signature is not right: it is the HMAC-SHA256 of the timestamp, a full stop and the body, with the shared secret."
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return "The timestamp is not a number of seconds since 1970."
	}
	if off := s.now().Sub(time.Unix(at, 0)); off > Window || off < -Window {
		return "The timestamp is more than " + Window.String() + " away from our clock."
	}
	return ""
}

// requestKey tells whether two requests are the same: they carry the same
// idempotency key, or without one the same signature.
func (s *Source) requestKey(h http.Header, body []byte) string {
	if k := h.Get(s.set.KeyHeader); k != "" && s.kind.verify == nil {
		sum := sha256.Sum256([]byte(k))
		return "key " + hex.EncodeToString(sum[:])
	}
	return s.signatureKey(h, body)
}

// signatureKey is what a request is signed with. What a service signs in its
// own way is known by its body: no header of it is signed.
func (s *Source) signatureKey(h http.Header, body []byte) string {
	if s.kind.verify != nil {
		return "body " + hex.EncodeToString(mac(s.set.Secret.Reveal(), "", body))
	}
	return "sig " + hex.EncodeToString(mac(s.set.Secret.Reveal(), h.Get(s.set.TimestampHeader), body))
}

// keyState is how far a request with a key has come.
type keyState int

const (
	keyNew keyState = iota
	keyBusy
	keyDone
)

// keys remembers the requests of the last day, as many as there is room for.
// Beyond that, and over a restart, the ids of the items keep them from being
// stored twice.
type keys struct {
	now  func() time.Time
	mu   sync.Mutex
	seen map[string]*keyEntry
	old  []string // in the order in which they came
}

type keyEntry struct {
	at   time.Time
	done bool
}

const keepKeys = 24 * time.Hour

func newKeys(now func() time.Time) *keys { return &keys{now: now, seen: map[string]*keyEntry{}} }

// begin tells whether the key is new, and marks it as under way if so.
func (k *keys) begin(key string) keyState {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	for len(k.old) > 0 {
		e := k.seen[k.old[0]]
		if e != nil && len(k.old) <= maxKeys && now.Sub(e.at) < keepKeys {
			break
		}
		if e != nil && e.done {
			delete(k.seen, k.old[0])
		}
		k.old = k.old[1:]
	}
	if e := k.seen[key]; e != nil {
		if e.done {
			return keyDone
		}
		return keyBusy
	}
	k.seen[key] = &keyEntry{at: now}
	k.old = append(k.old, key)
	return keyNew
}

// end says whether the request was stored; one that was not may come again.
func (k *keys) end(key string, stored bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !stored {
		delete(k.seen, key)
	} else if e := k.seen[key]; e != nil {
		e.done = true
	}
}
