package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// maxBody is the largest request that is read: Slack's stay far below it.
	maxBody = 1 << 20
	// signedWithin is how old a signed request may be
	// (docs.slack.dev/authentication/verifying-requests-from-slack).
	signedWithin = 5 * time.Minute
)

// Handler takes Slack's requests in ModeHTTP: events, interactivity and slash
// commands, all at one address. It works while Run runs.
func (p *Platform) Handler() http.Handler { return http.HandlerFunc(p.serve) }

func (p *Platform) serve(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodPost {
		http.Error(w, "Slack posts here.", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if err != nil {
		http.Error(w, "The request is too large, or broke off.", http.StatusRequestEntityTooLarge)
		return
	}
	if !p.signed(req.Header, body) {
		http.Error(w, "The signature is wrong or too old.", http.StatusUnauthorized)
		return
	}
	kind, raw, challenge := sort(req.Header.Get("Content-Type"), body)
	if challenge != "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, challenge) // Slack is gone if this fails; nothing is lost
		return
	}
	r := p.desk.Load()
	if r == nil {
		http.Error(w, "Not running.", http.StatusServiceUnavailable)
		return
	}
	acked := false
	err = r.take(r.read(kind, raw), func(answer any) error {
		acked = true
		return reply(w, answer)
	})
	if err != nil {
		p.log.Error("not taken, slack delivers again", "error", err)
	}
	if !acked {
		http.Error(w, "That could not be kept. Please try again.", http.StatusInternalServerError)
	}
}

// reply writes the acknowledgement: empty, or a form's answer.
func reply(w http.ResponseWriter, answer any) error {
	if answer == nil {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(answer)
}

// signed checks a request's signature over its raw body, in constant time, and
// its age.
func (p *Platform) signed(h http.Header, body []byte) bool {
	stamp := h.Get("X-Slack-Request-Timestamp")
	sec, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || p.now().Sub(time.Unix(sec, 0)).Abs() > signedWithin {
		return false
	}
	given, err := hex.DecodeString(strings.TrimPrefix(h.Get("X-Slack-Signature"), "v0="))
	if err != nil {
		return false
	}
	return hmac.Equal(given, sign(p.cfg.SigningSecret.Reveal(), stamp, body))
}

// sign is Slack's signature of a request, version 0.
func sign(secret, stamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":")) // a hash never fails
	mac.Write(body)
	return mac.Sum(nil)
}

// sort tells what kind of request a body is, and gives its payload as Socket
// Mode would; or the challenge by which Slack tries an address.
func sort(contentType string, body []byte) (kind string, raw []byte, challenge string) {
	if strings.HasPrefix(contentType, "application/json") {
		var e struct {
			Type      string `json:"type"`
			Challenge string `json:"challenge"`
		}
		if json.Unmarshal(body, &e) == nil && e.Type == "url_verification" {
			return "", nil, e.Challenge
		}
		return kindEvents, body, ""
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return "", nil, ""
	}
	if form.Has("payload") {
		return kindInteractive, []byte(form.Get("payload")), ""
	}
	flat := make(map[string]string, len(form))
	for k := range form {
		flat[k] = form.Get(k)
	}
	raw, err = json.Marshal(flat)
	if err != nil || !form.Has("command") {
		return "", nil, ""
	}
	return kindCommand, raw, ""
}
