package httpx

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"

	"earshot/bot"
)

// Do sends req and gives the answer, whatever its status; Status judges that.
// A failure is a *bot.Error: ErrUnavailable when nothing was sent or when
// sending again does no harm, ErrUncertain when a request that changes
// something may have arrived, ErrInvalid for an address that may not be
// reached. When ctx has ended it is in the chain. No error holds credentials
// or a query.
func Do(client *http.Client, req *http.Request) (*http.Response, error) {
	var wrote atomic.Bool // headers are buffered: from here on bytes may be on their way
	trace := &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }}
	resp, err := client.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		return nil, transportError(req, err, wrote.Load())
	}
	return resp, nil
}

// repeatable marks a request that changes nothing although its method says so.
type repeatable struct{}

// Repeatable marks requests made with this context as harmless to repeat, for
// services that are searched by POST: their failures are never ErrUncertain.
func Repeatable(ctx context.Context) context.Context {
	return context.WithValue(ctx, repeatable{}, true)
}

// changes tells whether sending req twice may do something twice.
func changes(req *http.Request) bool {
	if req == nil || req.Context().Value(repeatable{}) != nil {
		return false
	}
	return req.Method == http.MethodPost || req.Method == http.MethodPatch
}

// transportError turns what http.Client.Do gave into a bot.Error.
func transportError(req *http.Request, err error, wrote bool) error {
	host := req.URL.Hostname()
	cause := redactError(err)
	var told *bot.Error
	var blocked *blockedError
	switch {
	case errors.As(err, &told): // a redirect that was refused
		return told
	case errors.As(err, &blocked) && (!wrote || !changes(req)):
		return blockedHost(host, cause)
	case wrote && changes(req):
		return &bot.Error{Kind: bot.ErrUncertain, Err: cause, Msg: "The connection to " + host + " broke after the request was sent; it may have arrived."}
	case isTimeout(err):
		return &bot.Error{Kind: bot.ErrUnavailable, Err: cause, Msg: host + " took too long to answer."}
	}
	return unreached(host, err, cause)
}

// unreached is what is told of a host to which there is no connection: why, as
// far as it shows, and where to look. Cause is what may be logged.
func unreached(host string, err, cause error) *bot.Error {
	var name *net.DNSError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return &bot.Error{Kind: bot.ErrUnavailable, Err: cause, Msg: "The name " + host + " is not known: look at its spelling, and at this machine's connection."}
	case errors.As(err, &cert):
		return &bot.Error{Kind: bot.ErrUnavailable, Err: cause, Msg: "The certificate of " + host + " is not good. Look at whether it has run out, and whether a proxy stands between."}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &bot.Error{Kind: bot.ErrUnavailable, Err: cause, Msg: host + " is there, and nothing answers at that port. Look at the address, and at whether the service runs."}
	}
	return &bot.Error{Kind: bot.ErrUnavailable, Err: cause, Msg: host + " cannot be reached. Look at its address, and at this machine's connection."}
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// Read reads a whole body of at most limit bytes and closes it. A body that is
// cut off is an Error of kind ErrUnavailable, a longer one ErrInvalid; after a
// request that changes something both are ErrUncertain, as it was done.
func Read(resp *http.Response, limit int64) ([]byte, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	host := hostOf(resp)
	kind := bot.ErrUnavailable
	if changes(resp.Request) {
		kind = bot.ErrUncertain
	}
	if int64(len(body)) > limit || errors.Is(err, errTooLarge) {
		if kind == bot.ErrUnavailable {
			kind = bot.ErrInvalid
		}
		return nil, bot.Errorf(kind, "The answer of %s is larger than the %d KB that are read.", host, limit>>10)
	}
	if err != nil {
		return nil, &bot.Error{Kind: kind, Msg: "The answer of " + host + " broke off.", Err: redactError(err)}
	}
	return body, nil
}

// JSON sends req, judges the status and decodes an answer of at most limit
// bytes into into. An answer that is not JSON is ErrUnavailable, or
// ErrUncertain after a request that changes something.
func JSON(client *http.Client, req *http.Request, limit int64, into any) error {
	resp, err := Do(client, req)
	if err != nil {
		return err
	}
	if err := Status(resp); err != nil {
		_ = resp.Body.Close()
		return err
	}
	body, err := Read(resp, limit)
	if err != nil {
		return err
	}
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(into); err != nil {
		kind := bot.ErrUnavailable
		if changes(resp.Request) {
			kind = bot.ErrUncertain
		}
		return &bot.Error{Kind: kind, Msg: "The answer of " + hostOf(resp) + " is not what its interface promises.", Err: err}
	}
	return nil
}

func hostOf(resp *http.Response) string {
	if resp.Request == nil || resp.Request.URL == nil {
		return "the server"
	}
	return resp.Request.URL.Hostname()
}

// Redact gives an address without what may be secret: user, password, query
// and fragment.
func Redact(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address that cannot be read"
	}
	return redactURL(u)
}

func redactURL(u *url.URL) string {
	c := *u
	c.User, c.Fragment, c.RawFragment = nil, "", ""
	if c.RawQuery != "" {
		c.RawQuery = "redacted"
	}
	return c.String()
}

// redacted is an error whose text shows no secret; the chain stays whole for
// errors.Is, as for context.Canceled.
type redacted struct {
	text string
	err  error
}

func (r *redacted) Error() string { return r.text }
func (r *redacted) Unwrap() error { return r.err }

func redactError(err error) error {
	text := err.Error()
	var ue *url.Error
	if errors.As(err, &ue) {
		text = strings.ToUpper(ue.Op) + " " + Redact(ue.URL) + ": " + ue.Err.Error()
	}
	addresses := regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s"'<>]+`)
	text = addresses.ReplaceAllStringFunc(text, func(s string) string {
		return Redact(strings.TrimRight(s, ":,."))
	})
	return &redacted{text: text, err: errors.Unwrap(err)}
}
