package slack

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"earshot/bot/platform/platformtest"
)

func TestSignature(t *testing.T) {
	r := newRig(t, ModeHTTP)
	running(t, r, platformtest.NewDesk())
	body := []byte(`{"type":"event_callback","event":{"type":"app_home_opened"}}`)
	now := time.Now()
	at := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
	good := "v0=" + hex.EncodeToString(sign(fakeSecret, at(0), body))
	old := "v0=" + hex.EncodeToString(sign(fakeSecret, at(-6*time.Minute), body))
	ahead := "v0=" + hex.EncodeToString(sign(fakeSecret, at(6*time.Minute), body))
	for name, c := range map[string]struct {
		stamp, signature string
		body             []byte
		want             int
	}{
		"right":       {at(0), good, body, 200},
		"other body":  {at(0), good, append([]byte(" "), body...), 401},
		"other stamp": {at(-time.Second), good, body, 401},
		"too old":     {at(-6 * time.Minute), old, body, 401},
		"from ahead":  {at(6 * time.Minute), ahead, body, 401},
		"none":        {"", "", body, 401},
		"not hex":     {at(0), "v0=zz", body, 401},
		"short":       {at(0), good[:20], body, 401},
		"too large":   {at(0), good, bytes.Repeat([]byte("x"), maxBody+1), 413},
	} {
		req := httptest.NewRequest(http.MethodPost, "/slack", bytes.NewReader(c.body))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Slack-Request-Timestamp", c.stamp)
		req.Header.Set("X-Slack-Signature", c.signature)
		w := httptest.NewRecorder()
		r.h.Platform.(*Platform).Handler().ServeHTTP(w, req)
		if w.Code != c.want {
			t.Errorf("%s: %d, want %d", name, w.Code, c.want)
		}
	}
}

// TestSignatureVector checks the signature that Slack's page works out
// (docs.slack.dev/authentication/verifying-requests-from-slack).
func TestSignatureVector(t *testing.T) {
	body := "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	if got := hex.EncodeToString(sign(fakeSecret[:0]+"8f742231b10e8888abcd99yyyzzz85a5", "1531420618", []byte(body))); got != "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503" {
		t.Errorf("signed as %s", got)
	}
}

func TestURLVerification(t *testing.T) {
	kind, _, challenge := sort("application/json", []byte(`{"type":"url_verification","challenge":"abc"}`))
	if challenge != "abc" || kind != "" {
		t.Errorf("challenge %q, kind %q", challenge, kind)
	}
}

func TestHandlerWithoutRun(t *testing.T) {
	r := newRig(t, ModeHTTP)
	if ack := r.command(r.h.People[0], "inbox"); ack.OK {
		t.Error("acknowledged while nobody runs")
	}
}
