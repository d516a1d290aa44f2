package httpx

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
)

// maxWait bounds what a service may ask us to wait: beyond a day it is more
// likely to be a mistake than a wish.
const maxWait = 24 * time.Hour

// Status gives nil for an answer that is good (2xx) or unchanged (304), else a
// *bot.Error: 401 and 403 ErrUnauthorized, 404 and 410 ErrGone, 429
// ErrRateLimited with RetryAfter, 408, 425 and 5xx ErrUnavailable, other 4xx
// ErrInvalid. A 403 that says that the allowance is used up is ErrRateLimited.
// A 500, 502 or 504 to a request that changes something is ErrUncertain: the
// server, or one behind it, may have done it before it failed.
func Status(resp *http.Response) error {
	code := resp.StatusCode
	if code >= 200 && code < 300 || code == http.StatusNotModified {
		return nil
	}
	host := hostOf(resp)
	e := bot.Errorf(bot.ErrInvalid, "%s refused the request (%d).", host, code)
	switch {
	case code == http.StatusTooManyRequests || code == http.StatusForbidden && spent(resp.Header):
		e = bot.Errorf(bot.ErrRateLimited, "%s asks us to slow down.", host)
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		e = bot.Errorf(bot.ErrUnauthorized, "%s refuses our credentials (%d). Renew them, or give them the permission that is missing.", host, code)
	case code == http.StatusNotFound || code == http.StatusGone:
		e = bot.Errorf(bot.ErrGone, "%s has nothing at this address any more (%d). Check the address.", host, code)
	case code == http.StatusRequestTimeout || code == http.StatusTooEarly:
		e = bot.Errorf(bot.ErrUnavailable, "%s is not ready (%d).", host, code)
	case code >= 500:
		e = bot.Errorf(bot.ErrUnavailable, "%s is out of order (%d).", host, code)
		if changes(resp.Request) && code != http.StatusServiceUnavailable && code != http.StatusNotImplemented {
			e.Kind, e.Msg = bot.ErrUncertain, host+" failed while it worked on the request ("+strconv.Itoa(code)+"); it may have been done."
		}
	case code >= 300 && code < 400:
		e = bot.Errorf(bot.ErrUnavailable, "%s sends us elsewhere without saying where (%d).", host, code)
	}
	if e.Kind == bot.ErrRateLimited || e.Kind == bot.ErrUnavailable {
		e.RetryAfter = RetryAfter(resp.Header, serverTime(resp.Header))
	}
	return e
}

// serverTime is the server's own clock, by which its dates are meant; ours
// where it does not tell.
func serverTime(h http.Header) time.Time {
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		return t
	}
	return time.Now()
}

// spent tells a used-up allowance from a missing permission, as GitHub's 403
// says it (docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
func spent(h http.Header) bool {
	return h.Get("Retry-After") != "" || h.Get("X-RateLimit-Remaining") == "0"
}

// RetryAfter reads how long to wait: the Retry-After header in seconds or as a
// date (RFC 9110, 10.2.3), else X-RateLimit-Reset or RateLimit-Reset as Unix
// time, seconds or a date where the allowance is used up. 0 means not told; at
// most a day.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	if v := strings.TrimSpace(h.Get("Retry-After")); v != "" {
		return wait(v, now)
	}
	if v := limit(h, "Reset"); v != "" && limit(h, "Remaining") == "0" {
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && n > 1_000_000_000 {
			return bounded(time.Unix(n, 0).Sub(now))
		}
		return wait(v, now)
	}
	return 0
}

// limit reads a header of an allowance, with the X in front of its name or not.
func limit(h http.Header, what string) string {
	for _, name := range []string{"X-RateLimit-", "RateLimit-", "X-Rate-Limit-"} { // the last as X writes it
		if v := strings.TrimSpace(h.Get(name + what)); v != "" {
			return v
		}
	}
	return ""
}

func wait(v string, now time.Time) time.Duration {
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		if !(s < maxWait.Seconds()) { // NaN too
			return maxWait
		}
		return bounded(time.Duration(s * float64(time.Second)))
	}
	if at, err := http.ParseTime(v); err == nil {
		return bounded(at.Sub(now))
	}
	if at, err := time.Parse(time.RFC3339, v); err == nil {
		return bounded(at.Sub(now))
	}
	return 0
}

func bounded(d time.Duration) time.Duration { return min(max(d, 0), maxWait) }
