package discord

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"earshot/bot/platform/discord/discordtest"
	"earshot/bot/platform/platformtest"
)

func TestSignedRequests(t *testing.T) {
	s := discordtest.New(t)
	pub, key := keys(t)
	_, other := keys(t)
	p := newPlatform(t, s, func(c *Config) { c.Mode, c.PublicKey, c.Community = ModeHTTP, pub, nil })
	desk := platformtest.NewDesk()
	running(t, p, desk)
	until(t, "ready", func() bool { return p.Health().Connected })
	now := time.Now()
	ping := `{"id":"1","type":1,"token":"x","application_id":"2"}`
	tests := map[string]struct {
		body, stamp, sent string
		key               ed25519.PrivateKey
		method            string
		want              int
	}{
		"ping":              {ping, stamp(now), ping, key, "", 200},
		"other key":         {ping, stamp(now), ping, other, "", 401},
		"changed body":      {ping, stamp(now), strings.Replace(ping, `"1"`, `"2"`, 1), key, "", 401},
		"old":               {ping, stamp(now.Add(-maxSkew - time.Minute)), ping, key, "", 401},
		"early":             {ping, stamp(now.Add(maxSkew + time.Minute)), ping, key, "", 401},
		"no time":           {ping, "", ping, key, "", 401},
		"not JSON":          {"hello", stamp(now), "hello", key, "", 400},
		"unknown kind":      {`{"id":"3","type":77,"token":"x"}`, stamp(now), `{"id":"3","type":77,"token":"x"}`, key, "", 400},
		"too long":          {ping, stamp(now), strings.Repeat("x", maxBody+1), key, "", 413},
		"not a post":        {ping, stamp(now), ping, key, http.MethodGet, 405},
		"unknown component": {`{"id":"4","type":3,"token":"x","data":{"custom_id":"!","component_type":99,"weird":{"a":1}},"member":{"user":{"id":"700000000000000101"}}}`, stamp(now), "", key, "", 200},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.sent == "" {
				tt.sent = tt.body
			}
			if tt.method == "" {
				tt.method = http.MethodPost
			}
			r := httptest.NewRequest(tt.method, "/discord", bytes.NewBufferString(tt.sent))
			r.Header.Set("X-Signature-Timestamp", tt.stamp)
			r.Header.Set("X-Signature-Ed25519", hex.EncodeToString(ed25519.Sign(tt.key, []byte(tt.stamp+tt.body))))
			w := httptest.NewRecorder()
			p.Handler().ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("answered %d %s, want %d", w.Code, w.Body, tt.want)
			}
			if name == "ping" && strings.TrimSpace(w.Body.String()) != `{"type":1}` {
				t.Errorf("a ping is answered with %s", w.Body)
			}
		})
	}
	if got := desk.Accepted(); len(got) > 0 {
		t.Errorf("something reached the desk: %+v", got)
	}
}

func stamp(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func FuzzPayload(f *testing.F) {
	f.Add([]byte(`{"id":"1","type":3,"data":{"custom_id":"claim|1|2|"},"message":{"id":"2","flags":64,"components":[{"type":99}]}}`))
	f.Add([]byte(`{"id":"1","type":5,"data":{"custom_id":">x|1|2|","components":[{"type":18,"component":{"custom_id":"a","values":["b"]}}]},"user":{"id":"3"}}`))
	f.Add([]byte(`{"content":"<@1> <t:99999999999999999999:R> <:a:1>","mentions":[{"id":"1"}],"timestamp":"2026-01-01T00:00:00Z"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p payload
		if decodeInto(b, &p) == nil {
			p.values()
			p.line()
			p.label("x")
			if in := p.interaction(time.Now()); in.Platform != platformName {
				t.Fatal("no platform")
			}
		}
		var c chat
		if decodeInto(b, &c) == nil {
			c.mention("1")
		}
	})
}
