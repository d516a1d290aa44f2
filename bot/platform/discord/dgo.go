package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/bwmarrin/discordgo"
)

// api is the caller that discordgo makes: its session authorizes, encodes and
// reads errors; transport and limits see to the rest.
type api struct {
	session *discordgo.Session
	limits  *limits
}

// callTimeout is how long one call may take, a picture's upload included.
const callTimeout = 20 * time.Second

// newSession makes a discordgo session that waits for nothing by itself, keeps
// no state of the server and calls through client.
func newSession(token string, client *http.Client) (*discordgo.Session, error) {
	s, err := discordgo.New("Bot " + token)
	if err != nil {
		return nil, fmt.Errorf("make a discordgo session: %w", err)
	}
	s.Client = client
	s.StateEnabled = false
	s.ShouldReconnectOnError = false
	s.ShouldReconnectVoiceOnSessionError = false
	s.ShouldRetryOnRateLimit = false
	s.MaxRestRetries = 0
	s.SyncEvents = true
	s.Compress = false
	s.Identify.Compress = false
	s.LogLevel = -1 // what matters comes back as an error, or by the wire
	return s, nil
}

// newClient is client with the transport that finds the API at base.
func newClient(client *http.Client, base *url.URL, l *limits) *http.Client {
	c := *client
	rt := c.Transport
	if rt == nil {
		rt = http.DefaultTransport
	}
	c.Transport = &transport{base: rt, api: base, limits: l}
	if c.Timeout == 0 || c.Timeout > callTimeout {
		c.Timeout = callTimeout
	}
	return &c
}

// call implements caller.
func (a *api) call(ctx context.Context, r request, into any) error {
	if err := a.limits.wait(ctx, r); err != nil {
		return err
	}
	trip := &trip{bucket: r.bucket}
	ctx = context.WithValue(ctx, tripKey{}, trip)
	body, err := a.send(ctx, r)
	if err != nil {
		return failure(r, trip, err)
	}
	if into == nil || len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return failure(r, trip, fmt.Errorf("read Discord's answer: %w", err))
	}
	return nil
}

func (a *api) send(ctx context.Context, r request) ([]byte, error) {
	opts := []discordgo.RequestOption{discordgo.WithContext(ctx), discordgo.WithRetryOnRatelimit(false), discordgo.WithRestRetries(0)}
	address := discordgo.EndpointAPI + r.path[1:]
	if len(r.files) == 0 {
		return a.session.RequestWithBucketID(r.method, address, r.body, r.bucket, opts...)
	}
	files := make([]*discordgo.File, len(r.files))
	for i, f := range r.files {
		files[i] = &discordgo.File{Name: f.name, ContentType: "image/png", Reader: bytes.NewReader(f.body)}
	}
	kind, body, err := discordgo.MultipartBodyWithJSON(r.body, files)
	if err != nil {
		return nil, fmt.Errorf("encode a message with files: %w", err)
	}
	return a.session.RequestRaw(r.method, address, kind, body, r.bucket, 0, opts...)
}
